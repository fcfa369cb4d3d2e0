/* Asks for the ends of delegations, from the lists and descriptors that were read. */
#include "ends.h"

#include "base/limits.h"
#include "base/text.h"
#include "model/spn.h"
#include "model/wellknown.h"

#include <string.h>

static void
add_folded(GHashTable *spns, const char *spn)
{
    g_hash_table_add(spns, text_fold(spn));
}

static void
add_listed(const Estate *estate, GHashTable *spns, const char *entry)
{
    g_autoptr(Spn) spn = spn_parse(entry);
    const char *class = spn ? estate_alias_of(estate, spn->class) : NULL;
    g_autofree char *alias = class ? spn_with_class(spn, class) : NULL;
    add_folded(spns, entry);
    if (alias)
        add_folded(spns, alias);
}

/* What lists and the configuration name, and by which class each may be held, folded. */
static GHashTable *
listed_spns(const Reader *reader)
{
    const Estate *estate = reader->estate;
    GHashTable *spns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if (account->delegate_to->len == 0 ||
            !builder_judges(reader->builder, reader->plan, account))
            continue;
        for (guint d = 0; d < account->delegate_to->len; d++)
            add_listed(estate, spns, account->delegate_to->pdata[d]);
    }
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        g_autoptr(GPtrArray) classes = batches_class_spns(reader->plan, account);
        bool wanted =
            classes->len > 0 && builder_wants(reader->builder, reader->plan, account);
        for (guint c = 0; wanted && c < classes->len; c++)
            add_listed(estate, spns, classes->pdata[c]);
    }
    const GPtrArray *declared = reader->plan->declared_spns;
    for (guint i = 0; declared && i < declared->len; i++)
        add_listed(estate, spns, declared->pdata[i]);
    return spns;
}

static bool
holds_any(const Account *account, GHashTable *spns)
{
    for (guint i = 0; i < account->spns->len; i++) {
        g_autofree char *folded = text_fold(account->spns->pdata[i]);
        if (g_hash_table_contains(spns, folded))
            return true;
    }
    return false;
}

static bool
may_grant(const Ace *ace)
{
    return sid_is_set(&ace->sid) && (ace->flags & ACE_FLAG_INHERIT_ONLY) == 0 &&
           (ace->type == ACE_ALLOW || ace->type == ACE_ALLOW_OBJECT ||
            ace->type == ACE_ALLOW_CALLBACK || ace->type == ACE_ALLOW_CALLBACK_OBJECT);
}

static void
add_trustees(const Account *target, GHashTable *by_sid, GHashTable *trustees)
{
    g_autoptr(SecDesc) descriptor = NULL;
    gsize length;
    const void *data = g_bytes_get_data(target->rbcd, &length);
    if (!secdesc_parse(data, length, &descriptor, NULL))
        return; /* the audit says so */
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        gpointer account = may_grant(ace) ? g_hash_table_lookup(by_sid, &ace->sid) : NULL;
        if (account)
            g_hash_table_add(trustees, account);
    }
}

/* The accounts and groups that descriptors let act (a set of Account *). */
static GHashTable *
trustees_of(const Reader *reader)
{
    const GPtrArray *accounts = reader->estate->accounts;
    GHashTable *trustees = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) by_sid = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < accounts->len; i++) {
        Account *account = accounts->pdata[i];
        if (sid_is_set(&account->sid) && (account->kinds & KIND_FOREIGN) == 0)
            g_hash_table_insert(by_sid, &account->sid, account);
        for (guint h = 0; h < account->sid_history->len; h++)
            g_hash_table_insert(by_sid, &g_array_index(account->sid_history, Sid, h),
                                account);
    }
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if (account->rbcd && builder_judges(reader->builder, reader->plan, account))
            add_trustees(account, by_sid, trustees);
    }
    return trustees;
}

static int
by_dn(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    return strcmp((*left)->dn, (*right)->dn);
}

/* Groups among the trustees, by DN: those whose members are judged one by one. */
static GPtrArray *
trusted_groups(const Reader *reader)
{
    g_autoptr(GHashTable) trustees = trustees_of(reader);
    GPtrArray *groups = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, trustees);
    while (g_hash_table_iter_next(&iter, &value, NULL)) {
        const Account *group = value;
        if ((group->kinds & KIND_GROUP) != 0 && !sid_is_crowd(&group->sid))
            g_ptr_array_add(groups, value);
    }
    g_ptr_array_sort(groups, by_dn);
    return groups;
}

static const GPtrArray *
declarations_of(const Reader *reader)
{
    static const GPtrArray none;
    return reader->plan->declarations ? reader->plan->declarations : &none;
}

static void
ask_declared_members(Reader *reader)
{
    const GPtrArray *all = declarations_of(reader);
    for (guint d = 0; d < all->len; d++) {
        const Declaration *declaration = all->pdata[d];
        for (guint i = 0; i < declaration->from_member_of->len; i++)
            reader_ask_members(reader, declaration->from_member_of->pdata[i]);
    }
}

