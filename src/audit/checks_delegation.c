/* DEL-*: what the sources are allowed. */
#include "checks.h"

#include "base/text.h"
#include "context.h"
#include "model/spn.h"
#include "partners.h"

#include <string.h>

static guint
needed_of(const Audit *audit, const Pair *pair, Service service)
{
    const TargetSpns *target = verdict_pair_needs(audit->context, pair);
    guint count = 0;
    for (guint i = 0; i < target->needed->len; i++)
        count += ((const NeededSpn *)target->needed->pdata[i])->service == service;
    return count;
}

static bool
is_listed(const Account *source, const char *spn)
{
    for (guint i = 0; i < source->delegate_to->len; i++)
        if (text_equal(source->delegate_to->pdata[i], spn))
            return true;
    return false;
}

/* Why there is no leg; the source's list may have it in vain. */
static const char *
why_no_leg(const Audit *audit, const Pair *pair, const char *missing)
{
    if (!is_listed(pair->source, missing))
        return "neither the source's list nor the target's RBCD descriptor allows it";
    if (estate_home_of(audit->estate, pair->source) !=
        estate_home_of(audit->estate, pair->target))
        return "the source's list contains it, but classic delegation ends at the "
               "domain, and the target's RBCD descriptor does not grant it";
    return "the source's list contains it, but only RBCD counts in this group, and the "
           "target's descriptor does not grant it";
}

/* Whether neither the source's list nor the target's descriptor allows it, as far as
 * both were read. */
static bool
is_unlisted(const Audit *audit, const Pair *pair, const char *spn)
{
    EdgeIndex *edges = verdict_edges(audit->context);
    bool local = estate_home_of(audit->estate, pair->source) ==
                 estate_home_of(audit->estate, pair->target);
    if (pair->group->mode != MODE_RBCD && local &&
        edge_kcd(edges, pair->source, spn) != TRI_NO)
        return false;
    return pair->group->mode == MODE_KCD ||
           edge_rbcd(edges, pair->source, pair->target).granted == TRI_NO;
}

static void
evidence_of_ways(Finding *finding, const Audit *audit, const Pair *pair, const char *spn)
{
    evidence_of_pair(finding, audit, pair, WHAT_KCD, spn);
    /* Most have none, and the finding says so. */
    if (pair->target->rbcd || !account_knows(pair->target, ATTR_RBCD))
        evidence_of_pair(finding, audit, pair, WHAT_RBCD, NULL);
}

/* Unconstrained delegation hides that nothing else is there. */
static void
check_forwarded(const Audit *audit, const Pair *pair, Service service, const char *what,
                Sink *sink)
{
    const TargetSpns *target = verdict_pair_needs(audit->context, pair);
    Finding *finding = NULL;
    for (guint i = 0; i < target->needed->len; i++) {
        const NeededSpn *needed = target->needed->pdata[i];
        if (needed->service != service || !is_unlisted(audit, pair, needed->spn))
            continue;
        if (!finding)
            finding =
                sink_fail(sink, SEVERITY_WARNING, about_pair(pair->source, pair->target));
        finding_value(finding, needed->spn);
        finding_evidence(finding, "missing", needed->spn);
    }
    if (!finding)
        return;
    g_autofree char *title =
        g_strdup_printf("Nothing but unconstrained delegation to %s", what);
    finding_say(
        finding, title,
        "%s may act towards %s on %s only because it is trusted for delegation to "
        "any service. That works with a ticket that the operator's own sign-in on "
        "%s forwarded, and ends when the trust is taken away.",
        pair->source->name, what, pair->target->name, pair->source->name);
    evidence_of_ways(finding, audit, pair, finding->values->pdata[0]);
    evidence_of_source(finding, audit, pair->source, WHAT_UNCONSTRAINED);
}

