/* THE table of the OIDs of attributes that are read (MS-ADA1 to 3). */
#include "oid.h"

#include <string.h>

static const struct {
    const char *oid;
    const char *name;
} names[] = {
    {"1.2.840.113556.1.2.1", "instanceType"},
    {"1.2.840.113556.1.2.3", "whenChanged"},
    {"1.2.840.113556.1.2.13", "displayName"},
    {"1.2.840.113556.1.2.16", "nCName"},
    {"1.2.840.113556.1.2.48", "isDeleted"},
    {"1.2.840.113556.1.2.102", "memberOf"},
    {"1.2.840.113556.1.2.115", "invocationId"},
    {"1.2.840.113556.1.2.281", "nTSecurityDescriptor"},
    {"1.2.840.113556.1.4.3", "replPropertyMetaData"},
    {"1.2.840.113556.1.4.8", "userAccountControl"},
    {"1.2.840.113556.1.4.28", "dnsRoot"},
    {"1.2.840.113556.1.4.38", "flags"},
    {"1.2.840.113556.1.4.60", "lockoutDuration"},
    {"1.2.840.113556.1.4.64", "logonHours"},
    {"1.2.840.113556.1.4.74", "maxPwdAge"},
    {"1.2.840.113556.1.4.87", "nETBIOSName"},
    {"1.2.840.113556.1.4.96", "pwdLastSet"},
    {"1.2.840.113556.1.4.98", "primaryGroupID"},
    {"1.2.840.113556.1.4.121", "securityIdentifier"},
    {"1.2.840.113556.1.4.132", "trustDirection"},
    {"1.2.840.113556.1.4.133", "trustPartner"},
    {"1.2.840.113556.1.4.136", "trustType"},
    {"1.2.840.113556.1.4.141", "versionNumber"},
    {"1.2.840.113556.1.4.146", "objectSid"},
    {"1.2.840.113556.1.4.150", "adminCount"},
    {"1.2.840.113556.1.4.159", "accountExpires"},
    {"1.2.840.113556.1.4.221", "sAMAccountName"},
    {"1.2.840.113556.1.4.363", "operatingSystem"},
    {"1.2.840.113556.1.4.364", "operatingSystemVersion"},
    {"1.2.840.113556.1.4.375", "systemFlags"},
    {"1.2.840.113556.1.4.470", "trustAttributes"},
    {"1.2.840.113556.1.4.511", "flatName"},
    {"1.2.840.113556.1.4.609", "sIDHistory"},
    {"1.2.840.113556.1.4.619", "dNSHostName"},
    {"1.2.840.113556.1.4.656", "userPrincipalName"},
    {"1.2.840.113556.1.4.662", "lockoutTime"},
    {"1.2.840.113556.1.4.750", "groupType"},
    {"1.2.840.113556.1.4.771", "servicePrincipalName"},
    {"1.2.840.113556.1.4.891", "gPLink"},
    {"1.2.840.113556.1.4.892", "gPOptions"},
    {"1.2.840.113556.1.4.893", "gPCFunctionalityVersion"},
    {"1.2.840.113556.1.4.894", "gPCFileSysPath"},
    {"1.2.840.113556.1.4.1301", "tokenGroups"},
    {"1.2.840.113556.1.4.1347", "sPNMappings"},
    {"1.2.840.113556.1.4.1348", "gPCMachineExtensionNames"},
    {"1.2.840.113556.1.4.1410", "mS-DS-CreatorSID"},
    {"1.2.840.113556.1.4.1411", "ms-DS-MachineAccountQuota"},
    {"1.2.840.113556.1.4.1460", "msDS-User-Account-Control-Computed"},
    {"1.2.840.113556.1.4.1694", "gPCWQLFilter"},
    {"1.2.840.113556.1.4.1696", "lastLogonTimestamp"},
    {"1.2.840.113556.1.4.1707", "msDS-ReplAttributeMetaData"},
    {"1.2.840.113556.1.4.1717", "msDS-AdditionalDnsHostName"},
    {"1.2.840.113556.1.4.1718", "msDS-AdditionalSamAccountName"},
    {"1.2.840.113556.1.4.1782", "msDS-KeyVersionNumber"},
    {"1.2.840.113556.1.4.1787", "msDS-AllowedToDelegateTo"},
    {"1.2.840.113556.1.4.1963", "msDS-SupportedEncryptionTypes"},
    {"1.2.840.113556.1.4.2011", "msDS-MaximumPasswordAge"},
    {"1.2.840.113556.1.4.2018", "msDS-LockoutDuration"},
    {"1.2.840.113556.1.4.2058", "isRecycled"},
    {"1.2.840.113556.1.4.2061", "msDS-EnabledFeature"},
    {"1.2.840.113556.1.4.2182", "msDS-AllowedToActOnBehalfOfOtherIdentity"},
    {"1.2.840.113556.1.4.2200", "msDS-GroupMSAMembership"},
    {"1.2.840.113556.1.4.2277", "msDS-UserAllowedToAuthenticateTo"},
    {"1.2.840.113556.1.4.2278", "msDS-UserAllowedToAuthenticateFrom"},
    {"1.2.840.113556.1.4.2280", "msDS-ComputerAllowedToAuthenticateTo"},
    {"1.2.840.113556.1.4.2282", "msDS-ServiceAllowedToAuthenticateTo"},
    {"1.2.840.113556.1.4.2283", "msDS-ServiceAllowedToAuthenticateFrom"},
    {"1.2.840.113556.1.4.2285", "msDS-AssignedAuthNPolicySilo"},
    {"1.2.840.113556.1.4.2287", "msDS-AuthNPolicySiloMembers"},
    {"1.2.840.113556.1.4.2289", "msDS-UserAuthNPolicy"},
    {"1.2.840.113556.1.4.2291", "msDS-ComputerAuthNPolicy"},
    {"1.2.840.113556.1.4.2293", "msDS-ServiceAuthNPolicy"},
    {"1.2.840.113556.1.4.2295", "msDS-AssignedAuthNPolicy"},
    {"1.2.840.113556.1.4.2297", "msDS-AuthNPolicyEnforced"},
    {"1.2.840.113556.1.4.2298", "msDS-AuthNPolicySiloEnforced"},
    {"2.5.4.0", "objectClass"},
    {"2.5.4.31", "member"},
};

const char *
oid_name(const char *text, gsize length)
{
    /* As LDAP of version 2 wrote them. */
    static const char before[] = "OID.";
    if (length > strlen(before) &&
        g_ascii_strncasecmp(text, before, strlen(before)) == 0) {
        text += strlen(before);
        length -= strlen(before);
    }
    if (length == 0 || !g_ascii_isdigit(*text))
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strlen(names[i].oid) == length && memcmp(names[i].oid, text, length) == 0)
            return names[i].name;
    return NULL;
}
