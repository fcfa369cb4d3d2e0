/* The states of monitoring plugins, which are other numbers than kcdaudit's own. */
#ifndef RENDER_NAGIOS_H
#define RENDER_NAGIOS_H

#include "render/report.h"

/* Exit status of a plugin. */
typedef enum { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN } NagiosState;

/* Critical: findings from report->fail_on on.  Unknown: else, where evidence was not
 * read.  Warning: else, findings of warning. */
NagiosState
nagios_state(const Report *report);

/* "KCDAUDIT UNKNOWN - text", what would end the line or the text left out. */
void
nagios_say(GString *out, NagiosState state, const char *text);

#endif
