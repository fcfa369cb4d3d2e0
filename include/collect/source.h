/* Where an estate comes from: a live directory or LDIF files. */
#ifndef COLLECT_SOURCE_H
#define COLLECT_SOURCE_H

#include "collect/plan.h"

/* Reads a live directory into *ret_estate, frozen (transfer full).
 * FAULT_UNREACHABLE, FAULT_DENIED, FAULT_CREDENTIALS. */
bool
source_read_live(const LiveOptions *options, const CollectPlan *plan, Estate **ret_estate,
                 GError **error);

/* Reads when attributes of these accounts of the estate were last changed (`accounts`: of
 * const Account *), from the DC that it was read from and from one of each further
 * domain: the one thing that may be added to a frozen estate, as nothing that was judged
 * depends on it.  What is not answered stays unread.  Faults as source_read_live. */
bool
source_read_changes(const LiveOptions *options, const char *queries_dir, Estate *estate,
                    const GPtrArray *accounts, GError **error);

/* Reads LDIF files (NULL-ended, at least one; "-" is standard input) as one directory,
 * in any order.  FAULT_MALFORMED with file and line; FAULT_CONFIG for a file that is
 * given twice, and for a snapshot beside other files. */
bool
source_read_ldif(const char *const *paths, const CollectPlan *plan, Estate **ret_estate,
                 GError **error);

/* Reads LDIF of which a "# requesting:" line above each entry names what was read: what
 * is missing besides counts as not read, and nothing of it is a gap.  FAULT_MALFORMED. */
bool
source_read_pasted(const char *ldif, const CollectPlan *plan, Estate **ret_estate,
                   GError **error);

/* Reads only what the search finds, and of it only what SPNs need (names, SID,
 * userAccountControl, SPNs), into *ret_estate, frozen.  *ret_found: the
 * accounts that match, in DN order (of const Account *; transfer container);
 * none is no error.  What could not be read is a gap of the estate; the plan
 * gives queries, time-out and progress.  Faults as source_read_live. */
bool
source_find_spns(const LiveOptions *options, const SpnSearch *search,
                 const CollectPlan *plan, Estate **ret_estate, GPtrArray **ret_found,
                 GError **error);

/* The same in LDIF files; the estate holds all of their accounts. */
bool
source_find_spns_ldif(const char *const *paths, const SpnSearch *search,
                      const CollectPlan *plan, Estate **ret_estate, GPtrArray **ret_found,
                      GError **error);

/* What a file is by its first bytes where it is no text, and how to come by its text;
 * NULL: nothing that is known. */
const char *
source_binary(const char *data, gsize length, const char **ret_instead);

#endif
