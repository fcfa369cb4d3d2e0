/* What a rule that passed looked at: a cause is ruled out by what was seen, not
 * by silence. */
#include "diagnose/diagnosis.h"

#include "audit/rules.h"
#include "model/flags.h"

#include <string.h>

typedef struct {
    const Audit *audit;
    const Pair *pair;
    guint16 port; /* the one meant; 0: any */
    GPtrArray *evidence;
} View;

static void
add(const View *view, const char *what, const char *of, char *value)
{
    Evidence *evidence = g_new0(Evidence, 1);
    evidence->key = of ? g_strdup_printf("%s of %s", what, of) : g_strdup(what);
    evidence->value = value;
    for (guint i = 0; i < view->evidence->len; i++) {
        const Evidence *other = view->evidence->pdata[i];
        if (strcmp(other->key, evidence->key) != 0)
            continue;
        g_free(evidence->key);
        g_free(evidence->value);
        g_free(evidence);
        return;
    }
    g_ptr_array_add(view->evidence, evidence);
}

static const GPtrArray *
needed_of(const View *view)
{
    return verdict_needed(view->audit->context, view->pair->target, view->pair->group,
                          view->pair->storage)
        ->needed;
}

static void
see_leg(const View *view, Service service)
{
    const Pair *pair = view->pair;
    EdgeIndex *edges = verdict_edges(view->audit->context);
    const GPtrArray *needed = needed_of(view);
    g_autoptr(GString) listed = g_string_new(NULL);
    for (guint i = 0; i < needed->len; i++) {
        const NeededSpn *spn = needed->pdata[i];
        if (spn->service == service && edge_kcd(edges, pair->source, spn->spn) == TRI_YES)
            g_string_append_printf(listed, "%s%s", listed->len > 0 ? ", " : "", spn->spn);
    }
    if (listed->len > 0)
        add(view, attr_name(ATTR_DELEGATE_TO), pair->source->name,
            g_strdup_printf("has %s", listed->str));
    if (pair->services[service].by & LEG_RBCD)
        add(view, attr_name(ATTR_RBCD), pair->target->name,
            g_strdup_printf("grants %s", pair->source->name));
}

static void
see_cifs(const View *view)
{
    see_leg(view, SERVICE_CIFS);
}

static void
see_migration(const View *view)
{
    see_leg(view, SERVICE_MIGRATION);
}

/* "NOT_DELEGATED is off, in 4096" */
static void
see_bit(const View *view, const Account *account, guint32 bit)
{
    add(view, attr_name(ATTR_UAC), account->name, account_flag_text(account, bit));
}

static void
see_source_sensitive(const View *view)
{
    see_bit(view, view->pair->source, UAC_NOT_DELEGATED);
}

static void
see_unconstrained(const View *view)
{
    see_bit(view, view->pair->source, UAC_TRUSTED_FOR_DELEGATION);
}

static void
see_enabled(const View *view)
{
    see_bit(view, view->pair->source, UAC_DISABLED);
    see_bit(view, view->pair->target, UAC_DISABLED);
}

static void
see_transition(const View *view)
{
    see_bit(view, view->pair->source, UAC_T2A4D);
    if (view->pair->source->delegate_to->len == 0)
        add(view, attr_name(ATTR_DELEGATE_TO), view->pair->source->name,
            g_strdup("empty"));
}

static void
see_operator_uac(const View *view)
{
    for (guint i = 0; i < view->audit->operators->len; i++)
        see_bit(view, view->audit->operators->pdata[i], UAC_NOT_DELEGATED);
}

static void
see_unprotected(const View *view, const Account *account)
{
    add(view, "Protected Users", NULL,
        g_strdup_printf("%s is no member, nested groups included", account->name));
}

static void
see_operator_groups(const View *view)
{
    for (guint i = 0; i < view->audit->operators->len; i++)
        see_unprotected(view, view->audit->operators->pdata[i]);
}

static void
see_source_groups(const View *view)
{
    see_unprotected(view, view->pair->source);
}

static void
see_krbtgt(const View *view)
{
    const Account *krbtgt = estate_krbtgt(view->audit->estate, view->pair->source);
    if (krbtgt)
        see_bit(view, krbtgt, UAC_NOT_DELEGATED);
}

