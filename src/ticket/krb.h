/* What the files of ticket/ share around libkrb5. */
#ifndef TICKET_KRB_H
#define TICKET_KRB_H

#include "base/fault.h"
#include "ticket/result.h"

#include <krb5.h>
#include <stdbool.h>

/* The library's own text for `code`, as one line (transfer full).  `context`
 * may be NULL. */
char *
krb_text(krb5_context context, krb5_error_code code);

/* A name as people write it, spaces not escaped (transfer full). */
char *
krb_name(krb5_context context, krb5_const_principal principal);

/* The realm of a principal (transfer full). */
char *
krb_realm(krb5_const_principal principal);

/* The default realm that krb5.conf names (transfer full); NULL: none.  libkrb5 itself
 * asks DNS then where dns_lookup_realm is set, for as long as the resolver waits. */
char *
krb_default_realm(krb5_context context);

/* A new context; FAULT_CREDENTIALS where krb5.conf cannot be used. */
bool
krb_context(krb5_context *ret_context, GError **error);

/* False; says why there is no context. */
bool
krb_fault_context(krb5_error_code code, GError **error);

/* The RFC 4120 number in a library code, or -1 where it is no such code. */
gint32
krb_protocol_code(krb5_error_code code);

/* Whether no KDC was found, or none answered: garbage is no answer. */
bool
krb_is_unreachable(krb5_error_code code);

/* Whether the KDCs referred to one another until libkrb5 had enough, for which its code
 * is the same as for silence.  `waiting`: the last message had no answer. */
bool
krb_is_circle(krb5_error_code code, bool waiting);

#define KRB_CIRCLE "KDCs refer to one another without an end"

/* Whether `principal` is krbtgt/REALM, of any realm; for `realm` only, where
 * that is not NULL. */
bool
krb_is_tgt(krb5_const_principal principal, const char *realm);

/* The principal of an SPN: its components, an explicit realm, and a name type
 * for which libkrb5 looks nothing up.  False: not of the form class/host. */
bool
krb_spn(krb5_context context, const char *spn, const char *realm,
        krb5_principal *ret_principal);

/* Seconds since 1970; krb5_timestamp is unsigned after 2038. */
gint64
krb_seconds(krb5_timestamp time);

/* Whether it begins as what a KDC says: AS-REP, TGS-REP, KRB-ERROR (RFC 4120 5.10). */
bool
krb_is_reply(const krb5_data *reply);

/* The RFC 4120 number of a KDC's reply (untrusted) that is a KRB-ERROR, else -1. */
gint32
krb_reply_refusal(krb5_context context, const krb5_data *reply);

/* The NTSTATUS in the e-data of a KDC's reply (untrusted), where the reply is a
 * KRB-ERROR that carries one; else *ret_ntstatus stays. */
void
krb_reply_ntstatus(krb5_context context, const krb5_data *reply, guint32 *ret_ntstatus);

/* What krb5_get_credentials gave, as a result: `got` where code is 0.
 * `replied`: a KDC answered; else the ticket came from a cache, or the failure
 * is local. */
void
krb_result_fill(krb5_context context, krb5_error_code code, const krb5_creds *got,
                bool replied, guint32 ntstatus, TicketResult *result);

/* A keytab by its name; whether it can be read shows in krb_keytab_find.
 * FAULT_CREDENTIALS. */
bool
krb_keytab_open(krb5_context context, const char *path, krb5_keytab *ret_keytab,
                GError **error);

/* The keytab's own spelling of `name` ("hv01$@contoso.com"), compared without
 * regard to case as AD does; NULL: it holds no key of it.  FAULT_CREDENTIALS
 * where it cannot be read. */
bool
krb_keytab_search(krb5_context context, krb5_keytab keytab, const char *path,
                  const char *name, krb5_principal *ret_principal, GError **error);

/* The same with the highest kvno; `name` NULL: the first principal there is.
 * Where there is none, FAULT_CREDENTIALS names what the keytab holds instead. */
bool
krb_keytab_find(krb5_context context, krb5_keytab keytab, const char *path,
                const char *name, krb5_principal *ret_principal, guint32 *ret_kvno,
                GError **error);

/* Has requests for service tickets offer these encryption types (ETYPE_BIT_*; 0: what
 * krb5.conf says).  *ret_lacking (may be NULL): those that this library does not offer.
 * FAULT_CREDENTIALS where none is left. */
bool
krb_offer(krb5_context context, guint32 etypes, guint32 *ret_lacking, GError **error);

/* A forwardable TGT by a key of the keytab, into a new MEMORY cache; `etypes` as above.
 * FAULT_CREDENTIALS, FAULT_UNREACHABLE. */
bool
krb_keytab_login(krb5_context context, krb5_keytab keytab, const char *path,
                 krb5_principal principal, guint32 kvno, guint32 etypes,
                 krb5_ccache *ret_ccache, gint64 *ret_expires_us, GError **error);

/* The strongest first; DES is in no library any more.  Returns how many. */
#define KRB_ETYPES_MAX 3
int
krb_etypes(guint32 etypes, krb5_enctype ret_list[static KRB_ETYPES_MAX + 1]);

#endif
