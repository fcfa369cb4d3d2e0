/* What a KDC takes a source for. */
#include "model/token.h"

#include "member.h"
#include "model/dn.h"
#include "model/trust.h"
#include "model/wellknown.h"

#include <string.h>

/* Everyone, Authenticated Users, Authentication Authority Asserted Identity.  Not
 * Network (S-1-5-2), which Windows puts into no such token, nor Service Asserted
 * Identity (S-1-18-2): that is the user's. */
static const Sid everybody[] = {
    {.revision = 1, .count = 1, .authority = 1, .sub = {0}},
    {.revision = 1, .count = 1, .authority = 5, .sub = {11}},
    {.revision = 1, .count = 1, .authority = 18, .sub = {1}},
};

/* This Organization: no specification settles it.  Claims Valid: there where the KDC
 * supports claims.  The others: where the source signed in by a key or a certificate
 * (MS-DTYP 2.4.2.4). */
static const Sid perhaps[] = {
    {.revision = 1, .count = 1, .authority = 5, .sub = {15}},
    {.revision = 1, .count = 5, .authority = 5, .sub = {21, 0, 0, 0, RID_CLAIMS_VALID}},
    {.revision = 1, .count = 2, .authority = 5, .sub = {65, 1}},
    {.revision = 1, .count = 1, .authority = 18, .sub = {3}},
    {.revision = 1, .count = 1, .authority = 18, .sub = {4}},
    {.revision = 1, .count = 1, .authority = 18, .sub = {5}},
    {.revision = 1, .count = 1, .authority = 18, .sub = {6}},
};

/* Who owns the descriptor. */
static const Sid owner_rights = {.revision = 1, .count = 1, .authority = 3, .sub = {4}};

static const Sid enterprise_dcs = {.revision = 1, .count = 1, .authority = 5, .sub = {9}};

static const Sid network = {.revision = 1, .count = 1, .authority = 5, .sub = {2}};

struct Token {
    const Estate *estate;
    const Domain *home; /* of the account */
    const Domain *kdc;
    GHashTable *sids;        /* in it: owned Sid */
    GHashTable *doubtful;    /* perhaps in it; may hold some of the others, too */
    GHashTable *passed_over; /* of those: by MS-DTYP they are, but not for Samba */
    bool quarantined;     /* the KDC's domain lets SIDs of the account's own alone in */
    bool complete;        /* the account's own groups were all read */
    bool locals_complete; /* what Everyone and Authenticated Users are in was read */
    bool outside_read;    /* the KDC's domain shows its groups' members */
};

static void
add_sid(GHashTable *sids, const Sid *sid)
{
    g_hash_table_add(sids, g_memdup2(sid, sizeof *sid));
}

/* Domain Admins to Domain Computers, DCs, GPO creators, Protected Users: groups that
 * hold only accounts of their own domain (MS-DTYP 2.4.2.4). */
static bool
rid_is_global(guint32 rid)
{
    return (rid >= 512 && rid <= 516) || rid == 520 || rid == 525;
}

/* GROUP_TYPE_GLOBAL, _LOCAL or _UNIVERSAL; 0: not known.  `group` may be NULL. */
static guint32
scope_of(const Account *group, const Sid *sid)
{
    if (sid_is_builtin(sid))
        return GROUP_TYPE_LOCAL;
    guint32 scope = group && account_knows(group, ATTR_GROUP_TYPE)
                        ? group->group_type & (GROUP_TYPE_GLOBAL | GROUP_TYPE_LOCAL |
                                               GROUP_TYPE_UNIVERSAL)
                        : 0;
    if (scope != 0)
        return scope;
    return sid->count == 5 && rid_is_global(sid_rid(sid)) ? GROUP_TYPE_GLOBAL : 0;
}

static const Domain *
domain_of_sid(const Token *token, const Sid *sid)
{
    if (sid_is_builtin(sid))
        return token->kdc;
    for (guint i = 0; i < token->estate->domains->len; i++) {
        const Domain *domain = token->estate->domains->pdata[i];
        if (sid_is_set(&domain->sid) && sid_in_domain(sid, &domain->sid))
            return domain;
    }
    return NULL;
}

/* A domain of a forest may quarantine the trust with a child: of its tickets only SIDs of
 * the child pass (MS-PAC 4.1.2.2). */