/* DEL-01, DEL-02 and DEL-12 differ in the service and the words. */
static void
check_leg(const Audit *audit, const Pair *pair, Service service, const char *what,
          Sink *sink)
{
    const ServiceVerdict *verdict = &pair->services[service];
    const char *source = pair->source->name, *target = pair->target->name;
    if (!verdict->needed)
        return;
    if (verdict->missing->len == 0 && !verdict->unread) {
        if (verdict->by & LEG_UNCONSTRAINED)
            check_forwarded(audit, pair, service, what, sink);
        return;
    }
    if (verdict->unread) {
        Finding *finding = sink_unknown(sink, about_pair(pair->source, pair->target));
        g_autofree char *title =
            g_strdup_printf("Delegation to %s was not determined", what);
        g_autofree char *hangs = pair->group->mode == MODE_KCD
                                     ? NULL
                                     : edge_rbcd_doubt(verdict_edges(audit->context),
                                                       pair->source, pair->target);
        finding_say(
            finding, title,
            "Whether %s is trusted to delegate to %s on %s was not determined: %s.",
            source, what, target,
            hangs
                ? hangs
                : ESTATE_UNREAD(audit->estate, "a delegation attribute of one of them"));
        return;
    }
    bool partly = verdict->missing->len < needed_of(audit, pair, service);
    Finding *finding = sink_fail(sink, partly ? SEVERITY_WARNING : SEVERITY_ERROR,
                                 about_pair(pair->source, pair->target));
    if (partly) {
        g_autofree char *title =
            g_strdup_printf("Delegation to %s under one name only", what);
        finding_say(
            finding, title,
            "%s is trusted to delegate to %s, but not by the name %s. A migration that "
            "uses that name fails.",
            source, target, (const char *)verdict->missing->pdata[0]);
    } else {
        /* There may be millions of these. */
        g_autofree char *title = g_strconcat("No delegation to ", what, NULL);
        g_autofree char *detail = g_strconcat(
            FINDING_SUBJECT " is not trusted to delegate to ", what,
            " on " FINDING_TARGET ": ",
            why_no_leg(audit, pair, verdict->missing->pdata[0]),
            ". The migration fails (0x8009030E, or 0x80070005 for files).", NULL);
        finding_say_packed(finding, title, detail);
    }
    finding_values(finding, verdict->missing);
    for (guint i = 0; i < verdict->missing->len; i++)
        finding_evidence(finding, "missing", verdict->missing->pdata[i]);
    evidence_of_ways(finding, audit, pair, verdict->missing->pdata[0]);
}

void
check_delegation_cifs_missing(const Audit *audit, const Pair *pair, Sink *sink)
{
    if (pair->storage)
        sink_not_applicable(sink);
    else
        check_leg(audit, pair, SERVICE_CIFS, "cifs", sink);
}

void
check_delegation_migration_missing(const Audit *audit, const Pair *pair, Sink *sink)
{
    if (pair->storage)
        sink_not_applicable(sink);
    else
        check_leg(audit, pair, SERVICE_MIGRATION, "the Migration Service", sink);
}

void
check_storage_cifs_missing(const Audit *audit, const Pair *pair, Sink *sink)
{
    if (pair->storage)
        check_leg(audit, pair, SERVICE_CIFS, "cifs (file server)", sink);
    else
        sink_not_applicable(sink);
}

/* What the groups this host starts migrations in say of protocol transition. */
typedef struct {
    bool source;
    bool required;
    bool forbidden;
} Transition;

/* The groups of which the account is a member; NULL: none.  Every host asks. */
static const GPtrArray *
groups_of(const Audit *audit, const Account *account)
{
    VerdictContext *context = audit->context;
    if (context->groups)
        return g_hash_table_lookup(context->groups, account);
    context->groups =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    for (guint g = 0; g < audit->groups->len; g++) {
        const Group *group = audit->groups->pdata[g];
        for (guint m = 0; m < group->members->len; m++) {
            gpointer member = group->members->pdata[m];
            GPtrArray *groups = g_hash_table_lookup(context->groups, member);
            if (!groups) {
                groups = g_ptr_array_new();
                g_hash_table_insert(context->groups, member, groups);
            }
            g_ptr_array_add(groups, (gpointer)group);
        }
    }
    return g_hash_table_lookup(context->groups, account);
}

