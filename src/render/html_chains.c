/* Ways of several steps: drawn from left to right up to Tier 0, with what to remove to
 * end them, and in words. */
#include "html_parts.h"

#include "base/text.h"
#include "edges.h"
#include "graph.h"
#include "sketch.h"

#include <string.h>

#define NODES_DRAWN 150

/* Pixels. */
#define BOX_WIDTH 204
#define BOX_HEIGHT 38
#define MARGIN 12 /* beside its text */
#define NAME_SIZE 12.5
#define COLUMN 296
#define ROW 52
#define EDGE_OF_PAGE 14
#define ABOVE 26 /* for headings of columns, and circles */

/* By leg. */
static const struct {
    Leg way;
    const char *word;
    const char *legend;
} ways[] = {
    {LEG_KCD, "constrained", "constrained: by the source's list"},
    {LEG_RBCD, "RBCD", "RBCD: by the target's descriptor"},
    {LEG_UNCONSTRAINED, "unconstrained", "unconstrained: by users' own tickets"},
};

static const char *
word_of(const Edge *edge)
{
    for (guint i = 0; i < G_N_ELEMENTS(ways); i++)
        if (ways[i].way == edge->way)
            return ways[i].word;
    g_assert_not_reached();
}

/* Drawing. */

static char *
pixels(double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    return g_strdup(g_ascii_formatd(text, sizeof text, "%.1f", value));
}

/* How wide a character of a name is at most, in the wider ones of usual fonts. */
static double
width_of(gunichar c)
{
    bool narrow = c < 0x80 && strchr("iljtf.,:;'|!-() ", (int)c);
    bool wide = (c < 0x80 && strchr("mwMW@%", (int)c)) || g_unichar_iswide(c);

    return NAME_SIZE * (narrow                                  ? 0.48
                        : wide                                  ? 1.12
                        : c >= 0x80 || g_ascii_isupper((char)c) ? 0.86
                        : g_ascii_isalnum((char)c)              ? 0.73
                                                                : 0.86);
}

/* As much of a name as fits into a box; all of it is in the title (transfer full). */
static char *
label_of(const char *name)
{
    g_autofree char *visible = html_visible(name);
    GString *out = g_string_new(NULL);
    double left = BOX_WIDTH - 2 * MARGIN;

    for (const char *at = visible; *at; at = g_utf8_next_char(at))
        left -= width_of(g_utf8_get_char(at));
    if (left >= 0)
        return g_string_free(g_string_append(out, visible), FALSE);
    left = BOX_WIDTH - 2 * MARGIN - width_of('M');
    for (const char *at = visible; *at; at = g_utf8_next_char(at)) {
        left -= width_of(g_utf8_get_char(at));
        if (left < 0)
            break;
        g_string_append_unichar(out, g_utf8_get_char(at));
    }
    return g_string_free(g_string_append(out, "…"), FALSE);
}

static double
left_of(const Graph *graph, guint node)
{
    return EDGE_OF_PAGE +
           (double)COLUMN * g_array_index(graph->nodes, GraphNode, node).column;
}

static double
middle_of(const Graph *graph, guint node)
{
    return ABOVE + BOX_HEIGHT / 2.0 +
           ROW * g_array_index(graph->nodes, GraphNode, node).row;
}

/* "svc-web → DC1: kcd to cifs/dc1" of each delegation (transfer full). */
static char *
title_of(const SketchLink *link)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < link->edges->len; i++) {
        const Edge *edge = link->edges->pdata[i];
        const EdgeSpn *spn = edge->spns->len > 0 ? edge->spns->pdata[0] : NULL;

        g_string_append_printf(out, "%s%s, %s", i > 0 ? "; " : "", edge->source.name,
                               word_of(edge));
        if (edge->way == LEG_KCD && spn)
            g_string_append_printf(out, ": %s", spn->spn);
    }
    return g_string_free(out, FALSE);
}

static void
draw_arrow(Html *html, double x, double y)
{
    g_autofree char *px = pixels(x), *py = pixels(y);
    g_autofree char *way = g_strdup_printf("M%s %sl-9 -4.5v9z", px, py);

    html_element(html, "path", "", "class", "arrow", "d", way, NULL);
}

