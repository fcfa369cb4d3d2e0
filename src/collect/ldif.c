/* Finds the records in the window of the stream.  Lines are taken apart where they stand
 * (ldif_line.h), so that an entry is a list of places in the window.
 *
 * Longer than most: records, comments and trailers of one walk, which share its place. */
#include "ldif.h"

#include "base/fault.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "foreign.h"
#include "ldif_line.h"
#include "model/dn.h"
#include "oid.h"
#include "snapshot.h"

#include <string.h>

#define COMMENT_MAX 8192 /* bytes of a comment that is looked at */
#define HEAD_LENGTH 8192 /* bytes by which a file is known */

/* What the first lines of a record tell it to be. */
typedef enum { RECORD_OPEN, RECORD_ENTRY, RECORD_TRAILER } RecordKind;

/* A stream being walked, and its record at hand. */
typedef struct {
    Stream *stream;
    const LdifHandler *handler;
    gulong line;      /* the number of the line at hand */
    bool ended;       /* all that is left of the stream is in the window */
    bool known;       /* a "dn:" or "version:" came: it is LDIF */
    bool pages;       /* the last page of a search was not its last */
    guint64 entries;  /* of the search at hand */
    char *requesting; /* the last "# requesting:"; ldapsearch writes it above entries */
    RecordKind kind;
    bool begun; /* the record has a line that is no comment */
    struct berval dn;
    GArray *attributes;  /* of EntryAttribute, values not yet filled in */
    GArray *values;      /* of struct berval */
    GArray *owners;      /* of guint: the attribute of each value */
    bool scattered;      /* values of one attribute do not stand together */
    GStringChunk *names; /* of the record: those that stand there as OIDs */
} Walk;

static bool
walk_fault(const Walk *walk, gulong line, const char *what, GError **error)
{
    return fault_set(error, FAULT_MALFORMED, "%s:%lu: %s", stream_name(walk->stream),
                     line, what);
}

/* Something that no LDIF has: what to do hangs on whether LDIF was seen before it. */
static bool
stranger_fault(const Walk *walk, gulong line, const char *what, GError **error)
{
    g_autofree char *why = g_strconcat(
        what,
        walk->known ? "; export it again, without other programs' output in the file"
                    : ": this is not LDIF; " FOREIGN_LDIFDE,
        NULL);
    return walk_fault(walk, line, why, error);
}

/* UTF-16 without a mark shows by the zeros beside "dn" or "version". */
static ByteMark
mark_of(const char *data, gsize length)
{
    gsize skip;
    ByteMark mark = utf16_mark(data, length, &skip);
    if (mark != MARK_NONE || length < 4)
        return mark;
    if (g_ascii_isprint(data[0]) && !data[1] && g_ascii_isprint(data[2]) && !data[3])
        return MARK_UTF16_LE;
    if (!data[0] && g_ascii_isprint(data[1]) && !data[2] && g_ascii_isprint(data[3]))
        return MARK_UTF16_BE;
    return MARK_NONE;
}

/* Whether what is at hand from `from` on is text. */
static bool
check_text(const Walk *walk, gsize from, GError **error)
{
    gsize length;
    const char *text = stream_window(walk->stream, &length);
    const char *nul = memchr(text + from, '\0', length - from);
    if (!nul)
        return true;
    if (g_strstr_len(text, (gssize)length, "\xFF\xFE"))
        return fault_set(error, FAULT_MALFORMED,
                         "%s: files of two encodings were joined: give each to a --ldif "
                         "of its own",
                         stream_name(walk->stream));
    gulong line = walk->line;
    for (; (text = memchr(text, '\n', (gsize)(nul - text))) != NULL; text++)
        line++;
    return walk_fault(walk, line,
                      "a NUL byte: this is not LDIF, or it is damaged; " FOREIGN_LDIFDE,
                      error);
}

