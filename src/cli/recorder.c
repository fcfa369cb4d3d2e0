/* Finds the history's place, takes it before the audit, and writes it after. */
#include "recorder.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"
#include "progress.h"
#include "ticket/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "history.sqlite"
#define ASIDE_NAME "unsent.sqlite"
#define SERVICE_PLACE "/var/lib/kcdaudit/" FILE_NAME

void
recorder_clear(Keep *keep)
{
    g_clear_pointer(&keep->path, g_free);
    g_clear_pointer(&keep->aside, g_free);
    g_clear_pointer(&keep->runs, g_ptr_array_unref);
}

/* In $STATE_DIRECTORY (which systemd gives a service), or in kcdaudit/ below
 * $XDG_STATE_HOME or ~/.local/state (transfer full); NULL: there is none of these. */
static char *
place_in_state(const char *file)
{
    const char *service = getenv("STATE_DIRECTORY");
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (service && g_path_is_absolute(service)) {
        /* systemd.exec(5): several are separated by colons. */
        g_autofree char *first = g_strndup(service, strcspn(service, ":"));
        return g_build_filename(first, file, NULL);
    }
    /* XDG Base Directory Specification: what is not absolute is ignored. */
    if (state && g_path_is_absolute(state))
        return g_build_filename(state, "kcdaudit", file, NULL);
    if (home && g_path_is_absolute(home))
        return g_build_filename(home, ".local/state/kcdaudit", file, NULL);
    return NULL;
}

char *
recorder_place(const Options *options)
{
    return options->history ? g_strdup(options->history) : place_in_state(FILE_NAME);
}

char *
recorder_aside(void)
{
    return place_in_state(ASIDE_NAME);
}

static void
warn(const char *why)
{
    g_autofree char *line =
        g_strdup_printf("this audit is not kept: %s (--no-history: it need not be)", why);
    cli_note(line, NULL);
}

bool
recorder_prepare(const Options *options, Keep *keep, GError **error)
{
    g_autoptr(GError) local = NULL;
    if (options->no_history)
        return true;
    keep->path = recorder_place(options);
    keep->chosen = options->history != NULL;
    if (keep->chosen)
        return db_check(keep->path, error);
    if (!keep->path) {
        warn("neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME tells where");
        return true;
    }
    g_autofree char *directory = g_path_get_dirname(keep->path);
    if (!file_make_directory(directory, &local) || !db_check(keep->path, &local)) {
        warn(local->message);
        g_clear_pointer(&keep->path, g_free);
    }
    return true;
}

/* --host arguments in any order and spelling are the same hosts. */
static char *
hosts_text(char **hosts)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GString *text = g_string_new(NULL);
    for (; hosts && *hosts; hosts++)
        g_ptr_array_add(names, text_fold(*hosts));
    g_ptr_array_sort(names, text_order);
    for (guint i = 0; i < names->len; i++)
        if (i == 0 || strcmp(names->pdata[i], names->pdata[i - 1]) != 0)
            g_string_append_printf(text, "%s%s", i ? "\n" : "",
                                   (const char *)names->pdata[i]);
    return g_string_free(text, FALSE);
}

/* The files that were read. */
static char *
config_text(const Policy *policy)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < policy->files->len; i++) {
        g_autofree char *path = g_canonicalize_filename(policy->files->pdata[i], NULL);
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", path);
    }
    return g_string_free(text, FALSE);
}

static PastRun *
run_of(const Session *session, const Report *report, int status)
{
    const char *domain = session->estate->domain;
    PastRun *run = past_run_new();
    run->scope.domain = text_fold(domain ? domain : "");
    run->scope.hosts = hosts_text(session->options->hosts);
    run->scope.config = config_text(session->policy);
    run->started_us = report->started_us;
    run->duration_ms = report->duration_ms;
    run->exit_status = status;
    run->tool_version = g_strdup(report->tool_version);
    return run;
}

static void
reverse(GPtrArray *list)
{
    for (guint i = 0; i < list->len / 2; i++) {
        gpointer swap = list->pdata[i];
        list->pdata[i] = list->pdata[list->len - 1 - i];
        list->pdata[list->len - 1 - i] = swap;
    }
}

static bool
open_place(const Options *options, const char *place, DbUse use, Db **ret_db,
           GError **error)
{
    g_autoptr(GError) local = NULL;
    if (!db_is_server(place))
        return db_open(place, use, ret_db, error);
    /* libpq finds them by itself, and believes a server that knows their keys. */
    if (!credentials_are_own(&local))
        return fault_set(error, FAULT_OUTPUT, "cannot reach history %s: %s", place,
                         local->message);
    return db_open_server(place, use, (guint)options->timeout_s, ret_db, error);
}

/* What the server did not take before goes first.  A file of these that cannot be used
 * keeps no audit from it. */
static bool
send_first(const char *place, Db *server, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *path = place_in_state(ASIDE_NAME);
    guint sent = 0;
    bool done = !path || access(path, F_OK) != 0 ||
                recorder_send(path, place, server, &sent, &local);
    bool lost = !done && local->code == FAULT_OUTPUT; /* and so is this audit */
    g_autofree char *line = NULL;
    if (sent)
        line = recorder_sent_text(sent, path, place);
    else if (!done && !lost)
        line =
            g_strdup_printf("what is kept in %s was not sent: %s", path, local->message);
    if (line)
        cli_note(line, NULL);
    if (lost)
        g_propagate_error(error, g_steal_pointer(&local));
    return !lost;
}

