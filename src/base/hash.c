/* Mixes a text eight bytes at a time. */
#include "base/hash.h"

#include "base/word.h"

#include <string.h>

static guint64
mix(guint64 hash, guint64 word)
{
    hash = (hash ^ word) * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static guint
hash_of(const char *at, gsize left)
{
    guint64 hash = left, word = 0;
    for (; left >= sizeof word; at += sizeof word, left -= sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mix(hash, word);
    }
    word = 0;
    memcpy(&word, at, left);
    return (guint)mix(hash, word);
}

guint
hash_text(gconstpointer text)
{
    return hash_of(text, strlen(text));
}

guint
hash_bytes(gconstpointer bytes)
{
    gsize length;
    const char *data = g_bytes_get_data((GBytes *)bytes, &length);
    return hash_of(data ? data : "", length); /* none: NULL */
}

bool
hash_folded(const char *text, guint *ret_hash)
{
    gsize left = strlen(text);
    guint64 hash = left, word = 0;
    for (; left >= sizeof word; text += sizeof word, left -= sizeof word) {
        memcpy(&word, text, sizeof word);
        if ((word & WORD_HIGH) != 0)
            return false;
        hash = mix(hash, word_fold(word));
    }
    word = 0;
    memcpy(&word, text, left);
    *ret_hash = (guint)mix(hash, word_fold(word));
    return (word & WORD_HIGH) == 0;
}
