#include "model/spn.h"

#include "base/limits.h"

#include <string.h>

static void
test_parts(void)
{
    static const struct {
        const char *text;
        const char *class;
        const char *host;
        const char *port;
        const char *name;
    } cases[] = {
        {"cifs/hv01", "cifs", "hv01", NULL, NULL},
        {SPN_MIGRATION "/hv01.contoso.com", SPN_MIGRATION, "hv01.contoso.com", NULL,
         NULL},
        {"MSSQLSvc/db1:1433", "MSSQLSvc", "db1", "1433", NULL},
        {"MSSQLSvc/db1:INST", "MSSQLSvc", "db1", "INST", NULL},
        {"ldap/dc1/contoso.com", "ldap", "dc1", NULL, "contoso.com"},
        {"ldap/dc1:389/contoso.com", "ldap", "dc1", "389", "contoso.com"},
        {"ldap/dc1/a/b:c", "ldap", "dc1", NULL, "a/b:c"},
        {"http/[fe80::1]:80", "http", "[fe80::1]", "80", NULL},
        {"http/[fe80::1]", "http", "[fe80::1]", NULL, NULL},
        {"http/fe80::1", "http", "fe80::1", NULL, NULL},
        {"a/b:", "a", "b", "", NULL},
        {"a/b/", "a", "b", NULL, ""},
        {"a/[b:c", "a", "[b", "c", NULL},
        {"x/h\xc3\xa4st", "x", "h\xc3\xa4st", NULL, NULL},
        {"x/\xff", "x", "\xff", NULL, NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Spn) spn = spn_parse(cases[i].text);

        g_assert_nonnull(spn);
        g_assert_cmpstr(spn->class, ==, cases[i].class);
        g_assert_cmpstr(spn->host, ==, cases[i].host);
        g_assert_cmpstr(spn->port, ==, cases[i].port);
        g_assert_cmpstr(spn->name, ==, cases[i].name);
    }
}

static void
test_refused(void)
{
    static const char *const cases[] = {
        "",
        "/",
        "cifs",
        "/hv01",
        "cifs/",
        "cifs//x",
        "cifs/:445",
        "cifs/hv\n01",
        "cifs/hv01\t",
        "ci\x1b[31mfs/hv01",
        "cifs/hv\x7f",
        "cifs/hv\xc2\x85",
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_null(spn_parse(cases[i]));
}

static void
test_length(void)
{
    g_autofree char *host = g_strnfill(MOST_SPN_BYTES - 5, 'h');
    g_autofree char *fits = g_strconcat("cifs/", host, NULL);
    g_autofree char *longer = g_strconcat("cifs/", host, "h", NULL);
    g_autoptr(Spn) spn = spn_parse(fits);

    g_assert_cmpuint(strlen(fits), ==, MOST_SPN_BYTES);
    g_assert_nonnull(spn);
    g_assert_null(spn_parse(longer));
}

static void
test_other_class(void)
{
    g_autoptr(Spn) spn = spn_parse("cifs/hv01:445/x");
    g_autofree char *host = spn_with_class(spn, SPN_HOST);
    g_autofree char *plain = spn_of(SPN_MIGRATION, "hv01");

    g_assert_cmpstr(host, ==, "HOST/hv01:445/x");
    g_assert_cmpstr(plain, ==, "Microsoft Virtual System Migration Service/hv01");
}

static void
test_has_class(void)
{
    g_assert_true(spn_has_class("CIFS/hv01", SPN_CIFS));
    g_assert_true(spn_has_class("host/hv01", SPN_HOST));
    g_assert_true(
        spn_has_class("microsoft virtual system migration service/HV01", SPN_MIGRATION));
    g_assert_true(spn_has_class("\xc3\x84pp/x", "\xc3\xa4pp"));
    g_assert_false(spn_has_class("cifs", SPN_CIFS));
    g_assert_false(spn_has_class("cifsx/hv01", SPN_CIFS));
    g_assert_false(spn_has_class("cif/hv01", SPN_CIFS));
    g_assert_false(spn_has_class("hv01/cifs", SPN_CIFS));
    g_assert_false(spn_has_class("Microsoft Virtual System Migration Service 2/hv01",
                                 SPN_MIGRATION));
    /* The Kelvin sign is no k. */
    g_assert_false(spn_has_class("\xe2\x84\xaarbtgt/x", "krbtgt"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spn/parts", test_parts);
    g_test_add_func("/spn/refused", test_refused);
    g_test_add_func("/spn/length", test_length);
    g_test_add_func("/spn/other-class", test_other_class);
    g_test_add_func("/spn/has-class", test_has_class);
    return g_test_run();
}
