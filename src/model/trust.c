/* Trusts: what their attributes say, and which is between two forests. */
#include "model/trust.h"

#include "base/text.h"
#include "model/dn.h"

#include <string.h>

/* MS-ADTS 6.1.6.7.9 */
static const FlagName trust_flags[] = {
    {0x0001, "NON_TRANSITIVE"},
    {0x0002, "UPLEVEL_ONLY"},
    {TRUST_QUARANTINED, "QUARANTINED_DOMAIN"},
    {TRUST_FOREST_TRANSITIVE, "FOREST_TRANSITIVE"},
    {TRUST_CROSS_ORGANIZATION, "CROSS_ORGANIZATION"},
    {TRUST_WITHIN_FOREST, "WITHIN_FOREST"},
    {TRUST_TREAT_AS_EXTERNAL, "TREAT_AS_EXTERNAL"},
    {TRUST_USES_RC4, "USES_RC4_ENCRYPTION"},
    {0x0100, "USES_AES_KEYS"},
    {TRUST_NO_TGT_DELEGATION, "CROSS_ORGANIZATION_NO_TGT_DELEGATION"},
    {TRUST_PIM, "PIM_TRUST"},
    {TRUST_TGT_DELEGATION, "CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION"},
    {0x1000, "DISABLE_AUTH_TARGET_VALIDATION"},
    {0, NULL},
};

Trust *
estate_add_trust(Estate *estate, const char *dn)
{
    g_autofree char *key = text_fold(dn);
    Trust *trust = g_hash_table_lookup(estate->trusts, key);
    if (trust)
        return trust;
    g_autofree char *name = dn_name(dn);
    trust = g_new0(Trust, 1);
    trust->dn = estate_string(estate, dn);
    trust->partner = estate_string(estate, name);
    trust->direction = trust->type = trust->attributes = trust->etypes = -1;
    g_hash_table_insert(estate->trusts, g_steal_pointer(&key), trust);
    return trust;
}

static int
by_dn(gconstpointer a, gconstpointer b)
{
    const Trust *const *left = a, *const *right = b;
    return strcmp((*left)->dn, (*right)->dn);
}

GPtrArray *
estate_trusts(const Estate *estate)
{
    GPtrArray *trusts = g_ptr_array_new();
    GHashTableIter iter;
    gpointer trust;
    g_hash_table_iter_init(&iter, estate->trusts);
    while (g_hash_table_iter_next(&iter, NULL, &trust))
        g_ptr_array_add(trusts, trust);
    g_ptr_array_sort(trusts, by_dn);
    return trusts;
}

static bool
is_same_forest(const Domain *domain, const Domain *other)
{
    return domain == other || (domain && other && domain->forest && other->forest &&
                               text_equal(domain->forest, other->forest));
}

/* A forest trust names the root of the other forest, an external one the domain. */
static bool
leads_to(const Trust *trust, const Domain *domain)
{
    g_autofree char *root = domain->forest ? dn_domain(domain->forest) : NULL;
    return (domain->dns && text_equal(trust->partner, domain->dns)) ||
           (root && text_equal(trust->partner, root)) ||
           (sid_is_set(&trust->sid) && sid_is_set(&domain->sid) &&
            sid_equal(&trust->sid, &domain->sid));
}

const Trust *
estate_trust_between(const Estate *estate, const Domain *at, const Domain *with)
{
    g_autoptr(GPtrArray) trusts = estate_trusts(estate);
    for (guint i = 0; i < trusts->len; i++) {
        const Trust *trust = trusts->pdata[i];
        if (trust_leaves_forest(trust) != TRI_NO && leads_to(trust, with) &&
            is_same_forest(estate_domain_of(estate, trust->dn), at))
            return trust;
    }
    return NULL;
}

static bool
names_domain(const Trust *trust, const Domain *domain)
{
    return (domain->dns && text_equal(trust->partner, domain->dns)) ||
           (sid_is_set(&trust->sid) && sid_is_set(&domain->sid) &&
            sid_equal(&trust->sid, &domain->sid));
}

GPtrArray *
estate_trusts_within(const Estate *estate, const Domain *from, const Domain *to,
                     bool *ret_direct)
{
    GPtrArray *trusts = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;
    *ret_direct = false;
    g_hash_table_iter_init(&iter, estate->trusts);
    while (!*ret_direct && g_hash_table_iter_next(&iter, NULL, &value)) {
        const Trust *trust = value;
        if (trust_leaves_forest(trust) != TRI_NO)
            continue;
        *ret_direct =
            names_domain(trust, to) && estate_domain_of(estate, trust->dn) == from;
        if (*ret_direct)
            g_ptr_array_set_size(trusts, 0);
        g_ptr_array_add(trusts, value);
    }
    return trusts;
}

Tri
trust_flag(const Trust *trust, guint32 bits)
{
    if (trust->attributes < 0)
        return TRI_UNKNOWN;
    return (trust->attributes & bits) != 0 ? TRI_YES : TRI_NO;
}

Tri
trust_points(const Trust *trust, guint32 direction)
{
    if (trust->direction < 0)
        return TRI_UNKNOWN;
    return (trust->direction & direction) != 0 ? TRI_YES : TRI_NO;
}

Tri
trust_leaves_forest(const Trust *trust)
{
    Tri within = trust_flag(trust, TRUST_WITHIN_FOREST);
    return within == TRI_UNKNOWN ? TRI_UNKNOWN : within == TRI_YES ? TRI_NO : TRI_YES;
}

char *
trust_attributes_text(const Trust *trust)
{
    if (trust->attributes < 0)
        return g_strdup("not read");
    guint32 value = (guint32)trust->attributes;
    if (value == 0)
        return g_strdup("0");
    g_autofree char *names = flags_format(trust_flags, value);
    return g_strdup_printf("%u (%s)", value, names);
}

const char *
trust_direction_text(const Trust *trust)
{
    static const char *const words[] = {"none", "inbound", "outbound", "both ways"};
    return trust->direction < 0 ? "not read" : words[trust->direction & 3];
}
