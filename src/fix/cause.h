/* Causes: findings grouped by what ends them, with the edits to judge that by. */
#ifndef FIX_CAUSE_H
#define FIX_CAUSE_H

#include "audit/simulation.h"
#include "fix/step.h"

typedef struct {
    FirstStep *step;
    guint number;           /* among all */
    const Account *account; /* whose; NULL: of the domain as a whole */
    RuleId rule;            /* of the finding that named it */
    GArray *edits;          /* of Edit; empty: nothing that can be judged again */
    GPtrArray *values;      /* of GPtrArray *: what the edits borrow */
    char *alike;            /* the same change of many accounts: the host that it is
                             * about, "" for several; NULL: no such change */
    guint first;            /* index of its first edit among those of all causes */
} Cause;

typedef struct {
    const Audit *audit;
    GPtrArray *causes;  /* of Cause * */
    GHashTable *by_fix; /* const char * -> Cause *: by the id of a fix */
    GHashTable *by_id;  /* the same by the id of a step */
    GHashTable *edited; /* set of folded SPNs that somebody has to decide about */
} Causes;

/* Those of the fixes, and those that no script ends. */
Causes *
causes_new(const Audit *audit, const GPtrArray *fixes);
/* The steps go with it, but for those that were taken. */
void
causes_free(Causes *causes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Causes, causes_free)

/* Whether the finding comes of what is wrong elsewhere, if that turns its pairs ready. */
bool
cause_may_be_derived(const Finding *finding);

/* Adds the finding to a cause, once. */
void
cause_take(Cause *cause, const Finding *finding);

/* The cause of its own that no script ends, made where there is none. */
Cause *
causes_by_hand(Causes *causes, const Finding *finding);

/* Gives every step its title, its subject, and its findings and rules in order. */
void
causes_name(Causes *causes);

/* What to do, in words, for steps of fixes (transfer full). */
char *
cause_title(const Cause *cause);
/* The same for one change of many accounts, where `host` is said for whom it is about. */
char *
cause_title_alike(const Cause *cause, const char *host);
/* The same for what is to be done by hand. */
char *
cause_title_by_hand(const Cause *cause);

#endif
