/* The top of the page: the answer, whether it is whole, and the figures. */
#include "base/text.h"
#include "grade.h"
#include "hosts.h"
#include "html_parts.h"
#include "origins.h"
#include "render/gaps.h"
#include "summary.h"

#include <string.h>

#define GAPS_AT_THE_TOP 4
#define NAMES_AT_THE_TOP 12
#define LEFT_OUT_SHOWN 12

static void
draw_fact(Html *html, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    html_start(html, "div", NULL);
    html_element(html, "dt", name, NULL);
    html_element(html, "dd", value, NULL);
    html_end(html);
}

/* The names of the files, without the folders that they lie in (transfer full). */
static char *
files_of(const Estate *estate)
{
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < estate->files->len; i++) {
        g_autofree char *name = g_path_get_basename(estate->files->pdata[i]);
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", name);
    }
    return g_string_free(names, FALSE);
}

void
html_draw_facts(HtmlPage *page)
{
    Html *html = &page->html;
    const Estate *estate = page->audit->estate;
    bool offline = g_strcmp0(estate->source_kind, "ldif") == 0;
    g_autofree char *time = summary_minute(page->report->started_us);
    g_autofree char *files = files_of(estate);
    g_autofree char *data = origins_time(page->report);
    g_autofree char *configuration = summary_configuration(page->audit);
    g_autofree char *took =
        g_strdup_printf("%.1f s", (double)page->report->duration_ms / 1000);

    Grade grade = grade_of_audit(page->audit);
    g_autofree char *grade_line = grade_text(&grade);

    html_start(html, "dl", "class", "facts", NULL);
    draw_fact(html, "Grade", grade_line);
    draw_fact(html, "Audited", time);
    draw_fact(html, "Took", took);
    if (offline)
        draw_fact(html, "Offline, from", files);
    draw_fact(html, "Data of", data);
    draw_fact(html, offline ? "Exported from" : "Domain controller", estate->dc);
    draw_fact(html, "Read as", estate->principal);
    draw_fact(html, "Configuration", configuration);
    draw_fact(html, "kcdaudit", page->report->tool_version);
    html_end(html);
}

static void
draw_answer(HtmlPage *page)
{
    static const char *const classes[STYLE_COUNT] = {
        [STYLE_GOOD] = "ready",
        [STYLE_WARN] = "degraded",
        [STYLE_UNKNOWN] = "unknown",
        [STYLE_WORST] = "broken",
    };
    Html *html = &page->html;
    g_autoptr(GString) sentence = g_string_new(NULL);
    Style style = STYLE_PLAIN;
    const char *word = summary_answer(page->audit, &page->tally, sentence, &style);
    const char *name = classes[style] ? classes[style] : "unknown";
    g_autofree char *class = g_strconcat("answer ", name, NULL);

    html_start(html, "h1", "class", class, NULL);
    html_start(html, "span", "class", "word", NULL);
    for (guint i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(html_verdicts[i].class, name) == 0)
            html_mark(html, &html_verdicts[i]);
    html_text(html, word);
    html_end(html);
    html_markup(html, " ");
    html_element(html, "span", sentence->str, "class", "sentence", NULL);
    html_end(html);
}

/* Before anybody acts on what was repaired meanwhile. */
static void
draw_old_data(HtmlPage *page)
{
    Html *html = &page->html;
    g_autofree char *warning = origins_warning(page->report);
    g_autofree char *time = origins_time(page->report);

    if (!warning)
        return;
    html_start(html, "p", "class", "note", "id", "old-data", NULL);
    html_mark(html, &html_severities[SEVERITY_WARNING]);
    html_say(html, " The data is of %s. %s", time, warning);
    html_end(html);
}

