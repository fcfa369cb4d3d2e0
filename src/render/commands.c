#include "render/commands.h"

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

static const GPtrArray none = {NULL, 0};

const GPtrArray *
commands_first(const Fix *fix)
{
    if (fix->setspn && fix->setspn->len > 0)
        return fix->setspn;
    return fix->powershell ? fix->powershell : &none;
}

const GPtrArray *
commands_of(const Fix *fix)
{
    return fix->by_group ? &none : commands_first(fix);
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
