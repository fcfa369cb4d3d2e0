/* Parses an INF file's user rights, in either encoding. */
#include "gpttmpl.h"

#include "base/utf16.h"

#include <string.h>

#define SECTION "Privilege Rights"

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

/* UTF-16 as UTF-8.  What is no character is damage. */
static char *
from_utf16(const guint8 *data, gsize length, gsize start, bool big, GptTmpl *file)
{
    gsize bad, size = length - start;
    char *text = utf16_decode(data + start, size, big, &bad);
    if (bad < size && bad + 1 == size)
        damaged(file, "UTF-16 of an odd number of bytes: it is cut short");
    else if (bad < size)
        damaged(file,
                data[start + bad] == 0 && data[start + bad + 1] == 0
                    ? "a NUL at byte %" G_GSIZE_FORMAT
                    : "half a character at byte %" G_GSIZE_FORMAT,
                start + bad);
    return text;
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
    gsize skip;
    ByteMark mark = utf16_mark(data, length, &skip);
    if (mark == MARK_UTF16_LE || mark == MARK_UTF16_BE)
        return from_utf16(data, length, skip, mark == MARK_UTF16_BE, file);
    if (length >= 2 && data[0] != 0 && data[1] == 0) /* ASCII in UTF-16LE, no mark */
        return from_utf16(data, length, 0, false, file);
    return from_bytes(data + skip, length - skip, file);
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
