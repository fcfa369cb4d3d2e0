/* NET-01 to NET-03 over evidence made by hand. */
#include "audit/rules.h"

#include <string.h>

typedef struct {
    Estate *estate;
    Policy *policy;
    Audit *audit;
    GPtrArray *machines;
} Case;

static void
case_up(Case *at, gconstpointer unused)
{
    (void)unused;
    at->estate = estate_new(0);
    at->estate->source_kind = "ldap";
    Account *account =
        estate_add_account(at->estate, "CN=HV01,CN=Computers,DC=contoso,DC=com", NULL);
    account->sam = "HV01$";
    account->name = "HV01";
    account->dns = "hv01.contoso.com";
    account->kinds = KIND_COMPUTER;
    g_ptr_array_add(account->spns, (gpointer) "Hyper-V Replica Service/HV01");
    g_ptr_array_add(account->spns, (gpointer) "MSServerClusterMgmtAPI/HV01");
    account =
        estate_add_account(at->estate, "CN=HV02,CN=Computers,DC=contoso,DC=com", NULL);
    account->sam = "HV02$";
    account->name = "HV02";
    account->kinds = KIND_COMPUTER;
    g_ptr_array_add(account->spns, (gpointer) "Hyper-V Replica Service/HV02");
    account = estate_add_account(at->estate, "CN=DC1,OU=DCs,DC=contoso,DC=com", NULL);
    account->sam = "DC1$";
    account->name = "DC1";
    account->dns = "DC1.contoso.com";
    account->kinds = KIND_COMPUTER;
    account->uac = UAC_DOMAIN_CONTROLLER;
    account =
        estate_add_account(at->estate, "CN=FS1,CN=Computers,DC=contoso,DC=com", NULL);
    account->sam = "FS1$";
    account->name = "FS1";
    account->dns = "fs1.contoso.com";
    account->kinds = KIND_COMPUTER;
    Domain *domain = estate_add_domain(at->estate, "DC=contoso,DC=com");
    domain->dns = "contoso.com";
    at->estate->dc = "dc1.contoso.com";
    estate_add_replica(at->estate, "DC1.contoso.com");
    estate_add_replica(at->estate, "dc2.contoso.com");
    estate_freeze(at->estate);
    at->policy = policy_new();
    g_assert_true(audit_new(at->estate, at->policy, &at->audit, NULL));
    at->machines = g_ptr_array_new_with_free_func((GDestroyNotify)net_evidence_free);
}

static void
case_down(Case *at, gconstpointer unused)
{
    (void)unused;
    audit_free(at->audit);
    policy_free(at->policy);
    estate_free(at->estate);
}

/* A machine with one address, all of whose ports are open. */
static NetEvidence *
add_machine(Case *at, const char *name, const char *address, guint roles)
{
    const GPtrArray *named = estate_by_name(at->estate, name);
    g_autofree char *dns = g_strconcat(name, ".contoso.com", NULL);
    NetEvidence *machine =
        net_evidence_new(named ? named->pdata[0] : NULL, name, dns, roles);
    g_ptr_array_add(at->machines, machine);
    if (!address) {
        machine->lookup = NET_NAME_NONE;
        return machine;
    }
    machine->lookup = NET_NAME_FOUND;
    net_evidence_add_address(machine, address);
    for (guint i = 0; i < machine->ports->len; i++)
        net_port_add_reply(machine->ports->pdata[i], address, NET_OPEN, 1.0, "connected");
    return machine;
}

/* The reply of every port, or of the one, instead of what it was. */
static void
set_replies(NetEvidence *machine, guint16 number, NetState state)
{
    const NetAddress *address = machine->addresses->pdata[0];
    for (guint i = 0; i < machine->ports->len; i++) {
        NetPort *port = machine->ports->pdata[i];
        if (number != 0 && port->number != number)
            continue;
        g_array_set_size(port->replies, 0);
        net_port_add_reply(port, address->text, state, 1.0, "as told");
    }
}

/* Runs the rules: "NET-01:HV01>TCP 6600 NET-03:...", sorted; "?" after unknown. */
static char *
judge(Case *at)
{
    GString *text = g_string_new(NULL);
    audit_take_net(at->audit, g_steal_pointer(&at->machines));
    audit_run(at->audit);
    for (guint i = 0; i < at->audit->findings->len; i++) {
        const Finding *finding = at->audit->findings->pdata[i];
        g_autofree char *key = finding_key(finding);
        if (g_str_has_prefix(key, "NET-"))
            g_string_append_printf(text, "%s%s%s", text->len > 0 ? " " : "", key,
                                   finding->status == STATUS_UNKNOWN ? "?" : "");
    }
    return g_string_free(text, FALSE);
}

#define ASSERT_FOUND(at, expected)            \
    do {                                      \
        g_autofree char *found = judge(at);   \
        g_assert_cmpstr(found, ==, expected); \
    } while (0)

