/* The report for people: the answer first, then why, then what to run. */
#include "edges.h"
#include "formats.h"
#include "grade.h"
#include "hosts.h"
#include "inventory.h"
#include "matrix.h"
#include "origins.h"
#include "render/first.h"
#include "render/gaps.h"
#include "summary.h"
#include "text_findings.h"

#include "base/text.h"

#include <string.h>

#define GAPS_SHOWN 8
#define STEPS_SHOWN 5
#define STEPS_LEAST 2 /* however small the screen */
#define SCREEN 24     /* lines: the first finding is to be seen without scrolling */
#define TO_FINDING 3  /* lines down to it: a blank one, its subject, and itself */
#define INDENT 2
#define AFTER_WORD 12 /* "  DEGRADED  " */
#define LEFT_OUT_SHOWN 12

/* Which audit this is: tool, directory, reader, time. */
static void
draw_head(Page *page, const Report *report)
{
    const Estate *estate = report->audit->estate;
    bool offline = g_strcmp0(estate->source_kind, "ldif") == 0;
    g_autofree char *time = summary_minute(report->started_us);

    page_say(page, INDENT, STYLE_STRONG, "kcdaudit %s", report->tool_version);
    page_say(page, INDENT, STYLE_PLAIN, "   %s", estate->domain ? estate->domain : "");
    if (offline && estate->source_uri) {
        page_say(page, INDENT, STYLE_FAINT, " offline from %s", estate->source_uri);
    } else if (estate->dc) {
        page_say(page, INDENT, STYLE_FAINT, " via %s", estate->dc);
    }
    if (estate->principal)
        page_say(page, INDENT, STYLE_FAINT, " as %s", estate->principal);
    g_autofree char *last = g_strconcat("   ", time, NULL);
    page_piece(page, INDENT, STYLE_FAINT, last);
    page_end(page);
    g_autofree char *data = origins_time(report);
    g_autofree char *warning = origins_warning(report);
    if (data) {
        page_tab(page, INDENT);
        page_say(page, INDENT, warning ? STYLE_WARN : STYLE_FAINT, "data of %s", data);
        page_end(page);
    }
    if (warning) {
        page_tab(page, INDENT);
        page_flow(page, INDENT, STYLE_WARN, warning);
        page_end(page);
    }
    page_end(page);
}

/* The same for --quiet, which has no head. */
static void
draw_old_data(Page *page, const Report *report)
{
    g_autofree char *warning = origins_warning(report);
    g_autofree char *minute = summary_minute(report->audit->estate->data_us);

    if (!warning)
        return;
    page_tab(page, INDENT);
    page_say(page, INDENT, STYLE_WARN,
             "data of %s: what has changed since then is not in it", minute);
    page_end(page);
}

static void
draw_answer(Page *page, const Audit *audit, const Tally *tally)
{
    g_autoptr(GString) sentence = g_string_new(NULL);
    Style style = STYLE_PLAIN;
    const char *word = summary_answer(audit, tally, sentence, &style);

    page_tab(page, INDENT);
    page_put(page, style, word);
    page_tab(page, AFTER_WORD);
    page_flow(page, AFTER_WORD, STYLE_STRONG, sentence->str);
    page_end(page);
}

static void
draw_left_out(Page *page, const Audit *audit)
{
    g_autofree char *text = hosts_left_out_text(audit, LEFT_OUT_SHOWN);

    if (!text)
        return;
    page_tab(page, INDENT);
    page_say(page, INDENT, STYLE_FAINT, "Left out: %s", text);
    page_end(page);
}

static void
draw_dot(Page *page)
{
    page_say(page, INDENT, STYLE_FAINT, " %s ", page_glyph(page, GLYPH_DOT));
}

static void
draw_tickets(Page *page, const Tally *tally)
{
    if (!tally->tickets_asked)
        return;
    draw_dot(page);
    page_say(page, INDENT, STYLE_PLAIN, "tickets: %s granted, %s refused",
             NUMBER(tally->granted), NUMBER(tally->refused));
    if (tally->unanswered > 0)
        page_say(page, INDENT, STYLE_UNKNOWN, ", %s unanswered",
                 NUMBER(tally->unanswered));
}

