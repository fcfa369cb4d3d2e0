/* What the rules of an audit of two hosts say of each cause. */
#include "judge.h"

#include "audit/rules.h"
#include "base/text.h"
#include "model/spn.h"
#include "subject.h"

#include <string.h>

/* What has to be asked for before a rule can say anything. */
typedef bool (*Asked)(const Diagnosis *diagnosis);

static bool
asked_operators(const Diagnosis *diagnosis)
{
    return diagnosis->audit->operators->len > 0;
}

static bool
asked_all_dcs(const Diagnosis *diagnosis)
{
    return diagnosis->audit->estate->replicas->len > 0;
}

static bool
asked_live(const Diagnosis *diagnosis)
{
    return strcmp(diagnosis->audit->estate->source_kind, "ldif") != 0;
}

static bool
asked_tickets(const Diagnosis *diagnosis)
{
    return diagnosis->audit->tickets != NULL;
}

static bool
asked_proofs(const Diagnosis *diagnosis)
{
    return diagnosis->audit->proofs != NULL;
}

static bool
asked_storage(const Diagnosis *diagnosis)
{
    return diagnosis->pair->storage;
}

static bool
asked_winrm(const Diagnosis *diagnosis)
{
    return !diagnosis->pair->storage;
}

static bool
asked_changes(const Diagnosis *diagnosis)
{
    const Pair *pair = diagnosis->pair;
    return (pair->source->changed_us != 0 || pair->source->changes) &&
           (pair->target->changed_us != 0 || pair->target->changes);
}

static bool
asked_ports(const Diagnosis *diagnosis)
{
    return diagnosis->audit->net != NULL;
}

static bool
asked_sysvol(const Diagnosis *diagnosis)
{
    return diagnosis->audit->gpos != NULL;
}

/* What a rule has to be asked with, besides what its row needs. */
typedef struct {
    Severity least;  /* a milder finding is no cause */
    Asked asked;     /* NULL: always */
    const char *how; /* to ask for it */
} Asking;

static const Asking simply = {SEVERITY_INFO, NULL, NULL};
static const Asking of_errors = {SEVERITY_ERROR, NULL, NULL};
static const Asking of_operators = {SEVERITY_INFO, asked_operators,
                                    "say who starts the migration: --operator USER"};
static const Asking of_storage = {SEVERITY_INFO, asked_storage,
                                  "name the file server as the target: --to FILESERVER"};
static const Asking of_winrm = {
    SEVERITY_INFO, asked_winrm,
    "the target is a file server: WinRM to it is not looked at"};
static const Asking of_clocks = {SEVERITY_ERROR, asked_live,
                                 "an export has no clock to compare"};
static const Asking of_replicas = {
    SEVERITY_INFO, asked_all_dcs,
    "one domain controller was read; live, --all-dcs compares them"};
static const Asking of_changes = {SEVERITY_INFO, asked_changes,
                                  "whenChanged of the hosts was not read"};
static const Asking of_tickets = {SEVERITY_INFO, asked_tickets,
                                  "no test tickets were requested"};
static const Asking of_proofs = {
    SEVERITY_INFO, asked_proofs,
    "test it with the host's own key: --prove-as USER --prove-keytab FILE"};
static const Asking of_names = {SEVERITY_INFO, asked_ports, "test them: --ports"};
static const Asking of_ports = {SEVERITY_INFO, asked_ports, "test them: --ports"};
static const Asking of_sysvol = {SEVERITY_INFO, asked_sysvol,
                                 "read the policies: --sysvol DIR"};

static const Asking *
asking_by_needs(guint64 needs)
{
    return (needs & NEEDS_TICKETS) != 0  ? &of_tickets
           : (needs & NEEDS_PROOFS) != 0 ? &of_proofs
           : (needs & NEEDS_NET) != 0    ? &of_names
           : (needs & NEEDS_GPO) != 0    ? &of_sysvol
                                         : &simply;
}

