/* Splits DNs at their commas, and finds parents and domains. */
#include "model/dn.h"

#include "base/text.h"

#include <string.h>

/* "\\2C" and "\\," as "\\,", and "\\C3\\A4" as the letter: a value may be escaped in
 * several ways (RFC 4514 2.4), and programs differ.  (transfer full) */
static char *
escaped_one_way(const char *dn)
{
    GString *out = g_string_sized_new(strlen(dn));
    for (const char *at = dn; *at; at++) {
        if (*at != '\\' || !at[1]) {
            g_string_append_c(out, *at);
            continue;
        }
        bool hex = g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2]);
        char byte =
            hex ? (char)(g_ascii_xdigit_value(at[1]) * 16 + g_ascii_xdigit_value(at[2]))
                : at[1];
        const char *next = at + (hex ? 3 : 2);
        bool first = out->len == 0 || out->str[out->len - 1] == '=';
        bool last = *next == '\0' || *next == ',';
        if (byte == '\0')
            g_string_append(out, "\\00");
        else if (strchr(",+\"\\<>;", byte) || (byte == '#' && first) ||
                 (byte == ' ' && (first || last)))
            g_string_append_printf(out, "\\%c", byte);
        else
            g_string_append_c(out, byte);
        at = next - 1;
    }
    return g_string_free(out, FALSE);
}

/* Nearly every DN: no escapes, and blanks inside of values alone, one by one. */
static bool
is_simple(const char *dn)
{
    if (strchr(dn, '\\'))
        return false;
    for (const char *at = strchr(dn, ' '); at; at = strchr(at + 1, ' '))
        if (at == dn || strchr(",= ", at[-1]) || strchr(",=", at[1]))
            return false; /* at[1] may be the end */
    return true;
}

char *
dn_key(const char *dn)
{
    if (is_simple(dn))
        return text_fold(dn);
    g_autofree char *one_way = strchr(dn, '\\') ? escaped_one_way(dn) : NULL;
    /* It gets no longer, so it is made where it stands. */
    char *key = text_fold(one_way ? one_way : dn), *to = key;
    bool separator = true;
    for (const char *at = key; *at; at++) {
        if (*at == ' ' && separator)
            continue;
        if (*at == '\\' && at[1]) {
            *to++ = *at++;
            *to++ = *at;
            separator = false;
            continue;
        }
        separator = *at == ',' || *at == '=';
        while (separator && to - key >= 2 && to[-1] == ' ' && to[-2] != '\\')
            to--;
        *to++ = *at;
    }
    while (to - key >= 2 && to[-1] == ' ' && to[-2] != '\\')
        to--;
    *to = '\0';
    return key;
}

/* What stands before the DN in an ADSI path. */
static gsize
path_length(const char *dn, gsize length)
{
    static const char *const schemes[] = {"LDAP://", "GC://"};
    for (guint i = 0; i < G_N_ELEMENTS(schemes); i++) {
        gsize head = strlen(schemes[i]);
        if (length <= head || g_ascii_strncasecmp(dn, schemes[i], head) != 0)
            continue;
        const char *slash = memchr(dn + head, '/', length - head);
        const char *equals = memchr(dn + head, '=', length - head);
        return slash && equals && slash < equals ? (gsize)(slash - dn) + 1 : head;
    }
    return 0;
}

/* Whether a DN may be in an older form: most are not. */
static bool
may_be_old(const char *dn, gsize length)
{
    if (memchr(dn, '"', length) || memchr(dn, ';', length))
        return true;
    const char *end = dn + length;
    for (const char *at = dn; (at = memchr(at, ' ', (gsize)(end - at))); at++)
        if (at == dn || at[-1] == ',' || at[-1] == '=' || at + 1 == end || at[1] == ',' ||
            at[1] == '=')
            return true;
    return length > 5 && memchr(dn, ':', 5) && path_length(dn, length) > 0;
}

/* A character of a value that was in quotes, where nothing else needs escaping. */
static void
append_quoted(GString *out, const char **at, const char *end)
{
    if (**at == '\\' && *at + 1 < end) {
        g_string_append_c(out, '\\');
        (*at)++;
    } else if (strchr(",+<>;=", **at)) {
        g_string_append_c(out, '\\');
    }
    g_string_append_c(out, **at);
}

static void
drop_blanks(GString *out, gsize keep)
{
    while (out->len > keep && out->str[out->len - 1] == ' ' &&
           !(out->len > 1 && out->str[out->len - 2] == '\\'))
        g_string_truncate(out, out->len - 1);
}

/* Whether nothing stands behind a domain: several DNs in one value are none. */
static bool
is_one(const char *dn)
{
    bool domain = false;
    for (const char *at = dn; at; at = dn_parent(at)) {
        bool part = g_ascii_strncasecmp(at, "DC=", 3) == 0;
        if (domain && !part)
            return false;
        domain = part;
    }
    return true;
}

