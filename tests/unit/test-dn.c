/* Distinguished names, as the directory and as people spell them. */
#include "model/dn.h"

#include <string.h>

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

    static const char *const escaped[][2] = {
        {"CN=Smith\\2c A,DC=y", "CN=Smith\\, A,DC=y"},
        {"CN=B\\C3\\9Cro,DC=y", "CN=B\xc3\xbcRO,DC=y"},
        {"CN=a\\20b,DC=y", "CN=a b,DC=y"},
        {"CN=a\\20,DC=y", "CN=a\\ ,DC=y"},
        {"CN=\\23a\\#,DC=y", "CN=\\#a#,DC=y"},
        {"CN=a\\=b,DC=y", "CN=a=b,DC=y"},
        {"CN=a\\0ACNF:x,DC=y", "CN=a\\0acnf:x,DC=y"},
        {"CN=a\\00b,DC=y", "CN=a\\00b,DC=y"},
        {"CN=a\\", "CN=a\\"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(escaped); i++) {
        g_autofree char *here = dn_key(escaped[i][0]), *there = dn_key(escaped[i][1]);
        g_assert_cmpstr(here, ==, there);
    }
    static const char *const blanks[] = {
        "CN=domain ADMINS,CN=Users,DC=y",   " CN=Domain Admins,CN=Users,DC=y",
        "CN = Domain Admins,CN=Users,DC=y", "CN=Domain Admins , CN=Users,DC=y",
        "CN=Domain Admins,CN=Users,DC=y ",  "CN=Domain Admins,CN=Users,DC=y  ",
    };
    g_autofree char *usual = dn_key("CN=Domain Admins,CN=Users,DC=y");
    g_autofree char *two_in = dn_key("CN=Domain  Admins,CN=Users,DC=y");
    g_assert_cmpstr(usual, ==, "cn=domain admins,cn=users,dc=y");
    g_assert_cmpstr(usual, !=, two_in);
    for (guint i = 0; i < G_N_ELEMENTS(blanks); i++) {
        g_autofree char *key = dn_key(blanks[i]);
        g_assert_cmpstr(key, ==, usual);
    }
    g_autofree char *comma = dn_key("CN=a\\2Cb,DC=y"), *parent = dn_key("CN=a,b,DC=y");
    g_assert_cmpstr(comma, !=, parent);
}

static void
test_decoration(void)
{
    static const struct {
        const char *value;
        const char *dn;
        bool gone;
    } cases[] = {
        {"CN=a,DC=y", "CN=a,DC=y", false},
        {"<GUID=5f>;CN=a,DC=y", "CN=a,DC=y", false},
        {"<GUID=5f>;<SID=S-1-5-21-1>;CN=a,DC=y", "CN=a,DC=y", false},
        {"<RMD_FLAGS=0>;<GUID=5f>;CN=a,DC=y", "CN=a,DC=y", false},
        {"<RMD_FLAGS=1>;<GUID=5f>;CN=a,DC=y", "CN=a,DC=y", true},
        {"<GUID=5f>", "<GUID=5f>", false},
        {"<GUID=5f>;", "<GUID=5f>;", false},
        {"<RMD_FLAGS=1>;<GUID", "<RMD_FLAGS=1>;<GUID", false},
        {"<GUID=5f> CN=a", "<GUID=5f> CN=a", false},
        {"<=>;CN=a", "<=>;CN=a", false},
        {"<RMD_FLAGS=1>;cifs/HV02", "<RMD_FLAGS=1>;cifs/HV02", false},
        {"<GUID=5f>;HTTP/web:80/CN=a", "<GUID=5f>;HTTP/web:80/CN=a", false},
        {"<", "<", false},
        {"", "", false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool gone;
        gsize length = dn_decoration(cases[i].value, strlen(cases[i].value), &gone);
        g_assert_cmpstr(cases[i].value + length, ==, cases[i].dn);
        g_assert_true(gone == cases[i].gone);
    }
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

static void
test_modern(void)
{
    static const struct {
        const char *old, *dn;
    } cases[] = {
        {"CN=\"x,y\",DC=a", "CN=x\\,y,DC=a"},
        {"CN=\"x\\\"y\",DC=a", "CN=x\\\"y,DC=a"},
        {"CN=\"x \" , DC=a", "CN=x ,DC=a"},
        {"CN=x;OU=y;DC=a", "CN=x,OU=y,DC=a"},
        {"CN=x, OU = y ,DC=a ", "CN=x,OU=y,DC=a"},
        {"\"CN=x,DC=a\"", "CN=x,DC=a"},
        {"LDAP://CN=x,DC=a", "CN=x,DC=a"},
        {"GC://dc1:3268/CN=x/y,DC=a", "CN=x/y,DC=a"},
        /* As they are. */
        {"CN=x\\;y\\\"z,DC=a", NULL},
        {"CN=x y,DC=a", NULL},
        {"CN=x\\ ,DC=a", NULL},
        {"CN=x\"y,DC=a", NULL},
        /* Not one DN. */
        {"CN=\"x,DC=a", NULL},
        {"CN=x,DC=a;CN=y,DC=a", NULL},
        {"", NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *dn = dn_modern(cases[i].old, strlen(cases[i].old));
        g_assert_cmpstr(dn, ==, cases[i].dn);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dn/parent", test_parent);
    g_test_add_func("/dn/under", test_under);
    g_test_add_func("/dn/key", test_key);
    g_test_add_func("/dn/decoration", test_decoration);
    g_test_add_func("/dn/name", test_name);
    g_test_add_func("/dn/domain", test_domain);
    g_test_add_func("/dn/modern", test_modern);
    return g_test_run();
}
