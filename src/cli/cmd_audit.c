#include "cli/cli.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"
#include "fix/fix.h"
#include "render/render.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int
terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

static bool
wants_color(const Options *options)
{
    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 &&
           !(no_color && *no_color);
}

/* A place that cannot be written is said before anything is contacted. */
static bool
check_outputs(const Options *options, GError **error)
{
    for (guint i = 0; i < options->outputs->len; i++) {
        const Output *output = options->outputs->pdata[i];
        if (!output->path)
            continue;
        g_autofree char *directory = g_path_get_dirname(output->path);
        bool exists = access(output->path, F_OK) == 0;
        if (access(exists ? output->path : directory, W_OK) != 0)
            return fault_set(error, FAULT_OUTPUT, "cannot write %s: %s", output->path,
                             g_strerror(errno));
    }
    return !options->fixes || file_make_directory(options->fixes, error);
}

static bool
write_reports(const Options *options, Report *report, GError **error)
{
    for (guint i = 0; i < options->outputs->len; i++) {
        const Output *output = options->outputs->pdata[i];
        g_autoptr(GString) text = g_string_new(NULL);
        report->color =
            wants_color(options) && (!output->path || options->color == COLOR_ALWAYS);
        report->width = output->path ? 0 : terminal_width();
        renderer_find(output->format)->render(report, text);
        if (output->path) {
            if (!file_write(output->path, text->str, text->len, error))
                return false;
        } else if (fwrite(text->str, 1, text->len, stdout) != text->len ||
                   fflush(stdout) != 0) {
            return fault_set(error, FAULT_OUTPUT, "cannot write to standard output: %s",
                             g_strerror(errno));
        }
    }
    return true;
}

static int
exit_status(const Audit *audit, Severity fail_on)
{
    if (audit_worst(audit) >= (int)fail_on)
        return EXIT_FINDINGS;
    return audit_incomplete(audit) ? EXIT_INCOMPLETE : EXIT_OK;
}

/* collect -> estate -> audit -> findings -> fixes -> render */
static int
cmd_audit(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(GPtrArray) tickets = NULL;
    g_autoptr(Audit) audit = NULL;

    if (!check_outputs(options, &error) || !session_open(options, &session, &error) ||
        !audit_new(session->estate, session->policy, &audit, &error) ||
        !session_tickets(session, audit, &tickets, &error))
        return cli_fail(error);

    audit_run(audit);
    g_autoptr(GPtrArray) fixes = fix_plan(audit);
    if (options->fixes && !fix_write(audit, fixes, options->fixes, &error))
        return cli_fail(error);

    Report report = {
        .audit = audit,
        .fixes = fixes,
        .tool_version = KCDAUDIT_VERSION,
        .started_us = session->started_us,
        .duration_ms = (g_get_real_time() - session->started_us) / 1000,
        .all_pairs = options->all_pairs,
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .quiet = options->quiet,
        .verbose = options->verbose,
        .fixes_dir = options->fixes,
    };
    if (!write_reports(options, &report, &error))
        return cli_fail(error);
    return exit_status(audit, options->fail_on);
}

const Command command_audit = {
    .name = "audit",
    .arguments = "",
    .summary = "collect, judge, test tickets, report, propose fixes",
    .details =
        "Without --host and without [group] sections, Hyper-V hosts are discovered and "
        "partner\ngroups are inferred from the delegation among them.",
    .options = OPTIONS_SOURCE | OPTIONS_SCOPE | OPTIONS_AUDIT | OPTIONS_REPORT,
    .run = cmd_audit,
};