static const Finding *
finding_of(const Case *at, const char *wanted)
{
    for (guint i = 0; i < at->audit->findings->len; i++) {
        g_autofree char *key = finding_key(at->audit->findings->pdata[i]);
        if (g_str_equal(key, wanted))
            return at->audit->findings->pdata[i];
    }
    g_assert_not_reached();
}

/* Outcome of a rule for a machine; -1: it did not run. */
static int
outcome_of(const Case *at, const char *rule, const char *subject)
{
    for (guint i = 0; i < at->audit->outcomes->len; i++) {
        const Outcome *outcome = &g_array_index(at->audit->outcomes, Outcome, i);
        if (g_str_equal(rule_name(outcome->rule), rule) &&
            g_str_equal(outcome->subject, subject))
            return (int)outcome->status;
    }
    return -1;
}

/* Every host and DC once, under the name to look up; clusters by their SPNs. */
static void
test_wanted(Case *at, gconstpointer unused)
{
    (void)unused;
    static const struct {
        const char *name, *dns;
        guint roles;
    } expected[] = {{"DC1", "DC1.contoso.com", NET_DC},
                    {"HV01", "hv01.contoso.com", NET_HYPERV | NET_CLUSTER},
                    {"HV02", "HV02.contoso.com", NET_HYPERV},
                    {"dc2.contoso.com", "dc2.contoso.com", NET_DC}};
    g_autoptr(GPtrArray) machines = audit_wanted_net(at->audit);
    g_assert_cmpuint(machines->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < machines->len; i++) {
        const NetEvidence *machine = machines->pdata[i];
        g_assert_cmpstr(machine->name, ==, expected[i].name);
        g_assert_cmpstr(machine->dns, ==, expected[i].dns);
        g_assert_cmpuint(machine->roles, ==, expected[i].roles);
        g_assert_cmpuint(machine->addresses->len, ==, 0);
    }
    g_clear_pointer(&at->machines, g_ptr_array_unref);
}

static void
test_all_open(Case *at, gconstpointer unused)
{
    (void)unused;
    add_machine(at, "HV01", "10.0.0.1", NET_HYPERV | NET_CLUSTER);
    add_machine(at, "DC1", "10.0.0.2", NET_DC);
    ASSERT_FOUND(at, "");
    g_assert_cmpint(outcome_of(at, "NET-01", "HV01"), ==, STATUS_PASS);
    g_assert_cmpint(outcome_of(at, "NET-02", "DC1"), ==, STATUS_PASS);
    g_assert_cmpint(outcome_of(at, "NET-03", "HV01"), ==, STATUS_PASS);
}

/* Without --ports nothing is judged, also not as passed. */
static void
test_not_asked(Case *at, gconstpointer unused)
{
    (void)unused;
    audit_run(at->audit);
    g_assert_cmpint(outcome_of(at, "NET-01", "HV01"), ==, -1);
    for (guint i = 0; i < at->audit->outcomes->len; i++)
        g_assert_false(g_str_has_prefix(
            rule_name(g_array_index(at->audit->outcomes, Outcome, i).rule), "NET-"));
    g_clear_pointer(&at->machines, g_ptr_array_unref);
}

static void
test_refused(Case *at, gconstpointer unused)
{
    (void)unused;
    set_replies(add_machine(at, "HV01", "10.0.0.1", NET_HYPERV), 6600, NET_REFUSED);
    set_replies(add_machine(at, "DC1", "10.0.0.2", NET_DC), 3268, NET_REFUSED);
    ASSERT_FOUND(at, "NET-01:DC1>TCP 3268 NET-01:HV01>TCP 6600");
    const Finding *finding = finding_of(at, "NET-01:HV01>TCP 6600");
    g_assert_cmpint(finding->severity, ==, SEVERITY_WARNING);
    g_assert_nonnull(finding->subject_account);
    g_autofree char *detail = finding_detail(finding);
    g_assert_nonnull(strstr(detail, "Enable-VMMigration"));
    g_assert_nonnull(strstr(detail, "the path between the hosts may differ"));
    const Evidence *evidence = finding->evidence->pdata[0];
    g_assert_cmpstr(evidence->key, ==, "TCP 6600 of HV01 at 10.0.0.1");
    g_assert_cmpstr(evidence->value, ==, "refused (as told)");
    /* A DC need not be a Global Catalog. */
    g_assert_cmpint(finding_of(at, "NET-01:DC1>TCP 3268")->severity, ==, SEVERITY_INFO);
}

static void
test_filtered(Case *at, gconstpointer unused)
{
    (void)unused;
    set_replies(add_machine(at, "HV01", "10.0.0.1", NET_HYPERV), 445, NET_FILTERED);
    ASSERT_FOUND(at, "NET-02:HV01>TCP 445");
    g_autofree char *detail = finding_detail(finding_of(at, "NET-02:HV01>TCP 445"));
    g_assert_nonnull(strstr(detail, "stealth mode"));
}

