/* What can be ready or not, and what bears on it. */
#ifndef FIX_FIRST_UNITS_H
#define FIX_FIRST_UNITS_H

#include "cause.h"

/* A pair of hosts or a delegation. */
typedef struct {
    const Pair *pair; /* NULL: a delegation */
    const Edge *edge;
    bool was;      /* ready */
    bool is;       /* ready with the steps that are taken */
    bool may;      /* is ready with all steps, and was not */
    bool in_ways;  /* more than one set of steps would do */
    guint causes;  /* that bear on it, where it is not ready */
    GArray *needs; /* of guint: those without which it is not ready; NULL: none */
} Unit;

typedef struct {
    const Audit *audit;
    Causes *causes;
    GArray *edits; /* of Edit: of all causes */
    Simulation *simulation;
    GArray *units;    /* of Unit: those on which an edit bears */
    GHashTable *from; /* const Account * -> GArray of guint: units */
    GHashTable *to;
    GHashTable *named;  /* folded host of an SPN that no single account answers -> same */
    bool everywhere;    /* an edit bears on all */
    GPtrArray *touched; /* of GArray of guint: units by cause */
    GPtrArray *singles; /* of GArray of guint: each cause alone */
    guint pairs, edges; /* ready as things are */
} First;

static inline Unit *
unit_at(const First *first, guint number)
{
    return &g_array_index(first->units, Unit, number);
}

static inline Cause *
cause_at(const First *first, guint number)
{
    return first->causes->causes->pdata[number];
}

/* With all causes and no units. */
void
first_init(First *first, const Audit *audit, const GPtrArray *fixes);
void
first_clear(First *first);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(First, first_clear)

/* Makes all edits of a cause, or takes them back. */
void
first_make(const First *first, guint cause, bool on);

/* By the directory alone, with the edits that are made. */
bool
first_ready(const First *first, const Unit *unit);

/* One more unit, which no end leads to. */
void
first_add_pair(First *first, const Pair *pair);

/* Fills `units`, `from`, `to` and `named`, and counts what is ready. */
void
first_find_units(First *first);

/* Fills `touched` and `singles`, and counts the causes of each unit. */
void
first_find_touched(First *first);

/* The causes that bear on the unit of that number (transfer full, of guint). */
GArray *
first_causes_of(const First *first, guint number);

#endif
