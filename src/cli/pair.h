/* Two hosts by name: read, and judged as one pair. */
#ifndef CLI_PAIR_H
#define CLI_PAIR_H

#include "cli/cli.h"

typedef struct {
    const char *source;
    const char *target;
} Ends;

/* The accounts they name. */
typedef struct {
    const Account *source;
    const Account *target;
} Found;

/* Names, and no patterns; `command` is for the message. */
bool
pair_takes_names(const char *command, const Ends *ends, GError **error);

/* Reads the two (after session_prepare), settles what the target is, and leaves
 * them as the policy's only group, by the rules of the [group] that names both.
 * FAULT_CONFIG: no such computer, two of one name, the same one twice. */
bool
pair_collect(Session *session, const Ends *ends, Found *found, GError **error);

#endif
