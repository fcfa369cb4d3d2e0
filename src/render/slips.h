/* Where a group is not ready, in few lines: by source and by target. */
#ifndef RENDER_SLIPS_H
#define RENDER_SLIPS_H

#include "grid.h"

/* Hosts of which the same is to be said. */
typedef struct {
    Verdict verdict;
    bool target;      /* as targets; else as sources */
    GPtrArray *hosts; /* of const char *: names */
    GPtrArray *ends;  /* of const char *: the other ends of the first */
    guint each;       /* pairs of each that are told here */
    guint of;         /* pairs of each */
    bool alike;       /* all have the same other ends */
    bool rest;        /* what is not told here of them is not ready, either */
} Slip;

/* Every pair that is not ready, each once: the ends that have most of them first
 * (transfer full, of Slip *).  More than `most` lines become fewer: then `alike` is
 * given up. */
GPtrArray *
slips_of(const Grid *grid, guint most);

/* "as target", and "EDGE01, HV11: every direction is broken" (transfer full). */
const char *
slip_role(const Slip *slip);
char *
slip_text(const Slip *slip);

/* Directions told. */
guint
slip_pairs(const Slip *slip);

#endif
