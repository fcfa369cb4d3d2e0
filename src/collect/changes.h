/* When attributes of accounts were changed, and on which DC. */
#ifndef COLLECT_CHANGES_H
#define COLLECT_CHANGES_H

#include "reader.h"

/* Queues the searches for the changes of these accounts of the domain (of const Account
 * *). */
void
changes_ask(const Live *live, const GPtrArray *accounts);

#endif
