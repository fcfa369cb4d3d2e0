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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flags/format", test_format);
    g_test_add_func("/flags/tables", test_tables);
    g_test_add_func("/flags/etypes", test_etypes);
    return g_test_run();
}
