/* Which configuration is read. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "audit/policy.h"

/* `path`, or without it (NULL) the system's and then the user's, where they exist; a
 * user's that others may write is refused, and one in somebody else's home is left out
 * with a note.  FAULT_CONFIG. */
bool
config_load(const char *path, Policy **ret_policy, GError **error);

#endif
