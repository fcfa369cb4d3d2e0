/* Who rules the domain, and who has long been gone. */
#include "model/estate.h"

#define STALE_US (G_GINT64_CONSTANT(59) * 24 * 3600 * G_USEC_PER_SEC)

/* RIDs of accounts and groups of Tier 0 (MS-DTYP 2.4.2.4): enterprise RODCs,
 * Administrator, krbtgt, Domain Admins, DCs, Cert Publishers, Schema Admins,
 * Enterprise Admins, Group Policy Creator Owners, RODCs, Key Admins. */
static const guint32 tier0_rids[] = {498, 500, 502, 512, 516, 517,
                                     518, 519, 520, 521, 526, 527};

/* Builtin\Administrators, and Account, Server, Print and Backup Operators. */
static const guint32 tier0_builtin[] = {544, 548, 549, 550, 551};

static bool
rid_is_tier0(guint32 rid)
{
    for (guint i = 0; i < G_N_ELEMENTS(tier0_rids); i++)
        if (tier0_rids[i] == rid)
            return true;
    return false;
}

/* S-1-5-21-a-b-c-RID */
static bool
sid_is_of_domain(const Sid *sid)
{
    return sid_is_set(sid) && sid->authority == 5 && sid->count == 5 && sid->sub[0] == 21;
}

static Tri
in_builtin(const Estate *estate, const Account *account, guint32 rid)
{
    Sid sid = {.revision = 1, .count = 2, .authority = 5, .sub = {32, rid}};
    const Account *group = estate_by_sid(estate, &sid);
    Tri in = group ? estate_in_security_group(estate, account, group->dn) : TRI_UNKNOWN;
    /* Of several domains each has one, with the same SID. */
    for (guint i = 0;
         in != TRI_YES && estate->domains->len > 1 && i < estate->accounts->len; i++) {
        const Account *other = estate->accounts->pdata[i];
        if (other != group && (other->kinds & KIND_GROUP) != 0 &&
            sid_equal(&other->sid, &sid))
            in = estate_in_security_group(estate, account, other->dn);
    }
    return in;
}

Tri
estate_is_tier0(const Estate *estate, const Account *account)
{
    if (account->uac & (UAC_DOMAIN_CONTROLLER | UAC_RODC))
        return TRI_YES;
    if (!sid_is_of_domain(&account->sid))
        return TRI_UNKNOWN;
    if (rid_is_tier0(sid_rid(&account->sid)) || rid_is_tier0(account->primary_group))
        return TRI_YES;

    Tri found = account_knows(account, ATTR_UAC) ? TRI_NO : TRI_UNKNOWN;
    for (guint i = 0; i < G_N_ELEMENTS(tier0_rids); i++) {
        if (tier0_rids[i] == 500 || tier0_rids[i] == 502)
            continue;
        Sid sid = account->sid;
        sid.sub[sid.count - 1] = tier0_rids[i];
        const Account *group = estate_by_sid(estate, &sid);
        if (!group)
            continue; /* not in this domain; tier0_read tells whether it was looked for */
        Tri in = estate_in_security_group(estate, account, group->dn);
        if (in == TRI_YES)
            return TRI_YES;
        found = in == TRI_UNKNOWN ? TRI_UNKNOWN : found;
    }
    for (guint i = 0; i < G_N_ELEMENTS(tier0_builtin); i++) {
        Tri in = in_builtin(estate, account, tier0_builtin[i]);
        if (in == TRI_YES)
            return TRI_YES;
    }
    return found == TRI_NO && !estate->tier0_read ? TRI_UNKNOWN : found;
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
