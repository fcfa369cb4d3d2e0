#include "errand.h"

/* Shared by the thread and the one who waits; the last to leave frees it. */
struct Errand {
    gatomicrefcount references;
    GMutex lock;
    GCond changed;
    ErrandWork work;
    gpointer data;
    GDestroyNotify destroy;

    /* Under the lock. */
    gint64 began_us; /* the step under way; monotonic */
    bool done;
    bool given_up;
};

static void
errand_leave(Errand *errand)
{
    if (!g_atomic_ref_count_dec(&errand->references)) {
        return;
    }
    g_cond_clear(&errand->changed);
    g_mutex_clear(&errand->lock);
    g_free(errand);
}

bool
errand_step(Errand *errand)
{
    g_mutex_lock(&errand->lock);
    bool wanted = !errand->given_up;
    errand->began_us = g_get_monotonic_time();
    g_mutex_unlock(&errand->lock);
    return wanted;
}

static gpointer
errand_thread(gpointer data)
{
    Errand *errand = data;

    errand->work(errand, errand->data);
    g_mutex_lock(&errand->lock);
    bool wanted = !errand->given_up;
    errand->done = true;
    g_cond_signal(&errand->changed);
    g_mutex_unlock(&errand->lock);
    if (!wanted) {
        errand->destroy(errand->data);
    }
    errand_leave(errand);
    return NULL;
}

bool
errand_run(ErrandWork work, gpointer data, GDestroyNotify destroy, int timeout_s)
{
    Errand *errand = g_new0(Errand, 1);

    g_atomic_ref_count_init(&errand->references);
    g_atomic_ref_count_inc(&errand->references);
    g_mutex_init(&errand->lock);
    g_cond_init(&errand->changed);
    errand->work = work;
    errand->data = data;
    errand->destroy = destroy;
    errand->began_us = g_get_monotonic_time();
    g_thread_unref(g_thread_new("errand", errand_thread, errand));

    g_mutex_lock(&errand->lock);
    while (!errand->done && !errand->given_up) {
        /* A step that begins meanwhile moves the deadline. */
        gint64 end_us = errand->began_us + (gint64)timeout_s * G_USEC_PER_SEC;
        if (timeout_s == 0) {
            g_cond_wait(&errand->changed, &errand->lock);
        } else if (!g_cond_wait_until(&errand->changed, &errand->lock, end_us)) {
            gint64 now_us = g_get_monotonic_time();
            errand->given_up =
                !errand->done &&
                now_us >= errand->began_us + (gint64)timeout_s * G_USEC_PER_SEC;
        }
    }
    bool done = errand->done;
    g_mutex_unlock(&errand->lock);
    errand_leave(errand);
    return done;
}
