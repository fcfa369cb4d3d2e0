/* What an audit found that bears on a pair, and what to run next. */
#include "render/explain.h"

#include "audit/rules.h"

#include <string.h>

#define PURGE "klist purge -li 0x3e7"

/* What an audit found that bears on this direction. */

static bool
bears(const Audit *audit, const Finding *finding, const Pair *pair)
{
    return !finding->waived && finding_concerns(audit, finding, pair);
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

/* Adds what one rule found: it decides no pair, and stops who manages the host, or
 * migrations all the same. */
static void
add_found(GPtrArray *found, const Audit *audit, RuleId rule)
{
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];

        if (finding->rule == rule && finding->status == STATUS_FAIL)
            g_ptr_array_add(found, (gpointer)finding);
    }
}

static void
take_steps(Explanation *e, const GPtrArray *findings)
{
    pair_steps_take(e->steps, e->report->audit, e->report->fixes, findings, NULL);
    if (e->steps->len > 0)
        pair_steps_end(e->steps, findings, e->pair);
}

/* The first step stands for itself too, where one line is all that is wanted. */
static void
lead_with_first(Explanation *e)
{
    const NextStep *first = e->steps->pdata[0];

    e->advice = g_strdup(first->advice);
    e->language = first->language;
    for (guint i = 0; i < first->commands->len; i++)
        g_ptr_array_add(e->commands, g_strdup(first->commands->pdata[i]));
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

    g_ptr_array_add(e->commands, g_strdup(PURGE));
    e->language = "klist";
    e->advice = g_strdup_printf(
        "If it still fails: run this on %s, or wait 15 minutes, since hosts remember "
        "refusals. Then look at what a directory does not hold: %s.",
        pair->source->name, other);
}

/* To any SPN: what to set stands in the conditions, and who runs the service may hold
 * tickets from before. */
static void
next_of_spn(Explanation *e)
{
    const Account *source = e->pair->source;
    const char *where =
        (source->kinds & KIND_COMPUTER) != 0 && (source->kinds & KIND_MANAGED) == 0
            ? "purge the tickets on"
            : "restart the service that runs as";
    g_autoptr(GPtrArray) advice = g_ptr_array_new();

    explain_spn_advice(e, advice);
    for (guint i = 0; i < advice->len; i++)
        pair_steps_add(e->steps, advice->pdata[i]);
    if (e->pair->verdict == VERDICT_READY) {
        e->advice = g_strdup_printf(
            "If it still fails: %s %s, or wait 15 minutes, since refusals are "
            "remembered. "
            "Then look at what a directory does not hold: how the user signs in to the "
            "service, and the name by which it is reached.",
            where, source->name);
        return;
    }
    if (advice->len > 0)
        pair_steps_add(e->steps, g_strdup_printf(
                                     "Then, when the domain controllers have replicated: "
                                     "%s %s, or wait 15 minutes.",
                                     where, source->name));
    if (e->steps->len > 0)
        lead_with_first(e);
}

static void
find_steps(Explanation *e)
{
    const Audit *audit = e->report->audit;
    bool ready = e->pair->verdict == VERDICT_READY;
    g_autoptr(GPtrArray) findings =
        ready ? g_ptr_array_new() : pair_blockers(audit, e->report->fixes, e->pair);

    if (ready)
        add_found(findings, audit, RULE_SPN_10);
    for (guint i = 0; i < RULE_COUNT; i++)
        if ((rules[i].needs & NEEDS_FACTS) != 0)
            add_found(findings, audit, (RuleId)i);
    take_steps(e, findings);
}

/* Where what leaves it open was read, and no export tells more; NULL: nowhere. */
static char *
settled_by(const Explanation *e)
{
    for (guint i = 0; i < e->conditions->all->len; i++) {
        const Condition *condition = e->conditions->all->pdata[i];
        if (condition->what == WHAT_SOURCE_DATA && condition->decides)
            return g_strdup_printf("Clear NO_AUTH_DATA_REQUIRED (0x2000000) of "
                                   "userAccountControl on %s, then run this again.",
                                   e->pair->source->name);
    }
    return NULL;
}

void
explain_find_next(Explanation *e)
{
    const Pair *pair = e->pair;

    e->steps = pair_steps_new();
    if (pair->written) {
        next_of_spn(e);
        if (pair->verdict == VERDICT_READY || e->steps->len > 0)
            return;
    } else {
        find_steps(e);
    }
    if (e->steps->len > 0) {
        lead_with_first(e);
        return;
    }
    if (pair->verdict == VERDICT_READY) {
        next_when_ready(e);
        return;
    }
    if (pair->verdict == VERDICT_UNKNOWN)
        e->advice = settled_by(e);
    if (pair->verdict == VERDICT_UNKNOWN && !e->advice) {
        e->advice = g_strdup(
            estate_is_export(e->report->audit->estate)
                ? "Export what is marked ? too (without ldifde -l, as an administrator, "
                  "the configuration besides the domain), then run this again."
                : "Run this again as an account that may read what is marked ?, such as "
                  "a domain administrator.");
    }
    for (int which = 0; which < SERVICE_COUNT && !e->advice; which++)
        if (pair->services[which].needed && pair->services[which].reasons->len > 0)
            e->advice = g_strdup(pair->services[which].reasons->pdata[0]);
}
