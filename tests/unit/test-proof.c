/* Proofs: what is asked, whose pair an answer is about, and TKT-05 to TKT-07
 * over answers that a KDC could give. */
#include "audit/rules.h"
#include "model/authn.h"
#include "model/spn.h"
#include "model/trust.h"
#include "render/render.h"

#include <glib.h>
#include <string.h>

#define BASE "DC=contoso,DC=com"
#define KDC_ERR_POLICY 12
#define KDC_ERR_BADOPTION 13
#define HOST_UAC UAC_WORKSTATION
#define OPEN_UAC (UAC_WORKSTATION | UAC_T2A4D)

/* HV01 and HV02, each delegated to the other, and alice who starts migrations. */
typedef struct {
    Estate *estate;
    Policy *policy;
    Audit *audit;
    Account *hosts[2];
    Account *alice;
    Account *krbtgt;
    GPtrArray *proofs; /* of ProofEvidence * */
} Case;

static void
add_text(const Case *c, GPtrArray *list, const char *class, const char *host)
{
    g_autofree char *spn = spn_of(class, host);
    g_ptr_array_add(list, (gpointer)estate_string(c->estate, spn));
}

static Account *
add_account(const Case *c, const char *name, guint kinds, guint32 rid, guint32 uac)
{
    g_autofree char *dn = g_strdup_printf("CN=%s,CN=Users," BASE, name);
    Account *account = estate_add_account(c->estate, dn, NULL);
    account->name = account->sam = estate_string(c->estate, name);
    account->kinds = kinds;
    account->sid = sid_of_rid(&((Domain *)c->estate->domains->pdata[0])->sid, rid);
    account->primary_group = 513;
    account->token_groups = g_array_new(FALSE, FALSE, sizeof(Sid));
    account->uac = uac;
    return account;
}

static Account *
add_host(const Case *c, const char *name, guint32 rid)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    g_autofree char *dns = g_strdup_printf("%s.contoso.com", lower);
    Account *host = add_account(c, name, KIND_COMPUTER, rid, OPEN_UAC);
    host->dns = estate_string(c->estate, dns);
    host->os_version = "10.0 (20348)";
    host->etypes = 28;
    host->password_set_us = c->estate->collected_us + 1;
    add_text(c, host->spns, SPN_HOST, name);
    add_text(c, host->spns, SPN_HOST, dns);
    add_text(c, host->spns, SPN_MIGRATION, name);
    add_text(c, host->spns, SPN_MIGRATION, dns);
    return host;
}

static void
delegate(const Case *c, Account *source, const Account *target)
{
    add_text(c, source->delegate_to, SPN_CIFS, target->name);
    add_text(c, source->delegate_to, SPN_CIFS, target->dns);
    add_text(c, source->delegate_to, SPN_MIGRATION, target->name);
    add_text(c, source->delegate_to, SPN_MIGRATION, target->dns);
}

static Case
case_new(void)
{
    Case c = {.estate = estate_new(1795219200000000), .policy = policy_new()};
    Domain *domain = estate_add_domain(c.estate, BASE);
    domain->dns = c.estate->domain = "contoso.com";
    g_assert_true(sid_parse_text("S-1-5-21-1-2-3", &domain->sid));
    c.estate->source_kind = "ldap";
    c.estate->spns_forest_wide = c.estate->aliases_read = true;
    estate_add_alias_line(c.estate, "host=alerter,cifs,http");
    c.krbtgt = add_account(&c, "krbtgt", KIND_USER, 502, 0);
    c.alice = add_account(&c, "alice", KIND_USER, 1200, UAC_NORMAL);
    c.alice->password_set_us = c.estate->collected_us - G_USEC_PER_SEC;
    c.hosts[0] = add_host(&c, "HV01", 1101);
    c.hosts[1] = add_host(&c, "HV02", 1102);
    delegate(&c, c.hosts[0], c.hosts[1]);
    delegate(&c, c.hosts[1], c.hosts[0]);
    GroupSpec *spec = group_spec_new("prod", ORIGIN_CONFIG);
    g_ptr_array_add(spec->hosts, g_strdup("HV0?"));
    g_ptr_array_add(c.policy->groups, spec);
    g_ptr_array_add(c.policy->operator_users, g_strdup("alice"));
    c.proofs = g_ptr_array_new_with_free_func((GDestroyNotify)proof_evidence_free);
    return c;
}

static void
case_judge(Case *c)
{
    g_autoptr(GError) error = NULL;
    estate_freeze(c->estate);
    bool judged = audit_new(c->estate, c->policy, &c->audit, &error);
    g_assert_no_error(error);
    g_assert_true(judged);
}

/* What a KDC that follows the directory gives HV01: every ticket but those
 * whose SPN stands in `refused` ("*": all). */
