/* The records are cut and decoded by libldap (ldif.h).  Before it sees them,
 * everything that would make it open other files is refused. */

#include "ldif.h"

#include "base/fault.h"
#include "base/utf16.h"
#include "foreign.h"
#include "snapshot.h"

#include <stdio.h>

#include <ldif.h>
#include <string.h>

#define ATTRIBUTES_MAX 4096 /* of one entry; AD's schema is smaller */
#define CONTROL_Z 0x1A
#define COMMENT_MAX 8192 /* bytes of a comment that is looked at */

void
ldif_text_clear(LdifText *text)
{
    g_clear_pointer(&text->name, g_free);
    g_clear_pointer(&text->text, g_free);
}

static gulong
line_of(const char *text, const char *at)
{
    gulong line = 1;
    for (const char *next = text; (next = memchr(next, '\n', (gsize)(at - next))) != NULL;
         next++)
        line++;
    return line;
}

/* `copy a+b c` joins files with their byte order marks, and ends with Ctrl-Z, which
 * stands in the middle where such files are joined; what was
 * written as text twice has two carriage returns at each end of a line. */
static void
drop_joints(LdifText *text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    char *to = text->text;
    for (const char *at = text->text, *end = at + text->length; at < end;) {
        bool begins = to == text->text || to[-1] == '\n';
        bool doubled = *at == '\r' && end - at > 1 && (at[1] == '\r' || at[1] == '\n');
        if (begins && (gsize)(end - at) >= strlen(mark) &&
            memcmp(at, mark, strlen(mark)) == 0)
            at += strlen(mark);
        else if (doubled || (begins && *at == CONTROL_Z))
            at++;
        else
            *to++ = *at++;
    }
    text->length = (gsize)(to - text->text);
    text->text[text->length] = '\0';
}

/* UTF-16 without a mark shows by the zeros beside "dn" or "version". */
static ByteMark
mark_of(const char *data, gsize length, gsize *ret_skip)
{
    ByteMark mark = utf16_mark(data, length, ret_skip);
    if (mark != MARK_NONE || length < 4)
        return mark;
    if (g_ascii_isprint(data[0]) && !data[1] && g_ascii_isprint(data[2]) && !data[3])
        return MARK_UTF16_LE;
    if (!data[0] && g_ascii_isprint(data[1]) && !data[2] && g_ascii_isprint(data[3]))
        return MARK_UTF16_BE;
    return MARK_NONE;
}

bool
ldif_text_of(const char *name, char *data, gsize length, LdifText *ret_text,
             GError **error)
{
    g_autofree char *owned = data;
    if (foreign_is_binary(name, data, length, error))
        return false;
    while (length > 0 && data[length - 1] == CONTROL_Z)
        length--;
    LdifText text = {.name = NULL};
    gsize skip, bad;
    ByteMark mark = mark_of(data, length, &skip);
    if (mark == MARK_UTF16_LE || mark == MARK_UTF16_BE) {
        text.text = utf16_decode(data + skip, length - skip, mark == MARK_UTF16_BE, &bad);
        if (bad < length - skip) {
            g_free(text.text);
            return fault_set(error, FAULT_MALFORMED,
                             "%s: starts as UTF-16 and is not; export it again", name);
        }
        text.length = strlen(text.text);
    } else {
        text.length = length;
        owned[length] = '\0';
        text.text = g_steal_pointer(&owned);
    }
    drop_joints(&text);
    if (foreign_is_text(name, text.text, text.length, error)) {
        g_free(text.text);
        return false;
    }
    const char *nul = memchr(text.text, '\0', text.length);
    if (nul && g_strstr_len(text.text, (gssize)text.length, "\xFF\xFE")) {
        g_free(text.text);
        return fault_set(error, FAULT_MALFORMED,
                         "%s: files of two encodings were joined: give each to a --ldif "
                         "of its own",
                         name);
    }
    if (nul) {
        fault_set(error, FAULT_MALFORMED, "%s:%lu: a NUL byte: this is not LDIF", name,
                  line_of(text.text, nul));
        g_free(text.text);
        return false;
    }
    text.name = g_strdup(name);
    *ret_text = text;
    return true;
}

