/* SPN-*: whether each needed SPN leads to the host, and to it alone. */
#include "checks.h"

#include "base/text.h"
#include "model/spn.h"

#include <string.h>

/* "CN=HV02,...; CN=svc,..." (transfer full) */
static char *
owner_dns(const GPtrArray *owners)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < owners->len; i++)
        g_string_append_printf(text, "%s%s", i ? "; " : "",
                               ((const Account *)owners->pdata[i])->dn);
    return g_string_free(text, FALSE);
}

/* What the host's own servicePrincipalName holds of a class. */
static void
show_class(Finding *finding, const Account *account, const char *class)
{
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", account->name);
    guint shown = 0;
    for (guint i = 0; i < account->spns->len && shown < 4; i++) {
        if (!spn_has_class(account->spns->pdata[i], class))
            continue;
        finding_evidence(finding, key, account->spns->pdata[i]);
        shown++;
    }
    if (shown == 0) {
        g_autofree char *none =
            g_strdup_printf("%u value%s, none of class %s", account->spns->len,
                            account->spns->len == 1 ? "" : "s", class);
        finding_evidence(finding, key, none);
    }
}

static void
say_unread(Sink *sink, const Host *host, const NeededSpn *needed)
{
    Finding *finding = sink_unknown(sink, about_spn(host->account, needed->spn));
    g_autofree char *title =
        g_strdup_printf("Who holds %s was not determined", needed->spn);
    finding_say(finding, title, "%s: %s.", needed->spn, needed->problem);
    finding_evidence(finding, needed->spn, "not determined");
}

static void
each_missing(const Host *host, Service service, Sink *sink,
             void (*tell)(const Audit *, const Host *, const NeededSpn *, Sink *),
             const Audit *audit)
{
    for (guint i = 0; i < host->needed->len; i++) {
        const NeededSpn *needed = host->needed->pdata[i];
        if (needed->service != service)
            continue;
        if (needed->how == RESOLVE_UNKNOWN ||
            (needed->how == RESOLVE_MISSING && needed->resolves_known == TRI_UNKNOWN))
            say_unread(sink, host, needed);
        else if (needed->how == RESOLVE_MISSING)
            tell(audit, host, needed, sink);
    }
}

static void
tell_migration_missing(const Audit *audit, const Host *host, const NeededSpn *needed,
                       Sink *sink)
{
    (void)audit;
    Finding *finding =
        sink_fail(sink, SEVERITY_ERROR, about_spn(host->account, needed->spn));
    finding_say(
        finding, "Migration Service SPN missing",
        "%s is on no account. Hyper-V (VMMS) registers it when it starts; no other SPN "
        "stands in for it, so the KDC answers KDC_ERR_S_PRINCIPAL_UNKNOWN and no "
        "migration to %s can authenticate.",
        needed->spn, host->account->name);
    finding_value(finding, needed->spn);
    show_class(finding, host->account, SPN_MIGRATION);
}

void
check_migration_spn_missing(const Audit *audit, const Host *host, Sink *sink)
{
    each_missing(host, SERVICE_MIGRATION, sink, tell_migration_missing, audit);
}

static void
tell_cifs_missing(const Audit *audit, const Host *host, const NeededSpn *needed,
                  Sink *sink)
{
    g_autoptr(Spn) spn = spn_parse(needed->spn);
    const char *server = spn ? estate_alias_of(audit->estate, spn->class) : NULL;
    g_autofree char *wanted = server && spn ? spn_of(SPN_HOST, spn->host) : NULL;
    bool by_host = server && text_equal(server, SPN_HOST);
    Finding *finding =
        sink_fail(sink, SEVERITY_ERROR, about_spn(host->account, needed->spn));
    if (by_host)
        finding_say(finding, "cifs SPN resolves to no account",
                    "Neither %s nor %s (which sPNMappings let stand in for it) is on any "
                    "account, so the KDC knows no key for file access to %s.",
                    needed->spn, wanted, host->account->name);
    else
        finding_say(
            finding, "cifs SPN resolves to no account",
            "%s is on no account and this forest's sPNMappings give cifs no stand-in, "
            "so the KDC knows no key for file access to %s.",
            needed->spn, host->account->name);
    finding_value(finding, by_host ? wanted : needed->spn);
    show_class(finding, host->account, by_host ? SPN_HOST : SPN_CIFS);
}

