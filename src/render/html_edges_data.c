/* The delegations that are shown, as the script needs them for panels and filters. */
#include "html_data.h"

static void
put_principal(HtmlData *data, GString *out, const Principal *principal)
{
    html_json_number(out, principal->account
                              ? html_account_number(data, principal->account)
                              : html_names_number(&data->page->names, principal->name));
}

/* 0, or [source, target, sections]; the source is a member where a group is trusted. */
static void
put_spn(HtmlData *data, GString *out, const EdgeSpn *spn)
{
    if (!spn->pair) {
        html_json_number(out, 0);
        return;
    }
    html_json_open(out, '[');
    html_json_number(out, html_account_number(data, spn->pair->source));
    html_json_number(out, html_account_number(data, spn->pair->target));
    html_put_edge_sections(data, out, spn);
    html_json_close(out, ']');
}

/* [source, target or -1, SPNs in their order, numbers of blocks of findings] */
static void
put_edge(HtmlData *data, GString *out, const Edge *edge, const GArray *blocks)
{
    html_json_open(out, '[');
    put_principal(data, out, &edge->source);
    if (edge->owner == OWNER_FOUND)
        put_principal(data, out, &edge->target);
    else
        html_json_number(out, -1);
    html_json_open(out, '[');
    for (guint i = 0; i < edge->spns->len && i < EDGE_SPNS_SHOWN; i++)
        put_spn(data, out, edge->spns->pdata[i]);
    html_json_close(out, ']');
    html_json_open(out, '[');
    for (guint i = 0; i < blocks->len; i++)
        html_json_number(out, g_array_index(blocks, guint, i));
    html_json_close(out, ']');
    html_json_close(out, ']');
}

void
html_edges_data(HtmlData *data, GString *out)
{
    const HtmlEdges *edges = data->page->edges;

    html_json_key(out, "edges");
    html_json_open(out, '[');
    for (guint i = 0; i < edges->shown->len; i++)
        put_edge(data, out, edges->shown->pdata[i], edges->blocks->pdata[i]);
    html_json_close(out, ']');
}
