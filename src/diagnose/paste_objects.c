/* Objects as PowerShell prints them: Format-List and Format-Table. */
#include "pasted.h"

#include "base/limits.h"
#include "base/text.h"

#include <string.h>

#define PROPERTY_MAX 64
#define WRAPS_MAX 300 /* lines of one value */

void
paste_field_free(gpointer data)
{
    PasteField *field = data;
    g_free(field->name);
    g_ptr_array_unref(field->values);
    g_free(field);
}

void
paste_object_free(gpointer data)
{
    PasteObject *object = data;
    g_ptr_array_unref(object->fields);
    g_free(object);
}

PasteObject *
paste_object_new(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    PasteObject *object = g_new0(PasteObject, 1);
    object->first = object->last = at;
    object->fields = g_ptr_array_new_with_free_func(paste_field_free);
    object->command = line->command;
    object->machine = line->machine;
    g_ptr_array_add(paste->objects, object);
    return object;
}

PasteField *
paste_object_add(Paste *paste, PasteObject *object, const char *name, gsize length)
{
    if (!paste_may(paste, LIMIT_PASTE_FIELDS, object->fields->len))
        return NULL;
    PasteField *field = g_new0(PasteField, 1);
    field->name = g_strndup(name, length);
    field->values = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(object->fields, field);
    return field;
}

const PasteField *
paste_object_find(const PasteObject *object, const char *name)
{
    for (guint i = 0; i < object->fields->len; i++)
        if (g_ascii_strcasecmp(((PasteField *)object->fields->pdata[i])->name, name) == 0)
            return object->fields->pdata[i];
    return NULL;
}

const char *
paste_object_text(const PasteObject *object, const char *name)
{
    const PasteField *field = paste_object_find(object, name);
    return field && field->values->len > 0 ? field->values->pdata[0] : NULL;
}

char *
paste_short_name(const char *name)
{
    const char *slash = strrchr(name, '\\');
    name = slash ? slash + 1 : name;
    return g_strndup(name, strcspn(name, ".$"));
}

void
paste_field_add(Paste *paste, PasteField *field, const char *value)
{
    if (paste_may(paste, LIMIT_PASTE_VALUES, field->values->len))
        g_ptr_array_add(field->values, g_strdup(value));
    else
        field->partial = true;
}

/* Whether the text ends in three dots, which are cut off. */
static bool
drop_dots(char *text)
{
    gsize length = strlen(text);
    if (length < 3 || strcmp(text + length - 3, "...") != 0)
        return false;
    text[length - 3] = '\0';
    return true;
}

/* PowerShell shows the first four of a list, and dots for the rest; a table cuts
 * whatever does not fit. */
void
paste_field_take(Paste *paste, PasteField *field, const char *value)
{
    g_autofree char *text = g_strstrip(g_strdup(value));
    gsize length = strlen(text);
    if (*text != '{') {
        field->partial = drop_dots(text);
        if (!field->partial && *text)
            paste_field_add(paste, field, text);
        return;
    }
    bool closed = length > 1 && text[length - 1] == '}';
    if (closed)
        text[length - 1] = '\0';
    bool dots = drop_dots(text);
    field->partial = dots || !closed;
    g_auto(GStrv) parts = g_strsplit(text + 1, ", ", 0);
    guint count = g_strv_length(parts);
    for (guint i = 0; i < count; i++)
        /* the last one of a cut list may be cut itself */
        if (*g_strstrip(parts[i]) && (i + 1 < count || closed))
            paste_field_add(paste, field, parts[i]);
}

/* "Name       : value": *ret_name is its length, *ret_value what follows. */
static bool
is_property(const char *body, gsize *ret_name, const char **ret_value)
{
    gsize name = 0;
    if (!g_ascii_isalpha(*body))
        return false;
    while (name < PROPERTY_MAX && (g_ascii_isalnum(body[name]) || body[name] == '-'))
        name++;
    const char *at = body + name;
    while (*at == ' ')
        at++;
    if (at == body + name || *at != ':' || (at[1] != ' ' && at[1] != '\0'))
        return false;
    *ret_name = name;
    *ret_value = at + 1 + strspn(at + 1, " ");
    return true;
}

/* Where a value goes on in the next line: the blank at which it was cut is gone, unless
 * one word was longer than the column. */
