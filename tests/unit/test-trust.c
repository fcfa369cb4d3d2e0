/* model/trust: which trust is between two forests, and what its numbers say. */
#include "model/trust.h"

#define HOME "DC=contoso,DC=com"
#define CHILD "DC=sub,DC=contoso,DC=com"
#define OTHER "DC=fabrikam,DC=com"
#define OTHER_CHILD "DC=eu,DC=fabrikam,DC=com"

static Domain *
add_domain(Estate *estate, const char *dn, const char *dns, const char *forest)
{
    Domain *domain = estate_add_domain(estate, dn);
    domain->dns = dns;
    domain->forest = forest;
    return domain;
}

static void
test_unread(void)
{
    g_autoptr(Estate) estate = estate_new(1);
    Trust *trust = estate_add_trust(estate, "CN=fabrikam.com,CN=System," HOME);
    g_autofree char *nothing = trust_attributes_text(trust);
    g_assert_cmpstr(trust->partner, ==, "fabrikam.com");
    g_assert_cmpint(trust_flag(trust, TRUST_PIM), ==, TRI_UNKNOWN);
    g_assert_cmpint(trust_points(trust, TRUST_INBOUND), ==, TRI_UNKNOWN);
    g_assert_cmpint(trust_leaves_forest(trust), ==, TRI_UNKNOWN);
    g_assert_cmpstr(nothing, ==, "not read");
    g_assert_cmpstr(trust_direction_text(trust), ==, "not read");
}

static void
test_numbers(void)
{
    g_autoptr(Estate) estate = estate_new(1);
    Trust *trust = estate_add_trust(estate, "CN=fabrikam.com,CN=System," HOME);
    trust->attributes = 0x80000018;
    trust->direction = 1;
    g_autofree char *text = trust_attributes_text(trust);
    g_assert_cmpstr(text, ==,
                    "2147483672 (FOREST_TRANSITIVE | CROSS_ORGANIZATION | 0x80000000)");
    g_assert_cmpstr(trust_direction_text(trust), ==, "inbound");
    g_assert_cmpint(trust_points(trust, TRUST_INBOUND), ==, TRI_YES);
    g_assert_cmpint(trust_points(trust, TRUST_OUTBOUND), ==, TRI_NO);
    g_assert_cmpint(trust_leaves_forest(trust), ==, TRI_YES);
    trust->attributes = TRUST_WITHIN_FOREST;
    g_assert_cmpint(trust_leaves_forest(trust), ==, TRI_NO);
}

/* The roots trust each other; their children go by that trust. */
static void
test_between(void)
{
    g_autoptr(Estate) estate = estate_new(1);
    const Domain *home = add_domain(estate, HOME, "contoso.com", HOME);
    const Domain *child = add_domain(estate, CHILD, "sub.contoso.com", HOME);
    const Domain *other = add_domain(estate, OTHER, "fabrikam.com", OTHER);
    const Domain *other_child = add_domain(estate, OTHER_CHILD, "eu.fabrikam.com", OTHER);
    estate_add_trust(estate, "CN=sub.contoso.com,CN=System," HOME)->attributes =
        TRUST_WITHIN_FOREST;
    Trust *trust = estate_add_trust(estate, "CN=FABRIKAM,CN=System," HOME);
    trust->partner = "Fabrikam.com";
    trust->attributes = TRUST_FOREST_TRANSITIVE;
    g_assert_true(estate_trust_between(estate, home, other) == trust);
    g_assert_true(estate_trust_between(estate, child, other_child) == trust);
    g_assert_null(estate_trust_between(estate, other, home));
    g_assert_null(estate_trust_between(estate, home, child));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trust/unread", test_unread);
    g_test_add_func("/trust/numbers", test_numbers);
    g_test_add_func("/trust/between", test_between);
    return g_test_run();
}
