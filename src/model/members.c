/* Finds who is in each of many groups, in one walk over the accounts. */
#include "model/members.h"

#include "base/hash.h"
#include "base/text.h"
#include "member.h"
#include "model/dn.h"

typedef struct {
    Members members;
    guint unsure; /* members of whom not all groups are known */
} Found;

typedef struct {
    const Estate *estate;
    GHashTable *by_key; /* dn_key -> Found * */
    GHashTable *by_sid; /* the same by const Sid *, for token groups */
    guint unsure;       /* accounts of whom not all groups are known */
} Search;

static void
found_free(gpointer data)
{
    Found *found = data;
    g_ptr_array_unref(found->members.accounts);
    g_free(found);
}

static bool
could_act(const Account *account)
{
    return (account->kinds & (KIND_COMPUTER | KIND_USER)) != 0 && !account->missing;
}

static int
by_number(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    return (*left)->number < (*right)->number ? -1 : (*left)->number > (*right)->number;
}

/* Whom a collector found to be in it. */
static void
take_told(Found *found, GHashTable *told)
{
    GHashTableIter iter;
    gpointer account;
    g_hash_table_iter_init(&iter, told);
    while (g_hash_table_iter_next(&iter, &account, NULL))
        if (could_act(account))
            g_ptr_array_add(found->members.accounts, account);
    g_ptr_array_sort(found->members.accounts, by_number);
}

/* Accounts come one after the other, so that whoever is there already is the last. */
static bool
has_last(const Found *found, const Account *account)
{
    const GPtrArray *accounts = found->members.accounts;
    return accounts->len > 0 && accounts->pdata[accounts->len - 1] == account;
}

static void
add_member(Found *found, const Account *account, bool complete)
{
    if (!found || has_last(found, account))
        return;
    g_ptr_array_add(found->members.accounts, (gpointer)account);
    found->unsure += !complete;
}

static void
place_account(Search *search, const Account *account)
{
    g_auto(Membership) membership = membership_of(search->estate, account, true);
    GHashTableIter iter;
    gpointer key;
    const GArray *token = account->token_groups;
    for (guint i = 0; token && i < token->len; i++)
        add_member(g_hash_table_lookup(search->by_sid, &g_array_index(token, Sid, i)),
                   account, membership.complete);
    g_hash_table_iter_init(&iter, membership.dns);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        add_member(g_hash_table_lookup(search->by_key, key), account,
                   membership.complete);
    g_hash_table_iter_init(&iter, membership.doubtful_dns);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        Found *found = g_hash_table_lookup(search->by_key, key);
        if (found && !has_last(found, account))
            found->members.certain = false;
    }
    search->unsure += !membership.complete;
}

static void
place_accounts(Search *search)
{
    for (guint i = 0; i < search->estate->accounts->len; i++)
        if (could_act(search->estate->accounts->pdata[i]))
            place_account(search, search->estate->accounts->pdata[i]);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, search->by_key);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Found *found = value;
        if (found->unsure < search->unsure)
            found->members.certain = false;
    }
}

static void
set_free(gpointer set)
{
    g_hash_table_unref(set);
}

/* Who says to be in each group, by its dn_key (transfer full). */
static GHashTable *
all_who_say(const Estate *estate)
{
    GHashTable *all = g_hash_table_new_full(hash_text, g_str_equal, g_free, set_free);
    for (guint i = 0; i < estate->accounts->len; i++) {
        Account *account = estate->accounts->pdata[i];
        for (guint m = 0; !account->missing && m < account->member_of->len; m++) {
            g_autofree char *key = dn_key(account->member_of->pdata[m]);
            GHashTable *who = g_hash_table_lookup(all, key);
            if (!who) {
                who = g_hash_table_new(NULL, NULL);
                g_hash_table_insert(all, g_steal_pointer(&key), who);
            }
            g_hash_table_add(who, account);
        }
    }
    return all;
}

/* Whether everybody whom the group's list names was placed by what accounts say, or is
 * no account. */
static bool
all_placed(const Estate *estate, const Account *group, GHashTable *who)
{
    const GPtrArray *listed = group->listed_members, *outside = group->outside_members;
    for (guint i = 0; listed && i < listed->len; i++) {
        const Account *account = estate_by_dn(estate, listed->pdata[i]);
        if (account && account->kinds != 0
                ? !who || !g_hash_table_contains(who, account)
                : !estate_has_other_member(estate, listed->pdata[i], group->dn))
            return false;
    }
    /* Who stands for a SID is in no place at all. */
    for (guint i = 0; i < outside->len; i++) {
        const Account *account = estate_by_dn(estate, outside->pdata[i]);
        if (!account || (!could_act(account) && (account->kinds & KIND_GROUP) == 0))
            return false;
    }
    return true;
}

