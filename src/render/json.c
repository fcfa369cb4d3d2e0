/* The JSON report, kcdaudit.report/2.
 *
 * Members of the top level and elements of the long arrays are made and
 * written one at a time, so that an estate with a million pairs does not
 * stand in memory twice as a tree.
 */
#include "edges.h"
#include "facts.h"
#include "formats.h"
#include "hosts.h"
#include "lacks.h"

#include "base/text.h"
#include "changed.h"
#include "grade.h"
#include "render/explain.h"
#include "render/frameworks.h"
#include "render/gaps.h"
#include "render/tally.h"
#include "render/tree.h"

#include <string.h>

#define SCHEMA "kcdaudit.report/2"
#define TARGETS_MANY 16  /* of one finding: above it they are written a line each */
#define PAIRS_MANY 10000 /* above it what pairs lack is written once, and numbered */

/* Of const Account *; NULL: none. */
static json_t *
names_of(const GPtrArray *accounts)
{
    json_t *array = json_array();

    for (guint i = 0; accounts && i < accounts->len; i++) {
        const Account *account = g_ptr_array_index(accounts, i);

        json_array_append_new(array, tree_string(account->name));
    }
    return array;
}

/* Writing. */

static void
write_member(GString *out, const char *key, json_t *value)
{
    g_string_append_printf(
        out, "%s\n  \"%s\": ", g_str_has_suffix(out->str, "{") ? "" : ",", key);
    tree_write(out, value, 1);
}

/* An array member whose elements `make` makes (transfer full) one by one; NULL
 * leaves one out. */
static void
write_array(GString *out, const char *key, const GPtrArray *elements,
            const Report *report,
            json_t *(*make)(const Report *report, gconstpointer element))
{
    bool any = false;

    g_string_append_printf(out, ",\n  \"%s\": [", key);
    for (guint i = 0; elements && i < elements->len; i++) {
        json_t *value = make(report, g_ptr_array_index(elements, i));

        if (value) {
            g_string_append_printf(out, "%s\n    ", any ? "," : "");
            tree_write(out, value, 2);
            any = true;
        }
    }
    g_string_append(out, any ? "\n  ]" : "]");
}

/* The same of elements that are written piece by piece. */
static void
write_elements(GString *out, const char *key, const GPtrArray *elements,
               const Report *report,
               void (*write)(GString *out, const Report *report, gconstpointer element))
{
    g_string_append_printf(out, ",\n  \"%s\": [", key);
    for (guint i = 0; elements && i < elements->len; i++) {
        g_string_append_printf(out, "%s\n    ", i > 0 ? "," : "");
        write(out, report, elements->pdata[i]);
    }
    g_string_append(out, elements && elements->len > 0 ? "\n  ]" : "]");
}

/* The parts, in the contract's order. */

json_t *
render_tool(const Report *report)
{
    json_t *tool = json_object();

    tree_put_text(tool, "name", "kcdaudit");
    tree_put_text(tool, "version", report->tool_version);
    return tool;
}

static json_t *
source_json(const Origin *origin)
{
    g_autofree char *data = origin->data_us > 0 ? text_time(origin->data_us) : NULL;
    json_t *source = json_object();

    tree_put_text(source, "kind", origin->kind);
    tree_put_text(source, "uri", origin->uri);
    tree_put_text(source, "dc", origin->dc);
    tree_put_text(source, "domain", origin->domain);
    tree_put_text(source, "data_time", data);
    return source;
}

/* The same, with what it takes to tell that it is the same data. */
static json_t *
whole_source_json(const Origin *origin)
{
    json_t *source = source_json(origin);
    json_t *files = json_array();

    for (guint i = 0; i < origin->files->len; i++) {
        const OriginFile *file = origin->files->pdata[i];
        json_t *object = json_object();

        tree_put_text(object, "path", file->path);
        tree_put_text(object, "sha256", file->sha256);
        tree_put(object, "bytes", json_integer((json_int_t)file->bytes));
        json_array_append_new(files, object);
    }
    tree_put_text(source, "dated_by", dated_names[origin->dated]);
    tree_put(source, "snapshot", json_boolean(origin->snapshot));
    tree_put(source, "files", files);
    return source;
}

