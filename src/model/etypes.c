/* Cases of RC4, AES and defaults, each known, refused or not determined. */
#include "model/etypes.h"

#include "model/trust.h"

#define LEVEL_2008 3 /* domainFunctionality */

/* One end of a ticket. */
typedef struct {
    bool unset;   /* msDS-SupportedEncryptionTypes is absent or 0 */
    bool vague;   /* it holds flags, and no type that encrypts a ticket */
    guint32 bits; /* RC4 and AES: DES has been off on every Windows since 2008 R2 */
    bool session; /* AES256-SK: an AES session key beside an RC4 ticket */
} End;

static End
end_of(const Account *account)
{
    guint32 announced = account->etypes;
    End end = {.unset = announced == 0,
               .vague = announced != 0 && (announced & ETYPE_BITS) == 0,
               .bits = announced & (ETYPE_BIT_RC4 | ETYPE_BITS_AES),
               .session = (announced & ETYPE_BIT_AES256_SK) != 0};
    if (account->uac & UAC_DES_ONLY)
        end = (End){0};
    return end;
}

/* 2008-02-04: no DC made AES keys before Windows Server 2008. */
#define FIRST_AES_US G_GINT64_CONSTANT(1202083200000000)

/* It asks for AES alone, with a password from before there was any. */
static bool
lacks_aes_keys(const Account *account, const End *end)
{
    return (end->bits & ETYPE_BITS_AES) != 0 && (end->bits & ETYPE_BIT_RC4) == 0 &&
           account_knows(account, ATTR_PASSWORD_SET) && account->password_set_us > 0 &&
           account->password_set_us < FIRST_AES_US;
}

/* Nobody ever set a password for it, or it has to change the one that it has: which of
 * both, pwdLastSet does not tell, and without one the KDC has no keys.  Who signed in
 * once had one; those of managed accounts are made from the domain's root key. */
static bool
may_lack_keys(const Account *account)
{
    return account_knows(account, ATTR_PASSWORD_SET) && account->password_set_us == 0 &&
           account->last_logon_us == 0 && (account->kinds & KIND_MANAGED) == 0;
}

static bool
is_des_only(const End *end)
{
    return !end->unset && !end->vague && end->bits == 0;
}

static EtypeAnswer
no(const char *why)
{
    return (EtypeAnswer){TRI_NO, why, false};
}

static EtypeAnswer
unknown(const char *why)
{
    return (EtypeAnswer){TRI_UNKNOWN, why, false};
}

static const EtypeAnswer common = {TRI_YES, NULL, false};

/* Members of Protected Users get no RC4 TGT from any DC (MS-KILE 3.3.5.1). */
static EtypeAnswer
judge_protected(const Estate *estate, const Account *source, bool rc4_alone)
{
    Tri in = estate_is_protected(estate, source);
    if (!rc4_alone)
        return in == TRI_NO
                   ? common
                   : unknown("the source announces no encryption types, whether it has "
                             "AES keys is not visible, and Protected Users get no RC4 "
                             "TGT");
    if (in == TRI_YES)
        return (EtypeAnswer){TRI_NO,
                             "the source offers RC4 alone, and is in Protected Users, "
                             "whose members get no RC4 TGT",
                             true};
    if (in == TRI_NO)
        return common;
    return unknown(
        estate_is_export(estate)
            ? "the source offers RC4 alone, and its groups were not exported in full: "
              "members of Protected Users get no RC4 TGT"
            : "the source offers RC4 alone, and whether it is in Protected Users, whose "
              "members get no RC4 TGT, could not be read");
}

/* DCs of Windows Server 2025 give no RC4 TGT.  Not `rc4_alone`: the source announces
 * nothing, and whether it has AES keys is not visible. */
static EtypeAnswer
judge_dcs(const Estate *estate, const Account *source, bool rc4_alone)
{
    const Domain *domain = estate_home_of(estate, source);
    if (!domain || estate_is_samba(estate))
        return common;
    if (!rc4_alone)
        return domain->dcs_2025 == 0
                   ? common
                   : unknown(
                         "the source announces no encryption types, whether it has AES "
                         "keys is not visible, and Windows Server 2025 gives no RC4 "
                         "TGT");
    if (domain->dcs_2025 == 0 && domain->dcs_older > 0 && domain->dcs_unclear == 0)
        return common;
    if (domain->dcs_2025 > 0 && domain->dcs_older == 0 && domain->dcs_unclear == 0 &&
        estate->dcs_read)
        return (EtypeAnswer){TRI_NO,
                             "the source offers RC4 alone, and every DC runs Windows "
                             "Server 2025, which gives no RC4 TGT",
                             true};
    if (domain->dcs_2025 > 0)
        return unknown(
            "the source offers RC4 alone, and gets a TGT only from a DC that does "
            "not run Windows Server 2025");
    return unknown(ESTATE_UNREAD(
        estate, "the source offers RC4 alone, and operatingSystemVersion of the DCs "
                "(Windows Server 2025 gives no RC4 TGT)"));
}

