/* Takes entries of every kind into the estate under construction.
 *
 * Longer than most: a few lines for each kind of entry, which share what was taken. */
#include "builder.h"

#include "authn.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "dsas.h"
#include "gplink.h"
#include "joined.h"
#include "model/dn.h"
#include "model/spn.h"
#include "model/trust.h"
#include "model/wellknown.h"
#include "trusts.h"

#include <string.h>

#define CROSSREF_IS_DOMAIN 0x2 /* MS-ADTS 2.2.10: FLAG_CR_NTDS_DOMAIN */
#define AD_CAPABILITY "1.2.840.113556.1.4.800"

static void
taken_free(gpointer data)
{
    Taken *taken = data;
    g_clear_pointer(&taken->security, g_bytes_unref);
    g_free(taken->next);
    g_free(taken);
}

static void
crossref_free(gpointer data)
{
    CrossRef *crossref = data;
    g_free(crossref->dn);
    g_free(crossref->dns);
    g_free(crossref->netbios);
    g_free(crossref->forest);
    g_free(crossref);
}

static void
head_free(gpointer data)
{
    Head *head = data;
    g_free(head->dn);
    g_free(head);
}

static void
root_free(gpointer data)
{
    RootDse *root = data;
    g_free(root->domain_dn);
    g_free(root->root_dn);
    g_free(root->config_dn);
    g_free(root->host);
    g_clear_pointer(&root->token, g_hash_table_unref);
    g_free(root);
}

Builder *
builder_new(Estate *estate)
{
    Builder *builder = g_new0(Builder, 1);
    builder->estate = estate;
    builder->taken = g_hash_table_new_full(NULL, NULL, NULL, taken_free);
    builder->blobs = g_hash_table_new_full(hash_bytes, g_bytes_equal,
                                           (GDestroyNotify)g_bytes_unref, NULL);
    builder->others = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    builder->scp_hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    builder->heads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, head_free);
    builder->psos = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify)g_ptr_array_unref);
    builder->crossrefs = g_ptr_array_new_with_free_func(crossref_free);
    builder->forest_dn = g_string_new(NULL);
    builder->members = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify)g_ptr_array_unref);
    builder->dsas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    builder->roots = g_ptr_array_new_with_free_func(root_free);
    builder->remainders = g_array_new(FALSE, FALSE, sizeof(Remainder));
    builder->shown = g_array_new(FALSE, FALSE, sizeof(Shown));
    return builder;
}

void
builder_free(Builder *builder)
{
    if (!builder)
        return;
    g_hash_table_unref(builder->taken);
    g_hash_table_unref(builder->blobs);
    g_hash_table_unref(builder->others);
    g_hash_table_unref(builder->scp_hosts);
    g_hash_table_unref(builder->heads);
    g_hash_table_unref(builder->psos);
    g_ptr_array_unref(builder->crossrefs);
    g_string_free(builder->forest_dn, TRUE);
    g_array_unref(builder->remainders);
    g_array_unref(builder->shown);
    g_free(builder->mappings);
    g_hash_table_unref(builder->members);
    g_hash_table_unref(builder->dsas);
    g_ptr_array_unref(builder->roots);
    g_free(builder);
}

Taken *
builder_taken(const Builder *builder, const Account *account)
{
    return g_hash_table_lookup(builder->taken, account);
}

const RootDse *
builder_root(const Builder *builder)
{
    static const RootDse none = {0};
    return builder->roots->len > 0 ? builder->roots->pdata[0] : &none;
}

const RootDse *
builder_root_of(const Builder *builder, const char *dn)
{
    const RootDse *best = NULL;
    for (guint i = 0; builder->roots->len > 1 && i < builder->roots->len; i++) {
        const RootDse *root = builder->roots->pdata[i];
        if (root->domain_dn && dn_is_under(dn, root->domain_dn) &&
            (!best || strlen(root->domain_dn) > strlen(best->domain_dn)))
            best = root;
    }
    return best ? best : builder_root(builder);
}