static void
curve_to(GString *out, double x, double y, double to_x, double to_y)
{
    g_autofree char *middle = pixels((x + to_x) / 2), *from = pixels(y);
    g_autofree char *end_x = pixels(to_x), *end_y = pixels(to_y);

    g_string_append_printf(out, "C%s %s %s %s %s %s", middle, from, middle, end_y, end_x,
                           end_y);
}

/* Beside whatever it passes. */
static char *
path_of(const Graph *graph, const GraphLine *line)
{
    double x = left_of(graph, line->from) + BOX_WIDTH, y = middle_of(graph, line->from);
    double end_x = left_of(graph, line->to), end_y = middle_of(graph, line->to);
    g_autofree char *px = pixels(x), *py = pixels(y);
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "M%s %s", px, py);
    for (guint i = 0; i < line->bends->len; i++) {
        double row = g_array_index(line->bends, double, i);
        double bend_x =
            EDGE_OF_PAGE +
            (double)COLUMN *
                (g_array_index(graph->nodes, GraphNode, line->from).column + i + 1);
        double bend_y = ABOVE + BOX_HEIGHT / 2.0 + ROW * row;

        curve_to(out, x, y, bend_x, bend_y);
        x = bend_x + BOX_WIDTH;
        y = bend_y;
        g_autofree char *bx = pixels(x);
        g_string_append_printf(out, "H%s", bx);
    }
    curve_to(out, x, y, end_x - 8, end_y);
    return g_string_free(out, FALSE);
}

/* A circle is closed over the boxes. */
static char *
path_back(const Graph *graph, const GraphLine *line)
{
    double x = left_of(graph, line->from) + BOX_WIDTH * 0.75;
    double end_x = left_of(graph, line->to) + BOX_WIDTH * 0.25;
    double y = middle_of(graph, line->from) - BOX_HEIGHT / 2.0;
    double end_y = middle_of(graph, line->to) - BOX_HEIGHT / 2.0;
    double over = MIN(y, end_y) - ABOVE + 4;
    g_autofree char *px = pixels(x), *py = pixels(y), *o = pixels(over);
    g_autofree char *ex = pixels(end_x), *ey = pixels(end_y - 8);

    return g_strdup_printf("M%s %sC%s %s %s %s %s %s", px, py, px, o, ex, o, ex, ey);
}

/* Near its source, where lines are apart; `nth` of those that leave it. */
static void
draw_badge(Html *html, const Graph *graph, const GraphLine *line, guint nth, guint number)
{
    double x = left_of(graph, line->from) + BOX_WIDTH, y = middle_of(graph, line->from);
    double end_y = middle_of(graph, line->to);
    double t = MIN(0.16 + 0.22 * nth, 0.9), u = 1 - t;
    double gap = COLUMN - BOX_WIDTH;
    /* The curve of curve_to. */
    double along = 1.5 * u * u * t + 1.5 * u * t * t + t * t * t;
    double across = 3 * u * t * t + t * t * t;
    g_autofree char *px = pixels(x + gap * along);
    g_autofree char *py = pixels(y + (end_y - y) * across);
    g_autofree char *text_y = pixels(y + (end_y - y) * across + 4);
    g_autofree char *text = g_strdup_printf("%u", number);

    html_element(html, "circle", "", "class", "badge", "cx", px, "cy", py, "r", "10",
                 NULL);
    html_element(html, "text", text, "class", "badge-number", "x", px, "y", text_y,
                 "text-anchor", "middle", NULL);
}

static void
draw_link(Html *html, const Graph *graph, const GraphLine *line, const SketchLink *link,
          guint *cuts)
{
    g_autofree char *path = line->back ? path_back(graph, line) : path_of(graph, line);
    g_autofree char *title = title_of(link);
    const Edge *first = link->edges->pdata[0];
    g_autofree char *class = g_strdup_printf("link %s%s", edge_way_name(first->way),
                                             link->cut > 0 ? " cut" : "");

    html_start(html, "g", "class", class, NULL);
    html_element(html, "title", title, NULL);
    html_element(html, "path", "", "class", "line", "d", path, NULL);
    if (line->back) {
        g_autofree char *px = pixels(left_of(graph, line->to) + BOX_WIDTH * 0.25);
        g_autofree char *py = pixels(middle_of(graph, line->to) - BOX_HEIGHT / 2.0);
        g_autofree char *way = g_strdup_printf("M%s %sl-4.5 -9h9z", px, py);

        html_element(html, "path", "", "class", "arrow", "d", way, NULL);
    } else {
        draw_arrow(html, left_of(graph, line->to), middle_of(graph, line->to));
    }
    if (link->cut > 0)
        draw_badge(html, graph, line, cuts[link->from]++, link->cut);
    html_end(html);
}