json_t *
render_sources(const Report *report)
{
    const GPtrArray *origins = report->audit->estate->origins;
    json_t *sources = json_array();

    for (guint i = 0; i < origins->len; i++)
        json_array_append_new(sources, whole_source_json(origins->pdata[i]));
    return sources;
}

json_t *
render_run(const Report *report, bool complete)
{
    const Estate *estate = report->audit->estate;
    const GPtrArray *origins = estate->origins;
    g_autofree char *started = text_time(report->started_us);
    json_t *run = json_object();
    g_autoptr(GPtrArray) gaps = gaps_of(report->audit);

    tree_put_text(run, "started", started);
    tree_put(run, "duration_ms", json_integer(report->duration_ms));
    tree_put(run, "source",
             origins->len > 0 ? source_json(origins->pdata[0]) : json_null());
    tree_put(run, "sources", render_sources(report));
    tree_put(run, "configuration",
             tree_strings(report->audit->policy ? report->audit->policy->files : NULL));
    tree_put_text(run, "principal", estate->principal);
    tree_put(run, "complete", json_boolean(complete && gaps->len == 0));
    tree_put(run, "gaps", gaps_json(gaps));
    if (report->audit->facts)
        tree_put(run, "facts", facts_json(report->audit));
    return run;
}

static json_t *
granted_refused(guint granted, guint refused)
{
    json_t *object = json_object();

    tree_put_count(object, "granted", granted);
    tree_put_count(object, "refused", refused);
    return object;
}

static json_t *
edges_summary_json(const Tally *tally)
{
    json_t *object = json_object();

    for (guint i = 0; i < VERDICT_COUNT; i++)
        tree_put_count(object, verdict_names[i], tally->edges[i]);
    tree_put_count(object, "undeclared", tally->edges_undeclared);
    tree_put_count(object, "tier0", tally->edges_tier0);
    return object;
}

static json_t *
summary_json(const Report *report)
{
    Tally tally = tally_of(report->audit);
    Grade grade = grade_of_audit(report->audit);
    json_t *summary = json_object();
    json_t *findings = json_object();

    tree_put_count(summary, "hosts", tally.hosts);
    tree_put_count(summary, "pairs", tally.pairs);
    for (guint i = 0; i < VERDICT_COUNT; i++) {
        Verdict verdict = tally_verdicts[i];

        tree_put_count(summary, verdict_names[verdict], tally.verdicts[verdict]);
    }
    for (int i = SEVERITY_COUNT - 1; i >= 0; i--) {
        tree_put_count(findings, severity_names[i], tally.failed[i]);
    }
    tree_put_count(findings, "waived", tally.waived);
    tree_put_count(findings, "derived", tally.derived);
    if (report->shown)
        tree_put_count(findings, "hidden", report->shown->hidden);
    tree_put(summary, "edges", edges_summary_json(&tally));
    tree_put_count(summary, "causes", report->first ? report->first->len : 0);
    tree_put(summary, "findings", findings);
    tree_put(summary, "grade", grade_json(&grade));
    tree_put(summary, "tickets", granted_refused(tally.granted, tally.refused));
    tree_put(summary, "proofs",
             granted_refused(tally.proofs_granted, tally.proofs_refused));
    return summary;
}

static json_t *
group_json(const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    static const char *const origins[] = {
        [ORIGIN_CONFIG] = "config",
        [ORIGIN_INFERRED] = "inferred",
        [ORIGIN_HOSTS] = "hosts",
    };
    const Group *group = element;
    json_t *object = json_object();

    tree_put_text(object, "name", group->name);
    tree_put_text(object, "origin", origins[group->origin]);
    tree_put(object, "members", names_of(group->members));
    return object;
}

static json_t *
ticket_json(const TicketEvidence *ticket)
{
    json_t *object = json_object();
    g_autofree char *enctype = etype_text(ticket->etype);

    tree_put_text(object, "spn", ticket->spn);
    tree_put_text(object, "result", ticket->granted ? "granted" : "refused");
    tree_put_text(object, "error", ticket->granted ? NULL : ticket->error);
    tree_put_text(object, "enctype", ticket->granted ? enctype : NULL);
    tree_put(object, "kvno", ticket->granted ? json_integer(ticket->kvno) : json_null());
    tree_put(object, "ms", json_real(ticket->ms));
    return object;
}

