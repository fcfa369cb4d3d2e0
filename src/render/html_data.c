/* The data of the page, from which the script composes panels and filters.
 *
 * Compact, and every text once: strings by number, pairs by the number of their
 * shape, a matrix as rows of numbers.  What is the same for all pairs from a source
 * or towards a target is said once, in the words of `kcdaudit check`. */
#include "render/html_data.h"

#include "grid.h"
#include "html_blocks.h"
#include "render/explain.h"

#define ACES_SHOWN 40

static void
need_free(gpointer pointer)
{
    HtmlNeed *need = pointer;

    g_ptr_array_unref(need->texts);
    g_free(need);
}

static int
number_text(HtmlData *data, const char *text)
{
    return html_strings_number(&data->strings, text, FALSE);
}

/* Gathering. */

static void
gather_hosts(HtmlData *data)
{
    const GPtrArray *hosts = data->page->audit->hosts;

    for (guint i = 0; i < hosts->len; i++) {
        const Account *account = ((const Host *)hosts->pdata[i])->account;

        g_hash_table_insert(data->hosts, (gpointer)account, GUINT_TO_POINTER(i + 1));
        g_ptr_array_add(data->names, html_visible(account->name));
        g_ptr_array_add(data->dns, html_visible(account->dns ? account->dns : ""));
        g_ptr_array_add(data->sources, NULL);
    }
}

guint
html_host_number(const HtmlData *data, const Account *account)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(data->hosts, account)) - 1;
}

static HtmlNeed *
need_of(HtmlData *data, const Pair *pair)
{
    const TargetSpns *spns = verdict_needed(data->page->audit->context, pair->target,
                                            pair->group, pair->storage);
    HtmlNeed *need = g_hash_table_lookup(data->by_spns, spns);

    if (need)
        return need;
    need = g_new0(HtmlNeed, 1);
    need->spns = spns;
    need->first = pair;
    need->host = html_host_number(data, pair->target);
    need->texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < spns->needed->len; i++)
        g_ptr_array_add(need->texts,
                        html_visible(((const NeededSpn *)spns->needed->pdata[i])->spn));
    for (guint i = 0; i < data->needs->len; i++)
        need->variant += ((const HtmlNeed *)data->needs->pdata[i])->host == need->host;
    g_ptr_array_add(data->needs, need);
    g_hash_table_insert(data->by_spns, (gpointer)spns, need);
    return need;
}

static void
gather_pairs(HtmlData *data)
{
    const GPtrArray *pairs = data->page->audit->pairs;

    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = pairs->pdata[i];
        guint source = html_host_number(data, pair->source);
        const HtmlNeed *need = need_of(data, pair);
        guint shape = html_shape_of(data, pair, need);

        if (!data->sources->pdata[source])
            data->sources->pdata[source] = (gpointer)pair;
        g_hash_table_insert(data->by_pair, (gpointer)pair, GUINT_TO_POINTER(shape + 1));
    }
}

/* Writing. */

static void
put_strings(GString *out, const char *key, const GPtrArray *texts, bool visible)
{
    html_json_key(out, key);
    html_json_open(out, '[');
    for (guint i = 0; i < texts->len; i++)
        if (visible)
            html_json_visible(out, texts->pdata[i]);
        else
            html_json_text(out, texts->pdata[i]);
    html_json_close(out, ']');
}

static void
put_condition(HtmlData *data, GString *out, const Condition *condition)
{
    html_json_open(out, '[');
    html_json_number(out, condition->what);
    html_json_number(out, condition->state);
    html_json_number(out, number_text(data, condition->name));
    html_json_number(out, number_text(data, condition->seen));
    html_json_number(out, number_text(data, condition->attribute ? condition->attribute
                                                                 : condition->place));
    html_json_number(
        out, condition->attribute ? number_text(data, condition->account->name) : -1);
    html_json_close(out, ']');
}

static void
put_conditions(HtmlData *data, GString *out, const Explanation *e, What first, What last)
{
    html_json_open(out, '[');
    for (guint i = 0; i < e->conditions->len; i++) {
        const Condition *condition = e->conditions->pdata[i];

        if (condition->what >= first && condition->what <= last &&
            condition->what != WHAT_KCD)
            put_condition(data, out, condition);
    }
    html_json_close(out, ']');
}

