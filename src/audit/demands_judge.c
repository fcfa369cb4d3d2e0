/* Judges what is declared, and tells edges that nothing asks for. */
#include "ask.h"
#include "demands.h"

#include "audit/workloads.h"
#include "base/hash.h"
#include "base/text.h"
#include "context.h"

#include <string.h>

const GPtrArray *
demands_excess(const Audit *audit, const Account *source)
{
    return audit->demands ? g_hash_table_lookup(audit->demands->excess, source) : NULL;
}

bool
demands_bound(const Audit *audit, const Account *source)
{
    if (audit->policy->declarations->len > 0 && audit->policy->reach != REACH_HOSTS)
        return true;
    if (!audit_is_declared(audit))
        return false;
    const Host *host = g_hash_table_lookup(audit->host_by_account, source);
    return host && host->grouped;
}

bool
demands_entry(const Audit *audit, const Account *source, const char *entry)
{
    return demand_for_entry(audit, source, entry) ||
           audit_pair_for_entry(audit, source, entry);
}

GroupPt
demands_transition(const Audit *audit, const Account *source)
{
    const Demanded *demanded = demands_on(audit, source);
    return demanded ? demanded->transition : PT_OPTIONAL;
}

/* Without protocol transition only the user's own ticket is passed on: that is what was
 * asked for where it is forbidden. */
static bool
is_as_forbidden(const Audit *audit, const Account *source, Verdict verdict,
                const List *reasons)
{
    if (verdict != VERDICT_DEGRADED || reasons->len != 1)
        return false;
    const GArray *conditions = conditions_of_source(audit->context, source);
    bool off = false;
    for (guint i = 0; i < conditions->len; i++) {
        const Condition *condition = &g_array_index(conditions, Condition, i);
        if (condition_role(condition->what) != ROLE_TICKET ||
            condition->state == CONDITION_PASS)
            continue;
        if (condition->what != WHAT_TRANSITION)
            return false;
        off = condition->state == CONDITION_FAIL;
    }
    return off;
}

/* Demands. */

/* What a section asks for its group, towards that account. */
static char *
group_key(const Demand *demand)
{
    return g_strdup_printf("%s\n%u", demand->section, demand->target->number);
}

static bool
is_there(const Audit *audit, const Demand *demand, GHashTable *granted)
{
    EdgeIndex *edges = verdict_edges(audit->context);
    if (demand->mode != MODE_RBCD &&
        edge_kcd(edges, demand->source, demand->spn) == TRI_YES)
        return true;
    if (demand->mode == MODE_KCD || !demand->target)
        return false;
    g_autofree char *key =
        g_strdup_printf("%u %u", demand->source->number, demand->target->number);
    if (g_hash_table_contains(granted, key))
        return true;
    Tri itself = edge_rbcd(edges, demand->source, demand->target).granted;
    if (itself != TRI_UNKNOWN)
        return itself == TRI_YES;
    /* Whether a KDC takes it for a member is open, and is told of the group. */
    g_autofree char *by_group = group_key(demand);
    return g_hash_table_contains(granted, by_group);
}

static bool
is_local(const Audit *audit, const Account *a, const Account *b)
{
    return estate_home_of(audit->estate, a) == estate_home_of(audit->estate, b);
}

/* No single account answers. */
static List *const *
judge_ghost(const Audit *audit, Demand *demand, GPtrArray *texts)
{
    g_auto(Resolved) resolved =
        estate_resolve_for(audit->estate, demand->spn, demand->source);
    bool several = resolved.owners && resolved.owners->len > 1;
    bool certain =
        several || (resolved.how != RESOLVE_UNKNOWN && audit->estate->spns_forest_wide);
    demand->verdict = certain ? VERDICT_BROKEN : VERDICT_UNKNOWN;
    return (List *const *)&texts->pdata[several ? 0 : certain ? 1 : 2];
}