/* `unsent_to`: where it belongs, if that is not `place`. */
static bool
record(Keep *keep, const char *place, const char *unsent_to, const Session *session,
       const Report *report, int status, GError **error)
{
    g_autoptr(Db) db = NULL;
    g_autoptr(PastRun) run = run_of(session, report, status);
    if (!open_place(session->options, place, DB_WRITE, &db, error) ||
        (db_is_server(place) && !send_first(place, db, error)) ||
        !history_record(db, report->audit, run, unsent_to, error))
        return false;
    keep->kept = true;
    if (!history_runs(db, run, KEEP_TREND, &keep->runs, error) ||
        !history_since(db, run, report->audit, error))
        return false;
    reverse(keep->runs);
    keep->trend = (Trend){
        .place = place,
        .runs = keep->runs,
        .fresh = run->changes[CHANGE_NEW],
        .reopened = run->changes[CHANGE_REOPENED],
        .mended = run->changes[CHANGE_MENDED],
        .persisting = run->changes[CHANGE_PERSISTING] + run->changes[CHANGE_WORSENED] +
                      run->changes[CHANGE_CHANGED],
    };
    return true;
}

/* What a server did not take is not lost: it is kept in a file of this machine, and sent
 * before the next one. */
static bool
record_aside(Keep *keep, const Session *session, const Report *report, int status,
             const char *why)
{
    g_autofree char *place = recorder_aside();
    g_autofree char *directory = place ? g_path_get_dirname(place) : NULL;
    if (keep->kept || !place || !file_make_directory(directory, NULL) ||
        !record(keep, place, keep->path, session, report, status, NULL))
        return false;
    g_autofree char *line = g_strdup_printf(
        "%s; the audit is kept in %s, and sent with the next one (or by kcdaudit history "
        "--send)",
        why, place);
    cli_note(line, NULL);
    keep->trend.place = keep->aside = g_steal_pointer(&place);
    return true;
}

bool
recorder_audit(Keep *keep, const Session *session, Report *report, int status,
               GError **error)
{
    g_autoptr(GError) local = NULL;
    if (!keep->path)
        return true;
    progress_say("keeping the audit");
    if (record(keep, keep->path, NULL, session, report, status, &local) ||
        (db_is_server(keep->path) &&
         record_aside(keep, session, report, status, local->message))) {
        report->trend = &keep->trend;
        return true;
    }
    if (keep->chosen) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    warn(local->message);
    return true;
}

bool
recorder_send(const char *file, const char *place, Db *server, guint *ret_sent,
              GError **error)
{
    g_autoptr(Db) db = NULL;
    return db_open(file, DB_WRITE, &db, error) &&
           history_send(db, place, server, ret_sent, error);
}

char *
recorder_sent_text(guint sent, const char *file, const char *place)
{
    return g_strdup_printf("%u audit%s that waited in %s %s sent to %s", sent,
                           sent == 1 ? "" : "s", file, sent == 1 ? "was" : "were", place);
}

bool
recorder_send_all(const Options *options, char **ret_text, GError **error)
{
    g_autoptr(Db) server = NULL;
    g_autofree char *file = place_in_state(ASIDE_NAME);
    const char *place = options->history;
    guint sent = 0;
    if (!place || !db_is_server(place))
        return fault_set(error, FAULT_CONFIG,
                         "--send sends to a server what it did not take: name it by "
                         "--history postgresql://USER@HOST/DATABASE");
    if (!db_check(place, error))
        return false;
    if (!file)
        return fault_set(error, FAULT_CONFIG,
                         "neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME tells where "
                         "audits that were not sent are");
    if (access(file, F_OK) == 0 &&
        (!open_place(options, place, DB_WRITE, &server, error) ||
         !recorder_send(file, place, server, &sent, error)))
        return false;
    *ret_text = sent ? recorder_sent_text(sent, file, place)
                     : g_strdup_printf("no audit waits in %s for %s", file, place);
    return true;
}

bool
recorder_open(const Options *options, DbUse use, Db **ret_db, char **ret_place,
              GError **error)
{
    g_autofree char *place = recorder_place(options);
    if (!place)
        return fault_set(error, FAULT_CONFIG,
                         "neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME tells where "
                         "the history is; write --history FILE");
    bool server = db_is_server(place);
    if (!server && access(place, F_OK) != 0 && !options->history) {
        bool service = access(SERVICE_PLACE, F_OK) == 0;
        return fault_set(
            error, FAULT_MALFORMED,
            "there is no history yet (%s): the next kcdaudit audit begins "
            "one%s",
            place, service ? "; that of the service: --history " SERVICE_PLACE : "");
    }
    if (!server && access(place, F_OK) != 0)
        return fault_set(error, FAULT_MALFORMED,
                         "there is no history %s: kcdaudit audit --history begins one",
                         place);
    if (!open_place(options, place, use, ret_db, error))
        return false;
    *ret_place = g_steal_pointer(&place);
    return true;
}
