/* What a delegation is, and whether somebody has to look at it. */
#include "audit/delegation.h"

#include "audit/audit.h"
#include "audit/conditions.h"
#include "base/text.h"

const char *const edge_owner_names[OWNER_COUNT] = {"found", "none", "several", "any",
                                                   "unknown"};
const char *const principal_kind_names[PRINCIPAL_COUNT] = {
    "computer", "user", "gmsa", "dmsa", "group", "wellknown", "foreign", "orphan"};

void
edge_free(Edge *edge)
{
    if (!edge)
        return;
    g_free(edge->id);
    g_ptr_array_unref(edge->spns);
    texts_unref(edge->reasons);
    list_unref(edge->own, (GDestroyNotify)pair_free);
    g_clear_pointer(&edge->in_group, g_ptr_array_unref);
    g_free(edge);
}

bool
edge_by_design(const Edge *edge)
{
    return edge->way == LEG_UNCONSTRAINED && edge->source.account &&
           account_is_dc(edge->source.account) == TRI_YES;
}

/* Whether the first thing that its ticket lacks is protocol transition. */
static bool
lacks_transition(const Audit *audit, const Account *source)
{
    const GArray *conditions = conditions_of_source(audit->context, source);
    for (guint i = 0; i < conditions->len; i++) {
        const Condition *condition = &g_array_index(conditions, Condition, i);
        if (condition_role(condition->what) == ROLE_TICKET &&
            condition->state != CONDITION_PASS)
            return condition->what == WHAT_TRANSITION &&
                   condition->state == CONDITION_FAIL;
    }
    return false;
}

bool
edge_kerberos_only(const Audit *audit, const Edge *edge)
{
    if (edge->verdict != VERDICT_DEGRADED)
        return false;
    for (guint i = 0; i < edge->spns->len; i++) {
        const EdgeSpn *spn = edge->spns->pdata[i];
        if (spn->verdict == VERDICT_READY)
            continue;
        if (!spn->pair || list_at(spn->reasons)->len != 1 ||
            !lacks_transition(audit, spn->pair->source))
            return false;
    }
    return true;
}

bool
edge_at_risk(const Audit *audit, const Edge *edge)
{
    bool works = edge->verdict == VERDICT_READY || edge_kerberos_only(audit, edge);
    return !works || edge->undeclared || edge->tier0 || edge->broad ||
           (edge->way == LEG_UNCONSTRAINED && !edge_by_design(edge));
}

PrincipalKind
principal_kind_of(const Account *account)
{
    return (account->kinds & KIND_DMSA) != 0       ? PRINCIPAL_DMSA
           : (account->kinds & KIND_MANAGED) != 0  ? PRINCIPAL_GMSA
           : (account->kinds & KIND_COMPUTER) != 0 ? PRINCIPAL_COMPUTER
           : (account->kinds & KIND_GROUP) != 0    ? PRINCIPAL_GROUP
                                                   : PRINCIPAL_USER;
}

char *
principal_id_name(const Estate *estate, const Principal *principal)
{
    bool elsewhere = principal->domain && estate->domain &&
                     !text_equal(principal->domain, estate->domain);
    return elsewhere ? g_strdup_printf("%s@%s", principal->name, principal->domain)
                     : g_strdup(principal->name);
}

char *
account_id_name(const Estate *estate, const Account *account)
{
    const Domain *domain = estate_home_of(estate, account);
    const Principal principal = {.name = account->name,
                                 .domain = domain ? domain->dns : NULL};
    return principal_id_name(estate, &principal);
}
