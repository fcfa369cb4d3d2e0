/* --prove-as, --prove-keytab: delegation done for real, as evidence. */
#include "cli/cli.h"

#include "base/fault.h"
#include "base/text.h"
#include "model/flags.h"
#include "model/username.h"
#include "progress.h"
#include "shard.h"
#include "ticket/krberror.h"
#include "ticket/probe.h"
#include "ticket/proof.h"

#include <string.h>

/* "alice" or "alice@contoso.com" of what was given; "CONTOSO\alice" becomes
 * "alice" in the domain of that name (transfer full). */
static char *
settle_user(const Estate *estate, const char *given, GError **error)
{
    g_auto(UserName) name = username_of(given);
    if (*name.user && (!name.domain || name.upn))
        return g_strdup(given);
    for (guint i = 0; *name.user && i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        if (username_names(&name, domain) && domain->dns)
            return g_strconcat(name.user, "@", domain->dns, NULL);
    }
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, given);
    fault_set(error, FAULT_CONFIG,
              "--prove-as %s names no user of the domain; write alice, CONTOSO\\alice or "
              "alice@contoso.com",
              shown);
    return NULL;
}

/* The Kerberos realm of an account (transfer full); NULL: not known. */
static char *
realm_of(const Estate *estate, const Account *account)
{
    const Domain *domain = estate_domain_of(estate, account->dn);
    if (domain && domain->dns)
        return g_ascii_strup(domain->dns, -1);
    return g_strdup(estate->realm);
}

/* What a Windows host offers that nobody told otherwise. */
#define ETYPES_USUAL (ETYPE_BIT_RC4 | ETYPE_BITS_AES)

/* The encryption types that the host itself offers a KDC: its own, not those of the
 * machine that asks in its name.  A blank attribute limits what others may send to the
 * host, not the host. */
static guint32
offered_by(const Account *host)
{
    if (!account_knows(host, ATTR_ETYPES))
        return ETYPES_USUAL;
    if (account_flag(host, UAC_DES_ONLY) == TRI_YES)
        return ETYPE_BITS_DES;
    return (host->etypes & ETYPE_BITS) == 0 ? ETYPES_USUAL : host->etypes & ETYPE_BITS;
}

static const char *
sam_of(const Account *host)
{
    return host->sam ? host->sam : host->name;
}

static ProofEvidence *
proof_evidence(const Account *source, const Proof *proof)
{
    ProofEvidence *evidence = g_new0(ProofEvidence, 1);
    evidence->source = source;
    evidence->user = proof->user;
    evidence->lacking = proof->lacking;
    evidence->tgt_forwardable = proof->tgt_forwardable;
    evidence->self_granted = proof->self_granted;
    evidence->self_forwardable = proof->self_forwardable;
    evidence->self_error_code = proof->self_error_code;
    evidence->self_error = proof->self_error;
    evidence->self_meaning =
        proof->self_error_code > 0 ? krberror_meaning(proof->self_error_code) : NULL;
    evidence->results = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < proof->results->len; i++)
        g_ptr_array_add(evidence->results, session_evidence(proof->results->pdata[i]));
    return evidence;
}

/* ---- test tickets, asked again as a host ---- */

/* The key of `source` is there (false also where the keytab cannot be read). */
static bool
has_key_of(const Session *session, const Account *source, const char *realm)
{
    bool has_key = false;
    return realm &&
           proof_has_key(session->options->prove_keytab, sam_of(source), realm, &has_key,
                         NULL) &&
           has_key;
}

/* The SPNs of the source's targets, WinRM's too (set of const char *; transfer full). */
static GHashTable *
spns_towards(const Audit *audit, const Account *source)
{
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = audit->pairs->pdata[i];
        const Host *host = g_hash_table_lookup(audit->host_by_account, pair->target);
        for (guint s = 0; pair->source == source && host && s < host->spns->len; s++)
            g_hash_table_add(set,
                             (gpointer)((const SpnStatus *)host->spns->pdata[s])->spn);
    }
    return set;
}

/* The refused ones that this source needs and that no host asked for yet (places, of
 * guint; transfer full). */
static GArray *
refused_to(const Audit *audit, const Account *source, const GPtrArray *evidence)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GHashTable) set = spns_towards(audit, source);
    for (guint i = 0; i < evidence->len; i++) {
        const TicketEvidence *ticket = evidence->pdata[i];
        if (ticket->answered && !ticket->granted && !ticket->asker &&
            g_hash_table_contains(set, ticket->spn))
            g_array_append_val(places, i);
    }
    return places;
}

/* What the KDC answers the host (of TicketResult *, in their order; transfer full);
 * NULL: it could not be asked. */
