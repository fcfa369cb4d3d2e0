/* For each rule, whether this audit looked where an earlier one found something.
 *
 * Longer than most: one switch over all rules, whose cases ask a few questions each. */
#include "audit/absence.h"
#include "answer.h"

#include "audit/declared.h"
#include "audit/rules.h"
#include "base/hash.h"
#include "base/text.h"
#include "model/spn.h"
#include "model/trust.h"

#include <string.h>

const char *const absence_names[ABSENCE_COUNT] = {"mended", "gone", "unseen"};

struct AbsenceJudge {
    const Audit *audit;
    GHashTable *hosts;    /* name -> const Host * */
    GHashTable *machines; /* name -> const NetEvidence * */
    GHashTable *answers;  /* "rule\nran_on\nran_towards" -> Answer * */
    bool lists_doubted;   /* nobody shows a list, and it may be that they are hidden */
    bool descriptors_doubted; /* the same of RBCD */
    GHashTable *foreign;      /* const Account *: whose descriptor names a SID of a domain
                               * that was not read */
    GHashTable *kinds; /* "kind@domain" of whoever an export holds; NULL: not yet */
};

static void
answer_free(gpointer data)
{
    answer_clear(data);
    g_free(data);
}

AbsenceJudge *
absence_judge_new(const Audit *audit)
{
    AbsenceJudge *judge = g_new0(AbsenceJudge, 1);
    judge->audit = audit;
    judge->hosts = g_hash_table_new(hash_text, g_str_equal);
    judge->machines = g_hash_table_new(hash_text, g_str_equal);
    judge->answers = g_hash_table_new_full(hash_text, g_str_equal, g_free, answer_free);
    /* Hosts last: of one name they go before. */
    const GPtrArray *const all[] = {audit->principals, audit->hosts};
    for (guint a = 0; a < G_N_ELEMENTS(all); a++)
        for (guint i = 0; i < all[a]->len; i++) {
            Host *host = all[a]->pdata[i];
            g_hash_table_insert(judge->hosts, (gpointer)host->account->name, host);
        }
    judge->foreign = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < audit->gaps->len; i++) {
        const char *what = ((const Gap *)audit->gaps->pdata[i])->what;
        judge->lists_doubted |= strcmp(what, attr_name(ATTR_DELEGATE_TO)) == 0;
        judge->descriptors_doubted |= strcmp(what, attr_name(ATTR_RBCD)) == 0;
    }
    for (guint i = 0; i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];
        if (edge->way == LEG_RBCD && edge->source.kind == PRINCIPAL_FOREIGN)
            g_hash_table_add(judge->foreign, (gpointer)edge->target.account);
    }
    for (guint i = 0; audit->net && i < audit->net->len; i++) {
        const NetEvidence *machine = audit->net->pdata[i];
        g_hash_table_insert(judge->machines, machine->name, (gpointer)machine);
    }
    return judge;
}

void
absence_judge_free(AbsenceJudge *judge)
{
    if (!judge)
        return;
    g_hash_table_unref(judge->hosts);
    g_hash_table_unref(judge->machines);
    g_hash_table_unref(judge->answers);
    g_hash_table_unref(judge->foreign);
    g_clear_pointer(&judge->kinds, g_hash_table_unref);
    g_free(judge);
}

static const Host *
host_named(const AbsenceJudge *judge, const char *name)
{
    return name ? g_hash_table_lookup(judge->hosts, name) : NULL;
}

/* Rules that pass in silence over what they cannot see, or that are asked of one
 * thing and tell of another: whether they looked for this finding. */
typedef struct {
    const AbsenceJudge *judge;
    const OldFinding *old;
    const RuleOn *on;     /* what the rule is asked about */
    const Answer *answer; /* what it says now */
} Look;

typedef enum {
    LOOKED,
    LOOKED_AWAY,       /* it could not be seen */
    LOOKED_AT_NOTHING, /* nobody asks for it any more */
    LOOKED_REMOVED,    /* what was at fault was taken away altogether */
} Looked;

/* What a rule of that scope was asked about. */
static const Host *
host_on(const Look *look)
{
    g_assert(look->on->host);
    return look->on->host;
}

