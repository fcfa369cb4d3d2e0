/* Findings: one fold per rule and subject, as the text report has its blocks, so
 * that a hundred thousand findings do not make a hundred thousand elements. */
#include "html_fixes.h"
#include "html_parts.h"

#include "audit/grouping.h"
#include "base/names.h"
#include "base/text.h"
#include "changed.h"

#define OPEN_BLOCKS 4 /* so few are shown unfolded */
#define DETAILS_SHOWN 12
#define KEYS_SHOWN 16
#define VALUES_SHOWN 16
#define NAMES_SHOWN 8

typedef struct {
    HtmlPage *page;
    HtmlFixBudget budget;
    guint block; /* numbered over all subjects, as html_data numbers them */
    bool open;
} Draw;

static const HtmlMark *
mark_of(const Finding *finding)
{
    return finding->status == STATUS_UNKNOWN ? &html_undetermined
                                             : &html_severities[finding->severity];
}

static const char *
word_of(const Finding *finding)
{
    return finding->status == STATUS_UNKNOWN ? "not determined"
                                             : severity_names[finding->severity];
}

/* "HV02, HV05 to HV30 and 27 more": all of them unfolds. */
static void
draw_names(Html *html, const GPtrArray *names, const char *class)
{
    g_autofree char *brief = names_brief(names, NAMES_SHOWN);

    html_element(html, "span", brief, "class", class, NULL);
}

/* Each by itself, so that a browser finds it. */
static void
draw_all_names(Html *html, const GPtrArray *names, const char *title)
{
    if (names->len <= NAMES_SHOWN)
        return;
    html_start(html, "details", "class", "more", NULL);
    html_start(html, "summary", NULL);
    html_say(html, "%s (%s)", title, NUMBER(names->len));
    html_end(html);
    html_start(html, "p", "class", "names", NULL);
    for (guint i = 0; i < names->len; i++) {
        html_text(html, i > 0 ? ", " : "");
        html_text(html, names->pdata[i]);
    }
    html_end(html);
    html_end(html);
}

static void
draw_rest(Html *html, const char *element, guint count, guint shown)
{
    if (count <= shown)
        return;
    html_start(html, element, "class", "quiet", NULL);
    html_say(html, "and %s more (-f json has all)", NUMBER(count - shown));
    html_end(html);
}

static void
draw_details(Html *html, const Block *block)
{
    for (guint i = 0; i < block->details->len && i < DETAILS_SHOWN; i++)
        html_element(html, "p", block->details->pdata[i], "class", "detail", NULL);
    if (block->alike)
        html_element(html, "p", "The same applies to the other names above.", "class",
                     "quiet", NULL);
    draw_rest(html, "p", block->details->len, DETAILS_SHOWN);
}

static void
draw_evidence(Html *html, const Block *block)
{
    if (block->evidence->len == 0)
        return;
    html_start(html, "dl", "class", "evidence", NULL);
    for (guint i = 0; i < block->evidence->len && i < KEYS_SHOWN; i++) {
        const Seen *seen = block->evidence->pdata[i];

        html_element(html, "dt", seen->key, NULL);
        for (guint j = 0; j < seen->values->len && j < VALUES_SHOWN; j++) {
            const char *value = seen->values->pdata[j];

            html_element(html, "dd", *value ? value : "(empty)", NULL);
        }
        draw_rest(html, "dd", seen->values->len, VALUES_SHOWN);
    }
    html_end(html);
    draw_rest(html, "p", block->evidence->len, KEYS_SHOWN);
}

