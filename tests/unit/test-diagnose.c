#include "diagnose/diagnosis.h"

#include "model/spn.h"

#include <string.h>

#define BASE "DC=contoso,DC=com"
#define NOW 1795219200000000 /* 2026-11-21 00:00 UTC */
#define MINUTE (G_GINT64_CONSTANT(60) * G_USEC_PER_SEC)

/* Two hosts that are right, read from two DCs that agree. */
typedef struct {
    Estate *estate;
    Policy *policy;
    Audit *audit;
    Account *source;
    Account *target;
    Replica *replicas[2];
    Errors *errors;
    Input *input;
    Diagnosis *diagnosis;
} Case;

static Account *
add_host(Estate *estate, const char *name, guint32 rid, const char *partner)
{
    static const char *const held[] = {SPN_HOST, SPN_MIGRATION};
    static const char *const listed[] = {SPN_CIFS, SPN_MIGRATION};
    g_autofree char *dn = g_strdup_printf("CN=%s," BASE, name);
    g_autofree char *sam = g_strdup_printf("%s$", name);
    Account *account = estate_add_account(estate, dn, NULL);
    account->sam = estate_string(estate, sam);
    account->name = estate_string(estate, name);
    account->kinds = KIND_COMPUTER;
    account->sid = sid_of_rid(&((Domain *)estate->domains->pdata[0])->sid, rid);
    account->primary_group = 515;
    account->token_groups = g_array_new(FALSE, FALSE, sizeof(Sid));
    account->uac = UAC_WORKSTATION | UAC_T2A4D;
    account->etypes = 28;
    account->password_set_us = NOW + 1;
    account->changed_us = NOW - 3 * 24 * 60 * MINUTE;
    for (guint i = 0; i < G_N_ELEMENTS(held); i++) {
        g_autofree char *spn = spn_of(held[i], name);
        g_autofree char *entry = spn_of(listed[i], partner);
        g_ptr_array_add(account->spns, (gpointer)estate_string(estate, spn));
        g_ptr_array_add(account->delegate_to, (gpointer)estate_string(estate, entry));
    }
    return account;
}

static void
view_as_is(Replica *replica, const Account *account)
{
    ReplicaView *view = replica_add_view(replica, account);
    view->found = true;
    view->flags = account->uac;
    for (guint i = 0; i < account->spns->len; i++)
        g_ptr_array_add(view->spns, account->spns->pdata[i]);
    for (guint i = 0; i < account->delegate_to->len; i++)
        g_ptr_array_add(view->delegate_to, account->delegate_to->pdata[i]);
}

static Case
case_new(bool with_replicas)
{
    Case c = {.estate = estate_new(NOW), .policy = policy_new()};
    Domain *domain = estate_add_domain(c.estate, BASE);
    domain->dns = "contoso.com";
    g_assert_true(sid_parse_text("S-1-5-21-1-2-3", &domain->sid));
    c.estate->domain = "contoso.com";
    c.estate->dc = "dc1.contoso.com";
    c.estate->source_kind = "ldap";
    c.estate->source_uri = "ldap://dc1.contoso.com";
    c.estate->dc_clock_read = true;
    c.estate->spns_forest_wide = true;
    c.estate->domain_level = c.estate->forest_level = c.estate->dc_level = 7;
    c.estate->dcs_read = true;
    estate_add_alias_line(c.estate, "host=alerter,cifs,http");
    c.estate->aliases_read = true;
    Account *krbtgt = estate_add_account(c.estate, "CN=krbtgt,CN=Users," BASE, NULL);
    krbtgt->sam = krbtgt->name = "krbtgt";
    krbtgt->kinds = KIND_USER;
    krbtgt->sid = sid_of_rid(&domain->sid, 502);
    krbtgt->token_groups = g_array_new(FALSE, FALSE, sizeof(Sid));
    c.source = add_host(c.estate, "HV01", 1101, "HV02");
    c.target = add_host(c.estate, "HV02", 1102, "HV01");
    for (guint i = 0; with_replicas && i < 2; i++) {
        c.replicas[i] =
            estate_add_replica(c.estate, i ? "dc2.contoso.com" : "dc1.contoso.com");
        c.replicas[i]->read = true;
        view_as_is(c.replicas[i], c.source);
        view_as_is(c.replicas[i], c.target);
    }
    GroupSpec *spec = group_spec_new("check", ORIGIN_HOSTS);
    spec->names = NAMES_SHORT;
    g_ptr_array_add(spec->hosts, g_strdup("HV01"));
    g_ptr_array_add(spec->hosts, g_strdup("HV02"));
    g_ptr_array_add(c.policy->groups, spec);
    return c;
}

