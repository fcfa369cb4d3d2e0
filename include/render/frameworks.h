/* What frameworks say of a rule, as reports show it. */
#ifndef RENDER_FRAMEWORKS_H
#define RENDER_FRAMEWORKS_H

#include "audit/frameworks.h"
#include "audit/rules.h"

#include <jansson.h>

/* {"attack": ["T1187"]}: those that have ids (transfer full). */
json_t *
frameworks_json(RuleId rule);

/* For SARIF: every framework with all ids that some rule has; and a rule's references to
 * them, NULL where it has none (each transfer full). */
json_t *
frameworks_taxonomies(void);
json_t *
frameworks_relationships(RuleId rule);

/* "MITRE ATT&CK T1187; DISA STIG V-243470" (transfer full); empty: none. */
char *
frameworks_text(RuleId rule);

/* A row of that rule; NULL: of each. */
void
frameworks_csv(const Rule *rule, GString *out);

#endif
