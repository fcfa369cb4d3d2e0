/* Which fixes make one step. */
#ifndef FIX_JOIN_H
#define FIX_JOIN_H

#include "fix/fix.h"

/* Fixes by number, each with another of its step that stands for it, or itself. */
typedef struct {
    const GPtrArray *fixes;
    GHashTable *numbers; /* const char *: id of a fix -> number + 1 */
    guint *stands_for;
    GHashTable *alike; /* guint: who stands for the same change of many accounts, + 1 ->
                        * char *: the host that it is about, "" for several */
} Joined;

/* The fixes of one account that go together, what moves from one account to another,
 * and the same change of many accounts. */
void
joined_init(Joined *joined, const Audit *audit, const GPtrArray *fixes);
void
joined_clear(Joined *joined);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Joined, joined_clear)

/* The number of the fix that stands for this one. */
guint
joined_head(const Joined *joined, guint fix);

/* The number of the fix of that id; false: there is none. */
bool
joined_find(const Joined *joined, const char *id, guint *ret_number);

#endif
