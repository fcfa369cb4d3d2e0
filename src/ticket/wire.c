/* Sends to a KDC by TCP (RFC 4120 7.2.2), in place of libkrb5, which looks each time anew
 * for KDCs and makes a connection for each request. */
#include "wire.h"

#include "base/limits.h"
#include "krb.h"
#include "realm.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_US (2 * (gint64)G_USEC_PER_SEC) /* where others are left to try */
#define SLICE_US (50 * (gint64)1000)
#define KDC_ERR_SVC_UNAVAILABLE 29 /* RFC 4120 7.5.9 */
#define HEAD 4                     /* bytes: the length of what follows */

struct Wire {
    Kdcs *kdcs;
    WireUser user;
    int fd; /* -1: none */
    Realm *realm;
    guint at; /* of its addresses */
    bool late;
    bool waiting; /* for the answer to the last message */
};

typedef enum {
    TALK_DONE,
    TALK_REFUSED, /* no connection */
    TALK_FAILED,  /* closed, or what no KDC says */
    TALK_LATE,
} Talk;

Wire *
wire_new(Kdcs *kdcs)
{
    Wire *wire = g_new0(Wire, 1);
    wire->kdcs = kdcs_ref(kdcs);
    wire->fd = -1;
    return wire;
}

Kdcs *
wire_kdcs(const Wire *wire)
{
    return wire->kdcs;
}

static void
wire_close(Wire *wire)
{
    if (wire->fd >= 0)
        close(wire->fd);
    wire->fd = -1;
}

void
wire_free(Wire *wire)
{
    if (!wire)
        return;
    wire_close(wire);
    kdcs_unref(wire->kdcs);
    g_free(wire);
}

bool
wire_is_late(const Wire *wire)
{
    return wire->late;
}

bool
wire_is_circle(const Wire *wire, krb5_error_code code)
{
    return krb_is_circle(code, wire->waiting);
}

bool
wire_is_down(const Wire *wire, krb5_error_code code)
{
    return krb_is_unreachable(code) && !wire_is_circle(wire, code);
}

static bool
is_wanted(const Wire *wire)
{
    return !wire->user.wanted || wire->user.wanted(wire->user.data);
}

bool
wire_turn(Wire *wire)
{
    gint64 turn_us = kdcs_turn_us(wire->kdcs);
    for (;;) {
        gint64 left_us = turn_us - g_get_monotonic_time();
        if (!is_wanted(wire))
            return false;
        if (left_us <= 0)
            return true;
        g_usleep((gulong)MIN(left_us, SLICE_US));
    }
}

/* ---- one connection ---- */

