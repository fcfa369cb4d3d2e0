/* The verdict on one pair: what its conditions come to. */
#include "answer.h"
#include "ask.h"

#include "context.h"

#include <string.h>

#define BIT(what) (1u << (what))

G_STATIC_ASSERT(WHAT_COUNT <= 32);

static void
give(ServiceVerdict *service, const char *reason)
{
    if (!texts_have(service->reasons, reason))
        texts_add(&service->reasons, reason);
}

static void
worsen(ServiceVerdict *service, Verdict by)
{
    service->verdict = MAX(service->verdict, by);
}

#define MOST_NEEDED 8 /* SPNs of one target */

G_STATIC_ASSERT(MOST_NEEDED >= 2 * SERVICE_COUNT);

/* Conditions of one pair. */
typedef struct {
    const PairEnds *ends;
    const GPtrArray *conditions; /* of const Condition *, of all services */
    guint slips;                 /* bits of the needed ones that do not hold */
    Tri forwardable;             /* the ticket that the source gets for a user */
    const char *why_not;
    guint8 passing[MOST_NEEDED]; /* Leg bits that allow each SPN */
    guint8 unknown[MOST_NEEDED]; /* that may */
} Seen;

/* One service of one pair. */
typedef struct {
    const Seen *seen;
    const PairEnds *ends;
    const GPtrArray *conditions;
    ServiceVerdict *service;
    Service which;
    guint allowed;        /* SPNs that some way allows */
    guint doubtful;       /* that none does, as far as was read */
    guint forwarded_only; /* that unconstrained delegation alone allows */
    const List *like; /* reasons of the pair before, of which so many were given, too */
    guint alike;
} Fold;

static void
leave_like(Fold *fold)
{
    for (guint i = 0; i < fold->alike; i++)
        texts_add(&fold->service->reasons, fold->like->pdata[i]);
    fold->like = NULL;
    fold->alike = 0;
}

/* Pairs of one source have mostly the same reasons: one list then. */
static void
say(Fold *fold, const char *reason)
{
    if (fold->like && fold->alike < fold->like->len &&
        strcmp(fold->like->pdata[fold->alike], reason) == 0) {
        fold->alike++;
        return;
    }
    for (guint i = 0; i < fold->alike; i++)
        if (strcmp(fold->like->pdata[i], reason) == 0)
            return;
    leave_like(fold);
    give(fold->service, reason);
}

static void
settle_like(Fold *fold)
{
    List **latest = &fold->ends->context->reasons[fold->which];
    if (fold->like && fold->alike == fold->like->len) {
        texts_unref(fold->service->reasons);
        fold->service->reasons = list_ref(*latest);
        return;
    }
    leave_like(fold);
    if (fold->service->reasons->len == 0)
        return;
    if (*latest)
        texts_unref(*latest);
    *latest = list_ref(fold->service->reasons);
}

/* What most pairs of a mesh without delegation lack, a million times. */
static void
say_no_trust(Fold *fold)
{
    g_autofree char *text =
        g_strconcat(fold->ends->source->name, " is not trusted to delegate to ",
                    fold->ends->target->name, NULL);
    say(fold, text);
}

static bool
is_of(const Condition *condition, const Fold *fold)
{
    return condition->service < 0 || condition->service == (int)fold->which;
}

/* The needed conditions among `whats` that do not hold. */
static void
fold_needed(Fold *fold, guint whats)
{
    whats &= fold->seen->slips;
    for (guint i = 0; whats != 0 && i < fold->conditions->len; i++) {
        const Condition *condition = fold->conditions->pdata[i];
        if ((whats & BIT(condition->what)) == 0 || !is_of(condition, fold) ||
            condition->state == CONDITION_PASS)
            continue;
        worsen(fold->service,
               condition->state == CONDITION_FAIL ? condition->worst : VERDICT_UNKNOWN);
        if (condition->why)
            say(fold, condition->why);
    }
}

static guint
leg_of(What what)
{
    return what == WHAT_KCD ? LEG_KCD : what == WHAT_RBCD ? LEG_RBCD : LEG_UNCONSTRAINED;
}

/* Of an edge one way alone is asked; that the source may forward tickets, too, is an edge
 * of its own. */
static bool
is_other_way(const PairEnds *ends, What what)
{
    const Group *group = ends->group;
    return what == WHAT_UNCONSTRAINED && group->names == NAMES_WRITTEN &&
           group->mode != MODE_EITHER;
}

