/* Rules as people name them. */
#ifndef CLI_RULESET_H
#define CLI_RULESET_H

#include <glib.h>
#include <stdbool.h>

/* Marks in `rules` (by RuleId) what --rule names: IDs, names and globs of IDs, each
 * alone or in a list.  FAULT_CONFIG for one that is no rule, with the nearest ones. */
bool
ruleset_parse(char **given, bool *rules, GError **error);

#endif