static void
see_spns_of(const View *view, int service)
{
    const GPtrArray *needed = needed_of(view);
    for (guint i = 0; i < needed->len; i++) {
        const NeededSpn *spn = needed->pdata[i];
        if ((service >= 0 && (int)spn->service != service) || !spn->owners)
            continue;
        const Account *owner = spn->owners->pdata[0];
        add(view, spn->spn, NULL,
            g_strdup_printf("on %s%s%s%s", owner->name,
                            spn->owners->len == 1 ? " alone" : "",
                            spn->how == RESOLVE_ALIAS ? ", as " : "",
                            spn->how == RESOLVE_ALIAS ? spn->through : ""));
    }
}

static void
see_spns(const View *view)
{
    see_spns_of(view, -1);
}

static void
see_migration_spns(const View *view)
{
    see_spns_of(view, SERVICE_MIGRATION);
}

static void
see_cifs_spns(const View *view)
{
    see_spns_of(view, SERVICE_CIFS);
}

static void
see_dns_name(const View *view)
{
    const Account *target = view->pair->target;
    add(view, attr_name(ATTR_DNS_NAME), target->name,
        g_strdup(target->dns ? target->dns : "none"));
}

static void
see_rbcd(const View *view)
{
    RbcdEdge edge = edge_rbcd(verdict_edges(view->audit->context), view->pair->source,
                              view->pair->target);
    const char *text = !edge.present                 ? "none"
                       : edge.granted == TRI_YES     ? "grants the source"
                       : edge.granted == TRI_UNKNOWN ? "in doubt"
                                                     : "does not name the source";
    add(view, attr_name(ATTR_RBCD), view->pair->target->name, g_strdup(text));
}

static void
see_etypes_of(const View *view, const Account *account)
{
    guint32 usable = account_etypes(account, view->audit->estate->collected_us);
    g_autofree char *names = flags_format(etype_flags, usable);
    add(view, attr_name(ATTR_ETYPES), account->name,
        g_strdup_printf("%u (usable: %s)", account->etypes, names));
}

static void
see_etypes(const View *view)
{
    see_etypes_of(view, view->pair->source);
    see_etypes_of(view, view->pair->target);
}

static void
see_clock(const View *view)
{
    const Estate *estate = view->audit->estate;
    if (estate->dc_clock_read)
        add(view, "clock", estate->dc,
            g_strdup_printf("%+" G_GINT64_FORMAT
                            " s against this machine; the hosts' own are not visible",
                            estate->dc_skew_us / G_USEC_PER_SEC));
}

static void
see_replicas(const View *view)
{
    const GPtrArray *replicas = view->audit->estate->replicas;
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < replicas->len; i++)
        if (((const Replica *)replicas->pdata[i])->read)
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
                                   ((const Replica *)replicas->pdata[i])->dc);
    add(view, "the same on", NULL, g_strdup(names->str));
}

static void
see_change(const View *view, const Account *account)
{
    if (account->changed_us == 0)
        return;
    g_autofree char *age =
        diagnosis_age(view->audit->estate->collected_us - account->changed_us);
    add(view, attr_name(ATTR_WHEN_CHANGED), account->name,
        g_strdup_printf("%s ago", age));
}

static void
see_changes(const View *view)
{
    see_change(view, view->pair->source);
    see_change(view, view->pair->target);
}

static void
see_domains(const View *view)
{
    const Account *ends[] = {view->pair->source, view->pair->target};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        const Domain *domain = estate_domain_of(view->audit->estate, ends[i]->dn);
        if (domain && domain->dns)
            add(view, "domain", ends[i]->name, g_strdup(domain->dns));
    }
}

static void
see_tickets(const View *view)
{
    const Host *host =
        g_hash_table_lookup(view->audit->host_by_account, view->pair->target);
    for (guint i = 0; host && i < host->tickets->len; i++) {
        const TicketEvidence *ticket = host->tickets->pdata[i];
        const char *etype = etype_name(ticket->etype);
        g_autofree char *key = g_strdup_printf("ticket for %s", ticket->spn);
        add(view, key, NULL,
            ticket->granted
                ? g_strdup_printf("granted, %s, kvno %u",
                                  etype ? etype : "unknown enctype", ticket->kvno)
                : g_strdup(ticket->error ? ticket->error : "refused"));
    }
}

static const NetEvidence *
machine_of(const View *view, const Account *account)
{
    for (guint i = 0; view->audit->net && i < view->audit->net->len; i++) {
        const NetEvidence *machine = view->audit->net->pdata[i];
        if (machine->account == account)
            return machine;
    }
    return NULL;
}

