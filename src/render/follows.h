/* What follows from findings, told in a line under these. */
#ifndef RENDER_FOLLOWS_H
#define RENDER_FOLLOWS_H

#include "audit/finding.h"

typedef struct Follows Follows;

/* Borrows the findings, of const Finding *. */
Follows *
follows_new(const GPtrArray *findings);
void
follows_free(Follows *follows);

/* Whether the finding is told under the one that it follows from. */
bool
follows_from_another(const Follows *follows, const Finding *finding);

/* "19 more follow from this: DEL-09 (19)" of all that follows from these (transfer full);
 * NULL: nothing does. */
char *
follows_text(const Follows *follows, const GPtrArray *findings);

#endif
