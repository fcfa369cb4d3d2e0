/* The source, and the ticket that it gets for a user. */
#include "ask.h"

#include "context.h"
#include "own_ticket.h"

void
ask_unconstrained(const Asking *asking)
{
    Condition *condition =
        ask_bit(asking, asking->ends->source, UAC_TRUSTED_FOR_DELEGATION, TRI_YES);
    condition->decides = condition->state != CONDITION_FAIL;
}

/* A disabled source has no tickets at all. */
void
ask_source_enabled(const Asking *asking)
{
    Condition *condition = ask_bit(asking, asking->ends->source, UAC_DISABLED, TRI_NO);
    if (condition->state == CONDITION_FAIL)
        condition->why = "the source's account is disabled";
}

/* What stands in the way of a TGT of its own, without which there is no S4U.  With a TGT
 * that a user forwarded none is needed. */
void
ask_source_tgt(const Asking *asking)
{
    const Account *source = asking->ends->source;
    const Estate *estate = asking->ends->context->estate;
    g_auto(OwnTicket) own = own_ticket_of(estate, source);
    if (own.refused == TRI_NO)
        return;
    bool forwarded = account_flag(source, UAC_TRUSTED_FOR_DELEGATION) != TRI_NO;
    Condition *condition =
        ask_add(asking, own.refused == TRI_YES && !forwarded ? CONDITION_FAIL
                                                             : CONDITION_UNKNOWN);
    condition->seen = ask_text(asking, own.text->str);
    condition->why =
        own.refused != TRI_YES
            ? ask_format(asking,
                         "whether the KDC gives the source a TGT of its own is "
                         "not known: %s",
                         own.text->str)
            : ask_format(asking, "the KDC gives the source no TGT of its own: %s%s",
                         own.text->str,
                         forwarded ? "; whether a user's forwarded one still serves is "
                                     "not known"
                                   : "");
    ask_stands_in(condition, own.attr, source);
}

/* MS-KILE 3.3.5.7: a ticket to an account without any SPN is KDC_ERR_MUST_USE_USER2USER,
 * that of S4U2Self included. */
void
ask_source_spn(const Asking *asking)
{
    const Account *source = asking->ends->source;
    bool known = account_knows(source, ATTR_SPN);
    const Estate *estate = asking->ends->context->estate;
    if (source->spns->len > 0)
        return;
    Condition *condition = ask_add(asking, known ? CONDITION_FAIL : CONDITION_UNKNOWN);
    condition->why = known ? "the source has no SPN at all, and a KDC gives nobody a "
                             "ticket to such an account"
                           : ESTATE_UNREAD(estate, "servicePrincipalName of the source");
    condition->seen = known ? "none" : estate_unread(estate);
    ask_stands_in(condition, ATTR_SPN, source);
}

void
ask_source_delegable(const Asking *asking)
{
    Condition *condition =
        ask_bit(asking, asking->ends->source, UAC_NOT_DELEGATED, TRI_NO);
    bool computer = (asking->ends->source->kinds & KIND_COMPUTER) != 0;
    condition->why =
        condition->state == CONDITION_FAIL
            ? computer ? "the source host itself is marked sensitive (NOT_DELEGATED), so "
                         "its tickets are not forwardable"
                       : "the source account itself is marked sensitive "
                         "(NOT_DELEGATED), so its tickets are not forwardable"
            : ESTATE_UNREAD(asking->ends->context->estate,
                            "userAccountControl of the source");
}

void
ask_source_unprotected(const Asking *asking)
{
    Condition *condition = ask_protected(asking, asking->ends->source);
    condition->why =
        condition->state == CONDITION_FAIL
            ? (asking->ends->source->kinds & KIND_COMPUTER) != 0
                  ? "the source host is in Protected Users, so its tickets are not "
                    "forwardable"
                  : "the source account is in Protected Users, so its tickets are not "
                    "forwardable"
        : estate_is_export(asking->ends->context->estate)
            ? "the groups of the source were not exported in full, so it may be in "
              "Protected Users"
            : "whether the source is in Protected Users could not be read";
}

/* A ticket without a PAC is no evidence (KDC_ERR_MODIFIED), and one to such an account
 * has none; of those of S4U2Self no specification says it.  Samba's KDC puts one in. */
void
ask_source_data(const Asking *asking)
{
    const Account *source = asking->ends->source;
    if (account_flag(source, UAC_NO_AUTH_DATA) != TRI_YES ||
        estate_is_samba(asking->ends->context->estate))
        return;
    Condition *condition = ask_add(asking, CONDITION_UNKNOWN);
    g_autofree char *seen = account_flag_text(source, UAC_NO_AUTH_DATA);
    condition->seen = ask_text(asking, seen);
    condition->why = "tickets to the source hold no PAC (NO_AUTH_DATA_REQUIRED), and "
                     "whether a KDC takes them for evidence was not determined";
    ask_stands_in(condition, ATTR_UAC, source);
}

/* MS-SFU 3.2.5.1.2: T2A4D, or an empty list. */
void
ask_transition(const Asking *asking)
{
    const Account *source = asking->ends->source;
    Condition *condition = ask_bit(asking, source, UAC_T2A4D, TRI_YES);
    guint count = source->delegate_to->len;
    condition->why =
        ESTATE_UNREAD(asking->ends->context->estate, "userAccountControl of the source");
    if (condition->state != CONDITION_FAIL)
        return;
    bool known = account_knows(source, ATTR_DELEGATE_TO);
    if (count > 0) {
        condition->why = "no protocol transition on the source (its list is not empty "
                         "and \"Use any authentication protocol\" (T2A4D) is off)";
        condition->seen = ask_format(asking, "%s, and the list has %u entr%s",
                                     condition->seen, count, count == 1 ? "y" : "ies");
        return;
    }
    condition->why = ESTATE_UNREAD(asking->ends->context->estate,
                                   "msDS-AllowedToDelegateTo of the source");
    condition->state = known ? CONDITION_PASS : CONDITION_UNKNOWN;
    condition->seen = ask_format(asking, "%s, and the list %s", condition->seen,
                                 known ? "is empty, which will do"
                                       : estate_unread(asking->ends->context->estate));
}

void
ask_krbtgt(const Asking *asking)
{
    const Account *krbtgt =
        estate_krbtgt(asking->ends->context->estate, asking->ends->source);
    Condition *condition = krbtgt ? ask_bit(asking, krbtgt, UAC_NOT_DELEGATED, TRI_NO)
                                  : ask_add(asking, CONDITION_UNKNOWN);
    condition->why =
        condition->state == CONDITION_FAIL
            ? "krbtgt is marked sensitive: no ticket of the domain is delegable"
            : ESTATE_UNREAD(asking->ends->context->estate,
                            "userAccountControl of krbtgt");
    if (krbtgt)
        return;
    condition->seen = estate_unread(asking->ends->context->estate);
    condition->place = "userAccountControl of krbtgt";
}
