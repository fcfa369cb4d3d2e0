/* Findings as reports list them. */
#include "audit/grouping.h"

#include "audit/past.h"

#include <string.h>

static Finding *
add(GPtrArray *findings, Severity severity, Status status, const char *target,
    const char *spn)
{
    Finding *finding = finding_new(RULE_DEL_01, severity, status, "HV01", target, spn);
    finding_say(finding, "No way", "HV01 has no way to %s.", target ? target : spn);
    g_ptr_array_add(findings, finding);
    return finding;
}

static GPtrArray *
findings_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
}

static const FindingGroup *
group_named(const GPtrArray *groups, const char *id)
{
    for (guint i = 0; i < groups->len; i++)
        if (strcmp(((const FindingGroup *)groups->pdata[i])->id, id) == 0)
            return groups->pdata[i];
    g_error("no finding %s", id);
}

static void
waive(Finding *finding, const char *name)
{
    finding_waive(finding, name, "because", NULL);
}

/* The worst has the plain id, whatever the order. */
static void
test_ids(void)
{
    g_autoptr(GPtrArray) findings = findings_new();
    waive(add(findings, SEVERITY_ERROR, STATUS_FAIL, "HV02", NULL), "later");
    waive(add(findings, SEVERITY_WARNING, STATUS_FAIL, "HV03", NULL), "later");
    waive(add(findings, SEVERITY_ERROR, STATUS_FAIL, "HV04", NULL), "never");
    add(findings, SEVERITY_WARNING, STATUS_FAIL, "HV05", NULL);
    add(findings, SEVERITY_ERROR, STATUS_UNKNOWN, "HV06", NULL);
    add(findings, SEVERITY_ERROR, STATUS_FAIL, "HV07", NULL);
    findings_name(findings);
    static const char *const ids[] = {
        "DEL-01:HV01#waived:later", "DEL-01:HV01#waived:later#warning",
        "DEL-01:HV01#waived:never", "DEL-01:HV01#warning",
        "DEL-01:HV01#unknown",      "DEL-01:HV01"};
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
        g_assert_cmpstr(((Finding *)findings->pdata[i])->id, ==, ids[i]);
    g_autoptr(GPtrArray) groups = findings_grouped(findings);
    g_assert_cmpuint(groups->len, ==, 6);
    g_assert_cmpuint(findings_count(findings), ==, 6);
    g_assert_cmpstr(((FindingGroup *)groups->pdata[0])->id, ==, "DEL-01:HV01");
}

/* What there is only one of has no suffix. */
static void
test_plain_ids(void)
{
    g_autoptr(GPtrArray) findings = findings_new();
    add(findings, SEVERITY_ERROR, STATUS_UNKNOWN, "HV02", NULL);
    waive(add(findings, SEVERITY_ERROR, STATUS_FAIL, "HV02", NULL), "later");
    g_ptr_array_remove_index(findings, 0);
    findings_name(findings);
    g_assert_cmpstr(((Finding *)findings->pdata[0])->id, ==, "DEL-01:HV01");
}

static void
test_details(void)
{
    g_autoptr(GPtrArray) findings = findings_new();
    static const char *const names[] = {"HV02", "HV03", "HV04", "HV05", "HV06", "HV07"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        Finding *finding = add(findings, SEVERITY_ERROR, STATUS_FAIL, names[i], NULL);
        finding_evidence(finding, "list", "empty");
        finding_evidence(finding, "missing", names[i]);
    }
    findings_name(findings);
    g_autoptr(GPtrArray) groups = findings_grouped(findings);
    const FindingGroup *group = group_named(groups, "DEL-01:HV01");
    g_assert_cmpstr(group->detail, ==,
                    "HV01 has no way to HV02. The same applies to HV03, HV04, HV05 and 2 "
                    "more.");
    g_assert_null(group->target);
    g_assert_cmpstr(group->title, ==, "No way");
    g_assert_cmpuint(group->evidence->len, ==, 1);
    g_assert_cmpstr(((Evidence *)group->evidence->pdata[0])->key, ==, "list");
}

/* Nothing is said of a target that is another's; what there is no room for stands with
 * it. */
