/* What an audit found that bears on a pair, and what to run next. */
#include "render/explain.h"

#include "audit/rules.h"
#include "model/spn.h"

#include <string.h>

/* What an audit found that bears on this direction. */

static bool
has_family(const char *rule, const char *const *families)
{
    for (; *families; families++)
        if (g_str_has_prefix(rule, *families))
            return true;
    return false;
}

guint
explain_bearing(const char *rule)
{
    /* What an account is as a source, and what it is as a target. */
    static const char *const of_source[] = {"ACC-",   "DEL-",   "DOM-",
                                            "TKT-05", "TKT-06", NULL};
    static const char *const of_target[] = {"ACC-01", "ACC-06", "DOM-", "SPN-",
                                            "RBC-",   "TKT-0",  NULL};
    /* Slips of the domain and of operators that stop a migration. */
    static const char *const of_domain[] = {"ACC-07", "ACC-08", "ACC-09",
                                            "DOM-02", "RBC-06", NULL};
    const Rule *row = rule_find(rule);

    return (row && row->scope == SCOPE_PAIR ? BEARS_ON_PAIR : 0) |
           (strcmp(rule, "RBC-01") == 0 ? BEARS_TURNED : 0) |
           (has_family(rule, of_source) ? BEARS_ON_SOURCE : 0) |
           (has_family(rule, of_target) ? BEARS_ON_TARGET : 0) |
           (has_family(rule, of_domain) ? BEARS_ON_ALL : 0);
}

/* Whether a finding about the source's list is about its entries for another
 * account. */
static bool
is_elsewhere(const Finding *finding, const Pair *pair)
{
    g_autoptr(Spn) spn = finding->spn ? spn_parse(finding->spn) : NULL;

    if (finding->target_account)
        return finding->target_account != pair->target;
    return spn && !account_has_name(pair->target, spn->host);
}

/* Findings may name their subject only. */
static bool
is_about(const Finding *finding, const Account *account)
{
    return finding->subject_account ? finding->subject_account == account
                                    : strcmp(finding->subject, account->name) == 0;
}

static bool
concerns(const Finding *finding, const Pair *pair)
{
    guint bearing = explain_bearing(finding->rule);

    if (finding->waived_reason)
        return false;
    if ((bearing & BEARS_ON_PAIR) && finding->target_account) {
        bool turned = (bearing & BEARS_TURNED) != 0;
        return is_about(finding, turned ? pair->target : pair->source) &&
               finding->target_account == (turned ? pair->source : pair->target);
    }
    if (is_about(finding, pair->source))
        return (bearing & BEARS_ON_SOURCE) && !is_elsewhere(finding, pair);
    if (is_about(finding, pair->target))
        return (bearing & BEARS_ON_TARGET) != 0;
    return (bearing & BEARS_ON_ALL) != 0;
}

void
explain_narrow(Audit *audit, const Pair *pair)
{
    for (guint i = audit->findings->len; i > 0; i--)
        if (!concerns(audit->findings->pdata[i - 1], pair))
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

/* The rules whose slips decide a pair, in the order in which to mend them. */
static const char *const deciding[] = {
    "ACC-01", "SPN-04", "SPN-05", "SPN-03", "SPN-01", "SPN-02", "ACC-09",
    "ACC-02", "ACC-03", "RBC-04", "RBC-01", "DEL-11", "DEL-01", "DEL-02",
    "DEL-12", "RBC-05", "DEL-03", "ACC-05", "SPN-07",
};

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
    const GPtrArray *lines = fix->setspn->len > 0 ? fix->setspn : fix->powershell;

    for (guint i = 0; i < lines->len; i++)
        g_ptr_array_add(e->commands, g_strdup(lines->pdata[i]));
    if (lines->len > 0) {
        e->language = lines == fix->setspn ? "setspn" : "powershell";
        return true;
    }
    if (!fix->ldif || !*fix->ldif)
        return false;
    g_ptr_array_add(e->commands, g_strdup(fix->ldif));
    e->language = "ldif";
    return true;
}

/* The deciding slip that comes first; what mends it, where a script can. */
static bool
next_by_rule(Explanation *e, const char *rule)
{
    const Finding *first = NULL;

    for (guint i = 0; i < e->report->audit->findings->len; i++) {
        const Finding *finding = e->report->audit->findings->pdata[i];

        if (strcmp(finding->rule, rule) != 0 || finding->status != STATUS_FAIL)
            continue;
        first = first ? first : finding;
        for (guint f = 0; f < finding->fixes->len; f++) {
            const Fix *fix = fix_by_id(e->report->fixes, finding->fixes->pdata[f]);

            if (fix && take_fix(e, fix)) {
                e->advice = g_strdup_printf("%s: %s", finding->rule, finding->title);
                return true;
            }
        }
    }
    if (!first)
        return false;
    e->advice = g_strdup_printf("%s: %s. %s", first->rule, first->title, first->detail);
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
        next_when_ready(e);
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(deciding); i++)
        if (next_by_rule(e, deciding[i]))
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
