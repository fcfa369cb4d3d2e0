/* DEL-07 and DEL-14: what is there and not declared, and what is declared and not there.
 */
#include "checks.h"

#include "audit/declared.h"
#include "base/hash.h"

/* DEL-07: the list. */

static bool
is_excess(const Audit *audit, const Account *source, const SpnAnswer *entry)
{
    return entry->owner && !demands_entry(audit, source, entry->spn);
}

/* A finding per account that they lead to: the account is what is exposed, whatever the
 * service class says. */
static void
tell_list(const Audit *audit, const Account *source, Sink *sink)
{
    const Entries *entries = verdict_entries(audit->context, source);
    g_autoptr(GHashTable) by_owner = g_hash_table_new(NULL, NULL);
    g_autofree char *key =
        g_strdup_printf("%s of %s", attr_name(ATTR_DELEGATE_TO), source->name);
    for (guint i = 0; i < entries->len; i++) {
        const SpnAnswer *entry = entry_at(entries, i);
        if (!is_excess(audit, source, entry))
            continue;
        Finding *finding = g_hash_table_lookup(by_owner, entry->owner);
        if (!finding) {
            finding = sink_fail(sink, SEVERITY_WARNING, about_pair(source, entry->owner));
            finding_say(
                finding, "Delegation that nothing declares",
                "%s is trusted to delegate to %s, but nothing in the configuration "
                "asks for it. Remove the entries, or declare the need, or waive this "
                "with a reason.",
                source->name, entry->owner->name);
            g_hash_table_insert(by_owner, (gpointer)entry->owner, finding);
        }
        finding_value(finding, entry->spn);
        finding_evidence(finding, key, entry->spn);
    }
}

static void
tell_grants(const Audit *audit, const Account *source, Sink *sink)
{
    const GPtrArray *excess = demands_excess(audit, source);
    for (guint i = 0; excess && i < excess->len; i++) {
        const Edge *edge = excess->pdata[i];
        const char *target = edge->target.name;
        Finding *finding =
            sink_fail(sink, SEVERITY_WARNING, about_pair(source, edge->target.account));
        finding_say(finding, "Delegation that nothing declares",
                    "The RBCD descriptor of %s lets %s act on it, but nothing in the "
                    "configuration asks for it. Take %s out of the descriptor, or "
                    "declare the need, or waive this with a reason.",
                    target, source->name, source->name);
        g_autofree char *key = g_strdup_printf("%s of %s", attr_name(ATTR_RBCD), target);
        g_autofree char *seen = g_strdup_printf("names %s", source->name);
        finding_evidence(finding, key, seen);
    }
}

/* Whoever only is delegated to has no list that matters. */
static bool
delegates(const Audit *audit, const Host *host)
{
    return host->grouped || host->account->delegate_to->len > 0 ||
           demands_of(audit, host->account) || demands_excess(audit, host->account);
}

void
check_delegation_excess(const Audit *audit, const Host *host, Sink *sink)
{
    /* Only what is declared says what is enough. */
    if (!demands_bound(audit, host->account) || !delegates(audit, host)) {
        sink_not_applicable(sink);
        return;
    }
    if (!sink_knows(sink, audit, host->account, NEEDS(ATTR_DELEGATE_TO)))
        return;
    tell_list(audit, host->account, sink);
    tell_grants(audit, host->account, sink);
}

/* DEL-14: demands with one answer, told together. */

typedef enum { FAULT_MISSING, FAULT_IDLE, FAULT_FORWARDED, FAULT_UNKNOWN } DemandFault;

static bool
fault_of_demand(const Demand *demand, DemandFault *ret_fault)
{
    if (!demand->required)
        return false;
    *ret_fault = demand->verdict == VERDICT_UNKNOWN  ? FAULT_UNKNOWN
                 : demand->verdict != VERDICT_BROKEN ? FAULT_FORWARDED
                 : demand->missing                   ? FAULT_MISSING
                                                     : FAULT_IDLE;
    return demand->verdict == VERDICT_BROKEN || demand->verdict == VERDICT_UNKNOWN ||
           (demand->missing && demand->verdict == VERDICT_DEGRADED);
}

