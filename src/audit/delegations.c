/* Finds every delegation that was read, and judges it by the conditions of a pair.
 *
 * Longer than most: lists, descriptors and unlimited trust make edges by one finder. */
#include "audit/delegation.h"

#include "anyone.h"
#include "ask.h"
#include "base/hash.h"
#include "base/text.h"
#include "context.h"
#include "demands.h"
#include "model/members.h"
#include "model/spn.h"
#include "model/token.h"
#include "model/wellknown.h"

#include <string.h>

typedef struct {
    Audit *audit;
    const Estate *estate;
    GPtrArray *edges;
    GHashTable *ids; /* of edges so far, so that none is there twice */
    GHashTable
        *groups; /* const Account * -> Members: all that RBCD names; NULL: not yet */
} Finder;

/* Principals. */

static Principal
principal_of(const Finder *finder, const Account *account)
{
    const Domain *domain = estate_home_of(finder->estate, account);
    return (Principal){.kind = principal_kind_of(account),
                       .account = account,
                       .sid = account->sid,
                       .name = account->name,
                       .domain = domain ? domain->dns : NULL};
}

static const Domain *
domain_of_sid(const Estate *estate, const Sid *sid)
{
    for (guint i = 0; i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        if (sid_is_set(&domain->sid) && sid_in_domain(sid, &domain->sid))
            return domain;
    }
    return NULL;
}

/* Whom an ACE names. */
static Principal
trustee_of(const Finder *finder, const Sid *sid)
{
    const Account *account = estate_bearer(finder->estate, sid);
    if (account && !account->missing)
        return principal_of(finder, account);
    g_autofree char *name = estate_sid_name(finder->estate, sid);
    const Domain *domain = domain_of_sid(finder->estate, sid);
    return (Principal){
        .kind = sid_well_known(sid) && !sid_is_of_domain(sid) ? PRINCIPAL_WELLKNOWN
                : sid_well_known(sid) && domain               ? PRINCIPAL_GROUP
                : domain                                      ? PRINCIPAL_ORPHAN
                : sid_is_of_domain(sid)                       ? PRINCIPAL_FOREIGN
                                                              : PRINCIPAL_WELLKNOWN,
        .sid = *sid,
        .name = g_string_chunk_insert_const(finder->audit->context->words, name),
        .domain = domain ? domain->dns : NULL,
    };
}

/* Edges. */

static char *
id_of(const Finder *finder, const Principal *source, Leg way, const Principal *target)
{
    g_autofree char *from = principal_id_name(finder->estate, source);
    if (way == LEG_UNCONSTRAINED)
        return g_strconcat(leg_names[2], ":", from, NULL);
    g_autofree char *to =
        target->account ? principal_id_name(finder->estate, target) : NULL;
    return g_strconcat(leg_names[way == LEG_KCD ? 0 : 1], ":", from, ">",
                       to ? to : target->name, NULL);
}

/* The edge that is there already, else NULL and a free *id.  Two accounts may have one
 * name but for the $, and an SPN may be named like an account. */
static Edge *
find_edge(const Finder *finder, const Principal *source, const Account *target, char **id)
{
    g_autofree char *wanted = NULL;
    for (guint n = 2;; n++) {
        Edge *edge = g_hash_table_lookup(finder->ids, *id);
        if (!edge ||
            (edge->source.account == source->account && edge->target.account == target))
            return edge;
        if (!wanted)
            wanted = g_strdup(*id);
        g_free(*id);
        *id = g_strdup_printf("%s#%u", wanted, n);
    }
}

/* The edge from a source by one way to an account (or to `spn`, for which no single
 * account answers), made where it is not there yet. */
