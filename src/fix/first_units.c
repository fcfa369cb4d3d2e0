/* Pairs and delegations, and on which of them each cause bears. */
#include "first_units.h"

#include "base/hash.h"
#include "base/text.h"
#include "model/spn.h"

static void
unit_clear(gpointer data)
{
    Unit *unit = data;
    g_clear_pointer(&unit->needs, g_array_unref);
}

static GHashTable *
index_new(void)
{
    return g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
}

static void
number_edits(First *first)
{
    for (guint c = 0; c < first->causes->causes->len; c++) {
        Cause *cause = cause_at(first, c);
        cause->first = first->edits->len;
        g_array_append_vals(first->edits, cause->edits->data, cause->edits->len);
    }
}

void
first_init(First *first, const Audit *audit, const GPtrArray *fixes)
{
    *first = (First){
        .audit = audit,
        .causes = causes_new(audit, fixes),
        .edits = g_array_new(FALSE, FALSE, sizeof(Edit)),
        .units = g_array_new(FALSE, FALSE, sizeof(Unit)),
        .from = index_new(),
        .to = index_new(),
        .named = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                       (GDestroyNotify)g_array_unref),
        .touched = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref),
        .singles = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref),
    };
    g_array_set_clear_func(first->units, unit_clear);
    number_edits(first);
    first->simulation = simulation_new(audit, first->edits);
}

void
first_clear(First *first)
{
    simulation_free(first->simulation);
    g_ptr_array_unref(first->touched);
    g_ptr_array_unref(first->singles);
    g_hash_table_unref(first->named);
    g_hash_table_unref(first->to);
    g_hash_table_unref(first->from);
    g_array_unref(first->units);
    g_array_unref(first->edits);
    causes_free(first->causes);
}

void
first_make(const First *first, guint cause, bool on)
{
    const Cause *what = cause_at(first, cause);
    for (guint i = 0; i < what->edits->len; i++)
        simulation_switch(first->simulation, what->first + i, on);
}

bool
first_ready(const First *first, const Unit *unit)
{
    if (unit->edge)
        return simulation_edge(first->simulation, unit->edge) == VERDICT_READY;
    Pair *now = simulation_verdict(first->simulation, unit->pair);
    bool ready = now->verdict == VERDICT_READY;
    pair_free(now);
    return ready;
}

/* Who is at the ends of which unit: those alone on whom an edit bears. */

/* True where the key is wanted. */
static bool
index_add(GHashTable *index, gconstpointer key, guint unit)
{
    GArray *units = g_hash_table_lookup(index, key);
    if (units)
        g_array_append_val(units, unit);
    return units != NULL;
}

void
first_add_pair(First *first, const Pair *pair)
{
    bool ready = pair->verdict == VERDICT_READY;
    Unit unit = {.pair = pair, .was = ready, .is = ready};
    g_array_append_val(first->units, unit);
}

static void
find_pair(First *first, const Pair *pair)
{
    const guint number = first->units->len;
    bool from = index_add(first->from, pair->source, number);
    bool to = index_add(first->to, pair->target, number);
    if (from || to || first->everywhere)
        first_add_pair(first, pair);
    first->pairs += pair->verdict == VERDICT_READY;
}

/* The host of an SPN for which nobody answers, or several do. */
static bool
index_named(First *first, const char *text, guint unit)
{
    g_autoptr(Spn) spn = spn_parse(text);
    g_autofree char *key = spn ? text_fold(spn->host) : NULL;
    return key && index_add(first->named, key, unit);
}

static void
find_edge(First *first, const Edge *edge)
{
    const guint number = first->units->len;
    bool ready = edge->verdict == VERDICT_READY;
    bool found = first->everywhere;
    if (edge->source.account)
        found |= index_add(first->from, edge->source.account, number);
    for (guint i = 0; edge->in_group && i < edge->in_group->len; i++)
        found |= index_add(first->from, edge->in_group->pdata[i], number);
    if (edge->target.account)
        found |= index_add(first->to, edge->target.account, number);
    for (guint i = 0;
         edge->way == LEG_KCD && !edge->target.account && i < edge->spns->len; i++)
        found |= index_named(first, ((const EdgeSpn *)edge->spns->pdata[i])->spn, number);
    Unit unit = {.edge = edge, .was = ready, .is = ready};
    if (found)
        g_array_append_val(first->units, unit);
    first->edges += ready;
}

/* On which ends an edit bears. */

/* `index`: of units by an end; NULL: on all there are. */
typedef void
TakeEnd(First *first, GHashTable *index, gconstpointer key, gpointer data);