/* Among other reasons it is none either. */
static void
drop_transition(const Audit *audit, const Demand *demand)
{
    List **reasons = &demand->pair->services[0].reasons;
    const char *why = NULL;
    if (verdict_evidence_forwardable(audit->context, demand->source, &why) != TRI_NO)
        return;
    for (guint i = (*reasons)->len; i > 1; i--)
        if (g_str_has_prefix((*reasons)->pdata[i - 1], why))
            texts_remove(reasons, i - 1);
    if ((*reasons)->len > 1 && g_str_has_prefix((*reasons)->pdata[0], why))
        texts_remove(reasons, 0);
}

static void
take_verdict(const Audit *audit, Demand *demand)
{
    const ServiceVerdict *service = &demand->pair->services[0];
    demand->verdict = service->verdict;
    demand->reasons = &service->reasons;
    if (demand->pt != PT_FORBIDDEN)
        return;
    if (is_as_forbidden(audit, demand->source, service->verdict, service->reasons)) {
        demand->verdict = VERDICT_READY;
        demand->reasons = NULL;
    } else {
        drop_transition(audit, demand);
    }
}

void
demands_settle(Audit *audit)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, audit->demands->by_source);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GPtrArray *all = ((const Demanded *)value)->all;
        for (guint i = 0; i < all->len; i++) {
            Demand *demand = all->pdata[i];
            if (!demand->pair)
                continue;
            verdict_settle(audit, demand->pair);
            take_verdict(audit, demand);
        }
    }
}

static void
judge_demand(const Audit *audit, Demand *demand, GHashTable *granted, GPtrArray *texts)
{
    const Account *target = demand->target;
    /* An SPN alone can only stand in a list. */
    bool grant =
        target &&
        (demand->mode == MODE_RBCD ||
         (demand->mode == MODE_EITHER && !is_local(audit, demand->source, target)));
    demand->way = grant ? LEG_RBCD : LEG_KCD;
    if (!demand->required)
        return;
    demand->missing = !is_there(audit, demand, granted);
    if (!target) {
        demand->reasons = judge_ghost(audit, demand, texts);
        return;
    }
    demand->pair =
        verdict_of_spn(audit->context, demand->mode, demand->source, target, demand->spn);
    take_verdict(audit, demand);
}

static bool
is_of_several(const Audit *audit, const Demand *demand)
{
    return demand->reasons == (List *const *)audit->demands->texts->pdata;
}

static void
add_missing(Audit *audit, GHashTable *ids, const Demand *demand)
{
    Edge *edge = delegations_add_missing(audit, ids, demand->source, demand->way,
                                         demand->target, demand->spn);
    if (!demand->target)
        edge->owner = is_of_several(audit, demand)         ? OWNER_SEVERAL
                      : demand->verdict == VERDICT_UNKNOWN ? OWNER_UNKNOWN
                                                           : OWNER_NONE;
    EdgeSpn *spn = g_new0(EdgeSpn, 1);
    spn->spn = demand->spn;
    spn->verdict = demand->verdict;
    spn->reasons = demand->reasons;
    spn->declared = TRI_YES;
    spn->pair = demand->pair;
    g_ptr_array_add(edge->spns, spn);
    edge->verdict = MAX(edge->verdict, spn->verdict);
    if (!edge->workload)
        edge->workload = demand->section;
}

static int
by_account(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    return (*left)->number < (*right)->number ? -1 : 1;
}

/* An edge between the same two may be there for other SPNs. */
static void
name_missing(const Audit *audit)
{
    for (guint i = 0; i < audit->edges->len; i++) {
        Edge *edge = audit->edges->pdata[i];
        if (!edge->missing)
            continue;
        char *id = g_strconcat(edge->id, EDGE_MISSING, NULL);
        g_free(edge->id);
        edge->id = id;
    }
}

/* Who has demands, in a steady order (transfer container). */
static GPtrArray *
sources_of(const Audit *audit)
{
    GPtrArray *sources = g_ptr_array_new();
    GHashTableIter iter;
    gpointer source;
    g_hash_table_iter_init(&iter, audit->demands->by_source);
    while (g_hash_table_iter_next(&iter, &source, NULL))
        g_ptr_array_add(sources, source);
    g_ptr_array_sort(sources, by_account);
    return sources;
}

