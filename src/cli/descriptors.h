/* Standard input, output and error, which a caller may have closed. */
#ifndef CLI_DESCRIPTORS_H
#define CLI_DESCRIPTORS_H

#include <stdbool.h>

/* The first thing of all: whatever is opened later must not become one of them, as
 * reports would go into a connection.  What was closed reads as empty and refuses what is
 * written to standard output.  False where there is no /dev/null for it. */
bool
descriptors_hold(void);

#endif
