#include "base/file.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

bool
file_read(const char *path, gsize limit, int code, char **ret_data, gsize *ret_length,
          GError **error)
{
    int reason = 0;
    int fd = g_open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);

    if (fd < 0)
        return cannot("read", path, g_strerror(errno), code, error);
    if (!file_read_open(fd, limit, ret_data, ret_length))
        reason = errno;
    close(fd);
    if (reason == EFBIG) {
        g_autofree char *size = g_format_size_full(limit, G_FORMAT_SIZE_IEC_UNITS);
        g_autofree char *text = g_strdup_printf("larger than %s", size);

        return cannot("read", path, text, code, error);
    }
    if (reason != 0)
        return cannot("read", path, g_strerror(reason), code, error);
    return true;
}

/* The descriptor that a path like /dev/stdout names, or -1.  Such a path is
 * not opened anew: that would start again at offset 0 of a redirected file,
 * and fails for a socket. */
static int
standing_descriptor(const char *path)
{
    static const char *const prefixes[] = {"/dev/fd/", "/proc/self/fd/"};

    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        guint64 number = 0;

        if (g_str_has_prefix(path, prefixes[i]) &&
            g_ascii_string_to_unsigned(path + strlen(prefixes[i]), 10, 0, G_MAXINT,
                                       &number, NULL))
            return (int)number;
    }
    return -1;
}

/* Writes to what is there; 0 or an errno. */
static int
write_in_place(const char *path, const char *data, gsize length)
{
    int standing = standing_descriptor(path);
    int fd = standing >= 0 ? fcntl(standing, F_DUPFD_CLOEXEC, 0)
                           : g_open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY, 0);
    int reason = fd < 0 ? errno : 0;

    while (reason == 0 && length > 0) {
        ssize_t written = write(fd, data, length);

        if (written >= 0) {
            data += written;
            length -= (gsize)written;
        } else if (errno != EINTR) {
            reason = errno;
        }
    }
    if (fd >= 0 && close(fd) != 0 && reason == 0 && errno != EINTR)
        reason = errno;
    return reason;
}

bool
file_write(const char *path, const char *data, gsize length, GError **error)
{
    g_autoptr(GError) failure = NULL;
    const char *reason = NULL;
    GStatBuf status;

    if (standing_descriptor(path) >= 0 ||
        (g_stat(path, &status) == 0 && !S_ISREG(status.st_mode))) {
        int number = write_in_place(path, data, length);

        return number == 0 ||
               cannot("write", path, g_strerror(number), FAULT_OUTPUT, error);
    }
    /* A symbolic link to a file is replaced itself, so that one planted in a
     * shared directory leads nowhere. */
    if (g_file_set_contents_full(
            path, data, (gssize)length,
            G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &failure))
        return true;
    /* GLib's text names its temporary file; the reason stands last. */
    reason = g_strrstr(failure->message, ": ");
    return cannot("write", path, reason != NULL ? reason + 2 : failure->message,
                  FAULT_OUTPUT, error);
}

bool
file_make_directory(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0700) == 0)
        return true;
    return cannot("make directory", path, g_strerror(errno), FAULT_OUTPUT, error);
}
