/* Draws blocks of findings: title, names, evidence and fixes. */
#include "text_findings.h"

#include "commands.h"
#include "findings.h"

#include "base/names.h"
#include "base/text.h"
#include "changed.h"

#include <string.h>

/* Columns. */
#define AT_SEVERITY 2
#define AT_RULE 12
#define AT_TITLE 20
#define AT_LABEL 12
#define AT_BODY 20

/* What is shown without -v. */
#define OBJECTS_SHOWN 8
#define DETAILS_SHOWN 4
#define EVIDENCE_SHOWN 8
#define EVIDENCE_OF_MANY 3 /* where several subjects are told as one */
#define VALUES_SHOWN 6
#define SUBJECTS_SHOWN 12
#define FIXES_SHOWN 12
#define IDS_SHOWN 4
#define LINES_SHOWN 12     /* of a fix */
#define LINE_SHOWN 600     /* characters of a line of a fix; of a longer one */
#define LINE_BEGINNING 240 /* this much */

/* Characters: then a line for each block, then only how many there are. */
#define ROOM_FOR_BLOCKS (120u << 10)
#define ROOM_FOR_LINES (160u << 10)

typedef struct {
    Page *page;
    const Sheet *sheet;
    const char *fixes_dir; /* NULL: no scripts are written */
    bool all;
    bool brief; /* a line for each block */
} Draw;

static Style
finding_style(const Finding *finding)
{
    static const Style styles[SEVERITY_COUNT] = {
        [SEVERITY_CRITICAL] = STYLE_WORST,
        [SEVERITY_ERROR] = STYLE_BAD,
        [SEVERITY_WARNING] = STYLE_WARN,
        [SEVERITY_INFO] = STYLE_FAINT,
    };

    return finding->status == STATUS_UNKNOWN ? STYLE_UNKNOWN : styles[finding->severity];
}

/* Starts the line (or goes on to the body) under a label. */
static void
draw_label(Page *page, Style style, const char *label)
{
    page_tab(page, AT_LABEL);
    page_put(page, style, label);
    page_tab(page, AT_BODY);
}

static void
draw_left_out(Page *page, guint count)
{
    if (count > 0) {
        page_say(page, AT_BODY, STYLE_FAINT, " %s %s more (-v shows all)",
                 page_glyph(page, GLYPH_MORE), NUMBER(count));
    }
}

/* "…/hv02" where the class is the one just named, else the SPN (transfer
 * full). */
static char *
brief_spn(const Page *page, const char *spn, const char *before)
{
    const char *slash = strchr(spn, '/');
    gsize class = slash ? (gsize)(slash - spn) + 1 : 0;

    if (!before || class == 0 || g_ascii_strncasecmp(before, spn, class) != 0)
        return g_strdup(spn);
    return g_strconcat(page_glyph(page, GLYPH_MORE), slash, NULL);
}

/* What the line names already is not said again. */
static bool
names_object(const Block *block, const char *object)
{
    g_autofree char *detail = finding_detail(block->first);
    bool told = !block->targets && block->findings->len == 1 && strstr(detail, object);

    return told || strstr(block->title, object);
}

/* Those that the title or the detail does not name (transfer container). */
static GPtrArray *
objects_left(const Block *block)
{
    GPtrArray *left = g_ptr_array_new();

    for (guint i = 0; i < block->objects->len; i++)
        if (!names_object(block, block->objects->pdata[i]))
            g_ptr_array_add(left, block->objects->pdata[i]);
    return left;
}

static void
draw_spns(Page *page, const GPtrArray *spns, guint limit)
{
    const char *before = NULL;

    for (guint i = 0; i < spns->len && i < limit; i++) {
        g_autofree char *brief = brief_spn(page, spns->pdata[i], before);

        page_flow(page, AT_TITLE, STYLE_STRONG, brief);
        before = spns->pdata[i];
        if (i + 1 < spns->len && i + 1 < limit)
            page_flow(page, AT_TITLE, STYLE_PLAIN, ", ");
    }
    draw_left_out(page, spns->len > limit ? spns->len - limit : 0);
}

static void
draw_objects(Page *page, const Block *block, guint limit)
{
    g_autoptr(GPtrArray) left = objects_left(block);

    if (left->len == 0)
        return;
    page_say(page, AT_TITLE, STYLE_FAINT, "  %s ",
             block->targets ? page_glyph(page, GLYPH_ARROW) : "for");
    if (block->each > 0) {
        page_say(page, AT_TITLE, STYLE_STRONG, "%s each", NUMBER(block->each));
    } else if (block->targets) {
        g_autofree char *brief = names_brief(left, limit);
        page_flow(page, AT_TITLE, STYLE_STRONG, brief);
    } else {
        draw_spns(page, left, limit);
    }
}

