/* The formula: a class by the worst that was found, and within it less with each finding
 * of that class.  Every input can only lower it, so that to fix something never does. */
#include "audit/grade.h"

#include "base/hash.h"

#define CLASS_POINTS 20

/* By the worst severity; its best score is the next class's lowest less one. */
static const struct {
    char letter;
    guint from; /* the lowest score */
} classes[SEVERITY_COUNT] = {
    [SEVERITY_WARNING] = {'B', 60},
    [SEVERITY_ERROR] = {'C', 40},
    [SEVERITY_CRITICAL] = {'D', 20},
};

/* The first takes nothing off, the rest one point each. */
static guint
score_from(guint from, guint count)
{
    return from + CLASS_POINTS - 1 - MIN(count - 1, CLASS_POINTS - 1);
}

static Grade
known(const GradeInput *input)
{
    guint critical = input->findings[SEVERITY_CRITICAL];
    if (critical > 0 && input->reaching > 0)
        return (Grade){.letter = 'F',
                       .score = score_from(0, critical),
                       .severity = SEVERITY_CRITICAL,
                       .count = input->reaching};
    for (int i = SEVERITY_CRITICAL; i >= SEVERITY_WARNING; i--)
        if (input->findings[i] > 0)
            return (Grade){.letter = classes[i].letter,
                           .score = score_from(classes[i].from, input->findings[i]),
                           .severity = i,
                           .count = input->findings[i]};
    return (Grade){.letter = 'A', .score = 100, .severity = -1};
}

Grade
grade_of(const GradeInput *input)
{
    Grade grade = known(input);
    grade.waived = input->waived;
    grade.determined = input->complete || grade.letter == 'F';
    /* Whatever else is there, an F stays one; its points may be fewer. */
    if (!input->complete && grade.letter == 'F')
        grade.score = 0;
    return grade;
}

Grade
grade_of_audit(const Audit *audit)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(hash_text, g_str_equal);
    GradeInput input = {
        .reaching = audit->chains ? audit->chains->reaching->len : 0,
        .complete = !audit_incomplete(audit),
    };
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (!finding_is_counted(finding) || !g_hash_table_add(ids, finding->id))
            continue;
        if (finding->waived)
            input.waived++;
        else if (finding->status == STATUS_FAIL)
            input.findings[finding->severity]++;
    }
    return grade_of(&input);
}

Grade
grade_of_run(const PastRun *run)
{
    GradeInput input = {
        .reaching = run->chains,
        .waived = run->waived,
        .complete = run->complete,
    };
    for (guint i = 0; i < SEVERITY_COUNT; i++)
        input.findings[i] = run->findings[i];
    return grade_of(&input);
}
