#include "collect/people.h"

#include "base/text.h"
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
    live_ask_batches(live, QUERY_ACCOUNTS_BY_SID, "sids", wanted_sids(sids), live->tier0);
}

static void
ask_operators(Live *live)
{
    Reader *reader = live->reader;
    live_ask_batches(live, QUERY_OPERATORS, "names",
                     wanted_people(reader->plan->operator_users), NULL);
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
        if (members->direct && (!members->expanded || !jobs_complete(members->jobs)))
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
