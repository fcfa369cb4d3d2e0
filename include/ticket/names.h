/* Host names as they were given, and tickets as they were named. */
#ifndef TICKET_NAMES_H
#define TICKET_NAMES_H

#include <glib.h>
#include <stdbool.h>

/* Makes every Kerberos library of this process take host names as they are:
 * no forward or reverse look-up turns ldap/dc1.contoso.com into another name
 * (rdns, dns_canonicalize_hostname), whatever krb5.conf says; nor does ~/.k5identity
 * choose other tickets than those that KRB5CCNAME names.  Before the first
 * use of Kerberos and before any thread.  False where it cannot be done: then
 * krb5.conf decides. */
bool
names_take_as_given(void);

/* Whether nobody else can exchange the files that KRB5_CONFIG names, which say where
 * KDCs are.  What they include is not looked at, nor is the machine's own krb5.conf.
 * FAULT_CONFIG. */
bool
names_are_own(GError **error);

#endif
