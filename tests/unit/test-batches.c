/* What is asked for next, from what was read: by lists and descriptors of whoever
 * delegates, and no more than the plan reaches. */
#include "collect/batches.h"

#include <string.h>

#define SID_OF_HV1 "S-1-5-21-1-2-3-1001"

typedef struct {
    Estate *estate;
    Builder *builder;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fixture->estate = estate_new(0);
    fixture->builder = builder_new(fixture->estate);
    estate_add_alias_line(fixture->estate, "host=cifs,http");
}

static void
tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    builder_free(fixture->builder);
    estate_free(fixture->estate);
}

static Account *
add_account(const Fixture *fixture, const char *dn, guint kinds)
{
    Account *account = estate_add_account(fixture->estate, dn, NULL);
    account->kinds = kinds;
    return account;
}

static Account *
add_user(const Fixture *fixture, const char *dn, const char *entry)
{
    Account *account = add_account(fixture, dn, KIND_USER);
    if (entry)
        g_ptr_array_add(account->delegate_to, (gpointer)entry);
    return account;
}

/* A descriptor that lets one SID act. */
static GBytes *
descriptor_for(const char *text)
{
    static const guint8 head[] = {1, 0, 4, 0x80, 0, 0, 0,  0, 0, 0,
                                  0, 0, 0, 0,    0, 0, 20, 0, 0, 0};
    Sid sid;
    g_assert_true(sid_parse_text(text, &sid));
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    sid_write(&sid, bytes);
    guint8 acl[] = {2, 0, (guint8)(16 + bytes->len), 0, 1, 0, 0, 0};
    guint8 ace[] = {0, 0, (guint8)(8 + bytes->len), 0, 0xff, 0x01, 0x0f, 0};
    GByteArray *all = g_byte_array_new();
    g_byte_array_append(all, head, sizeof head);
    g_byte_array_append(all, acl, sizeof acl);
    g_byte_array_append(all, ace, sizeof ace);
    g_byte_array_append(all, bytes->data, bytes->len);
    return g_byte_array_free_to_bytes(all);
}

static char *
spns_asked(const Fixture *fixture, Reach reach)
{
    const CollectPlan plan = {.reach = reach};
    g_autoptr(GPtrArray) batches = batches_of_spns(fixture->builder, &plan, NULL, NULL);
    g_ptr_array_add(batches, NULL);
    return g_strjoinv("|", (char **)batches->pdata);
}

static void
assert_asks(const Fixture *fixture, Reach reach, const char *expected)
{
    g_autofree char *asked = spns_asked(fixture, reach);
    g_assert_cmpstr(asked, ==, expected);
}

static void
test_lists(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    add_user(fixture, "CN=web,DC=x", "cifs/FS1.x");
    add_user(fixture, "CN=sql,DC=x", "MSSQLSvc/DB1.x:1433");
    assert_asks(fixture, REACH_HOSTS, "");
    assert_asks(fixture, REACH_DOMAIN,
                "(servicePrincipalName=cifs/FS1.x)(sAMAccountName=FS1$)"
                "(servicePrincipalName=host/FS1.x)"
                "(servicePrincipalName=MSSQLSvc/DB1.x:1433)(sAMAccountName=DB1$)");
}

/* Each is asked for once, and never in a batch of its own. */
static void
test_once(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    for (guint i = 0; i < 500; i++) {
        g_autofree char *dn = g_strdup_printf("CN=u%u,DC=x", i);
        add_user(fixture, estate_string(fixture->estate, dn), "time/FS1.x");
    }
    assert_asks(fixture, REACH_FOREST,
                "(servicePrincipalName=time/FS1.x)(sAMAccountName=FS1$)");
}

static void
test_batches(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    const CollectPlan plan = {.reach = REACH_DOMAIN};
    Account *account = add_user(fixture, "CN=u,DC=x", NULL);
    for (guint i = 0; i < BATCH_TERMS; i++) {
        g_autofree char *entry = g_strdup_printf("time/FS%u.x", i);
        g_ptr_array_add(account->delegate_to,
                        (gpointer)estate_string(fixture->estate, entry));
    }
    g_autoptr(GPtrArray) batches = batches_of_spns(fixture->builder, &plan, NULL, NULL);
    g_assert_cmpuint(batches->len, ==, 2); /* an SPN and a computer's name for each */
}

