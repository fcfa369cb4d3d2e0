/* Every condition of a pair but the two ways of delegation (ways.c): its state, the
 * value seen and where it stands.
 *
 * Longer than most: a function for each row, and the table that calls them. */
#include "audit/conditions.h"

#include "answer.h"
#include "ask.h"
#include "base/text.h"
#include "blame.h"
#include "context.h"
#include "model/etypes.h"
#include "model/signin.h"

#include <string.h>

const char *const condition_states[CONDITION_STATES] = {"pass", "fail", "unknown"};

/* Adding conditions. */

Condition *
ask_add(const Asking *asking, ConditionState state)
{
    Condition condition = {
        .what = asking->what,
        .service = -1,
        .state = state,
        .worst = VERDICT_BROKEN,
        .decides = true,
    };
    g_array_append_val(asking->out, condition);
    return &g_array_index(asking->out, Condition, asking->out->len - 1);
}

Condition *
ask_add_spn(const Asking *asking, const NeededSpn *needed, guint nth,
            ConditionState state)
{
    Condition *condition = ask_add(asking, state);
    condition->service = needed->service < SERVICE_COUNT ? (int)needed->service : -1;
    condition->nth = nth;
    condition->name = needed->spn;
    return condition;
}

ConditionState
ask_state(Tri tri)
{
    return tri == TRI_YES  ? CONDITION_PASS
           : tri == TRI_NO ? CONDITION_FAIL
                           : CONDITION_UNKNOWN;
}

void
ask_stands_in(Condition *condition, AttrId attr, const Account *account)
{
    condition->attribute = attr_name(attr);
    condition->account = account;
}

const char *
ask_text(const Asking *asking, const char *text)
{
    return g_string_chunk_insert_const(asking->ends->context->words, text);
}

const char *
ask_format(const Asking *asking, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    return ask_text(asking, text);
}

/* Whether a bit is as it should be. */
static Condition *
ask_bit(const Asking *asking, const Account *account, guint32 bit, Tri wanted)
{
    Tri on = account_flag(account, bit);
    Condition *condition = ask_add(asking, on == TRI_UNKNOWN ? CONDITION_UNKNOWN
                                           : on == wanted    ? CONDITION_PASS
                                                             : CONDITION_FAIL);
    g_autofree char *seen = account_flag_text(account, bit);
    condition->seen = ask_text(asking, seen);
    ask_stands_in(condition, ATTR_UAC, account);
    return condition;
}

static Condition *
ask_protected(const Asking *asking, const Account *account)
{
    Tri in = estate_is_protected(asking->ends->context->estate, account);
    Condition *condition = ask_add(asking, in == TRI_NO    ? CONDITION_PASS
                                           : in == TRI_YES ? CONDITION_FAIL
                                                           : CONDITION_UNKNOWN);
    condition->seen = in == TRI_YES ? "a member of Protected Users"
                      : in == TRI_NO
                          ? "no member of Protected Users, nested groups included"
                          : "memberships could not all be read";
    ask_stands_in(condition, account->token_groups ? ATTR_TOKEN_GROUPS : ATTR_MEMBER_OF,
                  account);
    return condition;
}

/* The target's names, who answers to them, and what was got for them. */

static void
ask_target_name(const Asking *asking)
{
    if (account_knows(asking->ends->target, ATTR_SAM_NAME) ||
        asking->ends->group->names == NAMES_FQDN)
        return;
    Condition *condition = ask_add(asking, CONDITION_UNKNOWN);
    condition->seen = estate_unread(asking->ends->context->estate);
    condition->why =
        ESTATE_UNREAD(asking->ends->context->estate, "sAMAccountName of the target");
    ask_stands_in(condition, ATTR_SAM_NAME, asking->ends->target);
}

static void
ask_dns_name(const Asking *asking)
{
    const Account *target = asking->ends->target;
    GroupNames names = asking->ends->group->names;
    if (names == NAMES_SHORT)
        return;
    bool known = account_knows(target, ATTR_DNS_NAME);
    Condition *condition = ask_add(asking, target->dns ? CONDITION_PASS
                                           : known     ? CONDITION_FAIL
                                                       : CONDITION_UNKNOWN);
    condition->worst = names == NAMES_FQDN ? VERDICT_BROKEN : VERDICT_DEGRADED;
    condition->seen = target->dns ? target->dns
                      : known     ? "none"
                                  : estate_unread(asking->ends->context->estate);
    condition->why =
        known ? "the target has no dNSHostName, so only its short name can be used"
              : ESTATE_UNREAD(asking->ends->context->estate, "dNSHostName of the target");
    ask_stands_in(condition, ATTR_DNS_NAME, target);
}