/* The reader's own groups at this DC, and those that everybody is in. */
static GHashTable *
token_of(const EntryAttribute *groups)
{
    static const char *const everybody[] = {SID_EVERYONE, SID_AUTHENTICATED_USERS};
    GHashTable *token = g_hash_table_new_full(sid_hash, sid_equal, g_free, NULL);
    Sid sid;
    for (guint i = 0; i < groups->count; i++)
        if (attribute_sid(&groups->values[i], &sid))
            g_hash_table_add(token, g_memdup2(&sid, sizeof sid));
    for (guint i = 0; i < G_N_ELEMENTS(everybody); i++)
        if (sid_parse_text(everybody[i], &sid))
            g_hash_table_add(token, g_memdup2(&sid, sizeof sid));
    return token;
}

/* rootDSE: MS-ADTS 3.1.1.3.2.  One per domain; the first is the one audited. */
static void
take_root(Builder *builder, const Entry *entry)
{
    Estate *estate = builder->estate;
    g_autofree char *domain_dn = entry_text(entry, "defaultNamingContext");
    for (guint i = 0; i < builder->roots->len; i++) {
        const RootDse *known = builder->roots->pdata[i];
        if (!domain_dn || !known->domain_dn || text_equal(known->domain_dn, domain_dn))
            return;
    }
    RootDse *root = g_new0(RootDse, 1);
    g_ptr_array_add(builder->roots, root);
    root->active_directory = entry_has(entry, "supportedCapabilities", AD_CAPABILITY);
    root->catalog = entry_has(entry, "isGlobalCatalogReady", "TRUE");
    root->domain_dn = g_steal_pointer(&domain_dn);
    root->root_dn = entry_text(entry, "rootDomainNamingContext");
    root->config_dn = entry_text(entry, "configurationNamingContext");
    root->host = entry_text(entry, "dnsHostName");
    const EntryAttribute *time = entry_find(entry, "currentTime");
    root->has_time = time && attribute_time(&time->values[0], &root->time_us);
    const EntryAttribute *groups = entry_find(entry, "tokenGroups");
    if (groups)
        root->token = token_of(groups);
    if (builder->roots->len > 1)
        return;
    estate->domain_level = (int)entry_integer(entry, "domainFunctionality", -1);
    estate->forest_level = (int)entry_integer(entry, "forestFunctionality", -1);
    estate->dc_level = (int)entry_integer(entry, "domainControllerFunctionality", -1);
    g_autofree char *vendor = entry_text(entry, "vendorName");
    estate->dc = estate_string(estate, root->host);
    estate->vendor = estate_string(estate, vendor);
}

/* CN=Partitions holds one crossRef per naming context of the forest. */
static void
take_crossref(Builder *builder, const Entry *entry, const char *dn)
{
    static const char configuration[] = "CN=Configuration,";
    const char *forest = NULL;
    for (const char *at = dn; at; at = dn_parent(at))
        if (g_ascii_strncasecmp(at, configuration, strlen(configuration)) == 0)
            forest = at + strlen(configuration);
    if (forest)
        g_string_assign(builder->forest_dn, forest);

    if ((entry_integer(entry, "systemFlags", 0) & CROSSREF_IS_DOMAIN) == 0)
        return;
    CrossRef *crossref = g_new0(CrossRef, 1);
    crossref->dn = entry_text(entry, "nCName");
    crossref->dns = entry_text(entry, "dnsRoot");
    crossref->netbios = entry_text(entry, "nETBIOSName");
    crossref->forest = g_strdup(forest);
    if (crossref->dn)
        g_ptr_array_add(builder->crossrefs, crossref);
    else
        crossref_free(crossref);
}

/* Optional features that are on in the forest (MS-ADTS 3.1.1.9), by the names of their
 * objects. */
static void
take_features(const Builder *builder, const Entry *entry)
{
    static const char pages[] = "CN=Database 32k Pages Feature,";
    const EntryAttribute *features = entry_find(entry, "msDS-EnabledFeature");
    for (guint i = 0; features && i < features->count; i++)
        if (features->values[i].bv_len > strlen(pages) &&
            g_ascii_strncasecmp(features->values[i].bv_val, pages, strlen(pages)) == 0)
            builder->estate->large_pages = true;
}

