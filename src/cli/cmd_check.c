/* kcdaudit check: one pair of hosts, with every condition. */
#include "cli/cli.h"

#include "emit.h"
#include "pair.h"
#include "render/explain.h"

static void
draw(const void *what, Page *page)
{
    explain_draw(what, page);
}

static json_t *
json(const void *what)
{
    return explain_json(what);
}

static const View view = {draw, json, NULL, NULL};

static int
exit_status(const Explanation *explanation, Severity fail_on)
{
    /* No rule asks for what nobody declared: the verdict is the answer. */
    if (explanation->pair->written && explanation->pair->verdict == VERDICT_BROKEN)
        return EXIT_FINDINGS;
    if (audit_worst(explanation->report->audit) >= (int)fail_on)
        return EXIT_FINDINGS;
    return explain_incomplete(explanation) ? EXIT_INCOMPLETE : EXIT_OK;
}

/* The pair of hosts, or the account and the SPN. */
static bool
find_pair(Audit *audit, const Ends *ends, const Found *found, const Pair **ret_pair)
{
    *ret_pair = ends_name_spn(ends)
                    ? audit_ask_spn(audit, found->source, found->target, ends->target)
                    : audit_pair(audit, found->source, found->target);
    return *ret_pair != NULL;
}

static int
cmd_check(const Options *options)
{
    Ends ends = {NULL, NULL};
    Found found = {NULL, NULL};
    const Pair *pair = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(GPtrArray) tickets = NULL;
    g_autoptr(Audit) audit = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    if (!pair_find_ends(options, names, &ends, &error) ||
        !pair_takes_names("check", &ends, &error) || !emit_check(options, &error) ||
        !session_prepare(options, &session, &error) ||
        !(ends_name_spn(&ends) ? pair_collect_spn : pair_collect)(session, &ends, &found,
                                                                  &error) ||
        !audit_new(session->estate, session->policy, &audit, &error))
        return cli_fail(error);
    bool made = find_pair(audit, &ends, &found, &pair);
    g_assert(made);
    if (!session_tickets(session, audit, &tickets, &error))
        return cli_fail(error);
    session_facts(session, audit);
    audit_run(audit);
    explain_narrow(audit, pair);
    g_autoptr(GPtrArray) fixes = fix_plan(audit);
    Report report = {
        .audit = audit,
        .fixes = fixes,
        .tool_version = KCDAUDIT_VERSION,
        .started_us = session->started_us,
        .quiet = options->quiet,
    };
    g_autoptr(Explanation) explanation = explain_pair(&report, pair);
    if (!emit_view(options, &view, explanation, &error))
        return cli_fail(error);
    return exit_status(explanation, options->fail_on);
}

const Command command_check = {
    .name = "check",
    .arguments = "SOURCE TARGET | SOURCE SPN | --from SOURCE --to TARGET",
    .summary = "one pair of hosts, or an account and an SPN: every condition, what to do",
    .details =
        "Names are written in any way that Windows shows them (kcdaudit help names).  "
        "TARGET may be an SMB file "
        "server: then cifs is all that is asked for.  With an SPN "
        "(MSSQLSvc/sql1.contoso.com:1433) SOURCE may be any account: a user, a "
        "managed service account, a computer.",
    .statuses =
        {
            [EXIT_OK] = "nothing at or above --fail-on about this pair",
            [EXIT_FINDINGS] = "findings at or above it; delegation to the SPN is broken",
            [EXIT_USAGE] =
                ("usage or configuration is wrong, or there is no such host, account or "
                 "SPN"),
            [EXIT_INCOMPLETE] = ("something that decides could not be read, and nothing "
                                 "at or above --fail-on was found in the rest"),
            [EXIT_NO_AUDIT] =
                ("no answer: no DC, bind refused, no credentials, bad input "
                 "file"),
        },
    .min_arguments = 0,
    .max_arguments = 3, /* "HV01 > HV02" */
    .options = OPTIONS_SOURCE | OPTIONS_CONFIG | OPTIONS_OPERATORS | OPTIONS_FACTS |
               OPTIONS_JUDGE | OPTIONS_OUTPUT | OPTIONS_WORDS | OPTIONS_ENDS,
    .run = cmd_check,
};