/* Of List *, each with one text: reasons that need no conditions. */
static GPtrArray *
ghost_texts(const Audit *audit)
{
    static const char *const texts[] = {
        "the SPN is on more than one account", "the SPN is on no account",
        "the SPN was found on no account, but not everything was searched"};
    GPtrArray *all = audit->demands->texts;
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        List *one = list_new();
        texts_add(&one, texts[i]);
        g_ptr_array_add(all, one);
    }
    return all;
}

/* The ends of RBCD that is there, granting or not. */
static GHashTable *
granted_ends(const Audit *audit)
{
    GHashTable *granted = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    for (guint i = 0; i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];
        if (edge->way == LEG_RBCD && edge->source.account)
            g_hash_table_add(granted,
                             g_strdup_printf("%u %u", edge->source.account->number,
                                             edge->target.account->number));
    }
    return granted;
}

/* Adds the groups that are asked for themselves, and are granted. */
static void
add_groups(const Audit *audit, const GPtrArray *sources, GHashTable *granted)
{
    for (guint s = 0; s < sources->len; s++) {
        const Account *group = sources->pdata[s];
        const GPtrArray *all =
            (group->kinds & KIND_GROUP) != 0 ? demands_of(audit, group) : NULL;
        for (guint i = 0; all && i < all->len; i++) {
            const Demand *demand = all->pdata[i];
            g_autofree char *key =
                demand->target
                    ? g_strdup_printf("%u %u", group->number, demand->target->number)
                    : NULL;
            if (key && g_hash_table_contains(granted, key))
                g_hash_table_add(granted, group_key(demand));
        }
    }
}

static void
judge_demands(Audit *audit)
{
    g_autoptr(GPtrArray) sources = sources_of(audit);
    g_autoptr(GHashTable) granted = granted_ends(audit);
    add_groups(audit, sources, granted);
    g_autoptr(GHashTable) ids = g_hash_table_new(hash_text, g_str_equal);
    GPtrArray *texts = ghost_texts(audit);
    for (guint s = 0; s < sources->len; s++) {
        const GPtrArray *all = demands_of(audit, sources->pdata[s]);
        g_autoptr(GHashTable) told =
            g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
        for (guint i = 0; all && i < all->len; i++) {
            Demand *demand = all->pdata[i];
            judge_demand(audit, demand, granted, texts);
            if (demand->required && demand->missing &&
                g_hash_table_add(told, text_fold(demand->spn)))
                add_missing(audit, ids, demand);
        }
    }
    name_missing(audit);
}

/* Edges that are there. */

typedef struct {
    Tri declared;
    const char *section; /* NULL: none */
} Asked;

static Asked
asked_by(const Audit *audit, const Account *source, const Demand *demand,
         const Pair *pair)
{
    if (demand)
        return (Asked){TRI_YES, demand->section};
    if (pair && pair->group->origin == ORIGIN_CONFIG)
        return (Asked){TRI_YES, pair->group->name};
    /* Partners that were inferred, or named for once: nobody declared them, and what
     * they need is no excess. */
    if (pair || !demands_bound(audit, source))
        return (Asked){TRI_UNKNOWN, NULL};
    return (Asked){TRI_NO, NULL};
}

/* A group is asked for where each of its members is. */
static const Demand *
demand_for_members(const Audit *audit, const Edge *edge, const GPtrArray *sources)
{
    const Demand *found = NULL;
    guint count = 0;
    for (guint i = 0; edge->members > 0 && i < sources->len; i++) {
        const Account *source = sources->pdata[i];
        if ((source->kinds & (KIND_COMPUTER | KIND_USER)) == 0)
            continue;
        const Demand *demand = demand_for_grant(audit, source, edge->target.account);
        if (!demand || estate_in_security_group(audit->estate, source,
                                                edge->source.account->dn) != TRI_YES)
            continue;
        found = demand;
        count++;
    }
    return count > 0 && count >= edge->members ? found : NULL;
}

