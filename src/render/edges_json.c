/* Delegations and their chains as JSON. */
#include "edges.h"

#include "audit/rules.h"
#include "base/text.h"
#include "formats.h"
#include "render/tree.h"

/* Findings by what they name: "=" and the id of an edge; the number of an account, a sign
 * and an SPN ("/"), the number of a target (">") or the name of a trustee ("<"); the
 * number alone ("!"): unconstrained. */
struct EdgeFindings {
    GHashTable *by_key; /* char * -> GPtrArray of const char *, ids */
};

/* (transfer full), or NULL: names no edge. */
static char *
key_of(const Finding *finding)
{
    const Account *subject = finding->subject_account;
    RuleScope scope = rule_scope(&rules[finding->rule]);

    if (scope == SCOPE_EDGE)
        return finding->ran_towards ? g_strconcat("=", finding->ran_towards, NULL) : NULL;
    if (!subject || (scope != SCOPE_HOST && scope != SCOPE_ACCOUNT))
        return NULL;
    if (finding->rule == RULE_DEL_04)
        return g_strdup_printf("%u!", subject->number);
    if (g_str_has_prefix(finding->id, "RBC"))
        return finding->target
                   ? g_strdup_printf("%u<%s", subject->number, finding->target)
                   : NULL;
    if (!g_str_has_prefix(finding->id, "DEL"))
        return NULL;
    if (finding->spn) {
        g_autofree char *folded = text_fold(finding->spn);
        return g_strdup_printf("%u/%s", subject->number, folded);
    }
    return finding->target_account ? g_strdup_printf("%u>%u", subject->number,
                                                     finding->target_account->number)
                                   : NULL;
}

static bool
has_id(const GPtrArray *ids, const char *id)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)ids, id, g_str_equal, NULL);
}

EdgeFindings *
edge_findings_new(const Audit *audit)
{
    EdgeFindings *findings = g_new0(EdgeFindings, 1);

    findings->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        char *key = key_of(finding);
        GPtrArray *ids = key ? g_hash_table_lookup(findings->by_key, key) : NULL;

        if (key && !ids) {
            ids = g_ptr_array_new();
            g_hash_table_insert(findings->by_key, g_strdup(key), ids);
        }
        if (key && !has_id(ids, finding->id))
            g_ptr_array_add(ids, finding->id);
        g_free(key);
    }
    return findings;
}

void
edge_findings_free(EdgeFindings *findings)
{
    if (!findings)
        return;
    g_hash_table_unref(findings->by_key);
    g_free(findings);
}

static void
add_ids(const EdgeFindings *findings, char *key, GPtrArray *into)
{
    const GPtrArray *ids = g_hash_table_lookup(findings->by_key, key);

    for (guint i = 0; ids && i < ids->len; i++)
        if (!has_id(into, ids->pdata[i]))
            g_ptr_array_add(into, ids->pdata[i]);
    g_free(key);
}

/* (transfer container, of const char *) */
static GPtrArray *
findings_of(const Edge *edge, const EdgeFindings *findings)
{
    GPtrArray *ids = g_ptr_array_new();
    const Account *source = edge->source.account;
    const Account *target = edge->owner == OWNER_FOUND ? edge->target.account : NULL;

    add_ids(findings, g_strconcat("=", edge->id, NULL), ids);
    if (edge->way == LEG_UNCONSTRAINED && source)
        add_ids(findings, g_strdup_printf("%u!", source->number), ids);
    if (edge->way == LEG_RBCD && target)
        add_ids(findings, g_strdup_printf("%u<%s", target->number, edge->source.name),
                ids);
    if (edge->way != LEG_KCD || !source)
        return ids;
    if (target)
        add_ids(findings, g_strdup_printf("%u>%u", source->number, target->number), ids);
    for (guint i = 0; i < edge->spns->len; i++) {
        g_autofree char *folded = text_fold(((const EdgeSpn *)edge->spns->pdata[i])->spn);

        add_ids(findings, g_strdup_printf("%u/%s", source->number, folded), ids);
    }
    return ids;
}

bool
edge_is_listed(const Edge *edge, const EdgeFindings *findings)
{
    g_autoptr(GPtrArray) named = findings_of(edge, findings);

    if (named->len > 0)
        return true;
    return !edge->migration &&
           (edge->verdict != VERDICT_READY || edge->undeclared || edge->tier0);
}

/* PRINCIPAL */

