/* HST-01 to HST-04, HST-09 to HST-11: what hosts say of their own settings. */
#include "host_case.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

#define SKEW_WARNING_S 120
#define SKEW_ERROR_S 300 /* Kerberos refuses beyond it (RFC 4120, AD default) */

static const struct {
    const char *key;   /* of evidence */
    const char *label; /* in a sentence */
} parts[FACTS_PARTS] = {
    [FACTS_HYPERV] = {"live migration settings", "its live migration settings"},
    [FACTS_ADDRESSES] = {"IP addresses", "its IP addresses"},
    [FACTS_GUARD] = {"Credential Guard state", "whether Credential Guard runs"},
    [FACTS_GROUPS] = {"local groups", "who is in its own groups"},
    [FACTS_LISTENING] = {"listening ports", "on which ports it listens"},
    [FACTS_FIREWALL] = {"firewall", "what its firewall lets in"},
    [FACTS_RIGHTS] = {"user rights", "who has which user right"},
    [FACTS_CLOCK] = {"clock", "how far its clock is off"},
};

const HostFacts *
host_case_facts(const Host *host, FactsPart part, Sink *sink)
{
    const HostFacts *facts = host->facts;
    if (!facts) {
        sink_not_asked(sink);
        return NULL;
    }
    if (!facts->why[part])
        return facts;
    g_autofree char *title =
        g_strdup_printf("The facts of the host lack its %s", parts[part].key);
    g_autofree char *why = g_strdup(facts->why[part]);
    if (g_str_has_suffix(why, "."))
        why[strlen(why) - 1] = '\0';
    Finding *finding = sink_unknown(sink, about(host->account));
    finding_say(finding, title,
                "%s did not tell %s: %s. Run Get-MigrationFacts.ps1 on it again, as "
                "administrator.",
                host->account->name, parts[part].label, why);
    host_case_show(finding, host, parts[part].key, why);
    return NULL;
}

const HostFacts *
host_case_settings(const Host *host, Sink *sink)
{
    if (!host->storage)
        return host_case_facts(host, FACTS_HYPERV, sink);
    sink_not_applicable(sink);
    return NULL;
}

void
host_case_show(Finding *finding, const Host *host, const char *what, const char *value)
{
    g_autofree char *key = g_strdup_printf("%s of %s", what, host->account->name);
    g_autofree char *facts = g_strdup_printf("facts of %s", host->account->name);
    g_autofree char *source = host_facts_source(host->facts);
    finding_evidence(finding, key, value);
    finding_evidence(finding, facts, source);
}

char *
host_case_name(const Host *host)
{
    char *quoted = text_quoted(QUOTE_POWERSHELL, host->account->name);
    return quoted ? quoted : g_strdup("HOST");
}

void
check_migration_disabled(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const HostFacts *facts = host_case_settings(host, sink);
    const char *name = host->account->name;
    if (!facts || (facts->migration_enabled && facts->limit > 0))
        return;
    g_autofree char *quoted = host_case_name(host);
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(host->account));
    if (!facts->migration_enabled) {
        finding_say(finding, "Live migration is not enabled on the host",
                    "\"Enable incoming and outgoing live migrations\" is off on %s, so "
                    "it neither sends nor takes a virtual machine, whatever the "
                    "directory allows. Run: Enable-VMMigration -ComputerName %s",
                    name, quoted);
        host_case_show(finding, host, "VirtualMachineMigrationEnabled", "False");
        return;
    }
    finding_say(finding, "The host allows no live migration at a time",
                "The number of simultaneous live migrations of %s is 0, so each one is "
                "refused. Run: Set-VMHost -ComputerName %s "
                "-MaximumVirtualMachineMigrations 2",
                name, quoted);
    host_case_show(finding, host, "MaximumVirtualMachineMigrations", "0");
}

