/* What a KDC's answer says, and of whom: the pair, the operator, or nobody. */
#include "answer.h"

#include "base/text.h"
#include "blame.h"
#include "model/authn.h"
#include "model/signin.h"

#define KDC_ERR_SVC_UNAVAILABLE 29
#define KRB_AP_ERR_TKT_EXPIRED 32
#define KRB_AP_ERR_TKT_NYV 33
#define KRB_AP_ERR_SKEW 37
#define KRB_ERR_RESPONSE_TOO_BIG 52
#define KDC_ERR_WRONG_REALM 68

static void
say(GString *why, const char *text)
{
    if (why)
        blame_clause(why, "%s", text);
}

/* Codes by which nobody refuses anything: a KDC that cannot, or another one that should
 * have been asked. */
static bool
decides_nothing(gint32 code)
{
    return code == KDC_ERR_SVC_UNAVAILABLE || code == KRB_ERR_RESPONSE_TOO_BIG ||
           code == KDC_ERR_WRONG_REALM;
}

static bool
is_of_client(gint32 code)
{
    return code == KDC_ERR_NAME_EXP || code == KDC_ERR_CLIENT_REVOKED ||
           code == KDC_ERR_KEY_EXPIRED;
}

/* This machine's clock, or encryption types that its library lacks. */
static bool
is_of_probe(const ProofEvidence *proof, gint32 code, GString *why)
{
    if (code == KRB_AP_ERR_TKT_EXPIRED || code == KRB_AP_ERR_TKT_NYV ||
        code == KRB_AP_ERR_SKEW) {
        say(why, "it is the clock of the machine that asked");
        return true;
    }
    if (code != KDC_ERR_ETYPE_NOSUPP || proof->lacking == 0)
        return false;
    if (why) {
        g_autofree char *names = flags_format(etype_flags, proof->lacking);
        blame_clause(why, "the machine that asked does not offer %s, which %s does",
                     names, proof->source->name);
    }
    return true;
}

/* Clauses for what stands in the operator's own way. */
static bool
tell_operator(const Audit *audit, const Account *user, GString *why)
{
    bool told = false;
    for (SignInSlip slip = 0; user && slip < SIGNIN_COUNT; slip++) {
        if (signin_refused(audit->estate, user, SIGNIN_PERSON, slip) != TRI_YES)
            continue;
        if (why)
            blame_clause(why, "the operator %s: %s", user->name,
                         signin_clause(SIGNIN_PERSON, slip));
        told = true;
    }
    return told;
}

static void
blame_client(const Audit *audit, const ProofEvidence *proof, GString *why)
{
    if (!tell_operator(audit, blame_operator(audit, proof), why) && why)
        blame_clause(
            why,
            "the KDC refuses the operator %s: the account is disabled, locked "
            "out or expired, its password has expired, or it may not sign in now",
            proof->user);
}

/* KDC_ERR_POLICY is the operator's where the directory shows that it cannot be the
 * target's, and why the operator's it is. */
static bool
is_operators_policy(const Audit *audit, const ProofEvidence *proof, const Account *target,
                    GString *why)
{
    const Account *user = blame_operator(audit, proof);
    if (!user || (target && authn_check_of(audit->estate, target).applies != TRI_NO) ||
        authn_check_of(audit->estate, proof->source).applies != TRI_NO)
        return false;
    if (tell_operator(audit, user, why))
        return true;
    if (!user->authn_policy && !user->authn_silo)
        return false;
    if (why)
        blame_clause(why,
                     "the operator %s has an authentication policy, the hosts have none",
                     user->name);
    return true;
}

/* MS-SFU 3.2.5.1: the KDC reads the user's groups as the host (KB 2009157). */
static AnswerKind
unknown_user(const Audit *audit, const ProofEvidence *proof, GString *why)
{
    const Account *user = blame_operator(audit, proof);
    if (!user) {
        say(why, "the KDC knows no such user: check --prove-as");
        return ANSWER_OPERATOR;
    }
    const Token *host = edge_token(verdict_edges(audit->context), proof->source, user);
    bool readable = signin_groups_readable(user, host) == TRI_YES;
    if (why)
        blame_clause(why,
                     "the account %s is there, %s read its groups "
                     "(tokenGroupsGlobalAndUniversal)",
                     user->name,
                     readable ? "and by its descriptor the host may"
                              : "so that the host may not");
    return ANSWER_REFUSED;
}

