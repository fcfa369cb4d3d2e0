/* Counts pairs, findings, tickets, proofs and ports. */
#include "render/tally.h"

const Verdict tally_verdicts[VERDICT_COUNT] = {VERDICT_READY, VERDICT_DEGRADED,
                                               VERDICT_BROKEN, VERDICT_UNKNOWN};

const char *
tally_noun(Severity severity, guint count)
{
    static const char *const nouns[SEVERITY_COUNT][2] = {
        [SEVERITY_INFO] = {"note", "notes"},
        [SEVERITY_WARNING] = {"warning", "warnings"},
        [SEVERITY_ERROR] = {"error", "errors"},
        [SEVERITY_CRITICAL] = {"critical", "critical"},
    };

    return nouns[severity][count != 1];
}

/* As they are listed: several of one id are one. */
static void
count_findings(const Audit *audit, Tally *tally)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = g_ptr_array_index(audit->findings, i);

        if (!g_hash_table_add(ids, finding->id))
            continue;
        if (!finding_is_counted(finding)) {
            tally->derived += finding->because && !finding->waived ? 1 : 0;
        } else if (finding->waived) {
            tally->waived++;
        } else if (finding->status == STATUS_UNKNOWN) {
            tally->not_determined++;
        } else {
            tally->failed[finding->severity]++;
        }
    }
}

static void
count_tickets(const Audit *audit, Tally *tally)
{
    tally->tickets_asked = audit->tickets != NULL;
    for (guint i = 0; tally->tickets_asked && i < audit->tickets->len; i++) {
        const TicketEvidence *ticket = g_ptr_array_index(audit->tickets, i);

        if (ticket->granted) {
            tally->granted++;
        } else if (ticket->answered) {
            tally->refused++;
        } else {
            tally->unanswered++;
        }
    }
}

/* Pairs stand by source. */
static void
count_proofs(const Audit *audit, Tally *tally)
{
    const Account *last = NULL;

    tally->proofs_asked = audit->proofs != NULL;
    tally->proved = audit->proofs ? audit->proofs->len : 0;
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = g_ptr_array_index(audit->pairs, i);

        tally->sources += pair->source != last ? 1 : 0;
        last = pair->source;
        for (guint r = 0; pair->proof && r < pair->proof->results->len; r++) {
            const TicketEvidence *result = pair->proof->results->pdata[r];

            tally->proofs_granted += result->granted ? 1 : 0;
            tally->proofs_refused += !result->granted && result->answered ? 1 : 0;
        }
    }
}

static void
count_ports(const Audit *audit, Tally *tally)
{
    for (guint m = 0; audit->net && m < audit->net->len; m++) {
        const NetEvidence *machine = audit->net->pdata[m];
        for (guint i = 0; i < machine->ports->len; i++)
            tally->ports[((const NetPort *)machine->ports->pdata[i])->state]++;
    }
}

static bool
misses_a_name(const Pair *pair)
{
    for (guint s = 0; s < SERVICE_COUNT; s++)
        if (pair->services[s].needed && pair->services[s].missing &&
            pair->services[s].missing->len > 0)
            return true;
    return false;
}

static void
count_degraded(const Audit *audit, const Pair *pair, Tally *tally)
{
    if (audit->context &&
        verdict_evidence_forwardable(audit->context, pair->source, NULL) == TRI_NO)
        tally->signed_in++;
    else if (misses_a_name(pair))
        tally->one_name++;
}

bool
tally_edge_at_risk(const Audit *audit, const Edge *edge)
{
    bool more = edge->undeclared || edge->tier0 || edge->broad;
    bool exposed = edge->way == LEG_UNCONSTRAINED && !edge_by_design(edge);

    if (more || exposed)
        return true;
    return !edge->migration && edge->verdict != VERDICT_UNKNOWN &&
           edge_at_risk(audit, edge);
}

guint
tally_edges(const Tally *tally)
{
    guint count = 0;

    for (guint i = 0; i < VERDICT_COUNT; i++)
        count += tally->edges[i];
    return count;
}

static void
count_edges(const Audit *audit, Tally *tally)
{
    for (guint i = 0; audit->edges && i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];

        tally->edges[edge->verdict]++;
        tally->edges_undeclared += edge->undeclared ? 1 : 0;
        tally->edges_tier0 += edge->tier0 ? 1 : 0;
        tally->edges_at_risk += tally_edge_at_risk(audit, edge) ? 1 : 0;
    }
}

Tally
tally_of(const Audit *audit)
{
    Tally tally = {.hosts = audit->hosts->len, .pairs = audit->pairs->len};

    for (guint i = 0; i < audit->hosts->len; i++) {
        const Host *host = g_ptr_array_index(audit->hosts, i);

        tally.storage += host->storage ? 1 : 0;
        tally.spns += host->spns->len;
        tally.no_winrm +=
            host->winrm && host->winrm->service.verdict == VERDICT_BROKEN ? 1 : 0;
    }
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = g_ptr_array_index(audit->pairs, i);

        tally.verdicts[pair->verdict]++;
        if (pair->verdict == VERDICT_DEGRADED)
            count_degraded(audit, pair, &tally);
    }
    count_edges(audit, &tally);
    count_findings(audit, &tally);
    count_tickets(audit, &tally);
    count_proofs(audit, &tally);
    count_ports(audit, &tally);
    tally.complete = !audit_incomplete(audit) && tally.unanswered == 0;
    return tally;
}

bool
tally_delegation(const Account *account, void (*each)(const char *name, void *data),
                 void *data)
{
    const struct {
        const char *name;
        bool has;
    } facets[] = {
        {"kcd", account->delegate_to && account->delegate_to->len > 0},
        {"protocol-transition", account_flag(account, UAC_T2A4D) == TRI_YES},
        {"rbcd", account->rbcd != NULL},
        {"unconstrained", account_flag(account, UAC_TRUSTED_FOR_DELEGATION) == TRI_YES},
    };

    for (guint i = 0; i < G_N_ELEMENTS(facets); i++) {
        if (facets[i].has) {
            each(facets[i].name, data);
        }
    }
    return account_knows(account, ATTR_UAC) && account_knows(account, ATTR_DELEGATE_TO) &&
           account_knows(account, ATTR_RBCD);
}
