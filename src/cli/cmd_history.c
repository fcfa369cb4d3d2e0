/* kcdaudit history: lists kept audits, or the life of a host's findings. */
#include "cli/cli.h"

#include "base/fault.h"
#include "emit.h"
#include "model/written.h"
#include "recorder.h"
#include "render/past_page.h"

#include <string.h>

#define SHOWN 20

static const View runs_view = {past_draw_runs, past_runs_json, NULL};
static const View lives_view = {past_draw_lives, past_lives_json, NULL};

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

static int
cmd_history(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = NULL;
    g_autofree char *place = NULL;
    if (!emit_check(options, &error) || !recorder_open(options, &db, &place, &error))
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
        "has it, such as DEL-01:HV01>HV02.",
    .statuses =
        {
            [EXIT_OK] = "listed",
            [EXIT_USAGE] = ("usage is wrong, no such host or finding, or the file is no "
                            "history of this version"),
            [EXIT_NO_AUDIT] = "no history yet, or it is damaged",
        },
    .max_arguments = 1,
    .options = OPTIONS_HISTORY | OPTIONS_OUTPUT | OPTIONS_WORDS,
    .run = cmd_history,
};