static ProofEvidence *
case_prove(Case *c, const char *refused, bool forwardable)
{
    g_autoptr(GPtrArray) spns = audit_wanted_proofs(c->audit, c->hosts[0]);
    ProofEvidence *proof = g_new0(ProofEvidence, 1);
    proof->source = c->hosts[0];
    proof->user = "alice@CONTOSO.COM";
    proof->tgt_forwardable = proof->self_granted = true;
    proof->self_forwardable = forwardable;
    proof->results = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < spns->len; i++) {
        TicketEvidence *result = g_new0(TicketEvidence, 1);
        result->spn = spns->pdata[i];
        result->answered = true;
        result->granted = !g_pattern_match_simple(refused, result->spn);
        result->error_code = result->granted ? 0 : KDC_ERR_BADOPTION;
        result->error = result->granted ? NULL : "KDC_ERR_BADOPTION";
        g_ptr_array_add(proof->results, result);
    }
    g_ptr_array_add(c->proofs, proof);
    return proof;
}

static void
case_run(Case *c)
{
    audit_take_proofs(c->audit, g_steal_pointer(&c->proofs));
    audit_run(c->audit);
}

static void
case_clear(Case *c)
{
    g_clear_pointer(&c->proofs, g_ptr_array_unref);
    audit_free(c->audit);
    policy_free(c->policy);
    estate_free(c->estate);
}

static guint
count(const Case *c, const char *rule)
{
    guint found = 0;
    for (guint i = 0; i < c->audit->findings->len; i++)
        found +=
            strcmp(rule_name(((Finding *)c->audit->findings->pdata[i])->rule), rule) == 0;
    return found;
}

static void
assert_counts(const Case *c, guint self, guint refused, guint excess)
{
    g_assert_cmpuint(count(c, "TKT-05"), ==, self);
    g_assert_cmpuint(count(c, "TKT-06"), ==, refused);
    g_assert_cmpuint(count(c, "TKT-07"), ==, excess);
}

static const Finding *
finding_of(const Case *c, const char *rule)
{
    for (guint i = 0; i < c->audit->findings->len; i++)
        if (strcmp(rule_name(((Finding *)c->audit->findings->pdata[i])->rule), rule) == 0)
            return c->audit->findings->pdata[i];
    g_error("no %s", rule);
}

static void
assert_says(const Finding *finding, const char *what)
{
    g_autofree char *detail = finding_detail(finding);
    if (!strstr(detail, what))
        g_error("%s does not say \"%s\": %s", finding->id, what, detail);
}

static void
assert_says_not(const Finding *finding, const char *what)
{
    g_autofree char *detail = finding_detail(finding);
    if (strstr(detail, what))
        g_error("%s says \"%s\": %s", finding->id, what, detail);
}

/* Of HV01 to HV02, by each service; one of its reasons says `what` (NULL: none). */
static void
assert_verdict(const Case *c, Verdict verdict, const char *what)
{
    const Pair *pair = audit_pair(c->audit, c->hosts[0], c->hosts[1]);
    const ServiceVerdict *cifs = &pair->services[SERVICE_CIFS];
    bool said = what == NULL && cifs->reasons->len == 0;
    g_assert_cmpint(pair->verdict, ==, verdict);
    g_assert_cmpint(cifs->verdict, ==, verdict);
    for (guint i = 0; what && i < cifs->reasons->len; i++)
        said = said || strstr(cifs->reasons->pdata[i], what);
    if (!said)
        g_error("no reason says \"%s\"", what ? what : "");
    g_assert_cmpuint(c->audit->verdicts[verdict], >, 0);
}

/* How a rule ended for a subject; -1: it did not run. */
static int
outcome(const Case *c, const char *rule, const char *subject)
{
    for (guint i = 0; i < c->audit->outcomes->len; i++) {
        const Outcome *each = &g_array_index(c->audit->outcomes, Outcome, i);
        if (strcmp(rule_name(each->rule), rule) == 0 &&
            strcmp(each->subject, subject) == 0)
            return (int)each->status;
    }
    return -1;
}

static char *
rendered(const Case *c, const char *format, int verbose)
{
    Report report = {.audit = c->audit,
                     .tool_version = "0.1.0",
                     .started_us = c->estate->collected_us,
                     .all_pairs = true,
                     .verbose = verbose,
                     .width = 200};
    GString *out = g_string_new(NULL);
    renderer_find(format)->render(&report, out);
    return g_string_free(out, FALSE);
}

/* ---- what is asked ---- */

static void
test_every_needed_spn_is_asked(void)
{
    Case c = case_new();
    /* Also what the directory does not allow: else no excess could be seen. */
    g_ptr_array_set_size(c.hosts[0]->delegate_to, 0);
    case_judge(&c);
    g_autoptr(GPtrArray) spns = audit_wanted_proofs(c.audit, c.hosts[0]);
    g_ptr_array_add(spns, NULL);
    g_autofree char *text = g_strjoinv(",", (char **)spns->pdata);
    g_assert_cmpstr(text, ==,
                    SPN_MIGRATION "/HV02," SPN_MIGRATION "/hv02.contoso.com,"
                                  "cifs/HV02,cifs/hv02.contoso.com");
    g_autoptr(GPtrArray) none = audit_wanted_proofs(c.audit, c.alice);
    g_assert_cmpuint(none->len, ==, 0);
    case_clear(&c);
}

static void
test_not_asked_for(void)
{
    Case c = case_new();
    case_judge(&c);
    audit_run(c.audit);
    assert_counts(&c, 0, 0, 0);
    g_assert_cmpint(outcome(&c, "TKT-05", "HV01"), ==, -1);
    case_clear(&c);
}

