/* What to set for a ticket to an SPN that somebody wrote: where no pair of hosts asks for
 * it, no script knows what is meant, and words say it. */
#include "render/explain.h"

static const char *const advice[WHAT_COUNT] = {
    [WHAT_SPN] =
        "Let exactly one account hold %1: the one that the service runs as "
        "(setspn -Q tells who does, setspn -S registers it, setspn -D removes it).",
    [WHAT_FOREST] = "Delegation from another forest cannot be set up here alone: see the "
                    "condition.",
    [WHAT_TARGET_ENABLED] = "Enable the account %3, or move %1 to the account that "
                            "the service runs as.",
    [WHAT_ETYPES] = "Let %2 and %3 share an encryption type, AES if possible "
                    "(msDS-SupportedEncryptionTypes; then change the password).",
    [WHAT_POLICY] = "Let the authentication policy of %3 allow %2.",
    [WHAT_SOURCE_ENABLED] = "Enable the account %2, or let the service run as another.",
    [WHAT_SOURCE_TGT] = "Let %2 get a TGT of its own: see the condition.",
    [WHAT_SOURCE_SPN] = "Register an SPN on %2: without one no KDC lets it delegate.",
    [WHAT_SOURCE_DELEGABLE] =
        "Clear \"Account is sensitive and cannot be delegated\" on %2.",
    [WHAT_SOURCE_UNPROTECTED] = "Take %2 out of Protected Users.",
    [WHAT_SOURCE_DATA] = "Clear NO_AUTH_DATA_REQUIRED of userAccountControl on %2.",
    [WHAT_TRANSITION] =
        "Only if users reach %2 without Kerberos (by a form, a certificate, NTLM): set "
        "\"Use any authentication protocol\" on its Delegation tab (T2A4D).",
    [WHAT_KRBTGT] = "Clear \"Account is sensitive and cannot be delegated\" on krbtgt.",
};

/* The sentence with %1 for the SPN, %2 for the source and %3 for the target. */
static char *
filled(const char *sentence, const Pair *pair)
{
    const char *const values[] = {explain_written(pair), pair->source->name,
                                  pair->target->name};
    GString *out = g_string_new(NULL);

    for (const char *at = sentence; *at; at++) {
        if (at[0] == '%' && at[1] >= '1' && at[1] <= '3') {
            g_string_append(out, values[at[1] - '1']);
            at++;
        } else {
            g_string_append_c(out, *at);
        }
    }
    return g_string_free(out, FALSE);
}

/* Whether no way of delegation is taken, and none may be there unread. */
static bool
lacks_way(const Pair *pair)
{
    const ServiceVerdict *service = &pair->services[0];

    return service->by == 0 && !service->unread;
}

static bool
is_local(const Explanation *e)
{
    const Estate *estate = e->report->audit->estate;

    return estate_domain_of(estate, e->pair->source->dn) ==
           estate_domain_of(estate, e->pair->target->dn);
}

void
explain_spn_advice(const Explanation *e, GPtrArray *into)
{
    const Pair *pair = e->pair;

    for (guint i = 0; i < e->conditions->all->len; i++) {
        const Condition *condition = e->conditions->all->pdata[i];

        if (condition->state == CONDITION_FAIL && condition->decides &&
            advice[condition->what])
            g_ptr_array_add(into, filled(advice[condition->what], pair));
    }
    if (!lacks_way(pair))
        return;
    g_ptr_array_add(
        into,
        filled(is_local(e)
                   ? "Let %2 delegate to %1, if that is wanted: add it to the list on "
                     "its Delegation tab (msDS-AllowedToDelegateTo), or name %2 in "
                     "PrincipalsAllowedToDelegateToAccount of %3 (RBCD)."
                   : "Let %2 act on %3, if that is wanted: name it in "
                     "PrincipalsAllowedToDelegateToAccount of %3 (RBCD). A list "
                     "does not reach into another domain.",
               pair));
}
