/* The tables of RIDs and SIDs with their names. */
#include "model/wellknown.h"

#include <string.h>

const char *const wellknown_everybody[] = {
    SID_EVERYONE,          SID_NETWORK,           SID_AUTHENTICATED_USERS,
    SID_THIS_ORGANIZATION, SID_ASSERTED_IDENTITY, NULL};

bool
sid_among(const Sid *sid, const char *const *texts)
{
    for (; *texts; texts++) {
        Sid known;
        if (sid_parse_text(*texts, &known) && sid_equal(&known, sid))
            return true;
    }
    return false;
}

bool
sid_is_crowd(const Sid *sid)
{
    static const char *const crowds[] = {
        SID_EVERYONE, SID_ANONYMOUS, SID_AUTHENTICATED_USERS, SID_THIS_ORGANIZATION,
        SID_USERS,    SID_GUESTS,    SID_PRE_WINDOWS_2000,    SID_ASSERTED_IDENTITY,
        NULL};
    guint32 rid = sid_rid(sid);
    return sid_among(sid, crowds) ||
           (sid_is_of_domain(sid) &&
            (rid == RID_DOMAIN_USERS || rid == RID_DOMAIN_GUESTS ||
             rid == RID_DOMAIN_COMPUTERS));
}

/* MS-DTYP 2.4.2.4. */
static const struct {
    const char *sid;
    const char *name;
} well_known[] = {
    {"S-1-0-0", "Nobody"},
    {SID_EVERYONE, "Everyone"},
    {"S-1-2-0", "Local"},
    {"S-1-2-1", "Console Logon"},
    {SID_CREATOR_OWNER, "Creator Owner"},
    {"S-1-3-1", "Creator Group"},
    {"S-1-3-4", "Owner Rights"},
    {"S-1-5-1", "Dialup"},
    {SID_NETWORK, "Network"},
    {"S-1-5-3", "Batch"},
    {"S-1-5-4", "Interactive"},
    {"S-1-5-6", "Service"},
    {SID_ANONYMOUS, "Anonymous Logon"},
    {"S-1-5-8", "Proxy"},
    {SID_ENTERPRISE_DCS, "Enterprise Domain Controllers"},
    {SID_SELF, "Self"},
    {SID_AUTHENTICATED_USERS, "Authenticated Users"},
    {"S-1-5-12", "Restricted Code"},
    {"S-1-5-13", "Terminal Server User"},
    {"S-1-5-14", "Remote Interactive Logon"},
    {SID_THIS_ORGANIZATION, "This Organization"},
    {"S-1-5-17", "IUSR"},
    {SID_LOCAL_SYSTEM, "Local System"},
    {"S-1-5-19", "Local Service"},
    {"S-1-5-20", "Network Service"},
    {"S-1-5-21-0-0-0-496", "Compounded Authentication"},
    {"S-1-5-21-0-0-0-497", "Claims Valid"},
    {SID_ADMINISTRATORS, "Builtin Administrators"},
    {SID_USERS, "Builtin Users"},
    {SID_GUESTS, "Builtin Guests"},
    {"S-1-5-32-547", "Power Users"},
    {"S-1-5-32-548", "Account Operators"},
    {"S-1-5-32-549", "Server Operators"},
    {"S-1-5-32-550", "Print Operators"},
    {"S-1-5-32-551", "Backup Operators"},
    {"S-1-5-32-552", "Replicator"},
    {SID_PRE_WINDOWS_2000, "Pre-Windows 2000 Compatible Access"},
    {"S-1-5-32-555", "Remote Desktop Users"},
    {"S-1-5-32-556", "Network Configuration Operators"},
    {"S-1-5-32-557", "Incoming Forest Trust Builders"},
    {"S-1-5-32-558", "Performance Monitor Users"},
    {"S-1-5-32-559", "Performance Log Users"},
    {"S-1-5-32-560", "Windows Authorization Access Group"},
    {"S-1-5-32-561", "Terminal Server License Servers"},
    {"S-1-5-32-562", "Distributed COM Users"},
    {"S-1-5-32-568", "IIS_IUSRS"},
    {"S-1-5-32-569", "Cryptographic Operators"},
    {"S-1-5-32-573", "Event Log Readers"},
    {"S-1-5-32-574", "Certificate Service DCOM Access"},
    {"S-1-5-32-575", "RDS Remote Access Servers"},
    {"S-1-5-32-576", "RDS Endpoint Servers"},
    {"S-1-5-32-577", "RDS Management Servers"},
    {"S-1-5-32-578", "Hyper-V Administrators"},
    {"S-1-5-32-579", "Access Control Assistance Operators"},
    {"S-1-5-32-580", "Remote Management Users"},
    {"S-1-5-64-10", "NTLM Authentication"},
    {"S-1-5-64-14", "SChannel Authentication"},
    {"S-1-5-64-21", "Digest Authentication"},
    {"S-1-5-65-1", "This Organization Certificate"},
    {SID_ALL_SERVICES, "All Services"},
    {SID_VIRTUAL_MACHINES, "Virtual Machines"},
    {"S-1-5-113", "Local Account"},
    {"S-1-5-114", "Local Account and Member of Administrators Group"},
    {"S-1-5-1000", "Other Organization"},
    {SID_ASSERTED_IDENTITY, "Authentication Authority Asserted Identity"},
    {"S-1-18-2", "Service Asserted Identity"},
    {"S-1-18-3", "Fresh Public Key Identity"},
    {"S-1-18-4", "Key Trust Identity"},
    {"S-1-18-5", "Key Property MFA"},
    {"S-1-18-6", "Key Property Attestation"},
};

/* The same section, for S-1-5-21-<domain>-RID. */
static const struct {
    guint32 rid;
    const char *name;
} domain_rids[] = {
    {RID_ENTERPRISE_RODCS, "Enterprise Read-only Domain Controllers"},
    {RID_ADMINISTRATOR, "Administrator"},
    {RID_GUEST, "Guest"},
    {RID_KRBTGT, "krbtgt"},
    {RID_DOMAIN_ADMINS, "Domain Admins"},
    {RID_DOMAIN_USERS, "Domain Users"},
    {RID_DOMAIN_GUESTS, "Domain Guests"},
    {RID_DOMAIN_COMPUTERS, "Domain Computers"},
    {RID_DOMAIN_CONTROLLERS, "Domain Controllers"},
    {RID_CERT_PUBLISHERS, "Cert Publishers"},
    {RID_SCHEMA_ADMINS, "Schema Admins"},
    {RID_ENTERPRISE_ADMINS, "Enterprise Admins"},
    {RID_GPO_CREATORS, "Group Policy Creator Owners"},
    {RID_RODCS, "Read-only Domain Controllers"},
    {RID_CLONEABLE_DCS, "Cloneable Domain Controllers"},
    {RID_PROTECTED_USERS, "Protected Users"},
    {RID_KEY_ADMINS, "Key Admins"},
    {RID_ENTERPRISE_KEY_ADMINS, "Enterprise Key Admins"},
    {553, "RAS and IAS Servers"},
    {571, "Allowed RODC Password Replication Group"},
    {572, "Denied RODC Password Replication Group"},
};

const char *
sid_well_known(const Sid *sid)
{
    g_autofree char *text = sid_format(sid);

    for (guint i = 0; i < G_N_ELEMENTS(well_known); i++) {
        if (strcmp(well_known[i].sid, text) == 0)
            return well_known[i].name;
    }
    if (!sid_is_of_domain(sid))
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(domain_rids); i++) {
        if (domain_rids[i].rid == sid_rid(sid))
            return domain_rids[i].name;
    }
    return NULL;
}