static void
draw_edges(Page *page, const Tally *tally)
{
    guint count = tally_edges(tally);

    if (count == 0)
        return;
    draw_dot(page);
    g_autofree char *edges = page_count(count, "delegation", "delegations");
    page_flow(page, INDENT, STYLE_PLAIN, edges);
    if (tally->edges_at_risk > 0)
        page_say(page, INDENT, STYLE_BAD, ", %s at risk", NUMBER(tally->edges_at_risk));
}

static void
draw_numbers(Page *page, const Tally *tally)
{
    g_autofree char *hosts = page_count(tally->hosts - tally->storage, "host", "hosts");
    g_autofree char *storage = page_count(tally->storage, "file server", "file servers");
    g_autofree char *pairs = page_count(tally->pairs, "pair", "pairs");
    bool first = true;

    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_PLAIN, hosts);
    if (tally->storage > 0)
        page_say(page, INDENT, STYLE_PLAIN, " and %s", storage);
    draw_dot(page);
    page_flow(page, INDENT, STYLE_PLAIN, pairs);
    for (guint i = 0; i < VERDICT_COUNT; i++) {
        Verdict verdict = tally_verdicts[i];
        guint count = tally->verdicts[verdict];

        if (count == 0)
            continue;
        page_flow(page, INDENT, STYLE_PLAIN, first ? ": " : ", ");
        page_say(page, INDENT, matrix_style(verdict), "%s %s", NUMBER(count),
                 verdict_names[verdict]);
        first = false;
    }
    draw_edges(page, tally);
    draw_tickets(page, tally);
    page_end(page);
}

static void
draw_finding_counts(Page *page, const Tally *tally, const Shown *shown)
{
    bool first = true;

    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_PLAIN, "findings: ");
    for (int i = SEVERITY_COUNT - 1; i >= 0; i--) {
        guint count = tally->failed[i];

        if (count == 0)
            continue;
        page_say(page, INDENT, STYLE_PLAIN, "%s%s %s", first ? "" : ", ", NUMBER(count),
                 tally_noun((Severity)i, count));
        first = false;
    }
    if (first)
        page_flow(page, INDENT, STYLE_PLAIN, "none");
    if (tally->not_determined > 0)
        page_say(page, INDENT, STYLE_UNKNOWN, ", %s not determined",
                 NUMBER(tally->not_determined));
    if (tally->derived > 0)
        page_say(page, INDENT, STYLE_FAINT, "; %s more %s from these",
                 NUMBER(tally->derived), tally->derived == 1 ? "follows" : "follow");
    if (tally->waived > 0)
        page_say(page, INDENT, STYLE_FAINT, " (%s more waived)", NUMBER(tally->waived));
    if (shown && shown->hidden > 0)
        page_say(page, INDENT, STYLE_WARN,
                 "; %s not listed here (--rule, --min-severity)", NUMBER(shown->hidden));
    page_end(page);
}

static void
draw_grade(Page *page, const Report *report)
{
    const PastRun *before = summary_before(report->trend);
    Grade grade = grade_of_audit(report->audit);
    g_autofree char *text = grade_text(&grade);

    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_PLAIN, "grade: ");
    page_flow(page, INDENT, STYLE_PLAIN, text);
    if (before) {
        Grade then = grade_of_run(before);
        page_say(page, INDENT, STYLE_FAINT, " (before: %s, %u)", grade_word(&then),
                 then.score);
    }
    page_end(page);
}

/* ", 1 delegation came, 2 gone" */
static void
draw_came_and_gone(Page *page, const char *one, const char *many, guint came, guint gone)
{
    if (came > 0)
        page_say(page, INDENT, STYLE_BAD, ", %s %s came", NUMBER(came),
                 came == 1 ? one : many);
    if (came > 0 && gone > 0)
        page_say(page, INDENT, STYLE_GOOD, ", %s gone", NUMBER(gone));
    else if (gone > 0)
        page_say(page, INDENT, STYLE_GOOD, ", %s %s gone", NUMBER(gone),
                 gone == 1 ? one : many);
}

