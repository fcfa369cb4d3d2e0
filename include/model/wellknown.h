/* Well-known RIDs and SIDs, and what they are called (MS-DTYP 2.4.2.4). */
#ifndef MODEL_WELLKNOWN_H
#define MODEL_WELLKNOWN_H

#include "model/sid.h"

/* Of a domain. */
#define RID_CLAIMS_VALID 497
#define RID_ENTERPRISE_RODCS 498
#define RID_ADMINISTRATOR 500
#define RID_GUEST 501
#define RID_KRBTGT 502
#define RID_DOMAIN_ADMINS 512
#define RID_DOMAIN_USERS 513
#define RID_DOMAIN_GUESTS 514
#define RID_DOMAIN_COMPUTERS 515
#define RID_DOMAIN_CONTROLLERS 516
#define RID_CERT_PUBLISHERS 517
#define RID_SCHEMA_ADMINS 518
#define RID_ENTERPRISE_ADMINS 519
#define RID_GPO_CREATORS 520
#define RID_RODCS 521
#define RID_CLONEABLE_DCS 522
#define RID_PROTECTED_USERS 525
#define RID_KEY_ADMINS 526
#define RID_ENTERPRISE_KEY_ADMINS 527

/* Of Builtin (S-1-5-32). */
#define RID_ADMINISTRATORS 544
#define RID_USERS 545
#define RID_ACCOUNT_OPERATORS 548
#define RID_SERVER_OPERATORS 549
#define RID_PRINT_OPERATORS 550
#define RID_BACKUP_OPERATORS 551
#define RID_HYPERV_ADMINISTRATORS 578

#define SID_EVERYONE "S-1-1-0"
#define SID_CREATOR_OWNER "S-1-3-0"
#define SID_NETWORK "S-1-5-2"
#define SID_ANONYMOUS "S-1-5-7"
#define SID_ENTERPRISE_DCS "S-1-5-9"
#define SID_SELF "S-1-5-10"
#define SID_AUTHENTICATED_USERS "S-1-5-11"
#define SID_THIS_ORGANIZATION "S-1-5-15"
#define SID_LOCAL_SYSTEM "S-1-5-18"
#define SID_LOCAL_ACCOUNT "S-1-5-113"
#define SID_LOCAL_ADMIN "S-1-5-114" /* a local account that is an administrator */
#define SID_ADMINISTRATORS "S-1-5-32-544"
#define SID_USERS "S-1-5-32-545"
#define SID_GUESTS "S-1-5-32-546"
#define SID_PRE_WINDOWS_2000 "S-1-5-32-554"
#define SID_ALL_SERVICES "S-1-5-80-0"
#define SID_VIRTUAL_MACHINES "S-1-5-83-0"
#define SID_ASSERTED_IDENTITY "S-1-18-1"

/* S-1-5-32-`rid`. */
static inline Sid
sid_builtin(guint32 rid)
{
    return (Sid){.revision = 1, .count = 2, .authority = 5, .sub = {32, rid}};
}

/* Whether it is S-1-5-32-RID. */
static inline bool
sid_is_builtin(const Sid *sid)
{
    return sid->authority == 5 && sid->count == 2 && sid->sub[0] == 32;
}

/* Whether it is S-1-5-21-a-b-c-RID. */
static inline bool
sid_is_of_domain(const Sid *sid)
{
    return sid_is_set(sid) && sid->authority == 5 && sid->count == 5 && sid->sub[0] == 21;
}

/* Whether it is one of `texts`, which a NULL ends. */
bool
sid_among(const Sid *sid, const char *const *texts);

/* The English name of a well-known SID ("Everyone"), also by RID for domain
 * SIDs ("Domain Users"); NULL where it is none (transfer none). */
const char *
sid_well_known(const Sid *sid);

/* Whether it stands for nearly everybody of a domain, or more: Everyone, Domain Users. */
bool
sid_is_crowd(const Sid *sid);

/* In every token that a DC builds from a PAC; ended by NULL. */
extern const char *const wellknown_everybody[];

/* The groups that rule a domain, their RIDs; ended by 0: of the domain, of Builtin. */
extern const guint32 tier0_groups[];
extern const guint32 tier0_builtin[];

/* Whether it is one of those groups, of whatever domain, its Administrator or its
 * krbtgt.  Who is in such a group: estate_is_tier0. */
bool
sid_is_tier0(const Sid *sid);

#endif
