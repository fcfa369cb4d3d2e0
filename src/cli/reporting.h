/* The end of an audit, wherever its evidence came from. */
#ifndef CLI_REPORTING_H
#define CLI_REPORTING_H

#include "recorder.h"

/* Says what is wrong with the places of reports, fixes and history before anything is
 * contacted. */
bool
reporting_prepare(const Options *options, Keep *keep, GError **error);

/* As cli_fail; a plugin says it on standard output, too. */
int
reporting_fail(const Options *options, const GError *error);

/* Judges an audit that has all its evidence, writes fixes and reports and keeps it; gives
 * the exit status. */
int
reporting_run(const Options *options, const Session *session, Audit *audit, Keep *keep);

#endif