static Edge *
edge_for(Finder *finder, const Principal *source, Leg way, const Account *target,
         const char *spn)
{
    Principal towards = {.name = spn ? spn : ""};
    if (target)
        towards = principal_of(finder, target);
    g_autofree char *id = id_of(finder, source, way, &towards);
    Edge *edge = find_edge(finder, source, target, &id);
    if (edge)
        return edge;
    edge = g_new0(Edge, 1);
    edge->id = g_steal_pointer(&id);
    edge->source = *source;
    edge->target = towards;
    edge->owner = target ? OWNER_FOUND : OWNER_NONE;
    edge->way = way;
    edge->transition =
        source->account && account_flag(source->account, UAC_T2A4D) == TRI_YES;
    edge->spns = g_ptr_array_new_with_free_func(g_free);
    edge->reasons = list_new();
    edge->own = list_new();
    edge->tier0 = target && estate_is_tier0(finder->estate, target) == TRI_YES;
    g_hash_table_insert(finder->ids, edge->id, edge);
    g_ptr_array_add(finder->edges, edge);
    return edge;
}

static EdgeSpn *
add_spn(Edge *edge, const char *spn)
{
    EdgeSpn *added = g_new0(EdgeSpn, 1);
    added->spn = spn;
    added->declared = TRI_UNKNOWN;
    g_ptr_array_add(edge->spns, added);
    return added;
}

static void
say(Edge *edge, Verdict verdict, const char *reason)
{
    edge->base = MAX(edge->base, verdict);
    edge->verdict = MAX(edge->verdict, verdict);
    if (!texts_have(edge->reasons, reason))
        texts_add(&edge->reasons, reason);
}

static void
take_verdict(Edge *edge, EdgeSpn *spn, const ServiceVerdict *from, const Pair *pair)
{
    spn->verdict = from->verdict;
    spn->reasons = &from->reasons;
    spn->pair = pair;
    edge->verdict = MAX(edge->verdict, spn->verdict);
}

static void
add_own(Edge *edge, Pair *pair)
{
    list_add(&edge->own, pair, NULL, NULL);
}

/* What a pair of hosts needs this very SPN for; NULL: nothing. */
static const ServiceVerdict *
needed_by(const Audit *audit, const Pair *pair, const char *spn)
{
    const TargetSpns *needs = verdict_pair_needs(audit->context, pair);
    for (guint i = 0; i < needs->needed->len; i++) {
        const NeededSpn *needed = needs->needed->pdata[i];
        if (needed->service < SERVICE_COUNT && text_equal(needed->spn, spn))
            return &pair->services[needed->service];
    }
    return NULL;
}

static void
judge_spn(Finder *finder, Edge *edge, EdgeSpn *spn, GroupMode mode, const Account *source)
{
    const Pair *known = audit_pair(finder->audit, source, edge->target.account);
    const ServiceVerdict *service =
        known ? needed_by(finder->audit, known, spn->spn) : NULL;
    if (!service)
        edge->migration = NULL;
    else if (edge->spns->len == 1)
        edge->migration = known;
    /* All names of a service that is ready by this way alone are, so that a mesh is not
     * judged twice.  What is wrong may be wrong with another name. */
    if (service && service->verdict == VERDICT_READY && service->by == (guint)edge->way) {
        take_verdict(edge, spn, service, known);
        return;
    }
    Pair *pair = verdict_of_spn(finder->audit->context, mode, source,
                                edge->target.account, spn->spn);
    add_own(edge, pair);
    take_verdict(edge, spn, &pair->services[0], pair);
}

/* Whether the account that an entry names is there, and did not show its SPNs. */
static bool
may_be_hidden(const Estate *estate, const char *entry)
{
    g_autoptr(Spn) spn = spn_parse(entry);
    g_autofree char *label = spn ? g_strndup(spn->host, strcspn(spn->host, ".")) : NULL;
    const GPtrArray *named = label ? estate_by_name(estate, label) : NULL;
    for (guint i = 0; named && i < named->len; i++)
        if (!account_knows(named->pdata[i], ATTR_SPN))
            return true;
    return false;
}

/* Whether it is the bare name of a Tier-0 account. */
static bool
names_tier0(const Estate *estate, const SpnAnswer *entry)
{
    const GPtrArray *named =
        entry->resolved.bare ? estate_by_name(estate, entry->spn) : NULL;
    for (guint i = 0; named && i < named->len; i++)
        if (estate_is_tier0(estate, named->pdata[i]) == TRI_YES)
            return true;
    return false;
}

