/* Tables of messages of libkrb5, SASL, TLS and AD, each with what to do about it. */
#include "bindfault.h"

#include "base/text.h"

#include <ldap.h>
#include <string.h>

#define ANY_RESULT 0x7FFF
#define DIAGNOSTIC_MAX 300 /* bytes of a server's text in a message */

/* The first row whose result and text both fit.  %h: the host, %p: the ticket's
 * principal.  `data NNN` in AD's text is a Win32 code (MS-ERREF). */
static const struct {
    int result;
    const char *text; /* in the diagnostic; NULL: any */
    FaultCode code;
    bool elsewhere;
    const char *says;
} causes[] = {
    /* Kerberos on this side, as GSSAPI words it. */
    {ANY_RESULT, "Clock skew too great", FAULT_CREDENTIALS, false,
     "the clocks of this machine and of the domain differ too much for Kerberos: set the "
     "time "
     "(chronyc makestep)"},
    {ANY_RESULT, "Ticket expired", FAULT_CREDENTIALS, false,
     "the Kerberos ticket has expired: run kinit"},
    {ANY_RESULT, "ticket expired", FAULT_CREDENTIALS, false,
     "the Kerberos ticket has expired: run kinit"},
    {ANY_RESULT, "Client not found in Kerberos database", FAULT_CREDENTIALS, false,
     "the KDC no longer knows the account %p: run kinit as another one"},
    {ANY_RESULT, "not found in Kerberos database", FAULT_UNREACHABLE, true,
     "Kerberos knows no ldap/%h: name the DC by its full host name, not by an address or "
     "an "
     "alias"},
    {ANY_RESULT, "Cannot contact any KDC", FAULT_UNREACHABLE, true,
     "no KDC of the realm answers: is port 88 of a domain controller reachable?"},
    {ANY_RESULT, "Cannot find KDC", FAULT_UNREACHABLE, true,
     "no KDC of the realm can be found: see DNS (_kerberos._udp) or /etc/krb5.conf"},
    {ANY_RESULT, "Cannot determine realm", FAULT_UNREACHABLE, true,
     "Kerberos cannot tell the realm of %h: name the DC by its full host name, or see "
     "[domain_realm] in /etc/krb5.conf"},
    {ANY_RESULT, "have been revoked", FAULT_CREDENTIALS, false,
     "the account %p is disabled or locked out"},
    {ANY_RESULT, "No Kerberos credentials available", FAULT_CREDENTIALS, false,
     "no Kerberos ticket: run kinit"},
    {ANY_RESULT, "No credentials were supplied", FAULT_CREDENTIALS, false,
     "no Kerberos ticket: run kinit"},
    {ANY_RESULT, "credentials cache", FAULT_CREDENTIALS, false,
     "no usable Kerberos ticket: run kinit"},
    {ANY_RESULT, "Matching credential not found", FAULT_CREDENTIALS, false,
     "the credential cache holds no ticket for this realm: run kinit"},
    {ANY_RESULT, "no support for encryption type", FAULT_DENIED, true,
     "the DC has no key of an encryption type that this machine allows: see "
     "permitted_enctypes in /etc/krb5.conf"},
    {ANY_RESULT, "No worthy mechs found", FAULT_CONFIG, false,
     "no SASL mechanism for Kerberos on this machine: install "
     "libsasl2-modules-gssapi-mit"},
    /* TLS. */
    {ANY_RESULT, "does not match", FAULT_DENIED, true,
     "its certificate is for another host name"},
    {ANY_RESULT, "certificate", FAULT_DENIED, true,
     "its certificate is not verified: give the CA that issued it with --ca-file, and "
     "name "
     "the DC as the certificate does"},
    /* The DC's answers. */
    {LDAP_STRONG_AUTH_REQUIRED, NULL, FAULT_DENIED, false,
     "the DC requires signing or TLS, and this bind had neither: use GSS-SPNEGO or "
     "GSSAPI, "
     "or ldaps://"},
    {LDAP_INVALID_CREDENTIALS, "80090346", FAULT_DENIED, false,
     "the DC requires channel binding and did not accept ours: is something between here "
     "and "
     "the DC ending TLS? Without TLS, ldap:// with sealing serves as well"},
    {LDAP_INVALID_CREDENTIALS, "data 52e", FAULT_CREDENTIALS, false,
     "the DC does not accept the credentials of %p: is the ticket or keytab older than "
     "the "
     "last password change?"},
    {LDAP_INVALID_CREDENTIALS, "data 525", FAULT_CREDENTIALS, false,
     "the DC knows no account %p"},
    {LDAP_INVALID_CREDENTIALS, "data 530", FAULT_CREDENTIALS, false,
     "%p may not log on at this hour"},
    {LDAP_INVALID_CREDENTIALS, "data 531", FAULT_CREDENTIALS, false,
     "%p may not log on from this machine"},
    {LDAP_INVALID_CREDENTIALS, "data 532", FAULT_CREDENTIALS, false,
     "the password of %p has expired"},
    {LDAP_INVALID_CREDENTIALS, "data 533", FAULT_CREDENTIALS, false,
     "the account %p is disabled"},
    {LDAP_INVALID_CREDENTIALS, "data 701", FAULT_CREDENTIALS, false,
     "the account %p has expired"},
    {LDAP_INVALID_CREDENTIALS, "data 773", FAULT_CREDENTIALS, false,
     "%p has to change the password first"},
    {LDAP_INVALID_CREDENTIALS, "data 775", FAULT_CREDENTIALS, false,
     "the account %p is locked out"},
    {LDAP_INVALID_CREDENTIALS, NULL, FAULT_CREDENTIALS, false,
     "the DC does not accept the credentials of %p"},
    {LDAP_AUTH_METHOD_NOT_SUPPORTED, NULL, FAULT_DENIED, true,
     "the DC does not offer this SASL mechanism"},
    {LDAP_AUTH_UNKNOWN, NULL, FAULT_CONFIG, false,
     "this machine lacks the SASL mechanism: install libsasl2-modules-gssapi-mit"},
    {LDAP_INAPPROPRIATE_AUTH, NULL, FAULT_DENIED, false,
     "the DC does not accept this kind of bind"},
    {LDAP_BUSY, NULL, FAULT_UNREACHABLE, true, "the DC is too busy to serve a bind"},
    {LDAP_UNAVAILABLE, NULL, FAULT_UNREACHABLE, true, "the DC cannot serve now"},
    {LDAP_UNWILLING_TO_PERFORM, NULL, FAULT_DENIED, true,
     "the DC is unwilling to serve a bind"},
    {LDAP_SERVER_DOWN, NULL, FAULT_UNREACHABLE, true, "the connection was closed"},
    {LDAP_TIMEOUT, NULL, FAULT_UNREACHABLE, true, "timed out"},
    /* libldap does not pass on what GnuTLS had against it. */
    {LDAP_CONNECT_ERROR, "unknown error", FAULT_DENIED, true,
     "its certificate is not verified: give the CA that issued it with --ca-file, and "
     "name "
     "the DC as the certificate does"},
    {LDAP_CONNECT_ERROR, NULL, FAULT_DENIED, true, "TLS could not be set up"},
};

