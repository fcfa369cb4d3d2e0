/* What the steps of a reading share: asking, and who is in which group. */

#include "reader.h"

#include "base/fault.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/dn.h"

/* Members of one group that are asked for one by one.  Of more a search by memberOf costs
 * a DC less, be it through all accounts. */

static void
live_free(gpointer data)
{
    Live *live = data;
    g_clear_pointer(&live->engine, engine_free);
    g_ptr_array_unref(live->tier0);
    g_ptr_array_unref(live->owners);
    if (live->owned)
        g_clear_pointer(&live->directory, directory_close);
    g_free(live);
}

static void
members_free(gpointer data)
{
    MemberJobs *members = data;
    g_ptr_array_unref(members->jobs);
    g_free(members->dn);
    g_free(members);
}

void
reader_init(Reader *reader, const LiveOptions *options, const CollectPlan *plan,
            const Queries *queries, Estate *estate, Builder *builder)
{
    *reader = (Reader){
        .options = options,
        .plan = plan,
        .queries = queries,
        .estate = estate,
        .builder = builder,
        .lives = g_ptr_array_new_with_free_func(live_free),
        .partners = g_ptr_array_new_with_free_func(g_free),
        .replica_pages = g_ptr_array_new_with_free_func((GDestroyNotify)snapshot_free),
        .members = g_ptr_array_new_with_free_func(members_free),
    };
}

void
reader_clear(Reader *reader)
{
    g_clear_pointer(&reader->members, g_ptr_array_unref);
    g_clear_pointer(&reader->replica_pages, g_ptr_array_unref);
    g_clear_pointer(&reader->partners, g_ptr_array_unref);
    g_clear_pointer(&reader->lives, g_ptr_array_unref);
}

Job *
live_ask(const Live *live, QueryId id, const char *name, const char *text)
{
    const RootDse *root = live->root;
    const char *domain = root && root->domain_dn ? root->domain_dn : "";
    const QueryArg args[] = {{"domain", domain},
                             {"config", root && root->config_dn ? root->config_dn : ""},
                             {"scope", domain},
                             {name, text},
                             {NULL, NULL}};
    return engine_add(live->engine, &live->reader->queries->queries[id], args, false);
}

/* For the group's own list of members. */
static const Job *
live_ask_list(const Live *live, const char *group_dn)
{
    const QueryArg args[] = {
        {"domain", live->root->domain_dn}, {"group", group_dn}, {NULL, NULL}};
    return engine_add_list(live->engine,
                           &live->reader->queries->queries[QUERY_GROUP_MEMBERS], args);
}

void
live_ask_batches(const Live *live, QueryId id, const char *name, Batches *batches,
                 GPtrArray *jobs)
{
    for (guint i = 0; i < batches->len; i++) {
        Job *job = live_ask(live, id, name, batches->pdata[i]);
        if (jobs)
            g_ptr_array_add(jobs, job);
    }
    g_ptr_array_unref(batches);
}

bool
reader_ask_by_dn(const Reader *reader, QueryId id, const GPtrArray *dns)
{
    bool asked = false;
    for (guint l = 0; l < reader->lives->len; l++) {
        const Live *live = reader->lives->pdata[l];
        g_autoptr(GPtrArray) here = g_ptr_array_new();
        for (guint i = 0; !live->lost && i < dns->len; i++)
            if (live_holds(live, dns->pdata[i]))
                g_ptr_array_add(here, dns->pdata[i]);
        asked = asked || here->len > 0;
        live_ask_batches(live, id, "dns", batches_of_dns(here), NULL);
    }
    return asked;
}

bool
jobs_complete(const GPtrArray *jobs)
{
    for (guint i = 0; i < jobs->len; i++)
        if (!((const Job *)jobs->pdata[i])->complete)
            return false;
    return true;
}

/* The DC's clock has whole seconds, and was read somewhere within the round
 * trip: a difference below both proves nothing. */
