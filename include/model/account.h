/* One account of the directory, as far as an audit needs it. */
#ifndef MODEL_ACCOUNT_H
#define MODEL_ACCOUNT_H

#include "model/flags.h"
#include "model/sid.h"
#include "model/tri.h"

#include <glib.h>
#include <stdbool.h>

/* The attributes an account is made of: one row each in collect/attributes.c.
 * An account records, per attribute, whether it was read. */
typedef enum {
    ATTR_OBJECT_CLASS,
    ATTR_OBJECT_SID,
    ATTR_SAM_NAME,
    ATTR_DNS_NAME,
    ATTR_EXTRA_DNS_NAMES,
    ATTR_EXTRA_SAM_NAMES,
    ATTR_UAC,
    ATTR_UAC_COMPUTED,
    ATTR_SPN,
    ATTR_DELEGATE_TO,
    ATTR_RBCD,
    ATTR_ETYPES,
    ATTR_KVNO,
    ATTR_OS,
    ATTR_OS_VERSION,
    ATTR_PASSWORD_SET,
    ATTR_LAST_LOGON,
    ATTR_WHEN_CHANGED,
    ATTR_PRIMARY_GROUP,
    ATTR_MEMBER_OF,
    ATTR_TOKEN_GROUPS,
    ATTR_GROUP_TYPE,
    ATTR_MEMBER,
    ATTR_SID_HISTORY,
    ATTR_ADMIN_COUNT,
    ATTR_UPN,
    ATTR_SECURITY,
    ATTR_CREATOR,
    ATTR_REPL_BLOB,
    ATTR_REPL_META,
    ATTR_AUTHN_POLICY,
    ATTR_AUTHN_SILO,
    ATTR_EXPIRES,
    ATTR_LOCKOUT,
    ATTR_LOGON_HOURS,
    ATTR_PASSWORD_READERS,
    ATTR_DISPLAY_NAME,
    ATTR_COUNT
} AttrId;

/* The attribute's LDAP name, for evidence and gaps ("servicePrincipalName"). */
const char *
attr_name(AttrId attr);

typedef enum {
    KIND_COMPUTER = 1 << 0,
    KIND_USER = 1 << 1,
    KIND_GROUP = 1 << 2,
    KIND_MANAGED = 1 << 3, /* sMSA, gMSA, dMSA: never a Hyper-V host */
    KIND_FOREIGN = 1 << 4, /* a foreignSecurityPrincipal of a well-known SID */
    KIND_DMSA = 1 << 5,    /* a dMSA: KIND_MANAGED, too */
} AccountKind;

/* When one attribute was last changed, and where (replPropertyMetaData, or
 * msDS-ReplAttributeMetaData). */
typedef struct {
    AttrId attr;
    gint64 changed_us;
    guint version;
    guint8 dsa[16]; /* the originating DC's invocationId; all 0: not told */
    const char *dc; /* the same DC's DSA DN; NULL: not known */
} AttrChange;

