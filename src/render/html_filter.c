/* The bar that filters the whole page, and the way around it.  Hidden without
 * script, which does the filtering. */
#include "audit/rules.h"
#include "render/html_page.h"

#include <string.h>

static void
start_field(Html *html, const char *label)
{
    html_start(html, "label", NULL);
    html_element(html, "span", label, NULL);
}

static void
draw_option(Html *html, const char *value, const char *words)
{
    html_element(html, "option", words, "value", value, NULL);
}

/* The rules that found something, each once, in order. */
static void
draw_rule_options(HtmlPage *page)
{
    const GPtrArray *findings = page->audit->findings;
    int last = -1;

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        const Rule *rule = &rules[finding->rule];

        if (last == (int)finding->rule)
            continue;
        last = (int)finding->rule;
        g_autofree char *words = g_strdup_printf("%s %s", rule->id, rule->title);
        draw_option(&page->html, rule->id, words);
    }
}

static void
start_select(Html *html, const char *label, const char *name)
{
    start_field(html, label);
    html_start(html, "select", "name", name, NULL);
    draw_option(html, "", "any");
}

static void
end_select(Html *html)
{
    html_end(html);
    html_end(html);
}

static void
draw_select(Html *html, const char *label, const char *name, const char *const *options,
            guint count)
{
    start_select(html, label, name);
    for (guint i = 0; i < count; i++)
        draw_option(html, options[i], options[i]);
    end_select(html);
}

static void
draw_form(HtmlPage *page)
{
    static const char *const severities[] = {"critical", "error", "warning", "info"};
    static const char *const verdicts[] = {"ready", "degraded", "broken", "unknown"};
    Html *html = &page->html;
    const GPtrArray *hosts = page->audit->hosts;

    html_start(html, "form", "id", "filter", "role", "search", "aria-label",
               "Filter the report", "class", "scripted", NULL);
    start_field(html, "Search");
    html_void(html, "input", "type", "search", "name", "text", "placeholder", "any text",
              "autocomplete", "off", NULL);
    html_end(html);
    start_field(html, "Host");
    html_void(html, "input", "type", "search", "name", "host", "list", "host-names",
              "placeholder", "any host", "autocomplete", "off", NULL);
    html_end(html);
    html_start(html, "datalist", "id", "host-names", NULL);
    for (guint i = 0; i < hosts->len; i++)
        html_element(html, "option", "", "value",
                     ((const Host *)hosts->pdata[i])->account->name, NULL);
    html_end(html);
    start_select(html, "Rule", "rule");
    draw_rule_options(page);
    end_select(html);
    draw_select(html, "Severity", "severity", severities, G_N_ELEMENTS(severities));
    start_select(html, "Status", "status");
    draw_option(html, "fail", "failed");
    draw_option(html, "unknown", "undecided");
    draw_option(html, "waived", "waived");
    end_select(html);
    draw_select(html, "Verdict of pairs", "verdict", verdicts, G_N_ELEMENTS(verdicts));
    html_element(html, "button", "Reset", "type", "reset", NULL);
    html_end(html);
}

static void
draw_link(Html *html, const char *href, const char *words)
{
    html_start(html, "li", NULL);
    html_element(html, "a", words, "href", href, NULL);
    html_end(html);
}

void
html_draw_filter(HtmlPage *page)
{
    Html *html = &page->html;
    const Trend *trend = page->report->trend;

    html_start(html, "div", "class", "bar-top", NULL);
    html_start(html, "nav", "aria-label", "Parts of the report", NULL);
    html_start(html, "ul", NULL);
    draw_link(html, "#matrix", "Matrix");
    draw_link(html, "#findings", "Findings");
    if (page->tally.waived > 0)
        draw_link(html, "#waived", "Waived");
    draw_link(html, "#hosts", "Hosts");
    if (trend && trend->runs->len > 1)
        draw_link(html, "#trend", "Trend");
    draw_link(html, "#basis", "What this rests on");
    draw_link(html, "#rules", "Rules");
    html_end(html);
    html_end(html);
    draw_form(page);
    html_end(html);
}