static const Pair *
pair_on(const Look *look)
{
    g_assert(look->on->pair);
    return look->on->pair;
}

static Looked
looked_at_operator(const Look *look)
{
    const GPtrArray *operators = look->judge->audit->operators;
    for (guint i = 0; i < operators->len; i++)
        if (strcmp(((const Account *)operators->pdata[i])->name, look->old->subject) == 0)
            return LOOKED;
    return LOOKED_AWAY;
}

/* The same where the finding is about a host, and the target names the operator. */
static Looked
looked_at_named_operator(const Look *look)
{
    const GPtrArray *operators = look->judge->audit->operators;
    for (guint i = 0; i < operators->len; i++)
        if (g_strcmp0(((const Account *)operators->pdata[i])->name, look->old->target) ==
            0)
            return LOOKED;
    return LOOKED_AWAY;
}

static Looked
looked_at_host(const Look *look)
{
    return host_named(look->judge, look->old->subject) ? LOOKED : LOOKED_AT_NOTHING;
}

static Looked
looked_at_group(const Look *look)
{
    const GPtrArray *groups = look->judge->audit->groups;
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = groups->pdata[i];
        if (strcmp(group->name, look->old->subject) != 0)
            continue;
        for (guint m = 0; m < group->members->len; m++)
            if (!((const Account *)group->members->pdata[m])->os_version)
                return LOOKED_AWAY;
        return LOOKED;
    }
    return LOOKED_AT_NOTHING;
}

static bool
clock_was_read(const Estate *estate, const char *dc)
{
    if (estate->dc_clock_read && g_strcmp0(estate->dc, dc) == 0)
        return true;
    for (guint i = 0; i < estate->replicas->len; i++) {
        const Replica *replica = estate->replicas->pdata[i];
        if (replica->clock_read && strcmp(replica->dc, dc) == 0)
            return true;
    }
    return false;
}

static Looked
looked_at_clocks(const Look *look)
{
    const Estate *estate = look->judge->audit->estate;
    const OldFinding *old = look->old;
    return clock_was_read(estate, old->subject) &&
                   (!old->target || clock_was_read(estate, old->target))
               ? LOOKED
               : LOOKED_AWAY;
}

/* Every DC that answered before has to answer now; which ones differed is not
 * known any more. */
static Looked
looked_at_replicas(const Look *look)
{
    const GPtrArray *replicas = look->judge->audit->estate->replicas;
    for (guint i = 0; i < replicas->len; i++)
        if (!((const Replica *)replicas->pdata[i])->read)
            return LOOKED_AWAY;
    return LOOKED;
}

/* Fewer services or names may be asked for than were then; without its DNS name it
 * is not known which. */
static Looked
looked_at_needed(const Look *look)
{
    const Host *host = host_on(look);
    const char *spn = look->old->spn;
    for (guint i = 0; i < host->needed->len && spn; i++) {
        const NeededSpn *needed = host->needed->pdata[i];
        if (text_equal(needed->spn, spn) ||
            (needed->through && text_equal(needed->through, spn)))
            return LOOKED;
    }
    if (!spn)
        return LOOKED;
    return account_knows(host->account, ATTR_DNS_NAME) ? LOOKED_AT_NOTHING : LOOKED_AWAY;
}

/* What the account's own list names. */
static Looked
looked_at_entry(const Look *look)
{
    const Audit *audit = look->judge->audit;
    const Entries *entries = verdict_entries(audit->context, host_on(look)->account);
    for (guint i = 0; i < entries->len; i++) {
        const SpnAnswer *entry = entry_at(entries, i);
        if (text_equal(entry->spn, look->old->spn))
            return entry->resolved.how == RESOLVE_UNKNOWN ||
                           !audit->estate->spns_forest_wide
                       ? LOOKED_AWAY
                       : LOOKED;
    }
    return LOOKED_AT_NOTHING;
}

/* Who holds the host's SPNs. */
static Looked
looked_at_owners(const Look *look)
{
    const Host *host = host_on(look);
    if (host->outside)
        return looked_at_entry(look);
    for (guint i = 0; i < host->needed->len; i++) {
        const NeededSpn *needed = host->needed->pdata[i];
        if (needed->how == RESOLVE_UNKNOWN || needed->resolves_known == TRI_UNKNOWN)
            return LOOKED_AWAY;
    }
    return looked_at_needed(look);
}

