/* Entries of the wire, and what results mean. */
#include "answer.h"

#include "base/text.h"
#include "libldap.h"

void
answer_free(EntryAttributes *attributes)
{
    for (guint i = 0; i < attributes->len; i++)
        libldap.memfree(g_array_index(attributes, EntryAttribute, i).values);
    g_array_unref(attributes);
}

/* False: it is malformed. */
static bool
read_attributes(LDAP *ldap, LDAPMessage *message, BerElement *ber,
                EntryAttributes *attributes)
{
    for (;;) {
        EntryAttribute attribute = {.count = 0};
        if (libldap.get_attribute_ber(ldap, message, ber, &attribute.name,
                                      &attribute.values) != LDAP_SUCCESS)
            return false;
        if (!attribute.name.bv_val)
            return true;
        while (attribute.values && attribute.values[attribute.count].bv_val)
            attribute.count++;
        g_array_append_val(attributes, attribute);
    }
}

EntryAttributes *
answer_entry(LDAP *ldap, LDAPMessage *message, Entry *ret_entry)
{
    BerElement *ber = NULL;
    g_autoptr(EntryAttributes) attributes =
        g_array_new(FALSE, FALSE, sizeof(EntryAttribute));
    bool sound =
        libldap.get_dn_ber(ldap, message, &ber, &ret_entry->dn) == LDAP_SUCCESS &&
        read_attributes(ldap, message, ber, attributes);
    ber_free(ber, 0);
    if (!sound)
        return NULL;
    ret_entry->attributes = (const EntryAttribute *)(void *)attributes->data;
    ret_entry->count = attributes->len;
    return g_steal_pointer(&attributes);
}

guint64
answer_size(const Entry *entry, guint *ret_values)
{
    guint64 bytes = entry->dn.bv_len;
    for (guint i = 0; i < entry->count; i++) {
        const EntryAttribute *attribute = &entry->attributes[i];
        *ret_values = MAX(*ret_values, attribute->count);
        bytes += attribute->name.bv_len;
        for (guint v = 0; v < attribute->count; v++)
            bytes += attribute->values[v].bv_len;
    }
    return bytes;
}

char *
answer_reason(int result, const char *diagnostic)
{
    const char *known =
        result == LDAP_NO_SUCH_OBJECT        ? "no such object"
        : result == LDAP_TIMELIMIT_EXCEEDED  ? "the server's time limit ended it"
        : result == LDAP_SIZELIMIT_EXCEEDED  ? "the server's size limit ended it"
        : result == LDAP_INSUFFICIENT_ACCESS ? "the reader has no right to search there"
        : result == LDAP_REFERRAL            ? "it lies in another domain"
                                             : NULL;
    if (known)
        return g_strdup(known);
    g_autofree char *valid =
        diagnostic && *diagnostic ? g_utf8_make_valid(diagnostic, -1) : NULL;
    g_autofree char *shown =
        valid ? text_quoted(QUOTE_TERMINAL, g_strstrip(valid)) : NULL;
    return g_strdup_printf("the server refused it: %s%s%s", libldap.err2string(result),
                           shown ? ": " : "", shown ? shown : "");
}
