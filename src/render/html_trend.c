/* How it went since: one bar per audit, drawn, and the same as a table. */
#include "grade.h"
#include "html_parts.h"
#include "summary.h"

#include "base/text.h"

#define RUNS_SHOWN 60
#define HEIGHT 90 /* of the tallest bar */
#define WIDTH 600 /* of a chart */
#define FOOT 16   /* below the bars */
#define HEAD 14   /* above them */
#define PARTS_MOST 6

/* One stack of the chart: what its parts are called, and how they are counted. */
typedef struct {
    const char *title;
    guint parts;
    const HtmlMark *marks[PARTS_MOST];
    const char *names[PARTS_MOST];
    guint (*count)(const PastRun *run, guint part);
} Chart;

static guint
count_pairs(const PastRun *run, guint part)
{
    return run->pairs[part];
}

/* The least first, so that the worst stands on top. */
static guint
count_findings(const PastRun *run, guint part)
{
    return part == 0 ? run->unknown : run->findings[part - 1];
}

static Chart
pairs_chart(void)
{
    Chart chart = {.title = "Pairs", .parts = VERDICT_COUNT, .count = count_pairs};

    for (guint i = 0; i < chart.parts; i++) {
        chart.marks[i] = &html_verdicts[i];
        chart.names[i] = verdict_names[i];
    }
    return chart;
}

static Chart
findings_chart(void)
{
    Chart chart = {
        .title = "Findings", .parts = SEVERITY_COUNT + 1, .count = count_findings};

    chart.marks[0] = &html_undetermined;
    chart.names[0] = "not determined";
    for (guint i = 0; i < SEVERITY_COUNT; i++) {
        chart.marks[i + 1] = &html_severities[i];
        chart.names[i + 1] = severity_names[i];
    }
    return chart;
}

static void
draw_rect(Html *html, double x, double y, double width, double height, const char *class)
{
    char text[4][G_ASCII_DTOSTR_BUF_SIZE];
    const double values[] = {x, y, width, height};

    for (guint i = 0; i < G_N_ELEMENTS(values); i++)
        g_ascii_formatd(text[i], sizeof text[i], "%.2f", values[i]);
    html_element(html, "rect", "", "x", text[0], "y", text[1], "width", text[2], "height",
                 text[3], "class", class, NULL);
}

static guint
run_total(const Chart *chart, const PastRun *run)
{
    guint total = 0;

    for (guint part = 0; part < chart->parts; part++)
        total += chart->count(run, part);
    return total;
}

static void
draw_label(Html *html, guint x, guint y, const char *anchor, const char *text)
{
    g_autofree char *left = g_strdup_printf("%u", x);
    g_autofree char *down = g_strdup_printf("%u", y);

    html_element(html, "text", text, "x", left, "y", down, "text-anchor", anchor, NULL);
}

/* How many the tallest stack stands for. */
static guint
most_of(const Chart *chart, const GPtrArray *runs, guint first)
{
    guint most = 1;

    for (guint i = first; i < runs->len; i++)
        most = MAX(most, run_total(chart, runs->pdata[i]));
    return most;
}

static void
draw_bars(Html *html, const Chart *chart, const GPtrArray *runs, guint first)
{
    guint most = most_of(chart, runs, first);
    double step = (double)WIDTH / (runs->len - first);
    double width = MIN(step * 0.8, 36);

    for (guint i = first; i < runs->len; i++) {
        const PastRun *run = runs->pdata[i];
        double y = HEAD + HEIGHT;

        for (guint part = 0; part < chart->parts; part++) {
            guint count = chart->count(run, part);
            double height = (double)HEIGHT * count / most;

            if (count == 0)
                continue;
            y -= height;
            draw_rect(html, step * (i - first) + (step - width) / 2, y, width, height,
                      chart->marks[part]->class);
        }
    }
}