static void
judge_clock(Estate *estate, const RootDse *root, gint64 sent_us, gint64 trip_us)
{
    if (!root->has_time)
        return;
    gint64 ours_us = sent_us + trip_us / 2;
    gint64 skew_us = root->time_us + G_USEC_PER_SEC / 2 - ours_us;
    estate->dc_clock_read = true;
    estate->dc_skew_us = ABS(skew_us) > trip_us + G_USEC_PER_SEC ? skew_us : 0;
}

static bool
read_root(Live *live, bool first, GError **error)
{
    Reader *reader = live->reader;
    const char *uri = live->directory->uri->text;
    guint before = reader->builder->roots->len;
    gint64 sent_us = g_get_real_time(), start_us = g_get_monotonic_time();
    live_ask(live, QUERY_ROOTDSE, NULL, NULL);
    if (!engine_run(live->engine, error))
        return false;
    if (reader->builder->roots->len == before)
        return fault_set(
            error, first ? FAULT_MALFORMED : FAULT_CONFIG,
            first ? "%s: shows no rootDSE" : "%s: its domain is read already", uri);
    live->root = reader->builder->roots->pdata[before];
    if (first)
        judge_clock(reader->estate, live->root, sent_us,
                    g_get_monotonic_time() - start_us);
    if (!live->root->active_directory || !live->root->domain_dn || !live->root->config_dn)
        return fault_set(error, FAULT_MALFORMED,
                         "%s: not a domain controller of an Active Directory", uri);
    return true;
}

bool
reader_add(Reader *reader, Directory *directory, bool owned, Live **ret_live,
           GError **error)
{
    Live *live = g_new0(Live, 1);
    live->reader = reader;
    live->directory = directory;
    live->owned = owned;
    live->tier0 = g_ptr_array_new();
    live->owners = g_ptr_array_new();
    live->engine = engine_new(directory, reader->builder, reader->plan);
    g_ptr_array_add(reader->lives, live);
    bool first = reader->lives->len == 1;
    live->first_of_forest = true;
    if (!read_root(live, first, error)) {
        g_ptr_array_remove_index(reader->lives, reader->lives->len - 1);
        return false;
    }
    for (guint i = 0; i + 1 < reader->lives->len; i++) {
        const Live *other = reader->lives->pdata[i];
        if (text_equal(other->root->config_dn, live->root->config_dn))
            live->first_of_forest = false;
    }
    if (ret_live)
        *ret_live = live;
    return true;
}

static MemberJobs *
find_members(const Reader *reader, const char *group_dn, bool direct)
{
    for (guint i = 0; i < reader->members->len; i++) {
        MemberJobs *members = reader->members->pdata[i];
        if (members->direct == direct && text_equal(members->dn, group_dn))
            return members;
    }
    return NULL;
}

static MemberJobs *
add_members(Reader *reader, const char *group_dn, bool direct)
{
    MemberJobs *members = g_new0(MemberJobs, 1);
    members->dn = g_strdup(group_dn);
    members->jobs = g_ptr_array_new();
    members->direct = direct;
    g_ptr_array_add(reader->members, members);
    return members;
}

void
reader_note_members(Reader *reader, const char *group_dn, const Job *job, bool wanted)
{
    MemberJobs *members = find_members(reader, group_dn, false);
    if (!members)
        members = add_members(reader, group_dn, false);
    members->wanted |= wanted;
    g_ptr_array_add(members->jobs, (gpointer)job);
}

/* Whoever says to be in the group, which may hold members of every domain. */
static void
ask_memberships(const Reader *reader, MemberJobs *members)
{
    g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, members->dn);
    members->list = NULL;
    for (guint i = 0; i < reader->lives->len; i++) {
        const Live *live = reader->lives->pdata[i];
        if (!live->lost)
            g_ptr_array_add(members->jobs,
                            live_ask(live, QUERY_MEMBERS, "group", quoted));
    }
}

