/* Asks in a thread for a ticket-granting ticket of another realm: libkrb5 has no time-out
 * of ours for the KDCs that it asks on the way. */
#include "way.h"

#include "base/pool.h"
#include "krb.h"

#include <string.h>

/* Shared by the thread and by whoever waits for it; the last to leave frees it. */
typedef struct {
    char *cache, *to;
    GMutex lock;
    char *realm; /* under the lock */
    /* The thread's, until it is done. */
    bool waiting; /* for an answer */
    krb5_error_code code;
    char *text;
} Question;

void
way_clear(Way *way)
{
    g_free(way->realm);
    g_free(way->text);
}

static void
question_clear(gpointer data)
{
    Question *question = data;
    g_mutex_clear(&question->lock);
    g_free(question->cache);
    g_free(question->to);
    g_free(question->realm);
    g_free(question->text);
}

static void
question_leave(gpointer data)
{
    g_atomic_rc_box_release_full(data, question_clear);
}

static krb5_error_code
note_realm(krb5_context context, void *data, const krb5_data *realm,
           const krb5_data *message, krb5_data **ret_message, krb5_data **ret_reply)
{
    Question *question = data;
    (void)context, (void)message;
    *ret_message = NULL;
    *ret_reply = NULL;
    g_mutex_lock(&question->lock);
    g_free(question->realm);
    question->realm = g_strndup(realm->data, realm->length);
    g_mutex_unlock(&question->lock);
    question->waiting = true;
    return 0;
}

static krb5_error_code
note_reply(krb5_context context, void *data, krb5_error_code code, const krb5_data *realm,
           const krb5_data *message, const krb5_data *reply, krb5_data **ret_reply)
{
    Question *question = data;
    (void)context, (void)realm, (void)message;
    *ret_reply = NULL;
    question->waiting = code != 0 || !reply || !krb_is_reply(reply);
    return code;
}

static krb5_error_code
ask_with(krb5_context context, krb5_ccache ccache, const char *to)
{
    krb5_creds wanted = {0};
    krb5_creds *tgt = NULL;
    krb5_error_code code = krb5_cc_get_principal(context, ccache, &wanted.client);
    if (code == 0)
        code = krb5_build_principal(context, &wanted.server, (unsigned int)strlen(to), to,
                                    KRB5_TGS_NAME, to, (char *)NULL);
    if (code == 0)
        code = krb5_get_credentials(context, KRB5_GC_NO_STORE, ccache, &wanted, &tgt);
    if (code == 0)
        krb5_free_creds(context, tgt);
    krb5_free_principal(context, wanted.server);
    krb5_free_principal(context, wanted.client);
    return code;
}

static void
ask(Pool *pool, gpointer job, gpointer worker)
{
    Question *question = job;
    krb5_context context = NULL;
    krb5_ccache ccache = NULL;
    (void)pool, (void)worker;
    question->code = krb5_init_context(&context);
    if (question->code == 0) {
        krb5_set_kdc_send_hook(context, note_realm, question);
        krb5_set_kdc_recv_hook(context, note_reply, question);
        question->code = krb5_cc_resolve(context, question->cache, &ccache);
    }
    if (question->code == 0) {
        question->code = ask_with(context, ccache, question->to);
        krb5_cc_close(context, ccache);
    }
    if (krb_is_circle(question->code, question->waiting))
        question->text = g_strdup(KRB_CIRCLE);
    else if (question->code != 0)
        question->text = krb_text(context, question->code);
    krb5_free_context(context);
}

/* Garbage is no answer, and what libkrb5 says by itself after an answer is one. */
static bool
is_answer(const Question *question)
{
    bool given_up =
        question->code == KRB5_KDC_UNREACH || question->code == KRB5_REALM_UNKNOWN;
    return !krb_is_unreachable(question->code) || (given_up && !question->waiting);
}

void
way_find(const char *cache, const char *from, const char *to, int timeout_s, Way *ret_way)
{
    Question *question = g_atomic_rc_box_new0(Question);
    g_mutex_init(&question->lock);
    question->cache = g_strdup(cache);
    question->to = g_strdup(to);
    question->realm = g_strdup(from);
    bool done =
        pool_run_one(ask, g_atomic_rc_box_acquire(question), question_leave, timeout_s);
    *ret_way = (Way){.found = done && question->code == 0,
                     .answered = done && is_answer(question),
                     .text = done ? g_strdup(question->text) : NULL};
    g_mutex_lock(&question->lock);
    ret_way->realm = g_strdup(question->realm);
    g_mutex_unlock(&question->lock);
    if (done)
        question_leave(question); /* the job's */
    question_leave(question);
}
