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
#include "json_parts.h"

#include "base/text.h"
#include "grade.h"
#include "render/gaps.h"
#include "render/tally.h"
#include "render/tree.h"

#define SCHEMA "kcdaudit.report/2"

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
            report_flow(report, out);
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
        report_flow(report, out);
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
        report_flow(report, out);
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
    json_write_pairs(out, report);
    write_edges(out, report);
    write_array(out, "chains", chains ? chains->chains : NULL, report, chain_json);
    write_member(out, "cut", cut_json(chains));
    write_array(out, "fix_first", report->first, report, json_step);
    write_elements(out, "findings", findings, report, json_write_finding);
    write_elements(out, "fixes", report->fixes, report, json_write_fix);
    write_array(out, "waivers", audit->policy->waivers, report, json_waiver);
    g_string_append(out, "\n}\n");
}