static MemberJobs *
ask_members(Reader *reader, const char *group_dn)
{
    MemberJobs *members = add_members(reader, group_dn, true);
    for (guint i = 0; i < reader->lives->len && !members->list; i++) {
        const Live *live = reader->lives->pdata[i];
        if (!live->lost && live_holds(live, group_dn))
            members->list = live_ask_list(live, group_dn);
    }
    if (!members->list)
        ask_memberships(reader, members);
    return members;
}

void
reader_ask_members(Reader *reader, const char *group_dn)
{
    MemberJobs *members = find_members(reader, group_dn, true);
    if (members)
        members->inner = false;
    else
        ask_members(reader, group_dn);
}

/* Whether the members of a group in a group are in the outer one's tokens, too: of
 * distribution groups they are not.  Groups that a domain is born with have been
 * security groups from the start. */
static Tri
passes_on(const Reader *reader, const Account *group)
{
    const Taken *taken = builder_taken(reader->builder, group);
    if (group_is_security(group) == TRI_YES)
        return TRI_YES;
    if (!taken || (taken->seen & attribute_bit(ATTR_GROUP_TYPE)) == 0)
        return TRI_UNKNOWN;
    return group->group_type & GROUP_TYPE_SECURITY ? TRI_YES : TRI_NO;
}

/* Whether all that matters of a member was read. */
static bool
is_member_read(const Reader *reader, const char *dn)
{
    const Account *account = estate_by_dn(reader->estate, dn);
    const Taken *taken = account ? builder_taken(reader->builder, account) : NULL;
    guint64 wanted = reader->queries->queries[QUERY_MEMBERS_BY_DN].asked;
    if (account && (account->kinds & KIND_GROUP) == 0)
        wanted &= ~attribute_bit(ATTR_GROUP_TYPE);
    return taken && !account->partial && (wanted & ~taken->asked) == 0;
}

static bool
is_held(const Reader *reader, const char *dn)
{
    for (guint i = 0; i < reader->lives->len; i++)
        if (live_holds(reader->lives->pdata[i], dn))
            return true;
    return false;
}

bool
reader_may_go_up(const Reader *reader, guint level)
{
    g_autofree char *why = limit_says(LIMIT_GROUP_LEVELS);
    if (level >= MOST_GROUP_LEVELS)
        estate_add_gap(reader->estate, "groups in groups", why);
    return level < MOST_GROUP_LEVELS;
}

/* Those in a group's list who were not read yet, each once (dns); false: they are too
 * many, or the list is not to be had. */
static bool
take_unread(const Reader *reader, const MemberJobs *members, GHashTable *seen,
            GPtrArray *dns)
{
    const Job *list = members->list;
    guint before = dns->len;
    if (!list->complete || !list->shown)
        return false;
    for (guint i = 0; i < list->members->len && dns->len - before <= MOST_LISTED_MEMBERS;
         i++) {
        char *dn = list->members->pdata[i];
        g_autofree char *key = dn_key(dn);
        if (!is_member_read(reader, dn) && is_held(reader, dn) &&
            g_hash_table_add(seen, g_steal_pointer(&key)))
            g_ptr_array_add(dns, dn);
    }
    if (dns->len - before <= MOST_LISTED_MEMBERS)
        return true;
    g_ptr_array_set_size(dns, (int)before);
    return false;
}

/* Queues what the lists that came name; false: none came. */
static bool
take_lists(const Reader *reader)
{
    bool asked = false;
    g_autoptr(GPtrArray) dns = g_ptr_array_new();
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < reader->members->len; i++) {
        MemberJobs *members = reader->members->pdata[i];
        if (!members->list || members->listed)
            continue;
        members->listed = true;
        if (!take_unread(reader, members, seen, dns)) {
            ask_memberships(reader, members);
            asked = true;
        }
    }
    return reader_ask_by_dn(reader, QUERY_MEMBERS_BY_DN, dns) || asked;
}

