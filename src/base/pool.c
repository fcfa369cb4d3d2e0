/* Threads for jobs that block: how many at a time, and until when they are waited for. */
#include "base/pool.h"

#include <signal.h>
#include <time.h>

/* What a job ends by itself, it ends a moment later than --timeout. */
#define ALONE_SLACK_S 3

/* Shared by the threads and the one who waits; the last to leave frees it. */
struct Pool {
    gatomicrefcount references;
    GMutex lock;
    GCond changed;
    PoolWork work;
    GDestroyNotify destroy, worker_free;
    gpointer *jobs; /* those below `next` are their threads' until they are done */
    guint count;

    /* Under the lock. */
    bool *settled; /* by job */
    guint next;    /* the first that nobody took */
    guint done;
    guint running;      /* threads not yet ended */
    guint lost;         /* of those, the ones whose job was given up */
    gint64 progress_us; /* when somebody last got on; monotonic */
    bool stopped;
    bool given_up;

    /* Of the calling thread; the timer where there is no other. */
    GSList *threads;
    timer_t timer; /* POOL_SIGNAL, where a job takes too long */
    int alone_s;   /* 0: there is none */
};

typedef struct {
    Pool *pool;
    gpointer worker;
} Thread;

static gint left_any;

bool
pool_left_any(void)
{
    return g_atomic_int_get(&left_any) != 0;
}

static void
pool_leave(Pool *pool)
{
    if (!g_atomic_ref_count_dec(&pool->references))
        return;
    g_mutex_clear(&pool->lock);
    g_cond_clear(&pool->changed);
    g_free(pool->settled);
    g_free(pool->jobs);
    g_free(pool);
}

static void
set_timer(const Pool *pool, int seconds)
{
    const struct itimerspec left = {.it_value.tv_sec = seconds};
    if (pool->alone_s > 0)
        timer_settime(pool->timer, 0, &left, NULL);
}

bool
pool_step(Pool *pool)
{
    set_timer(pool, pool->alone_s);
    g_mutex_lock(&pool->lock);
    pool->progress_us = g_get_monotonic_time();
    bool wanted = !pool->given_up;
    g_mutex_unlock(&pool->lock);
    return wanted;
}

bool
pool_is_wanted(Pool *pool)
{
    g_mutex_lock(&pool->lock);
    bool wanted = !pool->stopped;
    g_mutex_unlock(&pool->lock);
    return wanted;
}

void
pool_stop(Pool *pool)
{
    g_mutex_lock(&pool->lock);
    pool->stopped = true;
    g_mutex_unlock(&pool->lock);
}

/* One job, under the lock but for the work itself. */
static void
do_job(Pool *pool, guint at, gpointer worker)
{
    g_mutex_unlock(&pool->lock);
    pool->work(pool, pool->jobs[at], worker);
    g_mutex_lock(&pool->lock);
    if (pool->given_up) {
        pool->lost--;
        pool->destroy(pool->jobs[at]);
        return;
    }
    pool->settled[at] = true;
    pool->done++;
    g_cond_signal(&pool->changed);
}

static void
thread_free(Thread *self)
{
    if (self->pool->worker_free)
        self->pool->worker_free(self->worker);
    g_free(self);
}

static gpointer
pool_thread(gpointer data)
{
    Thread *self = data;
    Pool *pool = self->pool;
    g_mutex_lock(&pool->lock);
    while (!pool->stopped && pool->next < pool->count)
        do_job(pool, pool->next++, self->worker);
    g_mutex_unlock(&pool->lock);
    thread_free(self);
    g_mutex_lock(&pool->lock);
    pool->running--;
    g_cond_signal(&pool->changed);
    g_mutex_unlock(&pool->lock);
    pool_leave(pool);
    return NULL;
}

static Pool *
pool_new(const PoolPlan *plan, const GPtrArray *jobs)
{
    Pool *pool = g_new0(Pool, 1);
    g_atomic_ref_count_init(&pool->references);
    g_mutex_init(&pool->lock);
    g_cond_init(&pool->changed);
    pool->work = plan->work;
    pool->destroy = plan->destroy;
    pool->worker_free = plan->worker_free;
    pool->count = jobs->len;
    pool->jobs = g_memdup2(jobs->pdata, jobs->len * sizeof(gpointer));
    pool->settled = g_new0(bool, jobs->len);
    pool->progress_us = g_get_monotonic_time();
    return pool;
}

/* As many threads as there are to be had.  Where there is none, returns what the calling
 * thread is to do itself (transfer full), else NULL. */
