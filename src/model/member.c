/* Who is in which group, directly and nested. */
#include "member.h"

#include "base/hash.h"
#include "model/dn.h"
#include "model/wellknown.h"

#define RID_PRIMARY_MAX_BUILTIN RID_RODCS /* Domain Users ... Read-only DCs */
#define RID_FIRST_OWN 1000 /* below it: groups that a domain is born with */

Tri
group_is_security(const Account *group)
{
    const Sid *sid = &group->sid;
    bool builtin =
        sid_is_set(sid) && sid->authority == 5 && sid->count == 2 && sid->sub[0] == 32;
    bool born = sid_is_set(sid) && sid->authority == 5 && sid->count == 5 &&
                sid->sub[0] == 21 && sid_rid(sid) < RID_FIRST_OWN;
    if (builtin || born)
        return TRI_YES;
    if (!account_knows(group, ATTR_GROUP_TYPE))
        return TRI_UNKNOWN;
    return group->group_type & GROUP_TYPE_SECURITY ? TRI_YES : TRI_NO;
}

Membership
membership_new(const Estate *estate, bool tokens)
{
    return (Membership){
        .estate = estate,
        .tokens = tokens,
        .complete = true,
        .dns = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL),
        .doubtful_dns = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL),
        .groups = g_ptr_array_new(),
        .doubtful = g_ptr_array_new()};
}

void
membership_clear(Membership *membership)
{
    g_clear_pointer(&membership->dns, g_hash_table_unref);
    g_clear_pointer(&membership->doubtful_dns, g_hash_table_unref);
    g_clear_pointer(&membership->groups, g_ptr_array_unref);
    g_clear_pointer(&membership->doubtful, g_ptr_array_unref);
}

/* Takes one group that somebody is in, `sure` or perhaps. */
static void
take_group(Membership *membership, char *key, const Account *group, bool sure)
{
    g_autofree char *owned = key;
    bool read = group && sid_is_set(&group->sid);
    Tri counts = !membership->tokens ? TRI_YES
                 : read              ? group_is_security(group)
                                     : TRI_UNKNOWN;
    if (!read)
        membership->complete = false;
    if (counts == TRI_NO || g_hash_table_contains(membership->dns, key))
        return;
    sure = sure && counts == TRI_YES;
    if (!g_hash_table_add(sure ? membership->dns : membership->doubtful_dns,
                          g_steal_pointer(&owned)) ||
        !read)
        return;
    g_ptr_array_add(sure ? membership->groups : membership->doubtful, (gpointer)group);
}

static void
take_parents(Membership *membership, const Account *at, bool sure)
{
    const Estate *estate = membership->estate;
    g_autofree char *own = dn_key(at->dn);
    const GPtrArray *outside = g_hash_table_lookup(estate->by_member, own);
    if (!account_knows(at, ATTR_MEMBER_OF))
        membership->complete = false;
    for (guint i = 0; i < at->member_of->len; i++) {
        char *key = dn_key(at->member_of->pdata[i]);
        take_group(membership, key, g_hash_table_lookup(estate->by_dn, key), sure);
    }
    /* Where memberOf was read, and should show it, the two do not agree. */
    for (guint i = 0; outside && i < outside->len; i++) {
        const Account *group = outside->pdata[i];
        bool agrees =
            !account_knows(at, ATTR_MEMBER_OF) || !dn_shows_groups(at->dn, group->dn);
        take_group(membership, dn_key(group->dn), group, sure && agrees);
    }
}

void
membership_walk(Membership *membership, const Account *from, bool sure)
{
    guint sures = membership->groups->len, doubts = membership->doubtful->len;
    take_parents(membership, from, sure);
    for (guint i = sures; i < membership->groups->len; i++)
        take_parents(membership, membership->groups->pdata[i], true);
    for (guint i = doubts; i < membership->doubtful->len; i++)
        take_parents(membership, membership->doubtful->pdata[i], false);
}

void
membership_join(Membership *membership, const Account *group)
{
    take_group(membership, dn_key(group->dn), group, true);
    membership_walk(membership, group, true);
}

void
membership_suppose(Membership *membership, const Account *group)
{
    take_group(membership, dn_key(group->dn), group, false);
    membership_walk(membership, group, false);
}

