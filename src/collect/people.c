/* Reads administrators, operators and domain controllers, with their groups. */
#include "people.h"

#include "base/limits.h"
#include "base/text.h"
#include "model/signin.h"
#include "model/wellknown.h"

static void
add_copy(GPtrArray *sids, Sid sid)
{
    g_ptr_array_add(sids, g_memdup2(&sid, sizeof sid));
}

void
people_ask_groups(const Live *live)
{
    const Domain *domain = live_domain(live);
    g_autoptr(GPtrArray) sids = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; sid_is_set(&domain->sid) && tier0_groups[i]; i++)
        add_copy(sids, sid_of_rid(&domain->sid, tier0_groups[i]));
    for (guint i = 0; tier0_builtin[i]; i++)
        add_copy(sids, sid_builtin(tier0_builtin[i]));
    live_ask_batches(live, QUERY_ACCOUNTS_BY_SID, "sids", batches_of_sids(sids),
                     live->tier0);
}

void
people_ask_well_known(const Live *live)
{
    static const Sid known[] = {
        {.revision = 1, .count = 1, .authority = 1, .sub = {0}}, /* Everyone */
        {.revision = 1, .count = 1, .authority = 5, .sub = {9}}, /* Enterprise DCs */
        {.revision = 1,
         .count = 1,
         .authority = 5,
         .sub = {11}}, /* Authenticated Users */
        {.revision = 1, .count = 1, .authority = 5, .sub = {15}}, /* This Organization */
        {.revision = 1, .count = 1, .authority = 18, .sub = {1}}, /* Asserted identity */
    };
    g_autoptr(GPtrArray) sids = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < G_N_ELEMENTS(known); i++)
        add_copy(sids, known[i]);
    live_ask_batches(live, QUERY_WELL_KNOWN, "sids", batches_of_sids(sids), NULL);
}

/* Asks for the groups of one entry that were not read yet. */
static bool
ask_parents(Live *live, const Account *account, GHashTable *asked)
{
    const Estate *estate = live->reader->estate;
    bool more = false;
    for (guint i = 0; i < account->member_of->len; i++) {
        const char *dn = account->member_of->pdata[i];
        const Account *group = estate_by_dn(estate, dn);
        const Taken *taken = group ? builder_taken(live->reader->builder, group) : NULL;
        if ((taken && (taken->asked & attribute_bit(ATTR_MEMBER_OF)) != 0) ||
            !live_holds(live, dn) || !g_hash_table_add(asked, text_fold(dn)))
            continue;
        live_ask(live, QUERY_GROUP, "group", dn);
        more = true;
    }
    return more;
}

bool
people_read_well_known(Live *live, GError **error)
{
    const GPtrArray *accounts = live->reader->estate->accounts;
    g_autoptr(GHashTable) asked =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool more = true;
    for (guint level = 0; more; level++) {
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        g_autoptr(GPtrArray) queue = g_ptr_array_new();
        more = false;
        for (guint i = 0; i < accounts->len; i++) {
            const Account *account = accounts->pdata[i];
            if ((account->kinds & KIND_FOREIGN) != 0 && live_holds(live, account->dn))
                g_ptr_array_add(queue, (gpointer)account);
        }
        for (guint i = 0; i < queue->len; i++) {
            const Account *at = queue->pdata[i];
            more = ask_parents(live, at, asked) || more;
            for (guint g = 0; g < at->member_of->len; g++) {
                const Account *group =
                    estate_by_dn(live->reader->estate, at->member_of->pdata[g]);
                if (group && g_hash_table_add(seen, (gpointer)group))
                    g_ptr_array_add(queue, (gpointer)group);
            }
        }
        if (more && !reader_may_go_up(live->reader, level))
            return true;
        if (more && !engine_run(live->engine, error))
            return false;
    }
    return true;
}

static void
ask_operators(Live *live)
{
    Reader *reader = live->reader;
    live_ask_batches(live, QUERY_OPERATORS, "names",
                     batches_of_people(reader->plan->operator_users), NULL);
    const GPtrArray *groups = reader->plan->operator_groups;
    for (guint i = 0; groups && i < groups->len; i++) {
        const char *dn = groups->pdata[i];
        g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, dn);
        reader_note_members(
            reader, dn, live_ask(live, QUERY_OPERATORS_IN_GROUP, "group", quoted), false);
        if (live_is_place_for(live, dn))
            live_ask(live, QUERY_GROUP, "group", dn);
    }
}

