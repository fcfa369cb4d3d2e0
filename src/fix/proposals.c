/* One proposal per rule: the values that would end the finding. */
#include "proposals.h"

#include "audit/declared.h"
#include "base/text.h"
#include "model/spn.h"

#include <string.h>

static bool
holds(const GPtrArray *accounts, const Account *account)
{
    return accounts && g_ptr_array_find((GPtrArray *)accounts, account, NULL);
}

void
proposal_partners(const Audit *audit, const Account *account, PartnerFn visit, void *data)
{
    for (guint g = 0; audit->groups && g < audit->groups->len; g++) {
        const Group *group = audit->groups->pdata[g];
        if (!holds(group->members, account))
            continue;
        for (guint i = 0; i < group->members->len; i++)
            if (group->members->pdata[i] != account)
                visit(group, group->members->pdata[i], false, data);
        for (guint i = 0; group->storage && i < group->storage->len; i++)
            if (group->storage->pdata[i] != account)
                visit(group, group->storage->pdata[i], true, data);
    }
}

/* The group by which `source` has to reach `target`, or NULL. */
static const Group *
group_of(const Audit *audit, const Account *source, const Account *target)
{
    /* Where one group judges the pair, no other of its kind holds both: their members
     * need not be gone through.  What several ask is a group of its own, without members,
     * and a group without `services` judges no pair. */
    const Pair *pair = audit_pair(audit, source, target);
    bool by_one = pair && pair->group->members->len > 0;
    for (guint g = 0; audit->groups && g < audit->groups->len; g++) {
        const Group *group = audit->groups->pdata[g];
        if (by_one && group == pair->group)
            return group;
        if (by_one && group->services != 0)
            continue;
        if (holds(group->members, source) &&
            (holds(group->members, target) || holds(group->storage, target)))
            return group;
    }
    return NULL;
}

bool
proposal_forbids_transition(const Audit *audit, const Account *account)
{
    bool forbidden = false;
    for (guint g = 0; audit->groups && g < audit->groups->len; g++) {
        const Group *group = audit->groups->pdata[g];
        if (!holds(group->members, account))
            continue;
        if (group->pt_required)
            return false;
        forbidden = forbidden || group->pt == PT_FORBIDDEN;
    }
    GroupPt declared = demands_transition(audit, account);
    return declared == PT_FORBIDDEN || (forbidden && declared != PT_REQUIRED);
}

/* Whether RBCD already lets `source` in where the group counts it. */
static bool
is_granted(const Audit *audit, const Group *group, const Account *source,
           const Account *target)
{
    return (!group || group->mode != MODE_KCD) &&
           edge_rbcd(verdict_edges(audit->context), source, target).granted == TRI_YES;
}

typedef struct {
    const Audit *audit;
    const Account *source;
    bool granted;
} Reliance;

static void
look_for_grant(const Group *group, const Account *partner, bool storage, void *data)
{
    (void)storage;
    Reliance *look = data;
    look->granted =
        look->granted || is_granted(look->audit, group, look->source, partner);
}

/* Without T2A4D, S4U2Self gives a forwardable ticket to whoever lists nothing
 * (MS-SFU 3.2.5.1.2): where T2A4D must not be set, a first entry would end what
 * RBCD allows. */
static bool
needs_empty_list(const Audit *audit, const Account *source)
{
    if (account_flag(source, UAC_T2A4D) == TRI_YES || source->delegate_to->len > 0 ||
        !proposal_forbids_transition(audit, source))
        return false;
    Reliance look = {.audit = audit, .source = source};
    proposal_partners(audit, source, look_for_grant, &look);
    return look.granted;
}

