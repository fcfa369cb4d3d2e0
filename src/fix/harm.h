/* What a plan would break: its fixes are judged again as if they were applied. */
#ifndef FIX_HARM_H
#define FIX_HARM_H

#include "plan.h"

/* Makes the drafts' fixes, and takes out of the drafts what would turn a pair worse
 * than it is; the findings that wished for it are told.  Then says of each fix with
 * which others it has to go (fix->needs). */
void
harm_settle(Plan *plan);

#endif
