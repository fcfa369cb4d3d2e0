/* What differs between domain controllers: values (DOM-03), clocks (DOM-02), and
 * what changed minutes ago (DOM-04), from hand-made replicas. */
#include "audit/audit.h"
#include "model/spn.h"

#include <string.h>

#define NOW (G_GINT64_CONSTANT(1795000000) * G_USEC_PER_SEC)

typedef struct {
    Estate *estate;
    Policy *policy;
    Account *host;
    Replica *here, *there;
    Audit *audit;
} World;

static World
world_new(void)
{
    World world = {.estate = estate_new(NOW), .policy = policy_new()};
    Domain *domain = estate_add_domain(world.estate, "DC=contoso,DC=test");
    g_assert_true(sid_parse_text("S-1-5-21-1-2-3", &domain->sid));
    world.estate->dc = "dc1.contoso.test";
    world.estate->dc_clock_read = true;
    world.host = estate_add_account(world.estate, "CN=HV01,DC=contoso,DC=test", NULL);
    world.host->kinds = KIND_COMPUTER;
    world.host->name = "HV01";
    world.host->dns = "hv01.contoso.test";
    world.host->sid = sid_of_rid(&domain->sid, 1101);
    world.host->uac = UAC_WORKSTATION;
    world.host->changed_us = NOW - G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC;
    GroupSpec *spec = group_spec_new("prod", ORIGIN_CONFIG);
    g_ptr_array_add(spec->hosts, g_strdup("HV01"));
    g_ptr_array_add(world.policy->groups, spec);
    world.here = estate_add_replica(world.estate, "dc1.contoso.test");
    world.there = estate_add_replica(world.estate, "dc2.contoso.test");
    return world;
}

static ReplicaView *
view(Replica *replica, const World *world)
{
    replica->read = true;
    ReplicaView *held = replica_add_view(replica, world->host);
    held->found = true;
    held->flags = UAC_WORKSTATION;
    g_ptr_array_add(held->delegate_to, (gpointer) "cifs/HV02");
    g_ptr_array_add(held->delegate_to, (gpointer) "cifs/hv02.contoso.test");
    return held;
}

static const Finding *
judge(World *world, const char *rule, Status status)
{
    g_autoptr(GError) error = NULL;
    estate_freeze(world->estate);
    audit_new(world->estate, world->policy, &world->audit, &error);
    g_assert_no_error(error);
    audit_run(world->audit);
    for (guint i = 0; i < world->audit->findings->len; i++) {
        const Finding *finding = world->audit->findings->pdata[i];
        if (strcmp(rule_name(finding->rule), rule) == 0 && finding->status == status)
            return finding;
    }
    return NULL;
}

static void
world_clear(World *world)
{
    audit_free(world->audit);
    policy_free(world->policy);
    estate_free(world->estate);
}

static void
test_same_values_in_another_order(void)
{
    World world = world_new();
    view(world.here, &world);
    ReplicaView *there = view(world.there, &world);
    gpointer first = there->delegate_to->pdata[0];
    there->delegate_to->pdata[0] = there->delegate_to->pdata[1];
    there->delegate_to->pdata[1] = first;
    g_assert_null(judge(&world, "DOM-03", STATUS_FAIL));
    world_clear(&world);
}

static void
test_entry_not_replicated(void)
{
    World world = world_new();
    view(world.here, &world);
    ReplicaView *there = view(world.there, &world);
    g_ptr_array_set_size(there->delegate_to, 1);
    const Finding *finding = judge(&world, "DOM-03", STATUS_FAIL);
    g_assert_nonnull(finding);
    g_assert_cmpstr(finding->subject, ==, "HV01");
    g_autofree char *detail = finding_detail(finding);
    g_assert_nonnull(strstr(detail, "dc1.contoso.test"));
    g_assert_nonnull(strstr(detail, "dc2.contoso.test"));
    const Evidence *evidence = finding->evidence->pdata[0];
    g_assert_nonnull(strstr(evidence->value, "cifs/hv02.contoso.test"));
    world_clear(&world);
}

static void
test_unread_is_no_difference(void)
{
    World world = world_new();
    view(world.here, &world);
    ReplicaView *there = view(world.there, &world);
    g_ptr_array_set_size(there->delegate_to, 0);
    there->unread = G_GUINT64_CONSTANT(1) << ATTR_DELEGATE_TO;
    g_assert_null(judge(&world, "DOM-03", STATUS_FAIL));
    world_clear(&world);
}

static void
test_clocks_apart(gconstpointer data)
{
    gint64 apart_s = GPOINTER_TO_INT(data);
    World world = world_new();
    view(world.here, &world);
    view(world.there, &world);
    world.here->clock_read = world.there->clock_read = true;
    world.here->skew_us = -apart_s / 2 * G_USEC_PER_SEC;
    world.there->skew_us = apart_s / 2 * G_USEC_PER_SEC;
    const Finding *finding = judge(&world, "DOM-02", STATUS_FAIL);
    if (apart_s < 120) {
        g_assert_null(finding);
    } else {
        g_assert_nonnull(finding);
        g_assert_cmpstr(finding->subject, ==, "dc1.contoso.test");
        g_assert_cmpstr(finding->target, ==, "dc2.contoso.test");
        g_assert_cmpint((int)finding->severity, ==,
                        apart_s >= 300 ? SEVERITY_ERROR : SEVERITY_WARNING);
    }
    world_clear(&world);
}

static void
test_changed_attribute_is_named(void)
{
    World world = world_new();
    AttrChange change = {.attr = ATTR_DELEGATE_TO,
                         .changed_us = NOW - 4 * 60 * G_USEC_PER_SEC,
                         .version = 7};
    world.host->changed_us = change.changed_us;
    world.host->changes = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    g_array_append_val(world.host->changes, change);
    const Finding *finding = judge(&world, "DOM-04", STATUS_FAIL);
    g_assert_nonnull(finding);
    g_autofree char *detail = finding_detail(finding);
    g_assert_nonnull(strstr(detail, "msDS-AllowedToDelegateTo"));
    g_assert_nonnull(strstr(detail, "less than 15 minutes before"));
    world_clear(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/replication/same values, other order",
                    test_same_values_in_another_order);
    g_test_add_func("/replication/entry not replicated", test_entry_not_replicated);
    g_test_add_func("/replication/unread is no difference", test_unread_is_no_difference);
    g_test_add_data_func("/replication/clocks 100 s apart", GINT_TO_POINTER(100),
                         test_clocks_apart);
    g_test_add_data_func("/replication/clocks 200 s apart", GINT_TO_POINTER(200),
                         test_clocks_apart);
    g_test_add_data_func("/replication/clocks 400 s apart", GINT_TO_POINTER(400),
                         test_clocks_apart);
    g_test_add_func("/replication/changed attribute is named",
                    test_changed_attribute_is_named);
    return g_test_run();
}
