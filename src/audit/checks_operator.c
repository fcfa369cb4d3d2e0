/* ACC-07, ACC-08, ACC-11, ACC-13, ACC-14: the people. */
#include "checks.h"

#include "base/text.h"
#include "model/signin.h"
#include "model/wellknown.h"

#include <string.h>

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
                "userAccountControl of %s %s (it lies in the property set Account "
                "Restrictions, which not every reader sees).",
                user->name, estate_unread(audit->estate));
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
                        "The groups of %s %s.", user->name,
                        estate_is_export(audit->estate) ? "were not exported in full"
                                                        : "could not be read to the end");
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
    for (guint i = 0; i < audit->principals->len; i++) {
        const Host *host = audit->principals->pdata[i];
        if (host->delegates != 0 && account_flag(host->account, UAC_T2A4D) == TRI_YES) {
            *ret_sure = true;
            return host->account;
        }
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
                        "The members of the Tier-0 groups %s.",
                        estate_is_export(audit->estate) ? "were not exported in full"
                                                        : "could not all be read");
        return;
    }
    if (!sure) {
        finding_say(sink_unknown(sink, about_name(domain)),
                    "Whether Tier-0 administrators can be delegated was not determined",
                    "userAccountControl of %s %s, so it may act as any user (\"Use any "
                    "authentication protocol\").",
                    powerful->name, estate_unread(audit->estate));
        return;
    }
    bool host = g_hash_table_contains(audit->host_by_account, powerful);
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about_name(domain));
    finding_say(
        finding, "Tier-0 administrators can be delegated",
        "%s with \"Use any authentication protocol\" (%s and perhaps more) may act "
        "as any user who is neither sensitive nor in Protected Users, towards every "
        "%s; %u Tier-0 administrator%s neither. Mark them \"sensitive and cannot "
        "be delegated\" (Set-ADAccountControl -AccountNotDelegated $true) or put them "
        "into Protected Users.",
        host ? "Hosts" : "Accounts", powerful->name, host ? "partner" : "target",
        exposed->len, exposed->len == 1 ? " is" : "s are");
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

static const char *const sign_in_advice[SIGNIN_COUNT] = {
    [SIGNIN_DISABLED] = "enable it, if it is to be used (Enable-ADAccount)",
    [SIGNIN_EXPIRED] = "set another end (Set-ADAccountExpiration)",
    [SIGNIN_LOCKED] = "unlock it (Unlock-ADAccount), and find out what locked it",
    [SIGNIN_OFF_HOURS] = "change its logon hours, or start migrations within them",
    [SIGNIN_MUST_CHANGE] = "let its owner sign in once and change the password",
    [SIGNIN_PASSWORD_OLD] = "let its owner sign in once and change the password",
};

/* What was not read of the user, and what else leaves it open. */
static void
tell_sign_in_unknown(const Audit *audit, const Account *user, Sink *sink)
{
    g_autoptr(GString) unread = g_string_new(NULL);
    g_autoptr(GString) doubts = g_string_new(NULL);
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++) {
        const char *name = attr_name(signin_attribute(slip));
        if (signin_refused(audit->estate, user, SIGNIN_PERSON, slip) != TRI_UNKNOWN)
            continue;
        if (account_knows(user, signin_attribute(slip))) {
            g_autofree char *doubt = signin_doubt(audit->estate, user, slip);
            g_string_append_printf(doubts, "; %s", doubt);
        } else if (!strstr(unread->str, name)) {
            g_string_append_printf(unread, "%s%s", unread->len ? ", " : "", name);
        }
    }
    if (unread->len > 0)
        g_string_append_printf(unread, " %s", estate_unread(audit->estate));
    if (unread->len > 0 || doubts->len > 0)
        finding_say(sink_unknown(sink, about(user)),
                    "Whether the operator gets tickets was not determined",
                    "Of %s: %s%s.", user->name, unread->str,
                    doubts->str + (unread->len == 0 ? strlen("; ") : 0));
}