static Looked
looked_at_winrm(const Look *look)
{
    const WinrmHop *hop = host_on(look)->winrm;
    if (!hop)
        return LOOKED_AT_NOTHING;
    return hop->service.verdict == VERDICT_UNKNOWN ? LOOKED_AWAY : LOOKED;
}

/* A finding about one of two names is a warning.  Where only one is asked for now,
 * it may be that it is still missing. */
static Looked
look_at_leg(const Look *look, Service service)
{
    const Pair *pair = pair_on(look);
    if (!pair->services[service].needed)
        return LOOKED_AT_NOTHING;
    const TargetSpns *target = verdict_pair_needs(look->judge->audit->context, pair);
    guint names = 0;
    for (guint i = 0; i < target->needed->len; i++)
        names += ((const NeededSpn *)target->needed->pdata[i])->service == service;
    if (names >= 2 || look->old->severity != SEVERITY_WARNING)
        return LOOKED;
    return account_knows(pair->target, ATTR_DNS_NAME) ? LOOKED_AT_NOTHING : LOOKED_AWAY;
}

static Looked
looked_at_cifs(const Look *look)
{
    return look_at_leg(look, SERVICE_CIFS);
}

static Looked
looked_at_migration(const Look *look)
{
    return look_at_leg(look, SERVICE_MIGRATION);
}

static Looked
looked_at_descriptor(const Look *look)
{
    const Account *account = host_on(look)->account;
    if (!account->rbcd)
        return LOOKED_REMOVED;
    return edge_descriptor(verdict_edges(look->judge->audit->context), account, NULL)
               ? LOOKED
               : LOOKED_AWAY;
}

/* Whose SID it was must be known, to say that nobody has it. */
static Looked
looked_at_orphan(const Look *look)
{
    const GPtrArray *domains = look->judge->audit->estate->domains;
    Looked looked = looked_at_descriptor(look);
    Sid sid;
    if (looked != LOOKED || !look->old->target ||
        !sid_parse_text(look->old->target, &sid))
        return looked;
    for (guint i = 0; i < domains->len; i++) {
        const Domain *domain = domains->pdata[i];
        if (sid_is_set(&domain->sid) && sid_in_domain(&sid, &domain->sid))
            return LOOKED;
    }
    return LOOKED_AWAY;
}

static Looked
looked_at_edge(const Look *look)
{
    const Pair *pair = pair_on(look);
    EdgeIndex *edges = verdict_edges(look->judge->audit->context);
    RbcdEdge edge = edge_rbcd(edges, pair->source, pair->target);
    return edge.granted == TRI_UNKNOWN ? LOOKED_AWAY
           : edge.present              ? LOOKED
                                       : LOOKED_REMOVED;
}

static Looked
looked_both_ways(const Look *look)
{
    const Pair *pair = pair_on(look);
    const Pair *back = audit_pair(look->judge->audit, pair->target, pair->source);
    if (pair->verdict == VERDICT_UNKNOWN || (back && back->verdict == VERDICT_UNKNOWN))
        return LOOKED_AWAY;
    /* Neither way is ready: that is worse, not mended. */
    return back && back->verdict == VERDICT_READY ? LOOKED : LOOKED_AT_NOTHING;
}

static const GPtrArray *
accounts_named(const Look *look, const char *name)
{
    return name ? estate_by_name(look->judge->audit->estate, name) : NULL;
}

/* Where each entry of the list leads: one that was not found may be on the very
 * account. */
static Looked
looked_at_entries(const Look *look)
{
    const Audit *audit = look->judge->audit;
    const Host *host = host_on(look);
    const Entries *entries = verdict_entries(audit->context, host->account);
    for (guint i = 0; i < entries->len; i++) {
        Resolution how = entry_at(entries, i)->resolved.how;
        if (how == RESOLVE_UNKNOWN ||
            (how == RESOLVE_MISSING && !audit->estate->spns_forest_wide))
            return LOOKED_AWAY;
    }
    return LOOKED;
}

