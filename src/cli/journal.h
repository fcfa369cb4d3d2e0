/* Standard error as systemd's journal reads it: a level before each line, and
 * one line that sums an audit up. */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include "cli/options.h"
#include "render/render.h"

/* syslog's numbers, as sd-daemon(3) takes them before a line. */
typedef enum {
    JOURNAL_ERROR = 3,
    JOURNAL_WARNING = 4,
    JOURNAL_INFO = 6,
} JournalLevel;

/* Writes "kcdaudit: message" to standard error, quoted for a terminal; with
 * "<3>" before it where the journal listens. */
void
journal_write(JournalLevel level, const char *message);

/* Where the journal listens: what came of the audit, in one line; `status` is
 * what the program will exit with.  An error where that is a failure for findings,
 * a warning where the audit is incomplete or has warnings. */
void
journal_audit(const Report *report, const Options *options, int status);

/* Whether `path` is a credential that systemd was to pass to the service and had
 * none of: kcdaudit.service then passes a default too small for a keytab. */
bool
journal_lacks_credential(const char *path);

#endif