/* Whoever lets others act is asked for by its own SPNs, the first of them. */
static void
test_own_spns(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    Account *account = add_user(fixture, "CN=sql,DC=x", NULL);
    for (guint i = 0; i < SPNS_TRIED + 5; i++) {
        g_autofree char *spn = g_strdup_printf("time/S%u", i);
        g_ptr_array_add(account->spns, (gpointer)estate_string(fixture->estate, spn));
    }
    assert_asks(fixture, REACH_DOMAIN, "");
    account->rbcd = descriptor_for(SID_OF_HV1);
    g_autofree char *asked = spns_asked(fixture, REACH_DOMAIN);
    g_assert_true(g_str_has_prefix(asked, "(servicePrincipalName=time/S0)"));
    g_assert_true(g_str_has_suffix(asked, "(servicePrincipalName=time/S7)"));
    assert_asks(fixture, REACH_HOSTS, "");
}

static Account *
add_host(const Fixture *fixture, const char *name)
{
    g_autofree char *dn = g_strdup_printf("CN=%s,DC=x", name);
    g_autofree char *sam = g_strdup_printf("%s$", name);
    g_autofree char *dns = g_strdup_printf("%s.x", name);
    Account *host =
        add_account(fixture, estate_string(fixture->estate, dn), KIND_COMPUTER);
    host->name = estate_string(fixture->estate, name);
    host->sam = estate_string(fixture->estate, sam);
    host->dns = estate_string(fixture->estate, dns);
    host->hyperv_scp = true;
    return host;
}

static char *
spns_left(const Fixture *fixture)
{
    const CollectPlan plan = {.reach = REACH_HOSTS};
    g_autoptr(GPtrArray) starts = batches_lookalike_starts(fixture->builder, &plan);
    g_autoptr(GPtrArray) batches = batches_of_spns(fixture->builder, &plan, starts, NULL);
    g_ptr_array_add(batches, NULL);
    return g_strjoinv("|", (char **)batches->pdata);
}

/* What look-alikes are searched by finds the owners, too; of few hosts it leaves the SPNs
 * of other services. */
static void
test_covered(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    Account *host = add_host(fixture, "alpha");
    g_ptr_array_add(host->delegate_to, "cifs/beta");
    g_ptr_array_add(host->delegate_to, "time/beta");
    host->dns = "other.x";
    g_autofree char *few = spns_left(fixture);
    g_assert_cmpstr(few, ==,
                    "(servicePrincipalName=HTTP/alpha)(servicePrincipalName=WSMAN/alpha)"
                    "(servicePrincipalName=HOST/other.x)"
                    "(servicePrincipalName=HTTP/other.x)"
                    "(servicePrincipalName=WSMAN/other.x)"
                    "(sAMAccountName=beta$)(servicePrincipalName=host/beta)"
                    "(servicePrincipalName=time/beta)");
}

static void
test_covered_by_number(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    for (guint i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("HV%u", i);
        add_host(fixture, name);
    }
    g_autofree char *left = spns_left(fixture);
    g_assert_cmpstr(left, ==, "");
    /* How a DC folds what is not ASCII is its affair. */
    add_host(fixture, "HV\303\234");
    g_autofree char *umlaut = spns_left(fixture);
    g_assert_nonnull(strstr(umlaut, "HTTP/HV\303\234"));
}

static void
test_read_computers(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    const CollectPlan plan = {.reach = REACH_DOMAIN};
    add_user(fixture, "CN=web,DC=x", "time/FS1.x");
    add_user(fixture, "CN=sql,DC=x", "time/DB1.x");
    g_autoptr(GHashTable) computers = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_add(computers, "fs1$");
    g_autoptr(GPtrArray) batches =
        batches_of_spns(fixture->builder, &plan, NULL, computers);
    g_assert_cmpstr(batches->pdata[0], ==,
                    "(servicePrincipalName=time/FS1.x)"
                    "(servicePrincipalName=time/DB1.x)(sAMAccountName=DB1$)");
}

