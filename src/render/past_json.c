/* The history and the difference of two audits, as JSON. */
#include "render/past_page.h"

#include "base/text.h"
#include "grade.h"
#include "past_row.h"
#include "render/gaps.h"
#include "render/tree.h"

#include <string.h>

#define HISTORY_SCHEMA "kcdaudit.history/1"
#define DIFF_SCHEMA "kcdaudit.diff/1"

static void
put_time(json_t *object, const char *key, gint64 unix_us)
{
    g_autofree char *text = text_time(unix_us);
    tree_put_text(object, key, text);
}

static json_t *
scope_json(const PastScope *scope)
{
    json_t *object = json_object();
    json_t *hosts = json_array();
    g_auto(GStrv) names = g_strsplit(scope->hosts, "\n", -1);
    for (char **name = names; *name; name++)
        json_array_append_new(hosts, tree_string(*name));
    tree_put_text(object, "domain", scope->domain);
    tree_put(object, "hosts", hosts);
    tree_put_text(object, "config", *scope->config ? scope->config : NULL);
    return object;
}

static json_t *
changes_json(const guint *counts)
{
    json_t *object = json_object();
    for (guint i = 0; i < CHANGE_COUNT; i++)
        tree_put_count(object, change_names[i], counts[i]);
    return object;
}

static json_t *
source_json(const PastRun *run)
{
    json_t *object = json_object();
    tree_put_text(object, "kind", run->source_kind);
    tree_put_text(object, "uri", run->source_uri);
    tree_put_text(object, "dc", run->dc);
    return object;
}

/* null: delegations were not looked at. */
static json_t *
run_edges_json(const PastRun *run, guint count, guint came, guint gone)
{
    if (!run->edges_kept)
        return json_null();
    json_t *object = json_object();
    tree_put_count(object, "count", count);
    tree_put_count(object, "came", came);
    tree_put_count(object, "gone", gone);
    return object;
}

json_t *
past_run_json(const PastRun *run)
{
    json_t *object = json_object();
    json_t *asked = json_array(), *pairs = json_object(), *findings = json_object();
    json_t *tickets = json_object();
    Grade grade = grade_of_run(run);
    for (guint i = 0; i < ASKED_COUNT; i++)
        if (run->asked & (1u << i))
            json_array_append_new(asked, tree_string(asked_names[i]));
    for (guint i = 0; i < VERDICT_COUNT; i++)
        tree_put_count(pairs, verdict_names[i], run->pairs[i]);
    for (int i = SEVERITY_COUNT - 1; i >= 0; i--)
        tree_put_count(findings, severity_names[i], run->findings[i]);
    tree_put_count(findings, "unknown", run->unknown);
    tree_put_count(findings, "waived", run->waived);
    tree_put_count(tickets, "granted", run->tickets_granted);
    tree_put_count(tickets, "refused", run->tickets_refused);

    tree_put(object, "run", json_integer(run->number));
    put_time(object, "started", run->started_us);
    tree_put(object, "duration_ms", json_integer(run->duration_ms));
    tree_put(object, "scope", scope_json(&run->scope));
    tree_put(object, "source", source_json(run));
    tree_put_text(object, "principal", run->principal);
    tree_put_text(object, "tool_version", run->tool_version);
    tree_put(object, "asked", asked);
    tree_put(object, "complete", json_boolean(run->complete));
    tree_put(object, "exit", json_integer(run->exit_status));
    tree_put_count(object, "hosts", run->hosts);
    tree_put(object, "pairs", pairs);
    tree_put(object, "findings", findings);
    tree_put(object, "grade", grade_json(&grade));
    tree_put(object, "tickets", tickets);
    tree_put_count(object, "gaps", run->gaps);
    tree_put_text(object, "reach", run->reach < 0 ? NULL : reach_names[run->reach]);
    tree_put(object, "edges",
             run_edges_json(run, run->edges, run->edges_came, run->edges_gone));
    tree_put(object, "chains",
             run_edges_json(run, run->chains, run->chains_came, run->chains_gone));
    tree_put(object, "previous",
             run->previous ? json_integer(run->previous) : json_null());
    tree_put(object, "changes", run->previous ? changes_json(run->changes) : json_null());
    return object;
}

static json_t *
history_json(const char *place, json_t *runs, json_t *findings)
{
    json_t *object = json_object();
    tree_put_text(object, "schema", HISTORY_SCHEMA);
    tree_put_text(object, "file", place);
    tree_put(object, "runs", runs);
    tree_put(object, "findings", findings);
    return object;
}

json_t *
past_runs_json(const void *data)
{
    const PastRuns *what = data;
    json_t *runs = json_array();
    for (guint i = 0; i < what->runs->len; i++)
        json_array_append_new(runs, past_run_json(what->runs->pdata[i]));
    return history_json(what->place, runs, json_array());
}