static bool
is_quarantined(const Token *token)
{
    bool direct = false;
    if (!token->home || !token->kdc || token->home == token->kdc)
        return false;
    g_autoptr(GPtrArray) trusts =
        estate_trusts_within(token->estate, token->kdc, token->home, &direct);
    return direct && trust_flag(trusts->pdata[0], TRUST_QUARANTINED) == TRI_YES;
}

bool
token_filters(const Token *token, const Sid *sid)
{
    return token->quarantined && sid_is_of_domain(sid) &&
           !(sid_is_set(&token->home->sid) && sid_in_domain(sid, &token->home->sid));
}

/* SIDs of before it was moved: Windows' KDC puts them into the ticket, Samba's does
 * not. */
static void
add_old_sids(const Token *token, GHashTable *into, const Account *account)
{
    bool samba = estate_is_samba(token->estate);
    for (guint i = 0; i < account->sid_history->len; i++) {
        const Sid *sid = &g_array_index(account->sid_history, Sid, i);
        add_sid(samba || token_filters(token, sid) ? token->doubtful : into, sid);
    }
}

/* Whether a group of the account counts at the KDC: another domain's local groups
 * never leave it. */
static Tri
reaches(const Token *token, const Account *group, const Sid *sid, bool at_home)
{
    if (token->home == token->kdc)
        return TRI_YES;
    if (sid_is_builtin(sid))
        return at_home ? TRI_NO : TRI_YES;
    const Domain *domain =
        group ? estate_home_of(token->estate, group) : domain_of_sid(token, sid);
    guint32 scope = scope_of(group, sid);
    if (token_filters(token, sid) && scope != GROUP_TYPE_LOCAL)
        return TRI_UNKNOWN;
    if (domain == token->kdc)
        return TRI_YES;
    return scope == 0 ? TRI_UNKNOWN : scope == GROUP_TYPE_LOCAL ? TRI_NO : TRI_YES;
}

static void
take_groups(Token *token, const GPtrArray *groups, bool sure)
{
    for (guint i = 0; i < groups->len; i++) {
        const Account *group = groups->pdata[i];
        bool at_home = estate_home_of(token->estate, group) == token->home;
        Tri there = reaches(token, group, &group->sid, at_home);
        if (there == TRI_NO)
            continue;
        GHashTable *into = sure && there == TRI_YES ? token->sids : token->doubtful;
        add_sid(into, &group->sid);
        add_old_sids(token, into, group);
    }
}

/* What a DC of the account's own domain computed: security groups alone. */
static void
take_token_groups(Token *token, const Account *account)
{
    for (guint i = 0; i < account->token_groups->len; i++) {
        const Sid *sid = &g_array_index(account->token_groups, Sid, i);
        const Account *group =
            sid_is_builtin(sid) ? NULL : estate_by_sid(token->estate, sid);
        Tri there = reaches(token, group, sid, true);
        GHashTable *into = there == TRI_YES ? token->sids : token->doubtful;
        if (there == TRI_NO)
            continue;
        add_sid(into, sid);
        if (group)
            add_old_sids(token, into, group);
    }
}

static const Account *
foreign_of(const Token *token, const Sid *sid)
{
    for (guint i = 0; i < token->estate->foreigns->len; i++) {
        const Account *account = token->estate->foreigns->pdata[i];
        if (sid_equal(&account->sid, sid) &&
            estate_home_of(token->estate, account) == token->kdc)
            return account;
    }
    return NULL;
}

/* The groups of the KDC's domain that hold a well-known SID, by the entry that stands
 * for it there, or by their own lists of members. */
static void
walk_well_known(Membership *membership, const Token *token, const Sid *sid, bool sure)
{
    const Account *foreign = foreign_of(token, sid);
    if (foreign) {
        membership_walk(membership, foreign, sure);
        return;
    }
    if (!token->kdc)
        return;
    g_autofree char *text = sid_format(sid);
    g_autofree char *dn =
        g_strdup_printf("CN=%s,CN=ForeignSecurityPrincipals,%s", text, token->kdc->dn);
    g_autofree char *key = dn_key(dn);
    const GPtrArray *groups = g_hash_table_lookup(token->estate->by_member, key);
    for (guint i = 0; groups && i < groups->len; i++) {
        if (sure)
            membership_join(membership, groups->pdata[i]);
        else
            membership_suppose(membership, groups->pdata[i]);
    }
}

