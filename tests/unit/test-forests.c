/* Several forests in one estate: each has SPNs of its own. */
#include "model/estate.h"

#include "audit/declared.h"
#include "audit/policy.h"

static Account *
add_account(Estate *estate, const char *dn, const char *spn)
{
    Account *account = estate_add_account(estate, dn, NULL);
    account->kinds = KIND_COMPUTER;
    if (spn)
        g_ptr_array_add(account->spns, (gpointer)spn);
    return account;
}

static Estate *
estate_of(const char *second_forest)
{
    Estate *estate = estate_new(0);
    estate_add_domain(estate, "DC=one")->forest = "DC=one";
    estate_add_domain(estate, "DC=two")->forest = second_forest;
    estate_add_alias_line(estate, "host=cifs");
    estate->aliases_read = true;
    return estate;
}

static void
test_one_forest(void)
{
    g_autoptr(Estate) estate = estate_of("DC=one");
    const Account *first = add_account(estate, "CN=a,DC=one", "cifs/FS1");
    add_account(estate, "CN=b,DC=two", "cifs/fs1");
    estate_freeze(estate);
    g_auto(Resolved) resolved = estate_resolve_for(estate, "cifs/FS1", first);
    g_assert_cmpint(resolved.how, ==, RESOLVE_EXPLICIT);
    g_assert_cmpuint(resolved.owners->len, ==, 2);
}

static void
test_each_has_its_own(void)
{
    g_autoptr(Estate) estate = estate_of("DC=two");
    const Account *first = add_account(estate, "CN=a,DC=one", "cifs/FS1");
    const Account *second = add_account(estate, "CN=b,DC=two", "cifs/fs1");
    estate_freeze(estate);
    g_auto(Resolved) one = estate_resolve_for(estate, "cifs/FS1", first);
    g_auto(Resolved) two = estate_resolve_for(estate, "cifs/FS1", second);
    g_auto(Resolved) all = estate_resolve(estate, "cifs/FS1");
    g_assert_cmpuint(one.owners->len, ==, 1);
    g_assert_true(one.owners->pdata[0] == first);
    g_assert_null(one.elsewhere);
    g_assert_cmpuint(two.owners->len, ==, 1);
    g_assert_true(two.owners->pdata[0] == second);
    g_assert_cmpuint(all.owners->len, ==, 2);
}

/* The own forest's alias goes before the other's very SPN. */
static void
test_alias_at_home(void)
{
    g_autoptr(Estate) estate = estate_of("DC=two");
    const Account *first = add_account(estate, "CN=a,DC=one", "HOST/FS1");
    add_account(estate, "CN=b,DC=two", "cifs/FS1");
    estate_freeze(estate);
    g_auto(Resolved) resolved = estate_resolve_for(estate, "cifs/FS1", first);
    g_assert_cmpint(resolved.how, ==, RESOLVE_ALIAS);
    g_assert_true(resolved.owners->pdata[0] == first);
    g_assert_null(resolved.elsewhere);
}

/* What is declared is asked of the account that answers in the source's forest. */
static void
test_declared_at_home(void)
{
    g_autoptr(Estate) estate = estate_of("DC=two");
    const Account *first = add_account(estate, "CN=a,DC=one", "cifs/FS1");
    add_account(estate, "CN=b,DC=two", "cifs/fs1");
    Account *web = add_account(estate, "CN=web,DC=one", "HTTP/web");
    web->sam = "web$";
    estate->spns_forest_wide = true;
    estate_freeze(estate);
    g_autoptr(Policy) policy = policy_new();
    policy->reach = REACH_DOMAIN;
    Declaration *portal = declaration_new("portal");
    g_ptr_array_add(portal->from, g_strdup("web$"));
    g_ptr_array_add(portal->to, g_strdup("cifs/FS1"));
    g_ptr_array_add(policy->declarations, portal);
    Audit *audit = NULL;
    g_assert_true(audit_new(estate, policy, &audit, NULL));
    const GPtrArray *asked = demands_of(audit, web);
    g_assert_nonnull(asked);
    g_assert_cmpuint(asked->len, ==, 1);
    const Demand *demand = asked->pdata[0];
    g_assert_true(demand->target == first);
    g_assert_true(demand->missing);
    audit_free(audit);
}

static void
test_held_elsewhere(void)
{
    g_autoptr(Estate) estate = estate_of("DC=two");
    const Account *first = add_account(estate, "CN=a,DC=one", NULL);
    const Account *second = add_account(estate, "CN=b,DC=two", "cifs/FS1");
    estate_freeze(estate);
    g_auto(Resolved) resolved = estate_resolve_for(estate, "cifs/FS1", first);
    g_assert_cmpint(resolved.how, ==, RESOLVE_UNKNOWN);
    g_assert_null(resolved.owners);
    g_assert_true(resolved.elsewhere == second);
    g_auto(Resolved) nowhere = estate_resolve_for(estate, "cifs/FS2", first);
    g_assert_cmpint(nowhere.how, ==, RESOLVE_MISSING);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/forests/one", test_one_forest);
    g_test_add_func("/forests/each has its own", test_each_has_its_own);
    g_test_add_func("/forests/alias at home", test_alias_at_home);
    g_test_add_func("/forests/declared at home", test_declared_at_home);
    g_test_add_func("/forests/held elsewhere", test_held_elsewhere);
    return g_test_run();
}
