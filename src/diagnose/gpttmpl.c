#include "diagnose/gpttmpl.h"

#include "base/bytes.h"

#include <string.h>

#define SECTION "Privilege Rights"
#define BOM 0xFEFFu

static bool
damaged(GptTmpl *file, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The first damage counts. */
static bool
damaged(GptTmpl *file, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!file->why)
        file->why = g_strdup_vprintf(format, args);
    va_end(args);
    return false;
}

static guint16
unit_at(const guint8 *data, gsize at, bool big)
{
    guint high = data[big ? at : at + 1], low = data[big ? at + 1 : at];
    return (guint16)(high << 8 | low);
}

/* UTF-16 as UTF-8.  What is no character becomes U+FFFD, and damage. */
static char *
from_utf16(const guint8 *data, gsize length, gsize start, bool big, GptTmpl *file)
{
    GString *text = g_string_sized_new(length / 2);
    for (gsize at = start; at + 1 < length; at += 2) {
        gunichar c = unit_at(data, at, big);
        if (c >= 0xD800 && c < 0xDC00 && at + 3 < length) {
            guint16 low = unit_at(data, at + 2, big);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00u);
                at += 2;
            }
        }
        if (c == 0 || (c >= 0xD800 && c < 0xE000)) {
            damaged(file,
                    c == 0 ? "a NUL at byte %" G_GSIZE_FORMAT
                           : "half a character at byte %" G_GSIZE_FORMAT,
                    at);
            c = 0xFFFD;
        }
        if (c != BOM)
            g_string_append_unichar(text, c);
    }
    if ((length - start) % 2 != 0)
        damaged(file, "UTF-16 of an odd number of bytes: it is cut short");
    return g_string_free(text, FALSE);
}

/* UTF-8, or else the ANSI code page that most of the world has. */
static char *
from_bytes(const guint8 *data, gsize length, GptTmpl *file)
{
    const guint8 *nul = memchr(data, 0, length);
    if (nul) {
        damaged(file, "a NUL at byte %" G_GSIZE_FORMAT, (gsize)(nul - data));
        length = (gsize)(nul - data);
    }
    if (g_utf8_validate((const char *)data, (gssize)length, NULL))
        return g_strndup((const char *)data, length);
    char *text = g_convert((const char *)data, (gssize)length, "UTF-8", "WINDOWS-1252",
                           NULL, NULL, NULL);
    if (!text)
        text = g_utf8_make_valid((const char *)data, (gssize)length);
    return text;
}

static char *
text_of(const guint8 *data, gsize length, GptTmpl *file)
{
    guint16 first = length >= 2 ? unit_at(data, 0, false) : 0;
    if (first == BOM || first == 0xFFFE)
        return from_utf16(data, length, 2, first == 0xFFFE, file);
    if (length >= 2 && data[0] != 0 && data[1] == 0) /* ASCII in UTF-16LE, no mark */
        return from_utf16(data, length, 0, false, file);
    if (length >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
        return from_bytes(data + 3, length - 3, file);
    return from_bytes(data, length, file);
}

static void
right_free(gpointer data)
{
    PrivilegeRight *right = data;
    g_ptr_array_unref(right->principals);
    g_free(right->right);
    g_free(right);
}

/* A value without the blanks and quotes around it (transfer full). */
static char *
value_of(const char *text)
{
    char *value = g_strstrip(g_strdup(text));
    gsize length = strlen(value);
    if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
        value[length - 1] = '\0';
        memmove(value, value + 1, length - 1);
    }
    return value;
}

static void
take_right(GptTmpl *file, const char *line, guint number)
{
    const char *equals = strchr(line, '=');
    if (!equals) {
        damaged(file, "line %u is not RIGHT = NAME,NAME", number);
        return;
    }
    PrivilegeRight *right = g_new0(PrivilegeRight, 1);
    right->right = g_strchomp(g_strndup(line, (gsize)(equals - line)));
    right->line = number;
    right->principals = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(file->rights, right);
    /* A comment may follow; no account's name holds a semicolon. */
    g_autofree char *list = g_strndup(equals + 1, strcspn(equals + 1, ";"));
    g_auto(GStrv) values = g_strsplit(list, ",", -1);
    for (char **value = values; *value; value++) {
        g_autofree char *name = value_of(*value);
        if (*name)
            g_ptr_array_add(right->principals, g_steal_pointer(&name));
    }
}

bool
gpttmpl_parse(const void *data, gsize length, GptTmpl *ret_file)
{
    GptTmpl *file = ret_file;
    *file = (GptTmpl){.rights = g_ptr_array_new_with_free_func(right_free)};
    if (length == 0)
        return damaged(file, "the file is empty");
    g_autofree char *text = text_of(data, length, file);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool any_section = false, ours = false;
    for (guint i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]);
        gsize size = strlen(line);
        if (*line == '[') {
            any_section = true;
            ours = size == strlen("[" SECTION "]") &&
                   g_ascii_strncasecmp(line, "[" SECTION "]", size) == 0;
        } else if (ours && *line && *line != ';') {
            take_right(file, line, i + 1);
        }
    }
    if (!any_section)
        damaged(file, "there is no [section] in it");
    return file->why == NULL;
}

void
gpttmpl_clear(GptTmpl *file)
{
    g_clear_pointer(&file->rights, g_ptr_array_unref);
    g_clear_pointer(&file->why, g_free);
}
