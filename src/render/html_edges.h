/* Delegations on the page: which are shown, in which order, and what is said of each in
 * more than one place. */
#ifndef RENDER_HTML_EDGES_H
#define RENDER_HTML_EDGES_H

#include "findings.h"

#define EDGES_SHOWN 1000 /* at risk first; the rest is counted */
#define EDGE_SPNS_SHOWN 12

typedef struct {
    bool asked;         /* delegations are audited, or there are some */
    GPtrArray *shown;   /* of const Edge * */
    GHashTable *places; /* const Edge * -> its place in `shown` + 1 */
    GPtrArray *blocks;  /* of GArray * of guint, by place: the numbers of the blocks of
                         * findings about it, ascending */
    guint count;        /* of all that could be shown */
    guint migrations;   /* which the matrix shows */
    guint at_risk;      /* of `count` */
    bool declared;      /* whether the configuration says anything of any */
} HtmlEdges;

/* Borrows both. */
HtmlEdges *
html_edges_of(const Audit *audit, const Sheet *sheet);
void
html_edges_free(HtmlEdges *edges);

/* "edge-12" of a row that is shown (transfer full); NULL: none is. */
char *
html_edge_anchor(const HtmlEdges *edges, const Edge *edge);

#endif