/* An entry for which no single account answers. */
static void
find_ghost(Finder *finder, const Principal *source, const SpnAnswer *entry)
{
    const Resolved *resolved = &entry->resolved;
    bool several = resolved->owners && resolved->owners->len > 1;
    bool krbtgt = entry->is_kdcs;
    bool certain = !krbtgt && resolved->how != RESOLVE_UNKNOWN &&
                   finder->estate->spns_forest_wide &&
                   !may_be_hidden(finder->estate, entry->spn);
    Edge *edge = edge_for(finder, source, LEG_KCD, NULL, entry->spn);
    edge->owner = several ? OWNER_SEVERAL : certain ? OWNER_NONE : OWNER_UNKNOWN;
    edge->tier0 = krbtgt || names_tier0(finder->estate, entry);
    /* An SPN that a partner lacks is told with the pair. */
    edge->migration = audit_pair_for_entry(finder->audit, source->account, entry->spn);
    EdgeSpn *spn = add_spn(edge, entry->spn);
    spn->verdict = several || certain ? VERDICT_BROKEN : VERDICT_UNKNOWN;
    say(edge, spn->verdict,
        several             ? "the SPN is on more than one account"
        : certain           ? "the SPN is on no account"
        : krbtgt            ? "a KDC answers to its own name without any SPN"
        : resolved->bare    ? SPN_BARE
        : resolved->similar ? SPN_SIMILAR
        : resolved->elsewhere
            ? "the SPN is held in another forest: whether a KDC finds it "
              "there depends on the trust"
            : "the SPN was found on no account, but not everything was searched");
    spn->reasons = &edge->reasons;
}

static void
find_list(Finder *finder, const Account *account)
{
    const Principal source = principal_of(finder, account);
    const Entries *entries = verdict_entries(finder->audit->context, account);
    g_autoptr(GHashTable) by_owner = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < entries->len; i++) {
        const SpnAnswer *entry = entry_at(entries, i);
        if (!entry->owner) {
            find_ghost(finder, &source, entry);
            continue;
        }
        Edge *edge = g_hash_table_lookup(by_owner, entry->owner);
        if (!edge) {
            edge = edge_for(finder, &source, LEG_KCD, entry->owner, entry->spn);
            g_hash_table_insert(by_owner, (gpointer)entry->owner, edge);
        }
        judge_spn(finder, edge, add_spn(edge, entry->spn), MODE_KCD, account);
    }
}

static void
take_anyone(Edge *edge, const Anyone *anyone)
{
    for (guint i = 0; i < anyone->reasons->len; i++)
        say(edge, anyone->verdict, anyone->reasons->pdata[i]);
}

static void
find_unconstrained(Finder *finder, const Account *account)
{
    const Principal source = principal_of(finder, account);
    Edge *edge = edge_for(finder, &source, LEG_UNCONSTRAINED, NULL, NULL);
    edge->owner = OWNER_ANY;
    g_autoptr(GPtrArray) reasons = g_ptr_array_new();
    Anyone anyone = {finder->audit->context, reasons, VERDICT_READY};
    anyone_forwards_to(&anyone, account);
    take_anyone(edge, &anyone);
}

const char *
delegations_asked(VerdictContext *context, const TargetSpns *needs, const Account *target)
{
    for (guint i = 0; needs && i < needs->needed->len; i++)
        if (((const NeededSpn *)needs->needed->pdata[i])->resolves)
            return ((const NeededSpn *)needs->needed->pdata[i])->spn;
    for (guint i = 0; i < MIN(target->spns->len, SPNS_TRIED); i++) {
        const char *spn = target->spns->pdata[i];
        const TargetSpns *written = verdict_written(context, target, spn);
        if (((const NeededSpn *)written->needed->pdata[0])->resolves)
            return spn;
    }
    return target->spns->len > 0 ? target->spns->pdata[0] : NULL;
}

