/* kcdaudit fleet: the latest audit of everything that a history holds. */
#include "cli/cli.h"

#include "base/fault.h"
#include "emit.h"
#include "recorder.h"
#include "render/fleet.h"

static const View fleet_view = {
    .draw = fleet_draw, .json = fleet_json, .html = fleet_html};

static int
cmd_fleet(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = NULL;
    g_autoptr(GPtrArray) runs = NULL;
    g_autofree char *place = NULL;
    if (!emit_check(options, &error) ||
        !recorder_open(options, DB_READ, &db, &place, &error) ||
        !history_fleet(db, &runs, &error))
        return cli_fail(error);
    if (runs->len == 0) {
        fault_set(&error, FAULT_MALFORMED, "history %s holds no audit yet", place);
        return cli_fail(error);
    }
    /* Whoever reads page by page is not to keep an audit from writing. */
    g_clear_pointer(&db, db_free);
    fleet_sort(runs);
    Fleet what = {place, runs, g_get_real_time(), options->quiet, options->verbose};
    return emit_view(options, &fleet_view, &what, &error) ? EXIT_OK : cli_fail(error);
}

const Command command_fleet = {
    .name = "fleet",
    .arguments = "",
    .summary = "how every domain in a history stood at its latest audit, worst first",
    .details =
        "Of each domain, --host arguments and configuration file that were ever audited "
        "into this history, the latest audit: its grade, verdicts and findings, and what "
        "was new or fixed. The worst come first; what could not be determined comes "
        "before what is as good as it would be at best.",
    .statuses =
        {
            [EXIT_OK] = "listed",
            [EXIT_USAGE] = "usage is wrong, or the file is no history of this version",
            [EXIT_NO_AUDIT] = "no history yet, or it is damaged",
        },
    .options = OPTIONS_HISTORY | OPTIONS_PAGE | OPTIONS_WORDS,
    .run = cmd_fleet,
};