/* Whether a declaration names it, or whoever holds what a workload asks for by the start
 * of an SPN. */
static bool
is_declared(const Reader *reader, const Account *account)
{
    const GPtrArray *all = declarations_of(reader);
    const GPtrArray *spns = reader->plan->declared_spns;
    for (guint d = 0; d < all->len; d++)
        if (declaration_matches(all->pdata[d], reader->estate, account) == TRI_YES)
            return true;
    for (guint i = 0; spns && i < spns->len; i++)
        for (guint n = 0;
             g_str_has_suffix(spns->pdata[i], ".*") && n < account->spns->len; n++)
            if (text_glob(spns->pdata[i], account->spns->pdata[n]))
                return true;
    return false;
}

void
ends_ask_members(Reader *reader)
{
    ask_declared_members(reader);
    g_autoptr(GPtrArray) groups = trusted_groups(reader);
    if (groups->len > MOST_TRUSTED_GROUPS) {
        g_autofree char *why = limit_says(LIMIT_TRUSTED_GROUPS);
        estate_add_gap(reader->estate, "members of groups that descriptors name", why);
    }
    guint count = MIN(groups->len, MOST_TRUSTED_GROUPS);
    for (guint i = 0; i < count; i++)
        reader_ask_members(reader, ((const Account *)groups->pdata[i])->dn);
    for (guint l = 0; l < reader->lives->len; l++) {
        const Live *live = reader->lives->pdata[l];
        g_autoptr(GPtrArray) sids = g_ptr_array_new();
        for (guint i = 0; i < count; i++) {
            Account *group = groups->pdata[i];
            if (sid_is_of_domain(&group->sid) && live_holds(live, group->dn))
                g_ptr_array_add(sids, &group->sid);
        }
        if (!live->lost)
            live_ask_batches(live, QUERY_PRIMARY_MEMBERS, "groups",
                             batches_of_primaries(sids), NULL);
    }
}

static bool
has_primary(const Account *account, const Account *group)
{
    Sid sid = account->sid;
    if (account->primary_group == 0 || !sid_is_of_domain(&sid))
        return false;
    sid.sub[4] = account->primary_group;
    return sid_equal(&sid, &group->sid);
}

/* The first members: those that are judged for all. */
static void
add_members(const Reader *reader, const Account *group, GHashTable *ends)
{
    const GPtrArray *accounts = reader->estate->accounts;
    g_autoptr(GPtrArray) members = reader_members_found(reader, group->dn);
    for (guint i = 0; i < accounts->len; i++)
        if (has_primary(accounts->pdata[i], group))
            g_ptr_array_add(members, accounts->pdata[i]);
    g_ptr_array_sort(members, by_dn);
    for (guint i = 0, judged = 0; i < members->len && judged < MEMBERS_JUDGED; i++) {
        const Account *member = members->pdata[i];
        if ((member->kinds & (KIND_COMPUTER | KIND_USER)) != 0 &&
            g_hash_table_add(ends, members->pdata[i]))
            judged++;
    }
}

static void
add_declared_members(const Reader *reader, GHashTable *ends)
{
    const GPtrArray *all = declarations_of(reader);
    for (guint d = 0; d < all->len; d++) {
        const Declaration *declaration = all->pdata[d];
        for (guint i = 0; i < declaration->from_member_of->len; i++) {
            g_autoptr(GPtrArray) members =
                reader_members_found(reader, declaration->from_member_of->pdata[i]);
            for (guint m = 0; m < members->len; m++)
                if (declaration_takes(members->pdata[m]))
                    g_hash_table_add(ends, members->pdata[m]);
        }
    }
}

/* The accounts at the other ends of what was read so far (a set of Account *). */
static GHashTable *
ends_of(const Reader *reader)
{
    const GPtrArray *accounts = reader->estate->accounts;
    GHashTable *ends = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) spns = listed_spns(reader);
    g_autoptr(GHashTable) trustees = trustees_of(reader);
    g_autoptr(GPtrArray) groups = trusted_groups(reader);
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if (!account->partial && !account->missing &&
            (account->kinds & KIND_GROUP) == 0 &&
            (g_hash_table_contains(trustees, account) || holds_any(account, spns) ||
             is_declared(reader, account)))
            g_hash_table_add(ends, accounts->pdata[i]);
    }
    add_declared_members(reader, ends);
    for (guint i = 0; i < MIN(groups->len, MOST_TRUSTED_GROUPS); i++)
        add_members(reader, groups->pdata[i], ends);
    return ends;
}

/* Whether it was read like a host: no shorter query asks for this. */
static bool
is_whole(const Taken *taken)
{
    return (taken->asked & attribute_bit(ATTR_ETYPES)) != 0;
}

