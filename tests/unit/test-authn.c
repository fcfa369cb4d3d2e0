/* model/authn: which access check stands before an account (MS-KILE 3.3.5.4, .5). */
#include "model/authn.h"

#include "model/dn.h"

#define HOST_DN "CN=HV01,DC=contoso,DC=com"
#define POLICY_DN "CN=Hosts,CN=AuthN Policies,DC=contoso,DC=com"
#define SILO_DN "CN=Tier 1,CN=AuthN Silos,DC=contoso,DC=com"

typedef struct {
    Estate *estate;
    Account *host;
    AuthnPolicy *policy;
    AuthnSilo *silo;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->estate = estate_new(1);
    f->host = estate_add_account(f->estate, HOST_DN, NULL);
    f->host->kinds = KIND_COMPUTER;
    f->host->unread = 0;
    f->policy = estate_add_authn_policy(f->estate, POLICY_DN);
    f->policy->enforced = TRI_YES;
    f->policy->descriptors[AUTHN_TO][AUTHN_COMPUTER] = g_bytes_new("x", 1);
    f->silo = estate_add_authn_silo(f->estate, SILO_DN);
    f->silo->enforced = f->silo->members_read = TRI_YES;
    for (AuthnType type = 0; type < AUTHN_TYPE_COUNT; type++)
        f->policy->read[AUTHN_TO][type] = f->policy->read[AUTHN_FROM][type] =
            f->silo->policy_read[type] = TRI_YES;
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    estate_free(f->estate);
}

static void
join_silo(Fixture *f)
{
    f->host->authn_silo = SILO_DN;
    g_hash_table_add(f->silo->members, dn_key(HOST_DN));
}

static void
assert_applies(const Fixture *f, Tri expected)
{
    AuthnCheck check = authn_check_of(f->estate, f->host);
    g_assert_cmpint(check.applies, ==, expected);
    g_assert_true((check.why != NULL) == (expected == TRI_UNKNOWN));
    g_assert_true((check.descriptor != NULL) == (expected == TRI_YES));
}

static void
test_assigned(Fixture *f, gconstpointer data)
{
    (void)data;
    assert_applies(f, TRI_NO);
    f->host->authn_policy = POLICY_DN;
    assert_applies(f, TRI_YES);
    f->policy->enforced = TRI_NO;
    assert_applies(f, TRI_NO);
    f->policy->enforced = TRI_UNKNOWN;
    assert_applies(f, TRI_UNKNOWN);
}

/* The policy speaks of users alone: a computer is free. */
static void
test_other_type(Fixture *f, gconstpointer data)
{
    (void)data;
    f->host->authn_policy = POLICY_DN;
    f->policy->descriptors[AUTHN_TO][AUTHN_USER] =
        g_steal_pointer(&f->policy->descriptors[AUTHN_TO][AUTHN_COMPUTER]);
    assert_applies(f, TRI_NO);
    f->policy->read[AUTHN_TO][AUTHN_COMPUTER] = TRI_NO;
    assert_applies(f, TRI_UNKNOWN);
}

/* Both have to name each other. */
static void
test_silo(Fixture *f, gconstpointer data)
{
    (void)data;
    f->silo->policy[AUTHN_COMPUTER] = POLICY_DN;
    f->policy->enforced = TRI_NO; /* the silo's own flag counts */
    f->host->authn_silo = SILO_DN;
    assert_applies(f, TRI_NO);
    f->silo->members_read = TRI_NO;
    assert_applies(f, TRI_UNKNOWN);
    join_silo(f);
    assert_applies(f, TRI_YES);
    f->silo->enforced = TRI_NO;
    assert_applies(f, TRI_NO);
}

/* A silo counts alone, also where it has no policy for the type or is not enforced. */
static void
test_silo_first(Fixture *f, gconstpointer data)
{
    (void)data;
    f->host->authn_policy = POLICY_DN;
    join_silo(f);
    assert_applies(f, TRI_NO);
    f->silo->enforced = TRI_NO;
    assert_applies(f, TRI_NO);
    g_hash_table_remove_all(f->silo->members);
    assert_applies(f, TRI_YES);
}

static void
test_old_controllers(Fixture *f, gconstpointer data)
{
    (void)data;
    f->host->authn_policy = POLICY_DN;
    f->estate->dc_level = 5;
    assert_applies(f, TRI_NO);
}

static void
test_unread(Fixture *f, gconstpointer data)
{
    (void)data;
    f->host->authn_policy = "CN=Gone,DC=contoso,DC=com";
    assert_applies(f, TRI_UNKNOWN);
    f->host->authn_policy = NULL;
    f->host->unread = G_GUINT64_CONSTANT(1) << ATTR_AUTHN_POLICY;
    assert_applies(f, TRI_UNKNOWN);
}

/* What an export leaves out is doubt only where some policy could apply. */
static void
test_export(Fixture *f, gconstpointer data)
{
    (void)data;
    f->estate->source_kind = "ldif";
    f->host->unread = G_GUINT64_CONSTANT(1) << ATTR_AUTHN_POLICY;
    assert_applies(f, TRI_UNKNOWN);
    f->policy->enforced = f->silo->enforced = TRI_NO;
    assert_applies(f, TRI_NO);
}

/* Windows takes a managed account for a service, Samba for a computer. */
static void
test_managed(Fixture *f, gconstpointer data)
{
    (void)data;
    f->host->kinds |= KIND_MANAGED;
    f->host->authn_policy = POLICY_DN;
    g_assert_cmpint(authn_check_of(f->estate, f->host).applies, ==, TRI_UNKNOWN);
    f->policy->descriptors[AUTHN_TO][AUTHN_SERVICE] = g_bytes_new("x", 1);
    g_assert_cmpint(authn_check_of(f->estate, f->host).applies, ==, TRI_YES);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(Fixture *, gconstpointer);
    } tests[] = {
        {"/authn/assigned", test_assigned},
        {"/authn/other-type", test_other_type},
        {"/authn/silo", test_silo},
        {"/authn/silo-first", test_silo_first},
        {"/authn/old-controllers", test_old_controllers},
        {"/authn/unread", test_unread},
        {"/authn/export", test_export},
        {"/authn/managed", test_managed},
    };
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