static const char *
owners_place(const Asking *asking, const GPtrArray *owners)
{
    g_autoptr(GString) out = g_string_new(attr_name(ATTR_SPN));
    for (guint i = 0; i < owners->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : " of ",
                               ((const Account *)owners->pdata[i])->dn);
    return ask_text(asking, out->str);
}

static void
say_owners(const Asking *asking, Condition *condition, const NeededSpn *needed)
{
    const char *held = needed->how == RESOLVE_ALIAS ? needed->through : NULL;
    bool alone = needed->owners->len == 1 &&
                 needed->owners->pdata[0] == (gpointer)asking->ends->target;
    if (alone) {
        condition->seen = ask_format(asking, "%s%s%s%s", held ? held : "registered",
                                     held ? " (by sPNMappings)" : "",
                                     needed->problem ? ": " : ", on this account alone",
                                     needed->problem ? needed->problem : "");
        ask_stands_in(condition, ATTR_SPN, asking->ends->target);
        return;
    }
    condition->seen = ask_format(asking, "%s%s%s", needed->problem, held ? ", as " : "",
                                 held ? held : "");
    condition->place = owners_place(asking, needed->owners);
}

static void
ask_spns(const Asking *asking, const GPtrArray *all)
{
    for (guint i = 0; i < all->len; i++) {
        const NeededSpn *needed = all->pdata[i];
        Condition *condition =
            ask_add_spn(asking, needed, i, ask_state(needed->resolves_known));
        if (needed->problem)
            condition->why = ask_format(asking, "%s: %s", needed->spn, needed->problem);
        if (needed->owners && needed->owners->len > 0) {
            say_owners(asking, condition, needed);
            continue;
        }
        condition->seen = needed->problem ? needed->problem : "on no account";
        condition->place = asking->ends->context->estate->spns_forest_wide
                               ? "servicePrincipalName of every account of the forest"
                               : "servicePrincipalName of the accounts read";
    }
}

static void
ask_spn(const Asking *asking)
{
    ask_spns(asking, asking->ends->spns->needed);
}

/* An SPN of a disabled account says so itself, where its owner is known. */
static void
ask_target_enabled(const Asking *asking)
{
    const GPtrArray *all = asking->ends->spns->needed;
    Condition *condition = ask_bit(asking, asking->ends->target, UAC_DISABLED, TRI_NO);
    for (guint i = 0; i < all->len; i++)
        if (((const NeededSpn *)all->pdata[i])->resolves_known == TRI_UNKNOWN &&
            condition->state == CONDITION_FAIL)
            condition->why = "the target's account is disabled";
}

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

