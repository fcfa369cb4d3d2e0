/* Draws blocks of findings: title, names, evidence and fixes. */
#include "text_findings.h"

#include "commands.h"
#include "findings.h"

#include "base/text.h"
#include "changed.h"

#include <string.h>

/* Columns. */
#define AT_SEVERITY 2
#define AT_RULE 12
#define AT_TITLE 20
#define AT_LABEL 12
#define AT_BODY 20
#define AT_NOTE 15 /* as the notes at the end */

/* What is shown without -v. */
#define TARGETS_SHOWN 12
#define DETAILS_SHOWN 4
#define EVIDENCE_SHOWN 8
#define VALUES_SHOWN 6
#define SUBJECTS_SHOWN 24

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
    const Finding *first = block->first;
    bool told = !block->targets && block->findings->len == 1 && first->detail &&
                strstr(first->detail, object);

    return told || strstr(block->title, object);
}

static void
draw_objects(Page *page, const Block *block, guint limit)
{
    const char *before = NULL;
    guint shown = 0, left_out = 0;

    for (guint i = 0; i < block->objects->len; i++) {
        const char *object = block->objects->pdata[i];

        if (names_object(block, object))
            continue;
        if (shown == limit) {
            left_out++;
            continue;
        }
        if (before)
            page_flow(page, AT_TITLE, STYLE_PLAIN, ", ");
        else
            page_say(page, AT_TITLE, STYLE_FAINT, "  %s ",
                     block->targets ? page_glyph(page, GLYPH_ARROW) : "for");
        g_autofree char *brief =
            block->targets ? g_strdup(object) : brief_spn(page, object, before);
        page_flow(page, AT_TITLE, STYLE_STRONG, brief);
        before = object;
        shown++;
    }
    draw_left_out(page, left_out);
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

static void
draw_fix(Page *page, const Fix *fix, bool first)
{
    const GPtrArray *commands = fix_lines(fix);

    for (guint i = 0; i < commands->len; i++) {
        const char *command = g_ptr_array_index(commands, i);
        g_auto(GStrv) lines = g_strsplit(command, "\n", -1);

        for (guint j = 0; lines[j] != NULL; j++) {
            if (*lines[j] == '\0') {
                continue;
            }
            draw_label(page, STYLE_GOOD, fix_label(fix, first));
            draw_command(page, lines[j]);
            page_end(page);
            first = false;
        }
    }
    if (commands->len == 0) {
        draw_label(page, STYLE_GOOD, first ? "fix" : "");
        page_say(page, AT_BODY, STYLE_PLAIN,
                 fix->ldif != NULL && *fix->ldif != '\0'
                     ? "%s: in fix.ldif of --fixes DIR"
                     : "%s: cannot be written as a safe command; change it by "
                       "hand",
                 fix->id);
        page_end(page);
    }
    if (fix->risk != NULL && *fix->risk != '\0') {
        draw_label(page, STYLE_FAINT, "risk");
        page_flow(page, AT_BODY, STYLE_PLAIN, fix->risk);
        page_end(page);
    }
}

static void
draw_fixes(Page *page, const Sheet *sheet, const Block *block)
{
    bool first = true;

    for (guint i = 0; i < block->fixes->len; i++) {
        const Fix *fix = g_ptr_array_index(block->fixes, i);

        if (g_hash_table_lookup(sheet->homes, fix) == block) {
            draw_fix(page, fix, first);
            /* What follows a risk would be read as part of it. */
            first = fix->risk != NULL && *fix->risk != '\0';
        }
    }
    for (guint i = 0; i < block->fixes->len; i++) {
        const Fix *fix = g_ptr_array_index(block->fixes, i);
        const Block *home = g_hash_table_lookup(sheet->homes, fix);

        if (home != block) {
            draw_label(page, STYLE_GOOD, first ? "fix" : "");
            page_say(page, AT_BODY, STYLE_PLAIN, "as %s of %s says (%s)",
                     rule_name(home->first->rule), home->first->subject, fix->id);
            page_end(page);
            first = false;
        }
    }
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
draw_block(Page *page, const Sheet *sheet, const Block *block, bool all)
{
    const Finding *first = block->first;

    page_tab(page, AT_SEVERITY);
    page_put(page, finding_style(first), findings_word(first));
    page_tab(page, AT_RULE);
    page_put(page, STYLE_PLAIN, rule_name(first->rule));
    page_tab(page, AT_TITLE);
    page_flow(page, AT_TITLE, STYLE_STRONG, block->title);
    draw_objects(page, block, all ? G_MAXUINT : TARGETS_SHOWN);
    page_end(page);
    draw_details(page, block, all ? G_MAXUINT : DETAILS_SHOWN);
    draw_evidence(page, block, all ? G_MAXUINT : EVIDENCE_SHOWN,
                  all ? G_MAXUINT : VALUES_SHOWN);
    draw_changes(page, block, all);
    draw_fixes(page, sheet, block);
    draw_follows(page, sheet, block);
}

static void
draw_subject(Page *page, const Subject *subject)
{
    page_flow(page, AT_SEVERITY, STYLE_STRONG, subject->name);
    for (guint i = 0; i < subject->likes->len; i++) {
        if (i + 1 == SUBJECTS_SHOWN) {
            draw_left_out(page, subject->likes->len - i);
            break;
        }
        page_flow(page, AT_SEVERITY, STYLE_STRONG, ", ");
        page_flow(page, AT_SEVERITY, STYLE_STRONG, subject->likes->pdata[i]);
    }
    page_end(page);
}

void
text_findings_draw(Page *page, const Report *report)
{
    bool all = report->verbose > 0;
    g_autoptr(Sheet) sheet = findings_new(report, !all);

    for (guint i = 0; i < sheet->subjects->len; i++) {
        const Subject *subject = sheet->subjects->pdata[i];

        draw_subject(page, subject);
        for (guint j = 0; j < subject->blocks->len; j++)
            draw_block(page, sheet, subject->blocks->pdata[j], all);
        page_end(page);
    }
}

/* Waivers that no longer do anything: they want to be looked at. */
static void
draw_idle_waivers(Page *page, const Policy *policy)
{
    bool any = false;

    for (guint i = 0; i < policy->waivers->len; i++) {
        const Waiver *waiver = g_ptr_array_index(policy->waivers, i);

        if (!waiver->expired && waiver->matched > 0) {
            continue;
        }
        page_put(page, STYLE_STRONG, "Note");
        page_tab(page, AT_NOTE);
        page_say(page, AT_NOTE, STYLE_PLAIN, "[waive %s] ", waiver->name);
        if (waiver->expired) {
            page_say(page, AT_NOTE, STYLE_PLAIN, "ended on %s: ", waiver->until);
        }
        page_say(page, AT_NOTE, STYLE_PLAIN, "%s",
                 waiver->matched > 0 ? "what it covered counts again."
                                     : "it matches no finding and can be removed.");
        page_end(page);
        any = true;
    }
    if (any) {
        page_end(page);
    }
}

void
text_findings_draw_waived(Page *page, const Report *report)
{
    const GPtrArray *findings = report_findings(report);
    bool any = false;

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = g_ptr_array_index(findings, i);
        g_autofree char *waiver = commands_waiver(finding);

        if (!waiver) {
            continue;
        }
        if (!any) {
            page_put(page, STYLE_STRONG, "Waived");
            page_end(page);
            any = true;
        }
        page_tab(page, AT_SEVERITY);
        page_put(page, STYLE_FAINT, rule_name(finding->rule));
        page_tab(page, AT_SEVERITY + 8);
        page_put(page, STYLE_PLAIN, finding->subject);
        if (finding->target) {
            page_put(page, STYLE_FAINT, " ");
            page_put(page, STYLE_FAINT, page_glyph(page, GLYPH_ARROW));
            page_put(page, STYLE_PLAIN, " ");
            page_put(page, STYLE_PLAIN, finding->target);
        }
        page_say(page, AT_SEVERITY + 8, STYLE_FAINT, "  %s", waiver);
        page_end(page);
    }
    if (any) {
        page_end(page);
    }
    draw_idle_waivers(page, report->audit->policy);
}