static const char *
spn_of_target(const Finder *finder, const Account *source, const Account *target)
{
    VerdictContext *context = finder->audit->context;
    const Pair *pair = source ? audit_pair(finder->audit, source, target) : NULL;
    return delegations_asked(context, pair ? verdict_pair_needs(context, pair) : NULL,
                             target);
}

bool
delegations_allows(const Ace *ace)
{
    return sid_is_set(&ace->sid) && (ace->flags & ACE_FLAG_INHERIT_ONLY) == 0 &&
           (ace->type == ACE_ALLOW || ace->type == ACE_ALLOW_OBJECT ||
            ace->type == ACE_ALLOW_CALLBACK || ace->type == ACE_ALLOW_CALLBACK_OBJECT);
}

/* Adds the groups that a descriptor lets in, but for those that everybody is in. */
static void
add_groups(const Finder *finder, const SecDesc *descriptor, GHashTable *seen,
           GPtrArray *groups)
{
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        const Account *group =
            delegations_allows(ace) ? estate_bearer(finder->estate, &ace->sid) : NULL;
        if (group && !group->missing && !sid_is_crowd(&ace->sid) &&
            principal_kind_of(group) == PRINCIPAL_GROUP &&
            g_hash_table_add(seen, (gpointer)group))
            g_ptr_array_add(groups, (gpointer)group);
    }
}

/* Who is in the group; all groups are looked at when the first is asked for. */
static const Members *
members_of(Finder *finder, const Account *group)
{
    if (!finder->groups) {
        g_autoptr(GPtrArray) groups = g_ptr_array_new();
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        for (guint i = 0; i < finder->estate->accounts->len; i++) {
            const SecDesc *descriptor = edge_descriptor(
                finder->audit->context->edges, finder->estate->accounts->pdata[i], NULL);
            if (descriptor && descriptor->dacl == DACL_LIST)
                add_groups(finder, descriptor, seen, groups);
        }
        finder->groups = members_of_groups(finder->estate, groups);
    }
    return g_hash_table_lookup(finder->groups, group);
}

/* What is granted to a group works as it does for its members: as for the worst of
 * them. */
static void
judge_group(Finder *finder, Edge *edge, const char *asked)
{
    const Members *in_group = members_of(finder, edge->source.account);
    const GPtrArray *members = in_group->accounts;
    bool certain = in_group->certain;
    const char *lacks = estate_is_export(finder->estate)
                            ? "the members of the group were not exported in full"
                            : "the members of the group could not all be read";
    edge->members = members->len;
    edge->in_group = g_ptr_array_ref(in_group->accounts);
    EdgeSpn *spn = asked ? add_spn(edge, asked) : NULL;
    if (members->len == 0) {
        say(edge, certain ? VERDICT_BROKEN : VERDICT_UNKNOWN,
            certain ? "the group has no members" : lacks);
        if (spn) {
            spn->verdict = edge->base;
            spn->reasons = &edge->reasons;
        }
        return;
    }
    if (!spn)
        return;
    for (guint i = 0; i < MIN(members->len, MEMBERS_JUDGED); i++) {
        Pair *pair = verdict_of_spn(finder->audit->context, MODE_RBCD, members->pdata[i],
                                    edge->target.account, asked);
        add_own(edge, pair);
        if (!spn->pair || pair->verdict > spn->verdict)
            take_verdict(edge, spn, &pair->services[0], pair);
    }
    /* The worst may be one who was not read. */
    if (!certain && spn->verdict < VERDICT_UNKNOWN) {
        say(edge, VERDICT_UNKNOWN, lacks);
        spn->verdict = VERDICT_UNKNOWN;
        spn->reasons = &edge->reasons;
    }
}

static Tri
has_sid(const Sid *sid, gpointer sids)
{
    return g_hash_table_contains(sids, sid) ? TRI_YES : TRI_NO;
}

Tri
delegations_grants_to(const SecDesc *descriptor, Sid *sid, bool as_everybody)
{
    g_autoptr(GHashTable) sids = g_hash_table_new(sid_hash, sid_equal);
    g_hash_table_add(sids, sid);
    if (as_everybody)
        token_add_everybody(sids);
    Decision decision = secdesc_decide_by(descriptor, NULL, has_sid, sids);
    return decision.doubt == DOUBT_NO_OWNER ? TRI_YES : decision.granted;
}

