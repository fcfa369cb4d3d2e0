/* Reads a file up to its limit, removes one, and makes directories. */
#include "base/file.h"

#include "base/fault.h"
#include "base/fileset.h"
#include "base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536u

static bool
cannot(const char *what, const char *path, const char *reason, int code, GError **error)
{
    g_autofree char *shown = g_filename_display_name(path);

    return fault_set(error, (FaultCode)code, "cannot %s %s: %s", what, shown, reason);
}

/* Reads until the end or one byte past `limit`; false sets errno. */
static bool
read_all(int fd, gsize limit, GByteArray *out)
{
    for (;;) {
        guint old = out->len;
        ssize_t got = 0;

        g_byte_array_set_size(out, old + CHUNK);
        do
            got = read(fd, out->data + old, CHUNK);
        while (got < 0 && errno == EINTR);
        g_byte_array_set_size(out, old + (got > 0 ? (guint)got : 0));
        if (got <= 0)
            return got == 0;
        if (out->len > limit)
            return true;
    }
}

bool
file_read_open(int fd, gsize limit, char **ret_data, gsize *ret_length)
{
    g_autoptr(GByteArray) data = g_byte_array_new();

    /* GByteArray counts in guint. */
    g_assert(limit < G_MAXUINT - 2 * CHUNK);
    if (!read_all(fd, limit, data))
        return false;
    if (data->len > limit) {
        errno = EFBIG;
        return false;
    }
    if (ret_length != NULL)
        *ret_length = data->len;
    g_byte_array_append(data, (const guint8 *)"", 1);
    *ret_data = (char *)g_byte_array_free(g_steal_pointer(&data), FALSE);
    return true;
}

/* What file_read_open came to. */
static bool
read_named(int fd, const char *path, gsize limit, int code, char **ret_data,
           gsize *ret_length, GError **error)
{
    int reason = file_read_open(fd, limit, ret_data, ret_length) ? 0 : errno;

    if (reason == EFBIG) {
        g_autofree char *size = g_format_size_full(limit, G_FORMAT_SIZE_IEC_UNITS);
        g_autofree char *text = g_strdup_printf("larger than %s", size);

        return cannot("read", path, text, code, error);
    }
    if (reason != 0)
        return cannot("read", path, g_strerror(reason), code, error);
    return true;
}

static bool
read_path(const char *path, gsize limit, int code, char **ret_data, gsize *ret_length,
          GError **error)
{
    int fd = g_open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);

    if (fd < 0)
        return cannot("read", path, g_strerror(errno), code, error);
    bool read = read_named(fd, path, limit, code, ret_data, ret_length, error);
    close(fd);
    return read;
}

bool
file_read(const char *path, gsize limit, int code, char **ret_data, gsize *ret_length,
          GError **error)
{
    g_autofree char *fault = place_fault(path, PLACE_READ);

    if (fault != NULL)
        return cannot("read", path, fault, code, error);
    return read_path(path, limit, code, ret_data, ret_length, error);
}

bool
file_remove(const char *path, GError **error)
{
    if (!fileset_replaces(path) || g_unlink(path) == 0 || errno == ENOENT)
        return true;
    return cannot("remove", path, g_strerror(errno), FAULT_OUTPUT, error);
}

bool
file_make_directory(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0700) == 0)
        return true;
    return cannot("make directory", path, g_strerror(errno), FAULT_OUTPUT, error);
}