/* Whether the descriptor names the source without effect, and not to keep it out. */
static bool
is_named_in_vain(const Audit *audit, const Account *source, const Account *target)
{
    EdgeIndex *edges = verdict_edges(audit->context);
    RbcdEdge edge = edge_rbcd(edges, source, target);
    const SecDesc *descriptor = edge_descriptor(edges, target, NULL);
    return edge.named && edge.granted == TRI_NO &&
           !(descriptor && edge.ace >= 0 &&
             g_array_index(descriptor->aces, Ace, edge.ace).type == ACE_DENY);
}

/* Whether the target lets partners in by its descriptor, or names the source there in
 * vain, while the source's list has nothing for it: then that is how it is done there. */
static bool
is_done_by_grant(const Audit *audit, const Group *group, const Account *source,
                 const Account *target)
{
    if (!group || !target->rbcd)
        return false;
    for (guint i = 0; i < source->delegate_to->len; i++) {
        g_autoptr(Spn) spn = spn_parse(source->delegate_to->pdata[i]);
        if (spn && account_has_name(target, spn->host))
            return false;
    }
    if (is_named_in_vain(audit, source, target))
        return true;
    for (guint i = 0; i < group->members->len; i++)
        if (group->members->pdata[i] != source && group->members->pdata[i] != target &&
            is_granted(audit, group, group->members->pdata[i], target))
            return true;
    return false;
}

/* Which leg to build: the group's; only RBCD crosses a domain's border
 * (MS-SFU 1.3.2). */
typedef enum { BUILD_NOTHING, BUILD_LIST, BUILD_GRANT } Build;

static Build
build_of(const Audit *audit, const Group *group, const Account *source,
         const Account *target)
{
    GroupMode mode = group ? group->mode : MODE_EITHER;
    bool at_home =
        estate_home_of(audit->estate, source) == estate_home_of(audit->estate, target);
    if (mode == MODE_KCD)
        return at_home ? BUILD_LIST : BUILD_NOTHING;
    if (mode == MODE_RBCD || !at_home || needs_empty_list(audit, source) ||
        is_done_by_grant(audit, group, source, target))
        return BUILD_GRANT;
    return BUILD_LIST;
}

/* SPN-01, SPN-02: what the host lacks. */
static void
add_own_spns(const Audit *audit, const Finding *finding, Plan *plan)
{
    const Account *host = finding->subject_account;
    bool is_host =
        (host->kinds & KIND_COMPUTER) != 0 && (host->kinds & KIND_MANAGED) == 0;
    (void)audit;
    if (!is_host)
        return;
    for (guint i = 0; i < finding->values->len; i++)
        plan_add(plan, SLOT_SPN_ADD, finding->subject_account, finding->values->pdata[i]);
}

/* Who holds the finding's SPN in its subject's forest, literally or behind the alias. */
static Resolved
resolve_held(const Audit *audit, const Finding *finding)
{
    return finding->spn
               ? estate_resolve_for(audit->estate, finding->spn, finding->subject_account)
               : (Resolved){.how = RESOLVE_MISSING};
}

/* SPN-03: leaves it with the host, where it can only be the host's, or brings it there.
 */
static void
remove_duplicates(const Audit *audit, const Finding *finding, Plan *plan)
{
    const Account *subject = finding->subject_account;
    g_auto(Resolved) held = resolve_held(audit, finding);
    g_autoptr(Spn) spn = held.through ? spn_parse(held.through) : NULL;
    if (!spn || !account_has_name(subject, spn->host))
        return;
    for (guint i = 0; i < held.owners->len; i++)
        if (held.owners->pdata[i] != subject &&
            account_has_name(held.owners->pdata[i], spn->host) &&
            !account_is_conflict(held.owners->pdata[i]))
            return; /* two accounts of that name: the administrator knows */
    for (guint i = 0; i < held.owners->len; i++)
        if (held.owners->pdata[i] != subject)
            plan_remove(plan, SLOT_SPN_DUPLICATE, held.owners->pdata[i], held.through);
    if (!holds(held.owners, subject))
        plan_add(plan, SLOT_SPN_ADD, subject, held.through);
}