/* Why it is not ready, but for that nothing allows it. */
static char *
say_reasons(const Demand *demand)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *nothing =
        demand->target ? g_strdup_printf("%s is not trusted to delegate to %s",
                                         demand->source->name, demand->target->name)
                       : NULL;
    const List *reasons = list_at(demand->reasons);
    for (guint i = 0; i < reasons->len; i++)
        if (g_strcmp0(reasons->pdata[i], nothing) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "",
                                   (const char *)reasons->pdata[i]);
    return g_strdup(text->str);
}

static const char *
say_missing(const Demand *demand)
{
    return demand->mode == MODE_KCD    ? "its list does not hold it"
           : demand->mode == MODE_RBCD ? "no RBCD descriptor of the target grants it"
                                       : "neither its list nor an RBCD descriptor of the "
                                         "target allows it";
}

static void
say_fault(Finding *finding, const Demand *demand, DemandFault fault, const char *what)
{
    const char *source = demand->source->name;
    g_autofree char *why = say_reasons(demand);
    switch (fault) {
    case FAULT_MISSING:
        finding_say(finding, "A declared delegation is not there",
                    "[%s] asks that %s can delegate to %s, but %s. What it does for "
                    "users there fails.%s%s%s",
                    demand->section, source, what, say_missing(demand),
                    *why ? " Besides: " : "", why, *why ? "." : "");
        return;
    case FAULT_IDLE:
        finding_say(finding, "A declared delegation does not work",
                    "[%s] asks that %s can delegate to %s. That is allowed, but it does "
                    "not work: %s.",
                    demand->section, source, what, why);
        return;
    case FAULT_FORWARDED:
        finding_say(finding, "Nothing but unconstrained delegation to a declared target",
                    "[%s] asks that %s can delegate to %s. It can only because it is "
                    "trusted for delegation to any service, and no longer when that is "
                    "taken away.",
                    demand->section, source, what);
        return;
    case FAULT_UNKNOWN:
        finding_say(finding, "Whether a declared delegation works was not determined",
                    "[%s] asks that %s can delegate to %s. Whether it can was not "
                    "determined: %s.",
                    demand->section, source, what, why);
        return;
    }
    g_assert_not_reached();
}

static void
evidence_of_demand(const Audit *audit, Finding *finding, const Demand *demand)
{
    if (demand->missing)
        finding_evidence(finding, "missing", demand->spn);
    else
        finding_evidence(finding, "declared", demand->spn);
    if (demand->pair && finding->evidence->len == 1 && demand->mode != MODE_RBCD)
        evidence_of_pair(finding, audit, demand->pair, WHAT_KCD, demand->spn);
    if (demand->pair && demand->mode != MODE_KCD &&
        (demand->target->rbcd || demand->mode == MODE_RBCD))
        evidence_of_pair(finding, audit, demand->pair, WHAT_RBCD, NULL);
}

/* Those of one target (of const Demand *), with one fault. */
static void
tell_demands(const Audit *audit, const GPtrArray *demands, DemandFault fault, Sink *sink)
{
    const Demand *first = demands->pdata[0];
    const About whom = {.account = first->source,
                        .target = first->target,
                        .spn = demands->len == 1 ? first->spn : NULL};
    Finding *finding = fault == FAULT_UNKNOWN ? sink_unknown(sink, whom)
                       : fault == FAULT_FORWARDED
                           ? sink_fail(sink, SEVERITY_WARNING, whom)
                           : sink_fail(sink, SEVERITY_ERROR, whom);
    g_autofree char *more =
        demands->len > 1 ? g_strdup_printf("%s (%s and %u more)", first->target->name,
                                           first->spn, demands->len - 1)
                         : NULL;
    say_fault(finding, first, fault, more ? more : first->spn);
    for (guint i = 0; i < demands->len; i++) {
        const Demand *demand = demands->pdata[i];
        if (demand->missing)
            finding_value(finding, demand->spn);
        evidence_of_demand(audit, finding, demand);
    }
}

