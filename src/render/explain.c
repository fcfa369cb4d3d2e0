/* What a pair's verdict hangs on, condition by condition. */
#include "render/explain.h"

#include "base/text.h"
#include "model/spn.h"
#include "model/wellknown.h"

#include <string.h>

#define NEAR_SHOWN 3

static void
condition_free(gpointer data)
{
    Condition *condition = data;

    g_free(condition->name);
    g_free(condition->seen);
    g_free(condition->place);
    g_free(condition);
}

void
explain_free(Explanation *explanation)
{
    if (!explanation)
        return;
    g_ptr_array_unref(explanation->conditions);
    g_ptr_array_unref(explanation->commands);
    g_free(explanation->advice);
    g_clear_pointer(&explanation->steps, g_ptr_array_unref);
    g_free(explanation);
}

static Condition *
add(Explanation *e, What what, int service, const char *name, ConditionState state)
{
    Condition *condition = g_new0(Condition, 1);

    condition->what = what;
    condition->service = service;
    condition->name = g_strdup(name);
    condition->state = state;
    g_ptr_array_add(e->conditions, condition);
    return condition;
}

static void
stands_in(Condition *condition, AttrId attr, const Account *account)
{
    condition->attribute = attr_name(attr);
    condition->account = account;
}

static ConditionState
state_of(Tri tri)
{
    return tri == TRI_YES  ? CONDITION_PASS
           : tri == TRI_NO ? CONDITION_FAIL
                           : CONDITION_UNKNOWN;
}

/* Step 1: the names and who answers to them. */

static char *
owners_text(const GPtrArray *owners)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; owners && i < owners->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
                               ((const Account *)owners->pdata[i])->dn);
    return g_string_free(out, FALSE);
}

static void
ask_spn(Explanation *e, const NeededSpn *needed)
{
    const Account *target = e->pair->target;
    Condition *condition = add(e, WHAT_SPN, (int)needed->service, needed->spn,
                               state_of(needed->resolves_known));
    bool held = needed->owners && needed->owners->len > 0;

    if (!held) {
        condition->seen = g_strdup(needed->problem ? needed->problem : "on no account");
        condition->place =
            g_strdup(e->report->audit->estate->spns_forest_wide
                         ? "servicePrincipalName of every account of the forest"
                         : "servicePrincipalName of the accounts read");
        return;
    }
    g_autofree char *owners = owners_text(needed->owners);
    const char *held_as = needed->through ? needed->through : needed->spn;
    bool alias = needed->how == RESOLVE_ALIAS;
    bool alone =
        needed->owners->len == 1 && (const Account *)needed->owners->pdata[0] == target;
    if (alone) {
        condition->seen = g_strdup_printf(
            "%s%s%s%s", alias ? held_as : "registered", alias ? " (by sPNMappings)" : "",
            needed->problem ? ": " : ", on this account alone",
            needed->problem ? needed->problem : "");
        stands_in(condition, ATTR_SPN, target);
        return;
    }
    condition->seen = g_strdup_printf("%s%s%s", needed->problem, alias ? ", as " : "",
                                      alias ? held_as : "");
    condition->place = g_strdup_printf("servicePrincipalName of %s", owners);
}

/* What the list holds for the same host in its place. */
static char *
near_entries(const Account *source, const Account *target)
{
    g_autoptr(GString) out = g_string_new(NULL);
    guint found = 0;

    for (guint i = 0; i < source->delegate_to->len; i++) {
        const char *entry = source->delegate_to->pdata[i];
        g_autoptr(Spn) spn = spn_parse(entry);

        if (!spn || !account_has_name(target, spn->host))
            continue;
        if (found++ < NEAR_SHOWN)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", entry);
    }
    if (found > NEAR_SHOWN)
        g_string_append_printf(out, " and %u more", found - NEAR_SHOWN);
    return found > 0 ? g_strdup(out->str) : NULL;
}

static void
say_no_entry(Condition *condition, const Account *source, const Account *target)
{
    g_autofree char *near = near_entries(source, target);
    guint count = source->delegate_to->len;

    if (count == 0)
        condition->seen = g_strdup("the list is empty");
    else if (near)
        condition->seen = g_strdup_printf(
            "not in the list of %u; for %s it holds only: %s", count, target->name, near);
    else
        condition->seen = g_strdup_printf("not in the list of %u, nor any entry for %s",
                                          count, target->name);
}

