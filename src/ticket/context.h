/* Contexts of libkrb5 that take the KDCs of realms from Kdcs: by itself it asks DNS three
 * questions before each request, also where a hook of ours answers that. */
#ifndef TICKET_CONTEXT_H
#define TICKET_CONTEXT_H

#include "ticket/kdcs.h"

#include <krb5.h>
#include <stdbool.h>

/* A new context, configured by krb5.conf, which says of KDCs that it does not name what
 * was found in DNS once.  FAULT_CREDENTIALS where krb5.conf cannot be used. */
bool
context_new(Kdcs *kdcs, krb5_context *ret_context, GError **error);

#endif
