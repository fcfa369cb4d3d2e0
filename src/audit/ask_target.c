/* The target's names, who answers to them, and whom it lets in. */
#include "ask.h"

#include "context.h"
#include "model/etypes.h"
#include "model/trust.h"

#include <string.h>

void
ask_target_name(const Asking *asking)
{
    if (account_knows(asking->ends->target, ATTR_SAM_NAME) ||
        asking->ends->group->names == NAMES_FQDN ||
        asking->ends->group->names == NAMES_WRITTEN)
        return;
    Condition *condition = ask_add(asking, CONDITION_UNKNOWN);
    condition->seen = estate_unread(asking->ends->context->estate);
    condition->why =
        ESTATE_UNREAD(asking->ends->context->estate, "sAMAccountName of the target");
    ask_stands_in(condition, ATTR_SAM_NAME, asking->ends->target);
}

void
ask_dns_name(const Asking *asking)
{
    const Account *target = asking->ends->target;
    GroupNames names = asking->ends->group->names;
    if (names == NAMES_SHORT || names == NAMES_WRITTEN)
        return;
    bool known = account_knows(target, ATTR_DNS_NAME);
    bool full = target->dns && strchr(target->dns, '.');
    Condition *condition = ask_add(asking, full    ? CONDITION_PASS
                                           : known ? CONDITION_FAIL
                                                   : CONDITION_UNKNOWN);
    condition->worst = names == NAMES_FQDN ? VERDICT_BROKEN : VERDICT_DEGRADED;
    condition->seen = target->dns ? target->dns
                      : known     ? "none"
                                  : estate_unread(asking->ends->context->estate);
    condition->why =
        target->dns ? "the target's dNSHostName is no full name, so only its short name "
                      "can be used"
        : known
            ? "the target has no dNSHostName, so only its short name can be used"
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
        condition->seen =
            !held && !needed->problem
                ? "registered, on this account alone"
                : ask_format(asking, "%s%s%s%s", held ? held : "registered",
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

void
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

void
ask_spn(const Asking *asking)
{
    ask_spns(asking, asking->ends->spns->needed);
}

/* An SPN of a disabled account says so itself, where its owner is known. */
void
ask_target_enabled(const Asking *asking)
{
    const GPtrArray *all = asking->ends->spns->needed;
    Condition *condition = ask_bit(asking, asking->ends->target, UAC_DISABLED, TRI_NO);
    for (guint i = 0; i < all->len; i++)
        if (((const NeededSpn *)all->pdata[i])->resolves_known == TRI_UNKNOWN &&
            condition->state == CONDITION_FAIL)
            condition->why = "the target's account is disabled";
    if (condition->state == CONDITION_FAIL && account_is_krbtgt(asking->ends->target)) {
        condition->state = CONDITION_UNKNOWN;
        condition->why = NULL; /* its SPN says so */
    }
}

/* The trust of two forests, as each side holds it; NULL: not read. */
typedef struct {
    const Trust *source;
    const Trust *target;
} Between;

static void
add_cause(GString *out, Tri state, const char *yes, const char *no, const char *unknown)
{
    g_string_append(out, state == TRI_YES ? yes : state == TRI_NO ? no : unknown);
}

/* Selective authentication is set where the trust is given, the delegation of TGTs
 * where it is used. */
static const char *
trust_causes(const Asking *asking, const Between *trusts)
{
    const Trust *shown = trusts->target ? trusts->target : trusts->source;
    Tri selective = trusts->target ? trust_flag(trusts->target, TRUST_CROSS_ORGANIZATION)
                                   : TRI_UNKNOWN;
    Tri tgt =
        trusts->source ? trust_flag(trusts->source, TRUST_TGT_DELEGATION) : TRI_UNKNOWN;
    g_autofree char *attributes = trust_attributes_text(shown);
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out,
                           "the hosts are in different forests. Of the trust with %s "
                           "(trustAttributes %s): ",
                           shown->partner, attributes);
    add_cause(out, selective,
              "selective authentication is on, so the target has to let them in "
              "(Allowed-To-Authenticate, KB 2959395); ",
              "selective authentication is off; ",
              "selective authentication may forbid such requests (KB 2959395); ");
    add_cause(out, tgt, "TGTs may be delegated; ",
              "TGTs are not delegated, so unconstrained delegation fails; ",
              "whether TGTs may be delegated was not read; ");
    g_string_append(out, "some such requests are refused by design (KB 4033246)");
    return ask_text(asking, out->str);
}

/* What shows in a trust that was read; that some requests are refused by design shows
 * nowhere. */
void
ask_forest(const Asking *asking)
{
    const PairEnds *ends = asking->ends;
    if (ends->local ||
        estate_in_one_forest(ends->context->estate, ends->source, ends->target) != TRI_NO)
        return;
    Condition *condition = ask_add(asking, CONDITION_UNKNOWN);
    const Estate *estate = ends->context->estate;
    const Domain *from = estate_home_of(estate, ends->source);
    const Domain *to = estate_home_of(estate, ends->target);
    const Between trusts = {estate_trust_between(estate, from, to),
                            estate_trust_between(estate, to, from)};
    if (trusts.source || trusts.target) {
        condition->why = trust_causes(asking, &trusts);
        condition->seen =
            "no: what a KDC lets through the trust is not visible from here";
        condition->place =
            ask_format(asking, "trustAttributes of %s",
                       trusts.target ? trusts.target->dn : trusts.source->dn);
        return;
    }
    condition->why =
        "the hosts are in different forests: some such requests are refused by design "
        "(KB 4033246), selective authentication may forbid them (KB 2959395), and so may "
        "the trust (TGT delegation)";
    condition->seen = "no: what a KDC lets through the trust is not visible from here";
    condition->place = "CN=Partitions of both forests";
}

/* Without a common encryption type the KDC answers KDC_ERR_ETYPE_NOSUPP, whoever may
 * delegate to whom. */
void
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
void
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