static void
ask_kcd(Explanation *e, const NeededSpn *needed, bool local)
{
    const Account *source = e->pair->source;
    Tri entry = edge_kcd(verdict_edges(e->report->audit->context), source, needed->spn);
    Condition *condition =
        add(e, WHAT_KCD, (int)needed->service, needed->spn, state_of(entry));

    stands_in(condition, ATTR_DELEGATE_TO, source);
    if (entry == TRI_UNKNOWN)
        condition->seen = g_strdup("could not be read");
    else if (entry == TRI_NO)
        say_no_entry(condition, source, e->pair->target);
    else
        condition->seen = g_strdup("the list has it");
    if (entry == TRI_NO || (local && e->pair->group->mode != MODE_RBCD))
        return;
    /* Classic delegation stays inside a domain (MS-SFU 3.2.5.2.1). */
    g_autofree char *seen = g_steal_pointer(&condition->seen);
    condition->seen = g_strdup_printf("%s, but %s", seen,
                                      local ? "this group is to use RBCD (mode=rbcd)"
                                            : "classic delegation ends at the domain");
    condition->state = CONDITION_FAIL;
}

static const TicketEvidence *
ticket_for(const Audit *audit, const char *spn)
{
    for (guint i = 0; audit->tickets && i < audit->tickets->len; i++) {
        const TicketEvidence *ticket = audit->tickets->pdata[i];

        if (text_equal(ticket->spn, spn))
            return ticket;
    }
    return NULL;
}

static void
ask_ticket(Explanation *e, const NeededSpn *needed)
{
    const TicketEvidence *ticket = ticket_for(e->report->audit, needed->spn);
    const char *realm = e->report->audit->estate->realm;

    if (!ticket)
        return;
    Condition *condition = add(e, WHAT_TICKET, (int)needed->service, needed->spn,
                               ticket->granted    ? CONDITION_PASS
                               : ticket->answered ? CONDITION_FAIL
                                                  : CONDITION_UNKNOWN);
    const char *etype = etype_name(ticket->etype);
    if (ticket->granted)
        condition->seen =
            etype
                ? g_strdup_printf("%s, kvno %u, %.1f ms", etype, ticket->kvno, ticket->ms)
                : g_strdup_printf("etype %d, kvno %u, %.1f ms", ticket->etype,
                                  ticket->kvno, ticket->ms);
    else
        condition->seen = g_strdup_printf(
            "%s%s%s%s", ticket->answered ? "refused: " : "no KDC answered: ",
            ticket->error ? ticket->error : "", ticket->meaning ? ": " : "",
            ticket->meaning ? ticket->meaning : "");
    condition->place = g_strdup_printf("KDC of %s", realm ? realm : "the realm");
}

static void
ask_dns_name(Explanation *e)
{
    const Account *target = e->pair->target;

    if (target->dns || e->pair->group->names == NAMES_SHORT)
        return;
    Condition *condition =
        add(e, WHAT_DNS_NAME, -1, NULL,
            account_knows(target, ATTR_DNS_NAME) ? CONDITION_FAIL : CONDITION_UNKNOWN);
    condition->seen =
        g_strdup(condition->state == CONDITION_FAIL ? "none" : "could not be read");
    stands_in(condition, ATTR_DNS_NAME, target);
}

/* Step 2: the legs that are of the pair and not of one SPN. */

static char *
ace_text(const Estate *estate, const SecDesc *descriptor, guint place)
{
    const Ace *ace = &g_array_index(descriptor->aces, Ace, place);
    g_autofree char *name =
        sid_is_set(&ace->sid) ? estate_sid_name(estate, &ace->sid) : g_strdup("?");
    bool deny = ace->type == ACE_DENY || ace->type == ACE_DENY_OBJECT;

    return g_strdup_printf("ACE %u of %u: %s %s 0x%08x", place + 1, descriptor->aces->len,
                           deny ? "deny" : "allow", name, ace->mask);
}

/* The first ACE for a SID of the token, whatever it gives; -1: none. */
static int
ace_naming(const SecDesc *descriptor, GHashTable *token)
{
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);

        if (sid_is_set(&ace->sid) && (ace->flags & ACE_FLAG_INHERIT_ONLY) == 0 &&
            g_hash_table_contains(token, &ace->sid))
            return (int)i;
    }
    return -1;
}

