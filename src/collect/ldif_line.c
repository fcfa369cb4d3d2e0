/* Takes folds out and decodes values where they stand: both get shorter by it. */
#include "ldif_line.h"

#include <string.h>

char *
ldif_skip_joints(char *at, const char *end)
{
    static const char mark[] = {'\xEF', '\xBB', '\xBF'};
    for (;;) {
        if (at < end && *at == CONTROL_Z)
            at++;
        else if (at < end && *at == mark[0] && (gsize)(end - at) >= sizeof mark &&
                 memcmp(at, mark, sizeof mark) == 0)
            at += sizeof mark;
        else
            return at;
    }
}

char *
ldif_line_end(char *at, char *end, char **ret_next)
{
    char *feed = memchr(at, '\n', (gsize)(end - at)), *stop = feed ? feed : end;
    char *mark = memchr(at, '\r', (gsize)(stop - at)), *after = mark;
    while (after && after < stop && *after == '\r')
        after++;
    if (after && after < stop) {
        *ret_next = mark + 1;
        return mark;
    }
    *ret_next = feed ? feed + 1 : end;
    return mark ? mark : stop;
}

LdifLine
ldif_line_take(char **at, char *end)
{
    char *next, *start = ldif_skip_joints(*at, end);
    char *stop = ldif_line_end(start, end, &next);
    LdifLine line = {.text = start, .first = (gsize)(stop - start), .count = 1};
    for (char *more; (more = ldif_skip_joints(next, end)) < end && *more == ' ';) {
        char *more_stop = ldif_line_end(++more, end, &next);
        memmove(stop, more, (gsize)(more_stop - more));
        stop += more_stop - more;
        line.count++;
    }
    line.length = (gsize)(stop - start);
    *at = next;
    return line;
}

static bool
is_base64(const char *text, gsize length)
{
    gsize letters = length;
    while (letters > 0 && length - letters < 2 && text[letters - 1] == '=')
        letters--;
    for (gsize i = 0; i < letters; i++)
        if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/')
            return false;
    return letters > 0 && length % 4 == 0;
}

/* Nothing is an empty value in either form. */
static bool
decode(struct berval *value)
{
    gint state = 0;
    guint save = 0;
    if (value->bv_len == 0)
        return true;
    if (!is_base64(value->bv_val, value->bv_len))
        return false;
    value->bv_len = g_base64_decode_step(value->bv_val, value->bv_len,
                                         (guchar *)value->bv_val, &state, &save);
    return true;
}

static struct berval
trimmed(char *from, char *to)
{
    while (from < to && g_ascii_isspace(*from))
        from++;
    while (to > from && g_ascii_isspace(to[-1]))
        to--;
    return (struct berval){.bv_val = from, .bv_len = (gsize)(to - from)};
}

bool
ldif_is_name(const struct berval *name)
{
    for (gsize i = 0; i < name->bv_len; i++)
        if (!g_ascii_isalnum(name->bv_val[i]) && !strchr("-.;=*_", name->bv_val[i]))
            return false;
    return name->bv_len > 0 && name->bv_len < 256;
}

const char *
ldif_line_parse(const LdifLine *line, struct berval *ret_name, struct berval *ret_value)
{
    char *colon = memchr(line->text, ':', line->length);
    char *end = line->text + line->length;
    if (!colon)
        return LDIF_NO_PAIR;
    char *at = colon + 1;
    /* What a fold parts from the colon is a plain value. */
    char form = at < line->text + line->first ? *at : ' ';
    if (form == '<')
        return "a value that refers to another file or URL is not followed; export it "
               "with its values in it (ldapsearch without -t)";
    at += form == ':';
    while (at < end && g_ascii_isspace(*at))
        at++;
    *ret_name = trimmed(line->text, colon);
    *ret_value = (struct berval){.bv_val = at, .bv_len = (gsize)(end - at)};
    if (form == ':' && !decode(ret_value))
        return "a value that is not base64";
    ret_name->bv_val[ret_name->bv_len] = '\0';
    ret_value->bv_val[ret_value->bv_len] = '\0';
    return NULL;
}
