/* DEL-06, DEL-08, DEL-10, DEL-11, DEL-15, DEL-16: what the lists let out. */
#include "checks.h"

#include "base/text.h"
#include "let_in.h"
#include "model/spn.h"

#include <string.h>

/* About so many non-linked values fit on one object of AD, by the size of its pages. */
typedef struct {
    const char *fit;
    guint warning, error;
} Capacity;

static const Capacity pages_8k = {"1,200", 1000, 1150};
static const Capacity pages_32k = {"3,200", 2700, 3100};

/* Entries of one kind, a finding per account they lead to: the account is what
 * is exposed, whatever the service class says. */
typedef bool (*EntryTest)(const Audit *audit, const Account *source,
                          const SpnAnswer *entry);

static GPtrArray *
owners_where(const Audit *audit, const Account *source, const Entries *entries,
             EntryTest test)
{
    GPtrArray *owners = g_ptr_array_new();
    for (guint i = 0; i < entries->len; i++) {
        const SpnAnswer *entry = entry_at(entries, i);
        if (entry->owner && test(audit, source, entry) &&
            !g_ptr_array_find(owners, entry->owner, NULL))
            g_ptr_array_add(owners, (gpointer)entry->owner);
    }
    return owners;
}

/* The finding for one owner, with its entries as values and evidence. */
static Finding *
fail_for_owner(const Audit *audit, Sink *sink, Severity severity, const Account *source,
               const Account *owner, const Entries *entries, EntryTest test)
{
    Finding *finding = sink_fail(sink, severity, about_pair(source, owner));
    g_autofree char *key =
        g_strdup_printf("msDS-AllowedToDelegateTo of %s", source->name);
    for (guint i = 0; i < entries->len; i++) {
        const SpnAnswer *entry = entry_at(entries, i);
        if (entry->owner != owner || !test(audit, source, entry))
            continue;
        finding_value(finding, entry->spn);
        finding_evidence(finding, key, entry->spn);
    }
    return finding;
}

/* The SPN is a partner's: SPN-04 and SPN-05 tell that its owner took it, and the entry
 * is needed. */
static bool
is_taken_over(const Audit *audit, const Account *source, const SpnAnswer *entry)
{
    const Pair *pair = audit_pair_for_entry(audit, source, entry->spn);
    return pair && pair->target != entry->owner;
}

static bool
owner_is_inactive(const Audit *audit, const Account *source, const SpnAnswer *entry)
{
    if (account_is_krbtgt(entry->owner))
        return false; /* disabled everywhere */
    /* Entra's signs in nowhere. */
    bool inactive = account_is_enabled(entry->owner) == TRI_NO ||
                    (estate_is_stale(audit->estate, entry->owner) == TRI_YES &&
                     !account_is_entra_sso(entry->owner));
    return inactive && !is_taken_over(audit, source, entry);
}

void
check_delegation_target_inactive(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *source = host->account;
    const Entries *entries = verdict_entries(audit->context, source);
    g_autoptr(GPtrArray) owners = owners_where(audit, source, entries, owner_is_inactive);
    for (guint i = 0; i < owners->len; i++) {
        const Account *owner = owners->pdata[i];
        bool enabled = account_is_enabled(owner) != TRI_NO;
        Finding *finding = fail_for_owner(audit, sink, SEVERITY_WARNING, source, owner,
                                          entries, owner_is_inactive);
        finding_say(
            finding,
            enabled ? "Delegation to a stale account"
                    : "Delegation to a disabled account",
            "%s is trusted to delegate to %s, which %s. If the %s is gone for good, "
            "remove the entries (Set-%s %s -Remove) before somebody reuses its "
            "name.",
            source->name, owner->name,
            enabled ? "has neither logged on nor changed its password for two months"
                    : "is disabled",
            (owner->kinds & (KIND_COMPUTER | KIND_MANAGED)) == KIND_COMPUTER ? "host"
                                                                             : "service",
            account_cmdlet(source), source->name);
        if (!enabled)
            evidence_uac(finding, owner);
        else
            evidence_activity(finding, owner);
    }
}

static bool
owner_is_tier0(const Audit *audit, const Account *source, const SpnAnswer *entry)
{
    (void)source;
    return estate_is_tier0(audit->estate, entry->owner) == TRI_YES;
}

