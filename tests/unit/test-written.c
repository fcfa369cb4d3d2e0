/* Names as people write them, and whom they mean. */
#include "model/written.h"

#include <string.h>

static void
test_clean(void)
{
    static const struct {
        const char *given;
        const char *clean;
    } cases[] = {
        {"HV01", "HV01"},
        {"  HV01 ", "HV01"},
        {"\"HV01\"", "HV01"},
        {"'HV01'", "HV01"},
        {"\u201cHV01\u201d", "HV01"},
        {"\u00a0HV01\u200b", "HV01"},
        {"HV01.", "HV01"},
        {"HV01,", "HV01"},
        {"hv01.contoso.test.", "hv01.contoso.test"},
        {"\\\\HV01", "HV01"},
        {"\\\\HV01\\vm$\\disk", "HV01"},
        {"\\\\hv01.contoso.test\\", "hv01.contoso.test"},
        {"CONTOSO\\HV01$", "CONTOSO\\HV01$"},
        {"hv01@contoso.test", "hv01@contoso.test"},
        {"CN=HV01,OU=Hyper-V,DC=contoso,DC=test",
         "CN=HV01,OU=Hyper-V,DC=contoso,DC=test"},
        {"", ""},
        {".", "."},
        {"\\\\", ""},
        {" \" ", ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup(cases[i].given);
        g_assert_cmpstr(written_clean(name), ==, cases[i].clean);
    }
}

static void
test_split(void)
{
    static const struct {
        const char *given;
        const char *names;
    } cases[] = {
        {"HV01,HV02", "HV01|HV02"},
        {"HV01, HV02", "HV01|HV02"},
        {"HV01;HV02", "HV01|HV02"},
        {"HV01,,HV02;", "HV01|HV02"},
        {"HV*", "HV*"},
        {"CN=HV01,DC=contoso,DC=test;HV02", "CN=HV01,DC=contoso,DC=test|HV02"},
        {" ; , ", ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        written_split(cases[i].given, names);
        g_ptr_array_add(names, NULL);
        g_autofree char *joined = g_strjoinv("|", (char **)names->pdata);
        g_assert_cmpstr(joined, ==, cases[i].names);
    }
}

#define SID "S-1-5-21-1-2-3-1105"

static Account *
add(Estate *estate, const char *dn, const char *name, AccountKind kind)
{
    bool fresh = false;
    Account *account = estate_add_account(estate, dn, &fresh);
    account->name = estate_string(estate, name);
    account->kinds = kind;
    return account;
}

static Estate *
estate_make(void)
{
    Estate *estate = estate_new(0);
    Domain *domain = estate_add_domain(estate, "DC=contoso,DC=test");
    domain->dns = "contoso.test";
    domain->netbios = "CONTOSO";
    estate->domain = "contoso.test";
    Account *host = add(estate, "CN=HV01,OU=Hyper-V,DC=contoso,DC=test", "HV01",
                        KIND_COMPUTER | KIND_USER);
    host->sam = "HV01$";
    host->dns = "hv01.contoso.test";
    g_assert_true(sid_parse_text(SID, &host->sid));
    Account *other = add(estate, "CN=HV11,OU=Hyper-V,DC=contoso,DC=test", "HV11",
                         KIND_COMPUTER | KIND_USER);
    other->sam = "HV11$";
    Account *alice =
        add(estate, "CN=Smith\\, Alice,CN=Users,DC=contoso,DC=test", "asmith", KIND_USER);
    alice->sam = "asmith";
    alice->upn = "alice.smith@example.test";
    alice->display = "Smith, Alice";
    estate_freeze(estate);
    return estate;
}

static void
test_host_is_meant(void)
{
    static const char *const forms[] = {
        "HV01",
        "hv01",
        "HV01$",
        "HV0?",
        "hv01.contoso.test",
        "HV01.CONTOSO.TEST",
        "CONTOSO\\HV01",
        "contoso\\hv01$",
        "contoso.test\\HV01",
        "hv01@contoso.test",
        "HV01$@CONTOSO.TEST",
        "CN=HV01,OU=Hyper-V,DC=contoso,DC=test",
        "cn=hv01, ou=hyper-v, dc=contoso, dc=test",
        SID,
        "CONTOSO\\HV0*",
    };
    static const char *const others[] = {
        "HV11",
        "FABRIKAM\\HV01",
        "hv01@fabrikam.test",
        "CN=HV01,DC=contoso,DC=test",
        "S-1-5-21-1-2-3-1106",
        "hv01.fabrikam.test",
        "",
        "@contoso.test",
        "CONTOSO\\",
    };
    g_autoptr(Estate) estate = estate_make();
    const Account *host = estate_by_dn(estate, "CN=HV01,OU=Hyper-V,DC=contoso,DC=test");

    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(GPtrArray) among = written_among(forms[i], estate);
        g_test_message("%s", forms[i]);
        g_assert_true(written_means(forms[i], estate, host));
        g_assert_true(g_ptr_array_find(among, host, NULL));
    }
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_test_message("%s", others[i]);
        g_assert_false(written_means(others[i], estate, host));
    }
}

