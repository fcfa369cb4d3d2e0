/* Every delegation: how many there are and how they stand, a row for each, and below it
 * its SPNs.  The script adds to a row why it works or not, condition by condition. */
#include "html_parts.h"

#include "audit/rules.h"
#include "base/text.h"
#include "edges.h"

#define REASONS_SHOWN 8

static const struct {
    const char *chip;
    const char *option;
    Severity severity;
} risk_words[RISK_COUNT] = {
    [RISK_BROKEN] = {NULL, "does not work", SEVERITY_ERROR}, /* said in a column before */
    [RISK_TIER0] = {"Tier 0", "leads to Tier 0", SEVERITY_CRITICAL},
    [RISK_UNCONSTRAINED] = {"unconstrained", "unconstrained", SEVERITY_ERROR},
    [RISK_BROAD] = {"for nearly everybody", "granted to nearly everybody",
                    SEVERITY_CRITICAL},
    [RISK_GHOST] = {"nobody answers", "nobody answers", SEVERITY_WARNING},
    [RISK_UNDECLARED] = {"not declared", "not declared", SEVERITY_WARNING},
};

/* One delegation in a sentence. */
static const char *
sentence_of(const Edge *edge)
{
    static const char *const to_a_service[VERDICT_COUNT] = {
        [VERDICT_READY] = "The source is given tickets on behalf of users.",
        [VERDICT_DEGRADED] =
            "The source is given tickets on behalf of users only under a condition.",
        [VERDICT_UNKNOWN] =
            "It is not determined whether the source is given tickets for users.",
        [VERDICT_BROKEN] = "The source is given no tickets on behalf of users.",
    };
    static const char *const to_any[VERDICT_COUNT] = {
        [VERDICT_READY] =
            "Whoever signs in to the source lets it act for them towards every service.",
        [VERDICT_DEGRADED] =
            "Users hand the source their own tickets only under a condition.",
        [VERDICT_UNKNOWN] =
            "Whether users hand the source their own tickets is not determined.",
        [VERDICT_BROKEN] = "Nobody hands the source a ticket of their own.",
    };

    return edge->way == LEG_UNCONSTRAINED ? to_any[edge->verdict]
                                          : to_a_service[edge->verdict];
}

/* The row. */

static void
draw_principal(HtmlPage *page, const Principal *principal, const char *kind)
{
    Html *html = &page->html;
    g_autofree char *name = edge_principal_words(page->audit, principal);

    html_element(html, "span", name, "class", "who", NULL);
    if (kind) {
        html_markup(html, " ");
        html_element(html, "span", kind, "class", "kind", NULL);
    }
}

static void
draw_source(HtmlPage *page, const Edge *edge)
{
    Html *html = &page->html;
    g_autofree char *kind = edge_source_kind(edge);

    html_start(html, "th", "scope", "row", NULL);
    draw_principal(page, &edge->source, kind);
    html_end(html);
}

static void
draw_owner(HtmlPage *page, const Edge *edge)
{
    Html *html = &page->html;
    g_autofree char *owner = edge_owner_words(page->audit, edge);

    html_start(html, "td", NULL);
    if (edge->owner == OWNER_FOUND)
        draw_principal(page, &edge->target, principal_kind_names[edge->target.kind]);
    else
        html_element(html, "span", owner, "class", "quiet", NULL);
    html_end(html);
}

/* `rank`: sorted by it; NULL: never. */
static void
draw_works(Html *html, Verdict verdict, const char *rank)
{
    html_start(html, "td", "data-sort", rank, NULL);
    html_mark(html, &html_verdicts[verdict]);
    html_text(html, verdict_names[verdict]);
    html_end(html);
}

static void
draw_declared(Html *html, const Edge *edge)
{
    const char *word = edge_declared_word(edge);

    html_start(html, "td", NULL);
    html_text(html, word ? word : "–");
    if (edge->workload) {
        html_markup(html, " ");
        html_element(html, "span", edge->workload, "class", "kind", NULL);
    }
    html_end(html);
}