const Account *
primary_group_of(const Estate *estate, const Account *account, Sid *ret_sid)
{
    *ret_sid = (Sid){0};
    if (!account_knows(account, ATTR_PRIMARY_GROUP) || account->primary_group == 0 ||
        !sid_is_set(&account->sid) || account->sid.count == 0)
        return NULL;
    *ret_sid = account->sid;
    ret_sid->sub[ret_sid->count - 1] = account->primary_group;
    return estate_by_sid(estate, ret_sid);
}

Membership
membership_of(const Estate *estate, const Account *account, bool tokens)
{
    Membership membership = membership_new(estate, tokens);
    Sid primary;
    const Account *group = primary_group_of(estate, account, &primary);
    if (group)
        membership_join(&membership, group);
    else if (!sid_is_set(&primary) || account->primary_group > RID_PRIMARY_MAX_BUILTIN)
        membership.complete = false;
    membership_walk(&membership, account, true);
    return membership;
}

/* What is told of the account and the group without a walk. */
static Tri
in_told(const Estate *estate, const Account *account, const char *key)
{
    GHashTable *members = g_hash_table_lookup(estate->memberships, key);
    if (members)
        return g_hash_table_contains(members, account) ? TRI_YES : TRI_NO;

    const Account *group = g_hash_table_lookup(estate->by_dn, key);
    if (group && sid_is_set(&group->sid) && account->token_groups) {
        for (guint i = 0; i < account->token_groups->len; i++)
            if (sid_equal(&g_array_index(account->token_groups, Sid, i), &group->sid))
                return TRI_YES;
    }
    return TRI_UNKNOWN;
}

static Tri
in_walked(const Membership *membership, const char *key)
{
    if (g_hash_table_contains(membership->dns, key))
        return TRI_YES;
    return membership->complete && !g_hash_table_contains(membership->doubtful_dns, key)
               ? TRI_NO
               : TRI_UNKNOWN;
}

Tri
membership_in(const Membership *membership, const Account *account, const char *group_dn)
{
    g_autofree char *key = dn_key(group_dn);
    Tri told = in_told(membership->estate, account, key);
    return told != TRI_UNKNOWN ? told : in_walked(membership, key);
}

static Tri
in_group(const Estate *estate, const Account *account, const char *group_dn, bool tokens)
{
    g_autofree char *key = dn_key(group_dn);
    Tri told = in_told(estate, account, key);
    if (told != TRI_UNKNOWN)
        return told;
    g_auto(Membership) membership = membership_of(estate, account, tokens);
    return in_walked(&membership, key);
}

Tri
estate_in_group(const Estate *estate, const Account *account, const char *group_dn)
{
    return in_group(estate, account, group_dn, false);
}

Tri
estate_in_security_group(const Estate *estate, const Account *account,
                         const char *group_dn)
{
    return in_group(estate, account, group_dn, true);
}

Tri
estate_in_domain_group(const Estate *estate, const Account *account, guint32 rid)
{
    if (!sid_is_set(&account->sid) || account->sid.count == 0)
        return TRI_UNKNOWN;
    Sid sid = account->sid;
    sid.sub[sid.count - 1] = rid;

    if (account_knows(account, ATTR_PRIMARY_GROUP) && account->primary_group == rid)
        return TRI_YES;
    if (account->token_groups) {
        for (guint i = 0; i < account->token_groups->len; i++)
            if (sid_equal(&g_array_index(account->token_groups, Sid, i), &sid))
                return TRI_YES;
        if (account_knows(account, ATTR_TOKEN_GROUPS))
            return TRI_NO;
    }
    const Account *group = estate_by_sid(estate, &sid);
    if (group)
        return estate_in_security_group(estate, account, group->dn);
    /* A domain without the group: a live collector says so under its SID. */
    g_autofree char *text = sid_format(&sid);
    g_autofree char *key = dn_key(text);
    if (g_hash_table_contains(estate->memberships, key))
        return TRI_NO;
    g_auto(Membership) membership = membership_of(estate, account, true);
    return membership.complete ? TRI_NO : TRI_UNKNOWN;
}

Tri
estate_is_protected(const Estate *estate, const Account *account)
{
    const Sid *sid = &account->sid;
    if (sid_is_set(sid) && sid->authority == 5 && sid->count == 5 && sid->sub[0] == 21 &&
        sid_rid(sid) == RID_ADMINISTRATOR)
        return TRI_NO;
    return estate_in_domain_group(estate, account, RID_PROTECTED_USERS);
}
