/* A fix's or a waiver's lines, each as one text. */
#include "commands.h"

#include "base/text.h"

GHashTable *
commands_index(const Report *report)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; report->fixes && i < report->fixes->len; i++) {
        Fix *fix = g_ptr_array_index(report->fixes, i);

        g_hash_table_insert(index, fix->id, fix);
    }
    return index;
}

const GPtrArray *
commands_of(const Fix *fix)
{
    static const GPtrArray none = {NULL, 0};

    return fix->by_group ? &none : fix_lines(fix);
}

char *
commands_brief(const Fix *fix)
{
    const GPtrArray *lines = commands_of(fix);

    if (lines->len == 0)
        return NULL;
    if (fix_is_long(fix))
        return g_strdup_printf("%s values: %s of --fixes DIR",
                               NUMBER(fix->add->len + fix->remove->len),
                               (const char *)lines->pdata[0]);
    return lines->len == 1
               ? g_strdup(lines->pdata[0])
               : g_strdup_printf("%s (and %u more)", (const char *)lines->pdata[0],
                                 lines->len - 1);
}

char *
commands_waiver(const Finding *finding)
{
    if (!finding->waived_reason)
        return NULL;
    if (!finding->waived_until)
        return g_strdup(finding->waived_reason);
    return g_strdup_printf("%s (until %s)", finding->waived_reason,
                           finding->waived_until);
}
