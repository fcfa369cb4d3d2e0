/* Chains of delegation: who gets to Tier 0 in how many steps, what ends it, and how the
 * work grows with the edges. */
#include "audit/audit.h"
#include "collect/source.h"
#include "model/wellknown.h"

#include <string.h>

#define BASE "DC=contoso,DC=com"
#define OF_DOMAIN "S-1-5-21-1-2-3"
#define SERVER (UAC_WORKSTATION | UAC_T2A4D)
#define DC (UAC_DOMAIN_CONTROLLER | UAC_TRUSTED_FOR_DELEGATION)

/* Valgrind does not go together with the address sanitizer, nor read all of clang's debug
 * information. */
#if !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define COUNTABLE 1
#endif

typedef void (*BuildFn)(Estate *estate);

/* The estate */

static Sid
sid_named(const char *text)
{
    Sid sid;
    g_assert_true(sid_parse_text(text, &sid));
    return sid;
}

static Account *
add_account(Estate *estate, const char *name, guint kinds, guint32 uac)
{
    g_autofree char *dn = g_strdup_printf("CN=%s,OU=All," BASE, name);
    Account *account = estate_add_account(estate, dn, NULL);
    Sid domain = sid_named(OF_DOMAIN);
    account->name = estate_string(estate, name);
    account->sam = account->name;
    account->kinds = kinds;
    account->uac = uac;
    account->password_set_us = estate->collected_us;
    account->sid = sid_of_rid(&domain, 1000 + estate->accounts->len);
    account->primary_group = kinds == KIND_USER              ? RID_DOMAIN_USERS
                             : (uac & UAC_DOMAIN_CONTROLLER) ? RID_DOMAIN_CONTROLLERS
                                                             : RID_DOMAIN_COMPUTERS;
    if (kinds == KIND_GROUP) {
        account->group_type = GROUP_TYPE_SECURITY | GROUP_TYPE_GLOBAL;
        return account;
    }
    g_autofree char *spn = g_strdup_printf("HTTP/%s", name);
    g_ptr_array_add(account->spns, (gpointer)estate_string(estate, spn));
    return account;
}

static Account *
server(Estate *estate, const char *name)
{
    return add_account(estate, name, KIND_COMPUTER, SERVER);
}

static Account *
named(Estate *estate, const char *name)
{
    g_autofree char *dn = g_strdup_printf("CN=%s,OU=All," BASE, name);
    bool added;
    Account *account = estate_add_account(estate, dn, &added);
    g_assert_false(added);
    return account;
}

static void
list(Estate *estate, const char *source, const char *target)
{
    g_autofree char *spn = g_strdup_printf("HTTP/%s", target);
    g_ptr_array_add(named(estate, source)->delegate_to,
                    (gpointer)estate_string(estate, spn));
}

static void
grant_sid(Estate *estate, const char *target, const Sid *sid)
{
    Account *account = named(estate, target);
    gsize length = 0;
    const void *old = account->rbcd ? g_bytes_get_data(account->rbcd, &length) : NULL;
    GByteArray *descriptor = secdesc_with_grant(old, length, sid);
    g_clear_pointer(&account->rbcd, g_bytes_unref);
    account->rbcd = g_byte_array_free_to_bytes(descriptor);
}

static void
grant(Estate *estate, const char *target, const char *sid_text)
{
    Sid sid = sid_named(sid_text);
    grant_sid(estate, target, &sid);
}

static void
join(Estate *estate, const char *member, const char *group)
{
    g_ptr_array_add(named(estate, member)->member_of, (gpointer)named(estate, group)->dn);
}

static Estate *
estate_built(BuildFn build)
{
    Estate *estate = estate_new(G_GINT64_CONSTANT(1790000000000000));
    Domain *domain = estate_add_domain(estate, BASE);
    domain->dns = "contoso.com";
    domain->netbios = "CONTOSO";
    domain->sid = sid_named(OF_DOMAIN);
    estate->domain = "contoso.com";
    estate->source_kind = "ldap";
    estate->aliases_read = true;
    estate->spns_forest_wide = true;
    estate->tier0_read = true;
    Account *krbtgt = add_account(estate, "krbtgt", KIND_USER, UAC_NORMAL | UAC_DISABLED);
    krbtgt->sid = sid_of_rid(&domain->sid, RID_KRBTGT);
    add_account(estate, "DC1", KIND_COMPUTER, DC);
    build(estate);
    estate_freeze(estate);
    return estate;
}

