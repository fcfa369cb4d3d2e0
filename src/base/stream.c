/* Reads on into a window, and counts and hashes what came. */
#include "base/stream.h"

#include "base/fault.h"
#include "base/utf16.h"
#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* What a processor keeps near while it is hashed and taken apart. */
#define CHUNK ((gsize)256 * 1024)
#define LEAST_CHUNK ((gsize)4096)
#define CONTROL_Z 0x1A

struct Stream {
    /* Adds to the window; nothing added and no error: the end. */
    bool (*pull)(Stream *stream, GError **error);
    char *name;
    char *window;
    gsize begin, end, size; /* of the window: at hand is begin to end */
    guint64 bytes;
    Digest *digest; /* of a file; NULL: of anything else */
    /* A file. */
    int fd;
    bool ended;
    gsize chunk; /* read at once: all of a small one */
    gsize limit;
    int code;
    /* Memory. */
    const char *data;
    gsize length, part;
    /* UTF-16. */
    Stream *inner; /* borrowed */
    bool big;
};

/* Room for `count` bytes and a NUL behind what is at hand. */
static char *
room_for(Stream *stream, gsize count)
{
    gsize left = stream->end - stream->begin;
    if (stream->begin > 0 && stream->size - stream->end <= count) {
        memmove(stream->window, stream->window + stream->begin, left);
        stream->begin = 0;
        stream->end = left;
    }
    if (stream->size - stream->end <= count) {
        stream->size = MAX(stream->size * 2, left + count + 1);
        stream->window = g_realloc(stream->window, stream->size);
    }
    return stream->window + stream->end;
}

static void
add(Stream *stream, gsize count)
{
    if (stream->digest)
        digest_add(stream->digest, stream->window + stream->end, count);
    stream->bytes += count;
    stream->end += count;
    stream->window[stream->end] = '\0';
}

static bool
cannot_read(const Stream *stream, const char *why, GError **error)
{
    return fault_set(error, (FaultCode)stream->code, "cannot read %s: %s", stream->name,
                     why);
}

