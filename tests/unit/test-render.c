#include "render/render.h"

#include "audit/grouping.h"
#include "audit/rules.h"
#include "base/text.h"
#include "model/spn.h"
#include "render/page.h"
#include "render/table.h"

#include <jansson.h>
#include <string.h>

#define BASE "DC=contoso,DC=com"
#define NOON 1795219200000000 /* 2026-11-21 00:00 UTC */

/* A small estate and what one audit of it gives. */
typedef struct {
    Estate *estate;
    Policy *policy;
    Audit *audit;
    GPtrArray *fixes;
    Report report;
} Case;

static Account *
add_host(Estate *estate, const char *name)
{
    g_autofree char *dn = g_strdup_printf("CN=%s,OU=Hyper-V," BASE, name);
    g_autofree char *sam = g_strdup_printf("%s$", name);
    g_autofree char *lower = g_ascii_strdown(name, -1);
    g_autofree char *dns = g_strdup_printf("%s.contoso.com", lower);
    static const char *const classes[] = {SPN_HOST, SPN_MIGRATION, SPN_REPLICA,
                                          SPN_CONSOLE};
    Account *account = estate_add_account(estate, dn, NULL);

    account->sam = estate_string(estate, sam);
    account->name = estate_string(estate, name);
    account->dns = estate_string(estate, dns);
    account->kinds = KIND_COMPUTER;
    account->sid = sid_of_rid(&((Domain *)estate->domains->pdata[0])->sid,
                              1100 + estate->accounts->len);
    account->primary_group = 515;
    account->token_groups = g_array_new(FALSE, FALSE, sizeof(Sid));
    account->uac = UAC_WORKSTATION | UAC_T2A4D;
    account->etypes = 28;
    account->password_set_us = account->last_logon_us = NOON - G_USEC_PER_SEC;
    account->changed_us = NOON - G_GINT64_CONSTANT(86400) * G_USEC_PER_SEC;
    /* Nobody but the host itself may write to it. */
    account->security =
        g_byte_array_free_to_bytes(secdesc_with_grant(NULL, 0, &account->sid));
    account->os = "Windows Server 2022 Datacenter";
    account->os_version = "10.0 (20348)";
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *brief = spn_of(classes[i], name);
        g_autofree char *full = spn_of(classes[i], dns);

        g_ptr_array_add(account->spns, (gpointer)estate_string(estate, brief));
        g_ptr_array_add(account->spns, (gpointer)estate_string(estate, full));
    }
    return account;
}

static void
delegate(Estate *estate, Account *source, const Account *target)
{
    static const char *const classes[] = {SPN_CIFS, SPN_MIGRATION};

    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *brief = spn_of(classes[i], target->name);
        g_autofree char *full = spn_of(classes[i], target->dns);

        g_ptr_array_add(source->delegate_to, (gpointer)estate_string(estate, brief));
        g_ptr_array_add(source->delegate_to, (gpointer)estate_string(estate, full));
    }
}

/* `count` hosts HV01 ..., each delegated to every other; the group "prod" names
 * them all.  case_judge ends it, so that a test may change accounts before. */
static Case
case_new(guint count, const char *prefix)
{
    Case c = {.estate = estate_new(NOON), .policy = policy_new()};
    Domain *domain = estate_add_domain(c.estate, BASE);
    g_autoptr(GPtrArray) hosts = g_ptr_array_new();
    GroupSpec *spec = group_spec_new("prod", ORIGIN_CONFIG);

    domain->dns = "contoso.com";
    domain->netbios = "CONTOSO";
    c.estate->domain = "contoso.com";
    g_assert_true(sid_parse_text("S-1-5-21-1-2-3", &domain->sid));
    c.estate->dc_clock_read = true;
    c.estate->dc = "dc1.contoso.com";
    c.estate->source_uri = "ldap://dc1.contoso.com";
    c.estate->principal = "CONTOSO\\audit";
    c.estate->spns_forest_wide = true;
    c.estate->machine_quota = 0;
    c.estate->tier0_read = true;
    estate_add_alias_line(c.estate, "host=alerter,cifs,http");
    c.estate->aliases_read = true;
    Account *krbtgt = estate_add_account(c.estate, "CN=krbtgt,CN=Users," BASE, NULL);
    krbtgt->sam = "krbtgt";
    krbtgt->kinds = KIND_USER;
    krbtgt->sid = sid_of_rid(&domain->sid, 502);
    krbtgt->token_groups = g_array_new(FALSE, FALSE, sizeof(Sid));
    for (guint i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("%s%02u", prefix, i + 1);

        g_ptr_array_add(hosts, add_host(c.estate, name));
        g_ptr_array_add(spec->hosts, g_strdup(name));
    }
    for (guint from = 0; from < count; from++)
        for (guint to = 0; to < count; to++)
            if (from != to)
                delegate(c.estate, hosts->pdata[from], hosts->pdata[to]);
    g_ptr_array_add(c.policy->groups, spec);
    return c;
}

