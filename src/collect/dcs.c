/* Connects to the first domain controller that answers. */
#include "dcs.h"

#include "locate.h"

#define TRIES 4

bool
dcs_locate(const char *domain, int timeout_s, GPtrArray **ret_uris, GError **error)
{
    g_autofree char *name = g_strdup_printf("_ldap._tcp.dc._msdcs.%s", domain);
    g_autoptr(GPtrArray) records = NULL;
    if (!locate_srv(name, timeout_s, &records, error))
        return false;
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
    if (!dcs_locate(domain, options->timeout_s, &uris, error))
        return false;
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
