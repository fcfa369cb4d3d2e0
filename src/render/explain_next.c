/* What an audit found that bears on a pair, and what to run next. */
#include "render/explain.h"

#include "audit/rules.h"

#include <string.h>

/* What an audit found that bears on this direction. */

static bool
bears(const Audit *audit, const Finding *finding, const Pair *pair)
{
    return !finding->waived_reason && finding_concerns(audit, finding, pair);
}

void
explain_narrow(Audit *audit, const Pair *pair)
{
    for (guint i = audit->findings->len; i > 0; i--)
        if (!bears(audit, audit->findings->pdata[i - 1], pair))
            g_ptr_array_remove_index(audit->findings, i - 1);
}

bool
explain_incomplete(const Explanation *e)
{
    const Audit *audit = e->report->audit;
    bool unknown = e->pair->verdict == VERDICT_UNKNOWN || audit->gaps->len > 0;

    for (guint i = 0; i < audit->findings->len; i++)
        unknown = unknown ||
                  ((const Finding *)audit->findings->pdata[i])->status == STATUS_UNKNOWN;
    return unknown;
}

/* What to run next. */

/* The rule that comes next in the order in which to fix; NULL: there is none. */
static const Rule *
next_in_order(guint after)
{
    const Rule *next = NULL;

    for (guint i = 0; i < RULE_COUNT; i++)
        if (rules[i].order > after && (!next || rules[i].order < next->order))
            next = &rules[i];
    return next;
}

static const Fix *
fix_by_id(const GPtrArray *fixes, const char *id)
{
    for (guint i = 0; fixes && i < fixes->len; i++)
        if (strcmp(((const Fix *)fixes->pdata[i])->id, id) == 0)
            return fixes->pdata[i];
    return NULL;
}

/* The fix in the language an administrator would use. */
static bool
take_fix(Explanation *e, const Fix *fix)
{
    FixLanguage language = fix_language(fix);
    const GPtrArray *lines = fix_lines(fix);

    if (language == FIX_IN_NOTHING)
        return false;
    for (guint i = 0; i < lines->len; i++)
        g_ptr_array_add(e->commands, g_strdup(lines->pdata[i]));
    if (language == FIX_IN_LDIF)
        g_ptr_array_add(e->commands, g_strdup(fix->ldif));
    e->language = fix_language_names[language];
    return true;
}

/* The deciding slip that comes first; what mends it, where a script can. */
static bool
next_by_rule(Explanation *e, RuleId rule)
{
    const Finding *first = NULL;

    for (guint i = 0; i < e->report->audit->findings->len; i++) {
        const Finding *finding = e->report->audit->findings->pdata[i];

        if (finding->rule != rule || finding->status != STATUS_FAIL)
            continue;
        first = first ? first : finding;
        for (guint f = 0; f < finding->fixes->len; f++) {
            const Fix *fix = fix_by_id(e->report->fixes, finding->fixes->pdata[f]);

            if (fix && take_fix(e, fix)) {
                e->advice = g_strdup_printf("%s: %s", rule_name(rule), finding->title);
                return true;
            }
        }
    }
    if (!first)
        return false;
    e->advice =
        g_strdup_printf("%s: %s. %s", rule_name(rule), first->title, first->detail);
    return true;
}

static void
next_when_ready(Explanation *e)
{
    const Pair *pair = e->pair;
    const char *other =
        pair->storage
            ? "TCP 445 open, and the hosts' computer accounts in the share's and the "
              "files' permissions"
            : "Kerberos chosen in the live migration settings of both hosts, TCP 6600 "
              "and 445 open, the operator in Hyper-V Administrators on both";

    g_ptr_array_add(e->commands, g_strdup("klist purge -li 0x3e7"));
    e->language = "klist";
    e->advice = g_strdup_printf(
        "If it still fails: run this on %s, or wait 15 minutes, since hosts remember "
        "refusals. Then look at what a directory does not hold: %s.",
        pair->source->name, other);
}

void
explain_find_next(Explanation *e)
{
    const Pair *pair = e->pair;

    if (pair->verdict == VERDICT_READY) {
        if (!next_by_rule(e, RULE_SPN_10))
            next_when_ready(e);
        return;
    }
    for (const Rule *rule = next_in_order(0); rule; rule = next_in_order(rule->order))
        if (next_by_rule(e, (RuleId)(rule - rules)))
            return;
    if (pair->verdict == VERDICT_UNKNOWN) {
        e->advice = g_strdup(
            "Run this again as an account that may read what is marked ?, such as a "
            "domain administrator.");
        return;
    }
    for (int which = 0; which < SERVICE_COUNT && !e->advice; which++)
        if (pair->services[which].needed && pair->services[which].reasons->len > 0)
            e->advice = g_strdup(pair->services[which].reasons->pdata[0]);
}
