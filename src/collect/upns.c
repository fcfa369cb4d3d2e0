/* Asks for the owners of user principal names, in the whole forest. */
#include "upns.h"

#include "catalog.h"

static bool
ask_catalog(const Live *live, Batches *batches, bool *ret_complete, GError **error)
{
    g_auto(Catalog) catalog = {.live = NULL};
    g_autoptr(GPtrArray) jobs = g_ptr_array_new();
    if (!catalog_open(&catalog, live, error))
        return false;
    catalog_ask(&catalog, QUERY_UPN_OWNERS, "upns", g_ptr_array_ref(batches), jobs);
    if (!engine_run(catalog.engine, error))
        return false;
    *ret_complete = *ret_complete && jobs_complete(jobs);
    return true;
}

/* In the catalog of each forest that is read. */
static void
ask_forests(const Reader *reader, Batches *batches)
{
    bool complete = true;
    for (guint i = 0; batches->len > 0 && i < reader->lives->len; i++) {
        const Live *live = reader->lives->pdata[i];
        g_autoptr(GError) failure = NULL;
        if (!live->first_of_forest || ask_catalog(live, batches, &complete, &failure))
            continue;
        complete = false;
        estate_add_gap(reader->estate,
                       "owners of user principal names in the rest of the forest",
                       failure->message);
    }
    reader->estate->upns_read = complete;
}

bool
upns_read(const Reader *reader, bool several, GError **error)
{
    const Live *live = reader->lives->pdata[0];
    g_autoptr(GPtrArray) jobs = g_ptr_array_new();
    Batches *batches = batches_of_upns(reader->builder);
    if (!several) {
        live_ask_batches(live, QUERY_UPN_OWNERS, "upns", batches, jobs);
        if (!engine_run(live->engine, error))
            return false;
        reader->estate->upns_read = jobs_complete(jobs);
    } else {
        ask_forests(reader, batches);
        g_ptr_array_unref(batches);
    }
    return true;
}
