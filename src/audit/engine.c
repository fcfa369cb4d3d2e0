/* Runs the table of rules.  A finding exists before its evidence: what a rule
 * needs and could not be read ends as unknown, never as silence. */
#include "audit/declared.h"
#include "audit/rules.h"
#include "base/hash.h"
#include "base/text.h"
#include "derived.h"

#include <string.h>

struct Sink {
    GPtrArray *findings;
    const Rule *rule;
    Status worst; /* of what this call of the check added */
    bool not_asked;
    bool unread;        /* the evidence: the check was not called */
    const char *ran_on; /* as Finding has it */
    const char *ran_towards;
};

static Finding *
sink_add(Sink *sink, Severity severity, Status status, const About *whom)
{
    const char *target = whom->target_name ? whom->target_name
                         : whom->target    ? whom->target->name
                                           : NULL;
    Finding *finding =
        finding_new((RuleId)(sink->rule - rules), severity, status,
                    whom->name ? whom->name : whom->account->name, target, whom->spn);
    finding->subject_account = whom->account;
    finding->target_account = whom->target;
    finding->ran_on = sink->ran_on;
    finding->ran_towards = sink->ran_towards;
    g_ptr_array_add(sink->findings, finding);
    if (sink->worst != STATUS_FAIL)
        sink->worst = status;
    return finding;
}

Finding *
sink_fail(Sink *sink, Severity severity, About whom)
{
    return sink_add(sink, severity, STATUS_FAIL, &whom);
}

Finding *
sink_unknown(Sink *sink, About whom)
{
    return sink_add(sink, sink->rule->severity, STATUS_UNKNOWN, &whom);
}

void
sink_not_applicable(Sink *sink)
{
    if (sink->worst == STATUS_PASS)
        sink->worst = STATUS_NOT_APPLICABLE;
}

void
sink_not_asked(Sink *sink)
{
    sink_not_applicable(sink);
    sink->not_asked = true;
}

static bool
unread_any(const Account *account, guint64 needs)
{
    return (account->unread & needs & (NEEDS(ATTR_COUNT) - 1)) != 0;
}

/* The attributes of `needs` that were not read, by name (transfer full), or
 * NULL. */
static char *
unread_names(const Account *account, guint64 needs)
{
    GString *names = NULL;
    if (!unread_any(account, needs))
        return NULL;
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++) {
        if ((needs & NEEDS(attr)) == 0 || account_knows(account, attr))
            continue;
        if (!names)
            names = g_string_new(NULL);
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", attr_name(attr));
    }
    return names ? g_string_free(names, FALSE) : NULL;
}

bool
sink_knows(Sink *sink, const Audit *audit, const Account *account, guint64 needs)
{
    const Estate *estate = audit->estate;
    g_autofree char *names = unread_names(account, needs);
    if (!names)
        return true;
    g_autofree char *key = g_strdup_printf("%s of %s", names, account->name);
    Finding *finding = sink_unknown(sink, about(account));
    g_autofree char *title = g_strdup_printf("Not known: %s", sink->rule->title);
    finding_say(finding, title, "%s of %s %s, so this cannot be told. %s", names,
                account->name, estate_unread(estate),
                estate_is_export(estate)
                    ? "Add it to ldifde -l, or export it as an administrator."
                    : "Read it with an account that may, then audit again.");
    finding_evidence(finding, key,
                     estate_is_export(estate) ? "not exported" : "not read");
    return false;
}

/* fail > unknown > pass > not applicable */
static Status
worse_outcome(Status a, Status b)
{
    static const int weight[] = {[STATUS_PASS] = 1,
                                 [STATUS_FAIL] = 3,
                                 [STATUS_UNKNOWN] = 2,
                                 [STATUS_NOT_APPLICABLE] = 0};
    return weight[b] > weight[a] ? b : a;
}

/* One rule after another. */
typedef struct {
    Audit *audit;
    const Rule *rule;
    GHashTable *latest; /* subject -> guint *: the place of its last outcome, of whatever
                         * rule */
    guint begins;       /* the place of the rule's first */
} Run;

