/* What of the bar at the top depends on the audit: links to the parts that are there,
 * and what can be filtered by. */
#include "audit/rules.h"
#include "html_parts.h"
#include "summary.h"

static void
draw_link(Html *html, const char *href, const char *words)
{
    html_start(html, "li", NULL);
    html_element(html, "a", words, "href", href, NULL);
    html_end(html);
}

void
html_draw_waived_link(HtmlPage *page)
{
    if (page->tally.waived > 0)
        draw_link(&page->html, "#waived", "Waived");
}

void
html_draw_trend_link(HtmlPage *page)
{
    if (summary_before(page->report->trend))
        draw_link(&page->html, "#trend", "Trend");
}

static void
draw_option(Html *html, const char *value, const char *words)
{
    html_element(html, "option", words, "value", value, NULL);
}

void
html_draw_host_options(HtmlPage *page)
{
    const GPtrArray *accounts = page->names.accounts;

    for (guint i = 0; i < accounts->len; i++)
        draw_option(&page->html, ((const Account *)accounts->pdata[i])->name, "");
}

/* The rules that found something, each once, in order. */
void
html_draw_rule_options(HtmlPage *page)
{
    const GPtrArray *findings = report_findings(page->report);
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
