/* Every delegation as a list: for people, programs and spreadsheets. */
#ifndef RENDER_DELEGATIONS_H
#define RENDER_DELEGATIONS_H

#include "render/page.h"
#include "render/report.h"

#include <jansson.h>

/* What is listed.  Borrows the report. */
typedef struct {
    const Report *report;
    GPtrArray *edges;  /* of const Edge *: those asked for, by id */
    GPtrArray *unused; /* of const Account *: they may use any protocol, towards nobody */
} Delegations;

/* `ways`: Leg bits; `risks`: bits of EdgeRisk; 0: any. */
Delegations *
delegations_list(const Report *report, guint ways, guint risks);
void
delegations_free(Delegations *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Delegations, delegations_free)

/* Whether nothing of it was left unread or not determined. */
bool
delegations_complete(const Delegations *list);

/* A line each, then how many there are and what could not be read. */
void
delegations_draw(const Delegations *list, Page *page);
/* kcdaudit.delegations/1 */
json_t *
delegations_json(const Delegations *list);
/* A row each: RFC 4180, UTF-8. */
void
delegations_csv(const Delegations *list, GString *out);

#endif