static guint
trustees(const Fixture *fixture, Reach reach, Whose whose, bool *ret_groups)
{
    const CollectPlan plan = {.reach = reach};
    g_autoptr(GPtrArray) sids =
        batches_trustees(fixture->builder, &plan, whose, ret_groups);
    return sids->len;
}

/* Trustees of other accounts than hosts need no tokens of hosts. */
static void
test_trustees(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    bool groups;
    add_user(fixture, "CN=sql,DC=x", NULL)->rbcd = descriptor_for(SID_OF_HV1);
    add_user(fixture, "CN=api,DC=x", NULL)->rbcd = descriptor_for(SID_OF_HV1);
    g_assert_cmpuint(trustees(fixture, REACH_DOMAIN, builder_judges, &groups), ==, 1);
    g_assert_true(groups);
    g_assert_cmpuint(trustees(fixture, REACH_DOMAIN, builder_wants, &groups), ==, 0);
    g_assert_false(groups);
    g_assert_cmpuint(trustees(fixture, REACH_HOSTS, builder_judges, &groups), ==, 0);

    Account *host = add_account(fixture, "CN=HV1,DC=x", KIND_COMPUTER);
    g_assert_true(sid_parse_text(SID_OF_HV1, &host->sid));
    g_assert_cmpuint(trustees(fixture, REACH_DOMAIN, builder_judges, &groups), ==, 0);
    g_assert_false(groups);
}

/* Whoever was moved bears the old SID as well; nobody bears a builtin group's. */
static void
test_bearers(Fixture *fixture, gconstpointer unused)
{
    (void)fixture, (void)unused;
    Sid host, users;
    g_assert_true(sid_parse_text(SID_OF_HV1, &host));
    g_assert_true(sid_parse_text("S-1-5-32-545", &users));
    g_autoptr(GPtrArray) sids = g_ptr_array_new();
    g_ptr_array_add(sids, &host);
    g_ptr_array_add(sids, &users);
    g_autoptr(GPtrArray) batches = batches_of_bearers(sids);
    g_assert_cmpuint(batches->len, ==, 1);
    g_assert_cmpstr(
        batches->pdata[0], ==,
        "(objectSid=\\01\\05\\00\\00\\00\\00\\00\\05\\15\\00\\00\\00\\01\\00\\00"
        "\\00\\02\\00\\00\\00\\03\\00\\00\\00\\e9\\03\\00\\00)"
        "(sIDHistory=\\01\\05\\00\\00\\00\\00\\00\\05\\15\\00\\00\\00\\01\\00\\00"
        "\\00\\02\\00\\00\\00\\03\\00\\00\\00\\e9\\03\\00\\00)"
        "(objectSid=\\01\\02\\00\\00\\00\\00\\00\\05\\20\\00\\00\\00\\21\\02\\00\\00)");
}

static void
test_who_delegates(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    const CollectPlan hosts = {.reach = REACH_HOSTS}, domain = {.reach = REACH_DOMAIN};
    Account *account = add_user(fixture, "CN=web,DC=x", NULL);
    g_assert_false(builder_delegates(fixture->builder, &domain, account));
    account->uac = UAC_T2A4D;
    g_assert_true(builder_delegates(fixture->builder, &domain, account));
    g_assert_true(builder_judges(fixture->builder, &domain, account));
    g_assert_false(builder_wants(fixture->builder, &domain, account));
    g_assert_false(builder_judges(fixture->builder, &hosts, account));
    account->partial = true;
    g_assert_false(builder_delegates(fixture->builder, &domain, account));
    account->partial = false;
    account->sam = "$DUPLICATE-1f4";
    g_assert_false(builder_delegates(fixture->builder, &domain, account));
}

