/* TKT-05 to TKT-07: what the KDC really delegates, beside what the directory
 * says (MS-SFU 3.2.5.1.2 for S4U2Self, 3.2.5.2 for S4U2Proxy).
 *
 * A refusal alone says little: most are KDC_ERR_BADOPTION.  Only the directory
 * tells the slips apart, and whether the host is to blame or the operator.
 */
#include "answer.h"
#include "blame.h"
#include "checks.h"

#include "base/text.h"

#include <string.h>

static void
show_self(Finding *finding, const ProofEvidence *proof)
{
    g_autofree char *key =
        g_strdup_printf("S4U2Self of %s for %s", proof->source->name, proof->user);
    g_autofree char *text = condition_self(proof);
    finding_evidence(finding, key, text);
    if (!proof->tgt_forwardable) {
        g_autofree char *tgt = g_strdup_printf("TGT of %s", proof->source->name);
        finding_evidence(finding, tgt, "not forwardable");
    }
}

/* ---- TKT-05 ---- */

static const ProofEvidence *
proof_of(const Audit *audit, const Account *source)
{
    for (guint i = 0; i < audit->proofs->len; i++) {
        const ProofEvidence *proof = audit->proofs->pdata[i];
        if (proof->source == source)
            return proof;
    }
    return NULL;
}

/* What cannot be told of the host, since the operator's account, or the way to
 * the KDC, is in the way. */
static void
tell_self_refused(const Audit *audit, Sink *sink, const ProofEvidence *proof)
{
    const Account *source = proof->source;
    g_autoptr(GString) why = g_string_new(NULL);
    if (answer_of_self(audit, proof, why) != ANSWER_REFUSED) {
        Finding *finding = sink_unknown(sink, about(source));
        finding_say(
            finding, "Delegation could not be proved",
            "S4U2Self of %s for %s failed with %s: nothing is proved of %s, nor against "
            "it; %s.",
            source->name, proof->user, proof->self_error, source->name, why->str);
        show_self(finding, proof);
        return;
    }
    if (why->len == 0 && proof->self_meaning)
        blame_clause(why, "which means: %s", proof->self_meaning);
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(source));
    finding_say(finding, "The KDC refuses S4U2Self",
                "Asked by %s, with its own key, for a ticket of %s to itself, the KDC "
                "answers %s%s%s: %s cannot act for %s.",
                source->name, proof->user, proof->self_error, why->len > 0 ? ", " : "",
                why->str, source->name,
                proof->self_error_code == KDC_ERR_C_PRINCIPAL_UNKNOWN ? proof->user
                                                                      : "anybody");
    show_self(finding, proof);
}

void
check_self_not_forwardable(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *source = host->account;
    const ProofEvidence *proof = proof_of(audit, source);
    if (!proof) {
        sink_not_asked(sink);
        return;
    }
    if (!proof->self_granted) {
        tell_self_refused(audit, sink, proof);
        return;
    }
    if (proof->self_forwardable)
        return;
    g_auto(Blame) blame = blame_for(audit, proof);
    if (blame.by_probe && !blame.by_operator && !blame.by_domain) {
        Finding *finding = sink_unknown(sink, about(source));
        finding_say(finding, "Delegation could not be proved: the probe's own fault",
                    "The ticket-granting ticket that the KDC gave for %s's key is not "
                    "forwardable, though nothing in the directory forbids it, so no "
                    "proof can succeed. That is this machine's krb5.conf or the KDC's "
                    "ticket policy, not the host: nothing is proved against %s.",
                    source->name, source->name);
        show_self(finding, proof);
        return;
    }
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(source));
    bool operator_alone = blame.by_operator && !blame.by_domain;
    finding_say(
        finding,
        operator_alone ? "The operator cannot be delegated"
                       : "The S4U2Self ticket is not forwardable",
        "The ticket that %s gets for %s is not forwardable, so nothing can be delegated "
        "with it while %s is not signed in on the source: %s.%s",
        source->name, proof->user, proof->user,
        blame.text->len > 0 ? blame.text->str : blame_unexplained(audit, proof),
        operator_alone ? " It is the operator, not the host: prove as somebody else to "
                         "see what the host may do."
                       : "");
    show_self(finding, proof);
    if (blame.by_domain)
        evidence_uac(finding, source);
    blame_evidence(finding, audit, proof);
}

