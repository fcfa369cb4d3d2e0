/* One character of text that may be anything. */
#ifndef BASE_CHAR_H
#define BASE_CHAR_H

#include <glib.h>
#include <stdbool.h>

/* One character of untrusted text: a Unicode character, or one byte that is
 * not part of valid UTF-8. */
typedef struct {
    gunichar c; /* the byte where !valid */
    bool valid;
    const char *at;
    guint length;
} Char;

/* The character at `in`, which must not be at its end. */
static inline Char
char_at(const char *in)
{
    gunichar c = (guchar)*in;

    if (c < 0x80)
        return (Char){.c = c, .valid = true, .at = in, .length = 1};
    c = g_utf8_get_char_validated(in, -1);
    if (c >= 0x80000000u) /* -1 and -2: invalid, and cut short */
        return (Char){.c = (guchar)*in, .valid = false, .at = in, .length = 1};
    return (Char){
        .c = c,
        .valid = true,
        .at = in,
        .length = (guint)(g_utf8_next_char(in) - in),
    };
}

/* C0, DEL and C1. */
static inline bool
char_is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

#endif
