/* Causes that no directory holds, by what the two hosts say of themselves (--facts). */
#include "judge.h"

#include "audit/rules.h"

static bool
lacks_facts(const Diagnosis *diagnosis, const Account *account)
{
    const Host *host = audit_host(diagnosis->audit, account);
    return !host || !host->facts;
}

/* Which of the two hosts that the rule asks did not tell (transfer none); NULL: all did.
 */
static const char *
silent_host(const Diagnosis *diagnosis, RuleId rule)
{
    const guint of_source = CONCERNS_SOURCE | CONCERNS_PAIR | CONCERNS_TURNED;
    const guint of_target = CONCERNS_TARGET | CONCERNS_PAIR | CONCERNS_TURNED;
    const Pair *pair = diagnosis->pair;
    if ((rules[rule].concerns & of_source) != 0 && lacks_facts(diagnosis, pair->source))
        return pair->source->name;
    if ((rules[rule].concerns & of_target) != 0 && lacks_facts(diagnosis, pair->target))
        return pair->target->name;
    return NULL;
}

/* What the rules told, together. */
typedef struct {
    bool rules_out;
    const Finding *unread; /* NULL: nothing */
    const Finding *doubt;  /* which may be the cause; NULL: none */
    const char *silent;    /* a host without facts; NULL: none */
    bool nobody;           /* no operator was named */
} Told;

static void
ask(const Diagnosis *diagnosis, CauseVerdict *verdict, const CauseCheck *check,
    Told *told)
{
    const Audit *audit = diagnosis->audit;
    const char *silent = silent_host(diagnosis, check->rule);
    bool decides = check->power == CHECK_DECIDES;
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (finding->rule != check->rule ||
            !finding_concerns(audit, finding, diagnosis->pair) ||
            (check->port && finding->port && check->port != finding->port))
            continue;
        if (finding->status == STATUS_UNKNOWN)
            told->unread = finding;
        else if (finding->severity < SEVERITY_ERROR)
            told->doubt = finding;
        else
            g_ptr_array_add(verdict->findings, (gpointer)finding);
    }
    if (silent)
        told->silent = silent;
    else
        diagnosis_looked(diagnosis, check, verdict->looked_at);
    told->nobody |= check->rule == RULE_HST_05 && audit->operators->len == 0;
    told->rules_out |= decides && !silent;
}

static void
rule_out(const Diagnosis *diagnosis, CauseVerdict *verdict)
{
    verdict->status = CAUSE_RULED_OUT;
    verdict->suspected = verdict->unread = verdict->by_hand = false;
    verdict->rule = ((const CauseCheck *)verdict->cause->facts->pdata[0])->rule;
    g_clear_pointer(&verdict->said, g_free);
    for (guint i = 0; i < verdict->cause->facts->len; i++)
        diagnosis_seen(diagnosis, verdict->cause->facts->pdata[i], verdict->evidence);
}

/* Why it is still not visible; what was known before stays said. */
static void
say_open(CauseVerdict *verdict, const Told *told)
{
    if (verdict->cause->checks->len > 0 || verdict->status != CAUSE_NOT_VISIBLE)
        return;
    g_free(verdict->said);
    verdict->said = told->doubt    ? finding_detail(told->doubt)
                    : told->unread ? finding_detail(told->unread)
                    : told->silent ? g_strdup_printf("no facts of %s were given: run "
                                                     "Get-MigrationFacts.ps1 on it",
                                                     told->silent)
                    : told->nobody
                        ? g_strdup("say who starts the migration: --operator USER")
                        : NULL;
    verdict->unread = told->unread != NULL;
}

void
judge_by_facts(const Diagnosis *diagnosis, CauseVerdict *verdict)
{
    const GPtrArray *checks = verdict->cause->facts;
    Told told = {0};
    if (!diagnosis->audit->facts || checks->len == 0 ||
        verdict->status == CAUSE_CONFIRMED)
        return;
    for (guint i = 0; i < checks->len; i++)
        ask(diagnosis, verdict, checks->pdata[i], &told);
    if (verdict->findings->len > 0) {
        verdict->status = CAUSE_CONFIRMED;
        verdict->suspected = verdict->unread = verdict->by_hand = false;
        g_clear_pointer(&verdict->said, g_free);
        judge_take_findings(verdict);
    } else if (told.rules_out && !told.unread && !told.doubt && !told.silent &&
               !told.nobody) {
        rule_out(diagnosis, verdict);
    } else {
        say_open(verdict, &told);
    }
}