static Account *
case_account(const Case *c, guint number)
{
    g_autofree char *dn = g_strdup_printf("CN=HV%02u,OU=Hyper-V," BASE, number);

    return estate_add_account(c->estate, dn, NULL);
}

static void
case_judge(Case *c)
{
    g_autoptr(GError) error = NULL;
    bool judged;

    estate_freeze(c->estate);
    judged = audit_new(c->estate, c->policy, &c->audit, &error);
    g_assert_no_error(error);
    g_assert_true(judged);
    c->report = (Report){
        .audit = c->audit,
        .tool_version = "0.1.0",
        .started_us = NOON,
        .duration_ms = 1234,
        .utf8 = true,
        .width = 100,
    };
}

/* Every rule, and the fixes. */
static void
case_run(Case *c)
{
    case_judge(c);
    audit_run(c->audit);
    c->fixes = fix_plan(c->audit);
    c->report.fixes = c->fixes;
}

static void
case_clear(Case *c)
{
    g_clear_pointer(&c->fixes, g_ptr_array_unref);
    audit_free(c->audit);
    policy_free(c->policy);
    estate_free(c->estate);
}

static RuleId
rule_named(const char *id)
{
    RuleId rule = RULE_ACC_01;
    g_assert_true(rule_parse(id, &rule));
    return rule;
}

static Finding *
case_finding(Case *c, const char *rule, Severity severity, Status status,
             const char *subject, const char *target)
{
    Finding *finding =
        finding_new(rule_named(rule), severity, status, subject, target, NULL);

    g_ptr_array_add(c->audit->findings, finding);
    return finding;
}

static char *
rendered(const Report *report, const char *format)
{
    GString *out = g_string_new(NULL);
    const Renderer *renderer = renderer_find(format);

    findings_name(report->audit->findings);
    g_assert_nonnull(renderer);
    renderer->render(report, out);
    if (g_test_verbose())
        g_test_message("%s", out->str);
    return g_string_free(out, FALSE);
}

static guint
occurrences(const char *text, const char *what)
{
    guint count = 0;

    for (const char *at = strstr(text, what); at; at = strstr(at + strlen(what), what))
        count++;
    return count;
}

static void
assert_has(const char *text, const char *what)
{
    if (!strstr(text, what))
        g_error("\"%s\" is not in:\n%s", what, text);
}

static void
assert_has_not(const char *text, const char *what)
{
    if (strstr(text, what))
        g_error("\"%s\" is in:\n%s", what, text);
}

static json_t *
parsed(const char *text)
{
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    if (!root)
        g_error("line %d: %s in:\n%s", error.line, error.text, text);
    return root;
}

static json_int_t
number_at(json_t *root, const char *object, const char *key)
{
    json_t *value = json_object_get(json_object_get(root, object), key);

    g_assert_true(json_is_integer(value));
    return json_integer_value(value);
}

/* JSON */

