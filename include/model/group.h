/* Who must be able to migrate to whom. */
#ifndef MODEL_GROUP_H
#define MODEL_GROUP_H

#include "model/estate.h"

typedef enum { SERVICE_CIFS, SERVICE_MIGRATION, SERVICE_COUNT } Service;

/* "cifs", "migration": as configuration and JSON name them. */
extern const char *const service_names[SERVICE_COUNT];
/* The SPN classes. */
extern const char *const service_classes[SERVICE_COUNT];

typedef enum { MODE_EITHER, MODE_KCD, MODE_RBCD } GroupMode;
typedef enum { PT_DEFAULT, PT_REQUIRED, PT_OPTIONAL, PT_FORBIDDEN } GroupPt;
typedef enum {
    NAMES_BOTH,
    NAMES_FQDN,
    NAMES_SHORT,
    NAMES_WRITTEN, /* an SPN as somebody wrote it (verdict_of_spn) */
} GroupNames;
typedef enum { ORIGIN_CONFIG, ORIGIN_INFERRED, ORIGIN_HOSTS } GroupOrigin;

/* What is audited: live migration alone; every delegation of the domains that are read;
 * of the whole forest. */
typedef enum { REACH_HOSTS, REACH_DOMAIN, REACH_FOREST, REACH_COUNT } Reach;

/* What is looked at of the many of one kind, alike in what matters. */
#define MEMBERS_JUDGED 64 /* of a group that may act: the first by DN */
#define SPNS_TRIED 8      /* of an account that RBCD lets others act on */

/* "hosts", "domain", "forest" */
extern const char *const reach_names[REACH_COUNT];

/* A group as somebody declared it: [group NAME] or --host. */
typedef struct {
    char *name;
    GroupOrigin origin;
    GPtrArray *hosts;     /* of char *: names or globs */
    GPtrArray *hosts_in;  /* of char *: DNs of containers */
    GPtrArray *member_of; /* of char *: DNs of groups */
    GPtrArray *storage;   /* of char *: names of SMB file servers */
    guint services;       /* bit per Service */
    GPtrArray *classes;   /* of char *: further ones, "HTTP", "MSSQLSvc:1433" */
    GroupMode mode;
    GroupPt pt;
    GroupNames names;
} GroupSpec;

GroupSpec *
group_spec_new(const char *name, GroupOrigin origin);
void
group_spec_free(GroupSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GroupSpec, group_spec_free)

/* Whether the account is a host the spec names (not its storage).  Unknown
 * where a membership could not be read. */
Tri
group_spec_matches(const GroupSpec *spec, const Estate *estate, const Account *account);

/* A group with its members found. */
typedef struct {
    char *name;
    GroupOrigin origin;
    GPtrArray *members; /* of const Account *, by name */
    GPtrArray *storage; /* of const Account * */
    guint services;
    GPtrArray *classes; /* of const char *: further ones; NULL: none */
    GroupMode mode;
    GroupPt pt;
    GroupNames names;
    bool pt_required; /* PT_DEFAULT settled */
} Group;

void
group_free(Group *group);

/* Whether the account stands for a failover cluster (its own name, or a role's): no
 * machine runs under it. */
bool
group_is_cluster_name(const Account *account);

/* Whether the account is a Hyper-V host to discover: an enabled computer with
 * a Hyper-V SPN or a Hyper-V service connection point, or to which another one
 * delegates the Migration Service (its SPNs may be what is missing); no cluster name
 * object, no managed service account, none of a domain that was not read. */
bool
group_is_hyperv_host(const Account *account);

/* Whether it would be one, were it enabled. */
bool
group_is_disabled_host(const Account *account);

#endif