static json_t *
seen_json(gint64 run, gint64 started_us)
{
    json_t *object = json_object();
    tree_put(object, "run", json_integer(run));
    put_time(object, "started", started_us);
    return object;
}

/* "fail", "waived", "unknown", "doubt", "unseen"; absent: how it went. */
static const char *
state_name(const PastState *state, Absence absence)
{
    if (state->standing == STANDING_ABSENT)
        return absence_names[absence];
    return state->standing == STANDING_FAIL && state->waived
               ? "waived"
               : standing_names[state->standing];
}

static json_t *
target_json(const PastTarget *target)
{
    json_t *object = json_object();
    tree_put_text(object, "target", target->target);
    tree_put_text(object, "spn", target->spn);
    tree_put_text(object, "detail", target->detail);
    tree_put(object, "first_seen", seen_json(target->first_run, target->first_us));
    tree_put(object, "last_seen", seen_json(target->last_run, target->last_us));
    return object;
}

static json_t *
finding_json(const PastFinding *finding)
{
    json_t *object = json_object();
    tree_put_text(object, "id", finding->id);
    tree_put_text(object, "rule", finding->rule);
    tree_put_text(object, "subject", finding->subject);
    tree_put_text(object, "target", finding->target);
    tree_put_text(object, "spn", finding->spn);
    tree_put_text(object, "title", finding->title);
    tree_put_text(object, "detail", finding->detail);
    tree_put(object, "first_seen", seen_json(finding->first_run, finding->first_us));
    tree_put(object, "last_seen", seen_json(finding->last_run, finding->last_us));
    return object;
}

static json_t *
lived_json(const PastTarget *target)
{
    json_t *object = target_json(target);
    tree_put_text(object, "severity", severity_names[target->after.severity]);
    tree_put_text(object, "state", state_name(&target->after, target->absence));
    return object;
}

json_t *
past_lives_json(const void *data)
{
    const PastLives *what = data;
    json_t *findings = json_array();
    for (guint i = 0; i < what->lives->len; i++) {
        const PastLife *life = what->lives->pdata[i];
        json_t *object = finding_json(life->finding), *targets = json_array();
        for (guint t = 0; t < life->finding->targets->len; t++)
            json_array_append_new(targets, lived_json(life->finding->targets->pdata[t]));
        tree_put(object, "targets", targets);
        tree_put_text(object, "severity", severity_names[life->finding->after.severity]);
        tree_put_text(object, "state",
                      state_name(&life->finding->after, life->finding->absence));
        tree_put(object, "scope", scope_json(&life->scope));
        json_array_append_new(findings, object);
    }
    return history_json(what->place, json_array(), findings);
}

/* How it stood; null: it was not there. */
static json_t *
state_json(const PastState *state)
{
    json_t *object = json_object();
    if (state->standing == STANDING_ABSENT) {
        json_decref(object);
        return json_null();
    }
    tree_put_text(object, "state", state_name(state, ABSENCE_MENDED));
    tree_put_text(object, "severity", severity_names[state->severity]);
    return object;
}

static json_t *
changed_target_json(const PastTarget *target)
{
    json_t *object = target_json(target);
    tree_put_text(object, "change", change_names[target->change]);
    tree_put(object, "before", state_json(&target->before));
    tree_put(object, "after", state_json(&target->after));
    tree_put(object, "by_scope", json_boolean(target->by_scope));
    return object;
}

static json_t *
changed_json(const PastFinding *finding)
{
    json_t *object = finding_json(finding), *targets = json_array();
    for (guint i = 0; i < finding->targets->len; i++)
        json_array_append_new(targets, changed_target_json(finding->targets->pdata[i]));
    tree_put(object, "targets", targets);
    const PastState *shown =
        finding->after.standing != STANDING_ABSENT ? &finding->after : &finding->before;
    tree_put_text(object, "change", change_names[finding->change]);
    tree_put_text(object, "severity", severity_names[shown->severity]);
    tree_put(object, "before", state_json(&finding->before));
    tree_put(object, "after", state_json(&finding->after));
    tree_put(object, "by_scope", json_boolean(finding->by_scope));
    return object;
}

