/* Who is in a group by the group's own list. */
#include "collect/reader.h"

#define GROUP "CN=Rulers,DC=x"

typedef struct {
    Estate *estate;
    Builder *builder;
    Queries *queries;
    Reader reader;
    MemberJobs *members;
    Job list;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    static const LiveOptions options;
    static const CollectPlan plan;
    g_assert_true(queries_load(NULL, &fixture->queries, NULL));
    fixture->estate = estate_new(0);
    fixture->builder = builder_new(fixture->estate);
    reader_init(&fixture->reader, &options, &plan, fixture->queries, fixture->estate,
                fixture->builder);
    fixture->list = (Job){.complete = true, .shown = true, .members = g_ptr_array_new()};
    fixture->members = g_new0(MemberJobs, 1);
    *fixture->members = (MemberJobs){.dn = g_strdup(GROUP),
                                     .list = &fixture->list,
                                     .jobs = g_ptr_array_new(),
                                     .direct = true,
                                     .listed = true,
                                     .expanded = true};
    g_ptr_array_add(fixture->reader.members, fixture->members);
}

static void
tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_ptr_array_unref(fixture->list.members);
    reader_clear(&fixture->reader);
    builder_free(fixture->builder);
    estate_free(fixture->estate);
    queries_free(fixture->queries);
}

/* An account of another domain, of which the Global Catalog told something. */
static Account *
add_partial(const Fixture *fixture, const char *dn, guint kinds)
{
    Account *account = estate_add_account(fixture->estate, dn, NULL);
    account->kinds = kinds;
    account->partial = true;
    return account;
}

static void
test_of_another_domain(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    Account *inside = add_partial(fixture, "CN=in,DC=far", KIND_USER);
    Account *outside = add_partial(fixture, "CN=out,DC=far", KIND_USER);
    g_ptr_array_add(fixture->list.members, "CN=in,DC=far");
    g_ptr_array_add(fixture->list.members, "CN=never heard of,DC=far");
    reader_take_members(&fixture->reader);
    estate_freeze(fixture->estate);
    g_assert_cmpint(estate_in_group(fixture->estate, inside, GROUP), ==, TRI_YES);
    g_assert_cmpint(estate_in_group(fixture->estate, outside, GROUP), ==, TRI_NO);
}

/* Whether its members are in the outer one's tokens depends on its type. */
static void
test_group_of_another_domain(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    Account *other = add_partial(fixture, "CN=user,DC=far", KIND_USER);
    add_partial(fixture, "CN=group,DC=far", KIND_GROUP);
    g_ptr_array_add(fixture->list.members, "CN=group,DC=far");
    reader_take_members(&fixture->reader);
    estate_freeze(fixture->estate);
    g_assert_cmpint(estate_in_group(fixture->estate, other, GROUP), ==, TRI_UNKNOWN);
}

static void
test_hidden_or_stopped(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    Account *other = add_partial(fixture, "CN=user,DC=far", KIND_USER);
    fixture->list.complete = false;
    reader_take_members(&fixture->reader);
    estate_freeze(fixture->estate);
    g_assert_cmpint(estate_in_group(fixture->estate, other, GROUP), ==, TRI_UNKNOWN);
}

#define TEST(name, function) \
    g_test_add("/members/" name, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("of another domain", test_of_another_domain);
    TEST("a group of another domain", test_group_of_another_domain);
    TEST("a list that stopped", test_hidden_or_stopped);
    return g_test_run();
}