static void
see_way(Seen *seen, const Condition *condition)
{
    guint8 *ways = condition->state == CONDITION_PASS      ? seen->passing
                   : condition->state == CONDITION_UNKNOWN ? seen->unknown
                                                           : NULL;
    guint count = seen->ends->spns->needed->len;
    if (!ways || is_other_way(seen->ends, condition->what))
        return;
    guint8 leg = (guint8)leg_of(condition->what);
    g_assert(count <= MOST_NEEDED);
    if (condition->service >= 0)
        ways[condition->nth] |= leg;
    for (guint i = 0; condition->service < 0 && i < count; i++)
        ways[i] |= leg;
}

/* Goes through all once, for each SPN of each service. */
static void
see(Seen *seen)
{
    for (guint i = 0; i < seen->conditions->len; i++) {
        const Condition *condition = seen->conditions->pdata[i];
        ConditionRole role = condition_role(condition->what);
        if (role == ROLE_WAY)
            see_way(seen, condition);
        if (role == ROLE_NEEDED && condition->state != CONDITION_PASS)
            seen->slips |= BIT(condition->what);
    }
}

/* Why ways of delegation do not hold, where they say so. */
static bool
give_reasons_of_ways(Fold *fold, ConditionState state)
{
    bool given = false;
    for (guint i = 0; i < fold->conditions->len; i++) {
        const Condition *condition = fold->conditions->pdata[i];
        if (condition_role(condition->what) != ROLE_WAY || condition->state != state ||
            !condition->why)
            continue;
        say(fold, condition->why);
        given = true;
    }
    return given;
}

/* Unconstrained delegation, while another way that would do without the operator's own
 * ticket is in doubt: whether the pair is ready hangs on that one. */
static bool
may_be_better(const Fold *fold, guint by, guint perhaps)
{
    return by == LEG_UNCONSTRAINED && perhaps != 0 && fold->seen->forwardable != TRI_NO;
}

/* Those of the service's SPNs whose bits are set (transfer full). */
static List *
missing_of(const Fold *fold, guint bits)
{
    List *all = fold->ends->spns->all[fold->which];
    List *missing = list_new();
    if (bits == BIT(all->len) - 1)
        return list_ref(all);
    for (guint i = 0; i < all->len; i++)
        if ((bits & BIT(i)) != 0)
            texts_add(&missing, all->pdata[i]);
    return missing;
}

/* What allows each required SPN.  False: none is required. */
static bool
fold_ways(Fold *fold)
{
    const GPtrArray *needed = fold->ends->spns->needed;
    ServiceVerdict *service = fold->service;
    guint count = 0, missing = 0;
    for (guint i = 0; i < needed->len; i++) {
        const NeededSpn *spn = needed->pdata[i];
        if (spn->service != fold->which)
            continue;
        count++;
        guint by = fold->seen->passing[i];
        guint perhaps = fold->seen->unknown[i];
        bool better = may_be_better(fold, by, perhaps);
        service->by = (guint8)(service->by | by);
        fold->allowed += by != 0;
        fold->forwarded_only += by == LEG_UNCONSTRAINED && !better;
        fold->doubtful += better || (by == 0 && perhaps != 0);
        if (by == 0)
            missing |= 1u << (count - 1);
    }
    if (count == 0)
        return false;
    service->missing = missing_of(fold, missing);
    if (fold->doubtful > 0) {
        service->unread = true;
        worsen(service, VERDICT_UNKNOWN);
        if (!give_reasons_of_ways(fold, CONDITION_UNKNOWN))
            say(fold, ESTATE_UNREAD(fold->ends->context->estate,
                                    "delegation of the source or the target"));
    } else if (fold->allowed == 0) {
        worsen(service, VERDICT_BROKEN);
        say_no_trust(fold);
        give_reasons_of_ways(fold, CONDITION_FAIL);
    } else if (fold->allowed < count) {
        worsen(service, VERDICT_DEGRADED);
        g_autofree char *text = g_strconcat("only some name forms are allowed; missing: ",
                                            service->missing->pdata[0], NULL);
        say(fold, text);
    }
    return true;
}

/* The conditions of a ticket that can be passed on: one that fails is enough, unless
 * next to nothing is known of the source. */