/* What was found, as text: "A>DC1!: kcd:A>B kcd:B>DC1 | ... / kcd:B>DC1 frees 2 | ..." */
static char *
told(const Chains *chains)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < chains->chains->len; i++) {
        const Chain *chain = chains->chains->pdata[i];
        g_string_append_printf(text, "%s%s>%s%s:", i ? " | " : "", chain->from->name,
                               chain->to->name, chain->tier0 ? "!" : "");
        for (guint s = 0; s < chain->steps->len; s++)
            g_string_append_printf(text, " %s",
                                   ((const Edge *)chain->steps->pdata[s])->id);
    }
    for (guint i = 0; i < chains->cut->len; i++) {
        const Cut *cut = &g_array_index(chains->cut, Cut, i);
        g_string_append_printf(text, "%s%s frees %u", i ? " | " : " / ", cut->edge->id,
                               cut->frees);
    }
    return g_string_free(text, FALSE);
}

typedef struct {
    Estate *estate;
    Policy *policy;
    Audit *audit;
} World;

static World
world_of(Estate *estate, Reach reach)
{
    World world = {.estate = estate, .policy = policy_new()};
    world.policy->reach = reach;
    GError *error = NULL;
    g_assert_true(audit_new(world.estate, world.policy, &world.audit, &error));
    g_assert_no_error(error);
    return world;
}

