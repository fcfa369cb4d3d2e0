/* Searches on one connection, several in flight: the round trips do not grow
 * with what is read. */
#ifndef COLLECT_SEARCH_H
#define COLLECT_SEARCH_H

#include "builder.h"
#include "collect/queries.h"
#include "directory.h"
#include "sieve.h"

typedef struct Engine Engine;

/* One search and what it gave. */
typedef struct {
    GPtrArray *accounts; /* of Account *: those it delivered, once each */
    guint entries;
    bool complete; /* it ended well */
    /* Of a search for a group's list: the DNs in it; for names: these (of char *); else
     * NULL. */
    GPtrArray *members;
    bool shown; /* the list is not hidden from the reader */
} Job;

/* Borrows everything. */
Engine *
engine_new(Directory *directory, Builder *builder, const CollectPlan *plan);
void
engine_free(Engine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Engine, engine_free)

/* Queues a query with its placeholders filled in; `catalog`: asked in the
 * Global Catalog.  The job (transfer none) lives as long as the engine. */
Job *
engine_add(Engine *engine, const Query *query, const QueryArg *args, bool catalog);

/* The same for a group's own list of members, whose values go to the job alone.  That it
 * cannot be read is no gap: there is another way to ask. */
Job *
engine_add_list(Engine *engine, const Query *query, const QueryArg *args);

/* The same for names alone: the first of those found (NEARBY_MAX) go to the job, and no
 * account to the estate.  That they cannot be read is no gap. */
#define NEARBY_MAX 2000
Job *
engine_add_names(Engine *engine, const Query *query, const QueryArg *args);

/* From here on entries go through the sieve first (borrowed; NULL: none).  What it drops
 * is counted, and nothing more. */
void
engine_sift(Engine *engine, Sieve *sieve);

/* Sends what is queued, as far as may be in flight, and does not wait: engine_run does.
 * Faults as that. */
bool
engine_start(Engine *engine, GError **error);

/* Runs all that is queued, with all pages and ranges.  A search that is
 * refused or stopped becomes a gap.  False where the connection is lost or
 * silent (FAULT_UNREACHABLE), or a filter does not parse (FAULT_CONFIG). */
bool
engine_run(Engine *engine, GError **error);

#endif