static Tri
ticket_of(const GArray *conditions, const char **ret_why)
{
    Tri forwardable = TRI_YES;
    *ret_why = NULL;
    for (guint i = 0; i < conditions->len; i++) {
        const Condition *condition = &g_array_index(conditions, Condition, i);
        if (condition_role(condition->what) != ROLE_TICKET ||
            condition->state == CONDITION_PASS)
            continue;
        bool failed = condition->state == CONDITION_FAIL;
        if (failed || forwardable == TRI_YES)
            *ret_why = condition->why;
        forwardable = failed ? TRI_NO : TRI_UNKNOWN;
        if (failed || condition->what == WHAT_SOURCE_DELEGABLE)
            break;
    }
    return forwardable;
}

Tri
verdict_evidence_forwardable(VerdictContext *context, const Account *source,
                             const char **ret_why)
{
    const char *why = NULL;
    Tri forwardable = ticket_of(conditions_of_source(context, source), &why);
    if (ret_why)
        *ret_why = why;
    return forwardable;
}

/* What a ticket that cannot be passed on comes to, said once for all pairs of a source.
 */
static const char *
for_whom_alone(const Fold *fold, const char *why)
{
    VerdictContext *context = fold->ends->context;
    bool written = fold->ends->group->names == NAMES_WRITTEN;
    if (context->alone_why != why || context->alone_written != written) {
        g_autofree char *said = g_strconcat(
            why,
            written ? ": works only for users who reach the source with Kerberos"
                    : ": works only while the operator is signed in on the source",
            NULL);
        context->alone = g_string_chunk_insert_const(context->words, said);
        context->alone_why = why;
        context->alone_written = written;
    }
    return context->alone;
}

static void
fold_ticket(Fold *fold)
{
    const char *why = fold->seen->why_not;
    Tri forwardable = fold->seen->forwardable;
    if (fold->forwarded_only > 0) {
        worsen(fold->service, VERDICT_DEGRADED);
        say(fold, "unconstrained delegation alone: works only with a forwarded TGT");
    }
    if (fold->forwarded_only == fold->allowed)
        return;
    if (forwardable == TRI_NO) {
        worsen(fold->service, VERDICT_DEGRADED);
        say(fold, for_whom_alone(fold, why));
    } else if (forwardable == TRI_UNKNOWN) {
        worsen(fold->service, VERDICT_UNKNOWN);
        say(fold, why);
    }
}

static void
fold_service(Fold *fold)
{
    const guint names = BIT(WHAT_TARGET_NAME) | BIT(WHAT_DNS_NAME);
    const guint early = names | BIT(WHAT_SPN) | BIT(WHAT_KRBTGT);
    fold_needed(fold, names);
    fold_needed(fold, BIT(WHAT_SPN));
    if (fold_ways(fold)) {
        fold_needed(fold, BIT(WHAT_KRBTGT));
        fold_ticket(fold);
    }
    fold_needed(fold, ~early);
    settle_like(fold);
}

/* What stops one service mostly stops the other. */
static void
share_reasons(Pair *pair, Service which)
{
    List **reasons = &pair->services[which].reasons;
    List *first = pair->services[0].reasons;
    if (*reasons == first || !texts_equal(*reasons, first))
        return;
    texts_unref(*reasons);
    *reasons = list_ref(first);
}

static void
judge(VerdictContext *context, Pair *pair)
{
    PairEnds ends = conditions_ends(context, pair);
    GPtrArray *conditions = context->all;
    guint services = pair->storage ? 1u << SERVICE_CIFS : pair->group->services;
    if (!context->own)
        context->own = g_array_new(FALSE, FALSE, sizeof(Condition));
    g_ptr_array_set_size(conditions, 0);
    g_array_set_size(context->own, 0);
    conditions_judged(&ends, conditions, context->own);
    Seen seen = {.ends = &ends, .conditions = conditions};
    see(&seen);
    seen.forwardable = verdict_evidence_forwardable(context, pair->source, &seen.why_not);

    for (Service which = 0; which < SERVICE_COUNT; which++) {
        ServiceVerdict *service = &pair->services[which];
        Fold fold = {.seen = &seen,
                     .ends = &ends,
                     .conditions = conditions,
                     .service = service,
                     .which = which,
                     .like = context->reasons[which]};
        service->missing = list_new();
        service->reasons = list_new();
        service->needed = (services & 1u << which) != 0;
        if (!service->needed)
            continue;
        fold_service(&fold);
        share_reasons(pair, which);
        pair->verdict = MAX(pair->verdict, service->verdict);
    }
}

