/* A diagnosis as JSON. */
#include "render/diagnosis_page.h"
#include "render/gaps.h"
#include "render/tree.h"

#define SCHEMA "kcdaudit.diagnose/1"

static json_t *
sources_json(const Errors *errors, const GPtrArray *sources)
{
    json_t *array = json_array();
    for (guint i = 0; i < sources->len; i++) {
        g_autofree char *text = citation_text(errors, sources->pdata[i]);
        json_array_append_new(array, tree_string(text));
    }
    return array;
}

/* `called` NULL: without a code. */
static json_t *
entry_json(const Errors *errors, const ErrorEntry *entry, const ErrorCode *called)
{
    json_t *object = json_object();
    g_autofree char *text = called ? error_code_text(called) : NULL;
    tree_put_text(object, "id", entry->id);
    tree_put_text(object, "code", text);
    tree_put_text(object, "name", called ? called->name : NULL);
    tree_put_text(object, "kind", error_kind_names[called ? called->kind : entry->kind]);
    tree_put_text(object, "meaning", entry->meaning);
    tree_put(object, "sources", sources_json(errors, entry->sources));
    return object;
}

static json_t *
entries_json(const Diagnosis *diagnosis)
{
    json_t *array = json_array();
    for (guint i = 0; i < diagnosis->matches->len; i++) {
        const Match *match = diagnosis->matches->pdata[i];
        json_array_append_new(array,
                              entry_json(diagnosis->errors, match->entry, match->code));
    }
    return array;
}

static json_t *
nearest_json(const Diagnosis *diagnosis)
{
    json_t *array = json_array();
    for (guint i = 0; diagnosis->nearest && i < diagnosis->nearest->len; i++)
        json_array_append_new(array,
                              entry_json(diagnosis->errors, diagnosis->nearest->pdata[i],
                                         error_first_code(diagnosis->nearest->pdata[i])));
    return array;
}

static json_t *
filled_strings(const Diagnosis *diagnosis, const GPtrArray *strings)
{
    json_t *array = json_array();
    for (guint i = 0; i < strings->len; i++) {
        g_autofree char *text = diagnosis_fill(diagnosis, strings->pdata[i]);
        json_array_append_new(array, tree_string(text));
    }
    return array;
}

static void
put_filled(const Diagnosis *diagnosis, json_t *object, const char *key, const char *text)
{
    g_autofree char *filled = text ? diagnosis_fill(diagnosis, text) : NULL;
    tree_put_text(object, key, filled);
}

static json_t *
cause_json(const DiagnosisView *view, const CauseVerdict *verdict)
{
    const Diagnosis *diagnosis = view->diagnosis;
    json_t *object = json_object();
    json_t *evidence = json_array();
    const Cause *fixed = verdict->instead ? verdict->instead->cause : verdict->cause;
    g_autoptr(GPtrArray) commands = diagnosis_commands(view, verdict);
    g_autofree char *verify =
        verdict->status == CAUSE_CONFIRMED ? diagnosis_verify(diagnosis, verdict) : NULL;
    for (guint i = 0; i < verdict->evidence->len; i++) {
        const Evidence *each = verdict->evidence->pdata[i];
        json_t *pair = json_object();
        tree_put_text(pair, "what", each->key);
        tree_put_text(pair, "seen", each->value);
        json_array_append_new(evidence, pair);
    }
    tree_put_text(object, "id", verdict->cause->id);
    tree_put_text(object, "rule", verdict->by_hand ? NULL : rule_name(verdict->rule));
    tree_put_text(object, "title", verdict->cause->title);
    tree_put_text(object, "status", cause_status_names[verdict->status]);
    tree_put_text(object, "likelihood", likelihood_names[verdict->likelihood]);
    tree_put(object, "suspected", json_boolean(verdict->suspected));
    tree_put_text(object, "said", verdict->said);
    tree_put(object, "evidence", evidence);
    tree_put(object, "looked_at", tree_strings(verdict->looked_at));
    tree_put_text(object, "way_back", verdict->back);
    put_filled(diagnosis, object, "look", verdict->cause->look);
    tree_put(object, "look_commands", filled_strings(diagnosis, verdict->cause->see));
    tree_put_text(object, "raised_by", verdict->raised);
    put_filled(diagnosis, object, "fix", fixed->fix);
    tree_put(object, "commands", tree_strings(commands));
    tree_put_text(object, "verify", verify);
    tree_put(object, "sources", sources_json(diagnosis->errors, verdict->cause->sources));
    return object;
}

