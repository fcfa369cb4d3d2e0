/* A fix's or a waiver's lines, each as one text. */
#include "commands.h"

#include "base/text.h"
#include "render/page.h"

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

const char *
commands_script(const Fix *fix)
{
    static const char *const scripts[] = {
        [FIX_IN_SETSPN] = "fix-spn.cmd",
        [FIX_IN_POWERSHELL] = "fix-delegation.ps1",
        [FIX_IN_LDIF] = "fix.ldif",
        [FIX_IN_NOTHING] = "fix.ldif",
    };

    return scripts[fix_language(fix)];
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
                               commands_script(fix));
    return lines->len == 1
               ? g_strdup(lines->pdata[0])
               : g_strdup_printf("%s (and %u more)", (const char *)lines->pdata[0],
                                 lines->len - 1);
}

char *
commands_change(const Fix *fix)
{
    guint count = fix->add->len > 0 ? fix->add->len : fix->remove->len;
    g_autofree char *values = page_count(count, "value", "values");

    return g_strdup_printf("%s %s %s %s of %s", fix->add->len > 0 ? "adds" : "removes",
                           values, fix->add->len > 0 ? "to" : "from", fix->attribute,
                           fix->account->name);
}

char *
commands_waiver(const Finding *finding)
{
    if (!finding->waived)
        return NULL;
    if (!finding->waived->until)
        return g_strdup(finding->waived->reason);
    return g_strdup_printf("%s (until %s)", finding->waived->reason,
                           finding->waived->until);
}
