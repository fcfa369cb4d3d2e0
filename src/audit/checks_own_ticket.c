/* ACC-18: accounts that delegate, and get no TGT of their own. */
#include "checks.h"

#include "base/text.h"
#include "own_ticket.h"

/* What to do, and what the KDC answers until then. */
static const struct {
    const char *advice;
    const char *answer;
} slips[SIGNIN_COUNT] = {
    [SIGNIN_EXPIRED] = {"let it not expire (Clear-ADAccountExpiration)",
                        "KDC_ERR_CLIENT_REVOKED"},
    [SIGNIN_LOCKED] = {"unlock it (Unlock-ADAccount), and find out what locked it",
                       "KDC_ERR_CLIENT_REVOKED"},
    [SIGNIN_OFF_HOURS] = {"let it sign in at all hours (clear logonHours)",
                          "KDC_ERR_CLIENT_REVOKED"},
    [SIGNIN_MUST_CHANGE] = {"set it a new password, without \"must change password at "
                            "next logon\"",
                            "KDC_ERR_KEY_EXPIRED"},
    [SIGNIN_PASSWORD_OLD] =
        {"set it a new password, or let the service run under a gMSA, "
         "which changes its own",
         "KDC_ERR_KEY_EXPIRED"},
    [SIGNIN_CARD] = {"clear \"smart card is required\" (0x40000 of userAccountControl), "
                     "and set it a new password",
                     "KDC_ERR_POLICY"},
};

static void
show_slips(Finding *finding, const Account *account, guint bits)
{
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++) {
        bool twice = slip == SIGNIN_PASSWORD_OLD && (bits & 1u << SIGNIN_MUST_CHANGE);
        if ((bits & 1u << slip) == 0 || twice)
            continue;
        bool known = account_knows(account, signin_attribute(slip));
        g_autofree char *key =
            g_strdup_printf("%s of %s", attr_name(signin_attribute(slip)), account->name);
        g_autofree char *value = known ? signin_value(account, SIGNIN_SERVICE, slip)
                                       : g_strdup("was not read");
        finding_evidence(finding, key, value);
    }
}

static void
show_policy(Finding *finding, const Account *account, const OwnTicket *own)
{
    const char *value = own->from.silo ? account->authn_silo : account->authn_policy;
    g_autofree char *key = g_strdup_printf(
        "%s of %s", attr_name(own->from.silo ? ATTR_AUTHN_SILO : ATTR_AUTHN_POLICY),
        account->name);
    if (own->policy && value)
        finding_evidence(finding, key, value);
}

static void
show_readers(Finding *finding, const Account *account, const OwnTicket *own)
{
    g_autofree char *key =
        g_strdup_printf("%s of %s", attr_name(ATTR_PASSWORD_READERS), account->name);
    if (own->locked_away)
        finding_evidence(finding, key, "names nobody who may read it");
}

static void
add_part(GString *out, const char *text)
{
    if (!strstr(out->str, text))
        g_string_append_printf(out, "%s%s", out->len > 0 ? "; " : "", text);
}

static void
tell(const OwnTicket *own, const Account *account, Sink *sink)
{
    static const char policy[] = "let its authentication policy admit the machine on "
                                 "which it runs, or take it off the policy";
    g_autoptr(GString) advice = g_string_new(NULL), answers = g_string_new(NULL);
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++) {
        if ((own->slips & 1u << slip) == 0)
            continue;
        add_part(advice, slips[slip].advice);
        add_part(answers, slips[slip].answer);
    }
    if (own->policy) {
        add_part(advice, policy);
        add_part(answers, "KDC_ERR_POLICY");
    }
    Finding *finding = sink_fail(sink, SEVERITY_ERROR, about(account));
    finding_say(finding, "An account that delegates gets no TGT of its own",
                "%s may act for users, but the KDC gives it no TGT of its own (%s): %s. "
                "Without one it gets no tickets on behalf of anybody, and no constrained "
                "delegation from it works. What to do: %s.",
                account->name, answers->str, own->text->str, advice->str);
    show_slips(finding, account, own->slips);
    show_policy(finding, account, own);
}

/* Of those that are disabled ACC-01 and DEL-16 tell. */
void
check_source_without_tickets(const Audit *audit, const Host *host, Sink *sink)
{
    const Account *account = host->account;
    if (!host_needs_own_ticket(host) || account_is_enabled(account) == TRI_NO) {
        sink_not_applicable(sink);
        return;
    }
    g_auto(OwnTicket) own = own_ticket_of(audit->estate, account);
    if (own.refused == TRI_YES)
        tell(&own, account, sink);
    if (own.refused != TRI_UNKNOWN)
        return;
    Finding *finding = sink_unknown(sink, about(account));
    finding_say(finding,
                "Whether an account that delegates gets a TGT of its own is not known",
                "Of %s: %s. Without a TGT of its own no constrained delegation from it "
                "works.%s%s%s",
                account->name, own.text->str,
                own.locked_away ? " Name the machines that run the service: "
                                  "Set-ADServiceAccount "
                                : "",
                own.locked_away ? account->name : "",
                own.locked_away ? " -PrincipalsAllowedToRetrieveManagedPassword "
                                  "MACHINE1$,MACHINE2$."
                                : "");
    show_slips(finding, account, own.slips);
    show_policy(finding, account, &own);
    show_readers(finding, account, &own);
}
