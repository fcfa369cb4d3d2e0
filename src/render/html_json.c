#include "render/html_json.h"

#include "render/html_writer.h"

#include <string.h>

static void
separate(GString *out)
{
    if (out->len > 0 && !strchr("[{:", out->str[out->len - 1]))
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
    separate(out);
    g_string_append_printf(out, "%" G_GINT64_FORMAT, number);
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
    char *own = visible ? g_strdup(text) : html_visible(text);
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(strings->numbers, own));

    if (number == 0) {
        g_ptr_array_add(strings->texts, own);
        number = strings->texts->len;
        g_hash_table_insert(strings->numbers, own, GUINT_TO_POINTER(number));
    } else {
        g_free(own);
    }
    return (int)number - 1;
}
