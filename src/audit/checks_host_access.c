/* HST-05 to HST-08: who and what a host lets in, by what it says itself. */
#include "host_case.h"

#include "base/text.h"
#include "logon.h"
#include "model/wellknown.h"

#include <string.h>

#define SHOWN_MAX 12u

/* Members, the first few (transfer full). */
static char *
members_text(const FactsGroup *group)
{
    GString *text = g_string_new(group->members->len > 0 ? NULL : "nobody");
    for (guint i = 0; i < group->members->len && i < SHOWN_MAX; i++) {
        const FactsMember *member = group->members->pdata[i];
        g_autofree char *sid = sid_format(&member->sid);
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               member->name && *member->name ? member->name : sid);
    }
    if (group->members->len > SHOWN_MAX)
        g_string_append_printf(text, " and %u more", group->members->len - SHOWN_MAX);
    return g_string_free(text, FALSE);
}

static void
show_group(Finding *finding, const Host *host, const FactsGroup *group)
{
    g_autofree char *sid = sid_format(&group->sid);
    const char *name = sid_well_known(&group->sid);
    g_autofree char *what = g_strdup_printf("%s (%s)", name ? name : group->name, sid);
    g_autofree char *members = members_text(group);
    host_case_show(finding, host, what, members);
}

/* CONTOSO\alice, for a line of PowerShell (transfer full). */
static char *
user_quoted(const Audit *audit, const Account *user)
{
    const Domain *domain = estate_home_of(audit->estate, user);
    g_autofree char *name =
        g_strdup_printf("%s%s%s", domain && domain->netbios ? domain->netbios : "",
                        domain && domain->netbios ? "\\" : "", user->name);
    char *quoted = text_quoted(QUOTE_POWERSHELL, name);
    return quoted ? quoted : g_strdup("USER");
}

static void
judge_operator(const Audit *audit, const Host *host, const Account *user, Sink *sink)
{
    const FactsGroup *hyperv = host_facts_group(host->facts, RID_HYPERV_ADMINISTRATORS);
    const FactsGroup *admins = host_facts_group(host->facts, RID_ADMINISTRATORS);
    g_autoptr(Token) token =
        token_new(audit->estate, user, estate_home_of(audit->estate, host->account));
    Tri in = TRI_NO;
    const guint32 rids[] = {RID_HYPERV_ADMINISTRATORS, RID_ADMINISTRATORS};
    for (guint i = 0; i < G_N_ELEMENTS(rids) && in != TRI_YES; i++) {
        Sid sid = sid_builtin(rids[i]);
        Tri held = logon_holds(audit, host, token, &sid);
        in = held == TRI_NO ? in : held;
    }
    if (in == TRI_YES)
        return;
    About whom = {.account = host->account, .target_name = user->name};
    g_autofree char *quoted = host_case_name(host);
    g_autofree char *member = user_quoted(audit, user);
    Finding *finding =
        in == TRI_NO ? sink_fail(sink, SEVERITY_ERROR, whom) : sink_unknown(sink, whom);
    finding_say(
        finding,
        in == TRI_NO ? "The operator is in neither Hyper-V Administrators nor "
                       "Administrators"
                     : "Whether the operator is in Hyper-V Administrators was not "
                       "determined",
        in == TRI_NO
            ? "%s is in neither Hyper-V Administrators nor Administrators of %s, also "
              "not by a group: what %s starts there is refused (0x80070005). It has to "
              "be so on the source and on the target. Run: Invoke-Command %s { "
              "Add-LocalGroupMember -SID S-1-5-32-578 -Member %s }"
            : "Whether %s is in Hyper-V Administrators or Administrators of %s by some "
              "group could not be told: the groups of %s were not read to the end, or a "
              "member on %s is of a domain that was not read. whoami /groups, run by %s "
              "on the host, tells.",
        user->name, host->account->name, user->name,
        in == TRI_NO ? quoted : host->account->name, in == TRI_NO ? member : user->name);
    if (hyperv)
        show_group(finding, host, hyperv);
    if (admins)
        show_group(finding, host, admins);
}

