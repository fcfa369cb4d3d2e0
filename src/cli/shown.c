/* Picks the findings. */
#include "shown.h"

#include "audit/grouping.h"

Shown *
shown_of(const Options *options, const Audit *audit)
{
    if (!options->rule_texts && options->min_severity == SEVERITY_INFO)
        return NULL;
    Shown *shown = g_new0(Shown, 1);
    shown->findings = g_ptr_array_new();
    shown->least = options->min_severity;
    for (guint i = 0; i < RULE_COUNT; i++)
        shown->rules[i] = !options->rule_texts || options->rules[i];
    for (guint i = 0; i < audit->findings->len; i++)
        if (shown_has(shown, audit->findings->pdata[i]))
            g_ptr_array_add(shown->findings, audit->findings->pdata[i]);
    shown->hidden = findings_count(audit->findings) - findings_count(shown->findings);
    return shown;
}

void
shown_free(Shown *shown)
{
    g_ptr_array_unref(shown->findings);
    g_free(shown);
}
