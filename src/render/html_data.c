/* The data of the page, from which the script composes panels and filters.
 *
 * Compact, and every text once: strings by number, pairs by the number of their
 * shape, a matrix as rows of numbers. */
#include "html_data.h"

#include "grid.h"
#include "html_blocks.h"
#define ACES_SHOWN 40

static int
number_text(HtmlData *data, const char *text)
{
    return html_strings_number(&data->strings, text, FALSE);
}

/* Gathering. */

static void
gather_accounts(HtmlData *data)
{
    const GPtrArray *accounts = data->page->names.accounts;

    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];

        g_ptr_array_add(data->names, html_visible(account->name));
        g_ptr_array_add(data->dns, html_visible(account->dns ? account->dns : ""));
    }
}

guint
html_account_number(const HtmlData *data, const Account *account)
{
    guint number =
        GPOINTER_TO_UINT(g_hash_table_lookup(data->page->names.accounted, account));

    g_assert(number > 0);
    return number - 1;
}

static void
gather_pairs(HtmlData *data)
{
    const GPtrArray *pairs = data->page->audit->pairs;

    for (guint i = 0; i < pairs->len; i++)
        g_hash_table_insert(data->by_pair, pairs->pdata[i],
                            GUINT_TO_POINTER(html_shape_of(data, pairs->pdata[i]) + 1));
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

/* 0, or [how many ACEs, the first of them] of the RBCD descriptor. */
static void
put_targets(HtmlData *data, GString *out)
{
    const Audit *audit = data->page->audit;

    html_json_key(out, "targets");
    html_json_open(out, '[');
    for (guint i = 0; i < audit->hosts->len; i++) {
        const Account *account = ((const Host *)audit->hosts->pdata[i])->account;
        const SecDesc *descriptor =
            edge_descriptor(verdict_edges(audit->context), account, NULL);

        if (!descriptor || !descriptor->aces || descriptor->aces->len == 0) {
            html_json_number(out, 0);
            continue;
        }
        html_json_open(out, '[');
        html_json_number(out, descriptor->aces->len);
        put_aces(data, out, descriptor->aces);
        html_json_close(out, ']');
    }
    html_json_close(out, ']');
}

static void
put_numbers(HtmlData *data, GString *out, const GPtrArray *accounts)
{
    html_json_open(out, '[');
    for (guint i = 0; i < accounts->len; i++)
        html_json_number(out, html_account_number(data, accounts->pdata[i]));
    html_json_close(out, ']');
}

/* A row of cells: each the number of its shape + 1, 0 for no pair; -N: the one before it
 * N times more. */
static void
put_cells(HtmlData *data, GString *out, const Grid *grid, guint row)
{
    gint64 last = -1, again = 0;

    html_json_open(out, '[');
    for (guint column = 0; column < grid->columns->len; column++) {
        const Pair *pair = grid_pair(grid, row, column);
        gint64 cell =
            pair ? GPOINTER_TO_UINT(g_hash_table_lookup(data->by_pair, pair)) : 0;

        again += cell == last;
        if (again > 0 && (cell != last || column + 1 == grid->columns->len)) {
            html_json_number(out, -again);
            again = 0;
        }
        if (cell != last)
            html_json_number(out, cell);
        last = cell;
    }
    html_json_close(out, ']');
}

/* [rows, columns, cells by row] */
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
        for (guint row = 0; row < grid.rows->len; row++)
            put_cells(data, out, &grid, row);
        html_json_close(out, ']');
        html_json_close(out, ']');
    }
    html_json_close(out, ']');
}

/* What is JSON already. */
static void
put_pieces(GString *out, const char *key, const HtmlStrings *pieces)
{
    html_json_key(out, key);
    html_json_open(out, '[');
    for (guint i = 0; i < pieces->texts->len; i++) {
        g_string_append(out, i > 0 ? "," : "");
        g_string_append(out, pieces->texts->pdata[i]);
    }
    html_json_close(out, ']');
}

static HtmlData
data_of(HtmlPage *page)
{
    HtmlData data = {
        .page = page,
        .names = g_ptr_array_new_with_free_func(g_free),
        .dns = g_ptr_array_new_with_free_func(g_free),
        .known = g_hash_table_new(NULL, NULL),
        .places = {g_hash_table_new(NULL, NULL), g_hash_table_new(NULL, NULL)},
        .by_pair = g_hash_table_new(NULL, NULL),
    };

    html_strings_init(&data.shapes);
    html_strings_init(&data.sections);
    html_strings_init(&data.conditions);
    html_strings_init(&data.strings);
    return data;
}

static void
data_clear(HtmlData *data)
{
    html_strings_clear(&data->strings);
    g_hash_table_unref(data->by_pair);
    html_strings_clear(&data->shapes);
    html_strings_clear(&data->sections);
    html_strings_clear(&data->conditions);
    g_hash_table_unref(data->known);
    g_hash_table_unref(data->places[0]);
    g_hash_table_unref(data->places[1]);
    g_ptr_array_unref(data->dns);
    g_ptr_array_unref(data->names);
}

void
html_data(HtmlPage *page, GString *out)
{
    HtmlData data = data_of(page);

    gather_accounts(&data);
    gather_pairs(&data);
    html_json_open(out, '{');
    html_json_key(out, "hosts");
    html_json_number(out, page->audit->hosts->len);
    put_targets(&data, out);
    put_groups(&data, out);
    html_blocks(page, page->names.accounted, out);
    html_edges_data(&data, out);
    put_pieces(out, "shapes", &data.shapes);
    put_pieces(out, "sections", &data.sections);
    put_pieces(out, "conditions", &data.conditions);
    put_strings(out, "dns", data.dns, true);
    /* These grow with what was written before. */
    put_strings(out, "names", page->names.names, false);
    put_strings(out, "strings", data.strings.texts, true);
    html_json_close(out, '}');
    data_clear(&data);
}