static void
tell_krbtgt(const Account *source, const Entries *entries, Sink *sink)
{
    for (guint i = 0; i < entries->len; i++) {
        if (!entry_at(entries, i)->is_kdcs)
            continue;
        const char *entry = entry_at(entries, i)->spn;
        if (entry_at(entries, i)->owner && spn_is_of_krbtgts(entry))
            continue;
        Finding *finding = sink_fail(sink, SEVERITY_CRITICAL, about_spn(source, entry));
        finding_say(
            finding, "Delegation to krbtgt",
            "%s may obtain ticket-granting tickets in the name of any user (%s): that is "
            "the whole domain. Remove the entry.",
            source->name, entry);
        g_autofree char *key =
            g_strdup_printf("msDS-AllowedToDelegateTo of %s", source->name);
        finding_evidence(finding, key, entry);
        finding_value(finding, entry);
    }
}

static void
tell_rbcd(const Account *source, const Account *target, const char *noun, Sink *sink)
{
    Finding *finding = sink_fail(sink, SEVERITY_CRITICAL, about_pair(source, target));
    finding_say(
        finding, "RBCD on a Tier-0 account",
        "The RBCD descriptor of %s lets %s act on it as any user: whoever takes %s takes "
        "the domain. Take the %s out of that descriptor.",
        target->name, source->name,
        strcmp(noun, "group") == 0  ? "a member of that group"
        : strcmp(noun, "host") == 0 ? "the host"
                                    : "the account",
        noun);
    g_autofree char *key =
        g_strdup_printf("msDS-AllowedToActOnBehalfOfOtherIdentity of %s", target->name);
    finding_evidence(finding, key, "grants it");
}

/* Domain controllers whose own RBCD descriptor lets the host act on them, by whatever it
 * names. */
static void
tell_rbcd_on_tier0(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *source = host->account;
    for (guint i = 0; i < audit->tier0_acted_on->len; i++) {
        const Account *target = audit->tier0_acted_on->pdata[i];
        if (target != source &&
            edge_rbcd(verdict_edges(audit->context), source, target).granted == TRI_YES)
            tell_rbcd(source, target, host_noun(host), sink);
    }
}

/* A group has no token: what its descriptor grants to the group's SID alone, whoever is
 * in it today. */
static void
tell_group_on_tier0(const Audit *audit, const Account *group, Sink *sink)
{
    g_autoptr(GHashTable) token = g_hash_table_new(sid_hash, sid_equal);
    g_hash_table_add(token, (gpointer)&group->sid);
    for (guint i = 0; i < audit->tier0_edges->len; i++) {
        const Edge *edge = audit->tier0_edges->pdata[i];
        if (edge->source.account != group)
            continue;
        const SecDesc *descriptor =
            edge_descriptor(verdict_edges(audit->context), edge->target.account, NULL);
        if (descriptor && secdesc_check(descriptor, token, RIGHT_CONTROL_ACCESS).access ==
                              ACCESS_GRANTED)
            tell_rbcd(group, edge->target.account, "group", sink);
    }
}

/* Owners of whom nobody can say whether they are Tier 0. */
static void
tell_unknown_tier(const Audit *audit, const Account *source, const Entries *entries,
                  Sink *sink)
{
    for (guint i = 0; i < entries->len && !audit_is_offline(audit); i++) {
        const SpnAnswer *entry = entry_at(entries, i);
        if (!entry->owner || estate_is_tier0(audit->estate, entry->owner) != TRI_UNKNOWN)
            continue;
        finding_say(sink_unknown(sink, about_pair(source, entry->owner)),
                    "Whether a delegation target is Tier 0 was not determined",
                    "%s is trusted to delegate to %s, whose groups could not be read to "
                    "the end.",
                    source->name, entry->owner->name);
        return;
    }
}

void
check_delegation_to_tier0(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *source = host->account;
    if ((source->kinds & KIND_GROUP) != 0) {
        tell_group_on_tier0(audit, source, sink);
        return;
    }
    const Entries *entries = verdict_entries(audit->context, source);
    g_autoptr(GPtrArray) owners = owners_where(audit, source, entries, owner_is_tier0);
    for (guint i = 0; i < owners->len; i++) {
        const Account *owner = owners->pdata[i];
        Finding *finding = fail_for_owner(audit, sink, SEVERITY_CRITICAL, source, owner,
                                          entries, owner_is_tier0);
        finding_say(
            finding, "Delegation to a Tier-0 account",
            "%s may act as any user towards %s, which is %s. A ticket's service class is "
            "not protected, so this is every service there: whoever takes %s takes the "
            "domain. Remove the entries.",
            source->name, owner->name,
            account_is_dc(owner) == TRI_YES ? "a domain controller"
            : account_is_entra_sso(owner)
                ? "the account of Entra seamless single sign-on (Tier 0)"
                : "Tier-0",
            source->name);
    }
    tell_unknown_tier(audit, source, entries, sink);
    tell_krbtgt(source, entries, sink);
    tell_rbcd_on_tier0(audit, host, sink);
}

