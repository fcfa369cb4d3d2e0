/* Pairs judged again as if changes had been made to the directory. */
#include "audit/simulation.h"

#include "anyone.h"
#include "demands.h"
#include "model/fork.h"
#include "model/spn.h"

struct Simulation {
    const Audit *audit;
    const GArray *edits;
    bool *made; /* by edit */
    Fork *fork;
    VerdictContext *context; /* of the fork as it is; NULL: to be made */
    GHashTable *from;        /* const Account * -> GPtrArray of const Pair * */
    GHashTable *to;
    GHashTable *unions; /* set of const Group *: of what two groups ask */
};

static void
index_pair(GHashTable *index, const Account *end, const Pair *pair)
{
    GPtrArray *pairs = g_hash_table_lookup(index, end);
    if (!pairs) {
        pairs = g_ptr_array_new();
        g_hash_table_insert(index, (gpointer)end, pairs);
    }
    g_ptr_array_add(pairs, (gpointer)pair);
}

static GHashTable *
index_new(void)
{
    return g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
}

/* Whether a pair of hosts needs that very SPN, whoever holds it now. */
static bool
is_for_pair(const Audit *audit, const Pair *pair)
{
    const NeededSpn *written = pair->written->needed->pdata[0];
    return audit_needs_entry(audit, pair->source, written->spn);
}

/* Delegations that work or may work, beside those that pairs of hosts have. */
static void
index_edges(Simulation *simulation)
{
    const GPtrArray *edges = simulation->audit->edges;
    for (guint e = 0; edges && e < edges->len; e++) {
        const Edge *edge = edges->pdata[e];
        for (guint i = 0; i < edge->own->len; i++) {
            const Pair *pair = edge->own->pdata[i];
            if (pair->verdict == VERDICT_BROKEN || is_for_pair(simulation->audit, pair))
                continue;
            index_pair(simulation->from, pair->source, pair);
            index_pair(simulation->to, pair->target, pair);
        }
    }
}

static void
index_pairs(Simulation *simulation)
{
    const GPtrArray *pairs = simulation->audit->pairs;
    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = pairs->pdata[i];
        index_pair(simulation->from, pair->source, pair);
        index_pair(simulation->to, pair->target, pair);
    }
}

Simulation *
simulation_new(const Audit *audit, const GArray *edits)
{
    Simulation *simulation = g_new0(Simulation, 1);
    g_autoptr(GPtrArray) changing = g_ptr_array_new();
    simulation->audit = audit;
    simulation->edits = edits;
    simulation->made = g_new0(bool, edits->len + 1);
    for (guint i = 0; i < edits->len; i++)
        g_ptr_array_add(changing, (gpointer)g_array_index(edits, Edit, i).account);
    simulation->fork = fork_new(audit->estate, changing);
    simulation->from = index_new();
    simulation->to = index_new();
    if (edits->len > 0) {
        index_pairs(simulation);
        index_edges(simulation);
    }
    simulation->unions = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < audit->unions->len; i++)
        g_hash_table_add(simulation->unions, audit->unions->pdata[i]);
    return simulation;
}

void
simulation_free(Simulation *simulation)
{
    if (!simulation)
        return;
    g_clear_pointer(&simulation->context, verdict_context_free);
    fork_free(simulation->fork);
    g_hash_table_unref(simulation->from);
    g_hash_table_unref(simulation->to);
    g_hash_table_unref(simulation->unions);
    g_free(simulation->made);
    g_free(simulation);
}

static void
make(Fork *fork, const Edit *edit, bool on)
{
    switch (edit->attr) {
    case ATTR_UAC:
        fork_set_flags(fork, edit->account, on ? edit->set : edit->clear,
                       on ? edit->clear : edit->set);
        break;
    case ATTR_RBCD:
        fork_set_rbcd(fork, edit->account, on ? edit->rbcd : edit->account->rbcd);
        break;
    case ATTR_MEMBER_OF:
        if (edit->leave) {
            fork_set_member(fork, edit->account, edit->group, !on);
            break;
        }
        g_assert(on);
        fork_join(fork, edit->account, edit->group);
        break;
    case ATTR_ETYPES:
        fork_set_etypes(fork, edit->account,
                        edit->account->etypes | (on ? edit->set : 0));
        break;
    default:
        if (edit->remove)
            fork_set_values(fork, edit->account, edit->attr, edit->remove, !on);
        if (edit->add)
            fork_set_values(fork, edit->account, edit->attr, edit->add, on);
        break;
    }
}