static void
test_json_order(void)
{
    static const char *const keys[] = {"schema",    "tool",     "run",      "summary",
                                       "groups",    "hosts",    "left_out", "pairs",
                                       "lacks",     "edges",    "chains",   "cut",
                                       "fix_first", "findings", "fixes",    "waivers"};
    Case c = case_new(3, "HV");
    guint place = 0;
    const char *key;
    json_t *value;

    g_ptr_array_set_size(case_account(&c, 3)->spns, 2); /* no Migration SPN */
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "json");
    json_t *root = parsed(text);

    json_object_foreach(root, key, value) g_assert_cmpstr(key, ==, keys[place++]);
    g_assert_cmpuint(place, ==, G_N_ELEMENTS(keys));
    g_assert_true(g_str_has_suffix(text, "\n}\n"));
    assert_has(text, "\n  \"run\": {\n    \"started\": \"2026-11-21T00:00:00Z\",\n"
                     "    \"duration_ms\": 1234,\n");
    assert_has(text, "\"principal\": \"CONTOSO\\\\audit\"");
    json_decref(root);
    case_clear(&c);
}

/* Indented as jansson would indent the whole. */
static void
test_json_indent(void)
{
    Case c = case_new(3, "HV");

    g_ptr_array_set_size(case_account(&c, 3)->spns, 2);
    case_run(&c);
    c.report.all_pairs = true;
    g_autofree char *text = rendered(&c.report, "json");
    json_t *root = parsed(text);
    char *again = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    g_autofree char *line = g_strconcat(again, "\n", NULL);

    g_assert_cmpstr(text, ==, line);
    free(again);
    json_decref(root);
    case_clear(&c);
}

static void
test_json_pairs(void)
{
    Case c = case_new(3, "HV");

    g_ptr_array_set_size(case_account(&c, 3)->spns, 2);
    case_run(&c);
    g_autofree char *some = rendered(&c.report, "json");
    c.report.all_pairs = true;
    g_autofree char *all = rendered(&c.report, "json");
    json_t *some_root = parsed(some);
    json_t *all_root = parsed(all);
    json_t *pairs = json_object_get(some_root, "pairs");

    /* HV01 and HV02 to HV03 are broken, the other four are ready. */
    g_assert_cmpuint(json_array_size(pairs), ==, 2);
    g_assert_cmpstr(
        json_string_value(json_object_get(json_array_get(pairs, 0), "source")), ==,
        "HV01");
    g_assert_cmpstr(
        json_string_value(json_object_get(json_array_get(pairs, 0), "target")), ==,
        "HV03");
    g_assert_cmpuint(json_array_size(json_object_get(all_root, "pairs")), ==, 6);
    g_assert_cmpint(number_at(some_root, "summary", "pairs"), ==, 6);
    g_assert_cmpint(number_at(some_root, "summary", "ready"), ==, 4);
    g_assert_cmpint(number_at(some_root, "summary", "broken"), ==, 2);
    g_assert_cmpint(number_at(some_root, "summary", "hosts"), ==, 3);
    json_decref(some_root);
    json_decref(all_root);
    case_clear(&c);
}

static void
test_json_evidence(void)
{
    Case c = case_new(2, "HV");

    case_judge(&c);
    Finding *finding =
        case_finding(&c, "DEL-05", SEVERITY_ERROR, STATUS_FAIL, "HV01", NULL);
    finding_evidence(finding, "once", "a");
    finding_evidence(finding, "thrice", "b");
    finding_evidence(finding, "thrice", "c");
    finding_evidence(finding, "thrice", "d");
    g_autofree char *text = rendered(&c.report, "json");
    json_t *root = parsed(text);
    json_t *evidence =
        json_object_get(json_array_get(json_object_get(root, "findings"), 0), "evidence");

    g_assert_cmpstr(json_string_value(json_object_get(evidence, "once")), ==, "a");
    g_assert_cmpuint(json_array_size(json_object_get(evidence, "thrice")), ==, 3);
    g_assert_cmpstr(
        json_string_value(json_array_get(json_object_get(evidence, "thrice"), 2)), ==,
        "d");
    json_decref(root);
    case_clear(&c);
}