static guint
lines_of(const GString *text)
{
    guint lines = 0;

    for (const char *at = text->str; (at = strchr(at, '\n')); at++)
        lines++;
    return lines;
}

/* One line each, where names allow; as many as leave room for the first finding. */
static void
draw_first(Page *page, const GPtrArray *steps)
{
    guint most = steps ? MIN(steps->len, STEPS_SHOWN) : 0;
    guint shown = 0;

    if (most == 0)
        return;
    page_end(page);
    page_put(page, STYLE_STRONG, "Fix first");
    page_end(page);
    for (guint i = 0; i < most; i++) {
        /* Two lines for it, one for the rest of them. */
        if (i >= STEPS_LEAST && lines_of(page->out) + 3 + TO_FINDING > SCREEN)
            break;
        g_autofree char *number = g_strdup_printf("%u", i + 1);
        g_autofree char *what = first_text(steps->pdata[i]);
        g_autofree char *gain = first_gain(steps, i);

        page_tab(page, INDENT);
        page_put(page, STYLE_STRONG, number);
        page_tab(page, INDENT + 3);
        page_flow(page, INDENT + 3, STYLE_PLAIN, what);
        page_say(page, INDENT + 3, STYLE_GOOD, ": %s", gain);
        page_end(page);
        shown++;
    }
    if (steps->len > shown) {
        page_tab(page, INDENT + 3);
        page_say(page, INDENT + 3, STYLE_FAINT, "and %s more step%s",
                 NUMBER(steps->len - shown), steps->len - shown == 1 ? "" : "s");
        page_end(page);
    }
}

/* Against the run before, where a history is kept. */
static void
draw_trend(Page *page, const Trend *trend)
{
    const PastRun *before = summary_before(trend);

    if (!before)
        return;
    g_autofree char *time = summary_minute(before->started_us);
    page_tab(page, INDENT);
    page_say(page, INDENT, STYLE_PLAIN,
             "since run %" G_GINT64_FORMAT " of %s: ", before->number, time);
    page_say(page, INDENT, trend->fresh > 0 ? STYLE_BAD : STYLE_PLAIN, "%s new",
             NUMBER(trend->fresh));
    if (trend->reopened > 0)
        page_say(page, INDENT, STYLE_BAD, ", %s reopened", NUMBER(trend->reopened));
    page_say(page, INDENT, trend->mended > 0 ? STYLE_GOOD : STYLE_PLAIN, ", %s fixed",
             NUMBER(trend->mended));
    page_say(page, INDENT, STYLE_PLAIN, ", %s persisting", NUMBER(trend->persisting));
    const PastRun *run = trend->runs->pdata[trend->runs->len - 1];
    draw_came_and_gone(page, "delegation", "delegations", run->edges_came,
                       run->edges_gone);
    draw_came_and_gone(page, "chain to Tier 0", "chains to Tier 0", run->chains_came,
                       run->chains_gone);
    page_put(page, STYLE_PLAIN, " (kcdaudit diff)");
    page_end(page);
}

/* Each on lines of its own; under a label, where there is one. */
static void
draw_lines(Page *page, gsize at, const char *label, const GPtrArray *lines)
{
    if (label)
        page_put(page, STYLE_STRONG, label);
    for (guint i = 0; i < lines->len; i++) {
        page_tab(page, at);
        page_flow(page, at, STYLE_PLAIN, lines->pdata[i]);
        page_end(page);
    }
}

static void
draw_no_pairs(Page *page, const Audit *audit, const Tally *tally)
{
    g_autoptr(GPtrArray) lines = summary_no_pairs(audit, tally);

    draw_lines(page, INDENT, NULL, lines);
    page_end(page);
}

/* Scope and evidence, and what it did not look at. */

static void
draw_gaps(Page *page, const GPtrArray *gaps, guint limit)
{
    if (gaps->len == 0)
        return;
    page_put(page, STYLE_UNKNOWN, "Not read, so not judged");
    page_end(page);
    gaps_draw(page, gaps, limit);
    page_end(page);
}

