/* The estate: everything an audit reads, frozen before it is judged.
 *
 * It owns every account and string (an arena: all freed together).  A
 * collector fills it through estate_add_* and ends with estate_freeze, which
 * builds the indexes; after that everybody borrows it const.  Time is captured
 * here, once, at collection.
 *
 * What could not be read is part of it: per account and attribute
 * (account->unread), and as gaps that name what and why.
 */
#ifndef MODEL_ESTATE_H
#define MODEL_ESTATE_H

#include "model/account.h"
#include "model/gap.h"
#include "model/origin.h"
#include "model/secdesc.h"
#include "model/tri.h"

/* A password settings object (msDS-PasswordSettings). */
typedef struct {
    gint64 age_us;         /* msDS-MaximumPasswordAge, as Domain's; -1: not told */
    gint64 lockout_us;     /* msDS-LockoutDuration, the same */
    GPtrArray *applies_to; /* of char *: DNs of msDS-PSOAppliesTo */
    bool applies_part;     /* a part of them alone was read */
    bool applies_known;    /* these are all */
} Pso;

typedef struct {
    const char *dn;
    const char *dns;     /* "contoso.com" */
    const char *netbios; /* "CONTOSO" */
    const char *forest;  /* DN of its forest's root; NULL: not known */
    Sid sid;             /* may not be known */
    gint64 lockout_us;   /* lockoutDuration; 0: until somebody unlocks; -1: not read */
    gint64 age_us;       /* maxPwdAge; 0: passwords do not expire; -1: not read */
    /* Its password settings objects, which stand before both for whom they apply to. */
    bool psos_read;  /* their container was seen: there are no others */
    GPtrArray *psos; /* of const Pso *; NULL: none */
    /* Its DCs, counted when the estate is frozen: of Windows Server 2025 or later,
     * older, of these 2012 or later, and those whose version was not read. */
    guint dcs_2025, dcs_older, dcs_2012, dcs_unclear;
} Domain;

/* What one DC holds of one audited host (--all-dcs). */
typedef struct {
    const Account *account;
    bool found;
    guint64 unread;         /* bit per AttrId */
    guint32 flags;          /* userAccountControl */
    GPtrArray *spns;        /* of const char * */
    GPtrArray *delegate_to; /* of const char * */
    GBytes *rbcd;           /* NULL: none */
} ReplicaView;

/* One DC asked for the audited hosts' values. */
typedef struct {
    const char *dc; /* its DNS name */
    bool read;
    const char *why; /* why not; NULL: read */
    bool clock_read;
    gint64 skew_us;   /* its clock minus ours */
    GPtrArray *views; /* of ReplicaView *, in the order of accounts */
} Replica;

/* What GPOs are linked to: an OU, the head of a domain, a site. */
typedef struct {
    const char *dn;
    const char *links; /* gPLink; NULL: none */
    guint32 options;   /* gPOptions */
    bool site;
    Tri unread; /* whether links or options may be there all the same; not
                 * settled while unknown */
} Container;

/* A group policy object (groupPolicyContainer).  Numbers: -1 where not read. */
typedef struct {
    const char *dn;
    const char *guid;       /* its folder in the SYSVOL: "{31B2F340-...}" */
    const char *name;       /* displayName; else the GUID */
    const char *path;       /* gPCFileSysPath; NULL */
    const char *wmi_filter; /* gPCWQLFilter; NULL: none */
    const char *extensions; /* gPCMachineExtensionNames; NULL: none, or not read */
    gint64 flags;           /* 1: user half off, 2: computer half off */
    gint64 version;         /* versionNumber: the computer half's in the low word */
    gint64 functionality;   /* gPCFunctionalityVersion */
} Gpo;