/* The list, and the descriptor of whom it was about. */
static Looked
looked_at_excess(const Look *look)
{
    const GPtrArray *named = accounts_named(look, look->old->target);
    for (guint i = 0; named && i < named->len; i++)
        if (!account_knows(named->pdata[i], ATTR_RBCD))
            return LOOKED_AWAY;
    return looked_at_entries(look);
}

/* The configuration may ask for less than it did. */
static Looked
looked_at_demands(const Look *look)
{
    const OldFinding *old = look->old;
    const GPtrArray *all = demands_of(look->judge->audit, host_on(look)->account);
    bool asked = !old->target && !old->spn;
    for (guint i = 0; all && i < all->len; i++) {
        const Demand *demand = all->pdata[i];
        asked = asked || (old->spn && text_equal(demand->spn, old->spn)) ||
                (old->target && demand->target &&
                 strcmp(demand->target->name, old->target) == 0);
    }
    return asked ? LOOKED : LOOKED_AT_NOTHING;
}

/* Whether the accounts that entries lead to are still in service. */
static Looked
looked_at_target(const Look *look)
{
    const Estate *estate = look->judge->audit->estate;
    const GPtrArray *named = accounts_named(look, look->old->target);
    for (guint i = 0; named && i < named->len; i++)
        if (!account_knows(named->pdata[i], ATTR_UAC) ||
            estate_is_stale(estate, named->pdata[i]) == TRI_UNKNOWN)
            return LOOKED_AWAY;
    return looked_at_entries(look);
}

/* Whether they are Tier 0: the rule tells of one only where it cannot say.  An
 * export that never had the groups decides by what it has. */
static Looked
looked_at_tier(const Look *look)
{
    const Audit *audit = look->judge->audit;
    const Host *host = host_on(look);
    const GPtrArray *named = accounts_named(look, look->old->target);
    for (guint i = 0; named && i < named->len; i++) {
        const Account *target = named->pdata[i];
        bool told = account_knows(target, ATTR_UAC) && sid_is_set(&target->sid);
        if (estate_is_tier0(audit->estate, target) == TRI_UNKNOWN &&
            (!told || !audit_is_offline(audit)))
            return LOOKED_AWAY;
        if (edge_rbcd(verdict_edges(audit->context), host->account, target).granted ==
            TRI_UNKNOWN)
            return LOOKED_AWAY;
    }
    return looked_at_entries(look);
}

static Looked
looked_at_change(const Look *look)
{
    const Account *account = host_on(look)->account;
    return account->changed_us != 0 || account->changes ? LOOKED : LOOKED_AWAY;
}

/* A domain controller's version. */
static Looked
looked_at_dc(const Look *look)
{
    const GPtrArray *named = accounts_named(look, look->old->subject);
    for (guint i = 0; named && i < named->len; i++)
        if (!account_knows(named->pdata[i], ATTR_UAC) ||
            account_os_build(named->pdata[i]) == 0)
            return LOOKED_AWAY;
    return LOOKED;
}

/* Trustees are told by name, and by SID where the name cannot be read. */
static Looked
looked_at_trustee(const Look *look)
{
    if (!look->old->target || accounts_named(look, look->old->target))
        return LOOKED;
    for (guint i = 0; i < look->answer->findings->len; i++) {
        const Finding *finding = look->answer->findings->pdata[i];
        if (finding->target && g_str_has_prefix(finding->target, "S-1-"))
            return LOOKED_AWAY;
    }
    return LOOKED;
}

/* Some rules judge only tickets that were granted. */
static Looked
look_at_ticket(const Look *look, bool granted)
{
    const Host *host = host_on(look);
    bool needed = false;
    for (guint i = 0; i < host->spns->len && look->old->spn; i++)
        needed |=
            text_equal(((const SpnStatus *)host->spns->pdata[i])->spn, look->old->spn);
    if (!needed)
        return LOOKED_AT_NOTHING;
    for (guint i = 0; i < host->tickets->len; i++) {
        const TicketEvidence *ticket = host->tickets->pdata[i];
        if (text_equal(ticket->spn, look->old->spn))
            return ticket->granted ||
                           (!granted && answer_of_ticket(ticket) == ANSWER_REFUSED)
                       ? LOOKED
                       : LOOKED_AWAY;
    }
    return LOOKED_AWAY;
}

