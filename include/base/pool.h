/* Jobs in threads of their own, given up when they take too long.
 *
 * The resolver and libkrb5 block for as long as they like and have no time-out of
 * ours: a silent KDC costs about half a minute per exchange.  So a job belongs to its
 * thread, with all that it touches; who is tired of waiting leaves both behind, and
 * they end by themselves.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <glib.h>
#include <signal.h>
#include <stdbool.h>

typedef struct Pool Pool;

/* Does one job; `worker` is what its thread has for itself. */
typedef void (*PoolWork)(Pool *pool, gpointer job, gpointer worker);

typedef struct {
    PoolWork work;
    GDestroyNotify destroy; /* of a job that nobody waits for any more */
    guint threads;      /* at most; as many as there are workers where those are given */
    GPtrArray *workers; /* one per thread; NULL: they need nothing */
    GDestroyNotify worker_free;
    int timeout_s; /* since somebody got on; 0: waits for ever */
    void (*progress)(guint done, void *data); /* on the calling thread; or NULL */
    void *data;
} PoolPlan;

/* Runs the jobs (taken out of `jobs` meanwhile, as the workers are for good), begun in
 * their order, and waits.  Then `jobs` holds those that are done, and, untouched, those
 * that were not begun; NULL stands in the place of one that was given up.
 * Where the system gives fewer threads, there are fewer; where it gives none, the calling
 * thread does the jobs, and a timer ends the process by POOL_SIGNAL where one takes too
 * long: whoever wants it to end otherwise handles that. */
#define POOL_SIGNAL SIGALRM
void
pool_run(const PoolPlan *plan, GPtrArray *jobs);

/* The same for one job.  False: it was given up. */
bool
pool_run_one(PoolWork work, gpointer job, GDestroyNotify destroy, int timeout_s);

/* Whether a thread was left behind whose job was given up.  It may be inside a library:
 * the process is then to end without ending those (_exit). */
bool
pool_left_any(void);

/* For the work, before an exchange that may take all of the time-out, or when one was
 * answered: the time-out starts anew.  False: nobody waits any more. */
bool
pool_step(Pool *pool);

/* Whether what is done is still of use. */
bool
pool_is_wanted(Pool *pool);

/* Nothing more is begun. */
void
pool_stop(Pool *pool);

#endif
