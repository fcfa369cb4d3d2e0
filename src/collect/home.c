/* Finds the domain that this machine is in by its names and DNS. */
#include "collect/home.h"

#include "locate.h"
#include "site.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <unistd.h>

#define HOMES_MAX 6
#define HOME_TIMEOUT_S 3 /* for a question */
/* Then no further one is asked. */
#define HOMES_TIMEOUT_US (G_GINT64_CONSTANT(6) * G_USEC_PER_SEC)

static bool
has_records(const char *service, const char *domain)
{
    g_autofree char *name = g_strdup_printf("%s.%s", service, domain);
    g_autoptr(GPtrArray) records = NULL;
    return locate_srv(name, HOME_TIMEOUT_S, &records, NULL);
}

bool
home_knows(const char *domain)
{
    return has_records("_kerberos._tcp", domain) || has_records("_ldap._tcp", domain);
}

bool
home_is_site(const char *name)
{
    return site_is_sound(name);
}

bool
home_kdcs(const char *realm, const char *site, int timeout_s,
          void (*take)(const char *host, guint16 port, guint16 priority, void *data),
          void *data)
{
    const SiteService kdcs = {"_kerberos._tcp", realm, realm, site, timeout_s};
    g_autofree char *found = NULL;
    g_autoptr(GPtrArray) records = NULL;
    if (!site_servers(&kdcs, &records, &found, NULL))
        return false;
    for (guint i = 0; i < records->len; i++) {
        const SrvRecord *record = records->pdata[i];
        take(record->host, record->port, record->priority, data);
    }
    return true;
}

/* The domains that resolv.conf searches, then what stands behind this machine's own name
 * (of char *, transfer full). */
static GPtrArray *
homes(void)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    struct __res_state state = {0};
    char own[NS_MAXDNAME] = "";
    if (res_ninit(&state) == 0) {
        for (guint i = 0; i < MAXDNSRCH && state.dnsrch[i]; i++)
            g_ptr_array_add(names, g_strdup(state.dnsrch[i]));
        res_nclose(&state);
    }
    const char *dot = gethostname(own, sizeof own - 1) == 0 ? strchr(own, '.') : NULL;
    if (dot)
        g_ptr_array_add(names, g_strdup(dot + 1));
    return names;
}

char *
home_domain(void)
{
    g_autoptr(GPtrArray) names = homes();
    gint64 end_us = g_get_monotonic_time() + HOMES_TIMEOUT_US;
    for (guint i = 0; i < MIN(names->len, HOMES_MAX) && g_get_monotonic_time() < end_us;
         i++) {
        const char *name = names->pdata[i];
        if (locate_is_sound(name) && home_knows(name))
            return g_ascii_strdown(name, -1);
    }
    return NULL;
}
