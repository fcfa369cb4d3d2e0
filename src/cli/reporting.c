/* What every audit ends with: judging, fixes, reports, the history, the exit status. */
#include "reporting.h"

#include "emit.h"
#include "fix/first.h"
#include "journal.h"
#include "progress.h"
#include "render/nagios.h"
#include "render/render.h"
#include "shown.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

bool
reporting_prepare(const Options *options, Keep *keep, GError **error)
{
    return emit_check(options, error) &&
           (!options->fixes || emit_check_directory(options->fixes, error)) &&
           recorder_prepare(options, keep, error);
}

/* One report, made as it is written. */
typedef struct {
    Report report;
    const Renderer *renderer;
} Making;

static void
take_piece(gpointer out, const GString *piece)
{
    file_out_put(out, piece->str, piece->len);
}

static void
make_report(FileOut *out, gpointer data)
{
    const Making *making = data;
    Report report = making->report;
    g_autoptr(GString) text = g_string_new(NULL);
    report.drain = (Drain){take_piece, out};
    making->renderer->render(&report, text);
    take_piece(out, text);
}

static bool
write_reports(const Options *options, const Report *report, GError **error)
{
    g_autofree Making *makings = g_new0(Making, options->outputs->len);
    g_auto(Outbox) box = {0};
    progress_say("writing");
    for (guint i = 0; i < options->outputs->len; i++) {
        const Output *output = options->outputs->pdata[i];
        Making *making = &makings[i];
        making->report = *report;
        making->report.color = emit_color(options, output);
        making->report.width = emit_width(output);
        making->renderer = renderer_find(output->format);
        if (!outbox_make(&box, output->path,
                         making->renderer->shared ? FILE_SHARED : FILE_PRIVATE,
                         make_report, making, error))
            return false;
    }
    return outbox_send(&box, error);
}

static int
exit_status(const Audit *audit, Severity fail_on)
{
    if (audit_worst(audit) >= (int)fail_on)
        return EXIT_FINDINGS;
    return audit_incomplete(audit) ? EXIT_INCOMPLETE : EXIT_OK;
}

/* Whether the line for monitoring is what standard output gets: then the exit status is
 * a plugin's. */
static bool
is_plugin(const Options *options)
{
    for (guint i = 0; i < options->outputs->len; i++) {
        const Output *output = options->outputs->pdata[i];
        if (!output->path && strcmp(output->format, "nagios") == 0)
            return true;
    }
    return false;
}

int
reporting_fail(const Options *options, const GError *error)
{
    int status = cli_fail(error);
    if (!is_plugin(options))
        return status;
    g_autoptr(GString) line = g_string_new(NULL);
    nagios_say(line, NAGIOS_UNKNOWN, error->message);
    puts(line->str);
    return NAGIOS_UNKNOWN;
}

/* Fewer bytes of holes cost more to give back than they are worth. */
#define HOLES_TO_GIVE_BACK ((size_t)64 << 20)

/* Planning and recording leave holes, and reports are large. */
static void
give_back(void)
{
    if (mallinfo2().fordblks >= HOLES_TO_GIVE_BACK)
        malloc_trim(0);
}

int
reporting_run(const Options *options, const Session *session, Audit *audit, Keep *keep)
{
    g_autoptr(GError) error = NULL;
    progress_say("judging %u pairs", audit->pairs->len);
    audit_run(audit);
    g_autoptr(GPtrArray) fixes = fix_plan(audit);
    g_autoptr(GPtrArray) first = fix_first(audit, fixes);
    session_changes(session, audit);
    give_back();
    if (options->fixes && !fix_write(audit, fixes, options->fixes, &error))
        return reporting_fail(options, error);

    g_autoptr(Shown) shown = shown_of(options, audit);
    Report report = {
        .audit = audit,
        .shown = shown,
        .fixes = fixes,
        .first = first,
        .tool_version = KCDAUDIT_VERSION,
        .hostname = g_get_host_name(),
        .started_us = session->started_us,
        .duration_ms = (g_get_real_time() - session->started_us) / 1000,
        .fail_on = options->fail_on,
        .all_pairs = options->all_pairs,
        .all_edges = options->all_edges,
        .utf8 = emit_utf8(),
        .quiet = options->quiet,
        .summary = options->summary,
        .verbose = options->verbose,
        .fixes_dir = options->fixes,
    };
    int status = exit_status(audit, options->fail_on);
    /* What cannot be kept is reported all the same. */
    g_autoptr(GError) lost = NULL;
    bool kept = recorder_audit(keep, session, &report, status, &lost);
    give_back();
    if (!write_reports(options, &report, &error))
        return reporting_fail(options, error);
    if (!kept)
        return reporting_fail(options, lost);
    journal_audit(&report, options, status);
    return is_plugin(options) ? (int)nagios_state(&report) : status;
}
