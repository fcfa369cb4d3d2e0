/* Judges by what holds of everybody: the target's own conditions, and krbtgt's. */
#include "anyone.h"

#include "context.h"
#include "model/etypes.h"
#include "model/token.h"

void
anyone_say(Anyone *anyone, Verdict verdict, const char *reason)
{
    if (verdict < anyone->verdict)
        return;
    if (anyone->reasons && verdict > anyone->verdict)
        g_ptr_array_set_size(anyone->reasons, 0);
    anyone->verdict = verdict;
    if (anyone->reasons)
        g_ptr_array_add(anyone->reasons,
                        g_string_chunk_insert_const(anyone->context->words, reason));
}

static void
say_no_ticket(Anyone *anyone, const Account *target, Tri given, const char *why)
{
    g_autofree char *text =
        given == TRI_NO
            ? g_strdup_printf("nobody gets a ticket to %s: %s", target->name, why)
            : g_strdup_printf("whether anybody gets a ticket to %s is not known: %s",
                              target->name, why);
    anyone_say(anyone, given == TRI_NO ? VERDICT_BROKEN : VERDICT_UNKNOWN, text);
}

/* Of several domains the others' krbtgt counts for their accounts. */
static void
look_at_krbtgt(Anyone *anyone, const Account *target)
{
    const Estate *estate = anyone->context->estate;
    Tri delegable = verdict_krbtgt_delegable(anyone->context, target);
    if (delegable == TRI_YES)
        return;
    if (delegable == TRI_UNKNOWN)
        anyone_say(anyone, VERDICT_UNKNOWN,
                   ESTATE_UNREAD(estate, "userAccountControl of krbtgt"));
    else if (estate->domains->len > 1)
        anyone_say(
            anyone, VERDICT_UNKNOWN,
            "krbtgt is marked sensitive: no ticket of the domain is delegable, and "
            "whether those of other domains are is not known");
    else
        anyone_say(anyone, VERDICT_BROKEN,
                   "krbtgt is marked sensitive: no ticket of the domain is delegable");
}

static Tri
is_everybodys(const Sid *sid, gpointer sids)
{
    return g_hash_table_contains(sids, sid) ? TRI_YES : TRI_UNKNOWN;
}

/* Only whom everybody is counts as let in: whoever else may be is not asked one by one.
 */
static void
look_at_policy(Anyone *anyone, const Account *target)
{
    EdgeIndex *edges = anyone->context->edges;
    const AuthnCheck check = authn_check_of(anyone->context->estate, target);
    if (check.applies == TRI_NO)
        return;
    const SecDesc *descriptor = edge_policy_descriptor(edges, target);
    g_autofree char *name = edge_policy_name(&check);
    g_autofree char *whom = g_strdup_printf("%s says whom it lets in", name);
    if (!descriptor) {
        say_no_ticket(anyone, target, TRI_UNKNOWN, check.why ? check.why : whom);
        return;
    }
    g_autoptr(GHashTable) sids = g_hash_table_new(sid_hash, sid_equal);
    token_add_everybody(sids);
    Decision decision = secdesc_decide(descriptor, is_everybodys, sids);
    if (!sid_is_set(&descriptor->owner) || decision.granted == TRI_NO) {
        g_autofree char *nobody = g_strdup_printf("%s lets nobody in", name);
        say_no_ticket(anyone, target, TRI_NO, nobody);
    } else if (decision.granted == TRI_UNKNOWN) {
        say_no_ticket(anyone, target, TRI_UNKNOWN, whom);
    }
}

static void
look_at_ticket(Anyone *anyone, const Account *target)
{
    const EtypeAnswer etypes = etypes_towards(anyone->context->estate, target);
    if (etypes.common != TRI_YES)
        say_no_ticket(anyone, target, etypes.common, etypes.why);
    look_at_policy(anyone, target);
}

void
anyone_acts_on(Anyone *anyone, const Account *target)
{
    look_at_krbtgt(anyone, target);
    look_at_ticket(anyone, target);
    if (edge_old_kdcs(anyone->context->estate, target))
        anyone_say(anyone, VERDICT_UNKNOWN,
                   "only domain controllers older than Windows Server 2012 are known of, "
                   "which do not evaluate its descriptor");
}

/* Whether each of its SPNs leads elsewhere, or to several. */
static bool
has_no_spn_alone(VerdictContext *context, const Account *account)
{
    if (account->spns->len > SPNS_TRIED)
        return false;
    for (guint i = 0; i < account->spns->len; i++) {
        const TargetSpns *written =
            verdict_written(context, account, account->spns->pdata[i]);
        if (((const NeededSpn *)written->needed->pdata[0])->resolves_known != TRI_NO)
            return false;
    }
    return true;
}

void
anyone_forwards_to(Anyone *anyone, const Account *account)
{
    if (account_is_enabled(account) == TRI_NO) {
        anyone_say(anyone, VERDICT_BROKEN, "the source's account is disabled");
    } else if (account_knows(account, ATTR_SPN) && account->spns->len == 0) {
        anyone_say(anyone, VERDICT_BROKEN,
                   "the source has no SPN, so nobody forwards a ticket to it");
    } else {
        if (account_knows(account, ATTR_SPN) &&
            has_no_spn_alone(anyone->context, account))
            anyone_say(
                anyone, VERDICT_BROKEN,
                "no SPN of the source leads to it alone, so nobody forwards a ticket to "
                "it");
        look_at_krbtgt(anyone, account);
        look_at_ticket(anyone, account);
    }
}