/* SPNs are resolved by one table, and hardly anybody ever changed it. */
static void
compare_mappings(Builder *builder, const EntryAttribute *mappings, const char *dn)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < mappings->count; i++)
        g_string_append_len(all, mappings->values[i].bv_val,
                            (gssize)mappings->values[i].bv_len);
    if (builder->mappings && strcmp(builder->mappings, all->str) != 0) {
        g_autofree char *what = g_strdup_printf("sPNMappings of %s", dn);
        estate_add_gap(builder->estate, what,
                       "they differ from those of another forest, by which all SPNs are "
                       "resolved");
    }
    if (!builder->mappings)
        builder->mappings = g_string_free(g_steal_pointer(&all), FALSE);
}

static void
take_mappings(Builder *builder, const EntryAttribute *mappings, const char *dn)
{
    compare_mappings(builder, mappings, dn);
    for (guint i = 0; i < mappings->count; i++) {
        const struct berval *value = &mappings->values[i];
        if (value->bv_len > MOST_VALUE_BYTES ||
            memchr(value->bv_val, '\0', value->bv_len)) {
            estate_add_gap(builder->estate, "sPNMappings", "a value that is no text");
            continue;
        }
        g_autofree char *line = g_strndup(value->bv_val, value->bv_len);
        estate_add_alias_line(builder->estate, line);
    }
    builder->estate->aliases_read = true;
}

/* A negative count of 100 ns; the smallest number means for ever (MS-ADA1 2.368). */
static gint64
interval_of(const Entry *entry, const char *name)
{
    const EntryAttribute *value = entry_find(entry, name);
    gint64 number;
    if (!value || !attribute_integer(&value->values[0], G_MININT64, 0, &number))
        return -1;
    return number == G_MININT64 || number == 0 ? 0 : -number / 10;
}

static void
pso_free(gpointer data)
{
    Pso *pso = data;
    g_ptr_array_unref(pso->applies_to);
    g_free(pso);
}

static Pso *
read_pso(const Entry *entry)
{
    const EntryAttribute *applies_to = entry_find(entry, "msDS-PSOAppliesTo");
    Pso *pso = g_new0(Pso, 1);
    pso->age_us = interval_of(entry, "msDS-MaximumPasswordAge");
    pso->lockout_us = interval_of(entry, "msDS-LockoutDuration");
    pso->applies_to = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; applies_to && i < applies_to->count; i++)
        g_ptr_array_add(pso->applies_to, g_strndup(applies_to->values[i].bv_val,
                                                   applies_to->values[i].bv_len));
    pso->applies_known = applies_to != NULL;
    pso->applies_part = !applies_to && entry_shows(entry, "msDS-PSOAppliesTo");
    return pso;
}

/* The domain's container of password settings objects, or one of these. */
static void
take_pso(Builder *builder, const Entry *entry, const char *dn)
{
    static const char container[] = "CN=Password Settings Container,CN=System,";
    bool object = entry_has(entry, "objectClass", "msDS-PasswordSettings");
    const char *at = object ? dn_parent(dn) : dn;
    if (!at || g_ascii_strncasecmp(at, container, strlen(container)) != 0)
        return;
    g_autofree char *key = text_fold(at + strlen(container));
    GPtrArray *psos = g_hash_table_lookup(builder->psos, key);
    if (!psos) {
        psos = g_ptr_array_new_with_free_func(pso_free);
        g_hash_table_insert(builder->psos, g_steal_pointer(&key), psos);
    }
    if (object)
        g_ptr_array_add(psos, read_pso(entry));
}

