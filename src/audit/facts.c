/* Which host a file of facts is of. */
#include "audit/audit.h"

#include "base/text.h"

/* Whether the account lies in the domain that the host says it is joined to. */
static bool
is_of_domain(const Audit *audit, const Account *account, const char *dns)
{
    const Domain *domain = estate_home_of(audit->estate, account);
    return !dns || !domain || !domain->dns || text_equal(domain->dns, dns);
}

/* By its full name; else by its short name in its domain, where one alone has it. */
static Host *
find_host(const Audit *audit, const HostFacts *facts)
{
    Host *found = NULL;
    for (guint i = 0; i < audit->hosts->len; i++) {
        Host *host = audit->hosts->pdata[i];
        const Account *account = host->account;
        if (facts->fqdn && account->dns && text_equal(account->dns, facts->fqdn))
            return host;
        if (!text_equal(account->name, facts->name) ||
            !is_of_domain(audit, account, facts->domain))
            continue;
        if (found)
            return NULL;
        found = host;
    }
    return found;
}

static void
take(const Audit *audit, HostFacts *facts)
{
    Host *host = find_host(audit, facts);
    facts->state = host ? FACTS_USED : FACTS_NO_HOST;
    if (!host)
        return;
    HostFacts *other = (HostFacts *)host->facts;
    facts->account = host->account;
    if (other && other->collected_us >= facts->collected_us) {
        facts->state = FACTS_OLDER;
        return;
    }
    if (other)
        other->state = FACTS_OLDER;
    host->facts = facts;
}

void
audit_take_facts(Audit *audit, GPtrArray *facts)
{
    audit->facts = facts;
    for (guint i = 0; i < facts->len; i++)
        take(audit, facts->pdata[i]);
}