/* Whoever has the host's name of an SPN is who needs it, whoever holds it. */
static void
each_named(First *first, const GPtrArray *values, TakeEnd *take, gpointer data)
{
    for (guint i = 0; values && i < values->len; i++) {
        g_autoptr(Spn) spn = spn_parse(values->pdata[i]);
        g_autofree char *key = spn ? text_fold(spn->host) : NULL;
        const GPtrArray *accounts =
            spn ? estate_by_name(first->audit->estate, spn->host) : NULL;
        if (key)
            take(first, first->named, key, data);
        for (guint n = 0; accounts && n < accounts->len; n++)
            take(first, first->to, accounts->pdata[n], data);
    }
}

static bool
is_krbtgt(const First *first, const Account *account)
{
    const GPtrArray *accounts = first->audit->estate->accounts;
    return estate_krbtgt(first->audit->estate, account) == account && accounts->len > 0;
}

static void
each_end(First *first, const Edit *edit, TakeEnd *take, gpointer data)
{
    guint32 bits = edit->set | edit->clear;
    switch (edit->attr) {
    case ATTR_DELEGATE_TO:
    case ATTR_MEMBER_OF:
        take(first, first->from, edit->account, data);
        break;
    case ATTR_RBCD:
        take(first, first->to, edit->account, data);
        break;
    case ATTR_SPN:
        take(first, first->to, edit->account, data);
        each_named(first, edit->add, take, data);
        each_named(first, edit->remove, take, data);
        if (edit->account->spns->len <= (edit->remove ? edit->remove->len : 0))
            take(first, first->from, edit->account, data);
        break;
    case ATTR_UAC:
        take(first, first->from, edit->account, data);
        if ((bits & ~(UAC_OF_SOURCE | UAC_NOT_DELEGATED)) != 0)
            take(first, first->to, edit->account, data);
        if (is_krbtgt(first, edit->account))
            take(first, NULL, NULL, data);
        break;
    case ATTR_ETYPES:
        take(first, first->from, edit->account, data);
        take(first, first->to, edit->account, data);
        break;
    default:
        g_assert_not_reached();
    }
}

static void
want(First *first, GHashTable *index, gconstpointer key, gpointer unused)
{
    (void)unused;
    if (!index)
        first->everywhere = true;
    else if (!g_hash_table_contains(index, key))
        g_hash_table_insert(index, index == first->named ? g_strdup(key) : (gpointer)key,
                            g_array_new(FALSE, FALSE, sizeof(guint)));
}

void
first_find_units(First *first)
{
    const Audit *audit = first->audit;
    for (guint i = 0; i < first->edits->len; i++)
        each_end(first, &g_array_index(first->edits, Edit, i), want, NULL);
    for (guint i = 0; i < audit->pairs->len; i++)
        find_pair(first, audit->pairs->pdata[i]);
    for (guint i = 0; audit->edges && i < audit->edges->len; i++)
        find_edge(first, audit->edges->pdata[i]);
}

/* `into`: a set of units, each its number + 1. */
static void
take_units(First *first, GHashTable *index, gconstpointer key, gpointer into)
{
    const GArray *units = index ? g_hash_table_lookup(index, key) : NULL;
    for (guint i = 0; units && i < units->len; i++)
        g_hash_table_add(into, GUINT_TO_POINTER(g_array_index(units, guint, i) + 1));
    for (guint i = 0; !index && i < first->units->len; i++)
        g_hash_table_add(into, GUINT_TO_POINTER(i + 1));
}

static int
by_number(gconstpointer a, gconstpointer b)
{
    const guint *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static GArray *
sorted_units(GHashTable *set)
{
    GArray *units =
        g_array_sized_new(FALSE, FALSE, sizeof(guint), g_hash_table_size(set));
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, set);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        guint unit = GPOINTER_TO_UINT(key) - 1;
        g_array_append_val(units, unit);
    }
    g_array_sort(units, by_number);
    return units;
}

void
first_find_touched(First *first)
{
    for (guint c = 0; c < first->causes->causes->len; c++) {
        const Cause *cause = cause_at(first, c);
        g_autoptr(GHashTable) found = g_hash_table_new(NULL, NULL);
        for (guint i = 0; i < cause->edits->len; i++)
            each_end(first, &g_array_index(cause->edits, Edit, i), take_units, found);
        GArray *units = sorted_units(found);
        for (guint i = 0; i < units->len; i++) {
            Unit *unit = unit_at(first, g_array_index(units, guint, i));
            unit->causes += !unit->was;
        }
        g_ptr_array_add(first->touched, units);
        GArray *single = g_array_sized_new(FALSE, FALSE, sizeof(guint), 1);
        g_array_append_val(single, c);
        g_ptr_array_add(first->singles, single);
    }
}

GArray *
first_causes_of(const First *first, guint number)
{
    GArray *causes = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint c = 0; c < first->touched->len; c++)
        if (g_array_binary_search(first->touched->pdata[c], &number, by_number, NULL))
            g_array_append_val(causes, c);
    return causes;
}