static Looked
looked_at_ticket(const Look *look)
{
    return look_at_ticket(look, false);
}

static Looked
looked_into_ticket(const Look *look)
{
    return look_at_ticket(look, true);
}

static Looked
looked_at_proof(const Look *look)
{
    const Pair *pair = pair_on(look);
    for (guint i = 0; pair->proof && i < pair->proof->results->len; i++) {
        const TicketEvidence *result = pair->proof->results->pdata[i];
        if (!result->answered && !result->granted &&
            (!look->old->spn || text_equal(result->spn, look->old->spn)))
            return LOOKED_AWAY;
    }
    return LOOKED;
}

static Looked
looked_at_upns(const Look *look)
{
    return look->judge->audit->estate->upns_read ? LOOKED : LOOKED_AWAY;
}

/* A trust that is gone lets nothing through. */
static Looked
looked_at_trust(const Look *look)
{
    const Estate *estate = look->judge->audit->estate;
    if (look->judge->audit->policy->reach == REACH_HOSTS)
        return LOOKED_AWAY;
    g_autoptr(GPtrArray) trusts = estate_trusts(estate);
    for (guint i = 0; i < trusts->len; i++)
        if (text_equal(((const Trust *)trusts->pdata[i])->partner, look->old->subject))
            return LOOKED;
    return estate->trusts_read ? LOOKED_REMOVED : LOOKED_AWAY;
}

/* How a rule looks; NULL: at all that it is asked about, and it tells what it could not
 * see. */
static Looked (*look_of(RuleId rule))(const Look *look)
{
    /* clang-format off */
    switch (rule) {
    case RULE_ACC_07: case RULE_ACC_08: case RULE_ACC_13: case RULE_ACC_14:
        return looked_at_operator;
    case RULE_HST_05:
        return looked_at_named_operator;
    case RULE_DEL_01: case RULE_DEL_12:
        return looked_at_cifs;
    case RULE_DEL_02:
        return looked_at_migration;
    case RULE_DEL_06:
        return looked_at_target;
    case RULE_DEL_07:
        return looked_at_excess;
    case RULE_DEL_11:
        return looked_at_entries;
    case RULE_DEL_14:
        return looked_at_demands;
    case RULE_DEL_08:
        return looked_at_tier;
    case RULE_DEL_09:
        return looked_both_ways;
    case RULE_DOM_02:
        return looked_at_clocks;
    case RULE_DOM_03:
        return looked_at_replicas;
    case RULE_DOM_04:
        return looked_at_change;
    case RULE_DOM_05:
        return looked_at_group;
    case RULE_RBC_01:
        return looked_at_edge;
    case RULE_RBC_02: case RULE_RBC_04: case RULE_RBC_08: case RULE_RBC_09:
        return looked_at_descriptor;
    case RULE_RBC_03:
        return looked_at_orphan;
    case RULE_RBC_06:
        return looked_at_dc;
    case RULE_RBC_07:
        return looked_at_trustee;
    case RULE_SPN_01: case RULE_SPN_02:
        return looked_at_needed;
    case RULE_SPN_03: case RULE_SPN_04: case RULE_SPN_05:
        return looked_at_owners;
    case RULE_SPN_09:
        return looked_at_host;
    case RULE_SPN_10:
        return looked_at_winrm;
    case RULE_SPN_11:
        return looked_at_upns;
    case RULE_TKT_01: case RULE_TKT_04:
        return looked_at_ticket;
    case RULE_TKT_02: case RULE_TKT_03:
        return looked_into_ticket;
    case RULE_TKT_06: case RULE_TKT_07:
        return looked_at_proof;
    case RULE_TRU_01: case RULE_TRU_02: case RULE_TRU_03: case RULE_TRU_04:
        return looked_at_trust;
    case RULE_ACC_01: case RULE_ACC_02: case RULE_ACC_03: case RULE_ACC_04:
    case RULE_ACC_05: case RULE_ACC_06: case RULE_ACC_09: case RULE_ACC_10:
    case RULE_ACC_11: case RULE_ACC_12: case RULE_ACC_15: case RULE_ACC_16: case RULE_ACC_17: case RULE_ACC_18:
    case RULE_DEL_03: case RULE_DEL_04: case RULE_DEL_05: case RULE_DEL_10:
    case RULE_DEL_13: case RULE_DEL_15: case RULE_DEL_16: case RULE_DOM_01:
    case RULE_GPO_01: case RULE_GPO_02: case RULE_GPO_03: case RULE_GPO_04:
    case RULE_GPO_05:
    case RULE_HST_01: case RULE_HST_02: case RULE_HST_03: case RULE_HST_04:
    case RULE_HST_06: case RULE_HST_07: case RULE_HST_08: case RULE_HST_09:
    case RULE_HST_10: case RULE_HST_11:
    case RULE_NET_01: case RULE_NET_02:
    case RULE_NET_03: case RULE_RBC_05: case RULE_SPN_06: case RULE_SPN_07:
    case RULE_SPN_08: case RULE_TKT_05:
        return NULL;
    }
    /* clang-format on */
    g_assert_not_reached();
}

