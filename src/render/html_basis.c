/* What the audit rests on: what was read and what was not, what was waived, which
 * rules ran, what to do next, and how to read it all. */
#include "audit/rules.h"
#include "render/html_page.h"
#include "render/summary.h"

static void
draw_gaps(HtmlPage *page)
{
    Html *html = &page->html;
    const GPtrArray *gaps = page->audit->gaps;
    const GPtrArray *tickets = page->audit->tickets;

    html_element(html, "h3", "Not read, so not judged", NULL);
    if (gaps->len == 0 && page->tally.unanswered == 0) {
        html_element(html, "p", "Nothing: everything that was asked for was read.",
                     "class", "quiet", NULL);
        return;
    }
    html_start(html, "dl", "class", "evidence", "id", "gaps", NULL);
    for (guint i = 0; i < gaps->len; i++) {
        const Gap *gap = gaps->pdata[i];

        html_element(html, "dt", gap->what, NULL);
        html_element(html, "dd", gap->why, NULL);
    }
    for (guint i = 0; tickets && i < tickets->len; i++) {
        const TicketEvidence *ticket = tickets->pdata[i];

        if (ticket->granted || ticket->answered)
            continue;
        html_start(html, "dt", NULL);
        html_say(html, "ticket for %s", ticket->spn);
        html_end(html);
        html_element(html, "dd", ticket->error ? ticket->error : "no KDC answered", NULL);
    }
    html_end(html);
}

static void
draw_waivers(HtmlPage *page)
{
    static const char *const columns[] = {"Waiver", "Rule",  "Subject", "Target",
                                          "Reason", "Until", "State"};
    Html *html = &page->html;
    const GPtrArray *waivers = page->audit->policy->waivers;

    if (waivers->len == 0)
        return;
    html_element(html, "h3", "Waivers", NULL);
    html_start(html, "div", "class", "wide", NULL);
    html_start(html, "table", "class", "list", "id", "waivers", "aria-label", "Waivers",
               NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns));
    html_start(html, "tbody", NULL);
    for (guint i = 0; i < waivers->len; i++) {
        const Waiver *waiver = waivers->pdata[i];
        bool idle = waiver->expired || waiver->matched == 0;

        html_start(html, "tr", NULL);
        html_element(html, "th", waiver->name, "scope", "row", NULL);
        html_element(html, "td", rule_name(waiver->rule), NULL);
        html_element(html, "td", waiver->subject ? waiver->subject : "any", NULL);
        html_element(html, "td", waiver->target ? waiver->target : "any", NULL);
        html_element(html, "td", waiver->reason, NULL);
        html_element(html, "td", waiver->until ? waiver->until : "for ever", NULL);
        html_start(html, "td", NULL);
        if (idle)
            html_mark(html, &html_severities[SEVERITY_WARNING]);
        if (waiver->expired)
            html_say(html, "expired: what it covered counts again (%u)", waiver->matched);
        else if (waiver->matched == 0)
            html_text(html, "unmatched: it covers nothing and may go");
        else
            html_say(html, "active: covers %u", waiver->matched);
        html_end(html);
        html_end(html);
    }
    html_end(html);
    html_end(html);
    html_end(html);
}

static void
draw_steps(HtmlPage *page)
{
    Html *html = &page->html;
    g_autoptr(GPtrArray) steps = summary_steps(page->report, "…");

    if (steps->len == 0)
        return;
    html_element(html, "h3", "Next", NULL);
    html_start(html, "ol", "class", "steps", NULL);
    for (guint i = 0; i < steps->len; i++)
        html_element(html, "li", steps->pdata[i], NULL);
    html_end(html);
}

void
html_draw_basis(HtmlPage *page)
{
    Html *html = &page->html;
    g_autoptr(GPtrArray) checked = summary_checked(page->audit, &page->tally);
    g_autoptr(GPtrArray) unchecked = summary_unchecked(page->audit, &page->tally);
    const char *samba = summary_samba(page->audit);

    html_section(html, "basis", "What this rests on");
    draw_steps(page);
    html_element(html, "h3", "Checked", NULL);
    html_list(html, checked);
    html_element(html, "h3", "Not checked", NULL);
    html_list(html, unchecked);
    if (samba) {
        html_start(html, "p", "class", "note", NULL);
        html_say(html, "Note: %s", samba);
        html_end(html);
    }
    draw_gaps(page);
    draw_waivers(page);
    html_end(html);
}