static Transition
transition_for(const Audit *audit, const Account *account)
{
    Transition found = {0};
    const GPtrArray *groups = groups_of(audit, account);
    for (guint i = 0; groups && i < groups->len; i++) {
        const Group *group = groups->pdata[i];
        if (group->members->len + group->storage->len < 2)
            continue;
        found.source = true;
        found.required = found.required || group->pt_required;
        found.forbidden = found.forbidden || group->pt == PT_FORBIDDEN;
    }
    return found;
}

void
check_protocol_transition_off(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    Transition transition = transition_for(audit, account);
    bool on = account_flag(account, UAC_T2A4D) == TRI_YES;
    if (!transition.source || account->delegate_to->len == 0) {
        sink_not_applicable(sink);
        return;
    }
    if (transition.forbidden && !transition.required) {
        if (on) {
            Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(account));
            finding_say(
                finding, "Protocol transition is on though the configuration forbids it",
                "%s may obtain tickets for any user without their credentials: \"Use "
                "any authentication protocol\" (T2A4D) is selected on the Delegation "
                "tab. Select \"Use Kerberos only\" there.",
                account->name);
            evidence_uac(finding, account);
        }
        return;
    }
    if (on)
        return;
    bool required = transition.required && host_is_2016(account);
    Finding *finding =
        sink_fail(sink, required ? SEVERITY_ERROR : SEVERITY_WARNING, about(account));
    finding_say(
        finding, "\"Use Kerberos only\" instead of \"Use any authentication protocol\"",
        "%s is trusted with \"Use Kerberos only\". From Windows Server 2016 on, "
        "migrations run through WinRM, which needs \"Use any authentication protocol\": "
        "without it they fail with 0x8009030E unless the operator is signed in on %s.",
        account->name, account->name);
    evidence_of_source(finding, audit, account, WHAT_TRANSITION);
}

void
check_unconstrained_delegation(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const Account *account = host->account;
    if (account_is_dc(account) == TRI_YES) {
        sink_not_applicable(sink);
        return;
    }
    if (account_flag(account, UAC_TRUSTED_FOR_DELEGATION) != TRI_YES)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_CRITICAL, about(account));
    finding_say(
        finding, "Unconstrained delegation",
        "%s may act as every user who signs in to it, towards every service: whoever "
        "takes this %s takes their tickets, administrators' included. Credential Guard "
        "also blocks it. Constrained delegation to its %s is enough.",
        account->name, host_noun(host), host->outside ? "targets" : "partners");
    evidence_uac(finding, account);
}

/* The computer that an entry names, whoever holds its SPN; NULL: none. */
static const Account *
computer_named(const Estate *estate, const char *entry)
{
    g_autoptr(Spn) spn = spn_parse(entry);
    const GPtrArray *named = spn ? estate_by_name(estate, spn->host) : NULL;
    for (guint i = 0; named && i < named->len; i++)
        if (((const Account *)named->pdata[i])->kinds & KIND_COMPUTER)
            return named->pdata[i];
    return NULL;
}

