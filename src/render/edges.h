/* A delegation in the words of every report, as a row of a table, and as JSON. */
#ifndef RENDER_EDGES_H
#define RENDER_EDGES_H

#include "render/edge_risk.h"
#include "render/page.h"
#include "render/report.h"

#include <jansson.h>

/* "user", "gMSA", "group of 12", ... (transfer full) */
char *
edge_source_kind(const Edge *edge);
/* "constrained, any protocol", "RBCD", ... */
const char *
edge_way_words(const Edge *edge);
/* "kcd", "rbcd", "unconstrained" */
const char *
edge_way_name(Leg way);
/* "MSSQLSvc/sql1:1433 and 2 more", "any service" (transfer full). */
char *
edge_services(const Edge *edge);
/* Who really answers: "SQL1", "nobody", "several accounts", "whoever", "not determined";
 * with its domain where that is not the audited one (transfer full). */
char *
edge_owner_words(const Audit *audit, const Edge *edge);
/* "svc-web", with its domain where that is not the audited one (transfer full). */
char *
edge_principal_words(const Audit *audit, const Principal *principal);
/* Why it does not simply work, each once (transfer container, of const char *). */
GPtrArray *
edge_reasons(const Edge *edge);
/* "tier0, ghost"; empty: nothing (transfer full). */
char *
edge_risk_words(const Edge *edge);

/* Whether the configuration asks for it; NULL: it declares nothing. */
const char *
edge_declared_word(const Edge *edge);

/* A table of them, at most `limit` rows; `verbose`: each SPN and reason below its row. */
void
edges_draw(Page *page, const Audit *audit, const GPtrArray *edges, guint limit,
           bool verbose);
/* Chains to Tier 0 and what ends them; nothing where there are none. */
void
edges_draw_chains(Page *page, const Audit *audit);
/* The section of a report for people: counts, what is at risk, chains. */
void
edges_draw_section(Page *page, const Audit *audit);

/* JSON. */

/* Findings by the delegation that they name. */
typedef struct EdgeFindings EdgeFindings;

EdgeFindings *
edge_findings_new(const Audit *audit);
void
edge_findings_free(EdgeFindings *findings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EdgeFindings, edge_findings_free)

/* Whether a report that does not list all delegations lists this one. */
bool
edge_is_listed(const Edge *edge, const EdgeFindings *findings);

/* (transfer full) */
json_t *
edge_json(const Edge *edge, const EdgeFindings *findings);
json_t *
edge_chain_json(const Audit *audit, const Chain *chain);
json_t *
edge_cut_json(const Cut *cut);
json_t *
edge_account_json(const Audit *audit, const Account *account);

#endif