static void
test_json_hostile(void)
{
    Case c = case_new(2, "HV");

    case_account(&c, 1)->os = "\xff\xfe bad \xc2\x9b"
                              "31m \xe2\x80\xae \x1b[2J \x7f";
    case_judge(&c);
    Finding *finding =
        case_finding(&c, "DEL-05", SEVERITY_ERROR, STATUS_FAIL, "HV01", "\xe9");
    finding_evidence(finding, "key \xff", "value \xff");
    g_autofree char *text = rendered(&c.report, "json");
    json_t *root = parsed(text);
    const char *os = json_string_value(
        json_object_get(json_array_get(json_object_get(root, "hosts"), 0), "os"));

    g_assert_true(g_utf8_validate(text, -1, NULL));
    /* Nothing a terminal acts on, and nothing lost either. */
    assert_has_not(text, "\xc2\x9b");
    assert_has_not(text, "\xe2\x80\xae");
    assert_has_not(text, "\x1b");
    assert_has_not(text, "\x7f");
    assert_has(os, " bad \xc2\x9b"
                   "31m \xe2\x80\xae \x1b[2J \x7f");
    json_decref(root);
    case_clear(&c);
}

static void
test_json_unanswered(void)
{
    Case c = case_new(2, "HV");
    GPtrArray *tickets = g_ptr_array_new_with_free_func(g_free);
    TicketEvidence *granted = g_new0(TicketEvidence, 1);
    TicketEvidence *lost = g_new0(TicketEvidence, 1);

    *granted = (TicketEvidence){.spn = "cifs/HV01",
                                .granted = true,
                                .answered = true,
                                .etype = 18,
                                .kvno = 4,
                                .ms = 2.5};
    *lost = (TicketEvidence){.spn = "cifs/HV02", .error = "Cannot contact any KDC"};
    g_ptr_array_add(tickets, granted);
    g_ptr_array_add(tickets, lost);
    case_judge(&c);
    audit_take_tickets(c.audit, tickets);
    g_autofree char *text = rendered(&c.report, "json");
    json_t *root = parsed(text);
    json_t *run = json_object_get(root, "run");

    g_assert_true(json_is_false(json_object_get(run, "complete")));
    assert_has(text, "\"what\": \"ticket for cifs/HV02\"");
    assert_has(text, "\"result\": \"granted\"");
    assert_has(text, "\"enctype\": \"aes256-cts-hmac-sha1-96\"");
    assert_has_not(text, "\"result\": \"refused\"");
    json_decref(root);
    case_clear(&c);
}

/* What no KDC answered is a gap, wherever gaps are told. */
static void
test_unanswered_is_a_gap(void)
{
    static const struct {
        const char *format;
        const char *told;
    } rows[] = {
        {"text", "  ticket for cifs/HV02: Cannot contact any KDC\n"},
        {"html", "<li>ticket for cifs/HV02: Cannot contact any KDC</li>"},
        {"html", "<dt>ticket for cifs/HV02</dt>\n<dd>Cannot contact any KDC</dd>"},
        {"junit", "name=\"ticket for cifs/HV02\""},
    };
    Case c = case_new(2, "HV");
    GPtrArray *tickets = g_ptr_array_new_with_free_func(g_free);
    TicketEvidence *lost = g_new0(TicketEvidence, 1);

    *lost = (TicketEvidence){.spn = "cifs/HV02", .error = "Cannot contact any KDC"};
    g_ptr_array_add(tickets, lost);
    case_judge(&c);
    audit_take_tickets(c.audit, tickets);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = rendered(&c.report, rows[i].format);

        assert_has(text, rows[i].told);
    }
    c.report.quiet = true;
    g_autofree char *quiet = rendered(&c.report, "text");
    assert_has(quiet, "not read: ticket for cifs/HV02");
    case_clear(&c);
}

static void
test_json_unread(void)
{
    Case c = case_new(2, "HV");

    case_account(&c, 1)->unread |= NEEDS(ATTR_UAC);
    estate_add_gap(c.estate, "userAccountControl of HV01", "no right to read it");
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "json");
    json_t *root = parsed(text);

    g_assert_true(json_is_null(
        json_object_get(json_array_get(json_object_get(root, "hosts"), 0), "enabled")));
    g_assert_true(
        json_is_false(json_object_get(json_object_get(root, "run"), "complete")));
    g_assert_cmpint(number_at(root, "summary", "ready"), <, 2);
    json_decref(root);
    case_clear(&c);
}

/* Text */