void
people_ask(Live *live)
{
    Reader *reader = live->reader;
    g_autoptr(GPtrArray) groups = g_ptr_array_new();
    const GPtrArray *accounts = reader->estate->accounts;
    g_autoptr(GString) primaries = g_string_new(NULL);
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if ((account->kinds & KIND_GROUP) != 0 && live_holds(live, account->dn) &&
            sid_is_tier0(&account->sid))
            g_ptr_array_add(groups, (gpointer)account->dn);
    }
    for (guint i = 0; i < groups->len; i++)
        reader_ask_members(reader, groups->pdata[i]);
    for (guint i = 0; tier0_groups[i]; i++)
        g_string_append_printf(primaries, "(primaryGroupID=%u)", tier0_groups[i]);
    g_ptr_array_add(live->tier0,
                    live_ask(live, QUERY_PRIMARY_MEMBERS, "groups", primaries->str));
    live->dcs = live_ask(live, QUERY_DCS, NULL, NULL);
    ask_operators(live);
}

/* The groups of the domain that hold Everyone or Authenticated Users themselves (of
 * const Sid *). */
static GHashTable *
groups_of_everybody(const Live *live)
{
    static const char *const known[] = {SID_EVERYONE, SID_AUTHENTICATED_USERS, NULL};
    const Estate *estate = live->reader->estate;
    GHashTable *groups = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if ((account->kinds & KIND_FOREIGN) == 0 || !sid_among(&account->sid, known) ||
            !live_holds(live, account->dn))
            continue;
        for (guint g = 0; g < account->member_of->len; g++) {
            const Account *group = estate_by_dn(estate, account->member_of->pdata[g]);
            if (group)
                g_hash_table_add(groups, (gpointer)&group->sid);
        }
    }
    return groups;
}

static Tri
has_everybody(const Sid *sid, gpointer groups)
{
    return sid_among(sid, wellknown_everybody) || g_hash_table_contains(groups, sid)
               ? TRI_YES
               : TRI_UNKNOWN;
}

bool
people_want_groups(const Live *live)
{
    const CollectPlan *plan = live->reader->plan;
    const Estate *estate = live->reader->estate;
    if ((!plan->operator_users || plan->operator_users->len == 0) &&
        (!plan->operator_groups || plan->operator_groups->len == 0))
        return false;
    g_autoptr(GHashTable) groups = groups_of_everybody(live);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *user = estate->accounts->pdata[i];
        if ((user->kinds & KIND_USER) != 0 && (user->kinds & KIND_COMPUTER) == 0 &&
            user->security && signin_groups_open(user, has_everybody, groups) != TRI_YES)
            return true;
    }
    return false;
}

/* Members by their primary group, which memberOf leaves out. */
static void
add_primary_members(const Reader *reader)
{
    Estate *estate = reader->estate;
    for (guint g = 0; g < reader->members->len; g++) {
        const MemberJobs *members = reader->members->pdata[g];
        const Account *group = estate_by_dn(estate, members->dn);
        g_autofree char *key = text_fold(members->dn);
        if (!group || group->sid.count != 5 ||
            !g_hash_table_contains(estate->memberships, key))
            continue;
        for (guint i = 0; i < estate->accounts->len; i++) {
            const Account *account = estate->accounts->pdata[i];
            Sid sid = account->sid;
            if (account->primary_group == 0 || sid.count != 5)
                continue;
            sid.sub[4] = account->primary_group;
            if (sid_equal(&sid, &group->sid))
                estate_add_membership(estate, group->dn, account);
        }
    }
}

/* Whether the members of every group that was looked into are known. */
static bool
members_complete(const Reader *reader)
{
    for (guint i = 0; i < reader->members->len; i++) {
        const MemberJobs *members = reader->members->pdata[i];
        if (members->direct && !reader_knows_members(reader, members))
            return false;
    }
    return true;
}

void
people_settle(const Reader *reader)
{
    Estate *estate = reader->estate;
    estate->tier0_read = members_complete(reader);
    estate->dcs_read = true;
    for (guint i = 0; i < reader->lives->len; i++) {
        const Live *live = reader->lives->pdata[i];
        estate->tier0_read =
            estate->tier0_read && !live->lost && sid_is_set(&live_domain(live)->sid) &&
            jobs_complete(live->tier0) && live_find_rid(live, RID_DOMAIN_ADMINS);
        estate->dcs_read =
            estate->dcs_read && !live->lost && live->dcs && live->dcs->complete;
    }
    add_primary_members(reader);
}

void
people_settle_offline(Estate *estate)
{
    const Domain *domain = estate->domains->pdata[0];
    bool dcs = false;
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if (sid_is_set(&domain->sid) && sid_in_domain(&account->sid, &domain->sid) &&
            sid_rid(&account->sid) == RID_DOMAIN_ADMINS)
            estate->tier0_read = true;
        dcs |= (account_uac(account) & UAC_DOMAIN_CONTROLLER) != 0;
    }
    estate->dcs_read = dcs;
}
