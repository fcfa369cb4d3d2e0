/* Files: read whole with a limit, removed, directories made. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <glib.h>
#include <stdbool.h>

/* Reads at most `limit` bytes of a file that is trusted (base/place.h); a larger one,
 * and one that others could have exchanged, is an error of `code` that names it.
 * *ret_data is NUL-terminated (transfer full). */
bool
file_read(const char *path, gsize limit, int code, char **ret_data, gsize *ret_length,
          GError **error);

/* The same from an open descriptor, which stays open; on failure it sets errno:
 * EFBIG where there is more than `limit`. */
bool
file_read_open(int fd, gsize limit, char **ret_data, gsize *ret_length);

/* Removes a regular file, or a link; what is not there or is something else (a
 * pipe) stays as it is.  FAULT_OUTPUT. */
bool
file_remove(const char *path, GError **error);

/* Makes a directory and its parents, mode 0700. FAULT_OUTPUT. */
bool
file_make_directory(const char *path, GError **error);

#endif
