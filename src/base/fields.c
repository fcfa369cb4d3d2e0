/* Splits a text into records of keys and values, continued lines joined. */
#include "base/fields.h"

#include <string.h>

Fields
fields_of(const char *text)
{
    return (Fields){.lines = g_strsplit(text, "\n", -1)};
}

/* To the next line that says something; false at the end. */
static bool
skip(Fields *fields)
{
    for (; fields->lines[fields->next]; fields->next++) {
        const char *line = g_strchomp(fields->lines[fields->next]);
        if (*line && *line != '#')
            return true;
        fields->parted = fields->parted || !*line;
    }
    return false;
}

bool
fields_next(Fields *fields)
{
    g_clear_pointer(&fields->key, g_free);
    g_clear_pointer(&fields->value, g_free);
    fields->parted = false;
    if (!skip(fields))
        return false;
    g_autoptr(GString) whole = g_string_new(fields->lines[fields->next]);
    fields->line = ++fields->next;
    for (char *more; (more = fields->lines[fields->next]) != NULL; fields->next++) {
        if ((*more != ' ' && *more != '\t') || !*g_strstrip(more))
            break;
        g_string_append_printf(whole, "\n%s", more);
    }
    const char *colon = strchr(whole->str, ':');
    fields->key = colon ? g_strndup(whole->str, (gsize)(colon - whole->str)) : NULL;
    fields->value = g_strstrip(g_strdup(colon ? colon + 1 : whole->str));
    return true;
}

void
fields_clear(Fields *fields)
{
    g_clear_pointer(&fields->lines, g_strfreev);
    g_clear_pointer(&fields->key, g_free);
    g_clear_pointer(&fields->value, g_free);
}
