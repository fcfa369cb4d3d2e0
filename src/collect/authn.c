/* Authentication policies and silos, from their entries. */
#include "collect/authn.h"

#include "base/text.h"
#include "collect/policies.h"
#include "model/authn.h"

#include <string.h>

#define POLICY_ENFORCED "msDS-AuthNPolicyEnforced"
#define SILO_ENFORCED "msDS-AuthNPolicySiloEnforced"
#define SILO_MEMBERS "msDS-AuthNPolicySiloMembers"

/* With their schemaIDGUIDs (MS-ADA2); none is in a property set. */
static const struct {
    const char *to;
    const char *to_guid;
    const char *policy;
    const char *policy_guid;
} types[AUTHN_TYPE_COUNT] = {
    [AUTHN_USER] = {"msDS-UserAllowedToAuthenticateTo",
                    "de0caa7f-724e-4286-b179-192671efc664", "msDS-UserAuthNPolicy",
                    "cd26b9f3-d415-442a-8f78-7c61523ee95b"},
    [AUTHN_COMPUTER] = {"msDS-ComputerAllowedToAuthenticateTo",
                        "105babe9-077e-4793-b974-ef0410b62573",
                        "msDS-ComputerAuthNPolicy",
                        "afb863c9-bea3-440f-a9f3-6153cc668929"},
    [AUTHN_SERVICE] = {"msDS-ServiceAllowedToAuthenticateTo",
                       "f2973131-9b4d-4820-b4de-0474ef3b849f", "msDS-ServiceAuthNPolicy",
                       "2a6a6d95-28ce-49ee-bb24-6d1fc01e3111"},
};
#define GUID_POLICY_ENFORCED "7a560cc2-ec45-44ba-b2d7-21236ad59fd5"
#define GUID_SILO_ENFORCED "f2f51102-6be0-493d-8726-1546cdbc8771"
#define GUID_SILO_MEMBERS "164d1e05-48a6-4886-a8e9-77a2006e3c77"

/* In an export nobody may tell whether an absent attribute was hidden: then it is as
 * the file says. */
static Tri
is_read(const Intake *intake, const Entry *entry, const char *dn, const char *name,
        const char *guid)
{
    if (entry_find(entry, name))
        return TRI_YES;
    Tri seen = policies_may_see(intake, entry, dn, guid);
    bool export = strcmp(intake->estate->source_kind, "ldif") == 0;
    return seen == TRI_UNKNOWN && export ? TRI_YES : seen;
}

/* Absent is off. */
static Tri
flag_of(const Intake *intake, const Entry *entry, const char *dn, const char *name,
        const char *guid)
{
    if (entry_find(entry, name))
        return entry_has(entry, name, "TRUE") ? TRI_YES : TRI_NO;
    return is_read(intake, entry, dn, name, guid) == TRI_YES ? TRI_NO : TRI_UNKNOWN;
}

static const char *
name_of(Estate *estate, const char *dn)
{
    const char *value = strchr(dn, '=');
    value = value ? value + 1 : dn;
    return estate_string_len(estate, value, (gssize)strcspn(value, ","));
}

static void
take_policy(const Intake *intake, const Entry *entry, const char *dn)
{
    AuthnPolicy *policy = estate_add_authn_policy(intake->estate, dn);
    policy->name = name_of(intake->estate, dn);
    policy->enforced = flag_of(intake, entry, dn, POLICY_ENFORCED, GUID_POLICY_ENFORCED);
    for (AuthnType type = 0; type < AUTHN_TYPE_COUNT; type++) {
        const EntryAttribute *to = entry_find(entry, types[type].to);
        policy->to_read[type] =
            is_read(intake, entry, dn, types[type].to, types[type].to_guid);
        if (!to)
            continue;
        g_clear_pointer(&policy->to[type], g_bytes_unref);
        policy->to[type] = g_bytes_new(to->values[0].bv_val, to->values[0].bv_len);
    }
}

/* All of them, or the first part of a ranged list. */
static void
take_members(const Intake *intake, const Entry *entry, const char *dn, AuthnSilo *silo)
{
    const EntryAttribute *members = entry_find(entry, SILO_MEMBERS);
    silo->members_read = is_read(intake, entry, dn, SILO_MEMBERS, GUID_SILO_MEMBERS);
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
        if (value->bv_len > ATTRIBUTE_VALUE_MAX ||
            memchr(value->bv_val, '\0', value->bv_len))
            continue;
        g_autofree char *member = g_strndup(value->bv_val, value->bv_len);
        g_hash_table_add(silo->members, text_fold(member));
    }
}

static void
take_silo(const Intake *intake, const Entry *entry, const char *dn)
{
    Estate *estate = intake->estate;
    AuthnSilo *silo = estate_add_authn_silo(estate, dn);
    silo->name = name_of(estate, dn);
    silo->enforced = flag_of(intake, entry, dn, SILO_ENFORCED, GUID_SILO_ENFORCED);
    for (AuthnType type = 0; type < AUTHN_TYPE_COUNT; type++) {
        g_autofree char *policy = entry_text(entry, types[type].policy);
        silo->policy[type] = estate_string(estate, policy);
        silo->policy_read[type] =
            is_read(intake, entry, dn, types[type].policy, types[type].policy_guid);
    }
    take_members(intake, entry, dn, silo);
}

void
authn_absorb(Intake *intake, const Entry *entry, const char *dn)
{
    static const char container[] = "CN=AuthN Policy Configuration,";
    for (const char *at = dn; at && !intake->authn_container; at = dn_parent(at))
        intake->authn_container =
            g_ascii_strncasecmp(at, container, strlen(container)) == 0;
    if (entry_has(entry, "objectClass", "msDS-AuthNPolicy"))
        take_policy(intake, entry, dn);
    else if (entry_has(entry, "objectClass", "msDS-AuthNPolicySilo"))
        take_silo(intake, entry, dn);
}
