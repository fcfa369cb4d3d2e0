/* Ways through a directed graph: the shortest, the fewest arcs that end them all, and how
 * much hangs on each arc.
 *
 * Numbers in, numbers out.  Nothing is recursive, so that a way may be as long as the
 * graph; time grows with the number of arcs.
 */
#ifndef FLOW_H
#define FLOW_H

#include <glib.h>
#include <stdbool.h>

#define FLOW_NONE G_MAXUINT

typedef struct {
    guint from, to; /* nodes */
    bool free;      /* no step, and nobody can take it out: who is in a group */
} Arc;

typedef struct {
    guint nodes;
    guint count; /* of arcs */
    const Arc *arcs;
    guint *out; /* arcs by where they start, in their order */
    guint *out_start;
    guint *in; /* arcs by where they end */
    guint *in_start;
} Flow;

/* The arcs are borrowed, and longer there than the graph (transfer full). */
Flow *
flow_new(guint nodes, const Arc *arcs, guint count);
void
flow_free(Flow *flow);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Flow, flow_free)

/* The shortest ways from one node to all others, or backwards from all others to it. */
typedef struct {
    guint *steps; /* by node; FLOW_NONE: there is no way */
    guint *by;    /* by node: the arc by which the walk came to it */
    GArray *met;  /* of guint: the nodes, nearest first */
    gsize looked; /* at how many arcs, by all walks so far */
} Walk;

Walk *
walk_new(const Flow *flow);
void
walk_free(Walk *walk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Walk, walk_free)

/* Walks anew, which costs what the walk and the one before it met.  Does not pass
 * `closed` (FLOW_NONE: nothing is closed). */
void
walk_from(Walk *walk, const Flow *flow, guint start, guint closed, bool backwards);

/* The fewest arcs without which no source has a way to the goal: ret_cut[arc].  Where
 * there are several such sets, the one nearest to the sources.  No way may be of free
 * arcs alone, and the goal is no source. */
void
flow_cut(const Flow *flow, const bool *sources, guint goal, bool *ret_cut);

/* ret_frees[arc]: how many sources have a way to the goal, but none without that arc. */
void
flow_frees(const Flow *flow, const bool *sources, guint goal, guint *ret_frees);

#endif