static void
take_other(Builder *builder, const Entry *entry, const char *dn)
{
    /* What shows no class may be an account that is hidden. */
    if (entry_find(entry, "objectClass"))
        g_hash_table_add(builder->others, text_fold(dn));
    const EntryAttribute *groups = entry_find(entry, "memberOf");
    for (guint i = 0; groups && i < groups->count; i++)
        estate_add_other_member(builder->estate, dn, groups->values[i].bv_val);
    if (entry_has(entry, "objectClass", "crossRef"))
        take_crossref(builder, entry, dn);
    if (entry_has(entry, "objectClass", "crossRefContainer"))
        take_features(builder, entry);

    /* MS-ADTS 6.1.6.7.9: every domain of several trusts another of its forest. */
    if (entry_has(entry, "objectClass", "trustedDomain") &&
        (entry_integer(entry, "trustAttributes", 0) & TRUST_WITHIN_FOREST) != 0)
        builder->forest_trust = true;
    trust_absorb(builder->estate, entry, dn);
    take_pso(builder, entry, dn);
    dsas_absorb(builder->dsas, entry, dn);
    GHashTable *token = builder_root_of(builder, dn)->token;
    gplink_absorb(builder->estate, token, entry, dn);
    if (authn_absorb(builder->estate, token, entry, dn))
        builder->authn_container = true;

    const EntryAttribute *mappings = entry_find(entry, "sPNMappings");
    if (mappings)
        take_mappings(builder, mappings, dn);

    if (entry_has(entry, "objectClass", "domainDNS")) {
        const EntryAttribute *value = entry_find(entry, "objectSid");
        Head *head = g_new0(Head, 1);
        head->dn = g_strdup(dn);
        head->quota = (int)entry_integer(entry, "ms-DS-MachineAccountQuota", -1);
        head->lockout_us = interval_of(entry, "lockoutDuration");
        head->age_us = interval_of(entry, "maxPwdAge");
        if (value && !attribute_sid(&value->values[0], &head->sid))
            estate_add_gap(builder->estate, dn, "its objectSid is not a SID");
        /* The catalog's is shorter. */
        g_autofree char *key = text_fold(dn);
        const Head *known = g_hash_table_lookup(builder->heads, key);
        if (known && known->quota >= 0 && head->quota < 0)
            head->quota = known->quota;
        if (known && head->lockout_us < 0)
            head->lockout_us = known->lockout_us;
        if (known && head->age_us < 0)
            head->age_us = known->age_us;
        g_hash_table_replace(builder->heads, g_steal_pointer(&key), head);
    }
    /* Not the "Windows Virtual Machine" one: that is a guest. */
    if (entry_has(entry, "objectClass", "serviceConnectionPoint") &&
        g_ascii_strncasecmp(dn, "CN=Microsoft Hyper-V,", 21) == 0) {
        const char *parent = dn_parent(dn);
        if (parent)
            g_hash_table_replace(builder->scp_hosts, text_fold(parent), g_strdup(parent));
    }
}

/* An entry that stands for a well-known SID in groups. */
static bool
is_well_known(const Entry *entry)
{
    const EntryAttribute *value = entry_find(entry, "objectSid");
    Sid sid;
    return entry_has(entry, "objectClass", "foreignSecurityPrincipal") && value &&
           sid_parse(value->values[0].bv_val, value->values[0].bv_len, &sid) &&
           !(sid.authority == 5 && sid.count == 5 && sid.sub[0] == 21);
}

/* An export may hold a part of the classes, or none; only an account has a
 * sAMAccountName. */
static bool
is_account(const Entry *entry)
{
    static const char *const classes[] = {"user",
                                          "group",
                                          "computer",
                                          "msDS-ManagedServiceAccount",
                                          "msDS-GroupManagedServiceAccount",
                                          "msDS-DelegatedManagedServiceAccount"};
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
        if (entry_has(entry, "objectClass", classes[i]))
            return true;
    if (entry_find(entry, "sAMAccountName") || is_well_known(entry))
        return true;
    /* The class itself may be unreadable. */
    return !entry_find(entry, "objectClass") &&
           (entry_shows(entry, "servicePrincipalName") ||
            entry_find(entry, "userAccountControl"));
}

static Taken *
taken_of(Builder *builder, const char *dn, bool catalog)
{
    bool fresh = false;
    Account *account = estate_add_account(builder->estate, dn, &fresh);
    Taken *taken = builder_taken(builder, account);
    if (!taken) {
        taken = g_new0(Taken, 1);
        taken->account = account;
        account->unread = ~G_GUINT64_CONSTANT(0);
        account->partial = catalog;
        taken->file = builder->file;
        g_hash_table_insert(builder->taken, account, taken);
    } else if (account->partial && !catalog) {
        /* Its own domain knows better than the catalog did. */
        account->partial = false;
        taken->asked = taken->seen = taken->bad = 0;
    }
    account->missing = false;
    return taken;
}

