/* Asks a DC for this machine's site, as Windows does (MS-ADTS 6.3.3, LDAP ping). */
#include "site.h"

#include "base/text.h"
#include "directory.h"
#include "locate.h"

#include <arpa/nameser.h>
#include <string.h>

#define ASKED 2 /* DCs at most, where the first does not answer */
#define ASKED_TIMEOUT_S 2
#define SITE_MAX 63 /* of a label (RFC 1035) */

/* MS-ADTS 6.3.1.3, 6.3.1.9: opcode, flags and GUID of the domain stand before the names:
 * forest, domain, host, the two of NetBIOS, user, the DC's site, the client's. */
#define ANSWER 23
#define ANSWER_NO_USER 25
#define NAMES_AT 24
#define NAMES_BEFORE 7

bool
site_is_sound(const char *name)
{
    return strlen(name) <= SITE_MAX && !strchr(name, '.') && locate_is_sound(name);
}

char *
site_parse(const guint8 *answer, gsize length)
{
    char name[NS_MAXDNAME];
    if (length <= NAMES_AT || (answer[0] != ANSWER && answer[0] != ANSWER_NO_USER) ||
        answer[1] != 0)
        return NULL;
    const guint8 *at = answer + NAMES_AT, *end = answer + length;
    for (guint i = 0; i < NAMES_BEFORE; i++)
        if (ns_name_skip(&at, end) != 0)
            return NULL;
    if (ns_name_uncompress(answer, end, at, name, sizeof name) < 0 ||
        !site_is_sound(name))
        return NULL;
    return g_strdup(name);
}

/* What the host says, to anybody; NULL: nothing. */
static char *
ask_one(const char *host, const SiteService *of)
{
    g_autofree char *domain = text_quoted(QUOTE_LDAP_FILTER, of->domain);
    g_autofree char *filter =
        g_strdup_printf("(&(DnsDomain=%s)(NtVer=\\06\\00\\00\\00))", domain);
    g_autoptr(Uri) uri = uri_new(false, host, 0);
    g_autoptr(GBytes) answer =
        directory_ask_root(uri, MIN(of->timeout_s, ASKED_TIMEOUT_S), filter, "netlogon");
    gsize length = 0;
    const guint8 *bytes = answer ? g_bytes_get_data(answer, &length) : NULL;
    return bytes ? site_parse(bytes, length) : NULL;
}

static char *
ask_any(const GPtrArray *records, const SiteService *of)
{
    char *site = NULL;
    for (guint i = 0; !site && i < MIN(records->len, ASKED); i++)
        site = ask_one(((const SrvRecord *)records->pdata[i])->host, of);
    return site;
}

void
site_put_behind(GPtrArray *near, const GPtrArray *all)
{
    guint count = near->len, last = 0;
    for (guint i = 0; i < count; i++)
        last = MAX(last, ((const SrvRecord *)near->pdata[i])->priority);
    for (guint a = 0; a < all->len; a++) {
        const SrvRecord *record = all->pdata[a];
        bool known = false;
        for (guint i = 0; i < count && !known; i++)
            known = g_ascii_strcasecmp(((const SrvRecord *)near->pdata[i])->host,
                                       record->host) == 0;
        if (known)
            continue;
        SrvRecord *copy = g_memdup2(record, sizeof *record);
        copy->host = g_strdup(record->host);
        copy->priority = (guint16)MIN(last + 1 + record->priority, G_MAXUINT16);
        g_ptr_array_add(near, copy);
    }
}

bool
site_servers(const SiteService *of, GPtrArray **ret_records, char **ret_site,
             GError **error)
{
    g_autofree char *everywhere = g_strdup_printf("%s.%s", of->service, of->zone);
    g_autoptr(GPtrArray) all = NULL, near = NULL;
    if (!locate_srv(everywhere, of->timeout_s, &all, error))
        return false;
    g_autofree char *site = of->site       ? g_strdup(of->site)
                            : all->len > 1 ? ask_any(all, of)
                                           : NULL;
    g_autofree char *there =
        site && site_is_sound(site)
            ? g_strdup_printf("%s.%s._sites.%s", of->service, site, of->zone)
            : NULL;
    bool found = there && locate_srv(there, of->timeout_s, &near, NULL);
    if (found) {
        site_put_behind(near, all);
        *ret_records = g_steal_pointer(&near);
        *ret_site = g_steal_pointer(&site);
    } else {
        *ret_records = g_steal_pointer(&all);
        *ret_site = NULL;
    }
    return true;
}
