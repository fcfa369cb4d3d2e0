/* What differs between two audits, for people. */
#include "base/text.h"
#include "matrix.h"
#include "render/past_page.h"

#include <string.h>

#define INDENT 2
#define AFTER_SEVERITY 12
#define AFTER_SIGN 4
#define SHOWN 40      /* of one kind, without -v */
#define NAMES_SHOWN 6 /* targets of one finding, the same */

/* How each kind of change is told.  In the order of the page. */
static const struct {
    Change change;
    const char *count; /* "2 new" */
    const char *title;
    Style style;
    bool listed; /* without -v */
} kinds[] = {
    {CHANGE_NEW, "new", "New", STYLE_BAD, true},
    {CHANGE_REOPENED, "reopened", "Reopened: fixed, gone or waived before", STYLE_BAD,
     true},
    {CHANGE_WORSENED, "worse", "Worse than before", STYLE_BAD, true},
    {CHANGE_CHANGED, "changed", "Changed: not for all of their targets", STYLE_UNKNOWN,
     true},
    {CHANGE_MENDED, "fixed", "Fixed", STYLE_GOOD, true},
    {CHANGE_WAIVED, "waived", "Waived", STYLE_FAINT, true},
    {CHANGE_UNSEEN, "not checked",
     "Not checked this time, or not determined: not counted as fixed", STYLE_UNKNOWN,
     true},
    {CHANGE_GONE, "gone", "Gone: no longer audited, or the rule no longer applies",
     STYLE_FAINT, true},
    {CHANGE_UNDECIDED, "not determined", "Not determined", STYLE_UNKNOWN, true},
    {CHANGE_SETTLED, "settled", "Not determined before, and now passed", STYLE_GOOD,
     true},
    {CHANGE_PERSISTING, "persisting", "Persisting", STYLE_PLAIN, false},
    {CHANGE_STILL_WAIVED, "still waived", "Still waived", STYLE_FAINT, false},
    {CHANGE_STILL_UNDECIDED, "still not determined", "Still not determined",
     STYLE_UNKNOWN, false},
};
G_STATIC_ASSERT(G_N_ELEMENTS(kinds) == CHANGE_COUNT);

static void
draw_head(Page *page, const Comparison *comparison)
{
    const PastRun *before = comparison->before, *after = comparison->after;
    g_autofree char *scope = past_scope_text(&after->scope);
    g_autofree char *then = past_minute(before->started_us);
    g_autofree char *now = past_minute(after->started_us);
    g_autofree char *runs = g_strdup_printf(
        "   run %" G_GINT64_FORMAT " of %s %s run %" G_GINT64_FORMAT " of %s UTC",
        before->number, then, page_glyph(page, GLYPH_ARROW), after->number, now);
    page_flow(page, INDENT, STYLE_STRONG, scope);
    page_piece(page, INDENT, STYLE_PLAIN, runs);
    page_end(page);
}

/* How each course of a delegation or a chain is told.  In the order of the page. */
static const struct {
    const char *sign;
    const char *count; /* "2 delegations new" */
    Course course;
    Style style;
} courses[] = {
    {"+", "new", COURSE_CAME, STYLE_BAD},
    {"-", "gone", COURSE_GONE, STYLE_GOOD},
    {"~", "changed", COURSE_CHANGED, STYLE_PLAIN},
    {"?", "not checked", COURSE_UNSEEN, STYLE_UNKNOWN},
};

/* "2 delegations new, 1 gone" */
static void
draw_courses(Page *page, const Comparison *comparison, const char *one, const char *many,
             guint (*count_of)(const Comparison *, Course, bool), bool *first)
{
    bool named = false;
    for (guint i = 0; i < G_N_ELEMENTS(courses); i++) {
        guint count = count_of(comparison, courses[i].course, false);
        if (count == 0)
            continue;
        if (named)
            page_say(page, INDENT, STYLE_PLAIN, ", ");
        else if (!*first)
            page_say(page, INDENT, STYLE_FAINT, " %s ", page_glyph(page, GLYPH_DOT));
        page_say(page, INDENT, courses[i].style, "%s ", NUMBER(count));
        if (!named)
            page_say(page, INDENT, courses[i].style, "%s ", count == 1 ? one : many);
        page_say(page, INDENT, courses[i].style, "%s", courses[i].count);
        named = true;
        *first = false;
    }
}

