/* What keeps a KDC from issuing anything for an account. */
#include "model/signin.h"

#include "base/text.h"
#include "model/dn.h"
#include "model/secdesc.h"

#include <string.h>

#define HOURS_A_WEEK 168
#define HOUR_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)
/* 1970-01-01 was a Thursday; logonHours begin on Sunday (MS-SAMR 2.2.6.5). */
#define HOURS_TO_THURSDAY (G_GINT64_CONSTANT(4) * 24)
/* maxPwdAge of a new domain. */
#define USUAL_AGE_US (G_GINT64_CONSTANT(42) * 24 * HOUR_US)

#define GROUPS_GUID "46a9b11d-60ae-405a-b7e8-ff8a58d456d2"
#define GROUPS_SET "037088f8-0ae1-11d2-b422-00a0c968f939"

static Tri
is_disabled(const Estate *estate, const Account *account)
{
    (void)estate;
    return account_flag(account, UAC_DISABLED);
}

static Tri
is_expired(const Estate *estate, const Account *account)
{
    return account->expires_us > 0 && account->expires_us <= estate->collected_us
               ? TRI_YES
               : TRI_NO;
}

/* A computer, or a managed account: neither is ever locked out, and no age of its
 * password counts (MS-ADTS 3.1.1.4.5.17). */
static bool
is_machine(const Account *account)
{
    Tri trust = account_flag(account, UAC_WORKSTATION | UAC_DOMAIN_CONTROLLER);
    return trust == TRI_UNKNOWN ? (account->kinds & KIND_COMPUTER) != 0
                                : trust == TRI_YES;
}

/* What the DC made of the policy that applies, password settings objects included; by
 * what it was read from alone may it be believed. */
static Tri
computed(const Account *account, guint32 bit)
{
    return !account_knows(account, ATTR_UAC_COMPUTED) ? TRI_UNKNOWN
           : (account->uac_computed & bit) != 0       ? TRI_YES
                                                      : TRI_NO;
}

static bool
is_past(const Estate *estate, gint64 since_us, gint64 length_us)
{
    return length_us > 0 && since_us + length_us <= estate->collected_us;
}

/* Password settings objects (MS-ADTS 3.1.1.4.5.36) */

static bool
is_member(const Account *account, const char *key)
{
    for (guint i = 0; i < account->member_of->len; i++) {
        g_autofree char *group = dn_key(account->member_of->pdata[i]);
        if (strcmp(group, key) == 0)
            return true;
    }
    return false;
}

/* Of the group that a password settings object names: only global security groups count;
 * whether one does that holds the account through another was not tried. */
static Tri
counts_by_group(const Account *account, const Account *group, const char *key,
                const Token *token)
{
    bool typed = group && account_knows(group, ATTR_GROUP_TYPE);
    if (group && group->kinds != 0 && (group->kinds & KIND_GROUP) == 0)
        return TRI_NO;
    if (typed && ((group->group_type & GROUP_TYPE_GLOBAL) == 0 ||
                  (group->group_type & GROUP_TYPE_SECURITY) == 0))
        return TRI_NO;
    if (group && sid_is_set(&group->sid) && token_has(token, &group->sid) == TRI_NO)
        return TRI_NO;
    return typed && is_member(account, key) ? TRI_YES : TRI_UNKNOWN;
}

/* Whether the object is for the account; *ret_own: it names the account itself, which
 * stands before all that come by a group. */
static Tri
applies(const Estate *estate, const Account *account, const Token *token, const Pso *pso,
        bool *ret_own)
{
    g_autofree char *own = dn_key(account->dn);
    Tri found = pso->applies_known ? TRI_NO : TRI_UNKNOWN;
    *ret_own = false;
    for (guint i = 0; i < pso->applies_to->len; i++) {
        const char *dn = pso->applies_to->pdata[i];
        g_autofree char *key = dn_key(dn);
        if (strcmp(key, own) == 0) {
            *ret_own = true;
            return TRI_YES;
        }
        Tri counts = counts_by_group(account, estate_by_dn(estate, dn), key, token);
        if (counts == TRI_YES || found == TRI_NO)
            found = counts;
    }
    return found;
}

