/* One file of facts; inside of diagnose. */
#ifndef DIAGNOSE_FACTS_FILE_H
#define DIAGNOSE_FACTS_FILE_H

#include "audit/host_facts.h"

/* The text of a file, in UTF-8 or UTF-16, with or without a byte order mark.
 * FAULT_MALFORMED. */
bool
facts_parse(const char *path, const void *data, gsize length, HostFacts **ret_facts,
            GError **error);

#endif
