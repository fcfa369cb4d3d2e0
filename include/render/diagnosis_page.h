/* A diagnosis for people, and as JSON. */
#ifndef RENDER_DIAGNOSIS_PAGE_H
#define RENDER_DIAGNOSIS_PAGE_H

#include "diagnose/diagnosis.h"
#include "fix/fix.h"
#include "render/page.h"

#include <jansson.h>

typedef struct {
    const Diagnosis *diagnosis;
    const GPtrArray *fixes; /* of Fix *: of the audit; NULL: without hosts */
    bool quiet;
    bool verbose;
} DiagnosisView;

/* The answer first; without -v no longer than a screen where no hosts were
 * given. */
void
diagnosis_draw(const DiagnosisView *view, Page *page);
json_t *
diagnosis_json(const DiagnosisView *view);

/* The commands that mend a confirmed cause: those of the audit's own fixes, else
 * the table's (transfer full, of char *). */
GPtrArray *
diagnosis_commands(const DiagnosisView *view, const CauseVerdict *verdict);

#endif