typedef enum { SPAN_AGE, SPAN_LOCKOUT } Span;

/* A password that is older has expired; a lockout that is older is over. */
static Tri
by_span(const Estate *estate, gint64 since_us, gint64 length_us, Span span)
{
    if (length_us < 0)
        return TRI_UNKNOWN;
    return is_past(estate, since_us, length_us) == (span == SPAN_AGE) ? TRI_YES : TRI_NO;
}

/* What the domain's own policy says, and the objects that may stand before it. */
static Tri
by_policies(const Estate *estate, const Account *account, gint64 since_us, Span span,
            Tri own)
{
    const Domain *domain = estate_home_of(estate, account);
    if (!domain || !domain->psos)
        return own;
    g_autoptr(Token) token = token_new(estate, account, NULL);
    guint yes = 0, no = 0, unknown = 0;
    bool sure = false, named = false;
    for (guint i = 0; i < domain->psos->len; i++) {
        const Pso *pso = domain->psos->pdata[i];
        bool itself;
        Tri counts = applies(estate, account, token, pso, &itself);
        if (counts == TRI_NO || (named && !itself))
            continue;
        if (itself && !named) {
            named = true;
            yes = no = unknown = 0;
        }
        sure |= counts == TRI_YES;
        Tri says = by_span(estate, since_us,
                           span == SPAN_AGE ? pso->age_us : pso->lockout_us, span);
        yes += says == TRI_YES;
        no += says == TRI_NO;
        unknown += says == TRI_UNKNOWN;
    }
    if (!sure) {
        yes += own == TRI_YES;
        no += own == TRI_NO;
        unknown += own == TRI_UNKNOWN;
    }
    return unknown > 0 || (yes > 0 && no > 0) ? TRI_UNKNOWN : yes > 0 ? TRI_YES : TRI_NO;
}

/* Where the DC did not say. */
static Tri
is_locked(const Estate *estate, const Account *account)
{
    const Domain *domain = estate_home_of(estate, account);
    Tri said = computed(account, UAC_LOCKOUT);
    if (is_machine(account))
        return TRI_NO;
    if (said != TRI_UNKNOWN || account->locked_us == 0)
        return said == TRI_YES ? TRI_YES : TRI_NO;
    Tri own = domain
                  ? by_span(estate, account->locked_us, domain->lockout_us, SPAN_LOCKOUT)
                  : TRI_UNKNOWN;
    return by_policies(estate, account, account->locked_us, SPAN_LOCKOUT, own);
}

static Tri
is_off_hours(const Estate *estate, const Account *account)
{
    gsize length = 0;
    const guint8 *bits =
        account->logon_hours ? g_bytes_get_data(account->logon_hours, &length) : NULL;
    if (length == 0)
        return TRI_NO;
    if (length < HOURS_A_WEEK / 8)
        return TRI_UNKNOWN;
    guint hour =
        (guint)((estate->collected_us / HOUR_US + HOURS_TO_THURSDAY) % HOURS_A_WEEK);
    return bits[hour / 8] & (1 << hour % 8) ? TRI_NO : TRI_YES;
}

/* A service works at all hours: what holds of one hour says nothing of the others. */
static Tri
has_no_hours(const Estate *estate, const Account *account)
{
    (void)estate;
    gsize length = 0;
    const guint8 *bits =
        account->logon_hours ? g_bytes_get_data(account->logon_hours, &length) : NULL;
    guint none = 0, all = 0;
    for (gsize i = 0; i < MIN(length, HOURS_A_WEEK / 8); i++) {
        none += bits[i] == 0;
        all += bits[i] == 0xFF;
    }
    return length == 0 || all == HOURS_A_WEEK / 8 ? TRI_NO
           : none == HOURS_A_WEEK / 8             ? TRI_YES
                                                  : TRI_UNKNOWN;
}