static const Asking *
asking_of(RuleId rule)
{
    /* clang-format off */
    switch (rule) {
    case RULE_ACC_07: case RULE_ACC_08: case RULE_ACC_13: case RULE_ACC_14:
        return &of_operators;
    case RULE_DEL_12:
        return &of_storage;
    case RULE_SPN_10:
        return &of_winrm;
    case RULE_DOM_02:
        return &of_clocks;
    case RULE_DOM_03:
        return &of_replicas;
    case RULE_DOM_04:
        return &of_changes;
    case RULE_RBC_01:
        return &of_errors;
    case RULE_NET_01: case RULE_NET_02:
        return &of_ports;
    case RULE_ACC_01: case RULE_ACC_02: case RULE_ACC_03: case RULE_ACC_04:
    case RULE_ACC_05: case RULE_ACC_06: case RULE_ACC_09: case RULE_ACC_10:
    case RULE_ACC_11: case RULE_ACC_12: case RULE_ACC_15: case RULE_ACC_16: case RULE_ACC_17: case RULE_ACC_18: case RULE_DEL_01: case RULE_DEL_02: case RULE_DEL_03:
    case RULE_DEL_04: case RULE_DEL_05: case RULE_DEL_06: case RULE_DEL_07:
    case RULE_DEL_08: case RULE_DEL_09: case RULE_DEL_10: case RULE_DEL_11:
    case RULE_DEL_13: case RULE_DEL_14: case RULE_DEL_15: case RULE_DEL_16:
    case RULE_DOM_01: case RULE_DOM_05: case RULE_GPO_01: case RULE_GPO_02:
    case RULE_GPO_03: case RULE_GPO_04: case RULE_GPO_05:
    case RULE_HST_01: case RULE_HST_02: case RULE_HST_03: case RULE_HST_04:
    case RULE_HST_05: case RULE_HST_06: case RULE_HST_07: case RULE_HST_08:
    case RULE_HST_09: case RULE_HST_10: case RULE_HST_11:
    case RULE_NET_03:
    case RULE_RBC_02: case RULE_RBC_03: case RULE_RBC_04:
    case RULE_RBC_05: case RULE_RBC_06: case RULE_RBC_07: case RULE_RBC_08: case RULE_RBC_09: case RULE_SPN_01:
    case RULE_SPN_02: case RULE_SPN_03: case RULE_SPN_04: case RULE_SPN_05:
    case RULE_SPN_06: case RULE_SPN_07: case RULE_SPN_08: case RULE_SPN_09: case RULE_SPN_11:
    case RULE_TKT_01: case RULE_TKT_02: case RULE_TKT_03: case RULE_TKT_04:
    case RULE_TKT_05: case RULE_TKT_06: case RULE_TKT_07:
    case RULE_TRU_01: case RULE_TRU_02: case RULE_TRU_03: case RULE_TRU_04:
        return asking_by_needs(rules[rule].needs);
    }
    /* clang-format on */
    g_assert_not_reached();
}

/* Whether it is about this port, where the cause names one.  A machine of which
 * nothing answers is told of once, for all its ports. */
static bool
is_port(const Finding *finding, guint16 port)
{
    return port == 0 || finding->port == port ||
           (finding->port == 0 && finding->status == STATUS_FAIL);
}

static bool
is_of_list(RuleId rule)
{
    return rule == RULE_DEL_01 || rule == RULE_DEL_02 || rule == RULE_DEL_12;
}

/* Whether some needed SPN is allowed by unconstrained delegation alone. */
static bool
hangs_on_forwarding(const Audit *audit, const Pair *pair)
{
    bool forwards = false;
    for (Service which = 0; which < SERVICE_COUNT; which++)
        forwards = forwards || (pair->services[which].needed &&
                                (pair->services[which].by & LEG_UNCONSTRAINED) != 0);
    for (guint i = 0; forwards && i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (is_of_list(finding->rule) && finding->status == STATUS_FAIL &&
            finding_concerns(audit, finding, pair))
            return true;
    }
    return false;
}

/* A finding of the rule that explains nothing here. */
static bool
is_beside(const Audit *audit, const Finding *finding, const Pair *pair)
{
    if (finding->rule == RULE_DEL_04)
        return !hangs_on_forwarding(audit, pair);
    /* DEL-03 also tells of protocol transition that a configuration forbids. */
    return finding->rule == RULE_DEL_03 &&
           account_flag(pair->source, UAC_T2A4D) == TRI_YES;
}

static bool
is_of_ports(const CauseCheck *check)
{
    return asking_of(check->rule) == &of_ports;
}

/* Delegation to any service covers what a descriptor fails to grant, and the rule is
 * mild about it. */
static Severity
least_of(const Diagnosis *diagnosis, const Asking *asking)
{
    return asking == &of_errors && diagnosis->forwarded ? SEVERITY_INFO : asking->least;
}

/* Without a list nobody needs protocol transition; with the list that is to take the
 * place of delegation to any service, the source does. */