static Looked
looked_for(RuleId rule, const Look *look)
{
    Looked (*looked)(const Look *look) = look_of(rule);
    return looked ? looked(look) : LOOKED;
}

/* Whether an edge that is not there was looked for: where both of its ends were read. */
static bool
would_show(const AbsenceJudge *judge, const OldFinding *old)
{
    const Estate *estate = judge->audit->estate;
    const char *to = old->ran_towards ? strrchr(old->ran_towards, '>') : NULL;
    bool by_descriptor = to && g_str_has_prefix(old->ran_towards, leg_names[1]);
    const GPtrArray *named = estate_by_name(estate, by_descriptor ? to + 1 : old->ran_on);
    const Account *account = named ? named->pdata[0] : NULL;
    return account && (by_descriptor ? account_knows(account, ATTR_RBCD)
                                     : account_knows(account, ATTR_DELEGATE_TO) &&
                                           account_knows(account, ATTR_UAC));
}

static bool
is_list_known(const AbsenceJudge *judge, const Account *account)
{
    return account_knows(account, ATTR_DELEGATE_TO) && !judge->lists_doubted &&
           account_knows(account, ATTR_RBCD) && !judge->descriptors_doubted;
}

/* Whether the account is there, and by all that it holds neither delegates nor is
 * prepared to. */
static bool
delegates_no_more(const AbsenceJudge *judge, const OldFinding *old)
{
    const GPtrArray *named =
        old->ran_on ? estate_by_name(judge->audit->estate, old->ran_on) : NULL;
    const Account *account = named ? named->pdata[0] : NULL;
    return account && account_knows(account, ATTR_UAC) && is_list_known(judge, account);
}

/* Whether all of an account was read by which it is found: its SPNs, and what it holds.
 */
static bool
was_sought(const AbsenceJudge *judge, const char *name)
{
    const Estate *estate = judge->audit->estate;
    const GPtrArray *named = name ? estate_by_name(estate, name) : NULL;
    const Account *account = named ? named->pdata[0] : NULL;
    if (!account || account->missing)
        return !estate->cut_short;
    return account_knows(account, ATTR_UAC) && account_knows(account, ATTR_SPN) &&
           is_list_known(judge, account);
}

/* Of what no rule asks any more: it may only be that nobody saw what to ask about. */
static Absence
unasked(const AbsenceJudge *judge, RuleScope scope, const OldFinding *old)
{
    bool sought = scope == SCOPE_MACHINE || scope == SCOPE_DOMAIN ||
                  (was_sought(judge, old->ran_on) &&
                   (scope != SCOPE_PAIR || was_sought(judge, old->ran_towards)));
    return sought ? ABSENCE_GONE : ABSENCE_UNSEEN;
}

/* Who delegates is not asked where only hosts are audited. */
static Absence
without_subject(const AbsenceJudge *judge, RuleScope scope, const OldFinding *old)
{
    if (scope != SCOPE_EDGE && scope != SCOPE_ACCOUNT)
        return unasked(judge, scope, old);
    if (judge->audit->policy->reach == REACH_HOSTS)
        return ABSENCE_UNSEEN;
    if (scope == SCOPE_EDGE)
        return would_show(judge, old) ? ABSENCE_MENDED : ABSENCE_UNSEEN;
    return delegates_no_more(judge, old) ? ABSENCE_MENDED : unasked(judge, scope, old);
}