static json_t *
pair_json(const Diagnosis *diagnosis)
{
    if (!diagnosis->pair)
        return json_null();
    json_t *object = json_object();
    tree_put_text(object, "source", diagnosis->pair->source->name);
    tree_put_text(object, "target", diagnosis->pair->target->name);
    tree_put_text(object, "verdict", verdict_names[diagnosis->pair->verdict]);
    tree_put_text(object, "reverse",
                  diagnosis->back ? verdict_names[diagnosis->back->verdict] : NULL);
    return object;
}

/* What was read out of the text. */
static json_t *
taken_json(const Diagnosis *diagnosis)
{
    const Input *input = diagnosis->input;
    json_t *object = json_object();
    json_t *hosts = tree_strings(input->hosts);
    if (input->target)
        json_array_insert_new(hosts, 0, tree_string(input->target));
    if (input->source)
        json_array_insert_new(hosts, 0, tree_string(input->source));
    tree_put(object, "hosts", hosts);
    tree_put(object, "spns", tree_strings(input->spns));
    tree_put_text(object, "operator", input->operator);
    tree_put(object, "codes", tree_strings(diagnosis->codes));
    return object;
}

/* What was not read, and the hosts where nothing could be asked. */
static json_t *
gaps_json_of(const DiagnosisView *view)
{
    g_autoptr(GPtrArray) read = diagnosis_gaps(view->diagnosis);
    json_t *gaps = gaps_json(read);
    if (view->unasked) {
        json_t *gap = json_object();
        tree_put_text(gap, "what", "the two hosts");
        tree_put_text(gap, "why", view->unasked);
        json_array_append_new(gaps, gap);
    }
    return gaps;
}

json_t *
diagnosis_json(const DiagnosisView *view)
{
    const Diagnosis *diagnosis = view->diagnosis;
    json_t *object = json_object();
    json_t *hosts = json_object();
    json_t *causes = json_array();
    g_autofree char *next = diagnosis_next(diagnosis);
    g_autoptr(GPtrArray) steps = diagnosis_steps(view);
    for (guint i = 0; i < diagnosis->causes->len; i++)
        json_array_append_new(causes, cause_json(view, diagnosis->causes->pdata[i]));
    tree_put_text(hosts, "source", diagnosis->input->source);
    tree_put_text(hosts, "target", diagnosis->input->target);
    tree_put(hosts, "others", tree_strings(diagnosis->input->hosts));
    tree_put_text(object, "schema", SCHEMA);
    tree_put_text(object, "input", diagnosis->input->text);
    tree_put(object, "hosts", hosts);
    tree_put(object, "taken", taken_json(diagnosis));
    tree_put(object, "pair", pair_json(diagnosis));
    tree_put(object, "entries", entries_json(diagnosis));
    tree_put(object, "causes", causes);
    tree_put(object, "nearest", nearest_json(diagnosis));
    tree_put_text(object, "structure", diagnosis->structure);
    tree_put(object, "unknown", tree_strings(diagnosis->unknown));
    tree_put_text(object, "signin", view->signin);
    tree_put_text(object, "next", next);
    tree_put(object, "steps", pair_steps_json(steps));
    tree_put(object, "complete",
             json_boolean(!diagnosis_incomplete(diagnosis) && !view->unasked));
    tree_put(object, "gaps", gaps_json_of(view));
    return object;
}