static bool
is_needed_later(const Diagnosis *diagnosis, const CauseCheck *check)
{
    return check->rule == RULE_DEL_03 && diagnosis->forwarded &&
           account_flag(diagnosis->pair->source, UAC_T2A4D) == TRI_NO;
}

typedef enum { TOLD_FAIL, TOLD_PASS, TOLD_UNREAD, TOLD_NOTHING } Told;

/* What one rule tells of one direction; adds the findings that say so. */
static Told
ask_rule(const Diagnosis *diagnosis, const CauseCheck *check, const Pair *pair,
         GPtrArray *findings)
{
    const Asking *asking = asking_of(check->rule);
    const Audit *audit = diagnosis->audit;
    guint before = findings->len;
    bool unread = false;
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (finding->rule != check->rule || !finding_concerns(audit, finding, pair) ||
            !is_port(finding, check->port) || is_beside(audit, finding, pair))
            continue;
        if (finding->status == STATUS_UNKNOWN)
            unread = true;
        else if (finding->severity >= least_of(diagnosis, asking))
            g_ptr_array_add(findings, (gpointer)finding);
    }
    if (findings->len > before)
        return TOLD_FAIL;
    if (unread)
        return TOLD_UNREAD;
    if ((asking->asked && !asking->asked(diagnosis)) || is_needed_later(diagnosis, check))
        return TOLD_NOTHING;
    return is_of_ports(check) && !diagnosis_port_tried(diagnosis, check->port)
               ? TOLD_NOTHING
               : TOLD_PASS;
}

/* How to have asked what was not. */
static const char *
how_to_ask(const Diagnosis *diagnosis, const CauseCheck *check)
{
    if (is_of_ports(check) && diagnosis->audit->net)
        return "not tried from here: no address of the target, or no port of its roles";
    if (is_needed_later(diagnosis, check))
        return "the entries that are to replace delegation to any service need \"Use any "
               "authentication protocol\", which is not chosen";
    const Asking *asking = asking_of(check->rule);
    if (asking == &of_operators && (diagnosis->audit->policy->operator_users->len > 0 ||
                                    diagnosis->audit->policy->operator_groups->len > 0))
        return "no operator that was named was found";
    return asking->how;
}

/* Two findings of one host may have seen the same. */
static void
add_evidence(GPtrArray *list, const char *key, const char *value)
{
    for (guint i = 0; i < list->len; i++) {
        const Evidence *other = list->pdata[i];
        if (strcmp(other->key, key) == 0 && g_strcmp0(other->value, value) == 0)
            return;
    }
    Evidence *evidence = g_new0(Evidence, 1);
    evidence->key = g_strdup(key);
    evidence->value = g_strdup(value);
    g_ptr_array_add(list, evidence);
}

/* The sentences of the detail that were not said yet: of two names, or of two
 * hosts, most of it is the same. */
static void
say_once(GString *said, GHashTable *sentences, const char *detail)
{
    g_auto(GStrv) parts = g_strsplit(detail, ". ", -1);
    for (guint i = 0; parts[i]; i++) {
        gsize length = strlen(parts[i]);
        if (length > 0 && parts[i][length - 1] == '.')
            parts[i][length - 1] = '\0';
        if (*parts[i] && g_hash_table_add(sentences, g_strdup(parts[i])))
            g_string_append_printf(said, "%s%s.", said->len > 0 ? " " : "", parts[i]);
    }
}

void
judge_take_findings(CauseVerdict *verdict)
{
    g_autoptr(GString) said = g_string_new(NULL);
    g_autoptr(GHashTable) sentences =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < verdict->findings->len; i++) {
        const Finding *finding = verdict->findings->pdata[i];
        if (i < 2) {
            g_autofree char *detail = finding_detail(finding);
            say_once(said, sentences, detail);
        }
        for (guint e = 0; e < finding->evidence->len; e++) {
            const Evidence *evidence = finding->evidence->pdata[e];
            add_evidence(verdict->evidence, evidence->key, evidence->value);
        }
    }
    verdict->said = g_strdup(said->str);
    verdict->rule = ((const Finding *)verdict->findings->pdata[0])->rule;
}

/* What the rules told, together. */
typedef struct {
    bool fails;
    bool suspects;
    bool unread;
    bool rules_out;      /* something can, and did not fail */
    const char *missing; /* what was not asked for; NULL: nothing */
    const char *wanting; /* the same of what could have confirmed only */
} Sum;

