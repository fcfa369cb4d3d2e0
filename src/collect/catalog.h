/* The Global Catalog: all accounts of the forest, in part. */
#ifndef COLLECT_CATALOG_H
#define COLLECT_CATALOG_H

#include "reader.h"

typedef struct {
    const Live *live; /* whose DC, credentials and mechanism */
    Directory *directory;
    Engine *engine;
} Catalog;

/* The DC at hand where it is a Global Catalog, else one that DNS names. */
bool
catalog_open(Catalog *catalog, const Live *live, GError **error);
void
catalog_close(Catalog *catalog);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Catalog, catalog_close)

/* Queues a query for every batch of terms; the jobs are added to `jobs` (may
 * be NULL).  Frees the batches. */
void
catalog_ask(const Catalog *catalog, QueryId id, const char *name, Batches *batches,
            GPtrArray *jobs);

#endif
