#include "diagnose/names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define THREADS 16
#define FOUND_MAX 16 /* addresses of a name, names of an address */
#define NAME_MAX_LENGTH 253
#define BUFFER_FIRST 2048
#define BUFFER_MAX (64 * 1024)

NameQuery *
name_query_new(const char *asked)
{
    NameQuery *query = g_new0(NameQuery, 1);
    query->asked = g_strdup(asked);
    query->found = g_ptr_array_new_with_free_func(g_free);
    return query;
}

void
name_query_free(NameQuery *query)
{
    if (!query)
        return;
    g_free(query->asked);
    g_ptr_array_unref(query->found);
    g_free(query);
}

bool
name_is_sound(const char *name)
{
    struct in_addr number;
    gsize length = strlen(name);
    if (length == 0 || length > NAME_MAX_LENGTH || *name == '-' || *name == '.')
        return false;
    for (const char *at = name; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("-._", *at))
            return false;
    /* "127.1" and "0x7f000001" would be addresses that nobody looked up. */
    return !strstr(name, "..") && inet_aton(name, &number) == 0;
}

static void
add_found(NameQuery *query, const char *text)
{
    for (guint i = 0; i < query->found->len; i++)
        if (g_ascii_strcasecmp(query->found->pdata[i], text) == 0)
            return;
    if (query->found->len < FOUND_MAX)
        g_ptr_array_add(query->found, g_strdup(text));
}

void
names_forward(NameQuery *query)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int trouble = getaddrinfo(query->asked, NULL, &hints, &found);
    if (trouble != 0) {
        bool none = trouble == EAI_NONAME || trouble == EAI_NODATA;
        query->state = none ? NET_NAME_NONE : NET_NAME_NO_ANSWER;
        return;
    }
    for (const struct addrinfo *at = found; at; at = at->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, NULL, 0,
                        NI_NUMERICHOST) == 0)
            add_found(query, text);
    }
    freeaddrinfo(found);
    query->state = query->found->len > 0 ? NET_NAME_FOUND : NET_NAME_NONE;
}

/* A name without the dot that DNS ends it with. */
static void
add_name(NameQuery *query, const char *name)
{
    gsize length = strlen(name);
    g_autofree char *text =
        g_strndup(name, length > 0 && name[length - 1] == '.' ? length - 1 : length);
    if (*text)
        add_found(query, text);
}

/* An address may have several PTR records, of which getnameinfo tells one. */
static void
reverse_of(NameQuery *query, const void *address, socklen_t length, int family)
{
    g_autofree char *buffer = NULL;
    struct hostent entry, *result = NULL;
    int trouble = 0, status = ERANGE;
    for (gsize size = BUFFER_FIRST; status == ERANGE && size <= BUFFER_MAX; size *= 2) {
        buffer = g_realloc(buffer, size);
        status = gethostbyaddr_r(address, length, family, &entry, buffer, size, &result,
                                 &trouble);
    }
    if (status != 0 || !result) {
        bool none = trouble == HOST_NOT_FOUND || trouble == NO_DATA;
        query->state = none ? NET_NAME_NONE : NET_NAME_NO_ANSWER;
        return;
    }
    add_name(query, entry.h_name);
    for (char **alias = entry.h_aliases; alias && *alias; alias++)
        add_name(query, *alias);
    query->state = query->found->len > 0 ? NET_NAME_FOUND : NET_NAME_NONE;
}

void
names_reverse(NameQuery *query)
{
    struct in_addr v4;
    struct in6_addr v6;
    /* The scope of a link-local address is no part of its name. */
    const char *scope = strchr(query->asked, '%');
    g_autofree char *text =
        scope ? g_strndup(query->asked, (gsize)(scope - query->asked)) : NULL;
    const char *address = text ? text : query->asked;
    if (inet_pton(AF_INET, address, &v4) == 1)
        reverse_of(query, &v4, sizeof v4, AF_INET);
    else if (inet_pton(AF_INET6, address, &v6) == 1)
        reverse_of(query, &v6, sizeof v6, AF_INET6);
    else
        query->state = NET_NAME_UNSOUND;
}