/* "and so many more", on a line of its own. */
static void
draw_rest(Page *page, gsize at, guint count, guint limit)
{
    if (count <= limit)
        return;
    page_tab(page, at - 1);
    draw_left_out(page, count - limit);
    page_end(page);
}

static void
draw_details(Page *page, const Block *block, guint limit)
{
    for (guint i = 0; i < block->details->len && i < limit; i++) {
        page_tab(page, AT_LABEL);
        page_flow(page, AT_LABEL, STYLE_PLAIN, block->details->pdata[i]);
        page_end(page);
    }
    if (block->alike) {
        page_tab(page, AT_LABEL);
        page_flow(page, AT_LABEL, STYLE_FAINT,
                  "The same applies to the other names above.");
        page_end(page);
    }
    draw_rest(page, AT_LABEL, block->details->len, limit);
}

static void
draw_seen(Page *page, const Seen *seen, guint limit)
{
    page_say(page, AT_BODY, STYLE_FAINT, "%s:", seen->key);
    for (guint i = 0; i < seen->values->len && i < limit; i++) {
        const char *value = seen->values->pdata[i];

        if (i > 0)
            page_say(page, AT_BODY, STYLE_FAINT, " %s", page_glyph(page, GLYPH_DOT));
        page_say(page, AT_BODY, STYLE_PLAIN, " %s", *value ? value : "(empty)");
    }
    draw_left_out(page, seen->values->len > limit ? seen->values->len - limit : 0);
    page_end(page);
}

static void
draw_evidence(Page *page, const Block *block, guint limit, guint values_limit)
{
    for (guint i = 0; i < block->evidence->len && i < limit; i++) {
        draw_label(page, STYLE_FAINT, i == 0 ? "seen" : "");
        draw_seen(page, block->evidence->pdata[i], values_limit);
    }
    draw_rest(page, AT_BODY, block->evidence->len, limit);
}

/* A line to copy: never wrapped, and not shown where showing it safely would
 * change it. */
static void
draw_command(Page *page, const char *command)
{
    g_autofree char *shown = page_quoted(page, command);

    if (strcmp(shown, command) == 0) {
        page_put(page, STYLE_PLAIN, command);
    } else {
        page_flow(page, AT_BODY, STYLE_WARN,
                  "(a line with characters that cannot be shown safely here: "
                  "take it from the files of --fixes DIR)");
    }
}

/* What changes how the estate works is not for running with the rest. */
static const char *
fix_label(const Fix *fix, bool first)
{
    if (!first)
        return "";
    return fix->by_group ? "by hand" : "fix";
}

/* All lines of its commands (transfer full, of char *). */
static GPtrArray *
lines_of(const Fix *fix)
{
    const GPtrArray *commands = fix_lines(fix);
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < commands->len; i++) {
        g_auto(GStrv) lines = g_strsplit(commands->pdata[i], "\n", -1);

        for (guint j = 0; lines[j]; j++)
            if (*lines[j])
                g_ptr_array_add(all, g_strdup(lines[j]));
    }
    return all;
}

static bool
is_long(const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        if (strlen(lines->pdata[i]) > LINE_SHOWN)
            return true;
    return lines->len > LINES_SHOWN;
}

/* Where the whole of it is. */
static void
draw_whole(Draw *draw, const Fix *fix)
{
    Page *page = draw->page;
    g_autofree char *brief = commands_change(fix);

    if (draw->fixes_dir)
        page_say(page, AT_BODY, STYLE_PLAIN, "see %s in %s (it %s)", commands_script(fix),
                 draw->fixes_dir, brief);
    else
        page_say(page, AT_BODY, STYLE_FAINT,
                 fix_is_long(fix)
                     ? "(it %s: --fixes DIR writes it to %s)"
                     : "(cut here: it %s; whole with -v, --fixes DIR writes it to %s)",
                 brief, commands_script(fix));
    page_end(page);
}

