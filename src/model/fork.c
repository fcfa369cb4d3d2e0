/* The estate as it would be with some accounts changed: those are copied, the rest is
 * shared. */
#include "model/fork.h"

#include "base/hash.h"
#include "base/text.h"
#include "member.h"
#include "model/dn.h"

#include <string.h>

#define VALUES_FEW 4

struct Fork {
    Estate estate;
    GPtrArray *copies;   /* of Account * */
    GHashTable *copy_of; /* const Account * of the estate -> Account * */
    GHashTable *lists;   /* set of GPtrArray *: in by_name and by_spn, our own */
    GPtrArray *members;  /* of GHashTable *: in memberships, our own */
};

static void
copy_free(gpointer data)
{
    Account *copy = data;
    g_ptr_array_unref(copy->spns);
    g_ptr_array_unref(copy->delegate_to);
    g_ptr_array_unref(copy->member_of);
    g_clear_pointer(&copy->token_groups, g_array_unref);
    g_clear_pointer(&copy->rbcd, g_bytes_unref);
    g_free(copy);
}

/* Keys and values stay the estate's. */
static GHashTable *
table_copy(GHashTable *table, GHashFunc hash, GEqualFunc equal)
{
    GHashTable *copy = g_hash_table_new(hash, equal);
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(copy, key, value);
    return copy;
}

/* The list under a folded key, to be changed; where there is none, NULL or made. */
static GPtrArray *
own_list(Fork *fork, GHashTable *index, const char *key, bool make)
{
    gpointer kept = NULL, list = NULL;
    bool is = g_hash_table_lookup_extended(index, key, &kept, &list);
    if (is ? g_hash_table_contains(fork->lists, list) : !make)
        return list;
    GPtrArray *own = is ? g_ptr_array_copy(list, NULL, NULL) : g_ptr_array_new();
    g_hash_table_add(fork->lists, own);
    g_hash_table_insert(
        index, is ? kept : g_string_chunk_insert_const(fork->estate.strings, key), own);
    return own;
}

static void
put_in_list(Fork *fork, GHashTable *index, const char *text, const Account *was,
            Account *copy)
{
    g_autofree char *key = text ? text_fold(text) : NULL;
    GPtrArray *list = key ? own_list(fork, index, key, false) : NULL;
    guint at;
    if (list && g_ptr_array_find(list, was, &at))
        list->pdata[at] = copy;
}

/* The members of one group, to be changed. */
static GHashTable *
own_members(Fork *fork, GHashTableIter *at, GHashTable *members)
{
    if (g_ptr_array_find(fork->members, members, NULL))
        return members;
    GHashTable *own = table_copy(members, NULL, NULL);
    g_ptr_array_add(fork->members, own);
    g_hash_table_iter_replace(at, own);
    return own;
}

static void
put_in_memberships(Fork *fork, const Account *was, Account *copy)
{
    GHashTableIter iter;
    gpointer members;
    g_hash_table_iter_init(&iter, fork->estate.memberships);
    while (g_hash_table_iter_next(&iter, NULL, &members))
        if (g_hash_table_contains(members, was))
            g_hash_table_add(own_members(fork, &iter, members), copy);
}

static void
put_in_array(GPtrArray *array, const Account *was, Account *copy)
{
    guint at;
    if (g_ptr_array_find(array, was, &at))
        array->pdata[at] = copy;
}

static void
put_by_old_sid(const Fork *fork, const Sid *sid, const Account *was, Account *copy)
{
    GHashTable *by_old_sid = fork->estate.by_old_sid;
    if (g_hash_table_lookup(by_old_sid, sid) == was)
        g_hash_table_insert(by_old_sid, (gpointer)sid, copy);
}

/* A copy of the account takes its place in every index. */
static void
put_copy(Fork *fork, const Account *was)
{
    Estate *estate = &fork->estate;
    if (g_hash_table_contains(fork->copy_of, was))
        return;
    Account *copy = g_memdup2(was, sizeof *was);
    copy->spns = g_ptr_array_copy(was->spns, NULL, NULL);
    copy->delegate_to = g_ptr_array_copy(was->delegate_to, NULL, NULL);
    copy->member_of = g_ptr_array_ref(was->member_of);
    copy->token_groups = was->token_groups ? g_array_ref(was->token_groups) : NULL;
    copy->rbcd = was->rbcd ? g_bytes_ref(was->rbcd) : NULL;
    g_ptr_array_add(fork->copies, copy);
    g_hash_table_insert(fork->copy_of, (gpointer)was, copy);

    estate->accounts->pdata[was->number] = copy;
    put_in_array(estate->builtins, was, copy);
    put_in_array(estate->foreigns, was, copy);
    if (sid_is_set(&was->sid) && g_hash_table_lookup(estate->by_sid, &was->sid) == was)
        g_hash_table_replace(estate->by_sid, &copy->sid, copy);
    for (guint i = 0; i < was->sid_history->len; i++)
        put_by_old_sid(fork, &g_array_index(was->sid_history, Sid, i), was, copy);
    const char *names[] = {was->name, was->sam, was->dns, was->upn};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        put_in_list(fork, estate->by_name, names[i], was, copy);
    for (guint i = 0; i < was->spns->len; i++)
        put_in_list(fork, estate->by_spn, was->spns->pdata[i], was, copy);
    put_in_memberships(fork, was, copy);
}

