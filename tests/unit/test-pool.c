/* Jobs that answer, that hang, and that stop the others. */
#include "base/pool.h"

static bool refused; /* threads */

/* In place of GLib's. */
GThread *
g_thread_try_new(const gchar *name, GThreadFunc function, gpointer data, GError **error)
{
    (void)error;
    return refused ? NULL : g_thread_new(name, function, data);
}

typedef enum { ANSWERS, HANGS, STOPS } Kind;

typedef struct {
    Kind kind;
    bool done;
} Job;

/* What the hanging jobs wait for. */
static GMutex lock;
static GCond changed;
static bool released;
static guint destroyed, workers_freed;

static void
job_destroy(gpointer job)
{
    g_free(job);
    g_mutex_lock(&lock);
    destroyed++;
    g_cond_broadcast(&changed);
    g_mutex_unlock(&lock);
}

static void
worker_free(gpointer worker)
{
    g_free(worker);
    g_mutex_lock(&lock);
    workers_freed++;
    g_cond_broadcast(&changed);
    g_mutex_unlock(&lock);
}

static void
work(Pool *pool, gpointer data, gpointer worker)
{
    Job *job = data;
    (void)worker;
    g_mutex_lock(&lock);
    while (job->kind == HANGS && !released)
        g_cond_wait(&changed, &lock);
    g_mutex_unlock(&lock);
    if (job->kind == HANGS) {
        g_assert_false(pool_step(pool));
        g_assert_false(pool_is_wanted(pool));
    }
    if (job->kind == STOPS)
        pool_stop(pool);
    job->done = true;
}

static GPtrArray *
jobs_of(const Kind *kinds, guint count)
{
    GPtrArray *jobs = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < count; i++) {
        Job *job = g_new0(Job, 1);
        job->kind = kinds[i];
        g_ptr_array_add(jobs, job);
    }
    released = false;
    destroyed = workers_freed = 0;
    return jobs;
}

static void
count_up(guint done, void *data)
{
    guint *last = data;
    g_assert_cmpuint(done, >=, *last);
    *last = done;
}

static void
test_done(void)
{
    static const Kind kinds[20] = {ANSWERS};
    guint last = 0;
    const PoolPlan plan = {.work = work,
                           .destroy = job_destroy,
                           .threads = 3,
                           .progress = count_up,
                           .data = &last};
    g_autoptr(GPtrArray) jobs = jobs_of(kinds, 20);
    pool_run(&plan, jobs);
    for (guint i = 0; i < jobs->len; i++)
        g_assert_true(((Job *)jobs->pdata[i])->done);
    g_assert_cmpuint(last, ==, 20);
    g_assert_cmpuint(destroyed, ==, 0);

    g_autoptr(GPtrArray) none = jobs_of(kinds, 0);
    last = 0;
    pool_run(&plan, none);
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_false(pool_left_any());
}

static gint kept;

static void
kept_free(gpointer data)
{
    (void)data;
    g_usleep(G_USEC_PER_SEC / 20);
    g_atomic_int_add(&kept, -1);
}

static GPrivate of_thread = G_PRIVATE_INIT(kept_free);

static void
keep(Pool *pool, gpointer job, gpointer worker)
{
    (void)pool, (void)worker;
    g_atomic_int_inc(&kept);
    g_private_replace(&of_thread, job);
}

/* What a library keeps for a thread, as libcrypto its errors, is gone with the job. */
static void
test_kept_for_a_thread(void)
{
    int job;
    g_assert_true(pool_run_one(keep, &job, job_destroy, 0));
    g_assert_cmpint(g_atomic_int_get(&kept), ==, 0);
}

/* The one that hangs is left to its thread, which ends it when it can. */
static void
test_given_up(void)
{
    static const Kind kinds[] = {ANSWERS, HANGS, HANGS, ANSWERS};
    g_autoptr(GPtrArray) workers = g_ptr_array_new();
    const PoolPlan plan = {.work = work,
                           .destroy = job_destroy,
                           .workers = workers,
                           .worker_free = worker_free,
                           .timeout_s = 1};
    g_autoptr(GPtrArray) jobs = jobs_of(kinds, G_N_ELEMENTS(kinds));
    g_ptr_array_add(workers, g_malloc(1));
    g_ptr_array_add(workers, g_malloc(1));
    pool_run(&plan, jobs);
    g_assert_true(((Job *)jobs->pdata[0])->done);
    g_assert_null(jobs->pdata[1]);
    g_assert_null(jobs->pdata[2]);
    g_assert_false(((Job *)jobs->pdata[3])->done);
    g_assert_cmpuint(destroyed, ==, 0);
    g_assert_true(pool_left_any());

    g_mutex_lock(&lock);
    released = true;
    g_cond_broadcast(&changed);
    while (destroyed < 2 || workers_freed < 2)
        g_cond_wait(&changed, &lock);
    g_mutex_unlock(&lock);
}