/* One outcome per rule and subject: the worst of its pairs. */
static void
record(const Run *run, const char *subject, Status status)
{
    GArray *outcomes = run->audit->outcomes;
    guint *place = g_hash_table_lookup(run->latest, subject);
    if (place && *place >= run->begins) {
        Outcome *outcome = &g_array_index(outcomes, Outcome, *place);
        outcome->status = worse_outcome(outcome->status, status);
        return;
    }
    if (!place) {
        place = g_new(guint, 1);
        g_hash_table_insert(run->latest, (gpointer)subject, place);
    }
    *place = outcomes->len;
    Outcome outcome = {subject, (RuleId)(run->rule - rules), status};
    g_array_append_val(outcomes, outcome);
}

/* Whether this audit was to gather what the rule is about. */
static bool
is_asked(const Audit *audit, const Rule *rule)
{
    return !((rule->needs & NEEDS_TICKETS) != 0 && !audit->tickets) &&
           !((rule->needs & NEEDS_PROOFS) != 0 && !audit->proofs) &&
           !((rule->needs & NEEDS_GPO) != 0 && !audit->gpos) &&
           !((rule->needs & NEEDS_NET) != 0 && !audit->net) &&
           !((rule->needs & NEEDS_FACTS) != 0 && !audit->facts);
}

/* A sink for one call of the check. */
static Sink
sink_for(GPtrArray *findings, const Rule *rule, const RuleOn *on)
{
    Sink sink = {.findings = findings, .rule = rule, .worst = STATUS_PASS};
    if (on->machine)
        sink.ran_on = on->machine->name;
    if (on->host)
        sink.ran_on = on->host->account->name;
    if (on->edge) {
        sink.ran_on = on->edge->source.name;
        sink.ran_towards = on->edge->id;
    }
    if (on->pair) {
        sink.ran_on = on->pair->source->name;
        sink.ran_towards = on->pair->target->name;
    }
    return sink;
}

/* A group has nothing but what it is let in to. */
static bool
is_asked_of_groups(const Rule *rule)
{
    return rule == &rules[RULE_DEL_07] || rule == &rules[RULE_DEL_08];
}

/* Whether the rule is about what this account does: of those that are no hosts, by what
 * its findings concern.  What the Global Catalog does not hold is nobody's fault. */
static bool
applies_to(const Audit *audit, const Rule *rule, const Host *host)
{
    const Account *account = host->account;
    bool source = host->delegates != 0 || account_flag(account, UAC_T2A4D) == TRI_YES;
    if (!host->outside || (rule == &rules[RULE_DEL_14] && demands_of(audit, account)))
        return true;
    if ((account->kinds & KIND_GROUP) != 0)
        return is_asked_of_groups(rule);
    if (account->partial && unread_any(account, rule->needs))
        return false;
    return (source && (rule->concerns & CONCERNS_SOURCE) != 0) ||
           (host->receives != 0 && (rule->concerns & CONCERNS_TARGET) != 0);
}

/* Calls the check, where the evidence that the rule needs of a host was read. */
static void
sink_run(Sink *sink, const Audit *audit, const RuleOn *on)
{
    const Rule *rule = sink->rule;
    if (on->host && !applies_to(audit, rule, on->host)) {
        sink_not_applicable(sink);
        return;
    }
    const Account *source = on->host   ? on->host->account
                            : on->pair ? on->pair->source
                            : on->edge ? on->edge->source.account
                                       : NULL;
    sink->unread = source && (source->kinds & KIND_GROUP) == 0 &&
                   !sink_knows(sink, audit, source, rule->needs);
    if (sink->unread)
        return;
    switch (rule_scope(rule)) {
    case SCOPE_HOST:
        rule->host(audit, on->host, sink);
        break;
    case SCOPE_ACCOUNT:
        rule->account(audit, on->host, sink);
        break;
    case SCOPE_PAIR:
        rule->pair(audit, on->pair, sink);
        break;
    case SCOPE_EDGE:
        rule->edge(audit, on->edge, sink);
        break;
    case SCOPE_MACHINE:
        rule->machine(audit, on->machine, sink);
        break;
    case SCOPE_DOMAIN:
        rule->domain(audit, sink);
        break;
    }
}

void
answer_clear(Answer *answer)
{
    g_clear_pointer(&answer->findings, g_ptr_array_unref);
}

void
audit_ask(const Audit *audit, const Rule *rule, const RuleOn *on, Answer *ret_answer)
{
    GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
    Sink sink = sink_for(findings, rule, on);
    if (is_asked(audit, rule))
        sink_run(&sink, audit, on);
    else
        sink_not_asked(&sink);
    *ret_answer = (Answer){sink.worst, !sink.not_asked, findings};
}