static bool
walk_read_on(Walk *walk, GError **error)
{
    gsize before;
    GError *fault = NULL;
    stream_window(walk->stream, &before);
    walk->ended = !stream_more(walk->stream, &fault);
    if (fault) {
        g_propagate_error(error, fault);
        return false;
    }
    return check_text(walk, before, error);
}

/* Whether it begins as an export does. */
static bool
check_head(const Walk *walk, GError **error)
{
    gsize length;
    if (!stream_want(walk->stream, HEAD_LENGTH, error))
        return false;
    char *text = stream_window(walk->stream, &length), *end = text + length;
    text = ldif_skip_joints(text, end);
    if (text == end)
        return fault_set(error, FAULT_MALFORMED, "%s: is empty",
                         stream_name(walk->stream));
    return !foreign_is_text(stream_name(walk->stream), text, (gsize)(end - text),
                            error) &&
           check_text(walk, 0, error);
}

/* Records */

/* The bytes up to the next empty line and with it; 0: it has not come.  *looked are
 * lines that were looked at before. */
static gsize
record_length(char *text, gsize length, bool ended, gsize *looked)
{
    char *end = text + length;
    for (char *at = text + *looked, *next; at < end; at = next) {
        char *start = ldif_skip_joints(at, end);
        bool empty = ldif_line_end(start, end, &next) == start;
        if (next == end && next[-1] != '\n' && !ended)
            return 0;
        *looked = (gsize)(next - text);
        if (empty)
            return *looked;
    }
    return ended ? length : 0;
}

/* The next record, or a block of comments; *ret_length is 0 at the end. */
static bool
next_record(Walk *walk, char **ret_text, gsize *ret_length, GError **error)
{
    gsize looked = 0;
    for (;;) {
        gsize length;
        char *text = stream_window(walk->stream, &length);
        while (walk->ended && length > 0 && text[length - 1] == CONTROL_Z)
            length--;
        *ret_text = text;
        *ret_length = record_length(text, length, walk->ended, &looked);
        if (*ret_length > 0 || walk->ended)
            return true;
        if (!walk_read_on(walk, error))
            return false;
    }
}

static bool
name_is(const struct berval *name, const char *text)
{
    return name->bv_len == strlen(text) &&
           g_ascii_strncasecmp(name->bv_val, text, name->bv_len) == 0;
}

/* Whether a name is that of the value before, as it mostly is in long lists. */
static bool
repeats(const Walk *walk, const struct berval *name)
{
    guint count = walk->attributes->len;
    if (count == 0)
        return false;
    const struct berval *last =
        &g_array_index(walk->attributes, EntryAttribute, count - 1).name;
    return last->bv_len == name->bv_len &&
           memcmp(last->bv_val, name->bv_val, name->bv_len) == 0;
}

/* The attribute of this name; behind all of them where there is none. */
static guint
find_attribute(const Walk *walk, const struct berval *name)
{
    if (repeats(walk, name))
        return walk->attributes->len - 1;
    for (guint at = walk->attributes->len; at > 0; at--) {
        const struct berval *known =
            &g_array_index(walk->attributes, EntryAttribute, at - 1).name;
        if (known->bv_len == name->bv_len &&
            g_ascii_strncasecmp(known->bv_val, name->bv_val, name->bv_len) == 0)
            return at - 1;
    }
    return walk->attributes->len;
}

static bool
add_value(Walk *walk, const struct berval *name, const struct berval *value)
{
    guint owner = find_attribute(walk, name), known = walk->attributes->len;
    if (walk->values->len >= MOST_LDIF_VALUES ||
        (owner == known && known >= MOST_LDIF_ATTRIBUTES))
        return false;
    if (owner == known) {
        EntryAttribute attribute = {.name = *name};
        g_array_append_val(walk->attributes, attribute);
    }
    walk->scattered |= owner + 1 < known;
    g_array_index(walk->attributes, EntryAttribute, owner).count++;
    g_array_append_vals(walk->values, value, 1);
    g_array_append_val(walk->owners, owner);
    return true;
}

