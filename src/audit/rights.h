/* User rights in GptTmpl.inf: whom a list names, and where they count; inside of audit. */
#ifndef AUDIT_RIGHTS_H
#define AUDIT_RIGHTS_H

#include "audit/audit.h"

/* The SID of a principal as the list has it: "*S-1-5-80-0", or a well-known name that the
 * policy editor writes. */
bool
right_sid(const char *principal, Sid *ret_sid);

/* The same, and the name of an account where exactly one has it. */
bool
right_find_sid(const Audit *audit, const char *principal, Sid *ret_sid);

/* "*S-1-5-32-544 (Administrators), CONTOSO\svc-backup", the first few; "nobody"
 * (transfer full). */
char *
right_principals(const Estate *estate, const PolicyRight *right);

/* The domain controllers that write, of all domains: their user rights decide who may
 * change what.  Where only hosts are audited none (transfer container, of const
 * Account *). */
GPtrArray *
right_controllers(const Audit *audit);

#endif