static void
append_facet(const char *name, void *data)
{
    json_array_append_new((json_t *)data, tree_string(name));
}

static json_t *
host_json(const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    const Host *host = element;
    const Account *account = host->account;
    g_autofree char *sid = NULL;
    json_t *object = json_object();
    json_t *delegation = json_array();
    json_t *spns = json_array();
    json_t *tickets = json_array();

    if (sid_is_set(&account->sid)) {
        sid = sid_format(&account->sid);
    }
    if (!tally_delegation(account, append_facet, delegation))
        append_facet("unknown", delegation);
    for (guint i = 0; i < host->spns->len; i++) {
        const SpnStatus *status = g_ptr_array_index(host->spns, i);
        json_t *spn = json_object();

        tree_put_text(spn, "spn", status->spn);
        tree_put_text(spn, "status", spn_state_names[status->state]);
        tree_put(spn, "owners", names_of(status->owners));
        json_array_append_new(spns, spn);
    }
    for (guint i = 0; host->tickets && i < host->tickets->len; i++) {
        const TicketEvidence *ticket = g_ptr_array_index(host->tickets, i);

        if (ticket->granted || ticket->answered) {
            json_array_append_new(tickets, ticket_json(ticket));
        }
    }
    tree_put_text(object, "name", account->name);
    tree_put_text(object, "dns", account->dns);
    tree_put_text(object, "dn", account->dn);
    tree_put_text(object, "sid", sid);
    tree_put_text(object, "os", account->os);
    tree_put(object, "enabled",
             account_is_enabled(account) == TRI_UNKNOWN
                 ? json_null()
                 : json_boolean(account_is_enabled(account) == TRI_YES));
    tree_put(object, "delegation", delegation);
    tree_put(object, "spns", spns);
    tree_put(object, "tickets", tickets);
    return object;
}

/* A host that discovery passed over. */
static json_t *
left_out_json(const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    const Account *account = element;
    json_t *object = json_object();

    tree_put_text(object, "name", account->name);
    tree_put_text(object, "dn", account->dn);
    tree_put_text(object, "why", "disabled");
    return object;
}

static json_t *
service_json(const ServiceVerdict *service)
{
    json_t *object = json_object();
    json_t *by = json_array();

    for (guint leg = 0; leg < G_N_ELEMENTS(leg_names); leg++) {
        if ((service->by & (1u << leg)) != 0) {
            json_array_append_new(by, tree_string(leg_names[leg]));
        }
    }
    tree_put_text(object, "verdict", verdict_names[service->verdict]);
    tree_put(object, "by", by);
    tree_put(object, "missing", tree_strings(service->missing));
    tree_put(object, "reasons", tree_strings(service->reasons));
    return object;
}

/* What no KDC answered is a gap. */
json_t *
render_proof(const PairProof *proof)
{
    json_t *object;
    json_t *results;

    if (!proof) {
        return json_null();
    }
    object = json_object();
    results = json_array();
    for (guint i = 0; i < proof->results->len; i++) {
        const TicketEvidence *result = g_ptr_array_index(proof->results, i);
        g_autofree char *number = NULL;
        const char *ntstatus = result->ntstatus_name;
        json_t *entry;

        if (!result->granted && !result->answered) {
            continue;
        }
        if (!ntstatus && result->ntstatus) {
            number = g_strdup_printf("0x%08X", result->ntstatus);
            ntstatus = number;
        }
        entry = json_object();
        tree_put_text(entry, "spn", result->spn);
        tree_put_text(entry, "result", result->granted ? "granted" : "refused");
        tree_put_text(entry, "error", result->granted ? NULL : result->error);
        tree_put_text(entry, "ntstatus", result->granted ? NULL : ntstatus);
        json_array_append_new(results, entry);
    }
    tree_put_text(object, "user", proof->source->user);
    tree_put(object, "self_forwardable",
             proof->source->self_granted ? json_boolean(proof->source->self_forwardable)
                                         : json_null());
    tree_put(object, "results", results);
    return object;
}

