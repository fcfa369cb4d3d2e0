#include "ticket/edata.h"
#include "ticket/krberror.h"

#include <string.h>

static void
test_names(void)
{
    g_assert_cmpstr(krberror_name(7), ==, "KDC_ERR_S_PRINCIPAL_UNKNOWN");
    g_assert_cmpstr(krberror_name(8), ==, "KDC_ERR_PRINCIPAL_NOT_UNIQUE");
    g_assert_cmpstr(krberror_name(13), ==, "KDC_ERR_BADOPTION");
    g_assert_cmpstr(krberror_name(37), ==, "KRB_AP_ERR_SKEW");
    g_assert_cmpstr(krberror_name(68), ==, "KDC_ERR_WRONG_REALM");
    /* No error at all, and what no RFC defines. */
    g_assert_null(krberror_name(0));
    g_assert_null(krberror_name(-1));
    g_assert_null(krberror_name(127));
    g_assert_null(krberror_name(G_MAXINT32));
}

static void
test_meanings(void)
{
    /* Every error of domain.md section 4 that a ticket can meet is explained. */
    static const gint32 explained[] = {6,  7,  8,  12, 13, 14, 18,
                                       20, 27, 36, 37, 41, 60, 68};

    for (gsize i = 0; i < G_N_ELEMENTS(explained); i++) {
        const char *meaning = krberror_meaning(explained[i]);
        g_assert_nonnull(meaning);
        /* A clause that a report can put behind a colon. */
        g_assert_false(g_str_has_suffix(meaning, "."));
        g_assert_null(strchr(meaning, '\n'));
    }
    g_assert_nonnull(strstr(krberror_meaning(7), "more than one"));
    g_assert_null(krberror_meaning(0));
    g_assert_null(krberror_meaning(127));
}

static void
test_table_is_consistent(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (gint32 code = 0; code < 128; code++) {
        const char *name = krberror_name(code);
        if (name == NULL) {
            g_assert_null(krberror_meaning(code));
            continue;
        }
        g_assert_true(g_str_has_prefix(name, "KDC_ERR_") ||
                      g_str_has_prefix(name, "KRB_"));
        g_assert_true(g_hash_table_add(seen, (gpointer)name));
    }
    g_assert_cmpuint(g_hash_table_size(seen), >, 60);
}

static void
test_ntstatus_names(void)
{
    g_assert_cmpstr(ntstatus_name(0xC00000BB), ==, "STATUS_NOT_SUPPORTED");
    g_assert_cmpstr(ntstatus_name(0xC0000272), ==, "STATUS_NO_MATCH");
    g_assert_cmpstr(ntstatus_name(0xC000006E), ==, "STATUS_ACCOUNT_RESTRICTION");
    g_assert_cmpstr(ntstatus_name(0xC0000225), ==, "STATUS_NOT_FOUND");
    g_assert_cmpstr(ntstatus_name(0xC0000072), ==, "STATUS_ACCOUNT_DISABLED");
    g_assert_cmpstr(ntstatus_name(0xC0000234), ==, "STATUS_ACCOUNT_LOCKED_OUT");
    g_assert_null(ntstatus_name(0));
    g_assert_null(ntstatus_name(0xFFFFFFFF));
}

/* KERB-ERROR-DATA of a TGS request whose SPN is not in the delegation list. */
static const guint8 no_match[] = {
    0x30, 0x15, 0xa1, 0x03, 0x02, 0x01, 0x03, 0xa2, 0x0e, 0x04, 0x0c, 0x72,
    0x02, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,
};

/* The same as the one element of a sequence; status ACCOUNT_DISABLED. */
static const guint8 in_method_data[] = {
    0x30, 0x17, 0x30, 0x15, 0xa1, 0x03, 0x02, 0x01, 0x03, 0xa2, 0x0e, 0x04, 0x0c,
    0x72, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
};

/* The length of the octet string and of the sequence in two and three bytes
 * where one does: BER, not DER. */