char *
dn_modern(const char *dn, gsize length)
{
    if (!may_be_old(dn, length))
        return NULL;
    const char *at = dn, *end = dn + length;
    if (length > 2 && *dn == '"' && end[-1] == '"')
        at++, end--;
    at += path_length(at, (gsize)(end - at));
    GString *out = g_string_sized_new(length);
    bool quoted = false, fresh = true;
    gsize keep = 0; /* blanks within quotes, or escaped, are of the value */
    for (; at < end; at++) {
        bool opens = *at == '"' && (quoted || fresh);
        bool separates = !quoted && (*at == ',' || *at == ';');
        if (!quoted && fresh && *at == ' ')
            continue;
        if (opens) {
            quoted = !quoted;
            fresh = false;
            keep = out->len;
        } else if (quoted) {
            append_quoted(out, &at, end);
        } else if (*at == '\\' && at + 1 < end) {
            g_string_append_len(out, at++, 2);
            fresh = false;
            keep = out->len;
        } else {
            fresh = separates || *at == '=';
            if (fresh)
                drop_blanks(out, keep);
            g_string_append_c(out, separates ? ',' : *at);
        }
    }
    drop_blanks(out, keep);
    bool same = out->len == length && memcmp(out->str, dn, length) == 0;
    if (quoted || same || !is_one(out->str))
        return g_string_free(out, TRUE), NULL;
    return g_string_free(out, FALSE);
}

char *
dn_name(const char *dn)
{
    const char *value = strchr(dn, '=');
    gsize length = 0;
    value = value ? value + 1 : dn;
    while (value[length] && value[length] != ',')
        length += value[length] == '\\' && value[length + 1] ? 2 : 1;
    return g_strndup(value, length);
}

const char *
dn_parent(const char *dn)
{
    for (const char *at = dn; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == ',')
            return at[1] ? at + 1 : NULL;
    }
    return NULL;
}

/* From its first DC= on; NULL: none. */
static const char *
domain_part(const char *dn)
{
    for (const char *at = dn; at; at = dn_parent(at))
        if (g_ascii_strncasecmp(at, "DC=", 3) == 0)
            return at;
    return NULL;
}

gsize
dn_decoration(const char *value, gsize length, bool *ret_gone)
{
    gsize at = 0;
    *ret_gone = false;
    while (at < length && value[at] == '<') {
        gsize name = at + 1, end = name;
        while (end < length && (g_ascii_isalpha(value[end]) || value[end] == '_'))
            end++;
        const char *close = memchr(value + at, '>', length - at);
        gsize after = close ? (gsize)(close - value) + 1 : length;
        if (end == name || end == length || value[end] != '=' || after + 1 >= length ||
            value[after] != ';') {
            *ret_gone = false;
            return 0;
        }
        if (g_ascii_strncasecmp(value + name, "RMD_FLAGS=", 10) == 0)
            *ret_gone = (g_ascii_strtoull(value + name + 10, NULL, 10) & 1) != 0;
        at = after + 1;
    }
    if (at == 0)
        return 0;
    /* Any value may begin so: an SPN that does is that SPN. */
    gsize type = at;
    while (type < length &&
           (g_ascii_isalnum(value[type]) || value[type] == '-' || value[type] == '.'))
        type++;
    if (type == at || type == length || value[type] != '=') {
        *ret_gone = false;
        return 0;
    }
    return at;
}

bool
dn_is_sid(const char *member)
{
    return g_ascii_strncasecmp(member, "CN=S-1-", 7) == 0;
}

bool
dn_shows_groups(const char *member, const char *group)
{
    const char *own = domain_part(group), *domain = domain_part(member);
    return !dn_is_sid(member) && own && domain && text_equal(own, domain);
}

bool
dn_is_under(const char *dn, const char *suffix)
{
    for (const char *at = dn; at; at = dn_parent(at))
        if (text_equal(at, suffix))
            return true;
    return false;
}

bool
dn_is_below(const char *dn, const char *container)
{
    g_autofree char *inner = dn_key(dn), *outer = dn_key(container);
    return strlen(inner) > strlen(outer) && dn_is_under(inner, outer);
}

char *
dn_domain(const char *dn)
{
    GString *dns = g_string_new(NULL);
    for (const char *at = dn; at; at = dn_parent(at)) {
        while (*at == ' ')
            at++;
        if (g_ascii_strncasecmp(at, "DC=", 3) != 0) {
            g_string_truncate(dns, 0);
            continue;
        }
        const char *next = dn_parent(at);
        gsize length = next ? (gsize)(next - at) - 4 : strlen(at + 3);
        if (dns->len > 0)
            g_string_append_c(dns, '.');
        g_string_append_len(dns, at + 3, (gssize)length);
    }
    if (dns->len == 0) {
        g_string_free(dns, TRUE);
        return NULL;
    }
    return g_string_free(dns, FALSE);
}