static GPtrArray *
ask_as(const Session *session, const Account *source, const char *realm,
       const GPtrArray *spns)
{
    const Options *options = session->options;
    g_autoptr(Credentials) credentials = NULL;
    GPtrArray *answers = NULL;
    g_autofree char *principal = g_strdup_printf("%s@%s", sam_of(source), realm);
    if (credentials_from_keytab(options->prove_keytab, principal, offered_by(source),
                                options->timeout_s, &credentials, NULL))
        probe_tickets(credentials, session->kdcs, session->estate->realm,
                      (const char *const *)spns->pdata, spns->len, 1, options->timeout_s,
                      NULL, NULL, &answers, NULL);
    return answers;
}

static void
ask_again_as(const Session *session, const Audit *audit, const Account *source,
             GPtrArray *results, GPtrArray *evidence)
{
    g_autofree char *realm = realm_of(session->estate, source);
    g_autoptr(GArray) places = refused_to(audit, source, evidence);
    g_autoptr(GPtrArray) spns = g_ptr_array_new();
    for (guint i = 0; i < places->len; i++) {
        guint place = g_array_index(places, guint, i);
        g_ptr_array_add(spns, (gpointer)((TicketEvidence *)evidence->pdata[place])->spn);
    }
    if (spns->len == 0 || !has_key_of(session, source, realm))
        return;
    g_autoptr(GPtrArray) answers = ask_as(session, source, realm, spns);
    for (guint i = 0; answers && i < answers->len; i++) {
        guint place = g_array_index(places, guint, i);
        TicketResult *answer = answers->pdata[i];
        if (!answer->answered)
            continue;
        TicketEvidence *told = session_evidence(answer);
        told->asker = source;
        g_free(evidence->pdata[place]);
        evidence->pdata[place] = told;
        ticket_result_free(results->pdata[place]);
        results->pdata[place] = g_steal_pointer(&answers->pdata[i]);
    }
}

/* Who delegates beside the hosts, and whose key is there: only of hosts was it promised
 * (transfer container). */
static void
add_sources_of_edges(const Session *session, const Audit *audit, GPtrArray *sources)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < sources->len; i++)
        g_hash_table_add(seen, sources->pdata[i]);
    for (guint e = 0; e < audit->edges->len; e++) {
        const Edge *edge = audit->edges->pdata[e];
        for (guint i = 0; i < edge->own->len; i++) {
            const Account *source = ((const Pair *)edge->own->pdata[i])->source;
            if (!g_hash_table_add(seen, (gpointer)source))
                continue;
            g_autofree char *realm = realm_of(session->estate, source);
            if (has_key_of(session, source, realm))
                g_ptr_array_add(sources, (gpointer)source);
        }
    }
}

/* The sources of the pairs, by name (transfer container). */
static GPtrArray *
sources_of(const Audit *audit)
{
    GPtrArray *sources = g_ptr_array_new();
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Account *source = ((const Pair *)audit->pairs->pdata[i])->source;
        if (sources->len == 0 || sources->pdata[sources->len - 1] != source)
            g_ptr_array_add(sources, (gpointer)source);
    }
    return sources;
}

void
session_ask_again(const Session *session, const Audit *audit, GPtrArray *results,
                  GPtrArray *evidence)
{
    if (!session->options->prove_keytab)
        return;
    g_autoptr(GPtrArray) sources = sources_of(audit);
    for (guint i = 0; i < sources->len; i++)
        ask_again_as(session, audit, sources->pdata[i], results, evidence);
}

/* ---- delegation ---- */

/* What a run of proofs works with. */
typedef struct {
    const Session *session;
    Audit *audit;
    char *user;
    GPtrArray *proofs;   /* of Proof * */
    GPtrArray *evidence; /* of ProofEvidence * */
    GPtrArray *asked;    /* of Asked *: sources whose key is there */
    guint done;          /* of these, in realms before */
} Prover;

/* One source, and what it is to ask for. */
typedef struct {
    const Account *source;
    char *realm;
    GPtrArray *spns;
    bool done;
} Asked;

static void
asked_free(gpointer data)
{
    Asked *asked = data;
    g_free(asked->realm);
    g_ptr_array_unref(asked->spns);
    g_free(asked);
}

