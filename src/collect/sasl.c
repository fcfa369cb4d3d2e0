/* Steps through a SASL bind, as libldap's own loop ends early at any success. */
#include "sasl.h"

#include "base/limits.h"

#include <sasl/sasl.h>

static const char *const names[] = {[MECH_ANY] = "",
                                    [MECH_SPNEGO] = "GSS-SPNEGO",
                                    [MECH_GSSAPI] = "GSSAPI",
                                    [MECH_EXTERNAL] = "EXTERNAL"};

/* Nobody is asked anything: Kerberos and certificates need no answers. */
static int
interact(LDAP *ldap, unsigned flags, void *defaults, void *prompts)
{
    (void)ldap, (void)flags, (void)defaults;
    for (sasl_interact_t *prompt = prompts; prompt->id != SASL_CB_LIST_END; prompt++) {
        if (prompt->id != SASL_CB_USER && prompt->id != SASL_CB_AUTHNAME)
            return LDAP_PARAM_ERROR;
        prompt->result = "";
        prompt->len = 0;
    }
    return LDAP_SUCCESS;
}

/* The answer to one step; LDAP_SUCCESS where there is one. */
static int
wait_answer(LDAP *ldap, int timeout_s, int id, LDAPMessage **ret_answer)
{
    struct timeval limit = {.tv_sec = timeout_s};
    int result = LDAP_TIMEOUT;
    int type = ldap_result(ldap, id, LDAP_MSG_ALL, &limit, ret_answer);
    if (type > 0 && *ret_answer)
        return LDAP_SUCCESS;
    if (type < 0)
        ldap_get_option(ldap, LDAP_OPT_RESULT_CODE, &result);
    return result == LDAP_SUCCESS ? LDAP_SERVER_DOWN : result;
}

int
sasl_bind(LDAP *ldap, Guard *guard, int timeout_s, Mech mech, bool *ret_done)
{
    const char *open = NULL; /* the mechanism, as long as its exchange goes on */
    LDAPMessage *answer = NULL;
    int result = LDAP_OTHER, id = 0;
    for (guint round = 0; round < MOST_BIND_ROUNDS; round++) {
        result = ldap_sasl_interactive_bind(ldap, NULL, names[mech], NULL, NULL,
                                            LDAP_SASL_QUIET, interact, NULL, answer,
                                            &open, &id);
        g_clear_pointer(&answer, ldap_msgfree);
        if (result != LDAP_SASL_BIND_IN_PROGRESS)
            break;
        guard_start(guard, (gint64)timeout_s * G_USEC_PER_SEC, MOST_SMALL_BYTES);
        result = wait_answer(ldap, timeout_s, id, &answer);
        if (result != LDAP_SUCCESS)
            break;
        result = LDAP_SASL_BIND_IN_PROGRESS;
    }
    g_clear_pointer(&answer, ldap_msgfree);
    *ret_done = result == LDAP_SUCCESS && !open;
    return result;
}