/* Evidence that is missing changes what all the figures mean. */
static void
draw_incomplete(HtmlPage *page)
{
    Html *html = &page->html;
    const Tally *tally = &page->tally;
    g_autoptr(GPtrArray) gaps = gaps_merged(page->gaps, NAMES_AT_THE_TOP);
    g_autofree char *things = page_count(page->gaps->len, "thing", "things");

    if (tally->complete)
        return;
    html_start(html, "div", "class", "incomplete", "role", "note", "data-figure",
               "incomplete", NULL);
    html_start(html, "p", NULL);
    html_mark(html, &html_undetermined);
    html_element(html, "strong", "This audit is incomplete.", NULL);
    if (page->gaps->len > 0)
        html_say(html, " %s %s", things,
                 estate_is_export(page->audit->estate) ? "not in the export"
                                                       : "could not be read");
    if (tally->not_determined > 0)
        html_say(html, "%s%s finding%s not determined",
                 page->gaps->len > 0 ? ", and " : " ", NUMBER(tally->not_determined),
                 tally->not_determined == 1 ? " was" : "s were");
    if (page->gaps->len == 0 && tally->not_determined == 0)
        html_say(html,
                 " %s of %s pairs of hosts and %s of %s delegations were not determined",
                 NUMBER(tally->verdicts[VERDICT_UNKNOWN]), NUMBER(tally->pairs),
                 NUMBER(tally->edges[VERDICT_UNKNOWN]), NUMBER(tally_edges(tally)));
    html_text(html, ". What was not read is never called ready. ");
    html_element(html, "a", "What is missing", "href", "#basis", NULL);
    html_end(html);
    if (gaps->len > 0)
        html_start(html, "ul", NULL);
    for (guint i = 0; i < gaps->len && i < GAPS_AT_THE_TOP; i++) {
        const Gap *gap = gaps->pdata[i];

        html_start(html, "li", NULL);
        html_say(html, "%s: %s", gap->what, gap->why);
        html_end(html);
    }
    if (gaps->len > GAPS_AT_THE_TOP) {
        html_start(html, "li", NULL);
        html_say(html, "and %s more", NUMBER(gaps->len - GAPS_AT_THE_TOP));
        html_end(html);
    }
    if (gaps->len > 0)
        html_end(html);
    html_end(html);
}

/* Figures. */

static void
start_card(Html *html, const char *title)
{
    html_start(html, "div", "class", "card", NULL);
    html_element(html, "h3", title, NULL);
}

/* "✗ 6 broken", which filters by it where it can: a link that can be shared. */
static void
draw_count(Html *html, const HtmlMark *mark, guint count, const char *name,
           const char *words, const char *href)
{
    html_start(html, "li", "class", count == 0 ? "none" : NULL, NULL);
    if (href && count > 0)
        html_start(html, "a", "href", href, NULL);
    if (mark)
        html_mark(html, mark);
    html_figure(html, name, count);
    html_markup(html, " ");
    html_text(html, words);
    if (href && count > 0)
        html_end(html);
    html_end(html);
}

static void
draw_bar(Html *html, const Tally *tally)
{
    double at = 0;

    if (tally->pairs == 0)
        return;
    html_start(html, "svg", "class", "bar", "viewBox", "0 0 100 4", "preserveAspectRatio",
               "none", "aria-hidden", "true", NULL);
    for (guint i = 0; i < VERDICT_COUNT; i++) {
        double width = 100.0 * tally->verdicts[i] / tally->pairs;
        char x[G_ASCII_DTOSTR_BUF_SIZE], w[G_ASCII_DTOSTR_BUF_SIZE];

        if (tally->verdicts[i] == 0)
            continue;
        g_ascii_formatd(x, sizeof x, "%.2f", at);
        g_ascii_formatd(w, sizeof w, "%.2f", width);
        html_element(html, "rect", "", "x", x, "y", "0", "width", w, "height", "4",
                     "class", html_verdicts[i].class, NULL);
        at += width;
    }
    html_end(html);
}

static void
draw_pairs_card(HtmlPage *page)
{
    Html *html = &page->html;
    const Tally *tally = &page->tally;

    start_card(html, "Pairs of hosts");
    html_start(html, "p", "class", "big", NULL);
    html_figure(html, "pairs", tally->pairs);
    html_end(html);
    draw_bar(html, tally);
    html_start(html, "ul", NULL);
    for (guint i = 0; i < VERDICT_COUNT; i++) {
        Verdict verdict = tally_verdicts[i];
        const char *name = verdict_names[verdict];
        g_autofree char *href = g_strconcat("#verdict=", name, NULL);

        draw_count(html, &html_verdicts[verdict], tally->verdicts[verdict], name, name,
                   href);
    }
    html_end(html);
    html_end(html);
}

