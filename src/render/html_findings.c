/* Findings: one fold per rule and subject, as the text report has its blocks, so
 * that a hundred thousand findings do not make a hundred thousand elements. */
#include "audit/rules.h"
#include "render/html_page.h"

#define OPEN_BLOCKS 4 /* so few are shown unfolded */
#define DETAILS_SHOWN 12
#define KEYS_SHOWN 16
#define VALUES_SHOWN 16
#define LIKES_SHOWN 6
#define OBJECTS_SHOWN 8

typedef struct {
    HtmlPage *page;
    HtmlFixBudget budget;
    guint block; /* numbered over all subjects, as html_data numbers them */
    bool open;
} Draw;

static const HtmlMark *
mark_of(const Finding *finding)
{
    return finding->status == STATUS_UNKNOWN ? &html_undecided
                                             : &html_severities[finding->severity];
}

static const char *
word_of(const Finding *finding)
{
    return finding->status == STATUS_UNKNOWN ? "undecided"
                                             : severity_names[finding->severity];
}

/* The targets, else the SPNs, that a block is about: each once (transfer
 * container, of const char *). */
static GPtrArray *
block_objects(const Block *block, bool *ret_targets)
{
    GPtrArray *objects = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    *ret_targets = block->first->target != NULL;
    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];
        gpointer object = *ret_targets ? finding->target : finding->spn;

        if (object && g_hash_table_add(seen, object))
            g_ptr_array_add(objects, object);
    }
    return objects;
}

/* "HV02, HV03 and 27 more": all of them unfolds. */
static void
draw_names(Html *html, const GPtrArray *names, guint shown, const char *class)
{
    guint brief = names->len > shown + 1 ? shown : names->len;

    html_start(html, "span", "class", class, NULL);
    for (guint i = 0; i < brief; i++) {
        html_text(html, i > 0 ? ", " : "");
        html_text(html, names->pdata[i]);
    }
    if (names->len > brief)
        html_say(html, " and %u more", names->len - brief);
    html_end(html);
}

static void
draw_all_names(Html *html, const GPtrArray *names, guint shown, const char *title)
{
    if (names->len <= shown + 1)
        return;
    html_start(html, "details", "class", "more", NULL);
    html_start(html, "summary", NULL);
    html_say(html, "%s (%u)", title, names->len);
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
draw_left_out(Html *html, const char *element, guint count)
{
    if (count == 0)
        return;
    html_start(html, element, "class", "quiet", NULL);
    html_say(html, "and %u more (-f json has all)", count);
    html_end(html);
}

static void
draw_details(Html *html, const Block *block, bool folded)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint left_out = 0;

    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];

        if (!finding->detail || !*finding->detail ||
            !g_hash_table_add(seen, sheet_pattern(finding, folded)))
            continue;
        if (g_hash_table_size(seen) > DETAILS_SHOWN)
            left_out++;
        else
            html_element(html, "p", finding->detail, "class", "detail", NULL);
    }
    if (block->findings->len > 1 && g_hash_table_size(seen) == 1)
        html_element(html, "p", "The same holds for the others.", "class", "quiet", NULL);
    draw_left_out(html, "p", left_out);
}

/* Keys in order of appearance, each with its values once. */
typedef struct {
    const char *key;
    GPtrArray *values;
    GHashTable *seen;
} Seen;

static void
seen_free(gpointer data)
{
    Seen *seen = data;

    g_ptr_array_unref(seen->values);
    g_hash_table_unref(seen->seen);
    g_free(seen);
}

static GPtrArray *
gather_evidence(const Block *block)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(seen_free);
    g_autoptr(GHashTable) index = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < block->findings->len; i++) {
        const Finding *finding = block->findings->pdata[i];

        for (guint j = 0; finding->evidence && j < finding->evidence->len; j++) {
            const Evidence *piece = finding->evidence->pdata[j];
            Seen *seen = g_hash_table_lookup(index, piece->key);

            if (!seen) {
                seen = g_new0(Seen, 1);
                seen->key = piece->key;
                seen->values = g_ptr_array_new();
                seen->seen = g_hash_table_new(g_str_hash, g_str_equal);
                g_ptr_array_add(keys, seen);
                g_hash_table_insert(index, piece->key, seen);
            }
            if (g_hash_table_add(seen->seen, piece->value))
                g_ptr_array_add(seen->values, piece->value);
        }
    }
    return keys;
}

static void
draw_evidence(Html *html, const Block *block)
{
    g_autoptr(GPtrArray) keys = gather_evidence(block);

    if (keys->len == 0)
        return;
    html_start(html, "dl", "class", "evidence", NULL);
    for (guint i = 0; i < keys->len && i < KEYS_SHOWN; i++) {
        const Seen *seen = keys->pdata[i];

        html_element(html, "dt", seen->key, NULL);
        for (guint j = 0; j < seen->values->len && j < VALUES_SHOWN; j++) {
            const char *value = seen->values->pdata[j];

            html_element(html, "dd", *value ? value : "(empty)", NULL);
        }
        if (seen->values->len > VALUES_SHOWN)
            draw_left_out(html, "dd", seen->values->len - VALUES_SHOWN);
    }
    html_end(html);
    if (keys->len > KEYS_SHOWN)
        draw_left_out(html, "p", keys->len - KEYS_SHOWN);
}

