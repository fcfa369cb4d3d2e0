/* What a rule that passed looked at: a cause is ruled out by what was seen, not
 * by silence. */
#include "sightings.h"

#include "audit/conditions.h"
#include "audit/rules.h"
#include "model/flags.h"

#include <string.h>

static void
look(const View *view, const char *at)
{
    if (view->looked_at && at &&
        !g_ptr_array_find_with_equal_func(view->looked_at, at, g_str_equal, NULL))
        g_ptr_array_add(view->looked_at, g_strdup(at));
}

static bool
is_shown(const View *view, const char *key, const char *value)
{
    for (guint i = 0; i < view->evidence->len; i++) {
        const Evidence *other = view->evidence->pdata[i];
        if (strcmp(other->key, key) == 0 && strcmp(other->value, value) == 0)
            return true;
    }
    return false;
}

/* Takes the value over. */
static void
show(const View *view, const char *what, const char *of, char *value)
{
    g_autofree char *owned = value;
    g_autofree char *key = of ? g_strdup_printf("%s of %s", what, of) : g_strdup(what);
    if (!view->evidence || is_shown(view, key, owned))
        return;
    Evidence *evidence = g_new0(Evidence, 1);
    evidence->key = g_steal_pointer(&key);
    evidence->value = g_steal_pointer(&owned);
    g_ptr_array_add(view->evidence, evidence);
}

static void
look_of(const View *view, const char *what, const char *of)
{
    g_autofree char *key = of ? g_strdup_printf("%s of %s", what, of) : g_strdup(what);
    look(view, key);
}

/* Shows it, and that it was looked at. */
static void
add(const View *view, const char *what, const char *of, char *value)
{
    look_of(view, what, of);
    show(view, what, of, value);
}

void
sightings_add(const View *view, const char *what, const char *of, char *value)
{
    add(view, what, of, value);
}

/* The conditions of a kind, for one service; -1: for any. */
static void
see(const View *view, What what, int service)
{
    for (guint i = 0; i < view->conditions->all->len; i++) {
        const Condition *condition = view->conditions->all->pdata[i];
        if (condition->what != what || (service >= 0 && condition->service != service))
            continue;
        g_autofree char *where = condition_where(condition, false);
        add(view, where ? where : condition_label(what), NULL,
            condition_value(condition));
        look(view, condition->name);
    }
}

/* The same without showing what it is like. */
static void
look_for(const View *view, What what, int service)
{
    View blind = *view;
    blind.evidence = NULL;
    see(&blind, what, service);
}

/* The ways of delegation that hold for a service. */
static void
see_ways(const View *view, Service service)
{
    guint by = view->pair->services[service].by;
    look_for(view, WHAT_KCD, (int)service);
    look_for(view, WHAT_RBCD, -1);
    look_for(view, WHAT_UNCONSTRAINED, -1);
    if (by & LEG_KCD)
        see(view, WHAT_KCD, (int)service);
    if (by & LEG_RBCD)
        see(view, WHAT_RBCD, -1);
    if (by & LEG_UNCONSTRAINED)
        see(view, WHAT_UNCONSTRAINED, -1);
}

static void
see_cifs(const View *view)
{
    see_ways(view, SERVICE_CIFS);
}

static void
see_migration(const View *view)
{
    see_ways(view, SERVICE_MIGRATION);
}

static void
see_source_sensitive(const View *view)
{
    see(view, WHAT_SOURCE_DELEGABLE, -1);
}

static void
see_unconstrained(const View *view)
{
    see(view, WHAT_UNCONSTRAINED, -1);
}

static void
see_enabled(const View *view)
{
    see(view, WHAT_SOURCE_ENABLED, -1);
    see(view, WHAT_TARGET_ENABLED, -1);
}

static void
see_own_ticket(const View *view)
{
    see(view, WHAT_SOURCE_TGT, -1);
}

