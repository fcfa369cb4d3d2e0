/* What one run may open, by its options: said to the kernel before anything is read. */
#ifndef CLI_CONFINE_H
#define CLI_CONFINE_H

#include "cli/options.h"

/* Before the first thread.  FAULT_CONFIG: somebody else could exchange what says where
 * KDCs are (ticket/names.h). */
bool
confine(const Command *command, const Options *options, GError **error);

#endif
