/* A step of what to do first. */
#ifndef FIX_STEP_H
#define FIX_STEP_H

#include "fix/fix.h"

/* One step: fixes that go together, or something to do by hand. */
typedef struct {
    char *id;            /* of its first fix, "delegation:HV01"; else "ACC-01:HV01" */
    const char *subject; /* name of the account, group or domain, borrowed */
    char *host;          /* whom many lists are changed about, alike: the subject then */
    char *title;         /* "remove the duplicate SPN from svc-old" */
    char
        *title_of_any; /* the same, beside the name of any of its accounts; NULL: it is */
    Severity severity; /* of its worst finding */
    GArray *rules;     /* of RuleId, in the order of the table */
    GPtrArray *fixes;  /* of const Fix *, as run; empty: by hand */
    GPtrArray *findings; /* of const Finding * */
    GPtrArray *needs;    /* of const FirstStep *: to be taken before */
    guint pairs_alone;   /* that it turns ready with nothing else done */
    int pairs;           /* by how many more are ready, given the steps before */
    int edges;           /* the same of delegations, those that are there today or are
                          * declared */
    guint pairs_after;   /* ready then */
    guint edges_after;
} FirstStep;

/* Without anything; `id` is taken over (transfer full). */
FirstStep *
first_step_new(char *id);
void
first_step_free(FirstStep *step);

#endif
