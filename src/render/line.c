/* Plain text is copied; what has to be escaped goes by way of a tree. */
#include "line.h"

#include "render/tree.h"

#include <stdbool.h>
#include <string.h>

/* ASCII that neither JSON nor a terminal takes for anything else: ' ' to '~' without '"'
 * and '\\'. */
static const bool is_plain[256] = {
    [' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

/* How many bytes of it. */
static gsize
plain_length(const char *text)
{
    const char *at = text;
    while (is_plain[(guchar)*at])
        at++;
    return (gsize)(at - text);
}

void
line_text(GString *out, const char *text)
{
    gsize length = text ? plain_length(text) : 0, before = out->len;
    if (!text || text[length] != '\0') {
        tree_write_line(out, tree_string(text));
        return;
    }
    g_string_set_size(out, before + length + 2);
    out->str[before] = '"';
    memcpy(out->str + before + 1, text, length);
    out->str[before + 1 + length] = '"';
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
line_put_texts(GString *out, const char *key, const GPtrArray *texts)
{
    line_key(out, key);
    g_string_append_c(out, '[');
    for (guint i = 0; texts && i < texts->len; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        line_text(out, texts->pdata[i]);
    }
    g_string_append_c(out, ']');
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
