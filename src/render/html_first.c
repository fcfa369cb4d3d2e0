/* What to do first: the best steps on the first screen, the others folded below. */
#include "html_fixes.h"
#include "html_parts.h"

#include "audit/grouping.h"
#include "base/text.h"
#include "render/first.h"
#include "render/page.h"

#define STEPS_SHOWN 5
#define STEPS_FOLDED 200

typedef struct {
    HtmlPage *page;
    const GPtrArray *steps;
    GHashTable *blocks; /* const Finding * -> number of its block + 1 */
} Draw;

/* The blocks as html_findings.c numbers them. */
static GHashTable *
number_blocks(const Sheet *sheet)
{
    GHashTable *blocks = g_hash_table_new(NULL, NULL);
    guint number = 0;
    for (guint s = 0; s < sheet->subjects->len; s++) {
        const GPtrArray *all = ((const Subject *)sheet->subjects->pdata[s])->blocks;
        for (guint b = 0; b < all->len; b++) {
            const Block *block = all->pdata[b];
            number++;
            for (guint i = 0; i < block->findings->len; i++)
                g_hash_table_insert(blocks, block->findings->pdata[i],
                                    GUINT_TO_POINTER(number));
        }
    }
    return blocks;
}

static void
draw_link(Html *html, const char *text, const char *href)
{
    html_markup(html, " ");
    html_element(html, "a", text, "href", href, NULL);
}

/* To its first fix that is shown, and to the finding that comes first. */
static void
draw_links(Draw *draw, const FirstStep *step)
{
    Html *html = &draw->page->html;
    guint number = 0;
    for (guint i = 0; i < step->fixes->len; i++) {
        if (!g_hash_table_contains(draw->page->sheet->homes, step->fixes->pdata[i]))
            continue;
        g_autofree char *id = html_fix_id(draw->page, step->fixes->pdata[i]);
        g_autofree char *href = g_strconcat("#", id, NULL);
        draw_link(html, "the fix", href);
        break;
    }
    for (guint i = 0; number == 0 && i < step->findings->len; i++)
        number =
            GPOINTER_TO_UINT(g_hash_table_lookup(draw->blocks, step->findings->pdata[i]));
    if (number == 0)
        return;
    g_autofree char *href = g_strdup_printf("#block-%u", number - 1);
    g_autofree char *text =
        page_count(findings_count(step->findings), "finding", "findings");
    draw_link(html, text, href);
}

static void
draw_step(Draw *draw, guint number)
{
    Html *html = &draw->page->html;
    const FirstStep *step = draw->steps->pdata[number];
    g_autofree char *gain = first_gain(draw->steps, number);

    html_start(html, "li", NULL);
    html_element(html, "strong", step->subject, NULL);
    html_say(html, ": %s", step->title);
    html_markup(html, " ");
    html_element(html, "span", gain, "class", "gain", NULL);
    if (step->fixes->len == 0) {
        html_markup(html, " ");
        html_element(html, "span", "by hand", "class", "quiet", NULL);
    }
    draw_links(draw, step);
    html_end(html);
}

static void
draw_steps(Draw *draw, guint from, guint to)
{
    Html *html = &draw->page->html;
    g_autofree char *start = g_strdup_printf("%u", from + 1);

    html_start(html, "ol", "start", from > 0 ? start : NULL, NULL);
    for (guint i = from; i < to; i++)
        draw_step(draw, i);
    html_end(html);
}

static void
draw_folded(Draw *draw)
{
    Html *html = &draw->page->html;
    guint count = draw->steps->len;
    guint shown = MIN(count, STEPS_SHOWN + STEPS_FOLDED);

    if (count <= STEPS_SHOWN)
        return;
    g_autofree char *more = page_count(count - STEPS_SHOWN, "more step", "more steps");
    html_start(html, "details", NULL);
    html_start(html, "summary", NULL);
    html_say(html, "and %s", more);
    html_end(html);
    draw_steps(draw, STEPS_SHOWN, shown);
    if (count > shown) {
        html_start(html, "p", "class", "quiet", NULL);
        html_say(html, "%s more are in the report of -f json.", NUMBER(count - shown));
        html_end(html);
    }
    html_end(html);
}

void
html_draw_first(HtmlPage *page)
{
    Html *html = &page->html;
    const GPtrArray *steps = page->report->first;

    if (!steps || steps->len == 0)
        return;
    g_autoptr(GHashTable) blocks = number_blocks(page->sheet);
    Draw draw = {page, steps, blocks};
    html_start(html, "section", "class", "first", "id", "first", "aria-labelledby",
               "first-title", NULL);
    html_element(html, "h2", "Fix first", "id", "first-title", NULL);
    draw_steps(&draw, 0, MIN(steps->len, STEPS_SHOWN));
    draw_folded(&draw);
    html_end(html);
}
