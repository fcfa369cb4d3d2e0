/* Entries in, an estate out: the one path that a live directory and a file
 * share, so that the same state read both ways gives the same estate. */
#ifndef COLLECT_BUILDER_H
#define COLLECT_BUILDER_H

#include "attributes.h"
#include "collect/plan.h"
#include "entry.h"
#include "snapshot.h"

/* What was asked for when an entry was read. */
typedef struct {
    guint64 asked; /* bit per AttrId */
    bool security; /* nTSecurityDescriptor was asked for */
    bool catalog;  /* read in the Global Catalog */
} Reading;

/* What is known of how an account was read. */
typedef struct {
    Account *account;
    guint64 asked;
    guint64 seen;    /* read whole */
    guint64 bad;     /* there, but did not parse */
    guint64 ranging; /* read in part: the next value is next[attr] */
    guint64 torn;    /* two entries differ in it, and neither is newer */
    guint64 shown;   /* carried by the entries of `file` */
    guint file;      /* the last that it came from, by number */
    guint *next;     /* by AttrId; NULL until one is ranged */
    bool security_asked;
    bool wanted;      /* named by the plan through a container or a group */
    bool end;         /* somebody delegates to it, or it may act on somebody */
    GBytes *security; /* nTSecurityDescriptor; NULL: absent */
} Taken;

/* In Taken.shown: instanceType, which every object has and no list of attributes names.
 */
#define SHOWN_WHOLE (G_GUINT64_CONSTANT(1) << 63)
G_STATIC_ASSERT(ATTR_COUNT < 63);

/* What an account carried in a file that came before the last. */
typedef struct {
    Taken *taken;
    guint file;
    guint64 shown;
} Shown;

/* A ranged attribute of which more has to be asked for. */
typedef struct {
    const char *dn; /* the estate's */
    AttrId attr;
    guint from;
} Remainder;

/* What a rootDSE says; NULL where it does not. */
typedef struct {
    bool active_directory;
    bool catalog; /* isGlobalCatalogReady */
    char *domain_dn;
    char *root_dn;
    char *config_dn;
    char *host; /* dnsHostName */
    bool has_time;
    gint64 time_us;    /* currentTime */
    GHashTable *token; /* set of Sid: the reader's; NULL: not read */
} RootDse;

typedef struct {
    char *dn; /* nCName */
    char *dns;
    char *netbios;
    char *forest; /* the DN above its CN=Configuration; NULL */
} CrossRef;

/* An object of class domainDNS: a domain, or an application partition. */
typedef struct {
    char *dn;
    Sid sid;           /* not set: an application partition, or not readable */
    int quota;         /* ms-DS-MachineAccountQuota; -1: not read */
    gint64 lockout_us; /* as Domain has it */
    gint64 age_us;     /* the same */
} Head;

struct Again; /* again.h */

typedef struct Builder {
    Estate *estate;        /* borrowed */
    GHashTable *taken;     /* Account * -> Taken * */
    GHashTable *blobs;     /* GBytes -> itself: equal descriptors kept once */
    GHashTable *others;    /* folded DNs of entries that are no account */
    GHashTable *scp_hosts; /* folded DN -> DN above a Hyper-V connection point */
    GHashTable *heads;     /* folded DN -> Head * */
    GHashTable *psos;      /* a domain's folded DN -> GPtrArray of Pso * */
    GPtrArray *crossrefs;  /* of CrossRef *: domains only */
    GString *forest_dn;    /* above CN=Configuration, from a crossRef */
    GHashTable *members;   /* a group's DN -> GPtrArray of DNs: asked for, nested */
    Snapshot *snapshot;    /* keeps all entries too; borrowed; NULL: no need */
    GArray *remainders;    /* of Remainder, taken by the search engine */
    GHashTable *dsas;      /* an invocationId in hex -> DN of the DC's settings */
    GPtrArray *roots;      /* of RootDse *: one per domain, the audited one's first */
    char *mappings;        /* sPNMappings, of the first forest; NULL: none yet */
    /* Looks at an entry of an account that was read before; NULL: the first one counts.
     */
    void (*compare)(struct Again *again, const struct Builder *builder, Taken *taken,
                    const Entry *entry);
    struct Again *again; /* borrowed */
    GArray *shown;       /* of Shown: of accounts that stand in several files */
    guint file;          /* the number of the file at hand */
    guint64 by_part;     /* attributes that some file, of some domain, was without */
    guint count;         /* entries so far */
    guint64 run_entries; /* that servers sent, and their bytes: kept or dropped */
    guint64 run_bytes;
    bool forest_trust;    /* a trust within the forest: there are more domains */
    bool authn_container; /* something of the configuration of authentication policies */
    bool any_security;    /* some entry had a descriptor */
} Builder;

Builder *
builder_new(Estate *estate);
void
builder_free(Builder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Builder, builder_free)

/* The rootDSE of the domain audited; an empty one where there was none. */
const RootDse *
builder_root(const Builder *builder);

/* The rootDSE of the domain that a DN lies in; the audited one's where that was
 * not read. */
const RootDse *
builder_root_of(const Builder *builder, const char *dn);

/* Takes one entry in; its account where it is one, else NULL (transfer
 * none). */
Account *
builder_absorb(Builder *builder, const Entry *entry, const Reading *reading);

/* How the account was read; NULL: not at all. */
Taken *
builder_taken(const Builder *builder, const Account *account);

/* Whether nobody named hosts: those that show Hyper-V are looked for. */
bool
builder_discovers(const CollectPlan *plan);

/* Whether an account is one of the hosts or file servers that will be
 * audited. */
bool
builder_wants(const Builder *builder, const CollectPlan *plan, const Account *account);

/* Whether an account delegates, or lets others act on it, where the plan reaches beyond
 * hosts. */
bool
builder_delegates(const Builder *builder, const CollectPlan *plan,
                  const Account *account);

/* Whether it is either: what its lists and descriptors name is read, too. */
bool
builder_judges(const Builder *builder, const CollectPlan *plan, const Account *account);

/* Marks the parents of Hyper-V connection points.  Those that were not read
 * are added to `missing` (of const char *, transfer none; may be NULL). */
void
builder_mark_hyperv(Builder *builder, GPtrArray *missing);

/* Marks the computers to which a Hyper-V host delegates the Migration Service.  Names
 * that no account bears are added to `absent` (of char *, transfer full; may be NULL). */
void
builder_mark_partners(Builder *builder, GPtrArray *absent);

/* Adds the parents of Hyper-V connection points that could not be read. */
void
builder_add_missing(Builder *builder);

/* Records the memberships that a file states in msds-memberTransitive. */
void
builder_settle_members(Builder *builder);

/* Settles the estate's domains from the rootDSE, the crossRefs and the domain
 * heads.  False where there is no domain at all. */
bool
builder_settle_domains(Builder *builder);

/* Whether the crossRefs were read: then they name every domain there is. */
bool
builder_knows_forest(const Builder *builder);

/* Decides for every absent attribute whether it is empty or was not readable
 * (settle.c), and records the gaps.  `judged`: absence is judged by security
 * descriptors; else what was asked for is taken as complete.  Without a plan
 * no gaps are recorded. */
void
builder_settle(Builder *builder, const CollectPlan *plan, bool judged);

#endif
