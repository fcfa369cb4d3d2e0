/* Files as Windows writes them: a byte order mark, and UTF-16. */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H

#include <glib.h>
#include <stdbool.h>

typedef enum { MARK_NONE, MARK_UTF8, MARK_UTF16_LE, MARK_UTF16_BE } ByteMark;

/* What stands at the start, and how many bytes of it are the mark. */
ByteMark
utf16_mark(const void *data, gsize length, gsize *ret_skip);

/* `length` bytes of UTF-16 as UTF-8 (transfer full), further marks left out.  What is
 * no character (half of a pair, a NUL, an odd byte at the end) becomes U+FFFD;
 * *ret_bad (may be NULL) is the offset of the first one, `length` where all is sound. */
char *
utf16_decode(const void *data, gsize length, bool big, gsize *ret_bad);

#endif
