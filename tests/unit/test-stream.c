#include "base/stream.h"

#include "base/fault.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* All of it, read on one by one; what is kept at hand moves. */
static char *
read_all(Stream *stream, gsize keep, GError **error)
{
    GString *text = g_string_new(NULL);
    GError *fault = NULL;
    bool more = true;
    while (more) {
        gsize length;
        more = stream_more(stream, &fault);
        const char *window = stream_window(stream, &length);
        g_assert_cmpint(window[length], ==, '\0');
        gsize take = more ? length - MIN(length, keep) : length;
        g_string_append_len(text, window, (gssize)take);
        stream_skip(stream, take);
    }
    if (fault)
        g_propagate_error(error, fault);
    return g_string_free(text, fault != NULL);
}

static void
test_memory(void)
{
    static const char text[] = "one two three four";
    for (gsize part = 0; part < 6; part++)
        for (gsize keep = 0; keep < 4; keep++) {
            g_autoptr(Stream) stream =
                stream_of_memory("memory", text, strlen(text), part);
            g_autofree char *all = read_all(stream, keep, NULL);
            g_assert_cmpstr(all, ==, text);
        }
}

static char *
decode(const char *bytes, gsize length, gsize part, bool big, GError **error)
{
    g_autoptr(Stream) inner = stream_of_memory("f.ldif", bytes, length, part);
    g_autoptr(Stream) stream = stream_of_utf16(inner, big);
    return read_all(stream, 0, error);
}

/* Half a pair and half a character wait for the rest, marks are left out. */
static void
test_utf16(void)
{
    static const char text[] = "d\xC3\xA4 \xF0\x9F\x98\x80 e";
    for (gsize part = 0; part < 6; part++)
        for (int big = 0; big < 2; big++) {
            gsize length;
            g_autofree char *wide = g_convert("\xEF\xBB\xBF\xEF\xBB\xBF\xEF\xBB\xBF"
                                              "d\xC3\xA4 \xF0\x9F\x98\x80 e",
                                              -1, big ? "UTF-16BE" : "UTF-16LE", "UTF-8",
                                              NULL, &length, NULL);
            g_autofree char *decoded = decode(wide, length, part, big, NULL);
            g_assert_cmpstr(decoded, ==, text);

            g_autofree char *ended = g_malloc(length + 1);
            memcpy(ended, wide, length);
            ended[length] = 0x1A;
            g_autofree char *same = decode(ended, length + 1, part, big, NULL);
            g_assert_cmpstr(same, ==, text);

            g_autoptr(GError) error = NULL;
            g_assert_null(decode(wide, length - 1, part, big, &error));
            g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
        }
}

/* More than is read at a time, all of it wanted at once. */
static void
test_file(void)
{
    const gsize size = 1000 * 1000;
    g_autofree char *big = g_strnfill(size, 'x');
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, big, -1);
    g_autofree char *path = NULL;
    gsize length;
    int fd = g_file_open_tmp("stream-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, big, (gssize)size, NULL));
    g_autoptr(Stream) stream = stream_open(path, size, FAULT_MALFORMED, NULL);
    g_assert_true(stream_want(stream, 2 * size, NULL));
    g_assert_cmpstr(stream_window(stream, &length), ==, big);
    g_assert_cmpuint(length, ==, size);
    g_assert_cmpuint(stream_bytes(stream), ==, size);
    g_assert_cmpstr(stream_sha256(stream), ==, sum);

    g_autoptr(GError) error = NULL;
    g_assert_null(stream_open(path, size - 1, FAULT_MALFORMED, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
    g_assert_nonnull(strstr(error->message, path));
    g_assert_nonnull(strstr(error->message, "larger than"));
    g_unlink(path);

    /* Of a pipe the size is not known before it is read. */
    g_clear_error(&error);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    fd = g_open(path, O_RDWR, 0);
    g_autoptr(Stream) limited = stream_open(path, 9, FAULT_MALFORMED, NULL);
    g_assert_cmpint(write(fd, big, 10), ==, 10);
    g_close(fd, NULL);
    g_assert_false(stream_want(limited, 10, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
    g_assert_nonnull(strstr(error->message, "larger than"));
    g_unlink(path);
}

/* What somebody truncates while it is read ends there. */
static void
test_truncated(void)
{
    g_autofree char *big = g_strnfill(1000 * 1000, 'x');
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("stream-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_true(g_file_set_contents(path, big, -1, NULL));
    g_close(fd, NULL);
    g_autoptr(Stream) stream = stream_open(path, 1 << 30, FAULT_MALFORMED, NULL);
    g_assert_true(stream_more(stream, NULL));
    guint64 before = stream_bytes(stream);
    g_assert_cmpint(truncate(path, 10), ==, 0);
    g_assert_false(stream_more(stream, NULL));
    g_assert_cmpuint(stream_bytes(stream), ==, before);
    g_unlink(path);
}

static void
test_fails(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(stream_open("/nowhere/x", 10, FAULT_MALFORMED, &error));
    g_assert_cmpstr(error->message, ==,
                    "cannot read /nowhere/x: No such file or directory");
    g_clear_error(&error);
    g_autoptr(Stream) folder = stream_open("/", 10, FAULT_MALFORMED, NULL);
    g_assert_false(stream_want(folder, 1, &error));
    g_assert_cmpstr(error->message, ==, "cannot read /: Is a directory");
    g_clear_error(&error);
    /* A file without an end is given up. */
    g_autoptr(Stream) zero = stream_open("/dev/zero", 200, FAULT_MALFORMED, NULL);
    g_assert_false(stream_want(zero, G_MAXSIZE, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/memory", test_memory);
    g_test_add_func("/stream/utf16", test_utf16);
    g_test_add_func("/stream/file", test_file);
    g_test_add_func("/stream/truncated", test_truncated);
    g_test_add_func("/stream/fails", test_fails);
    return g_test_run();
}