static void
world_clear(World *world)
{
    audit_free(world->audit);
    policy_free(world->policy);
    estate_free(world->estate);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

/* Cases */

static void
build_two_steps(Estate *estate)
{
    add_account(estate, "svc-web", KIND_USER, UAC_NORMAL | UAC_T2A4D);
    server(estate, "APP1");
    list(estate, "svc-web", "APP1");
    list(estate, "APP1", "DC1");
}

/* B and C act on one another; B on D, D on A again. */
static void
build_cycle(Estate *estate)
{
    for (const char *name = "A\0B\0C\0D\0"; *name; name += 2)
        server(estate, name);
    list(estate, "A", "B");
    list(estate, "B", "C");
    list(estate, "C", "B");
    list(estate, "B", "D");
    list(estate, "D", "A");
    list(estate, "A", "A");
}

/* The group acts on DC1; OFF is disabled, and DC2 is Tier 0 already. */
static void
build_group(Estate *estate)
{
    add_account(estate, "Movers", KIND_GROUP, 0);
    for (const char *const *name = (const char *const[]){"M1", "M2", "OFF", "X1", NULL};
         *name; name++)
        server(estate, *name);
    add_account(estate, "DC2", KIND_COMPUTER, DC);
    named(estate, "OFF")->uac |= UAC_DISABLED;
    for (const char *const *name = (const char *const[]){"M1", "M2", "OFF", "DC2", NULL};
         *name; name++)
        join(estate, *name, "Movers");
    list(estate, "X1", "M1");
    grant_sid(estate, "DC1", &named(estate, "Movers")->sid);
}

/* Everyone acts on APP1, and APP1 on DC1: so do APP2, whose own edge leads nowhere, and
 * whoever else; HV9 has no edge. */
static void
build_everyone(Estate *estate)
{
    for (const char *const *name = (const char *const[]){"APP1", "APP2", "HV9", NULL};
         *name; name++)
        server(estate, *name);
    list(estate, "APP1", "DC1");
    list(estate, "APP2", "nobody");
    grant(estate, "APP1", SID_EVERYONE);
}

static void
build_everyone_alone(Estate *estate)
{
    grant(estate, "DC1", SID_AUTHENTICATED_USERS);
    grant(estate, "DC1", "S-1-5-21-9-9-9-1104"); /* of a domain that was not read */
    grant(estate, "DC1", OF_DOMAIN "-4711");     /* gone */
    grant(estate, "DC1", "S-1-5-21-9-9-9-512");  /* Domain Admins there */
    grant(estate, "DC1", SID_ENTERPRISE_DCS);
}

/* Domain Computers: who is a member, not every account. */
static void
build_domain_computers(Estate *estate)
{
    Sid domain = sid_named(OF_DOMAIN);
    add_account(estate, "Domain Computers", KIND_GROUP, 0)->sid =
        sid_of_rid(&domain, RID_DOMAIN_COMPUTERS);
    server(estate, "APP1");
    add_account(estate, "svc-sql", KIND_USER, UAC_NORMAL | UAC_T2A4D);
    list(estate, "svc-sql", "gone");
    list(estate, "APP1", "gone");
    grant(estate, "DC1", OF_DOMAIN "-515");
}

/* One of two SPNs is a ghost of APP1's: the other is enough.  OFF is disabled. */
static void
build_broken(Estate *estate)
{
    for (const char *const *name = (const char *const[]){"A", "B", "OFF", "D", NULL};
         *name; name++)
        server(estate, *name);
    named(estate, "OFF")->uac |= UAC_DISABLED;
    g_ptr_array_add(named(estate, "B")->spns, (gpointer) "cifs/twice");
    g_ptr_array_add(named(estate, "D")->spns, (gpointer) "cifs/twice");
    g_ptr_array_add(named(estate, "A")->delegate_to, (gpointer) "cifs/twice");
    list(estate, "A", "B");
    list(estate, "A", "gone");
    list(estate, "B", "OFF");
    list(estate, "OFF", "DC1");
    list(estate, "B", "D");
    list(estate, "D", "OFF");
}

/* Disabled as in every domain, which keeps a KDC from nothing. */
static void
build_krbtgt(Estate *estate)
{
    server(estate, "A");
    list(estate, "A", "krbtgt");
}

/* A gets there by B and by C; TOP is a domain admin, and its edge nobody's chain. */
static void
build_two_ways(Estate *estate)
{
    for (const char *const *name = (const char *const[]){"A", "B", "C", "OPEN", NULL};
         *name; name++)
        server(estate, *name);
    add_account(estate, "TOP", KIND_USER, UAC_NORMAL | UAC_T2A4D)->primary_group =
        RID_DOMAIN_ADMINS;
    named(estate, "OPEN")->uac |= UAC_TRUSTED_FOR_DELEGATION;
    list(estate, "A", "C");
    list(estate, "A", "B");
    list(estate, "B", "DC1");
    list(estate, "C", "DC1");
    list(estate, "TOP", "DC1");
    list(estate, "DC1", "A");
}

static void
build_nothing(Estate *estate)
{
    server(estate, "APP1");
}

static const struct {
    const char *name;
    BuildFn build;
    const char *told;
} cases[] = {
    {"two-steps", build_two_steps,
     "APP1>DC1!: kcd:APP1>DC1 | svc-web>DC1!: kcd:svc-web>APP1 kcd:APP1>DC1"
     " / kcd:APP1>DC1 frees 2"},
    {"cycle", build_cycle,
     "A>C: kcd:A>B kcd:B>C | A>D: kcd:A>B kcd:B>D | B>A: kcd:B>D kcd:D>A"
     " | C>A: kcd:C>B kcd:B>D kcd:D>A | C>D: kcd:C>B kcd:B>D"
     " | D>B: kcd:D>A kcd:A>B | D>C: kcd:D>A kcd:A>B kcd:B>C"},
    {"group", build_group,
     "M1>DC1!: rbcd:Movers>DC1 | M2>DC1!: rbcd:Movers>DC1"
     " | X1>DC1!: kcd:X1>M1 rbcd:Movers>DC1 / rbcd:Movers>DC1 frees 3"},
    {"everyone", build_everyone,
     "APP1>DC1!: kcd:APP1>DC1 | APP2>DC1!: rbcd:Everyone>APP1 kcd:APP1>DC1"
     " / kcd:APP1>DC1 frees 2"},
    {"everyone-alone", build_everyone_alone,
     " / rbcd:S-1-5-21-9-9-9-1104>DC1 frees 1 | rbcd:Authenticated Users>DC1 frees 0"},
    {"domain-computers", build_domain_computers,
     "APP1>DC1!: rbcd:Domain Computers>DC1 / rbcd:Domain Computers>DC1 frees 1"},
    {"broken", build_broken, "A>D: kcd:A>B kcd:B>D"},
    {"krbtgt", build_krbtgt, "A>krbtgt!: kcd:A>krbtgt / kcd:A>krbtgt frees 1"},
    {"two-ways", build_two_ways,
     "A>DC1!: kcd:A>B kcd:B>DC1 | B>DC1!: kcd:B>DC1 | C>DC1!: kcd:C>DC1"
     " / kcd:B>DC1 frees 1 | kcd:C>DC1 frees 1"},
    {"nothing", build_nothing, ""},
};

/* Who gets to Tier 0 is told of everybody, as the chains that are listed have it. */
static void
check_reaching(const Chains *chains)
{
    for (guint i = 0; i < chains->chains->len; i++) {
        const Chain *chain = chains->chains->pdata[i];
        if (!chain->tier0) {
            g_assert_cmpuint(i, >=, chains->reaching->len);
            continue;
        }
        g_assert_cmpuint(i, <, chains->reaching->len);
        guint at = i;
        for (guint s = 0; s < chain->steps->len; s++) {
            g_assert_cmpuint(at, <, chains->reaching->len);
            const Reaching *reaching = &g_array_index(chains->reaching, Reaching, at);
            g_assert_true(s > 0 || reaching->from == chain->from);
            g_assert_true(reaching->to == chain->to);
            g_assert_true(reaching->first == chain->steps->pdata[s]);
            g_assert_cmpuint(reaching->steps, ==, chain->steps->len - s);
            at = reaching->next;
        }
        g_assert_cmpuint(at, ==, REACHING_END);
    }
}

static void
test_case(gconstpointer data)
{
    gsize at = GPOINTER_TO_SIZE(data);
    g_auto(World) world = world_of(estate_built(cases[at].build), REACH_DOMAIN);
    g_autofree char *text = told(world.audit->chains);
    g_assert_cmpstr(text, ==, cases[at].told);
    g_assert_cmpuint(world.audit->chains->count, ==, world.audit->chains->chains->len);
    g_assert_false(world.audit->chains->more);
    check_reaching(world.audit->chains);
}

static void
test_hosts_alone(void)
{
    g_auto(World) world = world_of(estate_built(build_two_steps), REACH_HOSTS);
    g_assert_cmpuint(world.audit->chains->count, ==, 0);
    g_assert_cmpuint(world.audit->chains->cut->len, ==, 0);
}

/* What the golden tests show, as a file is read. */
static void
test_fixtures(void)
{
    static const struct {
        const char *name;
        const char *told;
    } rows[] = {
        {"chain-to-a-dc",
         "APP1>DC01!: kcd:APP1>DC01 | svc-web>DC01!: kcd:svc-web>APP1 kcd:APP1>DC01"
         " / kcd:APP1>DC01 frees 2"},
        {"chain-in-a-circle",
         "APP1>APP3: kcd:APP1>APP2 kcd:APP2>APP3 | APP2>APP1: kcd:APP2>APP3 kcd:APP3>APP1"
         " | APP3>APP2: kcd:APP3>APP1 kcd:APP1>APP2"
         " | APP4>APP2: kcd:APP4>APP1 kcd:APP1>APP2"
         " | APP4>APP3: kcd:APP4>APP1 kcd:APP1>APP2 kcd:APP2>APP3"},
        {"chain-cut-by-one",
         "APP1>DC01!: kcd:APP1>DC01 | WEB1>DC01!: rbcd:Web servers>APP1 kcd:APP1>DC01"
         " | WEB2>DC01!: rbcd:Web servers>APP1 kcd:APP1>DC01"
         " | WEB3>DC01!: rbcd:Web servers>APP1 kcd:APP1>DC01"
         " / kcd:APP1>DC01 frees 4"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("fixtures/%s/estate.ldif", rows[i].name);
        const char *const paths[] = {path, NULL};
        const CollectPlan plan = {.timeout_s = 1, .reach = REACH_DOMAIN};
        Estate *estate = NULL;
        GError *error = NULL;
        g_assert_true(source_read_ldif(paths, &plan, &estate, &error));
        g_assert_no_error(error);
        g_auto(World) world = world_of(estate, REACH_DOMAIN);
        g_autofree char *text = told(world.audit->chains);
        g_assert_cmpstr(text, ==, rows[i].told);
    }
}

/* Many edges, made without an audit, which judges each of them. */

#define GROUP_OF 20

typedef struct {
    Estate *estate;
    GPtrArray *edges;
    guint32 random;
} Many;

static guint
drawn(Many *many, guint below)
{
    many->random = many->random * 1664525u + 1013904223u;
    return (guint)(((guint64)many->random * below) >> 32);
}

static Edge *
add_edge(Many *many, const Account *source, const Account *target)
{
    Edge *edge = g_new0(Edge, 1);
    edge->id = g_strdup_printf("kcd:%s>%s", source->name, target->name);
    edge->source = (Principal){.kind = PRINCIPAL_COMPUTER,
                               .account = source,
                               .sid = source->sid,
                               .name = source->name};
    edge->target = (Principal){.account = target, .name = target->name};
    edge->way = LEG_KCD;
    edge->spns = g_ptr_array_new();
    edge->reasons = list_new();
    edge->own = list_new();
    g_ptr_array_add(many->edges, edge);
    return edge;
}

static const Account *
account_at(const Many *many, guint index)
{
    return many->estate->accounts->pdata[index];
}

/* A way through half of the accounts and back again, edges at random, groups, Everyone.
 */
static Many
many_of(guint edges, guint targets)
{
    Many many = {estate_new(0), g_ptr_array_new_with_free_func((GDestroyNotify)edge_free),
                 7};
    many.estate->tier0_read = true;
    guint count = edges / 2;
    for (guint i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("S%05u", i);
        add_account(many.estate, name, KIND_COMPUTER, i < targets ? DC : SERVER);
    }
    estate_freeze(many.estate);
    for (guint i = targets; i < count / 2; i++)
        add_edge(&many, account_at(&many, i + 1), account_at(&many, i));
    add_edge(&many, account_at(&many, targets), account_at(&many, count / 2));
    for (guint i = 0; i < targets; i++)
        add_edge(&many, account_at(&many, targets + i), account_at(&many, i));
    while (many.edges->len < edges) {
        const Account *target =
            account_at(&many, targets + drawn(&many, count - targets));
        Edge *edge = add_edge(&many, account_at(&many, drawn(&many, count)), target);
        if (many.edges->len % GROUP_OF != 0)
            continue;
        edge->source.kind = PRINCIPAL_GROUP;
        edge->in_group = g_ptr_array_new();
        for (guint m = 0; m < GROUP_OF; m++)
            g_ptr_array_add(edge->in_group,
                            (gpointer)account_at(&many, drawn(&many, count)));
    }
    return many;
}

static Chains *
many_find(const Many *many)
{
    return chains_find(many->estate, many->edges);
}

static void
many_clear(Many *many)
{
    g_ptr_array_unref(many->edges);
    estate_free(many->estate);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Many, many_clear)

static void
test_many(void)
{
    g_auto(Many) many = many_of(10000, 20);
    Chains *found = many_find(&many);
    g_assert_cmpuint(found->chains->len, ==, CHAINS_LISTED);
    g_assert_cmpuint(found->count, >, 5000);
    g_assert_true(found->more);
    g_assert_cmpuint(found->cut->len, ==, 20);
    check_reaching(found);
    g_assert_cmpuint(found->reaching->len, >, CHAINS_LISTED);
    g_assert_cmpuint(found->reaching->len, <=, found->count);
    const char *last = "";
    for (guint i = 0; i < CHAINS_LISTED; i++) {
        const Chain *chain = found->chains->pdata[i];
        g_assert_true(chain->tier0);
        g_assert_cmpstr(last, <, chain->from->name);
        last = chain->from->name;
        const Account *at = chain->from;
        for (guint s = 0; s < chain->steps->len; s++) {
            const Edge *step = chain->steps->pdata[s];
            g_assert_true(step->source.kind == PRINCIPAL_GROUP ||
                          step->source.account == at);
            at = step->target.account;
        }
        g_assert_true(at == chain->to);
    }
    chains_free(found);
}

/* The longest way there is: nothing overflows. */
static void
test_long(void)
{
    g_auto(Many) many = {estate_new(0),
                         g_ptr_array_new_with_free_func((GDestroyNotify)edge_free), 7};
    many.estate->tier0_read = true;
    for (guint i = 0; i <= 10000; i++) {
        g_autofree char *name = g_strdup_printf("S%05u", i);
        add_account(many.estate, name, KIND_COMPUTER, i == 0 ? DC : SERVER);
    }
    estate_freeze(many.estate);
    for (guint i = 0; i < 10000; i++)
        add_edge(&many, account_at(&many, i + 1), account_at(&many, i));
    Chains *found = many_find(&many);
    g_assert_cmpuint(found->cut->len, ==, 1);
    g_assert_cmpuint(g_array_index(found->cut, Cut, 0).frees, ==, 10000);
    g_assert_cmpuint(found->count, >=, 10000);
    g_assert_cmpuint(found->reaching->len, ==, 10000);
    g_assert_cmpuint(g_array_index(found->reaching, Reaching, 9999).steps, ==, 10000);
    chains_free(found);
}

#ifdef COUNTABLE

/* Instructions, counted by callgrind, inside of chains_find alone. */

static guint64
instructions(guint edges)
{
    g_autofree char *count = g_strdup_printf("%u", edges);
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    const char *argv[] = {"valgrind",
                          "--tool=callgrind",
                          "--callgrind-out-file=/dev/null",
                          "--toggle-collect=chains_find",
                          self,
                          "--edges",
                          count,
                          NULL};
    g_autofree char *said = NULL;
    int status = 0;
    GError *error = NULL;
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said,
                 &status, &error);
    g_assert_no_error(error);
    g_assert_true(g_spawn_check_wait_status(status, NULL));
    const char *collected = strstr(said, "Collected : ");
    g_assert_nonnull(collected);
    return g_ascii_strtoull(collected + strlen("Collected : "), NULL, 10);
}

static void
test_growth(void)
{
    g_autofree char *valgrind = g_find_program_in_path("valgrind");
    if (!valgrind) {
        g_test_skip("valgrind is not installed");
        return;
    }
    guint64 least = instructions(2500);
    guint64 middle = instructions(5000);
    guint64 most = instructions(10000);
    g_test_message("%" G_GUINT64_FORMAT
                   " instructions for 2,500 edges, %" G_GUINT64_FORMAT
                   " for 5,000, %" G_GUINT64_FORMAT " for 10,000",
                   least, middle, most);
    g_assert_cmpuint(least, >, 1000000);
    g_assert_cmpuint(most, <=, least * 5);
    /* Without what is the same for all: twice as much more is linear, four times is not.
     */
    g_assert_cmpuint(most - middle, <=, (middle - least) * 3);
}

#endif

static int
find_once(const char *edges)
{
    g_auto(Many) many = many_of((guint)g_ascii_strtoull(edges, NULL, 10), 20);
    Chains *found = many_find(&many);
    int status = found->count > 0 ? 0 : 1;
    chains_free(found);
    return status;
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--edges") == 0)
        return find_once(argv[2]);
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/chains/%s", cases[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
    }
    g_test_add_func("/chains/hosts-alone", test_hosts_alone);
    g_test_add_func("/chains/fixtures", test_fixtures);
    g_test_add_func("/chains/many", test_many);
    g_test_add_func("/chains/long", test_long);
#ifdef COUNTABLE
    g_test_add_func("/chains/growth", test_growth);
#endif
    return g_test_run();
}