static void
add_person(const Fixture *fixture, const char *name)
{
    g_autofree char *dn = g_strdup_printf("CN=%s,DC=x", name);
    Account *account = add_user(fixture, dn, NULL);
    account->sam = g_string_chunk_insert(fixture->estate->strings, name);
    Taken *taken = g_new0(Taken, 1);
    taken->account = account;
    taken->asked = attribute_bit(ATTR_UPN);
    g_hash_table_insert(fixture->builder->taken, account, taken);
}

static void
assert_asks_upns(const Fixture *fixture, const char *expected)
{
    g_autoptr(GPtrArray) batches = batches_of_upns(fixture->builder);
    g_ptr_array_add(batches, NULL);
    g_autofree char *asked = g_strjoinv("|", (char **)batches->pdata);
    g_assert_cmpstr(asked, ==, expected);
}

/* Look-alikes are asked for apart from names that an index finds, and by as few starts as
 * find all of them; what they find is not asked for again. */
static void
test_alikes(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    Domain *domain = estate_add_domain(fixture->estate, "DC=x");
    domain->dns = "x.test";
    add_person(fixture, "svc-web2");
    add_person(fixture, "SVC-Web");
    add_person(fixture, "web");
    assert_asks_upns(fixture, "(userPrincipalName=web@x.test)|"
                              "(userPrincipalName=svc-web*)");
}

/* What is not ASCII is asked for as it is written: a DC folds it in its own way. */
static void
test_foreign_letters(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    Domain *domain = estate_add_domain(fixture->estate, "DC=x");
    domain->dns = "x.test";
    add_person(fixture, "\xC3\x9Cmit");
    add_person(fixture, "umit");
    assert_asks_upns(fixture,
                     "(userPrincipalName=\xC3\x9Cmit@x.test)|"
                     "(userPrincipalName=umit*)(userPrincipalName=\xC3\x9Cmit*)");
}

/* The account that has the name is read; whoever has it in another domain is not. */
static void
test_made_names(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    estate_add_domain(fixture->estate, "DC=x")->dns = "x.test";
    add_person(fixture, "joe");
    Account *joe = (Account *)estate_by_dn(fixture->estate, "CN=joe,DC=x");
    joe->upn = "joe@x.test";
    assert_asks_upns(fixture, "(userPrincipalName=joe@x.test)");
    joe->upn = "jim@x.test";
    assert_asks_upns(fixture, "(userPrincipalName=jim@x.test)(sAMAccountName=jim)"
                              "(userPrincipalName=joe@x.test)");
}

static void
test_many_alikes(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    for (guint i = 10; i < 29; i++) {
        g_autofree char *name = g_strdup_printf("front%u", i);
        add_person(fixture, name);
    }
    g_autoptr(GPtrArray) few = batches_of_upns(fixture->builder);
    g_assert_true(g_str_has_prefix(few->pdata[0], "(userPrincipalName=front10*)"));
    add_person(fixture, "front29");
    assert_asks_upns(fixture, "(userPrincipalName=front*)");
    for (guint i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("svc-%c%u", 'a' + (gchar)i, i);
        add_person(fixture, name);
    }
    assert_asks_upns(fixture, "(userPrincipalName=front*)(userPrincipalName=svc-*)");
    for (guint i = 100; i < 120; i++) {
        g_autofree char *name = g_strdup_printf("run%u", i);
        add_person(fixture, name);
    }
    assert_asks_upns(fixture, "(userPrincipalName=front*)(userPrincipalName=run*)"
                              "(userPrincipalName=svc-*)");
}

#define TEST(name, function) \
    g_test_add("/batches/" name, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("lists", test_lists);
    TEST("once", test_once);
    TEST("batches", test_batches);
    TEST("own SPNs", test_own_spns);
    TEST("covered", test_covered);
    TEST("covered by number", test_covered_by_number);
    TEST("computers that were read", test_read_computers);
    TEST("trustees", test_trustees);
    TEST("bearers", test_bearers);
    TEST("who delegates", test_who_delegates);
    TEST("alikes", test_alikes);
    TEST("many alikes", test_many_alikes);
    TEST("foreign letters", test_foreign_letters);
    TEST("made names", test_made_names);
    return g_test_run();
}