static void
ask_tickets(const Asking *asking, const GPtrArray *all)
{
    const Host *host =
        g_hash_table_lookup(asking->audit->host_by_account, asking->ends->target);
    for (guint i = 0; host && i < all->len; i++) {
        const NeededSpn *needed = all->pdata[i];
        const TicketEvidence *ticket = ticket_among(host->tickets, needed->spn);
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

/* None of the three shows in the directory of either side. */
static void
ask_forest(const Asking *asking)
{
    const PairEnds *ends = asking->ends;
    if (ends->local ||
        estate_in_one_forest(ends->context->estate, ends->source, ends->target) != TRI_NO)
        return;
    Condition *condition = ask_add(asking, CONDITION_UNKNOWN);
    condition->why =
        "the hosts are in different forests: some such requests are refused by design "
        "(KB 4033246), selective authentication may forbid them (KB 2959395), and so may "
        "the trust (TGT delegation)";
    condition->seen = "no: what a KDC lets through the trust is not visible from here";
    condition->place = "CN=Partitions of both forests";
}

static void
ask_ticket(const Asking *asking)
{
    ask_tickets(asking, asking->ends->spns->needed);
}

/* Of a file server WinRM's hop is not asked. */
static const GPtrArray *
winrm_spns(const Asking *asking)
{
    const Host *host =
        g_hash_table_lookup(asking->audit->host_by_account, asking->ends->target);
    return host && host->winrm ? host->winrm->spns.needed : NULL;
}

/* In one section: each says its name itself. */
static void
name_each(const Asking *asking, guint from)
{
    for (guint i = from; i < asking->out->len; i++) {
        Condition *condition = &g_array_index(asking->out, Condition, i);
        condition->decides = false;
        condition->seen = ask_format(asking, "%s: %s", condition->name, condition->seen);
    }
}

static void
ask_winrm(const Asking *asking)
{
    guint from = asking->out->len;
    const GPtrArray *all = winrm_spns(asking);
    if (all)
        ask_spns(asking, all);
    name_each(asking, from);
}

static void
ask_winrm_ticket(const Asking *asking)
{
    guint from = asking->out->len;
    const GPtrArray *all = winrm_spns(asking);
    if (all)
        ask_tickets(asking, all);
    name_each(asking, from);
}

/* Without a common encryption type the KDC answers KDC_ERR_ETYPE_NOSUPP, whoever may
 * delegate to whom. */
static void
ask_etypes(const Asking *asking)
{
    const Account *source = asking->ends->source, *target = asking->ends->target;
    const Estate *estate = asking->ends->context->estate;
    EtypeAnswer answer = etypes_between(estate, source, target);
    Condition *condition = ask_add(asking, ask_state(answer.common));
    condition->why = answer.why;
    if (!asking->words)
        return;
    guint32 common = account_etypes(source, estate->collected_us) &
                     account_etypes(target, estate->collected_us) & ~ETYPE_BITS_DES;
    g_autofree char *names = flags_format(etype_flags, common);
    condition->seen = answer.common != TRI_YES ? answer.why
                      : common == 0            ? "an AES session key for a ticket of RC4"
                                               : ask_format(asking, "%s, on both", names);
    condition->place = "msDS-SupportedEncryptionTypes of both";
}

static const char *
policy_place(const Asking *asking, const AuthnCheck *check)
{
    const Account *target = asking->ends->target;
    if (!check->policy && !check->silo)
        return ask_format(asking, "%s and %s of %s", attr_name(ATTR_AUTHN_POLICY),
                          attr_name(ATTR_AUTHN_SILO), target->name);
    return ask_format(asking, "%s of %s",
                      attr_name(check->silo ? ATTR_AUTHN_SILO : ATTR_AUTHN_POLICY),
                      target->name);
}

/* With a forwarded ticket it is the user who asks: whether the policy allows them is not
 * known here. */
static const char *
say_refused(const Asking *asking, Condition *condition, const AuthnCheck *check)
{
    const Account *source = asking->ends->source;
    g_autofree char *name = edge_policy_name(check);
    if (account_flag(source, UAC_TRUSTED_FOR_DELEGATION) != TRI_NO)
        condition->state = CONDITION_UNKNOWN;
    return ask_format(asking,
                      "%s of %s gives %s no ticket: KDC_ERR_POLICY (0xC0000413)%s", name,
                      asking->ends->target->name, source->name,
                      condition->state == CONDITION_UNKNOWN
                          ? "; whether it gives one to a user whose ticket was forwarded "
                            "is not known"
                          : "");
}

/* The KDC checks the target's policy against the source, also where it acts for a user
 * (MS-KILE 3.3.5.7). */
static void
ask_policy(const Asking *asking)
{
    const PairEnds *ends = asking->ends;
    EdgeIndex *edges = ends->context->edges;
    PolicyEdge edge = edge_policy(edges, ends->source, ends->target);
    if (!asking->words && edge.allowed == TRI_YES)
        return;
    Condition *condition = ask_add(asking, ask_state(edge.allowed));
    g_autofree char *doubt = edge_policy_doubt(edges, ends->source, ends->target);
    condition->why = doubt                    ? ask_text(asking, doubt)
                     : edge.allowed == TRI_NO ? say_refused(asking, condition, edge.check)
                                              : NULL;
    if (!asking->words)
        return;
    g_autofree char *name = edge_policy_name(edge.check);
    bool any = edge.check->policy || edge.check->silo;
    condition->seen = condition->why ? condition->why
                      : !any         ? "none on this account"
                      : edge.check->applies == TRI_NO
                          ? ask_format(asking, "%s asks nothing of the source", name)
                          : ask_format(asking, "%s allows %s", name, ends->source->name);
    condition->place = policy_place(asking, edge.check);
}

/* The source, and the ticket it gets for a user. */

static void
ask_unconstrained(const Asking *asking)
{
    Condition *condition =
        ask_bit(asking, asking->ends->source, UAC_TRUSTED_FOR_DELEGATION, TRI_YES);
    condition->decides = condition->state != CONDITION_FAIL;
}

/* A disabled source has no tickets at all. */
static void
ask_source_enabled(const Asking *asking)
{
    Condition *condition = ask_bit(asking, asking->ends->source, UAC_DISABLED, TRI_NO);
    if (condition->state == CONDITION_FAIL)
        condition->why = "the source's account is disabled";
}

/* MS-KILE 3.3.5.7: a ticket to an account without any SPN is KDC_ERR_MUST_USE_USER2USER,
 * that of S4U2Self included. */
static void
ask_source_spn(const Asking *asking)
{
    const Account *source = asking->ends->source;
    bool known = account_knows(source, ATTR_SPN);
    if (source->spns->len > 0)
        return;
    Condition *condition = ask_add(asking, known ? CONDITION_FAIL : CONDITION_UNKNOWN);
    condition->why = known ? "the source has no SPN at all, and a KDC gives nobody a "
                             "ticket to such an account"
                           : "servicePrincipalName of the source could not be read";
    condition->seen = known ? "none" : "could not be read";
    ask_stands_in(condition, ATTR_SPN, source);
}

static void
ask_source_delegable(const Asking *asking)
{
    Condition *condition =
        ask_bit(asking, asking->ends->source, UAC_NOT_DELEGATED, TRI_NO);
    condition->why =
        condition->state == CONDITION_FAIL
            ? "the source host itself is marked sensitive (NOT_DELEGATED), so its "
              "tickets are not forwardable"
            : ESTATE_UNREAD(asking->ends->context->estate,
                            "userAccountControl of the source");
}

static void
ask_source_unprotected(const Asking *asking)
{
    Condition *condition = ask_protected(asking, asking->ends->source);
    condition->why =
        condition->state == CONDITION_FAIL
            ? "the source host is in Protected Users, so its tickets are not forwardable"
        : estate_is_export(asking->ends->context->estate)
            ? "the groups of the source were not exported in full, so it may be in "
              "Protected Users"
            : "whether the source is in Protected Users could not be read";
}

/* MS-SFU 3.2.5.1.2: T2A4D, or an empty list. */
static void
ask_transition(const Asking *asking)
{
    const Account *source = asking->ends->source;
    Condition *condition = ask_bit(asking, source, UAC_T2A4D, TRI_YES);
    guint count = source->delegate_to->len;
    condition->why =
        ESTATE_UNREAD(asking->ends->context->estate, "userAccountControl of the source");
    if (condition->state != CONDITION_FAIL)
        return;
    bool known = account_knows(source, ATTR_DELEGATE_TO);
    if (count > 0) {
        condition->why = "no protocol transition on the source (its list is not empty "
                         "and \"Use any authentication protocol\" (T2A4D) is off)";
        condition->seen = ask_format(asking, "%s, and the list has %u entr%s",
                                     condition->seen, count, count == 1 ? "y" : "ies");
        return;
    }
    condition->why = ESTATE_UNREAD(asking->ends->context->estate,
                                   "msDS-AllowedToDelegateTo of the source");
    condition->state = known ? CONDITION_PASS : CONDITION_UNKNOWN;
    condition->seen = ask_format(asking, "%s, and the list %s", condition->seen,
                                 known ? "is empty, which will do"
                                       : estate_unread(asking->ends->context->estate));
}

static void
ask_krbtgt(const Asking *asking)
{
    const Account *krbtgt =
        estate_krbtgt(asking->ends->context->estate, asking->ends->source);
    Condition *condition = krbtgt ? ask_bit(asking, krbtgt, UAC_NOT_DELEGATED, TRI_NO)
                                  : ask_add(asking, CONDITION_UNKNOWN);
    condition->why =
        condition->state == CONDITION_FAIL
            ? "krbtgt is marked sensitive: no ticket of the domain is delegable"
            : ESTATE_UNREAD(asking->ends->context->estate,
                            "userAccountControl of krbtgt");
    if (krbtgt)
        return;
    condition->seen = estate_unread(asking->ends->context->estate);
    condition->place = "userAccountControl of krbtgt";
}

/* What was tried for real, and the operators. */

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

static void
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

static void
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

static void
ask_operator_delegable(const Asking *asking)
{
    const GPtrArray *operators = asking->audit->operators;
    for (guint i = 0; i < operators->len; i++) {
        const Account *user = operators->pdata[i];
        Condition *condition = ask_bit(asking, user, UAC_NOT_DELEGATED, TRI_NO);
        condition->name = user->name;
        condition->nth = i;
    }
}

static void
ask_operator_unprotected(const Asking *asking)
{
    const GPtrArray *operators = asking->audit->operators;
    for (guint i = 0; i < operators->len; i++) {
        const Account *user = operators->pdata[i];
        Condition *condition = ask_protected(asking, user);
        condition->name = user->name;
        condition->nth = i;
    }
}

/* The worst of what may stand in the user's way. */
static void
ask_sign_in(const Asking *asking, const Account *user, Condition *condition)
{
    g_autoptr(GString) refused = g_string_new(NULL);
    const char *unread = NULL;
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++) {
        Tri no = signin_refused(asking->ends->context->estate, user, slip);
        if (no == TRI_YES)
            g_string_append_printf(refused, "%s%s", refused->len ? "; " : "",
                                   signin_clause(slip));
        if (no == TRI_YES || (no == TRI_UNKNOWN && refused->len == 0))
            ask_stands_in(condition, signin_attribute(slip), user);
        if (no == TRI_UNKNOWN && !unread)
            unread = attr_name(signin_attribute(slip));
    }
    condition->state = refused->len > 0 ? CONDITION_FAIL
                       : unread         ? CONDITION_UNKNOWN
                                        : CONDITION_PASS;
    condition->seen =
        refused->len > 0 ? ask_text(asking, refused->str)
        : unread         ? ask_format(asking, "%s could not be read", unread)
                 : "enabled, not expired, not locked out, within the logon hours, with a "
                   "password that need not be changed";
    if (!condition->attribute)
        ask_stands_in(condition, ATTR_UAC, user);
}

static void
ask_operator_sign_in(const Asking *asking)
{
    const GPtrArray *operators = asking->audit->operators;
    for (guint i = 0; i < operators->len; i++) {
        const Account *user = operators->pdata[i];
        Condition *condition = ask_add(asking, CONDITION_PASS);
        condition->name = user->name;
        condition->nth = i;
        ask_sign_in(asking, user, condition);
    }
}

/* Nobody exports descriptors for this: where there is none in a file, it is not asked. */
static void
ask_operator_groups(const Asking *asking)
{
    const GPtrArray *operators = asking->audit->operators;
    EdgeIndex *edges = asking->ends->context->edges;
    for (guint i = 0; i < operators->len; i++) {
        const Account *user = operators->pdata[i];
        if (!user->security && audit_is_offline(asking->audit))
            continue;
        Tri may =
            signin_groups_readable(user, edge_token(edges, asking->ends->source, user));
        Condition *condition = ask_add(asking, ask_state(may));
        condition->name = user->name;
        condition->nth = i;
        condition->seen =
            ask_format(asking, "%s %s %s's groups (tokenGroupsGlobalAndUniversal)",
                       asking->ends->source->name,
                       may == TRI_YES  ? "may read"
                       : may == TRI_NO ? "may not read"
                                       : "may or may not be let read",
                       user->name);
        ask_stands_in(condition, ATTR_SECURITY, user);
    }
}

/* The rows, and asking them. */

static const struct {
    void (*ask)(const Asking *asking);
    const char *key;
    const char *label;
    ConditionPart part;
    ConditionScope scope;
    ConditionRole role;
} rows[WHAT_COUNT] = {
#define CONDITION(name, function, key, label, part, scope, role) \
    [WHAT_##name] = {ask_##function, key, label, PART_##part, OF_##scope, ROLE_##role},
    CONDITIONS(CONDITION)
#undef CONDITION
};

const char *
condition_key(What what)
{
    return rows[what].key;
}

const char *
condition_label(What what)
{
    return rows[what].label;
}

ConditionPart
condition_part(What what)
{
    return rows[what].part;
}

ConditionScope
condition_scope(What what)
{
    return rows[what].scope;
}

ConditionRole
condition_role(What what)
{
    return rows[what].role;
}

char *
condition_where(const Condition *condition, bool by_dn)
{
    if (!condition->attribute)
        return g_strdup(condition->place);
    return g_strdup_printf("%s of %s", condition->attribute,
                           by_dn ? condition->account->dn : condition->account->name);
}

char *
condition_value(const Condition *condition)
{
    if (condition_part(condition->what) != PART_SPN)
        return g_strdup(condition->seen);
    return g_strdup_printf("%s, %s: %s", condition->name,
                           condition_label(condition->what), condition->seen);
}

bool
condition_is_unwanted(const Condition *condition)
{
    return condition->what == WHAT_UNCONSTRAINED && condition->state == CONDITION_PASS;
}

bool
condition_is_spared(const Condition *condition)
{
    return !condition->decides && rows[condition->what].part != PART_WINRM;
}

bool
condition_same_part(const Condition *a, const Condition *b)
{
    return rows[a->what].part == rows[b->what].part &&
           (a->nth == b->nth || rows[a->what].part == PART_WINRM);
}

char *
condition_title(const Condition *condition, const char *source, const char *target)
{
    switch (condition_part(condition->what)) {
    case PART_SPN:
        return g_strdup(condition->name);
    case PART_WAYS:
        return g_strdup_printf("Other ways of delegation from %s to %s", source, target);
    case PART_TARGET:
        return g_strdup_printf("Names and tickets of %s", target);
    case PART_WINRM:
        return g_strdup_printf("WinRM to %s (beside the verdict)", target);
    case PART_USER:
        return g_strdup_printf("The ticket that %s gets for the operator is forwardable",
                               source);
    case PART_PROOF:
        return g_strdup_printf("Tried for real, on behalf of %s", condition->name);
    case PART_OPERATOR:
        return g_strdup_printf("The operator %s can be delegated", condition->name);
    case CONDITION_PARTS:
        break;
    }
    g_assert_not_reached();
}

/* Not of the directory's verdict, but found out later. */
static bool
is_later(What what)
{
    return rows[what].role == ROLE_TOLD || rows[what].role == ROLE_KDC;
}

static void
ask_all(Asking *asking, ConditionScope scope)
{
    bool later = asking->audit != NULL;
    for (What what = 0; what < WHAT_COUNT; what++) {
        if (rows[what].scope != scope || is_later(what) != later)
            continue;
        asking->what = what;
        rows[what].ask(asking);
    }
}

/* What all pairs from a source, or towards a target, have in common is asked once. */
static const GArray *
ask_once(GHashTable *known, gconstpointer of, const PairEnds *ends, const Audit *audit,
         ConditionScope scope)
{
    GArray *conditions = g_hash_table_lookup(known, of);
    if (conditions)
        return conditions;
    conditions = g_array_new(FALSE, FALSE, sizeof(Condition));
    Asking asking = {.ends = ends, .audit = audit, .words = true, .out = conditions};
    ask_all(&asking, scope);
    g_hash_table_insert(known, (gpointer)of, conditions);
    return conditions;
}

static void
add_all(GPtrArray *all, const GArray *conditions)
{
    for (guint i = 0; i < conditions->len; i++)
        g_ptr_array_add(all, &g_array_index(conditions, Condition, i));
}

static const Domain *
domain_of(VerdictContext *context, const Account *account)
{
    const Domain **domain = &context->domains[account->number];
    if (!*domain)
        *domain = estate_domain_of(context->estate, account->dn);
    return *domain;
}

PairEnds
conditions_ends(VerdictContext *context, const Group *group, const Account *source,
                const Account *target, bool storage)
{
    return (PairEnds){
        .context = context,
        .group = group,
        .source = source,
        .target = target,
        .spns = verdict_needed(context, target, group, storage),
        .local = domain_of(context, source) == domain_of(context, target),
    };
}

static void
add_shared(const PairEnds *ends, const Audit *audit, GPtrArray *all)
{
    GHashTable *known = audit ? ends->context->told : ends->context->judged;
    add_all(all, ask_once(known, ends->spns, ends, audit, OF_TARGET));
    add_all(all, ask_once(known, ends->source, ends, audit, OF_SOURCE));
}

void
conditions_judged(const PairEnds *ends, GPtrArray *all, GArray *own)
{
    Asking asking = {.ends = ends, .out = own};
    ask_all(&asking, OF_PAIR);
    add_all(all, own);
    add_shared(ends, NULL, all);
}

void
conditions_answered(const Audit *audit, const Pair *pair, GPtrArray *all, GArray *own)
{
    PairEnds ends = conditions_ends(audit->context, pair->group, pair->source,
                                    pair->target, pair->storage);
    Asking asking = {
        .ends = &ends, .audit = audit, .pair = pair, .words = true, .out = own};
    if (pair->proof)
        ask_all(&asking, OF_PAIR);
    add_all(all, own);
    add_shared(&ends, audit, all);
    for (guint i = all->len; i > 0; i--)
        if (rows[((const Condition *)all->pdata[i - 1])->what].role != ROLE_KDC)
            g_ptr_array_remove_index(all, i - 1);
}

const GArray *
conditions_of_source(VerdictContext *context, const Account *source)
{
    PairEnds ends = {.context = context, .source = source};
    return ask_once(context->judged, source, &ends, NULL, OF_SOURCE);
}

/* Whether some way of delegation allows this service under every name. */
static bool
is_allowed(const Pair *pair, int service)
{
    for (int which = 0; which < SERVICE_COUNT; which++) {
        const ServiceVerdict *verdict = &pair->services[which];
        if ((service < 0 || service == which) && verdict->needed &&
            (verdict->by == 0 || verdict->missing->len > 0 || verdict->unread))
            return false;
    }
    return true;
}

/* A way that does not hold is no slip where another does, or where another is meant. */
static void
spare_ways(const Pair *pair, GArray *own)
{
    for (guint i = 0; i < own->len; i++) {
        Condition *condition = &g_array_index(own, Condition, i);
        GroupMode other = condition->what == WHAT_KCD ? MODE_RBCD : MODE_KCD;
        if (rows[condition->what].role != ROLE_WAY)
            continue;
        condition->decides =
            pair->group->mode != other &&
            (condition->state == CONDITION_PASS || !is_allowed(pair, condition->service));
    }
}

static int
in_reports(gconstpointer a, gconstpointer b)
{
    const Condition *one = *(const Condition *const *)a;
    const Condition *other = *(const Condition *const *)b;
    if (rows[one->what].part != rows[other->what].part)
        return rows[one->what].part < rows[other->what].part ? -1 : 1;
    if (one->nth != other->nth)
        return one->nth < other->nth ? -1 : 1;
    return (one->what > other->what) - (one->what < other->what);
}

ConditionList *
conditions_of(const Audit *audit, const Pair *pair)
{
    ConditionList *list = g_new0(ConditionList, 1);
    PairEnds ends = conditions_ends(audit->context, pair->group, pair->source,
                                    pair->target, pair->storage);
    list->all = g_ptr_array_new();
    list->own = g_array_new(FALSE, FALSE, sizeof(Condition));
    Asking asking = {.ends = &ends, .words = true, .out = list->own};
    ask_all(&asking, OF_PAIR);
    spare_ways(pair, list->own);
    asking.audit = audit;
    asking.pair = pair;
    ask_all(&asking, OF_PAIR);
    add_all(list->all, list->own);
    add_shared(&ends, NULL, list->all);
    add_shared(&ends, audit, list->all);
    g_ptr_array_sort(list->all, in_reports);
    return list;
}

ConditionList *
conditions_of_kind(const Audit *audit, const Pair *pair, What what)
{
    if (rows[what].scope != OF_PAIR || is_later(what)) {
        ConditionList *list = conditions_of(audit, pair);
        for (guint i = list->all->len; i > 0; i--)
            if (((const Condition *)list->all->pdata[i - 1])->what != what)
                g_ptr_array_remove_index(list->all, i - 1);
        return list;
    }
    ConditionList *list = g_new0(ConditionList, 1);
    PairEnds ends = conditions_ends(audit->context, pair->group, pair->source,
                                    pair->target, pair->storage);
    list->all = g_ptr_array_new();
    list->own = g_array_new(FALSE, FALSE, sizeof(Condition));
    Asking asking = {.ends = &ends, .words = true, .what = what, .out = list->own};
    rows[what].ask(&asking);
    spare_ways(pair, list->own);
    add_all(list->all, list->own);
    return list;
}

void
condition_list_free(ConditionList *list)
{
    if (!list)
        return;
    g_ptr_array_unref(list->all);
    g_array_unref(list->own);
    g_free(list);
}

const Condition *
condition_list_find(const ConditionList *list, What what, int service)
{
    for (guint i = 0; i < list->all->len; i++) {
        const Condition *condition = list->all->pdata[i];
        if (condition->what == what && (service < 0 || condition->service == service))
            return condition;
    }
    return NULL;
}
