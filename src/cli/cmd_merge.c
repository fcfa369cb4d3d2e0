/* kcdaudit merge: judges and reports what the shards of an audit brought back. */
#include "cli/cli.h"

#include "base/fault.h"
#include "base/limits.h"
#include "base/text.h"
#include "reporting.h"
#include "shard.h"

#include <string.h>

static bool
is_shard(const char *name)
{
    return g_str_has_prefix(name, "shard-") && g_str_has_suffix(name, ".json");
}

static bool
add_directory(GPtrArray *paths, const char *directory, GError **error)
{
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, directory);
    g_autoptr(GError) why = NULL;
    g_autoptr(GDir) names = g_dir_open(directory, 0, &why);
    guint before = paths->len;
    if (!names)
        return fault_set(error, FAULT_CONFIG, "%s: cannot be read: %s", shown,
                         why->message);
    for (const char *name; (name = g_dir_read_name(names)) != NULL;)
        if (is_shard(name))
            g_ptr_array_add(paths, g_build_filename(directory, name, NULL));
    return paths->len > before ||
           fault_set(
               error, FAULT_CONFIG,
               "no shard-*.json in %s: kcdaudit audit --shard I/N -o %s writes them",
               shown, shown);
}

/* Files, and what lies in directories, in one order whatever the order given. */
static bool
find_files(char *const *given, GPtrArray *paths, GError **error)
{
    for (; *given; given++) {
        if (!g_file_test(*given, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(paths, g_strdup(*given));
        else if (!add_directory(paths, *given, error))
            return false;
    }
    g_ptr_array_sort(paths, text_order);
    return paths->len <= 2 * MOST_SHARDS ||
           fault_set(error, FAULT_CONFIG, "more than %u files of shards",
                     2 * MOST_SHARDS);
}

static bool
read_all(ShardSet *set, const GPtrArray *paths, GError **error)
{
    for (guint i = 0; i < paths->len; i++)
        if (!shard_set_add(set, paths->pdata[i], error))
            return false;
    return true;
}

static int
cmd_merge(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(ShardSet) set = NULL; /* the audit borrows from it */
    g_autoptr(Audit) audit = NULL;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_auto(Keep) keep = {0};

    if (!reporting_prepare(options, &keep, &error) ||
        !find_files(options->arguments, paths, &error) ||
        !session_open(options, &session, &error) ||
        !audit_new(session->estate, session->policy, &audit, &error))
        return reporting_fail(options, error);
    set = shard_set_new(options->run_id, audit);
    if (!read_all(set, paths, &error) || !session_sysvol(session, audit, &error))
        return reporting_fail(options, error);
    shard_set_take(set, session, audit);
    session_facts(session, audit);
    return reporting_run(options, session, audit, &keep);
}

const Command command_merge = {
    .name = "merge",
    .arguments = "SHARD...",
    .summary = "judge and report what the shards of an audit brought back",
    .details =
        "SHARD is a file that kcdaudit audit --shard wrote, or a directory of "
        "shard-*.json. The report is the one of an audit in a single run. What a shard "
        "that is not among them was to ask is not determined, and the exit status says "
        "so.",
    .statuses =
        {
            [EXIT_OK] = "nothing at or above --fail-on",
            [EXIT_FINDINGS] = "findings at or above it",
            [EXIT_USAGE] = ("usage or configuration is wrong, a shard is of another run "
                            "or snapshot, or a report cannot be written"),
            [EXIT_INCOMPLETE] = ("a shard did not return or something could not be read, "
                                 "and nothing at or above --fail-on was found in the "
                                 "rest"),
            [EXIT_NO_AUDIT] = "no audit: bad input file",
        },
    .min_arguments = 1,
    .max_arguments = 2 * MOST_SHARDS,
    .options = OPTIONS_OFFLINE | OPTIONS_SCOPE | OPTIONS_FAIL_ON | OPTIONS_MERGE |
               OPTIONS_FACTS | OPTIONS_REPORT | OPTIONS_HISTORY | OPTIONS_RECORD,
    .run = cmd_merge,
};