/* What the rule was run on, in this audit; false: it is not there any more. */
static bool
find_subject(const AbsenceJudge *judge, RuleScope scope, const OldFinding *old,
             RuleOn *ret_on)
{
    *ret_on = (RuleOn){0};
    if (scope == SCOPE_DOMAIN)
        return true;
    if (!old->ran_on)
        return false;
    if (scope == SCOPE_MACHINE) {
        ret_on->machine = g_hash_table_lookup(judge->machines, old->ran_on);
        return ret_on->machine != NULL;
    }
    const Host *host = host_named(judge, old->ran_on);
    if (scope == SCOPE_HOST || scope == SCOPE_ACCOUNT) {
        ret_on->host = host;
        return host != NULL;
    }
    if (scope == SCOPE_EDGE) {
        ret_on->edge =
            old->ran_towards ? audit_edge(judge->audit, old->ran_towards) : NULL;
        return ret_on->edge != NULL;
    }
    const Host *towards = host_named(judge, old->ran_towards);
    ret_on->pair = host && towards
                       ? audit_pair(judge->audit, host->account, towards->account)
                       : NULL;
    return ret_on->pair != NULL;
}

static const Answer *
ask(AbsenceJudge *judge, const Rule *rule, const OldFinding *old, const RuleOn *on)
{
    g_autofree char *key = g_strjoin("\n", rule->id, old->ran_on ? old->ran_on : "",
                                     old->ran_towards ? old->ran_towards : "", NULL);
    Answer *answer = g_hash_table_lookup(judge->answers, key);
    if (answer)
        return answer;
    answer = g_new0(Answer, 1);
    audit_ask(judge->audit, rule, on, answer);
    g_hash_table_insert(judge->answers, g_steal_pointer(&key), answer);
    return answer;
}

/* Whether something that the rule could not tell may be this very finding.  What
 * names no account, target or SPN may be about any. */
static bool
is_in_doubt(const Answer *answer, const OldFinding *old)
{
    for (guint i = 0; i < answer->findings->len; i++) {
        const Finding *finding = answer->findings->pdata[i];
        if (finding->status == STATUS_UNKNOWN &&
            (!finding->subject_account || strcmp(finding->subject, old->subject) == 0) &&
            (!finding->target || !old->target ||
             strcmp(finding->target, old->target) == 0) &&
            (!finding->spn || !old->spn || strcmp(finding->spn, old->spn) == 0))
            return true;
    }
    return false;
}

Absence
absence_of(AbsenceJudge *judge, const OldFinding *old)
{
    RuleId id;
    RuleOn on;
    /* A newer kcdaudit knows the rule: nobody asked it here. */
    if (!rule_parse(old->rule, &id))
        return ABSENCE_UNSEEN;
    RuleScope scope = rule_scope(&rules[id]);
    if (scope == SCOPE_MACHINE && !judge->audit->net)
        return ABSENCE_UNSEEN;
    if (!find_subject(judge, scope, old, &on))
        return without_subject(judge, scope, old);
    const Answer *answer = ask(judge, &rules[id], old, &on);
    if (!answer->asked || is_in_doubt(answer, old))
        return ABSENCE_UNSEEN;
    switch (looked_for(id, &(Look){judge, old, &on, answer})) {
    case LOOKED_AWAY:
        return ABSENCE_UNSEEN;
    case LOOKED_AT_NOTHING:
        return unasked(judge, scope, old);
    case LOOKED_REMOVED:
        return ABSENCE_MENDED;
    case LOOKED:
        break;
    }
    return answer->status == STATUS_NOT_APPLICABLE ? unasked(judge, scope, old)
                                                   : ABSENCE_MENDED;
}

/* ---- delegations ---- */

/* The domain of "svc-web@sub.contoso.com", where it is one that is known, else the
 * audited one; and how long the bare name is. */
static const char *
domain_in(const Estate *estate, const char *name, gsize *ret_length)
{
    const char *at = strrchr(name, '@');
    for (guint i = 0; at && i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        if (domain->dns && text_equal(domain->dns, at + 1)) {
            *ret_length = (gsize)(at - name);
            return domain->dns;
        }
    }
    *ret_length = strlen(name);
    return estate->domain;
}

