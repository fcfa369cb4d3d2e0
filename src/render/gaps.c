/* Gaps: gathered, as lines for people, as JSON. */
#include "render/gaps.h"

#include "render/tree.h"

#define INDENT 2

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

void
gaps_draw(Page *page, const GPtrArray *gaps, guint limit)
{
    for (guint i = 0; i < gaps->len && i < limit; i++) {
        const Gap *gap = gaps->pdata[i];

        page_tab(page, INDENT);
        page_say(page, INDENT + 2, STYLE_PLAIN, "%s: %s", gap->what, gap->why);
        page_end(page);
    }
    if (gaps->len > limit)
        page_more(page, INDENT, gaps->len - limit);
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
