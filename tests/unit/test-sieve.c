/* Of whoever holds SPNs only those stay that share one. */
#include "collect/sieve.h"

#include <string.h>

/* Whether an entry with these SPNs, parted by blanks, stays. */
static bool
keeps(Sieve *sieve, const char *attribute, const char *spns)
{
    g_auto(GStrv) texts = g_strsplit(spns, " ", -1);
    struct berval values[8] = {{0, NULL}};
    guint count = 0;
    for (; texts[count]; count++)
        values[count] = (struct berval){strlen(texts[count]), texts[count]};
    g_autofree char *name = g_strdup(attribute);
    const EntryAttribute held = {{strlen(name), name}, values, count};
    const Entry entry = {.attributes = &held, .count = 1};
    return sieve_keeps(sieve, &entry);
}

static void
test_doubles(void)
{
    g_autoptr(Sieve) sieve = sieve_new();
    g_assert_false(keeps(sieve, "servicePrincipalName", "HOST/a HOST/b host/A"));
    g_assert_false(keeps(sieve, "servicePrincipalName", "HOST/c"));
    g_assert_cmpuint(sieve->doubles->len, ==, 0);
    g_assert_true(keeps(sieve, "serviceprincipalname", "HOST/d HOST/B"));
    g_assert_true(keeps(sieve, "servicePrincipalName", "HOST/d"));
    g_assert_cmpuint(sieve->doubles->len, ==, 2);
    g_assert_cmpstr(sieve->doubles->pdata[0], ==, "HOST/B");
    g_assert_cmpstr(sieve->doubles->pdata[1], ==, "HOST/d");
}

/* What cannot be told from here is kept, and compared all the same. */
static void
test_kept(void)
{
    g_autoptr(Sieve) sieve = sieve_new();
    g_autofree char *large = g_strnfill(5000, 'x');
    g_assert_true(keeps(sieve, "sAMAccountName", "a"));
    g_assert_true(keeps(sieve, "servicePrincipalName", "HOST/\303\234"));
    g_assert_true(keeps(sieve, "servicePrincipalName", large));
    g_assert_true(keeps(sieve, "servicePrincipalName;range=0-1", "HOST/a HOST/b"));
    g_assert_true(keeps(sieve, "servicePrincipalName;range=2-*", "HOST/c"));
    g_assert_cmpuint(sieve->doubles->len, ==, 0);
    g_assert_true(keeps(sieve, "servicePrincipalName", "HOST/c"));
    g_assert_cmpuint(sieve->doubles->len, ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sieve/doubles", test_doubles);
    g_test_add_func("/sieve/kept", test_kept);
    return g_test_run();
}
