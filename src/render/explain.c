/* A pair's explanation, put together. */
#include "render/explain.h"

void
explain_free(Explanation *explanation)
{
    if (!explanation)
        return;
    condition_list_free(explanation->conditions);
    g_ptr_array_unref(explanation->commands);
    g_free(explanation->advice);
    g_clear_pointer(&explanation->steps, g_ptr_array_unref);
    g_free(explanation);
}

Explanation *
explain_pair(const Report *report, const Pair *pair)
{
    const Audit *audit = report->audit;
    Explanation *e = g_new0(Explanation, 1);

    e->report = report;
    e->pair = pair;
    e->back = pair->storage || pair->written
                  ? NULL
                  : audit_pair(audit, pair->target, pair->source);
    e->conditions = conditions_of(audit, pair);
    e->commands = g_ptr_array_new_with_free_func(g_free);
    explain_find_next(e);
    return e;
}