/* libldap follows "include: URL" while it cuts records. */
static bool
check_includes(const LdifText *text, GError **error)
{
    for (const char *at = text->text; at && *at; at = strchr(at, '\n')) {
        at += *at == '\n' ? 1 : 0;
        if (g_ascii_strncasecmp(at, "include", 7) == 0 && strchr(": \t", at[7]) && at[7])
            return fault_set(
                error, FAULT_MALFORMED,
                "%s:%lu: an include directive: other files are not followed; "
                "put the records into one file",
                text->name, line_of(text->text, at));
    }
    return true;
}

/* One record being taken apart. */
typedef struct {
    const LdifText *text;
    gulong first_line;  /* of the lines that the record was cut from */
    guint logical;      /* its logical line at hand */
    GArray *attributes; /* of EntryAttribute, values not yet filled in */
    GArray *values;     /* of struct berval */
    GArray *owners;     /* of guint: the attribute of each value */
} Record;

/* The physical line where the record's logical line at hand begins. */
static gulong
record_line(const Record *record)
{
    const char *at = record->text->text;
    gulong line = 1;
    while (line < record->first_line && (at = strchr(at, '\n')) != NULL)
        at++, line++;
    guint logical = 0;
    bool comment = false, begun = false;
    for (; at && *at; line++) {
        bool blank = *at == '\n' || (*at == '\r' && at[1] == '\n');
        if (*at == '#')
            comment = true;
        else if (*at != ' ' && !blank) {
            comment = false;
            begun = true;
            if (logical++ == record->logical)
                return line;
        } else if (blank && begun && !comment) {
            break;
        }
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return record->first_line;
}

static bool
record_fault(const Record *record, GError **error, const char *what)
{
    return fault_set(error, FAULT_MALFORMED, "%s:%lu: %s", record->text->name,
                     record_line(record), what);
}

static bool
name_is(const struct berval *name, const char *text)
{
    return name->bv_len == strlen(text) &&
           g_ascii_strncasecmp(name->bv_val, text, name->bv_len) == 0;
}

/* An attribute description: letters, digits, hyphens, dots and options. */
static bool
name_is_sound(const struct berval *name)
{
    for (gsize i = 0; i < name->bv_len; i++)
        if (!g_ascii_isalnum(name->bv_val[i]) && !strchr("-.;=*_", name->bv_val[i]))
            return false;
    return name->bv_len > 0 && name->bv_len < 256;
}

static bool
record_add(Record *record, const struct berval *name, const struct berval *value)
{
    guint at = record->attributes->len;
    /* Values of one attribute mostly stand together. */
    while (at > 0) {
        const struct berval *known =
            &g_array_index(record->attributes, EntryAttribute, at - 1).name;
        if (known->bv_len == name->bv_len &&
            g_ascii_strncasecmp(known->bv_val, name->bv_val, name->bv_len) == 0)
            break;
        at--;
    }
    if (at == 0) {
        if (record->attributes->len >= ATTRIBUTES_MAX)
            return false;
        EntryAttribute attribute = {.name = *name};
        g_array_append_val(record->attributes, attribute);
        at = record->attributes->len;
    }
    guint owner = at - 1;
    g_array_index(record->attributes, EntryAttribute, owner).count++;
    g_array_append_vals(record->values, value, 1);
    g_array_append_val(record->owners, owner);
    return true;
}

/* Sorts the values by attribute, each in the order of the file. */
static struct berval *
record_arrange(Record *record)
{
    struct berval *sorted = g_new0(struct berval, record->values->len + 1);
    guint at = 0;
    for (guint a = 0; a < record->attributes->len; a++) {
        EntryAttribute *attribute = &g_array_index(record->attributes, EntryAttribute, a);
        attribute->values = sorted + at;
        at += attribute->count;
        attribute->count = 0;
    }
    for (guint v = 0; v < record->values->len; v++) {
        EntryAttribute *attribute = &g_array_index(
            record->attributes, EntryAttribute, g_array_index(record->owners, guint, v));
        attribute->values[attribute->count++] =
            g_array_index(record->values, struct berval, v);
    }
    return sorted;
}

/* ldapsearch's last lines: "search: 2", "result: 4 Size limit exceeded". */
static void
take_trailer(const struct berval *name, const struct berval *value,
             const LdifHandler *handler)
{
    bool success = value->bv_len >= 1 && value->bv_val[0] == '0' &&
                   (value->bv_len == 1 || value->bv_val[1] == ' ');
    if (!name_is(name, "result") || success || !handler->incomplete)
        return;
    g_autofree char *result =
        g_utf8_make_valid(value->bv_val, (gssize)MIN(value->bv_len, 100));
    handler->incomplete(result, handler->data);
}

/* Whether libldap can decode it; of what it cannot, it writes to the terminal
 * by itself.  Line folds have become carriage returns. */
static bool
is_base64(const char *at)
{
    gsize letters = 0, padding = 0;
    /* Of white space libldap drops what stands before the value, and folded lines. */
    at += strspn(at, " \t\r");
    for (; *at; at++) {
        if (*at == '\r')
            continue;
        if (*at == '=')
            padding++;
        else if (padding > 0 || (!g_ascii_isalnum(*at) && *at != '+' && *at != '/'))
            return false;
        letters++;
    }
    return letters > 0 && letters % 4 == 0 && padding <= 2;
}

static bool
parse_line(const Record *record, char *line, struct berval *ret_name,
           struct berval *ret_value, GError **error)
{
    char *colon = strchr(line, ':');
    if (!colon)
        return record_fault(record, error, "a line that is not \"name: value\"");
    /* Nothing is an empty value in either form (RFC 2849); libldap knows one of them. */
    if (colon[1] == ':' && colon[2 + strspn(colon + 2, " \r")] == '\0')
        colon[1] = '\0';
    if (colon[1] == '<')
        return record_fault(record, error,
                            "a value that refers to another file or URL is "
                            "not followed");
    if (colon[1] == ':' && !is_base64(colon + 2))
        return record_fault(record, error, "a value that is not base64");
    int owned = 0;
    if (ldif_parse_line2(line, ret_name, ret_value, &owned) != 0)
        return record_fault(record, error, "a value that is not base64");
    if (!name_is_sound(ret_name))
        return record_fault(record, error, "a line that is not \"name: value\"");
    return true;
}

/* Takes the lines of one record; *ret_entry is false where it is no entry. */
static bool
parse_record(Record *record, char *buffer, const LdifHandler *handler,
             struct berval *ret_dn, bool *ret_entry, GError **error)
{
    static const char *const trailers[] = {"search",       "result",    "control", "ref",
                                           "pagedresults", "matcheddn", "text"};
    bool has_dn = false, trailer = false;
    char *next = buffer, *line;
    for (; (line = ldif_getline(&next)) != NULL; record->logical++) {
        struct berval name = {0, NULL}, value = {0, NULL};
        if (!parse_line(record, line, &name, &value, error))
            return false;
        if (!has_dn && !trailer) {
            if (name_is(&name, "version"))
                continue;
            if (name_is(&name, "dn")) {
                *ret_dn = value;
                has_dn = true;
                continue;
            }
            for (guint i = 0; i < G_N_ELEMENTS(trailers); i++)
                trailer = trailer || name_is(&name, trailers[i]);
            if (!trailer)
                return record_fault(record, error,
                                    "a record that does not start with \"dn:\"");
        }
        if (trailer) {
            take_trailer(&name, &value, handler);
        } else if (name_is(&name, "changetype")) {
            /* ldifde writes every entry as an addition. */
            if (!name_is(&value, "add"))
                return record_fault(record, error,
                                    "a change record; an export of entries is "
                                    "needed");
        } else if (name_is(&name, "dn")) {
            return record_fault(record, error,
                                "a second \"dn:\" in one record: an empty line is "
                                "missing before it, as where files were joined");
        } else if ((value.bv_len > 0 || name_is(&name, MEMBERS_ATTRIBUTE)) &&
                   (record->values->len >= LDIF_VALUES_MAX ||
                    !record_add(record, &name, &value))) {
            return record_fault(record, error, "too many values in one entry");
        }
    }
    *ret_entry = has_dn;
    return true;
}

/* The comments up to a line, and the last "# requesting:" of them; ldapsearch
 * writes it above the entries that it asked for. */
typedef struct {
    const LdifHandler *handler;
    const char *at; /* where to go on */
    gulong line;    /* the number of that line */
    char *requesting;
} Headers;

static void
headers_advance(Headers *headers, gulong up_to)
{
    static const char mark[] = "# requesting: ";
    const LdifHandler *handler = headers->handler;
    while (headers->at && *headers->at && headers->line <= up_to) {
        const char *end = strchr(headers->at, '\n');
        gsize length = end ? (gsize)(end - headers->at) : strlen(headers->at);
        if (strncmp(headers->at, mark, strlen(mark)) == 0) {
            g_free(headers->requesting);
            headers->requesting =
                g_strstrip(g_strndup(headers->at + strlen(mark), length - strlen(mark)));
        } else if (handler->comment && length > 2 && length <= COMMENT_MAX &&
                   headers->at[0] == '#' && headers->at[1] == ' ') {
            g_autofree char *text = g_strchomp(g_strndup(headers->at + 2, length - 2));
            handler->comment(text, handler->data);
        }
        headers->at = end ? end + 1 : NULL;
        headers->line++;
    }
}

static bool
walk_record(const LdifText *text, gulong first_line, char *buffer, const char *requesting,
            const LdifHandler *handler, GError **error)
{
    g_autoptr(GArray) attributes = g_array_new(FALSE, FALSE, sizeof(EntryAttribute));
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(struct berval));
    g_autoptr(GArray) owners = g_array_new(FALSE, FALSE, sizeof(guint));
    Record record = {text, first_line, 0, attributes, values, owners};
    Entry entry = {.count = 0};
    bool is_entry = false;
    if (!parse_record(&record, buffer, handler, &entry.dn, &is_entry, error))
        return false;
    if (!is_entry || !handler->entry)
        return true;
    struct berval *sorted = record_arrange(&record);
    entry.attributes = (const EntryAttribute *)(void *)attributes->data;
    entry.count = attributes->len;
    handler->entry(&entry, requesting, handler->data);
    g_free(sorted);
    return true;
}

bool
ldif_walk(const LdifText *text, const LdifHandler *handler, GError **error)
{
    if (text->length == 0)
        return fault_set(error, FAULT_MALFORMED, "%s: is empty", text->name);
    if (!check_includes(text, error))
        return false;
    LDIFFP *file = ldif_open_mem(text->text, text->length, "r");
    if (!file)
        return fault_set(error, FAULT_MALFORMED, "%s: cannot be read", text->name);

    Headers headers = {handler, text->text, 1, NULL};
    gulong line = 0;
    char *buffer = NULL;
    int size = 0, got = 0;
    bool sound = true;
    while (sound) {
        gulong first = line + 1;
        got = ldif_read_record(file, &line, &buffer, &size);
        if (got <= 0)
            break;
        headers_advance(&headers, line);
        sound = walk_record(text, first, buffer, headers.requesting, handler, error);
    }
    ldif_close(file);
    ber_memfree(buffer);
    g_free(headers.requesting);
    if (got < 0)
        return fault_set(error, FAULT_MALFORMED, "%s:%lu: cannot be read", text->name,
                         line);
    return sound;
}
