/* Proofs as evidence: what to ask of whom, and whose pair an answer is about. */
#include "audit/audit.h"

#include "base/hash.h"
#include "base/text.h"

#include <string.h>

void
proof_evidence_free(ProofEvidence *proof)
{
    if (!proof)
        return;
    g_ptr_array_unref(proof->results);
    g_free(proof);
}

void
audit_add_silence(Audit *audit, const Account *source, const char *why)
{
    if (!audit->silent)
        audit->silent = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_hash_table_insert(audit->silent, (gpointer)source, g_strdup(why));
}

static const GPtrArray *
needed_of(const Audit *audit, const Pair *pair)
{
    return verdict_pair_needs(audit->context, pair)->needed;
}

GPtrArray *
audit_wanted_proofs(const Audit *audit, const Account *source)
{
    GPtrArray *wanted = g_ptr_array_new();
    for (guint p = 0; p < audit->pairs->len; p++) {
        const Pair *pair = audit->pairs->pdata[p];
        if (pair->source != source)
            continue;
        const GPtrArray *needed = needed_of(audit, pair);
        for (guint i = 0; i < needed->len; i++)
            g_ptr_array_add(wanted, ((const NeededSpn *)needed->pdata[i])->spn);
    }
    for (guint e = 0; e < audit->edges->len; e++) {
        const Edge *edge = audit->edges->pdata[e];
        for (guint i = 0; i < edge->own->len; i++) {
            const Pair *pair = edge->own->pdata[i];
            if (pair->source == source)
                g_ptr_array_add(
                    wanted, ((const NeededSpn *)pair->written->needed->pdata[0])->spn);
        }
    }
    g_ptr_array_sort(wanted, text_order);
    for (guint i = wanted->len; i > 1; i--)
        if (strcmp(wanted->pdata[i - 1], wanted->pdata[i - 2]) == 0)
            g_ptr_array_remove_index(wanted, i - 1);
    return wanted;
}

/* The results by folded SPN (transfer full). */
static GHashTable *
index_results(const ProofEvidence *proof)
{
    GHashTable *by_spn = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    for (guint i = 0; i < proof->results->len; i++) {
        TicketEvidence *result = proof->results->pdata[i];
        g_hash_table_insert(by_spn, text_fold(result->spn), result);
    }
    return by_spn;
}

static PairProof *
proof_of_pair(const Audit *audit, const Pair *pair, const ProofEvidence *proof,
              GHashTable *by_spn)
{
    const GPtrArray *needed = needed_of(audit, pair);
    PairProof *part = g_new0(PairProof, 1);
    part->source = proof;
    part->results = g_ptr_array_new();
    for (guint i = 0; i < needed->len; i++) {
        g_autofree char *key = text_fold(((const NeededSpn *)needed->pdata[i])->spn);
        gpointer result = g_hash_table_lookup(by_spn, key);
        if (result)
            g_ptr_array_add(part->results, result);
    }
    return part;
}

/* Proofs by their source; the results of the last one looked up by SPN, as pairs stand by
 * source. */
typedef struct {
    GHashTable *by_source;
    GHashTable *by_spn;
    const ProofEvidence *indexed;
} Proofs;

static void
take_proof(const Audit *audit, Pair *pair, Proofs *proofs)
{
    const ProofEvidence *proof = g_hash_table_lookup(proofs->by_source, pair->source);
    if (!proof)
        return;
    if (proof != proofs->indexed) {
        g_clear_pointer(&proofs->by_spn, g_hash_table_unref);
        proofs->by_spn = index_results(proof);
        proofs->indexed = proof;
    }
    pair->proof = proof_of_pair(audit, pair, proof, proofs->by_spn);
}

void
audit_take_proofs(Audit *audit, GPtrArray *proofs)
{
    Proofs all = {.by_source = g_hash_table_new(NULL, NULL)};
    audit->proofs = proofs;
    for (guint i = 0; i < proofs->len; i++) {
        ProofEvidence *proof = proofs->pdata[i];
        g_hash_table_insert(all.by_source, (gpointer)proof->source, proof);
    }
    for (guint i = 0; i < audit->pairs->len; i++)
        take_proof(audit, audit->pairs->pdata[i], &all);
    for (guint e = 0; e < audit->edges->len; e++) {
        const Edge *edge = audit->edges->pdata[e];
        for (guint i = 0; i < edge->own->len; i++)
            take_proof(audit, edge->own->pdata[i], &all);
    }
    g_clear_pointer(&all.by_spn, g_hash_table_unref);
    g_hash_table_unref(all.by_source);
}