static void
test_person_is_meant(void)
{
    static const char *const forms[] = {
        "asmith",
        "CONTOSO\\asmith",
        "asmith@contoso.test",
        "alice.smith@example.test",
        "ALICE.SMITH@EXAMPLE.TEST",
        "CN=Smith\\, Alice,CN=Users,DC=contoso,DC=test",
    };
    g_autoptr(Estate) estate = estate_make();
    const Account *alice = estate_by_name(estate, "asmith")->pdata[0];

    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(GPtrArray) among = written_among(forms[i], estate);
        g_test_message("%s", forms[i]);
        g_assert_true(written_means(forms[i], estate, alice));
        g_assert_true(g_ptr_array_find(among, alice, NULL));
    }
    g_autoptr(GPtrArray) displayed = written_displayed("smith, alice", estate);
    g_assert_cmpuint(displayed->len, ==, 1);
    g_assert_true(displayed->pdata[0] == alice);
}

static void
test_miss(void)
{
    static const struct {
        const char *given;
        const char *words;
    } cases[] = {
        {"HV10", "no such computer in contoso.test; did you mean HV01, HV11?"},
        {"HV10$", "no such computer in contoso.test; did you mean HV01, HV11?"},
        {"CONTOSO\\HV10", "no such computer in contoso.test; did you mean HV01, HV11?"},
        {"hv10.contoso.test",
         "no such computer in contoso.test; did you mean HV01, HV11?"},
        {"FABRIKAM\\HV01",
         "no such computer: FABRIKAM is none of the domains read (contoso.test)"},
        {"hv01@fabrikam.test",
         "no such computer: fabrikam.test is none of the domains read (contoso.test)"},
        {"SQL-PROD", "no such computer in contoso.test"},
    };
    g_autoptr(Estate) estate = estate_make();

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *words =
            written_miss(cases[i].given, estate, KIND_COMPUTER, "no such computer");
        g_assert_cmpstr(words, ==, cases[i].words);
    }
    g_assert_cmpint(written_miss_fault(estate), ==, FAULT_CONFIG);
}

/* Who was not read is not absent. */
static void
test_miss_where_reading_ended(void)
{
    g_autoptr(Estate) estate = estate_make();
    estate->cut_short = "no answer within 1 s";
    g_autofree char *words =
        written_miss("HV10", estate, KIND_COMPUTER, "no such computer");

    g_assert_cmpstr(words, ==,
                    "no such computer in what was read, and not all was: no answer "
                    "within 1 s");
    g_assert_cmpint(written_miss_fault(estate), ==, FAULT_UNREACHABLE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/written/clean", test_clean);
    g_test_add_func("/written/split", test_split);
    g_test_add_func("/written/host", test_host_is_meant);
    g_test_add_func("/written/person", test_person_is_meant);
    g_test_add_func("/written/miss", test_miss);
    g_test_add_func("/written/miss/cut-short", test_miss_where_reading_ended);
    return g_test_run();
}
