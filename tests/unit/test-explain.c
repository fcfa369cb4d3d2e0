#include "render/explain.h"

#include "model/spn.h"

#include <string.h>

#define BASE "DC=contoso,DC=com"
#define NOON 1795219200000000 /* 2026-11-21 00:00 UTC */

/* Two hosts, HV01 delegated to HV02 and back, judged by --host. */
typedef struct {
    Estate *estate;
    Policy *policy;
    Audit *audit;
    Account *source;
    Account *target;
    Report report;
    Explanation *explanation;
} Case;

static Account *
add_host(Estate *estate, const char *name, guint32 rid)
{
    static const char *const classes[] = {SPN_HOST, SPN_MIGRATION};
    g_autofree char *dn = g_strdup_printf("CN=%s," BASE, name);
    g_autofree char *sam = g_strdup_printf("%s$", name);
    g_autofree char *dns = g_strdup_printf("%s.contoso.com", name);
    Account *account = estate_add_account(estate, dn, NULL);

    account->sam = estate_string(estate, sam);
    account->name = estate_string(estate, name);
    account->dns = estate_string(estate, dns);
    account->kinds = KIND_COMPUTER;
    account->sid = sid_of_rid(&((Domain *)estate->domains->pdata[0])->sid, rid);
    account->primary_group = 515;
    account->etypes = 28;
    account->password_set_us = estate->collected_us + 1;
    account->token_groups = g_array_new(FALSE, FALSE, sizeof(Sid));
    account->uac = UAC_WORKSTATION | UAC_T2A4D;
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *spn = spn_of(classes[i], name);

        g_ptr_array_add(account->spns, (gpointer)estate_string(estate, spn));
    }
    return account;
}

static void
delegate(Estate *estate, Account *source, const char *target)
{
    static const char *const classes[] = {SPN_CIFS, SPN_MIGRATION};

    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *spn = spn_of(classes[i], target);

        g_ptr_array_add(source->delegate_to, (gpointer)estate_string(estate, spn));
    }
}

static Case
case_new(void)
{
    Case c = {.estate = estate_new(NOON), .policy = policy_new()};
    Domain *domain = estate_add_domain(c.estate, BASE);
    GroupSpec *spec = group_spec_new("check", ORIGIN_HOSTS);

    domain->dns = "contoso.com";
    domain->netbios = "CONTOSO";
    c.estate->domain = "contoso.com";
    g_assert_true(sid_parse_text("S-1-5-21-1-2-3", &domain->sid));
    c.estate->dc = "dc1.contoso.com";
    c.estate->source_uri = "ldap://dc1.contoso.com";
    c.estate->spns_forest_wide = true;
    c.estate->dc_clock_read = true;
    c.estate->dcs_read = true;
    c.estate->tier0_read = true;
    estate_add_alias_line(c.estate, "host=alerter,cifs,http");
    c.estate->aliases_read = true;
    Account *krbtgt = estate_add_account(c.estate, "CN=krbtgt,CN=Users," BASE, NULL);
    krbtgt->sam = "krbtgt";
    krbtgt->name = "krbtgt";
    krbtgt->kinds = KIND_USER;
    krbtgt->sid = sid_of_rid(&domain->sid, 502);
    krbtgt->token_groups = g_array_new(FALSE, FALSE, sizeof(Sid));
    c.source = add_host(c.estate, "HV01", 1101);
    c.target = add_host(c.estate, "HV02", 1102);
    delegate(c.estate, c.source, "HV02");
    delegate(c.estate, c.target, "HV01");
    g_ptr_array_add(spec->hosts, g_strdup("HV01"));
    g_ptr_array_add(spec->hosts, g_strdup("HV02"));
    spec->names = NAMES_SHORT;
    g_ptr_array_add(c.policy->groups, spec);
    return c;
}

/* As `kcdaudit check HV01 HV02` does. */
static void
case_explain(Case *c)
{
    g_autoptr(GError) error = NULL;

    estate_freeze(c->estate);
    g_assert_true(audit_new(c->estate, c->policy, &c->audit, &error));
    g_assert_no_error(error);
    const Pair *pair = audit_pair(c->audit, c->source, c->target);
    audit_run(c->audit);
    explain_narrow(c->audit, pair);
    c->report = (Report){
        .audit = c->audit,
        .fixes = fix_plan(c->audit),
        .tool_version = "0.1.0",
    };
    c->explanation = explain_pair(&c->report, pair);
}

