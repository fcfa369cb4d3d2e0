/* One line for Nagios, Icinga and Checkmk, by the plugin guidelines: the state, the
 * answer, and numbers behind a bar. */
#include "render/nagios.h"

#include "audit/grade.h"
#include "base/text.h"
#include "formats.h"
#include "origins.h"
#include "summary.h"

#include <string.h>

static const char *const state_words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

NagiosState
nagios_state(const Report *report)
{
    int worst = audit_worst(report->audit);
    if (worst >= (int)report->fail_on)
        return NAGIOS_CRITICAL;
    if (audit_incomplete(report->audit))
        return NAGIOS_UNKNOWN;
    return worst >= (int)SEVERITY_WARNING ? NAGIOS_WARNING : NAGIOS_OK;
}

void
nagios_say(GString *out, NagiosState state, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_string_append_printf(out, "KCDAUDIT %s - ", state_words[state]);
    /* A bar begins the numbers, a line end the long text. */
    for (const char *at = valid; *at; at++)
        g_string_append_c(out, strchr("|\r\n", *at) ? ' ' : *at);
}

static void
number(GString *out, const char *label, guint value)
{
    g_string_append_printf(out, " %s=%u", label, value);
}

/* Why a state is better than the answer: what is waived counts for no state. */
static void
say_waived(const Tally *tally, GString *sentence)
{
    guint counted = 0;
    for (guint i = 0; i < SEVERITY_COUNT; i++)
        counted += tally->failed[i];
    if (tally->waived == 0)
        return;
    g_string_append_printf(sentence, "; %s%s finding%s waived",
                           counted == 0 ? "all " : "", NUMBER(tally->waived),
                           tally->waived == 1 ? "" : "s");
}

void
render_nagios(const Report *report, GString *out)
{
    Tally tally = tally_of(report->audit);
    g_autoptr(GString) sentence = g_string_new(NULL);
    const char *domain = report->audit->estate->domain;
    Style style;
    const char *word = summary_answer(report->audit, &tally, sentence, &style);
    say_waived(&tally, sentence);
    g_autofree char *data = origins_time(report);
    g_autofree char *text =
        g_strdup_printf("%s%s%s; %s%s%s", domain ? domain : "", domain ? ": " : "", word,
                        sentence->str, data ? "; data of " : "", data ? data : "");
    nagios_say(out, nagios_state(report), text);
    g_string_append(out, " |");
    for (guint i = 0; i < VERDICT_COUNT; i++)
        number(out, verdict_names[i], tally.verdicts[i]);
    for (guint i = 0; i < VERDICT_COUNT; i++) {
        g_autofree char *label = g_strdup_printf("delegations_%s", verdict_names[i]);
        number(out, label, tally.edges[i]);
    }
    for (guint i = 0; i < SEVERITY_COUNT; i++)
        number(out, severity_names[i], tally.failed[i]);
    number(out, "gaps", report->audit->gaps->len);
    Grade grade = grade_of_audit(report->audit);
    if (grade.determined)
        number(out, "grade_score", grade.score);
    else
        g_string_append(out, " grade_score=U");
    g_string_append_c(out, '\n');
}