static void
see_ports(const View *view)
{
    const NetEvidence *machine = machine_of(view, view->pair->target);
    for (guint i = 0; machine && i < machine->ports->len; i++) {
        const NetPort *port = machine->ports->pdata[i];
        if (view->port && view->port != port->number)
            continue;
        g_autofree char *key = g_strdup_printf("TCP %u", port->number);
        add(view, key, machine->name,
            g_strdup_printf("%s, tried from this machine", net_state_names[port->state]));
    }
}

static void
see_names(const View *view)
{
    const NetEvidence *machine = machine_of(view, view->pair->target);
    for (guint i = 0; machine && i < machine->addresses->len; i++) {
        const NetAddress *address = machine->addresses->pdata[i];
        add(view, "address", machine->name, g_strdup(address->text));
    }
}

static void
see_policies(const View *view)
{
    if (view->audit->gpos)
        add(view, "GPOs read", NULL,
            g_strdup_printf("%u", g_hash_table_size(view->audit->gpos)));
}

/* NULL: nothing to show. */
static void (*view_of(RuleId rule))(const View *view)
{
    /* clang-format off */
    switch (rule) {
    case RULE_ACC_01:
        return see_enabled;
    case RULE_ACC_02:
        return see_source_sensitive;
    case RULE_ACC_03:
        return see_source_groups;
    case RULE_ACC_05: case RULE_ACC_06:
        return see_etypes;
    case RULE_ACC_07:
        return see_operator_uac;
    case RULE_ACC_08:
        return see_operator_groups;
    case RULE_ACC_09:
        return see_krbtgt;
    case RULE_DEL_01: case RULE_DEL_12:
        return see_cifs;
    case RULE_DEL_02:
        return see_migration;
    case RULE_DEL_03:
        return see_transition;
    case RULE_DEL_11:
        return see_domains;
    case RULE_DEL_04:
        return see_unconstrained;
    case RULE_DOM_02:
        return see_clock;
    case RULE_DOM_03:
        return see_replicas;
    case RULE_DOM_04:
        return see_changes;
    case RULE_GPO_01: case RULE_GPO_02: case RULE_GPO_03:
        return see_policies;
    case RULE_NET_01: case RULE_NET_02:
        return see_ports;
    case RULE_NET_03:
        return see_names;
    case RULE_RBC_01: case RULE_RBC_04: case RULE_RBC_05:
        return see_rbcd;
    case RULE_SPN_01:
        return see_migration_spns;
    case RULE_SPN_02:
        return see_cifs_spns;
    case RULE_SPN_03: case RULE_SPN_04: case RULE_SPN_05:
        return see_spns;
    case RULE_SPN_07:
        return see_dns_name;
    case RULE_TKT_03: case RULE_TKT_04:
        return see_tickets;
    case RULE_ACC_04: case RULE_ACC_10: case RULE_ACC_11:
    case RULE_DEL_05: case RULE_DEL_06: case RULE_DEL_07: case RULE_DEL_08:
    case RULE_DEL_09: case RULE_DEL_10: case RULE_DEL_13: case RULE_DOM_01:
    case RULE_DOM_05: case RULE_RBC_02: case RULE_RBC_03: case RULE_RBC_06:
    case RULE_RBC_07: case RULE_SPN_06: case RULE_SPN_08: case RULE_SPN_09:
    case RULE_TKT_01: case RULE_TKT_02: case RULE_TKT_05: case RULE_TKT_06:
    case RULE_TKT_07:
        return NULL;
    }
    /* clang-format on */
    g_assert_not_reached();
}

void
diagnosis_seen(const Diagnosis *diagnosis, const CauseCheck *check, GPtrArray *evidence)
{
    View view = {diagnosis->audit, diagnosis->pair, check->port, evidence};
    void (*see)(const View *view) = view_of(check->rule);
    if (see)
        see(&view);
}

bool
diagnosis_port_tried(const Diagnosis *diagnosis, guint16 port)
{
    const View view = {diagnosis->audit, diagnosis->pair, port, NULL};
    const NetEvidence *machine = machine_of(&view, view.pair->target);
    for (guint i = 0; machine && i < machine->ports->len; i++) {
        const NetPort *each = machine->ports->pdata[i];
        if (each->state > NET_NO_ADDRESS && (!port || port == each->number))
            return true;
    }
    return false;
}
