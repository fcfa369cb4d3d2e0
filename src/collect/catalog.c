/* Opens a connection to a Global Catalog, and asks it for who else holds the SPNs. */
#include "catalog.h"

#include "locate.h"
#include "model/dn.h"
#include "site.h"

#define GC_PORT 3268
#define GC_TLS_PORT 3269
#define GC_TRIES 4

void
catalog_close(Catalog *catalog)
{
    g_clear_pointer(&catalog->engine, engine_free);
    g_clear_pointer(&catalog->directory, directory_close);
}

static bool
try_host(Catalog *catalog, const char *host, GError **error)
{
    const Reader *reader = catalog->live->reader;
    const Directory *known = catalog->live->directory;
    bool ldaps = known->uri->ldaps, elsewhere;
    g_autoptr(Uri) uri = uri_new(ldaps, host, ldaps ? GC_TLS_PORT : GC_PORT);
    LiveOptions options = *reader->options;
    options.mech = known->mech; /* what worked once */
    if (!directory_open(uri, &options, &catalog->directory, &elsewhere, error))
        return false;
    catalog->engine = engine_new(catalog->directory, reader->builder, reader->plan);
    return true;
}

bool
catalog_open(Catalog *catalog, const Live *live, GError **error)
{
    *catalog = (Catalog){.live = live};
    if (live->root->catalog)
        return try_host(catalog, live->directory->uri->host, error);
    const Reader *reader = live->reader;
    g_autofree char *forest = live->root->root_dn ? dn_domain(live->root->root_dn) : NULL;
    const char *zone = forest ? forest : reader->estate->forest;
    const SiteService catalogs = {"_gc._tcp", zone, zone, reader->options->site,
                                  reader->options->timeout_s};
    g_autofree char *site = NULL;
    g_autoptr(GPtrArray) records = NULL;
    if (!site_servers(&catalogs, &records, &site, error))
        return false;
    for (guint i = 0; i < MIN(records->len, GC_TRIES); i++) {
        g_clear_error(error);
        if (try_host(catalog, ((SrvRecord *)records->pdata[i])->host, error))
            return true;
    }
    return false;
}

void
catalog_ask(const Catalog *catalog, QueryId id, const char *name, Batches *batches,
            GPtrArray *jobs)
{
    for (guint i = 0; i < batches->len; i++) {
        /* The empty base of a catalog is the whole forest. */
        const QueryArg args[] = {
            {"scope", ""}, {"domain", ""}, {name, batches->pdata[i]}, {NULL, NULL}};
        Job *job = engine_add(catalog->engine,
                              &catalog->live->reader->queries->queries[id], args, true);
        if (jobs)
            g_ptr_array_add(jobs, job);
    }
    g_ptr_array_unref(batches);
}