/* The descriptor as the KDC checks it (MS-SFU 3.2.5.2.3). */
static char *
descriptor_text(const Explanation *e, const RbcdEdge *edge)
{
    const Estate *estate = e->report->audit->estate;
    const Account *source = e->pair->source;
    const GError *error = NULL;
    const SecDesc *descriptor = edge_descriptor(verdict_edges(e->report->audit->context),
                                                e->pair->target, &error);
    if (!descriptor)
        return g_strdup_printf("does not parse: %s", error ? error->message : "");
    if (descriptor->dacl != DACL_LIST)
        return g_strdup("has no access list: everybody may act");
    bool complete = false;
    g_autoptr(GHashTable) token = estate_token(estate, source, &complete);
    AccessResult result = secdesc_check(descriptor, token, RIGHT_CONTROL_ACCESS);
    int place = result.ace >= 0 ? result.ace : ace_naming(descriptor, token);
    if (place < 0)
        return g_strdup_printf("none of %u ACEs names %s or a group it is in%s",
                               descriptor->aces->len, source->name,
                               complete ? "" : " (its groups were not all read)");
    g_autofree char *ace = ace_text(estate, descriptor, (guint)place);
    if (edge->by_generic)
        return g_strdup_printf("%s: only by a generic right, which a KDC does not map",
                               ace);
    if (result.ace < 0)
        return g_strdup_printf("%s, without the right 0x100 that the KDC asks for", ace);
    return g_strdup_printf(
        "%s%s%s", ace, edge->granted == TRI_UNKNOWN ? "; other ACEs are in doubt" : "",
        edge->unevaluated ? "; object ACEs were passed over" : "");
}

static void
ask_rbcd(Explanation *e)
{
    const Pair *pair = e->pair;
    EdgeIndex *edges = verdict_edges(e->report->audit->context);
    RbcdEdge edge = edge_rbcd(edges, pair->source, pair->target);
    Condition *condition = add(e, WHAT_RBCD, -1, NULL, state_of(edge.granted));

    stands_in(condition, ATTR_RBCD, pair->target);
    if (edge.present)
        condition->seen = descriptor_text(e, &edge);
    else
        condition->seen =
            g_strdup(edge.granted == TRI_UNKNOWN ? "could not be read" : "no descriptor");
    if (edge.granted == TRI_NO || pair->group->mode != MODE_KCD)
        return;
    g_autofree char *seen = g_steal_pointer(&condition->seen);
    condition->seen =
        g_strdup_printf("%s, but this group is to use the list (mode=kcd)", seen);
    condition->state = CONDITION_FAIL;
}

/* Whether a bit is as it should be: "NOT_DELEGATED is off, in 4096". */
static Condition *
ask_bit(Explanation *e, What what, const char *name, const Account *account, guint32 bit,
        bool wanted)
{
    Tri on = account_flag(account, bit);
    Tri known = on == TRI_UNKNOWN           ? TRI_UNKNOWN
                : (on == TRI_YES) == wanted ? TRI_YES
                                            : TRI_NO;
    Condition *condition = add(e, what, -1, name, state_of(known));

    stands_in(condition, ATTR_UAC, account);
    condition->seen = account_flag_text(account, bit);
    return condition;
}

/* Step 3: the evidence ticket. */

static void
ask_protected(Explanation *e, What what, const char *name, const Account *account)
{
    Tri in =
        estate_in_domain_group(e->report->audit->estate, account, RID_PROTECTED_USERS);
    Tri known = in == TRI_YES ? TRI_NO : in == TRI_NO ? TRI_YES : TRI_UNKNOWN;
    Condition *condition = add(e, what, -1, name, state_of(known));

    condition->seen = g_strdup(in == TRI_YES  ? "a member"
                               : in == TRI_NO ? "no member"
                                              : "memberships could not all be read");
    stands_in(condition, account->token_groups ? ATTR_TOKEN_GROUPS : ATTR_MEMBER_OF,
              account);
}

/* MS-SFU 3.2.5.1.2: T2A4D, or an empty list. */
static void
ask_transition(Explanation *e)
{
    const Account *source = e->pair->source;
    Condition *condition = ask_bit(e, WHAT_TRANSITION, NULL, source, UAC_T2A4D, true);
    guint count = source->delegate_to->len;

    if (condition->state != CONDITION_FAIL)
        return;
    g_autofree char *seen = g_steal_pointer(&condition->seen);
    if (count > 0) {
        condition->seen = g_strdup_printf("%s, and the list has %u value%s", seen, count,
                                          count == 1 ? "" : "s");
        return;
    }
    bool known = account_knows(source, ATTR_DELEGATE_TO);
    condition->state = known ? CONDITION_PASS : CONDITION_UNKNOWN;
    condition->seen =
        g_strdup_printf("%s, and the list %s", seen,
                        known ? "is empty, which will do" : "could not be read");
}

