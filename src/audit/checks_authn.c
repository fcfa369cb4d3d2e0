/* ACC-12: authentication policies and silos. */
#include "checks.h"

/* The list of the policy, as far as it names anybody. */
static void
show_list(Finding *finding, const Audit *audit, const Pair *pair, const PolicyEdge *edge)
{
    const SecDesc *descriptor =
        edge_policy_descriptor(verdict_edges(audit->context), pair->target);
    g_autofree char *key =
        g_strdup_printf("who may authenticate to it, by %s",
                        edge->check->policy ? edge->check->policy->name : "its policy");
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; descriptor && i < descriptor->aces->len && i < 20; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        g_autofree char *name =
            sid_is_set(&ace->sid) ? estate_sid_name(audit->estate, &ace->sid) : NULL;
        g_string_append_printf(names, "%s%s %s", names->len ? ", " : "",
                               ace_denies(ace) ? "deny" : "allow", name ? name : "?");
    }
    if (descriptor)
        finding_evidence(finding, key, names->len ? names->str : "nobody");
    if (descriptor && !sid_is_set(&descriptor->owner))
        finding_evidence(finding, "its owner", "none: a KDC then refuses everybody");
}

static void
show_assignment(Finding *finding, const Account *target, const AuthnCheck *check)
{
    AttrId attr = check->silo ? ATTR_AUTHN_SILO : ATTR_AUTHN_POLICY;
    const char *value = check->silo ? target->authn_silo : target->authn_policy;
    g_autofree char *key = g_strdup_printf("%s of %s", attr_name(attr), target->name);
    if (value)
        finding_evidence(finding, key, value);
}

void
check_authentication_policy(const Audit *audit, const Pair *pair, Sink *sink)
{
    EdgeIndex *edges = verdict_edges(audit->context);
    PolicyEdge edge = edge_policy(edges, pair->source, pair->target);
    const About whom = about_pair(pair->source, pair->target);
    if (edge.allowed == TRI_YES)
        return;
    if (edge.allowed == TRI_UNKNOWN) {
        g_autofree char *doubt = edge_policy_doubt(edges, pair->source, pair->target);
        Finding *finding = sink_unknown(sink, whom);
        finding_say(finding,
                    "Whether an authentication policy gives the source a ticket is not "
                    "known",
                    "%s to %s: %s.", pair->source->name, pair->target->name, doubt);
        show_assignment(finding, pair->target, edge.check);
        return;
    }
    g_autofree char *name = edge_policy_name(edge.check);
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, whom);
    finding_say(
        finding, "An authentication policy of the target gives the source no ticket",
        "%s has %s, which does not let %s authenticate to it. The KDC checks the source "
        "host here, not the operator, and answers KDC_ERR_POLICY (0xC0000413) whatever "
        "the delegation allows. Add %s to those whom the policy allows, or put both "
        "hosts into one silo that allows its members.",
        pair->target->name, name, pair->source->name, pair->source->name);
    show_assignment(finding, pair->target, edge.check);
    show_list(finding, audit, pair, &edge);
}
