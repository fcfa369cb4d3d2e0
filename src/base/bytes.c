/* Reads numbers, spans and parts, never past the end. */
#include "base/bytes.h"

/* Everything goes through here: the next `length` bytes, or the sticky
 * failure.  `at` never passes `length`, so the subtraction cannot wrap. */
static const guint8 *
take(Bytes *bytes, gsize length)
{
    const guint8 *span = NULL;

    if (bytes->failed)
        return NULL;
    if (length > bytes->length - bytes->at) {
        bytes->failed = true;
        bytes->failed_at = bytes->at;
        return NULL;
    }
    span = bytes->data + bytes->at;
    bytes->at += length;
    return span;
}

Bytes
bytes_of(const void *data, gsize length)
{
    /* An empty reader points somewhere, so that adding 0 to it is defined. */
    static const guint8 nothing[1];

    g_assert(data != NULL || length == 0);
    return (Bytes){.data = data != NULL ? data : nothing, .length = length};
}

guint8
bytes_u8(Bytes *bytes)
{
    const guint8 *b = take(bytes, 1);

    return b != NULL ? b[0] : 0;
}

guint16
bytes_u16_le(Bytes *bytes)
{
    const guint8 *b = take(bytes, 2);

    if (b == NULL)
        return 0;
    return (guint16)((guint)b[0] | (guint)b[1] << 8);
}

guint32
bytes_u32_le(Bytes *bytes)
{
    const guint8 *b = take(bytes, 4);

    if (b == NULL)
        return 0;
    return (guint32)b[0] | (guint32)b[1] << 8 | (guint32)b[2] << 16 | (guint32)b[3] << 24;
}

const guint8 *
bytes_span(Bytes *bytes, gsize length)
{
    return take(bytes, length);
}

void
bytes_seek(Bytes *bytes, gsize at)
{
    if (bytes->failed)
        return;
    if (at > bytes->length) {
        bytes->failed = true;
        bytes->failed_at = at;
        return;
    }
    bytes->at = at;
}

Bytes
bytes_sub(const Bytes *bytes, gsize at, gsize length)
{
    Bytes sub = bytes_of(NULL, 0);

    if (bytes->failed || at > bytes->length || length > bytes->length - at) {
        sub.failed = true;
        sub.failed_at = at;
        return sub;
    }
    return bytes_of(bytes->data + at, length);
}
