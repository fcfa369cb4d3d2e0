/* What the proposals wish for, before it is merged into fixes.
 *
 * A wish is for values of one attribute of one account.  Wishes that would
 * change nothing, contradict another or be refused by a domain controller are
 * dropped when the plan is settled; a finding gets the ids of the fixes that
 * hold at least one of its wishes.
 */
#ifndef FIX_PLAN_H
#define FIX_PLAN_H

#include "fix/fix.h"

/* One fix per account and slot.  This is the order in which fixes are run: an
 * SPN has to leave one account before another may take it, and what an account
 * may do is taken away last. */
typedef enum {
    SLOT_SPN_REMOVE,
    SLOT_SPN_DUPLICATE, /* removals that cannot be undone */
    SLOT_SPN_ADD,
    SLOT_LIST, /* msDS-AllowedToDelegateTo */
    SLOT_RBCD,
    SLOT_UAC,
    SLOT_COUNT
} Slot;

/* There may be millions of these. */
typedef struct {
    Finding *finding;
    const Account *account;
    union {
        List *values;           /* WISH_VALUES: SPNs and list entries, of text */
        const Account *trustee; /* WISH_TRUSTEE: of RBCD */
        Sid *orphan;            /* WISH_ORPHAN: of RBCD, who is gone */
        guint32 bit;            /* WISH_BIT: of userAccountControl */
    };
    guint8 kind;      /* which of these: WISH_* */
    guint8 slot;      /* a Slot */
    bool off;         /* the values or the bit go */
    bool over_denial; /* RBCD: a deny ACE for the trustee alone may go */
} Wish;

enum { WISH_VALUES, WISH_TRUSTEE, WISH_ORPHAN, WISH_BIT };

/* Partners who are to be served by a group of AD. */
typedef struct {
    const Group *partners;
    Finding *finding;
} GroupWish;

/* Filled by the functions below; the drafts are made of it (fix/draft.h). */
typedef struct {
    const Audit *audit;
    Finding *finding;   /* the one that is being looked at */
    GArray *wishes;     /* of Wish */
    GPtrArray *drafts;  /* of Draft * */
    GHashTable *by_key; /* draft_key -> Draft */
    GArray *by_groups;  /* of GroupWish */
    /* Of each orphan in the descriptor of the last target: whether it may be a group. */
    const Account *orphaned;
    bool orphans_open;
} Plan;

/* For proposals; each wish belongs to the finding that is being looked at.
 * Values are copied, accounts borrowed. */

void
plan_add(Plan *plan, Slot slot, const Account *account, const char *value);
void
plan_add_all(Plan *plan, Slot slot, const Account *account, List *values);
void
plan_remove(Plan *plan, Slot slot, const Account *account, const char *value);
/* One bit of userAccountControl. */
void
plan_flag(Plan *plan, const Account *account, guint32 bit, bool on);
/* Lets `source` act on `target` by the target's RBCD descriptor. */
void
plan_grant(Plan *plan, const Account *target, const Account *source);
/* The same; where a deny ACE for the source alone is in the way, it goes. */
void
plan_admit(Plan *plan, const Account *target, const Account *source);
/* Takes a trustee that is gone out of the target's RBCD descriptor. */
void
plan_forget(Plan *plan, const Account *target, const Sid *orphan);
/* Puts RBCD by a group of AD in the place of the lists of these partners. */
void
plan_group(Plan *plan, const Group *partners);

/* Tells a finding what no script proposes, and why: whole sentences. */
void
plan_tell(Finding *finding, const char *why);

#endif
