/* RBC-*: the descriptors on the targets. */
#include "checks.h"

#include "demands.h"
#include "model/group.h"
#include "model/spn.h"
#include "model/token.h"
#include "model/wellknown.h"

static void
show_descriptor(Finding *finding, const Account *account, const char *value)
{
    g_autofree char *key =
        g_strdup_printf("msDS-AllowedToActOnBehalfOfOtherIdentity of %s", account->name);
    finding_evidence(finding, key, value);
}

static void
tell_broad(Sink *sink, const Host *host, const char *trustee, const char *evidence)
{
    const Account *account = host->account;
    Finding *finding = sink_fail(sink, SEVERITY_CRITICAL,
                                 (About){.account = account, .target_name = trustee});
    finding_say(
        finding, "RBCD is open to everybody, or nearly everybody",
        "%s may act as any user towards %s: anybody who controls any account can take "
        "this %s. Name the %s instead, all of them, as this replaces the list: "
        "Set-%s %s -PrincipalsAllowedToDelegateToAccount %s.",
        trustee, account->name, host_noun(host),
        host->outside ? "accounts that are meant" : "partner hosts",
        account_cmdlet(account), account->name,
        host->outside ? "ACCOUNT1,ACCOUNT2" : "HOST1$,HOST2$");
    show_descriptor(finding, account, evidence);
}

void
check_rbcd_broad_trustee(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    const SecDesc *descriptor =
        edge_descriptor(verdict_edges(audit->context), account, NULL);
    if (!descriptor) {
        if (!account->rbcd)
            sink_not_applicable(sink);
        return; /* one that does not parse is RBC-04's */
    }
    if (descriptor->dacl != DACL_LIST) {
        tell_broad(sink, host, "Everyone",
                   descriptor->dacl == DACL_NULL ? "a NULL DACL" : "no DACL");
        return;
    }
    const Domain *kdc = estate_home_of(audit->estate, account);
    g_autoptr(GHashTable) told = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < descriptor->aces->len; i++) {
        Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        if (!sid_is_set(&ace->sid) || !sid_is_crowd(&ace->sid) ||
            g_hash_table_contains(told, &ace->sid))
            continue;
        if (delegations_grants_to(descriptor, &ace->sid, false) != TRI_YES ||
            delegations_grants_to(descriptor, &ace->sid, true) == TRI_NO ||
            (!sid_is_of_domain(&ace->sid) &&
             token_of_anybody(audit->estate, kdc, &ace->sid) == TRI_NO))
            continue;
        g_hash_table_add(told, &ace->sid);
        g_autofree char *name = estate_sid_name(audit->estate, &ace->sid);
        g_autofree char *sid = sid_format(&ace->sid);
        g_autofree char *shown = g_strdup_printf("ACE %u: allow 0x%08X to %s (%s)", i + 1,
                                                 ace->mask, name, sid);
        tell_broad(sink, host, name, shown);
    }
}

void
check_rbcd_malformed(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    const GError *why = NULL;
    if (!account->rbcd) {
        sink_not_applicable(sink);
        return;
    }
    if (edge_descriptor(verdict_edges(audit->context), account, &why))
        return;
    g_autofree char *size = g_strdup_printf(
        "%" G_GSIZE_FORMAT " bytes: %s", g_bytes_get_size(account->rbcd), why->message);
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(account));
    finding_say(
        finding, "The RBCD descriptor is damaged",
        "The descriptor on %s is no valid security descriptor (%s), so no KDC can grant "
        "anything by it. Save the value, clear it (Set-%s %s -Clear "
        "msDS-AllowedToActOnBehalfOfOtherIdentity) and name the %s again.",
        account->name, why->message, account_cmdlet(account), account->name,
        host->outside ? "accounts that are meant" : "partners");
    show_descriptor(finding, account, size);
}

