/* What a pair's panel says, reduced to its shape: every list, condition and text of
 * the output once, whichever pairs have it. */
#include "audit/conditions.h"
#include "base/text.h"
#include "html_data.h"
#include "render/explain.h"

#include <stdlib.h>
#include <string.h>

#define SOURCE_PLACE "\001"
#define TARGET_PLACE "\002"
#define DNS_PLACE "\003"

/* The names to be put in for placeholders. */
typedef enum { NAMES_OF_SOURCE = 1, NAMES_OF_TARGET = 2, NAMES_OF_PAIR = 3 } Names;

/* How a condition is drawn. */
enum { DRAWN_SPARED = CONDITION_STATES, DRAWN_UNWANTED };

typedef struct {
    const char *name;
    const char *place;
    gsize length;
} Placeholder;

static int
longest_first(const void *a, const void *b)
{
    const Placeholder *one = a, *other = b;

    return (one->length < other->length) - (one->length > other->length);
}

/* The text with placeholders for the names in it: its number among the strings.
 * Putting the names back gives the text again, whatever they are.  *ret_any (may be
 * NULL): whether there were some. */
static int
number_template(HtmlData *data, const Pair *pair, Names names, const char *text,
                bool *ret_any)
{
    guint source = html_account_number(data, pair->source);
    guint target = html_account_number(data, pair->target);
    bool of_source = (names & NAMES_OF_SOURCE) != 0;
    bool of_target = (names & NAMES_OF_TARGET) != 0;
    Placeholder places[] = {
        {of_source ? data->names->pdata[source] : "", SOURCE_PLACE, 0},
        {of_target ? data->names->pdata[target] : "", TARGET_PLACE, 0},
        {of_target ? data->dns->pdata[target] : "", DNS_PLACE, 0},
    };
    g_autofree char *visible = html_visible(text);
    g_autoptr(GString) out = g_string_new(visible);
    guint found = 0;

    for (guint i = 0; i < G_N_ELEMENTS(places); i++)
        places[i].length = strlen(places[i].name);
    qsort(places, G_N_ELEMENTS(places), sizeof *places, longest_first);
    for (guint i = 0; i < G_N_ELEMENTS(places); i++)
        if (places[i].length > 0)
            found += g_string_replace(out, places[i].name, places[i].place, 0);
    if (ret_any)
        *ret_any = found > 0;
    return html_strings_number(&data->strings, out->str, TRUE);
}

/* What was numbered once for good; -1: not yet. */
static int
known_number(const HtmlData *data, gconstpointer what)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(data->known, what)) - 1;
}

static int
know(HtmlData *data, gconstpointer what, int number)
{
    g_hash_table_insert(data->known, (gpointer)what, GINT_TO_POINTER(number + 1));
    return number;
}

/* Texts of the program itself, which hold no name. */
static int
number_static(HtmlData *data, const char *text)
{
    int number = known_number(data, text);

    return number >= 0
               ? number
               : know(data, text, html_strings_number(&data->strings, text, TRUE));
}

/* The words of a condition live as long as the audit: where no name is in them, they
 * are looked at once. */
static int
number_seen(HtmlData *data, const Pair *pair, Names names, const char *seen)
{
    int number = known_number(data, seen);
    bool any = false;

    if (number >= 0)
        return number;
    number = number_template(data, pair, names, seen, &any);
    return any ? number : know(data, seen, number);
}

static int
number_where(HtmlData *data, const Pair *pair, Names names, const Condition *condition)
{
    const Account *account = condition->account;
    bool of_target = account == pair->target;

    if (!condition->attribute)
        return condition->place
                   ? number_template(data, pair, names, condition->place, NULL)
                   : -1;
    if (!of_target && account != pair->source) {
        g_autofree char *where = condition_where(condition, false);

        return number_template(data, pair, names, where, NULL);
    }
    GHashTable *known = data->places[of_target];
    gpointer number = g_hash_table_lookup(known, condition->attribute);
    if (!number) {
        g_autofree char *where = g_strdup_printf("%s of %s", condition->attribute,
                                                 of_target ? TARGET_PLACE : SOURCE_PLACE);

        number = GINT_TO_POINTER(html_strings_number(&data->strings, where, TRUE) + 1);
        g_hash_table_insert(known, (gpointer)condition->attribute, number);
    }
    return GPOINTER_TO_INT(number) - 1;
}

/* [label, how it is drawn, seen, where] */
static int
number_condition(HtmlData *data, const Pair *pair, Names names,
                 const Condition *condition)
{
    g_autoptr(GString) out = g_string_new("[");
    int drawn = condition_is_unwanted(condition)  ? DRAWN_UNWANTED
                : !condition_is_spared(condition) ? (int)condition->state
                                                  : DRAWN_SPARED;

    html_json_number(
        out, html_strings_number(&data->strings, condition_label(condition->what), TRUE));
    html_json_number(out, drawn);
    html_json_number(out, number_seen(data, pair, names, condition->seen));
    html_json_number(out, number_where(data, pair, names, condition));
    html_json_close(out, ']');
    return html_strings_number(&data->conditions, out->str, TRUE);
}

