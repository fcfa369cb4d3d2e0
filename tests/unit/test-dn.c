/* Distinguished names, as the directory and as people spell them. */
#include "model/dn.h"

static void
test_parent(void)
{
    g_assert_cmpstr(dn_parent("CN=a\\,b,OU=x,DC=y"), ==, "OU=x,DC=y");
    g_assert_null(dn_parent("DC=y"));
    g_assert_null(dn_parent("DC=y,"));
    g_assert_null(dn_parent(""));
}

static void
test_under(void)
{
    g_assert_true(dn_is_under("CN=a,OU=Hyper-V,DC=y", "ou=hyper-v,dc=y"));
    g_assert_true(dn_is_under("DC=y", "DC=y"));
    g_assert_false(dn_is_under("CN=a,OU=NotHyper-V,DC=y", "OU=Hyper-V,DC=y"));
    /* The comma belongs to the name. */
    g_assert_false(dn_is_under("CN=a\\,DC=y", "DC=y"));

    g_assert_true(dn_is_below("CN=a,OU=Hyper-V,DC=y", "ou = Hyper-V , dc = y"));
    g_assert_false(dn_is_below("OU=Hyper-V,DC=y", "OU=Hyper-V, DC=y"));
    g_assert_false(dn_is_below("CN=a,OU=NotHyper-V,DC=y", "OU=Hyper-V,DC=y"));
}

static void
test_key(void)
{
    static const char *const same[] = {"CN=Smith\\, A,OU=x,DC=y",
                                       " cn = smith\\, a , ou=X, dc=Y"};
    g_autofree char *one = dn_key(same[0]), *two = dn_key(same[1]);
    g_autofree char *blank = dn_key("CN=a\\ ,DC=y"), *none = dn_key("CN=a ,DC=y");

    g_assert_cmpstr(one, ==, two);
    g_assert_cmpstr(blank, !=, none);
}

static void
test_name(void)
{
    static const struct {
        const char *dn;
        const char *name;
    } cases[] = {
        {"CN=HV01,OU=x,DC=y", "HV01"},
        {"CN=a\\,b,DC=y", "a\\,b"},
        {"CN=a\\", "a\\"},
        {"CN=", ""},
        {"HV01", "HV01"},
        {"", ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = dn_name(cases[i].dn);
        g_assert_cmpstr(name, ==, cases[i].name);
    }
}

static void
test_domain(void)
{
    g_autofree char *domain = dn_domain("CN=DC=x,OU=DC,DC=Sub,DC=contoso,DC=com");

    g_assert_cmpstr(domain, ==, "Sub.contoso.com");
    g_assert_null(dn_domain("CN=Schema"));
    g_assert_null(dn_domain(""));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dn/parent", test_parent);
    g_test_add_func("/dn/under", test_under);
    g_test_add_func("/dn/key", test_key);
    g_test_add_func("/dn/name", test_name);
    g_test_add_func("/dn/domain", test_domain);
    return g_test_run();
}