/* Sorts the values by attribute, each in the order of the file. */
static struct berval *
sort_values(const Walk *walk)
{
    struct berval *sorted = g_new(struct berval, walk->values->len);
    g_autofree guint *at = g_new(guint, walk->attributes->len);
    for (guint a = 0, next = 0; a < walk->attributes->len; a++) {
        at[a] = next;
        next += g_array_index(walk->attributes, EntryAttribute, a).count;
    }
    for (guint v = 0; v < walk->values->len; v++)
        sorted[at[g_array_index(walk->owners, guint, v)]++] =
            g_array_index(walk->values, struct berval, v);
    return sorted;
}

static void
give_entry(const Walk *walk)
{
    g_autofree struct berval *sorted = walk->scattered ? sort_values(walk) : NULL;
    struct berval *values = sorted ? sorted : (struct berval *)(void *)walk->values->data;
    for (guint a = 0; a < walk->attributes->len; a++) {
        EntryAttribute *attribute = &g_array_index(walk->attributes, EntryAttribute, a);
        attribute->values = values;
        values += attribute->count;
    }
    const Entry entry = {walk->dn, (EntryAttribute *)(void *)walk->attributes->data,
                         walk->attributes->len};
    walk->handler->entry(&entry, walk->requesting, walk->handler->data);
}

/* Lines */

/* Of a search that stopped between two pages, the rest is in no file. */
static void
end_search(Walk *walk)
{
    if (walk->pages && walk->handler->incomplete)
        walk->handler->incomplete("a search stopped before its last page: ldapsearch -E "
                                  "pr=1000/noprompt reads them all",
                                  walk->handler->data);
    walk->pages = false;
}

/* "cookie=" alone is the last page's. */
static void
take_page(Walk *walk, const char *value)
{
    const char *cookie = strstr(value, "cookie=");
    walk->pages = cookie && cookie[strlen("cookie=")];
}

static void
say_ended(const Walk *walk, const char *text, gsize length)
{
    g_autofree char *result = g_utf8_make_valid(text, (gssize)MIN(length, 100));
    g_autofree char *why = g_strdup_printf("the export ended with \"%s\"", result);
    if (walk->handler->incomplete)
        walk->handler->incomplete(why, walk->handler->data);
}

/* How many entries a program says below them that it found: "# numEntries: 12" of
 * ldapsearch, "# 12 entries" of ldbsearch. */
static bool
counted(const char *comment, guint64 *ret_count)
{
    static const char head[] = "# numEntries: ", tail[] = " entries";
    bool above = g_str_has_prefix(comment, head);
    const char *digits = comment + (above ? strlen(head) : strlen("# "));
    char *end;
    if (!g_str_has_prefix(comment, "# ") || !g_ascii_isdigit(*digits))
        return false;
    *ret_count = g_ascii_strtoull(digits, &end, 10);
    return strcmp(end, above ? "" : tail) == 0;
}

static void
take_count(Walk *walk, const char *comment)
{
    guint64 found;
    if (!counted(comment, &found))
        return;
    g_autofree char *why =
        g_strdup_printf("the search found %" G_GUINT64_FORMAT
                        " entries, and %" G_GUINT64_FORMAT " of them are in the file",
                        found, walk->entries);
    if (walk->entries < found && walk->handler->incomplete)
        walk->handler->incomplete(why, walk->handler->data);
    walk->entries = 0;
}

