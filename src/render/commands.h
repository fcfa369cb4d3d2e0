/* What to run for a finding, for reports that show it beside the finding. */
#ifndef RENDER_COMMANDS_H
#define RENDER_COMMANDS_H

#include "render/report.h"

/* The report's fixes by id (transfer container; const char * -> const Fix *). */
GHashTable *
commands_index(const Report *report);

/* The lines that make a fix, for running with the rest: none for a fix by group, which
 * the administrator has to enable first. */
const GPtrArray *
commands_of(const Fix *fix);

/* "fix-delegation.ps1": where --fixes DIR writes it (transfer none). */
const char *
commands_script(const Fix *fix);

/* "adds 1,196 values to msDS-AllowedToDelegateTo of HV001" (transfer full). */
char *
commands_change(const Fix *fix);

/* What to show of the fix in one line (transfer full): its command, or the file that has
 * it; NULL: there is none. */
char *
commands_brief(const Fix *fix);

/* "backup job, change 4711 (until 2027-03-31)" (transfer full); NULL: the
 * finding is not waived. */
char *
commands_waiver(const Finding *finding);

#endif
