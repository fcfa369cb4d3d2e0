/* Who rules the domain, and who has long been gone. */
#include "base/text.h"
#include "member.h"
#include "model/estate.h"
#include "model/wellknown.h"

#define STALE_US (G_GINT64_CONSTANT(59) * 24 * 3600 * G_USEC_PER_SEC)

const guint32 tier0_groups[] = {RID_ENTERPRISE_RODCS,
                                RID_DOMAIN_ADMINS,
                                RID_DOMAIN_CONTROLLERS,
                                RID_CERT_PUBLISHERS,
                                RID_SCHEMA_ADMINS,
                                RID_ENTERPRISE_ADMINS,
                                RID_GPO_CREATORS,
                                RID_RODCS,
                                RID_KEY_ADMINS,
                                RID_ENTERPRISE_KEY_ADMINS,
                                0};

const guint32 tier0_builtin[] = {RID_ADMINISTRATORS,   RID_ACCOUNT_OPERATORS,
                                 RID_SERVER_OPERATORS, RID_PRINT_OPERATORS,
                                 RID_BACKUP_OPERATORS, 0};

static bool
is_in(guint32 rid, const guint32 *rids)
{
    while (*rids && *rids != rid)
        rids++;
    return *rids != 0;
}

bool
sid_is_tier0(const Sid *sid)
{
    guint32 rid = sid_rid(sid);
    if (sid_is_of_domain(sid))
        return rid == RID_ADMINISTRATOR || rid == RID_KRBTGT || is_in(rid, tier0_groups);
    Sid builtin = sid_builtin(rid);
    return sid_equal(sid, &builtin) && is_in(rid, tier0_builtin);
}

/* Of several domains each has one, with the same SID. */
static bool
is_in_builtin(const Membership *membership, const Account *account)
{
    const Estate *estate = membership->estate;
    for (guint i = 0; i < estate->builtins->len; i++) {
        const Account *group = estate->builtins->pdata[i];
        if (is_in(sid_rid(&group->sid), tier0_builtin) &&
            membership_in(membership, account, group->dn) == TRI_YES)
            return true;
    }
    return false;
}

/* A ticket holds the SIDs of sIDHistory, too: with one of a Tier-0 group of a domain that
 * was read, the account is in it. */
static bool
has_old_tier0(const Estate *estate, const Account *account)
{
    for (guint i = 0; i < account->sid_history->len; i++) {
        const Sid *sid = &g_array_index(account->sid_history, Sid, i);
        for (guint d = 0; d < estate->domains->len && sid_is_tier0(sid); d++) {
            const Domain *domain = estate->domains->pdata[d];
            if (sid_is_set(&domain->sid) && sid_in_domain(sid, &domain->sid))
                return true;
        }
    }
    return false;
}

static Tri
find_tier0(const Estate *estate, const Account *account)
{
    /* Who delegates to Entra's account becomes any user that is synchronized. */
    if (account_is_dc(account) == TRI_YES || account_is_entra_sso(account))
        return TRI_YES;
    if (!sid_is_of_domain(&account->sid))
        return TRI_UNKNOWN;
    if (sid_is_tier0(&account->sid) || is_in(account->primary_group, tier0_groups) ||
        has_old_tier0(estate, account))
        return TRI_YES;

    g_auto(Membership) membership = membership_of(estate, account, true);
    Tri found = account_knows(account, ATTR_UAC) ? TRI_NO : TRI_UNKNOWN;
    for (guint i = 0; tier0_groups[i]; i++) {
        Sid sid = account->sid;
        sid.sub[sid.count - 1] = tier0_groups[i];
        const Account *group = estate_by_sid(estate, &sid);
        if (!group)
            continue; /* not in this domain; tier0_read tells whether it was looked for */
        Tri in = membership_in(&membership, account, group->dn);
        if (in == TRI_YES)
            return TRI_YES;
        found = in == TRI_UNKNOWN ? TRI_UNKNOWN : found;
    }
    if (is_in_builtin(&membership, account))
        return TRI_YES;
    return found == TRI_NO && !estate->tier0_read ? TRI_UNKNOWN : found;
}

Tri
estate_is_tier0(const Estate *estate, const Account *account)
{
    guint8 *known = estate->tier0 ? &estate->tier0[account->number] : NULL;
    if (known && *known != 0)
        return (Tri)(*known - 1);
    Tri found = find_tier0(estate, account);
    if (known)
        *known = (guint8)(found + 1);
    return found;
}

Tri
estate_is_stale(const Estate *estate, const Account *account)
{
    if (!account_knows(account, ATTR_PASSWORD_SET) ||
        !account_knows(account, ATTR_LAST_LOGON))
        return TRI_UNKNOWN;
    /* Prepared, but never joined: nothing to be stale. */
    if (account->password_set_us == 0 && account->last_logon_us == 0)
        return TRI_NO;
    gint64 latest = MAX(account->password_set_us, account->last_logon_us);
    return estate->collected_us - latest > STALE_US ? TRI_YES : TRI_NO;
}
