#include "collect/locate.h"

#include "base/limits.h"

#include <string.h>

/* A DNS answer for _ldap._tcp.d: header, question, then SRV records. */
static GByteArray *
answer_start(guint8 records)
{
    static const guint8 question[] = {5, '_', 'l', 'd', 'a', 'p', 1, 'd', 0, 0, 33, 0, 1};
    const guint8 header[] = {0, 1, 0x81, 0x80, 0, 1, 0, records, 0, 0, 0, 0};
    GByteArray *answer = g_byte_array_new();
    g_byte_array_append(answer, header, sizeof header);
    g_byte_array_append(answer, question, sizeof question);
    return answer;
}

static void
answer_add(GByteArray *answer, guint8 priority, guint8 weight, const char *labels,
           gsize length)
{
    const guint8 head[] = {0xC0, 12,       0, 33,     0, 1,
                           0,    0,        0, 60,     0, (guint8)(6 + length),
                           0,    priority, 0, weight, 1, 0x85};
    g_byte_array_append(answer, head, sizeof head);
    g_byte_array_append(answer, (const guint8 *)labels, (guint)length);
}

#define ADD(answer, priority, weight, labels) \
    answer_add(answer, priority, weight, labels, sizeof labels)

static const SrvRecord *
record_at(const GPtrArray *records, guint i)
{
    return records->pdata[i];
}

static void
test_parse(void)
{
    g_autoptr(GByteArray) answer = answer_start(2);
    ADD(answer, 1, 7, "\3dc1\1d");
    ADD(answer, 0, 0, "\3DC2\1d");
    g_autoptr(GPtrArray) records = locate_parse(answer->data, answer->len);
    g_assert_nonnull(records);
    g_assert_cmpuint(records->len, ==, 2);
    g_assert_cmpstr(record_at(records, 0)->host, ==, "dc1.d");
    g_assert_cmpuint(record_at(records, 0)->port, ==, 389);
    g_assert_cmpuint(record_at(records, 0)->priority, ==, 1);
    g_assert_cmpuint(record_at(records, 0)->weight, ==, 7);
    g_assert_cmpstr(record_at(records, 1)->host, ==, "DC2.d");
}

/* Names that would change the meaning of a URI or a principal. */
static void
test_unsound_names(void)
{
    g_autoptr(GByteArray) answer = answer_start(6);
    ADD(answer, 0, 0, ""); /* the root: "not offered here" */
    ADD(answer, 0, 0, "\7a/b@c:1\1d");
    ADD(answer, 0, 0, "\4a b\n\1d");
    ADD(answer, 0, 0, "\2\xC3\xA4\1d");
    ADD(answer, 0, 0, "\2-x\1d");
    ADD(answer, 0, 0, "\2ok\1d");
    g_autoptr(GPtrArray) records = locate_parse(answer->data, answer->len);
    g_assert_nonnull(records);
    g_assert_cmpuint(records->len, ==, 1);
    g_assert_cmpstr(record_at(records, 0)->host, ==, "ok.d");
}

/* Every truncation is refused or gives fewer records, and reads no further. */
static void
test_truncated(void)
{
    g_autoptr(GByteArray) answer = answer_start(2);
    ADD(answer, 1, 7, "\3dc1\1d");
    ADD(answer, 0, 0, "\3dc2\1d");
    for (guint length = 0; length < answer->len; length++) {
        g_autofree guint8 *copy = g_memdup2(answer->data, length);
        g_autoptr(GPtrArray) records = locate_parse(copy, length);
        g_assert_null(records);
    }
}

static void
test_pointer_loop(void)
{
    g_autoptr(GByteArray) answer = answer_start(1);
    guint at = answer->len + 18;
    const guint8 loop[] = {0xC0, (guint8)at};
    answer_add(answer, 0, 0, (const char *)loop, sizeof loop);
    g_autoptr(GPtrArray) records = locate_parse(answer->data, answer->len);
    g_assert_true(!records || records->len == 0);
}

static void
test_limit(void)
{
    g_autoptr(GByteArray) answer = answer_start(200);
    for (guint i = 0; i < 200; i++)
        ADD(answer, 0, 0, "\3dc1\1d");
    g_autoptr(GPtrArray) records = locate_parse(answer->data, answer->len);
    g_assert_nonnull(records);
    g_assert_cmpuint(records->len, ==, MOST_DNS_RECORDS);
}

static GPtrArray *
records_of(const char *spec)
{
    /* "host:priority:weight ..." */
    GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)srv_record_free);
    g_auto(GStrv) words = g_strsplit(spec, " ", -1);
    for (char **word = words; *word; word++) {
        g_auto(GStrv) parts = g_strsplit(*word, ":", 3);
        SrvRecord *record = g_new0(SrvRecord, 1);
        record->host = g_strdup(parts[0]);
        record->priority = (guint16)g_ascii_strtoull(parts[1], NULL, 10);
        record->weight = (guint16)g_ascii_strtoull(parts[2], NULL, 10);
        g_ptr_array_add(records, record);
    }
    return records;
}

static char *
order_of(const GPtrArray *records)
{
    GString *order = g_string_new(NULL);
    for (guint i = 0; i < records->len; i++)
        g_string_append_printf(order, "%s%s", i ? " " : "", record_at(records, i)->host);
    return g_string_free(order, FALSE);
}

static guint32
lowest(guint32 below, void *data)
{
    (void)below, (void)data;
    return 0;
}

static guint32
highest(guint32 below, void *data)
{
    (void)data;
    return below - 1;
}

static void
test_priority(void)
{
    g_autoptr(GPtrArray) records = records_of("c:20:100 a:0:1 b:10:50");
    locate_order(records, highest, NULL);
    g_autofree char *order = order_of(records);
    g_assert_cmpstr(order, ==, "a b c");
}

/* RFC 2782: the lowest draw takes a record of weight 0, the highest never
 * takes one before those with weight. */
static void
test_weight_zero(void)
{
    g_autoptr(GPtrArray) records = records_of("b:0:10 a:0:10 z:0:0");
    locate_order(records, lowest, NULL);
    g_autofree char *low = order_of(records);
    g_assert_cmpstr(low, ==, "z a b");
    locate_order(records, highest, NULL);
    g_autofree char *high = order_of(records);
    g_assert_cmpstr(high, ==, "b a z");
}

static guint32
from_rand(guint32 below, void *data)
{
    return (guint32)g_rand_int_range(data, 0, (gint32)below);
}

/* Weights 1 to 9: the first one drawn nine times out of ten. */
static void
test_weights(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(53);
    guint heavy = 0;
    for (guint i = 0; i < 2000; i++) {
        g_autoptr(GPtrArray) records = records_of("light:0:10 heavy:0:90");
        locate_order(records, from_rand, random);
        heavy += strcmp(record_at(records, 0)->host, "heavy") == 0;
    }
    g_assert_cmpuint(heavy, >, 1700);
    g_assert_cmpuint(heavy, <, 1900);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/locate/parse", test_parse);
    g_test_add_func("/locate/unsound-names", test_unsound_names);
    g_test_add_func("/locate/truncated", test_truncated);
    g_test_add_func("/locate/pointer-loop", test_pointer_loop);
    g_test_add_func("/locate/limit", test_limit);
    g_test_add_func("/locate/priority", test_priority);
    g_test_add_func("/locate/weight-zero", test_weight_zero);
    g_test_add_func("/locate/weights", test_weights);
    return g_test_run();
}
