/* The KDCs of realms: found once, and asked no faster than was agreed.  Shared by all
 * threads that ask, and by those that nobody waits for any more. */
#ifndef TICKET_KDCS_H
#define TICKET_KDCS_H

#include <glib.h>

typedef struct {
    char *host;
    guint16 port;
    guint16 priority; /* RFC 2782: the least is asked first */
} Kdc;

Kdc *
kdc_new(const char *host, guint16 port, guint16 priority);

void
kdc_free(Kdc *kdc);

/* The KDCs of a realm, those of the AD site first (NULL: of this machine's), in the order
 * to try (of Kdc *, transfer full, element free function set); NULL: none.  Called on any
 * thread. */
typedef GPtrArray *(*KdcsFind)(const char *realm, const char *site, int timeout_s);

typedef struct Kdcs Kdcs;

/* `find` (may be NULL) is asked for what krb5.conf does not name, with the site, which
 * NULL leaves to krb5.conf.  `rate`: requests per
 * second, 0: no limit.  `timeout_s`: of an exchange, 0: as libkrb5's own. */
Kdcs *
kdcs_new(KdcsFind find, const char *site, guint rate, int timeout_s);

Kdcs *
kdcs_ref(Kdcs *kdcs);

void
kdcs_unref(Kdcs *kdcs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Kdcs, kdcs_unref)

/* What a rate adds to the time that may pass between two answers, in seconds. */
int
kdcs_slack_s(const Kdcs *kdcs);

#endif
