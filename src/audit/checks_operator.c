/* ACC-07, ACC-08, ACC-11: the people. */
#include "checks.h"

#include "model/wellknown.h"

void
check_operator_not_delegable(const Audit *audit, Sink *sink)
{
    if (audit->operators->len == 0)
        sink_not_asked(sink);
    for (guint i = 0; i < audit->operators->len; i++) {
        const Account *user = audit->operators->pdata[i];
        Tri sensitive = account_flag(user, UAC_NOT_DELEGATED);
        if (sensitive == TRI_UNKNOWN) {
            Finding *finding = sink_unknown(sink, about(user));
            finding_say(
                finding, "Whether the operator may be delegated was not determined",
                "userAccountControl of %s could not be read (it lies in the property set "
                "Account Restrictions, which not every reader sees).",
                user->name);
            continue;
        }
        if (sensitive == TRI_NO)
            continue;
        Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(user));
        finding_say(
            finding, "The operator is marked sensitive",
            "%s is marked \"sensitive and cannot be delegated\": migrations that %s "
            "starts from another machine fail with 0x8009030E, whatever the hosts "
            "allow. Leave an administrator marked: use a dedicated migration account (a "
            "member of Hyper-V Administrators on both hosts) instead, or sign in on the "
            "source.",
            user->name, user->name);
        evidence_uac(finding, user);
    }
}

void
check_operator_in_protected_users(const Audit *audit, Sink *sink)
{
    if (audit->operators->len == 0)
        sink_not_asked(sink);
    for (guint i = 0; i < audit->operators->len; i++) {
        const Account *user = audit->operators->pdata[i];
        Tri inside = estate_is_protected(audit->estate, user);
        if (inside == TRI_NO)
            continue;
        if (inside == TRI_UNKNOWN) {
            finding_say(sink_unknown(sink, about(user)),
                        "Whether the operator is in Protected Users was not determined",
                        "The groups of %s could not be read to the end.", user->name);
            continue;
        }
        Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(user));
        finding_say(
            finding, "The operator is in Protected Users",
            "%s is in Protected Users, whose members are never delegated: migrations "
            "that "
            "%s starts from another machine fail with 0x8009030E. Use a dedicated "
            "migration account, or sign in on the source.",
            user->name, user->name);
        evidence_groups(finding, user);
    }
}

/* An administrator of Tier 0 whom a host with protocol transition may act as. */
static bool
is_exposed_administrator(const Audit *audit, const Account *user, bool *ret_unknown)
{
    if ((user->kinds & KIND_USER) == 0 || (user->kinds & KIND_COMPUTER) != 0 ||
        account_is_enabled(user) == TRI_NO ||
        account_flag(user, UAC_NOT_DELEGATED) == TRI_YES ||
        sid_rid(&user->sid) == RID_KRBTGT ||
        estate_is_tier0(audit->estate, user) != TRI_YES)
        return false;
    Tri inside = estate_is_protected(audit->estate, user);
    bool unread = !account_knows(user, ATTR_UAC) || inside == TRI_UNKNOWN;
    if (inside != TRI_YES && unread)
        *ret_unknown = true;
    return inside == TRI_NO && !unread;
}

/* A host with protocol transition; else one of which that is not known (then
 * *ret_sure is false); NULL: none. */
static const Account *
powerful_host(const Audit *audit, bool *ret_sure)
{
    const Account *maybe = NULL;
    *ret_sure = false;
    for (guint i = 0; i < audit->hosts->len; i++) {
        const Account *host = ((const Host *)audit->hosts->pdata[i])->account;
        Tri transition = account_flag(host, UAC_T2A4D);
        if (transition == TRI_YES) {
            *ret_sure = true;
            return host;
        }
        if (transition == TRI_UNKNOWN && !maybe)
            maybe = host;
    }
    return maybe;
}

void
check_tier0_delegable(const Audit *audit, Sink *sink)
{
    const char *domain = audit->estate->domain ? audit->estate->domain : "the domain";
    bool sure;
    const Account *powerful = powerful_host(audit, &sure);
    if (!powerful) {
        sink_not_applicable(sink);
        return;
    }
    if (audit_is_offline(audit) && !audit->estate->tier0_read) {
        sink_not_asked(sink);
        return;
    }
    bool unknown = !audit->estate->tier0_read;
    g_autoptr(GPtrArray) exposed = g_ptr_array_new();
    for (guint i = 0; i < audit->estate->accounts->len; i++)
        if (is_exposed_administrator(audit, audit->estate->accounts->pdata[i], &unknown))
            g_ptr_array_add(exposed, audit->estate->accounts->pdata[i]);
    if (exposed->len == 0) {
        if (unknown)
            finding_say(sink_unknown(sink, about_name(domain)),
                        "Whether Tier-0 administrators can be delegated was not "
                        "determined",
                        "The members of the Tier-0 groups could not all be read.");
        return;
    }
    if (!sure) {
        finding_say(sink_unknown(sink, about_name(domain)),
                    "Whether Tier-0 administrators can be delegated was not determined",
                    "userAccountControl of %s could not be read, so it may act as any "
                    "user (\"Use any authentication protocol\").",
                    powerful->name);
        return;
    }
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about_name(domain));
    finding_say(
        finding, "Tier-0 administrators can be delegated",
        "Hosts with \"Use any authentication protocol\" (%s and perhaps more) may act "
        "as any user who is neither sensitive nor in Protected Users, towards every "
        "partner; %u Tier-0 administrator%s neither. Mark them \"sensitive and cannot "
        "be delegated\" (Set-ADAccountControl -AccountNotDelegated $true) or put them "
        "into Protected Users.",
        powerful->name, exposed->len, exposed->len == 1 ? " is" : "s are");
    for (guint i = 0; i < exposed->len; i++) {
        const Account *user = exposed->pdata[i];
        bool member =
            estate_in_domain_group(audit->estate, user, RID_PROTECTED_USERS) == TRI_YES;
        g_autofree char *text = g_strdup_printf(
            "%s%s", user->name,
            member ? ", in Protected Users, which does not keep RID 500 from delegation"
                   : "");
        finding_evidence(finding, "Tier-0, delegable", text);
    }
}