/* SPN-04: moves it, where the name is not the owner's. */
static void
move_spn(const Audit *audit, const Finding *finding, Plan *plan)
{
    const Account *subject = finding->subject_account;
    const Account *owner = finding->target_account;
    g_auto(Resolved) held = resolve_held(audit, finding);
    g_autoptr(Spn) spn = held.through ? spn_parse(held.through) : NULL;
    if (!spn || !owner || owner == subject || account_is_conflict(owner) ||
        account_has_name(owner, spn->host) || !account_has_name(subject, spn->host))
        return;
    if (held.owners->len != 1 || held.owners->pdata[0] != owner)
        return;
    plan_remove(plan, SLOT_SPN_REMOVE, owner, held.through);
    plan_add(plan, SLOT_SPN_ADD, subject, held.through);
}

/* SPN-10: a computer has no use for another's name.  A service account, such as an IIS
 * pool's, does: its site needs a name of its own first. */
static void
free_winrm(const Audit *audit, const Finding *finding, Plan *plan)
{
    const Account *subject = finding->subject_account;
    g_auto(Resolved) held = resolve_held(audit, finding);
    g_autoptr(Spn) spn = held.through ? spn_parse(held.through) : NULL;
    if (!spn || !account_has_name(subject, spn->host))
        return;
    for (guint i = 0; i < held.owners->len; i++) {
        const Account *owner = held.owners->pdata[i];
        if (owner != subject &&
            ((owner->kinds & (KIND_COMPUTER | KIND_MANAGED)) != KIND_COMPUTER ||
             account_has_name(owner, spn->host)))
            return;
    }
    for (guint i = 0; i < held.owners->len; i++)
        if (held.owners->pdata[i] != subject)
            plan_remove(plan, SLOT_SPN_REMOVE, held.owners->pdata[i], held.through);
    if (!text_equal(spn->class, SPN_HTTP))
        plan_add(plan, SLOT_SPN_ADD, subject, held.through);
}

/* SPN-05: uncovers the host's alias. */
static void
remove_shadow(const Audit *audit, const Finding *finding, Plan *plan)
{
    (void)audit;
    if (!finding->target_account || account_is_conflict(finding->target_account))
        return;
    for (guint i = 0; i < finding->values->len; i++)
        plan_remove(plan, SLOT_SPN_REMOVE, finding->target_account,
                    finding->values->pdata[i]);
}

/* DEL-01, DEL-02, DEL-12: the missing leg. */
static void
build_leg(const Audit *audit, const Finding *finding, Plan *plan)
{
    const Account *source = finding->subject_account;
    const Account *target = finding->target_account;
    if (!target || target == source)
        return;
    const Group *group = group_of(audit, source, target);
    switch (build_of(audit, group, source, target)) {
    case BUILD_GRANT:
        plan_grant(plan, target, source);
        break;
    case BUILD_LIST:
        if (finding->values->len > 0)
            plan_add_all(plan, SLOT_LIST, source, finding->values);
        break;
    case BUILD_NOTHING:
        break;
    }
}

static bool
is_named(const Finding *finding, const char *spn)
{
    return texts_have(finding->values, spn);
}

/* DEL-14: what is declared and not there; without values its protocol transition. */
static void
build_declared(const Audit *audit, const Finding *finding, Plan *plan)
{
    const Account *source = finding->subject_account;
    /* An SPN that nobody holds is none to add. */
    for (const Demand *demand = demands_towards(audit, source, finding->target_account);
         demand; demand = demand->next) {
        if (!demand->missing || !is_named(finding, demand->spn))
            continue;
        if (demand->way == LEG_KCD)
            plan_add(plan, SLOT_LIST, source, demand->spn);
        else
            plan_grant(plan, demand->target, source);
    }
    if (finding->values->len > 0 || finding->target || finding->spn)
        return;
    GroupPt pt = demands_transition(audit, source);
    if (pt != PT_OPTIONAL)
        plan_flag(plan, source, UAC_T2A4D, pt == PT_REQUIRED);
}