/* Shared by the threads and the one who waits; the last to leave frees it. */
typedef struct {
    gatomicrefcount references;
    GMutex lock;
    GCond changed;
    NameLookup lookup;
    GPtrArray *queries; /* of NameQuery *, its own; NULL: taken back */

    /* Under the lock. */
    guint next;
    guint done;
    gint64 progress_us; /* when somebody last answered; monotonic */
    bool given_up;
} Pool;

static void
pool_leave(Pool *pool)
{
    if (!g_atomic_ref_count_dec(&pool->references))
        return;
    g_mutex_clear(&pool->lock);
    g_cond_clear(&pool->changed);
    g_ptr_array_unref(pool->queries);
    g_free(pool);
}

/* Answers into `scratch`, which nobody else knows, so that the one who waits
 * may leave at any time. */
static gpointer
pool_thread(gpointer data)
{
    Pool *pool = data;
    g_mutex_lock(&pool->lock);
    while (!pool->given_up && pool->next < pool->queries->len) {
        guint place = pool->next++;
        NameQuery *scratch =
            name_query_new(((NameQuery *)pool->queries->pdata[place])->asked);
        g_mutex_unlock(&pool->lock);

        gint64 began_us = g_get_monotonic_time();
        pool->lookup(scratch);
        gint64 now_us = g_get_monotonic_time();
        scratch->ms = (double)(now_us - began_us) / 1000.0;

        g_mutex_lock(&pool->lock);
        if (!pool->given_up) {
            name_query_free(pool->queries->pdata[place]);
            pool->queries->pdata[place] = g_steal_pointer(&scratch);
            pool->done++;
            if (((NameQuery *)pool->queries->pdata[place])->state != NET_NAME_NO_ANSWER)
                pool->progress_us = now_us;
            g_cond_signal(&pool->changed);
        }
        name_query_free(scratch);
    }
    g_mutex_unlock(&pool->lock);
    pool_leave(pool);
    return NULL;
}

static Pool *
pool_new(GPtrArray *queries, NameLookup lookup)
{
    Pool *pool = g_new0(Pool, 1);
    g_atomic_ref_count_init(&pool->references);
    g_mutex_init(&pool->lock);
    g_cond_init(&pool->changed);
    pool->lookup = lookup;
    pool->progress_us = g_get_monotonic_time();
    pool->queries = g_ptr_array_new_with_free_func((GDestroyNotify)name_query_free);
    for (guint i = 0; i < queries->len; i++)
        g_ptr_array_add(pool->queries,
                        name_query_new(((NameQuery *)queries->pdata[i])->asked));
    return pool;
}

/* How many of the threads wanted there are. */
static guint
pool_start(Pool *pool)
{
    guint started = 0;
    for (guint i = 0; i < MIN(THREADS, pool->queries->len); i++) {
        g_atomic_ref_count_inc(&pool->references);
        GThread *thread = g_thread_try_new("names", pool_thread, pool, NULL);
        if (!thread) {
            pool_leave(pool);
            break;
        }
        g_thread_unref(thread);
        started++;
    }
    return started;
}

void
names_ask(GPtrArray *queries, NameLookup lookup, int timeout_s)
{
    Pool *pool = pool_new(queries, lookup);
    bool threads = pool_start(pool) > 0;
    g_mutex_lock(&pool->lock);
    while (threads && pool->done < queries->len) {
        gint64 end_us = pool->progress_us + (gint64)timeout_s * G_USEC_PER_SEC;
        if (g_get_monotonic_time() >= end_us)
            break;
        (void)g_cond_wait_until(&pool->changed, &pool->lock, end_us);
    }
    pool->given_up = true;
    for (guint i = 0; i < queries->len; i++) {
        NameQuery *query = queries->pdata[i], *answer = pool->queries->pdata[i];
        query->state =
            answer->state == NET_NAME_NOT_ASKED ? NET_NAME_NO_ANSWER : answer->state;
        query->ms = answer->ms;
        g_ptr_array_unref(query->found);
        query->found = g_ptr_array_ref(answer->found);
    }
    g_mutex_unlock(&pool->lock);
    pool_leave(pool);
}
