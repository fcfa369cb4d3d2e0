/* The program: commands, exit statuses, and the only place that prints. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "audit/audit.h"
#include "cli/options.h"
#include "ticket/credentials.h"

typedef enum {
    EXIT_OK = 0,
    EXIT_FINDINGS = 1,
    EXIT_USAGE = 2,
    EXIT_INCOMPLETE = 3,
    EXIT_NO_AUDIT = 4,
} ExitStatus;

extern const Command *const commands[]; /* ended by NULL */

extern const Command command_audit; /* cmd_audit.c */
extern const Command command_help;  /* cmd_help.c */

const Command *
command_find(const char *name);

/* Prints "kcdaudit: message" to standard error and gives the exit status that
 * belongs to the error. */
int
cli_fail(const GError *error);

/* A note on standard error, "kcdaudit: ...". */
void
cli_note(const char *message, void *unused);

/* What a run works with. */
typedef struct {
    const Options *options;
    Policy *policy;
    Credentials *credentials; /* NULL: none needed or none to be had */
    Estate *estate;
    gint64 started_us;
} Session;

/* Reads the configuration, gets the credentials, collects the estate. */
bool
session_open(const Options *options, Session **ret_session, GError **error);

void
session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

/* Acquires the test tickets an audit wants and hands them over; without
 * credentials, or offline, it says so as a gap or leaves them out. */
bool
session_tickets(const Session *session, Audit *audit, GPtrArray **ret_results,
                GError **error);

#endif
