#include "diagnose/net_probe.h"
#include "diagnose/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* What no answer takes. */
enum { AGES_MS = 600 * 1000 };

/* A socket on a loopback port that the kernel chose. */
typedef struct {
    int fd;
    guint16 port;
} Listener;

static Listener
listener_bind(int family)
{
    Listener listener = {socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), 0};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct sockaddr *name = family == AF_INET6 ? (struct sockaddr *)&v6 : (void *)&v4;
    socklen_t length = family == AF_INET6 ? sizeof v6 : sizeof v4;
    if (listener.fd < 0 || bind(listener.fd, name, length) != 0) {
        if (listener.fd >= 0)
            close(listener.fd);
        return (Listener){-1, 0};
    }
    g_assert_cmpint(getsockname(listener.fd, name, &length), ==, 0);
    listener.port = ntohs(family == AF_INET6 ? v6.sin6_port : v4.sin_port);
    return listener;
}

static Listener
listener_new(int family, int backlog)
{
    Listener listener = listener_bind(family);
    if (listener.fd >= 0)
        g_assert_cmpint(listen(listener.fd, backlog), ==, 0);
    return listener;
}

/* A port on which nothing listens, and nobody else may begin to. */
static Listener
refuser_new(void)
{
    return listener_bind(AF_INET);
}

/* The kernel drops what comes in once a backlog is full: as a filter does. */
#define CROWD 8
typedef struct {
    Listener listener;
    int crowd[CROWD];
} Filter;

static void
filter_up(Filter *filter)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    filter->listener = listener_new(AF_INET, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(filter->listener.port);
    for (guint i = 0; i < CROWD; i++) {
        filter->crowd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(filter->crowd[i], (struct sockaddr *)&to, sizeof to);
    }
}

static void
filter_down(Filter *filter)
{
    for (guint i = 0; i < CROWD; i++)
        close(filter->crowd[i]);
    close(filter->listener.fd);
}

static PortProbe
probe_of(const char *address, guint16 port)
{
    PortProbe probe;
    g_assert_true(port_probe_init(&probe, address, port));
    return probe;
}

static void
test_open_and_refused(void)
{
    Listener open = listener_new(AF_INET, 4), closed = refuser_new();
    PortProbe probes[] = {probe_of("127.0.0.1", open.port),
                          probe_of("127.0.0.1", closed.port)};
    ports_try(probes, G_N_ELEMENTS(probes), 8, AGES_MS);
    g_assert_cmpint(probes[0].state, ==, NET_OPEN);
    g_assert_cmpint(probes[1].state, ==, NET_REFUSED);
    g_assert_cmpstr(probes[1].how, ==, "reset");
    /* An answer is not waited for any longer. */
    g_assert_cmpfloat(probes[0].ms, <, AGES_MS);
    g_assert_cmpfloat(probes[1].ms, <, AGES_MS);
    close(open.fd);
    close(closed.fd);
}

static void
test_ipv6(void)
{
    Listener open = listener_new(AF_INET6, 4);
    if (open.fd < 0) {
        g_test_skip("no IPv6 here");
        return;
    }
    PortProbe probe = probe_of("::1", open.port);
    ports_try(&probe, 1, 1, AGES_MS);
    g_assert_cmpint(probe.state, ==, NET_OPEN);
    close(open.fd);
}

/* Nothing is sent over a connection: the other end sees it open and close. */
static void
test_says_nothing(void)
{
    Listener open = listener_new(AF_INET, 4);
    PortProbe probe = probe_of("127.0.0.1", open.port);
    char byte;
    ports_try(&probe, 1, 1, AGES_MS);
    int peer = accept(open.fd, NULL, NULL);
    g_assert_cmpint(peer, >=, 0);
    g_assert_cmpint(recv(peer, &byte, 1, 0), ==, 0);
    close(peer);
    close(open.fd);
}

/* Many filtered ports take the time of one; among them the others are found. */
static void
test_filtered_in_parallel(void)
{
    Filter filter;
    filter_up(&filter);
    Listener open = listener_new(AF_INET, 4), closed = refuser_new();
    g_autofree PortProbe *probes = g_new0(PortProbe, 66);
    for (guint i = 0; i < 64; i++)
        probes[i] = probe_of("127.0.0.1", filter.listener.port);
    probes[64] = probe_of("127.0.0.1", open.port);
    probes[65] = probe_of("127.0.0.1", closed.port);
    gint64 began_us = g_get_monotonic_time();
    ports_try(probes, 66, 128, 2000);
    gint64 took_ms = (g_get_monotonic_time() - began_us) / 1000;
    for (guint i = 0; i < 64; i++) {
        g_assert_cmpint(probes[i].state, ==, NET_FILTERED);
        g_assert_cmpstr(probes[i].how, ==, "no answer in time");
        g_assert_cmpfloat(probes[i].ms, >=, 2000.0);
    }
    g_assert_cmpint(probes[64].state, ==, NET_OPEN);
    g_assert_cmpint(probes[65].state, ==, NET_REFUSED);
    g_assert_cmpint(took_ms, >=, 2000);
    g_assert_cmpint(took_ms, <, g_test_perf() ? 4000 : 64 * 2000);
    filter_down(&filter);
    close(open.fd);
    close(closed.fd);
}

