/* Whom a finding bears on, where one host migrates to another. */
#include "audit/rules.h"

#include "base/text.h"
#include "model/spn.h"

#include <string.h>

static bool
is_subject(const Finding *finding, const Account *account)
{
    return finding->subject_account
               ? finding->subject_account == account
               : text_equal(finding->subject, account->name) ||
                     (account->dns && text_equal(finding->subject, account->dns));
}

static bool
is_target(const Finding *finding, const Account *account)
{
    return finding->target_account ? finding->target_account == account
                                   : text_equal(finding->target, account->name);
}

/* Of what a source does towards several: whether this is about another. */
static bool
is_elsewhere(const Finding *finding, const Account *target)
{
    g_autoptr(Spn) spn = finding->spn ? spn_parse(finding->spn) : NULL;
    if (finding->target_account)
        return finding->target_account != target;
    return spn && !account_has_name(target, spn->host);
}

guint
finding_concern_bits(const Audit *audit, const Finding *finding)
{
    guint bits = rules[finding->rule].concerns;
    /* What is told of an audited host is no matter of the whole domain. */
    if (finding->subject_account &&
        g_hash_table_contains(audit->host_by_account, finding->subject_account))
        bits &= ~(guint)(CONCERNS_OPERATOR | CONCERNS_DOMAIN);
    return bits;
}

bool
finding_concerns(const Audit *audit, const Finding *finding, const Pair *pair)
{
    guint bits = finding_concern_bits(audit, finding);
    bool source = is_subject(finding, pair->source);
    bool target = is_subject(finding, pair->target);
    if ((bits & (CONCERNS_PAIR | CONCERNS_TURNED)) != 0 && finding->target)
        return ((bits & CONCERNS_PAIR) != 0 && source &&
                is_target(finding, pair->target)) ||
               ((bits & CONCERNS_TURNED) != 0 && target &&
                is_target(finding, pair->source));
    if (source && (bits & CONCERNS_SOURCE) != 0)
        return !is_elsewhere(finding, pair->target);
    return (target && (bits & CONCERNS_TARGET) != 0) ||
           (bits & (CONCERNS_OPERATOR | CONCERNS_DOMAIN)) != 0 ||
           ((bits & CONCERNS_GROUP) != 0 && pair->group->name &&
            strcmp(finding->subject, pair->group->name) == 0);
}