void
check_authentication_type(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const HostFacts *facts = host_case_settings(host, sink);
    if (!facts || facts->auth == FACTS_KERBEROS)
        return;
    g_autofree char *auth = host_facts_auth(facts);
    g_autofree char *quoted = host_case_name(host);
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(host->account));
    finding_say(
        finding, "CredSSP is chosen for live migration instead of Kerberos",
        "%s authenticates live migrations by CredSSP: one starts only from a session on "
        "the source host itself (its console, Remote Desktop, remote PowerShell), "
        "from elsewhere it fails with 0x8009030E, and the delegation that stands in the "
        "directory is not used. Run: Set-VMHost -ComputerName %s "
        "-VirtualMachineMigrationAuthenticationType Kerberos",
        host->account->name, quoted);
    host_case_show(finding, host, "VirtualMachineMigrationAuthenticationType", auth);
}

void
check_authentication_differs(const Audit *audit, const Pair *pair, Sink *sink)
{
    const Host *one = audit_host(audit, pair->source);
    const Host *other = audit_host(audit, pair->target);
    if (pair->storage || !one->facts || !other->facts || one->facts->why[FACTS_HYPERV] ||
        other->facts->why[FACTS_HYPERV]) {
        sink_not_asked(sink);
        return;
    }
    if (one->facts->auth == other->facts->auth || one->facts->auth == FACTS_KERBEROS)
        return; /* it is told of the one that does not use Kerberos */
    g_autofree char *quoted = host_case_name(one);
    g_autofree char *first = host_facts_auth(one->facts);
    g_autofree char *second = host_facts_auth(other->facts);
    Finding *finding =
        sink_fail(sink, SEVERITY_ERROR, about_pair(pair->source, pair->target));
    finding_say(finding, "The two hosts authenticate live migrations differently",
                "%s uses CredSSP and %s Kerberos: both have to use the same, else "
                "neither direction authenticates (0x8009030D, 0x8009030E). Run: "
                "Set-VMHost -ComputerName %s -VirtualMachineMigrationAuthenticationType "
                "Kerberos",
                pair->source->name, pair->target->name, quoted);
    host_case_show(finding, one, "VirtualMachineMigrationAuthenticationType", first);
    host_case_show(finding, other, "VirtualMachineMigrationAuthenticationType", second);
}

void
check_credential_guard(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const HostFacts *facts = host_case_settings(host, sink);
    /* Kerberos works with it. */
    if (!facts || facts->auth != FACTS_CREDSSP ||
        !host_case_facts(host, FACTS_GUARD, sink) || !facts->guard_runs)
        return;
    g_autofree char *quoted = host_case_name(host);
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(host->account));
    finding_say(
        finding, "Credential Guard runs, and CredSSP is chosen for live migration",
        "Credential Guard runs on %s and lets CredSSP delegate no credentials: also "
        "migrations that are started on %s itself fail. It is on by default from Windows "
        "Server 2025 on. Leave it on, and use Kerberos: Set-VMHost -ComputerName %s "
        "-VirtualMachineMigrationAuthenticationType Kerberos",
        host->account->name, host->account->name, quoted);
    host_case_show(finding, host, "SecurityServicesRunning", "1 (Credential Guard)");
    host_case_show(finding, host, "VirtualMachineMigrationAuthenticationType",
                   "CredSSP (0)");
}

/* Networks or addresses, the first few (transfer full). */
static char *
nets_text(const GPtrArray *nets)
{
    GString *text = g_string_new(nets->len > 0 ? NULL : "none");
    for (guint i = 0; i < nets->len && i < 8; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               ((const FactsNet *)nets->pdata[i])->text);
    if (nets->len > 8)
        g_string_append_printf(text, " and %u more", nets->len - 8);
    return g_string_free(text, FALSE);
}

/* Whether some address lies in one of the networks. */
static bool
reaches(const GPtrArray *addresses, const GPtrArray *networks)
{
    for (guint a = 0; a < addresses->len; a++)
        for (guint n = 0; n < networks->len; n++)
            if (facts_net_holds(networks->pdata[n], addresses->pdata[a]))
                return true;
    return false;
}

