/* Puts an audit together: hosts, pairs, their verdicts, then the rules' findings. */
#include "audit/audit.h"

#include "ask.h"
#include "base/hash.h"
#include "base/text.h"
#include "demands.h"
#include "let_in.h"
#include "operators.h"
#include "partners.h"

#include <stdlib.h>
#include <string.h>

static void
host_free(gpointer data)
{
    Host *host = data;
    g_ptr_array_unref(host->needed);
    g_ptr_array_unref(host->spns);
    g_ptr_array_unref(host->tickets);
    g_free(host);
}

void
audit_free(Audit *audit)
{
    if (!audit)
        return;
    let_in_free(audit->let_in);
    verdict_context_free(audit->context);
    g_ptr_array_unref(audit->groups);
    g_ptr_array_unref(audit->unions);
    g_ptr_array_unref(audit->hosts);
    g_ptr_array_unref(audit->pairs);
    g_ptr_array_unref(audit->asked);
    g_ptr_array_unref(audit->findings);
    chains_free(audit->chains);
    g_hash_table_unref(audit->edge_by_id);
    g_ptr_array_unref(audit->tier0_edges);
    g_ptr_array_unref(audit->tier0_acted_on);
    g_ptr_array_unref(audit->edges);
    demands_free(audit->demands);
    g_ptr_array_unref(audit->principals);
    g_hash_table_unref(audit->principal_by_account);
    g_array_unref(audit->outcomes);
    g_clear_pointer(&audit->tickets, g_ptr_array_unref);
    g_clear_pointer(&audit->proofs, g_ptr_array_unref);
    g_clear_pointer(&audit->silent, g_hash_table_unref);
    g_clear_pointer(&audit->gpos, g_hash_table_unref);
    g_clear_pointer(&audit->net, g_ptr_array_unref);
    g_clear_pointer(&audit->facts, g_ptr_array_unref);
    g_hash_table_unref(audit->host_by_account);
    g_ptr_array_unref(audit->operators);
    g_ptr_array_unref(audit->gaps);
    g_hash_table_unref(audit->gaps_seen);
    g_free(audit);
}

void
audit_add_gap(Audit *audit, const char *what, const char *why)
{
    const Gaps gaps = {audit->gaps, audit->gaps_seen};
    gaps_add(&gaps, what, why);
}

static Host *
add_host(Audit *audit, const Account *account)
{
    Host *host = g_hash_table_lookup(audit->host_by_account, account);
    if (host)
        return host;
    host = g_new0(Host, 1);
    host->account = account;
    host->storage = true;
    host->needed = g_ptr_array_new();
    host->spns = g_ptr_array_new_with_free_func(g_free);
    host->tickets = g_ptr_array_new();
    g_hash_table_insert(audit->host_by_account, (gpointer)account, host);
    g_ptr_array_add(audit->hosts, host);
    return host;
}

const char *const spn_state_names[SPN_STATE_COUNT] = {
    "registered", "alias", "missing", "duplicate", "elsewhere", "unknown"};

static SpnState
state_of(const NeededSpn *needed, const Account *account)
{
    if (needed->how == RESOLVE_UNKNOWN ||
        (needed->how == RESOLVE_MISSING && needed->resolves_known == TRI_UNKNOWN))
        return SPN_STATE_UNKNOWN;
    if (needed->how == RESOLVE_MISSING)
        return SPN_STATE_MISSING;
    if (needed->owners->len > 1)
        return SPN_STATE_DUPLICATE;
    if (needed->owners->pdata[0] != account)
        return SPN_STATE_ELSEWHERE;
    return needed->how == RESOLVE_ALIAS ? SPN_STATE_ALIAS : SPN_STATE_REGISTERED;
}

static void
add_status(Host *host, const NeededSpn *needed)
{
    SpnStatus *status = g_new0(SpnStatus, 1);
    status->spn = needed->spn;
    status->state = state_of(needed, host->account);
    status->owners = needed->owners;
    g_ptr_array_add(host->spns, status);
}

