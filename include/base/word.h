/* Eight bytes of text at a time. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <glib.h>
#include <stdbool.h>

#define WORD_EACH(byte) ((byte)*G_GUINT64_CONSTANT(0x0101010101010101))
#define WORD_HIGH WORD_EACH(0x80) /* none is set: eight bytes of ASCII */

/* The high bits of those of eight bytes of ASCII that lie between the two, both included.
 */
static inline guint64
word_between(guint64 word, guint8 low, guint8 high)
{
    return (word + WORD_EACH(0x80U - low)) & ~(word + WORD_EACH(0x7FU - high)) &
           WORD_HIGH;
}

/* Eight bytes of ASCII: 0x20 is added to what lies between 'A' and 'Z'. */
static inline guint64
word_fold(guint64 word)
{
    return word | word_between(word, 'A', 'Z') >> 2;
}

/* Eight characters of ASCII that show: no blank, no control. */
static inline bool
word_is_graphic(guint64 word)
{
    return (word & WORD_HIGH) == 0 && word_between(word, '!', '~') == WORD_HIGH;
}

#endif
