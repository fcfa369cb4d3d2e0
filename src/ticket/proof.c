/* S4U2Self, then S4U2Proxy for each target, with a source's key. */
#include "ticket/proof.h"

#include "base/pool.h"
#include "base/text.h"
#include "context.h"
#include "krb.h"
#include "model/username.h"
#include "ticket/krberror.h"
#include "wire.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <string.h>

/* The source host, signed in by its key. */
typedef struct {
    Pool *pool;
    Wire *wire; /* borrowed: its thread's */
    krb5_context context;
    krb5_ccache ccache;       /* MEMORY: the host's TGT */
    krb5_principal principal; /* HV01$@CONTOSO.COM */
    krb5_ccache evidence;     /* MEMORY: the user's ticket to the host, or NULL */
    guint32 etypes;           /* offered; 0: as krb5.conf says */
    guint32 lacking;          /* of those, what the library leaves out */
    bool replied;
    guint32 ntstatus;
} Source;

static void
source_free(Source *source)
{
    if (source->evidence != NULL) {
        krb5_cc_destroy(source->context, source->evidence);
    }
    if (source->ccache != NULL) {
        krb5_cc_destroy(source->context, source->ccache);
    }
    wire_detach(source->wire, source->context);
    krb5_free_principal(source->context, source->principal);
    krb5_free_context(source->context);
    g_free(source);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Source, source_free)

void
proof_free(Proof *proof)
{
    if (proof == NULL) {
        return;
    }
    g_free(proof->host);
    g_free(proof->user);
    g_free(proof->self_error);
    g_ptr_array_unref(proof->results);
    g_free(proof);
}

/* "HV01$@CONTOSO.COM" */
static char *
host_principal(const char *host, const char *realm)
{
    return g_strdup_printf("%s%s@%s", host, g_str_has_suffix(host, "$") ? "" : "$",
                           realm);
}

bool
proof_has_key(const char *keytab, const char *host, const char *realm, bool *ret_has,
              GError **error)
{
    krb5_context context = NULL;
    krb5_keytab table = NULL;
    krb5_principal found = NULL;
    g_autofree char *name = host_principal(host, realm);

    if (!krb_context(&context, error)) {
        return false;
    }
    bool good = krb_keytab_open(context, keytab, &table, error);
    if (good) {
        good = krb_keytab_search(context, table, keytab, name, &found, error);
        krb5_kt_close(context, table);
    }
    if (good) {
        *ret_has = found != NULL;
    }
    krb5_free_principal(context, found);
    krb5_free_context(context);
    return good;
}

/* The NTSTATUS of a refusal, which libkrb5 does not hand on. */
static void
source_seen(krb5_context context, const krb5_data *reply, void *data)
{
    Source *source = data;

    source->replied = true;
    krb_reply_ntstatus(context, reply, &source->ntstatus);
}

static bool
source_is_wanted(void *data)
{
    const Source *source = data;

    return pool_is_wanted(source->pool);
}

static bool
source_login(Pool *pool, Wire *wire, const ProofOrder *order, Source **ret_source,
             GError **error)
{
    krb5_context context = NULL;
    krb5_keytab table = NULL;
    guint32 kvno = 0;
    gint64 expires_us = 0;
    const char *keytab = order->keytab;
    guint32 etypes = order->etypes;
    g_autofree char *name = host_principal(order->host, order->realm);

    if (!context_new(wire_kdcs(wire), &context, error)) {
        return false;
    }
    g_autoptr(Source) source = g_new0(Source, 1);
    source->pool = pool;
    source->wire = wire;
    source->context = context;
    source->etypes = etypes;
    if (!krb_offer(context, etypes, &source->lacking, error) ||
        !krb_keytab_open(context, keytab, &table, error)) {
        return false;
    }
    bool good =
        krb_keytab_find(context, table, keytab, name, &source->principal, &kvno, error) &&
        krb_keytab_login(context, table, keytab, source->principal, kvno, etypes,
                         &source->ccache, &expires_us, error);
    krb5_kt_close(context, table);
    if (!good) {
        return false;
    }
    const WireUser user = {source_seen, source_is_wanted, source};
    wire_attach(wire, context, &user);
    *ret_source = g_steal_pointer(&source);
    return true;
}

/* The credentials for `server` in a cache; for any krbtgt where NULL. */
static bool
cache_find(krb5_context context, krb5_ccache ccache, krb5_const_principal server,
           krb5_creds *ret_creds)
{
    krb5_cc_cursor cursor;
    krb5_creds creds;
    bool found = false;

    if (krb5_cc_start_seq_get(context, ccache, &cursor) != 0) {
        return false;
    }
    while (!found && krb5_cc_next_cred(context, ccache, &cursor, &creds) == 0) {
        found = server == NULL ? krb_is_tgt(creds.server, NULL)
                               : krb5_principal_compare(context, creds.server, server);
        if (found) {
            *ret_creds = creds;
        } else {
            krb5_free_cred_contents(context, &creds);
        }
    }
    krb5_cc_end_seq_get(context, ccache, &cursor);
    return found;
}