/* No more at a time than was said: eight, two at a time, take four time-outs. */
static void
test_concurrency_is_bounded(void)
{
    Filter filter;
    filter_up(&filter);
    PortProbe probes[8];
    for (guint i = 0; i < G_N_ELEMENTS(probes); i++)
        probes[i] = probe_of("127.0.0.1", filter.listener.port);
    gint64 began_us = g_get_monotonic_time();
    ports_try(probes, G_N_ELEMENTS(probes), 2, 100);
    gint64 took_ms = (g_get_monotonic_time() - began_us) / 1000;
    for (guint i = 0; i < G_N_ELEMENTS(probes); i++)
        g_assert_cmpint(probes[i].state, ==, NET_FILTERED);
    g_assert_cmpint(took_ms, >=, 400);
    filter_down(&filter);
}

/* Where this machine runs out of descriptors, fewer at a time do. */
static void
test_few_descriptors(void)
{
    struct rlimit before, few;
    Listener open = listener_new(AF_INET, 64);
    g_autofree PortProbe *probes = g_new0(PortProbe, 64);
    for (guint i = 0; i < 64; i++)
        probes[i] = probe_of("127.0.0.1", open.port);
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &before), ==, 0);
    few = before;
    few.rlim_cur = (rlim_t)open.fd + 6;
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
    ports_try(probes, 64, 64, 2000);
    few.rlim_cur = 0;
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
    PortProbe none = probes[0];
    ports_try(&none, 1, 64, 2000);
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &before), ==, 0);
    for (guint i = 0; i < 64; i++)
        g_assert_cmpint(probes[i].state, ==, NET_OPEN);
    /* Without any, nothing is claimed of the other machine. */
    g_assert_cmpint(none.state, ==, NET_NOT_TRIED);
    close(open.fd);
}

static void
test_no_address(void)
{
    PortProbe probe;
    g_assert_false(port_probe_init(&probe, "hv01.contoso.com", 6600));
    g_assert_false(port_probe_init(&probe, "", 6600));
    /* No unicast address at all: an error at once, and no refusal. */
    probe = probe_of("255.255.255.255", 6600);
    ports_try(&probe, 1, 1, 500);
    g_assert_cmpint(probe.state, <, NET_REFUSED);
}