static void
draw_counts(Page *page, const Comparison *comparison)
{
    bool first = true;
    page_tab(page, INDENT);
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        guint count = comparison->counts[kinds[i].change];
        if (count == 0)
            continue;
        if (!first)
            page_say(page, INDENT, STYLE_FAINT, " %s ", page_glyph(page, GLYPH_DOT));
        guint steps = comparison->steps[kinds[i].change];
        page_say(page, INDENT, kinds[i].style, "%s %s", NUMBER(steps), kinds[i].count);
        if (steps != count)
            page_say(page, INDENT, STYLE_FAINT, " (%s findings)", NUMBER(count));
        first = false;
    }
    if (first)
        page_flow(page, INDENT, STYLE_PLAIN, "no findings in either audit");
    first = false;
    draw_courses(page, comparison, "delegation", "delegations", comparison_edges, &first);
    draw_courses(page, comparison, "chain to Tier 0", "chains to Tier 0",
                 comparison_chains, &first);
    page_end(page);
}

/* What was asked for then and not now, or the other way round. */
static void
draw_asked(Page *page, const Comparison *comparison)
{
    guint then = comparison->before->asked, now = comparison->after->asked;
    for (guint i = 0; i < ASKED_COUNT; i++) {
        guint bit = 1u << i;
        if ((then & bit) == (now & bit))
            continue;
        page_tab(page, INDENT);
        page_say(page, INDENT, STYLE_UNKNOWN,
                 "%s: only run %" G_GINT64_FORMAT " asked for them", asked_names[i],
                 now & bit ? comparison->after->number : comparison->before->number);
        page_end(page);
    }
}

/* "2026-11-20" (transfer full) */
static char *
day_text(gint64 unix_us)
{
    char *minute = past_minute(unix_us);
    minute[strcspn(minute, " ")] = '\0';
    return minute;
}

/* Why it is where it is, in few words; NULL: the title says it. */
static char *
remark(const PastFinding *finding)
{
    g_autofree char *first = day_text(finding->first_us);
    g_autofree char *last = day_text(finding->last_us);
    switch (finding->change) {
    case CHANGE_NEW:
        return finding->by_scope ? g_strdup("judged for the first time") : NULL;
    case CHANGE_UNDECIDED:
        return NULL;
    case CHANGE_WORSENED:
        return g_strdup_printf("was %s; since %s",
                               severity_names[finding->before.severity], first);
    case CHANGE_REOPENED:
        return g_strdup_printf("%s; first seen %s",
                               finding->before.waived ? "its waiver ended" : "it is back",
                               first);
    case CHANGE_UNSEEN:
    case CHANGE_GONE:
        return g_strdup_printf("last seen %s (run %" G_GINT64_FORMAT ")", last,
                               finding->last_run);
    case CHANGE_MENDED:
    case CHANGE_SETTLED:
        return g_strdup_printf("first seen %s", first);
    default:
        return g_strdup_printf("since %s", first);
    }
}

static Severity
severity_of(const PastFinding *finding)
{
    return finding->after.standing == STANDING_ABSENT ? finding->before.severity
                                                      : finding->after.severity;
}

/* How a change of one target is told beside others, in their order. */
static const struct {
    const char *word;
    Change change;
    Style style;
} moves[] = {
    {"added", CHANGE_NEW, STYLE_BAD},
    {"reopened", CHANGE_REOPENED, STYLE_BAD},
    {"worse", CHANGE_WORSENED, STYLE_BAD},
    {"fixed", CHANGE_MENDED, STYLE_GOOD},
    {"waived", CHANGE_WAIVED, STYLE_FAINT},
    {"not checked", CHANGE_UNSEEN, STYLE_UNKNOWN},
    {"gone", CHANGE_GONE, STYLE_FAINT},
    {"not determined", CHANGE_UNDECIDED, STYLE_UNKNOWN},
    {"passed", CHANGE_SETTLED, STYLE_GOOD},
};

/* "HV04, HV05 and 3 more" of that change, each once (transfer full); "": none has a
 * name. */
static char *
names_of(const PastFinding *finding, Change change, bool any, guint limit)
{
    GString *text = g_string_new(NULL);
    const char *last = NULL;
    guint names = 0;
    for (guint i = 0; i < finding->targets->len; i++) {
        const PastTarget *target = finding->targets->pdata[i];
        const char *name = past_target_name(target);
        if (!name || (!any && target->change != change) || g_strcmp0(name, last) == 0)
            continue;
        if (names++ < limit)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", name);
        last = name;
    }
    if (names > limit)
        g_string_append_printf(text, " and %s more", NUMBER(names - limit));
    return g_string_free(text, FALSE);
}

