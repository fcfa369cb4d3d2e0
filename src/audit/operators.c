/* Who starts migrations: the accounts behind [operators] and --operator. */
#include "operators.h"

#include "base/text.h"
#include "model/members.h"
#include "model/written.h"

#include <string.h>

#define SHOWN_MAX 5 /* people of one display name */

typedef struct {
    const Estate *estate;
    GPtrArray *operators; /* of const Account * */
    const Gaps *gaps;
} Finder;

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

/* By a name that is the user's own; how many. */
static guint
add_named(const Finder *finder, const char *text)
{
    g_autoptr(GPtrArray) among = written_among(text, finder->estate);
    guint found = 0;
    for (guint i = 0; i < among->len; i++) {
        const Account *account = among->pdata[i];
        if (!is_user(account) || !written_means(text, finder->estate, account))
            continue;
        add_once(finder->operators, account);
        found++;
    }
    return found;
}

/* By a display name; several may have it, and then nobody is taken.  *ret_why (transfer
 * full) says who they are. */
static guint
add_displayed(const Finder *finder, const char *text, char **ret_why)
{
    g_autoptr(GPtrArray) found = written_displayed(text, finder->estate);
    g_autoptr(GString) why = g_string_new(NULL);
    if (found->len == 1)
        add_once(finder->operators, found->pdata[0]);
    for (guint i = 0; found->len > 1 && i < MIN(found->len, SHOWN_MAX); i++) {
        const Account *account = found->pdata[i];
        g_string_append_printf(why, "%s%s (%s)", i > 0 ? ", " : "", account->name,
                               account->dn);
    }
    if (found->len > 1)
        *ret_why = g_strdup_printf("%u people have this name: %s; give one by the name "
                                   "before the brackets",
                                   found->len, why->str);
    return found->len;
}

static void
add_user(const Finder *finder, const char *text)
{
    g_autofree char *why = NULL;
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    guint found = add_named(finder, text);
    if (found == 0)
        found = add_displayed(finder, text, &why);
    written_split(text, parts);
    if (found == 0 && parts->len > 1) {
        for (guint i = 0; i < parts->len; i++)
            add_user(finder, parts->pdata[i]);
        return;
    }
    if (found > 0 && !why)
        return;
    if (!why)
        why = written_miss(text, finder->estate, KIND_USER, "no such user");
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
    g_autofree char *what = g_strdup_printf("operator %s", shown);
    gaps_add(finder->gaps, what, why);
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
    const Account *group = estate_by_dn(finder->estate, dn);
    bool other = group && group->kinds != 0 && (group->kinds & KIND_GROUP) == 0;
    g_autofree char *why = other   ? g_strdup("it is no group")
                           : group ? members_unread(finder->estate, group)
                                   : g_strdup("the group was not found");
    if (why) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, dn);
        g_autofree char *what = g_strdup_printf("operators in %s", shown);
        gaps_add(finder->gaps, what, why);
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