/* The first of it, cut where a value ends. */
static void
draw_beginning(Page *page, const char *line)
{
    g_autofree char *start = strlen(line) > LINE_SHOWN
                                 ? g_utf8_substring(line, 0, LINE_BEGINNING)
                                 : g_strdup(line);
    char *comma = strlen(line) > LINE_SHOWN ? strrchr(start, ',') : NULL;

    if (comma)
        comma[1] = '\0';
    draw_command(page, start);
    if (comma) {
        page_put(page, STYLE_FAINT, " ");
        page_put(page, STYLE_FAINT, page_glyph(page, GLYPH_MORE));
    }
}

/* Long ones: with --fixes by the script's name, else as they begin.  Whether it is one.
 */
static bool
draw_commands(Draw *draw, const Fix *fix, bool first)
{
    Page *page = draw->page;
    g_autoptr(GPtrArray) lines = lines_of(fix);
    bool named = fix_is_long(fix); /* its lines are the names of files */
    bool cut = named || (!draw->all && is_long(lines));
    guint shown = !cut                       ? lines->len
                  : named || draw->fixes_dir ? 0
                                             : MIN(lines->len, LINES_SHOWN);

    for (guint i = 0; i < shown; i++) {
        draw_label(page, STYLE_GOOD, fix_label(fix, first));
        if (cut)
            draw_beginning(page, lines->pdata[i]);
        else
            draw_command(page, lines->pdata[i]);
        page_end(page);
        first = false;
    }
    if (cut) {
        draw_label(page, STYLE_GOOD, fix_label(fix, first));
        draw_whole(draw, fix);
    }
    if (lines->len > 0)
        return cut && !draw->all;
    draw_label(page, STYLE_GOOD, first ? "fix" : "");
    page_say(page, AT_BODY, STYLE_PLAIN,
             fix->ldif != NULL && *fix->ldif != '\0'
                 ? "%s: in fix.ldif of --fixes DIR"
                 : "%s: cannot be written as a safe command; change it by "
                   "hand",
             fix->id);
    page_end(page);
    return false;
}

static void
draw_risk(Page *page, const Fix *fix)
{
    if (!fix->risk || !*fix->risk)
        return;
    draw_label(page, STYLE_FAINT, "risk");
    page_flow(page, AT_BODY, STYLE_PLAIN, fix->risk);
    page_end(page);
}

/* Whether the other risks the same, for its own account. */
static bool
same_risk(const Fix *fix, const Fix *other)
{
    if (!fix->risk || !other || !other->risk)
        return false;
    GString *text = g_string_new(other->risk);
    g_string_replace(text, other->account->name, fix->account->name, 0);
    bool same = strcmp(text->str, fix->risk) == 0;
    g_string_free(text, TRUE);
    return same;
}

/* Those that are told here, no more after a long one; the risk once for those that risk
 * the same. */
static void
draw_own_fixes(Draw *draw, const Block *block, bool *ret_first)
{
    const Fix *before = NULL;
    guint most = draw->all ? G_MAXUINT : FIXES_SHOWN;
    guint shown = 0, left_out = 0;

    for (guint i = 0; i < block->fixes->len; i++) {
        const Fix *fix = block->fixes->pdata[i];

        if (g_hash_table_lookup(draw->sheet->homes, fix) != block)
            continue;
        if (shown == most) {
            left_out++;
            continue;
        }
        if (before && !same_risk(fix, before)) {
            draw_risk(draw->page, before);
            /* What follows a risk would be read as part of it. */
            *ret_first = *ret_first || (before->risk && *before->risk);
        }
        shown++;
        if (draw_commands(draw, fix, *ret_first))
            most = shown;
        *ret_first = false;
        before = fix;
    }
    if (left_out > 0) {
        draw_label(draw->page, STYLE_FAINT, "");
        page_say(
            draw->page, AT_BODY, STYLE_FAINT,
            draw->fixes_dir ? "and %s more in %s" : "and %s more: %s", NUMBER(left_out),
            draw->fixes_dir ? draw->fixes_dir : "-v shows all, --fixes DIR writes them");
        page_end(draw->page);
    }
    if (before) {
        draw_risk(draw->page, before);
        *ret_first = before->risk && *before->risk;
    }
}

