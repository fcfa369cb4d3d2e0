#include "model/flags.h"

static void
assert_format(const FlagName *table, guint32 value, const char *expected)
{
    g_autofree char *text = flags_format(table, value);

    g_assert_cmpstr(text, ==, expected);
}

static void
test_format(void)
{
    assert_format(uac_flags, UAC_WORKSTATION | UAC_TRUSTED_FOR_DELEGATION,
                  "WORKSTATION_TRUST_ACCOUNT | TRUSTED_FOR_DELEGATION");
    assert_format(uac_flags, 0x01001002,
                  "ACCOUNT_DISABLE | WORKSTATION_TRUST_ACCOUNT | "
                  "TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION");
    assert_format(uac_flags, 0, "0");
    assert_format(uac_flags, 0x80000200, "NORMAL_ACCOUNT | 0x80000000");
    assert_format(uac_flags, 0x30000000, "0x30000000");
    assert_format(etype_flags, 0x1C,
                  "RC4-HMAC | AES128-CTS-HMAC-SHA1-96 | AES256-CTS-HMAC-SHA1-96");
    assert_format(etype_flags, 0x00050020,
                  "AES256-CTS-HMAC-SHA1-96-SK | FAST-supported | Claims-supported");
}

/* Each row is one bit, no bit or name stands twice, and the order rises. */
static void
assert_table(const FlagName *table)
{
    guint32 before = 0;

    for (const FlagName *flag = table; flag->bit != 0; flag++) {
        g_assert_cmpuint(flag->bit & (flag->bit - 1), ==, 0);
        g_assert_cmpuint(flag->bit, >, before);
        before = flag->bit;
        assert_format(table, flag->bit, flag->name);
        for (const FlagName *other = table; other != flag; other++)
            g_assert_cmpstr(other->name, !=, flag->name);
    }
}

static void
test_tables(void)
{
    assert_table(uac_flags);
    assert_table(etype_flags);
}

static void
test_etypes(void)
{
    static const struct {
        gint32 number;
        const char *name;
        gboolean weak;
    } cases[] = {
        {1, "des-cbc-crc", TRUE},
        {3, "des-cbc-md5", TRUE},
        {17, "aes128-cts-hmac-sha1-96", FALSE},
        {18, "aes256-cts-hmac-sha1-96", FALSE},
        {19, "aes128-cts-hmac-sha256-128", FALSE},
        {20, "aes256-cts-hmac-sha384-192", FALSE},
        {23, "arcfour-hmac", TRUE},
        {0, NULL, FALSE},
        {-1, NULL, FALSE},
        {4711, NULL, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpstr(etype_name(cases[i].number), ==, cases[i].name);
        g_assert_cmpint(etype_is_weak(cases[i].number), ==, cases[i].weak);
    }
}

static gint64
at(const char *text)
{
    g_autoptr(GDateTime) moment = g_date_time_new_from_iso8601(text, NULL);
    g_assert_nonnull(moment);
    return g_date_time_to_unix(moment) * G_USEC_PER_SEC;
}

/* What a KDC assumes of an account that announces nothing, by the day
 * (CVE-2022-37966, CVE-2026-20833). */
static void
test_defaults_by_date(void)
{
    const guint32 first = ETYPE_BIT_RC4, second = 0x27, third = 0x18;
    static const char *const days[] = {"2022-11-07T23:59:59Z", "2022-11-08T00:00:00Z",
                                       "2026-04-13T23:59:59Z", "2026-04-14T00:00:00Z",
                                       "2031-01-01T00:00:00Z"};
    const guint32 expected[] = {first, second, second, third, third};

    for (guint i = 0; i < G_N_ELEMENTS(days); i++)
        g_assert_cmphex(etypes_default(at(days[i])), ==, expected[i]);
    g_assert_cmphex(etypes_default(0), ==, first);
    g_assert_cmphex(etypes_default(-1), ==, first);
}

static void
test_usable(void)
{
    const gint64 before = at("2026-04-01T00:00:00Z"), after = at("2026-05-01T00:00:00Z");

    g_assert_cmphex(etypes_usable(0, 0, before) & ETYPE_BIT_RC4, ==, ETYPE_BIT_RC4);
    g_assert_cmphex(etypes_usable(0, 0, after), ==, ETYPE_BITS_AES);
    /* Who says RC4 keeps it. */
    g_assert_cmphex(etypes_usable(0, ETYPE_BIT_RC4, after), ==, ETYPE_BIT_RC4);
    g_assert_cmphex(etypes_usable(0, 28, after), ==, ETYPE_BIT_RC4 | ETYPE_BITS_AES);
    g_assert_cmphex(etypes_usable(UAC_DES_ONLY, 28, after), ==, ETYPE_BITS_DES);
    /* FAST and claims alone are no encryption type. */
    g_assert_cmphex(etypes_usable(0, 0x50000, after), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flags/format", test_format);
    g_test_add_func("/flags/tables", test_tables);
    g_test_add_func("/flags/etypes", test_etypes);
    g_test_add_func("/flags/defaults-by-date", test_defaults_by_date);
    g_test_add_func("/flags/usable", test_usable);
    return g_test_run();
}