void
check_delegation_list_near_limit(const Audit *audit, const Host *host, Sink *sink)
{
    const Capacity *capacity = audit->estate->large_pages ? &pages_32k : &pages_8k;
    const Account *account = host->account;
    guint values =
        account->delegate_to->len + account->spns->len + account->extra_dns->len;
    if (values < capacity->warning)
        return;
    Finding *finding =
        sink_fail(sink, values >= capacity->error ? SEVERITY_ERROR : SEVERITY_WARNING,
                  about(account));
    finding_say(
        finding, "The delegation list is close to what one object can hold",
        "%s holds %u non-linked values; about %s fit on one object, then AD answers "
        "adminLimitExceeded. Change to RBCD by a group: one descriptor on each target, "
        "and the %ss as members of the group.",
        account->name, values, capacity->fit, host_noun(host));
    evidence_list(finding, account);
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", account->name);
    g_autofree char *count = g_strdup_printf("%u value%s", account->spns->len,
                                             account->spns->len == 1 ? "" : "s");
    finding_evidence(finding, key, count);
}

static bool
owner_is_foreign(const Audit *audit, const Account *source, const SpnAnswer *entry)
{
    return estate_home_of(audit->estate, source) !=
               estate_home_of(audit->estate, entry->owner) &&
           !is_taken_over(audit, source, entry);
}

void
check_delegation_cross_domain(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *source = host->account;
    const Entries *entries = verdict_entries(audit->context, source);
    g_autoptr(GPtrArray) owners = owners_where(audit, source, entries, owner_is_foreign);
    for (guint i = 0; i < owners->len; i++) {
        const Account *owner = owners->pdata[i];
        const Domain *domain = estate_home_of(audit->estate, owner);
        Finding *finding = fail_for_owner(audit, sink, SEVERITY_ERROR, source, owner,
                                          entries, owner_is_foreign);
        finding_say(
            finding, "Classic delegation into another domain",
            "%s lists SPNs of %s, which is in %s. Classic constrained delegation ends at "
            "the domain (0x80090357); only RBCD crosses: let %s name %s beside those "
            "that it names already (kcdaudit rules DEL-11 has the commands).",
            source->name, owner->name, domain && domain->dns ? domain->dns : owner->dn,
            owner->name, source->name);
    }
}

void
check_transition_without_list(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    /* Migrations need it of a host: DEL-03.  Windows itself gives it to RODCs. */
    if (!host->outside || account_is_dc(account) == TRI_YES) {
        sink_not_applicable(sink);
        return;
    }
    if (account_flag(account, UAC_T2A4D) != TRI_YES || account->delegate_to->len > 0)
        return;
    Tri used = let_in_any(audit->let_in, account);
    if (used == TRI_YES)
        return;
    if (used == TRI_UNKNOWN || !account_knows(account, ATTR_DELEGATE_TO)) {
        finding_say(
            sink_unknown(sink, about(account)),
            "Whether anybody needs \"Use any authentication protocol\" was not "
            "determined",
            "%s has no list, and it was not determined whether an RBCD descriptor "
            "lets it in.",
            account->name);
        return;
    }
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(account));
    finding_say(
        finding, "\"Use any authentication protocol\" that nobody needs",
        "%s may take forwardable tickets for any user to itself, but its list is "
        "empty and no RBCD descriptor lets it in. The first entry or descriptor that "
        "somebody adds makes it act as whomever it likes. Take the flag off "
        "(Set-ADAccountControl -TrustedToAuthForDelegation $false).",
        account->name);
    evidence_uac(finding, account);
    evidence_list(finding, account);
}

void
check_disabled_account_delegates(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const Account *account = host->account;
    if (host->grouped || (host->delegates & BY_LIST) == 0) {
        sink_not_applicable(sink); /* what a group needs is ACC-01's */
        return;
    }
    if (host->outside && account_is_enabled(account) == TRI_UNKNOWN)
        finding_say(sink_unknown(sink, about(account)),
                    "Whether an account that delegates is disabled was not determined",
                    "userAccountControl of %s could not be read.", account->name);
    if (account_is_enabled(account) != TRI_NO)
        return;
    bool any = (host->delegates & LEG_UNCONSTRAINED) != 0;
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(account));
    finding_say(
        finding, "A disabled account keeps its delegation",
        "%s is disabled, but still trusted to delegate to %s. Nothing works by that "
        "today; whoever enables the account again has all of it, and nobody looks at a "
        "disabled one. Take the delegation away.",
        account->name, any ? "any service" : "what its list names");
    evidence_uac(finding, account);
    evidence_list(finding, account);
    for (guint i = 0; i < account->delegate_to->len; i++)
        finding_value(finding, account->delegate_to->pdata[i]);
}
