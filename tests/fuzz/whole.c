/* An export through collecting, judging, fixes and every report. */
#include "fuzz.h"

#include "audit/audit.h"
#include "collect/source.h"
#include "fix/first.h"
#include "fix/fix.h"
#include "render/render.h"

#include <jansson.h>

static void
render(const Report *report, const Renderer *renderer)
{
    g_autoptr(GString) text = g_string_new(NULL);
    renderer->render(report, text);
    MUST(strlen(text->str) == text->len);
    MUST(g_utf8_validate(text->str, (gssize)text->len, NULL));
    if (strcmp(renderer->name, "json") == 0) {
        json_t *value = json_loads(text->str, 0, NULL);
        MUST(value);
        json_decref(value);
    }
}

/* One of them, which the input says: all of them take nine tenths of the time. */
static const Renderer *
chosen(guint sum)
{
    guint count = 0;
    while (renderers[count].name)
        count++;
    return &renderers[sum % count];
}

static void
judge(Estate *estate, Policy *policy, guint sum)
{
    Audit *audit = NULL;
    GError *error = NULL;
    bool good = audit_new(estate, policy, &audit, &error);
    fuzz_settle(good, error);
    if (!good)
        return;
    audit_run(audit);
    g_autoptr(GPtrArray) fixes = fix_plan(audit);
    g_autoptr(GPtrArray) first = fix_first(audit, fixes);
    Report report = {.audit = audit,
                     .fixes = fixes,
                     .first = first,
                     .tool_version = "0",
                     .hostname = "fuzz",
                     .started_us = 1,
                     .all_pairs = true,
                     .utf8 = true};
    render(&report, chosen(sum));
    audit_free(audit);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Policy *policy = policy_new();
    Estate *estate = NULL;
    GError *error = NULL;
    CollectPlan plan = {.groups = policy->groups,
                        .operator_users = policy->operator_users,
                        .operator_groups = policy->operator_groups,
                        .timeout_s = 5};
    const char *const paths[] = {fuzz_file(data, size), NULL};
    bool good = source_read_ldif(paths, &plan, &estate, &error);
    fuzz_settle(good, error);
    if (good) {
        judge(estate, policy, fuzz_sum(data, size));
        estate_free(estate);
    }
    policy_free(policy);
    return 0;
}
