/* Plain text is copied; what has to be escaped goes by way of a tree. */
#include "line.h"

#include "render/tree.h"

#include <stdbool.h>
#include <string.h>

/* ASCII, which neither JSON nor a terminal takes for anything else. */
static bool
is_plain(const char *text)
{
    while (*text >= ' ' && *text <= '~' && *text != '"' && *text != '\\')
        text++;
    return *text == '\0';
}

void
line_text(GString *out, const char *text)
{
    if (!text || !is_plain(text)) {
        tree_write_line(out, tree_string(text));
        return;
    }
    g_string_append_c(out, '"');
    g_string_append(out, text);
    g_string_append_c(out, '"');
}

void
line_key(GString *out, const char *key)
{
    if (out->str[out->len - 1] != '{')
        g_string_append_c(out, ',');
    line_text(out, key);
    g_string_append_c(out, ':');
}

void
line_put_text(GString *out, const char *key, const char *text)
{
    line_key(out, key);
    line_text(out, text);
}

void
line_number(GString *out, guint number)
{
    char digits[16], *at = digits + sizeof digits;
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    g_string_append_len(out, at, digits + sizeof digits - at);
}