void
check_delegation_target_ghost(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    const Entries *entries = verdict_entries(audit->context, account);
    for (guint i = 0; i < entries->len; i++) {
        const char *entry = entry_at(entries, i)->spn;
        Resolution how = entry_at(entries, i)->resolved.how;
        if (how == RESOLVE_EXPLICIT || how == RESOLVE_ALIAS ||
            audit_needs_entry(audit, account, entry) ||
            entry_at(entries, i)->is_kdcs) /* the KDC itself: DEL-08's */
            continue;
        g_autofree char *key =
            g_strdup_printf("msDS-AllowedToDelegateTo of %s", account->name);
        if (how == RESOLVE_UNKNOWN || !audit->estate->spns_forest_wide) {
            Finding *finding = sink_unknown(sink, about_spn(account, entry));
            finding_say(
                finding, "Whether a delegation target exists was not determined",
                entry_at(entries, i)->resolved.bare
                    ? "%s was found on no account: " SPN_BARE "."
                : entry_at(entries, i)->resolved.similar
                    ? "%s was found on no account: " SPN_SIMILAR "."
                    : "%s was found on no account, but not everything was searched.",
                entry);
            finding_evidence(finding, key, entry);
            continue;
        }
        const Account *named = computer_named(audit->estate, entry);
        Finding *finding =
            sink_fail(sink, SEVERITY_ERROR,
                      (About){.account = account, .target = named, .spn = entry});
        finding_evidence(finding, key, entry);
        if (named) {
            /* The host is there: registering the SPN mends more than removing
             * the entry, and only its owner knows which is meant. */
            finding_say(
                finding, "Delegation to an SPN that its host does not hold",
                "%s is trusted to delegate to %s. %s exists (%s), but that SPN is on no "
                "account: the entry does nothing, and whoever may register the SPN "
                "elsewhere receives tickets of the users %s acts for (SPN-jacking). If "
                "the service is meant, let %s register it; else remove the entry.",
                account->name, entry, named->name, named->dn, account->name,
                host->outside ? "the account that it runs under" : "the host");
            continue;
        }
        finding_say(
            finding, "Delegation to an SPN that no account holds",
            "%s is trusted to delegate to %s, which resolves to no account: the entry "
            "does nothing, and whoever may register that SPN on an account of theirs "
            "receives tickets of the users %s acts for (SPN-jacking). Remove the entry.",
            account->name, entry, account->name);
        finding_value(finding, entry);
    }
}

void
check_delegation_one_way(const Audit *audit, const Pair *pair, Sink *sink)
{
    const Pair *back = audit_pair(audit, pair->target, pair->source);
    if (!back) {
        sink_not_applicable(sink);
        return;
    }
    if (pair->verdict != VERDICT_READY || back->verdict == VERDICT_READY ||
        back->verdict == VERDICT_UNKNOWN)
        return;
    Finding *finding =
        sink_fail(sink, SEVERITY_WARNING, about_pair(pair->source, pair->target));
    finding_say(finding, "Works in one direction only",
                "%s can migrate to %s, but the way back is %s: a VM moved there %s.",
                pair->source->name, pair->target->name, verdict_names[back->verdict],
                back->verdict == VERDICT_DEGRADED
                    ? "can be moved back only under a condition"
                    : "cannot be moved back");
    for (Service service = 0; service < SERVICE_COUNT; service++) {
        const ServiceVerdict *verdict = &back->services[service];
        g_autofree char *key =
            g_strdup_printf("%s to %s, %s", back->source->name, back->target->name,
                            service_names[service]);
        if (verdict->needed && verdict->reasons->len > 0)
            finding_evidence(finding, key, verdict->reasons->pdata[0]);
    }
}

/* What could not be read may be the missing edge. */
static bool
partners_were_read(const Audit *audit, const Account *account)
{
    EdgeIndex *edges = verdict_edges(audit->context);
    for (guint i = 0; i < audit->hosts->len; i++) {
        const Account *other = ((const Host *)audit->hosts->pdata[i])->account;
        if (!account_knows(other, ATTR_DELEGATE_TO) ||
            edge_rbcd(edges, other, account).granted == TRI_UNKNOWN ||
            edge_rbcd(edges, account, other).granted == TRI_UNKNOWN)
            return false;
    }
    return true;
}

void
check_no_partners(const Audit *audit, const Host *host, Sink *sink)
{
    if (!audit->inferred) {
        sink_not_applicable(sink);
        return;
    }
    if (host->grouped)
        return;
    bool read = partners_were_read(audit, host->account);
    Finding *finding = read ? sink_fail(sink, SEVERITY_WARNING, about(host->account))
                            : sink_unknown(sink, about(host->account));
    finding_say(finding, "A Hyper-V host without any delegation partner",
                "%s has no delegation to or from any other Hyper-V host%s. If VMs are "
                "to move to or from it outside a cluster, name its partners: a [group] "
                "in the configuration, or --host %s --host PARTNER.",
                host->account->name, read ? "" : " that could be read",
                host->account->name);
    evidence_list(finding, host->account);
}