#define KNOWN_BITS (UAC_OF_SOURCE | UAC_NOT_DELEGATED | UAC_DISABLED)

/* What was looked up and does not hang on the edit stays: lists of a thousand entries are
 * read once, and not for each edit. */
static void
forget(Simulation *simulation, const Edit *edit)
{
    guint32 bits = edit->set | edit->clear;
    if (!simulation->context)
        return;
    if ((edit->attr == ATTR_MEMBER_OF && !edit->leave) ||
        (edit->attr == ATTR_UAC && (bits & ~KNOWN_BITS) != 0))
        g_clear_pointer(&simulation->context, verdict_context_free);
    else
        verdict_forget(simulation->context, fork_account(simulation->fork, edit->account),
                       edit->attr, bits);
}

void
simulation_switch(Simulation *simulation, guint edit, bool on)
{
    if (simulation->made[edit] == on)
        return;
    simulation->made[edit] = on;
    const Edit *what = &g_array_index(simulation->edits, Edit, edit);
    make(simulation->fork, what, on);
    forget(simulation, what);
}

void
simulation_switch_all(Simulation *simulation, bool on)
{
    for (guint i = 0; i < simulation->edits->len; i++)
        simulation_switch(simulation, i, on);
}

static void
take_pairs(GHashTable *index, const Account *end, GHashTable *into)
{
    const GPtrArray *pairs = g_hash_table_lookup(index, end);
    for (guint i = 0; pairs && i < pairs->len; i++)
        g_hash_table_add(into, pairs->pdata[i]);
}

/* Whoever has the host's name of an SPN is who needs it, whoever holds it. */
static void
take_named(const Simulation *simulation, const GPtrArray *values, GHashTable *into)
{
    for (guint i = 0; values && i < values->len; i++) {
        g_autoptr(Spn) spn = spn_parse(values->pdata[i]);
        const GPtrArray *named =
            spn ? estate_by_name(simulation->audit->estate, spn->host) : NULL;
        for (guint n = 0; named && n < named->len; n++)
            take_pairs(simulation->to, named->pdata[n], into);
    }
}

static void
take_all(const Simulation *simulation, GHashTable *into)
{
    const GPtrArray *pairs = simulation->audit->pairs;
    for (guint i = 0; i < pairs->len; i++)
        g_hash_table_add(into, pairs->pdata[i]);
}

GPtrArray *
simulation_pairs(const Simulation *simulation, guint edit)
{
    const Edit *what = &g_array_index(simulation->edits, Edit, edit);
    g_autoptr(GHashTable) found = g_hash_table_new(NULL, NULL);
    if (what->attr == ATTR_UAC || what->attr == ATTR_DELEGATE_TO ||
        what->attr == ATTR_MEMBER_OF)
        take_pairs(simulation->from, what->account, found);
    if (what->attr != ATTR_DELEGATE_TO)
        take_pairs(simulation->to, what->account, found);
    if (what->attr == ATTR_SPN) {
        take_pairs(simulation->from, what->account, found);
        take_named(simulation, what->add, found);
        take_named(simulation, what->remove, found);
    }
    /* krbtgt */
    const GHashTable *others = simulation->audit->principal_by_account;
    if (what->attr == ATTR_UAC && g_hash_table_size(found) == 0 &&
        !(others && g_hash_table_contains((GHashTable *)others, what->account)))
        take_all(simulation, found);

    GPtrArray *pairs = g_ptr_array_new();
    GHashTableIter iter;
    gpointer pair;
    g_hash_table_iter_init(&iter, found);
    while (g_hash_table_iter_next(&iter, &pair, NULL))
        g_ptr_array_add(pairs, pair);
    return pairs;
}

static bool
holds(const GPtrArray *accounts, const Account *account)
{
    return accounts && g_ptr_array_find((GPtrArray *)accounts, account, NULL);
}

/* What one of its groups finds wrong stays wrong, as in the audit. */
static void
worsen_by_groups(const Audit *audit, VerdictContext *context, const Pair *pair, Pair *now)
{
    for (guint g = 0; g < audit->groups->len; g++) {
        const Group *group = audit->groups->pdata[g];
        bool member = holds(group->members, pair->target);
        if (!holds(group->members, pair->source) ||
            !(member || holds(group->storage, pair->target)))
            continue;
        Pair *by = verdict_of(context, group, now->source, now->target, !member);
        now->verdict = MAX(now->verdict, by->verdict);
        for (Service which = 0; which < SERVICE_COUNT; which++)
            now->services[which].verdict =
                MAX(now->services[which].verdict, by->services[which].verdict);
        pair_free(by);
    }
}

