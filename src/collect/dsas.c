/* Domain controllers by the invocationId that their changes bear. */
#include "dsas.h"

#define ID_LENGTH sizeof(((AttrChange *)NULL)->dsa)

static char *
id_text(const void *id)
{
    const guint8 *bytes = id;
    char *text = g_malloc(2 * ID_LENGTH + 1);
    for (gsize i = 0; i < ID_LENGTH; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    text[2 * ID_LENGTH] = '\0';
    return text;
}

void
dsas_absorb(GHashTable *dsas, const Entry *entry, const char *dn)
{
    const EntryAttribute *id = entry_find(entry, "invocationId");
    if (id && id->values[0].bv_len == ID_LENGTH &&
        entry_has(entry, "objectClass", "nTDSDSA"))
        g_hash_table_replace(dsas, id_text(id->values[0].bv_val), g_strdup(dn));
}

void
dsas_settle(GHashTable *dsas, Estate *estate)
{
    const GPtrArray *accounts = estate->accounts;
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        for (guint c = 0; account->changes && c < account->changes->len; c++) {
            AttrChange *change = &g_array_index(account->changes, AttrChange, c);
            g_autofree char *id = id_text(change->dsa);
            if (!change->dc)
                change->dc = estate_string(estate, g_hash_table_lookup(dsas, id));
        }
    }
}