static void
case_ask(Case *c, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(errors_load(NULL, &c->errors, &error));
    g_assert_no_error(error);
    g_assert_true(input_read(text, strlen(text), &c->input, &error));
    c->diagnosis = diagnosis_new(c->errors, c->input);
    estate_freeze(c->estate);
    g_assert_true(audit_new(c->estate, c->policy, &c->audit, &error));
    g_assert_no_error(error);
    audit_run(c->audit);
    diagnosis_judge(c->diagnosis, c->audit, audit_pair(c->audit, c->source, c->target));
}

static void
case_free(Case *c)
{
    diagnosis_free(c->diagnosis);
    input_free(c->input);
    errors_free(c->errors);
    audit_free(c->audit);
    policy_free(c->policy);
    estate_free(c->estate);
}

static const CauseVerdict *
cause_of(const Case *c, const char *id)
{
    for (guint i = 0; i < c->diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = c->diagnosis->causes->pdata[i];
        if (strcmp(verdict->cause->id, id) == 0)
            return verdict;
    }
    g_assert_not_reached();
}

static void
test_nothing_wrong(void)
{
    Case c = case_new(true);
    case_ask(&c, "0x8009030E");
    g_assert_cmpuint(diagnosis_count(c.diagnosis, CAUSE_CONFIRMED), ==, 0);
    g_assert_cmpint(cause_of(&c, "list-migration")->status, ==, CAUSE_RULED_OUT);
    g_assert_cmpint(cause_of(&c, "replication")->status, ==, CAUSE_RULED_OUT);
    const CauseVerdict *caches = cause_of(&c, "caches");
    g_assert_cmpint(caches->status, ==, CAUSE_RULED_OUT);
    g_assert_cmpstr(((Evidence *)caches->evidence->pdata[0])->value, ==, "3 days ago");
    g_autofree char *next = diagnosis_next(c.diagnosis);
    g_assert_nonnull(strstr(next, "The directory is right for HV01 to HV02."));
    g_assert_null(strstr(next, "--all-dcs"));
    case_free(&c);
}

/* The fix was made on dc1, and dc2 does not have it yet. */
static void
test_replication_lag(void)
{
    Case c = case_new(true);
    ReplicaView *old = c.replicas[1]->views->pdata[0];
    g_ptr_array_set_size(old->delegate_to, 1);
    case_ask(&c, "0x8009030E");
    const CauseVerdict *first = c.diagnosis->causes->pdata[0];
    g_assert_cmpstr(first->cause->id, ==, "replication");
    g_assert_cmpint(first->status, ==, CAUSE_CONFIRMED);
    g_assert_nonnull(strstr(first->said, "dc2.contoso.com"));
    g_assert_cmpuint(diagnosis_count(c.diagnosis, CAUSE_CONFIRMED), ==, 1);
    /* Read from dc1 alone, the list is right. */
    g_assert_cmpint(cause_of(&c, "list-migration")->status, ==, CAUSE_RULED_OUT);
    case_free(&c);
}

/* "The directory is right, but hosts may still use cached tickets: changed 4 minutes
 * ago." */
static void
test_changed_minutes_ago(void)
{
    Case c = case_new(false);
    AttrChange change = {
        .attr = ATTR_DELEGATE_TO, .changed_us = NOW - 4 * MINUTE, .version = 3};
    c.source->changed_us = NOW - 4 * MINUTE;
    c.source->changes = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    g_array_append_val(c.source->changes, change);
    case_ask(&c, "0x8009030E");
    const CauseVerdict *caches = cause_of(&c, "caches");
    g_assert_true(caches->suspected);
    g_assert_cmpint(caches->status, ==, CAUSE_NOT_VISIBLE);
    g_assert_true(c.diagnosis->causes->pdata[0] == caches);
    g_autofree char *next = diagnosis_next(c.diagnosis);
    g_assert_nonnull(
        strstr(next, "The directory is right for HV01 to HV02, but hosts may still use "
                     "cached tickets: "
                     "msDS-AllowedToDelegateTo of HV01 was changed 4 minutes ago"));
    g_assert_nonnull(strstr(next, "--all-dcs"));
    case_free(&c);
}

