/* The pairs of the JSON report: one by one, or by what they lack. */
#include "json_parts.h"
#include "lacks.h"
#include "line.h"

#include "render/explain.h"
#include "render/tree.h"

#define PAIRS_MANY 10000 /* above it what pairs lack is written once, and numbered */

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
    tree_put(object, "missing", tree_texts(service->missing));
    tree_put(object, "reasons", tree_texts(service->reasons));
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
    g_string_append_c(out, '{');
    line_put_text(out, "source", pair->source->name);
    line_put_text(out, "target", pair->target->name);
    line_put_text(out, "verdict", verdict_names[pair->verdict]);
    line_key(out, "lacks");
    line_number(out, lacks_number(lacks, pair));
    line_key(out, "proof");
    tree_write_line(out, render_proof(pair->proof));
    g_string_append_c(out, '}');
}

void
json_write_pairs(GString *out, const Report *report)
{
    const GPtrArray *pairs = report->audit->pairs;
    bool many = pairs_are_many(report), any = false;
    g_autoptr(Lacks) lacks = lacks_new();

    g_string_append(out, ",\n  \"pairs\": [");
    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = pairs->pdata[i];

        if (!pair_is_listed(report, pair))
            continue;
        g_string_append(out, any ? ",\n    " : "\n    ");
        if (many)
            write_pair_of_many(out, pair, lacks);
        else
            tree_write(out, render_pair(pair), 2);
        any = true;
        report_flow(report, out);
    }
    g_string_append(out, any ? "\n  ]" : "]");
    lacks_write(lacks, report, out);
}
