/* Splits DNs at their commas, and finds parents and domains. */
#include "model/dn.h"

#include "base/text.h"

#include <string.h>

char *
dn_key(const char *dn)
{
    /* It gets no longer, so it is made where it stands. */
    char *key = text_fold(dn), *to = key;
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
    *to = '\0';
    return key;
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
