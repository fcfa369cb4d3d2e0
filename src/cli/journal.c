/* Recognizes systemd's journal, and writes an audit as one line for it. */
#include "journal.h"

#include "base/text.h"
#include "cli/cli.h"
#include "render/first.h"
#include "render/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether standard error goes to the journal itself: $JOURNAL_STREAM of
 * systemd.exec(5) names its device and inode. */
static bool
journal_listens(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    guint64 device, inode;
    char *end = NULL;

    if (!stream || fstat(STDERR_FILENO, &status) != 0)
        return false;
    device = g_ascii_strtoull(stream, &end, 10);
    if (end == stream || *end != ':')
        return false;
    const char *second = end + 1;
    inode = g_ascii_strtoull(second, &end, 10);
    return end != second && *end == '\0' && device == (guint64)status.st_dev &&
           inode == (guint64)status.st_ino;
}

void
journal_write(JournalLevel level, const char *message)
{
    /* A message may hold what a directory, a KDC or a file said. */
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, message);
    if (journal_listens())
        fprintf(stderr, "<%d>kcdaudit: %s\n", level, shown);
    else
        fprintf(stderr, "kcdaudit: %s\n", shown);
}

/* A keytab starts with two bytes of version. */
#define KEYTAB_SMALLEST 2

bool
journal_lacks_credential(const char *path)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    struct stat status;

    return directory && *directory && g_str_has_prefix(path, directory) &&
           path[strlen(directory)] == '/' && stat(path, &status) == 0 &&
           status.st_size < KEYTAB_SMALLEST;
}

/* ", 3 broken" for each count that is not 0. */
static void
add_count(GString *out, const char *separator, guint count, const char *what)
{
    if (count > 0)
        g_string_append_printf(out, "%s%u %s", out->len > 0 ? separator : "", count,
                               what);
}

static char *
verdicts_text(const Tally *tally)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint v = 0; v < VERDICT_COUNT; v++)
        add_count(out, ", ", tally->verdicts[v], verdict_names[v]);
    return g_strdup(out->len > 0 ? out->str : "none");
}

static char *
findings_text(const Tally *tally)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (int s = SEVERITY_COUNT - 1; s >= 0; s--)
        add_count(out, ", ", tally->failed[s], severity_names[s]);
    add_count(out, ", ", tally->not_determined, "not determined");
    add_count(out, ", ", tally->waived, "waived");
    return g_strdup(out->len > 0 ? out->str : "none");
}

/* Nothing where no history is kept. */
static void
add_trend(GString *out, const Trend *trend)
{
    if (!trend || trend->runs->len == 0)
        return;
    if (trend->runs->len == 1) {
        g_string_append(out, "; first audit in the history");
        return;
    }
    const PastRun *before = trend->runs->pdata[trend->runs->len - 2];
    g_string_append_printf(out, "; since run %" G_GINT64_FORMAT ": %u new",
                           before->number, trend->fresh);
    if (trend->reopened > 0)
        g_string_append_printf(out, ", %u reopened", trend->reopened);
    g_string_append_printf(out, ", %u fixed, %u persisting", trend->mended,
                           trend->persisting);
}

/* "; fix first: HV029: remove the duplicate SPN from svc-old: fixes 19 migrations" */
static void
add_first(GString *out, const GPtrArray *steps)
{
    if (!steps || steps->len == 0)
        return;
    g_autofree char *what = first_text(steps->pdata[0]);
    g_autofree char *gain = first_gain(steps, 0);
    g_string_append_printf(out, "; fix first: %s: %s", what, gain);
    if (steps->len > 1)
        g_string_append_printf(out, " (%u steps in all)", steps->len);
}

static void
add_status(GString *out, const Options *options, int status)
{
    const char *least = severity_names[options->fail_on];
    switch (status) {
    case EXIT_FINDINGS:
        g_string_append_printf(out, "; exit 1: findings of %s or worse", least);
        break;
    case EXIT_INCOMPLETE:
        g_string_append_printf(
            out, "; exit 3: incomplete, nothing of %s or worse in the rest", least);
        break;
    default:
        g_string_append_printf(out, "; exit 0: nothing of %s or worse", least);
    }
}

static JournalLevel
level_of(const Audit *audit, int status)
{
    if (status == EXIT_FINDINGS)
        return JOURNAL_ERROR;
    return status != EXIT_OK || audit_worst(audit) >= SEVERITY_WARNING ? JOURNAL_WARNING
                                                                       : JOURNAL_INFO;
}

void
journal_audit(const Report *report, const Options *options, int status)
{
    if (!journal_listens())
        return;
    const Audit *audit = report->audit;
    Tally tally = tally_of(audit);
    g_autofree char *verdicts = verdicts_text(&tally);
    g_autofree char *findings = findings_text(&tally);
    g_autoptr(GString) line = g_string_new(NULL);

    g_string_append_printf(line, "%s: %u hosts, %u pairs: %s",
                           audit->estate->domain ? audit->estate->domain : "?",
                           tally.hosts, tally.pairs, verdicts);
    if (tally_edges(&tally) > 0)
        g_string_append_printf(line, "; %u delegations, %u at risk", tally_edges(&tally),
                               tally.edges_at_risk);
    g_string_append_printf(line, "; findings: %s", findings);
    add_first(line, report->first);
    add_trend(line, report->trend);
    if (audit_incomplete(audit))
        g_string_append_printf(line, "; incomplete: %u not read", audit->gaps->len);
    else
        g_string_append(line, "; complete");
    add_status(line, options, status);
    journal_write(level_of(audit, status), line->str);
}
