/* Connects without blocking, and tells open, refused and filtered apart. */
#include "ports.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

bool
port_probe_init(PortProbe *probe, const char *address, guint16 port)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    g_autofree char *service = g_strdup_printf("%u", port);
    memset(probe, 0, sizeof *probe);
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return false;
    memcpy(&probe->to, found->ai_addr, found->ai_addrlen);
    probe->length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

/* What an ICMP "destination unreachable" means (RFC 792, 1812 5.2.7.1, 4443 3.1).
 * Port unreachable is no refusal of TCP, which has its own: a firewall made it. */
static const struct {
    guint8 origin, type, code;
    NetState state;
    const char *how;
} icmp_meanings[] = {
#define V4(code, state, how)                                   \
    {                                                          \
        SO_EE_ORIGIN_ICMP, ICMP_DEST_UNREACH, code, state, how \
    }
#define V6(code, state, how)                                    \
    {                                                           \
        SO_EE_ORIGIN_ICMP6, ICMP6_DST_UNREACH, code, state, how \
    }
    V4(ICMP_NET_UNREACH, NET_UNREACHABLE, "ICMP: network unreachable"),
    V4(ICMP_HOST_UNREACH, NET_UNREACHABLE, "ICMP: host unreachable"),
    V4(ICMP_PROT_UNREACH, NET_FILTERED, "ICMP: protocol unreachable"),
    V4(ICMP_PORT_UNREACH, NET_FILTERED, "ICMP: port unreachable"),
    V4(ICMP_NET_ANO, NET_FILTERED, "ICMP: network prohibited"),
    V4(ICMP_HOST_ANO, NET_FILTERED, "ICMP: host prohibited"),
    V4(ICMP_PKT_FILTERED, NET_FILTERED, "ICMP: administratively prohibited"),
    V6(ICMP6_DST_UNREACH_NOROUTE, NET_UNREACHABLE, "ICMPv6: no route"),
    V6(ICMP6_DST_UNREACH_ADMIN, NET_FILTERED, "ICMPv6: administratively prohibited"),
    V6(ICMP6_DST_UNREACH_ADDR, NET_UNREACHABLE, "ICMPv6: address unreachable"),
    V6(ICMP6_DST_UNREACH_NOPORT, NET_FILTERED, "ICMPv6: port unreachable"),
    V6(5, NET_FILTERED, "ICMPv6: source address failed policy"),
    V6(6, NET_FILTERED, "ICMPv6: rejected by a route"),
#undef V4
#undef V6
};

/* What connect() says without an ICMP message behind it. */
static const struct {
    int error;
    NetState state;
    const char *how;
} error_meanings[] = {
    {0, NET_OPEN, "connected"},
    {ECONNREFUSED, NET_REFUSED, "reset"},
    {ECONNRESET, NET_REFUSED, "reset"},
    {ETIMEDOUT, NET_FILTERED, "no answer in time"},
    {EACCES, NET_FILTERED, "prohibited by this machine's own routes or firewall"},
    {EPERM, NET_FILTERED, "prohibited by this machine's own firewall"},
    {EHOSTUNREACH, NET_UNREACHABLE, "nobody at that address"},
    {EHOSTDOWN, NET_UNREACHABLE, "nobody at that address"},
    {ENETUNREACH, NET_UNREACHABLE, "no route from this machine"},
    {ENETDOWN, NET_UNREACHABLE, "this machine's network is down"},
    {EADDRNOTAVAIL, NET_UNREACHABLE, "no route from this machine"},
    {EAFNOSUPPORT, NET_UNREACHABLE, "this machine does not speak that protocol"},
    {EINVAL, NET_UNREACHABLE, "no route from this machine"}, /* a blackhole */
};

static void
land(PortProbe *probe, gint64 began_us, NetState state, const char *how)
{
    probe->state = state;
    probe->how = how;
    probe->ms = (double)(g_get_monotonic_time() - began_us) / 1000.0;
}

static void
land_error(PortProbe *probe, gint64 began_us, int error)
{
    for (guint i = 0; i < G_N_ELEMENTS(error_meanings); i++) {
        if (error_meanings[i].error == error) {
            land(probe, began_us, error_meanings[i].state, error_meanings[i].how);
            return;
        }
    }
    /* Our own trouble, or an error nobody has seen: nothing is claimed. */
    land(probe, began_us, NET_NOT_TRIED, "this machine could not try");
}