void
check_migration_network(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const HostFacts *facts = host_case_settings(host, sink);
    /* Nodes of a cluster take the cluster's choice. */
    if (!facts || !facts->migration_enabled || facts->any_network || facts->cluster ||
        !host_case_facts(host, FACTS_ADDRESSES, sink) ||
        reaches(facts->addresses, facts->networks))
        return;
    g_autofree char *quoted = host_case_name(host);
    g_autofree char *networks = nets_text(facts->networks);
    g_autofree char *addresses = nets_text(facts->addresses);
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(host->account));
    finding_say(finding, "The host takes live migrations on no network that it has",
                "%s may take live migrations only on the networks that are chosen, and "
                "%s: nothing listens for them, and they fail with 0x8007274D. Choose the "
                "networks again (Set-VMMigrationNetwork), or run: Set-VMHost "
                "-ComputerName %s -UseAnyNetworkForMigration $true",
                host->account->name,
                facts->networks->len == 0 ? "none is chosen"
                                          : "none of its addresses lies in any of them",
                quoted);
    host_case_show(finding, host, "migration networks", networks);
    host_case_show(finding, host, "addresses", addresses);
}

void
check_migration_network_apart(const Audit *audit, const Pair *pair, Sink *sink)
{
    const Host *one = audit_host(audit, pair->source);
    const Host *other = audit_host(audit, pair->target);
    const HostFacts *source = one->facts, *target = other->facts;
    if (pair->storage || !source || !target || source->why[FACTS_ADDRESSES] ||
        target->why[FACTS_ADDRESSES] || target->why[FACTS_HYPERV]) {
        sink_not_asked(sink);
        return;
    }
    /* A host without any usable network is told of by itself. */
    if (target->any_network || target->cluster ||
        reaches(source->addresses, target->networks) ||
        !reaches(target->addresses, target->networks))
        return;
    g_autofree char *networks = nets_text(target->networks);
    g_autofree char *addresses = nets_text(source->addresses);
    Finding *finding =
        sink_fail(sink, SEVERITY_WARNING, about_pair(pair->source, pair->target));
    finding_say(finding, "The hosts share no network for live migration",
                "%s takes live migrations on chosen networks only, and %s has an address "
                "in none of them: the migration works only where a router leads there "
                "and lets TCP 6600 through. Choose networks that both hosts have "
                "(Get-VMMigrationNetwork, Set-VMMigrationNetwork).",
                pair->target->name, pair->source->name);
    host_case_show(finding, other, "migration networks", networks);
    host_case_show(finding, one, "addresses", addresses);
}

void
check_host_clock(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const HostFacts *facts = host_case_facts(host, FACTS_CLOCK, sink);
    if (!facts || fabs(facts->clock_offset_s) < SKEW_WARNING_S)
        return;
    double off = fabs(facts->clock_offset_s);
    bool refused = off >= SKEW_ERROR_S;
    g_autofree char *value =
        g_strdup_printf("%+.0f s (w32tm /stripchart)", facts->clock_offset_s);
    Finding *finding = sink_fail(sink, refused ? SEVERITY_ERROR : SEVERITY_WARNING,
                                 about(host->account));
    finding_say(
        finding, "The host's clock differs from the domain controller's",
        "The clock of %s differed from a domain controller's by %.0f seconds when "
        "its facts were collected; %s. Find out where it takes its time from "
        "(w32tm /query /source; a virtual machine's from its host), then: w32tm "
        "/resync /rediscover",
        host->account->name, off,
        refused ? "Kerberos refuses beyond 300 seconds (KRB_AP_ERR_SKEW, "
                  "0x80090324)"
                : "Kerberos refuses from 300 seconds on");
    host_case_show(finding, host, "clock against a domain controller", value);
}