json_t *
render_services(const Pair *pair)
{
    json_t *services = json_object();

    for (guint i = 0; i < SERVICE_COUNT; i++) {
        if (pair->services[i].needed) {
            g_autofree char *name = explain_service_name(pair, (int)i);

            tree_put(services, name, service_json(&pair->services[i]));
        }
    }
    if (pair->winrm) {
        tree_put(services, "winrm", service_json(pair->winrm));
    }
    return services;
}

json_t *
render_pair(const Pair *pair)
{
    json_t *object = json_object();

    tree_put_text(object, "source", pair->source->name);
    tree_put_text(object, "target", pair->target->name);
    tree_put_text(object, "verdict", verdict_names[pair->verdict]);
    tree_put(object, "services", render_services(pair));
    tree_put(object, "proof", render_proof(pair->proof));
    return object;
}

static bool
pair_is_listed(const Report *report, const Pair *pair)
{
    return pair->verdict != VERDICT_READY || report->all_pairs;
}

static bool
pairs_are_many(const Report *report)
{
    guint listed = 0;

    for (guint i = 0; i < report->audit->pairs->len; i++)
        listed += pair_is_listed(report, report->audit->pairs->pdata[i]);
    return listed > PAIRS_MANY;
}

/* A line: what is said of its services stands once, under its number. */
static void
write_pair_of_many(GString *out, const Pair *pair, Lacks *lacks)
{
    json_t *object = json_object();

    tree_put_text(object, "source", pair->source->name);
    tree_put_text(object, "target", pair->target->name);
    tree_put_text(object, "verdict", verdict_names[pair->verdict]);
    tree_put_count(object, "lacks", lacks_number(lacks, pair));
    tree_put(object, "proof", render_proof(pair->proof));
    tree_write_line(out, object);
}

static void
write_pairs(GString *out, const Report *report)
{
    const GPtrArray *pairs = report->audit->pairs;
    bool many = pairs_are_many(report), any = false;
    g_autoptr(Lacks) lacks = lacks_new();

    g_string_append(out, ",\n  \"pairs\": [");
    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = pairs->pdata[i];

        if (!pair_is_listed(report, pair))
            continue;
        g_string_append_printf(out, "%s\n    ", any ? "," : "");
        if (many)
            write_pair_of_many(out, pair, lacks);
        else
            tree_write(out, render_pair(pair), 2);
        any = true;
    }
    g_string_append(out, any ? "\n  ]" : "]");
    lacks_write(lacks, out);
}

/* Key -> value, or an array of the values where a key comes again. */
static void
put_evidence(json_t *object, const char *name, const char *value)
{
    g_autofree char *key = g_utf8_make_valid(name, -1);
    json_t *held = json_object_get(object, key);
    json_t *array;

    if (!held) {
        tree_put_text(object, key, value);
        return;
    }
    if (json_is_array(held)) {
        json_array_append_new(held, tree_string(value));
        return;
    }
    array = json_array();
    json_array_append(array, held);
    json_array_append_new(array, tree_string(value));
    tree_put(object, key, array);
}

static json_t *
evidence_json(const GPtrArray *evidence)
{
    json_t *object = json_object();

    for (guint i = 0; i < evidence->len; i++) {
        const Evidence *piece = g_ptr_array_index(evidence, i);

        put_evidence(object, piece->key, piece->value);
    }
    return object;
}

/* What the finding's own evidence does not have. */
static json_t *
target_evidence_json(const FindingGroup *group, guint member)
{
    const Finding *finding = group->members->pdata[member];
    const char *untold = group->untold->pdata[member];
    json_t *object = json_object();

    if (untold)
        put_evidence(object, "what is wrong", untold);
    for (guint i = 0; i < finding->evidence->len; i++) {
        const Evidence *piece = finding->evidence->pdata[i];

        if (!finding_group_has(group, piece))
            put_evidence(object, piece->key, piece->value);
    }
    return object;
}

static json_t *
targets_json(const FindingGroup *group)
{
    json_t *targets = json_array();

    for (guint i = 0; i < group->members->len; i++) {
        const Finding *finding = group->members->pdata[i];
        g_autofree char *since = finding->since_us ? text_time(finding->since_us) : NULL;
        json_t *target = json_object();

        tree_put_text(target, "target", finding->target);
        tree_put_text(target, "spn", finding->spn);
        tree_put(target, "evidence", target_evidence_json(group, i));
        tree_put_text(target, "since", since);
        if (finding->because)
            tree_put_text(target, "because", finding->because);
        json_array_append_new(targets, target);
    }
    return targets;
}

