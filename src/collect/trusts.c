/* Trusts, from their entries. */
#include "trusts.h"

#include "attributes.h"
#include "base/text.h"
#include "model/dn.h"
#include "model/trust.h"

#define SYSTEM "CN=System,"

static const char *
take_text(Estate *estate, const Entry *entry, const char *name, const char *otherwise)
{
    g_autofree char *text = entry_text(entry, name);
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;
    return valid ? estate_string(estate, valid) : otherwise;
}

/* A bit field of 32 bits, that a DC writes with a sign. */
static gint64
take_bits(const Entry *entry, const char *name, gint64 otherwise)
{
    gint64 number = entry_integer(entry, name, G_MAXINT64);
    return number == G_MAXINT64 ? otherwise : (guint32)number;
}

void
trust_absorb(Estate *estate, const Entry *entry, const char *dn)
{
    if (!entry_has(entry, "objectClass", "trustedDomain"))
        return;
    Trust *trust = estate_add_trust(estate, dn);
    const EntryAttribute *sid = entry_find(entry, "securityIdentifier");
    trust->partner = take_text(estate, entry, "trustPartner", trust->partner);
    trust->flat_name = take_text(estate, entry, "flatName", trust->flat_name);
    trust->direction = take_bits(entry, "trustDirection", trust->direction);
    trust->type = take_bits(entry, "trustType", trust->type);
    trust->attributes = take_bits(entry, "trustAttributes", trust->attributes);
    trust->etypes = take_bits(entry, "msDS-SupportedEncryptionTypes", trust->etypes);
    if (sid && !attribute_sid(&sid->values[0], &trust->sid))
        estate_add_gap(estate, dn, "its securityIdentifier is not a SID");
}

/* The folded DNs of what the trusts lie in. */
static GHashTable *
containers_of_trusts(const Estate *estate)
{
    GHashTable *containers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer dn;
    g_hash_table_iter_init(&iter, estate->trusts);
    while (g_hash_table_iter_next(&iter, &dn, NULL)) {
        const char *parent = dn_parent(dn);
        if (parent)
            g_hash_table_add(containers, text_fold(parent));
    }
    return containers;
}

static void
say_not_exported(Estate *estate, const Domain *domain, const char *container)
{
    g_autofree char *what =
        g_strdup_printf("trusts of %s", domain->dns ? domain->dns : domain->dn);
    g_autofree char *why =
        g_strdup_printf("not in %s: export %s too", estate->source_uri, container);
    estate_add_gap(estate, what, why);
}

bool
trusts_in_file(Estate *estate, GHashTable *heads, GHashTable *others)
{
    bool all = true;
    g_autoptr(GHashTable) containers = containers_of_trusts(estate);
    for (guint i = 0; i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        g_autofree char *container = g_strconcat(SYSTEM, domain->dn, NULL);
        g_autofree char *key = text_fold(container), *head = text_fold(domain->dn);
        if ((i > 0 && !g_hash_table_contains(heads, head)) ||
            g_hash_table_contains(others, key) || g_hash_table_contains(containers, key))
            continue;
        say_not_exported(estate, domain, container);
        all = false;
    }
    return all;
}

static void
say_unread(Estate *estate, const char *name, const Trust *trust)
{
    g_autofree char *what = g_strdup_printf("%s of %s", name, trust->dn);
    estate_add_gap(estate, what,
                   estate_is_export(estate) ? "not exported: add it to ldifde -l"
                                            : "the reader has no right to read it");
}

/* Of trusts within the forest nothing more is asked. */
void
trusts_settle(Estate *estate)
{
    g_autoptr(GPtrArray) trusts = estate_trusts(estate);
    for (guint i = 0; i < trusts->len; i++) {
        const Trust *trust = trusts->pdata[i];
        if (trust->attributes < 0)
            say_unread(estate, "trustAttributes", trust);
        if (trust->direction < 0 && trust_leaves_forest(trust) != TRI_NO)
            say_unread(estate, "trustDirection", trust);
    }
}