/* Always false. */
static bool
is_too_large(const Stream *stream, GError **error)
{
    g_autofree char *size = g_format_size_full(stream->limit, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *why =
        g_strdup_printf("larger than %s; it can be given as several files", size);
    return cannot_read(stream, why, error);
}

static bool
pull_file(Stream *stream, GError **error)
{
    gsize got = 0;
    char *to = stream->ended ? NULL : room_for(stream, stream->chunk);
    while (!stream->ended && got < stream->chunk) {
        ssize_t more = read(stream->fd, to + got, stream->chunk - got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return cannot_read(stream, g_strerror(errno), error);
        stream->ended = more == 0;
        got += (gsize)more;
    }
    add(stream, got);
    return stream->bytes <= stream->limit || is_too_large(stream, error);
}

static bool
pull_memory(Stream *stream, GError **error)
{
    (void)error;
    gsize got = MIN(stream->length, stream->part);
    if (got > 0)
        memcpy(room_for(stream, got), stream->data, got);
    else
        room_for(stream, 0);
    add(stream, got);
    stream->data += got;
    stream->length -= got;
    return true;
}

/* How many of these bytes are whole characters: half a pair waits for its other half. */
static gsize
whole_characters(const char *data, gsize length, bool big)
{
    gsize whole = length & ~(gsize)1;
    if (whole > 0 && ((guchar)data[whole - (big ? 2 : 1)] & 0xFC) == 0xD8)
        whole -= 2;
    return whole;
}

/* Takes in what came of it; false where that is no UTF-16. */
static bool
decode_part(Stream *stream, const char *data, gsize length, GError **error)
{
    gsize bad = 0;
    g_autofree char *text = utf16_decode(data, length, stream->big, &bad);
    if (bad < length)
        return fault_set(
            error, FAULT_MALFORMED,
            "%s: starts as UTF-16 and is not, or was cut short; export it again",
            stream->name);
    gsize got = strlen(text);
    memcpy(room_for(stream, got), text, got);
    add(stream, got);
    stream_skip(stream->inner, length);
    return true;
}

static bool
pull_utf16(Stream *stream, GError **error)
{
    guint64 before = stream->bytes;
    GError *fault = NULL;
    /* What comes may be half a character, or nothing but marks. */
    for (bool more = true; more && !fault && stream->bytes == before;) {
        gsize length;
        more = stream_more(stream->inner, &fault);
        const char *data = stream_window(stream->inner, &length);
        if (more)
            length = whole_characters(data, length, stream->big);
        else if (length % 2 == 1 && data[length - 1] == CONTROL_Z)
            length--; /* `copy a+b c` ends with one byte of it */
        if (!fault)
            decode_part(stream, data, length, &fault);
    }
    if (fault)
        g_propagate_error(error, fault);
    return fault == NULL;
}

static Stream *
stream_new(const char *name, bool (*pull)(Stream *, GError **))
{
    Stream *stream = g_new0(Stream, 1);
    stream->pull = pull;
    stream->name = g_strdup(name);
    stream->fd = -1;
    room_for(stream, 0)[0] = '\0';
    return stream;
}

Stream *
stream_open(const char *path, gsize limit, int code, GError **error)
{
    bool standard = strcmp(path, "-") == 0;
    g_autofree char *shown = g_filename_display_name(path);
    g_autoptr(Stream) stream = stream_new(standard ? "standard input" : shown, pull_file);
    stream->limit = limit;
    stream->code = code;
    stream->digest = digest_new();
    stream->fd =
        standard ? STDIN_FILENO : g_open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
    GStatBuf status;
    if (stream->fd < 0) {
        cannot_read(stream, g_strerror(errno), error);
        return NULL;
    }
    bool regular = fstat(stream->fd, &status) == 0 && S_ISREG(status.st_mode);
    /* At once, and not after all that may be read of it. */
    if (regular && (guint64)status.st_size > limit) {
        is_too_large(stream, error);
        return NULL;
    }
    /* One byte more shows that it ends there; what is in /proc says that it has none. */
    stream->chunk =
        regular ? CLAMP((gsize)status.st_size + 1, LEAST_CHUNK, CHUNK) : CHUNK;
    return g_steal_pointer(&stream);
}

Stream *
stream_of_memory(const char *name, const char *data, gsize length, gsize part)
{
    Stream *stream = stream_new(name, pull_memory);
    stream->data = data;
    stream->length = length;
    stream->part = part > 0 ? part : MAX(length, 1);
    return stream;
}

Stream *
stream_of_utf16(Stream *inner, bool big)
{
    Stream *stream = stream_new(inner->name, pull_utf16);
    stream->inner = inner;
    stream->big = big;
    return stream;
}

void
stream_free(Stream *stream)
{
    if (!stream)
        return;
    if (stream->fd > STDIN_FILENO)
        close(stream->fd);
    digest_free(stream->digest);
    g_free(stream->window);
    g_free(stream->name);
    g_free(stream);
}

const char *
stream_name(const Stream *stream)
{
    return stream->name;
}

char *
stream_window(const Stream *stream, gsize *ret_length)
{
    *ret_length = stream->end - stream->begin;
    return stream->window + stream->begin;
}

bool
stream_more(Stream *stream, GError **error)
{
    guint64 before = stream->bytes;
    return stream->pull(stream, error) && stream->bytes > before;
}

bool
stream_want(Stream *stream, gsize length, GError **error)
{
    GError *fault = NULL;
    while (stream->end - stream->begin < length && stream_more(stream, &fault))
        continue;
    if (fault)
        g_propagate_error(error, fault);
    return fault == NULL;
}

void
stream_skip(Stream *stream, gsize count)
{
    g_assert(count <= stream->end - stream->begin);
    stream->begin += count;
}

guint64
stream_bytes(const Stream *stream)
{
    return stream->bytes;
}

const char *
stream_sha256(const Stream *stream)
{
    return digest_text(stream->digest);
}