static void
prover_clear(Prover *prover)
{
    g_free(prover->user);
    g_clear_pointer(&prover->asked, g_ptr_array_unref);
    g_clear_pointer(&prover->proofs, g_ptr_array_unref);
    g_clear_pointer(&prover->evidence, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Prover, prover_clear)

/* Never silently: what was not proved is said, per source. */
static void
say_not_proved(Prover *prover, const Account *source, const char *why)
{
    g_autofree char *what = g_strdup_printf("delegation from %s", source->name);
    g_autofree char *text = g_strdup_printf("not proved: %s", why);
    audit_add_gap(prover->audit, what, text);
}

/* A request that no KDC answered. */
static void
say_unanswered(Prover *prover, const Account *source, const Proof *proof)
{
    for (guint i = 0; i < proof->results->len; i++) {
        const TicketResult *result = proof->results->pdata[i];
        if (result->granted || result->answered)
            continue;
        g_autofree char *what =
            g_strdup_printf("delegation from %s to %s", source->name, result->spn);
        g_autofree char *why = g_strdup_printf("not proved: %s", result->error);
        audit_add_gap(prover->audit, what, why);
    }
}

static void
take_outcome(Prover *prover, const Account *source, ProofOutcome *outcome)
{
    if (outcome->error) {
        say_not_proved(prover, source, outcome->error->message);
        if (g_error_matches(outcome->error, FAULT_ERROR, FAULT_UNREACHABLE))
            audit_add_silence(prover->audit, source, outcome->error->message);
        return;
    }
    Proof *proof = g_steal_pointer(&outcome->proof);
    g_ptr_array_add(prover->proofs, proof);
    g_ptr_array_add(prover->evidence, proof_evidence(source, proof));
    say_unanswered(prover, source, proof);
}

static void
tell_proofs(guint done, void *data)
{
    const Prover *prover = data;
    progress_of("proofs", prover->done + done, prover->asked->len);
}

/* The sources of a realm, as many at a time as there are jobs. */
static void
prove_realm(Prover *prover, const char *realm)
{
    const Options *options = prover->session->options;
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    g_autoptr(GArray) orders = g_array_new(FALSE, TRUE, sizeof(ProofOrder));
    for (guint i = 0; i < prover->asked->len; i++) {
        Asked *asked = prover->asked->pdata[i];
        if (strcmp(asked->realm, realm) != 0)
            continue;
        const ProofOrder order = {
            .keytab = options->prove_keytab,
            .host = sam_of(asked->source),
            .realm = realm,
            .user = prover->user,
            .spns = (const char *const *)asked->spns->pdata,
            .count = asked->spns->len,
            .etypes = offered_by(asked->source),
        };
        asked->done = true;
        g_ptr_array_add(chosen, asked);
        g_array_append_val(orders, order);
    }
    const ProofPlan plan = {.kdcs = prover->session->kdcs,
                            .workers = (guint)options->jobs,
                            .timeout_s = options->timeout_s,
                            .progress = tell_proofs,
                            .data = prover};
    g_autoptr(GPtrArray) outcomes =
        proof_run(&plan, (const ProofOrder *)(void *)orders->data, orders->len);
    for (guint i = 0; i < chosen->len; i++)
        take_outcome(prover, ((const Asked *)chosen->pdata[i])->source,
                     outcomes->pdata[i]);
    prover->done += chosen->len;
}

/* One source: to be proved where its key is there, else said not to be. */
static bool
visit_source(Prover *prover, const Account *source, GError **error)
{
    const char *keytab = prover->session->options->prove_keytab;
    g_autofree char *realm = realm_of(prover->session->estate, source);
    bool has_key = false;
    if (realm && !proof_has_key(keytab, sam_of(source), realm, &has_key, error))
        return false;
    if (!has_key) {
        g_autofree char *why = g_strdup_printf("needs %s's key", source->name);
        say_not_proved(prover, source, why);
        return true;
    }
    Asked *asked = g_new0(Asked, 1);
    asked->source = source;
    asked->realm = g_steal_pointer(&realm);
    asked->spns = audit_wanted_proofs(prover->audit, source);
    g_ptr_array_add(prover->asked, asked);
    return true;
}

GPtrArray *
session_sources(const Session *session, const Audit *audit)
{
    GPtrArray *sources = sources_of(audit);
    if (session->options->prove_keytab)
        add_sources_of_edges(session, audit, sources);
    shard_keep(&session->options->shard, sources);
    return sources;
}

bool
session_proofs(const Session *session, Audit *audit, GPtrArray **ret_proofs,
               GError **error)
{
    *ret_proofs = NULL;
    if (!session->options->prove_as)
        return true;
    g_auto(Prover) prover = {
        .session = session,
        .audit = audit,
        .user = settle_user(session->estate, session->options->prove_as, error),
        .proofs = g_ptr_array_new_with_free_func((GDestroyNotify)proof_free),
        .evidence = g_ptr_array_new_with_free_func((GDestroyNotify)proof_evidence_free),
        .asked = g_ptr_array_new_with_free_func(asked_free),
    };
    if (!prover.user)
        return false;
    g_autoptr(GPtrArray) sources = session_sources(session, audit);
    for (guint i = 0; i < sources->len; i++)
        if (!visit_source(&prover, sources->pdata[i], error))
            return false;
    for (guint i = 0; i < prover.asked->len; i++) {
        const Asked *asked = prover.asked->pdata[i];
        if (!asked->done)
            prove_realm(&prover, asked->realm);
    }
    audit_take_proofs(audit, g_steal_pointer(&prover.evidence));
    *ret_proofs = g_steal_pointer(&prover.proofs);
    return true;
}

bool
proofs_are_possible(const Options *options, GError **error)
{
    bool ignored = false;
    return !options->prove_keytab ||
           proof_has_key(options->prove_keytab, "ANY", "ANY", &ignored, error);
}
