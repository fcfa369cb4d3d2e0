/* The rules, by how many subjects passed. */
#include "audit/rules.h"
#include "html_parts.h"
#include "render/frameworks.h"

typedef struct {
    guint by_status[STATUS_NOT_APPLICABLE + 1];
} Outcomes;

static void
draw_outcome(Html *html, const HtmlMark *mark, guint count)
{
    g_autofree char *text = g_strdup_printf("%u", count);

    html_start(html, "td", "class", count > 0 ? "number" : "number none", NULL);
    if (mark && count > 0)
        html_mark(html, mark);
    html_text(html, text);
    html_end(html);
}

static void
draw_rule(Html *html, const Rule *rule, const Outcomes *outcomes)
{
    const guint *counts = outcomes->by_status;
    bool ran = counts[STATUS_PASS] + counts[STATUS_FAIL] + counts[STATUS_UNKNOWN] > 0;
    g_autofree char *href = g_strconcat("#rule=", rule->id, NULL);
    g_autofree char *frameworks = frameworks_text((RuleId)(rule - rules));

    html_start(html, "tr", "class", ran ? NULL : "idle", NULL);
    html_start(html, "th", "scope", "row", NULL);
    if (counts[STATUS_FAIL] + counts[STATUS_UNKNOWN] > 0)
        html_element(html, "a", rule->id, "href", href, NULL);
    else
        html_text(html, rule->id);
    html_end(html);
    html_start(html, "td", NULL);
    html_text(html, rule->title);
    if (*frameworks)
        html_element(html, "p", frameworks, "class", "quiet", NULL);
    html_end(html);
    html_element(html, "td", severity_names[rule->severity], NULL);
    draw_outcome(html, &html_verdicts[VERDICT_READY], counts[STATUS_PASS]);
    draw_outcome(html, &html_verdicts[VERDICT_BROKEN], counts[STATUS_FAIL]);
    draw_outcome(html, &html_undetermined, counts[STATUS_UNKNOWN]);
    draw_outcome(html, NULL, counts[STATUS_NOT_APPLICABLE]);
    html_end(html);
}

void
html_draw_rule_count(HtmlPage *page)
{
    html_say(&page->html, "%u rules, by how many subjects passed", (guint)RULE_COUNT);
}

void
html_draw_rules(HtmlPage *page)
{
    Outcomes counts[RULE_COUNT] = {0};

    for (guint i = 0; i < page->audit->outcomes->len; i++) {
        const Outcome *outcome = &g_array_index(page->audit->outcomes, Outcome, i);

        counts[outcome->rule].by_status[outcome->status]++;
    }
    for (guint i = 0; i < RULE_COUNT; i++)
        draw_rule(&page->html, &rules[i], &counts[i]);
}