/* Text of the server or a library for a message: one line, shortened. */
static char *
plain(const char *diagnostic)
{
    g_autofree char *valid =
        g_utf8_make_valid(diagnostic, (gssize)MIN(strlen(diagnostic), DIAGNOSTIC_MAX));
    for (char *at = valid; *at; at++)
        if (g_ascii_iscntrl(*at))
            *at = ' ';
    return text_quoted(QUOTE_TERMINAL, g_strstrip(valid));
}

bool
bindfault_set(GError **error, const char *uri, const char *host, const char *principal,
              int result, const char *diagnostic, bool *ret_elsewhere)
{
    g_autofree char *detail = diagnostic && *diagnostic ? plain(diagnostic) : NULL;
    for (guint i = 0; i < G_N_ELEMENTS(causes); i++) {
        if ((causes[i].result != ANY_RESULT && causes[i].result != result) ||
            (causes[i].text && (!diagnostic || !strstr(diagnostic, causes[i].text))))
            continue;
        g_autoptr(GString) says = g_string_new(causes[i].says);
        g_string_replace(says, "%h", host, 0);
        g_string_replace(says, "%p", principal ? principal : "this ticket", 0);
        /* The text of the other side, where the row is not about it. */
        if (!causes[i].text && detail)
            g_string_append_printf(says, " (%s)", detail);
        *ret_elsewhere = causes[i].elsewhere;
        return fault_set(error, causes[i].code, "%s: %s", uri, says->str);
    }
    *ret_elsewhere = true;
    return fault_set(error, FAULT_DENIED, "%s: %s%s%s%s", uri, ldap_err2string(result),
                     detail ? " (" : "", detail ? detail : "", detail ? ")" : "");
}
