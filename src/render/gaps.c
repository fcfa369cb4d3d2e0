/* Gaps: gathered, as lines for people, as JSON. */
#include "render/gaps.h"

#include "base/text.h"
#include "render/tree.h"

#include <string.h>

#define INDENT 2
#define NAMES_SHOWN 12

GPtrArray *
gaps_of(const Audit *audit)
{
    GPtrArray *gaps = gap_list_new();
    g_autoptr(GHashTable) seen = gap_seen_new();
    const Gaps all = {gaps, seen};

    for (guint i = 0; i < audit->gaps->len; i++) {
        const Gap *gap = audit->gaps->pdata[i];

        gaps_add(&all, gap->what, gap->why);
    }
    for (guint i = 0; audit->tickets && i < audit->tickets->len; i++) {
        const TicketEvidence *ticket = audit->tickets->pdata[i];
        g_autofree char *what = g_strdup_printf("ticket for %s", ticket->spn);

        if (!ticket->granted && !ticket->answered)
            gaps_add(&all, what, ticket->error ? ticket->error : "no KDC answered");
    }
    return gaps;
}

/* What one reason is given for; names with commas in them, as DNs have, are kept apart.
 */
static char *
join_names(const GPtrArray *names, guint shown)
{
    GString *joined = g_string_new(NULL);
    bool commas = false;

    for (guint i = 0; i < names->len; i++)
        commas = commas || strchr(names->pdata[i], ',');
    for (guint i = 0; i < names->len && i < shown; i++)
        g_string_append_printf(joined, "%s%s",
                               i == 0   ? ""
                               : commas ? "; "
                                        : ", ",
                               (const char *)names->pdata[i]);
    if (names->len > shown)
        g_string_append_printf(joined, " and %u more", names->len - shown);
    return g_string_free(joined, FALSE);
}

GPtrArray *
gaps_merged(const GPtrArray *gaps, guint names)
{
    GPtrArray *merged = gap_list_new();
    g_autoptr(GHashTable) seen = gap_seen_new();
    const Gaps all = {merged, seen};
    g_autoptr(GPtrArray) reasons = g_ptr_array_new();
    g_autoptr(GHashTable) by_reason = g_hash_table_new_full(
        g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < gaps->len; i++) {
        const Gap *gap = gaps->pdata[i];
        GPtrArray *things = g_hash_table_lookup(by_reason, gap->why);

        if (!things) {
            things = g_ptr_array_new();
            g_hash_table_insert(by_reason, gap->why, things);
            g_ptr_array_add(reasons, gap->why);
        }
        g_ptr_array_add(things, gap->what);
    }
    for (guint i = 0; i < reasons->len; i++) {
        const GPtrArray *things = g_hash_table_lookup(by_reason, reasons->pdata[i]);
        g_autofree char *what = join_names(things, names);

        gaps_add(&all, what, reasons->pdata[i]);
    }
    return merged;
}

void
gaps_draw(Page *page, const GPtrArray *all, guint limit)
{
    bool everything = limit == G_MAXUINT;
    g_autoptr(GPtrArray) gaps = gaps_merged(all, everything ? limit : NAMES_SHOWN);

    for (guint i = 0; i < gaps->len && i < limit; i++) {
        const Gap *gap = gaps->pdata[i];

        page_tab(page, INDENT);
        page_say(page, INDENT + 2, STYLE_PLAIN, "%s: %s", gap->what, gap->why);
        page_end(page);
    }
    if (gaps->len > limit)
        page_more(page, INDENT, gaps->len - limit);
}

void
gaps_draw_first(Page *page, guint indent, const GPtrArray *gaps)
{
    const Gap *first = gaps->len > 0 ? gaps->pdata[0] : NULL;

    if (!first)
        return;
    page_tab(page, indent);
    page_say(page, indent, STYLE_UNKNOWN, "not read: %s: %s", first->what, first->why);
    if (gaps->len > 1)
        page_say(page, indent, STYLE_FAINT, " (and %s more)", NUMBER(gaps->len - 1));
    page_end(page);
}

json_t *
gaps_json(const GPtrArray *gaps)
{
    json_t *array = json_array();

    for (guint i = 0; gaps && i < gaps->len; i++) {
        const Gap *gap = gaps->pdata[i];
        json_t *object = json_object();

        tree_put_text(object, "what", gap->what);
        tree_put_text(object, "why", gap->why);
        json_array_append_new(array, object);
    }
    return array;
}
