/* Why a connection or a bind failed, in one line that says what to do. */
#ifndef COLLECT_BINDFAULT_H
#define COLLECT_BINDFAULT_H

#include "model/refusal.h"

/* Explains a result code of libldap and its diagnostic text (may be NULL) for
 * `uri`.  *ret_elsewhere: another DC may serve.  Returns false, always. */
bool
bindfault_set(GError **error, const char *uri, const Refused *about, int result,
              const char *diagnostic, bool *ret_elsewhere);

#endif