static void
take_comment(Walk *walk, const LdifLine *line)
{
    static const char mark[] = "# requesting: ", page[] = "# pagedresults: ";
    static const char error[] = "#!ERROR "; /* of Apache Directory Studio */
    const LdifHandler *handler = walk->handler;
    line->text[line->first] = '\0'; /* a fold is no part of what is looked for */
    take_count(walk, line->text);
    if (g_str_has_prefix(line->text, error))
        say_ended(walk, line->text + strlen(error), line->first - strlen(error));
    if (g_str_has_prefix(line->text, page))
        take_page(walk, line->text + strlen(page));
    if (g_str_has_prefix(line->text, "# extended LDIF")) {
        end_search(walk);
        walk->entries = 0;
    }
    if (g_str_has_prefix(line->text, mark)) {
        g_free(walk->requesting);
        walk->requesting = g_strstrip(g_strdup(line->text + strlen(mark)));
    } else if (handler->comment && line->first > 2 && line->first <= COMMENT_MAX &&
               line->text[1] == ' ') {
        handler->comment(g_strchomp(line->text + 2), handler->data);
    }
}

/* ldapsearch's last lines: "search: 2", "result: 4 Size limit exceeded". */
static void
take_trailer(const Walk *walk, const struct berval *name, const struct berval *value)
{
    bool success = value->bv_len >= 1 && value->bv_val[0] == '0' &&
                   (value->bv_len == 1 || value->bv_val[1] == ' ');
    if (name_is(name, "result") && !success)
        say_ended(walk, value->bv_val, value->bv_len);
}

static bool
is_trailer(const struct berval *name)
{
    static const char *const trailers[] = {"search",       "result",    "control", "ref",
                                           "pagedresults", "matcheddn", "text"};
    for (guint i = 0; i < G_N_ELEMENTS(trailers); i++)
        if (name_is(name, trailers[i]))
            return true;
    return false;
}

/* Whether options ask for the values as they are, which they always are (RFC 4522). */
static bool
is_binary(const char *options, gsize length)
{
    static const char binary[] = ";binary";
    return length == strlen(binary) && g_ascii_strncasecmp(options, binary, length) == 0;
}

/* "1.2.840.113556.1.4.1787;range=0-1499" by the attribute's name, "objectSid;binary"
 * without its option. */
static struct berval
named(const Walk *walk, const struct berval *name)
{
    const char *options = memchr(name->bv_val, ';', name->bv_len);
    gsize length = options ? (gsize)(options - name->bv_val) : name->bv_len;
    const char *known = oid_name(name->bv_val, length);
    if (options && is_binary(options, name->bv_len - length)) {
        if (!known)
            return (struct berval){length, name->bv_val};
        options = NULL;
    }
    if (!known)
        return *name;
    g_autofree char *rest = g_strndup(options, options ? name->bv_len - length : 0);
    g_autofree char *text = g_strconcat(known, rest, NULL);
    return (struct berval){strlen(text), g_string_chunk_insert_const(walk->names, text)};
}

/* ldifde writes every entry as an addition. */
static bool
is_addition(const struct berval *changetype)
{
    struct berval word = *changetype;
    while (word.bv_len > 0 && g_ascii_isspace(word.bv_val[word.bv_len - 1]))
        word.bv_len--;
    return name_is(&word, "add");
}

/* A DN as it is without the control for extended ones; false: a link that is gone. */
static bool
undecorate(struct berval *value)
{
    bool gone;
    gsize length = dn_decoration(value->bv_val, value->bv_len, &gone);
    value->bv_val += length;
    value->bv_len -= length;
    return !gone;
}

/* A DN in an older form as AD writes it. */
static void
modernize(const Walk *walk, struct berval *value)
{
    g_autofree char *dn = dn_modern(value->bv_val, value->bv_len);
    if (dn)
        *value = (struct berval){strlen(dn), g_string_chunk_insert(walk->names, dn)};
}

/* Whether a value can only be the DN of an object of a directory. */
static bool
is_dn(const struct berval *value)
{
    static const char *const types[] = {"CN=", "OU=", "DC="};
    const char *text = value->bv_val;
    if (value->bv_len <= 3 || text[2] != '=') /* nearly every other value */
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_ascii_strncasecmp(text, types[i], 3) == 0)
            return !memchr(text, '\0', value->bv_len);
    return false;
}

#define CHANGE "a change record; an export of entries is needed"