/* Whom everybody is: no source is judged, but there has to be one, and the target has to
 * answer. */
static void
judge_crowd(Finder *finder, Edge *edge, const SecDesc *descriptor, Sid *sid,
            const char *asked)
{
    const Domain *kdc = estate_home_of(finder->estate, edge->target.account);
    Tri borne = !sid_is_of_domain(sid) ? token_of_anybody(finder->estate, kdc, sid)
                : edge->broad          ? TRI_YES
                                       : TRI_UNKNOWN;
    Tri alone = delegations_grants_to(descriptor, sid, false);
    if (alone == TRI_NO)
        say(edge, VERDICT_BROKEN,
            edge->source.kind == PRINCIPAL_GROUP
                ? "its descriptor names the group without granting"
                : "its descriptor names it without granting");
    else if (delegations_grants_to(descriptor, sid, true) == TRI_NO)
        say(edge, VERDICT_BROKEN, "its descriptor denies everybody before");
    else if (alone == TRI_UNKNOWN)
        say(edge, VERDICT_UNKNOWN, "whether its descriptor grants, only a KDC tells");
    if (borne != TRI_YES)
        say(edge, borne == TRI_NO ? VERDICT_BROKEN : VERDICT_UNKNOWN,
            borne == TRI_NO ? "no source has it in its ticket"
                            : "whether a source has it in its ticket was not determined");
    if (!asked)
        return;
    const TargetSpns *written =
        verdict_written(finder->audit->context, edge->target.account, asked);
    const NeededSpn *needed = written->needed->pdata[0];
    if (!needed->resolves)
        say(edge,
            needed->resolves_known == TRI_UNKNOWN ? VERDICT_UNKNOWN : VERDICT_BROKEN,
            needed->problem);
    if (edge->base == VERDICT_BROKEN)
        return;
    g_autoptr(GPtrArray) reasons = g_ptr_array_new();
    Anyone anyone = {finder->audit->context, reasons, VERDICT_READY};
    anyone_acts_on(&anyone, edge->target.account);
    take_anyone(edge, &anyone);
}

static void
judge_trustee(Finder *finder, Edge *edge, const SecDesc *descriptor, Sid *sid)
{
    const Account *target = edge->target.account;
    const char *asked = spn_of_target(finder, edge->source.account, target);
    if (!asked)
        say(edge, account_knows(target, ATTR_SPN) ? VERDICT_BROKEN : VERDICT_UNKNOWN,
            account_knows(target, ATTR_SPN)
                ? "the target has no SPN, so no ticket to it can be asked for"
                : "servicePrincipalName of the target could not be read");
    switch (edge->source.kind) {
    case PRINCIPAL_GROUP:
        edge->has_via = true;
        if (edge->source.account && !edge->broad)
            judge_group(finder, edge, asked);
        else
            judge_crowd(finder, edge, descriptor, sid, asked);
        break;
    case PRINCIPAL_WELLKNOWN:
        edge->has_via = true;
        judge_crowd(finder, edge, descriptor, sid, asked);
        break;
    case PRINCIPAL_ORPHAN:
        say(edge, VERDICT_BROKEN, "the account is gone");
        break;
    case PRINCIPAL_FOREIGN:
        say(edge, VERDICT_UNKNOWN, "its account is of a domain that was not read");
        break;
    case PRINCIPAL_COMPUTER:
    case PRINCIPAL_USER:
    case PRINCIPAL_GMSA:
    case PRINCIPAL_DMSA:
        if (asked)
            judge_spn(finder, edge, add_spn(edge, asked), MODE_RBCD,
                      edge->source.account);
        break;
    case PRINCIPAL_COUNT:
        g_assert_not_reached();
    }
}

