/* What keeps a KDC from giving a source a TGT of its own: its account, or its policy. */
#include "own_ticket.h"

#include "model/secdesc.h"

#include <string.h>

/* What a DC asks of who wants a managed password (MS-ADTS 3.1.1.4.5.39). */
#define RIGHTS_TO_PASSWORD (RIGHT_READ_PROPERTY | RIGHT_GENERIC_ALL | RIGHT_GENERIC_READ)

static void
add(OwnTicket *own, AttrId attr, const char *clause)
{
    if (strstr(own->text->str, clause))
        return;
    if (own->text->len == 0)
        own->attr = attr;
    g_string_append_printf(own->text, "%s%s", own->text->len > 0 ? "; " : "", clause);
}

static void
add_slips(OwnTicket *own, const Estate *estate, const Account *source, Tri wanted)
{
    for (SignInSlip slip = 0; slip < SIGNIN_COUNT; slip++) {
        if (slip == SIGNIN_DISABLED ||
            signin_refused(estate, source, SIGNIN_SERVICE, slip) != wanted)
            continue;
        g_autofree char *doubt =
            wanted == TRI_UNKNOWN ? signin_doubt(estate, source, slip) : NULL;
        own->slips |= 1u << slip;
        add(own, signin_attribute(slip),
            doubt ? doubt : signin_clause(SIGNIN_SERVICE, slip));
    }
}

static Tri
refused_by_policy(const AuthnCheck *from)
{
    return from->applies != TRI_YES   ? from->applies
           : authn_from_nowhere(from) ? TRI_YES
                                      : TRI_UNKNOWN;
}

/* KDC_ERR_POLICY where the request is not armoured, or by a machine that is not let in.
 */
static void
add_policy(OwnTicket *own, Tri wanted)
{
    const AuthnCheck *from = &own->from;
    if (refused_by_policy(from) != wanted)
        return;
    g_autofree char *text =
        wanted == TRI_YES
            ? g_strdup_printf(
                  "the authentication policy %s lets it sign in on no machine",
                  from->policy->name)
        : from->why ? g_strdup(from->why)
                    : g_strdup_printf(
                          "the authentication policy %s says on which machines it may "
                          "sign in (AllowedToAuthenticateFrom), and only with an "
                          "armoured request (FAST)",
                          from->policy->name);
    own->policy = true;
    add(own, from->silo ? ATTR_AUTHN_SILO : ATTR_AUTHN_POLICY, text);
}

/* Nobody is named with a right to read it, whatever conditions and denials there are. */
static bool
nobody_reads_password(const Account *account)
{
    gsize length = 0;
    const void *data = account->password_readers
                           ? g_bytes_get_data(account->password_readers, &length)
                           : NULL;
    g_autoptr(SecDesc) descriptor = NULL;
    if (!data || !secdesc_parse(data, length, &descriptor, NULL) ||
        descriptor->dacl != DACL_LIST)
        return false;
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        if (!ace_denies(ace) && (ace->flags & ACE_FLAG_INHERIT_ONLY) == 0 &&
            (ace->mask & RIGHTS_TO_PASSWORD) != 0)
            return false;
    }
    return true;
}

static void
add_password(OwnTicket *own, const Account *source, Tri wanted)
{
    if (wanted != TRI_UNKNOWN || (source->kinds & KIND_MANAGED) == 0 ||
        !account_knows(source, ATTR_PASSWORD_READERS) || !nobody_reads_password(source))
        return;
    own->locked_away = true;
    add(own, ATTR_PASSWORD_READERS,
        "no machine may read its managed password, and one that read it before has it "
        "until it changes");
}

OwnTicket
own_ticket_of(const Estate *estate, const Account *source)
{
    static const Tri worst_first[] = {TRI_YES, TRI_UNKNOWN};
    OwnTicket own = {.refused = TRI_NO, .text = g_string_new(NULL)};
    own.from = authn_check_from(estate, source);
    for (guint i = 0; i < G_N_ELEMENTS(worst_first) && own.text->len == 0; i++) {
        add_slips(&own, estate, source, worst_first[i]);
        add_policy(&own, worst_first[i]);
        add_password(&own, source, worst_first[i]);
        if (own.text->len > 0)
            own.refused = worst_first[i];
    }
    return own;
}

void
own_ticket_clear(OwnTicket *own)
{
    g_string_free(own->text, TRUE);
}
