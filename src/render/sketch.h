/* What is drawn of chains: who, and what leads from whom to whom; each once. */
#ifndef RENDER_SKETCH_H
#define RENDER_SKETCH_H

#include "audit/chains.h"

#define CUTS_SHOWN 50

typedef struct {
    const Account *account; /* of several that are alike the first */
    GPtrArray *alike;       /* of const Account *, itself among them */
    bool tier0;
} SketchNode;

/* All delegations from one node to another. */
typedef struct {
    guint from, to;
    GPtrArray *edges; /* of const Edge * */
    guint cut;        /* the number among those to remove; 0: none */
} SketchLink;

typedef struct {
    const Chains *chains;
    GPtrArray *nodes;    /* of SketchNode * */
    GPtrArray *links;    /* of SketchLink * */
    GHashTable *numbers; /* const Account * -> number of its node + 1 */
    GHashTable *by_ends; /* "from to" -> SketchLink * */
    bool to_tier0;       /* only what ends there is drawn: a column per step */
} Sketch;

/* Of the chains, which are borrowed (clear with sketch_clear); `to_tier0`: only of those
 * that end there. */
Sketch
sketch_of(const Chains *chains, bool to_tier0);
void
sketch_clear(Sketch *sketch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sketch, sketch_clear)

/* Makes one node of many that lead to the same by the same ways. */
void
sketch_join_alike(Sketch *sketch);

/* Where a step of a chain ends: whatever it names, it is the account that takes the
 * next. */
const Account *
sketch_step_end(const Chain *chain, guint step);

#endif
