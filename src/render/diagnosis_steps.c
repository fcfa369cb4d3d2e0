/* What to do about an error between two hosts, in one list. */
#include "render/diagnosis_page.h"

#include "audit/rules.h"

/* What rules found of confirmed causes: it stands under these. */
static GPtrArray *
told_by(const Diagnosis *diagnosis)
{
    GPtrArray *told = g_ptr_array_new();
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->status == CAUSE_CONFIRMED)
            g_ptr_array_extend(told, verdict->findings, NULL, NULL);
    }
    return told;
}

/* What decides pairs and does not block this one is for another time. */
static bool
is_beside(const Diagnosis *diagnosis, const CauseVerdict *verdict)
{
    return !verdict->by_hand && diagnosis->pair->verdict != VERDICT_READY &&
           (rules[verdict->rule].order > 0 || verdict->rule == RULE_DEL_04);
}

static bool
is_taken(const CauseVerdict *verdict, const GPtrArray *findings)
{
    for (guint i = 0; i < verdict->findings->len; i++)
        if (g_ptr_array_find((GPtrArray *)findings, verdict->findings->pdata[i], NULL))
            return true;
    return false;
}

/* A confirmed cause that no directory decides. */
static void
take_cause(const DiagnosisView *view, GPtrArray *steps, const CauseVerdict *verdict)
{
    NextStep *step = pair_steps_add(
        steps, verdict->by_hand ? g_strdup(verdict->cause->title)
                                : g_strdup_printf("%s: %s", rule_name(verdict->rule),
                                                  verdict->cause->title));
    g_ptr_array_unref(step->commands);
    step->commands = diagnosis_commands(view, verdict);
}

GPtrArray *
diagnosis_steps(const DiagnosisView *view)
{
    const Diagnosis *diagnosis = view->diagnosis;
    GPtrArray *steps = pair_steps_new();
    if (!diagnosis->audit || !diagnosis->pair || diagnosis->matches->len == 0)
        return steps;
    g_autoptr(GPtrArray) findings =
        diagnosis->no_host || diagnosis->subject >= SUBJECT_OTHER
            ? g_ptr_array_new()
            : pair_blockers(diagnosis->audit, view->fixes, diagnosis->pair);
    g_autoptr(GPtrArray) told = told_by(diagnosis);
    pair_steps_take(steps, diagnosis->audit, view->fixes, findings, told);
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->status == CAUSE_CONFIRMED && !verdict->instead &&
            !is_taken(verdict, findings) && !is_beside(diagnosis, verdict))
            take_cause(view, steps, verdict);
    }
    if (steps->len > 0)
        pair_steps_end(steps, findings, diagnosis->pair);
    return steps;
}