/* A part of a list: the first one starts it, the others have to follow on. */
static void
take_part(Builder *builder, Taken *taken, AttrId attr, const Taking *taking,
          const EntryOptions *options)
{
    guint64 bit = attribute_bit(attr);
    if (!taken->next)
        taken->next = g_new0(guint, ATTR_COUNT);
    bool first = options->low == 0;
    if ((taken->seen & bit) != 0 || first == ((taken->ranging & bit) != 0))
        return; /* read already, or by another search at this moment */
    if (!first && options->low != taken->next[attr])
        return; /* stays in part, and so unread */
    if (first)
        attribute_clear(attr, taken->account);
    if (!attribute_take(attr, taking)) {
        taken->bad |= bit;
        return;
    }
    if (options->high == G_MAXUINT) {
        taken->seen |= bit;
        taken->ranging &= ~bit;
        return;
    }
    taken->ranging |= bit;
    taken->next[attr] = options->high + 1;
    Remainder remainder = {taken->account->dn, attr, options->high + 1};
    g_array_append_val(builder->remainders, remainder);
}

static void
take_attribute(Builder *builder, Taken *taken, const EntryAttribute *attribute)
{
    EntryOptions options;
    AttrId attr;
    if (!entry_options(&attribute->name, &options))
        return;
    if (attribute->count == 0 ||
        !attribute_find(attribute->name.bv_val, options.name_length, &attr))
        return;
    guint64 bit = attribute_bit(attr);
    Taking taking = {builder->estate, taken->account, attribute->values,
                     attribute->count};
    taken->shown |= bit;
    /* A directory's own values are what they are. */
    const char *joined = builder->compare ? joined_trouble(attr, attribute) : NULL;
    if (joined) {
        attribute_refuse(attr, &taking, joined);
        taken->bad |= bit;
    } else if (options.ranged) {
        take_part(builder, taken, attr, &taking, &options);
    } else if (((taken->seen | taken->ranging | taken->torn) & bit) == 0) {
        attribute_clear(attr, taken->account);
        if (attribute_take(attr, &taking))
            taken->seen |= bit;
        else
            taken->bad |= bit;
    }
}

static void
take_security(Builder *builder, Taken *taken, const Entry *entry)
{
    const EntryAttribute *security = entry_find(entry, "nTSecurityDescriptor");
    if (!security)
        return;
    taken->shown |= attribute_bit(ATTR_SECURITY);
    if (taken->security)
        return;
    GBytes *bytes = g_bytes_new(security->values[0].bv_val, security->values[0].bv_len);
    GBytes *known = g_hash_table_lookup(builder->blobs, bytes);
    if (known) {
        g_bytes_unref(bytes);
    } else {
        g_hash_table_add(builder->blobs, bytes);
        known = bytes;
    }
    taken->security = g_bytes_ref(known);
    taken->account->security = g_bytes_ref(known);
    taken->seen |= attribute_bit(ATTR_SECURITY);
    builder->any_security = true;
}

/* What it carried in the file before. */
static void
turn_to_file(Builder *builder, Taken *taken)
{
    if (taken->file == builder->file)
        return;
    const Shown before = {taken, taken->file, taken->shown};
    g_array_append_val(builder->shown, before);
    taken->file = builder->file;
    taken->shown = 0;
}

/* Whether an entry without objectClass is a computer by its flags. */
static void
guess_kind(Account *account)
{
    if (account->kinds == 0 &&
        (account_uac(account) & (UAC_WORKSTATION | UAC_DOMAIN_CONTROLLER)) != 0)
        account->kinds = KIND_COMPUTER;
}

/* Whether a DN is that of a tombstone: its name ends in a line feed, "DEL:" and its GUID,
 * and it lies in the container for them (MS-ADTS 3.1.1.5.5). */