/* Whoever takes part in no pair is managed all the same. */
static void
add_winrm(const Audit *audit, Host *host)
{
    if (host->storage)
        return;
    host->winrm = verdict_winrm(audit->context, host->account);
    for (guint i = 0; i < host->winrm->spns.needed->len; i++)
        add_status(host, host->winrm->spns.needed->pdata[i]);
}

static void
need_spns(Audit *audit, Host *host, const Group *group, bool storage)
{
    const TargetSpns *target =
        verdict_needed(audit->context, host->account, group, storage);
    for (guint i = 0; i < target->needed->len; i++) {
        const NeededSpn *needed = target->needed->pdata[i];
        bool known = false;
        for (guint n = 0; !known && n < host->needed->len; n++)
            known =
                text_equal(((const NeededSpn *)host->needed->pdata[n])->spn, needed->spn);
        if (known)
            continue;
        g_ptr_array_add(host->needed, (gpointer)needed);
        add_status(host, needed);
    }
}

static guint
services_of(const Pair *pair)
{
    return pair->storage ? 1u << SERVICE_CIFS : pair->group->services;
}

/* What two groups ask of one pair, as one: the services and names of both.  Of
 * two modes that exclude each other, the one that is worse off. */
static const Group *
union_of(Audit *audit, const Pair *a, const Pair *b)
{
    const Pair *worse = b->verdict > a->verdict ? b : a;
    const Pair *better = worse == a ? b : a;
    Group *both = g_new0(Group, 1);
    both->name = g_strdup(worse->group->name);
    both->origin = worse->group->origin;
    both->members = g_ptr_array_new();
    both->storage = g_ptr_array_new();
    both->services = services_of(a) | services_of(b);
    both->names = a->group->names == b->group->names ? a->group->names : NAMES_BOTH;
    both->mode =
        worse->group->mode != MODE_EITHER ? worse->group->mode : better->group->mode;
    g_ptr_array_add(audit->unions, both);
    return both;
}

static bool
asks_the_same(const Pair *a, const Pair *b)
{
    return a->storage == b->storage && services_of(a) == services_of(b) &&
           a->group->names == b->group->names && a->group->mode == b->group->mode;
}

/* What one group finds wrong stays wrong. */
static void
worsen_by(Pair *pair, const Pair *by)
{
    pair->verdict = MAX(pair->verdict, by->verdict);
    for (Service which = 0; which < SERVICE_COUNT; which++) {
        ServiceVerdict *service = &pair->services[which];
        const ServiceVerdict *other = &by->services[which];
        if (!other->needed || other->verdict <= service->verdict)
            continue;
        service->verdict = other->verdict;
        for (guint i = 0; i < other->reasons->len; i++)
            if (!texts_have(service->reasons, other->reasons->pdata[i]))
                texts_add(&service->reasons, other->reasons->pdata[i]);
    }
}

/* Two groups need the same pair: it is judged by all that both ask. */
static Pair *
unite_pairs(Audit *audit, Pair *known, Pair *pair)
{
    if (asks_the_same(pair, known)) {
        pair_free(pair);
        return known;
    }
    Pair *both = verdict_of(audit->context, union_of(audit, known, pair), pair->source,
                            pair->target, known->storage && pair->storage);
    worsen_by(both, known);
    worsen_by(both, pair);
    pair_free(known);
    pair_free(pair);
    return both;
}

static void
add_pair(Audit *audit, const Group *group, const Account *source, const Account *target,
         bool storage)
{
    if (source != target)
        g_ptr_array_add(audit->pairs,
                        verdict_of(audit->context, group, source, target, storage));
}