static bool
is_forwardable(krb5_context context, krb5_ccache ccache, krb5_const_principal server)
{
    krb5_creds creds;

    if (!cache_find(context, ccache, server, &creds)) {
        return false;
    }
    bool forwardable = (creds.ticket_flags & TKT_FLG_FORWARDABLE) != 0;
    krb5_free_cred_contents(context, &creds);
    return forwardable;
}

/* ---- S4U2Self ---- */

/* GSSAPI is the public way to S4U2Self: libkrb5's own call is not in krb5.h. */
static OM_uint32
impersonate(gss_cred_id_t host, const char *user, bool is_upn, gss_cred_id_t *ret_cred,
            OM_uint32 *ret_minor)
{
    gss_OID_set_desc krb5_only = {.count = 1, .elements = (gss_OID)gss_mech_krb5};
    gss_buffer_desc text = {.length = strlen(user), .value = (char *)user};
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 ignored = 0;
    /* A logon name with another suffix is a UPN, which only AD can resolve. */
    gss_OID type = is_upn ? (gss_OID)GSS_KRB5_NT_ENTERPRISE_NAME : GSS_C_NT_USER_NAME;
    OM_uint32 major = gss_import_name(ret_minor, &text, type, &name);

    if (GSS_ERROR(major)) {
        return major;
    }
    major = gss_acquire_cred_impersonate_name(ret_minor, host, name, GSS_C_INDEFINITE,
                                              &krb5_only, GSS_C_INITIATE, ret_cred, NULL,
                                              NULL);
    gss_release_name(&ignored, &name);
    return major;
}

/* The host's TGT as a GSSAPI credential.  From the cache by its name, never by
 * the environment. */
static OM_uint32
host_credential(const char *cache, gss_cred_id_t *ret_cred, OM_uint32 *ret_minor)
{
    gss_OID_set_desc krb5_only = {.count = 1, .elements = (gss_OID)gss_mech_krb5};
    gss_key_value_element_desc element = {.key = "ccache", .value = cache};
    gss_key_value_set_desc store = {.count = 1, .elements = &element};

    return gss_acquire_cred_from(ret_minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &krb5_only,
                                 GSS_C_INITIATE, &store, ret_cred, NULL, NULL);
}

/* A context of GSSAPI's own asks for the ticket; it takes the first of these. */
static OM_uint32
host_offer(gss_cred_id_t host, guint32 etypes, OM_uint32 *ret_minor)
{
    krb5_enctype list[KRB_ETYPES_MAX + 1];
    int count = krb_etypes(etypes, list);

    return count == 0
               ? GSS_S_COMPLETE
               : gss_krb5_set_allowable_enctypes(ret_minor, host, (OM_uint32)count, list);
}

/* The text of a krb5 minor status that GSSAPI kept for itself. */
static char *
gss_text(OM_uint32 minor)
{
    OM_uint32 more = 0;
    OM_uint32 ignored = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;

    if (GSS_ERROR(gss_display_status(&ignored, minor, GSS_C_MECH_CODE,
                                     (gss_OID)gss_mech_krb5, &more, &text))) {
        return g_strdup("S4U2Self failed");
    }
    char *copy = g_strndup(text.value, text.length);
    gss_release_buffer(&ignored, &text);
    return g_strdelimit(copy, "\r\n", ' ');
}

/* Fills the proof's self_*, and source->evidence.  Returns libkrb5's code. */
static krb5_error_code
prove_self(Source *source, bool is_upn, Proof *proof)
{
    gss_cred_id_t host = GSS_C_NO_CREDENTIAL;
    gss_cred_id_t impersonated = GSS_C_NO_CREDENTIAL;
    OM_uint32 minor = 0;
    OM_uint32 ignored = 0;
    char *cache = NULL;
    krb5_error_code code = krb5_cc_get_full_name(source->context, source->ccache, &cache);

    if (code != 0) {
        proof->self_error = krb_text(source->context, code);
        return code;
    }
    OM_uint32 major = host_credential(cache, &host, &minor);
    if (!GSS_ERROR(major)) {
        major = host_offer(host, source->etypes & ~source->lacking, &minor);
    }
    if (!GSS_ERROR(major)) {
        major = impersonate(host, proof->user, is_upn, &impersonated, &minor);
    }
    if (!GSS_ERROR(major) && (code = krb5_cc_new_unique(source->context, "MEMORY", NULL,
                                                        &source->evidence)) == 0) {
        major = gss_krb5_copy_ccache(&minor, impersonated, source->evidence);
    }
    krb5_free_string(source->context, cache);
    gss_release_cred(&ignored, &impersonated);
    gss_release_cred(&ignored, &host);
    if (GSS_ERROR(major)) {
        code = (krb5_error_code)minor;
        gint32 protocol = krb_protocol_code(code);
        const char *name = krberror_name(protocol);
        proof->self_error_code = MAX(protocol, 0);
        proof->self_error = name != NULL ? g_strdup(name) : gss_text(minor);
        return code;
    }
    if (code != 0) {
        proof->self_error = krb_text(source->context, code);
        return code;
    }
    proof->self_granted = true;
    proof->self_forwardable =
        is_forwardable(source->context, source->evidence, source->principal);
    return 0;
}

