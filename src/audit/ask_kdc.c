/* What a KDC answered: test tickets, S4U2Self and S4U2Proxy. */
#include "ask.h"

#include "answer.h"
#include "base/text.h"
#include "blame.h"
#include "context.h"

static const char *
kdc_place(const Asking *asking, const char *how)
{
    const char *realm = asking->ends->context->estate->realm;
    return ask_format(asking, "%sKDC of %s", how, realm ? realm : "the realm");
}

char *
condition_ticket(const TicketEvidence *ticket)
{
    const char *etype = etype_name(ticket->etype);
    g_autofree char *number = g_strdup_printf("etype %d", ticket->etype);
    if (ticket->granted)
        return g_strdup_printf("%s, kvno %u", etype ? etype : number, ticket->kvno);
    return g_strdup_printf(
        "%s%s%s%s", ticket->answered ? "refused: " : "no KDC answered: ",
        ticket->error ? ticket->error : "", ticket->meaning ? ": " : "",
        ticket->meaning ? ticket->meaning : "");
}

static ConditionState
answer_state(AnswerKind kind)
{
    return kind == ANSWER_GRANTED                              ? CONDITION_PASS
           : kind == ANSWER_FORESEEN || kind == ANSWER_REFUSED ? CONDITION_FAIL
                                                               : CONDITION_UNKNOWN;
}

/* What comes of an answer to a proof, and why: `what` was asked for. */
static void
settle_answer(const Asking *asking, Condition *condition, AnswerKind kind,
              const char *what, const char *error, const char *clause)
{
    condition->worst = kind == ANSWER_GRANTED || kind == ANSWER_FORESEEN ? VERDICT_READY
                       : kind == ANSWER_REFUSED                          ? VERDICT_BROKEN
                                                : VERDICT_UNKNOWN;
    if (condition->worst == VERDICT_READY)
        return;
    condition->why =
        ask_format(asking, "%s is not proved: %s (%s)", what,
                   *clause ? clause : "the KDC refuses the host", error ? error : "");
    if (kind == ANSWER_REFUSED)
        condition->why = ask_format(asking, "the KDC refuses %s (%s%s%s)", what,
                                    error ? error : "", *clause ? "; " : "", clause);
}

static const TicketEvidence *
ticket_among(const GPtrArray *tickets, const char *spn)
{
    for (guint i = 0; i < tickets->len; i++)
        if (text_equal(((const TicketEvidence *)tickets->pdata[i])->spn, spn))
            return tickets->pdata[i];
    return NULL;
}

/* Those of the target, or all where few were asked for; NULL: none. */
static const GPtrArray *
tickets_of(const Asking *asking)
{
    const Audit *audit = asking->audit;
    const Host *host = audit_host(audit, asking->ends->target);
    if (audit->asked && audit->asked->len > 0)
        return audit->tickets;
    return host ? host->tickets : NULL;
}

void
ask_tickets(const Asking *asking, const GPtrArray *all)
{
    const GPtrArray *tickets = tickets_of(asking);
    for (guint i = 0; tickets && i < all->len; i++) {
        const NeededSpn *needed = all->pdata[i];
        const TicketEvidence *ticket = ticket_among(tickets, needed->spn);
        if (!ticket)
            continue;
        AnswerKind kind = answer_of_ticket(ticket);
        Condition *condition = ask_add_spn(asking, needed, i, answer_state(kind));
        /* What the directory says of the SPN needs no second reason. */
        condition->worst = kind == ANSWER_REFUSED && needed->resolves_known != TRI_NO
                               ? VERDICT_UNKNOWN
                               : VERDICT_READY;
        condition->why = ask_format(asking, "%s: the KDC refuses a test ticket (%s)",
                                    needed->spn, ticket->error ? ticket->error : "");
        g_autofree char *seen = condition_ticket(ticket);
        condition->seen = ask_text(asking, seen);
        condition->place = kdc_place(asking, "");
        if (ticket->granted)
            condition->place =
                ask_format(asking, "%s, after %.1f ms", condition->place, ticket->ms);
    }
}

void
ask_ticket(const Asking *asking)
{
    ask_tickets(asking, asking->ends->spns->needed);
}

char *
condition_self(const ProofEvidence *proof)
{
    if (proof->self_granted)
        return g_strdup(proof->self_forwardable ? "granted, forwardable"
                                                : "granted, not forwardable");
    return g_strdup_printf("refused: %s%s%s", proof->self_error ? proof->self_error : "",
                           proof->self_meaning ? ", " : "",
                           proof->self_meaning ? proof->self_meaning : "");
}

char *
condition_proxy(const TicketEvidence *result)
{
    if (result->granted)
        return g_strdup("granted");
    g_autofree char *status =
        result->ntstatus_name ? g_strdup_printf(", %s", result->ntstatus_name)
        : result->ntstatus    ? g_strdup_printf(", NTSTATUS 0x%08X", result->ntstatus)
                              : g_strdup("");
    return g_strdup_printf("%s%s%s", result->answered ? "refused: " : "no KDC answered: ",
                           result->error ? result->error : "", status);
}

/* A proof that was to be, and that no KDC answered. */
static void
ask_silent(const Asking *asking)
{
    const char *why = asking->audit->silent ? g_hash_table_lookup(asking->audit->silent,
                                                                  asking->ends->source)
                                            : NULL;
    if (!why)
        return;
    Condition *condition = ask_add(asking, CONDITION_UNKNOWN);
    condition->name = "the operator";
    condition->seen = ask_text(asking, why);
    condition->place = kdc_place(asking, "");
    settle_answer(asking, condition, ANSWER_NONE, "delegation", "no answer", why);
}

void
ask_proof_self(const Asking *asking)
{
    const GPtrArray *proofs = asking->audit->proofs;
    ask_silent(asking);
    for (guint i = 0; proofs && i < proofs->len; i++) {
        const ProofEvidence *proof = proofs->pdata[i];
        if (proof->source != asking->ends->source)
            continue;
        g_autoptr(GString) clause = g_string_new(NULL);
        AnswerKind kind = answer_of_self(asking->audit, proof, clause);
        Condition *condition = ask_add(asking, answer_state(kind));
        condition->name = proof->user;
        condition->place = kdc_place(asking, "");
        g_autofree char *what =
            g_strdup_printf("S4U2Self for %s to %s", proof->user, proof->source->name);
        settle_answer(asking, condition, kind, what, proof->self_error, clause->str);
        g_autofree char *seen = condition_self(proof);
        condition->seen = ask_text(asking, seen);
        return;
    }
}

void
ask_proof(const Asking *asking)
{
    const GPtrArray *all = asking->ends->spns->needed;
    for (guint i = 0; asking->pair->proof && i < all->len; i++) {
        const NeededSpn *needed = all->pdata[i];
        const TicketEvidence *result =
            ticket_among(asking->pair->proof->results, needed->spn);
        if (!result)
            continue;
        g_autoptr(GString) clause = g_string_new(NULL);
        AnswerKind kind = answer_of_proxy(asking->audit, asking->pair, result, clause);
        Condition *condition = ask_add_spn(asking, needed, i, answer_state(kind));
        condition->place = kdc_place(asking, "S4U2Proxy, ");
        g_autofree char *what = g_strdup_printf(
            "a ticket of %s to %s", asking->pair->proof->source->user, needed->spn);
        settle_answer(asking, condition, kind, what, result->error, clause->str);
        g_autofree char *seen = condition_proxy(result);
        condition->seen = ask_text(asking, seen);
    }
}