static void
judge_group(Audit *audit, const Group *group)
{
    for (guint m = 0; m < group->members->len; m++) {
        const Account *source = group->members->pdata[m];
        Host *host = add_host(audit, source);
        host->storage = false;
        host->grouped = true;
        need_spns(audit, host, group, false);
        for (guint t = 0; t < group->members->len && group->services != 0; t++)
            add_pair(audit, group, source, group->members->pdata[t], false);
        for (guint t = 0; t < group->storage->len; t++)
            add_pair(audit, group, source, group->storage->pdata[t], true);
    }
    for (guint t = 0; t < group->storage->len; t++)
        need_spns(audit, add_host(audit, group->storage->pdata[t]), group, true);
}

static int
accounts_compare(const Account *a, const Account *b)
{
    int order = a == b ? 0 : strcmp(a->name, b->name);
    if (order == 0 && a != b)
        order = strcmp(a->dn, b->dn);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void
count_verdicts(Audit *audit)
{
    memset(audit->verdicts, 0, sizeof audit->verdicts);
    for (guint i = 0; i < audit->pairs->len; i++)
        audit->verdicts[((const Pair *)audit->pairs->pdata[i])->verdict]++;
}

void
audit_settle(Audit *audit)
{
    bool answered = audit->tickets || audit->proofs || audit->silent;
    if (!answered || audit->settled)
        return;
    audit->settled = true;
    for (guint i = 0; i < audit->pairs->len; i++)
        verdict_settle(audit, audit->pairs->pdata[i]);
    demands_settle(audit);
    for (guint i = 0; i < audit->asked->len; i++)
        verdict_settle(audit, audit->asked->pdata[i]);
    delegations_settle(audit);
    demands_lift(audit);
    chains_free(audit->chains);
    audit->chains = chains_find(audit->estate, audit->edges);
    count_verdicts(audit);
}

static int
hosts_by_name(gconstpointer a, gconstpointer b)
{
    const Host *const *left = a, *const *right = b;
    return accounts_compare((*left)->account, (*right)->account);
}

static int
pairs_by_name(gconstpointer a, gconstpointer b)
{
    const Pair *const *left = a, *const *right = b;
    int order = accounts_compare((*left)->source, (*right)->source);
    return order ? order : accounts_compare((*left)->target, (*right)->target);
}

/* Groups that discovery found mostly come in their order. */
static void
sort_pairs(GPtrArray *pairs)
{
    for (guint i = 1; i < pairs->len; i++)
        if (pairs_by_name(&pairs->pdata[i - 1], &pairs->pdata[i]) > 0) {
            g_ptr_array_sort(pairs, pairs_by_name);
            return;
        }
}

/* In order, each once, and where those of a host are. */
static void
settle_pairs(Audit *audit)
{
    GPtrArray *pairs = audit->pairs;
    sort_pairs(pairs);
    guint kept = 0;
    Host *host = NULL;
    for (guint i = 0; i < pairs->len; i++) {
        Pair *pair = g_steal_pointer(&pairs->pdata[i]);
        Pair *last = kept > 0 ? pairs->pdata[kept - 1] : NULL;
        if (last && last->source == pair->source && last->target == pair->target) {
            pairs->pdata[kept - 1] = unite_pairs(audit, last, pair);
            continue;
        }
        if (!last || last->source != pair->source) {
            host = audit_host(audit, pair->source);
            host->first_pair = kept;
        }
        host->pairs++;
        pairs->pdata[kept++] = pair;
    }
    g_ptr_array_set_size(pairs, (int)kept);
    for (guint i = 0; i < kept; i++) {
        Pair *pair = pairs->pdata[i];
        if (!pair->storage)
            pair->winrm = &verdict_winrm(audit->context, pair->target)->service;
    }
}

const Pair *
audit_pair(const Audit *audit, const Account *source, const Account *target)
{
    const Host *host = g_hash_table_lookup(audit->host_by_account, source);
    const Pair ends = {.source = source, .target = target}, *key = &ends;
    gpointer *found = host && host->pairs > 0
                          ? bsearch(&key, audit->pairs->pdata + host->first_pair,
                                    host->pairs, sizeof key, pairs_by_name)
                          : NULL;
    return found ? *found : NULL;
}

Host *
audit_host(const Audit *audit, const Account *account)
{
    Host *host = g_hash_table_lookup(audit->host_by_account, account);
    return host ? host : g_hash_table_lookup(audit->principal_by_account, account);
}

/* Whoever delegates or is delegated to, also where it is no host of the audit. */
static Host *
add_principal(Audit *audit, const Account *account)
{
    Host *host = audit_host(audit, account);
    if (host)
        return host;
    host = g_new0(Host, 1);
    host->account = account;
    host->outside = true;
    host->needed = g_ptr_array_new();
    host->spns = g_ptr_array_new_with_free_func(g_free);
    host->tickets = g_ptr_array_new();
    g_hash_table_insert(audit->principal_by_account, (gpointer)account, host);
    g_ptr_array_add(audit->principals, host);
    return host;
}

/* What no edge shows: a descriptor that lets nobody in, and protocol transition without
 * a list. */
static void
add_prepared(Audit *audit)
{
    const GPtrArray *accounts = audit->estate->accounts;
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if (account->missing || account->partial || account_is_conflict(account))
            continue;
        if (account->rbcd)
            add_principal(audit, account)->receives |= LEG_RBCD;
        else if (account_flag(account, UAC_T2A4D) == TRI_YES)
            add_principal(audit, account);
    }
}

