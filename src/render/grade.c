/* What the grade is, and what of all that was found decides it. */
#include "grade.h"

#include "base/text.h"
#include "render/page.h"
#include "render/tree.h"

/* "2 critical findings" */
static void
say_what_decides(GString *out, const Grade *grade)
{
    const char *plural = grade->count == 1 ? "" : "s";
    if (grade->letter == 'F')
        g_string_append_printf(out, "%s account%s %s to Tier 0 by delegation alone",
                               NUMBER(grade->count), plural,
                               grade->count == 1 ? "gets" : "get");
    else if (grade->severity == SEVERITY_CRITICAL)
        g_string_append_printf(out, "%s critical finding%s", NUMBER(grade->count),
                               plural);
    else if (grade->severity >= 0)
        g_string_append_printf(out, "%s %s%s", NUMBER(grade->count),
                               severity_names[grade->severity], plural);
    else
        g_string_append(out, "nothing to act on was found");
}

static char *
why(const Grade *grade)
{
    GString *out = g_string_new(NULL);
    say_what_decides(out, grade);
    if (!grade->determined)
        g_string_append(out, "; what was not read may hide worse");
    if (grade->waived > 0)
        g_string_append_printf(out, "; %s waived finding%s not counted",
                               NUMBER(grade->waived), grade->waived == 1 ? "" : "s");
    return g_string_free(out, FALSE);
}

char *
grade_text(const Grade *grade)
{
    g_autofree char *reason = why(grade);
    if (!grade->determined)
        return g_strdup_printf("not determined, %c at best: %s", grade->letter, reason);
    return g_strdup_printf("%c, %u of 100: %s", grade->letter, grade->score, reason);
}

const char *
grade_word(const Grade *grade)
{
    static const char *const words[][2] = {
        {"A", "A at best"}, {"B", "B at best"}, {"C", "C at best"},
        {"D", "D at best"}, {"", ""},           {"F", "F"},
    };
    return words[grade->letter - 'A'][!grade->determined];
}

json_t *
grade_json(const Grade *grade)
{
    const char letter[] = {grade->letter, '\0'};
    g_autofree char *reason = why(grade);
    json_t *object = json_object();
    tree_put_text(object, "grade", grade->determined ? letter : NULL);
    tree_put(object, "score",
             grade->determined ? json_integer(grade->score) : json_null());
    tree_put_text(object, "at_best", grade->determined ? NULL : letter);
    tree_put_text(object, "why", reason);
    return object;
}