static void
leave_open(const Search *search, const char *key)
{
    Found *found = g_hash_table_lookup(search->by_key, key);
    if (found)
        found->members.certain = false;
}

/* A list that names somebody who was not read, and who is in whatever that group is in,
 * too. */
static void
doubt_short(const Search *search)
{
    g_autoptr(GHashTable) all = all_who_say(search->estate);
    for (guint i = 0; i < search->estate->accounts->len; i++) {
        const Account *group = search->estate->accounts->pdata[i];
        if (!group->listed_members && group->outside_members->len == 0)
            continue;
        g_autofree char *key = dn_key(group->dn);
        if (account_knows(group, ATTR_MEMBER) &&
            all_placed(search->estate, group, g_hash_table_lookup(all, key)))
            continue;
        leave_open(search, key);
        g_auto(Membership) above = membership_of(search->estate, group, true);
        GHashTableIter iter;
        gpointer dn;
        g_hash_table_iter_init(&iter, above.dns);
        while (g_hash_table_iter_next(&iter, &dn, NULL))
            leave_open(search, dn);
        g_hash_table_iter_init(&iter, above.doubtful_dns);
        while (g_hash_table_iter_next(&iter, &dn, NULL))
            leave_open(search, dn);
    }
}

GHashTable *
members_of_groups(const Estate *estate, const GPtrArray *groups)
{
    GHashTable *all = g_hash_table_new_full(NULL, NULL, NULL, found_free);
    g_autoptr(GHashTable) by_key =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) by_sid = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < groups->len; i++) {
        const Account *group = groups->pdata[i];
        g_autofree char *key = dn_key(group->dn);
        GHashTable *told = g_hash_table_lookup(estate->memberships, key);
        Found *found = g_new0(Found, 1);
        found->members = (Members){g_ptr_array_new(),
                                   !g_hash_table_contains(estate->members_open, key)};
        g_hash_table_insert(all, (gpointer)group, found);
        if (told) {
            take_told(found, told);
            continue;
        }
        /* Who says to be in it may not be all. */
        if (!account_knows(group, ATTR_MEMBER) && group_is_security(group) != TRI_NO)
            found->members.certain = false;
        g_hash_table_insert(by_key, g_steal_pointer(&key), found);
        if (sid_is_set(&group->sid))
            g_hash_table_insert(by_sid, (gpointer)&group->sid, found);
    }
    Search search = {.estate = estate, .by_key = by_key, .by_sid = by_sid};
    if (g_hash_table_size(by_key) > 0) {
        place_accounts(&search);
        doubt_short(&search);
    }
    return all;
}

/* Adds the groups that `dns` names to `groups`; the first that is nothing that was read.
 */
static const char *
take_inner(const Estate *estate, const Account *group, const GPtrArray *dns,
           GHashTable *seen, GPtrArray *groups)
{
    for (guint i = 0; dns && i < dns->len; i++) {
        const Account *account = estate_by_dn(estate, dns->pdata[i]);
        if ((!account || account->kinds == 0) &&
            !estate_has_other_member(estate, dns->pdata[i], group->dn))
            return dns->pdata[i];
        if (account && (account->kinds & KIND_GROUP) != 0 &&
            g_hash_table_add(seen, (gpointer)account))
            g_ptr_array_add(groups, (gpointer)account);
    }
    return NULL;
}

char *
members_unread(const Estate *estate, const Account *group)
{
    g_autofree char *key = dn_key(group->dn);
    if (g_hash_table_contains(estate->members_open, key))
        return g_strdup("its members could not all be read");
    if (g_hash_table_contains(estate->memberships, key))
        return NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) groups = g_ptr_array_new();
    g_hash_table_add(seen, (gpointer)group);
    g_ptr_array_add(groups, (gpointer)group);
    const char *who = NULL;
    for (guint i = 0; !who && i < groups->len; i++) {
        const Account *at = groups->pdata[i];
        who = take_inner(estate, at, at->listed_members, seen, groups);
        if (!who)
            who = take_inner(estate, at, at->outside_members, seen, groups);
    }
    g_autofree char *shown = who ? text_quoted(QUOTE_TERMINAL, who) : NULL;
    return who ? g_strdup_printf("%s is in it, of which nothing was %s", shown,
                                 estate_is_export(estate) ? "exported" : "read")
               : NULL;
}