static void
test_stopped(void)
{
    static const Kind kinds[] = {ANSWERS, STOPS, ANSWERS};
    const PoolPlan plan = {.work = work, .destroy = job_destroy, .threads = 1};
    g_autoptr(GPtrArray) jobs = jobs_of(kinds, G_N_ELEMENTS(kinds));
    pool_run(&plan, jobs);
    g_assert_true(((Job *)jobs->pdata[1])->done);
    g_assert_false(((Job *)jobs->pdata[2])->done);
}

static void
test_one(void)
{
    Job *job = g_new0(Job, 1);
    g_assert_true(pool_run_one(work, job, job_destroy, 0));
    g_assert_true(job->done);
    job->done = false;
    g_assert_true(pool_run_one(work, job, job_destroy, 60));
    g_assert_true(job->done);
    g_free(job);
}

/* A user who may have no more processes gets no thread: the jobs are done all the same.
 */
static void
test_no_thread(void)
{
    static const Kind kinds[5] = {ANSWERS};
    guint last = 0;
    g_autoptr(GPtrArray) workers = g_ptr_array_new();
    const PoolPlan plan = {.work = work,
                           .destroy = job_destroy,
                           .workers = workers,
                           .worker_free = worker_free,
                           .timeout_s = 60,
                           .progress = count_up,
                           .data = &last};
    g_autoptr(GPtrArray) jobs = jobs_of(kinds, G_N_ELEMENTS(kinds));
    g_ptr_array_add(workers, g_malloc(1));
    g_ptr_array_add(workers, g_malloc(1));
    refused = true;
    pool_run(&plan, jobs);
    refused = false;
    for (guint i = 0; i < jobs->len; i++)
        g_assert_true(((Job *)jobs->pdata[i])->done);
    g_assert_cmpuint(last, ==, 5);
    g_assert_cmpuint(workers_freed, ==, 2);
}

static volatile sig_atomic_t rang;

static void
ring(int number)
{
    (void)number;
    rang = 1;
}

/* Hangs until it rings. */
static void
wait_alone(Pool *pool, gpointer data, gpointer worker)
{
    Job *job = data;
    (void)worker;
    pool_step(pool);
    while (job->kind == HANGS && !rang)
        g_usleep(1000);
    job->done = true;
}

/* Without a thread, a job that takes too long ends the process by a signal; in their time
 * others do not. */
static void
test_no_thread_and_no_answer(void)
{
    static const Kind kinds[] = {ANSWERS, HANGS, ANSWERS};
    const PoolPlan plan = {
        .work = wait_alone, .destroy = job_destroy, .threads = 1, .timeout_s = 1};
    g_autoptr(GPtrArray) jobs = jobs_of(kinds, G_N_ELEMENTS(kinds));
    signal(POOL_SIGNAL, ring);
    refused = true;
    gint64 began_us = g_get_monotonic_time();
    pool_run(&plan, jobs);
    g_assert_true(((Job *)jobs->pdata[2])->done);
    g_assert_cmpint(g_get_monotonic_time() - began_us, >=, G_USEC_PER_SEC);
    /* What comes later has nothing to fear of it. */
    Job *late = g_new0(Job, 1);
    rang = 0;
    g_assert_true(pool_run_one(wait_alone, late, job_destroy, 0));
    g_assert_false(rang);
    g_free(late);
    refused = false;
    signal(POOL_SIGNAL, SIG_DFL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/done", test_done);
    g_test_add_func("/pool/kept-for-a-thread", test_kept_for_a_thread);
    g_test_add_func("/pool/given-up", test_given_up);
    g_test_add_func("/pool/stopped", test_stopped);
    g_test_add_func("/pool/one", test_one);
    g_test_add_func("/pool/no-thread", test_no_thread);
    g_test_add_func("/pool/no-thread-and-no-answer", test_no_thread_and_no_answer);
    return g_test_run();
}
