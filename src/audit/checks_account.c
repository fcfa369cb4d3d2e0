/* ACC-*: the accounts themselves. */
#include "checks.h"

#include "base/text.h"
#include "model/spn.h"
#include "model/wellknown.h"

void
check_host_disabled(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const Account *account = host->account;
    /* Of lists DEL-06 and DEL-16 tell. */
    if (host->outside && ((host->delegates & BY_LIST) != 0 ||
                          ((host->delegates | host->receives) & LEG_RBCD) == 0)) {
        sink_not_applicable(sink);
        return;
    }
    if (account_is_enabled(account) != TRI_NO)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(account));
    if (host->outside)
        finding_say(
            finding, "An account that delegation hangs on is disabled",
            "%s is disabled: the KDC gives it no tickets and nobody a ticket to it, so "
            "that no delegation from or to it works. Enable it if the service is in use "
            "(Enable-ADAccount), otherwise take it out of the delegation lists and RBCD "
            "descriptors that name it.",
            account->name);
    else
        finding_say(
            finding, "The host's computer account is disabled",
            "%s is disabled: it gets no tickets, and migrations to and from it fail. "
            "Enable it if the host is in service (Enable-ADAccount), otherwise take it "
            "out of the group and out of its partners' lists.",
            account->name);
    evidence_uac(finding, account);
}

/* What a KDC makes of tickets that have no PAC. */
static void
doubt_without_pac(const Audit *audit, const Host *host, Sink *sink)
{
    if (account_flag(host->account, UAC_NO_AUTH_DATA) != TRI_YES ||
        estate_is_samba(audit->estate))
        return;
    Finding *finding = sink_unknown(sink, about(host->account));
    finding_say(finding, "Whether its tickets can be passed on was not determined",
                "%s has NO_AUTH_DATA_REQUIRED (0x2000000) in userAccountControl: tickets "
                "to it hold no PAC, and with such a ticket a KDC refuses to delegate. "
                "Whether those that it gets itself on behalf of users have one is not "
                "documented. The flag is for services that are not Windows': clear it.",
                host->account->name);
    evidence_uac(finding, host->account);
}

void
check_host_not_delegable(const Audit *audit, const Host *host, Sink *sink)
{
    if (!host_needs_own_ticket(host)) {
        sink_not_applicable(sink);
        return;
    }
    if (account_flag(host->account, UAC_NOT_DELEGATED) != TRI_YES) {
        doubt_without_pac(audit, host, sink);
        return;
    }
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(host->account));
    if (host->outside)
        finding_say(
            finding, "An account that delegates is marked sensitive (NOT_DELEGATED)",
            "%s itself is marked \"sensitive and cannot be delegated\". Its TGT is then "
            "not forwardable, nor are the tickets it gets on behalf of users: no "
            "constrained delegation from it works. If it is an administrator's account, "
            "let the service run under one of its own.",
            host->account->name);
    else
        finding_say(
            finding, "The source host is marked sensitive (NOT_DELEGATED)",
            "%s itself is marked \"sensitive and cannot be delegated\". Its TGT is then "
            "not forwardable, nor are the tickets it gets on behalf of the operator: "
            "every migration started remotely from it fails with 0x8009030E.",
            host->account->name);
    evidence_uac(finding, host->account);
}

void
check_host_in_protected_users(const Audit *audit, const Host *host, Sink *sink)
{
    if (!host_needs_own_ticket(host)) {
        sink_not_applicable(sink);
        return;
    }
    Tri inside =
        estate_in_domain_group(audit->estate, host->account, RID_PROTECTED_USERS);
    if (inside == TRI_NO)
        return;
    if (inside == TRI_UNKNOWN) {
        g_autofree char *title = g_strdup_printf(
            "Whether the %s is in Protected Users was not determined", host_noun(host));
        finding_say(sink_unknown(sink, about(host->account)), title,
                    "The groups of %s %s.", host->account->name,
                    estate_is_export(audit->estate) ? "were not exported in full"
                                                    : "could not be read to the end");
        return;
    }
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(host->account));
    finding_say(
        finding,
        host->outside ? "An account that delegates is in Protected Users"
                      : "The source host is in Protected Users",
        "%s is a member of Protected Users, which is not for %s: its tickets are "
        "not forwardable and no delegation from it works. Take it out of the group "
        "(directly or from the nested group that brings it there).",
        host->account->name, host->outside ? "services" : "computers");
    evidence_groups(finding, host->account);
}