/* "HV04 added, HV02 fixed" */
static void
draw_moves(Page *page, const PastFinding *finding, guint limit)
{
    bool first = true;
    for (guint i = 0; i < G_N_ELEMENTS(moves); i++) {
        g_autofree char *names = names_of(finding, moves[i].change, false, limit);
        if (!*names)
            continue;
        page_say(page, AFTER_SEVERITY, STYLE_PLAIN, "%s%s ", first ? "  " : ", ", names);
        page_say(page, AFTER_SEVERITY, moves[i].style, "%s", moves[i].word);
        first = false;
    }
}

static void
draw_finding(Page *page, const PastFinding *finding, Style style, guint limit)
{
    g_autofree char *text = remark(finding);
    g_autofree char *names = names_of(finding, CHANGE_COUNT, true, limit);
    page_tab(page, INDENT);
    page_put(page, style, severity_names[severity_of(finding)]);
    page_tab(page, AFTER_SEVERITY);
    page_flow(page, AFTER_SEVERITY, STYLE_STRONG, finding->id);
    if (finding->change == CHANGE_CHANGED)
        draw_moves(page, finding, limit);
    else if (*names)
        page_say(page, AFTER_SEVERITY, STYLE_STRONG, " %s %s",
                 page_glyph(page, GLYPH_ARROW), names);
    page_say(page, AFTER_SEVERITY, STYLE_PLAIN, "  %s", finding->title);
    if (text)
        page_say(page, AFTER_SEVERITY, STYLE_FAINT, "  (%s)", text);
    page_end(page);
}

static void
draw_title(Page *page, const char *title)
{
    page_end(page);
    page_flow(page, INDENT, STYLE_STRONG, title);
    page_end(page);
}

static void
draw_findings(Page *page, const PastDiff *what)
{
    const Comparison *comparison = what->comparison;
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
        guint count = comparison->counts[kinds[k].change], shown = 0;
        if (count == 0 || (!kinds[k].listed && !what->verbose))
            continue;
        draw_title(page, kinds[k].title);
        for (guint i = 0; i < comparison->findings->len; i++) {
            const PastFinding *finding = comparison->findings->pdata[i];
            if (finding->change != kinds[k].change)
                continue;
            if (what->verbose || shown < SHOWN)
                draw_finding(page, finding, kinds[k].style,
                             what->verbose ? G_MAXUINT : NAMES_SHOWN);
            shown++;
        }
        if (!what->verbose && shown > SHOWN)
            page_more(page, INDENT, shown - SHOWN);
    }
}

static void
draw_pairs(Page *page, const PastDiff *what)
{
    const Comparison *comparison = what->comparison;
    guint limit = what->verbose ? G_MAXUINT : SHOWN;
    if (comparison->pairs->len == 0)
        return;
    draw_title(page, "Pairs");
    for (guint i = 0; i < comparison->pairs->len && i < limit; i++) {
        const PastPair *pair = comparison->pairs->pdata[i];
        page_tab(page, INDENT);
        page_say(page, INDENT, STYLE_PLAIN, "%s %s %s", pair->source,
                 page_glyph(page, GLYPH_ARROW), pair->target);
        page_say(page, INDENT, matrix_style(pair->before), "  %s",
                 verdict_names[pair->before]);
        page_say(page, INDENT, STYLE_FAINT, " %s ", page_glyph(page, GLYPH_ARROW));
        page_put(page, matrix_style(pair->after), verdict_names[pair->after]);
        page_end(page);
    }
    if (comparison->pairs->len > limit)
        page_more(page, INDENT, comparison->pairs->len - limit);
}

/* Delegations and chains. */

/* "svc-web -> SQL1  constrained" */
static void
draw_edge(Page *page, const PastEdge *edge)
{
    const char *way = edge->way == LEG_KCD    ? "constrained"
                      : edge->way == LEG_RBCD ? "RBCD"
                                              : "unconstrained";
    page_say(page, AFTER_SIGN, STYLE_STRONG, "%s %s %s", edge->source,
             page_glyph(page, GLYPH_ARROW), edge->target ? edge->target : "whoever");
    page_say(page, AFTER_SIGN, STYLE_PLAIN, "  %s", way);
}

