/* The rows of conditions, and asking them: of a source or a target once, of a pair. */
#include "audit/conditions.h"

#include "ask.h"
#include "context.h"

const char *const condition_states[CONDITION_STATES] = {"pass", "fail", "unknown"};

static const struct {
    void (*ask)(const Asking *asking);
    const char *key;
    const char *label;
    ConditionPart part;
    ConditionScope scope;
    ConditionRole role;
} rows[WHAT_COUNT] = {
#define CONDITION(name, function, key, label, part, scope, role) \
    [WHAT_##name] = {ask_##function, key, label, PART_##part, OF_##scope, ROLE_##role},
    CONDITIONS(CONDITION)
#undef CONDITION
};

const char *
condition_key(What what)
{
    return rows[what].key;
}

const char *
condition_label(What what)
{
    return rows[what].label;
}

ConditionPart
condition_part(What what)
{
    return rows[what].part;
}

ConditionScope
condition_scope(What what)
{
    return rows[what].scope;
}

ConditionRole
condition_role(What what)
{
    return rows[what].role;
}

char *
condition_where(const Condition *condition, bool by_dn)
{
    if (!condition->attribute)
        return g_strdup(condition->place);
    return g_strconcat(condition->attribute, " of ",
                       by_dn ? condition->account->dn : condition->account->name, NULL);
}

char *
condition_value(const Condition *condition)
{
    if (condition_part(condition->what) != PART_SPN)
        return g_strdup(condition->seen);
    return g_strdup_printf("%s, %s: %s", condition->name,
                           condition_label(condition->what), condition->seen);
}

bool
condition_is_unwanted(const Condition *condition)
{
    return condition->what == WHAT_UNCONSTRAINED && condition->state == CONDITION_PASS;
}

/* In one section, beside the verdict. */
static bool
is_beside(const Condition *condition)
{
    return rows[condition->what].part == PART_WINRM ||
           rows[condition->what].part == PART_SETTINGS;
}

bool
condition_is_spared(const Condition *condition)
{
    return !condition->decides && !is_beside(condition);
}

bool
condition_same_part(const Condition *a, const Condition *b)
{
    return rows[a->what].part == rows[b->what].part && (a->nth == b->nth || is_beside(a));
}

char *
condition_title(const Condition *condition, const char *source, const char *target)
{
    switch (condition_part(condition->what)) {
    case PART_SPN:
        return g_strdup(condition->name);
    case PART_WAYS:
        return g_strdup_printf("Other ways of delegation from %s to %s", source, target);
    case PART_TARGET:
        return g_strdup_printf("Names and tickets of %s", target);
    case PART_WINRM:
        return g_strdup_printf("WinRM to %s (beside the verdict)", target);
    case PART_SETTINGS:
        return g_strdup_printf("What %s and %s say of themselves (beside the verdict)",
                               source, target);
    case PART_USER:
        return g_strdup_printf("The ticket that %s gets for a user is forwardable",
                               source);
    case PART_PROOF:
        return g_strdup_printf("Tried for real, on behalf of %s", condition->name);
    case PART_OPERATOR:
        return g_strdup_printf("The operator %s can be delegated", condition->name);
    case CONDITION_PARTS:
        break;
    }
    g_assert_not_reached();
}

/* Not of the directory's verdict, but found out later. */
static bool
is_later(What what)
{
    return rows[what].role == ROLE_TOLD || rows[what].role == ROLE_KDC;
}

static void
ask_all(Asking *asking, ConditionScope scope)
{
    bool later = asking->audit != NULL;
    for (What what = 0; what < WHAT_COUNT; what++) {
        if (rows[what].scope != scope || is_later(what) != later)
            continue;
        asking->what = what;
        rows[what].ask(asking);
    }
}

/* What all pairs from a source, or towards a target, have in common is asked once. */
static const GArray *
ask_once(GHashTable *known, gconstpointer of, const PairEnds *ends, const Audit *audit,
         ConditionScope scope)
{
    GArray *conditions = g_hash_table_lookup(known, of);
    if (conditions)
        return conditions;
    conditions = g_array_new(FALSE, FALSE, sizeof(Condition));
    Asking asking = {.ends = ends, .audit = audit, .words = true, .out = conditions};
    ask_all(&asking, scope);
    g_hash_table_insert(known, (gpointer)of, conditions);
    return conditions;
}

static void
add_all(GPtrArray *all, const GArray *conditions)
{
    for (guint i = 0; i < conditions->len; i++)
        g_ptr_array_add(all, &g_array_index(conditions, Condition, i));
}

/* What a verdict may hang on: ways of delegation, and all that does not hold. */
static void
add_decisive(GPtrArray *all, const GArray *conditions)
{
    for (guint i = 0; i < conditions->len; i++) {
        const Condition *condition = &g_array_index(conditions, Condition, i);
        if (condition->state != CONDITION_PASS || rows[condition->what].role == ROLE_WAY)
            g_ptr_array_add(all, (gpointer)condition);
    }
}

PairEnds
conditions_ends(VerdictContext *context, const Pair *pair)
{
    return (PairEnds){
        .context = context,
        .group = pair->group,
        .source = pair->source,
        .target = pair->target,
        .spns = verdict_pair_needs(context, pair),
        .local = estate_home_of(context->estate, pair->source) ==
                 estate_home_of(context->estate, pair->target),
    };
}

static void
add_shared(const PairEnds *ends, const Audit *audit, GPtrArray *all)
{
    GHashTable *known = audit ? ends->context->told : ends->context->judged;
    add_all(all, ask_once(known, ends->spns, ends, audit, OF_TARGET));
    add_all(all, ask_once(known, ends->source, ends, audit, OF_SOURCE));
}

void
conditions_judged(const PairEnds *ends, GPtrArray *all, GArray *own)
{
    GHashTable *known = ends->context->judged;
    Asking asking = {.ends = ends, .out = own};
    ask_all(&asking, OF_PAIR);
    add_decisive(all, own);
    add_decisive(all, ask_once(known, ends->spns, ends, NULL, OF_TARGET));
    add_decisive(all, ask_once(known, ends->source, ends, NULL, OF_SOURCE));
}

void
conditions_answered(const Audit *audit, const Pair *pair, GPtrArray *all, GArray *own)
{
    PairEnds ends = conditions_ends(audit->context, pair);
    Asking asking = {
        .ends = &ends, .audit = audit, .pair = pair, .words = true, .out = own};
    if (pair->proof)
        ask_all(&asking, OF_PAIR);
    add_all(all, own);
    add_shared(&ends, audit, all);
    for (guint i = all->len; i > 0; i--)
        if (rows[((const Condition *)all->pdata[i - 1])->what].role != ROLE_KDC)
            g_ptr_array_remove_index(all, i - 1);
}

const GArray *
conditions_of_source(VerdictContext *context, const Account *source)
{
    PairEnds ends = {.context = context, .source = source};
    return ask_once(context->judged, source, &ends, NULL, OF_SOURCE);
}

/* Whether some way of delegation allows this service under every name. */
static bool
is_allowed(const Pair *pair, int service)
{
    for (int which = 0; which < SERVICE_COUNT; which++) {
        const ServiceVerdict *verdict = &pair->services[which];
        if ((service < 0 || service == which) && verdict->needed &&
            (verdict->by == 0 || verdict->missing->len > 0 || verdict->unread))
            return false;
    }
    return true;
}

/* A way that does not hold is no slip where another does, or where another is meant. */
static void
spare_ways(const Pair *pair, GArray *own)
{
    for (guint i = 0; i < own->len; i++) {
        Condition *condition = &g_array_index(own, Condition, i);
        GroupMode other = condition->what == WHAT_KCD ? MODE_RBCD : MODE_KCD;
        if (rows[condition->what].role != ROLE_WAY)
            continue;
        condition->decides =
            pair->group->mode != other &&
            (condition->state == CONDITION_PASS || !is_allowed(pair, condition->service));
    }
}

static int
in_reports(gconstpointer a, gconstpointer b)
{
    const Condition *one = *(const Condition *const *)a;
    const Condition *other = *(const Condition *const *)b;
    if (rows[one->what].part != rows[other->what].part)
        return rows[one->what].part < rows[other->what].part ? -1 : 1;
    if (one->nth != other->nth)
        return one->nth < other->nth ? -1 : 1;
    return (one->what > other->what) - (one->what < other->what);
}

ConditionList *
conditions_of(const Audit *audit, const Pair *pair)
{
    ConditionList *list = g_new0(ConditionList, 1);
    PairEnds ends = conditions_ends(audit->context, pair);
    list->all = g_ptr_array_new();
    list->own = g_array_new(FALSE, FALSE, sizeof(Condition));
    Asking asking = {.ends = &ends, .words = true, .out = list->own};
    ask_all(&asking, OF_PAIR);
    spare_ways(pair, list->own);
    asking.audit = audit;
    asking.pair = pair;
    ask_all(&asking, OF_PAIR);
    add_all(list->all, list->own);
    add_shared(&ends, NULL, list->all);
    add_shared(&ends, audit, list->all);
    g_ptr_array_sort(list->all, in_reports);
    return list;
}

ConditionList *
conditions_of_kind(const Audit *audit, const Pair *pair, What what, const char *spn)
{
    if (rows[what].scope != OF_PAIR || is_later(what)) {
        ConditionList *list = conditions_of(audit, pair);
        for (guint i = list->all->len; i > 0; i--)
            if (((const Condition *)list->all->pdata[i - 1])->what != what)
                g_ptr_array_remove_index(list->all, i - 1);
        return list;
    }
    ConditionList *list = g_new0(ConditionList, 1);
    PairEnds ends = conditions_ends(audit->context, pair);
    list->all = g_ptr_array_new();
    list->own = g_array_new(FALSE, FALSE, sizeof(Condition));
    Asking asking = {
        .ends = &ends, .words = true, .spn = spn, .what = what, .out = list->own};
    rows[what].ask(&asking);
    spare_ways(pair, list->own);
    add_all(list->all, list->own);
    return list;
}

void
condition_list_free(ConditionList *list)
{
    if (!list)
        return;
    g_ptr_array_unref(list->all);
    g_array_unref(list->own);
    g_free(list);
}

const Condition *
condition_list_find(const ConditionList *list, What what, int service)
{
    for (guint i = 0; i < list->all->len; i++) {
        const Condition *condition = list->all->pdata[i];
        if (condition->what == what && (service < 0 || condition->service == service))
            return condition;
    }
    return NULL;
}
