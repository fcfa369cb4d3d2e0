/* Finds the encoding by the byte order mark and converts to UTF-8. */
#include "base/utf16.h"

#include <string.h>

#define BOM 0xFEFFu
#define REPLACEMENT 0xFFFDu

ByteMark
utf16_mark(const void *data, gsize length, gsize *ret_skip)
{
    static const struct {
        const char *bytes;
        gsize length;
        ByteMark mark;
    } marks[] = {
        {"\xEF\xBB\xBF", 3, MARK_UTF8},
        {"\xFF\xFE", 2, MARK_UTF16_LE},
        {"\xFE\xFF", 2, MARK_UTF16_BE},
    };
    *ret_skip = 0;
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (length < marks[i].length ||
            memcmp(data, marks[i].bytes, marks[i].length) != 0)
            continue;
        *ret_skip = marks[i].length;
        return marks[i].mark;
    }
    return MARK_NONE;
}

static gunichar
unit_at(const guint8 *data, gsize at, bool big)
{
    return (gunichar)data[big ? at : at + 1] << 8 | data[big ? at + 1 : at];
}

char *
utf16_decode(const void *data, gsize length, bool big, gsize *ret_bad)
{
    const guint8 *bytes = data;
    /* Two bytes become three at most, and so does an odd one. */
    char *text = g_malloc((length + 1) / 2 * 3 + 1), *to = text;
    gsize bad = length, at = 0;
    for (; at + 1 < length; at += 2) {
        gunichar c = unit_at(bytes, at, big);
        if (c > 0 && c < 0x80) {
            *to++ = (char)c;
            continue;
        }
        if (c == 0 || (c >= 0xD800 && c < 0xE000)) {
            gunichar low = at + 3 < length ? unit_at(bytes, at + 2, big) : 0;
            bool pair = c >= 0xD800 && c < 0xDC00 && low >= 0xDC00 && low < 0xE000;
            bad = pair ? bad : MIN(bad, at);
            c = pair ? 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00) : REPLACEMENT;
            at += pair ? 2 : 0;
        }
        if (c != BOM)
            to += g_unichar_to_utf8(c, to);
    }
    if (at < length) {
        bad = MIN(bad, at);
        to += g_unichar_to_utf8(REPLACEMENT, to);
    }
    *to = '\0';
    if (ret_bad)
        *ret_bad = bad;
    return text;
}