static void
ask_krbtgt(Explanation *e)
{
    const Account *krbtgt = estate_krbtgt(e->report->audit->estate, e->pair->source);

    if (krbtgt) {
        ask_bit(e, WHAT_KRBTGT, NULL, krbtgt, UAC_NOT_DELEGATED, false);
        return;
    }
    Condition *condition = add(e, WHAT_KRBTGT, -1, NULL, CONDITION_UNKNOWN);
    condition->seen = g_strdup("could not be read");
    condition->place = g_strdup("userAccountControl of krbtgt");
}

static void
ask_operators(Explanation *e)
{
    const GPtrArray *operators = e->report->audit->operators;

    for (guint i = 0; operators && i < operators->len; i++) {
        const Account *user = operators->pdata[i];

        ask_bit(e, WHAT_OPERATOR_DELEGABLE, user->name, user, UAC_NOT_DELEGATED, false);
        ask_protected(e, WHAT_OPERATOR_UNPROTECTED, user->name, user);
    }
}

/* Whether a leg of the pair allows this service under every name. */
static bool
is_allowed(const Pair *pair, int service)
{
    for (int which = 0; which < SERVICE_COUNT; which++) {
        const ServiceVerdict *verdict = &pair->services[which];

        if ((service < 0 || service == which) && verdict->needed &&
            (verdict->by == 0 || verdict->missing->len > 0))
            return false;
    }
    return true;
}

/* A leg that does not allow is no slip where another does; unconstrained
 * delegation is never wanted. */
static void
spare_legs(Explanation *e)
{
    for (guint i = 0; i < e->conditions->len; i++) {
        Condition *condition = e->conditions->pdata[i];

        if (condition->state != CONDITION_PASS &&
            (condition->what == WHAT_KCD || condition->what == WHAT_RBCD))
            condition->spared = is_allowed(e->pair, condition->service);
        if (condition->what == WHAT_UNCONSTRAINED)
            condition->spared = condition->state == CONDITION_FAIL;
        /* The other leg is the one meant. */
        if (condition->what == WHAT_RBCD && e->pair->group->mode == MODE_KCD)
            condition->spared = true;
        if (condition->what == WHAT_KCD && e->pair->group->mode == MODE_RBCD)
            condition->spared = true;
    }
}

static void
ask_all(Explanation *e)
{
    const Audit *audit = e->report->audit;
    const Pair *pair = e->pair;
    const TargetSpns *target =
        verdict_needed(audit->context, pair->target, pair->group, pair->storage);
    bool local = estate_domain_of(audit->estate, pair->source->dn) ==
                 estate_domain_of(audit->estate, pair->target->dn);

    ask_dns_name(e);
    for (guint i = 0; i < target->needed->len; i++) {
        const NeededSpn *needed = target->needed->pdata[i];

        ask_spn(e, needed);
        ask_kcd(e, needed, local);
        ask_ticket(e, needed);
    }
    ask_rbcd(e);
    ask_bit(e, WHAT_UNCONSTRAINED, NULL, pair->source, UAC_TRUSTED_FOR_DELEGATION, true);
    ask_bit(e, WHAT_SOURCE_ENABLED, NULL, pair->source, UAC_DISABLED, false);
    ask_bit(e, WHAT_SOURCE_DELEGABLE, NULL, pair->source, UAC_NOT_DELEGATED, false);
    ask_protected(e, WHAT_SOURCE_UNPROTECTED, NULL, pair->source);
    ask_transition(e);
    ask_krbtgt(e);
    ask_operators(e);
    spare_legs(e);
}

Explanation *
explain_conditions(const Report *report, const Pair *pair)
{
    const Audit *audit = report->audit;
    Explanation *e = g_new0(Explanation, 1);

    e->report = report;
    e->pair = pair;
    e->back = pair->storage ? NULL : audit_pair(audit, pair->target, pair->source);
    e->conditions = g_ptr_array_new_with_free_func(condition_free);
    e->commands = g_ptr_array_new_with_free_func(g_free);
    ask_all(e);
    return e;
}

Explanation *
explain_pair(const Report *report, const Pair *pair)
{
    Explanation *e = explain_conditions(report, pair);

    explain_find_next(e);
    return e;
}