static EtypeAnswer
worse(EtypeAnswer one, EtypeAnswer other)
{
    return one.common == TRI_NO || (one.common == TRI_UNKNOWN && other.common != TRI_NO)
               ? one
               : other;
}

static EtypeAnswer
judge_tgt(const Estate *estate, const Account *source, bool rc4_alone)
{
    return worse(judge_protected(estate, source, rc4_alone),
                 judge_dcs(estate, source, rc4_alone));
}

/* A target that announces nothing has the domain's default, which the DCs' registry
 * and updates decide. */
static EtypeAnswer
judge_default(const End *source, gint64 now_us)
{
    guint32 assumed = etypes_default(now_us);
    if ((assumed & ETYPE_BIT_RC4) == 0)
        return unknown("the target announces no encryption types: whether it has the AES "
                       "keys that the domain's default asks for is not visible");
    if ((source->bits & ETYPE_BIT_RC4) != 0 || source->unset ||
        ((source->bits & ETYPE_BIT_AES256) != 0 && (assumed & ETYPE_BIT_AES256_SK) != 0))
        return common;
    return unknown("the target announces no encryption types, and whether the domain's "
                   "default has AES session keys for it is not visible");
}

/* A source that announces nothing, towards a target that does.  Proved are targets
 * that are RC4 by their own word; since the default is AES alone, the source's ticket
 * to itself asks for keys of which nothing is known. */
static EtypeAnswer
judge_unset(const End *target, gint64 now_us)
{
    if ((target->bits & ETYPE_BITS_AES) == 0)
        return common;
    if ((target->bits & ETYPE_BIT_RC4) == 0)
        return unknown(
            "the source announces no encryption types: whether it has AES keys "
            "is not visible, and the target takes AES alone");
    return (etypes_default(now_us) & ETYPE_BIT_RC4) != 0
               ? common
               : unknown(
                     "the source announces no encryption types: whether it has the AES "
                     "keys that the domain's default asks for is not visible");
}

/* Both ends say what they take. */
static EtypeAnswer
judge_session(const End *source, const End *target)
{
    guint32 both = source->bits & target->bits;
    bool aes256 = (source->bits & ETYPE_BIT_AES256) != 0;

    if ((both & ETYPE_BITS_AES) != 0 || (target->session && aes256))
        return common;
    if (!target->session)
        return both != 0 ? common : no("no encryption type in common");
    return unknown((source->bits & ETYPE_BITS_AES) == 0
                       ? "the source offers RC4 alone, and the target asks for AES "
                         "session keys (AES256-SK)"
                       : "whether AES256-SK of the target serves a source that offers "
                         "AES128 alone is not documented");
}

/* Whether it has AES keys for certain: raising a domain to Windows Server 2008 changes
 * krbtgt's password, and every password that is set from then on makes them. */
static bool
has_aes_keys(const Estate *estate, const Account *account)
{
    const Account *krbtgt = estate_krbtgt(estate, account);
    return estate->domain_level >= LEVEL_2008 && krbtgt &&
           account_knows(krbtgt, ATTR_PASSWORD_SET) &&
           account_knows(account, ATTR_PASSWORD_SET) && krbtgt->password_set_us > 0 &&
           account->password_set_us >= krbtgt->password_set_us;
}

/* What one that announces nothing takes, where its keys are known. */
static void
settle_unset(const Estate *estate, const Account *account, End *end, guint32 bits)
{
    if (!end->unset || (bits & ETYPE_BITS_AES) == 0 || !has_aes_keys(estate, account))
        return;
    end->unset = false;
    end->bits = bits;
}

/* A referral takes what the client and the trust have in common; the trusts of a forest
 * say RC4, unless they are told otherwise (KB 4492348).  Whether the defaults of 2026 are
 * theirs, too, is not documented. */
static EtypeAnswer
judge_trust(const Trust *trust, const End *source)
{
    guint32 bits = trust->etypes > 0 ? (guint32)trust->etypes : 0;
    const End end = {.bits = bits & (ETYPE_BIT_RC4 | ETYPE_BITS_AES),
                     .session = (bits & ETYPE_BIT_AES256_SK) != 0};
    return end.bits != 0 && judge_session(source, &end).common == TRI_YES
               ? common
               : unknown("the source takes AES alone, and a trust between domains of the "
                         "forest does not announce AES: a KDC refers over it with RC4 "
                         "alone, unless updates changed that (KB 4492348)");
}