/* Whether the members of the KDC's domain's groups are in an export.  One with
 * Builtin\Users among them has its other groups, too. */
static bool
shows_members(const Token *token)
{
    for (guint i = 0; i < token->estate->builtins->len; i++) {
        const Account *group = token->estate->builtins->pdata[i];
        if (sid_rid(&group->sid) == RID_USERS &&
            estate_home_of(token->estate, group) == token->kdc)
            return account_knows(group, ATTR_MEMBER);
    }
    return false;
}

/* MS-DTYP 2.5.2.1.1: the KDC adds its local groups to the SIDs of the ticket. */
static void
take_locals(Token *token, guint32 uac)
{
    g_auto(Membership) membership = membership_new(token->estate, true);
    const Account *users = foreign_of(token, &everybody[1]);

    token->outside_read = shows_members(token);
    for (guint i = 0; i < G_N_ELEMENTS(everybody); i++)
        walk_well_known(&membership, token, &everybody[i], true);
    for (guint i = 0; i < G_N_ELEMENTS(perhaps); i++)
        walk_well_known(&membership, token, &perhaps[i], false);
    if (uac & (UAC_DOMAIN_CONTROLLER | UAC_RODC))
        walk_well_known(&membership, token, &enterprise_dcs, false);
    /* Samba's KDC looks for builtin groups alone. */
    for (guint i = 0; estate_is_samba(token->estate) && i < membership.groups->len;) {
        const Account *group = membership.groups->pdata[i];
        if (sid_is_builtin(&group->sid)) {
            i++;
            continue;
        }
        g_hash_table_add(token->passed_over, (gpointer)&group->sid);
        g_ptr_array_add(membership.doubtful, (gpointer)group);
        g_ptr_array_remove_index(membership.groups, i);
    }
    take_groups(token, membership.groups, true);
    take_groups(token, membership.doubtful, false);
    token->locals_complete =
        membership.complete &&
        (users ? account_knows(users, ATTR_MEMBER_OF) : token->outside_read);
}

static void
take_account(Token *token, const Account *account)
{
    Sid primary;
    token->complete = sid_is_set(&account->sid);
    if (token->complete)
        add_sid(token->sids, &account->sid);
    add_old_sids(token, token->sids, account);
    primary_group_of(token->estate, account, &primary);
    if (sid_is_set(&primary))
        add_sid(token->sids, &primary);
    bool computed = account->token_groups && account_knows(account, ATTR_TOKEN_GROUPS);
    if (account->token_groups)
        take_token_groups(token, account);
    if (computed && token->home == token->kdc)
        return;
    g_auto(Membership) membership = membership_of(token->estate, account, true);
    take_groups(token, membership.groups, true);
    take_groups(token, membership.doubtful, false);
    token->complete = token->complete && (computed || membership.complete);
}

/* What is in everybody's. */
static Token *
token_start(const Estate *estate, const Domain *home, const Domain *kdc, guint32 uac)
{
    Token *token = g_new0(Token, 1);
    token->estate = estate;
    token->home = home;
    token->kdc = kdc ? kdc : home;
    token->quarantined = is_quarantined(token);
    token->sids = g_hash_table_new_full(sid_hash, sid_equal, g_free, NULL);
    token->doubtful = g_hash_table_new_full(sid_hash, sid_equal, g_free, NULL);
    token->passed_over = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < G_N_ELEMENTS(everybody); i++)
        add_sid(token->sids, &everybody[i]);
    if (estate_is_samba(estate))
        add_sid(token->doubtful, &network);
    for (guint i = 0; i < G_N_ELEMENTS(perhaps); i++)
        add_sid(token->doubtful, &perhaps[i]);
    if (uac & (UAC_DOMAIN_CONTROLLER | UAC_RODC))
        add_sid(token->doubtful, &enterprise_dcs);
    return token;
}

Token *
token_new(const Estate *estate, const Account *account, const Domain *kdc)
{
    Token *token =
        token_start(estate, estate_home_of(estate, account), kdc, account->uac);
    take_account(token, account);
    take_locals(token, account->uac);
    return token;
}