static void
judge_sign_in(const Audit *audit, const Account *user, Sink *sink)
{
    g_autoptr(GString) clauses = g_string_new(NULL);
    g_autoptr(GString) advice = g_string_new(NULL);
    guint refused = 0;
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++) {
        Tri no = signin_refused(audit->estate, user, SIGNIN_PERSON, slip);
        if (no != TRI_YES)
            continue;
        refused |= 1u << slip;
        g_string_append_printf(clauses, "%s%s", clauses->len ? "; " : "",
                               signin_clause(SIGNIN_PERSON, slip));
        g_string_append_printf(advice, "%s%s", advice->len ? "; " : "",
                               sign_in_advice[slip]);
    }
    if (refused == 0) {
        tell_sign_in_unknown(audit, user, sink);
        return;
    }
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(user));
    finding_say(finding, "The operator gets no tickets",
                "%s cannot start migrations: %s. The KDC then refuses tickets, also "
                "those that a host asks for on the operator's behalf "
                "(KDC_ERR_CLIENT_REVOKED, KDC_ERR_KEY_EXPIRED). What to do: %s.",
                user->name, clauses->str, advice->str);
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++) {
        if ((refused & 1u << slip) == 0)
            continue;
        g_autofree char *key =
            g_strdup_printf("%s of %s", attr_name(signin_attribute(slip)), user->name);
        g_autofree char *value = signin_value(user, SIGNIN_PERSON, slip);
        finding_evidence(finding, key, value);
    }
}

void
check_operator_cannot_sign_in(const Audit *audit, Sink *sink)
{
    if (audit->operators->len == 0)
        sink_not_asked(sink);
    for (guint i = 0; i < audit->operators->len; i++)
        judge_sign_in(audit, audit->operators->pdata[i], sink);
}

/* A few of the names, "HV01, HV02 and 7 more". */
static void
name_hosts(GString *out, const GPtrArray *hosts)
{
    const guint most = 5;
    for (guint i = 0; i < hosts->len && i < most; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
                               ((const Account *)hosts->pdata[i])->name);
    if (hosts->len > most)
        g_string_append_printf(out, " and %u more", hosts->len - most);
}

static void
judge_groups(const Audit *audit, const Account *user, Sink *sink)
{
    g_autoptr(GPtrArray) refused = g_ptr_array_new();
    g_autoptr(GPtrArray) doubtful = g_ptr_array_new();
    g_autoptr(GString) names = g_string_new(NULL);
    g_autofree char *key = g_strdup_printf("nTSecurityDescriptor of %s", user->name);
    for (guint i = 0; i < audit->hosts->len; i++) {
        const Account *host = ((const Host *)audit->hosts->pdata[i])->account;
        Tri may = signin_groups_readable(
            user, edge_token(verdict_edges(audit->context), host, user));
        if (may != TRI_YES)
            g_ptr_array_add(may == TRI_NO ? refused : doubtful, (gpointer)host);
    }
    if (refused->len == 0 && doubtful->len == 0)
        return;
    name_hosts(names, refused->len > 0 ? refused : doubtful);
    if (refused->len == 0) {
        finding_say(
            sink_unknown(sink, about(user)),
            "Whether hosts may read the operator's groups was not determined",
            "nTSecurityDescriptor of %s, or what it hangs on of the groups of %s, "
            "%s.",
            user->name, names->str, estate_unread(audit->estate));
        return;
    }
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(user));
    finding_say(finding, "Hosts may not read the operator's groups",
                "%s may not read tokenGroupsGlobalAndUniversal of %s: the KDC then gives "
                "the host no ticket for the user (S4U2Self: "
                "KDC_ERR_C_PRINCIPAL_UNKNOWN), and migrations that %s starts from "
                "elsewhere fail. Add the hosts to the group Windows Authorization Access "
                "Group, and restart them.",
                names->str, user->name, user->name);
    finding_evidence(finding, key,
                     "lets none of them read 46a9b11d-60ae-405a-b7e8-ff8a58d456d2, nor "
                     "the property set 037088f8-0ae1-11d2-b422-00a0c968f939");
}

void
check_operator_groups_unreadable(const Audit *audit, Sink *sink)
{
    bool asked = false;
    for (guint i = 0; i < audit->operators->len; i++) {
        const Account *user = audit->operators->pdata[i];
        /* An export without descriptors was never meant to answer this. */
        if (!user->security && audit_is_offline(audit))
            continue;
        asked = true;
        judge_groups(audit, user, sink);
    }
    if (!asked)
        sink_not_asked(sink);
}
