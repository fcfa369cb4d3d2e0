/* Connects to the first domain controller that answers. */
#include "dcs.h"

#include "base/fault.h"
#include "locate.h"
#include "site.h"

#define TRIES 4

static void
tell_site(const LiveOptions *options, const char *site, const char *domain)
{
    g_autofree char *text = g_strdup_printf(
        "the domain controllers of the site %s come first in %s", site, domain);
    if (options->verbose && options->warn)
        options->warn(text, options->warn_data);
}

bool
dcs_locate(const char *domain, const LiveOptions *options, GPtrArray **ret_uris,
           GError **error)
{
    g_autofree char *zone = g_strconcat("dc._msdcs.", domain, NULL), *site = NULL;
    const SiteService dcs = {"_ldap._tcp", zone, domain, options->site,
                             options->timeout_s};
    g_autoptr(GPtrArray) records = NULL;
    if (!site_servers(&dcs, &records, &site, error))
        return false;
    if (options->site && !site && g_strcmp0(domain, options->domain) == 0)
        return fault_set(error, FAULT_CONFIG,
                         "--site %s: DNS names no domain controller of %s in this site "
                         "(_ldap._tcp.%s._sites.dc._msdcs.%s); leave --site out, or name "
                         "another one",
                         options->site, domain, options->site, domain);
    if (site)
        tell_site(options, site, domain);
    GPtrArray *uris = g_ptr_array_new_with_free_func((GDestroyNotify)uri_free);
    for (guint i = 0; i < records->len; i++) {
        const SrvRecord *record = records->pdata[i];
        g_ptr_array_add(uris, uri_new(false, record->host, record->port));
    }
    *ret_uris = uris;
    return true;
}

bool
dcs_open(const char *domain, const LiveOptions *options, const Directory *known,
         Directory **ret_directory, GError **error)
{
    g_autoptr(GPtrArray) uris = NULL;
    if (!dcs_locate(domain, options, &uris, error))
        return false;
    g_assert(uris);
    LiveOptions same = *options;
    same.mech = known->mech; /* what worked once */
    for (guint i = 0; i < MIN(uris->len, TRIES); i++) {
        const Uri *found = uris->pdata[i];
        bool ldaps = known->uri->ldaps, elsewhere = false;
        g_autoptr(Uri) uri = uri_new(ldaps, found->host, ldaps ? 0 : found->port);
        g_clear_error(error);
        if (directory_open(uri, &same, ret_directory, &elsewhere, error))
            return true;
        if (!elsewhere)
            return false;
    }
    return false;
}