static bool
is_tombstone(const struct berval *dn)
{
    static const char container[] = ",CN=Deleted Objects,";
    static const char *const marks[] = {"\\0ADEL:", "\nDEL:"};
    for (guint i = 0; dn->bv_len > 0 && i < G_N_ELEMENTS(marks); i++)
        if (memmem(dn->bv_val, dn->bv_len, marks[i], strlen(marks[i])))
            return true;
    const char *at = dn->bv_val, *end = at + dn->bv_len;
    while (at < end && (at = memchr(at, ',', (gsize)(end - at))) != NULL &&
           (gsize)(end - at) > strlen(container)) {
        if (g_ascii_strncasecmp(at, container, strlen(container)) == 0)
            return true;
        at++;
    }
    return false;
}

/* Tombstones and recycled objects: exports taken with them hold their old attributes, and
 * no KDC finds them.  A list of attributes may leave out what says so. */
static bool
is_deleted(const Entry *entry)
{
    return entry_has(entry, "isDeleted", "TRUE") ||
           entry_has(entry, "isRecycled", "TRUE") || is_tombstone(&entry->dn);
}

/* Nested members that the DC searched; an empty value: it found nobody. */
static void
take_members(Builder *builder, const Entry *entry, const char *dn)
{
    const EntryAttribute *attribute = entry_find(entry, MEMBERS_ATTRIBUTE);
    if (!attribute)
        return;
    GPtrArray *members = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < attribute->count; i++) {
        const struct berval *value = &attribute->values[i];
        if (value->bv_len > 0 && value->bv_len <= MOST_VALUE_BYTES &&
            !memchr(value->bv_val, '\0', value->bv_len))
            g_ptr_array_add(members, g_strndup(value->bv_val, value->bv_len));
    }
    g_hash_table_replace(builder->members, g_strdup(dn), members);
}

void
builder_settle_members(Builder *builder)
{
    GHashTableIter iter;
    gpointer dn, value;
    g_hash_table_iter_init(&iter, builder->members);
    while (g_hash_table_iter_next(&iter, &dn, &value)) {
        const GPtrArray *members = value;
        estate_add_membership(builder->estate, dn, NULL);
        for (guint i = 0; i < members->len; i++) {
            const Account *account = estate_by_dn(builder->estate, members->pdata[i]);
            if (account)
                estate_add_membership(builder->estate, dn, account);
        }
    }
}

Account *
builder_absorb(Builder *builder, const Entry *entry, const Reading *reading)
{
    builder->count++;
    if (is_deleted(entry))
        return NULL;
    if (builder->snapshot)
        snapshot_take(builder->snapshot, entry, reading->asked, reading->catalog);
    if (entry->dn.bv_len == 0) {
        take_root(builder, entry);
        return NULL;
    }
    if (entry->dn.bv_len > MOST_VALUE_BYTES ||
        memchr(entry->dn.bv_val, '\0', entry->dn.bv_len)) {
        estate_add_gap(builder->estate, "an entry",
                       "its DN is longer than 64 KiB, or no text");
        return NULL;
    }
    g_autofree char *dn = g_strndup(entry->dn.bv_val, entry->dn.bv_len);
    bool known = estate_by_dn(builder->estate, dn) != NULL;
    if (!known && !is_account(entry)) {
        take_other(builder, entry, dn);
        return NULL;
    }
    Taken *taken = taken_of(builder, dn, reading->catalog);
    if (reading->catalog && !taken->account->partial)
        return taken->account; /* read whole already */
    taken->asked |= reading->asked;
    taken->security_asked |= reading->security;
    if (builder->compare && taken->seen != 0)
        builder->compare(builder->again, builder, taken, entry);
    turn_to_file(builder, taken);
    if (builder->compare && entry_find(entry, "instanceType"))
        taken->shown |= SHOWN_WHOLE;
    for (guint i = 0; i < entry->count; i++)
        take_attribute(builder, taken, &entry->attributes[i]);
    take_security(builder, taken, entry);
    take_members(builder, entry, dn);
    guess_kind(taken->account);
    return taken->account;
}