static void
draw_node_text(Html *html, const SketchNode *node, double x, double y)
{
    g_autofree char *px = pixels(x + MARGIN), *first = pixels(y - 2),
                    *second = pixels(y + 12);
    g_autofree char *name = label_of(node->account->name);

    if (node->alike->len > 1) {
        g_autofree char *count = g_strdup_printf("%s accounts", NUMBER(node->alike->len));

        html_element(html, "text", count, "class", "name", "x", px, "y", first, NULL);
        html_start(html, "text", "class", "kind", "x", px, "y", second, NULL);
        html_say(html, "%s, …", name);
        html_end(html);
        return;
    }
    html_element(html, "text", name, "class", "name", "x", px, "y", first, NULL);
    html_start(html, "text", "class", "kind", "x", px, "y", second, NULL);
    html_say(html, "%s%s", node->tier0 ? "Tier 0 · " : "",
             principal_kind_names[principal_kind_of(node->account)]);
    html_end(html);
}

static void
draw_box(Html *html, const char *class, double x, double y, double inset)
{
    g_autofree char *px = pixels(x + inset), *py = pixels(y - BOX_HEIGHT / 2.0 + inset);
    g_autofree char *width = pixels(BOX_WIDTH - 2 * inset);
    g_autofree char *height = pixels(BOX_HEIGHT - 2 * inset);

    html_element(html, "rect", "", "class", class, "x", px, "y", py, "width", width,
                 "height", height, "rx", "6", NULL);
}

static void
draw_node(Html *html, const Graph *graph, guint number, const SketchNode *node)
{
    double x = left_of(graph, number), y = middle_of(graph, number);
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < node->alike->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((const Account *)node->alike->pdata[i])->name);
    html_start(html, "g", "class", node->tier0 ? "node tier0" : "node", NULL);
    html_element(html, "title", names->str, NULL);
    if (node->alike->len > 1) {
        draw_box(html, "box behind", x + 4, y + 4, 0);
    }
    draw_box(html, "box", x, y, 0);
    /* A double frame, so that it is seen without colours. */
    if (node->tier0)
        draw_box(html, "frame", x, y, 3);
    draw_node_text(html, node, x, y);
    html_end(html);
}

/* "2 steps", "1 step", "Tier 0" over the columns. */
static void
draw_columns(Html *html, const Graph *graph)
{
    for (guint i = 0; i < graph->columns; i++) {
        guint steps = graph->columns - 1 - i;
        g_autofree char *x = pixels(EDGE_OF_PAGE + (double)COLUMN * i);
        g_autofree char *text =
            steps == 0 ? g_strdup("Tier 0")
                       : g_strdup_printf("%u step%s away", steps, steps == 1 ? "" : "s");

        html_element(html, "text", text, "class", "column", "x", x, "y", "14", NULL);
    }
}

