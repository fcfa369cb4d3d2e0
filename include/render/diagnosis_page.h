/* A diagnosis for people, and as JSON. */
#ifndef RENDER_DIAGNOSIS_PAGE_H
#define RENDER_DIAGNOSIS_PAGE_H

#include "diagnose/diagnosis.h"
#include "fix/fix.h"
#include "render/page.h"
#include "render/pair_steps.h"

#include <jansson.h>

typedef struct {
    const Diagnosis *diagnosis;
    const GPtrArray *fixes; /* of Fix *: for the pair; NULL: without hosts */
    bool quiet;
    bool verbose;
    /* From the text itself, since nobody gave it. */
    bool source_taken;
    bool target_taken;
    bool operator_taken;
    const char *unasked; /* why the hosts could not be looked at; NULL: they were, or
                          * nobody asked */
    /* What kinit, ldapsearch or kcdaudit itself said, in plain words and with what to do;
     * NULL: the text is not theirs. */
    const char *signin;
} DiagnosisView;

/* The answer first; without -v no longer than a screen where no hosts were
 * given. */
void
diagnosis_draw(const DiagnosisView *view, Page *page);
json_t *
diagnosis_json(const DiagnosisView *view);

/* "Taken from the text: HV01 as the source ..." (transfer full); NULL: nothing was. */
char *
diagnosis_taken(const DiagnosisView *view);

/* All that has to be done for the pair, in order: what blocks it, whatever the error, and
 * what else is confirmed (transfer full, of NextStep *); empty: nothing was found. */
GPtrArray *
diagnosis_steps(const DiagnosisView *view);

/* The commands that mend a confirmed cause: those of the audit's own fixes, else
 * the table's (transfer full, of char *). */
GPtrArray *
diagnosis_commands(const DiagnosisView *view, const CauseVerdict *verdict);

#endif
