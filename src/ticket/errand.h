/* Work in libkrb5 that is given up when it takes too long.
 *
 * libkrb5 1.20 has no time-out to set, and a silent KDC costs about half a
 * minute per exchange (see probe.c).  So the work goes to a thread of its own;
 * who is tired of waiting leaves it behind, with all that it touches, and it
 * ends by itself.
 */
#ifndef TICKET_ERRAND_H
#define TICKET_ERRAND_H

#include <glib.h>
#include <stdbool.h>

typedef struct Errand Errand;

/* Does the work; `data` holds all that it needs and where its results go. */
typedef void (*ErrandWork)(Errand *errand, gpointer data);

/* Called by the work before each exchange with a KDC, which then has all of
 * the time-out to itself.  False: nobody waits any more, so ask nothing more. */
bool
errand_step(Errand *errand);

/* Runs `work` and waits.  True: it is done, and `data` is the caller's.  False:
 * one of its steps took longer than `timeout_s`; the thread keeps `data` and
 * ends it with `destroy`.  `timeout_s` 0: waits for ever. */
bool
errand_run(ErrandWork work, gpointer data, GDestroyNotify destroy, int timeout_s);

#endif