static void
add_told(const Diagnosis *diagnosis, Sum *sum, const CauseCheck *check, Told told)
{
    bool fails = told == TOLD_FAIL;
    sum->fails = sum->fails || (fails && check->power != CHECK_SUSPECTS);
    sum->suspects = sum->suspects || (fails && check->power == CHECK_SUSPECTS);
    sum->unread = sum->unread || told == TOLD_UNREAD;
    sum->rules_out =
        sum->rules_out || (told == TOLD_PASS && check->power != CHECK_CONFIRMS);
    if (told == TOLD_NOTHING && check->power == CHECK_CONFIRMS)
        sum->wanting = how_to_ask(diagnosis, check);
    else if (told == TOLD_NOTHING)
        sum->missing = how_to_ask(diagnosis, check);
}

static void
settle(const Diagnosis *diagnosis, CauseVerdict *verdict, const Sum *sum)
{
    if (sum->fails || sum->suspects) {
        verdict->status = sum->fails ? CAUSE_CONFIRMED : CAUSE_NOT_VISIBLE;
        verdict->suspected = !sum->fails;
        judge_take_findings(verdict);
        return;
    }
    if (sum->unread) {
        verdict->unread = true;
        verdict->said =
            g_strdup(estate_is_export(diagnosis->audit->estate)
                         ? "evidence was not exported: export it as an administrator, "
                           "and without ldifde -l"
                         : "evidence could not be read; ask as an account that may");
        return;
    }
    if (sum->rules_out && !sum->missing)
        verdict->status = CAUSE_RULED_OUT;
    else
        verdict->said = g_strdup(sum->missing ? sum->missing : sum->wanting);
    for (guint i = 0; !verdict->said && i < verdict->cause->checks->len; i++) {
        const CauseCheck *check = verdict->cause->checks->pdata[i];
        diagnosis_seen(diagnosis, check, verdict->evidence);
    }
}

/* The same slip in the other direction: told beside a cause that is ruled out
 * in this one. */
static void
look_back(const Diagnosis *diagnosis, CauseVerdict *verdict)
{
    const guint of_all = CONCERNS_OPERATOR | CONCERNS_DOMAIN | CONCERNS_GROUP;
    g_autoptr(GPtrArray) findings = g_ptr_array_new();
    for (guint i = 0; diagnosis->back && i < verdict->cause->checks->len; i++) {
        const CauseCheck *check = verdict->cause->checks->pdata[i];
        if ((rules[check->rule].concerns & of_all) == 0 && check->power == CHECK_DECIDES)
            ask_rule(diagnosis, check, diagnosis->back, findings);
    }
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (g_ptr_array_find(verdict->findings, finding, NULL) || verdict->back)
            continue;
        verdict->back = g_strdup(finding->title);
    }
}

static void
judge(const Diagnosis *diagnosis, CauseVerdict *verdict)
{
    Sum sum = {0};
    for (guint i = 0; i < verdict->cause->checks->len; i++) {
        const CauseCheck *check = verdict->cause->checks->pdata[i];
        Told told = ask_rule(diagnosis, check, diagnosis->pair, verdict->findings);
        add_told(diagnosis, &sum, check, told);
        if (told == TOLD_FAIL || told == TOLD_PASS)
            diagnosis_looked(diagnosis, check, verdict->looked_at);
    }
    if (verdict->cause->checks->len > 0)
        settle(diagnosis, verdict, &sum);
    judge_by_facts(diagnosis, verdict);
    if (verdict->status != CAUSE_CONFIRMED)
        look_back(diagnosis, verdict);
}

/* The confirmed cause of which this rule told; NULL: there is none. */
static CauseVerdict *
confirmed_by(const Diagnosis *diagnosis, RuleId rule)
{
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->status == CAUSE_CONFIRMED && !verdict->by_hand &&
            verdict->rule == rule)
            return verdict;
    }
    return NULL;
}

static bool
list_names(const Account *source, const Account *target)
{
    for (guint i = 0; i < source->delegate_to->len; i++) {
        g_autoptr(Spn) spn = spn_parse(source->delegate_to->pdata[i]);
        if (spn && account_has_name(target, spn->host))
            return true;
    }
    return false;
}

/* From PLACE_GRANT on it is covered: the migration works in some cases, because the
 * source is trusted for delegation to any service. */
enum { PLACE_ORIGIN, PLACE_USUAL, PLACE_GRANT, PLACE_FORWARD, PLACE_LIST, PLACE_MILD };