/* Those that are told with it: of its fault and target. */
static GPtrArray *
told_with(GPtrArray *findings, GHashTable *known, const Demand *demand, DemandFault fault)
{
    g_autofree char *key =
        demand->target ? g_strdup_printf("%d %u", fault, demand->target->number) : NULL;
    GPtrArray *same = key ? g_hash_table_lookup(known, key) : NULL;
    if (same)
        return same;
    same = g_ptr_array_new();
    g_ptr_array_add(findings, same);
    if (key)
        g_hash_table_insert(known, g_steal_pointer(&key), same);
    return same;
}

/* One finding per target and fault, in the order of the configuration; of an SPN that is
 * asked for twice, the first. */
static void
tell_faults(const Audit *audit, const GPtrArray *all, Sink *sink)
{
    g_autoptr(GPtrArray) findings =
        g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GHashTable) asked = g_hash_table_new(hash_text, g_str_equal);
    g_autoptr(GHashTable) known =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    DemandFault fault;
    for (guint i = 0; i < all->len; i++) {
        const Demand *demand = all->pdata[i];
        if (demand->required && g_hash_table_add(asked, (gpointer)demand->spn) &&
            fault_of_demand(demand, &fault))
            g_ptr_array_add(told_with(findings, known, demand, fault), (gpointer)demand);
    }
    for (guint i = 0; i < findings->len; i++) {
        const GPtrArray *same = findings->pdata[i];
        if (fault_of_demand(same->pdata[0], &fault))
            tell_demands(audit, same, fault, sink);
    }
}

/* The section that has its say on protocol transition. */
static const char *
section_of(const GPtrArray *all, GroupPt pt)
{
    for (guint i = 0; i < all->len; i++)
        if (((const Demand *)all->pdata[i])->pt == pt)
            return ((const Demand *)all->pdata[i])->section;
    return "";
}

static ConditionState
transition_state(const Audit *audit, const Account *source)
{
    const GArray *conditions = conditions_of_source(audit->context, source);
    for (guint i = 0; i < conditions->len; i++) {
        const Condition *condition = &g_array_index(conditions, Condition, i);
        if (condition->what == WHAT_TRANSITION)
            return condition->state;
    }
    return CONDITION_PASS;
}

static void
tell_required(const Audit *audit, const Account *source, const GPtrArray *all, Sink *sink)
{
    ConditionState state = transition_state(audit, source);
    if (state == CONDITION_PASS)
        return;
    Finding *finding = state == CONDITION_FAIL
                           ? sink_fail(sink, SEVERITY_ERROR, about(source))
                           : sink_unknown(sink, about(source));
    finding_say(finding,
                state == CONDITION_FAIL
                    ? "Protocol transition is off though the configuration requires it"
                    : "Whether protocol transition is on was not determined",
                "[%s] requires it: users come to %s without a Kerberos ticket. %s",
                section_of(all, PT_REQUIRED), source->name,
                state == CONDITION_FAIL
                    ? "\"Use Kerberos only\" is selected on its Delegation tab, so it "
                      "can delegate for nobody else. Select \"Use any authentication "
                      "protocol\"."
                    : "Its userAccountControl or its list could not be read.");
    evidence_of_source(finding, audit, source, WHAT_TRANSITION);
}

static void
tell_forbidden(const Account *source, const GPtrArray *all, Sink *sink)
{
    if (account_flag(source, UAC_T2A4D) != TRI_YES)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(source));
    finding_say(finding, "Protocol transition is on though the configuration forbids it",
                "[%s] forbids it, but %s may obtain tickets for any user without their "
                "credentials: \"Use any authentication protocol\" (T2A4D) is selected on "
                "its Delegation tab. Select \"Use Kerberos only\" there.",
                section_of(all, PT_FORBIDDEN), source->name);
    evidence_uac(finding, source);
}

void
check_delegation_declared(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *source = host->account;
    const GPtrArray *all = demands_of(audit, source);
    if (!all || (source->kinds & KIND_GROUP) != 0) {
        sink_not_applicable(sink);
        return;
    }
    tell_faults(audit, all, sink);
    GroupPt pt = demands_transition(audit, source);
    if (pt == PT_REQUIRED)
        tell_required(audit, source, all, sink);
    if (pt == PT_FORBIDDEN)
        tell_forbidden(source, all, sink);
}
