/* What the rules of host settings looked at: what both hosts said of themselves. */
#include "sightings.h"

/* What both hosts said of themselves; of a part that one did not tell, nothing. */
static void
see_facts(const View *view, FactsPart part, const char *what,
          char *(*value)(const View *view, const HostFacts *facts))
{
    const Account *ends[] = {view->pair->source, view->pair->target};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        const Host *host = audit_host(view->audit, ends[i]);
        if (!host || !host->facts || host->facts->why[part])
            continue;
        g_autofree char *text = value(view, host->facts);
        g_autofree char *source = host_facts_source(host->facts);
        sightings_add(view, what, ends[i]->name,
                      g_strdup_printf("%s (%s)", text, source));
    }
}

static char *
enabled_text(const View *view, const HostFacts *facts)
{
    (void)view;
    return g_strdup(facts->migration_enabled ? "True" : "False");
}

void
see_enabled_migration(const View *view)
{
    see_facts(view, FACTS_HYPERV, "VirtualMachineMigrationEnabled", enabled_text);
}

static char *
auth_text(const View *view, const HostFacts *facts)
{
    (void)view;
    return host_facts_auth(facts);
}

void
see_authentication(const View *view)
{
    see_facts(view, FACTS_HYPERV, "VirtualMachineMigrationAuthenticationType", auth_text);
}

static char *
guard_text(const View *view, const HostFacts *facts)
{
    (void)view;
    return g_strdup(facts->guard_runs ? "runs" : "does not run");
}

void
see_guard(const View *view)
{
    see_facts(view, FACTS_GUARD, "Credential Guard", guard_text);
    see_authentication(view);
}

static char *
operators_text(const View *view, const HostFacts *facts)
{
    g_autoptr(GString) names = g_string_new(NULL);
    (void)facts;
    for (guint i = 0; i < view->audit->operators->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((const Account *)view->audit->operators->pdata[i])->name);
    return g_strdup_printf("hold %s", names->str);
}

void
see_host_operators(const View *view)
{
    see_facts(view, FACTS_GROUPS, "Hyper-V Administrators, Administrators",
              operators_text);
}

static char *
port_text(const View *view, const HostFacts *facts)
{
    return g_strdup(host_facts_listens(facts, view->port) ? "listens" : "no listener");
}

void
see_host_ports(const View *view)
{
    g_autofree char *what = g_strdup_printf("TCP %u", view->port);
    if (view->port)
        see_facts(view, FACTS_LISTENING, what, port_text);
}

static char *
logon_text(const View *view, const HostFacts *facts)
{
    const FactsRight *right = host_facts_right(facts, "SeNetworkLogonRight");
    (void)view;
    return g_strdup_printf("given to %u", right ? right->principals->len : 0);
}

void
see_logon(const View *view)
{
    see_facts(view, FACTS_RIGHTS, "SeNetworkLogonRight", logon_text);
}

static char *
networks_text(const View *view, const HostFacts *facts)
{
    g_autoptr(GString) names = g_string_new(NULL);
    (void)view;
    for (guint i = 0; i < facts->networks->len && i < 8; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((const FactsNet *)facts->networks->pdata[i])->text);
    return g_strdup(facts->any_network ? "any" : names->len ? names->str : "none");
}

void
see_networks(const View *view)
{
    see_facts(view, FACTS_HYPERV, "migration networks", networks_text);
}

static char *
clock_text(const View *view, const HostFacts *facts)
{
    (void)view;
    return g_strdup_printf("%+.0f s against a domain controller", facts->clock_offset_s);
}

void
see_host_clocks(const View *view)
{
    see_facts(view, FACTS_CLOCK, "clock", clock_text);
}