static void
test_all_granted(void)
{
    Case c = case_new();
    case_judge(&c);
    case_prove(&c, "", true);
    case_run(&c);
    assert_counts(&c, 0, 0, 0);
    const Pair *there = audit_pair(c.audit, c.hosts[0], c.hosts[1]);
    const Pair *back = audit_pair(c.audit, c.hosts[1], c.hosts[0]);
    g_assert_cmpuint(there->proof->results->len, ==, 4);
    g_assert_null(back->proof);
    g_assert_cmpint(outcome(&c, "TKT-05", "HV01"), ==, STATUS_PASS);
    g_assert_cmpint(outcome(&c, "TKT-06", "HV01"), ==, STATUS_PASS);
    g_assert_cmpint(outcome(&c, "TKT-07", "HV01"), ==, STATUS_PASS);
    /* Not proved is no pass. */
    g_assert_cmpint(outcome(&c, "TKT-05", "HV02"), ==, STATUS_NOT_APPLICABLE);
    g_assert_cmpint(outcome(&c, "TKT-06", "HV02"), ==, STATUS_NOT_APPLICABLE);
    g_assert_cmpint(outcome(&c, "TKT-07", "HV02"), ==, STATUS_NOT_APPLICABLE);
    case_clear(&c);
}

/* ---- TKT-05 ---- */

static void
test_protocol_transition_off(void)
{
    Case c = case_new();
    c.hosts[0]->uac = HOST_UAC;
    case_judge(&c);
    case_prove(&c, "*", false);
    case_run(&c);
    assert_counts(&c, 1, 1, 0);
    const Finding *self = finding_of(&c, "TKT-05");
    g_assert_cmpstr(self->id, ==, "TKT-05:HV01");
    g_assert_cmpint(self->status, ==, STATUS_FAIL);
    g_assert_cmpint(self->severity, ==, SEVERITY_ERROR);
    assert_says(self, "no protocol transition");
    assert_says_not(self, "operator");
    /* Nobody expected the KDC to give more: who is signed in there can migrate. */
    g_assert_cmpint(audit_pair(c.audit, c.hosts[0], c.hosts[1])->verdict, ==,
                    VERDICT_DEGRADED);
    const Finding *proxy = finding_of(&c, "TKT-06");
    g_assert_cmpstr(proxy->id, ==, "TKT-06:HV01");
    g_assert_cmpstr(proxy->target, ==, "HV02");
    assert_says(proxy, "no protocol transition");
    case_clear(&c);
}

static void
test_source_sensitive(void)
{
    Case c = case_new();
    c.hosts[0]->uac |= UAC_NOT_DELEGATED;
    case_judge(&c);
    case_prove(&c, "*", false)->tgt_forwardable = false;
    case_run(&c);
    assert_says(finding_of(&c, "TKT-05"), "source host itself is marked sensitive");
    case_clear(&c);
}

static void
test_krbtgt_sensitive(void)
{
    Case c = case_new();
    c.krbtgt->uac |= UAC_NOT_DELEGATED;
    case_judge(&c);
    case_prove(&c, "*", false)->tgt_forwardable = false;
    case_run(&c);
    g_assert_cmpint(finding_of(&c, "TKT-05")->status, ==, STATUS_FAIL);
    assert_says(finding_of(&c, "TKT-05"), "krbtgt");
    case_clear(&c);
}

static void
test_operator_sensitive(void)
{
    Case c = case_new();
    c.alice->uac |= UAC_NOT_DELEGATED;
    case_judge(&c);
    case_prove(&c, "*", false);
    case_run(&c);
    assert_counts(&c, 1, 1, 0);
    assert_says(finding_of(&c, "TKT-05"), "It is the operator, not the host");
    assert_says(finding_of(&c, "TKT-05"), "alice is marked");
    assert_says(finding_of(&c, "TKT-06"), "It is the operator, neither of the hosts");
    /* What was refused to alice may be granted to others, or not. */
    assert_verdict(&c, VERDICT_UNKNOWN, "the operator alice is marked");
    g_assert_cmpint(audit_pair(c.audit, c.hosts[1], c.hosts[0])->verdict, ==,
                    VERDICT_READY);
    case_clear(&c);
}

static void
test_operator_in_protected_users(void)
{
    Case c = case_new();
    const Domain *domain = c.estate->domains->pdata[0];
    Sid protected_users = sid_of_rid(&domain->sid, 525);
    g_array_append_val(c.alice->token_groups, protected_users);
    case_judge(&c);
    case_prove(&c, "*", false);
    case_run(&c);
    assert_says(finding_of(&c, "TKT-05"), "alice is in Protected Users");
    case_clear(&c);
}

static void
test_operator_and_host(void)
{
    Case c = case_new();
    c.alice->uac |= UAC_NOT_DELEGATED;
    c.hosts[0]->uac = HOST_UAC;
    case_judge(&c);
    case_prove(&c, "*", false);
    case_run(&c);
    assert_says(finding_of(&c, "TKT-05"), "alice is marked");
    assert_says(finding_of(&c, "TKT-05"), "no protocol transition");
    assert_says_not(finding_of(&c, "TKT-05"), "not the host");
    case_clear(&c);
}

