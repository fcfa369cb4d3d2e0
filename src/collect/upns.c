/* Asks for the owners of user principal names, in the whole forest. */
#include "upns.h"

#include "catalog.h"

static bool
ask_catalog(const Reader *reader, Batches *batches, GPtrArray *jobs, GError **error)
{
    g_auto(Catalog) catalog = {.live = NULL};
    if (!catalog_open(&catalog, reader->lives->pdata[0], error)) {
        g_ptr_array_unref(batches);
        return false;
    }
    catalog_ask(&catalog, QUERY_UPN_OWNERS, "upns", batches, jobs);
    if (!engine_run(catalog.engine, error))
        return false;
    reader->estate->upns_read = jobs_complete(jobs);
    return true;
}

bool
upns_read(const Reader *reader, bool several, GError **error)
{
    const Live *live = reader->lives->pdata[0];
    g_autoptr(GPtrArray) jobs = g_ptr_array_new();
    g_autoptr(GError) failure = NULL;
    Batches *batches = batches_of_upns(reader->builder);
    if (!several) {
        live_ask_batches(live, QUERY_UPN_OWNERS, "upns", batches, jobs);
        if (!engine_run(live->engine, error))
            return false;
        reader->estate->upns_read = jobs_complete(jobs);
    } else if (batches->len == 0) {
        g_ptr_array_unref(batches);
        reader->estate->upns_read = true;
    } else if (!ask_catalog(reader, batches, jobs, &failure)) {
        estate_add_gap(reader->estate,
                       "owners of user principal names in the rest of the forest",
                       failure->message);
    }
    return true;
}