/* RBC-01: where nothing but the target's descriptor can help. */
static void
grant_again(const Audit *audit, const Finding *finding, Plan *plan)
{
    const Account *target = finding->subject_account;
    const Account *source = finding->target_account;
    const Group *group = source ? group_of(audit, source, target) : NULL;
    if (group && build_of(audit, group, source, target) == BUILD_GRANT)
        plan_admit(plan, target, source);
}

/* Whether a SID that seems to be nobody's could be a group of some host that was
 * not read to the end, as in a file with a part of the domain. */
static bool
may_be_group(const Audit *audit, const Account *target)
{
    EdgeIndex *edges = verdict_edges(audit->context);
    const GPtrArray *const all[] = {audit->hosts, audit->principals};
    for (guint a = 0; a < G_N_ELEMENTS(all); a++)
        for (guint i = 0; all[a] && i < all[a]->len; i++) {
            const Account *account = ((const Host *)all[a]->pdata[i])->account;
            if (account != target && (account->kinds & KIND_GROUP) == 0 &&
                edge_rbcd(edges, account, target).granted == TRI_UNKNOWN)
                return true;
        }
    return false;
}

/* RBC-03 */
static void
forget_orphan(const Audit *audit, const Finding *finding, Plan *plan)
{
    Sid sid;
    const Account *target = finding->subject_account;
    if (!finding->target || !sid_parse_text(finding->target, &sid))
        return;
    if (plan->orphaned != target) {
        plan->orphaned = target;
        plan->orphans_open = may_be_group(audit, target);
    }
    if (!plan->orphans_open)
        plan_forget(plan, target, &sid);
}

/* DEL-03, RBC-05 */
static void
allow_transition(const Audit *audit, const Finding *finding, Plan *plan)
{
    (void)audit;
    plan_flag(plan, finding->subject_account, UAC_T2A4D, true);
}

typedef struct {
    const Audit *audit;
    const Account *source;
    Plan *plan;
} Constrain;

static void
constrain_to(const Group *group, const Account *partner, bool storage, void *data)
{
    Constrain *to = data;
    VerdictContext *context = to->audit->context;
    /* For new entries the plan sees to it. */
    if (group->pt_required && to->source->delegate_to->len > 0)
        plan_flag(to->plan, to->source, UAC_T2A4D, true);
    if (is_granted(to->audit, group, to->source, partner))
        return;
    Build build = build_of(to->audit, group, to->source, partner);
    if (build == BUILD_GRANT)
        plan_grant(to->plan, partner, to->source);
    if (build != BUILD_LIST)
        return;
    const TargetSpns *spns = verdict_needed(context, partner, group, storage);
    for (guint i = 0; i < spns->needed->len; i++) {
        const NeededSpn *needed = spns->needed->pdata[i];
        plan_add(to->plan, SLOT_LIST, to->source, needed->spn);
    }
}

typedef struct {
    const Audit *audit;
    const Account *source;
    guint partners;
    bool declared;        /* somebody, or the delegation that is there, named them all */
    const Account *stuck; /* whose descriptor cannot be counted on; NULL: none */
} Obstacle;

/* A descriptor in which ACEs say something else about the source already, or
 * that nobody can read, is not sure to let it in with one ACE more. */
static void
look_for_obstacle(const Group *group, const Account *partner, bool storage, void *data)
{
    (void)storage;
    Obstacle *look = data;
    look->partners++;
    look->declared = look->declared || group->origin != ORIGIN_HOSTS;
    if (is_granted(look->audit, group, look->source, partner) ||
        build_of(look->audit, group, look->source, partner) != BUILD_GRANT)
        return;
    EdgeIndex *edges = verdict_edges(look->audit->context);
    RbcdEdge edge = edge_rbcd(edges, look->source, partner);
    if (edge.named || edge.malformed || edge.granted == TRI_UNKNOWN)
        look->stuck = partner;
}

