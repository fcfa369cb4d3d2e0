/* Authentication policies and silos, from their entries. */
#include "authn.h"

#include "attributes.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/authn.h"
#include "model/dn.h"

#include <string.h>

#define POLICY_ENFORCED "msDS-AuthNPolicyEnforced"
#define SILO_ENFORCED "msDS-AuthNPolicySiloEnforced"
#define SILO_MEMBERS "msDS-AuthNPolicySiloMembers"

/* With their schemaIDGUIDs (MS-ADA2); none is in a property set. */
static const struct {
    struct {
        const char *name, *guid;
    } ends[AUTHN_END_COUNT]; /* NULL: there is none */
    const char *policy;
    const char *policy_guid;
} types[AUTHN_TYPE_COUNT] = {
    [AUTHN_USER] =
        {{{"msDS-UserAllowedToAuthenticateTo", "de0caa7f-724e-4286-b179-192671efc664"},
          {"msDS-UserAllowedToAuthenticateFrom", "2c4c9600-b0e1-447d-8dda-74902257bdb5"}},
         "msDS-UserAuthNPolicy",
         "cd26b9f3-d415-442a-8f78-7c61523ee95b"},
    [AUTHN_COMPUTER] = {{{"msDS-ComputerAllowedToAuthenticateTo",
                          "105babe9-077e-4793-b974-ef0410b62573"},
                         {NULL, NULL}},
                        "msDS-ComputerAuthNPolicy",
                        "afb863c9-bea3-440f-a9f3-6153cc668929"},
    [AUTHN_SERVICE] = {{{"msDS-ServiceAllowedToAuthenticateTo",
                         "f2973131-9b4d-4820-b4de-0474ef3b849f"},
                        {"msDS-ServiceAllowedToAuthenticateFrom",
                         "97da709a-3716-4966-b1d1-838ba53c3d89"}},
                       "msDS-ServiceAuthNPolicy",
                       "2a6a6d95-28ce-49ee-bb24-6d1fc01e3111"},
};
#define GUID_POLICY_ENFORCED "7a560cc2-ec45-44ba-b2d7-21236ad59fd5"
#define GUID_SILO_ENFORCED "f2f51102-6be0-493d-8726-1546cdbc8771"
#define GUID_SILO_MEMBERS "164d1e05-48a6-4886-a8e9-77a2006e3c77"

/* Whose eyes saw the entry. */
typedef struct {
    Estate *estate;
    GHashTable *token; /* NULL: not known */
} Reader;

/* In an export nobody may tell whether an absent attribute was hidden: then it is as
 * the file says. */
static Tri
is_read(const Reader *reader, const Entry *entry, const char *name, const char *guid)
{
    if (entry_find(entry, name))
        return TRI_YES;
    Tri seen = entry_may_see(entry, reader->token, guid);
    bool export = strcmp(reader->estate->source_kind, "ldif") == 0;
    return seen == TRI_UNKNOWN && export ? TRI_YES : seen;
}

/* Absent is off. */
static Tri
flag_of(const Reader *reader, const Entry *entry, const char *name, const char *guid)
{
    if (entry_find(entry, name))
        return entry_has(entry, name, "TRUE") ? TRI_YES : TRI_NO;
    return is_read(reader, entry, name, guid) == TRI_YES ? TRI_NO : TRI_UNKNOWN;
}

static const char *
name_of(Estate *estate, const char *dn)
{
    g_autofree char *name = dn_name(dn);
    return estate_string(estate, name);
}

static void
take_descriptor(const Reader *reader, const Entry *entry, AuthnPolicy *policy,
                AuthnEnd end, AuthnType type)
{
    const char *name = types[type].ends[end].name;
    const EntryAttribute *value = name ? entry_find(entry, name) : NULL;
    GBytes **descriptor = &policy->descriptors[end][type];
    policy->read[end][type] =
        name ? is_read(reader, entry, name, types[type].ends[end].guid) : TRI_YES;
    if (!value)
        return;
    g_clear_pointer(descriptor, g_bytes_unref);
    *descriptor = g_bytes_new(value->values[0].bv_val, value->values[0].bv_len);
}

static void
take_policy(const Reader *reader, const Entry *entry, const char *dn)
{
    AuthnPolicy *policy = estate_add_authn_policy(reader->estate, dn);
    policy->name = name_of(reader->estate, dn);
    policy->enforced = flag_of(reader, entry, POLICY_ENFORCED, GUID_POLICY_ENFORCED);
    for (AuthnType type = 0; type < AUTHN_TYPE_COUNT; type++)
        for (AuthnEnd end = 0; end < AUTHN_END_COUNT; end++)
            take_descriptor(reader, entry, policy, end, type);
}

/* All of them, or the first part of a ranged list. */
static void
take_members(const Reader *reader, const Entry *entry, AuthnSilo *silo)
{
    const EntryAttribute *members = entry_find(entry, SILO_MEMBERS);
    silo->members_read = is_read(reader, entry, SILO_MEMBERS, GUID_SILO_MEMBERS);
    for (guint i = 0; i < entry->count && !members; i++) {
        const EntryAttribute *attribute = &entry->attributes[i];
        if (attribute->name.bv_len > strlen(SILO_MEMBERS) &&
            g_ascii_strncasecmp(attribute->name.bv_val,
                                SILO_MEMBERS ";range=", strlen(SILO_MEMBERS) + 7) == 0) {
            members = attribute;
            silo->members_read = TRI_NO;
        }
    }
    for (guint i = 0; members && i < members->count; i++) {
        const struct berval *value = &members->values[i];
        if (value->bv_len > MOST_VALUE_BYTES ||
            memchr(value->bv_val, '\0', value->bv_len))
            continue;
        g_autofree char *member = g_strndup(value->bv_val, value->bv_len);
        g_hash_table_add(silo->members, dn_key(member));
    }
}

static void
take_silo(const Reader *reader, const Entry *entry, const char *dn)
{
    Estate *estate = reader->estate;
    AuthnSilo *silo = estate_add_authn_silo(estate, dn);
    silo->name = name_of(estate, dn);
    silo->enforced = flag_of(reader, entry, SILO_ENFORCED, GUID_SILO_ENFORCED);
    for (AuthnType type = 0; type < AUTHN_TYPE_COUNT; type++) {
        g_autofree char *policy = entry_text(entry, types[type].policy);
        silo->policy[type] = estate_string(estate, policy);
        silo->policy_read[type] =
            is_read(reader, entry, types[type].policy, types[type].policy_guid);
    }
    take_members(reader, entry, silo);
}

bool
authn_absorb(Estate *estate, GHashTable *token, const Entry *entry, const char *dn)
{
    static const char container[] = "CN=AuthN Policy Configuration,";
    const Reader reader = {estate, token};
    if (entry_has(entry, "objectClass", "msDS-AuthNPolicy"))
        take_policy(&reader, entry, dn);
    else if (entry_has(entry, "objectClass", "msDS-AuthNPolicySilo"))
        take_silo(&reader, entry, dn);
    for (const char *at = dn; at; at = dn_parent(at))
        if (g_ascii_strncasecmp(at, container, strlen(container)) == 0)
            return true;
    return false;
}