static void
join(GString *value, const char *more, gsize width)
{
    const char *space = strrchr(value->str, ' ');
    gsize word = strlen(space ? space + 1 : value->str), next = strcspn(more, " ");
    char last = value->len > 0 ? value->str[value->len - 1] : ' ';
    bool cut = last == '-' || last == '/' || last == '\\';
    /* One long word fills its lines to the end. */
    cut = cut || (last != ',' && word == width && word + next > width);
    if (!cut && last != ' ')
        g_string_append_c(value, ' ');
    g_string_append(value, more);
}

/* The lines that go on with a value; adds them.  *ret_chopped: words may be cut. */
static guint
take_wraps(const Paste *paste, guint at, gsize column, GString *value, bool *ret_chopped)
{
    bool open = value->str[0] == '{' && !strchr(value->str, '}');
    gsize width = value->len;
    guint taken = 0;
    const PasteLine *line;
    while (taken < WRAPS_MAX && (line = paste_line(paste, at + taken)) != NULL) {
        gsize name;
        const char *rest;
        if (line->blank || line->prompted ||
            (is_property(paste_body(line), &name, &rest) && line->indent < column) ||
            (!open && line->indent < column))
            break;
        if (line->indent < column && paste_is_chopped(paste, at + taken - 1))
            *ret_chopped = true;
        width = MAX(width, strlen(paste_body(line)));
        join(value, paste_body(line), width);
        open = open && !strchr(paste_body(line), '}');
        taken++;
    }
    return taken;
}

/* Of a list of which some values may be cut, none is known. */
static void
take_value(Paste *paste, PasteField *field, const char *value, bool chopped)
{
    if (!chopped)
        paste_field_take(paste, field, value);
    field->partial = field->partial || chopped;
    paste->chopped = paste->chopped || chopped;
}

/* Of one object until a line that is none of it; a name that comes again begins the
 * next. */
guint
paste_read_list(Paste *paste, guint at)
{
    const PasteLine *line;
    PasteObject *object = NULL;
    guint taken = 0;
    gsize name;
    const char *rest;
    while ((line = paste_line(paste, at + taken)) != NULL && !line->prompted &&
           is_property(paste_body(line), &name, &rest)) {
        g_autofree char *key = g_strndup(paste_body(line), name);
        if (!object || paste_object_find(object, key)) {
            if (!paste_may(paste, LIMIT_PASTE_OBJECTS, paste->objects->len))
                break;
            object = paste_object_new(paste, at + taken);
        }
        g_autoptr(GString) value = g_string_new(rest);
        gsize column = (gsize)(rest - line->text);
        bool chopped = false;
        taken += 1 + take_wraps(paste, at + taken + 1, MAX(column, 4), value, &chopped);
        object->last = at + taken - 1;
        PasteField *field = paste_object_add(paste, object, key, name);
        if (field)
            take_value(paste, field, value->str, chopped);
    }
    return taken;
}

/* An entry as LDIF */

/* The value goes on in lines that begin with one blank (transfer full). */
static char *
ldif_value(const Paste *paste, const char *rest, guint at, guint *ret_taken)
{
    g_autoptr(GString) value = g_string_new(rest);
    const PasteLine *line;
    *ret_taken = 0;
    while (*ret_taken < WRAPS_MAX && (line = paste_line(paste, at + *ret_taken)) &&
           !line->blank && !line->prompted && line->indent == 1) {
        g_string_append(value, paste_body(line));
        ++*ret_taken;
    }
    return g_strdup(value->str);
}

/* "dn: CN=..." and its attributes until an empty line.  One in base64 is not read. */
guint
paste_read_ldif(Paste *paste, guint at)
{
    static const char dn[] = "dn: ";
    const PasteLine *line = paste_line_here(paste, at);
    if (line->prompted || g_ascii_strncasecmp(paste_body(line), dn, strlen(dn)) != 0 ||
        !strchr(paste_body(line), '=') ||
        !paste_may(paste, LIMIT_PASTE_OBJECTS, paste->objects->len))
        return 0;
    PasteObject *object = paste_object_new(paste, at);
    guint taken = 0, more;
    object->ldif = true;
    while ((line = paste_line(paste, at + taken)) && !line->blank && !line->prompted) {
        const char *body = paste_body(line);
        gsize name = strcspn(body, ":; ");
        bool encoded = body[name] == ':' && body[name + 1] == ':';
        if (*body == '#') {
            taken++;
            continue;
        }
        if (name == 0 || name > PROPERTY_MAX || body[name] != ':') {
            for (guint i = 0; i < object->fields->len; i++)
                ((PasteField *)object->fields->pdata[i])->partial = true;
            break;
        }
        const char *rest = body + name + (encoded ? 2 : 1);
        g_autofree char *value =
            ldif_value(paste, rest + strspn(rest, " "), at + taken + 1, &more);
        g_autofree char *key =
            taken == 0 ? g_strdup("DistinguishedName") : g_strndup(body, name);
        PasteField *field = (PasteField *)paste_object_find(object, key);
        field = field ? field : paste_object_add(paste, object, key, strlen(key));
        taken += 1 + more;
        if (field && encoded)
            field->partial = true;
        else if (field && *value)
            paste_field_add(paste, field, value);
    }
    object->last = at + taken - 1;
    return taken;
}