static void
test_different_details(void)
{
    g_autoptr(GPtrArray) findings = findings_new();
    static const char *const texts[] = {"One.", "HV03 is two.", "Three.", "Four.",
                                        "Five."};
    static const char *const names[] = {"HV02", "HV03", "HV04", "HV05", "HV06"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        finding_say(add(findings, SEVERITY_ERROR, STATUS_FAIL, names[i], NULL),
                    i == 0 ? "Another" : "No way", "%s", texts[i]);
    findings_name(findings);
    g_autoptr(GPtrArray) groups = findings_grouped(findings);
    const FindingGroup *group = group_named(groups, "DEL-01:HV01");
    g_assert_cmpstr(
        group->detail, ==,
        "HV02: Another: One. No way: HV03 is two. HV04: No way: Three. What is "
        "wrong with 2 more stands with each.");
    g_assert_cmpstr(group->title, ==, "No delegation to cifs on the target");
    g_assert_null(group->untold->pdata[2]);
    g_assert_cmpstr(group->untold->pdata[3], ==, "Four.");
}

/* SPNs of one target are told apart. */
static void
test_spns(void)
{
    g_autoptr(GPtrArray) findings = findings_new();
    static const char *const spns[] = {"cifs/A", "cifs/B"};
    for (guint i = 0; i < G_N_ELEMENTS(spns); i++)
        finding_say(add(findings, SEVERITY_ERROR, STATUS_FAIL, "SRV", spns[i]), "Bad",
                    "%s of SRV is bad, and so is HOST/%s.", spns[i], spns[i] + 5);
    findings_name(findings);
    g_autoptr(GPtrArray) groups = findings_grouped(findings);
    const FindingGroup *group = groups->pdata[0];
    g_assert_cmpstr(
        group->detail, ==,
        "cifs/A of SRV is bad, and so is HOST/A. The same applies to cifs/B.");
}

static Change
sum_of(const Change *targets)
{
    static const PastState fail = {STANDING_FAIL, SEVERITY_ERROR, false};
    static const PastState absent = {0};
    ChangeSum sum = {0};
    for (; *targets != CHANGE_COUNT; targets++) {
        bool came = *targets == CHANGE_NEW,
             went = *targets == CHANGE_MENDED || *targets == CHANGE_GONE;
        change_sum_add(&sum, *targets, came ? &absent : &fail, went ? &absent : &fail);
    }
    return change_sum_of(&sum);
}

static void
test_changes(void)
{
    static const struct {
        Change targets[5];
        Change whole;
    } rows[] = {
        {{CHANGE_NEW, CHANGE_NEW, CHANGE_COUNT}, CHANGE_NEW},
        {{CHANGE_NEW, CHANGE_PERSISTING, CHANGE_COUNT}, CHANGE_CHANGED},
        {{CHANGE_MENDED, CHANGE_PERSISTING, CHANGE_COUNT}, CHANGE_CHANGED},
        {{CHANGE_MENDED, CHANGE_NEW, CHANGE_COUNT}, CHANGE_CHANGED},
        {{CHANGE_MENDED, CHANGE_MENDED, CHANGE_COUNT}, CHANGE_MENDED},
        {{CHANGE_GONE, CHANGE_MENDED, CHANGE_COUNT}, CHANGE_MENDED},
        {{CHANGE_UNSEEN, CHANGE_MENDED, CHANGE_COUNT}, CHANGE_CHANGED},
        {{CHANGE_WORSENED, CHANGE_PERSISTING, CHANGE_COUNT}, CHANGE_WORSENED},
        {{CHANGE_STILL_WAIVED, CHANGE_PERSISTING, CHANGE_COUNT}, CHANGE_PERSISTING},
        {{CHANGE_WAIVED, CHANGE_PERSISTING, CHANGE_COUNT}, CHANGE_CHANGED},
        {{CHANGE_STILL_UNDECIDED, CHANGE_COUNT}, CHANGE_STILL_UNDECIDED},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpstr(change_names[sum_of(rows[i].targets)], ==,
                        change_names[rows[i].whole]);
}

/* Lists of fixes are shared, and nobody sees another's. */
static void
test_fixes(void)
{
    g_autoptr(GPtrArray) findings = findings_new();
    Finding *one = add(findings, SEVERITY_ERROR, STATUS_FAIL, "HV02", NULL);
    Finding *other = add(findings, SEVERITY_ERROR, STATUS_FAIL, "HV03", NULL);
    Finding *none = add(findings, SEVERITY_ERROR, STATUS_FAIL, "HV04", NULL);
    finding_add_fix(one, "a");
    finding_add_fix(other, "a");
    finding_add_fix(other, "b");
    g_assert_cmpuint(one->fixes->len, ==, 1);
    g_assert_cmpuint(other->fixes->len, ==, 2);
    g_assert_cmpuint(none->fixes->len, ==, 0);
    findings_name(findings);
    g_autoptr(GPtrArray) groups = findings_grouped(findings);
    g_assert_cmpuint(((FindingGroup *)groups->pdata[0])->fixes->len, ==, 2);
}

static void
assert_detail(const Finding *finding, const char *detail)
{
    g_autofree char *is = finding_detail(finding);
    g_assert_cmpstr(is, ==, detail);
}

/* However it is kept. */
static void
test_what_is_said(void)
{
    static const char *const said[] = {
        "",     "HV1 to HV10 by cifs/HV10: HV100, xHV1HV10.",
        "HV1",  "\001 and \002 of HV1",
        "\004",
    };
    g_autoptr(GPtrArray) findings = findings_new();
    for (guint i = 0; i < G_N_ELEMENTS(said); i++) {
        Finding *finding = finding_new(RULE_DEL_01, SEVERITY_ERROR, STATUS_FAIL, "HV1",
                                       "HV10", i == 2 ? NULL : "cifs/HV10");
        g_ptr_array_add(findings, finding);
        assert_detail(finding, "");
        finding_say(finding, "No way", "%s", said[i]);
        assert_detail(finding, said[i]);
        finding_say_more(finding, "HV10, too.");
        g_autofree char *more = g_strdup_printf("%s HV10, too.", said[i]);
        assert_detail(finding, more);
    }
}

/* What is said of many in the same words is kept once. */
static void
test_said_once(void)
{
    g_autoptr(GPtrArray) findings = findings_new();
    const Finding *one = add(findings, SEVERITY_ERROR, STATUS_FAIL, "HV02", "cifs/HV02");
    const Finding *other =
        add(findings, SEVERITY_ERROR, STATUS_FAIL, "HV03", "cifs/HV03");
    g_assert_true(one->said == other->said);
    assert_detail(other, "HV01 has no way to HV03.");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/grouping/ids", test_ids);
    g_test_add_func("/grouping/plain-ids", test_plain_ids);
    g_test_add_func("/grouping/details", test_details);
    g_test_add_func("/grouping/different-details", test_different_details);
    g_test_add_func("/grouping/spns", test_spns);
    g_test_add_func("/grouping/changes", test_changes);
    g_test_add_func("/grouping/fixes", test_fixes);
    g_test_add_func("/grouping/said", test_what_is_said);
    g_test_add_func("/grouping/said-once", test_said_once);
    return g_test_run();
}