static json_t *
waived_json(const Finding *finding)
{
    json_t *object;

    if (!finding->waived_reason) {
        return json_null();
    }
    object = json_object();
    tree_put_text(object, "reason", finding->waived_reason);
    tree_put_text(object, "until", finding->waived_until);
    return object;
}

/* The findings that it follows from, each once. */
static json_t *
because_json(const FindingGroup *group)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *array = json_array();

    for (guint i = 0; i < group->members->len; i++) {
        char *because = ((const Finding *)group->members->pdata[i])->because;

        if (because && g_hash_table_add(known, because))
            json_array_append_new(array, tree_string(because));
    }
    return array;
}

json_t *
render_finding(const FindingGroup *group)
{
    const Finding *finding = group->first;
    json_t *object = json_object();

    tree_put_text(object, "id", group->id);
    tree_put_text(object, "rule", rule_name(finding->rule));
    tree_put_text(object, "severity", severity_names[finding->severity]);
    tree_put_text(object, "status",
                  finding->status == STATUS_UNKNOWN ? "unknown" : "fail");
    tree_put_text(object, "subject", finding->subject);
    tree_put_text(object, "target", group->target);
    tree_put_text(object, "spn", group->spn);
    tree_put_text(object, "title", group->title);
    tree_put_text(object, "detail", group->detail);
    tree_put(object, "evidence", evidence_json(group->evidence));
    tree_put(object, "fixes", tree_strings(group->fixes));
    tree_put(object, "waived", waived_json(finding));
    tree_put(object, "because", because_json(group));
    tree_put(object, "targets", targets_json(group));
    tree_put(object, "frameworks", frameworks_json(finding->rule));
    tree_put(object, "changed", changed_json(finding));
    return object;
}

/* Of const Finding *: what they are listed as, each once. */
json_t *
render_ids(const GPtrArray *findings)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *array = json_array();

    for (guint i = 0; i < findings->len; i++) {
        char *id = ((const Finding *)findings->pdata[i])->id;

        if (g_hash_table_add(known, id))
            json_array_append_new(array, tree_string(id));
    }
    return array;
}

/* The names of a step's parts, by what tells the name of one. */
static json_t *
step_ids(const GPtrArray *parts, const char *(*id_of)(gconstpointer part))
{
    json_t *array = json_array();

    for (guint i = 0; i < parts->len; i++)
        json_array_append_new(array, tree_string(id_of(parts->pdata[i])));
    return array;
}

static const char *
fix_id(gconstpointer fix)
{
    return ((const Fix *)fix)->id;
}

static const char *
step_id(gconstpointer step)
{
    return ((const FirstStep *)step)->id;
}

static json_t *
step_json(const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    const FirstStep *step = element;
    json_t *object = json_object();
    json_t *ids = json_array();

    for (guint i = 0; i < step->rules->len; i++)
        json_array_append_new(
            ids, tree_string(rule_name(g_array_index(step->rules, RuleId, i))));
    tree_put_text(object, "id", step->id);
    tree_put_text(object, "title", step->title);
    tree_put_text(object, "subject", step->subject);
    tree_put(object, "rules", ids);
    tree_put(object, "fixes", step_ids(step->fixes, fix_id));
    tree_put_count(object, "pairs_after", step->pairs_after);
    tree_put_count(object, "edges_after", step->edges_after);
    tree_put_count(object, "pairs_alone", step->pairs_alone);
    tree_put(object, "needs", step_ids(step->needs, step_id));
    tree_put(object, "findings", render_ids(step->findings));
    return object;
}

/* Its targets a line each where they are many. */
static void
write_finding(GString *out, const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    json_t *object = render_finding(element);
    json_t *targets = json_object_get(object, "targets");

    if (json_array_size(targets) <= TARGETS_MANY) {
        tree_write(out, object, 2);
        return;
    }
    json_incref(targets);
    json_object_del(object, "targets");
    tree_write(out, object, 2);
    tree_write_lines(out, "targets", targets, 2);
}

