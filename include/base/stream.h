/* Bytes of a file, of a pipe or of memory, read once from front to back.
 *
 * What was read and not yet skipped stands in a window, which grows where somebody needs
 * more of it at once: a file costs as much memory as its largest record.  It is read and
 * not mapped, as a file that somebody truncates would end the program. */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <glib.h>
#include <stdbool.h>

typedef struct Stream Stream;

/* A file of whoever may have written it; "-" is standard input.  More than `limit` bytes
 * are an error of `code`, as is what cannot be read.  NULL with an error. */
Stream *
stream_open(const char *path, gsize limit, int code, GError **error);

/* Bytes in memory (borrowed), of which `part` come at a time; 0: all at once. */
Stream *
stream_of_memory(const char *name, const char *data, gsize length, gsize part);

/* What is left of another one (borrowed), which is UTF-16, as UTF-8; what is not UTF-16
 * is FAULT_MALFORMED. */
Stream *
stream_of_utf16(Stream *inner, bool big);

void
stream_free(Stream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stream, stream_free)

/* For messages: a path, or "standard input". */
const char *
stream_name(const Stream *stream);

/* What is at hand, which its reader may change; a NUL follows.  It moves when more is
 * read. */
char *
stream_window(const Stream *stream, gsize *ret_length);

/* Reads on: true where there is more at hand than before; false at the end or with an
 * error. */
bool
stream_more(Stream *stream, GError **error);

/* Reads until `length` bytes are at hand, or all there are.  False with an error. */
bool
stream_want(Stream *stream, gsize length, GError **error);

/* Leaves bytes that are at hand behind. */
void
stream_skip(Stream *stream, gsize count);

/* How many bytes of a file came so far, and their SHA-256 in hexadecimal. */
guint64
stream_bytes(const Stream *stream);
const char *
stream_sha256(const Stream *stream);

#endif