static void
draw_basis(Page *page, const Report *report, const Tally *tally)
{
    const Audit *audit = report->audit;
    g_autoptr(GPtrArray) files = origins_lines(report, true);
    g_autofree char *configuration = summary_configuration(audit);
    g_autoptr(GPtrArray) checked = summary_checked(audit, tally);
    g_autoptr(GPtrArray) unchecked = summary_unchecked(audit, tally);

    if (files->len > 0)
        draw_lines(page, AFTER_WORD + 3, "Read", files);
    if (configuration) {
        page_put(page, STYLE_STRONG, "Configuration");
        page_tab(page, AFTER_WORD + 3);
        page_flow(page, AFTER_WORD + 3, STYLE_PLAIN, configuration);
        page_end(page);
    }
    draw_lines(page, AFTER_WORD + 3, "Checked", checked);
    draw_lines(page, AFTER_WORD + 3, "Not checked", unchecked);
}

static void
draw_samba(Page *page, const Audit *audit)
{
    const char *text = summary_samba(audit);

    if (!text)
        return;
    page_put(page, STYLE_STRONG, "Note");
    page_tab(page, AFTER_WORD + 3);
    page_flow(page, AFTER_WORD + 3, STYLE_PLAIN, text);
    page_end(page);
}

static void
draw_step(Page *page, guint number, const char *text)
{
    g_autofree char *label = g_strdup_printf("%u", number);

    page_tab(page, INDENT);
    page_put(page, STYLE_STRONG, label);
    page_tab(page, INDENT + 3);
    page_flow(page, INDENT + 3, STYLE_PLAIN, text);
    page_end(page);
}

static void
draw_next(Page *page, const Report *report)
{
    g_autoptr(GPtrArray) steps = summary_steps(report, page_glyph(page, GLYPH_MORE));

    if (steps->len == 0)
        return;
    page_end(page);
    page_put(page, STYLE_STRONG, "Next");
    page_end(page);
    for (guint i = 0; i < steps->len; i++)
        draw_step(page, i + 1, steps->pdata[i]);
}

/* Where it leaves the first finding on the first screen it comes before the findings,
 * else after them. */
static GString *
matrix_of(const Report *report)
{
    GString *text = g_string_new(NULL);
    Page page = page_of(text, report->width, report->color, report->utf8);

    matrix_draw(&page, report->audit, report->verbose > 0);
    return text;
}

void
render_text(const Report *report, GString *out)
{
    const Audit *audit = report->audit;
    Tally tally = tally_of(audit);
    g_autoptr(GPtrArray) gaps = gaps_of(audit);
    Page page = page_of(out, report->width, report->color, report->utf8);

    if (!report->quiet)
        draw_head(&page, report);
    draw_answer(&page, audit, &tally);
    draw_numbers(&page, &tally);
    draw_left_out(&page, audit);
    draw_finding_counts(&page, &tally, report->shown);
    if (!report->quiet)
        draw_grade(&page, report);
    draw_trend(&page, report->trend);
    if (report->quiet) {
        draw_old_data(&page, report);
        gaps_draw_first(&page, INDENT, gaps);
        return;
    }
    draw_first(&page, report->first);
    if (report->summary) {
        gaps_draw_first(&page, INDENT, gaps);
        return;
    }
    page_end(&page);
    if (summary_wants_pairs(audit, &tally))
        draw_no_pairs(&page, audit, &tally);
    g_autoptr(GString) matrix = matrix_of(report);
    bool early = lines_of(out) + lines_of(matrix) + TO_FINDING <= SCREEN;
    if (early)
        g_string_append(out, matrix->str);
    text_findings_draw(&page, report);
    if (!early)
        g_string_append(out, matrix->str);
    if (report->verbose > 0) {
        inventory_draw_hosts(&page, audit);
        inventory_draw_pairs(&page, audit);
    }
    edges_draw_section(&page, audit);
    text_waived_draw(&page, report);
    draw_gaps(&page, gaps, report->verbose > 0 ? G_MAXUINT : GAPS_SHOWN);
    draw_basis(&page, report, &tally);
    draw_samba(&page, audit);
    draw_next(&page, report);
}
