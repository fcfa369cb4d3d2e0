/* The steps of Fix first, in the words of every report. */
#include "render/first.h"

#include "audit/grouping.h"
#include "base/text.h"
#include "render/page.h"

char *
first_text(const FirstStep *step)
{
    return g_strdup_printf("%s: %s", step->subject, step->title);
}

/* Whether the step is one of those that the other has to come after. */
static bool
is_needed_by(const FirstStep *step, const FirstStep *other)
{
    return g_ptr_array_find(other->needs, step, NULL);
}

char *
first_gain(const GPtrArray *steps, guint number)
{
    const FirstStep *step = steps->pdata[number];
    GString *text = g_string_new(NULL);

    if (step->pairs > 0)
        g_string_append_printf(text, "fixes %s migration%s", NUMBER((guint)step->pairs),
                               step->pairs == 1 ? "" : "s");
    else if (step->edges > 0)
        g_string_append_printf(text, "fixes %s delegation%s", NUMBER((guint)step->edges),
                               step->edges == 1 ? "" : "s");
    for (guint i = number + 1; text->len == 0 && i < steps->len; i++)
        if (is_needed_by(step, steps->pdata[i]))
            g_string_append_printf(text, "needed for step %u", i + 1);
    if (text->len == 0) {
        g_autofree char *findings =
            page_count(findings_count(step->findings), "finding", "findings");
        g_string_append_printf(text, "ends %s", findings);
    }
    return g_string_free(text, FALSE);
}
