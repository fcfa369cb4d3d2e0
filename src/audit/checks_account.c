/* ACC-*: the accounts themselves. */
#include "audit/checks.h"

#define RID_PROTECTED_USERS 525

CHECK(check_host_disabled)
{
    (void)audit;
    const Account *account = ((const Host *)subject)->account;
    if (account_is_enabled(account))
        return;
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, account, NULL, NULL);
    finding_say(
        finding, "The host's computer account is disabled",
        "%s is disabled: it gets no tickets, and migrations to and from it fail. Enable "
        "it if the host is in service (Enable-ADAccount), else take it out of the group "
        "and out of its partners' lists.",
        account->name);
    evidence_uac(finding, account);
}

CHECK(check_host_not_delegable)
{
    (void)audit;
    const Host *host = subject;
    if (host->storage) {
        sink_not_applicable(sink); /* it acts for nobody */
        return;
    }
    if ((host->account->uac & UAC_NOT_DELEGATED) == 0)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, host->account, NULL, NULL);
    finding_say(
        finding, "The source host is marked sensitive (NOT_DELEGATED)",
        "%s itself is marked \"sensitive and cannot be delegated\". Its TGT is then not "
        "forwardable, nor are the tickets it gets on behalf of the operator: every "
        "migration started remotely from it fails with 0x8009030E.",
        host->account->name);
    evidence_uac(finding, host->account);
}

CHECK(check_host_in_protected_users)
{
    const Host *host = subject;
    if (host->storage) {
        sink_not_applicable(sink);
        return;
    }
    Tri inside =
        estate_in_domain_group(audit->estate, host->account, RID_PROTECTED_USERS);
    if (inside == TRI_NO)
        return;
    if (inside == TRI_UNKNOWN) {
        finding_say(sink_unknown(sink, host->account, NULL, NULL),
                    "Whether the host is in Protected Users is not known",
                    "The groups of %s could not be read to the end.",
                    host->account->name);
        return;
    }
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, host->account, NULL, NULL);
    finding_say(
        finding, "The source host is in Protected Users",
        "%s is a member of Protected Users, which is not for computers: its tickets are "
        "not forwardable and no delegation from it works. Take it out of the group "
        "(directly or from the nested group that brings it there).",
        host->account->name);
    g_autofree char *key = g_strdup_printf("memberOf of %s", host->account->name);
    for (guint i = 0; i < host->account->member_of->len && i < 5; i++)
        finding_evidence(finding, key, host->account->member_of->pdata[i]);
}

CHECK(check_krbtgt_not_delegable)
{
    (void)subject;
    const Account *krbtgt = estate_krbtgt(audit->estate);
    Tri delegable = verdict_krbtgt_delegable(audit->context);
    if (delegable == TRI_YES)
        return;
    if (delegable == TRI_UNKNOWN) {
        finding_say(sink_unknown_named(sink, "krbtgt"),
                    "Whether krbtgt is marked sensitive is not known",
                    "userAccountControl of krbtgt could not be read.");
        return;
    }
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, krbtgt, NULL, NULL);
    finding_say(
        finding, "krbtgt is marked sensitive (NOT_DELEGATED)",
        "krbtgt is marked \"sensitive and cannot be delegated\": no ticket of the domain "
        "can be delegated and every migration fails with 0x8009030E. Clear the flag.");
    evidence_uac(finding, krbtgt);
}