/* Fixes that stand in full elsewhere. */
static void
draw_pointer(HtmlPage *page, const Block *home, const GPtrArray *fixes)
{
    Html *html = &page->html;
    g_autofree char *id = html_fix_id(page, fixes->pdata[0]);
    g_autofree char *link = g_strconcat("#", id, NULL);
    g_autoptr(GPtrArray) ids = g_ptr_array_new();

    for (guint i = 0; i < fixes->len; i++)
        g_ptr_array_add(ids, ((Fix *)fixes->pdata[i])->id);
    g_autofree char *brief = names_brief(ids, NAMES_SHOWN);
    html_start(html, "p", "class", "elsewhere", NULL);
    html_text(html, "Fix: as ");
    html_start(html, "a", "href", link, NULL);
    html_say(html, "%s of %s", rule_name(home->first->rule), home->first->subject);
    html_end(html);
    html_say(html, " says (%s).", brief);
    html_end(html);
}

/* Those that this block's fix is told with, from the first on; none: another has told
 * them (transfer container). */
static GPtrArray *
fixes_at(const Sheet *sheet, const Block *block, guint first, GHashTable *told)
{
    const Block *home = g_hash_table_lookup(sheet->homes, block->fixes->pdata[first]);
    GPtrArray *fixes = g_ptr_array_new();

    if (home == block || !g_hash_table_add(told, (gpointer)home))
        return fixes;
    for (guint i = first; i < block->fixes->len; i++)
        if (g_hash_table_lookup(sheet->homes, block->fixes->pdata[i]) == home)
            g_ptr_array_add(fixes, block->fixes->pdata[i]);
    return fixes;
}

static void
draw_fixes(Draw *draw, const Block *block)
{
    const Sheet *sheet = draw->page->sheet;
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    bool large = false;

    for (guint i = 0; i < block->fixes->len; i++) {
        const Fix *fix = block->fixes->pdata[i];
        const Block *home = g_hash_table_lookup(sheet->homes, fix);
        g_autoptr(GPtrArray) elsewhere = fixes_at(sheet, block, i, told);

        if (home == block) {
            bool like = html_fix_is_large(fix, &draw->budget);
            html_draw_fix(draw->page, fix, &draw->budget, large && like);
            large = large || like;
        } else if (elsewhere->len > 0) {
            draw_pointer(draw->page, home, elsewhere);
        }
    }
}

static void
draw_summary(Html *html, const Block *block)
{
    const Finding *first = block->first;

    html_start(html, "summary", NULL);
    html_start(html, "span", "class", "severity", NULL);
    html_mark(html, mark_of(first));
    html_text(html, word_of(first));
    html_end(html);
    html_markup(html, " ");
    html_element(html, "span", rule_name(first->rule), "class", "rule", NULL);
    html_markup(html, " ");
    html_element(html, "span", block->title, "class", "title", NULL);
    html_markup(html, " ");
    if (block->objects->len > 0) {
        html_element(html, "span", block->targets ? "→ " : "for ", "class", "quiet",
                     NULL);
        draw_names(html, block->objects, "objects");
        html_markup(html, " ");
    }
    if (block->listed > 1) {
        html_start(html, "span", "class", "times", NULL);
        html_say(html, "%s findings", NUMBER(block->listed));
        html_end(html);
    }
    html_end(html);
}

static void
draw_changes(Html *html, const Block *block)
{
    g_autoptr(GPtrArray) lines = changed_lines(block->first);

    for (guint i = 0; i < lines->len; i++)
        html_element(html, "p", lines->pdata[i], "class", "quiet changed", NULL);
}

static void
draw_follows(Draw *draw, const Block *block)
{
    g_autofree char *text = follows_text(draw->page->sheet->follows, block->findings);

    if (text)
        html_element(&draw->page->html, "p", text, "class", "quiet", NULL);
}