static void
test_text_ready(void)
{
    Case c = case_new(3, "HV");

    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");

    assert_has(text, "READY     all 6 migration directions work\n");
    assert_has(text, "findings: none\n");
    assert_has(text, "Checked");
    assert_has(text, "3 hosts, 6 pairs, 18 SPNs");
    assert_has(text, "tickets: no test tickets were requested");
    assert_has_not(text, " fix  ");
    assert_has_not(text, "klist");
    case_clear(&c);
}

static void
test_text_broken(void)
{
    Case c = case_new(3, "HV");

    g_ptr_array_set_size(case_account(&c, 3)->spns, 2);
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");
    const char *headline = strstr(text, "BROKEN");

    /* The answer comes before everything else. */
    g_assert_nonnull(headline);
    g_assert_cmpuint((gsize)(headline - text), <, 200);
    assert_has(text, "2 of 6 migration directions fail");
    assert_has(text, "  HV01       ·     ✓     ✗\n");
    assert_has(text, "  HV03       ✓     ✓     ·\n");
    assert_has(text,
               "setspn -S \"Microsoft Virtual System Migration Service/HV03\" HV03\n");
    assert_has(text, "klist purge -li 0x3e7");
    case_clear(&c);
}

static void
test_text_signed_in(void)
{
    Case c = case_new(2, "HV");

    case_account(&c, 1)->uac = UAC_WORKSTATION;
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");

    assert_has(text,
               "DEGRADED  1 of 2 migration directions works only when started on the "
               "source host itself");
    assert_has(text, "1 ready, 1 degraded");
    case_clear(&c);
}

static void
test_text_quiet(void)
{
    Case c = case_new(2, "HV");

    case_account(&c, 2)->spns->len = 2;
    case_run(&c);
    c.report.quiet = true;
    g_autofree char *text = rendered(&c.report, "text");

    assert_has(text, "BROKEN");
    g_assert_cmpuint(occurrences(text, "\n"), ==, 3);
    assert_has_not(text, "setspn");
    case_clear(&c);
}

static void
test_text_ascii(void)
{
    Case c = case_new(3, "HV");

    case_account(&c, 1)->os = "Windows Server\xc2\xae 2022";
    g_ptr_array_set_size(case_account(&c, 3)->spns, 2);
    case_run(&c);
    c.report.utf8 = false;
    c.report.verbose = 1;
    g_autofree char *text = rendered(&c.report, "text");

    for (const char *at = text; *at; at++)
        g_assert_cmpint((guchar)*at, <, 0x80);
    assert_has(text, "  HV01       .     +     X\n");
    assert_has(text, "Windows Server<U+00AE> 2022");
    case_clear(&c);
}

static void
test_text_color(void)
{
    Case c = case_new(2, "HV");

    case_run(&c);
    g_autofree char *plain = rendered(&c.report, "text");
    c.report.color = true;
    g_autofree char *color = rendered(&c.report, "text");
    g_autoptr(GRegex) sgr = g_regex_new("\033\\[[0-9;]*m", 0, 0, NULL);
    g_autofree char *stripped = g_regex_replace_literal(sgr, color, -1, 0, "", 0, NULL);

    assert_has_not(plain, "\033");
    assert_has(color, "\033[32mREADY\033[0m");
    g_assert_cmpstr(stripped, ==, plain);
    case_clear(&c);
}

static void
test_text_hostile(void)
{
    Case c = case_new(2, "HV");

    case_account(&c, 1)->os = "\x1b]0;owned\x07";
    case_judge(&c);
    Finding *finding = case_finding(&c, "DEL-05", SEVERITY_ERROR, STATUS_FAIL,
                                    "HV01\x1b[2J", "t\xe2\x80\xaegpj\n\nREADY");
    finding_say(finding, "title", "detail \x1b[31m \xff %s", "\r");
    finding_evidence(finding, "k\x1b", "v\x9b");
    c.report.verbose = 1;
    g_autofree char *text = rendered(&c.report, "text");

    assert_has_not(text, "\x1b");
    assert_has_not(text, "\x07");
    assert_has_not(text, "\r");
    assert_has_not(text, "\xe2\x80\xae");
    assert_has_not(text, "\n\nREADY");
    g_assert_true(g_utf8_validate(text, -1, NULL));
    case_clear(&c);
}

/* One finding per target becomes one block that names the targets, with its
 * fix once. */
