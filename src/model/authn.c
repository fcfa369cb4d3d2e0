/* Authentication policies and silos: which access check stands before an account. */
#include "model/authn.h"

#include "model/dn.h"

#include <string.h>

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

static AuthnCheck
by_policy(const Estate *estate, const AuthnPolicy *policy, const AuthnSilo *silo,
          AuthnType type)
{
    if (policy->to[type])
        return (AuthnCheck){TRI_YES, policy, silo, policy->to[type], NULL};
    if (policy->to_read[type] != TRI_YES)
        return not_known(policy, silo,
                         ESTATE_UNREAD(estate, "whom the authentication policy allows"));
    return (AuthnCheck){.applies = TRI_NO, .policy = policy, .silo = silo};
}

static AuthnCheck
by_silo(const Estate *estate, const AuthnSilo *silo, AuthnType type)
{
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
    AuthnCheck check = by_policy(estate, policy, silo, type);
    return check.applies == TRI_YES && silo->enforced == TRI_UNKNOWN
               ? not_known(
                     policy, silo,
                     ESTATE_UNREAD(estate,
                                   "whether its authentication policy silo is enforced"))
               : check;
}

static AuthnCheck
by_assignment(const Estate *estate, const Account *target, AuthnType type)
{
    const AuthnCheck nothing = {.applies = TRI_NO};
    if (!target->authn_policy)
        return nothing;
    const AuthnPolicy *policy = find(estate->authn_policies, target->authn_policy);
    if (!policy)
        return not_known(NULL, NULL, ESTATE_UNREAD(estate, "its authentication policy"));
    if (policy->enforced == TRI_NO)
        return (AuthnCheck){.applies = TRI_NO, .policy = policy};
    AuthnCheck check = by_policy(estate, policy, NULL, type);
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
check_as(const Estate *estate, const Account *target, AuthnType type)
{
    if (!target->authn_silo)
        return by_assignment(estate, target, type);
    const AuthnSilo *silo = find(estate->authn_silos, target->authn_silo);
    if (!silo)
        return not_known(NULL, NULL,
                         ESTATE_UNREAD(estate, "its authentication policy silo"));
    if (silo_names(silo, target))
        return by_silo(estate, silo, type);
    if (silo->members_read == TRI_YES)
        return by_assignment(estate, target, type);
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

AuthnCheck
authn_check_of(const Estate *estate, const Account *target)
{
    const AuthnCheck nothing = {.applies = TRI_NO};
    if (estate->dc_level >= 0 && estate->dc_level < LEVEL_2012_R2)
        return nothing;
    if (assignment_is_unread(estate, target))
        return not_known(
            NULL, NULL,
            ESTATE_UNREAD(estate, "whether an authentication policy protects it"));
    AuthnType type = type_of(target);
    AuthnCheck check = check_as(estate, target, type);
    if (type != AUTHN_SERVICE)
        return check;
    /* Managed accounts are services for MS-KILE 3.3.5.5, and computers for Samba: it does
     * not matter where both say the same. */
    AuthnCheck other = check_as(estate, target, AUTHN_COMPUTER);
    return is_same(&check, &other)
               ? check
               : not_known(check.policy, check.silo,
                           "it is a managed account, which Windows takes for a service "
                           "and Samba for a computer, and the two are under different "
                           "authentication policies");
}