typedef struct {
    const char *dn;
    const char *sam;       /* sAMAccountName as spelled, with $ */
    const char *name;      /* sAMAccountName without a trailing $; else the RDN */
    const char *dns;       /* dNSHostName; NULL: none */
    const char *upn;       /* userPrincipalName; NULL: none.  Operators only */
    const char *display;   /* displayName, of who may start migrations; NULL */
    GPtrArray *extra_dns;  /* of const char *; msDS-AdditionalDnsHostName */
    GPtrArray *extra_sams; /* of const char *, with $; msDS-AdditionalSamAccountName */
    Sid sid;
    guint kinds;            /* AccountKind bits */
    guint32 uac;            /* for model/ alone: ask account_flag */
    guint32 uac_computed;   /* msDS-User-Account-Control-Computed */
    GPtrArray *spns;        /* of const char * */
    GPtrArray *delegate_to; /* of const char *: msDS-AllowedToDelegateTo */
    GBytes *rbcd;           /* NULL: none.  The raw descriptor. */
    guint32 etypes;         /* msDS-SupportedEncryptionTypes; 0: absent or 0 */
    guint32 kvno;           /* msDS-KeyVersionNumber */
    const char *os;
    const char *os_version; /* "10.0 (20348)" */
    gint64 password_set_us; /* since 1970; 0: never or not read */
    gint64 last_logon_us;
    gint64 changed_us;
    guint32 primary_group; /* RID */
    GPtrArray *member_of;  /* of const char *: direct groups' DNs */
    GArray *token_groups;  /* of Sid; NULL: not read */
    guint32 group_type;    /* groupType (MS-ADTS 2.2.12); groups only */
    /* Of const char *: members that are well-known SIDs or of another domain, whose
     * own memberOf does not show this group. */
    GPtrArray *outside_members;
    /* Of const char *: the others that its list names; NULL: none. */
    GPtrArray *listed_members;
    GArray *sid_history; /* of Sid */
    bool admin_count;
    GBytes *security; /* nTSecurityDescriptor; NULL: not read */
    Sid creator;      /* not set: created by an administrator, or not read */
    /* Of AttrChange; NULL: not read.  Asked for of hosts whose whenChanged is
     * younger than an hour, of all audited ones with --all-dcs; and, once all is judged,
     * of those that findings are about. */
    GArray *changes;
    const char *authn_policy; /* DN: msDS-AssignedAuthNPolicy; NULL: none */
    const char *authn_silo;   /* DN: msDS-AssignedAuthNPolicySilo; NULL: none */
    gint64 expires_us;        /* accountExpires, since 1970; 0: never, or not read */
    gint64 locked_us;         /* lockoutTime; 0: not locked, or not read */
    GBytes *logon_hours;      /* 168 bits from Sunday 00:00 UTC; NULL: any */
    GBytes *password_readers; /* msDS-GroupMSAMembership, a descriptor; NULL: none */
    bool hyperv_scp;          /* parent of a serviceConnectionPoint "Microsoft Hyper-V" */
    bool hyperv_partner; /* a discovered host delegates the Migration Service to it */
    bool missing;        /* made for a DN of which nothing could be read */
    bool partial;        /* known from the Global Catalog alone */
    guint64 unread;      /* bit per AttrId: not readable, or not asked for */
    guint number;        /* its place in estate->accounts */
} Account;

G_STATIC_ASSERT(ATTR_COUNT <= 64);

static inline bool
account_knows(const Account *account, AttrId attr)
{
    return (account->unread & (G_GUINT64_CONSTANT(1) << attr)) == 0;
}

/* Whether any of these bits (UAC_*) is set in userAccountControl. */
Tri
account_flag(const Account *account, guint32 bits);

/* Whether both have the same of it, or neither's was read. */
bool
account_same_flags(const Account *a, const Account *b);
Tri
account_is_enabled(const Account *account);
Tri
account_is_dc(const Account *account);
/* The account of a domain's KDCs: disabled everywhere, which keeps it from nothing. */
bool
account_is_krbtgt(const Account *account);
/* "AzureADKerberos": the read-only DC that Microsoft Entra ID signs tickets with.  No
 * machine, and no KDC that hosts could ask. */
bool
account_is_cloud_dc(const Account *account);

/* "4096 (WORKSTATION_TRUST_ACCOUNT)"; "could not be read" (transfer full). */
char *
account_uac_text(const Account *account);
/* Of one bit: "NOT_DELEGATED is off (userAccountControl 4096)" (transfer full). */
char *
account_flag_text(const Account *account, guint32 bit);

/* "ADComputer", "ADUser", "ADServiceAccount", else "ADObject": what the cmdlets of
 * PowerShell for its kind end in. */
const char *
account_cmdlet(const Account *account);

/* AZUREADSSOACC: Microsoft Entra seamless single sign-on takes a ticket for this account
 * for the user that it names.  No machine, and nobody ever signs in with it. */
bool
account_is_entra_sso(const Account *account);

/* The number itself, 0 where not read: for those who carry it, and for collect,
 * where nothing counts as read before an account is settled. */
guint32
account_uac(const Account *account);

/* The encryption types (of ETYPE_BITS) that the account may use at that moment.
 * Where userAccountControl was not read, as if nothing limited it to DES. */
guint32
account_etypes(const Account *account, gint64 unix_us);

/* Whether it is what replication left of two objects of one name (MS-ADTS 3.1.1.5.1.5):
 * its RDN holds "CNF:" and the object's GUID, or its sAMAccountName is
 * "$DUPLICATE-...".  Nobody's account, though it may hold SPNs. */
bool
account_is_conflict(const Account *account);

/* The build number in operatingSystemVersion, 0 where there is none. */
guint
account_os_build(const Account *account);

/* "DC1", the DC on which the change was made; NULL: not known (transfer full). */
char *
account_change_dc(const AttrChange *change);

/* Whether `host` is one of the account's names: sAMAccountName without $,
 * dNSHostName, msDS-AdditionalDnsHostName or the first label of one, or
 * msDS-AdditionalSamAccountName. */
bool
account_has_name(const Account *account, const char *host);

#endif
