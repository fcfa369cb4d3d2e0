/* One bound connection to a domain controller. */
#ifndef COLLECT_DIRECTORY_H
#define COLLECT_DIRECTORY_H

#include "collect/plan.h"
#include "guard.h"

#include <ldap.h>

/* An LDAP URI of ours: a scheme, a host, a port, nothing else. */
typedef struct {
    char *text; /* "ldap://dc1.contoso.com" */
    char *host;
    guint16 port;
    bool ldaps;
} Uri;

/* FAULT_CONFIG where it is anything but ldap://HOST[:PORT] or ldaps://. */
bool
uri_parse(const char *text, Uri **ret_uri, GError **error);
Uri *
uri_new(bool ldaps, const char *host, guint16 port);
void
uri_free(Uri *uri);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Uri, uri_free)

typedef struct {
    LDAP *ldap;
    Uri *uri;
    bool tls;  /* ldaps or StartTLS */
    Mech mech; /* the one that worked */
    int ssf;   /* of the SASL layer; 0 on TLS */
    int timeout_s;
    Guard guard;
} Directory;

/* Before each operation on the connection: it has --timeout from here, and may bring so
 * many bytes. */
void
directory_expect(Directory *directory, gsize bytes_max);

/* Tells a person who waits what begins now. */
void
directory_begin(const LiveOptions *options, const char *step, const char *where);

/* Connects, secures and binds.  *ret_elsewhere: another DC of the same domain
 * may serve where this one did not.
 * FAULT_UNREACHABLE, FAULT_DENIED, FAULT_CREDENTIALS, FAULT_CONFIG. */
bool
directory_open(const Uri *uri, const LiveOptions *options, Directory **ret_directory,
               bool *ret_elsewhere, GError **error);

/* One value of an attribute of the rootDSE, asked for without a bind (transfer full);
 * NULL: nothing came. */
GBytes *
directory_ask_root(const Uri *uri, int timeout_s, const char *filter,
                   const char *attribute);

/* Whether it says something to somebody who is not bound, within some times --timeout:
 * its rootDSE, by TLS where that is wanted.  Of any thread. */
bool
directory_answers(const Uri *uri, const LiveOptions *options);

/* Whom the server took us for ("CONTOSO\alice"; transfer full), or NULL. */
char *
directory_whoami(Directory *directory);

void
directory_close(Directory *directory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Directory, directory_close)

#endif