void
check_cifs_spn_unresolvable(const Audit *audit, const Host *host, Sink *sink)
{
    each_missing(host, SERVICE_CIFS, sink, tell_cifs_missing, audit);
}

static void
show_owners(Finding *finding, const GPtrArray *owners, const char *spn)
{
    for (guint i = 0; i < owners->len; i++) {
        const Account *owner = owners->pdata[i];
        g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", owner->dn);
        finding_evidence(finding, key, spn);
    }
}

/* What a list names, beside what groups need. */
static void
tell_listed_duplicates(const Audit *audit, const Account *source, Sink *sink)
{
    const Entries *entries = verdict_entries(audit->context, source);
    for (guint i = 0; i < entries->len; i++) {
        const SpnAnswer *entry = entry_at(entries, i);
        const Resolved *resolved = &entry->resolved;
        if (entry->owner || !resolved->owners || resolved->owners->len < 2 ||
            audit_needs_entry(audit, source, entry->spn))
            continue;
        g_autofree char *owners = owner_dns(resolved->owners);
        bool alias = resolved->how == RESOLVE_ALIAS;
        Finding *finding = sink_fail(sink, SEVERITY_ERROR, about_spn(source, entry->spn));
        finding_say(
            finding, "Delegation to an SPN on more than one account",
            "%s is trusted to delegate to %s, which is on %u accounts%s%s: %s. The KDC "
            "cannot tell whose key to use and answers KDC_ERR_PRINCIPAL_NOT_UNIQUE or "
            "KDC_ERR_S_PRINCIPAL_UNKNOWN. Leave it with the account that the service "
            "runs under (setspn -D from the others).",
            source->name, entry->spn, resolved->owners->len, alias ? " as " : "",
            alias ? resolved->through : "", owners);
        show_owners(finding, resolved->owners, resolved->through);
    }
}

/* The one account that holds it, where that is not the host. */
static const Account *
other_owner(const NeededSpn *needed, const Account *account)
{
    if (!needed->owners || needed->owners->len != 1 ||
        needed->owners->pdata[0] == account)
        return NULL;
    return needed->owners->pdata[0];
}

static bool
is_among(const GPtrArray *owners, const Account *account)
{
    return owners && g_ptr_array_find((GPtrArray *)owners, account, NULL);
}

/* The SPN of the alias class, where an explicit one has taken its place (transfer full);
 * NULL: there is no alias, or none is hidden. */
static char *
hidden_alias(const Audit *audit, const NeededSpn *needed)
{
    if (needed->service != SERVICE_CIFS || needed->how != RESOLVE_EXPLICIT)
        return NULL;
    g_autoptr(Spn) spn = spn_parse(needed->spn);
    const char *server = spn ? estate_alias_of(audit->estate, spn->class) : NULL;
    return server ? spn_with_class(spn, server) : NULL;
}

/* Whether the host's own SPN of the alias class would serve, were it not for
 * the explicit one elsewhere. */
static bool
is_shadowed(const Audit *audit, const Host *host, const NeededSpn *needed)
{
    g_autofree char *behind = hidden_alias(audit, needed);
    return behind && is_among(estate_by_spn(audit->estate, behind), host->account);
}

static void
tell_duplicate(const Host *host, const char *held, const GPtrArray *all, const char *as,
               Sink *sink)
{
    if (!all || all->len < 2)
        return;
    g_autofree char *owners = owner_dns(all);
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about_spn(host->account, held));
    finding_say(
        finding, "SPN on more than one account",
        "%s is on %u accounts: %s. The KDC cannot tell whose key to use and answers "
        "KDC_ERR_PRINCIPAL_NOT_UNIQUE or KDC_ERR_S_PRINCIPAL_UNKNOWN%s%s%s.",
        held, all->len, owners, as ? "; it stands in for " : "", as ? as : "",
        is_among(all, host->account) ? "" : "; the host is not among them");
    show_owners(finding, all, held);
}

