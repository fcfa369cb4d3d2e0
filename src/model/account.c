/* The names of attributes, and what an account holds, where it is known. */
#include "model/account.h"

#include "base/text.h"
#include "model/dn.h"
#include "model/wellknown.h"

#include <string.h>

static const char *const attr_names[ATTR_COUNT] = {
    [ATTR_OBJECT_CLASS] = "objectClass",
    [ATTR_OBJECT_SID] = "objectSid",
    [ATTR_SAM_NAME] = "sAMAccountName",
    [ATTR_DNS_NAME] = "dNSHostName",
    [ATTR_EXTRA_DNS_NAMES] = "msDS-AdditionalDnsHostName",
    [ATTR_EXTRA_SAM_NAMES] = "msDS-AdditionalSamAccountName",
    [ATTR_UAC] = "userAccountControl",
    [ATTR_UAC_COMPUTED] = "msDS-User-Account-Control-Computed",
    [ATTR_SPN] = "servicePrincipalName",
    [ATTR_DELEGATE_TO] = "msDS-AllowedToDelegateTo",
    [ATTR_RBCD] = "msDS-AllowedToActOnBehalfOfOtherIdentity",
    [ATTR_ETYPES] = "msDS-SupportedEncryptionTypes",
    [ATTR_KVNO] = "msDS-KeyVersionNumber",
    [ATTR_OS] = "operatingSystem",
    [ATTR_OS_VERSION] = "operatingSystemVersion",
    [ATTR_PASSWORD_SET] = "pwdLastSet",
    [ATTR_LAST_LOGON] = "lastLogonTimestamp",
    [ATTR_WHEN_CHANGED] = "whenChanged",
    [ATTR_PRIMARY_GROUP] = "primaryGroupID",
    [ATTR_MEMBER_OF] = "memberOf",
    [ATTR_TOKEN_GROUPS] = "tokenGroups",
    [ATTR_GROUP_TYPE] = "groupType",
    [ATTR_MEMBER] = "member",
    [ATTR_SID_HISTORY] = "sIDHistory",
    [ATTR_ADMIN_COUNT] = "adminCount",
    [ATTR_UPN] = "userPrincipalName",
    [ATTR_SECURITY] = "nTSecurityDescriptor",
    [ATTR_CREATOR] = "mS-DS-CreatorSID",
    [ATTR_REPL_BLOB] = "replPropertyMetaData",
    [ATTR_REPL_META] = "msDS-ReplAttributeMetaData",
    [ATTR_AUTHN_POLICY] = "msDS-AssignedAuthNPolicy",
    [ATTR_AUTHN_SILO] = "msDS-AssignedAuthNPolicySilo",
    [ATTR_EXPIRES] = "accountExpires",
    [ATTR_LOCKOUT] = "lockoutTime",
    [ATTR_LOGON_HOURS] = "logonHours",
    [ATTR_PASSWORD_READERS] = "msDS-GroupMSAMembership",
    [ATTR_DISPLAY_NAME] = "displayName",
};

const char *
attr_name(AttrId attr)
{
    g_assert(attr < ATTR_COUNT);
    return attr_names[attr];
}

Tri
account_flag(const Account *account, guint32 bits)
{
    if (!account_knows(account, ATTR_UAC))
        return TRI_UNKNOWN;
    return (account->uac & bits) != 0 ? TRI_YES : TRI_NO;
}

bool
account_same_flags(const Account *a, const Account *b)
{
    return a->uac == b->uac && account_knows(a, ATTR_UAC) == account_knows(b, ATTR_UAC);
}

Tri
account_is_enabled(const Account *account)
{
    Tri disabled = account_flag(account, UAC_DISABLED);
    return disabled == TRI_UNKNOWN ? TRI_UNKNOWN : disabled == TRI_YES ? TRI_NO : TRI_YES;
}

bool
account_is_krbtgt(const Account *account)
{
    return sid_is_of_domain(&account->sid) && sid_rid(&account->sid) == RID_KRBTGT;
}

