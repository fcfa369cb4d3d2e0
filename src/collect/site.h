/* The AD site that this machine is in, whose servers are asked before others. */
#ifndef COLLECT_SITE_H
#define COLLECT_SITE_H

#include <glib.h>
#include <stdbool.h>

/* Servers of a service as DNS names them. */
typedef struct {
    const char *service; /* "_ldap._tcp" */
    const char *zone;    /* where its records are: "dc._msdcs.contoso.com" */
    const char *domain;  /* whose domain controllers know this machine's site */
    const char *site;    /* NULL: as one of them says, where there are several servers */
    int timeout_s;
} SiteService;

/* Whether it is a site's name as DNS has it: one label. */
bool
site_is_sound(const char *name);

/* The client's site in a DC's answer to an LDAP ping (NETLOGON_SAM_LOGON_RESPONSE_EX,
 * MS-ADTS 6.3.1.9; transfer full); NULL: none, or the answer is malformed. */
char *
site_parse(const guint8 *answer, gsize length);

/* Puts the other servers (SrvRecord) behind those of the site, as such of a lesser
 * priority. */
void
site_put_behind(GPtrArray *near, const GPtrArray *all);

/* The servers, those of the site first (of SrvRecord *, transfer full; at least one).
 * *ret_site: whose these are (transfer full); NULL: DNS knows none of its own.
 * FAULT_UNREACHABLE. */
bool
site_servers(const SiteService *of, GPtrArray **ret_records, char **ret_site,
             GError **error);

#endif