/* ---- one S4U2Proxy ---- */

static const NeededSpn *
needed_by(const Audit *audit, const Pair *pair, const char *spn)
{
    const GPtrArray *needed = verdict_pair_needs(audit->context, pair)->needed;
    for (guint i = 0; i < needed->len; i++)
        if (text_equal(((const NeededSpn *)needed->pdata[i])->spn, spn))
            return needed->pdata[i];
    return NULL;
}

/* The ACE that is about the source and gives it no control access: "ACE 1
 * grants HV01 0x00000010, without control access (0x100)".  False: none. */
static bool
tell_ace(const Audit *audit, const Pair *pair, GString *text)
{
    const SecDesc *descriptor =
        edge_descriptor(verdict_edges(audit->context), pair->target, NULL);
    bool complete = false;
    g_autoptr(GHashTable) token = estate_token(audit->estate, pair->source, &complete);
    for (guint i = 0; descriptor && i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        bool denies = ace->type == ACE_DENY && (ace->mask & RIGHT_CONTROL_ACCESS) != 0;
        bool falls_short =
            ace->type == ACE_ALLOW && (ace->mask & RIGHT_CONTROL_ACCESS) == 0;
        if ((!denies && !falls_short) || (ace->flags & ACE_FLAG_INHERIT_ONLY) != 0 ||
            !sid_is_set(&ace->sid) || !g_hash_table_contains(token, &ace->sid))
            continue;
        g_autofree char *who = estate_sid_name(audit->estate, &ace->sid);
        blame_clause(text,
                     denies
                         ? "ACE %u of %s's RBCD descriptor denies %s control access "
                           "(0x100; its mask is 0x%08X)"
                         : "ACE %u of %s's RBCD descriptor grants %s no control access "
                           "(0x100; its mask is 0x%08X)",
                     i + 1, pair->target->name, who, ace->mask);
        return true;
    }
    return false;
}

/* Why neither leg allows it. */
static void
tell_legs(const Audit *audit, const Pair *pair, const char *spn, GString *text)
{
    const char *source = pair->source->name, *target = pair->target->name;
    RbcdEdge rbcd = edge_rbcd(verdict_edges(audit->context), pair->source, pair->target);
    blame_clause(text, "%s is not in %s's list (msDS-AllowedToDelegateTo)", spn, source);
    if (!rbcd.present)
        blame_clause(text, "%s grants nothing by RBCD", target);
    else if (rbcd.malformed)
        blame_clause(text, "%s's RBCD descriptor does not parse", target);
    else if (rbcd.by_generic)
        blame_clause(text,
                     "%s's RBCD descriptor grants %s a generic right only, which KDCs do "
                     "not take for control access (0x100)",
                     target, source);
    else if (!tell_ace(audit, pair, text))
        blame_clause(text, "%s's RBCD descriptor does not name %s", target, source);
}

static void
show_result(Finding *finding, const Pair *pair, const TicketEvidence *result)
{
    g_autofree char *key =
        g_strdup_printf("S4U2Proxy of %s to %s", pair->source->name, result->spn);
    g_autofree char *text = condition_proxy(result);
    finding_evidence(finding, key, text);
}

static void
show_ways(Finding *finding, const Audit *audit, const Pair *pair, const char *spn)
{
    evidence_of_pair(finding, audit, pair, WHAT_KCD, spn);
    evidence_of_pair(finding, audit, pair, WHAT_RBCD, NULL);
}

/* ---- TKT-06 ---- */

