#include "audit/rules.h"
#include "base/embed.h"

#include <string.h>

static const Rule *
row(guint i)
{
    return &rules[i];
}

/* By id, so that numbers sort as ids do; each id, name and page once. */
static void
test_ids(void)
{
    g_autoptr(GHashTable) slugs = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < RULE_COUNT; i++) {
        RuleId parsed;
        g_autofree char *page = g_strdup_printf("%s.md", row(i)->id);
        if (i > 0)
            g_assert_cmpstr(row(i - 1)->id, <, row(i)->id);
        g_assert_true(rule_parse(row(i)->id, &parsed));
        g_assert_cmpuint(parsed, ==, i);
        g_assert_cmpstr(rule_name((RuleId)i), ==, row(i)->id);
        g_assert_true(g_hash_table_add(slugs, (gpointer)row(i)->slug));
        if (!embed_find(page))
            g_error("%s has no page", row(i)->id);
    }
    RuleId none;
    g_assert_false(rule_parse("DEL-99", &none));
    g_assert_false(rule_parse("del-01", &none));
    g_assert_false(rule_parse("DEL-01 ", &none));
}

/* One check each, of the kind that its findings' concerns can come from. */
static void
test_checks(void)
{
    const guint of_hosts = CONCERNS_SOURCE | CONCERNS_TARGET;
    for (guint i = 0; i < RULE_COUNT; i++) {
        const Rule *rule = row(i);
        int checks = (rule->host != NULL) + (rule->account != NULL) +
                     (rule->pair != NULL) + (rule->edge != NULL) +
                     (rule->machine != NULL) + (rule->domain != NULL);
        bool of_pair = (rule->concerns & (CONCERNS_PAIR | CONCERNS_TURNED)) != 0;
        bool of_account =
            (rule->needs & ((G_GUINT64_CONSTANT(1) << ATTR_COUNT) - 1)) != 0;
        g_assert_cmpint(checks, ==, 1);
        g_assert_true(of_pair == (rule->pair != NULL));
        if (rule->host || rule->account || rule->machine)
            g_assert_cmpuint(rule->concerns & of_hosts, !=, 0);
        if (of_account)
            g_assert_true(rule->host || rule->account || rule->pair || rule->edge);
        /* What was not read of the source is told of the source alone. */
        if (of_account && rule->pair)
            g_assert_cmpuint(rule->concerns & CONCERNS_SOURCE, !=, 0);
    }
}

/* Each place in which to fix once, and none for what concerns no pair. */
static void
test_order(void)
{
    g_autoptr(GHashTable) places = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < RULE_COUNT; i++) {
        if (row(i)->order == 0)
            continue;
        g_assert_cmpuint(row(i)->concerns, !=, 0);
        g_assert_true(g_hash_table_add(places, GUINT_TO_POINTER(row(i)->order)));
    }
}

typedef struct {
    Audit audit;
    Host host; /* a third one */
    Account source, target, other;
    Group group;
    Pair pair;
} Case;

static void
case_init(Case *c)
{
    *c = (Case){.source = {.name = "HV01", .dns = "hv01.contoso.test"},
                .target = {.name = "HV02", .dns = "hv02.contoso.test"},
                .other = {.name = "HV03"},
                .group = {.name = "prod"}};
    c->pair = (Pair){.source = &c->source, .target = &c->target, .group = &c->group};
    c->audit.host_by_account = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(c->audit.host_by_account, &c->source, &c->host);
    g_hash_table_insert(c->audit.host_by_account, &c->target, &c->host);
    g_hash_table_insert(c->audit.host_by_account, &c->other, &c->host);
}

static bool
concerns(const Case *c, RuleId rule, const char *name, const Account *account,
         const Account *target, const char *spn)
{
    Finding *finding =
        finding_new(rule, SEVERITY_ERROR, STATUS_FAIL, name ? name : account->name,
                    target ? target->name : NULL, spn);
    finding->subject_account = account;
    finding->target_account = target;
    bool yes = finding_concerns(&c->audit, finding, &c->pair);
    finding_free(finding);
    return yes;
}

static void
test_concerns(void)
{
    Case c;
    case_init(&c);
    const Account *source = &c.source, *target = &c.target, *other = &c.other;
    /* Of a pair: this one, this way. */
    g_assert_true(concerns(&c, RULE_DEL_01, NULL, source, target, NULL));
    g_assert_false(concerns(&c, RULE_DEL_01, NULL, target, source, NULL));
    g_assert_false(concerns(&c, RULE_DEL_01, NULL, source, other, NULL));
    g_assert_true(concerns(&c, RULE_RBC_01, NULL, target, source, NULL));
    g_assert_false(concerns(&c, RULE_RBC_01, NULL, source, target, NULL));
    /* What was not read of the source alone. */
    g_assert_true(concerns(&c, RULE_ACC_05, NULL, source, NULL, NULL));
    g_assert_false(concerns(&c, RULE_ACC_05, NULL, target, NULL, NULL));
    /* Of a host as source, as target, as either. */
    g_assert_true(concerns(&c, RULE_DEL_03, NULL, source, NULL, NULL));
    g_assert_false(concerns(&c, RULE_DEL_03, NULL, target, NULL, NULL));
    g_assert_true(concerns(&c, RULE_SPN_01, NULL, target, NULL, NULL));
    g_assert_false(concerns(&c, RULE_SPN_01, NULL, source, NULL, NULL));
    g_assert_true(concerns(&c, RULE_ACC_04, NULL, target, NULL, NULL));
    g_assert_true(concerns(&c, RULE_GPO_02, NULL, target, NULL, NULL));
    g_assert_false(concerns(&c, RULE_ACC_04, NULL, other, NULL, NULL));
    /* Entries of the list for somebody else. */
    g_assert_true(concerns(&c, RULE_DEL_05, NULL, source, NULL, "cifs/HV02"));
    g_assert_false(concerns(&c, RULE_DEL_05, NULL, source, NULL, "cifs/HV03"));
    g_assert_false(concerns(&c, RULE_DEL_11, NULL, source, other, NULL));
    /* The domain, its DCs, people; but no third host. */
    g_assert_true(concerns(&c, RULE_DOM_02, "dc1.contoso.test", NULL, NULL, NULL));
    g_assert_true(concerns(&c, RULE_ACC_07, "alice", NULL, NULL, NULL));
    g_assert_true(concerns(&c, RULE_NET_01, "dc1.contoso.test", NULL, NULL, NULL));
    g_assert_true(concerns(&c, RULE_NET_01, NULL, target, NULL, NULL));
    g_assert_false(concerns(&c, RULE_NET_01, NULL, other, NULL, NULL));
    g_assert_false(concerns(&c, RULE_DOM_01, "contoso.test", NULL, NULL, NULL));
    /* Its own group. */
    g_assert_true(concerns(&c, RULE_DOM_05, "prod", NULL, NULL, NULL));
    g_assert_false(concerns(&c, RULE_DOM_05, "lab", NULL, NULL, NULL));
    g_hash_table_unref(c.audit.host_by_account);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/ids", test_ids);
    g_test_add_func("/rules/checks", test_checks);
    g_test_add_func("/rules/order", test_order);
    g_test_add_func("/rules/concerns", test_concerns);
    return g_test_run();
}