static void
test_text_folded(void)
{
    Case c = case_new(5, "HV");

    g_ptr_array_set_size(case_account(&c, 1)->delegate_to, 0);
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");

    g_assert_cmpuint(occurrences(text, "DEL-01  "), ==, 1);
    assert_has(text, "→ HV02, HV03, HV04, HV05");
    g_assert_cmpuint(occurrences(text, "Set-ADComputer"), ==, 1);
    assert_has(text, "as DEL-01 of HV01 says");
    case_clear(&c);
}

/* One slip on many hosts is told once, and mended for each. */
static void
test_text_subjects_folded(void)
{
    Case c = case_new(5, "HV");

    for (guint i = 1; i <= 4; i++)
        case_account(&c, i)->uac = UAC_WORKSTATION;
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");
    c.report.verbose = 1;
    g_autofree char *verbose = rendered(&c.report, "text");

    assert_has(text, "\nHV01, HV02, HV03, HV04\n");
    g_assert_cmpuint(occurrences(text, " DEL-03  "), ==, 1);
    g_assert_cmpuint(occurrences(text, "-TrustedToAuthForDelegation $true"), ==, 4);
    g_assert_cmpuint(occurrences(verbose, " DEL-03  "), ==, 4);
    g_assert_cmpuint(occurrences(verbose, "-TrustedToAuthForDelegation $true"), ==, 4);
    case_clear(&c);
}

static void
test_text_order(void)
{
    Case c = case_new(3, "HV");

    case_judge(&c);
    finding_say(case_finding(&c, "DEL-06", SEVERITY_WARNING, STATUS_FAIL, "HV01", NULL),
                "minor", " ");
    finding_say(case_finding(&c, "DEL-01", SEVERITY_ERROR, STATUS_UNKNOWN, "HV02", NULL),
                "dark", "msDS-AllowedToDelegateTo of HV02 could not be read");
    finding_say(case_finding(&c, "DEL-04", SEVERITY_CRITICAL, STATUS_FAIL, "HV03", NULL),
                "grave", " ");
    Finding *waived =
        case_finding(&c, "DEL-07", SEVERITY_CRITICAL, STATUS_FAIL, "HV01", "FILESRV");
    finding_say(waived, "forgiven", " ");
    finding_waive(waived, NULL, "backup job, change 4711", "2027-03-31");
    g_autofree char *text = rendered(&c.report, "text");

    g_assert_true(strstr(text, "grave") < strstr(text, "dark"));
    g_assert_true(strstr(text, "dark") < strstr(text, "minor"));
    assert_has(text, "  unknown   DEL-01  dark\n");
    assert_has(text, "could not be read");
    assert_has_not(text, "forgiven");
    assert_has(text,
               "  DEL-07  HV01 → FILESRV  backup job, change 4711 (until 2027-03-31)\n");
    assert_has(text,
               "findings: 1 critical, 1 warning, 1 not determined (1 more waived)\n");
    case_clear(&c);
}

/* No line but a command is wider than the terminal. */
static void
test_text_width(void)
{
    static const int widths[] = {60, 80, 100, 132};

    for (guint i = 0; i < G_N_ELEMENTS(widths); i++) {
        Case c = case_new(12, "HYPERVISOR-");

        estate_add_gap(
            c.estate, "the Global Catalog of contoso.com",
            "dc9.contoso.com:3268 does not answer, so an owner of an SPN in another "
            "domain would not be seen");
        case_run(&c);
        c.report.width = widths[i];
        g_autofree char *text = rendered(&c.report, "text");
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (guint line = 0; lines[line]; line++)
            g_assert_cmpuint(text_width(lines[line]), <=, (gsize)widths[i]);
        case_clear(&c);
    }
}

static void
test_text_matrix_numbers(void)
{
    Case c = case_new(12, "HYPERVISOR-");

    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");

    assert_has(text, "From \\ To         1  2  3  4  5  6  7  8  9  10 11 12\n");
    assert_has(text, "   1 HYPERVISOR-01  ·  ✓  ✓");
    assert_has(text, "  12 HYPERVISOR-12  ✓  ✓  ✓");
    case_clear(&c);
}

