/* Adds strings and lists to JSON, and writes it with all that is unsafe escaped. */
#include "render/tree.h"

#include <stdbool.h>
#include <string.h>

json_t *
tree_string(const char *text)
{
    g_autofree char *valid = NULL;

    if (!text) {
        return json_null();
    }
    if (g_utf8_validate(text, -1, NULL)) {
        return json_string_nocheck(text);
    }
    valid = g_utf8_make_valid(text, -1);
    return json_string_nocheck(valid);
}

void
tree_put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new_nocheck(object, key, value);
}

void
tree_put_text(json_t *object, const char *key, const char *text)
{
    tree_put(object, key, tree_string(text));
}

void
tree_put_count(json_t *object, const char *key, guint count)
{
    tree_put(object, key, json_integer(count));
}

json_t *
tree_strings(const GPtrArray *strings)
{
    json_t *array = json_array();

    for (guint i = 0; strings && i < strings->len; i++) {
        json_array_append_new(array, tree_string(g_ptr_array_index(strings, i)));
    }
    return array;
}

json_t *
tree_texts(const List *texts)
{
    json_t *array = json_array();
    for (guint i = 0; i < texts->len; i++)
        json_array_append_new(array, tree_string(texts->pdata[i]));
    return array;
}

/* Characters that are text to JSON but a command to a terminal (DEL, C1) or
 * that reorder or break a line when shown. */
static bool
is_unsafe_to_show(gunichar c)
{
    return (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static int
collect_dump(const char *buffer, size_t size, void *data)
{
    g_string_append_len((GString *)data, buffer, (gssize)size);
    return 0;
}

/* Nearly all is plain, and is copied in one go. */
static void
copy_safe(GString *out, const char *text, guint depth)
{
    const char *plain = text, *next;
    for (const char *at = text; *at != '\0'; at = next) {
        next = at + 1;
        if (g_ascii_isprint(*at))
            continue;
        gunichar c = g_utf8_get_char(at);
        bool unsafe = is_unsafe_to_show(c);
        next = g_utf8_next_char(at);
        if (!unsafe && c != '\n')
            continue;
        g_string_append_len(out, plain, (unsafe ? at : next) - plain);
        if (unsafe)
            g_string_append_printf(out, "\\u%04x", c);
        else /* never inside a string: there it is \n */
            g_string_append_printf(out, "%*s", (int)(2 * depth), "");
        plain = next;
    }
    g_string_append(out, plain);
}

static void
write_as(GString *out, json_t *value, size_t flags, guint depth)
{
    GString *dump = g_string_new(NULL);
    int failed = json_dump_callback(value, collect_dump, dump,
                                    flags | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));

    g_assert(failed == 0);
    copy_safe(out, dump->str, depth);
    g_string_free(dump, TRUE);
    json_decref(value);
}

void
tree_write(GString *out, json_t *value, guint depth)
{
    write_as(out, value, JSON_INDENT(2), depth);
}

void
tree_write_line(GString *out, json_t *value)
{
    write_as(out, value, JSON_COMPACT, 0);
}