static void
case_free(Case *c)
{
    explain_free(c->explanation);
    g_ptr_array_unref((GPtrArray *)c->report.fixes);
    audit_free(c->audit);
    policy_free(c->policy);
    estate_free(c->estate);
}

static const Condition *
condition_of(const Case *c, What what)
{
    const Condition *condition =
        condition_list_find(c->explanation->conditions, what, -1);

    g_assert_nonnull(condition);
    return condition;
}

static char *
text_of(const Case *c)
{
    GString *out = g_string_new(NULL);
    Page page = page_of(out, 100, false, true);

    explain_draw(c->explanation, &page);
    return g_string_free(out, FALSE);
}

static bool
has_finding(const Case *c, const char *rule)
{
    for (guint i = 0; i < c->audit->findings->len; i++)
        if (strcmp(rule_name(((const Finding *)c->audit->findings->pdata[i])->rule),
                   rule) == 0)
            return true;
    return false;
}

static void
test_ready(void)
{
    Case c = case_new();
    case_explain(&c);
    g_autofree char *text = text_of(&c);

    for (guint i = 0; i < c.explanation->conditions->all->len; i++) {
        const Condition *condition = c.explanation->conditions->all->pdata[i];

        g_assert_true(!condition->decides || condition->state == CONDITION_PASS);
        g_assert_nonnull(condition->seen);
    }
    g_assert_cmpstr(condition_of(&c, WHAT_SPN)->seen, ==,
                    "host/HV02 (by sPNMappings), on this account alone");
    g_assert_cmpstr(c.explanation->commands->pdata[0], ==, "klist purge -li 0x3e7");
    g_assert_true(g_str_has_prefix(text, "  READY"));
    case_free(&c);
}

/* A target that has been silent is told of as a source would be. */
static void
test_stale_target(void)
{
    Case c = case_new();

    c.target->password_set_us = NOON - 60 * G_TIME_SPAN_DAY;
    c.target->last_logon_us = NOON - 60 * G_TIME_SPAN_DAY;
    case_explain(&c);
    g_assert_true(has_finding(&c, "ACC-04"));
    case_free(&c);
}

/* An entry for a host that is gone says nothing about this pair, and the command
 * must not take it away here. */
static void
test_only_what_bears_on_the_pair(void)
{
    Case c = case_new();

    g_ptr_array_set_size(c.source->delegate_to, 0);
    delegate(c.estate, c.source, "HV99");
    case_explain(&c);
    g_assert_true(has_finding(&c, "DEL-01"));
    g_assert_false(has_finding(&c, "DEL-05"));
    g_assert_cmpuint(c.explanation->commands->len, ==, 1);
    g_assert_nonnull(strstr(c.explanation->commands->pdata[0], "-Add"));
    g_assert_null(strstr(c.explanation->commands->pdata[0], "HV99"));
    g_assert_cmpstr(c.explanation->language, ==, "powershell");
    g_assert_cmpstr(condition_of(&c, WHAT_KCD)->seen, ==,
                    "missing; none of its 2 entries names the target");
    case_free(&c);
}

