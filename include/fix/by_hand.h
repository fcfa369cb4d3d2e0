/* What an administrator runs to end a finding that only somebody can decide about. */
#ifndef FIX_BY_HAND_H
#define FIX_BY_HAND_H

#include "audit/audit.h"

/* Windows PowerShell lines, one after the other (transfer full, of char *); empty: words
 * are all there is. */
GPtrArray *
by_hand_commands(const Estate *estate, const Finding *finding);

#endif