void
token_free(Token *token)
{
    if (!token)
        return;
    g_hash_table_unref(token->sids);
    g_hash_table_unref(token->doubtful);
    g_hash_table_unref(token->passed_over);
    g_free(token);
}

/* Whether a SID may be a local group, which may hold Everyone.  `scope` 0: not known.
 * One of an export without any groupType is supposed to be the usual kind, and a SID
 * that nobody has is of an account that is gone. */
static bool
may_be_local(const Token *token, const Sid *sid, const Account *group, guint32 scope)
{
    const Estate *estate = token->estate;
    bool export = !estate->is_snapshot && strcmp(estate->source_kind, "ldif") == 0;
    if (scope != 0)
        return scope == GROUP_TYPE_LOCAL;
    if (domain_of_sid(token, sid) != token->home)
        return true;
    if (!group)
        return export && !estate->tier0_read;
    return !account_knows(group, ATTR_GROUP_TYPE);
}

/* A group that is in neither set: whether it can be missing from them. */
static Tri
may_have(const Token *token, const Sid *sid, const Account *group)
{
    const Domain *domain = domain_of_sid(token, sid);
    guint32 scope = scope_of(group, sid);
    bool local = may_be_local(token, sid, group, scope);
    bool may_be_global = scope != GROUP_TYPE_LOCAL;

    /* A forest that was not read, a SID of an old domain, or one that is gone. */
    if (!domain)
        return token->complete ? TRI_NO : TRI_UNKNOWN;
    if (domain == token->kdc && local && !token->locals_complete)
        return TRI_UNKNOWN;
    if (domain == token->home)
        return token->complete || (domain != token->kdc && !may_be_global) ? TRI_NO
                                                                           : TRI_UNKNOWN;
    /* Global groups hold their own domain's accounts alone, and local ones are for
     * their own KDCs.  Others show who of elsewhere is in them by their own lists. */
    if (scope == GROUP_TYPE_GLOBAL || (scope == GROUP_TYPE_LOCAL && domain != token->kdc))
        return TRI_NO;
    return domain == token->kdc && token->outside_read && token->complete ? TRI_NO
                                                                          : TRI_UNKNOWN;
}

Tri
token_has(const Token *token, const Sid *sid)
{
    if (g_hash_table_contains(token->sids, sid))
        return TRI_YES;
    if (g_hash_table_contains(token->doubtful, sid))
        return TRI_UNKNOWN;
    bool of_domain = sid->authority == 5 && sid->count == 5 && sid->sub[0] == 21;
    if (!of_domain && !sid_is_builtin(sid))
        return TRI_NO; /* every other well-known SID */
    const Account *account =
        sid_is_builtin(sid) ? NULL : estate_bearer(token->estate, sid);
    if (account && account->kinds != 0 &&
        ((account->kinds & KIND_GROUP) == 0 || group_is_security(account) == TRI_NO))
        return TRI_NO;
    return may_have(token, sid, account);
}

bool
token_passes_over(const Token *token, const Sid *sid)
{
    return g_hash_table_contains(token->passed_over, sid);
}

GHashTable *
token_sids(const Token *token)
{
    return token->sids;
}

GHashTable *
token_doubtful(const Token *token)
{
    return token->doubtful;
}

bool
token_is_complete(const Token *token)
{
    return token->complete;
}

void
token_add_everybody(GHashTable *sids)
{
    for (guint i = 0; i < G_N_ELEMENTS(everybody); i++)
        g_hash_table_add(sids, (gpointer)&everybody[i]);
}

Tri
token_of_anybody(const Estate *estate, const Domain *kdc, const Sid *sid)
{
    const guint32 uac = UAC_DOMAIN_CONTROLLER; /* what a DC has, somebody has */
    g_autoptr(Token) token = token_start(estate, kdc, kdc, uac);
    if (sid_equal(sid, &owner_rights))
        return TRI_UNKNOWN;
    if (!sid_is_builtin(sid))
        return token_has(token, sid);
    token->complete = true;
    take_locals(token, uac);
    /* Else of whoever is in it. */
    return token_has(token, sid) == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

GHashTable *
estate_token(const Estate *estate, const Account *account, bool *ret_complete)
{
    g_autoptr(Token) token = token_new(estate, account, NULL);
    *ret_complete = token->complete;
    return g_hash_table_ref(token->sids);
}