static void
draw_tier0(Page *page, const PastEdge *edge)
{
    bool before = edge->before.there && edge->before.tier0, after = edge->after.tier0;
    if (edge->course == COURSE_CHANGED && before != after)
        page_say(page, AFTER_SIGN, after ? STYLE_BAD : STYLE_GOOD, ", %s",
                 after ? "the target is Tier 0 now" : "the target is no longer Tier 0");
    else if (before || after)
        page_say(page, AFTER_SIGN, STYLE_BAD, ", the target is Tier 0");
}

static void
draw_declared(Page *page, const PastEdge *edge)
{
    if (edge->after.there && edge->after.declared == TRI_NO)
        page_say(page, AFTER_SIGN, STYLE_BAD, ", not declared");
    else if (edge->course == COURSE_CHANGED && edge->before.declared == TRI_NO)
        page_say(page, AFTER_SIGN, STYLE_GOOD, ", declared now");
}

static void
draw_verdicts(Page *page, const PastEdge *edge)
{
    Verdict before = edge->before.verdict, after = edge->after.verdict;
    page_say(page, AFTER_SIGN, STYLE_PLAIN, "  ");
    if (edge->before.there) {
        page_put(page, matrix_style(before), verdict_names[before]);
        if (!edge->after.there || !edge->after.seen || before == after)
            return;
        page_say(page, AFTER_SIGN, STYLE_FAINT, " %s ", page_glyph(page, GLYPH_ARROW));
    }
    page_put(page, matrix_style(after), verdict_names[after]);
}

static void
draw_sign(Page *page, guint kind)
{
    page_tab(page, INDENT);
    page_put(page, courses[kind].style, courses[kind].sign);
    page_tab(page, AFTER_SIGN);
}

/* Those of a kind: what is judged for the first time is counted, not listed. */
static void
draw_edges_of(Page *page, const PastDiff *what, guint kind)
{
    const GPtrArray *edges = what->comparison->edges;
    guint shown = 0;
    for (guint i = 0; i < edges->len; i++) {
        const PastEdge *edge = edges->pdata[i];
        if (edge->course != courses[kind].course || (edge->by_scope && !what->verbose))
            continue;
        if (what->verbose || shown < SHOWN) {
            draw_sign(page, kind);
            draw_edge(page, edge);
            draw_verdicts(page, edge);
            draw_tier0(page, edge);
            draw_declared(page, edge);
            page_end(page);
        }
        shown++;
    }
    if (!what->verbose && shown > SHOWN)
        page_more(page, INDENT, shown - SHOWN);
}

static void
draw_by_scope(Page *page, const Comparison *comparison, guint count, const char *one,
              const char *many)
{
    const char *asked = comparison->reached < 0 ? "an older kcdaudit did not keep them"
                        : comparison->reached == (int)REACH_HOSTS
                            ? "the audits before were of hosts alone"
                            : "no audit before was of the whole forest";
    if (count == 0)
        return;
    page_tab(page, INDENT);
    page_say(page, INDENT, STYLE_UNKNOWN, "%s %s judged for the first time: %s",
             NUMBER(count), count == 1 ? one : many, asked);
    page_end(page);
}

static void
draw_edges(Page *page, const PastDiff *what)
{
    const Comparison *comparison = what->comparison;
    if (comparison->edges->len == 0)
        return;
    draw_title(page, "Delegations");
    draw_by_scope(page, comparison, comparison_edges(comparison, COURSE_CAME, true),
                  "delegation is", "delegations are");
    for (guint i = 0; i < G_N_ELEMENTS(courses); i++)
        draw_edges_of(page, what, i);
}

/* What a way goes by: the ends of its steps. */
static void
draw_path(Page *page, const PastChain *chain)
{
    g_auto(GStrv) steps = g_strsplit(chain->path, "\n", -1);
    const char *arrow = page_glyph(page, GLYPH_ARROW);
    page_say(page, AFTER_SIGN, STYLE_STRONG, "%s", chain->from);
    for (guint i = 0; i + 1 < chain->steps && steps[i]; i++) {
        const char *end = strrchr(steps[i], '>');
        page_say(page, AFTER_SIGN, STYLE_PLAIN, " %s %s", arrow,
                 end ? end + 1 : steps[i]);
    }
    if (chain->steps > g_strv_length(steps))
        page_say(page, AFTER_SIGN, STYLE_FAINT, " %s %s", arrow,
                 page_glyph(page, GLYPH_MORE));
    page_say(page, AFTER_SIGN, STYLE_STRONG, " %s %s", arrow, chain->to);
}

