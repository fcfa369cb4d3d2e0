/* Compares what two entries of one account say, by a copy that is parsed and dropped. */
#include "again.h"

#include "base/text.h"
#include "files.h"
#include "model/dn.h"

#include <string.h>

#define MOST_NAMED 20 /* accounts by name in gaps, per attribute */

static const char why_torn[] =
    "two entries of it differ, and whenChanged does not tell which is newer: export it "
    "anew, and once";

typedef enum { AGE_UNKNOWN, AGE_OLDER, AGE_NEWER } Age;

/* An entry that shows all else of an account has none of these. */
typedef struct {
    Taken *taken;
    guint64 lacks;
    guint file; /* that it stands in */
    bool newer; /* than the one that has them */
} Lack;

struct Again {
    Estate *estate;   /* of the copy alone */
    Account *account; /* the copy */
    GArray *lacks;    /* of Lack */
};

/* An entry beside what its account carries. */
typedef struct {
    Again *again;
    const Builder *builder;
    Taken *taken;
    const Entry *entry;
    Age age;
} Comparison;

Again *
again_new(void)
{
    Again *again = g_new0(Again, 1);
    again->estate = estate_new(0);
    again->account = estate_add_account(again->estate, "CN=copy", NULL);
    again->lacks = g_array_new(FALSE, FALSE, sizeof(Lack));
    return again;
}

void
again_free(Again *again)
{
    if (!again)
        return;
    g_array_unref(again->lacks);
    estate_free(again->estate);
    g_free(again);
}

/* What each DC has of its own, or makes anew, or what no change of the object stands
 * behind. */
static bool
is_fleeting(AttrId attr)
{
    return attribute_of(attr)->constructed || attr == ATTR_WHEN_CHANGED ||
           attr == ATTR_LAST_LOGON;
}

/* What every entry of a user or computer carries that was exported without a list of
 * attributes. */
static bool
is_whole(guint64 carried)
{
    const guint64 all = attribute_bit(ATTR_OBJECT_CLASS) |
                        attribute_bit(ATTR_OBJECT_SID) | attribute_bit(ATTR_SAM_NAME) |
                        attribute_bit(ATTR_UAC) | attribute_bit(ATTR_PRIMARY_GROUP) |
                        attribute_bit(ATTR_PASSWORD_SET);
    return (carried & all) == all;
}

static Age
age_of(const Taken *taken, const Entry *entry)
{
    const EntryAttribute *changed = entry_find(entry, "whenChanged");
    gint64 before = taken->account->changed_us, now;
    if (before == 0 || !changed || !attribute_time(&changed->values[0], &now) ||
        before == now)
        return AGE_UNKNOWN;
    return now > before ? AGE_NEWER : AGE_OLDER;
}

/* The attribute of a value list that is not a part of one. */
static bool
is_plain(const EntryAttribute *attribute, AttrId *ret_attr)
{
    EntryOptions options;
    return attribute->count > 0 && entry_options(&attribute->name, &options) &&
           !options.ranged &&
           attribute_find(attribute->name.bv_val, options.name_length, ret_attr);
}

static bool
differs(Again *again, const Taken *taken, const EntryAttribute *attribute, AttrId attr)
{
    if (attr == ATTR_SECURITY) {
        gsize length;
        const void *data =
            taken->security ? g_bytes_get_data(taken->security, &length) : NULL;
        return data && (length != attribute->values[0].bv_len ||
                        memcmp(data, attribute->values[0].bv_val, length) != 0);
    }
    const Taking taking = {again->estate, again->account, attribute->values,
                           attribute->count};
    again->account->dn = taken->account->dn;
    attribute_clear(attr, again->account);
    return !attribute_take(attr, &taking) ||
           !attribute_same(attr, taken->account, again->account);
}

static void
drop_security(Taken *taken)
{
    g_clear_pointer(&taken->security, g_bytes_unref);
    g_clear_pointer(&taken->account->security, g_bytes_unref);
}

/* The newer entry's value is taken anew. */
static void
give_way(Taken *taken, AttrId attr)
{
    guint64 bit = attribute_bit(attr);
    taken->seen &= ~bit;
    taken->torn &= ~bit;
    if (attr == ATTR_SECURITY)
        drop_security(taken);
}

static void
tear(Taken *taken, AttrId attr)
{
    guint64 bit = attribute_bit(attr);
    taken->seen &= ~bit;
    taken->torn |= bit;
}

static bool
holds_group(const Account *account, const char *group)
{
    for (guint i = 0; i < account->member_of->len; i++)
        if (text_equal(account->member_of->pdata[i], group))
            return true;
    return false;
}

/* Whether `account` is in all groups of its domain that the other is in. */
static bool
holds_groups_of(const Account *account, const Account *other)
{
    for (guint i = 0; i < other->member_of->len; i++) {
        const char *group = other->member_of->pdata[i];
        if (dn_shows_groups(account->dn, group) && !holds_group(account, group))
            return false;
    }
    return true;
}

static void
join_groups(const Builder *builder, const Account *account, const Account *copy)
{
    for (guint i = 0; i < copy->member_of->len; i++) {
        const char *group = copy->member_of->pdata[i];
        if (!holds_group(account, group))
            g_ptr_array_add(
                account->member_of,
                (gpointer)estate_shared_string(builder->estate, group, strlen(group)));
    }
}

/* A catalog shows nobody in global and local groups, but in universal ones of other
 * domains, and has no pwdLastSet: its part and the whole are put together. */
