/* Makes findings and their ids, and adds text and evidence to them. */
#include "audit/finding.h"

#include <string.h>

const char *const severity_names[SEVERITY_COUNT] = {"info", "warning", "error",
                                                    "critical"};

static void
evidence_free(gpointer data)
{
    Evidence *evidence = data;
    g_free(evidence->key);
    g_free(evidence->value);
    g_free(evidence);
}

Finding *
finding_new(RuleId rule, Severity severity, Status status, const char *subject,
            const char *target, const char *spn)
{
    Finding *finding = g_new0(Finding, 1);
    finding->rule = rule;
    finding->severity = severity;
    finding->status = status;
    finding->subject = g_strdup(subject);
    finding->target = g_strdup(target);
    finding->spn = g_strdup(spn);
    finding->title = g_strdup("");
    finding->detail = g_strdup("");
    finding->evidence = g_ptr_array_new_with_free_func(evidence_free);
    finding->fixes = g_ptr_array_new_with_free_func(g_free);
    finding->values = g_ptr_array_new_with_free_func(g_free);

    finding->id = g_strdup_printf("%s:%s", rule_name(rule), subject);
    return finding;
}

bool
finding_is_counted(const Finding *finding)
{
    return !finding->because && finding->rule != RULE_DOM_04;
}

char *
finding_key(const Finding *finding)
{
    GString *key = g_string_new(rule_name(finding->rule));
    g_string_append_printf(key, ":%s", finding->subject);
    if (finding->target)
        g_string_append_printf(key, ">%s", finding->target);
    if (finding->spn)
        g_string_append_printf(key, ":%s", finding->spn);
    return g_string_free(key, FALSE);
}

void
finding_free(Finding *finding)
{
    if (!finding)
        return;
    g_free(finding->id);
    g_free(finding->subject);
    g_free(finding->target);
    g_free(finding->spn);
    g_free(finding->title);
    g_free(finding->detail);
    g_free(finding->unfixed);
    g_free(finding->cause);
    g_free(finding->cause_title);
    g_free(finding->because);
    g_free(finding->waived_by);
    g_free(finding->waived_reason);
    g_free(finding->waived_until);
    g_ptr_array_unref(finding->evidence);
    g_ptr_array_unref(finding->fixes);
    g_ptr_array_unref(finding->values);
    g_free(finding);
}

Finding *
finding_say(Finding *finding, const char *title, const char *detail, ...)
{
    g_free(finding->title);
    g_free(finding->detail);
    finding->title = g_strdup(title);
    va_list args;
    va_start(args, detail);
    finding->detail = g_strdup_vprintf(detail, args);
    va_end(args);
    return finding;
}

Finding *
finding_evidence(Finding *finding, const char *key, const char *value)
{
    Evidence *evidence = g_new0(Evidence, 1);
    evidence->key = g_strdup(key);
    evidence->value = g_strdup(value);
    g_ptr_array_add(finding->evidence, evidence);
    return finding;
}

Finding *
finding_value(Finding *finding, const char *value)
{
    g_ptr_array_add(finding->values, g_strdup(value));
    return finding;
}

int
finding_compare(const Finding *a, const Finding *b)
{
    int order = (int)a->rule - (int)b->rule;
    if (order == 0)
        order = strcmp(a->subject, b->subject);
    if (order == 0)
        order = g_strcmp0(a->target, b->target);
    if (order == 0)
        order = g_strcmp0(a->spn, b->spn);
    return order;
}
