/* A sticky, bounded reader for untrusted binary.
 *
 * After the first read past the end every further read gives zero and
 * `failed` stays set, so a parser reads a whole structure and asks once.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const guint8 *data; /* borrowed */
    gsize length;
    gsize at;
    bool failed;
    gsize failed_at; /* the offset of the first read that did not fit */
} Bytes;

Bytes
bytes_of(const void *data, gsize length);

guint8
bytes_u8(Bytes *bytes);

guint16
bytes_u16_le(Bytes *bytes);

guint32
bytes_u32_le(Bytes *bytes);

/* `length` bytes from here (transfer none), or NULL and failed. */
const guint8 *
bytes_span(Bytes *bytes, gsize length);

/* Moves to an absolute offset; past the end is a failure. */
void
bytes_seek(Bytes *bytes, gsize at);

/* The rest, from an absolute offset, as a reader of its own.  An offset or
 * length that does not fit gives a reader that has already failed. */
Bytes
bytes_sub(const Bytes *bytes, gsize at, gsize length);

#endif