static void
draw_graph(Html *html, const Sketch *sketch)
{
    g_autoptr(Graph) graph = graph_new(sketch->nodes->len);
    g_autofree guint *cuts = g_new0(guint, MAX(sketch->nodes->len, 1));

    for (guint i = 0; i < sketch->links->len; i++) {
        const SketchLink *link = sketch->links->pdata[i];

        graph_add(graph, link->from, link->to);
    }
    graph_lay_out(graph);
    guint width = 2 * EDGE_OF_PAGE + COLUMN * (graph->columns - 1) + BOX_WIDTH;
    guint height = (guint)(ABOVE + BOX_HEIGHT + ROW * graph->rows) + EDGE_OF_PAGE;
    g_autofree char *view = g_strdup_printf("0 0 %u %u", width, height);
    g_autofree char *w = g_strdup_printf("%u", width);
    g_autofree char *h = g_strdup_printf("%u", height);

    html_start(html, "div", "class", "wide", "tabindex", "0", "role", "region",
               "aria-label", "Drawing of the chains", NULL);
    html_start(html, "svg", "class", "graph", "id", "chains-graph", "viewBox", view,
               "width", w, "height", h, "role", "img", "aria-label",
               "The chains from left to right; below they are told in words", NULL);
    if (sketch->to_tier0)
        draw_columns(html, graph);
    for (guint i = 0; i < sketch->links->len; i++)
        draw_link(html, graph, graph->lines->pdata[i], sketch->links->pdata[i], cuts);
    for (guint i = 0; i < sketch->nodes->len; i++)
        draw_node(html, graph, i, sketch->nodes->pdata[i]);
    html_end(html);
    html_end(html);
}

static void
draw_key(Html *html, Leg way, const char *words)
{
    g_autofree char *class = g_strconcat("link ", edge_way_name(way), NULL);

    html_start(html, "li", NULL);
    html_start(html, "svg", "class", "graph key-line", "width", "34", "height", "10",
               "viewBox", "0 0 34 10", "aria-hidden", "true", NULL);
    html_start(html, "g", "class", class, NULL);
    html_element(html, "path", "", "class", "line", "d", "M1 5H33", NULL);
    html_end(html);
    html_end(html);
    html_text(html, words);
    html_end(html);
}

/* Of what is drawn. */
static void
draw_legend(Html *html, const Sketch *sketch)
{
    bool cut = false, tier0 = false;
    guint seen = 0;

    for (guint i = 0; i < sketch->links->len; i++) {
        const SketchLink *link = sketch->links->pdata[i];

        cut = cut || link->cut > 0;
        seen |= ((const Edge *)link->edges->pdata[0])->way;
    }
    for (guint i = 0; i < sketch->nodes->len; i++)
        tier0 = tier0 || ((const SketchNode *)sketch->nodes->pdata[i])->tier0;
    html_start(html, "ul", "class", "legend", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(ways); i++)
        if (seen & ways[i].way)
            draw_key(html, ways[i].way, ways[i].legend);
    if (cut)
        html_element(html, "li", "thick, with a number: to be removed, see below", NULL);
    if (tier0)
        html_element(html, "li", "double frame: Tier 0", NULL);
    html_end(html);
}

/* Words. */

/* "svc-web may act on SQL1 (kcd), SQL1 on DC1 (rbcd)" (transfer full). */
static char *
words_of(const Chain *chain)
{
    GString *out = g_string_new(NULL);
    const char *from = chain->from->name;

    for (guint i = 0; i < chain->steps->len; i++) {
        const Edge *edge = chain->steps->pdata[i];
        const Account *end = sketch_step_end(chain, i);
        const char *to = end ? end->name : edge->target.name;

        g_string_append_printf(out, "%s%s %s %s (%s", i > 0 ? ", " : "", from,
                               i > 0 ? "on" : "may act on", to, word_of(edge));
        if (strcmp(edge->source.name, from) != 0)
            g_string_append_printf(out, ", as one of %s", edge->source.name);
        g_string_append_c(out, ')');
        from = to;
    }
    return g_string_free(out, FALSE);
}

static void
draw_words(HtmlPage *page, bool open)
{
    static const char *const columns[] = {"From", "To", "Steps", "In words"};
    Html *html = &page->html;
    const Chains *chains = page->audit->chains;

    html_start(html, "details", "class", "fold", "id", "chains-words", "open",
               open ? "" : NULL, NULL);
    html_start(html, "summary", NULL);
    html_say(html, "The chains in words (%s)", NUMBER(chains->chains->len));
    html_end(html);
    html_start(html, "div", "class", "wide", NULL);
    html_start(html, "table", "class", "list", "aria-label", "Chains of delegations",
               NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns));
    html_start(html, "tbody", NULL);
    for (guint i = 0; i < chains->chains->len; i++) {
        const Chain *chain = chains->chains->pdata[i];
        g_autofree char *words = words_of(chain);

        html_start(html, "tr", NULL);
        html_element(html, "th", chain->from->name, "scope", "row", NULL);
        html_start(html, "td", NULL);
        html_text(html, chain->to->name);
        if (chain->tier0)
            html_element(html, "span", " Tier 0", "class", "kind", NULL);
        html_end(html);
        html_element(html, "td", NUMBER(chain->steps->len), NULL);
        html_element(html, "td", words, NULL);
        html_end(html);
    }
    html_end(html);
    html_end(html);
    html_end(html);
    html_end(html);
}