static void
see_transition(const View *view)
{
    see(view, WHAT_TRANSITION, -1);
}

static void
see_operator_uac(const View *view)
{
    see(view, WHAT_OPERATOR_DELEGABLE, -1);
}

static void
see_operator_groups(const View *view)
{
    see(view, WHAT_OPERATOR_UNPROTECTED, -1);
}

static void
see_operator_sign_in(const View *view)
{
    see(view, WHAT_OPERATOR_SIGN_IN, -1);
}

static void
see_operator_reading(const View *view)
{
    see(view, WHAT_OPERATOR_GROUPS, -1);
}

static void
see_policy(const View *view)
{
    see(view, WHAT_POLICY, -1);
}

static void
see_source_groups(const View *view)
{
    see(view, WHAT_SOURCE_UNPROTECTED, -1);
}

static void
see_krbtgt(const View *view)
{
    see(view, WHAT_KRBTGT, -1);
}

static void
see_spns(const View *view)
{
    see(view, WHAT_SPN, -1);
}

static void
see_migration_spns(const View *view)
{
    see(view, WHAT_SPN, SERVICE_MIGRATION);
}

static void
see_cifs_spns(const View *view)
{
    see(view, WHAT_SPN, SERVICE_CIFS);
}

static void
see_winrm_spns(const View *view)
{
    see(view, WHAT_WINRM, -1);
}

static void
see_dns_name(const View *view)
{
    see(view, WHAT_DNS_NAME, -1);
}

static void
see_rbcd(const View *view)
{
    see(view, WHAT_RBCD, -1);
}

static void
see_common_etypes(const View *view)
{
    see(view, WHAT_ETYPES, -1);
}

static void
see_tickets(const View *view)
{
    see(view, WHAT_TICKET, -1);
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
        if (((const Replica *)replicas->pdata[i])->read) {
            const char *dc = ((const Replica *)replicas->pdata[i])->dc;
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", dc);
            look(view, dc);
        }
    show(view, "the same on", NULL, g_strdup(names->str));
}

static const AttrChange *
newest_change(const Account *account)
{
    const AttrChange *newest = NULL;
    for (guint i = 0; account->changes && i < account->changes->len; i++) {
        const AttrChange *change = &g_array_index(account->changes, AttrChange, i);
        if (!newest || change->changed_us > newest->changed_us)
            newest = change;
    }
    return newest;
}

