#include "collect/metablob.h"

#include "base/limits.h"

#include <string.h>

#define HEAD 16
#define ENTRY 48
#define EPOCH_S G_GUINT64_CONSTANT(11644473600)

static void
put(guint8 *at, guint64 value, guint bytes)
{
    for (guint i = 0; i < bytes; i++)
        at[i] = (guint8)(value >> (8 * i));
}

/* A vector of one entry. */
static void
fill(guint8 blob[HEAD + ENTRY], guint32 type, guint32 version, guint64 seconds)
{
    memset(blob, 0, HEAD + ENTRY);
    put(blob, 1, 4);
    put(blob + 8, 1, 4);
    put(blob + HEAD, type, 4);
    put(blob + HEAD + 4, version, 4);
    put(blob + HEAD + 8, seconds, 8);
    memset(blob + HEAD + 16, 0xab, 16);
}

static void
test_read(void)
{
    guint8 blob[HEAD + ENTRY];
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    fill(blob, 0x000906fb, 7, EPOCH_S + 1795228080);
    g_assert_true(metablob_read(blob, sizeof blob, changes));
    g_assert_cmpuint(changes->len, ==, 1);
    const AttrChange *change = &g_array_index(changes, AttrChange, 0);
    g_assert_cmpint(change->attr, ==, ATTR_DELEGATE_TO);
    g_assert_cmpuint(change->version, ==, 7);
    g_assert_cmpint(change->changed_us, ==,
                    G_GINT64_CONSTANT(1795228080) * G_USEC_PER_SEC);
    g_assert_cmphex(change->dsa[15], ==, 0xab);
    g_assert_null(change->dc);
}

/* Other attributes, and times that cannot be, are left out. */
static void
test_left_out(void)
{
    static const struct {
        guint32 type;
        guint64 seconds;
    } rows[] = {
        {0x00090001, EPOCH_S + 1}, {0xffffffff, EPOCH_S + 1},
        {0x000906fb, 0},           {0x000906fb, EPOCH_S},
        {0x000906fb, G_MAXUINT64}, {0x000906fb, (guint64)G_MAXINT64},
    };
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 blob[HEAD + ENTRY];
        fill(blob, rows[i].type, 1, rows[i].seconds);
        g_assert_true(metablob_read(blob, sizeof blob, changes));
    }
    g_assert_cmpuint(changes->len, ==, 0);
}

/* Any cut, any count: refused, and nothing of it is kept. */
static void
test_hostile(void)
{
    guint8 blob[HEAD + ENTRY];
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(AttrChange));
    fill(blob, 0x000906fb, 1, EPOCH_S + 1);
    for (gsize length = 0; length < sizeof blob; length++) {
        g_autofree guint8 *cut = g_memdup2(blob, length);
        g_assert_false(metablob_read(cut, length, changes));
    }
    static const guint32 counts[] = {2, MOST_METADATA_ENTRIES + 1, 0x05555556,
                                     G_MAXUINT32};
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        put(blob + 8, counts[i], 4);
        g_assert_false(metablob_read(blob, sizeof blob, changes));
    }
    put(blob + 8, 1, 4);
    put(blob, 2, 4);
    g_assert_false(metablob_read(blob, sizeof blob, changes));
    g_assert_cmpuint(changes->len, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metablob/read", test_read);
    g_test_add_func("/metablob/left-out", test_left_out);
    g_test_add_func("/metablob/hostile", test_hostile);
    return g_test_run();
}
