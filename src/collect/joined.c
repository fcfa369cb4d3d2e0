/* Knows "HOST/A;HOST/B", "{HOST/A, HOST/B}" and "System.String[]" for what they are: what
 * they stand for may be anything.  So it knows quotation marks, and UTF-16 in base64. */
#include "joined.h"

#include "base/word.h"

#include <string.h>

static const char why_joined[] =
    "a value holds several, as a table or a script joins them: export it with one line "
    "for each (ldifde does)";
static const char why_name[] =
    "a script wrote the name of a type in the place of the values: export them "
    "themselves (ldifde does)";

static const char why_quoted[] =
    "a value is quoted or escaped, as a table or a script writes it: export it as it is "
    "(ldifde does)";
static const char why_nul[] =
    "a value holds NUL characters, as UTF-16 in base64 does: export it with ldifde";
static const char why_no_dn[] =
    "a value is no DN, so that it does not tell who is meant: export it with ldifde";

/* PowerShell's word for a collection that it was not told to expand. */
static bool
is_type(const char *text, gsize length)
{
    static const char *const heads[] = {"System.", "Microsoft.ActiveDirectory.",
                                        "Deserialized."};
    for (guint i = 0; i < G_N_ELEMENTS(heads); i++)
        if (length > strlen(heads[i]) && memcmp(text, heads[i], strlen(heads[i])) == 0)
            return !memchr(text, '/', length) && !memchr(text, '=', length);
    return false;
}

/* "{HOST/A, HOST/B...}" of Format-List, "["HOST/A"]" of JSON. */
static bool
is_wrapped(const char *text, gsize length)
{
    return length >= 2 && ((text[0] == '{' && text[length - 1] == '}') ||
                           (text[0] == '[' && text[length - 1] == ']'));
}

/* "\"HOST/A\"" of a table, "HOST\\/A" of JSON. */
static bool
is_quoted(const char *text, gsize length, bool spn)
{
    const char *slash = spn ? memchr(text, '/', length) : NULL;
    return (length >= 2 && text[0] == text[length - 1] &&
            (text[0] == '"' || text[0] == '\'')) ||
           (slash && slash > text && slash[-1] == '\\');
}

/* Nearly no value has any of them. */
static bool
has_separator(const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++)
        switch (text[i]) {
        case ';':
        case '|':
        case ',':
        case '\n':
        case '\r':
        case '\t':
            return true;
        default:
            break;
        }
    return false;
}

/* A class and something behind it. */
static bool
is_spn(const char *text, gsize length)
{
    const char *slash = memchr(text, '/', length);
    if (!slash || slash == text || slash + 1 == text + length)
        return false;
    for (const char *at = text; at < slash; at++)
        if (!g_ascii_isalnum(*at) && !strchr(" -._", *at))
            return false;
    return true;
}

/* "CN=" */
static bool
begins_dn(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && (g_ascii_isalnum(*at) || *at == '-' || *at == '.'))
        at++;
    return at > from && at < end && *at == '=';
}

static bool
parts_spns(const char *text, gsize length)
{
    static const char separators[] = ";|,\n\r\t";
    const char *end = text + length;
    guint parts = 0;
    for (const char *at = has_separator(text, length) ? text : end; at < end;) {
        while (at < end && (*at == ' ' || memchr(separators, *at, sizeof separators - 1)))
            at++;
        const char *from = at;
        while (at < end && !memchr(separators, *at, sizeof separators - 1))
            at++;
        if (at > from && !is_spn(from, (gsize)(at - from)))
            return false;
        parts += at > from;
    }
    return parts > 1;
}

/* "HOST/A HOST/B": a class may have blanks, a host has none. */
static bool
runs_on_spn(const char *text, gsize length)
{
    const char *end = text + length, *first = memchr(text, '/', length), *at;
    bool blank = false;
    if (!first || !is_spn(text, length))
        return false;
    for (at = first + 1; at < end && *at != '/'; at++) {
        if (!g_ascii_isalnum(*at) && !strchr(" -._:", *at))
            return false;
        blank = blank || *at == ' ';
    }
    return blank && at + 1 < end && g_ascii_isalnum(at[1]);
}

/* Where another DN begins: behind a separator that no backslash escapes, or behind a
 * blank in a label of a domain, which has none. */
static bool
parts_dns(const char *text, gsize length)
{
    bool label = false;
    for (const char *at = text, *end = text + length; at < end; at++) {
        if (*at == '\\') {
            at++;
            continue;
        }
        if (*at == ',')
            label = end - at > 4 && g_ascii_strncasecmp(at + 1, "DC=", 3) == 0;
        bool hard = *at == ';' || *at == '|' || *at == '\n';
        if (!hard && !(label && *at == ' '))
            continue;
        const char *next = at + 1;
        while (next < end && g_ascii_isspace(*next))
            next++;
        if (begins_dn(next, end))
            return true;
        at = next - 1; /* blanks are gone through once */
    }
    return false;
}

/* Letters, digits, "-./:" and blanks alone. */
static bool
is_plain_word(guint64 word)
{
    if ((word & WORD_HIGH) != 0)
        return false;
    return (word_between(word, ' ', ' ') | word_between(word, '-', ':') |
            word_between(word_fold(word), 'a', 'z')) == WORD_HIGH;
}

/* Nearly every SPN: one look tells that nothing in it separates, quotes or wraps. */
static bool
is_plain_spn(const char *text, gsize length)
{
    const char *slash = memchr(text, '/', length);
    if (!slash || memchr(slash, ' ', (gsize)(text + length - slash)))
        return false;
    gsize i = 0;
    for (guint64 word; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        if (!is_plain_word(word))
            break;
    }
    for (; i < length; i++)
        if (!g_ascii_isalnum(text[i]) && text[i] != ' ' && text[i] != '.' &&
            text[i] != '-' && text[i] != '/' && text[i] != ':' && text[i] != '_')
            return false;
    return true;
}

static const char *
trouble_of(AttrId attr, const struct berval *value)
{
    const char *text = value->bv_val;
    gsize length = value->bv_len;
    bool spns = attr == ATTR_SPN || attr == ATTR_DELEGATE_TO;
    if (spns && is_plain_spn(text, length))
        return NULL;
    if (memchr(text, '\0', length))
        return why_nul;
    if (is_type(text, length))
        return why_name;
    if (is_wrapped(text, length))
        return why_joined;
    if (is_quoted(text, length, spns))
        return why_quoted;
    if (!spns && length > 0 && !memchr(text, '=', length))
        return why_no_dn;
    bool several = spns ? parts_spns(text, length) || runs_on_spn(text, length)
                        : parts_dns(text, length);
    return several ? why_joined : NULL;
}

const char *
joined_trouble(AttrId attr, const EntryAttribute *attribute)
{
    const char *why = NULL;
    if (attr != ATTR_SPN && attr != ATTR_DELEGATE_TO && attr != ATTR_MEMBER_OF &&
        attr != ATTR_MEMBER)
        return NULL;
    for (guint i = 0; i < attribute->count && !why; i++)
        why = trouble_of(attr, &attribute->values[i]);
    return why;
}