static json_t *
pairs_json(const Comparison *comparison)
{
    json_t *list = json_array();
    for (guint i = 0; i < comparison->pairs->len; i++) {
        const PastPair *pair = comparison->pairs->pdata[i];
        json_t *object = json_object();
        tree_put_text(object, "source", pair->source);
        tree_put_text(object, "target", pair->target);
        tree_put_text(object, "before", verdict_names[pair->before]);
        tree_put_text(object, "after", verdict_names[pair->after]);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *
estate_json(const Comparison *comparison)
{
    json_t *object = json_object();
    tree_put(object, "pairs", pairs_json(comparison));
    tree_put_count(object, "pairs_more", comparison->pairs_more);
    tree_put_count(object, "pairs_fewer", comparison->pairs_fewer);
    tree_put(object, "hosts_joined", tree_strings(comparison->joined));
    tree_put(object, "hosts_left", tree_strings(comparison->left));
    tree_put(object, "gaps_new", gaps_json(comparison->unread));
    tree_put(object, "gaps_closed", gaps_json(comparison->reread));
    return object;
}

/* How it stood; null: it was not there. */
static json_t *
edge_state_json(const PastEdgeState *state)
{
    if (!state->there)
        return json_null();
    json_t *object = json_object();
    tree_put_text(object, "verdict", verdict_names[state->verdict]);
    tree_put(object, "tier0", json_boolean(state->tier0));
    tree_put(object, "declared",
             state->declared == TRI_UNKNOWN ? json_null()
                                            : json_boolean(state->declared == TRI_YES));
    return object;
}

static json_t *
edge_json(const PastEdge *edge)
{
    json_t *object = json_object();
    tree_put_text(object, "id", edge->id);
    tree_put_text(object, "source", edge->source);
    tree_put_text(object, "target", edge->target);
    tree_put_text(object, "way", leg_names[g_bit_nth_lsf(edge->way, -1)]);
    tree_put(object, "before", edge_state_json(&edge->before));
    tree_put(object, "after", edge_state_json(&edge->after));
    tree_put(object, "by_scope", json_boolean(edge->by_scope));
    return object;
}

static json_t *
chain_json(const PastChain *chain)
{
    json_t *object = json_object(), *steps = json_array();
    g_auto(GStrv) ids = g_strsplit(chain->path, "\n", -1);
    for (char **id = ids; *id; id++)
        json_array_append_new(steps, tree_string(*id));
    tree_put_text(object, "from", chain->from);
    tree_put_text(object, "to", chain->to);
    tree_put_count(object, "length", chain->steps);
    tree_put(object, "steps", steps);
    tree_put(object, "by_scope", json_boolean(chain->by_scope));
    return object;
}

static const struct {
    const char *key;
    Course course;
} courses[] = {{"came", COURSE_CAME},
               {"gone", COURSE_GONE},
               {"changed", COURSE_CHANGED},
               {"unseen", COURSE_UNSEEN}};

static json_t *
edges_json(const Comparison *comparison)
{
    json_t *object = json_object();
    for (guint i = 0; i < G_N_ELEMENTS(courses); i++) {
        json_t *list = json_array();
        for (guint e = 0; e < comparison->edges->len; e++) {
            const PastEdge *edge = comparison->edges->pdata[e];
            if (edge->course == courses[i].course)
                json_array_append_new(list, edge_json(edge));
        }
        tree_put(object, courses[i].key, list);
    }
    return object;
}

/* They do not change: who gets to Tier 0 does, or does not. */
static json_t *
chains_json(const Comparison *comparison)
{
    json_t *object = json_object();
    for (guint i = 0; i < G_N_ELEMENTS(courses); i++) {
        if (courses[i].course == COURSE_CHANGED)
            continue;
        json_t *list = json_array();
        for (guint c = 0; c < comparison->chains->len; c++) {
            const PastChain *chain = comparison->chains->pdata[c];
            if (chain->course == courses[i].course)
                json_array_append_new(list, chain_json(chain));
        }
        tree_put(object, courses[i].key, list);
    }
    return object;
}

static json_t *
causes_json(const GArray *causes)
{
    json_t *object = json_object(), *came = json_array(), *gone = json_array();
    for (guint i = 0; i < causes->len; i++) {
        const PastCause *cause = &g_array_index(causes, PastCause, i);
        json_t *one = json_object();
        tree_put_text(one, "id", cause->id);
        tree_put_text(one, "subject", cause->subject);
        tree_put_text(one, "title", cause->title);
        tree_put_count(one, "findings", cause->findings);
        json_array_append_new(cause->course == COURSE_CAME ? came : gone, one);
    }
    tree_put(object, "came", came);
    tree_put(object, "gone", gone);
    return object;
}

json_t *
past_diff_json(const void *data)
{
    const PastDiff *what = data;
    const Comparison *comparison = what->comparison;
    json_t *object = json_object(), *findings = json_array();
    for (guint i = 0; i < comparison->findings->len; i++)
        json_array_append_new(findings, changed_json(comparison->findings->pdata[i]));
    tree_put_text(object, "schema", DIFF_SCHEMA);
    tree_put_text(object, "file", what->place);
    tree_put(object, "before", past_run_json(comparison->before));
    tree_put(object, "after", past_run_json(comparison->after));
    tree_put(object, "counts", changes_json(comparison->counts));
    tree_put(object, "steps", changes_json(comparison->steps));
    tree_put(object, "findings", findings);
    tree_put(object, "estate",
             comparison->verdicts_kept ? estate_json(comparison) : json_null());
    tree_put(object, "edges",
             comparison->edges_kept ? edges_json(comparison) : json_null());
    tree_put(object, "chains",
             comparison->edges_kept ? chains_json(comparison) : json_null());
    tree_put(object, "causes", causes_json(comparison->causes));
    return object;
}
