/* What kcdaudit delegations lists: chosen, and written in each of its formats. */
#include "render/delegations.h"

#include "edges.h"

#include "base/text.h"
#include "formats.h"
#include "render/gaps.h"
#include "render/tally.h"
#include "render/tree.h"

#define SCHEMA "kcdaudit.delegations/1"
#define INDENT 2
#define LINE_END "\r\n"
#define HEADER                                                                         \
    "id,source,source_domain,source_kind,way,protocol_transition,spns,target,"         \
    "target_domain,target_kind,owner,verdict,declared,tier0,by_design,workload,risks," \
    "reasons"

static bool
is_asked(const Edge *edge, guint ways, guint risks)
{
    return (ways == 0 || (ways & edge->way) != 0) &&
           (risks == 0 || (risks & edge_risks(edge)) != 0);
}

/* Whoever may use any protocol, though nobody is in the list. */
static bool
is_unused(const Account *account)
{
    return !account->missing && !account->partial && !account_is_conflict(account) &&
           account_flag(account, UAC_T2A4D) == TRI_YES &&
           account_knows(account, ATTR_DELEGATE_TO) && account->delegate_to->len == 0;
}

Delegations *
delegations_list(const Report *report, guint ways, guint risks)
{
    const Audit *audit = report->audit;
    Delegations *list = g_new0(Delegations, 1);

    list->report = report;
    list->edges = g_ptr_array_new();
    list->unused = g_ptr_array_new();
    for (guint i = 0; i < audit->edges->len; i++)
        if (is_asked(audit->edges->pdata[i], ways, risks))
            g_ptr_array_add(list->edges, audit->edges->pdata[i]);
    for (guint i = 0; ways == 0 && risks == 0 && i < audit->estate->accounts->len; i++)
        if (is_unused(audit->estate->accounts->pdata[i]))
            g_ptr_array_add(list->unused, audit->estate->accounts->pdata[i]);
    return list;
}

void
delegations_free(Delegations *list)
{
    if (!list)
        return;
    g_ptr_array_unref(list->edges);
    g_ptr_array_unref(list->unused);
    g_free(list);
}

bool
delegations_complete(const Delegations *list)
{
    const Audit *audit = list->report->audit;
    bool known = audit->gaps->len == 0;

    for (guint i = 0; known && i < audit->edges->len; i++)
        known = ((const Edge *)audit->edges->pdata[i])->verdict != VERDICT_UNKNOWN;
    return known;
}

/* For people. */

static void
draw_unused(Page *page, const Delegations *list)
{
    if (list->unused->len == 0)
        return;
    page_end(page);
    page_flow(page, 0, STYLE_PLAIN,
              "\"Use any authentication protocol\" is set with an empty list:");
    for (guint i = 0; i < list->unused->len; i++)
        page_say(page, INDENT, STYLE_PLAIN, "%s %s", i > 0 ? "," : "",
                 ((const Account *)list->unused->pdata[i])->name);
    page_end(page);
}

static void
draw_count(Page *page, const Delegations *list)
{
    const Audit *audit = list->report->audit;
    guint all = audit->edges->len;
    guint risky = 0, unknown = 0;
    g_autofree char *count = page_count(list->edges->len, "delegation", "delegations");

    for (guint i = 0; i < list->edges->len; i++) {
        const Edge *edge = list->edges->pdata[i];

        risky += tally_edge_at_risk(audit, edge) ? 1 : 0;
        unknown += edge->verdict == VERDICT_UNKNOWN ? 1 : 0;
    }
    if (list->edges->len > 0 && !list->report->quiet)
        page_end(page);
    page_flow(page, 0, STYLE_STRONG, count);
    if (list->edges->len < all)
        page_say(page, 0, STYLE_PLAIN, " of %s", NUMBER(all));
    page_say(page, 0, risky > 0 ? STYLE_BAD : STYLE_PLAIN, ", %s at risk", NUMBER(risky));
    if (unknown > 0)
        page_say(page, 0, STYLE_UNKNOWN, ", %s not determined", NUMBER(unknown));
    page_end(page);
}

