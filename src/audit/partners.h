/* Who must migrate to whom: declared groups resolved, or groups inferred from
 * the delegation edges among the hosts discovered. */
#ifndef AUDIT_PARTNERS_H
#define AUDIT_PARTNERS_H

#include "audit/policy.h"
#include "audit/verdict.h"

/* Where to look, and where to put what is found. */
typedef struct {
    const Estate *estate;
    const Policy *policy;
    VerdictContext *context;
    GPtrArray *groups; /* takes Group * */
    Gaps gaps;
} Partners;

/* Fills the groups.  Without declared groups, `ret_discovered` gets every
 * Hyper-V host found, with or without partners.  FAULT_CONFIG where --host
 * names nobody. */
bool
partners_find(const Partners *partners, GPtrArray *ret_discovered, GError **error);

/* Windows Server 2016 or later; a version that is not known counts as such. */
bool
host_is_2016(const Account *account);

#endif
