/* Makes and frees steps. */
#include "fix/step.h"

FirstStep *
first_step_new(char *id)
{
    FirstStep *step = g_new0(FirstStep, 1);
    step->id = id;
    step->rules = g_array_new(FALSE, FALSE, sizeof(RuleId));
    step->fixes = g_ptr_array_new();
    step->findings = g_ptr_array_new();
    step->needs = g_ptr_array_new();
    return step;
}

void
first_step_free(FirstStep *step)
{
    if (!step)
        return;
    g_free(step->id);
    g_free(step->host);
    g_free(step->title);
    g_free(step->title_of_any);
    g_array_unref(step->rules);
    g_ptr_array_unref(step->fixes);
    g_ptr_array_unref(step->findings);
    g_ptr_array_unref(step->needs);
    g_free(step);
}