/* What could not be read neither confirms nor rules out. */
static void
test_unread(void)
{
    Case c = case_new(false);
    c.source->unread |= G_GUINT64_CONSTANT(1) << ATTR_UAC;
    c.source->uac = 0;
    case_ask(&c, "0x8009030E");
    const CauseVerdict *transition = cause_of(&c, "no-transition");
    g_assert_cmpint(transition->status, ==, CAUSE_NOT_VISIBLE);
    g_assert_true(transition->unread);
    g_assert_true(diagnosis_incomplete(c.diagnosis));
    case_free(&c);
}

/* Somebody who was named and not found is not asked for again. */
static void
test_operator_not_found(void)
{
    Case c = case_new(false);
    g_ptr_array_add(c.policy->operator_users, g_strdup("nobody"));
    case_ask(&c, "0x8009030E");
    const CauseVerdict *person = cause_of(&c, "operator-sensitive");
    g_assert_cmpint(person->status, ==, CAUSE_NOT_VISIBLE);
    g_assert_cmpstr(person->said, ==, "no operator that was named was found");
    case_free(&c);
}

/* Names that the directory holds do not become words of a command. */
static void
test_hostile_names(void)
{
    Case c = case_new(false);
    c.target->name = "HV02'; rm";
    c.diagnosis = g_new0(Diagnosis, 1);
    c.diagnosis->matches = g_ptr_array_new();
    c.diagnosis->causes = g_ptr_array_new();
    Pair pair = {.source = c.source, .target = c.target};
    c.diagnosis->pair = &pair;
    g_autofree char *filled = diagnosis_fill(c.diagnosis, "setspn -L TARGET; SOURCE");
    g_assert_cmpstr(filled, ==, "setspn -L TARGET; HV01");
    diagnosis_free(c.diagnosis);
    policy_free(c.policy);
    estate_freeze(c.estate);
    estate_free(c.estate);
}

/* Every rule that a cause names is one, and every entry leads somewhere. */
static void
test_table(void)
{
    g_autoptr(Errors) errors = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(errors_load(NULL, &errors, &error));
    g_assert_no_error(error);
    g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < errors->entries->len; i++) {
        const ErrorEntry *entry = errors->entries->pdata[i];
        for (guint e = 0; e < entry->causes->len; e++)
            g_hash_table_add(used,
                             (gpointer)((CauseRef *)entry->causes->pdata[e])->cause);
    }
    for (guint i = 0; i < errors->causes->len; i++)
        if (!g_hash_table_contains(used, errors->causes->pdata[i]))
            g_error("no entry names cause %s",
                    ((const Cause *)errors->causes->pdata[i])->id);
}

/* Whatever is pasted: bounded, and nothing breaks. */
static void
test_random_input(void)
{
    static const char *const pieces[] = {"0x8009030E",
                                         "Ox",
                                         "-",
                                         "host '",
                                         "Event ID:",
                                         " ",
                                         "\n",
                                         "*",
                                         "\xff",
                                         "21502",
                                         "KDC_ERR_",
                                         "with host HV0",
                                         "999999999999999999999",
                                         "8009030e",
                                         "`",
                                         "\xe2\x80"};
    g_autoptr(Errors) errors = NULL;
    g_assert_true(errors_load(NULL, &errors, NULL));
    for (guint round = 0; round < 300; round++) {
        g_autoptr(GString) text = g_string_new("x");
        for (int i = g_test_rand_int_range(0, 30); i > 0; i--)
            g_string_append(
                text, pieces[g_test_rand_int_range(0, (gint32)G_N_ELEMENTS(pieces))]);
        g_autoptr(Input) input = NULL;
        g_assert_true(input_read(text->str, text->len, &input, NULL));
        g_autoptr(Diagnosis) diagnosis = diagnosis_new(errors, input);
        g_assert_true((diagnosis->matches->len > 0) == (diagnosis->nearest == NULL));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/diagnose/nothing-wrong", test_nothing_wrong);
    g_test_add_func("/diagnose/replication-lag", test_replication_lag);
    g_test_add_func("/diagnose/changed-minutes-ago", test_changed_minutes_ago);
    g_test_add_func("/diagnose/unread", test_unread);
    g_test_add_func("/diagnose/operator-not-found", test_operator_not_found);
    g_test_add_func("/diagnose/hostile-names", test_hostile_names);
    g_test_add_func("/diagnose/table", test_table);
    g_test_add_func("/diagnose/random-input", test_random_input);
    return g_test_run();
}