Tri
account_is_dc(const Account *account)
{
    return account_flag(account, UAC_DOMAIN_CONTROLLER | UAC_RODC);
}

bool
account_is_cloud_dc(const Account *account)
{
    return text_equal(account->name, "AzureADKerberos") &&
           account_flag(account, UAC_RODC) != TRI_NO;
}

bool
account_is_entra_sso(const Account *account)
{
    return (account->kinds & KIND_COMPUTER) != 0 &&
           text_equal(account->name, "AZUREADSSOACC");
}

const char *
account_cmdlet(const Account *account)
{
    return (account->kinds & KIND_MANAGED) != 0    ? "ADServiceAccount"
           : (account->kinds & KIND_COMPUTER) != 0 ? "ADComputer"
           : (account->kinds & KIND_USER) != 0     ? "ADUser"
                                                   : "ADObject";
}

char *
account_uac_text(const Account *account)
{
    if (!account_knows(account, ATTR_UAC))
        return g_strdup("was not read");
    g_autofree char *names = flags_format(uac_flags, account->uac);
    return g_strdup_printf("%u (%s)", account->uac, names);
}

char *
account_flag_text(const Account *account, guint32 bit)
{
    Tri on = account_flag(account, bit);
    if (on == TRI_UNKNOWN)
        return g_strdup("was not read");
    g_autofree char *name = flags_format(uac_flags, bit);
    return g_strdup_printf("%s is %s (userAccountControl %u)", name,
                           on == TRI_YES ? "on" : "off", account->uac);
}

guint32
account_uac(const Account *account)
{
    return account->uac;
}

guint32
account_etypes(const Account *account, gint64 unix_us)
{
    return etypes_usable(account->uac, account->etypes, unix_us);
}

bool
account_is_conflict(const Account *account)
{
    gsize length = strlen(account->dn);
    for (gsize at = 0; at < length && account->dn[at] != ','; at++) {
        const char *from = account->dn + at;
        if (*from == '\\' && g_ascii_strncasecmp(from, "\\0ACNF:", 7) == 0)
            return true;
        if (*from == '\n' && g_ascii_strncasecmp(from, "\nCNF:", 5) == 0)
            return true;
        at += *from == '\\';
    }
    return account->sam && g_ascii_strncasecmp(account->sam, "$DUPLICATE-", 11) == 0;
}

guint
account_os_build(const Account *account)
{
    /* "10.0 (20348)": the number in the brackets. */
    const char *open = account->os_version ? strchr(account->os_version, '(') : NULL;
    if (!open)
        return 0;
    guint64 build = g_ascii_strtoull(open + 1, NULL, 10);
    return build > 0 && build < 1000000 ? (guint)build : 0;
}

/* `host` is `name`, or the first label of it. */
static bool
name_covers(const char *name, const char *host)
{
    if (!name)
        return false;
    if (text_equal(name, host))
        return true;
    const char *dot = strchr(name, '.');
    if (!dot || strchr(host, '.'))
        return false;
    g_autofree char *label = g_strndup(name, (gsize)(dot - name));
    return text_equal(label, host);
}

bool
account_has_name(const Account *account, const char *host)
{
    if ((account->name && text_equal(account->name, host)) ||
        name_covers(account->dns, host))
        return true;
    for (guint i = 0; account->extra_dns && i < account->extra_dns->len; i++)
        if (name_covers(account->extra_dns->pdata[i], host))
            return true;
    g_autofree char *sam = g_strconcat(host, "$", NULL);
    for (guint i = 0; account->extra_sams && i < account->extra_sams->len; i++)
        if (text_equal(account->extra_sams->pdata[i], sam) ||
            text_equal(account->extra_sams->pdata[i], host))
            return true;
    return false;
}

/* CN=NTDS Settings,CN=DC1,CN=Servers,... */
char *
account_change_dc(const AttrChange *change)
{
    const char *server = change->dc ? dn_parent(change->dc) : NULL;
    return server ? dn_name(server) : NULL;
}