/* With more than twelve hosts only what is not ready is told, each pair once. */
static void
test_text_slips(void)
{
    Case c = case_new(40, "HV");

    for (guint host = 7; host <= 27; host++)
        g_ptr_array_set_size(case_account(&c, host)->delegate_to, 0);
    g_ptr_array_set_size(case_account(&c, 3)->spns, 2); /* no Migration SPN */
    g_ptr_array_set_size(case_account(&c, 1)->delegate_to,
                         (gint)case_account(&c, 1)->delegate_to->len - 8);
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");

    assert_has(text, "as source  HV07 to HV27 (21 hosts): every direction is broken\n");
    assert_has(text, "as target  HV03: every other direction is broken\n");
    assert_has(text, "as source  HV01: broken to HV39, HV40\n");
    assert_has(text, "  The 721 other directions are ready.\n");
    assert_has_not(text, "From \\ To");
    case_clear(&c);
}

static void
test_text_slips_many(void)
{
    Case c = case_new(40, "HV");

    for (guint host = 1; host <= 30; host++)
        g_ptr_array_set_size(case_account(&c, host)->delegate_to, 4 * (gint)host);
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");

    assert_has(text, "more directions that are not ready have other ends; the ");
    case_clear(&c);
}

/* File servers are targets only. */
static void
test_text_storage(void)
{
    Case c = case_new(2, "HV");
    GroupSpec *spec = c.policy->groups->pdata[0];
    Account *server = add_host(c.estate, "SOFS01");

    g_ptr_array_set_size(server->spns, 2);
    g_ptr_array_add(spec->storage, g_strdup("SOFS01"));
    delegate(c.estate, case_account(&c, 1), server);
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");
    g_autofree char *json = rendered(&c.report, "json");

    assert_has(text, "2 hosts and 1 file server · 4 pairs: 3 ready, 1 broken\n");
    assert_has(text, "  From \\ To  HV01  HV02  SOFS01\n"
                     "  HV01       ·     ✓     ✓\n"
                     "  HV02       ✓     ·     ✗\n\n");
    assert_has(json, "\"source\": \"HV02\",\n      \"target\": \"SOFS01\"");
    assert_has_not(json, "\"migration\"");
    case_clear(&c);
}

static void
test_text_no_pairs(void)
{
    Case c = case_new(0, "HV");

    g_ptr_array_set_size(c.policy->groups, 0);
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");

    assert_has(text, "NO PAIRS");
    assert_has(text, "No enabled computer in contoso.com holds a Hyper-V SPN");
    assert_has(text, "--host HV01");
    assert_has_not(text, "READY");
    case_clear(&c);
}

static void
test_text_gap(void)
{
    Case c = case_new(2, "HV");

    estate_add_gap(c.estate, "dead Global Catalog", "no answer");
    case_run(&c);
    g_autofree char *text = rendered(&c.report, "text");

    assert_has(text, "some other evidence could not be read");
    assert_has(text, "  dead Global Catalog: no answer\n");

    c.report.quiet = true;
    g_autofree char *quiet = rendered(&c.report, "text");
    assert_has(quiet, "  not read: dead Global Catalog: no answer\n");
    case_clear(&c);
}

static void
test_text_verbose(void)
{
    Case c = case_new(2, "HV");

    case_run(&c);
    c.report.verbose = 1;
    g_autofree char *text = rendered(&c.report, "text");

    assert_has(text, "cifs/HV01");
    assert_has(text, "alias");
    assert_has(text, "delegation: kcd, protocol-transition");
    assert_has(text, "✓ HV01 → HV02  cifs kcd · migration kcd\n");
    case_clear(&c);
}

/* Page and table */

static void
test_page_flow(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Page page = page_of(out, 40, false, true);

    page_tab(&page, 2);
    page_put(&page, STYLE_PLAIN, "label");
    page_tab(&page, 10);
    page_flow(&page, 10, STYLE_PLAIN, "one two three four five six seven eight");
    page_end(&page);
    g_assert_cmpstr(out->str, ==,
                    "  label   one two three four five six\n"
                    "          seven eight\n");
}

