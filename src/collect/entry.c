/* Finds values of an entry and copies them as text. */
#include "entry.h"

#include "attributes.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/secdesc.h"

#include <string.h>

const EntryAttribute *
entry_find(const Entry *entry, const char *name)
{
    gsize length = strlen(name);
    for (guint i = 0; i < entry->count; i++) {
        const EntryAttribute *attribute = &entry->attributes[i];
        if (attribute->name.bv_len == length &&
            g_ascii_strncasecmp(attribute->name.bv_val, name, length) == 0)
            return attribute->count > 0 ? attribute : NULL;
    }
    return NULL;
}

bool
entry_has(const Entry *entry, const char *name, const char *text)
{
    const EntryAttribute *attribute = entry_find(entry, name);
    for (guint i = 0; attribute && i < attribute->count; i++)
        if (attribute_says(&attribute->values[i], text))
            return true;
    return false;
}

char *
entry_text(const Entry *entry, const char *name)
{
    const EntryAttribute *attribute = entry_find(entry, name);
    if (!attribute)
        return NULL;
    const struct berval *value = &attribute->values[0];
    if (value->bv_len == 0 || value->bv_len > MOST_VALUE_BYTES ||
        memchr(value->bv_val, '\0', value->bv_len))
        return NULL;
    /* Neither a name nor a DN ends with a blank that no backslash keeps. */
    gsize length = value->bv_len;
    while (length > 1 && value->bv_val[length - 1] == ' ' &&
           value->bv_val[length - 2] != '\\')
        length--;
    return g_strndup(value->bv_val, length);
}

gint64
entry_integer(const Entry *entry, const char *name, gint64 otherwise)
{
    const EntryAttribute *attribute = entry_find(entry, name);
    gint64 number;
    return attribute && attribute_integer(&attribute->values[0], G_MININT32, G_MAXINT32,
                                          &number)
               ? number
               : otherwise;
}

/* Reads a decimal number of at most nine digits. */
static bool
read_number(const char **at, const char *end, guint *ret_number)
{
    const char *start = *at;
    guint number = 0;
    while (*at < end && g_ascii_isdigit(**at) && *at - start < 9)
        number = number * 10 + (guint)(*(*at)++ - '0');
    *ret_number = number;
    return *at > start;
}

static bool
read_range(const char *at, const char *end, EntryOptions *options)
{
    options->ranged = true;
    if (!read_number(&at, end, &options->low) || at == end || *at++ != '-')
        return false;
    if (end - at == 1 && *at == '*') {
        options->high = G_MAXUINT;
        return true;
    }
    return read_number(&at, end, &options->high) && at == end &&
           options->high >= options->low;
}

bool
entry_options(const struct berval *name, EntryOptions *ret_options)
{
    *ret_options = (EntryOptions){0};
    const char *at = name->bv_val, *end = at + name->bv_len;
    const char *semicolon = memchr(at, ';', name->bv_len);
    ret_options->name_length = semicolon ? (gsize)(semicolon - at) : name->bv_len;
    while (semicolon) {
        const char *option = semicolon + 1;
        semicolon = memchr(option, ';', (gsize)(end - option));
        const char *option_end = semicolon ? semicolon : end;
        gsize length = (gsize)(option_end - option);
        if (length > 6 && g_ascii_strncasecmp(option, "range=", 6) == 0) {
            if (ret_options->ranged || !read_range(option + 6, option_end, ret_options))
                return false;
        } else {
            ret_options->other = true;
        }
    }
    return true;
}

bool
entry_shows(const Entry *entry, const char *name)
{
    for (guint i = 0; i < entry->count; i++) {
        const EntryAttribute *attribute = &entry->attributes[i];
        EntryOptions options;
        if (attribute->count > 0 && entry_options(&attribute->name, &options) &&
            options.name_length == strlen(name) &&
            g_ascii_strncasecmp(attribute->name.bv_val, name, options.name_length) == 0)
            return true;
    }
    return false;
}

Tri
entry_may_see(const Entry *entry, GHashTable *token, const char *guid_text)
{
    const EntryAttribute *security = entry_find(entry, "nTSecurityDescriptor");
    g_autoptr(SecDesc) descriptor = NULL;
    Guid guid;
    bool parsed = guid_parse(guid_text, &guid);
    g_assert(parsed);
    if (!security || !token ||
        !secdesc_parse(security->values[0].bv_val, security->values[0].bv_len,
                       &descriptor, NULL))
        return TRI_UNKNOWN;
    return secdesc_check_property(descriptor, token, RIGHT_READ_PROPERTY, &guid, NULL) ==
                   ACCESS_GRANTED
               ? TRI_YES
               : TRI_NO;
}