/* Whether it is one whose password ends: not where it never expires, or is not used. */
static Tri
password_counts(const Account *account)
{
    Tri kept = account_flag(account, UAC_DONT_EXPIRE_PASSWORD | UAC_SMARTCARD_REQUIRED);
    return is_machine(account) || kept == TRI_YES ? TRI_NO
           : kept == TRI_UNKNOWN                  ? TRI_UNKNOWN
                                                  : TRI_YES;
}

static Tri
must_change(const Estate *estate, const Account *account)
{
    (void)estate;
    return account->password_set_us != 0 ? TRI_NO : password_counts(account);
}

/* Where the DC did not say: by the domain's policy, and what password settings objects
 * may say otherwise.  Those who may not read them do not see their container either. */
static Tri
is_password_old(const Estate *estate, const Account *account)
{
    Tri counts = password_counts(account);
    Tri said = computed(account, UAC_PASSWORD_EXPIRED);
    const Domain *domain = estate_home_of(estate, account);
    if (counts != TRI_YES || account->password_set_us == 0)
        return account->password_set_us == 0 ? TRI_NO : counts;
    if (said != TRI_UNKNOWN)
        return said;
    bool read = domain && domain->age_us >= 0;
    gint64 age = read ? domain->age_us : USUAL_AGE_US;
    Tri own = !is_past(estate, account->password_set_us, age) ? TRI_NO
              : read && domain->psos_read                     ? TRI_YES
                                                              : TRI_UNKNOWN;
    return by_policies(estate, account, account->password_set_us, SPAN_AGE, own);
}

/* A service has no card to put in. */
static Tri
needs_card(const Estate *estate, const Account *account)
{
    (void)estate;
    return account_flag(account, UAC_SMARTCARD_REQUIRED);
}

/* NULL: does not matter. */
static const struct {
    AttrId attr;
    Tri (*refused[SIGNIN_AS_COUNT])(const Estate *estate, const Account *account);
    const char *clause[SIGNIN_AS_COUNT];
    const char *doubt; /* where all was read, and does not decide it */
} slips[SIGNIN_COUNT] = {
    [SIGNIN_DISABLED] = {ATTR_UAC,
                         {is_disabled, is_disabled},
                         {"its account is disabled", "its account is disabled"},
                         NULL},
    [SIGNIN_EXPIRED] = {ATTR_EXPIRES,
                        {is_expired, is_expired},
                        {"its account has expired", "its account has expired"},
                        NULL},
    [SIGNIN_LOCKED] = {ATTR_LOCKOUT,
                       {is_locked, is_locked},
                       {"its account is locked out", "its account is locked out"},
                       "it was locked out, and the policy that says for how long was not "
                       "read"},
    [SIGNIN_OFF_HOURS] = {ATTR_LOGON_HOURS,
                          {is_off_hours, has_no_hours},
                          {"it may not sign in at this hour of the week",
                           "it may sign in at no hour of the week"},
                          "its logonHours hold some hours of the week and not others"},
    [SIGNIN_MUST_CHANGE] = {ATTR_PASSWORD_SET,
                            {must_change, must_change},
                            {"it must change its password before it signs in",
                             "it must change its password before it signs in"},
                            "userAccountControl does not tell whether its password may "
                            "be old"},
    [SIGNIN_PASSWORD_OLD] = {ATTR_PASSWORD_SET,
                             {is_password_old, is_password_old},
                             {"its password has expired", "its password has expired"},
                             "its password may have expired, by maxPwdAge of the domain "
                             "or by a password settings object: which of them counts "
                             "does not show"},
    [SIGNIN_CARD] = {ATTR_UAC,
                     {NULL, needs_card},
                     {NULL, "it has to sign in with a smart card, which no service has"},
                     NULL},
};

/* What nobody carries in a file is supposed to be as usual of services: of a person
 * somebody asked by name. */