/* A time is not broken between its parts. */
static void
test_page_piece(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Page page = page_of(out, 40, false, true);

    page_flow(&page, 2, STYLE_PLAIN, "contoso.com via dc1");
    page_piece(&page, 2, STYLE_PLAIN, "   2026-11-21 UTC");
    page_end(&page);
    page_flow(&page, 2, STYLE_PLAIN, "contoso.com via dc1.contoso.com");
    page_piece(&page, 2, STYLE_PLAIN, "   2026-11-21 UTC");
    page_end(&page);
    g_assert_cmpstr(out->str, ==,
                    "contoso.com via dc1   2026-11-21 UTC\n"
                    "contoso.com via dc1.contoso.com\n"
                    "  2026-11-21 UTC\n");
}

static void
test_page_long_word(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Page page = page_of(out, 40, false, true);
    static const char word[] =
        "cifs/a-name-that-is-far-longer-than-the-line-allows.contoso.com";

    page_say(&page, 4, STYLE_PLAIN, "look at %s now", word);
    page_end(&page);
    g_assert_cmpstr(
        out->str, ==,
        "look at\n"
        "    cifs/a-name-that-is-far-longer-than-the-line-allows.contoso.com\n"
        "    now\n");
}

static void
test_table(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Page page = page_of(out, 80, false, true);
    g_autoptr(Table) table = table_new(2, 1);

    table_add(table, STYLE_PLAIN, "a");
    table_add(table, STYLE_PLAIN, "x");
    table_add(table, STYLE_PLAIN, "日本");
    table_add(table, STYLE_PLAIN, NULL);
    table_draw(table, &page);
    g_assert_cmpstr(out->str, ==, " a     x\n 日本\n");
}

static void
test_renderers(void)
{
    g_assert_null(renderer_find("pdf"));
    for (const Renderer *renderer = renderers; renderer->name; renderer++) {
        Case c = case_new(2, "HV");

        case_run(&c);
        g_autofree char *text = rendered(&c.report, renderer->name);
        g_assert_true(g_str_has_suffix(text, "\n"));
        /* Not in a table of findings that is empty, nor among mere counts. */
        if (strcmp(renderer->name, "csv") != 0 && !renderer->shared)
            assert_has(text, "contoso.com");
        case_clear(&c);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render/renderers", test_renderers);
    g_test_add_func("/render/json/order", test_json_order);
    g_test_add_func("/render/json/indent", test_json_indent);
    g_test_add_func("/render/json/pairs", test_json_pairs);
    g_test_add_func("/render/json/evidence", test_json_evidence);
    g_test_add_func("/render/json/hostile", test_json_hostile);
    g_test_add_func("/render/json/unanswered", test_json_unanswered);
    g_test_add_func("/render/unanswered", test_unanswered_is_a_gap);
    g_test_add_func("/render/json/unread", test_json_unread);
    g_test_add_func("/render/text/ready", test_text_ready);
    g_test_add_func("/render/text/broken", test_text_broken);
    g_test_add_func("/render/text/signed-in", test_text_signed_in);
    g_test_add_func("/render/text/quiet", test_text_quiet);
    g_test_add_func("/render/text/ascii", test_text_ascii);
    g_test_add_func("/render/text/color", test_text_color);
    g_test_add_func("/render/text/hostile", test_text_hostile);
    g_test_add_func("/render/text/folded", test_text_folded);
    g_test_add_func("/render/text/subjects-folded", test_text_subjects_folded);
    g_test_add_func("/render/text/order", test_text_order);
    g_test_add_func("/render/text/width", test_text_width);
    g_test_add_func("/render/text/matrix-numbers", test_text_matrix_numbers);
    g_test_add_func("/render/text/slips", test_text_slips);
    g_test_add_func("/render/text/slips-many", test_text_slips_many);
    g_test_add_func("/render/text/storage", test_text_storage);
    g_test_add_func("/render/text/no-pairs", test_text_no_pairs);
    g_test_add_func("/render/text/gap", test_text_gap);
    g_test_add_func("/render/text/verbose", test_text_verbose);
    g_test_add_func("/render/page/flow", test_page_flow);
    g_test_add_func("/render/page/piece", test_page_piece);
    g_test_add_func("/render/page/long-word", test_page_long_word);
    g_test_add_func("/render/table", test_table);
    return g_test_run();
}