/* The attribute, where the DC told; whenChanged is that of all of them. */
static void
see_change(const View *view, const Account *account)
{
    const AttrChange *change = newest_change(account);
    if (change) {
        gint64 collected_us = view->audit->estate->collected_us;
        g_autofree char *age = diagnosis_age(collected_us - change->changed_us);
        g_autofree char *dc = account_change_dc(change);
        add(view, attr_name(change->attr), account->name,
            g_strdup_printf("changed %s ago%s%s", age, dc ? " on " : "", dc ? dc : ""));
        return;
    }
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
    case RULE_ACC_18:
        return see_own_ticket;
    case RULE_ACC_03:
        return see_source_groups;
    case RULE_ACC_05:
        return see_common_etypes;
    case RULE_ACC_06:
        return see_etypes;
    case RULE_ACC_07:
        return see_operator_uac;
    case RULE_ACC_08:
        return see_operator_groups;
    case RULE_ACC_09:
        return see_krbtgt;
    case RULE_ACC_12:
        return see_policy;
    case RULE_ACC_13:
        return see_operator_sign_in;
    case RULE_ACC_14:
        return see_operator_reading;
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
    case RULE_GPO_04:
        return see_policies;
    case RULE_HST_01:
        return see_enabled_migration;
    case RULE_HST_02: case RULE_HST_03:
        return see_authentication;
    case RULE_HST_04:
        return see_guard;
    case RULE_HST_05:
        return see_host_operators;
    case RULE_HST_06: case RULE_HST_07:
        return see_host_ports;
    case RULE_HST_08:
        return see_logon;
    case RULE_HST_09: case RULE_HST_10:
        return see_networks;
    case RULE_HST_11:
        return see_host_clocks;
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
    case RULE_SPN_10:
        return see_winrm_spns;
    case RULE_SPN_07:
        return see_dns_name;
    case RULE_TKT_03: case RULE_TKT_04:
        return see_tickets;
    case RULE_ACC_04: case RULE_ACC_10: case RULE_ACC_11: case RULE_ACC_15: case RULE_ACC_16: case RULE_ACC_17:
    case RULE_DEL_05: case RULE_DEL_06: case RULE_DEL_07: case RULE_DEL_08:
    case RULE_DEL_09: case RULE_DEL_10: case RULE_DEL_13: case RULE_DEL_14:
    case RULE_DEL_15: case RULE_DEL_16: case RULE_DOM_01: case RULE_DOM_05:
    case RULE_GPO_05: case RULE_RBC_02: case RULE_RBC_03: case RULE_RBC_06:
    case RULE_RBC_07: case RULE_RBC_08: case RULE_RBC_09: case RULE_SPN_06:
    case RULE_SPN_08: case RULE_SPN_09: case RULE_SPN_11:
    case RULE_TKT_01: case RULE_TKT_02: case RULE_TKT_05: case RULE_TKT_06:
    case RULE_TKT_07: case RULE_TRU_01: case RULE_TRU_02: case RULE_TRU_03: case RULE_TRU_04:
        return NULL;
    }
    /* clang-format on */
    g_assert_not_reached();
}

static void
view_pair(const Diagnosis *diagnosis, const CauseCheck *check, GPtrArray *evidence,
          GPtrArray *looked_at)
{
    void (*of)(const View *view) = view_of(check->rule);
    if (!of)
        return;
    g_autoptr(ConditionList) conditions =
        conditions_of(diagnosis->audit, diagnosis->pair);
    View view = {diagnosis->audit, diagnosis->pair, check->port,
                 conditions,       evidence,        looked_at};
    of(&view);
}

void
diagnosis_seen(const Diagnosis *diagnosis, const CauseCheck *check, GPtrArray *evidence)
{
    view_pair(diagnosis, check, evidence, NULL);
}

/* The attributes that a rule needs, of those of the two that it is about. */
static void
look_at_needs(const View *view, RuleId rule)
{
    const guint of_source = CONCERNS_SOURCE | CONCERNS_PAIR | CONCERNS_TURNED;
    const guint of_target = CONCERNS_TARGET | CONCERNS_PAIR | CONCERNS_TURNED;
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
        if ((rules[rule].needs & NEEDS(attr)) == 0)
            continue;
        if (rules[rule].concerns & of_source)
            look_of(view, attr_name(attr), view->pair->source->name);
        if (rules[rule].concerns & of_target)
            look_of(view, attr_name(attr), view->pair->target->name);
    }
}

void
diagnosis_looked(const Diagnosis *diagnosis, const CauseCheck *check,
                 GPtrArray *looked_at)
{
    const View blind = {
        .audit = diagnosis->audit, .pair = diagnosis->pair, .looked_at = looked_at};
    look(&blind, rule_name(check->rule));
    if (view_of(check->rule))
        view_pair(diagnosis, check, NULL, looked_at);
    else
        look_at_needs(&blind, check->rule);
}

bool
diagnosis_port_tried(const Diagnosis *diagnosis, guint16 port)
{
    const View view = {.audit = diagnosis->audit, .pair = diagnosis->pair, .port = port};
    const NetEvidence *machine = machine_of(&view, view.pair->target);
    for (guint i = 0; machine && i < machine->ports->len; i++) {
        const NetPort *each = machine->ports->pdata[i];
        if (each->state > NET_NO_ADDRESS && (!port || port == each->number))
            return true;
    }
    return false;
}
