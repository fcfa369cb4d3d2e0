/* Where the nodes of a directed graph stand, and its lines go: in columns, so that all
 * lines lead to the right but those that close a circle. */
#ifndef RENDER_GRAPH_H
#define RENDER_GRAPH_H

#include <glib.h>
#include <stdbool.h>

#define GRAPH_BENDS 4096 /* lines that pass columns keep clear of nodes up to so many */

typedef struct {
    guint column; /* 0: the leftmost */
    double row;   /* from 0; two of one column are at least 1 apart */
} GraphNode;

typedef struct {
    guint from, to;
    bool back;     /* closes a circle: does not lead to the right */
    GArray *bends; /* of double: its row in each column that it passes; empty: none, or
                    * too many */
} GraphLine;

typedef struct {
    GArray *nodes;    /* of GraphNode */
    GPtrArray *lines; /* of GraphLine *, in the order in which they were added */
    guint columns;
    double rows; /* the last row that is taken */
} Graph;

Graph *
graph_new(guint nodes);
void
graph_free(Graph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Graph, graph_free)

void
graph_add(Graph *graph, guint from, guint to);

/* Fills in all the rest.  A node stands as many columns before the last as its longest
 * way out has steps; lines cross seldom, and nodes stand where theirs lead. */
void
graph_lay_out(Graph *graph);

#endif