/* Tables */

#define COLUMNS_MAX 40

typedef struct {
    gsize from, to; /* bytes of the dashes */
    char *name;
} Column;

static void
columns_clear(Column *columns, guint count)
{
    for (guint i = 0; i < count; i++)
        g_free(columns[i].name);
}

/* Words of a line: from, to. */
static bool
next_word(const char *text, gsize *at, gsize *from, gsize *to)
{
    *from = *at + strspn(text + *at, " ");
    *to = *from + strcspn(text + *from, " ");
    *at = *to;
    return *to > *from;
}

/* False: they are no heads of columns. */
static bool
find_columns(const char *dashes, const char *heads, Column *columns, guint *count)
{
    gsize at = 0, from, to, head = 0, head_from, head_to;
    while (*count < COLUMNS_MAX && next_word(dashes, &at, &from, &to)) {
        if (strspn(dashes + from, "-") < to - from ||
            !next_word(heads, &head, &head_from, &head_to) ||
            !g_ascii_isalpha(heads[head_from]))
            return false;
        columns[(*count)++] =
            (Column){from, to, g_strndup(heads + head_from, head_to - head_from)};
    }
    return *count > 0;
}

/* The column of a word: the one whose dashes it touches, else the last that begins before
 * it. */
static guint
column_of(const Column *columns, guint count, gsize from, gsize to)
{
    guint best = 0;
    for (guint i = 0; i < count; i++) {
        if (from < columns[i].to && to > columns[i].from)
            return i;
        if (columns[i].from <= from)
            best = i;
    }
    return best;
}

static guint
count_words(const char *text)
{
    gsize at = 0, from, to;
    guint count = 0;
    while (next_word(text, &at, &from, &to))
        count++;
    return count;
}

static void
take_row(Paste *paste, guint row, const Column *columns, guint count)
{
    const PasteLine *line = paste_line_here(paste, row);
    GString *cells[COLUMNS_MAX] = {NULL};
    bool even = count_words(line->text) == count;
    gsize at = 0, from, to;
    guint word = 0;
    for (guint i = 0; i < count; i++)
        cells[i] = g_string_new(NULL);
    while (next_word(line->text, &at, &from, &to)) {
        guint nth = even ? word++ : column_of(columns, count, from, to);
        g_assert(nth < count && cells[nth]);
        if (cells[nth]->len > 0)
            g_string_append_c(cells[nth], ' ');
        g_string_append_len(cells[nth], line->text + from, (gssize)(to - from));
    }
    PasteObject *object = paste_object_new(paste, row);
    for (guint i = 0; i < count; i++) {
        PasteField *field =
            paste_object_add(paste, object, columns[i].name, strlen(columns[i].name));
        if (field)
            paste_field_take(paste, field, cells[i]->str);
        g_string_free(cells[i], TRUE);
    }
}

guint
paste_read_table(Paste *paste, guint at)
{
    const PasteLine *heads = paste_line_here(paste, at),
                    *dashes = paste_line(paste, at + 1);
    Column columns[COLUMNS_MAX];
    guint count = 0, taken = 2, before = paste->objects->len;
    if (!dashes || heads->blank || !g_str_has_prefix(paste_body(dashes), "--"))
        return 0;
    bool sound = find_columns(dashes->text, heads->text, columns, &count);
    const PasteLine *line;
    while (sound && (line = paste_line(paste, at + taken)) != NULL && !line->blank &&
           !line->prompted && paste_may(paste, LIMIT_PASTE_OBJECTS, paste->objects->len))
        take_row(paste, at + taken++, columns, count);
    columns_clear(columns, count);
    if (paste->objects->len == before)
        return 0;
    ((PasteObject *)paste->objects->pdata[before])->first = at;
    return taken;
}
