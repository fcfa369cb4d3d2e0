/* model/trust: which trust is between two forests, and what its numbers say. */
#include "collect/source.h"
#include "model/trust.h"

#include <glib/gstdio.h>
#include <string.h>

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

static Estate *
read_text(const char *text, Reach reach)
{
    const CollectPlan plan = {.timeout_s = 1, .reach = reach};
    Estate *estate = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    gint fd = g_file_open_tmp("kcdaudit-XXXXXX.ldif", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    bool read = source_read_ldif((const char *[]){path, NULL}, &plan, &estate, &error);
    g_unlink(path);
    g_assert_no_error(error);
    g_assert_true(read);
    return estate;
}

#define DOMAIN                                            \
    "dn: " HOME "\nobjectClass: domainDNS\n\n"            \
    "dn: CN=alice,CN=Users," HOME "\nobjectClass: user\n" \
    "sAMAccountName: alice\n\n"
#define TRUST(more) \
    "dn: CN=fabrikam.com,CN=System," HOME "\nobjectClass: trustedDomain\n" more "\n"

/* Bits with a sign; what is no number, no SID and no text stays unread. */
static void
test_values(void)
{
    g_autoptr(Estate) estate = read_text(
        DOMAIN TRUST("trustAttributes: -2147483640\ntrustDirection: many\n"
                     "trustPartner:: /0FCQw==\nsecurityIdentifier:: AQIDBA==\n"),
        REACH_DOMAIN);
    g_autoptr(GPtrArray) trusts = estate_trusts(estate);
    g_assert_cmpuint(trusts->len, ==, 1);
    const Trust *trust = trusts->pdata[0];
    g_assert_cmpint(trust->attributes, ==, 0x80000008);
    g_assert_cmpint(trust->direction, ==, -1);
    g_assert_false(sid_is_set(&trust->sid));
    g_assert_true(g_utf8_validate(trust->partner, -1, NULL));
    g_assert_true(estate->trusts_read);
    guint told = 0;
    for (guint i = 0; i < estate->gaps->len; i++) {
        const Gap *gap = estate->gaps->pdata[i];
        told += g_str_has_prefix(gap->what, "trustDirection of CN=fabrikam.com") ||
                strstr(gap->why, "securityIdentifier") != NULL;
    }
    g_assert_cmpuint(told, ==, 2);
}

static bool
has_gap(const Estate *estate, const char *what)
{
    for (guint i = 0; i < estate->gaps->len; i++)
        if (strcmp(((const Gap *)estate->gaps->pdata[i])->what, what) == 0)
            return true;
    return false;
}

/* A file without CN=System says nothing about trusts, which is a gap; with it, that there
 * are none. */
static void
test_read_in_a_file(void)
{
    g_autoptr(Estate) silent = read_text(DOMAIN, REACH_DOMAIN);
    g_assert_false(silent->trusts_read);
    g_assert_true(has_gap(silent, "trusts of contoso.com"));
    g_autoptr(Estate) none = read_text(
        DOMAIN "dn: CN=System," HOME "\nobjectClass: container\n\n", REACH_DOMAIN);
    g_assert_true(none->trusts_read);
    g_autoptr(Estate) hosts = read_text(DOMAIN TRUST(""), REACH_HOSTS);
    g_assert_false(hosts->trusts_read);
    g_assert_false(has_gap(hosts, "trusts of contoso.com"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trust/unread", test_unread);
    g_test_add_func("/trust/numbers", test_numbers);
    g_test_add_func("/trust/between", test_between);
    g_test_add_func("/trust/values", test_values);
    g_test_add_func("/trust/read in a file", test_read_in_a_file);
    return g_test_run();
}
