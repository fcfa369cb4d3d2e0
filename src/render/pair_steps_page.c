/* Steps as lines and as JSON. */
#include "render/pair_steps.h"

#include "render/tree.h"

#define INDENT 2
#define AFTER_NUMBER 5

void
pair_steps_draw_commands(const GPtrArray *commands, Page *page)
{
    for (guint i = 0; i < commands->len; i++) {
        g_auto(GStrv) lines = g_strsplit(commands->pdata[i], "\n", -1);

        for (guint l = 0; lines[l]; l++) {
            if (!*lines[l])
                continue;
            page_tab(page, INDENT + 2);
            page_put(page, STYLE_STRONG, lines[l]);
            page_end(page);
        }
    }
}

static void
draw_step(Page *page, guint number, const NextStep *step)
{
    g_autofree char *label = g_strdup_printf("%u.", number);

    page_tab(page, INDENT);
    page_put(page, STYLE_STRONG, label);
    page_tab(page, AFTER_NUMBER);
    page_flow(page, AFTER_NUMBER, STYLE_PLAIN, step->advice);
    page_end(page);
    pair_steps_draw_commands(step->commands, page);
}

void
pair_steps_draw(const GPtrArray *steps, Page *page)
{
    for (guint i = 0; i < steps->len; i++)
        draw_step(page, i + 1, steps->pdata[i]);
}

json_t *
pair_steps_json(const GPtrArray *steps)
{
    json_t *array = json_array();

    for (guint i = 0; i < steps->len; i++) {
        const NextStep *step = steps->pdata[i];
        json_t *object = json_object();

        tree_put_text(object, "advice", step->advice);
        tree_put_text(object, "language", step->language);
        tree_put(object, "commands", tree_strings(step->commands));
        json_array_append_new(array, object);
    }
    return array;
}