static void
draw_delegations_card(HtmlPage *page)
{
    Html *html = &page->html;
    const Tally *tally = &page->tally;

    if (!page->edges->asked)
        return;
    start_card(html, "Delegations");
    html_start(html, "p", "class", "big", NULL);
    html_figure(html, "edges", tally_edges(tally));
    html_end(html);
    html_start(html, "ul", NULL);
    draw_count(html, &html_severities[SEVERITY_WARNING], tally->edges_at_risk,
               "edges-at-risk", "at risk", "#risk=any");
    draw_count(
        html, &html_severities[SEVERITY_CRITICAL], tally->edges_tier0, "edges-tier0",
        tally->edges_tier0 == 1 ? "leads to Tier 0" : "lead to Tier 0", "#risk=tier0");
    if (page->edges->declared)
        draw_count(html, &html_severities[SEVERITY_WARNING], tally->edges_undeclared,
                   "edges-undeclared", "not declared", "#risk=undeclared");
    draw_count(html, &html_verdicts[VERDICT_BROKEN], tally->edges[VERDICT_BROKEN],
               "edges-broken", "broken", "#works=broken");
    draw_count(html, &html_undetermined, tally->edges[VERDICT_UNKNOWN], "edges-unknown",
               "unknown", "#works=unknown");
    html_end(html);
    html_end(html);
}

static void
draw_findings_card(HtmlPage *page)
{
    Html *html = &page->html;
    const Tally *tally = &page->tally;
    guint failed = 0;

    for (guint i = 0; i < SEVERITY_COUNT; i++)
        failed += tally->failed[i];
    start_card(html, "Findings");
    html_start(html, "p", "class", "big", NULL);
    html_figure(html, "failed", failed);
    html_end(html);
    html_start(html, "ul", NULL);
    for (int i = SEVERITY_COUNT - 1; i >= 0; i--) {
        g_autofree char *href =
            g_strdup_printf("#severity=%s&status=fail", severity_names[i]);

        draw_count(html, &html_severities[i], tally->failed[i], severity_names[i],
                   tally_noun((Severity)i, tally->failed[i]), href);
    }
    draw_count(html, &html_undetermined, tally->not_determined, "not-determined",
               "not determined", "#status=unknown");
    if (tally->waived > 0)
        draw_count(html, NULL, tally->waived, "waived", "waived, not counted", "#waived");
    html_end(html);
    html_end(html);
}

/* The needed SPNs by what became of them. */
static void
draw_spn_counts(HtmlPage *page)
{
    Html *html = &page->html;
    const GPtrArray *entries = page->hosts;

    for (guint state = 0; state < SPN_STATE_COUNT; state++) {
        g_autofree char *name = g_strconcat("spn-", spn_state_names[state], NULL);
        guint count = 0;

        for (guint h = 0; h < entries->len; h++)
            count += ((const HostEntry *)entries->pdata[h])->by_state[state];
        g_autofree char *words = g_strconcat(count == 1 ? "SPN " : "SPNs ",
                                             hosts_spn_words((SpnState)state), NULL);
        if (count > 0)
            draw_count(html, &html_verdicts[hosts_spn_verdict((SpnState)state)], count,
                       name, words, NULL);
    }
}

static void
draw_hosts_card(HtmlPage *page)
{
    Html *html = &page->html;
    const Tally *tally = &page->tally;

    start_card(html, tally->storage > 0 ? "Hosts and file servers" : "Hosts");
    html_start(html, "p", "class", "big", NULL);
    html_figure(html, "hosts", tally->hosts);
    html_end(html);
    html_start(html, "ul", NULL);
    if (tally->storage > 0)
        draw_count(html, NULL, tally->storage, "storage", "of them file servers", NULL);
    draw_spn_counts(page);
    html_end(html);
    g_autofree char *left_out = hosts_left_out_text(page->audit, LEFT_OUT_SHOWN);
    if (left_out) {
        html_start(html, "p", "class", "quiet", "data-figure", "left-out", NULL);
        html_say(html, "Left out: %s", left_out);
        html_end(html);
    }
    html_end(html);
}