static guint
covered_place(const CauseVerdict *verdict)
{
    if (is_of_list(verdict->rule) || verdict->rule == RULE_DEL_03)
        return PLACE_LIST;
    for (guint i = 0; i < verdict->findings->len; i++)
        if (((const Finding *)verdict->findings->pdata[i])->severity >= SEVERITY_ERROR)
            return PLACE_USUAL;
    return PLACE_MILD;
}

/* The rule warns of what else delegation to any service allows. */
static void
say_forwarded(CauseVerdict *forward, const Pair *pair)
{
    g_free(forward->said);
    forward->said = g_strdup_printf(
        "%s may act towards %s only because it is trusted for delegation to any service. "
        "That works with a ticket that the operator's own sign-in on %s forwarded. A "
        "migration that is started from elsewhere brings none, and Credential Guard "
        "blocks it.",
        pair->source->name, pair->target->name, pair->source->name);
}

/* What a cause that another one follows from is: as likely, and before it. */
static void
put_before(CauseVerdict *origin, const CauseVerdict *verdict, guint place)
{
    origin->place = place;
    origin->likelihood = MIN(origin->likelihood, verdict->likelihood);
}

static bool
has_fixes(const CauseVerdict *verdict)
{
    for (guint i = 0; i < verdict->findings->len; i++)
        if (((const Finding *)verdict->findings->pdata[i])->fixes->len > 0)
            return true;
    return false;
}

/* An entry that the source's list lacks is no cause of its own where these hosts use
 * RBCD, nor the first one where delegation to any service covers it. */
static void
put_origins_first(const Diagnosis *diagnosis)
{
    const Pair *pair = diagnosis->pair;
    CauseVerdict *forward = confirmed_by(diagnosis, RULE_DEL_04);
    CauseVerdict *grant = confirmed_by(diagnosis, RULE_RBC_01);
    bool listed = list_names(pair->source, pair->target);
    if (forward)
        say_forwarded(forward, pair);
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i];
        if (verdict->status != CAUSE_CONFIRMED || verdict->by_hand)
            continue;
        if (forward && verdict != forward && verdict != grant)
            verdict->place = covered_place(verdict);
        if (!is_of_list(verdict->rule))
            continue;
        if (forward)
            put_before(forward, verdict, PLACE_FORWARD);
        if (grant && !listed) {
            put_before(grant, verdict, forward ? PLACE_GRANT : PLACE_ORIGIN);
            if (has_fixes(grant))
                verdict->instead = grant;
        }
    }
}

/* Confirmed, suspected, not visible, ruled out; in each by likelihood. */
static gint
by_status(gconstpointer a, gconstpointer b)
{
    const CauseVerdict *const *left = a, *const *right = b;
    if ((*left)->status != (*right)->status)
        return (int)(*left)->status - (int)(*right)->status;
    if ((*left)->suspected != (*right)->suspected)
        return (*left)->suspected ? -1 : 1;
    bool first = (*left)->place >= PLACE_GRANT, second = (*right)->place >= PLACE_GRANT;
    if (first != second)
        return first ? 1 : -1;
    if ((*left)->likelihood != (*right)->likelihood)
        return (int)(*left)->likelihood - (int)(*right)->likelihood;
    if (!(*left)->raised != !(*right)->raised)
        return (*left)->raised ? -1 : 1;
    return (int)(*left)->place - (int)(*right)->place;
}

void
diagnosis_sort(Diagnosis *diagnosis)
{
    g_ptr_array_sort(diagnosis->causes, by_status);
}

void
diagnosis_judge(Diagnosis *diagnosis, Audit *audit, const Pair *pair)
{
    diagnosis->audit = audit;
    diagnosis->pair = pair;
    diagnosis->back =
        pair->storage ? NULL : audit_pair(audit, pair->target, pair->source);
    if (pair->source->os)
        diagnosis_raise(diagnosis, pair->source->os);
    if (pair->target->os)
        diagnosis_raise(diagnosis, pair->target->os);
    diagnosis->forwarded = hangs_on_forwarding(audit, pair);
    subject_keep(diagnosis);
    for (guint i = 0; i < diagnosis->causes->len; i++) {
        CauseVerdict *verdict = diagnosis->causes->pdata[i];
        verdict->place = PLACE_USUAL;
        if (!subject_passes_over(diagnosis, verdict->cause))
            judge(diagnosis, verdict);
    }
    put_origins_first(diagnosis);
    diagnosis_sort(diagnosis);
}
