#include "audit/grade.h"
#include "audit/grouping.h"
#include "base/text.h"

#include <string.h>

static Grade
grade(guint warnings, guint errors, guint critical, guint reaching, bool complete)
{
    const GradeInput input = {
        .findings = {[SEVERITY_INFO] = 3,
                     [SEVERITY_WARNING] = warnings,
                     [SEVERITY_ERROR] = errors,
                     [SEVERITY_CRITICAL] = critical},
        .reaching = reaching,
        .complete = complete,
    };
    return grade_of(&input);
}

/* The table of docs/grade.md. */
static void
test_formula(void)
{
    static const struct {
        guint warnings, errors, critical, reaching;
        char letter;
        guint score;
    } rows[] = {
        {0, 0, 0, 0, 'A', 100}, {1, 0, 0, 0, 'B', 79},   {2, 0, 0, 0, 'B', 78},
        {20, 0, 0, 0, 'B', 60}, {999, 0, 0, 0, 'B', 60}, {9, 1, 0, 0, 'C', 59},
        {0, 20, 0, 0, 'C', 40}, {9, 9, 1, 0, 'D', 39},   {0, 0, 21, 0, 'D', 20},
        {9, 9, 1, 1, 'F', 19},  {0, 0, 3, 99, 'F', 17},  {0, 0, 500, 1, 'F', 0},
        {4, 0, 0, 2, 'B', 76}, /* the ways to Tier 0 are waived */
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Grade got = grade(rows[i].warnings, rows[i].errors, rows[i].critical,
                          rows[i].reaching, true);
        g_assert_cmpint(got.letter, ==, rows[i].letter);
        g_assert_cmpuint(got.score, ==, rows[i].score);
        g_assert_true(got.determined);
    }
}

/* One finding or one way fewer is never worse; one more, never better. */
static void
test_to_fix_never_lowers_it(void)
{
    for (guint w = 0; w < 24; w++)
        for (guint e = 0; e < 24; e++)
            for (guint c = 0; c < 24; c++)
                for (guint r = 0; r < 3; r++)
                    for (guint complete = 0; complete < 2; complete++) {
                        Grade now = grade(w, e, c, r, complete);
                        const Grade worse[] = {
                            grade(w + 1, e, c, r, complete),
                            grade(w, e + 1, c, r, complete),
                            grade(w, e, c + 1, r, complete),
                            grade(w, e, c, r + 1, complete),
                        };
                        for (guint i = 0; i < G_N_ELEMENTS(worse); i++) {
                            g_assert_cmpuint(worse[i].score, <=, now.score);
                            g_assert_cmpint(worse[i].letter, >=, now.letter);
                        }
                    }
}

/* Whatever was not read: no letter, or no better one. */
static void
test_what_is_unread_never_improves_it(void)
{
    for (guint c = 0; c < 30; c++)
        for (guint r = 0; r < 2; r++) {
            Grade all = grade(0, 0, c, r, true), some = grade(0, 0, c, r, false);
            g_assert_cmpint(some.letter, ==, all.letter);
            g_assert_true(!some.determined || some.score <= all.score);
            g_assert_true(some.determined == (some.letter == 'F'));
        }
    g_assert_false(grade(0, 0, 0, 0, false).determined);
}

/* As the headline counts: a rule and a subject once, whether each target is a finding or
 * not, and without what follows from others. */
static void
test_targets_do_not_count(void)
{
    const char *const targets[] = {"HV02", "HV03", "HV04", NULL};
    g_autoptr(GPtrArray) findings =
        g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
    for (guint i = 0; i < G_N_ELEMENTS(targets); i++)
        g_ptr_array_add(findings, finding_new(RULE_DEL_01, SEVERITY_ERROR, STATUS_FAIL,
                                              "HV01", targets[i], NULL));
    g_ptr_array_add(findings, finding_new(RULE_DEL_02, SEVERITY_ERROR, STATUS_FAIL,
                                          "HV01", "HV02", NULL));
    Finding *waived =
        finding_new(RULE_DEL_04, SEVERITY_CRITICAL, STATUS_FAIL, "HV01", NULL, NULL);
    finding_waive(waived, NULL, "known", NULL);
    g_ptr_array_add(findings, waived);
    Finding *derived =
        finding_new(RULE_DEL_09, SEVERITY_ERROR, STATUS_FAIL, "HV02", "HV01", NULL);
    derived->because = text_intern("DEL-01:HV01");
    g_ptr_array_add(findings, derived);
    findings_name(findings);
    g_autoptr(GPtrArray) gaps = g_ptr_array_new();
    const Audit audit = {.findings = findings, .gaps = gaps};
    Grade got = grade_of_audit(&audit);
    g_assert_cmpint(got.letter, ==, 'C');
    g_assert_cmpuint(got.count, ==, 2);
    g_assert_cmpuint(got.score, ==, 58);
    g_assert_cmpuint(got.waived, ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/grade/formula", test_formula);
    g_test_add_func("/grade/to-fix-never-lowers-it", test_to_fix_never_lowers_it);
    g_test_add_func("/grade/what-is-unread-never-improves-it",
                    test_what_is_unread_never_improves_it);
    g_test_add_func("/grade/targets-do-not-count", test_targets_do_not_count);
    return g_test_run();
}