/* Once for all whom descriptors of Tier 0 may let in. */
static void
list_tier0(Audit *audit)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];
        if (edge->way != LEG_RBCD || !edge->tier0)
            continue;
        g_ptr_array_add(audit->tier0_edges, (gpointer)edge);
        if (g_hash_table_add(seen, (gpointer)edge->target.account))
            g_ptr_array_add(audit->tier0_acted_on, (gpointer)edge->target.account);
    }
}

/* Once for all who may be let in. */
static void
find_descriptors(Audit *audit)
{
    const GPtrArray *const all[] = {audit->hosts, audit->principals};
    g_autoptr(GPtrArray) targets = g_ptr_array_new();
    for (guint a = 0; a < G_N_ELEMENTS(all); a++)
        for (guint i = 0; i < all[a]->len; i++) {
            const Host *host = all[a]->pdata[i];
            if ((host->receives & LEG_RBCD) != 0)
                g_ptr_array_add(targets, (gpointer)host->account);
        }
    audit->let_in = let_in_new(verdict_edges(audit->context), audit->estate, targets);
}

static bool
add_edges(Audit *audit, GError **error)
{
    if (!demands_find(audit, error))
        return false;
    delegations_find(audit);
    for (guint i = 0; i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];
        g_hash_table_insert(audit->edge_by_id, edge->id, (gpointer)edge);
        if (edge->source.account)
            add_principal(audit, edge->source.account)->delegates |=
                edge_by_design(edge) || edge->missing ? 0 : edge->way;
        if (edge->owner == OWNER_FOUND)
            add_principal(audit, edge->target.account)->receives |=
                edge->missing ? 0 : edge->way;
    }
    add_prepared(audit);
    list_tier0(audit);
    g_ptr_array_sort(audit->principals, hosts_by_name);
    return true;
}