/* On one thing, told as that of `name`. */
static void
run_on(const Run *run, RuleOn on, const char *name)
{
    Sink sink = sink_for(run->audit->findings, run->rule, &on);
    sink_run(&sink, run->audit, &on);
    record(run, name, sink.worst);
}

/* The pairs of one source follow one another: they have one outcome, and of what was not
 * read of it the first says all. */
static void
run_on_pairs(const Run *run)
{
    const GPtrArray *pairs = run->audit->pairs;
    for (guint i = 0; i < pairs->len;) {
        const Account *source = ((const Pair *)pairs->pdata[i])->source;
        Status worst = STATUS_NOT_APPLICABLE;
        bool unread = false;
        for (; i < pairs->len && ((const Pair *)pairs->pdata[i])->source == source; i++) {
            if (unread)
                continue;
            const RuleOn on = {.pair = pairs->pdata[i]};
            Sink sink = sink_for(run->audit->findings, run->rule, &on);
            sink_run(&sink, run->audit, &on);
            worst = worse_outcome(worst, sink.worst);
            unread = sink.unread;
        }
        record(run, source->name, worst);
    }
}

static void
run_on_hosts(const Run *run, const GPtrArray *hosts)
{
    for (guint i = 0; i < hosts->len; i++) {
        const Host *host = hosts->pdata[i];
        run_on(run, (RuleOn){.host = host}, host->account->name);
    }
}

static void
run_rule(const Run *run)
{
    const Audit *audit = run->audit;
    if (!is_asked(audit, run->rule))
        return;
    switch (rule_scope(run->rule)) {
    case SCOPE_DOMAIN:
        run_on(run, (RuleOn){0}, audit->estate->domain ? audit->estate->domain : "");
        break;
    case SCOPE_MACHINE:
        for (guint i = 0; i < audit->net->len; i++) {
            const NetEvidence *machine = audit->net->pdata[i];
            run_on(run, (RuleOn){.machine = machine}, machine->name);
        }
        break;
    case SCOPE_HOST:
        run_on_hosts(run, audit->hosts);
        break;
    case SCOPE_ACCOUNT:
        run_on_hosts(run, audit->hosts);
        run_on_hosts(run, audit->principals);
        break;
    case SCOPE_EDGE:
        for (guint i = 0; i < audit->edges->len; i++) {
            const Edge *edge = audit->edges->pdata[i];
            if (edge->missing)
                continue;
            run_on(run, (RuleOn){.edge = edge}, edge->source.name);
        }
        break;
    case SCOPE_PAIR:
        run_on_pairs(run);
        break;
    }
}

static int
findings_order(gconstpointer a, gconstpointer b)
{
    return finding_compare(*(const Finding *const *)a, *(const Finding *const *)b);
}

static bool
waiver_covers(const Waiver *waiver, const Finding *finding)
{
    return waiver->rule == finding->rule &&
           (!waiver->subject || text_glob(waiver->subject, finding->subject)) &&
           (!waiver->target ||
            text_glob(waiver->target, finding->target ? finding->target : ""));
}

/* An expired waiver still says what it would have covered, so that the report
 * can tell it from one that matches nothing. */
static void
apply_waivers(Audit *audit)
{
    for (guint w = 0; w < audit->policy->waivers->len; w++) {
        Waiver *waiver = audit->policy->waivers->pdata[w];
        waiver->matched = 0;
        waiver->expired =
            waiver->until_us != 0 && audit->estate->collected_us >= waiver->until_us;
        for (guint i = 0; i < audit->findings->len; i++) {
            Finding *finding = audit->findings->pdata[i];
            /* What was not read cannot be waived into a pass. */
            if (finding->status != STATUS_FAIL || !waiver_covers(waiver, finding))
                continue;
            waiver->matched++;
            if (!waiver->expired && !finding->waived)
                finding_waive(finding, waiver->name, waiver->reason, waiver->until);
        }
    }
}

void
audit_run(Audit *audit)
{
    g_autoptr(GHashTable) latest =
        g_hash_table_new_full(hash_text, g_str_equal, NULL, g_free);
    audit_settle(audit);
    for (guint i = 0; i < RULE_COUNT; i++)
        run_rule(&(Run){audit, &rules[i], latest, audit->outcomes->len});
    g_ptr_array_sort(audit->findings, findings_order);
    apply_waivers(audit);
    findings_derive(audit);
}
