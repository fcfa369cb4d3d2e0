/* Parses, prints, compares and composes SIDs. */
#include "model/sid.h"

#include <string.h>

#define AUTHORITY_MAX G_GUINT64_CONSTANT(0xFFFFFFFFFFFF) /* six bytes */

bool
sid_read(Bytes *bytes, Sid *ret_sid)
{
    Bytes reader = *bytes;
    Sid sid = {0};

    sid.revision = bytes_u8(&reader);
    sid.count = bytes_u8(&reader);
    for (guint i = 0; i < 6; i++)
        sid.authority = sid.authority << 8 | bytes_u8(&reader);
    if (!reader.failed && (sid.revision != 1 || sid.count > SID_SUB_MAX)) {
        reader.failed = true;
        reader.failed_at = bytes->at;
    }
    for (guint i = 0; !reader.failed && i < sid.count; i++)
        sid.sub[i] = bytes_u32_le(&reader);

    *bytes = reader;
    if (reader.failed)
        return false;
    *ret_sid = sid;
    return true;
}

bool
sid_parse(const void *data, gsize length, Sid *ret_sid)
{
    Bytes bytes = bytes_of(data, length);
    Sid sid;

    if (!sid_read(&bytes, &sid) || bytes.at != length)
        return false;
    *ret_sid = sid;
    return true;
}

/* A number in digits alone, moving *text behind it. */
static bool
read_number(const char **text, guint base, guint64 limit, guint64 *ret_number)
{
    const char *p = *text;
    guint64 number = 0;

    for (;; p++) {
        int digit = base == 16 ? g_ascii_xdigit_value(*p) : g_ascii_digit_value(*p);

        if (digit < 0)
            break;
        number = number * base + (guint64)digit;
        if (number > limit)
            return false;
    }
    if (p == *text)
        return false;
    *text = p;
    *ret_number = number;
    return true;
}

bool
sid_parse_text(const char *text, Sid *ret_sid)
{
    Sid sid = {.revision = 1};
    guint base = 10;

    if (g_ascii_strncasecmp(text, "S-1-", 4) != 0)
        return false;
    text += 4;
    /* MS-DTYP 2.4.2.1: authorities from 2^32 are written in hexadecimal. */
    if (g_ascii_strncasecmp(text, "0x", 2) == 0) {
        text += 2;
        base = 16;
    }
    if (!read_number(&text, base, AUTHORITY_MAX, &sid.authority))
        return false;
    while (*text == '-') {
        guint64 number = 0;

        text++;
        if (sid.count == SID_SUB_MAX || !read_number(&text, 10, G_MAXUINT32, &number))
            return false;
        sid.sub[sid.count++] = (guint32)number;
    }
    if (*text != '\0')
        return false;
    *ret_sid = sid;
    return true;
}

char *
sid_format(const Sid *sid)
{
    GString *out = g_string_sized_new(SID_TEXT_MAX);

    g_string_append_printf(out, "S-%u-", sid->revision);
    g_string_append_printf(out,
                           sid->authority > G_MAXUINT32 ? "0x%012" G_GINT64_MODIFIER "X"
                                                        : "%" G_GUINT64_FORMAT,
                           sid->authority);
    for (guint i = 0; i < sid->count; i++)
        g_string_append_printf(out, "-%u", sid->sub[i]);
    return g_string_free(out, FALSE);
}

void
sid_write(const Sid *sid, GByteArray *out)
{
    guint8 head[8] = {sid->revision, sid->count};

    for (guint i = 0; i < 6; i++)
        head[2 + i] = (guint8)(sid->authority >> (8 * (5 - i)));
    g_byte_array_append(out, head, sizeof head);
    for (guint i = 0; i < sid->count; i++) {
        guint32 sub = GUINT32_TO_LE(sid->sub[i]);

        g_byte_array_append(out, (const guint8 *)&sub, sizeof sub);
    }
}

guint
sid_hash(gconstpointer key)
{
    const Sid *sid = key;
    guint32 hash = 2166136261u ^ sid->count ^ (guint32)sid->authority; /* FNV-1a */

    for (guint i = 0; i < sid->count; i++)
        hash = (hash ^ sid->sub[i]) * 16777619u;
    return hash;
}

gboolean
sid_equal(gconstpointer a, gconstpointer b)
{
    const Sid *x = a;
    const Sid *y = b;

    return x->revision == y->revision && x->count == y->count &&
           x->authority == y->authority &&
           memcmp(x->sub, y->sub, x->count * sizeof x->sub[0]) == 0;
}

guint32
sid_rid(const Sid *sid)
{
    return sid->count > 0 ? sid->sub[sid->count - 1] : 0;
}

bool
sid_in_domain(const Sid *sid, const Sid *domain)
{
    return sid_is_set(sid) && sid_is_set(domain) && sid->count == domain->count + 1 &&
           sid->authority == domain->authority &&
           memcmp(sid->sub, domain->sub, domain->count * sizeof domain->sub[0]) == 0;
}

Sid
sid_of_rid(const Sid *domain, guint32 rid)
{
    Sid sid = *domain;

    /* A hostile directory may call something a domain that leaves no room. */
    if (!sid_is_set(domain) || domain->count >= SID_SUB_MAX)
        return (Sid){0};
    sid.sub[sid.count++] = rid;
    return sid;
}
