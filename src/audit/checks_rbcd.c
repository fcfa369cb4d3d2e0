/* RBC-*: the descriptors on the targets. */
#include "audit/checks.h"

/* Trustees that stand for everybody, or nearly. */
static bool
sid_is_broad(const Sid *sid)
{
    static const char *const broad[] = {
        "S-1-1-0",      /* Everyone */
        "S-1-5-7",      /* Anonymous */
        "S-1-5-11",     /* Authenticated Users */
        "S-1-5-15",     /* This Organization */
        "S-1-5-32-545", /* Users */
        "S-1-5-32-546", /* Guests */
        "S-1-5-32-554", /* Pre-Windows 2000 Compatible Access */
        "S-1-18-1",     /* Authentication authority asserted identity */
    };
    for (guint i = 0; i < G_N_ELEMENTS(broad); i++) {
        Sid known;
        if (sid_parse_text(broad[i], &known) && sid_equal(&known, sid))
            return true;
    }
    bool of_domain = sid->count == 5 && sid->authority == 5 && sid->sub[0] == 21;
    guint32 rid = sid_rid(sid);
    return of_domain && (rid == 513 || rid == 514 || rid == 515);
}

static void
show_descriptor(Finding *finding, const Account *account, const char *value)
{
    g_autofree char *key =
        g_strdup_printf("msDS-AllowedToActOnBehalfOfOtherIdentity of %s", account->name);
    finding_evidence(finding, key, value);
}

static void
tell_broad(Sink *sink, const Account *account, const char *trustee, const char *evidence)
{
    Finding *finding = sink_fail_named(sink, SEVERITY_CRITICAL, account->name, trustee);
    finding->subject_account = account;
    finding_say(
        finding, "RBCD is open to everybody, or nearly",
        "%s may act as any user towards %s: anybody who controls any account can take "
        "this host. Remove the entry and name the partner hosts instead "
        "(Set-ADComputer %s -PrincipalsAllowedToDelegateToAccount PARTNER$).",
        trustee, account->name, account->name);
    show_descriptor(finding, account, evidence);
}

CHECK(check_rbcd_broad_trustee)
{
    const Account *account = ((const Host *)subject)->account;
    const SecDesc *descriptor =
        edge_descriptor(verdict_edges(audit->context), account, NULL);
    if (!descriptor) {
        if (!account->rbcd)
            sink_not_applicable(sink);
        return; /* one that does not parse is RBC-04's */
    }
    if (descriptor->dacl != DACL_LIST) {
        tell_broad(sink, account, "Everyone",
                   descriptor->dacl == DACL_NULL ? "a NULL DACL" : "no DACL");
        return;
    }
    g_autoptr(GHashTable) told = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < descriptor->aces->len; i++) {
        Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        if (!sid_is_set(&ace->sid) || !sid_is_broad(&ace->sid) ||
            g_hash_table_contains(told, &ace->sid))
            continue;
        g_autoptr(GHashTable) token = g_hash_table_new(sid_hash, sid_equal);
        g_hash_table_add(token, &ace->sid);
        if (secdesc_check(descriptor, token, RIGHT_CONTROL_ACCESS).access !=
            ACCESS_GRANTED)
            continue;
        g_hash_table_add(told, &ace->sid);
        g_autofree char *name = estate_sid_name(audit->estate, &ace->sid);
        g_autofree char *sid = sid_format(&ace->sid);
        g_autofree char *shown = g_strdup_printf("ACE %u: allow 0x%08X to %s (%s)", i + 1,
                                                 ace->mask, name, sid);
        tell_broad(sink, account, name, shown);
    }
}

CHECK(check_rbcd_malformed)
{
    const Account *account = ((const Host *)subject)->account;
    const GError *why = NULL;
    if (!account->rbcd) {
        sink_not_applicable(sink);
        return;
    }
    if (edge_descriptor(verdict_edges(audit->context), account, &why))
        return;
    g_autofree char *size = g_strdup_printf(
        "%" G_GSIZE_FORMAT " bytes: %s", g_bytes_get_size(account->rbcd), why->message);
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, account, NULL, NULL);
    finding_say(
        finding, "The RBCD descriptor does not parse",
        "The descriptor on %s is no valid security descriptor (%s), so no KDC can grant "
        "anything by it. Save the value, clear it (Set-ADComputer %s -Clear "
        "msDS-AllowedToActOnBehalfOfOtherIdentity) and name the partners again.",
        account->name, why->message, account->name);
    show_descriptor(finding, account, size);
}

CHECK(check_rbcd_mixing_trap)
{
    const Pair *pair = subject;
    const Account *source = pair->source;
    if (pair->group->mode == MODE_KCD ||
        edge_rbcd(verdict_edges(audit->context), source, pair->target).granted !=
            TRI_YES) {
        sink_not_applicable(sink);
        return;
    }
    if (!account_knows(source, ATTR_UAC) ||
        (!account_knows(source, ATTR_DELEGATE_TO) && (source->uac & UAC_T2A4D) == 0)) {
        finding_say(
            sink_unknown(sink, source, pair->target, NULL),
            "Whether the source's own list defeats RBCD is not known",
            "userAccountControl or msDS-AllowedToDelegateTo of %s could not be read.",
            source->name);
        return;
    }
    if (source->delegate_to->len == 0 || (source->uac & UAC_T2A4D) != 0)
        return;
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, source, pair->target, NULL);
    finding_say(
        finding, "RBCD is granted, but the source's own list defeats it",
        "%s grants %s by RBCD, but %s has a list of its own (%u values) and no protocol "
        "transition: its S4U2Self tickets are then not forwardable and the KDC refuses "
        "them for RBCD too. Turn protocol transition on, or empty the list.",
        pair->target->name, source->name, source->name, source->delegate_to->len);
    g_autofree char *key =
        g_strdup_printf("msDS-AllowedToDelegateTo of %s", source->name);
    finding_evidence(finding, key, source->delegate_to->pdata[0]);
    evidence_uac(finding, source);
}