bool
audit_new(const Estate *estate, const Policy *policy, Audit **ret_audit, GError **error)
{
    g_autoptr(Audit) audit = g_new0(Audit, 1);
    audit->estate = estate;
    audit->policy = policy;
    audit->context = verdict_context_new(estate);
    audit->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    audit->unions = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    audit->hosts = g_ptr_array_new_with_free_func(host_free);
    audit->pairs = g_ptr_array_new_with_free_func((GDestroyNotify)pair_free);
    audit->asked = g_ptr_array_new_with_free_func((GDestroyNotify)pair_free);
    audit->findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
    audit->principals = g_ptr_array_new_with_free_func(host_free);
    audit->principal_by_account = g_hash_table_new(NULL, NULL);
    audit->edges = g_ptr_array_new_with_free_func((GDestroyNotify)edge_free);
    audit->edge_by_id = g_hash_table_new(hash_text, g_str_equal);
    audit->tier0_edges = g_ptr_array_new();
    audit->tier0_acted_on = g_ptr_array_new();
    audit->demands = demands_new();
    audit->outcomes = g_array_new(FALSE, FALSE, sizeof(Outcome));
    audit->host_by_account = g_hash_table_new(NULL, NULL);
    audit->operators = g_ptr_array_new();
    audit->gaps = gap_list_new();
    audit->gaps_seen = gap_seen_new();
    for (guint i = 0; i < estate->gaps->len; i++) {
        const Gap *gap = estate->gaps->pdata[i];
        audit_add_gap(audit, gap->what, gap->why);
    }

    g_autoptr(GPtrArray) discovered = g_ptr_array_new();
    const Partners partners = {
        estate, policy, audit->context, audit->groups, {audit->gaps, audit->gaps_seen}};
    audit->inferred = policy->groups->len == 0;
    if (!partners_find(&partners, discovered, error))
        return false;
    for (guint i = 0; i < discovered->len; i++)
        add_host(audit, discovered->pdata[i])->storage = false;
    for (guint i = 0; i < audit->groups->len; i++)
        judge_group(audit, audit->groups->pdata[i]);
    for (guint i = 0; i < audit->hosts->len; i++)
        add_winrm(audit, audit->hosts->pdata[i]);
    operators_find(estate, policy, audit->operators, &partners.gaps);
    g_ptr_array_sort(audit->hosts, hosts_by_name);
    settle_pairs(audit);
    count_verdicts(audit);
    if (policy->reach != REACH_HOSTS && !add_edges(audit, error))
        return false;
    find_descriptors(audit);
    audit->chains = chains_find(estate, audit->edges);
    *ret_audit = g_steal_pointer(&audit);
    return true;
}

const Edge *
audit_edge(const Audit *audit, const char *id)
{
    return g_hash_table_lookup(audit->edge_by_id, id);
}

const Pair *
audit_pair_for_entry(const Audit *audit, const Account *source, const char *entry)
{
    const GPtrArray *named = verdict_answer(audit->context, source, entry)->named;
    for (guint i = 0; named && i < named->len; i++) {
        const Pair *pair = audit_pair(audit, source, named->pdata[i]);
        if (!pair)
            continue;
        const TargetSpns *target = verdict_pair_needs(audit->context, pair);
        for (guint n = 0; n < target->needed->len; n++)
            if (text_equal(((const NeededSpn *)target->needed->pdata[n])->spn, entry))
                return pair;
    }
    return NULL;
}

bool
audit_needs_entry(const Audit *audit, const Account *source, const char *entry)
{
    return audit_pair_for_entry(audit, source, entry) != NULL;
}

bool
audit_is_declared(const Audit *audit)
{
    for (guint i = 0; i < audit->groups->len; i++)
        if (((const Group *)audit->groups->pdata[i])->origin == ORIGIN_CONFIG)
            return true;
    return false;
}

bool
audit_is_offline(const Audit *audit)
{
    return estate_is_export(audit->estate);
}

int
audit_worst(const Audit *audit)
{
    int worst = -1;
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (finding->status == STATUS_FAIL && !finding->waived)
            worst = MAX(worst, (int)finding->severity);
    }
    return worst;
}

bool
audit_incomplete(const Audit *audit)
{
    if (audit->gaps->len > 0 || audit->verdicts[VERDICT_UNKNOWN] > 0)
        return true;
    for (guint i = 0; audit->edges && i < audit->edges->len; i++)
        if (((const Edge *)audit->edges->pdata[i])->verdict == VERDICT_UNKNOWN)
            return true;
    for (guint i = 0; i < audit->findings->len; i++)
        if (((const Finding *)audit->findings->pdata[i])->status == STATUS_UNKNOWN)
            return true;
    return false;
}
