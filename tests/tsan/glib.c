/* GLib's locks as pthread's, which ThreadSanitizer knows: linked into its build alone.
 * GLib's own are made of futexes in a library that is not instrumented, so that whatever
 * they guard would seem to be unguarded. */
#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdlib.h>

/* Made at the first use, as static ones are all zero. */
static gpointer
made(gpointer *slot, gsize size, void (*begin)(gpointer))
{
    gpointer there = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (there)
        return there;
    gpointer fresh = calloc(1, size);
    begin(fresh);
    if (__atomic_compare_exchange_n(slot, &there, fresh, FALSE, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return fresh;
    free(fresh);
    return there;
}

static void
mutex_begin(gpointer mutex)
{
    pthread_mutex_init(mutex, NULL);
}

/* Ends of waiting are counted by the clock of g_get_monotonic_time. */
static void
cond_begin(gpointer cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

static pthread_mutex_t *
mutex_of(GMutex *mutex)
{
    return made(&mutex->p, sizeof(pthread_mutex_t), mutex_begin);
}

static pthread_cond_t *
cond_of(GCond *cond)
{
    return made(&cond->p, sizeof(pthread_cond_t), cond_begin);
}

void
g_mutex_init(GMutex *mutex)
{
    mutex->p = NULL;
}

void
g_mutex_clear(GMutex *mutex)
{
    if (mutex->p)
        pthread_mutex_destroy(mutex->p);
    free(mutex->p);
}

void
g_mutex_lock(GMutex *mutex)
{
    pthread_mutex_lock(mutex_of(mutex));
}

gboolean
g_mutex_trylock(GMutex *mutex)
{
    return pthread_mutex_trylock(mutex_of(mutex)) == 0;
}

void
g_mutex_unlock(GMutex *mutex)
{
    pthread_mutex_unlock(mutex_of(mutex));
}

void
g_cond_init(GCond *cond)
{
    cond->p = NULL;
}

void
g_cond_clear(GCond *cond)
{
    if (cond->p)
        pthread_cond_destroy(cond->p);
    free(cond->p);
}

void
g_cond_wait(GCond *cond, GMutex *mutex)
{
    pthread_cond_wait(cond_of(cond), mutex_of(mutex));
}

gboolean
g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_us)
{
    struct timespec end = {end_us / G_USEC_PER_SEC, end_us % G_USEC_PER_SEC * 1000};
    return pthread_cond_timedwait(cond_of(cond), mutex_of(mutex), &end) != ETIMEDOUT;
}

void
g_cond_signal(GCond *cond)
{
    pthread_cond_signal(cond_of(cond));
}

void
g_cond_broadcast(GCond *cond)
{
    pthread_cond_broadcast(cond_of(cond));
}

void(g_atomic_ref_count_init)(gatomicrefcount *count)
{
    __atomic_store_n(count, 1, __ATOMIC_SEQ_CST);
}

void(g_atomic_ref_count_inc)(gatomicrefcount *count)
{
    __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
}

gboolean(g_atomic_ref_count_dec)(gatomicrefcount *count)
{
    return __atomic_sub_fetch(count, 1, __ATOMIC_SEQ_CST) == 0;
}

/* A queue between threads, whose lock is one of these. */
struct _GAsyncQueue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    GQueue items;
    GDestroyNotify item_free;
};

GAsyncQueue *
g_async_queue_new_full(GDestroyNotify item_free)
{
    GAsyncQueue *queue = g_new0(GAsyncQueue, 1);
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->filled, NULL);
    g_queue_init(&queue->items);
    queue->item_free = item_free;
    return queue;
}

void
g_async_queue_push(GAsyncQueue *queue, gpointer item)
{
    pthread_mutex_lock(&queue->mutex);
    g_queue_push_tail(&queue->items, item);
    pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->mutex);
}

gpointer
g_async_queue_pop(GAsyncQueue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    while (g_queue_is_empty(&queue->items))
        pthread_cond_wait(&queue->filled, &queue->mutex);
    gpointer item = g_queue_pop_head(&queue->items);
    pthread_mutex_unlock(&queue->mutex);
    return item;
}

void
g_async_queue_unref(GAsyncQueue *queue)
{
    g_queue_clear_full(&queue->items, queue->item_free);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->mutex);
    g_free(queue);
}