/* What stands in for a name once nothing shadows it is wrong already. */
static void
tell_hidden_duplicate(const Audit *audit, const Host *host, const NeededSpn *needed,
                      Sink *sink)
{
    g_autofree char *behind = hidden_alias(audit, needed);
    if (behind && other_owner(needed, host->account) && is_shadowed(audit, host, needed))
        tell_duplicate(host, behind, estate_by_spn(audit->estate, behind), needed->spn,
                       sink);
}

void
check_spn_duplicate(const Audit *audit, const Host *host, Sink *sink)
{
    /* Of hosts alone, what their partners need is all that is asked. */
    if (audit->policy->reach != REACH_HOSTS)
        tell_listed_duplicates(audit, host->account, sink);
    for (guint i = 0; i < host->needed->len; i++) {
        const NeededSpn *needed = host->needed->pdata[i];
        tell_duplicate(host, needed->through, needed->owners,
                       needed->how == RESOLVE_ALIAS ? needed->spn : NULL, sink);
        tell_hidden_duplicate(audit, host, needed, sink);
    }
    if (!audit->estate->spns_forest_wide && host->needed->len > 0)
        finding_say(sink_unknown(sink, about(host->account)),
                    "Duplicates elsewhere in the forest were not determined",
                    "Only part of the forest was searched for the SPNs of %s.",
                    host->account->name);
}

static void
show_owner(Finding *finding, const Account *owner, const NeededSpn *needed)
{
    g_autofree char *key = g_strdup_printf("servicePrincipalName of %s", owner->dn);
    finding_evidence(finding, key, needed->through);
    finding_value(finding, needed->through);
}

void
check_spn_on_wrong_account(const Audit *audit, const Host *host, Sink *sink)
{
    for (guint i = 0; i < host->needed->len; i++) {
        const NeededSpn *needed = host->needed->pdata[i];
        const Account *owner = other_owner(needed, host->account);
        if (!owner || is_shadowed(audit, host, needed))
            continue;
        Finding *finding = sink_fail(
            sink, SEVERITY_ERROR,
            (About){.account = host->account, .target = owner, .spn = needed->through});
        finding_say(
            finding, "SPN on another account",
            "%s belongs to %s but is on %s (%s). Tickets for it are encrypted with that "
            "account's key, which the host cannot decrypt (0x80090322).",
            needed->through, host->account->name, owner->name, owner->dn);
        show_owner(finding, owner, needed);
    }
}

void
check_cifs_shadowed(const Audit *audit, const Host *host, Sink *sink)
{
    for (guint i = 0; i < host->needed->len; i++) {
        const NeededSpn *needed = host->needed->pdata[i];
        const Account *owner = other_owner(needed, host->account);
        if (!owner || !is_shadowed(audit, host, needed))
            continue;
        Finding *finding = sink_fail(
            sink, SEVERITY_CRITICAL,
            (About){.account = host->account, .target = owner, .spn = needed->spn});
        finding_say(
            finding, "An explicit cifs SPN elsewhere shadows the host",
            "%s stands explicitly on %s (%s) and so takes over from the HOST SPN of %s: "
            "tickets are encrypted with the wrong key, and whoever owns that account can "
            "read them.",
            needed->spn, owner->name, owner->dn, host->account->name);
        show_owner(finding, owner, needed);
    }
}

/* Whether a service may use the SPN: computers have names of their own. */
static bool
has_service_owner(const NeededSpn *needed)
{
    for (guint i = 0; i < needed->owners->len; i++) {
        const Account *owner = needed->owners->pdata[i];
        if ((owner->kinds & (KIND_COMPUTER | KIND_MANAGED)) != KIND_COMPUTER)
            return true;
    }
    return false;
}