static void
draw_block(Draw *draw, const Block *block)
{
    Html *html = &draw->page->html;
    const Finding *first = block->first;
    g_autofree char *id = g_strdup_printf("block-%u", draw->block++);
    g_autofree char *class = g_strconcat("block ", mark_of(first)->class,
                                         draw->block > PAPER_BLOCKS ? " late" : "", NULL);
    g_autofree char *count = g_strdup_printf("%u", block->listed);

    html_start(html, "details", "class", class, "id", id, "data-rule",
               rule_name(first->rule), "data-severity", severity_names[first->severity],
               "data-status", first->status == STATUS_UNKNOWN ? "unknown" : "fail",
               "data-count", count, "open", draw->open ? "" : NULL, NULL);
    draw_summary(html, block);
    html_start(html, "div", "class", "body", NULL);
    draw_details(html, block);
    draw_all_names(html, block->objects, block->targets ? "All targets" : "All SPNs");
    draw_evidence(html, block);
    draw_changes(html, block);
    draw_fixes(draw, block);
    draw_follows(draw, block);
    html_end(html);
    html_end(html);
}

static void
draw_subject(Draw *draw, const Subject *subject)
{
    Html *html = &draw->page->html;
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    g_ptr_array_add(names, (gpointer)subject->name);
    g_ptr_array_extend(names, subject->likes, NULL, NULL);
    html_start(html, "section", "class",
               draw->block < PAPER_TITLES ? "subject" : "subject late", NULL);
    html_start(html, "h3", NULL);
    draw_names(html, names, NULL);
    html_end(html);
    draw_all_names(html, names, "All names that this applies to");
    for (guint i = 0; i < subject->blocks->len; i++)
        draw_block(draw, subject->blocks->pdata[i]);
    html_end(html);
}

void
html_draw_findings(HtmlPage *page)
{
    Html *html = &page->html;
    const Sheet *sheet = page->sheet;
    Draw draw = {.page = page, .budget = html_fix_budget(page->report->fixes)};
    guint blocks = 0;

    for (guint i = 0; i < sheet->subjects->len; i++)
        blocks += ((const Subject *)sheet->subjects->pdata[i])->blocks->len;
    draw.open = blocks <= OPEN_BLOCKS;
    guint hidden = page->report->shown ? page->report->shown->hidden : 0;
    if (hidden > 0) {
        html_start(html, "p", "class", "note", "id", "hidden-findings", NULL);
        html_say(html, "%s finding%s not listed here (--rule, --min-severity).",
                 NUMBER(hidden), hidden == 1 ? " is" : "s are");
        html_end(html);
    } else if (blocks == 0)
        html_element(html, "p", "There are no findings other than waived ones.", "class",
                     "quiet", NULL);
    for (guint i = 0; i < sheet->subjects->len; i++)
        draw_subject(&draw, sheet->subjects->pdata[i]);
}

static void
draw_waived(Html *html, const FindingGroup *group)
{
    const Finding *first = group->first;
    g_autofree char *targets = finding_group_objects(group, NAMES_SHOWN);

    html_start(html, "tr", "data-rule", rule_name(first->rule), "data-severity",
               severity_names[first->severity], NULL);
    html_element(html, "td", rule_name(first->rule), NULL);
    html_element(html, "td", first->subject, NULL);
    html_element(html, "td", targets, NULL);
    html_element(html, "td", group->title ? group->title : "", NULL);
    html_element(html, "td", first->waived->reason, NULL);
    html_element(html, "td", first->waived->until ? first->waived->until : "for ever",
                 NULL);
    html_end(html);
}

void
html_draw_waived(HtmlPage *page)
{
    static const char *const columns[] = {"Rule", "Subject", "Target",
                                          "What", "Reason",  "Until"};
    Html *html = &page->html;

    if (page->tally.waived == 0)
        return;
    g_autoptr(GPtrArray) groups = findings_grouped(page->audit->findings);
    html_section(html, "waived", "Waived findings");
    html_start(html, "div", "class", "wide", NULL);
    html_start(html, "table", "class", "list", "aria-labelledby", "waived-title", NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns));
    html_start(html, "tbody", NULL);
    for (guint i = 0; i < groups->len; i++)
        if (((const FindingGroup *)groups->pdata[i])->first->waived)
            draw_waived(html, groups->pdata[i]);
    html_end(html);
    html_end(html);
    html_end(html);
    html_end(html);
}