void
check_rbcd_mixing_trap(const Audit *audit, const Pair *pair, Sink *sink)
{
    const Account *source = pair->source;
    if (pair->group->mode == MODE_KCD ||
        edge_rbcd(verdict_edges(audit->context), source, pair->target).granted !=
            TRI_YES) {
        sink_not_applicable(sink);
        return;
    }
    Tri transition = account_flag(source, UAC_T2A4D);
    if (transition == TRI_UNKNOWN ||
        (!account_knows(source, ATTR_DELEGATE_TO) && transition == TRI_NO)) {
        finding_say(sink_unknown(sink, about_pair(source, pair->target)),
                    "Whether the source's own list makes RBCD fail was not determined",
                    "userAccountControl or msDS-AllowedToDelegateTo of %s %s.",
                    source->name, estate_unread(audit->estate));
        return;
    }
    if (source->delegate_to->len == 0 || transition == TRI_YES)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about_pair(source, pair->target));
    finding_say(
        finding, "RBCD is granted, but the source's own list makes it fail",
        "%s grants %s by RBCD, but %s has a list of its own (%u value%s) and no protocol "
        "transition: its S4U2Self tickets are then not forwardable and the KDC refuses "
        "them for RBCD too. Turn protocol transition on, or empty the list.",
        pair->target->name, source->name, source->name, source->delegate_to->len,
        source->delegate_to->len == 1 ? "" : "s");
    evidence_of_source(finding, audit, source, WHAT_TRANSITION);
    evidence_of_pair(finding, audit, pair, WHAT_RBCD, NULL);
}

/* The first ACE that names the trustee's own SID or groups, in words. */
static char *
ace_text(const Ace *ace, guint place)
{
    return g_strdup_printf("ACE %u: %s 0x%08X", place + 1,
                           ace->type == ACE_DENY    ? "deny"
                           : ace->type == ACE_ALLOW ? "allow"
                                                    : "type not evaluated,",
                           ace->mask);
}

void
check_rbcd_not_granted(const Audit *audit, const Pair *pair, Sink *sink)
{
    RbcdEdge edge = edge_rbcd(verdict_edges(audit->context), pair->source, pair->target);
    if (pair->group->mode == MODE_KCD || !edge.present) {
        sink_not_applicable(sink);
        return;
    }
    if (edge.malformed || !edge.named || edge.granted != TRI_NO)
        return; /* in doubt: DEL-01 and DEL-02 say so where it matters */
    /* The only leg, where the source's own list does not serve either. */
    bool needed = false;
    for (Service service = 0; service < SERVICE_COUNT; service++)
        needed = needed || (pair->services[service].needed &&
                            pair->services[service].missing->len > 0);
    Finding *finding = sink_fail(sink, needed ? SEVERITY_ERROR : SEVERITY_WARNING,
                                 about_pair(pair->target, pair->source));
    finding_say(
        finding, "RBCD names the source, but does not grant it",
        "The descriptor on %s names %s or a group of it, but %s. Grant it by an "
        "allow ACE of its own; PrincipalsAllowedToDelegateToAccount of %s, written anew, "
        "has "
        "to name every partner, as it replaces the list.",
        pair->target->name, pair->source->name,
        edge.inherits ? "by an entry for what inherits it alone (inherit-only), which "
                        "counts for nothing on the object itself"
        : edge.by_generic  ? "with a generic right, which KDCs do not map to the control "
                             "access (0x100) they ask for"
        : edge.unevaluated ? "by an ACE that a KDC does not apply here, or a deny ACE "
                             "comes first, or the mask lacks control access (0x100)"
                           : "a deny ACE comes first, or the mask lacks control access "
                             "(0x100)",
        pair->target->name);
    evidence_of_pair(finding, audit, pair, WHAT_RBCD, NULL);
}

/* Part of a domain in a file says nothing of who is missing from it: without the
 * Tier-0 groups, or with memberships that lead out of it, it is only part. */
static bool
export_is_whole(const Audit *audit)
{
    for (guint h = 0; h < audit->hosts->len; h++) {
        const Account *host = ((const Host *)audit->hosts->pdata[h])->account;
        for (guint i = 0; i < host->member_of->len; i++)
            if (!estate_by_dn(audit->estate, host->member_of->pdata[i]))
                return false;
    }
    return audit->estate->tier0_read;
}