static void
tell_winrm(const Host *host, const NeededSpn *needed, Sink *sink)
{
    const Account *other = other_owner(needed, host->account);
    bool several = needed->owners->len > 1;
    g_autofree char *owners = owner_dns(needed->owners);
    g_autofree char *count = g_strdup_printf("%u accounts", needed->owners->len);
    g_autofree char *through = needed->how == RESOLVE_ALIAS
                                   ? g_strdup_printf(" (as %s)", needed->through)
                                   : g_strdup("");
    Finding *finding =
        sink_fail(sink, SEVERITY_ERROR,
                  (About){.account = host->account, .target = other, .spn = needed->spn});
    finding_say(
        finding,
        several ? "WinRM's SPN is on more than one account"
                : "WinRM's SPN is on another account",
        "%s%s is on %s: %s. %s, so nobody can manage %s by WinRM with Kerberos: "
        "PowerShell "
        "remoting, Windows Admin Center, and Hyper-V since Windows Server 2016.%s",
        needed->spn, through, several ? count : "another account", owners,
        several ? "The KDC cannot tell whose key to use and refuses the ticket"
                : "Tickets for it are encrypted with a key that the host does not have "
                  "(0x80090322)",
        host->account->name,
        has_service_owner(needed) ? " A web site that uses the name, such as one of an "
                                    "IIS application pool that "
                                    "runs as that account, needs a name of its own (a "
                                    "DNS record, and HTTP/NAME "
                                    "of it) before the SPN is removed from the account."
                                  : "");
    for (guint i = 0; i < needed->owners->len; i++)
        show_owner(finding, needed->owners->pdata[i], needed);
}

static void
say_winrm_unread(const Host *host, Sink *sink)
{
    Finding *finding = sink_unknown(sink, about(host->account));
    finding_say(finding, "Who answers for WinRM was not determined",
                "Whose key tickets for WinRM on %s are encrypted with could not be told.",
                host->account->name);
    for (guint i = 0; i < host->winrm->spns.needed->len; i++) {
        const NeededSpn *needed = host->winrm->spns.needed->pdata[i];
        if (needed->resolves_known == TRI_UNKNOWN)
            finding_evidence(finding, needed->spn, needed->problem);
    }
}

void
check_winrm_spn(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    if (!host->winrm) {
        sink_not_applicable(sink);
        return;
    }
    for (guint i = 0; i < host->winrm->spns.needed->len; i++) {
        const NeededSpn *needed = host->winrm->spns.needed->pdata[i];
        if (needed->owners &&
            (needed->owners->len > 1 || other_owner(needed, host->account)))
            tell_winrm(host, needed, sink);
    }
    if (host->winrm->service.verdict == VERDICT_UNKNOWN)
        say_winrm_unread(host, sink);
}

/* sAMAccountName holds a NetBIOS name: of a longer one its beginning. */
#define NETBIOS_LENGTH 15

bool
host_has_label(const Account *account, const char *host)
{
    g_autofree char *label = g_strndup(host, strcspn(host, "."));
    if (text_equal(label, account->name))
        return true;
    if (!g_utf8_validate(label, -1, NULL) || !g_utf8_validate(account->name, -1, NULL) ||
        g_utf8_strlen(account->name, -1) != NETBIOS_LENGTH ||
        g_utf8_strlen(label, -1) <= NETBIOS_LENGTH)
        return false;
    *g_utf8_offset_to_pointer(label, NETBIOS_LENGTH) = '\0';
    return text_equal(label, account->name);
}

void
check_dns_host_name(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const Account *account = host->account;
    g_autofree char *key = g_strdup_printf("dNSHostName of %s", account->name);
    if (!account->dns) {
        Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(account));
        finding_say(
            finding, "dNSHostName is missing",
            "%s has no dNSHostName, so VMMS cannot register its SPNs and partners cannot "
            "be delegated to by its full name. The host writes it itself: check its DNS "
            "suffix and its secure channel (Test-ComputerSecureChannel), then restart "
            "Netlogon and VMMS on it.",
            account->name);
        finding_evidence(finding, key, "none");
        return;
    }
    const char *dot = strchr(account->dns, '.');
    bool fits = host_has_label(account, account->dns);
    if (fits && dot)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(account));
    if (fits)
        finding_say(finding, "dNSHostName is no full name",
                    "dNSHostName of %s is %s, without a domain: partners cannot be "
                    "delegated to by its full name. The host writes it itself: give it "
                    "its primary DNS suffix (the domain's), restart it, then restart "
                    "Netlogon and VMMS on it.",
                    account->name, account->dns);
    else
        finding_say(
            finding, "dNSHostName is another host's",
            "dNSHostName of %s is %s: its first label is not the account's name, so VMMS "
            "may not register its SPNs (validated write). Rename the host properly or "
            "rejoin it.",
            account->name, account->dns);
    finding_evidence(finding, key, account->dns);
}
