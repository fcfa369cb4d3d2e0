/* kcdaudit history: lists kept audits, or the life of a host's findings. */
#include "cli/cli.h"

#include "base/fault.h"
#include "base/text.h"
#include "emit.h"
#include "model/written.h"
#include "recorder.h"
#include "render/past_page.h"

#include <string.h>

#define SHOWN 20
#define PRUNE_MOST 100000 /* days or runs */

static const View runs_view = {past_draw_runs, past_runs_json, NULL, NULL};
static const View lives_view = {past_draw_lives, past_lives_json, NULL, NULL};

/* Programs get all of it. */
static bool
wants_all(const Options *options)
{
    for (guint i = 0; i < options->outputs->len; i++)
        if (strcmp(((const Output *)options->outputs->pdata[i])->format, "json") == 0)
            return true;
    return options->verbose;
}

static int
show_runs(const Options *options, Db **db, const char *place)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) runs = NULL;
    guint limit = options->verbose ? G_MAXUINT : SHOWN;
    /* One more tells whether there are more. */
    if (!history_runs(*db, NULL, wants_all(options) ? G_MAXINT : SHOWN + 1, &runs,
                      &error))
        return cli_fail(error);
    if (runs->len == 0) {
        fault_set(&error, FAULT_MALFORMED, "history %s holds no audit yet", place);
        return cli_fail(error);
    }
    /* Whoever reads page by page is not to keep an audit from writing. */
    g_clear_pointer(db, db_free);
    PastRuns what = {place, runs, limit, options->quiet, options->verbose};
    return emit_view(options, &runs_view, &what, &error) ? EXIT_OK : cli_fail(error);
}

static int
show_lives(const Options *options, Db **db, const char *place)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lives = NULL;
    const char *name = written_clean(options->arguments[0]);
    g_auto(WrittenForms) forms = written_forms(name);
    g_autofree char *label =
        forms.sam ? g_strndup(forms.sam, strcspn(forms.sam, ".$")) : NULL;
    bool known = false;
    if (!history_lives(*db, name, &lives, &known, &error))
        return cli_fail(error);
    /* CONTOSO\HV01$ is kept as HV01. */
    if (lives->len == 0 && !known && label && *label) {
        g_clear_pointer(&lives, g_ptr_array_unref);
        if (!history_lives(*db, label, &lives, &known, &error))
            return cli_fail(error);
        name = known || lives->len > 0 ? label : name;
    }
    if (lives->len == 0 && !known) {
        fault_set(&error, FAULT_CONFIG,
                  "the history knows no host and no finding %s; see: kcdaudit history",
                  name);
        return cli_fail(error);
    }
    g_clear_pointer(db, db_free);
    PastLives what = {place, name, lives, options->quiet, options->verbose};
    return emit_view(options, &lives_view, &what, &error) ? EXIT_OK : cli_fail(error);
}

/* "90d", "90 days", "100r", "100 runs" */
static bool
parse_keeping(const char *text, Keeping *ret_keeping, GError **error)
{
    static const char *const days[] = {"d", "day", "days", NULL};
    static const char *const runs[] = {"r", "run", "runs", NULL};
    gsize digits = strspn(text, "0123456789");
    g_autofree char *figure = g_strndup(text, digits);
    g_autofree char *unit = g_ascii_strdown(text + digits, -1);
    guint64 number = 0;
    g_strstrip(unit);
    bool by_days = g_strv_contains(days, unit), by_runs = g_strv_contains(runs, unit);
    if ((!by_days && !by_runs) ||
        !g_ascii_string_to_unsigned(figure, 10, 1, PRUNE_MOST, &number, NULL)) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
        return fault_set(error, FAULT_CONFIG,
                         "--prune %s does not say what to keep; write 90d for the last "
                         "90 days, or 100r for the last 100 audits (1 to %d)",
                         *shown ? shown : "''", PRUNE_MOST);
    }
    ret_keeping->runs = by_runs ? (guint)number : 0;
    ret_keeping->since_us =
        by_runs ? 0 : g_get_real_time() - (gint64)number * 24 * 3600 * G_USEC_PER_SEC;
    return true;
}

static bool
is_plain(const char *what, const Options *options, GError **error)
{
    const Output *output = options->outputs->pdata[0];
    if (options->arguments)
        return fault_set(error, FAULT_CONFIG,
                         "%s is about audits, whatever they found: it goes without a "
                         "host or a finding",
                         what);
    return (options->outputs->len == 1 && strcmp(output->format, "text") == 0) ||
           fault_set(error, FAULT_CONFIG, "%s says what it did as text alone", what);
}

static int
prune(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = NULL;
    g_autofree char *place = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    Keeping keeping = {0};
    Pruning pruning = {0};
    if (!is_plain("--prune", options, &error) ||
        !parse_keeping(options->prune, &keeping, &error) ||
        !emit_check(options, &error) ||
        !recorder_open(options, DB_WRITE, &db, &place, &error) ||
        !history_prune(db, &keeping, &pruning, &error))
        return cli_fail(error);
    g_string_printf(
        text, "%" G_GINT64_FORMAT " audit%s forgotten, %" G_GINT64_FORMAT " kept in %s\n",
        pruning.pruned, pruning.pruned == 1 ? "" : "s", pruning.kept, place);
    const Output *output = options->outputs->pdata[0];
    return options->quiet || emit_text(output->path, text, &error) ? EXIT_OK
                                                                   : cli_fail(error);
}

static int
send_kept(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *said = NULL;
    const Output *output = options->outputs->pdata[0];
    if (!is_plain("--send", options, &error) || !emit_check(options, &error) ||
        !recorder_send_all(options, &said, &error))
        return cli_fail(error);
    g_autoptr(GString) text = g_string_new(said);
    g_string_append_c(text, '\n');
    return options->quiet || emit_text(output->path, text, &error) ? EXIT_OK
                                                                   : cli_fail(error);
}

static int
cmd_history(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = NULL;
    g_autofree char *place = NULL;
    if (options->prune && options->send) {
        fault_set(&error, FAULT_CONFIG,
                  "--send and --prune are two things: one at a time");
        return cli_fail(error);
    }
    if (options->prune)
        return prune(options);
    if (options->send)
        return send_kept(options);
    if (!emit_check(options, &error) ||
        !recorder_open(options, DB_READ, &db, &place, &error))
        return cli_fail(error);
    return options->arguments ? show_lives(options, &db, place)
                              : show_runs(options, &db, place);
}

const Command command_history = {
    .name = "history",
    .arguments = "[HOST|FINDING]",
    .summary = "past audits; of a host or a finding, when it was first and last seen",
    .details =
        "Audits are kept unless --no-history is given, those of one domain, --host "
        "arguments and configuration file together. Without an argument the last 20 are "
        "listed (-v: all), with what changed in each. FINDING is an id as the JSON "
        "report "
        "has it, such as DEL-01:HV01>HV02. --prune forgets older audits; when a finding "
        "that is left was first seen stays known. --send sends to a server what it did "
        "not take before.",
    .statuses =
        {
            [EXIT_OK] = "listed, pruned or sent",
            [EXIT_USAGE] = ("usage is wrong, no such host or finding, or the file is no "
                            "history of this version"),
            [EXIT_NO_AUDIT] = "no history yet, or it is damaged",
        },
    .max_arguments = 1,
    .options = OPTIONS_HISTORY | OPTIONS_OUTPUT | OPTIONS_WORDS | OPTIONS_PRUNE,
    .run = cmd_history,
};
