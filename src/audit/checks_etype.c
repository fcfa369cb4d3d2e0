/* ACC-05, ACC-06: encryption types in common, and weak ones. */
#include "checks.h"

#include "base/text.h"
#include "model/etypes.h"

static void
show_etypes(Finding *finding, const Account *account, gint64 unix_us)
{
    g_autofree char *key =
        g_strdup_printf("msDS-SupportedEncryptionTypes of %s", account->name);
    guint32 shown = account->etypes ? account->etypes : etypes_default(unix_us);
    g_autofree char *names = flags_format(etype_flags, shown);
    g_autofree char *text =
        account->etypes ? g_strdup_printf("%u (%s)", account->etypes, names)
                        : g_strdup_printf("not set: the domain's default, %s", names);
    finding_evidence(finding, key, text);
    if (account_flag(account, UAC_DES_ONLY) == TRI_YES)
        evidence_uac(finding, account);
}

void
check_etypes_incompatible(const Audit *audit, const Pair *pair, Sink *sink)
{
    gint64 now = audit->estate->collected_us;
    const guint64 needs = NEEDS(ATTR_ETYPES) | NEEDS(ATTR_UAC);
    if ((pair->target->unread & needs) != 0) {
        finding_say(sink_unknown(sink, about_pair(pair->source, pair->target)),
                    "Whether the hosts share an encryption type was not determined",
                    "userAccountControl or msDS-SupportedEncryptionTypes of %s %s.",
                    pair->target->name, estate_unread(audit->estate));
        return;
    }
    EtypeAnswer answer = etypes_between(audit->estate, pair->source, pair->target);
    if (answer.common == TRI_YES)
        return;
    if (answer.common == TRI_UNKNOWN) {
        /* Of each pair of hosts that announce nothing. */
        g_autofree char *detail = g_strconcat(FINDING_SUBJECT " to " FINDING_TARGET ": ",
                                              answer.why, ".", NULL);
        finding_say_packed(
            sink_unknown(sink, about_pair(pair->source, pair->target)),
            "Whether the hosts share an encryption type was not determined", detail);
        return;
    }
    Finding *finding =
        sink_fail(sink, SEVERITY_ERROR, about_pair(pair->source, pair->target));
    if (answer.no_tgt)
        finding_say(
            finding, "No encryption type in common",
            "%s gets no ticket to %s: %s. Allow AES on it (policy \"Configure "
            "encryption types allowed for Kerberos\"), then let it renew its keys.",
            pair->source->name, pair->target->name, answer.why);
    else
        finding_say(
            finding, "No encryption type in common",
            "%s and %s share no Kerberos encryption type that is still in use: the KDC "
            "answers KDC_ERR_ETYPE_NOSUPP (0x80090342, 0x80090331). Allow AES on both "
            "(policy \"Configure encryption types allowed for Kerberos\"), then let the "
            "hosts renew their keys.",
            pair->source->name, pair->target->name);
    show_etypes(finding, pair->source, now);
    show_etypes(finding, pair->target, now);
}

void
check_etypes_weak(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    if (host->outside && (host->delegates | host->receives) == 0) {
        sink_not_applicable(sink);
        return;
    }
    gint64 now = audit->estate->collected_us;
    bool past_rc4 = (etypes_default(now) & ETYPE_BIT_RC4) == 0;
    const char *what = NULL;
    if (account_flag(account, UAC_DES_ONLY) == TRI_YES)
        what = "is limited to DES (USE_DES_KEY_ONLY), which Windows no longer offers";
    else if (account->etypes && (account->etypes & ETYPE_BITS) == 0)
        what = "announces no encryption type at all, only flags";
    else if (account->etypes && (account->etypes & ETYPE_BITS_AES) == 0)
        what = "announces RC4 or DES only";
    else if (account->etypes == 0 && past_rc4 &&
             (account->kinds & (KIND_COMPUTER | KIND_MANAGED)) == KIND_COMPUTER)
        what =
            "announces nothing, and the domain's default no longer includes RC4: a host "
            "without AES keys then gets no tickets";
    if (!what)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(account));
    if ((account->kinds & (KIND_COMPUTER | KIND_MANAGED)) == KIND_COMPUTER)
        finding_say(
            finding, "Weak or unset encryption types",
            "%s %s. A Windows host writes 28 (RC4, AES128, AES256) by itself; set the "
            "policy \"Configure encryption types allowed for Kerberos\" to AES, or "
            "Set-ADComputer %s -KerberosEncryptionType AES128,AES256.",
            account->name, what, account->name);
    else
        finding_say(finding, "Weak or unset encryption types",
                    "%s %s. Set-%s %s -KerberosEncryptionType AES128,AES256%s.",
                    account->name, what, account_cmdlet(account), account->name,
                    (account->kinds & KIND_USER) != 0
                        ? "; an account whose password is older than the domain's AES "
                          "keys has to change it first"
                        : "");
    show_etypes(finding, account, now);
}