typedef struct Estate {
    GStringChunk *strings;
    GHashTable *shared;  /* set of those of `strings` that many have */
    GPtrArray *accounts; /* of Account *, in DN order once frozen */
    GPtrArray *domains;  /* of Domain *; the first is the one audited */
    GPtrArray *gaps;     /* of Gap * */
    GHashTable *gaps_seen;
    /* Why a search brought not all that it looked for; NULL: each came to its end.  Who
     * is not here may be there then. */
    const char *cut_short;

    /* Aliases: folded class -> class that serves it ("cifs" -> "host"). */
    GHashTable *aliases;
    bool aliases_read;

    /* Where SPN owners were looked for. */
    bool spns_forest_wide; /* false: an owner elsewhere would not be seen */
    bool upns_read;        /* the same of user principal names */

    /* Bit per AttrId: on no account of an export, or not asked for by who saved the
     * snapshot.  What is usual may be supposed of them. */
    guint64 unasked;

    const char *source_kind; /* "ldap" | "ldif": any file */
    const char *source_uri;  /* the URI, or the names of the files */
    GPtrArray *files;        /* of const char *: each file's name; empty: "ldap" */
    GPtrArray *origins;      /* of Origin *: each DC; or the LDIF files as one, and each
                              * AD Explorer snapshot */
    const char *dc;          /* dnsHostName of the DC that answered */
    const char *domain;      /* DNS name */
    const char *forest;      /* DNS name of the forest's root domain */
    const char *vendor;      /* vendorName of the rootDSE; Samba sets it */
    const char *principal;   /* whom the DC took us for; NULL offline */
    const char *realm;       /* upper case */
    int domain_level;        /* domainFunctionality; -1: not read */
    int forest_level;
    int dc_level;
    int machine_quota;     /* ms-DS-MachineAccountQuota; -1: not read */
    bool dc_clock_read;    /* then dc_skew_us holds */
    bool tier0_read;       /* the Tier-0 groups' members were read to the end */
    bool delegations_read; /* whoever delegates was looked for, in every domain read */
    bool dcs_read;         /* the computer accounts of the audited domain's DCs */
    bool several_forests;  /* the domains are not all of one; set when frozen */
    bool large_pages;      /* "Database 32K Pages Feature"; false: off, or not read */
    /* A file that a live reading left (collect/snapshot.h): unlike in an export,
     * what is not in it was asked for, and unknown stays unknown. */
    bool is_snapshot;
    gint64
        collected_us; /* this machine's clock at collection; of a file, its data's time */
    gint64 data_us;   /* when what was read is of: the oldest of the origins that say so;
                       * 0: a file without any time */
    Dated dated;
    gint64 dc_skew_us; /* the DC's clock minus ours */

    GPtrArray *nearby; /* of const char *, sAMAccountNames: like those asked for that were
                        * not found, of accounts that were not read */
    GPtrArray *replicas; /* of Replica *; empty: --all-dcs was not asked for */

    /* Whether the account is in a group named in a GroupSpec, by fold(DN) of
     * the group -> GHashTable set of const Account *.  Filled by a live
     * collector; offline memberOf is walked. */
    GHashTable *memberships;
    /* Groups of which a member was not read: folded DN -> DN. */
    GHashTable *members_open;
    /* Objects that are no accounts, as contacts, and a group that each says to be in: the
     * folded DNs of both. */
    GHashTable *other_members;

    /* Group policy, read where the plan asks for it; see model/gpo.h. */
    GHashTable *containers;  /* folded DN -> Container *: OUs and heads of domains */
    gsize longest_container; /* bytes of the longest of those */
    GHashTable *sites;       /* the same for sites */
    GHashTable *gpos;        /* folded DN -> Gpo * */
    bool policies_read;      /* links and GPOs, as far as the reader was let */
    bool sites_read;         /* what is linked to sites */

    /* Authentication policies and silos; see model/authn.h.  One that an account names
     * and that is not here was not read. */
    GHashTable *authn_policies; /* folded DN -> AuthnPolicy * */
    GHashTable *authn_silos;    /* folded DN -> AuthnSilo * */

    /* Trusts of the domains that were read; see model/trust.h. */
    GHashTable *trusts; /* folded DN -> Trust * */
    bool trusts_read;   /* of every domain, as far as the reader was let */

    bool frozen;
    /* By number, what estate_is_tier0 found, and 1; 0: not asked yet.  NULL: of a fork,
     * whose accounts change. */
    guint8 *tier0;
    const Domain **homes;   /* by number: the account's domain, NULL: none of ours */
    GHashTable *by_dn;      /* fold(dn) -> Account */
    GHashTable *by_sid;     /* Sid -> Account */
    GHashTable *by_old_sid; /* Sid of a sIDHistory -> Account */
    GHashTable *by_name;    /* fold(sam, name, dns) -> GPtrArray of Account */
    GHashTable *by_spn;     /* fold(spn) -> GPtrArray of Account */
    /* text_loose(spn), where that is not its fold -> GPtrArray of Account */
    GHashTable *by_loose_spn;
    /* dn_key of a member whose memberOf does not show them -> GPtrArray of groups */
    GHashTable *by_member;
    /* of const Account *: groups under Builtin (S-1-5-32), of each domain */
    GPtrArray *builtins;
    GPtrArray *foreigns; /* of const Account *: foreign principals */
} Estate;

