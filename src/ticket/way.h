/* The way into another realm, by the KDCs of those between. */
#ifndef TICKET_WAY_H
#define TICKET_WAY_H

#include <glib.h>
#include <stdbool.h>

/* What came of the question for it. */
typedef struct {
    bool found;
    bool answered; /* false: the KDC of `realm` did not */
    char *realm;   /* whose KDC was asked last */
    char *text;    /* what libkrb5 says; NULL: found, or the time was over */
} Way;

void
way_clear(Way *way);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Way, way_clear)

/* Asks for a ticket-granting ticket of the realm `to` with those of the realm `from` in
 * `cache`, as libkrb5 will for each ticket later, and waits at most `timeout_s` for the
 * whole of it (0: as long as libkrb5 does, half a minute for each KDC). */
void
way_find(const char *cache, const char *from, const char *to, int timeout_s,
         Way *ret_way);

#endif