static Pair *
judge(const Simulation *simulation, VerdictContext *context, const Pair *pair,
      const Account *source, const Account *target)
{
    const NeededSpn *written = pair->written ? pair->written->needed->pdata[0] : NULL;
    Pair *now =
        written ? verdict_of_spn(context, pair->group->mode, source, target, written->spn)
                : verdict_of(context, pair->group, source, target, pair->storage);
    if (g_hash_table_contains(simulation->unions, pair->group))
        worsen_by_groups(simulation->audit, context, pair, now);
    now->source = pair->source;
    now->target = pair->target;
    return now;
}

static VerdictContext *
context_of(Simulation *simulation)
{
    if (!simulation->context)
        simulation->context = verdict_context_new(fork_estate(simulation->fork));
    return simulation->context;
}

Pair *
simulation_verdict(Simulation *simulation, const Pair *pair)
{
    const Fork *fork = simulation->fork;
    return judge(simulation, context_of(simulation), pair,
                 fork_account(fork, pair->source), fork_account(fork, pair->target));
}

static bool
is_worse(const Pair *after, const Pair *before)
{
    if (after->verdict > before->verdict)
        return true;
    for (Service which = 0; which < SERVICE_COUNT; which++) {
        const ServiceVerdict *is = &after->services[which];
        const ServiceVerdict *was = &before->services[which];
        if (is->needed &&
            (is->verdict > was->verdict ||
             (is->verdict == was->verdict && is->missing->len > was->missing->len)))
            return true;
    }
    return false;
}

/* A delegation that only loses the protocol transition which the configuration forbids
 * its source. */
static bool
is_as_declared(const Simulation *simulation, const Pair *pair, const Pair *after)
{
    return pair->written && after->verdict == VERDICT_DEGRADED &&
           after->services[0].missing->len == 0 && after->services[0].reasons->len == 1 &&
           demands_transition(simulation->audit, pair->source) == PT_FORBIDDEN;
}

/* Delegations. */

/* By one SPN; `declared`: the configuration asks for it. */
static Verdict
judge_spn(Simulation *simulation, const Edge *edge, const Account *target,
          const char *spn, bool declared)
{
    const Account *source = edge->source.account;
    Pair *now = verdict_of_spn(context_of(simulation),
                               edge->way == LEG_KCD ? MODE_KCD : MODE_RBCD,
                               fork_account(simulation->fork, source), target, spn);
    now->source = source;
    Verdict verdict = now->verdict;
    if (declared && is_as_declared(simulation, now, now))
        verdict = VERDICT_READY;
    pair_free(now);
    return verdict;
}

static Verdict
judge_entry(Simulation *simulation, const Edge *edge, const EdgeSpn *spn)
{
    const Estate *estate = fork_estate(simulation->fork);
    const Account *source = fork_account(simulation->fork, edge->source.account);
    g_auto(Resolved) resolved = estate_resolve_for(estate, spn->spn, source);
    if (resolved.owners && resolved.owners->len == 1)
        return judge_spn(simulation, edge, resolved.owners->pdata[0], spn->spn,
                         spn->declared == TRI_YES);
    return edge->owner == OWNER_FOUND && !edge->missing ? VERDICT_BROKEN : spn->verdict;
}

/* Whether the pair of hosts that has all of the list's entries is ready by the list
 * alone: then each entry is. */
static bool
is_ready_as_pair(Simulation *simulation, const Edge *edge)
{
    if (!edge->migration || edge->missing)
        return false;
    Pair *now = simulation_verdict(simulation, edge->migration);
    bool ready = now->verdict == VERDICT_READY;
    for (Service which = 0; which < SERVICE_COUNT; which++)
        ready =
            ready && (!now->services[which].needed || now->services[which].by == LEG_KCD);
    pair_free(now);
    return ready;
}

static Verdict
judge_list(Simulation *simulation, const Edge *edge)
{
    if (is_ready_as_pair(simulation, edge))
        return VERDICT_READY;
    const Account *source = fork_account(simulation->fork, edge->source.account);
    Verdict worst = VERDICT_READY;
    guint left = 0;
    for (guint i = 0; i < edge->spns->len; i++) {
        const EdgeSpn *spn = edge->spns->pdata[i];
        bool listed =
            edge_kcd(verdict_edges(context_of(simulation)), source, spn->spn) != TRI_NO;
        if (!listed && !edge->missing)
            continue;
        left++;
        worst = MAX(worst, listed ? judge_entry(simulation, edge, spn) : VERDICT_BROKEN);
    }
    return left > 0 ? worst : edge->missing ? edge->verdict : VERDICT_COUNT;
}

