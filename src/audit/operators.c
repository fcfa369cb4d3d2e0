/* Who starts migrations: the accounts behind [operators] and --operator. */
#include "operators.h"

#include "base/text.h"
#include "model/username.h"

#include <string.h>

typedef struct {
    const Estate *estate;
    GPtrArray *operators; /* of const Account * */
    const Gaps *gaps;
} Finder;

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
add_user(const Finder *finder, const char *text)
{
    g_auto(UserName) name = username_of(text);
    const GPtrArray *named = estate_by_name(finder->estate, name.user);
    guint found = 0;
    for (guint i = 0; named && i < named->len; i++) {
        const Account *account = named->pdata[i];
        if (!is_user(account) || !fits(finder->estate, account, &name))
            continue;
        add_once(finder->operators, account);
        found++;
    }
    if (found == 0) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
        g_autofree char *what = g_strdup_printf("operator %s", shown);
        g_autofree char *why = g_strdup_printf(
            "no such user in %s",
            finder->estate->domain ? finder->estate->domain : "the input");
        gaps_add(finder->gaps, what, why);
    }
}

static void
add_group(const Finder *finder, const char *dn)
{
    bool unknown = false;
    for (guint i = 0; i < finder->estate->accounts->len; i++) {
        const Account *account = finder->estate->accounts->pdata[i];
        if (!is_user(account))
            continue;
        Tri in = estate_in_group(finder->estate, account, dn);
        if (in == TRI_YES)
            add_once(finder->operators, account);
        unknown = unknown || in == TRI_UNKNOWN;
    }
    if (unknown) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, dn);
        g_autofree char *what = g_strdup_printf("operators in %s", shown);
        gaps_add(finder->gaps, what,
                 estate_is_export(finder->estate)
                     ? "groups that may lead there were not exported"
                     : "group memberships could not be read to the end");
    }
    if (!estate_by_dn(finder->estate, dn)) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, dn);
        g_autofree char *what = g_strdup_printf("operators in %s", shown);
        gaps_add(finder->gaps, what, "the group was not found");
    }
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

void
operators_find(const Estate *estate, const Policy *policy, GPtrArray *operators,
               const Gaps *gaps)
{
    const Finder finder = {estate, operators, gaps};
    for (guint i = 0; i < policy->operator_users->len; i++)
        add_user(&finder, policy->operator_users->pdata[i]);
    for (guint i = 0; i < policy->operator_groups->len; i++)
        add_group(&finder, policy->operator_groups->pdata[i]);
    g_ptr_array_sort(operators, by_name);
}