static void
put_by_dn(Fork *fork)
{
    GHashTableIter iter;
    gpointer account;
    g_hash_table_iter_init(&iter, fork->estate.by_dn);
    while (g_hash_table_iter_next(&iter, NULL, &account)) {
        gpointer copy = g_hash_table_lookup(fork->copy_of, account);
        if (copy)
            g_hash_table_iter_replace(&iter, copy);
    }
}

Fork *
fork_new(const Estate *estate, const GPtrArray *changing)
{
    g_assert(estate->frozen);
    Fork *fork = g_new0(Fork, 1);
    Estate *own = &fork->estate;
    *own = *estate;
    own->tier0 = NULL;
    own->strings = g_string_chunk_new(4096);
    own->accounts = g_ptr_array_copy(estate->accounts, NULL, NULL);
    g_ptr_array_set_free_func(own->accounts, NULL);
    own->builtins = g_ptr_array_copy(estate->builtins, NULL, NULL);
    own->foreigns = g_ptr_array_copy(estate->foreigns, NULL, NULL);
    own->by_dn = table_copy(estate->by_dn, hash_text, g_str_equal);
    own->by_sid = table_copy(estate->by_sid, sid_hash, sid_equal);
    own->by_old_sid = table_copy(estate->by_old_sid, sid_hash, sid_equal);
    own->by_name = table_copy(estate->by_name, hash_text, g_str_equal);
    own->by_spn = table_copy(estate->by_spn, hash_text, g_str_equal);
    own->memberships = table_copy(estate->memberships, hash_text, g_str_equal);
    fork->copies = g_ptr_array_new_with_free_func(copy_free);
    fork->copy_of = g_hash_table_new(NULL, NULL);
    fork->lists =
        g_hash_table_new_full(NULL, NULL, (GDestroyNotify)g_ptr_array_unref, NULL);
    fork->members = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
    for (guint i = 0; i < changing->len; i++)
        put_copy(fork, changing->pdata[i]);
    put_by_dn(fork);
    return fork;
}

void
fork_free(Fork *fork)
{
    if (!fork)
        return;
    g_hash_table_unref(fork->estate.memberships);
    g_hash_table_unref(fork->estate.by_spn);
    g_hash_table_unref(fork->estate.by_name);
    g_hash_table_unref(fork->estate.by_old_sid);
    g_hash_table_unref(fork->estate.by_sid);
    g_hash_table_unref(fork->estate.by_dn);
    g_ptr_array_unref(fork->estate.accounts);
    g_ptr_array_unref(fork->estate.builtins);
    g_ptr_array_unref(fork->estate.foreigns);
    g_string_chunk_free(fork->estate.strings);
    g_ptr_array_unref(fork->members);
    g_hash_table_unref(fork->lists);
    g_hash_table_unref(fork->copy_of);
    g_ptr_array_unref(fork->copies);
    g_free(fork);
}

const Estate *
fork_estate(const Fork *fork)
{
    return &fork->estate;
}

static Account *
copy_of(const Fork *fork, const Account *account)
{
    Account *copy = g_hash_table_lookup(fork->copy_of, account);
    g_assert(copy);
    return copy;
}

const Account *
fork_account(const Fork *fork, const Account *account)
{
    const Account *copy = g_hash_table_lookup(fork->copy_of, account);
    return copy ? copy : account;
}

void
fork_set_flags(Fork *fork, const Account *account, guint32 set, guint32 clear)
{
    Account *copy = copy_of(fork, account);
    copy->uac = (copy->uac | set) & ~clear;
}

static void
take_out_few(GPtrArray *values, const GPtrArray *out)
{
    for (guint i = 0; i < out->len; i++)
        for (guint v = values->len; v > 0; v--)
            if (text_equal(values->pdata[v - 1], out->pdata[i])) {
                g_ptr_array_remove_index(values, v - 1);
                break;
            }
}

/* In one walk, however many there are of both. */
static void
take_out_many(GPtrArray *values, const GPtrArray *out)
{
    g_autoptr(GHashTable) going = g_hash_table_new(text_hash, text_same);
    guint kept = 0;
    for (guint i = 0; i < out->len; i++)
        g_hash_table_add(going, out->pdata[i]);
    for (guint i = 0; i < values->len; i++)
        if (!g_hash_table_remove(going, values->pdata[i]))
            values->pdata[kept++] = values->pdata[i];
    g_ptr_array_set_size(values, (int)kept);
}

/* What was added last is taken out again: as a step is undone. */
static bool
ends_with(const GPtrArray *values, const GPtrArray *given)
{
    return given->len > 0 && values->len >= given->len &&
           memcmp(values->pdata + values->len - given->len, given->pdata,
                  given->len * sizeof(gpointer)) == 0;
}

