/* What the targets share: bytes as texts and files, and what must hold of them. */
#ifndef FUZZ_H
#define FUZZ_H

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                             \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            abort();                                                           \
        }                                                                      \
    } while (0)

/* Whoever fails says why, in one line; whoever does not says nothing. */
static inline void
fuzz_settle(bool good, GError *error)
{
    MUST(good == (error == NULL));
    MUST(good || !strpbrk(error->message, "\r\n"));
    g_clear_error(&error);
}

/* By which an input chooses one of several things to do, always the same. */
static inline guint
fuzz_sum(const uint8_t *data, size_t size)
{
    guint sum = 5381;
    for (size_t i = 0; i < size; i++)
        sum = sum * 33 + data[i];
    return sum;
}

/* A file of these bytes (transfer none), until the next call. */
static inline const char *
fuzz_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char name[64];

    if (fd < 0) {
        fd = memfd_create("fuzz", 0);
        g_snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    }
    MUST(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    MUST(lseek(fd, 0, SEEK_SET) == 0);
    return name;
}

/* The same below `name` in a folder of its own (transfer none). */
static inline const char *
fuzz_named_file(const char *name, const uint8_t *data, size_t size,
                const char **ret_folder)
{
    static char folder[64];
    static char path[128];

    if (!*folder) {
        g_strlcpy(folder, "/dev/shm/kcdaudit-fuzz-XXXXXX", sizeof folder);
        MUST(g_mkdtemp(folder));
        g_snprintf(path, sizeof path, "%s/%s", folder, name);
    }
    MUST(g_file_set_contents(path, (const char *)data, (gssize)size, NULL));
    *ret_folder = folder;
    return path;
}

/* The text before the first NUL and the one behind it (transfer full). */
static inline void
fuzz_two_texts(const uint8_t *data, size_t size, char **ret_first, char **ret_second)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t first = nul ? (size_t)(nul - data) : size;

    *ret_first = g_strndup((const char *)data, first);
    *ret_second = nul ? g_strndup((const char *)nul + 1, size - first - 1) : g_strdup("");
}

#endif