void
check_operator_administrator(const Audit *audit, const Host *host, Sink *sink)
{
    if (host->storage) {
        sink_not_applicable(sink);
        return;
    }
    if (audit->operators->len == 0) {
        sink_not_asked(sink);
        return;
    }
    if (!host_case_facts(host, FACTS_GROUPS, sink))
        return;
    for (guint i = 0; i < audit->operators->len; i++)
        judge_operator(audit, host, audit->operators->pdata[i], sink);
}

/* Ports that a host listens on. */
static const struct {
    guint16 port;
    guint16 instead; /* the same over TLS; 0: none */
    bool storage;    /* of a file server, too */
    const char *purpose;
    const char *closed;
    const char *open; /* lets it through the firewall */
} ports[] = {
    {445, 0, true, "SMB",
     "Storage on shares cannot be reached or moved: the Server service (LanmanServer) is "
     "stopped. Run: Start-Service LanmanServer",
     "Enable-NetFirewallRule -Name FPS-SMB-In-TCP"},
    {5985, 5986, false, "WinRM",
     "Windows Server 2016 and later manage migrations through it. Run: winrm quickconfig",
     "Enable-NetFirewallRule -Name WINRM-HTTP-In-TCP"},
    {6600, 0, false, "live migration",
     "Live migration is enabled, but the service (vmms) does not listen: it is stopped, "
     "or started before its network was there. Run: Restart-Service vmms",
     "Enable-NetFirewallRule -Name VIRT-MIGL-In-TCP-NoScope"},
};

/* Whether the host is to listen there at all: of live migration only where it is on. */
static bool
is_expected(const Host *host, guint port)
{
    const HostFacts *facts = host->facts;
    if (host->storage)
        return ports[port].storage;
    return ports[port].port != 6600 ||
           (!facts->why[FACTS_HYPERV] && facts->migration_enabled);
}

static bool
listens(const HostFacts *facts, guint port)
{
    return host_facts_listens(facts, ports[port].port) ||
           (ports[port].instead && host_facts_listens(facts, ports[port].instead));
}

static Finding *
fail_port(const Host *host, guint port, Sink *sink)
{
    g_autofree char *target = g_strdup_printf("TCP %u", ports[port].port);
    About whom = {.account = host->account, .target_name = target};
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, whom);
    finding->port = ports[port].port;
    return finding;
}

void
check_port_not_listening(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const HostFacts *facts = host_case_facts(host, FACTS_LISTENING, sink);
    for (guint i = 0; facts && i < G_N_ELEMENTS(ports); i++) {
        if (!is_expected(host, i) || listens(facts, i))
            continue;
        g_autofree char *title =
            g_strdup_printf("Nothing listens on TCP %u (%s) of the host", ports[i].port,
                            ports[i].purpose);
        g_autofree char *key = g_strdup_printf("TCP %u", ports[i].port);
        Finding *finding = fail_port(host, i, sink);
        finding_say(finding, title,
                    "By what %s said of itself, nothing listens on TCP %u. %s",
                    host->account->name, ports[i].port, ports[i].closed);
        host_case_show(finding, host, key, "no listener");
    }
}

/* A port of which the host did not tell is let be: no rule was looked for. */
static bool
is_shut(const HostFacts *facts, guint port)
{
    const guint16 numbers[] = {ports[port].port, ports[port].instead};
    bool shut = false;
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        const FactsPort *allowed =
            numbers[i] ? host_facts_allowed(facts, numbers[i]) : NULL;
        bool used = allowed && (facts->why[FACTS_LISTENING] || numbers[i] != 5986 ||
                                host_facts_listens(facts, numbers[i]));
        if (used && allowed->rules->len > 0)
            return false;
        shut = shut || (used && allowed->rules->len == 0);
    }
    return shut;
}