/* A denial is no delegation; one whom it names comes before, if at all. */
static void
find_rbcd(Finder *finder, const Account *target)
{
    const SecDesc *descriptor =
        edge_descriptor(finder->audit->context->edges, target, NULL);
    if (!descriptor)
        return;
    Sid everyone;
    if (descriptor->dacl != DACL_LIST) {
        sid_parse_text(SID_EVERYONE, &everyone);
        const Principal source = trustee_of(finder, &everyone);
        Edge *edge = edge_for(finder, &source, LEG_RBCD, target, NULL);
        edge->broad = true;
        say(edge, VERDICT_UNKNOWN,
            "a descriptor without an access list: Windows lets everybody act then, Samba "
            "nobody");
        return;
    }
    g_autoptr(GHashTable) told = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < descriptor->aces->len; i++) {
        Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        if (!delegations_allows(ace))
            continue;
        /* One that was moved may be named by its old SID and by its new one. */
        const Principal source = trustee_of(finder, &ace->sid);
        const Sid *whose = source.account ? &source.account->sid : &ace->sid;
        if (!g_hash_table_add(told, (gpointer)whose))
            continue;
        Edge *edge = edge_for(finder, &source, LEG_RBCD, target, NULL);
        edge->broad = sid_is_crowd(&ace->sid);
        judge_trustee(finder, edge, descriptor, &ace->sid);
    }
}

Edge *
delegations_add_missing(Audit *audit, GHashTable *ids, const Account *source, Leg way,
                        const Account *target, const char *spn)
{
    Finder finder = {
        .audit = audit, .estate = audit->estate, .edges = audit->edges, .ids = ids};
    const Principal from = principal_of(&finder, source);
    Edge *edge = edge_for(&finder, &from, way, target, target ? NULL : spn);
    edge->missing = true;
    /* Nothing is open by what is not there. */
    edge->tier0 = false;
    return edge;
}

/* The worst of those who were judged by this SPN: of a group there are several. */
static void
settle_spn(const Audit *audit, Edge *edge, EdgeSpn *spn)
{
    if (!spn->pair)
        return;
    /* The KDC may have given its first reason. */
    if (!spn->pair->written)
        spn->reasons = &needed_by(audit, spn->pair, spn->spn)->reasons;
    for (guint i = 0; i < edge->own->len; i++) {
        const Pair *pair = edge->own->pdata[i];
        const NeededSpn *asked = pair->written->needed->pdata[0];
        if (strcmp(asked->spn, spn->spn) == 0 && pair->verdict > spn->pair->verdict)
            spn->pair = pair;
    }
    if (spn->pair->written)
        take_verdict(edge, spn, &spn->pair->services[0], spn->pair);
}

void
delegations_settle(Audit *audit)
{
    for (guint e = 0; e < audit->edges->len; e++) {
        Edge *edge = audit->edges->pdata[e];
        for (guint i = 0; i < edge->own->len; i++)
            verdict_settle(audit, edge->own->pdata[i]);
        edge->verdict = edge->base;
        for (guint i = 0; i < edge->spns->len; i++) {
            EdgeSpn *spn = edge->spns->pdata[i];
            settle_spn(audit, edge, spn);
            edge->verdict = MAX(edge->verdict, spn->verdict);
        }
    }
}

static int
by_id(gconstpointer a, gconstpointer b)
{
    const Edge *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

void
delegations_find(Audit *audit)
{
    const Estate *estate = audit->estate;
    Finder finder = {audit, estate, audit->edges,
                     g_hash_table_new(hash_text, g_str_equal), NULL};
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if (account->missing || account->partial || account_is_conflict(account))
            continue;
        if (account_flag(account, UAC_TRUSTED_FOR_DELEGATION) == TRI_YES)
            find_unconstrained(&finder, account);
        if (account->delegate_to->len > 0)
            find_list(&finder, account);
        if (account->rbcd)
            find_rbcd(&finder, account);
    }
    g_hash_table_unref(finder.ids);
    g_clear_pointer(&finder.groups, g_hash_table_unref);
    demands_judge(audit);
    g_ptr_array_sort(audit->edges, by_id);
}
