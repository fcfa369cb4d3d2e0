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

/* Appends the names in a word: "HV01", "HV01,HV02", "HV01 > HV02" (of char *, cleaned).
 */
void
pair_split(const char *word, GPtrArray *names);

/* SOURCE and TARGET of the arguments, or of --from and --to; `names` owns them.
 * FAULT_CONFIG. */
bool
pair_find_ends(const Options *options, GPtrArray *names, Ends *ret_ends, GError **error);

/* Names, and no patterns; `command` is for the message. */
bool
pair_takes_names(const char *command, const Ends *ends, GError **error);

/* Whether the target is an SPN, and no host. */
bool
ends_name_spn(const Ends *ends);

/* Reads all delegations and those two: the account, and whoever answers for the SPN, or
 * whose name it holds where nobody does (after session_prepare).  FAULT_CONFIG: no such
 * account, two of one name, nobody is meant by the SPN. */
bool
pair_collect_spn(Session *session, const Ends *ends, Found *found, GError **error);

/* Reads the two (after session_prepare), settles what the target is, and leaves
 * them as the policy's only group, by the rules of the [group] that names both.
 * FAULT_CONFIG: no such computer, two of one name, the same one twice. */
bool
pair_collect(Session *session, const Ends *ends, Found *found, GError **error);

#endif