static bool
join_catalog(const Comparison *of)
{
    const Account *account = of->taken->account, *copy = of->again->account;
    bool whole = (of->taken->seen & attribute_bit(ATTR_PASSWORD_SET)) != 0;
    bool whole_now = entry_find(of->entry, "pwdLastSet") != NULL;
    if (whole == whole_now)
        return false;
    if (whole ? holds_groups_of(account, copy) : holds_groups_of(copy, account))
        join_groups(of->builder, account, copy);
    else if (whole_now && of->age == AGE_NEWER)
        give_way(of->taken, ATTR_MEMBER_OF);
    else
        tear(of->taken, ATTR_MEMBER_OF);
    return true;
}

/* Of groups nothing tells which file is the catalog's, which shows less. */
static bool
may_be_catalogs(const Comparison *of, AttrId attr)
{
    return attr == ATTR_MEMBER_OF && (of->taken->account->kinds & KIND_GROUP) != 0 &&
           !holds_groups_of(of->again->account, of->taken->account);
}

static void
compare_one(const Comparison *of, const EntryAttribute *attribute, AttrId attr)
{
    Taken *taken = of->taken;
    guint64 bit = attribute_bit(attr);
    bool torn = (taken->torn & bit) != 0;
    if (torn && of->age == AGE_NEWER)
        give_way(taken, attr);
    if ((taken->seen & bit) == 0 || !differs(of->again, taken, attribute, attr))
        return;
    if (attr == ATTR_MEMBER_OF && join_catalog(of))
        return;
    if (of->age == AGE_NEWER && !may_be_catalogs(of, attr))
        give_way(taken, attr);
    else if (of->age != AGE_OLDER && !is_fleeting(attr))
        tear(taken, attr);
}

static void
clean_copy(Again *again)
{
    g_string_chunk_clear(again->estate->strings);
    if (again->estate->gaps->len == 0)
        return;
    g_ptr_array_set_size(again->estate->gaps, 0);
    g_hash_table_remove_all(again->estate->gaps_seen);
}

/* What may be on an account, and need not be. */
static guint64
optional_attributes(void)
{
    guint64 optional = 0;
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++)
        if (!attribute_of(attr)->always && !is_fleeting(attr))
            optional |= attribute_bit(attr);
    return optional;
}

/* Of two whole entries one has what the other lacks. */
static void
note_lack(Again *again, Taken *taken, guint64 lacks, guint file, bool newer)
{
    const Lack lack = {taken, lacks & optional_attributes(), file, newer};
    if (lack.lacks != 0)
        g_array_append_val(again->lacks, lack);
}

static void
compare_lacks(Again *again, const Builder *builder, Taken *taken, guint64 before,
              guint64 now, Age age)
{
    if (!is_whole(before) || !is_whole(now))
        return;
    if (age != AGE_OLDER)
        note_lack(again, taken, before & ~now, builder->file, age == AGE_NEWER);
    if (age != AGE_NEWER)
        note_lack(again, taken, now & ~before, taken->file, age == AGE_OLDER);
}

void
again_compare(Again *again, const Builder *builder, Taken *taken, const Entry *entry)
{
    Age age = age_of(taken, entry);
    const Comparison of = {again, builder, taken, entry, age};
    guint64 before = taken->seen | taken->bad | taken->ranging | taken->torn, now = 0;
    for (guint i = 0; i < entry->count; i++) {
        const EntryAttribute *attribute = &entry->attributes[i];
        AttrId attr;
        if (!is_plain(attribute, &attr))
            continue;
        now |= attribute_bit(attr);
        compare_one(&of, attribute, attr);
    }
    compare_lacks(again, builder, taken, before, now, age);
    clean_copy(again);
}

/* What is on no account of its file may not have been exported there. */
static void
settle_lacks(const Again *again, const Files *files)
{
    for (guint i = 0; i < again->lacks->len; i++) {
        const Lack *lack = &g_array_index(again->lacks, Lack, i);
        guint64 lacks = lack->lacks & files_show(files, lack->file, lack->taken);
        for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
            if ((lacks & attribute_bit(attr)) == 0)
                continue;
            if (lack->newer)
                attribute_forget(attr, lack->taken->account);
            else
                tear(lack->taken, attr);
        }
    }
}

static void
report_torn(Builder *builder, const Account *account, AttrId attr, guint nr)
{
    g_autofree char *what = g_strdup_printf("%s of %s", attr_name(attr), account->dn);
    if (nr < MOST_NAMED)
        estate_add_gap(builder->estate, what, why_torn);
}

static void
report_more(Builder *builder, AttrId attr, guint count)
{
    g_autofree char *what = count > MOST_NAMED
                                ? g_strdup_printf("%s of %u more accounts",
                                                  attr_name(attr), count - MOST_NAMED)
                                : NULL;
    if (what)
        estate_add_gap(builder->estate, what, why_torn);
}

static void
settle_torn(Builder *builder, Taken *taken, guint counts[ATTR_COUNT])
{
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
        if ((taken->torn & attribute_bit(attr)) == 0)
            continue;
        report_torn(builder, taken->account, attr, counts[attr]++);
        if (attr == ATTR_SECURITY)
            drop_security(taken);
        else
            attribute_forget(attr, taken->account);
    }
}

void
again_settle(const Again *again, Builder *builder)
{
    const GPtrArray *accounts = builder->estate->accounts;
    guint counts[ATTR_COUNT] = {0};
    g_autoptr(Files) files = files_new(builder);
    settle_lacks(again, files);
    for (guint i = 0; i < accounts->len; i++) {
        Taken *taken = builder_taken(builder, accounts->pdata[i]);
        if (taken && taken->torn != 0)
            settle_torn(builder, taken, counts);
    }
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++)
        report_more(builder, attr, counts[attr]);
}
