/* The HTML report: one self-contained page.
 *
 * Nothing on it is loaded from anywhere, and its policy says so: only the styles
 * and the script that stand in it may run, known by their hashes.  What the
 * directory said is text and data, never markup or code.
 *
 * What does not depend on the audit stands in data/report/page.html.  Its slots are
 * filled by the parts, which write through html_writer.c: only it quotes. */
#include "base/embed.h"
#include "base/slots.h"
#include "formats.h"
#include "html_data.h"
#include "html_parts.h"
#include "summary.h"

#include <string.h>

/* In the order in which they stand on the page. */
static const char *const styles[] = {"report.css", "findings.css", "edges.css"};
static const char *const scripts[] = {"base.js",  "map.js",    "matrix.js", "panel.js",
                                      "edges.js", "filter.js", "page.js"};

/* The files one after the other. */
static char *
join_embedded(const char *const *files, guint count)
{
    GString *out = g_string_new("\n");

    for (guint i = 0; i < count; i++) {
        const char *text = embed_find(files[i]);

        g_assert(text);
        g_string_append(out, text);
    }
    return g_string_free(out, FALSE);
}

static void
draw_policy(HtmlPage *page)
{
    g_autofree char *style = join_embedded(styles, G_N_ELEMENTS(styles));
    g_autofree char *script = join_embedded(scripts, G_N_ELEMENTS(scripts));
    html_policy(&page->html, style, script);
}

static void
draw_generator(HtmlPage *page)
{
    g_autofree char *text = g_strconcat("kcdaudit ", page->report->tool_version, NULL);

    html_void(&page->html, "meta", "name", "generator", "content", text, NULL);
}

static void
draw_title(HtmlPage *page)
{
    const char *domain = page->audit->estate->domain;
    g_autoptr(GString) sentence = g_string_new(NULL);
    Style style;
    const char *word = summary_answer(page->audit, &page->tally, sentence, &style);

    html_start(&page->html, "title", NULL);
    html_say(&page->html, "%s%s%s: %s · kcdaudit", domain ? domain : "",
             domain ? ", " : "", word, sentence->str);
    html_end(&page->html);
}

static void
draw_style(HtmlPage *page)
{
    g_autofree char *style = join_embedded(styles, G_N_ELEMENTS(styles));

    html_embedded(&page->html, "style", style);
}

static void
draw_foot(HtmlPage *page)
{
    Html *html = &page->html;

    html_start(html, "p", NULL);
    html_say(html,
             "kcdaudit %s only reads: nothing in the directory was changed. This page "
             "loads nothing and sends nothing.",
             page->report->tool_version);
    html_end(html);
}

static void
draw_data(HtmlPage *page)
{
    Html *html = &page->html;
    g_autoptr(GString) data = g_string_new(NULL);

    html_data(page, data);
    html_start(html, "script", "type", "application/json", "id", "data", NULL);
    g_string_append_len(html->out, data->str, (gssize)data->len);
    html_end(html);
}

static void
draw_script(HtmlPage *page)
{
    g_autofree char *script = join_embedded(scripts, G_N_ELEMENTS(scripts));

    html_embedded(&page->html, "script", script);
}

static const struct {
    const char *name;
    void (*draw)(HtmlPage *page);
} slots[] = {
    {"policy", draw_policy},
    {"generator", draw_generator},
    {"title", draw_title},
    {"style", draw_style},
    {"brand", html_draw_brand},
    {"answer", html_draw_answer},
    {"first", html_draw_first},
    {"facts", html_draw_facts},
    {"figures", html_draw_figures},
    {"since", html_draw_since},
    {"waived-link", html_draw_waived_link},
    {"trend-link", html_draw_trend_link},
    {"host-options", html_draw_host_options},
    {"rule-options", html_draw_rule_options},
    {"matrix", html_draw_matrix},
    {"delegations-link", html_draw_delegations_link},
    {"delegations", html_draw_delegations},
    {"findings", html_draw_findings},
    {"waived", html_draw_waived},
    {"hosts", html_draw_hosts},
    {"trend", html_draw_trend},
    {"basis", html_draw_basis},
    {"rule-count", html_draw_rule_count},
    {"rules", html_draw_rules},
    {"foot", draw_foot},
    {"data", draw_data},
    {"script", draw_script},
};

static bool
draw_slot(char **words, void *data, GString *out)
{
    HtmlPage *page = data;

    g_assert(out == page->html.out);
    for (guint i = 0; i < G_N_ELEMENTS(slots); i++) {
        if (strcmp(slots[i].name, words[0]) != 0)
            continue;
        slots[i].draw(page);
        g_assert(page->html.open->len == 0);
        return true;
    }
    return false;
}

void
render_html(const Report *report, GString *out)
{
    g_auto(HtmlPage) page = html_page_of(report, out);
    bool filled = slots_fill(embed_find("page.html"), draw_slot, &page, out, NULL);

    g_assert(filled);
}