static void
draw_chart(Html *html, const Chart *chart, const GPtrArray *runs, guint first)
{
    const PastRun *oldest = runs->pdata[first];
    g_autofree char *from = summary_minute(oldest->started_us);
    g_autofree char *most = g_strdup_printf("%u", most_of(chart, runs, first));
    g_autofree char *label = g_strdup_printf(
        "%s of the last %u audits, as stacked bars; the table below has the numbers",
        chart->title, runs->len - first);

    html_start(html, "figure", NULL);
    html_start(html, "figcaption", NULL);
    html_element(html, "strong", chart->title, NULL);
    for (guint part = chart->parts; part > 0; part--) {
        html_markup(html, " ");
        html_start(html, "span", "class", "key", NULL);
        html_mark(html, chart->marks[part - 1]);
        html_text(html, chart->names[part - 1]);
        html_end(html);
    }
    html_end(html);
    html_start(html, "svg", "class", "chart", "viewBox", "0 0 600 120", "role", "img",
               "aria-label", label, NULL);
    draw_bars(html, chart, runs, first);
    draw_rect(html, 0, HEAD + HEIGHT, WIDTH, 1, "axis");
    draw_rect(html, 0, HEAD, WIDTH, 0.5, "axis");
    draw_label(html, 0, HEAD - 3, "start", most);
    draw_label(html, 0, HEAD + HEIGHT + FOOT - 3, "start", from);
    draw_label(html, WIDTH, HEAD + HEIGHT + FOOT - 3, "end", "this audit");
    html_end(html);
    html_end(html);
}

static void
draw_number(Html *html, guint count)
{
    html_start(html, "td", "class", "number", NULL);
    html_text(html, NUMBER(count));
    html_end(html);
}

static void
draw_grade(Html *html, const PastRun *run)
{
    Grade grade = grade_of_run(run);

    html_start(html, "td", NULL);
    html_text(html, grade_word(&grade));
    if (grade.determined)
        html_say(html, ", %u", grade.score);
    html_end(html);
}

/* Of delegations, which not every run looked at. */
static void
draw_kept(Html *html, const PastRun *run, guint count)
{
    if (run->edges_kept)
        draw_number(html, count);
    else
        html_element(html, "td", "not checked", NULL);
}

static void
draw_table(Html *html, const Chart *charts, guint count, const GPtrArray *runs,
           guint first)
{
    html_start(html, "details", "class", "fold", NULL);
    html_element(html, "summary", "The same as a table", NULL);
    html_start(html, "div", "class", "wide", NULL);
    html_start(html, "table", "class", "list", "id", "trend-table", "aria-label",
               "Past audits", NULL);
    html_start(html, "thead", NULL);
    html_start(html, "tr", NULL);
    html_element(html, "th", "Run", "scope", "col", NULL);
    html_element(html, "th", "When", "scope", "col", NULL);
    html_element(html, "th", "Grade", "scope", "col", NULL);
    for (guint c = 0; c < count; c++)
        for (guint part = 0; part < charts[c].parts; part++)
            html_element(html, "th", charts[c].names[part], "scope", "col", NULL);
    html_element(html, "th", "Delegations", "scope", "col", NULL);
    html_element(html, "th", "Chains to Tier 0", "scope", "col", NULL);
    html_element(html, "th", "Complete", "scope", "col", NULL);
    html_end(html);
    html_end(html);
    html_start(html, "tbody", NULL);
    for (guint i = runs->len; i > first; i--) {
        const PastRun *run = runs->pdata[i - 1];
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, run->number);
        g_autofree char *time = summary_minute(run->started_us);

        html_start(html, "tr", NULL);
        html_element(html, "th", number, "scope", "row", NULL);
        html_element(html, "td", time, NULL);
        draw_grade(html, run);
        for (guint c = 0; c < count; c++)
            for (guint part = 0; part < charts[c].parts; part++)
                draw_number(html, charts[c].count(run, part));
        draw_kept(html, run, run->edges);
        draw_kept(html, run, run->chains);
        html_element(html, "td", run->complete ? "yes" : "no", NULL);
        html_end(html);
    }
    html_end(html);
    html_end(html);
    html_end(html);
    html_end(html);
}

void
html_draw_trend(HtmlPage *page)
{
    Html *html = &page->html;
    const Trend *trend = page->report->trend;
    const Chart charts[] = {pairs_chart(), findings_chart()};

    if (!summary_before(trend))
        return;
    const GPtrArray *runs = trend->runs;
    guint first = runs->len > RUNS_SHOWN ? runs->len - RUNS_SHOWN : 0;

    html_section(html, "trend", "Trend");
    html_start(html, "div", "class", "charts", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(charts); i++)
        draw_chart(html, &charts[i], runs, first);
    html_end(html);
    draw_table(html, charts, G_N_ELEMENTS(charts), runs, first);
    html_end(html);
}
