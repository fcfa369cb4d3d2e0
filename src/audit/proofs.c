/* Proofs as evidence: what to ask of whom, and whose pair an answer is about. */
#include "audit/audit.h"

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
    GHashTable *by_spn = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
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

/* Pairs stand by source, so each proof is indexed once. */
void
audit_take_proofs(Audit *audit, GPtrArray *proofs)
{
    g_autoptr(GHashTable) by_source = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) by_spn = NULL;
    const ProofEvidence *indexed = NULL;
    audit->proofs = proofs;
    for (guint i = 0; i < proofs->len; i++) {
        ProofEvidence *proof = proofs->pdata[i];
        g_hash_table_insert(by_source, (gpointer)proof->source, proof);
    }
    for (guint i = 0; i < audit->pairs->len; i++) {
        Pair *pair = audit->pairs->pdata[i];
        const ProofEvidence *proof = g_hash_table_lookup(by_source, pair->source);
        if (!proof)
            continue;
        if (proof != indexed) {
            g_clear_pointer(&by_spn, g_hash_table_unref);
            by_spn = index_results(proof);
            indexed = proof;
        }
        pair->proof = proof_of_pair(audit, pair, proof, by_spn);
    }
}