static void
test_operator_not_read(void)
{
    Case c = case_new();
    c.alice->unread = G_GUINT64_CONSTANT(1) << ATTR_UAC;
    case_judge(&c);
    case_prove(&c, "*", false);
    case_run(&c);
    assert_says(finding_of(&c, "TKT-05"),
                "whether the operator is sensitive or in Protected Users could not be "
                "read");
    case_clear(&c);
}

static void
test_probe_at_fault(void)
{
    Case c = case_new();
    case_judge(&c);
    case_prove(&c, "*", false)->tgt_forwardable = false;
    case_run(&c);
    assert_verdict(&c, VERDICT_UNKNOWN, "krb5.conf");
    /* Nothing was learned of the host: neither a pass nor a fail. */
    assert_counts(&c, 1, 0, 0);
    g_assert_cmpint(finding_of(&c, "TKT-05")->status, ==, STATUS_UNKNOWN);
    assert_says(finding_of(&c, "TKT-05"), "krb5.conf");
    g_assert_cmpint(outcome(&c, "TKT-06", "HV01"), ==, STATUS_NOT_APPLICABLE);
    case_clear(&c);
}

/* One fault does not hide the other. */
static void
test_probe_and_host(void)
{
    Case c = case_new();
    c.hosts[0]->uac = HOST_UAC;
    case_judge(&c);
    case_prove(&c, "*", false)->tgt_forwardable = false;
    case_run(&c);
    g_assert_cmpint(finding_of(&c, "TKT-05")->status, ==, STATUS_FAIL);
    assert_says(finding_of(&c, "TKT-05"), "no protocol transition");
    assert_says(finding_of(&c, "TKT-05"), "krb5.conf");
    case_clear(&c);
}