static Thread *
pool_start(Pool *pool, const PoolPlan *plan)
{
    guint wanted = plan->workers ? plan->workers->len : MIN(plan->threads, pool->count);
    Thread *own = NULL;
    g_mutex_lock(&pool->lock);
    for (guint i = 0; i < wanted; i++) {
        Thread *self = g_new0(Thread, 1);
        self->pool = pool;
        self->worker = plan->workers ? plan->workers->pdata[i] : NULL;
        GThread *thread = g_thread_try_new("pool", pool_thread, self, NULL);
        if (!thread && !own) {
            own = self;
            continue;
        }
        if (!thread) {
            thread_free(self);
            continue;
        }
        g_atomic_ref_count_inc(&pool->references);
        pool->running++;
        pool->threads = g_slist_prepend(pool->threads, thread);
    }
    if (own && pool->running > 0)
        g_clear_pointer(&own, thread_free);
    g_mutex_unlock(&pool->lock);
    return own;
}

/* False: a job could not be left. */
static bool
be_alone(Pool *pool, int timeout_s)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = POOL_SIGNAL};
    if (timeout_s == 0)
        return true;
    if (timer_create(CLOCK_MONOTONIC, &event, &pool->timer) != 0)
        return false;
    pool->alone_s = timeout_s + ALONE_SLACK_S;
    return true;
}

static void
give_up_all(Pool *pool)
{
    pool->given_up = pool->stopped = true;
    while (pool->next < pool->count)
        pool->destroy(pool->jobs[pool->next++]);
}

/* The jobs one after the other, here: nobody can give one up, so that the process ends
 * where one takes too long. */
static void
pool_run_here(Pool *pool, const PoolPlan *plan, Thread *own)
{
    if (!be_alone(pool, plan->timeout_s))
        give_up_all(pool);
    g_mutex_lock(&pool->lock);
    while (!pool->stopped && pool->next < pool->count) {
        set_timer(pool, pool->alone_s);
        do_job(pool, pool->next++, own->worker);
        set_timer(pool, 0);
        guint done = pool->done;
        g_mutex_unlock(&pool->lock);
        if (plan->progress)
            plan->progress(done, plan->data);
        g_mutex_lock(&pool->lock);
    }
    g_mutex_unlock(&pool->lock);
    if (pool->alone_s > 0)
        timer_delete(pool->timer);
    thread_free(own);
}

/* Joined, so that libraries have freed what they keep for a thread: one that was given up
 * ends when it likes, and those with it. */
static void
leave_threads(GSList *threads, bool all_ended)
{
    for (GSList *each = threads; each; each = each->next)
        if (all_ended)
            g_thread_join(each->data);
        else
            g_thread_unref(each->data);
    g_slist_free(threads);
}

static bool
is_over(const Pool *pool)
{
    bool more = !pool->stopped && pool->next < pool->count && pool->running > 0;
    return !more && pool->done == pool->next;
}

/* Until something happens, or nothing has for too long. */
static void
pool_wait(Pool *pool, int timeout_s)
{
    gint64 end_us = pool->progress_us + (gint64)timeout_s * G_USEC_PER_SEC;
    if (timeout_s == 0) {
        g_cond_wait(&pool->changed, &pool->lock);
    } else if (g_get_monotonic_time() < end_us) {
        (void)g_cond_wait_until(&pool->changed, &pool->lock, end_us);
    } else {
        pool->given_up = pool->stopped = true;
        pool->lost = pool->next - pool->done;
    }
}

void
pool_run(const PoolPlan *plan, GPtrArray *jobs)
{
    Pool *pool = pool_new(plan, jobs);
    guint told = 0;
    Thread *own = pool_start(pool, plan);
    if (own)
        pool_run_here(pool, plan, own);
    g_mutex_lock(&pool->lock);
    while (!pool->given_up && !is_over(pool)) {
        if (!plan->progress || pool->done == told) {
            pool_wait(pool, plan->timeout_s);
            continue;
        }
        told = pool->done;
        g_mutex_unlock(&pool->lock);
        plan->progress(told, plan->data);
        g_mutex_lock(&pool->lock);
    }
    /* The process may end soon: no thread is then to be inside a library whose end can
     * be had. */
    while (pool->running > pool->lost)
        g_cond_wait(&pool->changed, &pool->lock);
    bool all_ended = pool->lost == 0;
    if (!all_ended)
        g_atomic_int_set(&left_any, 1);
    for (guint i = 0; i < pool->next; i++)
        if (!pool->settled[i])
            jobs->pdata[i] = NULL;
    g_mutex_unlock(&pool->lock);
    leave_threads(pool->threads, all_ended);
    if (plan->progress)
        plan->progress(jobs->len, plan->data);
    pool_leave(pool);
}

bool
pool_run_one(PoolWork work, gpointer job, GDestroyNotify destroy, int timeout_s)
{
    const PoolPlan plan = {
        .work = work, .destroy = destroy, .threads = 1, .timeout_s = timeout_s};
    g_autoptr(GPtrArray) jobs = g_ptr_array_new();
    g_ptr_array_add(jobs, job);
    pool_run(&plan, jobs);
    return jobs->pdata[0] != NULL;
}
