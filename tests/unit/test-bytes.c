#include "base/bytes.h"

static const guint8 data[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};

static void
test_endianness(void)
{
    Bytes bytes = bytes_of(data, sizeof data);

    g_assert_cmphex(bytes_u8(&bytes), ==, 0x01);
    g_assert_cmphex(bytes_u16_le(&bytes), ==, 0x0302);
    g_assert_cmphex(bytes_u32_le(&bytes), ==, 0x07060504);
    g_assert_false(bytes.failed);

    g_assert_cmpuint(bytes.at, ==, sizeof data);
    g_assert_false(bytes.failed);
}

static void
test_high_bits(void)
{
    static const guint8 high[] = {0xFF, 0xFE, 0xFD, 0xFC};
    Bytes bytes = bytes_of(high, sizeof high);

    g_assert_cmphex(bytes_u32_le(&bytes), ==, 0xFCFDFEFF);
    bytes_seek(&bytes, 0);
    g_assert_cmphex(bytes_u16_le(&bytes), ==, 0xFEFF);
}

/* One short read spoils everything after it, and says where it was. */
static void
test_sticky(void)
{
    Bytes bytes = bytes_of(data, sizeof data);

    bytes_seek(&bytes, 5);
    g_assert_cmphex(bytes_u32_le(&bytes), ==, 0);
    g_assert_true(bytes.failed);
    g_assert_cmpuint(bytes.failed_at, ==, 5);
    g_assert_cmphex(bytes_u8(&bytes), ==, 0);
    g_assert_cmphex(bytes_u16_le(&bytes), ==, 0);
    g_assert_null(bytes_span(&bytes, 0));
    bytes_seek(&bytes, 0);
    g_assert_cmphex(bytes_u8(&bytes), ==, 0);
    g_assert_true(bytes.failed);
    g_assert_cmpuint(bytes.failed_at, ==, 5);
}

static void
test_span(void)
{
    Bytes bytes = bytes_of(data, sizeof data);

    g_assert_true(bytes_span(&bytes, 3) == data);
    g_assert_true(bytes_span(&bytes, 4) == data + 3);
    g_assert_true(bytes_span(&bytes, 0) == data + sizeof data);
    g_assert_false(bytes.failed);
    g_assert_null(bytes_span(&bytes, 1));
    g_assert_true(bytes.failed);

    /* A length that would wrap an addition. */
    bytes = bytes_of(data, sizeof data);
    (void)bytes_u8(&bytes);
    g_assert_null(bytes_span(&bytes, G_MAXSIZE));
    g_assert_true(bytes.failed);
    g_assert_cmpuint(bytes.failed_at, ==, 1);
}

static void
test_seek(void)
{
    Bytes bytes = bytes_of(data, sizeof data);

    bytes_seek(&bytes, sizeof data); /* the end is a place to be */
    g_assert_false(bytes.failed);
    bytes_seek(&bytes, sizeof data + 1);
    g_assert_true(bytes.failed);
    g_assert_cmpuint(bytes.failed_at, ==, sizeof data + 1);
}

static void
test_sub(void)
{
    static const struct {
        gsize at;
        gsize length;
    } misfits[] = {{0, 8}, {7, 1}, {8, 0}, {1, G_MAXSIZE}, {G_MAXSIZE, 2}};
    Bytes bytes = bytes_of(data, sizeof data);
    Bytes sub = bytes_sub(&bytes, 2, 2);

    g_assert_cmphex(bytes_u16_le(&sub), ==, 0x0403);
    g_assert_false(sub.failed);
    g_assert_cmphex(bytes_u8(&sub), ==, 0); /* not 0x05: that is outside */
    g_assert_true(sub.failed);
    g_assert_cmpuint(bytes.at, ==, 0);
    g_assert_false(bytes.failed);

    for (guint i = 0; i < G_N_ELEMENTS(misfits); i++) {
        sub = bytes_sub(&bytes, misfits[i].at, misfits[i].length);
        g_assert_true(sub.failed);
        g_assert_cmphex(bytes_u8(&sub), ==, 0);
    }
    sub = bytes_sub(&bytes, sizeof data, 0);
    g_assert_false(sub.failed);
}

static void
test_empty(void)
{
    Bytes bytes = bytes_of(NULL, 0);

    g_assert_nonnull(bytes_span(&bytes, 0));
    g_assert_false(bytes.failed);
    g_assert_cmphex(bytes_u8(&bytes), ==, 0);
    g_assert_true(bytes.failed);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bytes/endianness", test_endianness);
    g_test_add_func("/bytes/high-bits", test_high_bits);
    g_test_add_func("/bytes/sticky", test_sticky);
    g_test_add_func("/bytes/span", test_span);
    g_test_add_func("/bytes/seek", test_seek);
    g_test_add_func("/bytes/sub", test_sub);
    g_test_add_func("/bytes/empty", test_empty);
    return g_test_run();
}
