/* Authentication policies and silos: nothing is known of them at first. */
#include "model/authnpolicy.h"

#include "base/hash.h"

AuthnPolicy *
authn_policy_new(void)
{
    AuthnPolicy *policy = g_new0(AuthnPolicy, 1);
    policy->enforced = TRI_UNKNOWN;
    for (AuthnType type = 0; type < AUTHN_TYPE_COUNT; type++)
        policy->read[AUTHN_TO][type] = policy->read[AUTHN_FROM][type] = TRI_UNKNOWN;
    return policy;
}

void
authn_policy_free(AuthnPolicy *policy)
{
    for (AuthnType type = 0; type < AUTHN_TYPE_COUNT; type++)
        for (AuthnEnd end = 0; end < AUTHN_END_COUNT; end++)
            g_clear_pointer(&policy->descriptors[end][type], g_bytes_unref);
    g_free(policy);
}

AuthnSilo *
authn_silo_new(void)
{
    AuthnSilo *silo = g_new0(AuthnSilo, 1);
    silo->enforced = silo->members_read = TRI_UNKNOWN;
    for (AuthnType type = 0; type < AUTHN_TYPE_COUNT; type++)
        silo->policy_read[type] = TRI_UNKNOWN;
    silo->members = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    return silo;
}

void
authn_silo_free(AuthnSilo *silo)
{
    g_hash_table_unref(silo->members);
    g_free(silo);
}
