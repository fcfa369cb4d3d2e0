/* Looks for who is to blame, the nearest first, and puts it into clauses. */
#include "blame.h"

#include "base/text.h"
#include "checks.h"
#include "model/username.h"
#include "model/wellknown.h"

#include <string.h>

void
blame_clear(Blame *blame)
{
    g_string_free(blame->text, TRUE);
}

void
blame_clause(GString *text, const char *format, ...)
{
    if (text->len > 0)
        g_string_append(text, "; ");
    va_list args;
    va_start(args, format);
    g_string_append_vprintf(text, format, args);
    va_end(args);
}

/* Whether the account lies in the domain that the user's name ends with; a UPN
 * may end with anything. */
static bool
is_of_realm(const Audit *audit, const Account *user, const UserName *name)
{
    const Domain *domain = estate_home_of(audit->estate, user);
    return domain && username_names(name, domain);
}

const Account *
blame_operator(const Audit *audit, const ProofEvidence *proof)
{
    g_auto(UserName) name = username_of(proof->user);
    const Account *found = NULL;
    for (guint i = 0; i < audit->operators->len; i++) {
        const Account *user = audit->operators->pdata[i];
        if (text_equal(user->name, name.user) &&
            (!found || is_of_realm(audit, user, &name)))
            found = user;
    }
    return found;
}

static void
tell_operator(const Audit *audit, const ProofEvidence *proof, Blame *blame)
{
    const Account *user = blame_operator(audit, proof);
    if (!user)
        return;
    if (account_flag(user, UAC_NOT_DELEGATED) == TRI_YES) {
        blame_clause(blame->text,
                     "the operator %s is marked \"sensitive and cannot be delegated\" "
                     "(NOT_DELEGATED)",
                     user->name);
        blame->by_operator = true;
    }
    if (estate_is_protected(audit->estate, user) == TRI_YES) {
        blame_clause(blame->text, "the operator %s is in Protected Users", user->name);
        blame->by_operator = true;
    }
}

/* Whether the directory explains that the source's own TGT is not forwardable. */
static bool
tgt_is_explained(const Audit *audit, const Account *source)
{
    return account_flag(source, UAC_NOT_DELEGATED) == TRI_YES ||
           verdict_krbtgt_delegable(audit->context, source) == TRI_NO ||
           estate_in_domain_group(audit->estate, source, RID_PROTECTED_USERS) == TRI_YES;
}

Blame
blame_for(const Audit *audit, const ProofEvidence *proof)
{
    Blame blame = {.text = g_string_new(NULL)};
    const char *why = NULL;
    tell_operator(audit, proof, &blame);
    if (verdict_evidence_forwardable(audit->context, proof->source, &why) == TRI_NO) {
        blame_clause(blame.text, "%s", why);
        blame.by_domain = true;
    }
    if (verdict_krbtgt_delegable(audit->context, proof->source) == TRI_NO) {
        blame_clause(blame.text,
                     "krbtgt is marked sensitive: no ticket of the domain is delegable");
        blame.by_domain = true;
    }
    blame.by_probe = !proof->tgt_forwardable && !tgt_is_explained(audit, proof->source);
    if (blame.by_probe)
        blame_clause(blame.text,
                     "%s's own TGT came without the flag, for no reason in the "
                     "directory (this machine's krb5.conf, or the KDC's ticket policy)",
                     proof->source->name);
    return blame;
}

bool
blame_operator_known(const Audit *audit, const ProofEvidence *proof)
{
    const Account *user = blame_operator(audit, proof);
    return user && account_knows(user, ATTR_UAC) &&
           estate_is_protected(audit->estate, user) != TRI_UNKNOWN;
}

const char *
blame_unexplained(const Audit *audit, const ProofEvidence *proof)
{
    if (blame_operator_known(audit, proof))
        return "nothing that was read explains it: the change may be minutes old, "
               "another DC may have answered (replication), or an authentication "
               "policy forbids it";
    return ESTATE_UNREAD(audit->estate,
                         "nothing that was read of the host explains it, and whether "
                         "the operator is sensitive or in Protected Users");
}

void
blame_evidence(Finding *finding, const Audit *audit, const ProofEvidence *proof)
{
    const Account *user = blame_operator(audit, proof);
    if (user && account_knows(user, ATTR_UAC))
        evidence_uac(finding, user);
    if (user && estate_is_protected(audit->estate, user) == TRI_YES)
        evidence_groups(finding, user);
}