Pair *
verdict_of(VerdictContext *context, const Group *group, const Account *source,
           const Account *target, bool storage)
{
    Pair *pair = g_new0(Pair, 1);
    pair->source = source;
    pair->target = target;
    pair->group = group;
    pair->storage = storage;
    judge(context, pair);
    return pair;
}

/* As if a group of its own had asked for it. */
static const Group written_groups[] = {
    [MODE_EITHER] = {.services = 1, .mode = MODE_EITHER, .names = NAMES_WRITTEN},
    [MODE_KCD] = {.services = 1, .mode = MODE_KCD, .names = NAMES_WRITTEN},
    [MODE_RBCD] = {.services = 1, .mode = MODE_RBCD, .names = NAMES_WRITTEN},
};

Pair *
verdict_of_spn(VerdictContext *context, GroupMode mode, const Account *source,
               const Account *target, const char *spn)
{
    Pair *pair = g_new0(Pair, 1);
    pair->source = source;
    pair->target = target;
    pair->group = &written_groups[mode];
    pair->written = verdict_written(context, target, spn);
    judge(context, pair);
    return pair;
}

/* The names of a service that the KDC delegates to. */
static guint
granted_of(const GPtrArray *answers, Service which)
{
    guint granted = 0;
    for (guint i = 0; i < answers->len; i++) {
        const Condition *condition = answers->pdata[i];
        granted += condition->what == WHAT_PROOF && condition->service == (int)which &&
                   condition->state == CONDITION_PASS;
    }
    return granted;
}

static guint
needed_of(const PairEnds *ends, Service which)
{
    guint count = 0;
    for (guint i = 0; i < ends->spns->needed->len; i++)
        count += ((const NeededSpn *)ends->spns->needed->pdata[i])->service == which;
    return count;
}

/* Whether a ticket is to be had, though not by the way that this group means. */
static bool
is_by_mode(const Audit *audit, const Pair *pair, const ServiceVerdict *service)
{
    for (guint i = 0; i < service->missing->len; i++)
        if (answer_expected(audit, pair, service->missing->pdata[i]) != TRI_NO)
            return true;
    return false;
}

/* A KDC decides downwards: what it refuses is broken, whatever the directory says; what
 * it grants against the directory is in dispute, and never ready. */
static void
settle_service(const Audit *audit, Pair *pair, const GPtrArray *answers, Service which,
               guint count)
{
    ServiceVerdict *service = &pair->services[which];
    for (guint i = 0; i < answers->len; i++) {
        const Condition *condition = answers->pdata[i];
        bool is_its = condition->service < 0 || condition->service == (int)which;
        if (!is_its || condition->state == CONDITION_PASS ||
            condition->worst == VERDICT_READY)
            continue;
        worsen(service, condition->worst);
        give(service, condition->why);
    }
    if (service->verdict != VERDICT_BROKEN || count == 0 ||
        granted_of(answers, which) < count || is_by_mode(audit, pair, service))
        return;
    service->disputed = true;
    service->verdict = VERDICT_UNKNOWN;
    give(service, "but the KDC grants every ticket for it: the two disagree");
}

void
verdict_settle(const Audit *audit, Pair *pair)
{
    PairEnds ends = conditions_ends(audit->context, pair);
    g_autoptr(GPtrArray) answers = g_ptr_array_new();
    g_autoptr(GArray) own = g_array_new(FALSE, FALSE, sizeof(Condition));
    conditions_answered(audit, pair, answers, own);
    pair->verdict = VERDICT_READY;
    for (Service which = 0; which < SERVICE_COUNT; which++) {
        if (pair->services[which].needed)
            settle_service(audit, pair, answers, which, needed_of(&ends, which));
        pair->verdict = MAX(pair->verdict, pair->services[which].verdict);
    }
}

void
pair_free(Pair *pair)
{
    if (!pair)
        return;
    for (Service which = 0; which < SERVICE_COUNT; which++) {
        texts_unref(pair->services[which].missing);
        texts_unref(pair->services[which].reasons);
    }
    if (pair->proof)
        g_ptr_array_unref(pair->proof->results);
    g_free(pair->proof);
    g_free(pair);
}
