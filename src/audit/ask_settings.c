/* What the hosts say of their own settings, beside the verdict, by the very rules that
 * judge them. */
#include "ask.h"

#include "audit/rules.h"

/* What a rule that finds nothing has seen; NULL: it is not told here. */
static const char *
sound_words(RuleId rule)
{
    static const struct {
        RuleId rule;
        const char *words;
    } sound[] = {
        {RULE_HST_01, "live migration is enabled"},
        {RULE_HST_02, "Kerberos is chosen for live migration"},
        {RULE_HST_04, "Credential Guard is in no way"},
        {RULE_HST_05, "the operators are in Hyper-V Administrators or Administrators"},
        {RULE_HST_06, "its ports listen"},
        {RULE_HST_07, "its firewall lets them in"},
        {RULE_HST_08, "operators may log on over the network"},
        {RULE_HST_09, "it takes migrations on a network that it has"},
        {RULE_HST_11, "its clock is that of the domain controllers"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(sound); i++)
        if (sound[i].rule == rule)
            return sound[i].words;
    return NULL;
}

/* Several rules lack the same part. */
static bool
is_told(const Asking *asking, const char *seen)
{
    guint count = asking->out->len;
    return count > 0 &&
           g_strcmp0(g_array_index(asking->out, Condition, count - 1).seen, seen) == 0;
}

static void
tell(const Asking *asking, const Host *host, ConditionState state, const char *seen)
{
    if (is_told(asking, seen))
        return;
    g_autofree char *source = host_facts_source(host->facts);
    Condition *condition = ask_add(asking, state);
    condition->decides = false;
    condition->seen = ask_text(asking, seen);
    condition->place = ask_text(asking, source);
}

static void
ask_rule(const Asking *asking, const Host *host, RuleId rule)
{
    Answer answer;
    audit_ask(asking->audit, &rules[rule], &(RuleOn){.host = host}, &answer);
    for (guint i = 0; i < answer.findings->len; i++) {
        const Finding *finding = answer.findings->pdata[i];
        tell(asking, host,
             finding->status == STATUS_FAIL ? CONDITION_FAIL : CONDITION_UNKNOWN,
             finding->title);
    }
    if (answer.findings->len == 0 && answer.status == STATUS_PASS && answer.asked)
        tell(asking, host, CONDITION_PASS, sound_words(rule));
    answer_clear(&answer);
}

static void
ask_host(const Asking *asking, const Account *account, Concern concern)
{
    const Host *host = audit_host(asking->audit, account);
    for (guint i = 0; host && host->facts && i < RULE_COUNT; i++)
        if ((rules[i].needs & NEEDS_FACTS) != 0 && (rules[i].concerns & concern) != 0 &&
            rules[i].host)
            ask_rule(asking, host, (RuleId)i);
}

void
ask_source_setting(const Asking *asking)
{
    ask_host(asking, asking->ends->source, CONCERNS_SOURCE);
}

void
ask_target_setting(const Asking *asking)
{
    ask_host(asking, asking->ends->target, CONCERNS_TARGET);
}
