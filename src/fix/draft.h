/* Wishes, merged into one draft per account and slot, settled, and made into fixes. */
#ifndef FIX_DRAFT_H
#define FIX_DRAFT_H

#include "plan.h"

/* All wishes for one slot of one account. */
typedef struct {
    Slot slot;
    const Account *account;
    GHashTable *add;    /* set of values as proposed, the same in any spelling */
    GHashTable *remove; /* value as proposed -> the same, then as held */
    guint32 set;        /* userAccountControl bits */
    guint32 clear;
    GPtrArray *trustees; /* of const Account * */
    GPtrArray *denied;   /* of const Account *: those whose own deny ACE may go */
    GArray *orphans;     /* of Sid */
    Fix *fix;            /* borrowed; NULL: nothing was left to change */
} Draft;

typedef struct {
    const char *prefix;
    FixKind kind;
    AttrId attr;
} SlotRow;

extern const SlotRow slot_rows[SLOT_COUNT];

/* The draft for a slot of an account (transfer none); NULL: nothing wished. */
Draft *
draft_find(const Plan *plan, Slot slot, const Account *account);

void
draft_free(Draft *draft);

/* Adds the protocol transition that the wished legs need. */
void
transition_wish(Plan *plan);

/* Merges the wishes into drafts. */
void
draft_merge(Plan *plan);

/* Drops what would change nothing, contradicts, or would be refused. */
void
draft_settle(Plan *plan);

/* The fix, without id and commands (transfer full); NULL: nothing is left to
 * change, or the attribute was not read. */
Fix *
draft_fix(const Plan *plan, const Draft *draft);

/* Adds the fixes by group, ids and all, and tells their findings.  After all
 * other fixes: a descriptor may be changed by one of them too. */
void
bygroup_add(const Plan *plan, GPtrArray *fixes);

/* Whether the draft's fix still does what was wished. */
bool
draft_fulfils(const Draft *draft, const Wish *each);

#endif