static Asked
asked_for_grant(const Audit *audit, const Edge *edge, const GPtrArray *sources)
{
    const Account *source = edge->source.account;
    if (!source)
        return (Asked){audit->policy->declarations->len > 0 ? TRI_NO : TRI_UNKNOWN, NULL};
    const Demand *demand = demand_for_grant(audit, source, edge->target.account);
    if (!demand && edge->source.kind == PRINCIPAL_GROUP)
        demand = demand_for_members(audit, edge, sources);
    const Pair *pair = audit_pair(audit, source, edge->target.account);
    return asked_by(audit, source, demand,
                    pair && pair->group->mode != MODE_KCD ? pair : NULL);
}

static void
lift_edge(const Audit *audit, Edge *edge)
{
    edge->verdict = edge->base;
    for (guint i = 0; i < edge->spns->len; i++) {
        EdgeSpn *spn = edge->spns->pdata[i];
        if (spn->declared == TRI_YES &&
            is_as_forbidden(audit, edge->source.account, spn->verdict,
                            list_at(spn->reasons))) {
            spn->verdict = VERDICT_READY;
            spn->reasons = NULL;
        }
        edge->verdict = MAX(edge->verdict, spn->verdict);
    }
}

void
demands_lift(Audit *audit)
{
    for (guint i = 0; i < audit->edges->len; i++) {
        Edge *edge = audit->edges->pdata[i];
        if (edge->spns->len > 0 && edge->source.account &&
            demands_transition(audit, edge->source.account) == PT_FORBIDDEN)
            lift_edge(audit, edge);
    }
}

static void
mark_list(const Audit *audit, Edge *edge)
{
    const Account *source = edge->source.account;
    bool any = false, all = true;
    for (guint i = 0; i < edge->spns->len; i++) {
        EdgeSpn *spn = edge->spns->pdata[i];
        const Asked asked =
            asked_by(audit, source, demand_for_entry(audit, source, spn->spn),
                     audit_pair_for_entry(audit, source, spn->spn));
        spn->declared = asked.declared;
        if (!edge->workload)
            edge->workload = asked.section;
        any = any || asked.declared == TRI_YES;
        all = all && asked.declared == TRI_NO;
    }
    edge->undeclared = all && !any;
}

static void
add_excess(const Audit *audit, const Edge *edge)
{
    GPtrArray *excess = g_hash_table_lookup(audit->demands->excess, edge->source.account);
    if (!excess) {
        excess = g_ptr_array_new();
        g_hash_table_insert(audit->demands->excess, (gpointer)edge->source.account,
                            excess);
    }
    g_ptr_array_add(excess, (gpointer)edge);
}

static void
mark_grant(const Audit *audit, Edge *edge, const GPtrArray *sources)
{
    const Asked asked = asked_for_grant(audit, edge, sources);
    for (guint i = 0; i < edge->spns->len; i++)
        ((EdgeSpn *)edge->spns->pdata[i])->declared = asked.declared;
    if (!edge->workload)
        edge->workload = asked.section;
    edge->undeclared = asked.declared == TRI_NO;
    if (edge->undeclared && edge->source.account)
        add_excess(audit, edge);
}

/* What it looks like, where nothing says what it is for: never more than a guess. */
static void
guess_workload(const Audit *audit, Edge *edge)
{
    for (guint i = 0; !edge->workload && i < edge->spns->len; i++) {
        const EdgeSpn *spn = edge->spns->pdata[i];
        const Workload *workload = workload_by_spn(workloads_builtin(), spn->spn);
        g_autofree char *text =
            workload ? g_strdup_printf("perhaps %s", workload->id) : NULL;
        if (text)
            edge->workload = g_string_chunk_insert_const(audit->demands->words, text);
    }
}

void
demands_judge(Audit *audit)
{
    g_autoptr(GPtrArray) sources = sources_of(audit);
    for (guint i = 0; i < audit->edges->len; i++) {
        Edge *edge = audit->edges->pdata[i];
        if (edge->way == LEG_KCD)
            mark_list(audit, edge);
        else if (edge->way == LEG_RBCD)
            mark_grant(audit, edge, sources);
        guess_workload(audit, edge);
    }
    judge_demands(audit);
    demands_lift(audit);
}
