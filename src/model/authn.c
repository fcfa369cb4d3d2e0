/* Authentication policies and silos: which access check stands before an account. */
#include "model/authn.h"

#include "model/dn.h"
#include "model/secdesc.h"

#include <string.h>

#define RID_SYSTEM 18   /* S-1-5-18: nobody signs in as it, and no TGT has it */
#define LEVEL_2012_R2 6 /* domainControllerFunctionality: older DCs know no policies */

AuthnPolicy *
estate_add_authn_policy(Estate *estate, const char *dn)
{
    g_autofree char *key = dn_key(dn);
    AuthnPolicy *policy = g_hash_table_lookup(estate->authn_policies, key);
    if (policy)
        return policy;
    policy = authn_policy_new();
    policy->dn = estate_string(estate, dn);
    g_hash_table_insert(estate->authn_policies, g_steal_pointer(&key), policy);
    return policy;
}

AuthnSilo *
estate_add_authn_silo(Estate *estate, const char *dn)
{
    g_autofree char *key = dn_key(dn);
    AuthnSilo *silo = g_hash_table_lookup(estate->authn_silos, key);
    if (silo)
        return silo;
    silo = authn_silo_new();
    silo->dn = estate_string(estate, dn);
    g_hash_table_insert(estate->authn_silos, g_steal_pointer(&key), silo);
    return silo;
}

static const void *
find(GHashTable *table, const char *dn)
{
    g_autofree char *key = dn_key(dn);
    return g_hash_table_lookup(table, key);
}

static bool
silo_names(const AuthnSilo *silo, const Account *account)
{
    g_autofree char *key = dn_key(account->dn);
    return g_hash_table_contains(silo->members, key);
}

static AuthnType
type_of(const Account *account)
{
    return (account->kinds & KIND_MANAGED) != 0    ? AUTHN_SERVICE
           : (account->kinds & KIND_COMPUTER) != 0 ? AUTHN_COMPUTER
                                                   : AUTHN_USER;
}

static AuthnCheck
not_known(const AuthnPolicy *policy, const AuthnSilo *silo, const char *why)
{
    return (AuthnCheck){TRI_UNKNOWN, policy, silo, NULL, why};
}

/* Which of a policy's descriptors counts. */
typedef struct {
    AuthnEnd end;
    AuthnType type;
} Side;

static AuthnCheck
by_policy(const Estate *estate, const AuthnPolicy *policy, const AuthnSilo *silo,
          const Side *side)
{
    GBytes *descriptor = policy->descriptors[side->end][side->type];
    if (descriptor)
        return (AuthnCheck){TRI_YES, policy, silo, descriptor, NULL};
    if (policy->read[side->end][side->type] != TRI_YES)
        return not_known(policy, silo,
                         ESTATE_UNREAD(estate, "whom the authentication policy allows"));
    return (AuthnCheck){.applies = TRI_NO, .policy = policy, .silo = silo};
}

static AuthnCheck
by_silo(const Estate *estate, const AuthnSilo *silo, const Side *side)
{
    AuthnType type = side->type;
    const AuthnCheck nothing = {.applies = TRI_NO, .silo = silo};
    if (silo->enforced == TRI_NO)
        return nothing;
    if (!silo->policy[type] && silo->policy_read[type] == TRI_YES)
        return nothing;
    const AuthnPolicy *policy =
        silo->policy[type] ? find(estate->authn_policies, silo->policy[type]) : NULL;
    if (!policy)
        return not_known(
            NULL, silo,
            ESTATE_UNREAD(estate, "the policy of its authentication policy silo"));
    AuthnCheck check = by_policy(estate, policy, silo, side);
    return check.applies == TRI_YES && silo->enforced == TRI_UNKNOWN
               ? not_known(
                     policy, silo,
                     ESTATE_UNREAD(estate,
                                   "whether its authentication policy silo is enforced"))
               : check;
}

static AuthnCheck
by_assignment(const Estate *estate, const Account *target, const Side *side)
{
    const AuthnCheck nothing = {.applies = TRI_NO};
    if (!target->authn_policy)
        return nothing;
    const AuthnPolicy *policy = find(estate->authn_policies, target->authn_policy);
    if (!policy)
        return not_known(NULL, NULL, ESTATE_UNREAD(estate, "its authentication policy"));
    if (policy->enforced == TRI_NO)
        return (AuthnCheck){.applies = TRI_NO, .policy = policy};
    AuthnCheck check = by_policy(estate, policy, NULL, side);
    return check.applies == TRI_YES && policy->enforced == TRI_UNKNOWN
               ? not_known(policy, NULL,
                           ESTATE_UNREAD(estate,
                                         "whether its authentication policy is enforced"))
               : check;
}

