/* What a plan would break: its fixes are judged again as if they were applied. */
#ifndef FIX_HARM_H
#define FIX_HARM_H

#include "plan.h"

/* Makes the drafts' fixes, and takes out of the drafts what would turn a pair worse
 * than it is; the findings that wished for it are told.  Then says of each fix with
 * which others it has to go (fix->needs). */
void
harm_settle(Plan *plan);

/* What edits (of Edit), made together, turn worse: "live migration from HV01 to HV02
 * would then be broken, and it is ready now." (transfer full); NULL: nothing. */
char *
harm_by(const Audit *audit, const GArray *edits);

#endif