static json_t *
principal_json(const Principal *principal)
{
    json_t *object = json_object();
    g_autofree char *sid =
        sid_is_set(&principal->sid) ? sid_format(&principal->sid) : NULL;

    tree_put_text(object, "name", principal->name);
    tree_put_text(object, "domain", principal->domain);
    tree_put_text(object, "sid", sid);
    tree_put_text(object, "dn", principal->account ? principal->account->dn : NULL);
    tree_put_text(object, "kind", principal_kind_names[principal->kind]);
    return object;
}

json_t *
edge_account_json(const Audit *audit, const Account *account)
{
    const Domain *domain = estate_domain_of(audit->estate, account->dn);
    const Principal principal = {
        .kind = principal_kind_of(account),
        .account = account,
        .sid = account->sid,
        .name = account->name,
        .domain = domain ? domain->dns : NULL,
    };

    return principal_json(&principal);
}

static json_t *
declared_json(Tri declared)
{
    return declared == TRI_UNKNOWN ? json_null() : json_boolean(declared == TRI_YES);
}

static json_t *
spns_json(const Edge *edge)
{
    json_t *array = json_array();

    for (guint i = 0; i < edge->spns->len; i++) {
        const EdgeSpn *spn = edge->spns->pdata[i];
        json_t *object = json_object();

        tree_put_text(object, "spn", spn->spn);
        tree_put_text(object, "verdict", verdict_names[spn->verdict]);
        tree_put(
            object, "reasons",
            tree_texts(list_at(spn->verdict == VERDICT_READY ? NULL : spn->reasons)));
        tree_put(object, "declared", declared_json(spn->declared));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *
risks_json(const Edge *edge)
{
    guint risks = edge_risks(edge);
    json_t *array = json_array();

    for (guint i = 0; i < RISK_COUNT; i++)
        if ((risks & 1u << i) != 0)
            json_array_append_new(array, tree_string(edge_risk_names[i]));
    return array;
}

static json_t *
proof_json(const Edge *edge)
{
    for (guint i = 0; i < edge->spns->len; i++) {
        const Pair *pair = ((const EdgeSpn *)edge->spns->pdata[i])->pair;

        if (pair && pair->proof)
            return render_proof(pair->proof);
    }
    return json_null();
}

const char *
edge_way_name(Leg way)
{
    return way == LEG_KCD ? leg_names[0] : way == LEG_RBCD ? leg_names[1] : leg_names[2];
}

json_t *
edge_json(const Edge *edge, const EdgeFindings *findings)
{
    json_t *object = json_object();
    g_autoptr(GPtrArray) named = findings_of(edge, findings);
    g_autofree char *via = edge->has_via ? sid_format(&edge->source.sid) : NULL;

    tree_put_text(object, "id", edge->id);
    tree_put(object, "source", principal_json(&edge->source));
    tree_put(object, "target",
             edge->owner == OWNER_FOUND ? principal_json(&edge->target) : json_null());
    tree_put_text(object, "owner", edge_owner_names[edge->owner]);
    tree_put_text(object, "way", edge_way_name(edge->way));
    tree_put(object, "protocol_transition", json_boolean(edge->transition));
    tree_put_text(object, "via", via);
    if (edge->has_via)
        tree_put_count(object, "members", edge->members);
    tree_put(object, "spns", spns_json(edge));
    tree_put_text(object, "verdict", verdict_names[edge->verdict]);
    tree_put(object, "reasons", tree_texts(edge->reasons));
    tree_put_text(object, "workload", edge->workload);
    tree_put(object, "tier0", json_boolean(edge->tier0));
    tree_put(object, "missing", json_boolean(edge->missing));
    tree_put(object, "by_design", json_boolean(edge_by_design(edge)));
    tree_put(object, "risks", risks_json(edge));
    tree_put(object, "findings", tree_strings(named));
    tree_put(object, "proof", proof_json(edge));
    return object;
}

json_t *
edge_chain_json(const Audit *audit, const Chain *chain)
{
    json_t *object = json_object();
    json_t *steps = json_array();

    for (guint i = 0; i < chain->steps->len; i++)
        json_array_append_new(steps,
                              tree_string(((const Edge *)chain->steps->pdata[i])->id));
    tree_put(object, "from", edge_account_json(audit, chain->from));
    tree_put(object, "to", edge_account_json(audit, chain->to));
    tree_put(object, "tier0", json_boolean(chain->tier0));
    tree_put(object, "steps", steps);
    return object;
}

json_t *
edge_cut_json(const Cut *cut)
{
    json_t *object = json_object();

    tree_put_text(object, "edge", cut->edge->id);
    tree_put_count(object, "frees", cut->frees);
    return object;
}
