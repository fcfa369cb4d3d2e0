/* kcdaudit diff: chooses two kept audits and shows what changed. */
#include "cli/cli.h"

#include "base/fault.h"
#include "base/text.h"
#include "emit.h"
#include "recorder.h"
#include "render/past_page.h"

static const View diff_view = {past_draw_diff, past_diff_json, NULL, NULL};

static bool
parse_run(const char *text, gint64 *ret_number, GError **error)
{
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &number, NULL)) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
        return fault_set(error, FAULT_CONFIG,
                         "%s is not the number of a run; see: kcdaudit history", shown);
    }
    *ret_number = (gint64)number;
    return true;
}

/* Without a number: the last run; its scope is meant. */
static bool
newest(Db *db, gint64 *ret_number, GError **error)
{
    g_autoptr(GPtrArray) runs = NULL;
    if (!history_runs(db, NULL, 1, &runs, error))
        return false;
    if (runs->len == 0)
        return fault_set(error, FAULT_MALFORMED, "the history holds no audit yet");
    *ret_number = ((const PastRun *)runs->pdata[0])->number;
    return true;
}

/* The run before, of the same scope. */
static bool
previous(Db *db, gint64 number, gint64 *ret_number, GError **error)
{
    g_autoptr(PastRun) run = NULL;
    if (!history_run(db, number, &run, error))
        return false;
    if (run->previous == 0) {
        g_autofree char *scope = past_scope_text(&run->scope);
        return fault_set(error, FAULT_MALFORMED,
                         "run %" G_GINT64_FORMAT
                         " is the first of %s: there is nothing to compare it with yet",
                         number, scope);
    }
    *ret_number = run->previous;
    return true;
}

/* Which two: the last two, one against the newest of its scope, or as named. */
static bool
choose(Db *db, char **words, gint64 *ret_one, gint64 *ret_other, GError **error)
{
    if (!words)
        return newest(db, ret_other, error) && previous(db, *ret_other, ret_one, error);
    if (!parse_run(words[0], ret_one, error))
        return false;
    if (words[1])
        return parse_run(words[1], ret_other, error);
    g_autoptr(PastRun) run = NULL;
    g_autoptr(PastRun) last = NULL;
    if (!history_run(db, *ret_one, &run, error) ||
        !history_newest(db, *ret_one, &last, error))
        return false;
    *ret_other = last->number;
    /* The newest itself is compared with the one before. */
    return *ret_other != *ret_one || previous(db, *ret_other, ret_one, error);
}

static int
cmd_diff(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = NULL;
    g_autoptr(Comparison) comparison = NULL;
    g_autofree char *place = NULL;
    gint64 one = 0, other = 0;
    if (!emit_check(options, &error) ||
        !recorder_open(options, DB_READ, &db, &place, &error) ||
        !choose(db, options->arguments, &one, &other, &error) ||
        !history_compare(db, one, other, &comparison, &error))
        return cli_fail(error);
    /* Whoever reads page by page is not to keep an audit from writing. */
    g_clear_pointer(&db, db_free);
    PastDiff what = {place, comparison, options->quiet, options->verbose};
    if (!emit_view(options, &diff_view, &what, &error))
        return cli_fail(error);
    return comparison_worst(comparison) >= (int)options->fail_on ? EXIT_FINDINGS
                                                                 : EXIT_OK;
}

const Command command_diff = {
    .name = "diff",
    .arguments = "[RUN [RUN]]",
    .summary = "what appeared, persisted or was fixed between two audits",
    .details =
        "The last audit against the one before it of the same domain, --host arguments "
        "and configuration; with one RUN, that one against the newest of its kind; the "
        "older of two is always the one before. A finding is fixed only where its rule "
        "was checked again and did not find it: what was not checked is unseen, and a "
        "host that is no longer audited is gone. A finding that was fixed and is back, "
        "or whose waiver ended, is reopened. Delegations and chains to Tier 0 that came "
        "or went are named.",
    .statuses =
        {
            [EXIT_OK] =
                ("nothing new, reopened or worsened at or above --fail-on, and no "
                 "new chain to Tier 0"),
            [EXIT_FINDINGS] = "something of that kind",
            [EXIT_USAGE] = ("usage is wrong, no such run, runs that did not audit the "
                            "same, or the file is no history of this version"),
            [EXIT_NO_AUDIT] =
                "no history yet, no other audit of this kind in it, or it is damaged",
        },
    .max_arguments = 2,
    .options = OPTIONS_HISTORY | OPTIONS_OUTPUT | OPTIONS_WORDS | OPTIONS_FAIL_ON,
    .run = cmd_diff,
};
