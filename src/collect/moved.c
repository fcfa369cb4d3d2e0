/* Drops the older of two accounts that are one object, or what differs between them. */
#include "moved.h"

#include "model/dn.h"

/* What each carries, and is not the same. */
static guint64
differences(const Taken *one, const Taken *other)
{
    guint64 differ = 0, both = one->seen & other->seen;
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
        const Attribute *attribute = attribute_of(attr);
        guint64 bit = attribute_bit(attr);
        if (attribute->constructed || attr == ATTR_WHEN_CHANGED ||
            attr == ATTR_LAST_LOGON || attr == ATTR_SECURITY)
            continue;
        if (both & bit
                ? !attribute_same(attr, one->account, other->account)
                : ((one->seen | one->ranging) ^ (other->seen | other->ranging)) & bit)
            differ |= bit;
    }
    return differ;
}

/* Neither is newer: what they do not agree on is not known. */
static void
leave_agreed(Builder *builder, Taken *stays, const Taken *goes)
{
    guint64 differ = differences(stays, goes);
    g_autoptr(GString) names = g_string_new(NULL);
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
        if ((differ & attribute_bit(attr)) == 0)
            continue;
        g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
                               attr_name(attr));
        attribute_forget(attr, stays->account);
    }
    stays->seen &= ~differ;
    stays->torn |= differ;
    g_autofree char *what = g_strdup_printf("objectSid of %s", stays->account->dn);
    g_autofree char *why = g_strdup_printf(
        "%s has the same: one object, moved between two exports, and whenChanged does "
        "not tell which is newer%s%s: export both places anew, at one time",
        goes->account->dn, names->len > 0 ? "; they differ in " : "", names->str);
    estate_add_gap(builder->estate, what, why);
}

/* The one that goes. */
static Account *
choose(Builder *builder, Account *first, Account *second)
{
    Taken *one = builder_taken(builder, first), *other = builder_taken(builder, second);
    if (first->changed_us > 0 && second->changed_us > 0 &&
        first->changed_us != second->changed_us)
        return first->changed_us < second->changed_us ? first : second;
    if (one && other)
        leave_agreed(builder, one, other);
    return second;
}

/* Every domain has the builtin groups, and others' well-known SIDs. */
static bool
is_one_objects(const Account *account)
{
    const Sid *sid = &account->sid;
    return sid->authority == 5 && sid->count == 5 && sid->sub[0] == 21 &&
           (account->kinds & KIND_FOREIGN) == 0;
}

/* The accounts that stand for an object that another one stands for. */
static GHashTable *
find_superseded(Builder *builder)
{
    const GPtrArray *accounts = builder->estate->accounts;
    g_autoptr(GHashTable) by_sid = g_hash_table_new(sid_hash, sid_equal);
    GHashTable *gone = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < accounts->len; i++) {
        Account *account = accounts->pdata[i];
        if (!is_one_objects(account))
            continue;
        Account *known = g_hash_table_lookup(by_sid, &account->sid);
        Account *goes = known ? choose(builder, known, account) : NULL;
        if (goes)
            g_hash_table_add(gone, goes);
        if (goes != account)
            g_hash_table_replace(by_sid, &account->sid, account);
    }
    return gone;
}

static void
drop(Builder *builder, Account *account)
{
    Estate *estate = builder->estate;
    g_autofree char *key = dn_key(account->dn);
    g_hash_table_remove(estate->by_dn, key);
    g_hash_table_remove(builder->taken, account);
}

void
moved_settle(Builder *builder)
{
    GPtrArray *accounts = builder->estate->accounts;
    g_autoptr(GHashTable) gone = find_superseded(builder);
    guint left = 0;
    if (g_hash_table_size(gone) == 0)
        return;
    for (guint i = builder->shown->len; i > 0; i--)
        if (g_hash_table_contains(
                gone, g_array_index(builder->shown, Shown, i - 1).taken->account))
            g_array_remove_index_fast(builder->shown, i - 1);
    for (guint i = 0; i < accounts->len; i++) {
        Account *account = accounts->pdata[i];
        if (g_hash_table_contains(gone, account)) {
            drop(builder, account);
            continue;
        }
        accounts->pdata[i] = accounts->pdata[left];
        accounts->pdata[left++] = account;
    }
    g_ptr_array_set_size(accounts, (gint)left);
}