/* `of`: a host of another domain than the audited one; NULL: of that. */
static void
judge_krbtgt(const Audit *audit, const Account *of, Sink *sink)
{
    const Account *krbtgt = estate_krbtgt(audit->estate, of);
    const Domain *domain = of ? estate_home_of(audit->estate, of) : NULL;
    const char *place = domain ? domain->dns : NULL;
    Tri delegable = verdict_krbtgt_delegable(audit->context, of);
    if (delegable == TRI_YES)
        return;
    if (delegable == TRI_UNKNOWN) {
        g_autofree char *name = g_strconcat("krbtgt", place ? "@" : "", place, NULL);
        finding_say(sink_unknown(sink, about_name(name)),
                    "Whether krbtgt is marked sensitive was not determined",
                    "userAccountControl of %s %s.", name, estate_unread(audit->estate));
        return;
    }
    Finding *finding = place ? sink_fail(sink, SEVERITY_ERROR,
                                         (About){.account = krbtgt, .target_name = place})
                             : sink_fail(sink, SEVERITY_ERROR, about(krbtgt));
    finding_say(
        finding, "krbtgt is marked sensitive (NOT_DELEGATED)",
        "krbtgt is marked \"sensitive and cannot be delegated\": no ticket of the domain "
        "can be delegated and every migration fails with 0x8009030E. Clear the flag.");
    evidence_uac(finding, krbtgt);
}

void
check_krbtgt_not_delegable(const Audit *audit, Sink *sink)
{
    const Estate *estate = audit->estate;
    g_autoptr(GHashTable) judged = g_hash_table_new(NULL, NULL);
    judge_krbtgt(audit, NULL, sink);
    if (estate->domains->len > 0)
        g_hash_table_add(judged, estate->domains->pdata[0]);
    for (guint i = 0; i < audit->hosts->len; i++) {
        const Account *host = ((const Host *)audit->hosts->pdata[i])->account;
        const Domain *domain = estate_home_of(estate, host);
        if (domain && g_hash_table_add(judged, (gpointer)domain))
            judge_krbtgt(audit, host, sink);
    }
}

void
check_host_stale(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    /* A service may take tickets for years without asking for one. */
    if (host->outside && host->delegates == 0) {
        sink_not_applicable(sink);
        return;
    }
    Tri stale = estate_is_stale(audit->estate, account);
    if (stale == TRI_UNKNOWN) {
        g_autofree char *title = g_strdup_printf(
            "Whether the %s is still in service was not determined", host_noun(host));
        if (audit_is_offline(audit))
            sink_not_asked(sink);
        else
            finding_say(sink_unknown(sink, about(account)), title,
                        "pwdLastSet or lastLogonTimestamp of %s could not be read.",
                        account->name);
        return;
    }
    if (stale == TRI_NO || account_is_enabled(account) == TRI_NO)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(account));
    if (host->outside) {
        finding_say(
            finding,
            "An account that may delegate has shown no sign of life for two "
            "months",
            "%s has neither changed its password nor logged on for 59 days (45, and the "
            "14 by which lastLogonTimestamp may lag), but may still act for users. A "
            "service that delegates logs on to do so: nobody uses it any more. If that "
            "is so, disable the account and take its delegation away.",
            account->name);
        evidence_activity(finding, account);
        return;
    }
    finding_say(
        finding, "The host has shown no sign of life for two months",
        "%s has neither changed its password nor logged on for 59 days (45, and the 14 "
        "by "
        "which lastLogonTimestamp may lag). A host in service does both every month: it "
        "is gone, or its secure channel is broken (Test-ComputerSecureChannel). If it is "
        "gone, disable it and take it out of its partners' lists.",
        account->name);
    evidence_activity(finding, account);
}

void
check_host_is_domain_controller(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const Account *account = host->account;
    if (account_is_dc(account) != TRI_YES)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(account));
    finding_say(
        finding, "The host is a domain controller",
        "%s is a domain controller with the Hyper-V role: whoever may migrate to it, or "
        "administers its virtual machines, is one step from the domain, and delegation "
        "to "
        "it is delegation to Tier 0. Move the role to a member server.",
        account->name);
    evidence_uac(finding, account);
}

/* The host whose SPN the conflict object holds, as far as migrations need it. */
static const Account *
host_displaced(const Audit *audit, const Account *conflict)
{
    for (guint h = 0; h < audit->hosts->len; h++) {
        const Host *host = audit->hosts->pdata[h];
        for (guint i = 0; i < host->needed->len; i++) {
            const NeededSpn *needed = host->needed->pdata[i];
            if (needed->owners &&
                g_ptr_array_find((GPtrArray *)needed->owners, conflict, NULL))
                return host->account;
        }
    }
    return NULL;
}

static bool
holds_hyperv_spn(const Account *account)
{
    for (guint i = 0; i < account->spns->len; i++)
        if (spn_has_class(account->spns->pdata[i], SPN_MIGRATION))
            return true;
    return false;
}

