/* Copies of the parts go to a thread and come back. */
#include "digest.h"

#define MUCH ((gsize)128 * 1024) /* bytes of a part that are worth a thread */
#define PARTS 4                  /* that wait at most */

struct Digest {
    GChecksum *checksum; /* the thread's, while there is one */
    GThread *thread;     /* NULL: not worth it yet, or there can be none */
    GAsyncQueue *filled; /* of GByteArray *; without bytes: the end */
    GAsyncQueue *empty;
};

Digest *
digest_new(void)
{
    Digest *digest = g_new0(Digest, 1);
    digest->checksum = g_checksum_new(G_CHECKSUM_SHA256);
    digest->filled = g_async_queue_new_full((GDestroyNotify)g_byte_array_unref);
    digest->empty = g_async_queue_new_full((GDestroyNotify)g_byte_array_unref);
    return digest;
}

static gpointer
add_parts(gpointer data)
{
    Digest *digest = data;
    for (;;) {
        GByteArray *part = g_async_queue_pop(digest->filled);
        guint length = part->len;
        g_checksum_update(digest->checksum, part->data, (gssize)length);
        g_async_queue_push(digest->empty, part);
        if (length == 0)
            return NULL;
    }
}

static void
start(Digest *digest)
{
    digest->thread = g_thread_try_new("digest", add_parts, digest, NULL);
    for (guint i = 0; digest->thread && i < PARTS; i++)
        g_async_queue_push(digest->empty, g_byte_array_new());
}

static void
give(Digest *digest, const void *data, gsize length)
{
    GByteArray *part = g_async_queue_pop(digest->empty);
    g_byte_array_set_size(part, 0);
    g_byte_array_append(part, data, (guint)length);
    g_async_queue_push(digest->filled, part);
}

static void
finish(Digest *digest)
{
    if (!digest->thread)
        return;
    give(digest, NULL, 0);
    g_thread_join(g_steal_pointer(&digest->thread));
}

void
digest_add(Digest *digest, const void *data, gsize length)
{
    if (!digest->thread && length >= MUCH)
        start(digest);
    if (!digest->thread)
        g_checksum_update(digest->checksum, data, (gssize)length);
    else if (length > 0)
        give(digest, data, length);
}

const char *
digest_text(Digest *digest)
{
    finish(digest);
    return g_checksum_get_string(digest->checksum);
}

void
digest_free(Digest *digest)
{
    if (!digest)
        return;
    finish(digest);
    g_async_queue_unref(digest->filled);
    g_async_queue_unref(digest->empty);
    g_checksum_free(digest->checksum);
    g_free(digest);
}