static void
take_out(GPtrArray *values, const GPtrArray *given)
{
    if (ends_with(values, given))
        g_ptr_array_set_size(values, (int)(values->len - given->len));
    else if (given->len > VALUES_FEW)
        take_out_many(values, given);
    else
        take_out_few(values, given);
}

/* Nobody: no entry, as in an estate. */
static void
set_owner(Fork *fork, const char *spn, Account *owner, bool there)
{
    g_autofree char *key = text_fold(spn);
    GPtrArray *owners = own_list(fork, fork->estate.by_spn, key, true);
    guint at;
    bool is = g_ptr_array_find(owners, owner, &at);
    if (there && !is)
        g_ptr_array_add(owners, owner);
    else if (!there && is)
        g_ptr_array_remove_index(owners, at);
    if (owners->len == 0)
        g_hash_table_remove(fork->estate.by_spn, key);
}

void
fork_set_values(Fork *fork, const Account *account, AttrId attr, const GPtrArray *given,
                bool there)
{
    g_assert(attr == ATTR_SPN || attr == ATTR_DELEGATE_TO);
    Account *copy = copy_of(fork, account);
    GPtrArray *values = attr == ATTR_SPN ? copy->spns : copy->delegate_to;
    if (!there)
        take_out(values, given);
    for (guint i = 0; i < given->len; i++) {
        if (there)
            g_ptr_array_add(values, given->pdata[i]);
        if (attr == ATTR_SPN)
            set_owner(fork, given->pdata[i], copy, there);
    }
}

/* What a DC computed for the account, with more groups. */
static GArray *
tokens_with(const GArray *tokens, const GPtrArray *groups)
{
    GArray *more = g_array_copy((GArray *)tokens);
    for (guint i = 0; i < groups->len; i++)
        g_array_append_val(more, ((const Account *)groups->pdata[i])->sid);
    return more;
}

void
fork_join(Fork *fork, const Account *account, const Account *group)
{
    Account *copy = copy_of(fork, account);
    g_auto(Membership) joined = membership_new(&fork->estate, true);
    membership_join(&joined, group);

    GPtrArray *member_of = g_ptr_array_copy(copy->member_of, NULL, NULL);
    g_ptr_array_unref(copy->member_of);
    copy->member_of = member_of;
    g_ptr_array_add(copy->member_of, (gpointer)group->dn);
    if (copy->token_groups) {
        GArray *tokens = tokens_with(copy->token_groups, joined.groups);
        g_array_unref(copy->token_groups);
        copy->token_groups = tokens;
    }
    GHashTableIter iter;
    gpointer dn, members;
    g_hash_table_iter_init(&iter, fork->estate.memberships);
    while (g_hash_table_iter_next(&iter, &dn, &members))
        if (g_hash_table_contains(joined.dns, dn))
            g_hash_table_add(own_members(fork, &iter, members), copy);
}

static GPtrArray *
without_dn(const GPtrArray *member_of, const char *dn)
{
    GPtrArray *rest = g_ptr_array_new();
    for (guint i = 0; i < member_of->len; i++)
        if (!text_equal(member_of->pdata[i], dn))
            g_ptr_array_add(rest, member_of->pdata[i]);
    return rest;
}

static GArray *
without_sid(const GArray *tokens, const Sid *sid)
{
    GArray *rest = g_array_new(FALSE, FALSE, sizeof(Sid));
    for (guint i = 0; i < tokens->len; i++)
        if (!sid_equal(&g_array_index(tokens, Sid, i), sid))
            g_array_append_val(rest, g_array_index(tokens, Sid, i));
    return rest;
}

void
fork_set_member(Fork *fork, const Account *account, const Account *group, bool there)
{
    Account *copy = copy_of(fork, account);
    g_autofree char *key = dn_key(group->dn);
    g_ptr_array_unref(copy->member_of);
    copy->member_of = there ? g_ptr_array_ref(account->member_of)
                            : without_dn(account->member_of, group->dn);
    g_clear_pointer(&copy->token_groups, g_array_unref);
    if (account->token_groups)
        copy->token_groups = there ? g_array_ref(account->token_groups)
                                   : without_sid(account->token_groups, &group->sid);
    GHashTableIter iter;
    gpointer dn, members;
    g_hash_table_iter_init(&iter, fork->estate.memberships);
    while (g_hash_table_iter_next(&iter, &dn, &members))
        if (strcmp(dn, key) == 0 && g_hash_table_contains(members, account)) {
            GHashTable *own = own_members(fork, &iter, members);
            if (there)
                g_hash_table_add(own, copy);
            else
                g_hash_table_remove(own, copy);
        }
}

void
fork_set_etypes(Fork *fork, const Account *account, guint32 etypes)
{
    copy_of(fork, account)->etypes = etypes;
}

void
fork_set_rbcd(Fork *fork, const Account *account, GBytes *rbcd)
{
    Account *copy = copy_of(fork, account);
    GBytes *was = copy->rbcd;
    copy->rbcd = rbcd ? g_bytes_ref(rbcd) : NULL;
    g_clear_pointer(&was, g_bytes_unref);
}