static bool
wait_for(int fd, short events, gint64 deadline_us)
{
    struct pollfd wait = {.fd = fd, .events = events};
    for (;;) {
        gint64 left_ms = (deadline_us - g_get_monotonic_time() + 999) / 1000;
        int ready = left_ms > 0 ? poll(&wait, 1, (int)MIN(left_ms, G_MAXINT)) : 0;
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

static bool
wire_connect(Wire *wire, const KdcAddress *address, gint64 deadline_us)
{
    const int on = 1;
    int trouble = 0;
    socklen_t size = sizeof trouble;
    int fd = socket(address->name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    IPPROTO_TCP);
    if (fd < 0)
        return false;
    bool good =
        connect(fd, (const struct sockaddr *)&address->name, address->length) == 0 ||
        (errno == EINPROGRESS && wait_for(fd, POLLOUT, deadline_us) &&
         getsockopt(fd, SOL_SOCKET, SO_ERROR, &trouble, &size) == 0 && trouble == 0);
    if (!good) {
        close(fd);
        return false;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    wire->fd = fd;
    return true;
}

/* `bytes` in or out, whole. */
static Talk
move_bytes(int fd, bool out, guint8 *bytes, gsize length, gint64 deadline_us)
{
    while (length > 0) {
        ssize_t moved =
            out ? send(fd, bytes, length, MSG_NOSIGNAL) : recv(fd, bytes, length, 0);
        if (moved > 0) {
            bytes += moved;
            length -= (gsize)moved;
        } else if (moved == 0 || (errno != EAGAIN && errno != EINTR)) {
            return TALK_FAILED;
        } else if (!wait_for(fd, out ? POLLOUT : POLLIN, deadline_us)) {
            return TALK_LATE;
        }
    }
    return TALK_DONE;
}

static Talk
wire_say(const Wire *wire, const krb5_data *message, gint64 deadline_us)
{
    gsize length = HEAD + message->length;
    g_autofree guint8 *bytes = g_malloc(length);
    guint32 head = g_htonl(message->length);
    memcpy(bytes, &head, HEAD);
    memcpy(bytes + HEAD, message->data, message->length);
    return move_bytes(wire->fd, true, bytes, length, deadline_us);
}

/* *ret_reply: as libkrb5 frees it. */
static Talk
wire_hear(const Wire *wire, krb5_context context, gint64 deadline_us,
          krb5_data **ret_reply)
{
    guint32 head = 0;
    Talk talk = move_bytes(wire->fd, false, (guint8 *)&head, HEAD, deadline_us);
    guint32 length = g_ntohl(head);
    if (talk != TALK_DONE)
        return talk;
    if (length == 0 || length > MOST_KDC_BYTES)
        return TALK_FAILED;
    g_autofree guint8 *bytes = g_malloc(length);
    talk = move_bytes(wire->fd, false, bytes, length, deadline_us);
    const krb5_data reply = {.length = length, .data = (char *)bytes};
    if (talk == TALK_DONE && !krb_is_reply(&reply))
        talk = TALK_FAILED;
    if (talk == TALK_DONE && krb5_copy_data(context, &reply, ret_reply) != 0)
        talk = TALK_FAILED;
    return talk;
}

static Talk
wire_ask(Wire *wire, krb5_context context, const krb5_data *message, gint64 deadline_us,
         krb5_data **ret_reply)
{
    Talk talk = wire_say(wire, message, deadline_us);
    if (talk == TALK_DONE)
        talk = wire_hear(wire, context, deadline_us, ret_reply);
    if (talk != TALK_DONE)
        wire_close(wire);
    return talk;
}

/* ---- the KDCs of a realm ---- */

/* The time for one of `left` that may still be tried. */
static gint64
share_of(gint64 deadline_us, guint left)
{
    gint64 now_us = g_get_monotonic_time();
    return now_us + (deadline_us - now_us) / left;
}

/* Asks the KDC at `at`; `left`: it, and those after it. */
static Talk
wire_try(Wire *wire, krb5_context context, guint at, guint left, gint64 deadline_us,
         const krb5_data *message, krb5_data **ret_reply)
{
    KdcAddress *address = &wire->realm->addresses[at];
    gint64 until_us = share_of(deadline_us, left);
    /* libkrb5 has other ways where nobody takes a connection: it gets time for them. */
    gint64 connect_us =
        MIN(share_of(deadline_us, left + 1), g_get_monotonic_time() + CONNECT_US);
    wire_close(wire);
    wire->at = at;
    if (!wire_connect(wire, address, connect_us)) {
        g_atomic_int_set(&address->failed, 1);
        return TALK_REFUSED;
    }
    Talk talk = wire_ask(wire, context, message, until_us, ret_reply);
    if (talk == TALK_DONE && left > 1 &&
        krb_reply_refusal(context, *ret_reply) == KDC_ERR_SVC_UNAVAILABLE) {
        krb5_free_data(context, *ret_reply);
        *ret_reply = NULL;
        wire_close(wire);
        talk = TALK_FAILED;
    }
    g_atomic_int_set(&address->failed, talk != TALK_DONE);
    return talk;
}

/* From where it is all around, those that served last time before those that did not.
 * Returns what the last that took a connection did. */
static Talk
wire_try_all(Wire *wire, krb5_context context, gint64 deadline_us,
             const krb5_data *message, krb5_data **ret_reply)
{
    Realm *realm = wire->realm;
    guint begin = wire->at, count = realm->count, left = count;
    bool tried[MOST_KDC_ADDRESSES] = {false};
    Talk outcome = TALK_REFUSED;
    for (guint i = 0; i < 2 * count && is_wanted(wire); i++) {
        guint at = (begin + i) % count;
        if (tried[at] || (i < count && g_atomic_int_get(&realm->addresses[at].failed)))
            continue;
        tried[at] = true;
        Talk talk = wire_try(wire, context, at, left--, deadline_us, message, ret_reply);
        outcome = talk == TALK_REFUSED ? outcome : talk;
        if (talk == TALK_DONE)
            break;
    }
    return outcome;
}

static Talk
wire_exchange(Wire *wire, krb5_context context, Realm *realm, const krb5_data *message,
              krb5_data **ret_reply)
{
    /* Whoever waits for all of it gives up a moment before, and says so. */
    gint64 deadline_us = g_get_monotonic_time() +
                         (kdcs_timeout_s(wire->kdcs) + 1) * (gint64)G_USEC_PER_SEC;
    if (wire->realm != realm) {
        guint turn = (guint)g_atomic_int_add(&realm->started, 1);
        wire_close(wire);
        wire->realm = realm;
        wire->at = realm->starts[turn % realm->start_count];
    }
    if (wire->fd >= 0) {
        Talk talk = wire_ask(wire, context, message, share_of(deadline_us, realm->count),
                             ret_reply);
        if (talk == TALK_DONE)
            return talk;
        /* Closed since the last request, as any server may. */
        if (talk == TALK_LATE) {
            g_atomic_int_set(&realm->addresses[wire->at].failed, 1);
            if (realm->count == 1)
                return talk;
        }
    }
    return wire_try_all(wire, context, deadline_us, message, ret_reply);
}

/* ---- hooks ---- */

static krb5_error_code
before_sending(krb5_context context, void *data, const krb5_data *realm,
               const krb5_data *message, krb5_data **ret_message, krb5_data **ret_reply)
{
    Wire *wire = data;
    g_autofree char *name = g_strndup(realm->data, realm->length);
    *ret_message = NULL;
    *ret_reply = NULL;
    wire->late = false;
    wire->waiting = true;
    if (!is_wanted(wire))
        return KRB5_KDC_UNREACH;
    Realm *found = kdcs_realm(wire->kdcs, name);
    if (found->count == 0 || g_atomic_int_get(&found->left))
        return 0;
    Talk talk = wire_exchange(wire, context, found, message, ret_reply);
    wire->waiting = talk != TALK_DONE;
    if (talk == TALK_DONE && wire->user.seen)
        wire->user.seen(context, *ret_reply, wire->user.data);
    if (talk == TALK_REFUSED)
        g_atomic_int_set(&found->left, 1);
    wire->late = talk == TALK_LATE;
    bool over = talk != TALK_DONE && (wire->late || !is_wanted(wire));
    return over ? KRB5_KDC_UNREACH : 0;
}

static krb5_error_code
on_reply(krb5_context context, void *data, krb5_error_code code, const krb5_data *realm,
         const krb5_data *message, const krb5_data *reply, krb5_data **ret_reply)
{
    Wire *wire = data;
    (void)realm;
    (void)message;
    *ret_reply = NULL;
    if (code != 0 || !reply || !krb_is_reply(reply))
        return code;
    wire->waiting = false;
    if (wire->user.seen)
        wire->user.seen(context, reply, wire->user.data);
    return 0;
}

void
wire_attach(Wire *wire, krb5_context context, const WireUser *user)
{
    wire->user = *user;
    krb5_set_kdc_send_hook(context, before_sending, wire);
    krb5_set_kdc_recv_hook(context, on_reply, wire);
}

void
wire_detach(Wire *wire, krb5_context context)
{
    wire->user = (WireUser){0};
    krb5_set_kdc_send_hook(context, NULL, NULL);
    krb5_set_kdc_recv_hook(context, NULL, NULL);
}