static json_t *
commands_json(const GPtrArray *setspn, const GPtrArray *powershell, const char *ldif)
{
    json_t *object = json_object();

    tree_put(object, "setspn", tree_strings(setspn));
    tree_put(object, "powershell", tree_strings(powershell));
    tree_put_text(object, "ldif", ldif != NULL ? ldif : "");
    return object;
}

static json_t *
fix_json(const Fix *fix)
{
    json_t *object = json_object();

    tree_put_text(object, "id", fix->id);
    tree_put_text(object, "kind", fix_kind_names[fix->kind]);
    tree_put_text(object, "subject", fix->account->name);
    tree_put_text(object, "dn", fix->account->dn);
    tree_put(object, "add", tree_strings(fix->add));
    tree_put(object, "remove", tree_strings(fix->remove));
    tree_put_text(object, "risk", fix->risk != NULL ? fix->risk : "");
    tree_put(object, "commands", commands_json(fix->setspn, fix->powershell, fix->ldif));
    tree_put(object, "undo",
             commands_json(fix->undo_setspn, fix->undo_powershell, fix->undo_ldif));
    return object;
}

/* In one line where it is long. */
static void
write_fix(GString *out, const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    const Fix *fix = element;

    if (fix_is_long(fix))
        tree_write_line(out, fix_json(fix));
    else
        tree_write(out, fix_json(fix), 2);
}

static json_t *
waiver_json(const Report *report, gconstpointer item)
{
    const Waiver *waiver = item;
    json_t *object = json_object();

    (void)report;
    tree_put_text(object, "name", waiver->name);
    tree_put_text(object, "rule", rule_name(waiver->rule));
    tree_put_text(object, "reason", waiver->reason);
    tree_put_text(object, "until", waiver->until);
    tree_put_text(object, "status",
                  waiver->expired        ? "expired"
                  : waiver->matched == 0 ? "unmatched"
                                         : "active");
    tree_put_count(object, "matched", waiver->matched);
    return object;
}

/* Delegations, each made and written by itself as well. */
static void
write_edges(GString *out, const Report *report)
{
    const Audit *audit = report->audit;
    g_autoptr(EdgeFindings) findings = edge_findings_new(audit);
    bool any = false;

    g_string_append(out, ",\n  \"edges\": [");
    for (guint i = 0; audit->edges && i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];

        if (!report->all_edges && !edge_is_listed(edge, findings))
            continue;
        g_string_append_printf(out, "%s\n    ", any ? "," : "");
        tree_write(out, edge_json(edge, findings), 2);
        any = true;
    }
    g_string_append(out, any ? "\n  ]" : "]");
}

static json_t *
chain_json(const Report *report, gconstpointer chain)
{
    return edge_chain_json(report->audit, chain);
}

static json_t *
cut_json(const Chains *chains)
{
    json_t *array = json_array();

    for (guint i = 0; chains && i < chains->cut->len; i++)
        json_array_append_new(array, edge_cut_json(&g_array_index(chains->cut, Cut, i)));
    return array;
}

void
render_json(const Report *report, GString *out)
{
    const Audit *audit = report->audit;
    const Chains *chains = audit->chains;
    g_autoptr(GPtrArray) left_out = hosts_left_out(audit);
    g_autoptr(GPtrArray) findings = report_groups(report);

    g_string_append_c(out, '{');
    write_member(out, "schema", tree_string(SCHEMA));
    write_member(out, "tool", render_tool(report));
    write_member(out, "run", render_run(report, !audit_incomplete(audit)));
    write_member(out, "summary", summary_json(report));
    write_array(out, "groups", audit->groups, report, group_json);
    write_array(out, "hosts", audit->hosts, report, host_json);
    write_array(out, "left_out", left_out, report, left_out_json);
    write_pairs(out, report);
    write_edges(out, report);
    write_array(out, "chains", chains ? chains->chains : NULL, report, chain_json);
    write_member(out, "cut", cut_json(chains));
    write_array(out, "fix_first", report->first, report, step_json);
    write_elements(out, "findings", findings, report, write_finding);
    write_elements(out, "fixes", report->fixes, report, write_fix);
    write_array(out, "waivers", audit->policy->waivers, report, waiver_json);
    g_string_append(out, "\n}\n");
}