static void
test_self_refused(void)
{
    static const struct {
        gint32 code;
        const char *error;
        const char *user;
        Verdict verdict;
        const char *says;
    } refusals[] = {
        /* Of the operator: unknown to the KDC, or not let in. */
        {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN", "nobody", VERDICT_UNKNOWN, "--prove-as"},
        {18, "KDC_ERR_CLIENT_REVOKED", "alice", VERDICT_UNKNOWN, "the operator alice"},
        {23, "KDC_ERR_KEY_EXPIRED", "alice", VERDICT_UNKNOWN, "the operator alice"},
        /* Of the host: alice is there, but her groups are not for it to read. */
        {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN", "alice", VERDICT_BROKEN,
         "tokenGroupsGlobalAndUniversal"},
        {12, "KDC_ERR_POLICY", "alice", VERDICT_BROKEN, "KDC_ERR_POLICY"},
        {16, "KDC_ERR_PADATA_TYPE_NOSUPP", "alice", VERDICT_BROKEN, "PADATA"},
        {27, "KDC_ERR_MUST_USE_USER2USER", "alice", VERDICT_BROKEN, "USER2USER"},
        /* Of nobody. */
        {0, "Cannot allocate memory", "alice", VERDICT_UNKNOWN, "no KDC answered"},
        {29, "KDC_ERR_SVC_UNAVAILABLE", "alice", VERDICT_UNKNOWN, "no KDC answered"},
        {52, "KRB_ERR_RESPONSE_TOO_BIG", "alice", VERDICT_UNKNOWN, "no KDC answered"},
        {68, "KDC_ERR_WRONG_REALM", "alice", VERDICT_UNKNOWN, "no KDC answered"},
        {37, "KRB_AP_ERR_SKEW", "alice", VERDICT_UNKNOWN, "clock"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *user = g_strconcat(refusals[i].user, "@CONTOSO.COM", NULL);
        Case c = case_new();
        case_judge(&c);
        ProofEvidence *proof = case_prove(&c, "*", false);
        proof->self_granted = false;
        proof->self_error_code = refusals[i].code;
        proof->self_error = refusals[i].error;
        proof->user = user;
        g_ptr_array_set_size(proof->results, 0);
        case_run(&c);
        assert_counts(&c, 1, 0, 0);
        const Finding *finding = finding_of(&c, "TKT-05");
        Status status =
            refusals[i].verdict == VERDICT_BROKEN ? STATUS_FAIL : STATUS_UNKNOWN;
        g_assert_cmpint(finding->status, ==, status);
        assert_says(finding, refusals[i].error);
        assert_says(finding, refusals[i].says);
        assert_verdict(&c, refusals[i].verdict, refusals[i].says);
        g_assert_cmpint(outcome(&c, "TKT-06", "HV01"), ==, STATUS_NOT_APPLICABLE);
        case_clear(&c);
    }
}

/* ---- TKT-06 ---- */

static void
test_entry_missing(void)
{
    Case c = case_new();
    g_ptr_array_set_size(c.hosts[0]->delegate_to, 0);
    case_judge(&c);
    ProofEvidence *proof = case_prove(&c, "*", true);
    ((TicketEvidence *)proof->results->pdata[0])->ntstatus = 0xC00000BB;
    ((TicketEvidence *)proof->results->pdata[0])->ntstatus_name = "STATUS_NOT_SUPPORTED";
    case_run(&c);
    assert_counts(&c, 0, 4, 0);
    const Finding *finding = finding_of(&c, "TKT-06");
    g_assert_cmpstr(finding->id, ==, "TKT-06:HV01");
    g_assert_cmpstr(finding->spn, ==, SPN_MIGRATION "/HV02");
    g_assert_cmpint(finding->severity, ==, SEVERITY_ERROR);
    assert_says(finding, "KDC_ERR_BADOPTION (STATUS_NOT_SUPPORTED)");
    assert_says(finding, "is not in HV01's list");
    assert_says(finding, "HV02 grants nothing by RBCD");
    case_clear(&c);
}

/* One name form only: as much a warning as DEL-01 is. */
static void
test_short_names_only(void)
{
    Case c = case_new();
    g_ptr_array_set_size(c.hosts[0]->delegate_to, 0);
    add_text(&c, c.hosts[0]->delegate_to, SPN_CIFS, "HV02");
    add_text(&c, c.hosts[0]->delegate_to, SPN_MIGRATION, "HV02");
    case_judge(&c);
    case_prove(&c, "*.contoso.com", true);
    case_run(&c);
    assert_counts(&c, 0, 2, 0);
    g_assert_cmpint(finding_of(&c, "TKT-06")->severity, ==, SEVERITY_WARNING);
    case_clear(&c);
}

static void
test_spn_missing(void)
{
    Case c = case_new();
    g_ptr_array_set_size(c.hosts[1]->spns, 2);
    case_judge(&c);
    case_prove(&c, SPN_MIGRATION "*", true);
    case_run(&c);
    assert_counts(&c, 0, 2, 0);
    assert_says(finding_of(&c, "TKT-06"), "the SPN is on no account");
    case_clear(&c);
}

static void
test_duplicate(void)
{
    Case c = case_new();
    Account *other = add_account(&c, "svc", KIND_USER, 1300, UAC_NORMAL);
    add_text(&c, other->spns, SPN_MIGRATION, "HV02");
    case_judge(&c);
    case_prove(&c, SPN_MIGRATION "/HV02", true);
    case_run(&c);
    assert_counts(&c, 0, 1, 0);
    assert_says(finding_of(&c, "TKT-06"), "on more than one account");
    case_clear(&c);
}

static void
test_unexplained(void)
{
    Case c = case_new();
    case_judge(&c);
    case_prove(&c, "cifs/HV02", true);
    case_run(&c);
    assert_counts(&c, 0, 1, 0);
    assert_says(finding_of(&c, "TKT-06"), "the directory allows it");
    assert_verdict(&c, VERDICT_BROKEN, "the KDC refuses a ticket of alice");
    g_autofree char *text = rendered(&c, "text", 0);
    g_assert_nonnull(strstr(text, "1 of 2 migration directions fails"));
    case_clear(&c);
}

static void
test_unanswered(void)
{
    Case c = case_new();
    case_judge(&c);
    ProofEvidence *proof = case_prove(&c, "cifs/*", true);
    for (guint i = 0; i < proof->results->len; i++) {
        TicketEvidence *result = proof->results->pdata[i];
        result->answered = result->granted;
    }
    case_run(&c);
    assert_counts(&c, 0, 0, 0); /* a gap says it */
    assert_verdict(&c, VERDICT_UNKNOWN, "no KDC answered");
    case_clear(&c);
}

/* The codes of S4U2Proxy: refused to the hosts, to the operator, or to nobody. */
static void
test_codes(void)
{
    static const struct {
        gint32 code;
        const char *error;
        guint32 lacking;
        guint32 operator_uac;
        Verdict verdict;
        const char *says;
    } codes[] = {
        {12, "KDC_ERR_POLICY", 0, 0, VERDICT_BROKEN, "KDC_ERR_POLICY"},
        {12, "KDC_ERR_POLICY", 0, UAC_DISABLED, VERDICT_UNKNOWN,
         "the operator alice: its account is disabled"},
        {14, "KDC_ERR_ETYPE_NOSUPP", 0, 0, VERDICT_BROKEN, "KDC_ERR_ETYPE_NOSUPP"},
        {14, "KDC_ERR_ETYPE_NOSUPP", ETYPE_BIT_RC4, 0, VERDICT_UNKNOWN,
         "does not offer RC4-HMAC"},
        {18, "KDC_ERR_CLIENT_REVOKED", 0, 0, VERDICT_UNKNOWN, "the operator alice"},
        {23, "KDC_ERR_KEY_EXPIRED", 0, 0, VERDICT_UNKNOWN, "the operator alice"},
        {29, "KDC_ERR_SVC_UNAVAILABLE", 0, 0, VERDICT_UNKNOWN, "no KDC answered"},
        {52, "KRB_ERR_RESPONSE_TOO_BIG", 0, 0, VERDICT_UNKNOWN, "no KDC answered"},
        {68, "KDC_ERR_WRONG_REALM", 0, 0, VERDICT_UNKNOWN, "no KDC answered"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
        Case c = case_new();
        c.alice->uac |= codes[i].operator_uac;
        case_judge(&c);
        ProofEvidence *proof = case_prove(&c, "*", true);
        proof->lacking = codes[i].lacking;
        for (guint r = 0; r < proof->results->len; r++) {
            TicketEvidence *result = proof->results->pdata[r];
            result->error_code = codes[i].code;
            result->error = codes[i].error;
        }
        case_run(&c);
        assert_counts(&c, 0, 4, 0);
        assert_verdict(&c, codes[i].verdict, codes[i].says);
        Status status = codes[i].verdict == VERDICT_BROKEN ? STATUS_FAIL : STATUS_UNKNOWN;
        g_assert_cmpint(finding_of(&c, "TKT-06")->status, ==, status);
        case_clear(&c);
    }
}

/* With an enforced policy on the target it may be either's: the hosts' then. */
static void
test_policy_of_the_target(void)
{
    Case c = case_new();
    AuthnPolicy *policy = estate_add_authn_policy(c.estate, "CN=Hosts," BASE);
    policy->enforced = TRI_YES;
    policy->read[AUTHN_TO][AUTHN_COMPUTER] = TRI_YES;
    policy->descriptors[AUTHN_TO][AUTHN_COMPUTER] = g_bytes_new_static("", 1);
    c.alice->uac |= UAC_DISABLED;
    c.hosts[1]->authn_policy = policy->dn;
    c.estate->dc_level = 7;
    case_judge(&c);
    ProofEvidence *proof = case_prove(&c, "cifs/HV02", true);
    for (guint r = 0; r < proof->results->len; r++) {
        TicketEvidence *result = proof->results->pdata[r];
        result->error_code = result->granted ? 0 : KDC_ERR_POLICY;
    }
    case_run(&c);
    assert_verdict(&c, VERDICT_BROKEN, "the KDC refuses a ticket of alice");
    case_clear(&c);
}

/* What a silent KDC leaves open is not what the directory says. */
static void
test_silent(void)
{
    Case c = case_new();
    case_judge(&c);
    audit_add_silence(c.audit, c.hosts[0], "the KDC did not answer within 2 s");
    case_run(&c);
    assert_verdict(&c, VERDICT_UNKNOWN, "did not answer within 2 s");
    case_clear(&c);
}

/* A descriptor on HV02 with one ACE for HV01. */
static GBytes *
one_ace(const Case *c, guint8 type, guint32 mask)
{
    GByteArray *data = secdesc_with_grant(NULL, 0, &c->hosts[0]->sid);
    g_assert_nonnull(data);
    /* The ACE stands last: type, flags, size, mask, SID (MS-DTYP 2.4.4.2). */
    g_autoptr(GByteArray) sid = g_byte_array_new();
    sid_write(&c->hosts[0]->sid, sid);
    guint8 *ace = data->data + data->len - sid->len - 8;
    guint32 little = GUINT32_TO_LE(mask);
    ace[0] = type;
    memcpy(ace + 4, &little, sizeof little);
    return g_byte_array_free_to_bytes(data);
}

static void
test_rbcd(void)
{
    static const struct {
        guint8 type;
        guint32 mask;
        const char *says;
    } aces[] = {
        {ACE_ALLOW, 0x10,
         "grants HV01 no control access (0x100; its mask is 0x00000010)"},
        {ACE_DENY, RIGHT_RBCD_USUAL, "denies HV01 control access"},
        {ACE_ALLOW, RIGHT_GENERIC_ALL, "generic right only"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(aces); i++) {
        Case c = case_new();
        g_ptr_array_set_size(c.hosts[0]->delegate_to, 0);
        c.hosts[1]->rbcd = one_ace(&c, aces[i].type, aces[i].mask);
        case_judge(&c);
        case_prove(&c, "*", true);
        case_run(&c);
        assert_counts(&c, 0, 4, 0);
        assert_says(finding_of(&c, "TKT-06"), aces[i].says);
        case_clear(&c);
    }
    Case c = case_new();
    g_ptr_array_set_size(c.hosts[0]->delegate_to, 0);
    c.hosts[1]->rbcd = one_ace(&c, ACE_ALLOW, RIGHT_RBCD_USUAL);
    case_judge(&c);
    case_prove(&c, "", true);
    case_run(&c);
    assert_counts(&c, 0, 0, 0);
    case_clear(&c);
}

/* ---- TKT-07 ---- */

static void
test_excess(void)
{
    Case c = case_new();
    g_ptr_array_set_size(c.hosts[0]->delegate_to, 1); /* cifs/HV02 */
    case_judge(&c);
    case_prove(&c, SPN_MIGRATION "*", true);
    case_run(&c);
    assert_counts(&c, 0, 2, 1);
    const Finding *finding = finding_of(&c, "TKT-07");
    g_assert_cmpstr(finding->id, ==, "TKT-07:HV01");
    g_assert_cmpstr(finding->spn, ==, "cifs/hv02.contoso.com");
    g_assert_cmpint(finding->severity, ==, SEVERITY_CRITICAL);
    assert_says(finding, "replication");
    /* Half of what it denies is no proof of the rest. */
    g_assert_cmpint(audit_pair(c.audit, c.hosts[0], c.hosts[1])->verdict, ==,
                    VERDICT_BROKEN);
    case_clear(&c);
}

static void
test_all_of_it_granted_beyond_the_directory(void)
{
    Case c = case_new();
    g_ptr_array_set_size(c.hosts[0]->delegate_to, 0);
    case_judge(&c);
    case_prove(&c, "", true);
    case_run(&c);
    assert_counts(&c, 0, 0, 4);
    assert_verdict(&c, VERDICT_UNKNOWN, "the KDC grants every ticket");
    case_clear(&c);
}

/* Which Samba's KDC does not mind. */
static void
test_source_without_any_spn(void)
{
    Case c = case_new();
    g_ptr_array_set_size(c.hosts[0]->spns, 0);
    case_judge(&c);
    g_assert_cmpint(audit_pair(c.audit, c.hosts[0], c.hosts[1])->verdict, ==,
                    VERDICT_BROKEN);
    case_prove(&c, "", true);
    case_run(&c);
    assert_counts(&c, 0, 0, 1);
    assert_says(finding_of(&c, "TKT-07"), "the source has no SPN at all");
    assert_verdict(&c, VERDICT_UNKNOWN, "the two disagree");
    case_clear(&c);
}

/* RBCD may or may not cross the trust. */
static void
test_another_forest(void)
{
    Case c = case_new();
    Domain *other = estate_add_domain(c.estate, "DC=fabrikam,DC=com");
    Domain *home = c.estate->domains->pdata[0];
    other->dns = "fabrikam.com";
    home->forest = BASE;
    other->forest = "DC=fabrikam,DC=com";
    c.hosts[1]->dn = "CN=HV02,CN=Users,DC=fabrikam,DC=com";
    c.hosts[1]->rbcd = one_ace(&c, ACE_ALLOW, RIGHT_RBCD_USUAL);
    case_judge(&c);
    case_prove(&c, "", true);
    case_run(&c);
    assert_verdict(&c, VERDICT_UNKNOWN, "different forests");
    assert_verdict(&c, VERDICT_UNKNOWN, "KB 4033246");
    assert_verdict(&c, VERDICT_UNKNOWN, "selective authentication may forbid them");
    assert_verdict(&c, VERDICT_UNKNOWN, "TGT delegation");
    case_clear(&c);
}

/* What the trust's attributes show is told; the pair stays unknown. */
static void
test_trust_of_another_forest(void)
{
    Case c = case_new();
    Domain *other = estate_add_domain(c.estate, "DC=fabrikam,DC=com");
    Domain *home = c.estate->domains->pdata[0];
    other->dns = "fabrikam.com";
    home->forest = BASE;
    other->forest = "DC=fabrikam,DC=com";
    c.hosts[1]->dn = "CN=HV02,CN=Users,DC=fabrikam,DC=com";
    c.hosts[1]->rbcd = one_ace(&c, ACE_ALLOW, RIGHT_RBCD_USUAL);
    estate_add_trust(c.estate, "CN=contoso.com,CN=System,DC=fabrikam,DC=com")
        ->attributes = TRUST_FOREST_TRANSITIVE | TRUST_CROSS_ORGANIZATION;
    case_judge(&c);
    case_run(&c);
    assert_verdict(&c, VERDICT_UNKNOWN, "selective authentication is on");
    assert_verdict(&c, VERDICT_UNKNOWN, "whether TGTs may be delegated was not read");
    assert_verdict(&c, VERDICT_UNKNOWN, "KB 4033246");
    case_clear(&c);
}

/* What was not read may well allow it. */
static void
test_no_excess_by_what_was_not_read(void)
{
    Case c = case_new();
    g_ptr_array_set_size(c.hosts[0]->delegate_to, 0);
    c.hosts[0]->unread = G_GUINT64_CONSTANT(1) << ATTR_DELEGATE_TO;
    case_judge(&c);
    case_prove(&c, "", true);
    case_run(&c);
    assert_counts(&c, 0, 0, 0);
    case_clear(&c);
}

/* A group's mode says what is meant, not what a KDC may do. */
static void
test_no_excess_by_mode(void)
{
    Case c = case_new();
    ((GroupSpec *)c.policy->groups->pdata[0])->mode = MODE_RBCD;
    case_judge(&c);
    case_prove(&c, "", true);
    case_run(&c);
    assert_counts(&c, 0, 0, 0);
    /* And the mode says that this is not meant. */
    g_assert_cmpint(audit_pair(c.audit, c.hosts[0], c.hosts[1])->verdict, ==,
                    VERDICT_BROKEN);
    case_clear(&c);
}

/* ---- test tickets ---- */

static void
test_tickets(void)
{
    static const struct {
        gint32 code;
        bool by_host;
        Status status;
        Verdict verdict;
    } tickets[] = {
        /* The auditor alone is refused. */
        {12, false, STATUS_UNKNOWN, VERDICT_READY},
        {18, false, STATUS_UNKNOWN, VERDICT_READY},
        {23, false, STATUS_UNKNOWN, VERDICT_READY},
        {29, false, STATUS_UNKNOWN, VERDICT_READY},
        /* A host, or whoever asks. */
        {12, true, STATUS_FAIL, VERDICT_UNKNOWN},
        {7, false, STATUS_FAIL, VERDICT_UNKNOWN},
    };
    for (guint i = 0; i < G_N_ELEMENTS(tickets); i++) {
        Case c = case_new();
        GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
        TicketEvidence *ticket = g_new0(TicketEvidence, 1);
        case_judge(&c);
        ticket->spn = "cifs/HV02";
        ticket->answered = true;
        ticket->error_code = tickets[i].code;
        ticket->error = "refused";
        ticket->asker = tickets[i].by_host ? c.hosts[0] : NULL;
        g_ptr_array_add(all, ticket);
        audit_take_tickets(c.audit, all);
        audit_run(c.audit);
        const Finding *finding = finding_of(&c, "TKT-01");
        g_assert_cmpint(finding->status, ==, tickets[i].status);
        if (tickets[i].by_host)
            assert_says(finding, "by the key of HV01");
        g_assert_cmpint(audit_pair(c.audit, c.hosts[0], c.hosts[1])->verdict, ==,
                        tickets[i].verdict);
        case_clear(&c);
    }
}

/* ---- the reports ---- */

static void
assert_has(const char *text, const char *what)
{
    if (!strstr(text, what))
        g_error("\"%s\" is not in:\n%s", what, text);
}

static void
test_reports(void)
{
    Case c = case_new();
    case_judge(&c);
    ProofEvidence *proof = case_prove(&c, "cifs/HV02", true);
    for (guint i = 0; i < proof->results->len; i++) {
        TicketEvidence *result = proof->results->pdata[i];
        if (!result->granted)
            result->ntstatus = 0xC0000123; /* one without a name */
    }
    audit_add_gap(c.audit, "delegation from HV02", "not proved: needs HV02's key");
    case_run(&c);

    g_autofree char *text = rendered(&c, "text", 1);
    assert_has(text,
               "delegation of alice@CONTOSO.COM, tried for real from 1 of 2 sources: "
               "3 tickets granted, 1 refused");
    assert_has(text, "not proved: needs HV02's key");
    assert_has(text, "delegation from 1 of 2 sources: not proved");
    assert_has(text, "3 of 4 granted for alice@CONTOSO.COM; cifs/HV02 KDC_ERR_BADOPTION");

    g_autofree char *json = rendered(&c, "json", 0);
    assert_has(json, "\"user\": \"alice@CONTOSO.COM\"");
    assert_has(json, "\"self_forwardable\": true");
    assert_has(json, "\"ntstatus\": \"0xC0000123\"");
    assert_has(json, "\"proof\": null");
    const char *proofs = strstr(json, "\"proofs\"");
    g_assert_nonnull(proofs);
    assert_has(proofs, "\"granted\": 3");
    case_clear(&c);
}

static void
test_report_without_proofs(void)
{
    Case c = case_new();
    case_judge(&c);
    audit_run(c.audit);
    g_autofree char *text = rendered(&c, "text", 1);
    assert_has(text, "--prove-as USER --prove-keytab FILE");
    g_assert_null(strstr(text, "tried for real"));
    case_clear(&c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/proof/asks every needed SPN", test_every_needed_spn_is_asked);
    g_test_add_func("/proof/not asked for", test_not_asked_for);
    g_test_add_func("/proof/all granted", test_all_granted);
    g_test_add_func("/proof/self/protocol transition off", test_protocol_transition_off);
    g_test_add_func("/proof/self/source sensitive", test_source_sensitive);
    g_test_add_func("/proof/self/krbtgt sensitive", test_krbtgt_sensitive);
    g_test_add_func("/proof/self/operator sensitive", test_operator_sensitive);
    g_test_add_func("/proof/self/operator protected", test_operator_in_protected_users);
    g_test_add_func("/proof/self/operator and host", test_operator_and_host);
    g_test_add_func("/proof/self/operator not read", test_operator_not_read);
    g_test_add_func("/proof/self/probe at fault", test_probe_at_fault);
    g_test_add_func("/proof/self/probe and host", test_probe_and_host);
    g_test_add_func("/proof/self/refused", test_self_refused);
    g_test_add_func("/proof/proxy/entry missing", test_entry_missing);
    g_test_add_func("/proof/proxy/short names only", test_short_names_only);
    g_test_add_func("/proof/proxy/SPN missing", test_spn_missing);
    g_test_add_func("/proof/proxy/duplicate", test_duplicate);
    g_test_add_func("/proof/proxy/unexplained", test_unexplained);
    g_test_add_func("/proof/proxy/unanswered", test_unanswered);
    g_test_add_func("/proof/proxy/RBCD", test_rbcd);
    g_test_add_func("/proof/excess/granted beyond the directory", test_excess);
    g_test_add_func("/proof/excess/not read", test_no_excess_by_what_was_not_read);
    g_test_add_func("/proof/excess/mode", test_no_excess_by_mode);
    g_test_add_func("/proof/proxy/codes", test_codes);
    g_test_add_func("/proof/proxy/policy of the target", test_policy_of_the_target);
    g_test_add_func("/proof/silent", test_silent);
    g_test_add_func("/proof/excess/all of it",
                    test_all_of_it_granted_beyond_the_directory);
    g_test_add_func("/proof/excess/source without any SPN", test_source_without_any_spn);
    g_test_add_func("/proof/another forest", test_another_forest);
    g_test_add_func("/proof/trust of another forest", test_trust_of_another_forest);
    g_test_add_func("/proof/tickets", test_tickets);
    g_test_add_func("/proof/reports", test_reports);
    g_test_add_func("/proof/reports without", test_report_without_proofs);
    return g_test_run();
}