/* [host, [[spn, service] ...], conditions of SPNs, tickets and DNS name] */
static void
put_needs(HtmlData *data, GString *out)
{
    html_json_key(out, "needs");
    html_json_open(out, '[');
    for (guint i = 0; i < data->needs->len; i++) {
        const HtmlNeed *need = data->needs->pdata[i];
        g_autoptr(Explanation) e = explain_conditions(data->page->report, need->first);

        html_json_open(out, '[');
        html_json_number(out, need->host);
        html_json_open(out, '[');
        for (guint s = 0; s < need->texts->len; s++) {
            const NeededSpn *needed = need->spns->needed->pdata[s];

            html_json_open(out, '[');
            html_json_number(
                out, html_strings_number(&data->strings, need->texts->pdata[s], TRUE));
            html_json_number(out, needed->service);
            html_json_close(out, ']');
        }
        html_json_close(out, ']');
        put_conditions(data, out, e, WHAT_DNS_NAME, WHAT_TICKET);
        html_json_close(out, ']');
    }
    html_json_close(out, ']');
}

static void
put_source_proof(HtmlData *data, GString *out, const Account *source)
{
    const GPtrArray *proofs = data->page->audit->proofs;

    for (guint i = 0; proofs && i < proofs->len; i++) {
        const ProofEvidence *proof = proofs->pdata[i];

        if (proof->source != source)
            continue;
        html_json_open(out, '[');
        html_json_number(out, number_text(data, proof->user));
        html_json_number(out, proof->self_granted ? 1 : 0);
        html_json_number(out, proof->self_forwardable ? 1 : 0);
        html_json_number(out, number_text(data, proof->self_error));
        html_json_number(out, number_text(data, proof->self_meaning));
        html_json_close(out, ']');
        return;
    }
    html_json_number(out, 0);
}

/* 0, or [entries, whether all its groups are known, conditions, proof] */
static void
put_sources(HtmlData *data, GString *out)
{
    html_json_key(out, "sources");
    html_json_open(out, '[');
    for (guint i = 0; i < data->sources->len; i++) {
        const Pair *first = data->sources->pdata[i];

        if (!first) {
            html_json_number(out, 0);
            continue;
        }
        g_autoptr(Explanation) e = explain_conditions(data->page->report, first);
        bool complete = false;

        g_hash_table_unref(
            estate_token(data->page->audit->estate, first->source, &complete));
        html_json_open(out, '[');
        html_json_number(out, first->source->delegate_to->len);
        html_json_number(out, complete ? 1 : 0);
        put_conditions(data, out, e, WHAT_UNCONSTRAINED, WHAT_OPERATOR_UNPROTECTED);
        put_source_proof(data, out, first->source);
        html_json_close(out, ']');
    }
    html_json_close(out, ']');
}

static void
put_aces(HtmlData *data, GString *out, const GArray *aces)
{
    html_json_open(out, '[');
    for (guint i = 0; aces && i < aces->len && i < ACES_SHOWN; i++) {
        const Ace *ace = &g_array_index(aces, Ace, i);
        bool deny = ace->type == ACE_DENY || ace->type == ACE_DENY_OBJECT;
        g_autofree char *name =
            sid_is_set(&ace->sid) ? estate_sid_name(data->page->audit->estate, &ace->sid)
                                  : g_strdup("?");
        g_autofree char *text =
            g_strdup_printf("%s %s 0x%08x", deny ? "deny" : "allow", name, ace->mask);

        html_json_number(out, number_text(data, text));
    }
    html_json_close(out, ']');
}

/* 0, or [how many ACEs, why it does not parse or everybody may act, ACEs] of the
 * RBCD descriptor. */
static void
put_targets(HtmlData *data, GString *out)
{
    const Audit *audit = data->page->audit;

    html_json_key(out, "targets");
    html_json_open(out, '[');
    for (guint i = 0; i < audit->hosts->len; i++) {
        const Account *account = ((const Host *)audit->hosts->pdata[i])->account;
        const GError *error = NULL;
        const SecDesc *descriptor =
            account->rbcd
                ? edge_descriptor(verdict_edges(audit->context), account, &error)
                : NULL;

        if (!account->rbcd) {
            html_json_number(out, 0);
            continue;
        }
        html_json_open(out, '[');
        html_json_number(out, descriptor && descriptor->aces ? descriptor->aces->len : 0);
        html_json_number(out,
                         number_text(data, error ? error->message
                                           : descriptor && descriptor->dacl != DACL_LIST
                                               ? "has no access list: everybody may "
                                                 "act"
                                               : NULL));
        put_aces(data, out, descriptor ? descriptor->aces : NULL);
        html_json_close(out, ']');
    }
    html_json_close(out, ']');
}