/* ---- S4U2Proxy ---- */

static krb5_error_code
prove_proxy(Source *source, const krb5_creds *evidence, const char *spn,
            const char *realm, TicketResult *result)
{
    /* MS-SFU 3.2.5.2: the host asks, the user's ticket goes along. */
    krb5_creds wanted = {.client = source->principal, .second_ticket = evidence->ticket};
    krb5_creds *got = NULL;
    gint64 began_us = g_get_monotonic_time();

    result->spn = g_strdup(spn);
    if (!krb_spn(source->context, spn, realm, &wanted.server)) {
        result->error = g_strdup("not an SPN: class/host is needed");
        return 0;
    }
    source->replied = false;
    source->ntstatus = 0;
    krb5_error_code code = krb5_get_credentials(
        source->context, KRB5_GC_CONSTRAINED_DELEGATION | KRB5_GC_NO_STORE,
        source->ccache, &wanted, &got);
    krb5_free_principal(source->context, wanted.server);
    result->ms = (double)(g_get_monotonic_time() - began_us) / 1000.0;
    krb_result_fill(source->context, code, got, source->replied, source->ntstatus,
                    result);
    if (wire_is_circle(source->wire, code)) {
        g_free(result->error);
        result->error = g_strdup(KRB_CIRCLE);
    }
    if (code == 0) {
        krb5_free_creds(source->context, got);
    }
    return code;
}

/* ---- the whole of it ---- */

/* What was asked for, and what came of it. */
typedef struct {
    char *keytab;
    char *host;
    char *realm;
    char *user;
    guint32 etypes;
    GPtrArray *spns; /* of char * */
    Proof *proof;
    GError *error; /* neither: not begun */
} Attempt;

static void
attempt_free(gpointer data)
{
    Attempt *attempt = data;

    if (attempt == NULL) {
        return;
    }
    g_free(attempt->keytab);
    g_free(attempt->host);
    g_free(attempt->realm);
    g_free(attempt->user);
    g_ptr_array_unref(attempt->spns);
    proof_free(attempt->proof);
    g_clear_error(&attempt->error);
    g_free(attempt);
}

static Proof *
proof_new(const Source *source, const Attempt *attempt, bool *ret_is_upn)
{
    const char *user = attempt->user;
    g_auto(UserName) name = username_of(user);
    Proof *proof = g_new0(Proof, 1);

    proof->host =
        g_strndup(source->principal->data[0].data, source->principal->data[0].length);
    *ret_is_upn = name.upn && !text_equal(name.domain, attempt->realm);
    proof->user =
        *ret_is_upn ? g_strdup(user) : g_strconcat(name.user, "@", attempt->realm, NULL);
    proof->results =
        g_ptr_array_new_full(attempt->spns->len, (GDestroyNotify)ticket_result_free);
    proof->lacking = source->lacking;
    proof->tgt_forwardable = is_forwardable(source->context, source->ccache, NULL);
    return proof;
}

/* S4U2Proxy to each; *ret_code is libkrb5's last one. */
static void
prove_each(Pool *pool, Source *source, const Attempt *attempt, Proof *proof,
           krb5_error_code *ret_code)
{
    krb5_creds evidence;

    if (!cache_find(source->context, source->evidence, source->principal, &evidence)) {
        return;
    }
    for (guint i = 0; i < attempt->spns->len && !wire_is_down(source->wire, *ret_code) &&
                      wire_turn(source->wire) && pool_step(pool);
         i++) {
        TicketResult *result = g_new0(TicketResult, 1);
        g_ptr_array_add(proof->results, result);
        *ret_code = prove_proxy(source, &evidence, attempt->spns->pdata[i],
                                attempt->realm, result);
    }
    krb5_free_cred_contents(source->context, &evidence);
}