/* Whether it is no host of the audit, but delegates. */
static bool
is_outside(const Audit *audit, const Account *account)
{
    return audit->principal_by_account &&
           g_hash_table_contains(audit->principal_by_account, account);
}

/* Why the flag has to stay for now (transfer full); NULL: it may go. */
static char *
why_stays(const Obstacle *look)
{
    const char *host = look->source->name;
    if (is_outside(look->audit, look->source))
        return g_strdup_printf(
            "No script takes the flag off %s: towards whom it acts is written nowhere, "
            "so "
            "nothing could take its place. Put the SPNs that its service needs into its "
            "list, then take the flag off.",
            host);
    if (look->partners == 0)
        return g_strdup_printf(
            "No script takes the flag off %s: no partner of it is known, so nothing "
            "could "
            "take its place. Name its partners in a [group] of the configuration.",
            host);
    if (!look->declared)
        return g_strdup_printf(
            "No script takes the flag off %s: only the hosts that were named were looked "
            "at, and it may have other partners. An audit without --host, or with a "
            "[group] of all its partners in the configuration, proposes the whole "
            "change.",
            host);
    if (look->stuck)
        return g_strdup_printf(
            "No script takes the flag off %s: the RBCD descriptor of %s says something "
            "else about it already, or was not read. Decide about that first.",
            host, look->stuck->name);
    return NULL;
}

/* DEL-04: nothing that worked may stop, so the flag goes with what replaces it or
 * not at all. */
static void
constrain(const Audit *audit, const Finding *finding, Plan *plan)
{
    Obstacle look = {.audit = audit, .source = finding->subject_account};
    if (is_outside(audit, look.source) && account_is_enabled(look.source) == TRI_NO) {
        plan_flag(plan, look.source, UAC_TRUSTED_FOR_DELEGATION, false);
        return;
    }
    proposal_partners(audit, look.source, look_for_obstacle, &look);
    g_autofree char *why = why_stays(&look);
    if (why)
        plan_tell(plan->finding, why);
    if (look.stuck)
        return;
    Constrain to = {audit, finding->subject_account, plan};
    proposal_partners(audit, to.source, constrain_to, &to);
    if (!why)
        plan_flag(plan, to.source, UAC_TRUSTED_FOR_DELEGATION, false);
}

/* DEL-05, DEL-08; entries that a partner needs stay.  RBCD on a Tier-0 account
 * has no values: that descriptor is not for a script. */
static void
remove_entries(const Audit *audit, const Finding *finding, Plan *plan)
{
    (void)audit;
    for (guint i = 0; i < finding->values->len; i++)
        plan_remove(plan, SLOT_LIST, finding->subject_account, finding->values->pdata[i]);
}

/* DEL-15 */
static void
forbid_transition(const Audit *audit, const Finding *finding, Plan *plan)
{
    (void)audit;
    plan_flag(plan, finding->subject_account, UAC_T2A4D, false);
}

/* DEL-16 */
static void
take_delegation(const Audit *audit, const Finding *finding, Plan *plan)
{
    const Account *account = finding->subject_account;
    remove_entries(audit, finding, plan);
    if (account_flag(account, UAC_TRUSTED_FOR_DELEGATION) == TRI_YES)
        plan_flag(plan, account, UAC_TRUSTED_FOR_DELEGATION, false);
    if (account_flag(account, UAC_T2A4D) == TRI_YES)
        plan_flag(plan, account, UAC_T2A4D, false);
}

/* DEL-10 */
static void
use_group(const Audit *audit, const Finding *finding, Plan *plan)
{
    for (guint g = 0; audit->groups && g < audit->groups->len; g++) {
        const Group *group = audit->groups->pdata[g];
        if (holds(group->members, finding->subject_account))
            plan_group(plan, group);
    }
}