static Verdict
judge_trust(Simulation *simulation, const Edge *edge)
{
    const Account *source = fork_account(simulation->fork, edge->source.account);
    if (account_flag(source, UAC_TRUSTED_FOR_DELEGATION) == TRI_NO)
        return VERDICT_COUNT;
    Anyone anyone = {context_of(simulation), NULL, VERDICT_READY};
    anyone_forwards_to(&anyone, source);
    return anyone.verdict;
}

/* Whether an access entry of the descriptor still names the trustee, by its SID or by one
 * of its sIDHistory. */
static bool
names(const Estate *estate, const SecDesc *descriptor, const Principal *trustee)
{
    for (guint i = 0; descriptor && i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        if (delegations_allows(ace) &&
            (sid_equal(&ace->sid, &trustee->sid) ||
             (trustee->account && estate_bearer(estate, &ace->sid) == trustee->account)))
            return true;
    }
    return false;
}

/* The members of the group that the audit has judged, again. */
static Verdict
judge_members(Simulation *simulation, const Edge *edge)
{
    Verdict worst = edge->base;
    for (guint i = 0; i < edge->own->len; i++) {
        Pair *now = simulation_verdict(simulation, edge->own->pdata[i]);
        worst = MAX(worst, now->verdict);
        pair_free(now);
    }
    return edge->own->len > 0 ? worst : edge->verdict;
}

static Verdict
judge_declared_grant(Simulation *simulation, const Edge *edge, const Account *target)
{
    Verdict worst = edge->spns->len > 0 ? VERDICT_READY : edge->verdict;
    for (guint i = 0; i < edge->spns->len; i++) {
        const EdgeSpn *spn = edge->spns->pdata[i];
        worst = MAX(worst, judge_spn(simulation, edge, target, spn->spn, true));
    }
    return worst;
}

static Verdict
judge_grant(Simulation *simulation, const Edge *edge)
{
    VerdictContext *context = context_of(simulation);
    const Account *source = edge->source.account;
    const Account *target = fork_account(simulation->fork, edge->target.account);
    const SecDesc *descriptor = edge_descriptor(verdict_edges(context), target, NULL);
    if (descriptor && descriptor->dacl != DACL_LIST)
        return edge->verdict;
    if (!names(simulation->audit->estate, descriptor, &edge->source))
        return edge->missing ? VERDICT_BROKEN : VERDICT_COUNT;
    if (edge->has_via)
        return judge_members(simulation, edge);
    if (!source || (source->kinds & KIND_GROUP) != 0)
        return edge->verdict;
    if (edge->missing)
        return judge_declared_grant(simulation, edge, target);
    const Pair *pair = audit_pair(simulation->audit, source, edge->target.account);
    const TargetSpns *needs =
        pair ? verdict_needed(context, target, pair->group, pair->storage) : NULL;
    const char *asked = delegations_asked(context, needs, target);
    const EdgeSpn *first = edge->spns->len > 0 ? edge->spns->pdata[0] : NULL;
    return asked ? judge_spn(simulation, edge, target, asked,
                             first && first->declared == TRI_YES)
                 : VERDICT_BROKEN;
}

Verdict
simulation_edge(Simulation *simulation, const Edge *edge)
{
    switch (edge->way) {
    case LEG_KCD:
        return judge_list(simulation, edge);
    case LEG_RBCD:
        return edge->target.account ? judge_grant(simulation, edge) : edge->verdict;
    case LEG_UNCONSTRAINED:
        return judge_trust(simulation, edge);
    }
    g_assert_not_reached();
}

bool
simulation_worsens(Simulation *simulation, const Pair *pair, Pair **ret_after)
{
    Pair *after = simulation_verdict(simulation, pair);
    bool worse = false;
    if (after->verdict != VERDICT_READY && !is_as_declared(simulation, pair, after)) {
        /* As the directory has it: a KDC's answer may have lowered it since. */
        Pair *before = judge(simulation, simulation->audit->context, pair, pair->source,
                             pair->target);
        worse = is_worse(after, before);
        pair_free(before);
    }
    if (ret_after)
        *ret_after = worse ? after : NULL;
    if (!worse || !ret_after)
        pair_free(after);
    return worse;
}
