/* What names there are like those that were asked for and not found. */
#ifndef COLLECT_NEARBY_H
#define COLLECT_NEARBY_H

#include "reader.h"

/* Fills estate->nearby; asks nothing where everybody was found.  That it cannot be read
 * is no gap. */
void
nearby_read(const Reader *reader);

/* The same for one name, which nobody has. */
void
nearby_read_one(const Live *live, const char *text);

#endif
