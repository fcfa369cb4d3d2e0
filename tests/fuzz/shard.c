/* What other machines answered, as merge reads it: one shard's file, or two of one audit.
 */
#include "fuzz.h"

#include "audit/audit.h"
#include "cli/shard_file.h"
#include "collect/source.h"
#include "render/render.h"

/* Of main.c, and nobody's here. */
void
cli_note(const char *message, void *unused)
{
    (void)message, (void)unused;
}

int
cli_fail(const GError *error)
{
    (void)error;
    return 0;
}

/* The domain that all were asked about. */
static void
read_domain(Session *session)
{
    static const char *const paths[] = {"fixtures/ready/estate.ldif", NULL};
    GError *error = NULL;
    session->policy = policy_new();
    CollectPlan plan = {.groups = session->policy->groups, .timeout_s = 5};
    MUST(source_read_ldif(paths, &plan, &session->estate, &error));
}

static void
put_missing(json_t *root, const char *key, json_t *value)
{
    if (!json_object_get(root, key))
        json_object_set(root, key, value);
    json_decref(value);
}

/* It belongs to this audit, unless the input says otherwise: no input would find sums. */
static bool
add(ShardSet *set, const Audit *audit, const char *text, GError **error)
{
    json_t *root = json_loads(text, 0, NULL);
    g_autofree char *plan = shard_plan(audit);
    if (json_is_object(root)) {
        put_missing(root, "schema", json_string(SHARD_SCHEMA));
        put_missing(root, "run_id", json_string("night"));
        put_missing(root, "snapshot", shard_snapshot_json(audit->estate));
        put_missing(root, "questions", json_string(plan));
    }
    char *whole = json_is_object(root) ? json_dumps(root, 0) : strdup(text);
    bool added =
        shard_set_add(set, fuzz_file((const uint8_t *)whole, strlen(whole)), error);
    free(whole);
    json_decref(root);
    return added;
}

static void
judge(Audit *audit)
{
    audit_run(audit);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GString) text = g_string_new(NULL);
    const Report report = {.audit = audit,
                           .fixes = none,
                           .first = none,
                           .tool_version = "0",
                           .hostname = "fuzz",
                           .started_us = 1,
                           .all_pairs = true,
                           .utf8 = true};
    for (const Renderer *renderer = renderers; renderer->name; renderer++)
        if (strcmp(renderer->name, "json") == 0)
            renderer->render(&report, text);
    json_t *value = json_loads(text->str, 0, NULL);
    MUST(value);
    json_decref(value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Session session;
    static Options options;
    static Audit *audit; /* a new one where it took something */
    GError *error = NULL;
    char *texts[2];
    if (!session.estate)
        read_domain(&session);
    session.options = &options;
    MUST(audit || audit_new(session.estate, session.policy, &audit, NULL));
    ShardSet *set = shard_set_new("night", audit);
    fuzz_two_texts(data, size, &texts[0], &texts[1]);
    bool good = add(set, audit, texts[0], &error) &&
                (!*texts[1] || add(set, audit, texts[1], &error));
    fuzz_settle(good, error);
    if (good) {
        shard_set_take(set, &session, audit);
        /* Which takes nine tenths of the time. */
        if (fuzz_sum(data, size) % 8 == 0)
            judge(audit);
        g_clear_pointer(&audit, audit_free);
    }
    shard_set_free(set);
    g_free(texts[0]);
    g_free(texts[1]);
    return 0;
}