static void
draw_risks(Html *html, const Edge *edge)
{
    guint risks = edge_risks(edge);
    g_autofree char *rank = g_strdup_printf("%u", risks);

    html_start(html, "td", "data-sort", rank, NULL);
    for (guint i = 0; i < RISK_COUNT; i++) {
        if ((risks & 1u << i) == 0 || !risk_words[i].chip)
            continue;
        html_start(html, "span", "class", "chip", NULL);
        html_mark(html, &html_severities[risk_words[i].severity]);
        html_text(html, risk_words[i].chip);
        html_end(html);
        html_markup(html, " ");
    }
    if (edge_by_design(edge))
        html_element(html, "span", "by design: a domain controller", "class", "quiet",
                     NULL);
    html_end(html);
}

/* What unfolds. */

static void
draw_reasons(Html *html, const List *reasons)
{
    guint count = reasons->len;

    if (count == 0)
        return;
    html_start(html, "ul", "class", "reasons", NULL);
    for (guint i = 0; i < count && i < REASONS_SHOWN; i++)
        html_element(html, "li", reasons->pdata[i], NULL);
    if (count > REASONS_SHOWN) {
        html_start(html, "li", NULL);
        html_say(html, "and %s more", NUMBER(count - REASONS_SHOWN));
        html_end(html);
    }
    html_end(html);
}

static void
draw_spn(Html *html, const EdgeSpn *spn, bool declared)
{
    static const char *const words[] = {
        [TRI_NO] = "no", [TRI_YES] = "yes", [TRI_UNKNOWN] = "–"};

    html_start(html, "tr", NULL);
    html_element(html, "th", spn->spn, "scope", "row", "class", "code", NULL);
    draw_works(html, spn->verdict, NULL);
    html_start(html, "td", NULL);
    draw_reasons(html, list_at(spn->reasons));
    html_end(html);
    if (declared)
        html_element(html, "td", words[spn->declared], NULL);
    html_end(html);
}

static void
draw_spns(HtmlPage *page, const Edge *edge)
{
    static const char *const columns[] = {"SPN", "Works", "Why not", "Declared"};
    Html *html = &page->html;
    guint count = MIN(edge->spns->len, EDGE_SPNS_SHOWN);
    bool declared = page->edges->declared;

    if (count == 0)
        return;
    html_start(html, "table", "class", "list inner", "aria-label", "SPNs", NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns) - (declared ? 0 : 1));
    html_start(html, "tbody", NULL);
    for (guint i = 0; i < count; i++)
        draw_spn(html, edge->spns->pdata[i], declared);
    html_end(html);
    html_end(html);
    if (edge->spns->len > count) {
        html_start(html, "p", "class", "quiet", NULL);
        html_say(html, "and %s more SPNs: kcdaudit delegations lists all.",
                 NUMBER(edge->spns->len - count));
        html_end(html);
    }
}

static const Block *
block_at(const Sheet *sheet, guint number)
{
    for (guint i = 0; i < sheet->subjects->len; i++) {
        const Subject *subject = sheet->subjects->pdata[i];

        if (number < subject->blocks->len)
            return subject->blocks->pdata[number];
        number -= subject->blocks->len;
    }
    g_assert_not_reached();
}

static void
draw_findings(HtmlPage *page, const GArray *blocks)
{
    Html *html = &page->html;

    if (blocks->len == 0)
        return;
    html_start(html, "p", "class", "about", NULL);
    html_text(html, "Findings: ");
    for (guint i = 0; i < blocks->len && i < REASONS_SHOWN; i++) {
        guint number = g_array_index(blocks, guint, i);
        const Finding *first = block_at(page->sheet, number)->first;
        g_autofree char *link = g_strdup_printf("#block-%u", number);

        html_text(html, i > 0 ? ", " : "");
        html_start(html, "a", "href", link, NULL);
        html_say(html, "%s of %s", rule_name(first->rule), first->subject);
        html_end(html);
    }
    if (blocks->len > REASONS_SHOWN)
        html_say(html, " and %s more", NUMBER(blocks->len - REASONS_SHOWN));
    html_end(html);
}

