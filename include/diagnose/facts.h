/* Facts of hosts (--facts): JSON files that Get-MigrationFacts.ps1 wrote on them. */
#ifndef DIAGNOSE_FACTS_H
#define DIAGNOSE_FACTS_H

#include "audit/host_facts.h"

/* Reads files, and of directories each *.json in them (NULL-terminated).  A file that
 * is no such file, or holds what no host writes, is FAULT_MALFORMED, and the message
 * names it and what is wrong; what cannot be found is FAULT_CONFIG.  Of HostFacts *
 * (transfer full), by path. */
bool
facts_read(const char *const *paths, GPtrArray **ret_facts, GError **error);

#endif
