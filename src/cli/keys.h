/* Files with keys and certificates, which libraries open by name. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/options.h"

/* Refuses a --ca-file or keytab that others could exchange (base/place.h), and says of a
 * keytab that everybody may read it. */
bool
keys_check(const Options *options, GError **error);

#endif
