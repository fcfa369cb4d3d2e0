/* What a pair's panel says that depends on the pair, reduced to its shape. */
#include "base/text.h"
#include "model/spn.h"
#include "render/html_data.h"

#include <string.h>

#define SPN_PLACE 0x10 /* the placeholder of the first needed SPN */
#define SPNS_MOST 8
#define NEAR_SHOWN 3

static void
put_place(GString *text, const char *name, char place)
{
    const char with[] = {place, '\0'};

    if (*name)
        g_string_replace(text, name, with, 0);
}

/* The text with placeholders for the names in it: its number among the strings.
 * Putting the names back gives the text again, whatever they are. */
static int
number_template(HtmlData *data, const Pair *pair, const HtmlNeed *need, const char *text)
{
    g_autofree char *visible = html_visible(text);
    g_autoptr(GString) out = g_string_new(visible);
    guint target = html_host_number(data, pair->target);

    for (guint i = 0; i < need->texts->len && i < SPNS_MOST; i++)
        put_place(out, need->texts->pdata[i], (char)(SPN_PLACE + i));
    put_place(out, data->dns->pdata[target], '\003');
    put_place(out, data->names->pdata[target], '\002');
    put_place(out, data->names->pdata[html_host_number(data, pair->source)], '\001');
    return html_strings_number(&data->strings, out->str, TRUE);
}

static void
put_service(HtmlData *data, GString *out, const Pair *pair, const HtmlNeed *need,
            Service which)
{
    const ServiceVerdict *service = &pair->services[which];
    guint missing = 0;

    if (!service->needed) {
        html_json_number(out, 0);
        return;
    }
    for (guint i = 0; i < need->spns->needed->len; i++) {
        const NeededSpn *needed = need->spns->needed->pdata[i];

        if (needed->service == which &&
            g_ptr_array_find_with_equal_func(service->missing, needed->spn, g_str_equal,
                                             NULL))
            missing |= 1u << i;
    }
    html_json_open(out, '[');
    html_json_number(out, service->verdict);
    html_json_number(out, service->by);
    html_json_number(out, missing);
    html_json_open(out, '[');
    for (guint i = 0; i < service->reasons->len; i++)
        html_json_number(out,
                         number_template(data, pair, need, service->reasons->pdata[i]));
    html_json_close(out, ']');
    html_json_close(out, ']');
}

/* A source's list by the host that each entry names: looked up by every target, so
 * taken apart once. */
static GHashTable *
near_index(HtmlData *data, const Account *source)
{
    GHashTable *index = g_hash_table_lookup(data->near, source);

    if (index)
        return index;
    index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                  (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < source->delegate_to->len; i++) {
        g_autoptr(Spn) spn = spn_parse(source->delegate_to->pdata[i]);

        if (!spn)
            continue;
        g_autofree char *host = text_fold(spn->host);
        GPtrArray *entries = g_hash_table_lookup(index, host);
        if (!entries) {
            entries = g_ptr_array_new();
            g_hash_table_insert(index, g_steal_pointer(&host), entries);
        }
        g_ptr_array_add(entries, source->delegate_to->pdata[i]);
    }
    g_hash_table_insert(data->near, (gpointer)source, index);
    return index;
}

/* The names of a target, and the first label of each (account_has_name). */
static void
add_name(GHashTable *names, const char *name)
{
    if (!name)
        return;
    g_autofree char *folded = text_fold(name);

    g_hash_table_add(names, g_strndup(folded, strcspn(folded, ".")));
    g_hash_table_add(names, g_steal_pointer(&folded));
}

/* What the list holds for the same host in the place of what it needs: a few, and
 * how many more there are. */
