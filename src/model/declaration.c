/* How the names of a [delegation] section match accounts. */
#include "model/declaration.h"

#include "model/dn.h"
#include "model/written.h"

#include <string.h>

Declaration *
declaration_new(const char *name)
{
    Declaration *declaration = g_new0(Declaration, 1);
    declaration->name = g_strdup(name);
    declaration->from = g_ptr_array_new_with_free_func(g_free);
    declaration->from_in = g_ptr_array_new_with_free_func(g_free);
    declaration->from_member_of = g_ptr_array_new_with_free_func(g_free);
    declaration->to = g_ptr_array_new_with_free_func(g_free);
    return declaration;
}

void
declaration_free(Declaration *declaration)
{
    if (!declaration)
        return;
    g_ptr_array_unref(declaration->from);
    g_ptr_array_unref(declaration->from_in);
    g_ptr_array_unref(declaration->from_member_of);
    g_ptr_array_unref(declaration->to);
    g_free(declaration->workload);
    g_free(declaration->name);
    g_free(declaration);
}

bool
declaration_takes(const Account *account)
{
    return (account->kinds & (KIND_USER | KIND_COMPUTER | KIND_MANAGED)) != 0 &&
           !account->missing && !account_is_conflict(account);
}

Tri
declaration_matches(const Declaration *declaration, const Estate *estate,
                    const Account *account)
{
    if (!declaration_takes(account))
        return TRI_NO;
    for (guint i = 0; i < declaration->from->len; i++)
        if (written_means(declaration->from->pdata[i], estate, account))
            return TRI_YES;
    for (guint i = 0; i < declaration->from_in->len; i++)
        if (dn_is_below(account->dn, declaration->from_in->pdata[i]))
            return TRI_YES;
    Tri found = TRI_NO;
    for (guint i = 0; i < declaration->from_member_of->len; i++) {
        Tri in = estate_in_group(estate, account, declaration->from_member_of->pdata[i]);
        if (in == TRI_YES)
            return TRI_YES;
        if (in == TRI_UNKNOWN)
            found = TRI_UNKNOWN;
    }
    return found;
}
