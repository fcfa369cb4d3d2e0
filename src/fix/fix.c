/* Makes and frees fixes, ranks them, and says which language each is shown in. */
#include "fix/fix.h"

#include "base/text.h"

#include <string.h>

const char *const fix_kind_names[4] = {"spn", "delegation", "account", "rbcd"};

Fix *
fix_new(FixKind kind, const Account *account, const char *attribute)
{
    Fix *fix = g_new0(Fix, 1);
    fix->kind = kind;
    fix->account = account;
    fix->attribute = attribute;
    fix->add = g_ptr_array_new_with_free_func(text_release);
    fix->remove = g_ptr_array_new_with_free_func(text_release);
    fix->trustees = g_ptr_array_new();
    fix->orphans = g_ptr_array_new_with_free_func(g_free);
    fix->undenied = g_ptr_array_new();
    fix->needs = g_ptr_array_new();
    fix->setspn = g_ptr_array_new_with_free_func(g_free);
    fix->powershell = g_ptr_array_new_with_free_func(g_free);
    fix->undo_setspn = g_ptr_array_new_with_free_func(g_free);
    fix->undo_powershell = g_ptr_array_new_with_free_func(g_free);
    fix->risk = g_strdup("");
    fix->ldif = g_strdup("");
    fix->undo_ldif = g_strdup("");
    return fix;
}

static void
by_group_free(ByGroup *by)
{
    if (!by)
        return;
    if (by->own) {
        g_free((char *)by->own->dn);
        g_free((char *)by->own->name);
        g_free(by->own);
    }
    g_ptr_array_unref(by->joining);
    g_ptr_array_unref(by->parts);
    g_ptr_array_unref(by->left);
    g_ptr_array_unref(by->long_lists);
    g_free(by);
}

void
fix_free(Fix *fix)
{
    if (!fix)
        return;
    g_free(fix->id);
    g_ptr_array_unref(fix->add);
    g_ptr_array_unref(fix->remove);
    g_ptr_array_unref(fix->trustees);
    g_ptr_array_unref(fix->orphans);
    g_ptr_array_unref(fix->undenied);
    g_ptr_array_unref(fix->needs);
    by_group_free(fix->by_group);
    g_clear_pointer(&fix->rbcd_old, g_bytes_unref);
    g_clear_pointer(&fix->rbcd_new, g_bytes_unref);
    g_free(fix->risk);
    g_ptr_array_unref(fix->setspn);
    g_ptr_array_unref(fix->powershell);
    g_free(fix->ldif);
    g_ptr_array_unref(fix->undo_setspn);
    g_ptr_array_unref(fix->undo_powershell);
    g_free(fix->undo_ldif);
    g_free(fix);
}

int
fix_rank(const Fix *fix)
{
    if (fix->kind == FIX_SPN)
        return fix->remove->len > 0 ? 0 : 1;
    if (fix->by_group)
        return 5; /* its descriptors stand on what the others leave */
    if (fix->kind == FIX_RBCD)
        return 3;
    return strcmp(fix->attribute, attr_name(ATTR_DELEGATE_TO)) == 0 ? 2 : 4;
}

#define LONG 64 /* values */

bool
fix_is_long(const Fix *fix)
{
    return !fix->by_group && fix->add->len + fix->remove->len > LONG;
}

const char *const fix_language_names[4] = {"setspn", "powershell", "ldif", NULL};

FixLanguage
fix_language(const Fix *fix)
{
    if (fix->setspn && fix->setspn->len > 0)
        return FIX_IN_SETSPN;
    if (fix->powershell && fix->powershell->len > 0)
        return FIX_IN_POWERSHELL;
    return fix->ldif && *fix->ldif ? FIX_IN_LDIF : FIX_IN_NOTHING;
}

const GPtrArray *
fix_lines(const Fix *fix)
{
    static const GPtrArray none = {NULL, 0};
    FixLanguage language = fix_language(fix);
    return language == FIX_IN_SETSPN       ? fix->setspn
           : language == FIX_IN_POWERSHELL ? fix->powershell
                                           : &none;
}