void
check_rbcd_orphan(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    const Estate *estate = audit->estate;
    const SecDesc *descriptor =
        edge_descriptor(verdict_edges(audit->context), account, NULL);
    if (!descriptor) {
        sink_not_applicable(sink);
        return;
    }
    g_autoptr(GHashTable) told = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < descriptor->aces->len; i++) {
        Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        bool ours = false;
        if (!delegations_allows(ace))
            continue; /* a denial lets nobody in, restored or not */
        for (guint d = 0; d < estate->domains->len && sid_is_set(&ace->sid); d++) {
            const Domain *domain = estate->domains->pdata[d];
            ours = ours ||
                   (sid_is_set(&domain->sid) && sid_in_domain(&ace->sid, &domain->sid));
        }
        if (!ours || estate_bearer(estate, &ace->sid) || sid_well_known(&ace->sid) ||
            g_hash_table_contains(told, &ace->sid))
            continue;
        g_hash_table_add(told, &ace->sid);
        g_autofree char *sid = sid_format(&ace->sid);
        bool whole =
            audit_is_offline(audit) ? export_is_whole(audit) : estate->spns_forest_wide;
        Finding *finding =
            whole ? sink_fail(sink, SEVERITY_WARNING,
                              (About){.account = account, .target_name = sid})
                  : sink_unknown(sink, (About){.account = account, .target_name = sid});
        finding_say(
            finding,
            whole ? "RBCD for an account that is gone"
                  : "Whether an RBCD trustee still exists was not determined",
            "The descriptor on %s names %s, which is no account of the domain%s. Remove "
            "the entry: write PrincipalsAllowedToDelegateToAccount anew with those that "
            "are meant.",
            account->name, sid, whole ? " any more" : " as far as it was exported");
        g_autofree char *text = ace_text(ace, i);
        show_descriptor(finding, account, text);
    }
}

static Finding *
tell_cluster(Sink *sink, const Host *host, const Account *cluster, bool listed)
{
    const Account *account = host->account;
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about_pair(account, cluster));
    finding_say(
        finding, "Delegation names a cluster, but its nodes act",
        "%s of %s names %s, the computer object of a cluster. %s, so this entry helps "
        "nobody. Name the nodes instead, each of them.",
        listed ? "The delegation list" : "The RBCD descriptor", account->name,
        cluster->name,
        host->outside ? "What runs in the cluster acts under the accounts of the nodes, "
                        "or under a service account"
                      : "Migrations and management run under the accounts of the nodes");
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", cluster->name);
    for (guint i = 0; i < cluster->spns->len; i++)
        if (spn_has_class(cluster->spns->pdata[i], SPN_CLUSTER_NAME))
            finding_evidence(finding, key, cluster->spns->pdata[i]);
    return finding;
}

static void
look_for_trustees(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    const SecDesc *descriptor =
        edge_descriptor(verdict_edges(audit->context), account, NULL);
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    for (guint i = 0; descriptor && i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        const Account *trustee =
            sid_is_set(&ace->sid) ? estate_bearer(audit->estate, &ace->sid) : NULL;
        if (!trustee || ace->type == ACE_DENY || !group_is_cluster_name(trustee) ||
            !g_hash_table_add(told, (gpointer)trustee))
            continue;
        g_autofree char *text = ace_text(ace, i);
        show_descriptor(tell_cluster(sink, host, trustee, false), account, text);
    }
}

void
check_rbcd_names_cluster(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    g_autofree char *key =
        g_strdup_printf("msDS-AllowedToDelegateTo of %s", account->name);
    look_for_trustees(audit, host, sink);
    g_autoptr(GHashTable) listed = g_hash_table_new(NULL, NULL);
    const Entries *entries = verdict_entries(audit->context, account);
    for (guint i = 0; i < entries->len; i++) {
        const char *entry = entry_at(entries, i)->spn;
        const Account *cluster = entry_at(entries, i)->cluster;
        Finding *finding = cluster ? g_hash_table_lookup(listed, cluster) : NULL;
        if (!cluster)
            continue;
        if (!finding) {
            finding = tell_cluster(sink, host, cluster, true);
            g_hash_table_insert(listed, (gpointer)cluster, finding);
        }
        finding_evidence(finding, key, entry);
    }
}

#define LEVEL_2012 5 /* domainFunctionality of Windows Server 2012 */
#define BUILD_SERVER_2012 9200