/* Towards another domain of the forest. */
static EtypeAnswer
judge_referral(const Estate *estate, const Account *source, const Account *target,
               const End *from)
{
    const Domain *home = estate_home_of(estate, source);
    const Domain *kdc = estate_home_of(estate, target);
    if (home == kdc || (from->bits & ETYPE_BIT_RC4) != 0 ||
        (from->bits & ETYPE_BITS_AES) == 0 ||
        estate_in_one_forest(estate, source, target) != TRI_YES)
        return common;
    bool direct = false;
    g_autoptr(GPtrArray) trusts = estate_trusts_within(estate, home, kdc, &direct);
    if (trusts->len == 0 || (!direct && !estate->trusts_read))
        return unknown(ESTATE_UNREAD(estate,
                                     "the source takes AES alone, and whether the "
                                     "trusts between the domains do"));
    EtypeAnswer answer = common;
    for (guint i = 0; i < trusts->len; i++)
        answer = worse(answer, judge_trust(trusts->pdata[i], from));
    return answer;
}

/* Computers write themselves what they offer; what the machines of other accounts offer,
 * these do not say (MS-KILE 2.2.7). */
static bool
tells_offer(const Account *source)
{
    return (source->kinds & KIND_COMPUTER) != 0 && (source->kinds & KIND_MANAGED) == 0;
}

EtypeAnswer
etypes_towards(const Estate *estate, const Account *target)
{
    const End windows = {.bits = ETYPE_BIT_RC4 | ETYPE_BITS_AES};
    if (!account_knows(target, ATTR_ETYPES))
        return unknown(ESTATE_UNREAD(estate, "its msDS-SupportedEncryptionTypes"));
    End to = end_of(target);
    settle_unset(estate, target, &to,
                 etypes_default(estate->collected_us) & (ETYPE_BIT_RC4 | ETYPE_BITS_AES));
    if (is_des_only(&to))
        return no("it takes DES alone, which Windows does not use any more");
    if (may_lack_keys(target))
        return unknown("its pwdLastSet is 0, and nothing shows that it ever signed in: "
                       "where no password was set for it, the KDC has no keys of it");
    if (lacks_aes_keys(target, &to))
        return unknown("it announces AES alone, and its password is older than AES keys "
                       "in Windows (pwdLastSet before 2008)");
    if (to.vague)
        return unknown("it announces flags and no encryption type, and what a KDC makes "
                       "of that is not documented");
    return to.unset ? judge_default(&windows, estate->collected_us)
                    : judge_session(&windows, &to);
}

EtypeAnswer
etypes_between(const Estate *estate, const Account *source, const Account *target)
{
    if (!account_knows(source, ATTR_ETYPES) || !account_knows(target, ATTR_ETYPES))
        return unknown(
            ESTATE_UNREAD(estate, "the encryption type of the source or the target"));
    End from = end_of(source), to = end_of(target);
    settle_unset(estate, source, &from, ETYPE_BIT_RC4 | ETYPE_BITS_AES);
    settle_unset(estate, target, &to,
                 etypes_default(estate->collected_us) & (ETYPE_BIT_RC4 | ETYPE_BITS_AES));
    if (is_des_only(&from) || is_des_only(&to))
        return no("no encryption type in common");
    if (may_lack_keys(source) || may_lack_keys(target))
        return unknown("pwdLastSet of the source or the target is 0, and nothing shows "
                       "that it ever signed in: where no password was set for it, the "
                       "KDC has no keys of it");
    if (lacks_aes_keys(source, &from) || lacks_aes_keys(target, &to))
        return unknown("the source or the target announces AES alone, and its password "
                       "is older than AES keys in Windows (pwdLastSet before 2008): set "
                       "it anew");
    if (from.vague || to.vague)
        return unknown("the source or the target announces flags and no encryption type, "
                       "and what a KDC makes of that is not documented");
    EtypeAnswer tgt = from.unset || (from.bits & ETYPE_BITS_AES) == 0
                          ? judge_tgt(estate, source, !from.unset)
                          : common;
    EtypeAnswer ticket = to.unset     ? judge_default(&from, estate->collected_us)
                         : from.unset ? judge_unset(&to, estate->collected_us)
                                      : judge_session(&from, &to);
    EtypeAnswer answer =
        worse(worse(tgt, ticket), judge_referral(estate, source, target, &from));
    if (answer.common == TRI_NO && !tells_offer(source))
        return unknown("by what the source announces there would be no ticket, but that "
                       "is said of tickets to itself: what the machine that it runs on "
                       "offers is not visible");
    if (answer.common == TRI_NO && from.session && (from.bits & ETYPE_BIT_AES256) == 0)
        return unknown("the source announces AES session keys (AES256-SK) without "
                       "AES256, and whether it offers AES256 then is not documented");
    return answer;
}
