/* What long work is doing, on one line of the terminal.
 *
 * On standard error, where that is a terminal that can rewrite a line, and not
 * with -q; else nothing here does anything.  The line comes after half a second,
 * is rewritten in place at most ten times a second, and is erased at the end.  May be
 * called from any thread.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <glib.h>
#include <stdbool.h>

void
progress_begin(bool quiet);

/* A step that cannot be counted: "binding to dc1.contoso.com". */
void
progress_say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* "collecting: 1,234 entries"; all are borrowed for good. */
void
progress_count(const char *what, guint count, const char *one, const char *many);

/* "test tickets: 120 of 600"; `what` is borrowed for good. */
void
progress_of(const char *what, guint done, guint all);

/* Around a message on the same terminal: the line is away meanwhile. */
void
progress_hold(void);
void
progress_release(void);

/* Erased for good; what comes next is a report. */
void
progress_end(void);

/* The same in a signal handler: async-signal-safe, and waits for nothing. */
void
progress_abandon(void);

#endif