bool
ends_ask(const Reader *reader)
{
    g_autoptr(GHashTable) ends = ends_of(reader);
    g_autoptr(GPtrArray) dns = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, ends);
    while (g_hash_table_iter_next(&iter, &value, NULL)) {
        const Account *account = value;
        Taken *taken = builder_taken(reader->builder, account);
        if (!taken || account->partial)
            continue; /* of a domain that is not read */
        taken->end = true;
        if (!is_whole(taken))
            g_ptr_array_add(dns, (gpointer)account->dn);
    }
    g_ptr_array_sort(dns, text_order);
    return reader_ask_by_dn(reader, QUERY_DELEGATION_ENDS, dns);
}

bool
ends_want_groups(const Reader *reader)
{
    bool groups;
    g_ptr_array_unref(
        batches_trustees(reader->builder, reader->plan, builder_judges, &groups));
    return groups;
}

/* Whether the account's memberships have to be followed: its token was not computed. */
static bool
is_followed(const Reader *reader, const Account *account)
{
    const Taken *taken = builder_taken(reader->builder, account);
    return taken && !account->partial && !account->token_groups &&
           (account->kinds & KIND_GROUP) == 0 &&
           (taken->end || builder_judges(reader->builder, reader->plan, account));
}

/* A level of groups under way. */
typedef struct {
    const Reader *reader;
    GHashTable *asked;
    GHashTable *seen; /* of const Account *: groups in the queue */
    GPtrArray *queue; /* of const Account *: whose groups are looked at */
    GPtrArray *dns;   /* of const char *: groups to ask for */
    GPtrArray *sids;  /* of Sid *: primary groups to ask for */
} Level;

static void
follow(Level *level, const Account *group)
{
    if (g_hash_table_add(level->seen, (gpointer)group))
        g_ptr_array_add(level->queue, (gpointer)group);
}

static bool
knows_groups(const Reader *reader, const Account *group)
{
    const Taken *taken = group ? builder_taken(reader->builder, group) : NULL;
    return taken && (taken->asked & attribute_bit(ATTR_MEMBER_OF)) != 0;
}

static void
take_parents(Level *level, const Account *at)
{
    for (guint i = 0; i < at->member_of->len; i++) {
        const char *dn = at->member_of->pdata[i];
        const Account *group = estate_by_dn(level->reader->estate, dn);
        if (knows_groups(level->reader, group))
            follow(level, group);
        else if (g_hash_table_add(level->asked, text_fold(dn)))
            g_ptr_array_add(level->dns, (gpointer)dn);
    }
}

static void
take_primary(Level *level, const Account *at, GHashTable *groups)
{
    Sid sid = at->sid;
    if (at->primary_group == 0 || !sid_is_of_domain(&sid))
        return;
    sid.sub[4] = at->primary_group;
    const Account *group = g_hash_table_lookup(groups, &sid);
    g_autofree char *text = sid_format(&sid);
    if (knows_groups(level->reader, group))
        follow(level, group);
    else if (g_hash_table_add(level->asked, g_steal_pointer(&text)))
        g_ptr_array_add(level->sids, g_memdup2(&sid, sizeof sid));
}

static void
level_clear(Level *level)
{
    g_hash_table_unref(level->seen);
    g_ptr_array_unref(level->queue);
    g_ptr_array_unref(level->dns);
    g_ptr_array_unref(level->sids);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Level, level_clear)

static void
ask_primaries(const Level *level)
{
    for (guint l = 0; l < level->reader->lives->len; l++) {
        const Live *live = level->reader->lives->pdata[l];
        const Domain *domain = live_domain(live);
        g_autoptr(GPtrArray) here = g_ptr_array_new();
        for (guint i = 0; !live->lost && i < level->sids->len; i++)
            if (sid_is_set(&domain->sid) &&
                sid_in_domain(level->sids->pdata[i], &domain->sid))
                g_ptr_array_add(here, level->sids->pdata[i]);
        live_ask_batches(live, QUERY_ACCOUNTS_BY_SID, "sids", batches_of_sids(here),
                         NULL);
    }
}

bool
ends_ask_groups(const Reader *reader, GHashTable *asked)
{
    const GPtrArray *accounts = reader->estate->accounts;
    g_autoptr(GHashTable) groups = g_hash_table_new(sid_hash, sid_equal);
    g_auto(Level) level = {reader,
                           asked,
                           g_hash_table_new(NULL, NULL),
                           g_ptr_array_new(),
                           g_ptr_array_new(),
                           g_ptr_array_new_with_free_func(g_free)};
    for (guint i = 0; i < accounts->len; i++) {
        Account *account = accounts->pdata[i];
        if ((account->kinds & KIND_GROUP) != 0 && sid_is_set(&account->sid))
            g_hash_table_insert(groups, &account->sid, account);
        if (is_followed(reader, account))
            g_ptr_array_add(level.queue, account);
    }
    for (guint i = 0; i < level.queue->len; i++) {
        take_primary(&level, level.queue->pdata[i], groups);
        take_parents(&level, level.queue->pdata[i]);
    }
    ask_primaries(&level);
    g_ptr_array_sort(level.dns, text_order);
    return reader_ask_by_dn(reader, QUERY_GROUPS_BY_DN, level.dns) || level.sids->len > 0;
}