static void
draw_tickets(HtmlPage *page)
{
    Html *html = &page->html;
    const Tally *tally = &page->tally;
    bool offline = g_strcmp0(page->audit->estate->source_kind, "ldif") == 0;

    html_element(html, "h4", "Test tickets", NULL);
    if (!tally->tickets_asked) {
        html_element(html, "p",
                     offline ? "None: an offline audit asks no KDC."
                             : "None were requested.",
                     "class", "quiet", NULL);
        return;
    }
    html_start(html, "ul", NULL);
    draw_count(html, &html_verdicts[VERDICT_READY], tally->granted, "tickets-granted",
               "granted", NULL);
    draw_count(html, &html_verdicts[VERDICT_BROKEN], tally->refused, "tickets-refused",
               "refused", NULL);
    if (tally->unanswered > 0)
        draw_count(html, &html_undetermined, tally->unanswered, "tickets-unanswered",
                   "unanswered", NULL);
    html_end(html);
}

static void
draw_proofs(HtmlPage *page)
{
    Html *html = &page->html;
    const Tally *tally = &page->tally;

    html_element(html, "h4", "Real delegation", NULL);
    if (!tally->proofs_asked) {
        html_element(html, "p", "Not tried: it needs the hosts' keys.", "class", "quiet",
                     NULL);
        return;
    }
    html_start(html, "ul", NULL);
    draw_count(html, &html_verdicts[VERDICT_READY], tally->proofs_granted,
               "proofs-granted", "granted", NULL);
    draw_count(html, &html_verdicts[VERDICT_BROKEN], tally->proofs_refused,
               "proofs-refused", "refused", NULL);
    html_end(html);
    html_start(html, "p", "class", "quiet", NULL);
    html_say(html, "from %s of %s sources", NUMBER(tally->proved),
             NUMBER(tally->sources));
    html_end(html);
}

static void
draw_no_pairs(HtmlPage *page)
{
    if (!summary_wants_pairs(page->audit, &page->tally))
        return;
    g_autoptr(GPtrArray) lines = summary_no_pairs(page->audit, &page->tally);
    for (guint i = 0; i < lines->len; i++)
        html_element(&page->html, "p", lines->pdata[i], "class", "lead", NULL);
}

void
html_draw_brand(HtmlPage *page)
{
    Html *html = &page->html;
    const char *domain = page->audit->estate->domain;

    html_start(html, "p", NULL);
    html_text(html, page->edges->asked ? "Kerberos delegation"
                                       : "Kerberos delegation for live migration");
    if (domain) {
        html_text(html, " in ");
        html_element(html, "strong", domain, NULL);
    }
    html_end(html);
}

void
html_draw_answer(HtmlPage *page)
{
    draw_answer(page);
    draw_old_data(page);
    draw_incomplete(page);
    draw_no_pairs(page);
}

void
html_draw_figures(HtmlPage *page)
{
    Html *html = &page->html;

    draw_pairs_card(page);
    draw_delegations_card(page);
    draw_findings_card(page);
    draw_hosts_card(page);
    start_card(html, "Asked of the KDC");
    draw_tickets(page);
    draw_proofs(page);
    html_end(html);
}

void
html_draw_since(HtmlPage *page)
{
    Html *html = &page->html;
    const Trend *trend = page->report->trend;
    const PastRun *before = summary_before(trend);

    if (!before)
        return;
    g_autofree char *time = summary_minute(before->started_us);

    html_start(html, "p", "class", "since", NULL);
    html_say(html, "Since %s: ", time);
    html_figure(html, "fresh", trend->fresh);
    html_text(html, " new, ");
    if (trend->reopened > 0) {
        html_figure(html, "reopened", trend->reopened);
        html_text(html, " reopened, ");
    }
    html_figure(html, "fixed", trend->mended);
    html_text(html, " fixed, ");
    html_figure(html, "persisting", trend->persisting);
    html_text(html, " persisting. ");
    html_element(html, "a", "Trend", "href", "#trend", NULL);
    html_end(html);
}