Estate *
estate_new(gint64 collected_us);
void
estate_free(Estate *estate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Estate, estate_free)

/* The account of `dn`, made where there is none yet (transfer none).
 * *ret_new (may be NULL): whether it was made. */
Account *
estate_add_account(Estate *estate, const char *dn, bool *ret_new);

/* Whether it is a file that somebody exported: what is not in it was not asked for, or
 * hidden from who asked.  A snapshot is none. */
bool
estate_is_export(const Estate *estate);

/* Why something literal is not known, in the words of the source. */
#define ESTATE_UNREAD(estate, what) \
    (estate_is_export(estate) ? what " was not exported" : what " could not be read")
/* The same without what: "was not exported". */
const char *
estate_unread(const Estate *estate);

Domain *
estate_add_domain(Estate *estate, const char *dn);

/* Strings that live as long as the estate. */
const char *
estate_string(Estate *estate, const char *text);
const char *
estate_string_len(Estate *estate, const char *text, gssize length);
/* The same, one for all who ask for the same text: what many accounts list. */
const char *
estate_shared_string(Estate *estate, const char *text, gsize length);

/* Records, once per pair of texts, what could not be read and why. */
void
estate_add_gap(Estate *estate, const char *what, const char *why);

/* One value of sPNMappings, "host=alerter,cifs,..."; malformed ones become a
 * gap. */
void
estate_add_alias_line(Estate *estate, const char *line);

/* Records that `account` is in the group, nested.  Once a group is named here
 * (also with a NULL account: "asked, nobody yet"), who is not recorded is not
 * in it.  A group that its domain does not have (Protected Users in an old
 * one) is named by its SID's text instead of a DN. */
void
estate_add_membership(Estate *estate, const char *group_dn, const Account *account);

/* A member of the group was not read: what works for the others need not work for the
 * group. */
void
estate_leave_members_open(Estate *estate, const char *group_dn);

/* An object that is no account says that it is in the group. */
void
estate_add_other_member(Estate *estate, const char *dn, const char *group_dn);
bool
estate_has_other_member(const Estate *estate, const char *dn, const char *group_dn);

/* A DC that is asked for the audited hosts' values (transfer none). */
Replica *
estate_add_replica(Estate *estate, const char *dc);
ReplicaView *
replica_add_view(Replica *replica, const Account *account);
void
replica_free(Replica *replica);

/* Sorts and indexes; after it the estate is const. */
void
estate_freeze(Estate *estate);

const Account *
estate_by_dn(const Estate *estate, const char *dn);
const Account *
estate_by_sid(const Estate *estate, const Sid *sid);
/* Whose SID it is, or was before it was moved (sIDHistory): a ticket holds both.  NULL:
 * nobody's. */
const Account *
estate_bearer(const Estate *estate, const Sid *sid);
/* (transfer none) of const Account *; NULL: nobody.  Names without $ too. */
const GPtrArray *
estate_by_name(const Estate *estate, const char *name);
/* Accounts that hold exactly this SPN, case-insensitively; NULL: nobody. */
const GPtrArray *
estate_by_spn(const Estate *estate, const char *spn);

/* The class that serves `class` by sPNMappings ("host" for "cifs"), or NULL. */
const char *
estate_alias_of(const Estate *estate, const char *class);

typedef enum {
    RESOLVE_MISSING,  /* no account holds it, nor what its class aliases */
    RESOLVE_EXPLICIT, /* held literally */
    RESOLVE_ALIAS,    /* through sPNMappings */
    RESOLVE_UNKNOWN,  /* not held literally, and the aliases were not read, `similar` is
                       * there, or it is `bare` */
} Resolution;

