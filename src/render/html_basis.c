/* Scope and evidence: what to do next, what was read and what was not, what was
 * waived. */
#include "html_parts.h"
#include "origins.h"
#include "render/gaps.h"
#include "summary.h"

#include "base/text.h"

static void
draw_gaps(HtmlPage *page)
{
    Html *html = &page->html;
    g_autoptr(GPtrArray) gaps = gaps_merged(page->gaps, G_MAXUINT);

    html_element(html, "h3", "Not read, so not judged", NULL);
    if (gaps->len == 0) {
        html_element(html, "p", "Nothing: everything that was requested was read.",
                     "class", "quiet", NULL);
        return;
    }
    html_start(html, "dl", "class", "evidence", "id", "gaps", NULL);
    for (guint i = 0; i < gaps->len; i++) {
        const Gap *gap = gaps->pdata[i];

        html_element(html, "dt", gap->what, NULL);
        html_element(html, "dd", gap->why, NULL);
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
        html_element(html, "td", waiver->until ? waiver->until : "no end date", NULL);
        html_start(html, "td", NULL);
        if (idle)
            html_mark(html, &html_severities[SEVERITY_WARNING]);
        if (waiver->expired)
            html_say(html, "expired: what it covered counts again (%s)",
                     NUMBER(waiver->matched));
        else if (waiver->matched == 0)
            html_text(html, "unmatched: it covers nothing and can be removed");
        else
            html_say(html, "active: covers %s", NUMBER(waiver->matched));
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
    g_autoptr(GPtrArray) files = origins_lines(page->report, false);
    g_autoptr(GPtrArray) checked = summary_checked(page->audit, &page->tally);
    g_autoptr(GPtrArray) unchecked = summary_unchecked(page->audit, &page->tally);
    const char *samba = summary_samba(page->audit);

    draw_steps(page);
    if (files->len > 0) {
        html_element(html, "h3", "Read", NULL);
        html_list(html, files);
    }
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
}
