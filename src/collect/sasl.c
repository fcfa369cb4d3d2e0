/* Steps through a SASL bind, as libldap's own loop ends early at any success. */
#include "sasl.h"

#include "base/limits.h"
#include "base/pool.h"
#include "libldap.h"

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
    int type = libldap.result(ldap, id, LDAP_MSG_ALL, &limit, ret_answer);
    if (type > 0 && *ret_answer)
        return LDAP_SUCCESS;
    if (type < 0)
        libldap.get_option(ldap, LDAP_OPT_RESULT_CODE, &result);
    return result == LDAP_SUCCESS ? LDAP_SERVER_DOWN : result;
}

/* What the client does for one answer, in a thread: a ticket for the DC is got here, for
 * which libkrb5 waits as long as it likes. */
typedef struct {
    SaslPlan plan;
    LDAPMessage *answer; /* to the step before; NULL: there was none */
    const char *open;    /* the mechanism, as long as its exchange goes on */
    int id;
    int result;
} Step;

static void
step_free(gpointer data)
{
    Step *step = data;
    g_clear_pointer(&step->answer, libldap.msgfree);
    g_free(step);
}

static void
step_leave(gpointer data)
{
    const Step *step = data;
    step->plan.close(step->plan.owner);
    step_free(data);
}

static void
step_run(Pool *pool, gpointer job, gpointer worker)
{
    Step *step = job;
    (void)pool, (void)worker;
    step->result = libldap.sasl_interactive_bind(
        step->plan.ldap, NULL, names[step->plan.mech], NULL, NULL, LDAP_SASL_QUIET,
        interact, NULL, step->answer, &step->open, &step->id);
    g_clear_pointer(&step->answer, libldap.msgfree);
}

int
sasl_bind(const SaslPlan *plan, bool *ret_done, bool *ret_left)
{
    Step *step = g_new0(Step, 1);
    int result = LDAP_OTHER;
    step->plan = *plan;
    *ret_done = *ret_left = false;
    for (guint round = 0; round < MOST_BIND_ROUNDS; round++) {
        if (!pool_run_one(step_run, step, step_leave, plan->timeout_s)) {
            *ret_left = true;
            return LDAP_TIMEOUT;
        }
        result = step->result;
        if (result != LDAP_SASL_BIND_IN_PROGRESS)
            break;
        guard_start(plan->guard, (gint64)plan->timeout_s * G_USEC_PER_SEC,
                    MOST_SMALL_BYTES);
        result = wait_answer(plan->ldap, plan->timeout_s, step->id, &step->answer);
        if (result != LDAP_SUCCESS)
            break;
        result = LDAP_SASL_BIND_IN_PROGRESS;
    }
    *ret_done = result == LDAP_SUCCESS && !step->open;
    step_free(step);
    return result;
}