static void
tell_conflict(Sink *sink, const Account *conflict, const Account *host)
{
    Finding *finding = host
                           ? sink_fail(sink, SEVERITY_WARNING, about_pair(conflict, host))
                           : sink_fail(sink, SEVERITY_WARNING, about(conflict));
    finding_say(
        finding, "A conflict object of replication stands in a host's place",
        "%s is what replication left when two objects of one name were created on two "
        "domain controllers. No machine signs in with it%s%s%s. Delete it; do not move "
        "its SPNs. If the host has lost its own account by this, join it to the domain "
        "again.",
        conflict->name, host ? ", but it holds SPNs of " : "", host ? host->name : "",
        host ? ", so that the KDC finds the wrong account or two of them" : "");
    finding_evidence(finding, "distinguishedName", conflict->dn);
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", conflict->name);
    g_autofree char *count = g_strdup_printf("%u value%s", conflict->spns->len,
                                             conflict->spns->len == 1 ? "" : "s");
    finding_evidence(finding, key, count);
}

void
check_conflict_object(const Audit *audit, Sink *sink)
{
    for (guint i = 0; i < audit->estate->accounts->len; i++) {
        const Account *account = audit->estate->accounts->pdata[i];
        if (!account_is_conflict(account))
            continue;
        const Account *host = host_displaced(audit, account);
        if (host || account->hyperv_scp || holds_hyperv_spn(account))
            tell_conflict(sink, account, host);
    }
}

#define OLD_PASSWORD_DAYS 365
#define DAY_US (G_GINT64_CONSTANT(24) * 3600 * G_USEC_PER_SEC)

static void
tell_kerberoastable(Sink *sink, const Host *host, gint64 days)
{
    const Account *account = host->account;
    bool anybody = account_flag(account, UAC_T2A4D) == TRI_YES ||
                   (host->delegates & LEG_UNCONSTRAINED) != 0;
    Finding *finding =
        sink_fail(sink, anybody ? SEVERITY_ERROR : SEVERITY_WARNING, about(account));
    finding_say(
        finding, "A user account that delegates has an SPN and an old password",
        "The password of %s was set %" G_GINT64_FORMAT
        " days ago. Since the account holds "
        "an SPN, every user of the domain may ask for a ticket that is encrypted with "
        "it, "
        "and guess the password offline (Kerberoasting); whoever finds it acts for %s. "
        "Let the service run under a gMSA, whose password is random and changes by "
        "itself, or set one of 25 random characters and allow AES alone.",
        account->name, days,
        anybody ? "any user towards its targets" : "the users who sign in to it");
    g_autofree char *key = g_strdup_printf("pwdLastSet of %s", account->name);
    g_autofree char *when = text_time(account->password_set_us);
    finding_evidence(finding, key, when);
    g_autofree char *spns = g_strdup_printf("servicePrincipalName of %s", account->name);
    finding_evidence(finding, spns, account->spns->pdata[0]);
    evidence_uac(finding, account);
}

void
check_kerberoastable_delegation(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    /* The machines' own passwords are random. */
    if ((account->kinds & KIND_USER) == 0 || host->delegates == 0) {
        sink_not_applicable(sink);
        return;
    }
    if (account_is_enabled(account) == TRI_NO ||
        (account_knows(account, ATTR_SPN) && account->spns->len == 0))
        return;
    if (!account_knows(account, ATTR_PASSWORD_SET) || !account_knows(account, ATTR_SPN)) {
        if (audit_is_offline(audit))
            sink_not_asked(sink);
        else
            finding_say(sink_unknown(sink, about(account)),
                        "How old the password of an account that delegates is was not "
                        "determined",
                        "pwdLastSet or servicePrincipalName of %s could not be read.",
                        account->name);
        return;
    }
    gint64 days = (audit->estate->collected_us - account->password_set_us) / DAY_US;
    if (account->password_set_us != 0 && days > OLD_PASSWORD_DAYS)
        tell_kerberoastable(sink, host, days);
}

void
check_source_without_spn(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const Account *account = host->account;
    /* A host's missing SPNs have rules of their own. */
    if (!host->outside || host->delegates == 0) {
        sink_not_applicable(sink);
        return;
    }
    if (account->spns->len > 0 || account_is_enabled(account) == TRI_NO)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(account));
    finding_say(
        finding, "An account that delegates holds no SPN",
        "%s may act for users, but holds no SPN: nobody can bring it a ticket, and the "
        "KDC gives it none for a user, so that no delegation from it works. If its "
        "service is in use, register the SPN that clients ask for (setspn -S); else take "
        "the delegation away.",
        account->name);
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", account->name);
    finding_evidence(finding, key, "none");
    evidence_list(finding, account);
}
