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

static json_t *
entry_json(const Errors *errors, const ErrorEntry *entry, const ErrorCode *code)
{
    json_t *object = json_object();
    const ErrorCode *called = code ? code : error_first_code(entry);
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
        json_array_append_new(
            array, entry_json(diagnosis->errors, diagnosis->nearest->pdata[i], NULL));
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
    g_autoptr(GPtrArray) commands = diagnosis_commands(view, verdict);
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
    tree_put_text(object, "way_back", verdict->back);
    put_filled(diagnosis, object, "look", verdict->cause->look);
    tree_put(object, "look_commands", filled_strings(diagnosis, verdict->cause->see));
    put_filled(diagnosis, object, "fix", verdict->cause->fix);
    tree_put(object, "commands", tree_strings(commands));
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

json_t *
diagnosis_json(const DiagnosisView *view)
{
    const Diagnosis *diagnosis = view->diagnosis;
    json_t *object = json_object();
    json_t *hosts = json_object();
    json_t *causes = json_array();
    g_autofree char *next = diagnosis_next(diagnosis);
    for (guint i = 0; i < diagnosis->causes->len; i++)
        json_array_append_new(causes, cause_json(view, diagnosis->causes->pdata[i]));
    tree_put_text(hosts, "source", diagnosis->input->source);
    tree_put_text(hosts, "target", diagnosis->input->target);
    tree_put(hosts, "others", tree_strings(diagnosis->input->hosts));
    tree_put_text(object, "schema", SCHEMA);
    tree_put_text(object, "input", diagnosis->input->text);
    tree_put(object, "hosts", hosts);
    tree_put(object, "pair", pair_json(diagnosis));
    tree_put(object, "entries", entries_json(diagnosis));
    tree_put(object, "causes", causes);
    tree_put(object, "nearest", nearest_json(diagnosis));
    tree_put_text(object, "structure", diagnosis->structure);
    tree_put_text(object, "next", next);
    tree_put(object, "complete", json_boolean(!diagnosis_incomplete(diagnosis)));
    tree_put(object, "gaps", gaps_json(diagnosis->audit ? diagnosis->audit->gaps : NULL));
    return object;
}
