/* The auditor's own Kerberos credentials. */
#ifndef TICKET_CREDENTIALS_H
#define TICKET_CREDENTIALS_H

#include <glib.h>
#include <stdbool.h>

/* What a credential cache holds.  The name of the cache is what other
 * libraries (SASL, GSSAPI) and the probe's workers open. */
typedef struct {
    char *ccache;      /* "FILE:/tmp/krb5cc_0", "MEMORY:..." */
    char *principal;   /* "alice@CONTOSO.COM" */
    char *realm;       /* the client's */
    gint64 expires_us; /* of the TGT, since 1970 */
    guint32 etypes;    /* ETYPE_BIT_*, offered in requests; 0: as krb5.conf says */
    void *held;        /* keeps a MEMORY cache alive; credentials_free ends it */
} Credentials;

/* Tells the realm to name where a ticket is missing and none is asked for, in capitals
 * (transfer full); NULL: nothing tells it. */
typedef struct {
    char *(*find)(const void *data);
    const void *data;
} CredentialsHome;

/* The caller's credential cache, with a TGT that has not expired.
 * FAULT_CREDENTIALS: no cache, no ticket, expired (each says what to run).
 * `realm` (may be NULL): the realm that will be asked, upper case; without a
 * TGT of that realm, nor a client realm from which to reach it, the message
 * names both.  The KDCs on the way there are asked for `timeout_s` at most, together (0:
 * as long as libkrb5 does); FAULT_UNREACHABLE where one does not answer.  `home` (may be
 * NULL) is asked only for the message. */
bool
credentials_from_cache(const char *realm, const CredentialsHome *home, int timeout_s,
                       Credentials **ret_credentials, GError **error);

/* A TGT by `keytab` for `principal`, forwardable, into a new MEMORY cache, offering
 * `etypes` (ETYPE_BIT_*; 0: what krb5.conf says).  Waits at most `timeout_s` (0: as long
 * as libkrb5 does, half a minute). FAULT_CREDENTIALS, FAULT_UNREACHABLE (no KDC). */
bool
credentials_from_keytab(const char *keytab, const char *principal, guint32 etypes,
                        int timeout_s, Credentials **ret_credentials, GError **error);

/* The cache that is looked for first: "FILE:/tmp/krb5cc_0" (transfer full); NULL:
 * krb5.conf cannot be used. */
char *
credentials_usual_cache(void);

/* Whether that cache may be given to a library, which will open it whosever it is:
 * FAULT_CREDENTIALS where another user could have put it there, or it is a pipe. */
bool
credentials_are_own(GError **error);

void
credentials_free(Credentials *credentials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Credentials, credentials_free)

#endif
