/* Eight bytes of text at a time. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <glib.h>
#include <stdbool.h>

#define WORD_EACH(byte) ((byte)*G_GUINT64_CONSTANT(0x0101010101010101))
#define WORD_HIGH WORD_EACH(0x80) /* none is set: eight bytes of ASCII */

/* Eight bytes of ASCII: 0x20 is added to what lies between 'A' and 'Z'. */
static inline guint64
word_fold(guint64 word)
{
    guint64 from_a = word + WORD_EACH(0x80 - 'A'),
            past_z = word + WORD_EACH(0x80 - 'Z' - 1);
    return word | (((from_a & ~past_z) & WORD_HIGH) >> 2);
}

/* Eight characters of ASCII that show: no blank, no control. */
static inline bool
word_is_graphic(guint64 word)
{
    guint64 del = word ^ WORD_EACH(0x7f);
    guint64 low = (word - WORD_EACH(0x21)) & ~word, none = (del - WORD_EACH(1)) & ~del;
    return ((word | low | none) & WORD_HIGH) == 0;
}

#endif