static const guint8 long_length[] = {
    0x30, 0x81, 0x15, 0xa1, 0x03, 0x02, 0x01, 0x03, 0xa2, 0x0e, 0x04, 0x0c,
    0x72, 0x02, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,
};
static const guint8 longer_length[] = {
    0x30, 0x82, 0x00, 0x15, 0xa1, 0x03, 0x02, 0x01, 0x03, 0xa2, 0x0e, 0x04, 0x0c,
    0x72, 0x02, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,
};
static const guint8 indefinite_length[] = {
    0x30, 0x80, 0xa1, 0x03, 0x02, 0x01, 0x03, 0xa2, 0x0e, 0x04, 0x0c, 0x72, 0x02,
    0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00,
};

/* Reads a heap copy of exactly `length` bytes, so that ASan sees any overrun. */
static bool
parse(const guint8 *data, gsize length, guint32 *ret_status)
{
    g_autofree guint8 *copy = g_memdup2(data, length);

    return edata_ntstatus(copy, length, ret_status);
}

static void
test_edata(void)
{
    guint32 status = 0;

    g_assert_true(parse(no_match, sizeof no_match, &status));
    g_assert_cmphex(status, ==, 0xC0000272);
    g_assert_true(parse(in_method_data, sizeof in_method_data, &status));
    g_assert_cmphex(status, ==, 0xC0000072);
}

static void
test_edata_truncated(void)
{
    guint32 status = 42;

    for (gsize length = 0; length < sizeof no_match; length++) {
        g_assert_false(parse(no_match, length, &status));
    }
    for (gsize length = 0; length < sizeof in_method_data; length++) {
        g_assert_false(parse(in_method_data, length, &status));
    }
    g_assert_false(edata_ntstatus(NULL, 0, &status));
    /* Nothing written on failure. */
    g_assert_cmpuint(status, ==, 42);
}

static void
test_edata_strict(void)
{
    guint32 status = 42;

    g_assert_false(parse(long_length, sizeof long_length, &status));
    g_assert_false(parse(longer_length, sizeof longer_length, &status));
    g_assert_false(parse(indefinite_length, sizeof indefinite_length, &status));

    /* Something behind it, and every length and tag changed in turn. */
    guint8 changed[sizeof no_match + 1] = {0};
    memcpy(changed, no_match, sizeof no_match);
    g_assert_false(parse(changed, sizeof changed, &status));
    for (gsize at = 0; at < 11; at++) {
        for (guint value = 0; value < 256; value++) {
            memcpy(changed, no_match, sizeof no_match);
            changed[at] = (guint8)value;
            g_assert_cmpint(parse(changed, sizeof no_match, &status), ==,
                            value == no_match[at]);
        }
    }
    g_assert_cmphex(status, ==, 0xC0000272);
}

static void
test_edata_random(void)
{
    for (guint round = 0; round < 20000; round++) {
        guint8 data[64];
        gsize length = (gsize)g_test_rand_int_range(0, sizeof data);
        for (gsize i = 0; i < length; i++) {
            data[i] = (guint8)g_test_rand_int();
        }
        /* Half of them begin as the real thing does. */
        memcpy(data, no_match, MIN(length, round % 12));
        guint32 status = 0;
        if (parse(data, length, &status)) {
            g_assert_cmpuint(length, >=, sizeof no_match);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/krberror/names", test_names);
    g_test_add_func("/krberror/meanings", test_meanings);
    g_test_add_func("/krberror/table", test_table_is_consistent);
    g_test_add_func("/krberror/ntstatus", test_ntstatus_names);
    g_test_add_func("/krberror/edata", test_edata);
    g_test_add_func("/krberror/edata/truncated", test_edata_truncated);
    g_test_add_func("/krberror/edata/strict", test_edata_strict);
    g_test_add_func("/krberror/edata/random", test_edata_random);
    return g_test_run();
}