void
delegations_draw(const Delegations *list, Page *page)
{
    const Report *report = list->report;

    if (!report->quiet)
        edges_draw(page, report->audit, list->edges, G_MAXUINT, report->verbose > 0);
    draw_count(page, list);
    if (!report->quiet) {
        draw_unused(page, list);
        edges_draw_chains(page, report->audit);
    }
    g_autoptr(GPtrArray) gaps = gaps_of(report->audit);
    if (gaps->len == 0)
        return;
    page_end(page);
    page_put(page, STYLE_UNKNOWN, "Not read, so not listed");
    page_end(page);
    gaps_draw(page, gaps, G_MAXUINT);
}

/* For programs. */

json_t *
delegations_json(const Delegations *list)
{
    const Audit *audit = list->report->audit;
    const Chains *chains = audit->chains;
    g_autoptr(EdgeFindings) findings = edge_findings_new(audit);
    json_t *object = json_object();
    json_t *edges = json_array();
    json_t *unused = json_array();

    for (guint i = 0; i < list->edges->len; i++)
        json_array_append_new(edges, edge_json(list->edges->pdata[i], findings));
    for (guint i = 0; i < list->unused->len; i++)
        json_array_append_new(unused, edge_account_json(audit, list->unused->pdata[i]));
    json_t *ways = json_array();
    json_t *cut = json_array();
    for (guint i = 0; chains && i < chains->chains->len; i++)
        json_array_append_new(ways, edge_chain_json(audit, chains->chains->pdata[i]));
    for (guint i = 0; chains && i < chains->cut->len; i++)
        json_array_append_new(cut, edge_cut_json(&g_array_index(chains->cut, Cut, i)));
    tree_put_text(object, "schema", SCHEMA);
    tree_put(object, "tool", render_tool(list->report));
    tree_put(object, "run", render_run(list->report, delegations_complete(list)));
    tree_put(object, "edges", edges);
    tree_put(object, "chains", ways);
    tree_put(object, "cut", cut);
    tree_put(object, "unused_transition", unused);
    return object;
}

/* For spreadsheets. */

static char *
spns_text(const Edge *edge)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < edge->spns->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? "\n" : "",
                               ((const EdgeSpn *)edge->spns->pdata[i])->spn);
    return g_string_free(out, FALSE);
}

static char *
joined(const GPtrArray *texts, const char *separator)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < texts->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? separator : "",
                               (const char *)texts->pdata[i]);
    return g_string_free(out, FALSE);
}

static char *
risks_text(const Edge *edge)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    guint risks = edge_risks(edge);

    for (guint i = 0; i < RISK_COUNT; i++)
        if ((risks & 1u << i) != 0)
            g_ptr_array_add(names, (gpointer)edge_risk_names[i]);
    return joined(names, " ");
}

static const char *
yes_or_no(bool value)
{
    return value ? "yes" : "no";
}

static void
write_row(const Edge *edge, GString *out)
{
    bool found = edge->owner == OWNER_FOUND;
    g_autofree char *spns = spns_text(edge);
    g_autofree char *risks = risks_text(edge);
    g_autoptr(GPtrArray) why = edge_reasons(edge);
    g_autofree char *reasons = joined(why, "\n");
    const char *fields[] = {
        edge->id,
        edge->source.name,
        edge->source.domain,
        principal_kind_names[edge->source.kind],
        edge_way_name(edge->way),
        yes_or_no(edge->transition),
        spns,
        found ? edge->target.name : NULL,
        found ? edge->target.domain : NULL,
        found ? principal_kind_names[edge->target.kind] : NULL,
        edge_owner_names[edge->owner],
        verdict_names[edge->verdict],
        edge_declared_word(edge),
        yes_or_no(edge->tier0),
        yes_or_no(edge_by_design(edge)),
        edge->workload,
        risks,
        reasons,
    };

    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        if (fields[i] && *fields[i])
            text_quote(QUOTE_CSV, fields[i], out);
    }
    g_string_append(out, LINE_END);
}

void
delegations_csv(const Delegations *list, GString *out)
{
    g_string_append(out, HEADER LINE_END);
    for (guint i = 0; i < list->edges->len; i++)
        write_row(list->edges->pdata[i], out);
}
