/* What went wrong, grouped by what the operator can do about it.
 *
 * GError carries every failure of the world outside (a directory, a KDC, a
 * file).  Bugs are g_assert.  The message is one line a person can act on:
 * what, where, what to do.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <glib.h>

typedef enum {
    FAULT_CONFIG,      /* the command line or the configuration file: mend it */
    FAULT_CREDENTIALS, /* no ticket, an expired one, the wrong realm: kinit */
    FAULT_UNREACHABLE, /* nothing answers: network, DNS, the DC is down */
    FAULT_DENIED,      /* it answered and refused: rights, signing, binding */
    FAULT_MALFORMED,   /* what came back, or the input file, does not parse */
    FAULT_OUTPUT,      /* a report or a fix could not be written */
} FaultCode;

#define FAULT_ERROR fault_error_quark()

GQuark
fault_error_quark(void);

/* Sets *error (when error is not NULL) and returns false, so that a caller can
 * `return fault_set(error, FAULT_CONFIG, "...")`. */
gboolean
fault_set(GError **error, FaultCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