AnswerKind
answer_of_self(const Audit *audit, const ProofEvidence *proof, GString *why)
{
    gint32 code = proof->self_error_code;
    if (proof->self_granted)
        return ANSWER_GRANTED;
    if (code == 0 || decides_nothing(code)) {
        say(why, "no KDC answered that could decide it");
        return ANSWER_NONE;
    }
    if (is_of_client(code)) {
        blame_client(audit, proof, why);
        return ANSWER_OPERATOR;
    }
    if (is_of_probe(proof, code, why))
        return ANSWER_PROBE;
    if (code == KDC_ERR_C_PRINCIPAL_UNKNOWN)
        return unknown_user(audit, proof, why);
    if (code == KDC_ERR_POLICY && is_operators_policy(audit, proof, NULL, why))
        return ANSWER_OPERATOR;
    return ANSWER_REFUSED;
}

Tri
answer_expected(const Audit *audit, const Pair *pair, const char *spn)
{
    EdgeIndex *edges = verdict_edges(audit->context);
    bool local = estate_home_of(audit->estate, pair->source) ==
                 estate_home_of(audit->estate, pair->target);
    Tri kcd = local ? edge_kcd(edges, pair->source, spn) : TRI_NO;
    Tri rbcd = edge_rbcd(edges, pair->source, pair->target).granted;
    if (kcd == TRI_YES || rbcd == TRI_YES)
        return TRI_YES;
    return kcd == TRI_UNKNOWN || rbcd == TRI_UNKNOWN ? TRI_UNKNOWN : TRI_NO;
}

/* A ticket for the user that cannot be passed on: whose doing that is. */
static AnswerKind
not_forwardable(const Audit *audit, const ProofEvidence *proof, GString *why)
{
    g_auto(Blame) blame = blame_for(audit, proof);
    if (blame.by_domain)
        return ANSWER_FORESEEN;
    if (blame.by_operator || blame.by_probe) {
        say(why, blame.text->str);
        return blame.by_operator ? ANSWER_OPERATOR : ANSWER_PROBE;
    }
    if (blame_operator_known(audit, proof))
        return ANSWER_REFUSED;
    say(why, blame_unexplained(audit, proof));
    return ANSWER_OPERATOR;
}

AnswerKind
answer_of_proxy(const Audit *audit, const Pair *pair, const TicketEvidence *result,
                GString *why)
{
    const ProofEvidence *proof = pair->proof->source;
    gint32 code = result->error_code;
    if (result->granted)
        return ANSWER_GRANTED;
    if (!result->answered || decides_nothing(code)) {
        say(why, "no KDC answered that could decide it");
        return ANSWER_NONE;
    }
    if (is_of_client(code)) {
        blame_client(audit, proof, why);
        return ANSWER_OPERATOR;
    }
    if (is_of_probe(proof, code, why))
        return ANSWER_PROBE;
    if (code == KDC_ERR_POLICY)
        return is_operators_policy(audit, proof, pair->target, why) ? ANSWER_OPERATOR
                                                                    : ANSWER_REFUSED;
    if (answer_expected(audit, pair, result->spn) == TRI_NO)
        return ANSWER_FORESEEN;
    return proof->self_forwardable ? ANSWER_REFUSED : not_forwardable(audit, proof, why);
}

AnswerKind
answer_of_ticket(const TicketEvidence *ticket)
{
    gint32 code = ticket->error_code;
    if (ticket->granted)
        return ANSWER_GRANTED;
    if (!ticket->answered || decides_nothing(code))
        return ANSWER_NONE;
    return !ticket->asker && (is_of_client(code) || code == KDC_ERR_POLICY)
               ? ANSWER_PROBE
               : ANSWER_REFUSED;
}
