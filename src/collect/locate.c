/* Asks DNS for SRV records, and orders them by priority and weight. */
#include "locate.h"

#include "base/fault.h"
#include "base/limits.h"
#include "base/pool.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

#define SRV_FIXED 6 /* priority, weight, port */

void
srv_record_free(SrvRecord *record)
{
    if (record)
        g_free(record->host);
    g_free(record);
}

bool
locate_is_sound(const char *host)
{
    gsize length = strlen(host);
    if (length == 0 || length > 253 || *host == '-' || *host == '.')
        return false;
    for (const char *at = host; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("-._", *at))
            return false;
    return !strstr(host, "..");
}

static SrvRecord *
parse_record(ns_msg *message, const ns_rr *record)
{
    char host[NS_MAXDNAME];
    const guint8 *data = ns_rr_rdata(*record);
    if (ns_rr_type(*record) != ns_t_srv || ns_rr_rdlen(*record) <= SRV_FIXED ||
        ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message), data + SRV_FIXED,
                           host, sizeof host) < 0)
        return NULL;
    gsize length = strlen(host);
    if (length > 0 && host[length - 1] == '.')
        host[length - 1] = '\0';
    /* A lone dot says that the service is not offered. */
    if (!locate_is_sound(host))
        return NULL;
    SrvRecord *srv = g_new0(SrvRecord, 1);
    srv->host = g_strdup(host);
    srv->priority = (guint16)ns_get16(data);
    srv->weight = (guint16)ns_get16(data + 2);
    srv->port = (guint16)ns_get16(data + 4);
    return srv;
}

GPtrArray *
locate_parse(const guint8 *answer, gsize length)
{
    ns_msg message;
    if (ns_initparse(answer, (int)length, &message) < 0)
        return NULL;
    g_autoptr(GPtrArray) records =
        g_ptr_array_new_with_free_func((GDestroyNotify)srv_record_free);
    for (int i = 0; i < ns_msg_count(message, ns_s_an) && records->len < MOST_DNS_RECORDS;
         i++) {
        ns_rr record;
        if (ns_parserr(&message, ns_s_an, i, &record) < 0)
            return NULL;
        SrvRecord *srv = parse_record(&message, &record);
        if (srv)
            g_ptr_array_add(records, srv);
    }
    return g_steal_pointer(&records);
}

/* By priority; records of weight 0 first among equals, as RFC 2782 asks; then
 * by name, so that the draw alone decides. */
static int
by_priority(gconstpointer a, gconstpointer b)
{
    const SrvRecord *left = *(SrvRecord *const *)a, *right = *(SrvRecord *const *)b;
    if (left->priority != right->priority)
        return left->priority < right->priority ? -1 : 1;
    if ((left->weight == 0) != (right->weight == 0))
        return left->weight == 0 ? -1 : 1;
    return strcmp(left->host, right->host);
}

void
locate_order(GPtrArray *records, guint32 (*random)(guint32 below, void *data), void *data)
{
    g_ptr_array_sort(records, by_priority);
    SrvRecord **all = (SrvRecord **)records->pdata;
    for (guint from = 0; from < records->len; from++) {
        /* Draw the next one among those left of its priority. */
        guint32 total = 0;
        guint end = from;
        while (end < records->len && all[end]->priority == all[from]->priority)
            total += all[end++]->weight;
        guint32 drawn = random(total + 1, data);
        guint32 sum = 0;
        guint pick = from;
        while (pick + 1 < end && (sum += all[pick]->weight) < drawn)
            pick++;
        SrvRecord *picked = all[pick];
        memmove(&all[from + 1], &all[from], (pick - from) * sizeof *all);
        all[from] = picked;
    }
}

static guint32
draw(guint32 below, void *data)
{
    (void)data;
    return below <= 1 ? 0 : (guint32)g_random_int_range(0, (gint32)below);
}

/* A question as its thread has it: over TCP the resolver waits for as long as a server
 * lets it. */
typedef struct {
    char *name;
    int timeout_s;
    bool ready; /* there is a resolver */
    int trouble;
    int length;
    guint8 answer[NS_MAXMSG];
} Question;

static void
question_free(gpointer data)
{
    Question *question = data;
    g_free(question->name);
    g_free(question);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Question, question_free)

static void
put(Pool *pool, gpointer job, gpointer worker)
{
    Question *question = job;
    struct __res_state state = {0};
    (void)pool, (void)worker;
    question->ready = res_ninit(&state) == 0;
    if (!question->ready)
        return;
    /* The resolver waits `retrans` seconds, and longer at each retry. */
    state.retry = 2;
    state.retrans = CLAMP(question->timeout_s / 3, 1, 10);
    int length = res_nquery(&state, question->name, ns_c_in, ns_t_srv, question->answer,
                            NS_MAXMSG);
    question->trouble = state.res_h_errno;
    question->length = MIN(length, NS_MAXMSG);
    res_nclose(&state);
}

/* Its answer; NULL: there is none. */
static Question *
ask(const char *name, int timeout_s, GError **error)
{
    Question *put_one = g_new0(Question, 1);
    put_one->name = g_strdup(name);
    put_one->timeout_s = timeout_s;
    bool came = pool_run_one(put, put_one, question_free, timeout_s);
    g_autoptr(Question) question = came ? put_one : NULL;
    if (question && question->ready && question->length > 0)
        return g_steal_pointer(&question);
    if (question && !question->ready)
        fault_set(error, FAULT_UNREACHABLE,
                  "the DNS resolver cannot be set up: see /etc/resolv.conf");
    else if (question &&
             (question->trouble == HOST_NOT_FOUND || question->trouble == NO_DATA))
        fault_set(error, FAULT_UNREACHABLE,
                  "DNS has no %s: is the domain spelled right, and does "
                  "/etc/resolv.conf lead to a DNS server that knows it?",
                  name);
    else
        fault_set(error, FAULT_UNREACHABLE,
                  "DNS does not answer for %s: see the servers in /etc/resolv.conf, or "
                  "name a domain controller with -H",
                  name);
    return NULL;
}

bool
locate_srv(const char *name, int timeout_s, GPtrArray **ret_records, GError **error)
{
    g_autoptr(Question) question = ask(name, timeout_s, error);
    if (!question)
        return false;
    g_autoptr(GPtrArray) records =
        locate_parse(question->answer, (gsize)question->length);
    if (!records)
        return fault_set(error, FAULT_UNREACHABLE, "the DNS answer for %s is malformed",
                         name);
    if (records->len == 0)
        return fault_set(error, FAULT_UNREACHABLE, "DNS names no server for %s", name);
    locate_order(records, draw, NULL);
    *ret_records = g_steal_pointer(&records);
    return true;
}