/* Fixes that another block tells, by block. */
static void
draw_pointers(Draw *draw, const Block *block, bool first)
{
    Page *page = draw->page;
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < block->fixes->len; i++) {
        const Block *home =
            g_hash_table_lookup(draw->sheet->homes, block->fixes->pdata[i]);
        g_autoptr(GPtrArray) ids = g_ptr_array_new();

        if (home == block || !g_hash_table_add(told, (gpointer)home))
            continue;
        for (guint j = i; j < block->fixes->len; j++)
            if (g_hash_table_lookup(draw->sheet->homes, block->fixes->pdata[j]) == home)
                g_ptr_array_add(ids, ((Fix *)block->fixes->pdata[j])->id);
        g_autofree char *brief = names_brief(ids, draw->all ? G_MAXUINT : IDS_SHOWN);
        draw_label(page, STYLE_GOOD, first ? "fix" : "");
        page_say(page, AT_BODY, STYLE_PLAIN, "as %s of %s says (%s)",
                 rule_name(home->first->rule), home->first->subject, brief);
        page_end(page);
        first = false;
    }
}

static void
draw_fixes(Draw *draw, const Block *block)
{
    bool first = true;

    draw_own_fixes(draw, block, &first);
    draw_pointers(draw, block, first);
}

/* The newest change; with -v each. */
static void
draw_changes(Page *page, const Block *block, bool all)
{
    g_autoptr(GPtrArray) lines = changed_lines(block->first);

    for (guint i = 0; i < lines->len && (all || i == 0); i++) {
        draw_label(page, STYLE_FAINT, i == 0 ? "changed" : "");
        page_flow(page, AT_BODY, STYLE_PLAIN, lines->pdata[i]);
        page_end(page);
    }
}

static void
draw_follows(Page *page, const Sheet *sheet, const Block *block)
{
    g_autofree char *text = follows_text(sheet->follows, block->findings);

    if (!text)
        return;
    page_tab(page, AT_LABEL);
    page_flow(page, AT_LABEL, STYLE_FAINT, text);
    page_end(page);
}

static void
draw_block(Draw *draw, const Block *block, bool several)
{
    Page *page = draw->page;
    const Finding *first = block->first;
    guint evidence = several ? EVIDENCE_OF_MANY : EVIDENCE_SHOWN;

    page_tab(page, AT_SEVERITY);
    page_put(page, finding_style(first), findings_word(first));
    page_tab(page, AT_RULE);
    page_put(page, STYLE_PLAIN, rule_name(first->rule));
    page_tab(page, AT_TITLE);
    page_flow(page, AT_TITLE, STYLE_STRONG, block->title);
    draw_objects(page, block, draw->all ? G_MAXUINT : OBJECTS_SHOWN);
    page_end(page);
    if (draw->brief)
        return;
    draw_details(page, block, draw->all ? G_MAXUINT : DETAILS_SHOWN);
    draw_evidence(page, block, draw->all ? G_MAXUINT : evidence,
                  draw->all ? G_MAXUINT : VALUES_SHOWN);
    draw_changes(page, block, draw->all);
    draw_fixes(draw, block);
    draw_follows(page, draw->sheet, block);
}

static void
draw_subject(Draw *draw, const Subject *subject)
{
    Page *page = draw->page;
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    g_ptr_array_add(names, (gpointer)subject->name);
    g_ptr_array_extend(names, subject->likes, NULL, NULL);
    g_autofree char *brief = names_brief(names, draw->all ? G_MAXUINT : SUBJECTS_SHOWN);
    page_flow(page, AT_SEVERITY, STYLE_STRONG, brief);
    if (!draw->all && names->len > SUBJECTS_SHOWN)
        page_say(page, AT_SEVERITY, STYLE_FAINT, " (%s in all)", NUMBER(names->len));
    page_end(page);
    for (guint i = 0; i < subject->blocks->len; i++)
        draw_block(draw, subject->blocks->pdata[i], names->len > 1);
    if (!draw->brief)
        page_end(page);
}

void
text_findings_draw(Page *page, const Report *report)
{
    bool all = report->verbose > 0;
    g_autoptr(Sheet) sheet = findings_new(report, all ? FOLD_NONE : FOLD_COUNTED);
    Draw draw = {page, sheet, report->fixes_dir, all, false};
    gsize start = page->out->len;

    for (guint i = 0; i < sheet->subjects->len; i++) {
        gsize used = page->out->len - start;

        draw.brief = !all && used > ROOM_FOR_BLOCKS;
        if (!all && used > ROOM_FOR_LINES) {
            page_end(page);
            page_more(page, AT_SEVERITY, sheet->subjects->len - i);
            break;
        }
        draw_subject(&draw, sheet->subjects->pdata[i]);
    }
    if (draw.brief)
        page_end(page);
}