/* ACC-02, ACC-09 */
static void
allow_delegation(const Audit *audit, const Finding *finding, Plan *plan)
{
    const Account *account = finding->subject_account;
    if (finding->rule == RULE_ACC_02 && (account->kinds & KIND_USER) != 0 &&
        estate_is_tier0(audit->estate, account) != TRI_NO) {
        g_autofree char *why = g_strdup_printf(
            "No script takes the flag off %s: it protects an account that may be Tier 0.",
            account->name);
        plan_tell(plan->finding, why);
        return;
    }
    plan_flag(plan, account, UAC_NOT_DELEGATED, false);
}

Proposal
proposal_of(RuleId rule)
{
    /* clang-format off */
    switch (rule) {
    case RULE_SPN_01: case RULE_SPN_02:
        return add_own_spns;
    case RULE_SPN_03:
        return remove_duplicates;
    case RULE_SPN_04:
        return move_spn;
    case RULE_SPN_05:
        return remove_shadow;
    case RULE_SPN_10:
        return free_winrm;
    case RULE_DEL_01: case RULE_DEL_02: case RULE_DEL_12:
        return build_leg;
    case RULE_DEL_03: case RULE_RBC_05:
        return allow_transition;
    case RULE_DEL_04:
        return constrain;
    case RULE_DEL_05: case RULE_DEL_08:
        return remove_entries;
    case RULE_DEL_10:
        return use_group;
    case RULE_DEL_14:
        return build_declared;
    case RULE_DEL_15:
        return forbid_transition;
    case RULE_DEL_16:
        return take_delegation;
    case RULE_RBC_01:
        return grant_again;
    case RULE_RBC_03:
        return forget_orphan;
    case RULE_ACC_02: case RULE_ACC_09:
        return allow_delegation;
    case RULE_ACC_01: case RULE_ACC_03: case RULE_ACC_04: case RULE_ACC_05:
    case RULE_ACC_06: case RULE_ACC_07: case RULE_ACC_08: case RULE_ACC_10:
    case RULE_ACC_11: case RULE_ACC_12: case RULE_ACC_13: case RULE_ACC_14:
    case RULE_ACC_15: case RULE_ACC_16: case RULE_ACC_17: case RULE_ACC_18:
    case RULE_DEL_06: case RULE_DEL_07: case RULE_DEL_09:
    case RULE_DEL_11: case RULE_DEL_13: case RULE_DOM_01: case RULE_DOM_02:
    case RULE_DOM_03: case RULE_DOM_04: case RULE_DOM_05: case RULE_GPO_01:
    case RULE_GPO_02: case RULE_GPO_03: case RULE_GPO_04: case RULE_GPO_05:
    case RULE_HST_01: case RULE_HST_02: case RULE_HST_03: case RULE_HST_04:
    case RULE_HST_05: case RULE_HST_06: case RULE_HST_07: case RULE_HST_08:
    case RULE_HST_09: case RULE_HST_10: case RULE_HST_11:
    case RULE_NET_01: case RULE_NET_02:
    case RULE_NET_03: case RULE_RBC_02: case RULE_RBC_04: case RULE_RBC_06:
    case RULE_RBC_07: case RULE_RBC_08: case RULE_RBC_09: case RULE_SPN_06:
    case RULE_SPN_07: case RULE_SPN_08: case RULE_SPN_09: case RULE_SPN_11:
    case RULE_TKT_01: case RULE_TKT_02: case RULE_TKT_03:
    case RULE_TKT_04: case RULE_TKT_05: case RULE_TKT_06: case RULE_TKT_07:
    case RULE_TRU_01: case RULE_TRU_02: case RULE_TRU_03: case RULE_TRU_04:
        return NULL;
    }
    /* clang-format on */
    g_assert_not_reached();
}

bool
proposal_allows_transition(RuleId rule)
{
    return proposal_of(rule) == allow_transition;
}