typedef struct {
    Resolution how;
    const GPtrArray *owners; /* of const Account *; NULL where there is none */
    char *through;           /* the SPN that is held (transfer full) */
    /* Somebody else who holds an SPN that only text_loose takes for it: whether a
     * KDC takes it for this one is not proven.  NULL: nobody. */
    const Account *similar;
    /* Nobody in the forest holds it, but somebody in another one that was read, too:
     * whether a KDC looks there is its trusts' affair.  NULL: nobody. */
    const Account *elsewhere;
    /* It has no slash, so that no account can hold it as an SPN: a KDC may take it for an
     * account's own name. */
    bool bare;
    GPtrArray *own; /* the owners, where they are a part of all; NULL (transfer full) */
} Resolved;

/* Why nobody is said to answer for what is `bare`. */
#define SPN_BARE                                                             \
    "it has no slash, so that it is no SPN, and whether a KDC takes it for " \
    "an account's name was not determined"

/* And where only `similar` holds it. */
#define SPN_SIMILAR                                                                 \
    "it is registered only in other blanks, accents or look-alike characters, and " \
    "whether a KDC takes that for the same was not determined"

/* Who answers for an SPN as a KDC finds it: the explicit SPN first, else the
 * alias class.  Free `through` with resolved_clear. */
Resolved
estate_resolve(const Estate *estate, const char *spn);
/* The same as a KDC of the account's forest finds it: where several forests were read,
 * each has its own SPNs. */
Resolved
estate_resolve_for(const Estate *estate, const char *spn, const Account *of);
void
resolved_clear(Resolved *resolved);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Resolved, resolved_clear)

/* Whether a group is security-enabled: others are in no token, and nothing that
 * they are in is.  Unknown where groupType was not read. */
Tri
group_is_security(const Account *group);

/* Whether the account is in the group with this RID of its own domain (nested in
 * security groups; 525: Protected Users).  Unknown where memberships lead out of
 * what was read. */
Tri
estate_in_domain_group(const Estate *estate, const Account *account, guint32 rid);

/* Whether the account is in the group of this DN, nested in groups of any kind: for
 * who is meant by a group, not for what it gives. */
Tri
estate_in_group(const Estate *estate, const Account *account, const char *group_dn);

/* The same by security groups alone: whether the group is in the account's token. */
Tri
estate_in_security_group(const Estate *estate, const Account *account,
                         const char *group_dn);

/* Whether Protected Users keep the account from being delegated: members, but for
 * the domain's own Administrator (RID 500), whose tickets stay forwardable. */
Tri
estate_is_protected(const Estate *estate, const Account *account);

/* What is for certain in the token that a KDC of the account's own domain builds (a
 * set of Sid, transfer full): model/token.h has what may be, too.  *ret_complete is
 * false where group memberships could not all be read. */
GHashTable *
estate_token(const Estate *estate, const Account *account, bool *ret_complete);

/* A name for a SID: the account's, a well-known one, else its text
 * (transfer full). */
char *
estate_sid_name(const Estate *estate, const Sid *sid);

/* The domain an account's DN lies in; NULL where none of ours. */
const Domain *
estate_domain_of(const Estate *estate, const char *dn);

/* The same of an account of the estate, which finds it once. */
const Domain *
estate_home_of(const Estate *estate, const Account *account);

/* Whether the account is Tier 0: a DC or RODC, krbtgt, or a member, nested, of
 * a group that rules the domain or the forest (MS-DTYP 2.4.2.4 RIDs). */
Tri
estate_is_tier0(const Estate *estate, const Account *account);

/* Whether neither password nor logon are younger than 59 days (45, and the 14
 * that lastLogonTimestamp may lag).  Unknown where they were not read. */
Tri
estate_is_stale(const Estate *estate, const Account *account);

/* Whether the domains of both belong to one forest. */
Tri
estate_in_one_forest(const Estate *estate, const Account *a, const Account *b);

/* krbtgt of the account's domain (NULL: of the audited one), or NULL where it was
 * not read. */
const Account *
estate_krbtgt(const Estate *estate, const Account *of);

/* Whether the DC that was read is Samba (its KDC differs in known ways). */
bool
estate_is_samba(const Estate *estate);

#endif
