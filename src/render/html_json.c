/* Writes strings, numbers and arrays with every unsafe character escaped. */
#include "html_json.h"

#include "html_writer.h"

#include <string.h>

static void
separate(GString *out)
{
    char last = out->len > 0 ? out->str[out->len - 1] : '[';

    if (last != '[' && last != '{' && last != ':')
        g_string_append_c(out, ',');
}

void
html_json_open(GString *out, char bracket)
{
    separate(out);
    g_string_append_c(out, bracket);
}

void
html_json_close(GString *out, char bracket)
{
    g_string_append_c(out, bracket);
}

void
html_json_key(GString *out, const char *key)
{
    html_json_visible(out, key);
    g_string_append_c(out, ':');
}

void
html_json_number(GString *out, gint64 number)
{
    char digits[24];
    char *at = digits + sizeof digits;
    guint64 left = number < 0 ? -(guint64)number : (guint64)number;

    /* A page is millions of numbers. */
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        *--at = '-';
    separate(out);
    g_string_append_len(out, at, digits + sizeof digits - at);
}

void
html_json_visible(GString *out, const char *text)
{
    separate(out);
    g_string_append_c(out, '"');
    for (const char *at = text; *at; at++) {
        guchar c = (guchar)*at;

        if (c < 0x20 || c == 0x7F || strchr("\"\\<>&'", c))
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_c(out, (char)c);
    }
    g_string_append_c(out, '"');
}

void
html_json_text(GString *out, const char *text)
{
    if (!text) {
        separate(out);
        g_string_append(out, "null");
        return;
    }
    /* U+2028 and U+2029 among others are gone after this. */
    g_autofree char *visible = html_visible(text);
    html_json_visible(out, visible);
}

void
html_strings_init(HtmlStrings *strings)
{
    strings->texts = g_ptr_array_new_with_free_func(g_free);
    strings->numbers = g_hash_table_new(g_str_hash, g_str_equal);
}

void
html_strings_clear(HtmlStrings *strings)
{
    g_clear_pointer(&strings->numbers, g_hash_table_unref);
    g_clear_pointer(&strings->texts, g_ptr_array_unref);
}

int
html_strings_number(HtmlStrings *strings, const char *text, gboolean visible)
{
    if (!text)
        return -1;
    g_autofree char *made = visible ? NULL : html_visible(text);
    const char *shown = visible ? text : made;
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(strings->numbers, shown));

    if (number == 0) {
        char *own = made ? g_steal_pointer(&made) : g_strdup(shown);

        g_ptr_array_add(strings->texts, own);
        number = strings->texts->len;
        g_hash_table_insert(strings->numbers, own, GUINT_TO_POINTER(number));
    }
    return (int)number - 1;
}