/* A value of an entry; why it cannot be one. */
static const char *
take_value(Walk *walk, const struct berval *written, struct berval *value)
{
    const struct berval own = named(walk, written), *name = &own;
    if (name_is(name, "changetype"))
        return is_addition(value) ? NULL : CHANGE;
    if (name_is(name, "dn"))
        return "a second \"dn:\" in one record: an empty line is missing before it, as "
               "where files were joined";
    bool there = undecorate(value);
    if (is_dn(value))
        modernize(walk, value);
    if (there && (value->bv_len > 0 || name_is(name, MEMBERS_ATTRIBUTE)) &&
        !add_value(walk, name, value))
        return "too many values in one entry";
    return NULL;
}

#define NO_DN "a record that does not start with \"dn:\", as those of ldifde do"

static const char *
take_pair(Walk *walk, const struct berval *name, struct berval *value)
{
    if (walk->kind == RECORD_ENTRY)
        return take_value(walk, name, value);
    walk->known |= name_is(name, "version") || name_is(name, "dn");
    if (walk->kind == RECORD_OPEN && name_is(name, "version"))
        return NULL;
    if (walk->kind == RECORD_OPEN && name_is(name, "dn")) {
        walk->kind = RECORD_ENTRY;
        (void)undecorate(value);
        while (value->bv_len > 1 && value->bv_val[value->bv_len - 1] == ' ' &&
               value->bv_val[value->bv_len - 2] != '\\')
            value->bv_len--;
        walk->dn = *value;
        if (!memchr(value->bv_val, '\0', value->bv_len))
            modernize(walk, &walk->dn);
        return NULL;
    }
    if (walk->kind == RECORD_OPEN && !is_trailer(name))
        return walk->known ? NO_DN : NO_DN ": this is not LDIF; " FOREIGN_LDIFDE;
    walk->kind = RECORD_TRAILER;
    if (name_is(name, "pagedresults"))
        take_page(walk, value->bv_val);
    take_trailer(walk, name, value);
    return NULL;
}

/* Other readers open what it names. */
static bool
is_include(const LdifLine *line)
{
    return line->length > 7 && g_ascii_strncasecmp(line->text, "include", 7) == 0 &&
           strchr(": \t", line->text[7]);
}

/* As records used to be counted. */
static bool
is_number(const LdifLine *line)
{
    gsize digits = 0;
    while (digits < line->length && g_ascii_isdigit(line->text[digits]))
        digits++;
    return digits == line->length;
}

/* What ldapsearch asks a person between two pages, and writes where the entries go. */
static bool
is_prompt(const LdifLine *line)
{
    static const char head[] = "Press [size] Enter for the next {";
    return line->length > strlen(head) && memcmp(line->text, head, strlen(head)) == 0;
}

/* Why a line cannot be taken; NULL: it was. */
static const char *
take_line(Walk *walk, const LdifLine *line)
{
    if (line->length == 0)
        return NULL;
    if (*line->text == '#') {
        take_comment(walk, line);
        return NULL;
    }
    bool first = !walk->begun;
    if (first && is_prompt(line))
        return NULL;
    walk->begun = true;
    if (first && is_number(line))
        return NULL;
    if (first && *line->text == ' ')
        return "a line that begins with a blank goes on with the one before, and there "
               "is none: export it again";
    if (line->length == 1 && *line->text == '-')
        return CHANGE;
    if (is_include(line))
        return "an include directive: other files are not followed; put the records into "
               "one file";
    struct berval name, value;
    const char *why = ldif_line_parse(line, &name, &value);
    if (!why && !repeats(walk, &name) && !ldif_is_name(&name))
        why = LDIF_NO_PAIR;
    return why ? why : take_pair(walk, &name, &value);
}