/* What all pairs from a source, or towards a target, have in common is looked at
 * once, and holds no name of the other end. */
static int
number_of(HtmlData *data, const Pair *pair, const ConditionList *list,
          const Condition *condition)
{
    const Condition *own = (const Condition *)(gpointer)list->own->data;

    if (condition >= own && condition < own + list->own->len)
        return number_condition(data, pair, NAMES_OF_PAIR, condition);
    int number = known_number(data, condition);
    if (number >= 0)
        return number;
    Names names =
        condition_scope(condition->what) == OF_SOURCE ? NAMES_OF_SOURCE : NAMES_OF_TARGET;
    return know(data, condition, number_condition(data, pair, names, condition));
}

static int
number_title(HtmlData *data, const Pair *pair, const Condition *condition)
{
    ConditionPart part = condition_part(condition->what);

    /* An SPN is the same text for all who ask for it. */
    if (part == PART_SPN) {
        int number = known_number(data, condition->name);

        return number >= 0 ? number
                           : know(data, condition->name,
                                  number_template(data, pair, NAMES_OF_TARGET,
                                                  condition->name, NULL));
    }
    if (!condition->name && data->titles[part] > 0)
        return data->titles[part] - 1;
    g_autofree char *name = condition->name ? html_visible(condition->name) : NULL;
    Condition visible = *condition;
    visible.name = name;
    g_autofree char *title = condition_title(&visible, SOURCE_PLACE, TARGET_PLACE);
    int number = html_strings_number(&data->strings, title, TRUE);
    if (!condition->name)
        data->titles[part] = number + 1;
    return number;
}

/* [service, title, conditions] of those that stand below one title; *ret_next: the
 * first of the next. */
static int
number_section(HtmlData *data, const Pair *pair, const ConditionList *list, guint first,
               guint *ret_next)
{
    const Condition *head = list->all->pdata[first];
    g_autoptr(GString) out = g_string_new("[");
    guint i = first;

    html_json_number(out, head->service);
    html_json_number(out, number_title(data, pair, head));
    html_json_open(out, '[');
    for (; i < list->all->len && condition_same_part(head, list->all->pdata[i]); i++)
        html_json_number(out, number_of(data, pair, list, list->all->pdata[i]));
    html_json_close(out, ']');
    html_json_close(out, ']');
    *ret_next = i;
    return html_strings_number(&data->sections, out->str, TRUE);
}

/* 0, or [verdict, heading, reasons] */
static void
put_service(HtmlData *data, GString *out, const Pair *pair, Service which)
{
    const ServiceVerdict *service = &pair->services[which];

    if (!service->needed) {
        html_json_number(out, 0);
        return;
    }
    int *heading = &data->headings[which][service->verdict][service->by];
    if (*heading == 0) {
        g_autofree char *text = explain_service(pair, which);

        *heading = html_strings_number(&data->strings, text, TRUE) + 1;
    }
    html_json_open(out, '[');
    html_json_number(out, service->verdict);
    html_json_number(out, *heading - 1);
    html_json_open(out, '[');
    for (guint i = 0; i < service->reasons->len; i++)
        html_json_number(out, number_template(data, pair, NAMES_OF_PAIR,
                                              service->reasons->pdata[i], NULL));
    html_json_close(out, ']');
    html_json_close(out, ']');
}

/* Of a pair of hosts that was judged for all it needs, what bears on another SPN is left
 * out. */
static bool
is_of_spn(const Condition *condition, const char *spn)
{
    ConditionPart part = condition_part(condition->what);

    return part == PART_SPN ? text_equal(condition->name, spn)
                            : part != PART_WINRM && part != PART_SETTINGS;
}

void
html_put_edge_sections(HtmlData *data, GString *out, const EdgeSpn *spn)
{
    g_autoptr(ConditionList) list = conditions_of(data->page->audit, spn->pair);

    html_json_open(out, '[');
    for (guint i = 0; i < list->all->len;) {
        bool told = is_of_spn(list->all->pdata[i], spn->spn);
        int number = number_section(data, spn->pair, list, i, &i);

        if (told)
            html_json_number(out, number);
    }
    html_json_close(out, ']');
}

guint
html_shape_of(HtmlData *data, const Pair *pair)
{
    g_autoptr(ConditionList) list = conditions_of(data->page->audit, pair);
    g_autoptr(GString) shape = g_string_new("[");

    html_json_number(shape, pair->verdict);
    html_json_number(shape, number_static(data, explain_sentence(pair)));
    html_json_open(shape, '[');
    for (guint which = 0; which < SERVICE_COUNT; which++)
        put_service(data, shape, pair, which);
    html_json_close(shape, ']');
    html_json_open(shape, '[');
    for (guint i = 0; i < list->all->len;)
        html_json_number(shape, number_section(data, pair, list, i, &i));
    html_json_close(shape, ']');
    html_json_close(shape, ']');
    return (guint)html_strings_number(&data->shapes, shape->str, TRUE);
}
