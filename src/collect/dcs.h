/* The domain controllers of a domain, and a connection to one. */
#ifndef COLLECT_DCS_H
#define COLLECT_DCS_H

#include "directory.h"

/* In the order to try, those of the site first (of Uri *, transfer full; at least one).
 * FAULT_UNREACHABLE; FAULT_CONFIG where options name a site of which there are none. */
bool
dcs_locate(const char *domain, const LiveOptions *options, GPtrArray **ret_uris,
           GError **error);

/* Binds to one, as `known` was bound to: on TLS where that is.  Faults as
 * directory_open, of the last one tried. */
bool
dcs_open(const char *domain, const LiveOptions *options, const Directory *known,
         Directory **ret_directory, GError **error);

#endif