static bool
take_record(Walk *walk, char *text, gsize length, GError **error)
{
    g_array_set_size(walk->attributes, 0);
    g_array_set_size(walk->values, 0);
    g_array_set_size(walk->owners, 0);
    g_string_chunk_clear(walk->names);
    walk->scattered = walk->begun = false;
    walk->kind = RECORD_OPEN;
    for (char *at = text, *end = text + length; at < end;) {
        LdifLine line = ldif_line_take(&at, end);
        const char *why = take_line(walk, &line);
        if (why)
            return (strcmp(why, LDIF_NO_PAIR) == 0 ? stranger_fault : walk_fault)(
                walk, walk->line, why, error);
        walk->line += line.count;
    }
    walk->entries += walk->kind == RECORD_ENTRY;
    if (walk->kind == RECORD_ENTRY && walk->handler->entry)
        give_entry(walk);
    return true;
}

/* How much of a record that ends in the middle of a line are whole lines.  Where lines
 * end with line feeds, a return alone is half of an end. */
static gsize
whole_lines(const char *text, gsize length)
{
    if (text[length - 1] == '\r' && !memchr(text, '\n', length))
        return length;
    while (length > 0 && text[length - 1] != '\n')
        length--;
    return length;
}

/* Whether a line that was cut short could have become one of these: what another
 * encoding leaves, read as text, has no end either. */
static bool
begins_line(const char *text, gsize length)
{
    if (strchr(" #\r", *text))
        return true;
    const char *colon = memchr(text, ':', length);
    char *name_end = (char *)text + (colon ? (gsize)(colon - text) : length);
    const struct berval name = {(gsize)(name_end - text), (char *)text};
    return ldif_is_name(&name);
}

/* A record at the end of a file: what is missing is said before the rest is taken. */
static bool
take_cut_record(Walk *walk, char *text, gsize length, GError **error)
{
    gsize whole = whole_lines(text, length);
    if (whole < length && !begins_line(text + whole, length - whole)) {
        gulong line = walk->line;
        for (gsize i = 0; i < whole; i++)
            line += text[i] == '\n';
        return stranger_fault(walk, line, LDIF_NO_PAIR, error);
    }
    if (whole < length)
        walk->handler->cut(walk->handler->data);
    return whole == 0 || take_record(walk, text, whole, error);
}

static bool
take_records(Walk *walk, GError **error)
{
    char *text;
    gsize length;
    while (next_record(walk, &text, &length, error)) {
        if (length == 0)
            return true;
        if (!(walk->handler->cut ? take_cut_record : take_record)(walk, text, length,
                                                                  error))
            return false;
        stream_skip(walk->stream, length);
    }
    return false;
}

static bool
walk_stream(Stream *stream, const LdifHandler *handler, GError **error)
{
    Walk walk = {
        .stream = stream,
        .handler = handler,
        .line = 1,
        .attributes = g_array_new(FALSE, FALSE, sizeof(EntryAttribute)),
        .values = g_array_new(FALSE, FALSE, sizeof(struct berval)),
        .owners = g_array_new(FALSE, FALSE, sizeof(guint)),
        .names = g_string_chunk_new(256),
    };
    bool sound = check_head(&walk, error) && take_records(&walk, error);
    if (sound)
        end_search(&walk);
    g_array_unref(walk.attributes);
    g_array_unref(walk.values);
    g_array_unref(walk.owners);
    g_string_chunk_free(walk.names);
    g_free(walk.requesting);
    return sound;
}

bool
ldif_walk(Stream *stream, const LdifHandler *handler, GError **error)
{
    gsize length;
    if (!stream_want(stream, HEAD_LENGTH, error))
        return false;
    const char *data = stream_window(stream, &length);
    if (foreign_is_binary(stream_name(stream), data, length, error))
        return false;
    ByteMark mark = mark_of(data, length);
    if (mark != MARK_UTF16_LE && mark != MARK_UTF16_BE)
        return walk_stream(stream, handler, error);
    g_autoptr(Stream) text = stream_of_utf16(stream, mark == MARK_UTF16_BE);
    return walk_stream(text, handler, error);
}