bool
authn_any_enforced(const Estate *estate)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, estate->authn_policies);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (((const AuthnPolicy *)value)->enforced != TRI_NO)
            return true;
    g_hash_table_iter_init(&iter, estate->authn_silos);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (((const AuthnSilo *)value)->enforced != TRI_NO)
            return true;
    return false;
}

/* An export may lack the attributes: that is doubt only where some policy could apply. */
static bool
assignment_is_unread(const Estate *estate, const Account *target)
{
    bool unread = !account_knows(target, ATTR_AUTHN_POLICY) ||
                  !account_knows(target, ATTR_AUTHN_SILO);
    return unread && (!estate_is_export(estate) || authn_any_enforced(estate));
}

static AuthnCheck
check_as(const Estate *estate, const Account *target, const Side *side)
{
    if (!target->authn_silo)
        return by_assignment(estate, target, side);
    const AuthnSilo *silo = find(estate->authn_silos, target->authn_silo);
    if (!silo)
        return not_known(NULL, NULL,
                         ESTATE_UNREAD(estate, "its authentication policy silo"));
    if (silo_names(silo, target))
        return by_silo(estate, silo, side);
    if (silo->members_read == TRI_YES)
        return by_assignment(estate, target, side);
    return not_known(
        NULL, silo,
        ESTATE_UNREAD(estate, "the list of members of its authentication policy silo"));
}

static bool
is_same(const AuthnCheck *a, const AuthnCheck *b)
{
    return a->applies == b->applies && (a->descriptor == b->descriptor ||
                                        (a->descriptor && b->descriptor &&
                                         g_bytes_equal(a->descriptor, b->descriptor)));
}

static AuthnCheck
check_at(const Estate *estate, const Account *target, AuthnEnd end)
{
    const AuthnCheck nothing = {.applies = TRI_NO};
    if (estate->dc_level >= 0 && estate->dc_level < LEVEL_2012_R2)
        return nothing;
    if (assignment_is_unread(estate, target))
        return not_known(
            NULL, NULL,
            ESTATE_UNREAD(estate, "whether an authentication policy protects it"));
    const Side side = {end, type_of(target)}, machine = {end, AUTHN_COMPUTER};
    AuthnCheck check = check_as(estate, target, &side);
    if (side.type != AUTHN_SERVICE)
        return check;
    /* Managed accounts are services for MS-KILE 3.3.5.5, and computers for Samba: it does
     * not matter where both say the same. */
    AuthnCheck other = check_as(estate, target, &machine);
    return is_same(&check, &other)
               ? check
               : not_known(check.policy, check.silo,
                           "it is a managed account, which Windows takes for a service "
                           "and Samba for a computer, and the two are under different "
                           "authentication policies");
}

AuthnCheck
authn_check_of(const Estate *estate, const Account *target)
{
    return check_at(estate, target, AUTHN_TO);
}

AuthnCheck
authn_check_from(const Estate *estate, const Account *source)
{
    /* Computers may sign in from anywhere. */
    if (type_of(source) == AUTHN_COMPUTER)
        return (AuthnCheck){.applies = TRI_NO};
    return check_at(estate, source, AUTHN_FROM);
}

static bool
may_let_in(const Ace *ace)
{
    const Sid *sid = &ace->sid;
    bool system = sid->authority == 5 && sid->count == 1 && sid->sub[0] == RID_SYSTEM;
    return !ace_denies(ace) && !system;
}

bool
authn_from_nowhere(const AuthnCheck *check)
{
    gsize length = 0;
    const void *data =
        check->descriptor ? g_bytes_get_data(check->descriptor, &length) : NULL;
    g_autoptr(SecDesc) descriptor = NULL;
    if (!data || !secdesc_parse(data, length, &descriptor, NULL))
        return false;
    if (!sid_is_set(&descriptor->owner))
        return true;
    for (guint i = 0; i < descriptor->aces->len; i++)
        if (may_let_in(&g_array_index(descriptor->aces, Ace, i)))
            return false;
    return descriptor->dacl == DACL_LIST;
}
