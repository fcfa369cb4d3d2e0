/* Where the frameworks that auditors work by speak of what a rule finds.
 * docs/frameworks.md has the source of every id. */
#ifndef AUDIT_FRAMEWORKS_H
#define AUDIT_FRAMEWORKS_H

#include "audit/ruleid.h"

typedef enum {
    FRAMEWORK_ATTACK,
    FRAMEWORK_ANSSI,
    FRAMEWORK_STIG,
    FRAMEWORK_CIS,
    FRAMEWORK_NIST,
    FRAMEWORK_COUNT
} Framework;

typedef struct {
    const char *key;   /* "attack" */
    const char *title; /* "MITRE ATT&CK" */
} FrameworkName;

extern const FrameworkName framework_names[FRAMEWORK_COUNT];

/* The rule's ids there, with a blank between two; NULL: none is known. */
const char *
framework_ids(Framework framework, RuleId rule);

#endif