static void
put_numbers(HtmlData *data, GString *out, const GPtrArray *accounts)
{
    html_json_open(out, '[');
    for (guint i = 0; i < accounts->len; i++)
        html_json_number(out, html_host_number(data, accounts->pdata[i]));
    html_json_close(out, ']');
}

/* [rows, columns, cells: the number of a shape + 1, 0 for no pair] */
static void
put_groups(HtmlData *data, GString *out)
{
    const Audit *audit = data->page->audit;

    html_json_key(out, "groups");
    html_json_open(out, '[');
    for (guint i = 0; i < audit->groups->len; i++) {
        g_auto(Grid) grid = grid_of(audit, audit->groups->pdata[i]);

        html_json_open(out, '[');
        put_numbers(data, out, grid.rows);
        put_numbers(data, out, grid.columns);
        html_json_open(out, '[');
        for (guint row = 0; row < grid.rows->len; row++) {
            html_json_open(out, '[');
            for (guint column = 0; column < grid.columns->len; column++) {
                const Pair *pair =
                    audit_pair(audit, grid.rows->pdata[row], grid.columns->pdata[column]);

                html_json_number(
                    out, pair ? GPOINTER_TO_UINT(g_hash_table_lookup(data->by_pair, pair))
                              : 0);
            }
            html_json_close(out, ']');
        }
        html_json_close(out, ']');
        html_json_close(out, ']');
    }
    html_json_close(out, ']');
}

/* By host: the numbers of its needs, in the order of their variants. */
static void
put_host_needs(HtmlData *data, GString *out)
{
    html_json_key(out, "hostNeeds");
    html_json_open(out, '[');
    for (guint host = 0; host < data->names->len; host++) {
        html_json_open(out, '[');
        for (guint i = 0; i < data->needs->len; i++)
            if (((const HtmlNeed *)data->needs->pdata[i])->host == host)
                html_json_number(out, i);
        html_json_close(out, ']');
    }
    html_json_close(out, ']');
}

/* The shapes are JSON already. */
static void
put_shapes(HtmlData *data, GString *out)
{
    html_json_key(out, "shapes");
    html_json_open(out, '[');
    for (guint i = 0; i < data->shapes.texts->len; i++) {
        g_string_append(out, i > 0 ? "," : "");
        g_string_append(out, data->shapes.texts->pdata[i]);
    }
    html_json_close(out, ']');
}

static HtmlData
data_of(HtmlPage *page)
{
    HtmlData data = {
        .page = page,
        .hosts = g_hash_table_new(NULL, NULL),
        .names = g_ptr_array_new_with_free_func(g_free),
        .dns = g_ptr_array_new_with_free_func(g_free),
        .needs = g_ptr_array_new_with_free_func(need_free),
        .by_spns = g_hash_table_new(NULL, NULL),
        .sources = g_ptr_array_new(),
        .near =
            g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref),
        .by_pair = g_hash_table_new(NULL, NULL),
    };

    html_strings_init(&data.shapes);
    html_strings_init(&data.strings);
    return data;
}

static void
data_clear(HtmlData *data)
{
    html_strings_clear(&data->strings);
    g_hash_table_unref(data->by_pair);
    html_strings_clear(&data->shapes);
    g_hash_table_unref(data->near);
    g_ptr_array_unref(data->sources);
    g_hash_table_unref(data->by_spns);
    g_ptr_array_unref(data->needs);
    g_ptr_array_unref(data->dns);
    g_ptr_array_unref(data->names);
    g_hash_table_unref(data->hosts);
}

void
html_data(HtmlPage *page, GString *out)
{
    HtmlData data = data_of(page);

    gather_hosts(&data);
    gather_pairs(&data);
    html_json_open(out, '{');
    put_needs(&data, out);
    put_host_needs(&data, out);
    put_sources(&data, out);
    put_targets(&data, out);
    put_groups(&data, out);
    html_blocks(page, data.hosts, out);
    put_shapes(&data, out);
    put_strings(out, "dns", data.dns, true);
    /* These grow with what was written before. */
    put_strings(out, "names", page->names.names, false);
    put_strings(out, "strings", data.strings.texts, true);
    html_json_close(out, '}');
    data_clear(&data);
}