static void
draw_cut(HtmlPage *page)
{
    Html *html = &page->html;
    const GArray *cut = page->audit->chains->cut;

    if (cut->len == 0)
        return;
    html_start(html, "p", "class", "cut-lead", NULL);
    html_say(html, "Removing %s ends every way to Tier 0:",
             cut->len == 1 ? "this delegation" : "these delegations together");
    html_end(html);
    html_start(html, "ol", "class", "steps", "id", "chains-cut", NULL);
    for (guint i = 0; i < cut->len && i < CUTS_SHOWN; i++) {
        const Cut *one = &g_array_index(cut, Cut, i);
        const Edge *edge = one->edge;
        g_autofree char *anchor = html_edge_anchor(page->edges, edge);
        g_autofree char *link = anchor ? g_strconcat("#", anchor, NULL) : NULL;
        g_autofree char *from = edge_principal_words(page->audit, &edge->source);
        g_autofree char *to = edge_owner_words(page->audit, edge);

        html_start(html, "li", NULL);
        html_start(html, link ? "a" : "span", "href", link, NULL);
        html_say(html, "%s → %s, %s", from, to, edge_way_words(edge));
        html_end(html);
        if (one->frees > 0)
            html_say(html, ": without it alone %s account%s no longer reach%s Tier 0",
                     NUMBER(one->frees), one->frees == 1 ? "" : "s",
                     one->frees == 1 ? "es" : "");
        html_end(html);
    }
    html_end(html);
    if (cut->len > CUTS_SHOWN) {
        html_start(html, "p", "class", "quiet", NULL);
        html_say(html, "and %s more (-f json has all)", NUMBER(cut->len - CUTS_SHOWN));
        html_end(html);
    }
}

static void
draw_lead(HtmlPage *page, guint tier0)
{
    Html *html = &page->html;
    const Chains *chains = page->audit->chains;
    guint listed = chains->chains->len;

    html_start(html, "p", "id", "chains-lead", NULL);
    html_say(html, "%s chain%s from one account to another by delegation alone",
             NUMBER(chains->count), chains->count == 1 ? " leads" : "s lead");
    if (listed < chains->count)
        html_say(html, ", of which the first %s are shown", NUMBER(listed));
    if (tier0 > 0)
        html_say(html, ". %s end%s at Tier 0%s", NUMBER(tier0), tier0 == 1 ? "s" : "",
                 listed > tier0 ? ", and only those are drawn" : "");
    html_text(html, ".");
    html_end(html);
}

void
html_draw_chains(HtmlPage *page)
{
    Html *html = &page->html;
    const Chains *chains = page->audit->chains;
    guint tier0 = 0;

    if (!chains || chains->chains->len == 0)
        return;
    for (guint i = 0; i < chains->chains->len; i++)
        tier0 += ((const Chain *)chains->chains->pdata[i])->tier0 ? 1 : 0;
    html_element(html, "h3", "Chains: who becomes whom by delegation alone", NULL);
    draw_lead(page, tier0);

    g_auto(Sketch) sketch = sketch_of(chains, tier0 > 0);
    sketch_join_alike(&sketch);
    bool drawn = sketch.nodes->len <= NODES_DRAWN;
    if (drawn) {
        html_start(html, "figure", "class", "chains", NULL);
        draw_graph(html, &sketch);
        draw_legend(html, &sketch);
        html_end(html);
    } else {
        html_start(html, "p", "class", "quiet", NULL);
        html_say(html, "None is drawn: %s accounts would be too many to read.",
                 NUMBER(sketch.nodes->len));
        html_end(html);
    }
    draw_cut(page);
    draw_words(page, !drawn);
}