static void
draw_chains_of(Page *page, const PastDiff *what, guint kind)
{
    const GPtrArray *chains = what->comparison->chains;
    guint shown = 0;
    for (guint i = 0; i < chains->len; i++) {
        const PastChain *chain = chains->pdata[i];
        if (chain->course != courses[kind].course || (chain->by_scope && !what->verbose))
            continue;
        if (what->verbose || shown < SHOWN) {
            draw_sign(page, kind);
            draw_path(page, chain);
            page_end(page);
        }
        shown++;
    }
    if (!what->verbose && shown > SHOWN)
        page_more(page, INDENT, shown - SHOWN);
}

static void
draw_chains(Page *page, const PastDiff *what)
{
    const Comparison *comparison = what->comparison;
    if (comparison->chains->len == 0)
        return;
    draw_title(page, "Chains to Tier 0");
    draw_by_scope(page, comparison, comparison_chains(comparison, COURSE_CAME, true),
                  "chain is", "chains are");
    for (guint i = 0; i < G_N_ELEMENTS(courses); i++)
        draw_chains_of(page, what, i);
}

/* What came to be wrong, or was put right, as steps to take. */
static void
draw_causes(Page *page, const PastDiff *what)
{
    const GArray *causes = what->comparison->causes;
    guint limit = what->verbose ? G_MAXUINT : SHOWN;
    if (causes->len == 0)
        return;
    draw_title(page, "Causes");
    for (guint i = 0; i < causes->len && i < limit; i++) {
        const PastCause *cause = &g_array_index(causes, PastCause, i);
        draw_sign(page, cause->course == COURSE_CAME ? 0 : 1);
        page_say(page, AFTER_SIGN, STYLE_STRONG, "%s", cause->subject);
        page_say(page, AFTER_SIGN, STYLE_PLAIN, ": %s", cause->title);
        page_say(page, AFTER_SIGN, STYLE_FAINT, "  %s finding%s", NUMBER(cause->findings),
                 cause->findings == 1 ? "" : "s");
        page_end(page);
    }
    if (causes->len > limit)
        page_more(page, INDENT, causes->len - limit);
}

static void
draw_not_looked(Page *page, const Comparison *comparison)
{
    if (comparison->edges_kept || !comparison->before->edges_kept)
        return;
    page_end(page);
    page_tab(page, INDENT);
    page_say(page, INDENT, STYLE_UNKNOWN,
             "Run %" G_GINT64_FORMAT
             " audited hosts alone: delegations were not checked.",
             comparison->after->number);
    page_end(page);
}

static void
draw_names(Page *page, const char *title, const GPtrArray *names)
{
    if (names->len == 0)
        return;
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(list, names->pdata[i]);
    g_ptr_array_add(list, NULL);
    g_autofree char *text = g_strjoinv(", ", (char **)list->pdata);
    page_tab(page, INDENT);
    page_say(page, INDENT, STYLE_PLAIN, "%s: %s", title, text);
    page_end(page);
}

static void
draw_gaps(Page *page, const char *title, const GPtrArray *gaps)
{
    for (guint i = 0; i < gaps->len; i++) {
        const Gap *gap = gaps->pdata[i];
        page_tab(page, INDENT);
        page_say(page, INDENT, STYLE_UNKNOWN, "%s: %s: %s", title, gap->what, gap->why);
        page_end(page);
    }
}

static void
draw_estate(Page *page, const Comparison *comparison)
{
    if (comparison->joined->len + comparison->left->len + comparison->unread->len +
            comparison->reread->len ==
        0)
        return;
    draw_title(page, "What was audited");
    draw_names(page, "hosts added since", comparison->joined);
    draw_names(page, "hosts no longer audited", comparison->left);
    draw_gaps(page, "not read", comparison->unread);
    draw_gaps(page, "not read before", comparison->reread);
}

void
past_draw_diff(const void *data, Page *page)
{
    const PastDiff *what = data;
    const Comparison *comparison = what->comparison;
    if (what->quiet) {
        draw_counts(page, comparison);
        return;
    }
    draw_head(page, comparison);
    page_end(page);
    draw_counts(page, comparison);
    draw_asked(page, comparison);
    draw_causes(page, what);
    draw_findings(page, what);
    draw_pairs(page, what);
    draw_edges(page, what);
    draw_chains(page, what);
    draw_not_looked(page, comparison);
    draw_estate(page, comparison);
    if (!comparison->verdicts_kept) {
        page_end(page);
        page_flow(
            page, INDENT, STYLE_UNKNOWN,
            "One of the two runs was kept by an older kcdaudit, without its pairs.");
        page_end(page);
    }
}
