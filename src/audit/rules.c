/* The table of rules, from audit/rules.def. */
#include "checks.h"

#include <string.h>

#define NOTHING 0
#define UAC NEEDS(ATTR_UAC)
#define LIST NEEDS(ATTR_DELEGATE_TO)
#define RBCD NEEDS(ATTR_RBCD)
#define DNS NEEDS(ATTR_DNS_NAME)
#define SPNS NEEDS(ATTR_SPN)
#define ETYPES NEEDS(ATTR_ETYPES)
#define TICKETS NEEDS_TICKETS
#define PROOFS NEEDS_PROOFS
#define SYSVOL NEEDS_GPO
#define NETWORK NEEDS_NET
#define FACTS NEEDS_FACTS

#define NOBODY 0
#define PAIR CONCERNS_PAIR
#define TURNED CONCERNS_TURNED
#define SOURCE CONCERNS_SOURCE
#define TARGET CONCERNS_TARGET
#define OPERATOR CONCERNS_OPERATOR
#define DOMAIN CONCERNS_DOMAIN
#define GROUP CONCERNS_GROUP

#define ROW(field, family, number, slug, title, severity, needs, concerns, order, check) \
    [RULE_##family##_##number] = {                                                       \
        #family "-" #number, slug, title, SEVERITY_##severity, needs, concerns, order,   \
        .field = check},

const Rule rules[RULE_COUNT] = {
#define ON_HOST(...) ROW(host, __VA_ARGS__)
#define ON_ACCOUNT(...) ROW(account, __VA_ARGS__)
#define ON_EDGE(...) ROW(edge, __VA_ARGS__)
#define ON_PAIR(...) ROW(pair, __VA_ARGS__)
#define ON_MACHINE(...) ROW(machine, __VA_ARGS__)
#define ON_DOMAIN(...) ROW(domain, __VA_ARGS__)
#include "audit/rules.def"
};

RuleScope
rule_scope(const Rule *rule)
{
    return rule->host      ? SCOPE_HOST
           : rule->account ? SCOPE_ACCOUNT
           : rule->edge    ? SCOPE_EDGE
           : rule->pair    ? SCOPE_PAIR
           : rule->machine ? SCOPE_MACHINE
                           : SCOPE_DOMAIN;
}

const char *
rule_name(RuleId rule)
{
    return rules[rule].id;
}

bool
rule_parse(const char *id, RuleId *ret_rule)
{
    for (guint i = 0; i < RULE_COUNT; i++) {
        if (strcmp(rules[i].id, id) != 0)
            continue;
        *ret_rule = (RuleId)i;
        return true;
    }
    return false;
}
