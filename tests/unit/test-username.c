/* What people write for a user, and which domain they mean. */
#include "model/username.h"

static void
test_parts(void)
{
    static const struct {
        const char *text;
        const char *user;
        const char *domain;
        bool upn;
    } cases[] = {
        {"alice", "alice", NULL, false},
        {"CONTOSO\\alice", "alice", "CONTOSO", false},
        {"alice@contoso.com", "alice", "contoso.com", true},
        {"a@b@contoso.com", "a@b", "contoso.com", true},
        {"a=b@contoso.com", "a=b", "contoso.com", true},
        {"CONTOSO\\a@b", "a@b", "CONTOSO", false},
        {"CN=Smith\\, A,DC=y", "CN=Smith\\, A,DC=y", NULL, false},
        {"CN=a@b,DC=y", "CN=a@b,DC=y", NULL, false},
        {"CONTOSO\\", "", "CONTOSO", false},
        {"@contoso.com", "", "contoso.com", true},
        {"", "", NULL, false},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(UserName) name = username_of(cases[i].text);

        g_assert_cmpstr(name.user, ==, cases[i].user);
        g_assert_cmpstr(name.domain, ==, cases[i].domain);
        g_assert_cmpint(name.upn, ==, cases[i].upn);
    }
}

static void
test_domain(void)
{
    static const Domain contoso = {.dns = "contoso.com", .netbios = "CONTOSO"};
    static const Domain bare = {.dn = "DC=contoso,DC=com"};
    g_auto(UserName) flat = username_of("contoso\\alice");
    g_auto(UserName) upn = username_of("alice@Contoso.COM");
    g_auto(UserName) other = username_of("FABRIKAM\\alice");
    g_auto(UserName) any = username_of("alice");

    g_assert_true(username_names(&flat, &contoso));
    g_assert_true(username_names(&upn, &contoso));
    g_assert_false(username_names(&other, &contoso));
    g_assert_false(username_names(&any, &contoso));
    g_assert_false(username_names(&flat, &bare));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/username/parts", test_parts);
    g_test_add_func("/username/domain", test_domain);
    return g_test_run();
}