/* Until libkrb5 or the KDC gives up; FAULT_UNREACHABLE ends all attempts. */
static bool
attempt_prove(Pool *pool, Attempt *attempt, Wire *wire, GError **error)
{
    g_autoptr(Source) source = NULL;
    bool is_upn = false;
    const ProofOrder order = {.keytab = attempt->keytab,
                              .host = attempt->host,
                              .realm = attempt->realm,
                              .etypes = attempt->etypes};

    if (!source_login(pool, wire, &order, &source, error)) {
        return false;
    }
    g_autoptr(Proof) proof = proof_new(source, attempt, &is_upn);
    if (!wire_turn(wire) || !pool_step(pool)) {
        return false;
    }
    krb5_error_code code = prove_self(source, is_upn, proof);
    if (krb_is_unreachable(code)) {
        return fault_set(error, FAULT_UNREACHABLE, "no KDC of %s answers: %s",
                         attempt->realm, proof->self_error);
    }
    if (code == 0) {
        prove_each(pool, source, attempt, proof, &code);
    }
    if (wire_is_down(wire, code)) {
        return fault_set(error, FAULT_UNREACHABLE,
                         "no KDC of %s answers any more: check the network and port 88",
                         attempt->realm);
    }
    if (proof->results->len < attempt->spns->len && !pool_is_wanted(pool)) {
        return false;
    }
    attempt->proof = g_steal_pointer(&proof);
    return true;
}

static void
attempt_run(Pool *pool, gpointer data, gpointer worker)
{
    Attempt *attempt = data;

    if (!wire_turn(worker) || !pool_step(pool)) {
        return;
    }
    attempt_prove(pool, attempt, worker, &attempt->error);
    pool_step(pool);
    if (g_error_matches(attempt->error, FAULT_ERROR, FAULT_UNREACHABLE)) {
        pool_stop(pool);
    }
}

static Attempt *
attempt_new(const ProofOrder *order)
{
    Attempt *attempt = g_new0(Attempt, 1);

    attempt->keytab = g_strdup(order->keytab);
    attempt->host = g_strdup(order->host);
    attempt->realm = g_strdup(order->realm);
    attempt->user = g_strdup(order->user);
    attempt->etypes = order->etypes;
    attempt->spns = g_ptr_array_new_full(order->count, g_free);
    for (guint i = 0; i < order->count; i++) {
        g_ptr_array_add(attempt->spns, g_strdup(order->spns[i]));
    }
    return attempt;
}

static void
outcome_free(gpointer data)
{
    ProofOutcome *outcome = data;

    proof_free(outcome->proof);
    g_clear_error(&outcome->error);
    g_free(outcome);
}

/* Why those have no outcome that were given up or not begun. */
static GError *
silence_of(const GPtrArray *attempts, const ProofPlan *plan, const char *realm)
{
    GError *error = NULL;

    for (guint i = 0; i < attempts->len; i++) {
        const Attempt *attempt = attempts->pdata[i];
        if (attempt != NULL &&
            g_error_matches(attempt->error, FAULT_ERROR, FAULT_UNREACHABLE)) {
            return g_error_copy(attempt->error);
        }
    }
    fault_set(&error, FAULT_UNREACHABLE, "the KDC of %s did not answer within %d s",
              realm, plan->timeout_s);
    return error;
}

static GPtrArray *
outcomes_of(const GPtrArray *attempts, const ProofPlan *plan, const char *realm)
{
    GPtrArray *outcomes = g_ptr_array_new_with_free_func(outcome_free);
    g_autoptr(GError) silence = silence_of(attempts, plan, realm);

    for (guint i = 0; i < attempts->len; i++) {
        Attempt *attempt = attempts->pdata[i];
        ProofOutcome *outcome = g_new0(ProofOutcome, 1);
        if (attempt != NULL) {
            outcome->proof = g_steal_pointer(&attempt->proof);
            outcome->error = g_steal_pointer(&attempt->error);
        }
        if (outcome->proof == NULL && outcome->error == NULL) {
            outcome->error = g_error_copy(silence);
        }
        g_ptr_array_add(outcomes, outcome);
    }
    return outcomes;
}

static void
wire_end(gpointer wire)
{
    wire_free(wire);
}

GPtrArray *
proof_run(const ProofPlan *plan, const ProofOrder *orders, guint count)
{
    g_autoptr(GPtrArray) attempts = g_ptr_array_new_with_free_func(attempt_free);
    g_autoptr(GPtrArray) wires = g_ptr_array_new();

    for (guint i = 0; i < count; i++) {
        g_ptr_array_add(attempts, attempt_new(&orders[i]));
    }
    for (guint i = 0; i < MIN(plan->workers, count); i++) {
        g_ptr_array_add(wires, wire_new(plan->kdcs));
    }
    const PoolPlan pool = {
        .work = attempt_run,
        .destroy = attempt_free,
        .workers = wires,
        .worker_free = wire_end,
        .timeout_s = plan->timeout_s > 0 ? plan->timeout_s + kdcs_slack_s(plan->kdcs) : 0,
        .progress = plan->progress,
        .data = plan->data};
    pool_run(&pool, attempts);
    return outcomes_of(attempts, plan, count > 0 ? orders[0].realm : "");
}
