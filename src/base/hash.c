/* Mixes a text eight bytes at a time. */
#include "base/hash.h"

#include <string.h>

static guint64
mix(guint64 hash, guint64 word)
{
    hash = (hash ^ word) * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

guint
hash_text(gconstpointer text)
{
    const char *at = text;
    gsize left = strlen(at);
    guint64 hash = left, word = 0;
    for (; left >= sizeof word; at += sizeof word, left -= sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mix(hash, word);
    }
    word = 0;
    memcpy(&word, at, left);
    return (guint)mix(hash, word);
}

#define EACH(byte) ((byte)*G_GUINT64_CONSTANT(0x0101010101010101))
#define HIGH EACH(0x80)

/* Eight bytes of ASCII: 0x20 is added to what lies between 'A' and 'Z'. */
static guint64
fold_word(guint64 word)
{
    guint64 from_a = word + EACH(0x80 - 'A'), past_z = word + EACH(0x80 - 'Z' - 1);
    return word | (((from_a & ~past_z) & HIGH) >> 2);
}

bool
hash_folded(const char *text, guint *ret_hash)
{
    gsize left = strlen(text);
    guint64 hash = left, word = 0;
    for (; left >= sizeof word; text += sizeof word, left -= sizeof word) {
        memcpy(&word, text, sizeof word);
        if ((word & HIGH) != 0)
            return false;
        hash = mix(hash, fold_word(word));
    }
    word = 0;
    memcpy(&word, text, left);
    *ret_hash = (guint)mix(hash, fold_word(word));
    return (word & HIGH) == 0;
}
