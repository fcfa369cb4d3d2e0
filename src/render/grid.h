/* One group's sources by targets, gathered for every report that shows a matrix. */
#ifndef RENDER_GRID_H
#define RENDER_GRID_H

#include "audit/audit.h"

typedef struct {
    const Audit *audit;
    const Group *group;
    GPtrArray *rows;    /* of const Account *: the members */
    GPtrArray *columns; /* of const Account *: members, then file servers */
    guint counts[VERDICT_COUNT];
    guint pairs;
} Grid;

Grid
grid_of(const Audit *audit, const Group *group);
void
grid_clear(Grid *grid);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Grid, grid_clear)

/* The pair of a row and a column; NULL: no migration is asked for. */
const Pair *
grid_pair(const Grid *grid, guint row, guint column);

bool
grid_is_ready(const Grid *grid);

/* "2 hosts and 1 file server, from the configuration" (transfer full). */
char *
grid_about(const Grid *grid);

/* Why it has no pair. */
const char *
grid_emptiness(const Grid *grid);

/* With more groups, those that are all ready are told in a line. */
bool
grid_is_brief(const Audit *audit);

#endif
