/* kcdaudit audit: collects, tests, and reports; or does a shard's part of the tests. */
#include "cli/cli.h"

#include "reporting.h"
#include "shard.h"

/* collect -> estate -> audit -> findings -> fixes -> render */
static int
cmd_audit(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(GPtrArray) tickets = NULL;
    g_autoptr(GPtrArray) proofs = NULL;
    g_autoptr(Audit) audit = NULL;
    g_auto(Keep) keep = {0};

    if (options->shard.count > 0)
        return shard_run(options);
    if (!reporting_prepare(options, &keep, &error) ||
        !proofs_are_possible(options, &error) ||
        !session_open(options, &session, &error) ||
        !audit_new(session->estate, session->policy, &audit, &error) ||
        !session_sysvol(session, audit, &error) ||
        !session_tickets(session, audit, &tickets, &error) ||
        !session_proofs(session, audit, &proofs, &error))
        return reporting_fail(options, error);
    session_facts(session, audit);
    session_ports(session, audit);
    return reporting_run(options, session, audit, &keep);
}

const Command command_audit = {
    .name = "audit",
    .arguments = "",
    .summary = "collect, judge, test tickets, report, propose fixes",
    .details =
        "Without --host and without [group] sections, Hyper-V hosts are discovered and "
        "partner groups are inferred from the delegation among them. With --shard, on a "
        "snapshot, this run only asks for its part of the test tickets, proofs and ports "
        "and writes the answers to -o, for kcdaudit merge.",
    .statuses =
        {
            [EXIT_OK] = "nothing at or above --fail-on",
            [EXIT_FINDINGS] = "findings at or above it",
            [EXIT_USAGE] = ("usage or configuration is wrong, or a report cannot be "
                            "written"),
            [EXIT_INCOMPLETE] = ("something could not be read, and nothing at or above "
                                 "--fail-on was found in the rest"),
            [EXIT_NO_AUDIT] = ("no audit: no DC, bind refused, no credentials, bad input "
                               "file"),
        },
    .options = OPTIONS_SOURCE | OPTIONS_SCOPE | OPTIONS_JUDGE | OPTIONS_AUDIT |
               OPTIONS_BEYOND | OPTIONS_FACTS | OPTIONS_REPORT | OPTIONS_HISTORY |
               OPTIONS_RECORD | OPTIONS_SHARD,
    .run = cmd_audit,
};
