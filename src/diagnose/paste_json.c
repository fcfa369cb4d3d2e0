/* Objects as ConvertTo-Json writes them; what is no JSON ends where it stops being it. */
#include "pasted.h"

#include "base/limits.h"

#include <string.h>

/* The text of the lines from one on, as if it were one. */
typedef struct {
    Paste *paste;
    guint line;
    gsize at;
    guint depth;
    PasteObject *object; /* the one whose properties are read; NULL: none */
} Json;

static char
peek(const Json *json)
{
    const PasteLine *line = paste_line(json->paste, json->line);
    if (!line || line->prompted)
        return '\0';
    return line->text[json->at] ? line->text[json->at] : '\n';
}

static void
step(Json *json)
{
    if (peek(json) != '\n') {
        json->at++;
        return;
    }
    json->line++;
    json->at = 0;
}

static char
skip_blanks(Json *json)
{
    char c;
    while ((c = peek(json)) == ' ' || c == '\n')
        step(json);
    return c;
}

static bool
take_char(Json *json, char wanted)
{
    if (skip_blanks(json) != wanted)
        return false;
    step(json);
    return true;
}

static bool
take_escape(Json *json, GString *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/      ";
    char c = peek(json);
    const char *plain = c ? strchr(from, c) : NULL;
    step(json);
    if (plain) {
        g_string_append_c(out, to[plain - from]);
        return true;
    }
    gunichar code = 0;
    for (guint i = 0; c == 'u' && i < 4; i++) {
        int digit = g_ascii_xdigit_value(peek(json));
        if (digit < 0)
            return false;
        code = code << 4 | (gunichar)digit;
        step(json);
    }
    if (c == 'u')
        g_string_append_unichar(out,
                                code >= 0x20 && g_unichar_validate(code) ? code : 0xFFFD);
    return c == 'u';
}

/* A console may have cut it into lines. */
static bool
take_string(Json *json, GString *out)
{
    if (!take_char(json, '"'))
        return false;
    for (char c; (c = peek(json)) != '"';) {
        if (c == '\0' || out->len > (gsize)64 * 1024)
            return false;
        step(json);
        if (c == '\\' ? !take_escape(json, out) : false)
            return false;
        if (c != '\\' && c != '\n')
            g_string_append_c(out, c);
    }
    step(json);
    return true;
}

/* A number, true, false, null. */
static bool
take_bare(Json *json, GString *out)
{
    for (char c = peek(json); g_ascii_isalnum(c) || strchr("+-.", c); c = peek(json)) {
        if (c == '\0')
            break;
        g_string_append_c(out, c);
        step(json);
    }
    if (g_ascii_strcasecmp(out->str, "null") == 0)
        g_string_truncate(out, 0);
    else if (out->len == 0 || out->len > 64)
        return false;
    return true;
}

static bool
take_value(Json *json, PasteField *field);

static bool
take_array(Json *json, PasteField *field)
{
    if (!take_char(json, '['))
        return false;
    for (bool first = true; skip_blanks(json) != ']'; first = false) {
        if ((!first && !take_char(json, ',')) || !take_value(json, field))
            return false;
    }
    return take_char(json, ']');
}

/* What is inside of a property: of a SID and of a list its "Value" alone counts. */
static bool
take_members(Json *json, PasteField *field)
{
    if (!take_char(json, '{'))
        return false;
    for (bool first = true; skip_blanks(json) != '}'; first = false) {
        g_autoptr(GString) name = g_string_new(NULL);
        if ((!first && !take_char(json, ',')) || !take_string(json, name) ||
            !take_char(json, ':'))
            return false;
        bool counts = g_ascii_strcasecmp(name->str, "value") == 0;
        if (!take_value(json, counts ? field : NULL))
            return false;
    }
    return take_char(json, '}');
}

static bool
take_value(Json *json, PasteField *field)
{
    g_autoptr(GString) text = g_string_new(NULL);
    bool sound = paste_may(json->paste, LIMIT_PASTE_DEPTH, json->depth);
    char c = skip_blanks(json);
    json->depth++;
    if (!sound)
        return false;
    if (c == '[')
        sound = take_array(json, field);
    else if (c == '{')
        sound = take_members(json, field);
    else if ((sound = c == '"' ? take_string(json, text) : take_bare(json, text)))
        if (field && *text->str)
            paste_field_add(json->paste, field, text->str);
    json->depth--;
    return sound;
}

static bool
take_object(Json *json)
{
    if (!paste_may(json->paste, LIMIT_PASTE_OBJECTS, json->paste->objects->len) ||
        !take_char(json, '{'))
        return false;
    PasteObject *object = paste_object_new(json->paste, json->line);
    for (bool first = true; skip_blanks(json) != '}'; first = false) {
        g_autoptr(GString) name = g_string_new(NULL);
        if ((!first && !take_char(json, ',')) || !take_string(json, name) ||
            !take_char(json, ':'))
            return false;
        PasteField *field = paste_object_add(json->paste, object, name->str, name->len);
        if (!field || !take_value(json, field))
            return false;
    }
    object->last = json->line;
    return take_char(json, '}');
}

guint
paste_read_json(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    Json json = {.paste = paste, .line = at, .at = line->indent};
    guint before = paste->objects->len;
    char c = peek(&json);
    bool sound = c == '{' || c == '[';
    if (!sound)
        return 0;
    if (c == '{') {
        sound = take_object(&json);
    } else {
        step(&json);
        for (bool first = true; sound && skip_blanks(&json) != ']'; first = false)
            sound = (first || take_char(&json, ',')) && take_object(&json);
        step(&json);
    }
    /* What is cut off says nothing of what it lacks. */
    for (guint i = before; !sound && i < paste->objects->len; i++) {
        const PasteObject *object = paste->objects->pdata[i];
        for (guint f = 0; i + 1 == paste->objects->len && f < object->fields->len; f++)
            ((PasteField *)object->fields->pdata[f])->partial = true;
    }
    if (paste->objects->len == before)
        return 0;
    ((PasteObject *)paste->objects->pdata[before])->first = at;
    return json.line > at ? json.line - at + (json.at > 0) : 1;
}
