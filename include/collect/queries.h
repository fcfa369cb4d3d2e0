/* The LDAP queries: one file each, carried in the binary, so that an
 * administrator can read, try and change them.
 *
 * A file starts with comments (#) that say why, then holds
 *     base: {domain}
 *     scope: base | one | sub
 *     filter: (...)
 *     attributes: name name ...
 * A line that starts with a blank goes on with the one above; `attributes`
 * may stand more than once.  {name} is replaced by text that is already
 * quoted for its place.
 */
#ifndef COLLECT_QUERIES_H
#define COLLECT_QUERIES_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    QUERY_ROOTDSE,
    QUERY_DOMAIN,
    QUERY_PARTITIONS,
    QUERY_MAPPINGS,
    QUERY_HOSTS,
    QUERY_HYPERV_SCP,
    QUERY_HOSTS_BY_DN,
    QUERY_HOSTS_BY_NAME,
    QUERY_HOSTS_IN,
    QUERY_HOSTS_IN_GROUP,
    QUERY_GROUP,
    QUERY_ACCOUNTS_BY_SID,
    QUERY_MEMBERS,
    QUERY_GROUP_MEMBERS,
    QUERY_MEMBERS_BY_DN,
    QUERY_WELL_KNOWN,
    QUERY_SPN_OWNERS,
    QUERY_TOKEN_GROUPS,
    QUERY_FOREST_DOMAINS,
    QUERY_SPN_SEARCH,
    QUERY_DCS,
    QUERY_PRIMARY_MEMBERS,
    QUERY_OPERATORS,
    QUERY_OPERATORS_IN_GROUP,
    QUERY_CHANGES,
    QUERY_LOOKALIKES,
    QUERY_REPLICA,
    QUERY_GPO_LINKS,
    QUERY_GPOS,
    QUERY_GPO_SITES,
    QUERY_AUTHN,
    QUERY_DELEGATIONS,
    QUERY_DELEGATION_ENDS,
    QUERY_DECLARED,
    QUERY_DECLARED_IN,
    QUERY_GROUPS_BY_DN,
    QUERY_TRUSTS,
    QUERY_UPN_OWNERS,
    QUERY_ASKED,
    QUERY_DSAS,
    QUERY_NEARBY,
    QUERY_COUNT
} QueryId;

typedef struct {
    char *file; /* for messages: "hosts.ldap", or its path under --queries */
    char *base;
    int scope; /* LDAP_SCOPE_* */
    char *filter;
    char **attributes;
    guint64 asked; /* bit per AttrId among the attributes */
    bool security; /* nTSecurityDescriptor among them */
} Query;

typedef struct {
    Query queries[QUERY_COUNT];
} Queries;

/* All of them; a file in `directory` (may be NULL) goes before the embedded
 * one.  FAULT_CONFIG with file and line. */
bool
queries_load(const char *directory, Queries **ret_queries, GError **error);
void
queries_free(Queries *queries);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Queries, queries_free)

/* Parses one query's text (for queries_load and its tests).  `names` lists the
 * placeholders that may be used, separated by blanks. */
bool
query_parse(const char *file, const char *text, const char *names, Query *ret_query,
            GError **error);
void
query_clear(Query *query);

typedef struct {
    const char *name;
    const char *text; /* quoted for its place */
} QueryArg;

/* `template` with its placeholders filled in (transfer full).  `args` ends
 * with a NULL name. */
char *
query_fill(const char *template, const QueryArg *args);

#endif