/* All that blocks the pair, once and in order, and the purge last. */
static void
test_every_step(void)
{
    Case c = case_new();

    g_ptr_array_set_size(c.source->delegate_to, 0);
    c.source->uac = UAC_WORKSTATION | UAC_NOT_DELEGATED | UAC_TRUSTED_FOR_DELEGATION;
    g_ptr_array_remove_index(c.target->spns, 1);
    case_explain(&c);
    const GPtrArray *steps = c.explanation->steps;
    static const struct {
        const char *advice;
        const char *command;
    } rows[] = {
        {"SPN-01: ", "setspn -S"},
        {"ACC-02: ", "-AccountNotDelegated $false"},
        {"DEL-01: ", "-Add @{'msDS-AllowedToDelegateTo'=@('Microsoft Virtual System "
                     "Migration Service/HV02','cifs/HV02')}"},
        {"Then, ", "klist purge -li 0x3e7"},
        {"Verify: kcdaudit check HV01 HV02 ", NULL},
    };
    g_assert_cmpuint(steps->len, ==, G_N_ELEMENTS(rows));
    for (guint i = 0; i < steps->len; i++) {
        const NextStep *step = steps->pdata[i];

        g_assert_true(g_str_has_prefix(step->advice, rows[i].advice));
        g_assert_cmpuint(step->commands->len, ==, rows[i].command ? 1 : 0);
        if (!rows[i].command)
            continue;
        g_assert_nonnull(strstr(step->commands->pdata[0], rows[i].command));
        g_assert_null(strstr(step->commands->pdata[0], "-TrustedForDelegation"));
    }
    g_assert_nonnull(strstr(((const NextStep *)steps->pdata[2])->advice, "; DEL-02: "));
    g_assert_cmpstr(c.explanation->commands->pdata[0], ==,
                    ((const NextStep *)steps->pdata[0])->commands->pdata[0]);
    case_free(&c);
}

/* Owner Administrators; ACEs for HV01 (RID 1101) of these types and masks. */
static GBytes *
descriptor_of(const Case *c, const guint8 *types, const guint32 *masks, guint count)
{
    g_autoptr(GByteArray) sid = g_byte_array_new();
    GByteArray *out = g_byte_array_new();
    Sid administrators;

    g_assert_true(sid_parse_text("S-1-5-32-544", &administrators));
    sid_write(&c->source->sid, sid);
    guint ace = 8 + sid->len, acl = 8 + count * ace;
    const guint8 head[] = {1, 0, 4, 0x80, 20, 0, 0,  0, 0, 0,
                           0, 0, 0, 0,    0,  0, 36, 0, 0, 0};
    const guint8 list[] = {2, 0, (guint8)acl, 0, (guint8)count, 0, 0, 0};
    g_byte_array_append(out, head, sizeof head);
    sid_write(&administrators, out);
    g_assert_cmpuint(out->len, ==, 36);
    g_byte_array_append(out, list, sizeof list);
    for (guint i = 0; i < count; i++) {
        const guint8 start[] = {types[i],
                                0,
                                (guint8)ace,
                                0,
                                (guint8)(masks[i] & 0xff),
                                (guint8)(masks[i] >> 8 & 0xff),
                                (guint8)(masks[i] >> 16 & 0xff),
                                (guint8)(masks[i] >> 24)};
        g_byte_array_append(out, start, sizeof start);
        g_byte_array_append(out, sid->data, sid->len);
    }
    return g_byte_array_free_to_bytes(out);
}