/* "4 SPNs: ✓ 3 ready, ✗ 1 broken" */
static void
draw_summary(Html *html, const Edge *edge, const GArray *blocks)
{
    guint counts[VERDICT_COUNT] = {0};
    const char *before = ": ";

    for (guint i = 0; i < edge->spns->len; i++)
        counts[((const EdgeSpn *)edge->spns->pdata[i])->verdict]++;
    html_start(html, "summary", NULL);
    if (edge->spns->len == 0)
        html_text(html, "What that means");
    else
        html_say(html, "%s SPN%s", NUMBER(edge->spns->len),
                 edge->spns->len == 1 ? "" : "s");
    for (guint i = VERDICT_COUNT; i-- > 0;) {
        if (counts[i] == 0)
            continue;
        html_text(html, before);
        html_mark(html, &html_verdicts[i]);
        html_say(html, "%s %s", NUMBER(counts[i]), verdict_names[i]);
        before = ", ";
    }
    if (blocks->len > 0)
        html_say(html, "; findings: %s", NUMBER(blocks->len));
    html_end(html);
}

static void
draw_fold(HtmlPage *page, const Edge *edge, guint place)
{
    Html *html = &page->html;
    const GArray *blocks = page->edges->blocks->pdata[place];
    /* Of a ghost they stand beside its SPN. */
    bool told = edge->spns->len > 0 &&
                ((const EdgeSpn *)edge->spns->pdata[0])->reasons == &edge->reasons;

    html_start(html, "tr", NULL);
    html_start(html, "td", "colspan", page->edges->declared ? "7" : "6", NULL);
    html_start(html, "div", "class", "edge-more", NULL);
    html_start(html, "details", NULL);
    draw_summary(html, edge, blocks);
    html_element(html, "p", sentence_of(edge), "class", "sentence", NULL);
    if (!told)
        draw_reasons(html, edge->reasons);
    draw_spns(page, edge);
    draw_findings(page, blocks);
    html_end(html);
    html_end(html);
    html_end(html);
    html_end(html);
}

static void
draw_edge(HtmlPage *page, const Edge *edge, guint place)
{
    Html *html = &page->html;
    g_autofree char *anchor = html_edge_anchor(page->edges, edge);
    g_autofree char *services = edge_services(edge);
    g_autofree char *rank = g_strdup_printf("%d", edge->verdict);
    g_autoptr(GString) risks = g_string_new(NULL);

    for (guint i = 0; i < RISK_COUNT; i++)
        if (edge_risks(edge) & 1u << i)
            g_string_append_printf(risks, "%s%s", risks->len > 0 ? " " : "",
                                   edge_risk_names[i]);
    html_start(html, "tbody", "class", place < PAPER_EDGES ? "edge" : "edge late", "id",
               anchor, "data-way", edge_way_name(edge->way), "data-works",
               verdict_names[edge->verdict], "data-risk", risks->str, "data-at-risk",
               tally_edge_at_risk(page->audit, edge) ? "" : NULL, NULL);
    html_start(html, "tr", NULL);
    draw_source(page, edge);
    html_element(html, "td", edge_way_words(edge), NULL);
    html_element(html, "td", services, "class", "to", NULL);
    draw_owner(page, edge);
    draw_works(html, edge->verdict, rank);
    draw_risks(html, edge);
    if (page->edges->declared)
        draw_declared(html, edge);
    html_end(html);
    draw_fold(page, edge, place);
    html_end(html);
}

/* Around the table. */

static void
start_select(Html *html, const char *label, const char *name, const char *any)
{
    html_start(html, "label", NULL);
    html_element(html, "span", label, NULL);
    html_start(html, "select", "name", name, "form", "filter", NULL);
    html_element(html, "option", any, "value", "", NULL);
}

static void
end_select(Html *html)
{
    html_end(html);
    html_end(html);
}

static void
draw_controls(HtmlPage *page)
{
    Html *html = &page->html;

    html_start(html, "div", "class", "controls scripted", NULL);
    html_element(html, "p", "", "id", "edges-count", "class", "count", "role", "status",
                 NULL);
    start_select(html, "Way", "way", "any");
    for (guint i = 0; i < G_N_ELEMENTS(leg_names); i++)
        html_element(html, "option", leg_names[i], "value", leg_names[i], NULL);
    end_select(html);
    start_select(html, "Works", "works", "any");
    for (guint i = 0; i < VERDICT_COUNT; i++)
        html_element(html, "option", verdict_names[tally_verdicts[i]], "value",
                     verdict_names[tally_verdicts[i]], NULL);
    end_select(html);
    start_select(html, "Risk", "risk", "any or none");
    html_element(html, "option", "at risk, or does not work", "value", "any", NULL);
    for (guint i = 0; i < RISK_COUNT; i++)
        html_element(html, "option", risk_words[i].option, "value", edge_risk_names[i],
                     NULL);
    end_select(html);
    html_end(html);
}