static guint
put_near(HtmlData *data, GString *out, const Pair *pair, const HtmlNeed *need)
{
    g_autoptr(GHashTable) names =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTable *index = near_index(data, pair->source);
    guint found = 0;
    GHashTableIter iter;
    gpointer name;

    add_name(names, pair->target->name);
    add_name(names, pair->target->dns);
    for (guint i = 0; pair->target->extra_dns && i < pair->target->extra_dns->len; i++)
        add_name(names, pair->target->extra_dns->pdata[i]);
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        const GPtrArray *entries = g_hash_table_lookup(index, name);

        for (guint i = 0; entries && i < entries->len; i++)
            if (found++ < NEAR_SHOWN)
                html_json_number(out,
                                 number_template(data, pair, need, entries->pdata[i]));
    }
    return found > NEAR_SHOWN ? found - NEAR_SHOWN : 0;
}

/* A digit (Tri) for each needed SPN: whether the list has it. */
static bool
put_list(HtmlData *data, GString *out, const Pair *pair, const HtmlNeed *need)
{
    EdgeIndex *edges = verdict_edges(data->page->audit->context);
    g_autoptr(GString) digits = g_string_new(NULL);
    bool missing = false;

    for (guint i = 0; i < need->spns->needed->len; i++) {
        const NeededSpn *needed = need->spns->needed->pdata[i];
        Tri has = edge_kcd(edges, pair->source, needed->spn);

        g_string_append_c(digits, (char)('0' + has));
        missing = missing || has == TRI_NO;
    }
    html_json_visible(out, digits->str);
    return missing;
}

static guint
rbcd_bits(HtmlData *data, const Pair *pair)
{
    RbcdEdge edge =
        edge_rbcd(verdict_edges(data->page->audit->context), pair->source, pair->target);

    return (guint)edge.granted | (edge.present ? 4u : 0) | (edge.malformed ? 8u : 0) |
           (edge.named ? 16u : 0) | (edge.otherwise ? 32u : 0) |
           (edge.unevaluated ? 64u : 0) | (edge.by_generic ? 128u : 0) |
           (guint)edge.doubt << 8;
}

/* What came of each needed SPN when it was tried: granted, refused, no answer. */
static void
put_proof(HtmlData *data, GString *out, const Pair *pair, const HtmlNeed *need)
{
    if (!pair->proof) {
        html_json_number(out, 0);
        return;
    }
    html_json_open(out, '[');
    for (guint i = 0; i < pair->proof->results->len; i++) {
        const TicketEvidence *result = pair->proof->results->pdata[i];
        g_autofree char *text =
            g_strdup_printf("%s%s%s", result->error ? result->error : "",
                            result->ntstatus_name ? " " : "",
                            result->ntstatus_name ? result->ntstatus_name : "");

        html_json_open(out, '[');
        html_json_number(out, number_template(data, pair, need, result->spn));
        html_json_number(out, result->granted ? 1 : result->answered ? 0 : 2);
        html_json_number(out, number_template(data, pair, need, text));
        html_json_close(out, ']');
    }
    html_json_close(out, ']');
}

guint
html_shape_of(HtmlData *data, const Pair *pair, const HtmlNeed *need)
{
    const Estate *estate = data->page->audit->estate;
    bool local = estate_domain_of(estate, pair->source->dn) ==
                 estate_domain_of(estate, pair->target->dn);
    g_autoptr(GString) shape = g_string_new("[");
    guint more = 0;

    html_json_number(shape, pair->verdict);
    html_json_number(shape, pair->group->mode);
    html_json_number(shape, local ? 1 : 0);
    html_json_number(shape, pair->storage ? 1 : 0);
    html_json_number(shape, need->variant);
    html_json_number(shape, rbcd_bits(data, pair));
    bool missing = put_list(data, shape, pair, need);
    html_json_open(shape, '[');
    for (guint which = 0; which < SERVICE_COUNT; which++)
        put_service(data, shape, pair, need, which);
    html_json_close(shape, ']');
    html_json_open(shape, '[');
    if (missing && pair->source->delegate_to->len > 0)
        more = put_near(data, shape, pair, need);
    html_json_close(shape, ']');
    html_json_number(shape, more);
    put_proof(data, shape, pair, need);
    html_json_close(shape, ']');
    return (guint)html_strings_number(&data->shapes, shape->str, TRUE);
}