static bool
is_supposed(const Estate *estate, SignInAs as, AttrId attr)
{
    return as == SIGNIN_SERVICE && (estate->unasked & G_GUINT64_CONSTANT(1) << attr) != 0;
}

/* Whether its value makes no difference: of a machine no lockout counts, nor the age of
 * its password. */
static bool
is_exempt(const Account *account, AttrId attr)
{
    return (attr == ATTR_LOCKOUT || attr == ATTR_PASSWORD_SET) && is_machine(account);
}

/* What the DC said itself, whether or not the attribute was read that it said it by. */
static bool
is_said(const Account *account, SignInSlip slip)
{
    return (slip == SIGNIN_LOCKED && computed(account, UAC_LOCKOUT) == TRI_YES) ||
           (slip == SIGNIN_PASSWORD_OLD &&
            computed(account, UAC_PASSWORD_EXPIRED) == TRI_YES);
}

Tri
signin_refused(const Estate *estate, const Account *account, SignInAs as, SignInSlip slip)
{
    AttrId attr = slips[slip].attr;
    if (!slips[slip].refused[as] || is_exempt(account, attr))
        return TRI_NO;
    if (!account_knows(account, attr) && is_said(account, slip))
        return TRI_YES;
    if (!account_knows(account, attr))
        return is_supposed(estate, as, attr) ? TRI_NO : TRI_UNKNOWN;
    return slips[slip].refused[as](estate, account);
}

AttrId
signin_attribute(SignInSlip slip)
{
    return slips[slip].attr;
}

const char *
signin_clause(SignInAs as, SignInSlip slip)
{
    return slips[slip].clause[as];
}

char *
signin_value(const Account *account, SignInAs as, SignInSlip slip)
{
    switch (slip) {
    case SIGNIN_DISABLED:
        return account_flag_text(account, UAC_DISABLED);
    case SIGNIN_CARD:
        return account_flag_text(account, UAC_SMARTCARD_REQUIRED);
    case SIGNIN_EXPIRED:
        return text_time(account->expires_us);
    case SIGNIN_LOCKED:
        return account->locked_us > 0 ? text_time(account->locked_us)
                                      : g_strdup("the domain controller says so");
    case SIGNIN_PASSWORD_OLD:
        return account->password_set_us > 0 ? text_time(account->password_set_us)
                                            : g_strdup("the domain controller says so");
    case SIGNIN_OFF_HOURS:
        return g_strdup(as == SIGNIN_PERSON ? "this hour is not among them"
                                            : "not all hours of the week");
    case SIGNIN_MUST_CHANGE:
        return g_strdup("0");
    case SIGNIN_COUNT:
        break;
    }
    g_assert_not_reached();
}

char *
signin_doubt(const Estate *estate, const Account *account, SignInSlip slip)
{
    AttrId attr = slips[slip].attr;
    if (account_knows(account, attr) && slips[slip].doubt)
        return g_strdup(slips[slip].doubt);
    return g_strdup_printf("%s %s", attr_name(attr), estate_unread(estate));
}

static Tri
is_in(const Sid *sid, gpointer token)
{
    return token_has(token, sid);
}

Tri
signin_groups_open(const Account *user, TokenHas has, gpointer token)
{
    gsize length;
    Guid guid, set;
    g_autoptr(SecDesc) descriptor = NULL;
    const void *data = user->security ? g_bytes_get_data(user->security, &length) : NULL;
    if (!data || !secdesc_parse(data, length, &descriptor, NULL))
        return TRI_UNKNOWN;
    bool parsed = guid_parse(GROUPS_GUID, &guid) && guid_parse(GROUPS_SET, &set);
    g_assert(parsed);
    return secdesc_decide_property(descriptor, has, token, RIGHT_READ_PROPERTY, &guid,
                                   &set);
}

Tri
signin_groups_readable(const Account *user, const Token *host)
{
    return signin_groups_open(user, is_in, (gpointer)host);
}