/* Whether some pair works by RBCD alone. */
static bool
relies_on_rbcd(const Audit *audit)
{
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = audit->pairs->pdata[i];
        for (Service service = 0; service < SERVICE_COUNT; service++)
            if (pair->services[service].needed && pair->services[service].by == LEG_RBCD)
                return true;
    }
    return false;
}

static void
tell_old_dc(Sink *sink, const Account *dc)
{
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(dc));
    finding_say(
        finding, "A domain controller that does not know RBCD",
        "Pairs rely on RBCD, but %s runs %s: a KDC older than Windows Server 2012 does "
        "not evaluate it. Hosts of 2012 and later then look for a newer domain "
        "controller and ask again; where they find none, the migration fails. Replace "
        "it, or use classic constrained delegation.",
        dc->name, dc->os ? dc->os : "an older Windows");
    g_autofree char *key = g_strdup_printf("operatingSystemVersion of %s", dc->name);
    finding_evidence(finding, key, dc->os_version);
}

/* Whether it is a DC, also by its primary group where the flags were not read. */
static Tri
is_dc(const Account *account)
{
    Tri by_flags = account_is_dc(account);
    if (by_flags != TRI_UNKNOWN || (account->kinds & KIND_COMPUTER) == 0)
        return by_flags == TRI_YES ? TRI_YES : TRI_NO;
    if (!account_knows(account, ATTR_PRIMARY_GROUP))
        return TRI_UNKNOWN;
    return account->primary_group == RID_DOMAIN_CONTROLLERS ||
                   account->primary_group == RID_RODCS
               ? TRI_YES
               : TRI_NO;
}

void
check_rbcd_unsupported(const Audit *audit, Sink *sink)
{
    const Estate *estate = audit->estate;
    if (!relies_on_rbcd(audit)) {
        sink_not_applicable(sink);
        return;
    }
    /* At this level no older DC is left. */
    if (estate->domain_level >= LEVEL_2012)
        return;
    bool seen = false;
    const Account *unread = NULL;
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        Tri dc = is_dc(account);
        guint build = account_os_build(account);
        if (dc == TRI_NO || account_is_cloud_dc(account))
            continue;
        seen = seen || dc == TRI_YES;
        if (build >= BUILD_SERVER_2012)
            continue;
        if (dc == TRI_UNKNOWN)
            unread = account;
        else if (build != 0)
            tell_old_dc(sink, account);
    }
    const char *domain = estate->domain ? estate->domain : "the domain";
    if (unread)
        finding_say(
            sink_unknown(sink, about_name(domain)),
            "Whether every DC knows RBCD was not determined",
            "userAccountControl of %s %s: it may be a domain controller older than "
            "Windows Server 2012.",
            unread->name, estate_unread(estate));
    else if (!seen && estate->domain_level < 0 && !audit_is_offline(audit))
        finding_say(
            sink_unknown(sink, about_name(domain)),
            "Whether every DC knows RBCD was not determined",
            "Neither the functional level nor the domain controllers could be read.");
}

/* Whether the descriptor lets anybody in. */
static const Edge *
first_let_in(const Audit *audit, const Account *target)
{
    for (guint i = 0; i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];
        if (edge->way == LEG_RBCD && !edge->missing && edge->target.account == target)
            return edge;
    }
    return NULL;
}

void
check_rbcd_without_spn(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    if (!account->rbcd || !host->outside) {
        sink_not_applicable(sink); /* a host's are SPN-01's and SPN-02's */
        return;
    }
    const Edge *edge = account->spns->len == 0 ? first_let_in(audit, account) : NULL;
    if (!edge)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_WARNING, about(account));
    finding_say(
        finding, "RBCD on an account without any SPN",
        "The RBCD descriptor of %s names %s, but the account holds no SPN, so that "
        "nobody "
        "can ask for a ticket to it. The descriptor belongs on the account that the "
        "service runs under: set it there and clear it here, or register the service's "
        "SPN on %s (setspn -S).",
        account->name, edge->source.name, account->name);
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", account->name);
    finding_evidence(finding, key, "none");
    show_descriptor(finding, account, edge->source.name);
}
