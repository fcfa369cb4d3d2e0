/* Threads that resolve names, and collect answers until the deadline. */
#include "diagnose/names.h"

#include "base/pool.h"

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
#define BUFFER_MAX ((gsize)64 * 1024)

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

/* A question as its thread has it. */
typedef struct {
    NameQuery *query;
    NameLookup lookup;
} Lookup;

static void
lookup_free(gpointer data)
{
    Lookup *lookup = data;
    if (!lookup)
        return;
    name_query_free(lookup->query);
    g_free(lookup);
}

static void
look_up(Pool *pool, gpointer data, gpointer worker)
{
    const Lookup *lookup = data;
    gint64 began_us = g_get_monotonic_time();
    (void)worker;
    lookup->lookup(lookup->query);
    lookup->query->ms = (double)(g_get_monotonic_time() - began_us) / 1000.0;
    if (lookup->query->state != NET_NAME_NO_ANSWER)
        pool_step(pool);
}

void
names_ask(GPtrArray *queries, NameLookup lookup, int timeout_s)
{
    const PoolPlan plan = {.work = look_up,
                           .destroy = lookup_free,
                           .threads = THREADS,
                           .timeout_s = timeout_s};
    g_autoptr(GPtrArray) lookups = g_ptr_array_new_with_free_func(lookup_free);
    for (guint i = 0; i < queries->len; i++) {
        Lookup *own = g_new0(Lookup, 1);
        own->query = name_query_new(((NameQuery *)queries->pdata[i])->asked);
        own->lookup = lookup;
        g_ptr_array_add(lookups, own);
    }
    pool_run(&plan, lookups);
    for (guint i = 0; i < queries->len; i++) {
        NameQuery *query = queries->pdata[i];
        const Lookup *done = lookups->pdata[i];
        if (!done || done->query->state == NET_NAME_NOT_ASKED) {
            query->state = NET_NAME_NO_ANSWER;
            continue;
        }
        query->state = done->query->state;
        query->ms = done->query->ms;
        g_ptr_array_unref(query->found);
        query->found = g_ptr_array_ref(done->query->found);
    }
}