/* Rules. */

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

    html_start(html, "tr", "class", ran ? NULL : "idle", NULL);
    html_start(html, "th", "scope", "row", NULL);
    if (counts[STATUS_FAIL] + counts[STATUS_UNKNOWN] > 0)
        html_element(html, "a", rule->id, "href", href, NULL);
    else
        html_text(html, rule->id);
    html_end(html);
    html_element(html, "td", rule->title, NULL);
    html_element(html, "td", severity_names[rule->severity], NULL);
    draw_outcome(html, &html_verdicts[VERDICT_READY], counts[STATUS_PASS]);
    draw_outcome(html, &html_verdicts[VERDICT_BROKEN], counts[STATUS_FAIL]);
    draw_outcome(html, &html_undecided, counts[STATUS_UNKNOWN]);
    draw_outcome(html, NULL, counts[STATUS_NOT_APPLICABLE]);
    html_end(html);
}

static void
draw_rules_table(HtmlPage *page)
{
    static const char *const columns[] = {"Rule", "Asks",    "Severity",      "Pass",
                                          "Fail", "Unknown", "Not applicable"};
    Html *html = &page->html;
    Outcomes counts[RULE_COUNT] = {0};

    html_start(html, "details", "class", "fold", NULL);
    html_start(html, "summary", NULL);
    html_say(html, "%u rules, by how many subjects passed", (guint)RULE_COUNT);
    html_end(html);
    html_start(html, "div", "class", "wide", NULL);
    html_start(html, "table", "class", "list rules", "id", "rules-table", "aria-label",
               "Rules and their outcomes", NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns));
    html_start(html, "tbody", NULL);
    for (guint i = 0; i < page->audit->outcomes->len; i++) {
        const Outcome *outcome = &g_array_index(page->audit->outcomes, Outcome, i);

        counts[outcome->rule].by_status[outcome->status]++;
    }
    for (guint i = 0; i < RULE_COUNT; i++)
        draw_rule(html, &rules[i], &counts[i]);
    html_end(html);
    html_end(html);
    html_end(html);
    html_element(html, "p",
                 "A subject counts once per rule, by the worst of its pairs. \"kcdaudit "
                 "rules ID\" tells a rule in full.",
                 "class", "quiet", NULL);
    html_end(html);
}

static void
draw_reading(Html *html)
{
    static const struct {
        Verdict verdict;
        const char *words;
    } verdicts[] = {
        {VERDICT_READY,
         "Every name of the target resolves to it alone, some leg allows each of them, "
         "and the evidence ticket is forwardable."},
        {VERDICT_DEGRADED,
         "It works only under a condition: one form of the name is missing, or the "
         "operator must be signed in on the source."},
        {VERDICT_BROKEN,
         "No leg allows it, or an SPN does not resolve to the target, or no ticket can "
         "be delegated at all."},
        {VERDICT_UNKNOWN,
         "Evidence that decides could not be read. That is never called ready."},
    };

    html_element(html, "h3", "How to read the verdicts", NULL);
    html_start(html, "dl", "class", "reading", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(verdicts); i++) {
        html_start(html, "dt", NULL);
        html_mark(html, &html_verdicts[verdicts[i].verdict]);
        html_text(html, verdict_names[verdicts[i].verdict]);
        html_end(html);
        html_element(html, "dd", verdicts[i].words, NULL);
    }
    html_end(html);
    html_element(
        html, "p",
        "A pair is an ordered one: from a source to a target. Its verdict is the worst "
        "of "
        "its services. A leg is a way to be allowed: kcd, the source's list "
        "(msDS-AllowedToDelegateTo); rbcd, the target's descriptor "
        "(msDS-AllowedToActOnBehalfOfOtherIdentity); unconstrained delegation, which "
        "works and which nobody should want.",
        "class", "quiet", NULL);
}

void
html_draw_rules(HtmlPage *page)
{
    html_section(&page->html, "rules", "Rules and verdicts");
    draw_reading(&page->html);
    draw_rules_table(page);
    html_end(&page->html);
}