/* The accounts and groups directly in a group; *ret_complete (in, out): false where some
 * were not read. */
static GPtrArray *
direct_members(const Reader *reader, const MemberJobs *group, bool *ret_complete)
{
    GPtrArray *accounts = g_ptr_array_new();
    *ret_complete = *ret_complete && jobs_complete(group->jobs) &&
                    (!group->list || (group->listed && group->list->complete));
    for (guint j = 0; j < group->jobs->len; j++)
        g_ptr_array_extend(accounts, ((const Job *)group->jobs->pdata[j])->accounts, NULL,
                           NULL);
    for (guint i = 0; group->list && i < group->list->members->len; i++) {
        const char *dn = group->list->members->pdata[i];
        gpointer account = (gpointer)estate_by_dn(reader->estate, dn);
        g_autofree char *folded = text_fold(dn);
        /* Of a domain that is not read: what the catalog told of it, and the list. */
        if (account && (is_member_read(reader, dn) || !is_held(reader, dn)))
            g_ptr_array_add(accounts, account);
        else if (is_held(reader, dn) &&
                 !g_hash_table_contains(reader->builder->others, folded))
            *ret_complete = false;
    }
    return accounts;
}

bool
reader_knows_members(const Reader *reader, const MemberJobs *members)
{
    bool complete = members->expanded;
    g_ptr_array_unref(direct_members(reader, members, &complete));
    return complete;
}

bool
reader_ask_nested(Reader *reader)
{
    if (take_lists(reader))
        return true;
    bool asked = false;
    /* Those that are added here have not been run yet. */
    for (guint i = 0, count = reader->members->len; i < count; i++) {
        MemberJobs *members = reader->members->pdata[i];
        if (!members->direct || members->expanded)
            continue;
        members->expanded = true;
        bool complete = true;
        g_autoptr(GPtrArray) accounts = direct_members(reader, members, &complete);
        for (guint a = 0; a < accounts->len; a++) {
            const Account *account = accounts->pdata[a];
            if ((account->kinds & KIND_GROUP) == 0 ||
                passes_on(reader, account) == TRI_NO ||
                find_members(reader, account->dn, true))
                continue;
            if (reader->members->len >= MOST_NESTED_GROUPS) {
                g_autofree char *why = limit_says(LIMIT_NESTED_GROUPS);
                estate_add_gap(reader->estate, "members of nested groups", why);
                members->expanded = false;
                return asked;
            }
            ask_members(reader, account->dn)->inner = true;
            asked = true;
        }
    }
    return asked;
}

/* Whether the list names somebody of another domain or forest of whom nothing is known,
 * or a SID that is many. */
static bool
lists_strangers(const Reader *reader, const MemberJobs *group)
{
    for (guint i = 0; group->list && i < group->list->members->len; i++) {
        const char *dn = group->list->members->pdata[i];
        const Account *account = estate_by_dn(reader->estate, dn);
        if (account ? (account->kinds & KIND_FOREIGN) != 0
                    : !is_held(reader, dn) || dn_is_sid(dn))
            return true;
    }
    return false;
}

/* All members of a group, those of groups in it too; false: not all were read.
 * *ret_strangers: it has others as well. */
static bool
gather(const Reader *reader, const MemberJobs *group, GHashTable *found,
       bool *ret_strangers)
{
    bool complete = true;
    *ret_strangers = false;
    g_autoptr(GPtrArray) queue = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_ptr_array_add(queue, (gpointer)group);
    for (guint q = 0; q < queue->len; q++) {
        const MemberJobs *members = queue->pdata[q];
        g_autoptr(GPtrArray) accounts = direct_members(reader, members, &complete);
        complete = complete && (!members->direct || members->expanded);
        *ret_strangers = *ret_strangers || lists_strangers(reader, members);
        for (guint a = 0; a < accounts->len; a++) {
            Account *account = accounts->pdata[a];
            if ((account->kinds & KIND_GROUP) == 0) {
                g_hash_table_add(found, account);
                continue;
            }
            Tri on = members->direct ? passes_on(reader, account) : TRI_NO;
            if (on == TRI_NO)
                continue;
            complete = complete && on == TRI_YES;
            MemberJobs *inner = find_members(reader, account->dn, true);
            if (inner && g_hash_table_add(seen, inner))
                g_ptr_array_add(queue, inner);
        }
    }
    return complete;
}

