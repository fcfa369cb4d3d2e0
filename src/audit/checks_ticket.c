/* TKT-*: what the KDC really gives. */
#include "answer.h"
#include "checks.h"

#include "base/text.h"

#include <string.h>

#define KDC_ERR_S_PRINCIPAL_UNKNOWN 7
#define KDC_ERR_PRINCIPAL_NOT_UNIQUE 8

static const NeededSpn *
needed_by_spn(const Host *host, const char *spn)
{
    for (guint i = 0; i < host->needed->len; i++)
        if (text_equal(((const NeededSpn *)host->needed->pdata[i])->spn, spn))
            return host->needed->pdata[i];
    for (guint i = 0; host->winrm && i < host->winrm->spns.needed->len; i++)
        if (text_equal(((const NeededSpn *)host->winrm->spns.needed->pdata[i])->spn, spn))
            return host->winrm->spns.needed->pdata[i];
    return NULL;
}

static void
show_ticket(Finding *finding, const TicketEvidence *ticket)
{
    g_autofree char *key = g_strdup_printf("ticket for %s", ticket->spn);
    g_autofree char *text = condition_ticket(ticket);
    finding_evidence(finding, key, text);
}

/* No verdict on the host: the one who asked is refused, or nobody decided. */
static void
tell_undecided(const Host *host, const TicketEvidence *ticket, AnswerKind kind,
               Sink *sink)
{
    Finding *finding = sink_unknown(sink, about_spn(host->account, ticket->spn));
    if (kind == ANSWER_PROBE)
        finding_say(finding, "The KDC refuses a test ticket to the account that audits",
                    "Asked for a ticket for %s, the KDC answers %s: that is the account "
                    "that audits, or a policy against it, and says nothing of the hosts. "
                    "With a host's own key (--prove-as, --prove-keytab) the host is "
                    "asked for.",
                    ticket->spn, ticket->error ? ticket->error : "an error");
    else
        finding_say(finding, "No test ticket could be asked for", "%s: %s.", ticket->spn,
                    ticket->error ? ticket->error : "no KDC answered");
    show_ticket(finding, ticket);
}

void
check_ticket_refused(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    for (guint i = 0; i < host->tickets->len; i++) {
        const TicketEvidence *ticket = host->tickets->pdata[i];
        if (ticket->granted)
            continue;
        AnswerKind kind = answer_of_ticket(ticket);
        if (kind != ANSWER_REFUSED) {
            tell_undecided(host, ticket, kind, sink);
            continue;
        }
        Finding *finding =
            sink_fail(sink, SEVERITY_ERROR, about_spn(host->account, ticket->spn));
        finding_say(finding, "The KDC refuses a ticket for a needed SPN",
                    "Asked%s%s for a ticket for %s, the KDC answers %s%s%s.",
                    ticket->asker ? " by the key of " : "",
                    ticket->asker ? ticket->asker->name : "", ticket->spn,
                    ticket->error ? ticket->error : "an error",
                    ticket->meaning ? ": " : "", ticket->meaning ? ticket->meaning : "");
        show_ticket(finding, ticket);
    }
}

void
check_ticket_weak_etype(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    for (guint i = 0; i < host->tickets->len; i++) {
        const TicketEvidence *ticket = host->tickets->pdata[i];
        if (!ticket->granted || !etype_is_weak(ticket->etype))
            continue;
        Finding *finding =
            sink_fail(sink, SEVERITY_WARNING, about_spn(host->account, ticket->spn));
        finding_say(
            finding, "The ticket is encrypted with a weak type",
            "Tickets for %s use %s. Let the host announce AES "
            "(msDS-SupportedEncryptionTypes 28, or the policy \"Configure encryption "
            "types allowed for Kerberos\"): RC4 is off by default since April 2026.",
            ticket->spn, etype_name(ticket->etype));
        show_ticket(finding, ticket);
    }
}

void
check_ticket_wrong_key(const Audit *audit, const Host *host, Sink *sink)
{
    (void)audit;
    const Account *account = host->account;
    for (guint i = 0; i < host->tickets->len; i++) {
        const TicketEvidence *ticket = host->tickets->pdata[i];
        if (!ticket->granted)
            continue;
        if (!account_knows(account, ATTR_KVNO)) {
            finding_say(sink_unknown(sink, about_spn(account, ticket->spn)),
                        "Whose key the ticket is encrypted with was not determined",
                        "msDS-KeyVersionNumber of %s could not be read.", account->name);
            continue;
        }
        /* An RODC puts its own number into the upper half (MS-KILE 3.1.5.8). */
        if ((ticket->kvno & 0xFFFFu) == (account->kvno & 0xFFFFu))
            continue;
        Finding *finding =
            sink_fail(sink, SEVERITY_CRITICAL, about_spn(account, ticket->spn));
        finding_say(
            finding, "The ticket is encrypted with another account's key",
            "The ticket for %s carries key version %u, but %s has %u: another account "
            "answers for this SPN, or the KDC holds an older password of the host than "
            "the DC that was read (replication).",
            ticket->spn, ticket->kvno, account->name, account->kvno);
        show_ticket(finding, ticket);
        g_autofree char *key =
            g_strdup_printf("msDS-KeyVersionNumber of %s", account->name);
        g_autofree char *value = g_strdup_printf("%u", account->kvno);
        finding_evidence(finding, key, value);
    }
}

void
check_ticket_disagrees(const Audit *audit, const Host *host, Sink *sink)
{
    for (guint i = 0; i < host->tickets->len; i++) {
        const TicketEvidence *ticket = host->tickets->pdata[i];
        const NeededSpn *needed = needed_by_spn(host, ticket->spn);
        if (!needed || !ticket->answered)
            continue;
        bool there = needed->how == RESOLVE_EXPLICIT || needed->how == RESOLVE_ALIAS;
        bool refused_as_missing = !ticket->granted && there && needed->owners->len == 1 &&
                                  (ticket->error_code == KDC_ERR_S_PRINCIPAL_UNKNOWN ||
                                   ticket->error_code == KDC_ERR_PRINCIPAL_NOT_UNIQUE);
        bool granted_unseen = ticket->granted && needed->how == RESOLVE_MISSING &&
                              needed->resolves_known != TRI_UNKNOWN;
        if (!refused_as_missing && !granted_unseen)
            continue;
        Finding *finding =
            sink_fail(sink, SEVERITY_WARNING, about_spn(host->account, ticket->spn));
        const char *samba = refused_as_missing && strchr(ticket->spn, ' ') &&
                                    estate_is_samba(audit->estate)
                                ? " Samba's KDC does not find SPNs whose class has "
                                  "spaces, so Hyper-V's Migration "
                                  "Service cannot be reached by Kerberos in this domain."
                                : "";
        finding_say(
            finding, "The KDC and the directory disagree",
            "The directory says %s %s, but the KDC %s. Another DC may have answered "
            "(replication), or the change is minutes old.%s",
            ticket->spn, there ? "is registered" : "is on no account",
            ticket->granted ? "grants a ticket" : "does not know it", samba);
        show_ticket(finding, ticket);
    }
}