static void
draw_table(HtmlPage *page)
{
    static const char *const columns[] = {"Source", "Way",  "May ask for", "Answered by",
                                          "Works",  "Risk", "Declared"};
    Html *html = &page->html;
    const GPtrArray *shown = page->edges->shown;

    html_start(html, "div", "class", "wide tall", "tabindex", "0", "role", "region",
               "aria-label", "Table of delegations", NULL);
    html_start(html, "table", "class", "list edges", "id", "edges-table",
               "aria-labelledby", "delegations-title", NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns) - (page->edges->declared ? 0 : 1));
    for (guint i = 0; i < shown->len; i++)
        draw_edge(page, shown->pdata[i], i);
    html_end(html);
    html_end(html);
}

static void
draw_rest(HtmlPage *page)
{
    Html *html = &page->html;
    const HtmlEdges *edges = page->edges;
    guint rest = edges->count - edges->shown->len;
    guint risky = edges->at_risk - MIN(edges->at_risk, edges->shown->len);

    if (rest == 0)
        return;
    html_start(html, "p", "class", "note", "id", "edges-rest", NULL);
    html_say(html, "%s more %s not listed here, ", NUMBER(rest),
             rest == 1 ? "is" : "are");
    if (risky > 0)
        html_say(html, "%s of them at risk: ", NUMBER(risky));
    else
        html_text(html, "none of them at risk: ");
    html_element(html, "code", "kcdaudit delegations", NULL);
    html_text(html, " lists all.");
    html_end(html);
}

static void
draw_counts(HtmlPage *page)
{
    Html *html = &page->html;
    const HtmlEdges *edges = page->edges;
    guint all = page->audit->edges->len;
    bool one = edges->at_risk == 1;

    html_start(html, "p", "class", "lead", NULL);
    if (all == 0)
        html_text(html, "No delegation was found in what was read.");
    else if (edges->at_risk == 0)
        html_say(html, "None of %s delegation%s is at risk.", NUMBER(all),
                 all == 1 ? "" : "s");
    else
        html_say(html,
                 "%s of %s delegation%s %s at risk: %s to Tier 0, %s open to more than "
                 "needed, %s not declared, or %s not work.",
                 NUMBER(edges->at_risk), NUMBER(all), all == 1 ? "" : "s",
                 one ? "is" : "are", one ? "it leads" : "they lead", one ? "is" : "are",
                 one ? "is" : "are", one ? "does" : "do");
    html_end(html);
    if (edges->migrations > 0) {
        html_start(html, "p", "class", "quiet", "id", "edges-migration", NULL);
        html_say(html, "%s of them %s the live migration of audited hosts: ",
                 NUMBER(edges->migrations), edges->migrations == 1 ? "is" : "are");
        html_element(html, "a", "the matrix", "href", "#matrix", NULL);
        html_text(html, " shows them.");
        html_end(html);
    }
    if (edges->count > 0 && !edges->declared)
        html_element(html, "p",
                     "The configuration declares no delegation, so none is called "
                     "undeclared.",
                     "class", "quiet", NULL);
}

void
html_draw_delegations_link(HtmlPage *page)
{
    Html *html = &page->html;

    if (!page->edges->asked)
        return;
    html_start(html, "li", NULL);
    html_element(html, "a", "Delegations", "href", "#delegations", NULL);
    html_end(html);
}

void
html_draw_delegations(HtmlPage *page)
{
    Html *html = &page->html;

    if (!page->edges->asked)
        return;
    html_section(html, "delegations",
                 "Delegations: who may act for users, and towards whom");
    draw_counts(page);
    html_draw_chains(page);
    if (page->edges->count > 0) {
        html_element(html, "h3", "All delegations", NULL);
        draw_controls(page);
        draw_table(page);
        draw_rest(page);
    }
    html_end(html);
}
