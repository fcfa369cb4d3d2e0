/* Slots of a text, line by line. */
#include "base/slots.h"

#include "base/fault.h"

#include <string.h>

static bool
fill_slot(const char *line, SlotFill fill, void *data, GString *out, GError **error)
{
    g_autofree char *inner = g_strndup(line + 2, strlen(line) - 4);
    g_auto(GStrv) words = g_strsplit(g_strstrip(inner), " ", -1);

    if (words[0] && fill(words, data, out))
        return true;
    return fault_set(error, FAULT_MALFORMED, "nothing is known for %s", line);
}

bool
slots_fill(const char *text, SlotFill fill, void *data, GString *out, GError **error)
{
    while (*text) {
        gsize length = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text, length);
        bool slot =
            length >= 4 && g_str_has_prefix(line, "{{") && g_str_has_suffix(line, "}}");

        if (slot && !fill_slot(line, fill, data, out, error))
            return false;
        if (!slot)
            g_string_append_printf(out, "%s\n", line);
        text += length + (text[length] ? 1 : 0);
    }
    return true;
}