/* A fix that stands in full elsewhere. */
static void
draw_pointer(HtmlPage *page, const Fix *fix, const Block *home)
{
    Html *html = &page->html;
    g_autofree char *id = html_fix_id(page, fix);
    g_autofree char *link = g_strconcat("#", id, NULL);

    html_start(html, "p", "class", "elsewhere", NULL);
    html_text(html, "Mend: as ");
    html_start(html, "a", "href", link, NULL);
    html_say(html, "%s of %s", rule_name(home->first->rule), home->first->subject);
    html_end(html);
    html_say(html, " says (%s).", fix->id);
    html_end(html);
}

static void
draw_fixes(Draw *draw, const Block *block)
{
    const Sheet *sheet = draw->page->sheet;

    for (guint i = 0; i < block->fixes->len; i++) {
        const Fix *fix = block->fixes->pdata[i];
        const Block *home = g_hash_table_lookup(sheet->homes, fix);

        if (home == block)
            html_draw_fix(draw->page, fix, &draw->budget);
        else
            draw_pointer(draw->page, fix, home);
    }
}

static void
draw_summary(Html *html, const Block *block, const GPtrArray *objects, bool targets)
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
    html_element(html, "span", sheet_title(block), "class", "title", NULL);
    html_markup(html, " ");
    if (objects->len > 0) {
        html_element(html, "span", targets ? "→ " : "for ", "class", "quiet", NULL);
        draw_names(html, objects, OBJECTS_SHOWN, "objects");
        html_markup(html, " ");
    }
    if (block->findings->len > 1) {
        html_start(html, "span", "class", "times", NULL);
        html_say(html, "%u findings", block->findings->len);
        html_end(html);
    }
    html_end(html);
}

static void
draw_block(Draw *draw, const Block *block, bool folded)
{
    Html *html = &draw->page->html;
    const Finding *first = block->first;
    bool targets = false;
    g_autoptr(GPtrArray) objects = block_objects(block, &targets);
    g_autofree char *id = g_strdup_printf("block-%u", draw->block++);
    g_autofree char *class = g_strconcat("block ", mark_of(first)->class, NULL);
    g_autofree char *count = g_strdup_printf("%u", block->findings->len);

    html_start(html, "details", "class", class, "id", id, "data-rule",
               rule_name(first->rule), "data-severity", severity_names[first->severity],
               "data-status", first->status == STATUS_UNKNOWN ? "unknown" : "fail",
               "data-count", count, "open", draw->open ? "" : NULL, NULL);
    draw_summary(html, block, objects, targets);
    html_start(html, "div", "class", "body", NULL);
    draw_details(html, block, folded);
    draw_all_names(html, objects, OBJECTS_SHOWN, targets ? "All targets" : "All SPNs");
    draw_evidence(html, block);
    draw_fixes(draw, block);
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
    html_start(html, "section", "class", "subject", NULL);
    html_start(html, "h3", NULL);
    draw_names(html, names, LIKES_SHOWN, NULL);
    html_end(html);
    draw_all_names(html, names, LIKES_SHOWN, "All of whom this is said");
    for (guint i = 0; i < subject->blocks->len; i++)
        draw_block(draw, subject->blocks->pdata[i], subject->likes->len > 0);
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
    html_section(html, "findings", "Findings, and how to mend them");
    html_start(html, "div", "class", "controls scripted", NULL);
    html_element(html, "p", "", "id", "findings-count", "class", "count", "role",
                 "status", NULL);
    html_element(html, "button", "Unfold all", "type", "button", "id", "unfold", NULL);
    html_element(html, "button", "Fold all", "type", "button", "id", "fold", NULL);
    html_end(html);
    if (blocks == 0)
        html_element(html, "p", "Nothing was found that is not waived.", "class", "quiet",
                     NULL);
    for (guint i = 0; i < sheet->subjects->len; i++)
        draw_subject(&draw, sheet->subjects->pdata[i]);
    html_end(html);
}

void
html_draw_waived(HtmlPage *page)
{
    static const char *const columns[] = {"Rule", "Subject", "Target",
                                          "What", "Reason",  "Until"};
    Html *html = &page->html;
    const GPtrArray *findings = page->audit->findings;

    if (page->tally.waived == 0)
        return;
    html_section(html, "waived", "Waived findings");
    html_start(html, "div", "class", "wide", NULL);
    html_start(html, "table", "class", "list", "aria-labelledby", "waived-title", NULL);
    html_headings(html, columns, G_N_ELEMENTS(columns));
    html_start(html, "tbody", NULL);
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        const char *severity = severity_names[finding->severity];

        if (!finding->waived_reason)
            continue;
        html_start(html, "tr", "data-rule", rule_name(finding->rule), "data-severity",
                   severity, NULL);
        html_element(html, "td", rule_name(finding->rule), NULL);
        html_element(html, "td", finding->subject, NULL);
        html_element(html, "td", finding->target ? finding->target : "", NULL);
        html_element(html, "td", finding->title ? finding->title : "", NULL);
        html_element(html, "td", finding->waived_reason, NULL);
        html_element(html, "td",
                     finding->waived_until ? finding->waived_until : "for ever", NULL);
        html_end(html);
    }
    html_end(html);
    html_end(html);
    html_end(html);
    html_end(html);
}
