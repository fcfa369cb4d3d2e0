/* Resolves a name, then tries its addresses in turn until one answers. */
#include "connect.h"

#include "base/fault.h"
#include "base/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char *
reason_of(int trouble)
{
    switch (trouble) {
    case ECONNREFUSED:
        return "connection refused";
    case ETIMEDOUT:
        return "timed out";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "no route to it";
    default:
        return g_strerror(trouble);
    }
}

/* 0, or the errno of the failure. */
static int
wait_connected(int fd, gint64 deadline_us)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    for (;;) {
        gint64 left_ms = (deadline_us - g_get_monotonic_time()) / 1000;
        int ready = left_ms > 0 ? poll(&wait, 1, (int)MIN(left_ms, G_MAXINT)) : 0;
        if (ready == 0)
            return ETIMEDOUT;
        if (ready > 0)
            break;
        if (errno != EINTR)
            return errno;
    }
    int trouble = 0;
    socklen_t size = sizeof trouble;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &trouble, &size) == 0 ? trouble : errno;
}

static int
connect_address(const struct addrinfo *address, gint64 deadline_us, int *ret_fd)
{
    int fd =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
               address->ai_protocol);
    if (fd < 0)
        return errno;
    int trouble = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (trouble == EINPROGRESS)
        trouble = wait_connected(fd, deadline_us);
    if (trouble != 0) {
        close(fd);
        return trouble;
    }
    *ret_fd = fd;
    return 0;
}

/* libldap wants a blocking socket; half a message must not block for ever. */
static void
settle_socket(int fd, int timeout_s)
{
    const int on = 1;
    const struct timeval timeout = {.tv_sec = timeout_s};
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0)
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

/* A name as its thread has it: over TCP the resolver waits for as long as a server lets
 * it. */
typedef struct {
    char *host;
    char *service;
    int timeout_s;
    int trouble;
    struct addrinfo *addresses;
} Lookup;

static void
lookup_free(gpointer data)
{
    Lookup *lookup = data;
    if (lookup->addresses)
        freeaddrinfo(lookup->addresses);
    g_free(lookup->host);
    g_free(lookup->service);
    g_free(lookup);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lookup, lookup_free)

/* getaddrinfo takes no time-out: the resolver of this thread gets one, for this
 * question.  A full host name is not tried below the search domains. */
static void
look_up(Pool *pool, gpointer job, gpointer worker)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    Lookup *lookup = job;
    (void)pool, (void)worker;
    lookup->trouble = EAI_SYSTEM;
    if ((_res.options & RES_INIT) == 0 && res_init() != 0)
        return;
    const int retrans = _res.retrans, retry = _res.retry;
    const gulong flags = _res.options;
    _res.retrans = CLAMP(lookup->timeout_s / 3, 1, 5);
    _res.retry = 2;
    if (strchr(lookup->host, '.'))
        _res.options &= ~(gulong)(RES_DNSRCH | RES_DEFNAMES);
    lookup->trouble =
        getaddrinfo(lookup->host, lookup->service, &hints, &lookup->addresses);
    _res.retrans = retrans;
    _res.retry = retry;
    _res.options = flags;
}

/* NULL: it was waited for in vain. */
static Lookup *
looked_up(const char *host, guint16 port, int timeout_s)
{
    Lookup *lookup = g_new0(Lookup, 1);
    lookup->host = g_strdup(host);
    lookup->service = g_strdup_printf("%u", port);
    lookup->timeout_s = timeout_s;
    return pool_run_one(look_up, lookup, lookup_free, timeout_s) ? lookup : NULL;
}

bool
connect_tcp(const char *host, guint16 port, int timeout_s, const char *label, int *ret_fd,
            GError **error)
{
    g_autoptr(Lookup) lookup = looked_up(host, port, timeout_s);
    int trouble = lookup ? lookup->trouble : EAI_AGAIN;
    if (trouble == EAI_AGAIN)
        return fault_set(error, FAULT_UNREACHABLE, "%s: DNS does not answer for its name",
                         label);
    if (trouble != 0)
        return fault_set(error, FAULT_UNREACHABLE,
                         "%s: its name is not known to DNS (%s)", label,
                         gai_strerror(trouble));
    const struct addrinfo *addresses = lookup->addresses;
    guint left = 0;
    for (const struct addrinfo *at = addresses; at; at = at->ai_next)
        left++;
    gint64 end_us = g_get_monotonic_time() + (gint64)timeout_s * G_USEC_PER_SEC;
    for (const struct addrinfo *at = addresses; at; at = at->ai_next, left--) {
        /* Each gets its share of the time that is left. */
        gint64 now_us = g_get_monotonic_time();
        trouble = connect_address(at, now_us + (end_us - now_us) / left, ret_fd);
        if (trouble == 0)
            break;
    }
    if (trouble != 0)
        return fault_set(error, FAULT_UNREACHABLE, "%s: %s", label, reason_of(trouble));
    settle_socket(*ret_fd, timeout_s);
    return true;
}
