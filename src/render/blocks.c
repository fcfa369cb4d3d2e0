#include "render/blocks.h"

#include "audit/rules.h"
#include "render/sheet.h"

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
        page_say(page, AT_BODY, STYLE_FAINT, " %s %u more (-v shows all)",
                 page_glyph(page, GLYPH_MORE), count);
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

/* Targets, else SPNs, that the line does not name already: each once. */
static void
draw_objects(Page *page, const Block *block, const char *title, guint limit)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const Finding *first = block->first;
    bool targets = first->target != NULL;
    const char *before = NULL;
    guint left_out = 0;

    if (!targets && block->findings->len == 1 && first->spn && first->detail &&
        strstr(first->detail, first->spn))
        return;
    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];
        const char *object = targets ? finding->target : finding->spn;
        g_autofree char *brief = NULL;

        if (!object || strstr(title, object) || !g_hash_table_add(seen, (gpointer)object))
            continue;
        if (g_hash_table_size(seen) > limit) {
            left_out++;
            continue;
        }
        if (before)
            page_flow(page, AT_TITLE, STYLE_PLAIN, ", ");
        else
            page_say(page, AT_TITLE, STYLE_FAINT, "  %s ",
                     targets ? page_glyph(page, GLYPH_ARROW) : "for");
        brief = targets ? g_strdup(object) : brief_spn(page, object, before);
        page_flow(page, AT_TITLE, STYLE_STRONG, brief);
        before = object;
    }
    draw_left_out(page, left_out);
}

static void
draw_details(Page *page, const Block *block, bool folded, guint limit)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint left_out = 0;

    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = g_ptr_array_index(block->findings, i);

        if (!finding->detail || !*finding->detail ||
            !g_hash_table_add(seen, sheet_pattern(finding, folded))) {
            continue;
        }
        if (g_hash_table_size(seen) > limit) {
            left_out++;
            continue;
        }
        page_tab(page, AT_LABEL);
        page_flow(page, AT_LABEL, STYLE_PLAIN, finding->detail);
        page_end(page);
    }
    if (block->findings->len > 1 && g_hash_table_size(seen) == 1) {
        page_tab(page, AT_LABEL);
        page_flow(page, AT_LABEL, STYLE_FAINT, "The same holds for the others.");
        page_end(page);
    }
    if (left_out > 0) {
        page_tab(page, AT_LABEL - 1);
        draw_left_out(page, left_out);
        page_end(page);
    }
}

/* Evidence keys in order of appearance, each with its values once. */
static void
draw_evidence(Page *page, const Block *block, guint limit, guint values_limit)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    g_autoptr(GHashTable) values = g_hash_table_new_full(
        g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = g_ptr_array_index(block->findings, i);
        guint count = finding->evidence != NULL ? finding->evidence->len : 0;

        for (guint j = 0; j < count; j++) {
            const Evidence *piece = g_ptr_array_index(finding->evidence, j);
            GPtrArray *held = g_hash_table_lookup(values, piece->key);

            if (!held) {
                held = g_ptr_array_new();
                g_ptr_array_add(keys, piece->key);
                g_hash_table_insert(values, piece->key, held);
            }
            if (!g_ptr_array_find_with_equal_func(held, piece->value, g_str_equal,
                                                  NULL)) {
                g_ptr_array_add(held, piece->value);
            }
        }
    }
    for (guint i = 0; i < keys->len && i < limit; i++) {
        const char *key = g_ptr_array_index(keys, i);
        const GPtrArray *held = g_hash_table_lookup(values, key);

        draw_label(page, STYLE_FAINT, i == 0 ? "seen" : "");
        page_say(page, AT_BODY, STYLE_FAINT, "%s:", key);
        for (guint j = 0; j < held->len && j < values_limit; j++) {
            const char *value = g_ptr_array_index(held, j);

            if (j > 0) {
                page_say(page, AT_BODY, STYLE_FAINT, " %s", page_glyph(page, GLYPH_DOT));
            }
            page_say(page, AT_BODY, STYLE_PLAIN, " %s",
                     *value != '\0' ? value : "(empty)");
        }
        draw_left_out(page, held->len > values_limit ? held->len - values_limit : 0);
        page_end(page);
    }
    if (keys->len > limit) {
        page_tab(page, AT_BODY - 1);
        draw_left_out(page, keys->len - limit);
        page_end(page);
    }
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
    return fix->by_group ? "by hand" : "mend";
}

static void
draw_fix(Page *page, const Fix *fix, bool first)
{
    const GPtrArray *commands =
        fix->setspn && fix->setspn->len > 0 ? fix->setspn : fix->powershell;
    guint count = commands != NULL ? commands->len : 0;

    for (guint i = 0; i < count; i++) {
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
    if (count == 0) {
        draw_label(page, STYLE_GOOD, first ? "mend" : "");
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
            draw_label(page, STYLE_GOOD, first ? "mend" : "");
            page_say(page, AT_BODY, STYLE_PLAIN, "as %s of %s says (%s)",
                     rule_name(home->first->rule), home->first->subject, fix->id);
            page_end(page);
            first = false;
        }
    }
}

static void
draw_block(Page *page, const Sheet *sheet, const Block *block, bool folded, bool all)
{
    const Finding *first = block->first;
    const char *title = sheet_title(block);

    page_tab(page, AT_SEVERITY);
    page_put(page, finding_style(first),
             first->status == STATUS_UNKNOWN ? "unknown"
                                             : severity_names[first->severity]);
    page_tab(page, AT_RULE);
    page_put(page, STYLE_PLAIN, rule_name(first->rule));
    page_tab(page, AT_TITLE);
    page_flow(page, AT_TITLE, STYLE_STRONG, title);
    draw_objects(page, block, title, all ? G_MAXUINT : TARGETS_SHOWN);
    page_end(page);
    draw_details(page, block, folded, all ? G_MAXUINT : DETAILS_SHOWN);
    draw_evidence(page, block, all ? G_MAXUINT : EVIDENCE_SHOWN,
                  all ? G_MAXUINT : VALUES_SHOWN);
    draw_fixes(page, sheet, block);
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
blocks_draw(Page *page, const Report *report)
{
    bool all = report->verbose > 0;
    g_autoptr(Sheet) sheet = sheet_new(report, !all);

    for (guint i = 0; i < sheet->subjects->len; i++) {
        const Subject *subject = sheet->subjects->pdata[i];

        draw_subject(page, subject);
        for (guint j = 0; j < subject->blocks->len; j++)
            draw_block(page, sheet, subject->blocks->pdata[j], subject->likes->len > 0,
                       all);
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
                                     : "it matches no finding; it may go.");
        page_end(page);
        any = true;
    }
    if (any) {
        page_end(page);
    }
}

void
blocks_draw_waived(Page *page, const Audit *audit)
{
    bool any = false;

    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = g_ptr_array_index(audit->findings, i);

        if (!finding->waived_reason) {
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
        page_say(page, AT_SEVERITY + 8, STYLE_FAINT, "  %s", finding->waived_reason);
        if (finding->waived_until) {
            page_say(page, AT_SEVERITY + 8, STYLE_FAINT, " (until %s)",
                     finding->waived_until);
        }
        page_end(page);
    }
    if (any) {
        page_end(page);
    }
    draw_idle_waivers(page, audit->policy);
}