static void
test_the_ace_that_decides(void)
{
    static const struct {
        guint8 types[2];
        guint32 masks[2];
        ConditionState state;
        const char *seen;
    } rows[] = {
        {{ACE_ALLOW, ACE_DENY},
         {0xf01ff, 0x100},
         CONDITION_PASS,
         "ACE 1 of 2: allow HV01 0x000f01ff"},
        {{ACE_DENY, ACE_ALLOW},
         {0x100, 0xf01ff},
         CONDITION_FAIL,
         "ACE 1 of 2: deny HV01 0x00000100"},
        {{ACE_ALLOW, ACE_ALLOW},
         {0x10, 0x20},
         CONDITION_FAIL,
         "ACE 1 of 2: allow HV01 0x00000010, without the right 0x100 that the KDC asks "
         "for"},
        {{ACE_ALLOW, ACE_ALLOW},
         {0x10, RIGHT_GENERIC_ALL},
         CONDITION_FAIL,
         "ACE 1 of 2: allow HV01 0x00000010: only by a generic right, which a KDC does "
         "not map"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Case c = case_new();

        c.target->rbcd = descriptor_of(&c, rows[i].types, rows[i].masks, 2);
        case_explain(&c);
        g_assert_cmpint(condition_of(&c, WHAT_RBCD)->state, ==, rows[i].state);
        g_assert_cmpstr(condition_of(&c, WHAT_RBCD)->seen, ==, rows[i].seen);
        case_free(&c);
    }
}

static void
test_unread_is_unknown(void)
{
    Case c = case_new();

    g_ptr_array_set_size(c.source->delegate_to, 0);
    c.source->unread |= G_GUINT64_CONSTANT(1) << ATTR_DELEGATE_TO;
    c.source->unread |= G_GUINT64_CONSTANT(1) << ATTR_UAC;
    case_explain(&c);
    g_assert_cmpint(condition_of(&c, WHAT_KCD)->state, ==, CONDITION_UNKNOWN);
    g_assert_cmpint(condition_of(&c, WHAT_TRANSITION)->state, ==, CONDITION_UNKNOWN);
    g_assert_cmpint(condition_of(&c, WHAT_SOURCE_DELEGABLE)->state, ==,
                    CONDITION_UNKNOWN);
    g_assert_true(explain_incomplete(c.explanation));
    g_assert_cmpuint(c.explanation->commands->len, ==, 0);
    case_free(&c);
}

/* An empty list needs no protocol transition, even where T2A4D is off. */
static void
test_an_empty_list_will_do(void)
{
    Case c = case_new();
    const guint8 types[] = {ACE_ALLOW};
    const guint32 masks[] = {0xf01ff};

    g_ptr_array_set_size(c.source->delegate_to, 0);
    c.source->uac = UAC_WORKSTATION;
    c.target->rbcd = descriptor_of(&c, types, masks, 1);
    case_explain(&c);
    g_assert_cmpint(c.explanation->pair->verdict, ==, VERDICT_READY);
    g_assert_cmpint(condition_of(&c, WHAT_TRANSITION)->state, ==, CONDITION_PASS);
    g_assert_cmpint(condition_of(&c, WHAT_KCD)->state, ==, CONDITION_FAIL);
    g_assert_false(condition_of(&c, WHAT_KCD)->decides);
    case_free(&c);
}

/* Of what stands in the place of an entry, some is shown. */
static void
test_entries_for_the_same_host(void)
{
    static const char *const classes[] = {"cifs", "HTTP", "WSMAN", "TERMSRV", "MSSQLSvc"};
    static const struct {
        guint count;
        const char *seen;
    } rows[] = {
        {0, "missing; the list is empty"},
        {1, "missing; its only entry is cifs/HV02.other.test"},
        {2, "missing; of its 2 entries these name HV02: cifs/HV02.other.test, "
            "HTTP/HV02.other.test"},
        {5, "missing; of its 5 entries these name HV02: cifs/HV02.other.test, "
            "HTTP/HV02.other.test, WSMAN/HV02.other.test and 2 more"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Case c = case_new();

        c.target->dns = "HV02.other.test";
        g_ptr_array_set_size(c.source->delegate_to, 0);
        for (guint n = 0; n < rows[i].count; n++) {
            g_autofree char *spn = spn_of(classes[n], "HV02.other.test");

            g_ptr_array_add(c.source->delegate_to,
                            (gpointer)estate_string(c.estate, spn));
        }
        case_explain(&c);
        g_assert_cmpstr(condition_of(&c, WHAT_KCD)->seen, ==, rows[i].seen);
        case_free(&c);
    }
}

/* A target that is disabled gets no ticket, whatever else could not be read of it. */
static void
test_a_disabled_target(void)
{
    Case c = case_new();

    g_ptr_array_set_size(c.target->spns, 0);
    c.target->unread |= G_GUINT64_CONSTANT(1) << ATTR_SPN;
    c.target->uac |= UAC_DISABLED;
    case_explain(&c);
    g_assert_cmpint(condition_of(&c, WHAT_SPN)->state, ==, CONDITION_UNKNOWN);
    g_assert_cmpint(condition_of(&c, WHAT_TARGET_ENABLED)->state, ==, CONDITION_FAIL);
    g_assert_cmpint(c.explanation->pair->verdict, ==, VERDICT_BROKEN);
    case_free(&c);
}

/* Nobody gets a ticket to an account without any SPN, the account itself included. */
static void
test_a_source_without_any_spn(void)
{
    Case c = case_new();

    g_ptr_array_set_size(c.source->spns, 0);
    case_explain(&c);
    g_assert_cmpint(condition_of(&c, WHAT_SOURCE_SPN)->state, ==, CONDITION_FAIL);
    g_assert_cmpint(c.explanation->pair->verdict, ==, VERDICT_BROKEN);
    case_free(&c);
}

/* A descriptor in doubt beside unconstrained delegation: by the one the pair is ready,
 * by the other it hangs on the operator.  Of a sensitive source it does by both. */
static void
test_doubt_beside_unconstrained(void)
{
    for (guint sensitive = 0; sensitive < 2; sensitive++) {
        Case c = case_new();

        g_ptr_array_set_size(c.source->delegate_to, 0);
        c.source->uac |= UAC_TRUSTED_FOR_DELEGATION | (sensitive ? UAC_NOT_DELEGATED : 0);
        c.target->unread |= G_GUINT64_CONSTANT(1) << ATTR_RBCD;
        case_explain(&c);
        g_assert_cmpint(condition_of(&c, WHAT_RBCD)->state, ==, CONDITION_UNKNOWN);
        g_assert_cmpint(c.explanation->pair->verdict, ==,
                        sensitive ? VERDICT_DEGRADED : VERDICT_UNKNOWN);
        g_assert_cmpint(condition_of(&c, WHAT_RBCD)->decides, ==, !sensitive);
        case_free(&c);
    }
}

/* AES on one side alone and RC4 on the other. */
static void
test_no_encryption_type_in_common(void)
{
    Case c = case_new();

    c.source->etypes = ETYPE_BIT_RC4;
    c.target->etypes = ETYPE_BIT_AES256;
    case_explain(&c);
    g_assert_cmpint(condition_of(&c, WHAT_ETYPES)->state, ==, CONDITION_FAIL);
    g_assert_cmpstr(condition_of(&c, WHAT_ETYPES)->seen, ==,
                    "no encryption type in common");
    g_assert_cmpint(c.explanation->pair->verdict, ==, VERDICT_BROKEN);
    case_free(&c);
}

static void
test_hostile_owner(void)
{
    Case c = case_new();
    Account *thief = estate_add_account(c.estate, "CN=\033[31mthief," BASE, NULL);

    thief->sam = "thief";
    thief->name = "th\033[31mief";
    thief->kinds = KIND_USER;
    thief->sid = sid_of_rid(&((Domain *)c.estate->domains->pdata[0])->sid, 1666);
    g_ptr_array_add(thief->spns, (gpointer)SPN_MIGRATION "/HV02");
    case_explain(&c);
    g_autofree char *text = text_of(&c);
    json_t *tree = explain_json(c.explanation);
    char *dump = json_dumps(tree, 0);

    g_assert_cmpint(c.explanation->pair->verdict, ==, VERDICT_BROKEN);
    g_assert_nonnull(strstr(text, "thief"));
    g_assert_null(strchr(text, '\033'));
    g_assert_null(strchr(dump, '\033'));
    free(dump);
    json_decref(tree);
    case_free(&c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/explain/ready", test_ready);
    g_test_add_func("/explain/stale-target", test_stale_target);
    g_test_add_func("/explain/only-what-bears-on-the-pair",
                    test_only_what_bears_on_the_pair);
    g_test_add_func("/explain/every-step", test_every_step);
    g_test_add_func("/explain/the-ace-that-decides", test_the_ace_that_decides);
    g_test_add_func("/explain/unread-is-unknown", test_unread_is_unknown);
    g_test_add_func("/explain/an-empty-list-will-do", test_an_empty_list_will_do);
    g_test_add_func("/explain/entries-for-the-same-host", test_entries_for_the_same_host);
    g_test_add_func("/explain/a-disabled-target", test_a_disabled_target);
    g_test_add_func("/explain/no-encryption-type-in-common",
                    test_no_encryption_type_in_common);
    g_test_add_func("/explain/a-source-without-any-spn", test_a_source_without_any_spn);
    g_test_add_func("/explain/doubt-beside-unconstrained",
                    test_doubt_beside_unconstrained);
    g_test_add_func("/explain/hostile-owner", test_hostile_owner);
    return g_test_run();
}