/* Whether the kernel kept the ICMP message that ended the connection. */
static bool
land_icmp(PortProbe *probe, gint64 began_us, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[512];
    } control;
    char data[64];
    struct iovec part = {data, sizeof data};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return false;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at;
         at = CMSG_NXTHDR(&message, at)) {
        struct sock_extended_err why;
        bool is_error = (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_RECVERR) ||
                        (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_RECVERR);
        if (!is_error || at->cmsg_len < CMSG_LEN(sizeof why))
            continue;
        memcpy(&why, CMSG_DATA(at), sizeof why);
        for (guint i = 0; i < G_N_ELEMENTS(icmp_meanings); i++) {
            if (icmp_meanings[i].origin == why.ee_origin &&
                icmp_meanings[i].type == why.ee_type &&
                icmp_meanings[i].code == why.ee_code) {
                land(probe, began_us, icmp_meanings[i].state, icmp_meanings[i].how);
                return true;
            }
        }
    }
    return false;
}

/* A connection under way. */
typedef struct {
    PortProbe *probe;
    gint64 began_us;
} Flight;

typedef struct {
    PortProbe *probes;
    guint count;
    guint next;
    gint64 timeout_us;
    guint at_once;
    guint flying;
    Flight *flights;
    struct pollfd *polls; /* of the flights, in their order */
} Tower;

static bool
is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* False: no socket is to be had before another one is closed. */
static bool
launch(Tower *tower, PortProbe *probe)
{
    const int yes = 1;
    gint64 now_us = g_get_monotonic_time();
    bool v6 = probe->to.ss_family == AF_INET6;
    int fd = socket(probe->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        if (is_shortage(errno) && tower->flying > 0)
            return false;
        land_error(probe, now_us, errno);
        return true;
    }
    /* Without it a firewall's ICMP looks like the host's own refusal. */
    (void)setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR,
                     &yes, sizeof yes);
    if (connect(fd, (const struct sockaddr *)&probe->to, probe->length) != 0 &&
        errno == EINPROGRESS) {
        tower->flights[tower->flying] = (Flight){probe, now_us};
        tower->polls[tower->flying] = (struct pollfd){.fd = fd, .events = POLLOUT};
        tower->flying++;
        return true;
    }
    int error = errno;
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    bool connected = getpeername(fd, (struct sockaddr *)&peer, &length) == 0;
    if (connected || !land_icmp(probe, now_us, fd))
        land_error(probe, now_us, connected ? 0 : error);
    (void)close(fd);
    return true;
}

static void
settle(const Flight *flight, int fd)
{
    int error = 0;
    socklen_t length = sizeof error;
    struct sockaddr_storage peer;
    socklen_t peer_length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        error = errno;
    if (error == 0 && getpeername(fd, (struct sockaddr *)&peer, &peer_length) != 0)
        error = EHOSTUNREACH;
    if (error == 0 || !land_icmp(flight->probe, flight->began_us, fd))
        land_error(flight->probe, flight->began_us, error);
}

/* Ends those that have an answer, or had their time. */
static void
collect(Tower *tower)
{
    gint64 now_us = g_get_monotonic_time();
    for (guint i = tower->flying; i-- > 0;) {
        const Flight *flight = &tower->flights[i];
        if (tower->polls[i].revents != 0)
            settle(flight, tower->polls[i].fd);
        else if (now_us - flight->began_us >= tower->timeout_us)
            land_error(flight->probe, flight->began_us, ETIMEDOUT);
        else
            continue;
        (void)close(tower->polls[i].fd);
        tower->flying--;
        tower->flights[i] = tower->flights[tower->flying];
        tower->polls[i] = tower->polls[tower->flying];
    }
}

/* Milliseconds until the first of them has had its time. */
static int
patience_ms(const Tower *tower)
{
    gint64 now_us = g_get_monotonic_time(), end_us = G_MAXINT64;
    for (guint i = 0; i < tower->flying; i++)
        end_us = MIN(end_us, tower->flights[i].began_us + tower->timeout_us);
    return (int)(MAX(end_us - now_us, 0) / 1000 + 1);
}

void
ports_try(PortProbe *probes, guint count, guint at_once, int timeout_ms)
{
    Tower tower = {.probes = probes,
                   .count = count,
                   .timeout_us = (gint64)timeout_ms * 1000,
                   .at_once = MAX(at_once, 1u)};
    g_autofree Flight *flights = g_new0(Flight, tower.at_once);
    g_autofree struct pollfd *polls = g_new0(struct pollfd, tower.at_once);
    tower.flights = flights;
    tower.polls = polls;
    while (tower.next < count || tower.flying > 0) {
        while (tower.next < count && tower.flying < tower.at_once &&
               launch(&tower, &probes[tower.next]))
            tower.next++;
        if (tower.flying == 0)
            continue;
        (void)poll(tower.polls, tower.flying, patience_ms(&tower));
        collect(&tower);
    }
}
