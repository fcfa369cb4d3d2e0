/* Reads and writes for libldap with a deadline, above its own socket layer. */
#include "guard.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* Above the socket (10), below TLS (20). */
#define GUARD_LEVEL (LBER_SBIOD_LEVEL_PROVIDER + 5)

static int
socket_of(Sockbuf_IO_Desc *layer)
{
    ber_socket_t fd = -1;
    ber_sockbuf_ctrl(layer->sbiod_sb, LBER_SB_OPT_GET_FD, &fd);
    return fd;
}

/* Whether the socket got ready before the deadline. */
static bool
wait_ready(Guard *guard, int fd, short events)
{
    struct pollfd wait = {.fd = fd, .events = events};
    for (;;) {
        gint64 left_ms = (guard->deadline_us - g_get_monotonic_time()) / 1000;
        int ready = left_ms > 0 ? poll(&wait, 1, (int)MIN(left_ms, G_MAXINT)) : 0;
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR) {
            guard->timed_out = ready == 0;
            errno = ETIMEDOUT;
            return false;
        }
    }
}

static ber_slen_t
guard_read(Sockbuf_IO_Desc *layer, void *data, ber_len_t length)
{
    Guard *guard = layer->sbiod_pvt;
    if (guard->left == 0) {
        guard->flooded = true;
        errno = EMSGSIZE;
        return -1;
    }
    if (!wait_ready(guard, socket_of(layer), POLLIN))
        return -1;
    ber_slen_t got = LBER_SBIOD_READ_NEXT(layer, data, MIN(length, guard->left));
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        guard->closed = true;
    if (got > 0)
        guard->left -= (gsize)got;
    return got;
}

/* What is asked is small: it may go where there is room for it, deadline or not. */
static ber_slen_t
guard_write(Sockbuf_IO_Desc *layer, void *data, ber_len_t length)
{
    Guard *guard = layer->sbiod_pvt;
    int fd = socket_of(layer);
    for (;;) {
        ber_slen_t sent = send(fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        bool full = sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            guard->closed = true;
        if (!full)
            return sent;
        if (!wait_ready(guard, fd, POLLOUT))
            return -1;
    }
}

static int
guard_setup(Sockbuf_IO_Desc *layer, void *guard)
{
    layer->sbiod_pvt = guard;
    return 0;
}

static int
guard_remove(Sockbuf_IO_Desc *layer)
{
    layer->sbiod_pvt = NULL;
    return 0;
}

static int
guard_ctrl(Sockbuf_IO_Desc *layer, int option, void *argument)
{
    return LBER_SBIOD_CTRL_NEXT(layer, option, argument);
}

static int
guard_close(Sockbuf_IO_Desc *layer)
{
    (void)layer; /* the socket's own layer closes it */
    return 0;
}

bool
guard_add(Sockbuf *buffer, Guard *guard)
{
    static Sockbuf_IO layer = {guard_setup, guard_remove, guard_ctrl,
                               guard_read,  guard_write,  guard_close};
    return ber_sockbuf_add_io(buffer, &layer, GUARD_LEVEL, guard) == 0;
}

void
guard_start(Guard *guard, gint64 timeout_us, gsize bytes_max)
{
    guard->deadline_us = g_get_monotonic_time() + timeout_us;
    guard->left = bytes_max;
    guard->timed_out = guard->flooded = guard->closed = false;
}