void
check_firewall_closed(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const HostFacts *facts = host_case_facts(host, FACTS_FIREWALL, sink);
    for (guint i = 0; facts && facts->firewall_blocks && i < G_N_ELEMENTS(ports); i++) {
        if (!is_expected(host, i) || !is_shut(facts, i))
            continue;
        g_autofree char *title =
            g_strdup_printf("The host's firewall lets no TCP %u in (%s)", ports[i].port,
                            ports[i].purpose);
        g_autofree char *key = g_strdup_printf("rules for TCP %u", ports[i].port);
        Finding *finding = fail_port(host, i, sink);
        finding_say(finding, title,
                    "The firewall of %s is on, and no enabled rule lets TCP %u in: what "
                    "the other host sends is dropped (0x8007274C). Run on %s: %s",
                    host->account->name, ports[i].port, host->account->name,
                    ports[i].open);
        host_case_show(finding, host, key, "none enabled");
    }
}

static char *
principals_text(const Audit *audit, const FactsRight *right)
{
    GString *text = g_string_new(right->principals->len > 0 ? NULL : "nobody");
    for (guint i = 0; i < right->principals->len && i < SHOWN_MAX; i++) {
        const char *principal = right->principals->pdata[i];
        Sid sid;
        bool is_sid = *principal == '*' && sid_parse_text(principal + 1, &sid);
        g_autofree char *name = is_sid ? estate_sid_name(audit->estate, &sid) : NULL;
        bool named = name && strcmp(name, principal + 1) != 0;
        g_string_append_printf(text, "%s%s%s%s%s", i > 0 ? ", " : "", principal,
                               named ? " (" : "", named ? name : "", named ? ")" : "");
    }
    if (right->principals->len > SHOWN_MAX)
        g_string_append_printf(text, " and %u more", right->principals->len - SHOWN_MAX);
    return g_string_free(text, FALSE);
}

static void
judge_right(const Audit *audit, const Host *host, const FactsRight *right, Sink *sink)
{
    g_auto(LoggedOff) off = logged_off(audit, host, right->right, right->principals);
    bool denies = text_equal(right->right, LOGON_DENIED);
    if (!off.refused && !off.doubtful)
        return;
    About whom = {.account = host->account, .target_name = right->right};
    Finding *finding =
        off.refused ? sink_fail(sink, SEVERITY_ERROR, whom) : sink_unknown(sink, whom);
    finding_say(
        finding,
        off.refused ? "The host keeps operators from logging on over the network"
                    : "The host may keep operators from logging on over the network",
        "\"%s\" of %s %s %s. Whoever starts a migration logs on to the target over the "
        "network, by the ticket that the source got for them, and is refused there "
        "(0x80070569). %s (secpol.msc, Local Policies, User Rights Assignment; where a "
        "GPO defines it, there: gpresult /h).",
        denies ? "Deny access to this computer from the network"
               : "Access this computer from the network",
        host->account->name,
        !off.refused ? "may keep out"
        : denies     ? "keeps out"
                     : "leaves out",
        off.refused ? off.refused->str : off.doubtful->str,
        denies ? "Take the group out of the list"
               : "Add Authenticated Users or the operators' group");
    g_autofree char *list = principals_text(audit, right);
    host_case_show(finding, host, right->right, list);
}

void
check_network_logon_denied(const Audit *audit, const Host *host, Sink *sink)
{
    const char *const rights[] = {LOGON_ALLOWED, LOGON_DENIED};
    const HostFacts *facts = host_case_facts(host, FACTS_RIGHTS, sink);
    for (guint i = 0; facts && i < G_N_ELEMENTS(rights); i++) {
        const FactsRight *right = host_facts_right(facts, rights[i]);
        if (right)
            judge_right(audit, host, right, sink);
    }
}