/* What goes to a resolver: names, and no number that it would take as such. */
static void
test_sound_names(void)
{
    static const char *const good[] = {"hv01", "hv01.contoso.com", "HV_01", "1a.b", "a"};
    static const char *const bad[] = {
        "",       "127.0.0.1", "127.1",    "2130706433", "0x7f.1",
        "::1",    "-rf",       ".hv01",    "hv..01",     "hv 01",
        "hv\n01", "hv01/x",    "\xc3\xa4", "a%eth0",     "017700000001"};
    g_autofree char *longest = g_strnfill(300, 'a');
    for (guint i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(name_is_sound(good[i]));
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(name_is_sound(bad[i]));
    g_assert_false(name_is_sound(longest));
}

/* A resolver of our own. */

static gint asked;

static void
answer(NameQuery *query, NetNameState state, const char *found)
{
    g_atomic_int_inc(&asked);
    query->state = state;
    if (found)
        g_ptr_array_add(query->found, g_strdup(found));
}

static void
forward(NameQuery *query)
{
    if (g_str_has_prefix(query->asked, "hang"))
        g_usleep(1000ul * AGES_MS);
    else if (g_str_has_prefix(query->asked, "none"))
        answer(query, NET_NAME_NONE, NULL);
    else if (g_str_has_prefix(query->asked, "both")) {
        answer(query, NET_NAME_FOUND, "127.0.0.1");
        g_ptr_array_add(query->found, g_strdup("::1"));
    } else
        answer(query, NET_NAME_FOUND, "127.0.0.1");
}

static void
reverse(NameQuery *query)
{
    answer(query, NET_NAME_FOUND, "other.contoso.com");
}

static void
silent(NameQuery *query)
{
    g_usleep(300 * 1000);
    answer(query, NET_NAME_NO_ANSWER, NULL);
}

static GPtrArray *
queries_of(guint count, const char *name)
{
    GPtrArray *queries = g_ptr_array_new_with_free_func((GDestroyNotify)name_query_free);
    for (guint i = 0; i < count; i++) {
        g_autofree char *text = g_strdup_printf("%s%u", name, i);
        g_ptr_array_add(queries, name_query_new(text));
    }
    return queries;
}

/* A resolver that hangs is not waited for, and what others answered stays. */
static void
test_names_that_hang(void)
{
    g_autoptr(GPtrArray) queries = queries_of(40, "hv");
    g_ptr_array_add(queries, name_query_new("hang"));
    g_ptr_array_add(queries, name_query_new("none"));
    gint64 began_us = g_get_monotonic_time();
    names_ask(queries, forward, 3);
    gint64 took_ms = (g_get_monotonic_time() - began_us) / 1000;
    g_assert_cmpint(took_ms, >=, 2900);
    g_assert_cmpint(took_ms, <, g_test_perf() ? 5000 : AGES_MS);
    for (guint i = 0; i < 40; i++) {
        const NameQuery *query = queries->pdata[i];
        g_assert_cmpint(query->state, ==, NET_NAME_FOUND);
        g_assert_cmpuint(query->found->len, ==, 1);
    }
    g_assert_cmpint(((NameQuery *)queries->pdata[40])->state, ==, NET_NAME_NO_ANSWER);
    g_assert_cmpint(((NameQuery *)queries->pdata[41])->state, ==, NET_NAME_NONE);
}

/* "No answer" is no progress: a dead DNS does not cost its time-out per name. */
static void
test_names_of_a_dead_dns(void)
{
    g_autoptr(GPtrArray) queries = queries_of(400, "hv");
    g_atomic_int_set(&asked, 0);
    names_ask(queries, silent, 1);
    g_assert_cmpint(g_atomic_int_get(&asked), <, 400);
    for (guint i = 0; i < 400; i++)
        g_assert_cmpint(((NameQuery *)queries->pdata[i])->state, ==, NET_NAME_NO_ANSWER);
}

static void
test_names_of_nobody(void)
{
    g_autoptr(GPtrArray) queries = queries_of(0, "hv");
    names_ask(queries, forward, 1);
    g_assert_cmpuint(queries->len, ==, 0);
}

static void
test_system_resolver(void)
{
    g_autoptr(GPtrArray) queries = queries_of(0, "");
    g_ptr_array_add(queries, name_query_new("localhost"));
    names_ask(queries, names_forward, 5);
    const NameQuery *query = queries->pdata[0];
    g_assert_cmpint(query->state, ==, NET_NAME_FOUND);
    bool loopback = false;
    for (guint i = 0; i < query->found->len; i++)
        loopback = loopback || strcmp(query->found->pdata[i], "127.0.0.1") == 0 ||
                   strcmp(query->found->pdata[i], "::1") == 0;
    g_assert_true(loopback);

    g_autoptr(GPtrArray) back = queries_of(0, "");
    g_ptr_array_add(back, name_query_new("127.0.0.1"));
    g_ptr_array_add(back, name_query_new("no number"));
    names_ask(back, names_reverse, 5);
    query = back->pdata[0];
    g_assert_cmpint(query->state, ==, NET_NAME_FOUND);
    g_assert_cmpint(((NameQuery *)back->pdata[1])->state, ==, NET_NAME_UNSOUND);
}

/* All of it, with a table of ports that lead to our listeners. */

static NetPort *
port_of(const NetEvidence *machine, guint16 number)
{
    for (guint i = 0; i < machine->ports->len; i++) {
        NetPort *port = machine->ports->pdata[i];
        if (port->service->number == number)
            return port;
    }
    return NULL;
}

static void
aim(const NetEvidence *machine, guint16 number, guint16 instead)
{
    NetPort *port = port_of(machine, number);
    g_assert_nonnull(port);
    port->number = instead;
}

static void
test_roles(void)
{
    static const guint16 hyperv[] = {135, 445, 5985, 6600}, storage[] = {445},
                         dc[] = {88, 389, 464, 636, 3268},
                         cluster[] = {135, 445, 3343, 5985, 6600};
    static const struct {
        guint roles;
        const guint16 *ports;
        guint count;
    } rows[] = {{NET_HYPERV, hyperv, G_N_ELEMENTS(hyperv)},
                {NET_STORAGE, storage, G_N_ELEMENTS(storage)},
                {NET_DC, dc, G_N_ELEMENTS(dc)},
                {NET_HYPERV | NET_CLUSTER, cluster, G_N_ELEMENTS(cluster)}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        NetEvidence *machine = net_evidence_new(NULL, "M", "m", rows[i].roles);
        g_assert_cmpuint(machine->ports->len, ==, rows[i].count);
        for (guint p = 0; p < rows[i].count; p++)
            g_assert_nonnull(port_of(machine, rows[i].ports[p]));
        net_evidence_free(machine);
    }
}

static void
test_look(void)
{
    Filter filter;
    filter_up(&filter);
    Listener open = listener_new(AF_INET, 8), closed = refuser_new();
    g_autoptr(GPtrArray) machines =
        g_ptr_array_new_with_free_func((GDestroyNotify)net_evidence_free);
    NetEvidence *both = net_evidence_new(NULL, "BOTH", "both.contoso.com", NET_HYPERV);
    NetEvidence *none = net_evidence_new(NULL, "NONE", "none.contoso.com", NET_HYPERV);
    NetEvidence *number = net_evidence_new(NULL, "N", "127.0.0.1", NET_STORAGE);
    NetEvidence *mute = net_evidence_new(NULL, "MUTE", "mute.contoso.com", NET_STORAGE);
    g_ptr_array_add(machines, both);
    g_ptr_array_add(machines, none);
    g_ptr_array_add(machines, number);
    g_ptr_array_add(machines, mute);
    aim(both, 6600, open.port);
    aim(both, 445, closed.port);
    aim(both, 5985, filter.listener.port);
    aim(both, 135, open.port);
    aim(mute, 445, filter.listener.port);

    const NetworkOptions options = {
        .timeout_s = 1, .forward = forward, .reverse = reverse};
    net_probe_look(machines, &options);

    /* The listeners are on the IPv4 address alone: the better one counts. */
    g_assert_cmpint(both->lookup, ==, NET_NAME_FOUND);
    g_assert_cmpuint(both->addresses->len, ==, 2);
    const NetAddress *address = both->addresses->pdata[0];
    g_assert_cmpint(address->reverse, ==, NET_NAME_FOUND);
    g_assert_cmpstr(address->names->pdata[0], ==, "other.contoso.com");
    g_assert_cmpint(port_of(both, 6600)->state, ==, NET_OPEN);
    g_assert_cmpuint(port_of(both, 6600)->replies->len, ==, 2);
    g_assert_cmpint(port_of(both, 445)->state, ==, NET_REFUSED);
    g_assert_cmpint(port_of(both, 5985)->state, >=, NET_FILTERED);
    const NetReply *reply = &g_array_index(port_of(both, 5985)->replies, NetReply, 0);
    g_assert_cmpstr(reply->address, ==, "127.0.0.1");
    g_assert_cmpint(reply->state, ==, NET_FILTERED);
    g_assert_false(net_evidence_is_silent(both));

    g_assert_cmpint(none->lookup, ==, NET_NAME_NONE);
    g_assert_cmpint(port_of(none, 6600)->state, ==, NET_NO_ADDRESS);
    g_assert_false(net_evidence_is_silent(none)); /* nothing was tried */

    /* A directory cannot aim us at an address of its choice. */
    g_assert_cmpint(number->lookup, ==, NET_NAME_UNSOUND);
    g_assert_cmpuint(number->addresses->len, ==, 0);

    g_assert_true(net_evidence_is_silent(mute));
    filter_down(&filter);
    close(open.fd);
    close(closed.fd);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ports/open-and-refused", test_open_and_refused);
    g_test_add_func("/ports/ipv6", test_ipv6);
    g_test_add_func("/ports/says-nothing", test_says_nothing);
    g_test_add_func("/ports/filtered-in-parallel", test_filtered_in_parallel);
    g_test_add_func("/ports/concurrency-is-bounded", test_concurrency_is_bounded);
    g_test_add_func("/ports/few-descriptors", test_few_descriptors);
    g_test_add_func("/ports/no-address", test_no_address);
    g_test_add_func("/ports/sound-names", test_sound_names);
    g_test_add_func("/ports/names-that-hang", test_names_that_hang);
    g_test_add_func("/ports/names-of-a-dead-dns", test_names_of_a_dead_dns);
    g_test_add_func("/ports/names-of-nobody", test_names_of_nobody);
    g_test_add_func("/ports/system-resolver", test_system_resolver);
    g_test_add_func("/ports/roles", test_roles);
    g_test_add_func("/ports/look", test_look);
    return g_test_run();
}