static void
tell_refused(const Audit *audit, const Pair *pair, const TicketEvidence *result,
             Sink *sink)
{
    const ProofEvidence *proof = pair->proof->source;
    const NeededSpn *needed = needed_by(audit, pair, result->spn);
    Tri allowed = answer_expected(audit, pair, result->spn);
    Severity severity = SEVERITY_ERROR;
    g_autoptr(GString) text = g_string_new(NULL);
    bool resolves = !needed || needed->resolves_known != TRI_NO;

    if (!resolves)
        blame_clause(text, "%s", needed->problem);
    if (allowed == TRI_NO) {
        tell_legs(audit, pair, result->spn, text);
        /* As DEL-01: the other name form still serves. */
        if (resolves && needed &&
            pair->services[needed->service].verdict == VERDICT_DEGRADED)
            severity = SEVERITY_WARNING;
    }
    if (!proof->self_forwardable)
        blame_clause(text, "the S4U2Self ticket is not forwardable either (TKT-05)");
    if (text->len == 0)
        blame_clause(
            text, "the directory allows it, and %s",
            allowed == TRI_UNKNOWN
                ? "not all of it could be read"
                : "nothing that was read explains the refusal: the change may be "
                  "minutes old, another DC may have answered (replication), or an "
                  "authentication policy forbids it");
    Finding *finding = sink_fail(
        sink, severity,
        (About){.account = pair->source, .target = pair->target, .spn = result->spn});
    finding_say(finding, "The KDC refuses to delegate",
                "Asked by %s, with its own key, for a ticket of %s to %s, the KDC "
                "answers %s%s%s%s: %s.",
                pair->source->name, proof->user, result->spn, result->error,
                result->ntstatus_name ? " (" : "",
                result->ntstatus_name ? result->ntstatus_name : "",
                result->ntstatus_name ? ")" : "", text->str);
    show_result(finding, pair, result);
    show_self(finding, proof);
    if (allowed != TRI_YES)
        show_ways(finding, audit, pair, result->spn);
}

/* Whether the evidence alone is the reason: then one finding says it for all
 * names. */
static bool
refused_by_evidence(const Audit *audit, const Pair *pair, const TicketEvidence *result)
{
    const NeededSpn *needed = needed_by(audit, pair, result->spn);
    return result->error_code == KDC_ERR_BADOPTION &&
           !pair->proof->source->self_forwardable &&
           (!needed || needed->resolves_known != TRI_NO) &&
           answer_expected(audit, pair, result->spn) != TRI_NO;
}

static bool
is_refused(const TicketEvidence *result)
{
    return result->answered && !result->granted;
}

/* Refused for what the ticket for the user has nothing to do with, and not by the hosts'
 * doing. */
static bool
tell_not_proved(const Audit *audit, const Pair *pair, const TicketEvidence *result,
                Sink *sink)
{
    const ProofEvidence *proof = pair->proof->source;
    g_autoptr(GString) why = g_string_new(NULL);
    AnswerKind kind = answer_of_proxy(audit, pair, result, why);
    if (kind == ANSWER_FORESEEN || kind == ANSWER_REFUSED)
        return false;
    Finding *finding = sink_unknown(
        sink,
        (About){.account = pair->source, .target = pair->target, .spn = result->spn});
    finding_say(finding, "Delegation could not be proved",
                "Asked by %s for a ticket of %s to %s, the KDC answers %s: nothing is "
                "proved of the hosts, nor against them; %s.",
                pair->source->name, proof->user, result->spn, result->error, why->str);
    show_result(finding, pair, result);
    return true;
}

static void
tell_refused_by_evidence(const Audit *audit, const Pair *pair, const Blame *blame,
                         Sink *sink)
{
    const ProofEvidence *proof = pair->proof->source;
    bool operator_alone = blame->by_operator && !blame->by_domain;
    Finding *finding =
        sink_fail(sink, SEVERITY_ERROR, about_pair(pair->source, pair->target));
    finding_say(finding,
                operator_alone ? "The KDC refuses to delegate the operator"
                               : "The KDC refuses to delegate",
                "Tickets of %s to %s are refused, as the S4U2Self ticket of %s is not "
                "forwardable: %s.%s",
                proof->user, pair->target->name, pair->source->name,
                blame->text->len > 0 ? blame->text->str : blame_unexplained(audit, proof),
                operator_alone ? " It is the operator, neither of the hosts." : "");
    for (guint i = 0; i < pair->proof->results->len; i++) {
        const TicketEvidence *result = pair->proof->results->pdata[i];
        if (is_refused(result) && refused_by_evidence(audit, pair, result))
            show_result(finding, pair, result);
    }
    show_self(finding, proof);
    blame_evidence(finding, audit, proof);
}