/* Those that are called so in ids (transfer container, of const Account *). */
static GPtrArray *
accounts_called(const Estate *estate, const char *name)
{
    GPtrArray *found = g_ptr_array_new();
    gsize length;
    domain_in(estate, name, &length);
    g_autofree char *bare = g_strndup(name, length);
    const GPtrArray *named = estate_by_name(estate, bare);
    for (guint i = 0; named && i < named->len; i++) {
        const Account *account = named->pdata[i];
        g_autofree char *called = account_id_name(estate, account);
        if (!account->missing && text_equal(called, name))
            g_ptr_array_add(found, (gpointer)account);
    }
    return found;
}

static char *
kind_key(guint kind, const char *domain)
{
    g_autofree char *folded = text_fold(domain ? domain : "");
    return g_strdup_printf("%u@%s", kind, folded);
}

/* An export may be of computers alone, or of one domain: it tells that an account is gone
 * where it holds others like it. */
static bool
holds_others_like(AbsenceJudge *judge, const char *name, guint kind)
{
    const Estate *estate = judge->audit->estate;
    gsize length;
    g_autofree char *wanted = kind_key(kind, domain_in(estate, name, &length));
    if (!judge->kinds) {
        judge->kinds = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
        for (guint i = 0; i < estate->accounts->len; i++) {
            const Account *account = estate->accounts->pdata[i];
            const Domain *of = estate_home_of(estate, account);
            if (!account->missing && !account->partial)
                g_hash_table_add(judge->kinds, kind_key(principal_kind_of(account),
                                                        of ? of->dns : NULL));
        }
    }
    return g_hash_table_contains(judge->kinds, wanted);
}

/* Whether an account that would delegate, and is not there, would have been found. */
static bool
would_be_found(AbsenceJudge *judge, const OldEdge *old, const char *holder, guint kind)
{
    if (audit_is_offline(judge->audit))
        return holds_others_like(judge, holder, kind);
    return judge->audit->estate->delegations_read &&
           (!old->away || judge->audit->policy->reach == REACH_FOREST);
}

/* Whether the entries of the list lead where they do for certain: one that does not may
 * be to the very account. */
static bool
are_entries_known(const Audit *audit, const Account *source)
{
    const Entries *entries = verdict_entries(audit->context, source);
    for (guint i = 0; i < entries->len; i++) {
        Resolution how = entry_at(entries, i)->resolved.how;
        if (how == RESOLVE_UNKNOWN ||
            (how == RESOLVE_MISSING && !audit->estate->spns_forest_wide))
            return false;
    }
    return true;
}

/* Whether what the account holds was read as far as the delegation would show in it. */
static bool
holds_no_more(const AbsenceJudge *judge, const OldEdge *old, const Account *holder)
{
    const Audit *audit = judge->audit;
    switch (old->way) {
    case LEG_UNCONSTRAINED:
        return account_knows(holder, ATTR_UAC);
    case LEG_KCD:
        return account_knows(holder, ATTR_DELEGATE_TO) && !judge->lists_doubted &&
               (!old->to_account || are_entries_known(audit, holder));
    case LEG_RBCD:
        return account_knows(holder, ATTR_RBCD) && !judge->descriptors_doubted &&
               (!holder->rbcd ||
                edge_descriptor(verdict_edges(audit->context), holder, NULL)) &&
               !g_hash_table_contains(judge->foreign, holder);
    }
    g_assert_not_reached();
}

bool
absence_edge_is_gone(AbsenceJudge *judge, const OldEdge *old)
{
    bool by_target = old->way == LEG_RBCD;
    const char *holder = by_target ? old->target : old->source;
    guint kind = by_target ? old->target_kind : old->source_kind;
    if (judge->audit->policy->reach == REACH_HOSTS || !holder)
        return false;
    g_autoptr(GPtrArray) called = accounts_called(judge->audit->estate, holder);
    if (called->len == 0)
        return !judge->audit->estate->cut_short &&
               would_be_found(judge, old, holder, kind);
    for (guint i = 0; i < called->len; i++)
        if (!holds_no_more(judge, old, called->pdata[i]))
            return false;
    return true;
}