GPtrArray *
reader_members_found(const Reader *reader, const char *group_dn)
{
    GPtrArray *members = g_ptr_array_new();
    const MemberJobs *group = find_members(reader, group_dn, true);
    g_autoptr(GHashTable) found = g_hash_table_new(NULL, NULL);
    bool strangers;
    if (group)
        (void)gather(reader, group, found, &strangers);
    GHashTableIter iter;
    gpointer account;
    g_hash_table_iter_init(&iter, found);
    while (g_hash_table_iter_next(&iter, &account, NULL))
        g_ptr_array_add(members, account);
    return members;
}

static void
leave_open(const Reader *reader, const char *group_dn)
{
    g_autofree char *what = g_strdup_printf("members of %s", group_dn);
    estate_add_gap(reader->estate, what, "they could not all be read");
    estate_leave_members_open(reader->estate, group_dn);
}

void
reader_take_members(const Reader *reader)
{
    for (guint i = 0; i < reader->members->len; i++) {
        const MemberJobs *members = reader->members->pdata[i];
        if (members->inner)
            continue;
        g_autoptr(GHashTable) found = g_hash_table_new(NULL, NULL);
        bool strangers;
        bool complete = gather(reader, members, found, &strangers);
        /* Else nobody is said to be outside. */
        if (complete)
            estate_add_membership(reader->estate, members->dn, NULL);
        else
            leave_open(reader, members->dn);
        if (strangers)
            estate_leave_members_open(reader->estate, members->dn);
        GHashTableIter iter;
        gpointer account;
        g_hash_table_iter_init(&iter, found);
        while (g_hash_table_iter_next(&iter, &account, NULL)) {
            if (members->wanted)
                builder_taken(reader->builder, account)->wanted = true;
            if (complete)
                estate_add_membership(reader->estate, members->dn, account);
        }
    }
}

const Domain *
live_domain(const Live *live)
{
    const GPtrArray *domains = live->reader->estate->domains;
    for (guint i = 0; i < domains->len; i++) {
        const Domain *domain = domains->pdata[i];
        if (text_equal(domain->dn, live->root->domain_dn))
            return domain;
    }
    g_assert_not_reached(); /* the rootDSE's domain is always settled */
}

const Account *
live_find_rid(const Live *live, guint32 rid)
{
    const Domain *domain = live_domain(live);
    if (!sid_is_set(&domain->sid))
        return NULL;
    Sid sid = sid_of_rid(&domain->sid, rid);
    const GPtrArray *accounts = live->reader->estate->accounts;
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if (sid_equal(&account->sid, &sid))
            return account;
    }
    return NULL;
}

bool
live_holds(const Live *live, const char *dn)
{
    if (!dn_is_under(dn, live->root->domain_dn))
        return false;
    const GPtrArray *lives = live->reader->lives;
    for (guint i = 0; i < lives->len; i++) {
        const Live *other = lives->pdata[i];
        if (other != live && other->root &&
            dn_is_under(other->root->domain_dn, live->root->domain_dn) &&
            dn_is_under(dn, other->root->domain_dn))
            return false;
    }
    return true;
}

bool
live_is_place_for(const Live *live, const char *dn)
{
    const GPtrArray *lives = live->reader->lives;
    for (guint i = 0; i < lives->len; i++)
        if (live_holds(lives->pdata[i], dn))
            return lives->pdata[i] == live;
    return lives->pdata[0] == live;
}
