/* kcdaudit delegations: who may act for users towards whom, one line each. */
#include "cli/cli.h"

#include "base/fault.h"
#include "emit.h"
#include "render/as_config.h"
#include "render/delegations.h"

static void
draw(const void *what, Page *page)
{
    delegations_draw(what, page);
}

static json_t *
json(const void *what)
{
    return delegations_json(what);
}

static void
csv(const void *what, GString *out)
{
    delegations_csv(what, out);
}

static const View view = {draw, json, csv, NULL};

/* The whole of it, whatever is audited otherwise: nobody asks for no delegations. */
static bool
settle_reach(const Options *options, Policy *policy, GError **error)
{
    if (options->reach == REACH_HOSTS)
        return fault_set(error, FAULT_CONFIG,
                         "--scope hosts looks at live migration alone; for delegations "
                         "there are: domain, forest");
    if (policy->reach == REACH_HOSTS)
        policy->reach = REACH_DOMAIN;
    return true;
}

/* --as-config is a format of its own, and a selection would declare half of it. */
static bool
check_config(const Options *options, GError **error)
{
    return !options->as_config ||
           !(options->formats || options->ways || options->risks) ||
           fault_set(error, FAULT_CONFIG,
                     "--as-config goes without --format, --way and --risk");
}

static bool
write_config(const Options *options, const Audit *audit, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    delegations_as_config(audit, out);
    return emit_text(options->output, out, error);
}

static int
cmd_delegations(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(Audit) audit = NULL;

    if (!check_config(options, &error) || !emit_check(options, &error) ||
        !session_prepare(options, &session, &error) ||
        !settle_reach(options, session->policy, &error) ||
        !session_collect(session, NULL, &error) ||
        !audit_new(session->estate, session->policy, &audit, &error))
        return cli_fail(error);
    audit_run(audit);
    if (options->as_config && !write_config(options, audit, &error))
        return cli_fail(error);
    if (options->as_config)
        return audit->gaps->len == 0 ? EXIT_OK : EXIT_INCOMPLETE;
    Report report = {
        .audit = audit,
        .tool_version = KCDAUDIT_VERSION,
        .started_us = session->started_us,
        .duration_ms = (g_get_real_time() - session->started_us) / 1000,
        .quiet = options->quiet,
        .verbose = options->verbose,
    };
    g_autoptr(Delegations) list =
        delegations_list(&report, options->ways, options->risks);
    if (!emit_view(options, &view, list, &error))
        return cli_fail(error);
    return delegations_complete(list) ? EXIT_OK : EXIT_INCOMPLETE;
}

const Command command_delegations = {
    .name = "delegations",
    .arguments = "",
    .summary = "every delegation there is: who towards whom, whether it works, the risk",
    .details = "One line for each account that may act for users, way of delegation and "
               "account that answers.  No tickets are asked for, and nothing is kept.",
    .statuses =
        {
            [EXIT_OK] = "all of it was read; the list may be empty",
            [EXIT_USAGE] = "usage or configuration is wrong, or FILE cannot be written",
            [EXIT_INCOMPLETE] = "listed, but something could not be read or determined",
            [EXIT_NO_AUDIT] =
                "nothing listed: no DC, bind refused, no credentials, bad input file",
        },
    .options =
        OPTIONS_SOURCE | OPTIONS_CONFIG | OPTIONS_LIST | OPTIONS_TABLE | OPTIONS_WORDS,
    .run = cmd_delegations,
};
