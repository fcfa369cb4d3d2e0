/* Who starts migrations: the accounts behind [operators] and --operator. */
#include "audit/operators.h"

#include "base/text.h"
#include "model/username.h"

#include <string.h>

/* Where the account's domain is not known, any name of one fits. */
static bool
fits(const Estate *estate, const Account *account, const UserName *name)
{
    const Domain *domain = estate_domain_of(estate, account->dn);
    return !name->domain || !domain || username_names(name, domain);
}

static void
add_once(GPtrArray *list, const Account *account)
{
    if (!g_ptr_array_find(list, account, NULL))
        g_ptr_array_add(list, (gpointer)account);
}

static bool
is_user(const Account *account)
{
    return (account->kinds & KIND_USER) != 0 && (account->kinds & KIND_COMPUTER) == 0;
}

static void
add_user(Audit *audit, const char *text)
{
    g_auto(UserName) name = username_of(text);
    const GPtrArray *named = estate_by_name(audit->estate, name.user);
    guint found = 0;
    for (guint i = 0; named && i < named->len; i++) {
        const Account *account = named->pdata[i];
        if (!is_user(account) || !fits(audit->estate, account, &name))
            continue;
        add_once(audit->operators, account);
        found++;
    }
    if (found == 0) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
        g_autofree char *what = g_strdup_printf("operator %s", shown);
        g_autofree char *why =
            g_strdup_printf("no such user in %s",
                            audit->estate->domain ? audit->estate->domain : "the input");
        audit_add_gap(audit, what, why);
    }
}

static void
add_group(Audit *audit, const char *dn)
{
    bool unknown = false;
    for (guint i = 0; i < audit->estate->accounts->len; i++) {
        const Account *account = audit->estate->accounts->pdata[i];
        if (!is_user(account))
            continue;
        Tri in = estate_in_group(audit->estate, account, dn);
        if (in == TRI_YES)
            add_once(audit->operators, account);
        unknown = unknown || in == TRI_UNKNOWN;
    }
    if (unknown) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, dn);
        g_autofree char *what = g_strdup_printf("operators in %s", shown);
        audit_add_gap(audit, what, "group memberships could not be read to the end");
    }
    if (!estate_by_dn(audit->estate, dn)) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, dn);
        g_autofree char *what = g_strdup_printf("operators in %s", shown);
        audit_add_gap(audit, what, "the group was not found");
    }
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

void
operators_find(Audit *audit)
{
    for (guint i = 0; i < audit->policy->operator_users->len; i++)
        add_user(audit, audit->policy->operator_users->pdata[i]);
    for (guint i = 0; i < audit->policy->operator_groups->len; i++)
        add_group(audit, audit->policy->operator_groups->pdata[i]);
    g_ptr_array_sort(audit->operators, by_name);
}