void
check_proxy_refused(const Audit *audit, const Pair *pair, Sink *sink)
{
    if (!pair->proof || !pair->proof->source->self_granted) {
        sink_not_asked(sink);
        return;
    }
    const ProofEvidence *proof = pair->proof->source;
    g_auto(Blame) blame = blame_for(audit, proof);
    bool by_evidence = false;
    for (guint i = 0; i < pair->proof->results->len; i++) {
        const TicketEvidence *result = pair->proof->results->pdata[i];
        if (!is_refused(result))
            continue;
        if (refused_by_evidence(audit, pair, result))
            by_evidence = true;
        else if (!tell_not_proved(audit, pair, result, sink))
            tell_refused(audit, pair, result, sink);
    }
    /* The probe's own fault is told once, by TKT-05. */
    if (by_evidence && blame.by_probe && !blame.by_operator && !blame.by_domain)
        sink_not_asked(sink);
    else if (by_evidence)
        tell_refused_by_evidence(audit, pair, &blame, sink);
}

/* ---- TKT-07 ---- */

/* A service that is broken for other reasons than that nothing allows it. */
static void
tell_disputed(const Pair *pair, const ServiceVerdict *service, Sink *sink)
{
    g_autoptr(GString) reasons = g_string_new(NULL);
    for (guint i = 0; i + 1 < service->reasons->len; i++)
        blame_clause(reasons, "%s", (const char *)service->reasons->pdata[i]);
    Finding *finding =
        sink_fail(sink, SEVERITY_ERROR, about_pair(pair->source, pair->target));
    finding_say(
        finding, "The KDC delegates what the directory denies",
        "By the directory no migration from %s to %s can authenticate: %s. But "
        "the KDC gives %s every ticket of %s for it. Either the KDC that answered "
        "holds other values than the DC that was read (replication lag, or a "
        "change in these minutes), or it does not check this: which of the two "
        "holds on the other DCs is not known, so the pair is unknown.",
        pair->source->name, pair->target->name, reasons->str, pair->source->name,
        pair->proof->source->user);
    for (guint i = 0; i < pair->proof->results->len; i++)
        show_result(finding, pair, pair->proof->results->pdata[i]);
}

void
check_proxy_excess(const Audit *audit, const Pair *pair, Sink *sink)
{
    if (!pair->proof || !pair->proof->source->self_granted) {
        sink_not_asked(sink);
        return;
    }
    bool told = false;
    for (guint i = 0; i < pair->proof->results->len; i++) {
        const TicketEvidence *result = pair->proof->results->pdata[i];
        if (!result->granted || answer_expected(audit, pair, result->spn) != TRI_NO)
            continue;
        g_autoptr(GString) legs = g_string_new(NULL);
        tell_legs(audit, pair, result->spn, legs);
        Finding *finding = sink_fail(
            sink, SEVERITY_CRITICAL,
            (About){.account = pair->source, .target = pair->target, .spn = result->spn});
        finding_say(
            finding, "The KDC delegates what the directory denies",
            "The KDC gives %s a ticket of %s to %s, which by the directory it must not: "
            "%s. Either the KDC that answered holds other values than the DC that was "
            "read (replication lag, or a change in these minutes: compare with "
            "--all-dcs, then audit again), or somebody can act for users here whom no "
            "setting shows.",
            pair->source->name, pair->proof->source->user, result->spn, legs->str);
        show_result(finding, pair, result);
        show_ways(finding, audit, pair, result->spn);
        told = true;
    }
    for (Service which = 0; which < SERVICE_COUNT && !told; which++) {
        if (!pair->services[which].disputed)
            continue;
        tell_disputed(pair, &pair->services[which], sink);
        told = true;
    }
}
