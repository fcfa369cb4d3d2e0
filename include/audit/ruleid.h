/* Rules by number: RULE_DEL_01.  Outside the program one goes by its id, "DEL-01".
 *
 * A switch over a RuleId has no default: a rule that is missing there does not build. */
#ifndef AUDIT_RULEID_H
#define AUDIT_RULEID_H

#include <stdbool.h>

/* By id. */
typedef enum {
#define RULE(family, number, ...) RULE_##family##_##number,
#include "audit/rules.def"
} RuleId;

enum {
    RULE_COUNT = 0
#define RULE(...) +1
#include "audit/rules.def"
};

/* "DEL-01" */
const char *
rule_name(RuleId rule);

/* False: there is no such rule. */
bool
rule_parse(const char *id, RuleId *ret_rule);

#endif