/* One machine that is off is one finding, whatever the number of its ports. */
static void
test_silent(Case *at, gconstpointer unused)
{
    (void)unused;
    set_replies(add_machine(at, "HV01", "10.0.0.1", NET_HYPERV), 0, NET_FILTERED);
    set_replies(add_machine(at, "HV02", "10.0.0.2", NET_HYPERV), 0, NET_UNREACHABLE);
    ASSERT_FOUND(at, "NET-02:HV01 NET-02:HV02");
    g_assert_cmpuint(finding_of(at, "NET-02:HV01")->evidence->len, ==, 4);
    g_assert_cmpstr(finding_of(at, "NET-02:HV02")->title, ==,
                    "The machine cannot be reached from here");
}

/* The best of several addresses counts. */
static void
test_addresses(Case *at, gconstpointer unused)
{
    (void)unused;
    NetEvidence *machine = add_machine(at, "HV01", "10.0.0.1", NET_HYPERV);
    set_replies(machine, 6600, NET_REFUSED);
    net_evidence_add_address(machine, "10.1.0.1");
    for (guint i = 0; i < machine->ports->len; i++)
        net_port_add_reply(machine->ports->pdata[i], "10.1.0.1", NET_FILTERED, 1.0, "x");
    ASSERT_FOUND(at, "NET-01:HV01>TCP 6600");
    g_assert_cmpuint(finding_of(at, "NET-01:HV01>TCP 6600")->evidence->len, ==, 2);
}

static void
test_not_tried(Case *at, gconstpointer unused)
{
    (void)unused;
    set_replies(add_machine(at, "HV01", "10.0.0.1", NET_HYPERV), 445, NET_NOT_TRIED);
    ASSERT_FOUND(at, "NET-01:HV01? NET-02:HV01?");
    g_assert_cmpint(outcome_of(at, "NET-01", "HV01"), ==, STATUS_UNKNOWN);
}

static void
test_no_address(Case *at, gconstpointer unused)
{
    (void)unused;
    add_machine(at, "HV01", NULL, NET_HYPERV);
    add_machine(at, "HV02", NULL, NET_HYPERV)->lookup = NET_NAME_NO_ANSWER;
    add_machine(at, "HV03", NULL, NET_HYPERV)->lookup = NET_NAME_UNSOUND;
    ASSERT_FOUND(at, "NET-03:HV01 NET-03:HV02? NET-03:HV03");
    g_assert_cmpint(outcome_of(at, "NET-01", "HV01"), ==, STATUS_NOT_APPLICABLE);
}

static void
add_reverse(const NetEvidence *machine, const char *name)
{
    NetAddress *address = machine->addresses->pdata[0];
    address->reverse = NET_NAME_FOUND;
    g_ptr_array_add(address->names, g_strdup(name));
}

/* Own names in any form agree; one that agrees is enough; none is no fault. */
static void
test_reverse(Case *at, gconstpointer unused)
{
    (void)unused;
    add_reverse(add_machine(at, "HV01", "10.0.0.1", NET_HYPERV), "HV01.Contoso.com");
    add_machine(at, "HV02", "10.0.0.2", NET_HYPERV);
    NetEvidence *two = add_machine(at, "HV03", "10.0.0.3", NET_HYPERV);
    add_reverse(two, "old.contoso.com");
    add_reverse(two, "hv03.contoso.com");
    add_reverse(add_machine(at, "HV04", "10.0.0.4", NET_HYPERV), "old.contoso.com");
    ASSERT_FOUND(at, "NET-03:HV04>10.0.0.4");
    const Finding *finding = finding_of(at, "NET-03:HV04>10.0.0.4");
    const Evidence *evidence = finding->evidence->pdata[1];
    g_assert_cmpstr(evidence->key, ==, "names of 10.0.0.4");
    g_assert_cmpstr(evidence->value, ==, "old.contoso.com");
}

static void
test_shared_address(Case *at, gconstpointer unused)
{
    (void)unused;
    add_machine(at, "HV01", "10.0.0.1", NET_HYPERV);
    add_machine(at, "HV02", "10.0.0.1", NET_HYPERV);
    add_machine(at, "HV03", "10.0.0.3", NET_HYPERV);
    ASSERT_FOUND(at, "NET-03:HV01>HV02 NET-03:HV02>HV01");
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Case *at, gconstpointer unused);
    } tests[] = {
        {"/net-rules/wanted", test_wanted},
        {"/net-rules/all-open", test_all_open},
        {"/net-rules/not-asked", test_not_asked},
        {"/net-rules/refused", test_refused},
        {"/net-rules/filtered", test_filtered},
        {"/net-rules/silent", test_silent},
        {"/net-rules/addresses", test_addresses},
        {"/net-rules/not-tried", test_not_tried},
        {"/net-rules/no-address", test_no_address},
        {"/net-rules/reverse", test_reverse},
        {"/net-rules/shared-address", test_shared_address},
    };
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Case, NULL, case_up, tests[i].run, case_down);
    return g_test_run();
}
