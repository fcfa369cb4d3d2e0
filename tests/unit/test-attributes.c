#include "collect/attributes.h"
#include "collect/entry.h"

#include <string.h>

#define DN "CN=HV01,CN=Computers,DC=contoso,DC=com"

typedef struct {
    Estate *estate;
    Account *account;
} Fixture;

static void
setup(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fixture->estate = estate_new(0);
    fixture->account = estate_add_account(fixture->estate, DN, NULL);
}

static void
teardown(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    estate_free(fixture->estate);
}

static bool
take(Fixture *fixture, AttrId attr, const char *const *texts, guint count)
{
    struct berval values[4];
    g_assert_cmpuint(count, <=, G_N_ELEMENTS(values));
    for (guint i = 0; i < count; i++)
        values[i] = (struct berval){strlen(texts[i]), (char *)texts[i]};
    Taking taking = {fixture->estate, fixture->account, values, count};
    return attribute_take(attr, &taking);
}

static bool
take_one(Fixture *fixture, AttrId attr, const char *text)
{
    return take(fixture, attr, &text, 1);
}

static void
assert_gap(const Fixture *fixture, const char *what, const char *why)
{
    g_assert_cmpuint(fixture->estate->gaps->len, ==, 1);
    const Gap *gap = fixture->estate->gaps->pdata[0];
    g_assert_cmpstr(gap->what, ==, what);
    g_assert_nonnull(strstr(gap->why, why));
}

static void
test_table(void)
{
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
        const Attribute *attribute = attribute_of(attr);
        Guid guid;
        g_assert_nonnull(attribute->parse);
        g_assert_cmpuint(attribute->kinds, !=, 0);
        g_assert_true(guid_parse(attribute->guid, &guid));
        g_assert_true(!attribute->property_set ||
                      guid_parse(attribute->property_set, &guid));
        AttrId found = ATTR_COUNT;
        g_autofree char *upper = g_ascii_strup(attr_name(attr), -1);
        g_assert_true(attribute_find(upper, strlen(upper), &found));
        g_assert_cmpint(found, ==, attr);
    }
    AttrId found;
    g_assert_false(attribute_find("servicePrincipal", 16, &found));
}

static void
test_flags(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_true(take_one(fixture, ATTR_UAC, "16781312"));
    g_assert_cmphex(fixture->account->uac, ==, UAC_WORKSTATION | UAC_T2A4D);
    /* AD's integers are signed. */
    g_assert_true(take_one(fixture, ATTR_UAC, "-2147483644"));
    g_assert_cmphex(fixture->account->uac, ==, 0x80000004u);
    g_assert_cmpuint(fixture->estate->gaps->len, ==, 0);
}

static void
test_bad_flags(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    static const char *const bad[] = {"",
                                      " 4096",
                                      "4096x",
                                      "0x1000",
                                      "4294967296",
                                      "-2147483649",
                                      "99999999999999999999999999999999"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(take_one(fixture, ATTR_UAC, bad[i]));
    g_assert_cmphex(fixture->account->uac, ==, 0);
}

static void
test_bad_flag_is_told(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_false(take_one(fixture, ATTR_UAC, "many"));
    assert_gap(fixture, "userAccountControl of " DN, "not a 32-bit integer: many");
}

static void
test_two_values(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    static const char *const two[] = {"4096", "512"};
    g_assert_false(take(fixture, ATTR_UAC, two, 2));
    assert_gap(fixture, "userAccountControl of " DN, "more than one value");
}

static void
test_kinds(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    static const char *const host[] = {"top", "user", "Computer"};
    static const char *const managed[] = {"user", "computer",
                                          "msDS-GroupManagedServiceAccount"};
    g_assert_true(take(fixture, ATTR_OBJECT_CLASS, host, 3));
    g_assert_cmphex(fixture->account->kinds, ==, KIND_COMPUTER);
    g_assert_true(take(fixture, ATTR_OBJECT_CLASS, managed, 3));
    g_assert_cmphex(fixture->account->kinds, ==, KIND_COMPUTER | KIND_MANAGED);
    g_assert_true(take_one(fixture, ATTR_OBJECT_CLASS, "group"));
    g_assert_cmphex(fixture->account->kinds, ==, KIND_GROUP);
}

static void
test_names(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_true(take_one(fixture, ATTR_SAM_NAME, "HV01$"));
    g_assert_cmpstr(fixture->account->sam, ==, "HV01$");
    g_assert_cmpstr(fixture->account->name, ==, "HV01");
    g_assert_true(take_one(fixture, ATTR_SAM_NAME, "$"));
    g_assert_cmpstr(fixture->account->name, ==, "$");
}

/* Dates of one and the same moment, in both of AD's notations. */
static void
test_times(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    const gint64 moment_us =
        G_GINT64_CONSTANT(1767225600) * G_USEC_PER_SEC; /* 2026-01-01 */
    g_assert_true(take_one(fixture, ATTR_PASSWORD_SET, "134116992000000000"));
    g_assert_cmpint(fixture->account->password_set_us, ==, moment_us);
    g_assert_true(take_one(fixture, ATTR_WHEN_CHANGED, "20260101000000.0Z"));
    g_assert_cmpint(fixture->account->changed_us, ==, moment_us);
    g_assert_true(take_one(fixture, ATTR_WHEN_CHANGED, "20260101013000+0130"));
    g_assert_cmpint(fixture->account->changed_us, ==, moment_us);

    static const char *const never[] = {"0", "9223372036854775807"};
    for (guint i = 0; i < G_N_ELEMENTS(never); i++) {
        g_assert_true(take_one(fixture, ATTR_PASSWORD_SET, never[i]));
        g_assert_cmpint(fixture->account->password_set_us, ==, 0);
    }
    static const char *const bad[] = {
        "20261301000000.0Z",  "20260101000000",  "2026010100000Z",   "20260101000000.0X",
        "20260101000000.0Zx", "00000101000000Z", "20260101000000+01"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(take_one(fixture, ATTR_WHEN_CHANGED, bad[i]));
    g_assert_false(take_one(fixture, ATTR_PASSWORD_SET, "-1"));
}

/* One value with a NUL must not hide the others, nor be cut at the NUL. */
static void
test_nul(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    struct berval values[] = {{11, (char *)"HOST/a\0evil"}, {6, (char *)"HOST/b"}};
    Taking taking = {fixture->estate, fixture->account, values, 2};
    g_assert_true(attribute_take(ATTR_SPN, &taking));
    g_assert_cmpuint(fixture->account->spns->len, ==, 1);
    g_assert_cmpstr(fixture->account->spns->pdata[0], ==, "HOST/b");
    assert_gap(fixture, "servicePrincipalName of " DN, "NUL");
}

static void
test_sids(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    static const char bytes[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
    struct berval value = {sizeof bytes, (char *)bytes};
    Taking taking = {fixture->estate, fixture->account, &value, 1};
    g_assert_true(attribute_take(ATTR_TOKEN_GROUPS, &taking));
    g_assert_cmpuint(fixture->account->token_groups->len, ==, 1);
    g_autofree char *text =
        sid_format(&g_array_index(fixture->account->token_groups, Sid, 0));
    g_assert_cmpstr(text, ==, "S-1-5-32-544");
    value.bv_len--;
    g_assert_false(attribute_take(ATTR_OBJECT_SID, &taking));
    g_assert_false(sid_is_set(&fixture->account->sid));
}

static void
test_options(void)
{
    static const struct {
        const char *name;
        bool sound;
        gsize length;
        bool ranged;
        guint low, high;
        bool other;
    } rows[] = {
        {"memberOf", true, 8, false, 0, 0, false},
        {"memberOf;range=0-1499", true, 8, true, 0, 1499, false},
        {"memberOf;Range=1500-*", true, 8, true, 1500, G_MAXUINT, false},
        {"userCertificate;binary", true, 15, false, 0, 0, true},
        {"a;binary;range=0-1", true, 1, true, 0, 1, true},
        {"a;range=", true, 1, false, 0, 0, true},
        {"a;range=5-1", false, 0, false, 0, 0, false},
        {"a;range=x-*", false, 0, false, 0, 0, false},
        {"a;range=0-*x", false, 0, false, 0, 0, false},
        {"a;range=99999999999-*", false, 0, false, 0, 0, false},
        {"a;range=0-1;range=2-*", false, 0, false, 0, 0, false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct berval name = {strlen(rows[i].name), (char *)rows[i].name};
        EntryOptions options;
        g_assert_cmpint(entry_options(&name, &options), ==, rows[i].sound);
        if (!rows[i].sound)
            continue;
        g_assert_cmpuint(options.name_length, ==, rows[i].length);
        g_assert_cmpint(options.ranged, ==, rows[i].ranged);
        g_assert_cmpint(options.other, ==, rows[i].other);
        if (options.ranged) {
            g_assert_cmpuint(options.low, ==, rows[i].low);
            g_assert_cmpuint(options.high, ==, rows[i].high);
        }
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Fixture *fixture, gconstpointer data);
    } cases[] = {
        {"/attributes/flags", test_flags},
        {"/attributes/flags-bad", test_bad_flags},
        {"/attributes/flags-bad-told", test_bad_flag_is_told},
        {"/attributes/two-values", test_two_values},
        {"/attributes/kinds", test_kinds},
        {"/attributes/names", test_names},
        {"/attributes/times", test_times},
        {"/attributes/nul", test_nul},
        {"/attributes/sids", test_sids},
    };
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attributes/table", test_table);
    g_test_add_func("/entry/options", test_options);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add(cases[i].path, Fixture, NULL, setup, cases[i].run, teardown);
    return g_test_run();
}
