/* THE table of what Kerberos, SASL, TLS and domain controllers say, in plain words. */
#include "model/refusal.h"

#include <string.h>

#define NONE REFUSAL_NO_RESULT

/* RFC 4511 4.1.9; the negative ones are libldap's. */
#define STRONG_AUTH_REQUIRED 8
#define INAPPROPRIATE_AUTH 48
#define INVALID_CREDENTIALS 49
#define BUSY 51
#define UNAVAILABLE 52
#define UNWILLING_TO_PERFORM 53
#define SERVER_DOWN (-1)
#define TIMEOUT (-5)
#define AUTH_UNKNOWN (-6)
#define CONNECT_ERROR (-11)
#define AUTH_METHOD_NOT_SUPPORTED 7

#define SET_CLOCK                                                                       \
    "set it with sudo chronyc makestep (or sudo timedatectl set-ntp true; in WSL sudo " \
    "hwclock -s)"
#define GIVE_CA                                                                      \
    "give the CA that issued it with --ca-file FILE, in PEM (on Windows: certutil "  \
    "-ca.cert ca.cer, then certutil -encode ca.cer ca.pem), and name the DC as the " \
    "certificate does"
#define LOOK_AT_ACCOUNT                                                       \
    "look at it on Windows: Get-ADUser NAME -Properties Enabled, LockedOut, " \
    "AccountExpirationDate"

/* The first row that fits.  %h: the DC; %p, %a: who asked; %w: whom to give to kinit; %r:
 * the realm that was asked; %d: the same as a domain; %k: the keytab; %f: the file of
 * CAs; %c: how the clocks differ.  `data NNN` in AD's text is a Win32 code (MS-ERREF). */
static const Refusal refusals[] = {
    /* Clocks */
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "clock skew too great",
     "the clock of this machine %c, and Kerberos allows five minutes", SET_CLOCK},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "ticket not yet valid",
     "the Kerberos ticket is not valid yet: the clock of this machine %c", SET_CLOCK},
    /* The ticket */
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "ticket expired",
     "the Kerberos ticket has expired", "run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "no kerberos credentials available",
     "no Kerberos ticket", "run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "no credentials were supplied",
     "no Kerberos ticket", "run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "no credentials cache",
     "no Kerberos ticket", "run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "credentials cache",
     "no usable Kerberos ticket", "run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "matching credential not found",
     "the credential cache holds no ticket for this realm", "run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "tgt has been revoked",
     "the KDC takes this Kerberos ticket no more", "run kinit %w"},
    /* Names */
    {NONE, REFUSED_FLAT_REALM, FAULT_CREDENTIALS, false,
     "client *not found in kerberos database",
     "%r is no realm, but looks like a NetBIOS name", "run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "client *not found in kerberos database", "the KDC does not know %a",
     "check the name (what stands before the @ is the sAMAccountName, without DOMAIN\\), "
     "or run kinit as another one"},
    {NONE, REFUSED_FULL_NAME, FAULT_UNREACHABLE, true, "not found in kerberos database",
     "Kerberos knows no ldap/%h in the realm %r",
     "is that a domain controller's own name and no alias (host -t SRV _ldap._tcp.DOMAIN "
     "lists them), and does [domain_realm] in /etc/krb5.conf say nothing else of it?"},
    {NONE, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, "not found in kerberos database",
     "Kerberos knows no ldap/%h",
     "name the DC by its full host name (-H ldap://dc1.contoso.com), not by an address "
     "or an alias, or only the domain (-D contoso.com)"},
    {NONE, REFUSED_FLAT_REALM, FAULT_CREDENTIALS, false,
     "reply did not match expectations", "%r is no realm, but looks like a NetBIOS name",
     "a realm is the domain's DNS name in capitals: run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "reply did not match expectations",
     "the KDC writes the realm otherwise than it was asked for",
     "realms are in capitals: run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "realm not local to kdc",
     "%p is not an account of the domain %d",
     "run kinit with the realm of the account's own domain, in capitals"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "wrong realm",
     "%p is not an account of the domain %d",
     "run kinit with the realm of the account's own domain, in capitals"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "not specify default realm",
     "/etc/krb5.conf names no default realm", "write it: kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, "cannot determine realm",
     "Kerberos cannot tell the realm of %h",
     "name the DC by its full host name, or see [domain_realm] in /etc/krb5.conf"},
    /* KDCs */
    {NONE, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, "cannot find kdc*athena.mit.edu",
     "kinit asked for the realm that /etc/krb5.conf names by default (as krb5-user ships "
     "it), and not for the domain's",
     "write the realm: kinit %w"},
    {NONE, REFUSED_FLAT_REALM, FAULT_UNREACHABLE, true, "cannot find kdc",
     "no KDC of %r can be found (it looks like a NetBIOS name)",
     "a realm is the domain's DNS name in capitals: run kinit %w"},
    {NONE, REFUSED_SMALL_REALM, FAULT_UNREACHABLE, true, "cannot find kdc",
     "no KDC of %r can be found", "realms are in capitals: run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, "cannot find kdc",
     "no KDC of %r can be found",
     "does DNS know the domain (host -t SRV _kerberos._tcp.%d)? If not, put "
     "\"nameserver ADDRESS-OF-A-DC\" into /etc/resolv.conf"},
    {NONE, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, "cannot resolve ",
     "the KDC of %r is known by name, but DNS has no address for it",
     "put \"nameserver ADDRESS-OF-A-DC\" into /etc/resolv.conf, or correct [realms] in "
     "/etc/krb5.conf"},
    {NONE, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, "cannot contact any kdc",
     "no KDC of %r answers",
     "is port 88 (TCP and UDP) of a domain controller reachable from here?"},
    {NONE, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, "response too big for udp",
     "the KDC's answer does not fit UDP, and TCP port 88 is closed",
     "open TCP port 88 to the domain controllers"},
    /* The account */
    {NONE, REFUSED_BY_KEYTAB, FAULT_CREDENTIALS, false, "preauthentication failed",
     "the KDC refuses the key of %p: keytab %k is older than the account's password",
     "export it again"},
    {NONE, REFUSED_BY_KEYTAB, FAULT_CREDENTIALS, false, "decrypt integrity check failed",
     "the KDC refuses the key of %p: keytab %k is older than the account's password",
     "export it again"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "preauthentication failed",
     "the password given for %p is wrong",
     "run kinit %w again (a few wrong ones may lock the account)"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "password incorrect",
     "the password given for %p is wrong",
     "run kinit %w again (a few wrong ones may lock the account)"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "decrypt integrity check failed",
     "the password or ticket of %p does not fit the key that the KDC has",
     "run kinit %w again"},
    {NONE, REFUSED_BY_KEYTAB, FAULT_CREDENTIALS, false, "password has expired",
     "the password of %p has expired", "set a new one, and export keytab %k again"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "password has expired",
     "the password of %p has expired", "run kinit %w: it asks for a new one"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "have been revoked",
     "%a is disabled, locked out or expired", LOOK_AT_ACCOUNT},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "client's entry in database has expired", "%a has expired", LOOK_AT_ACCOUNT},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "kdc policy rejects",
     "a policy of the domain does not let %p in from here (an authentication policy or "
     "silo, logon hours, or workstations)",
     "run kinit as another account"},
    /* Encryption types */
    {NONE, REFUSED_BY_KEYTAB, FAULT_CREDENTIALS, false, "no support for encryption type",
     "keytab %k holds no key of %p of an encryption type that the KDC takes",
     "export it again"},
    {NONE, REFUSED_ALWAYS, FAULT_DENIED, true, "no support for encryption type",
     "the DC has no key of an encryption type that this machine allows (an account with "
     "RC4 alone, for one)",
     "change the account's password once, so that it gets AES keys, or see "
     "permitted_enctypes in /etc/krb5.conf"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "lacks support for encryption type",
     "the KDC answers in an encryption type that this machine does not allow (RC4, for "
     "one)",
     "change the account's password once, so that it gets AES keys, or see "
     "permitted_enctypes in /etc/krb5.conf"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "encryption type * not permitted",
     "the KDC answers in an encryption type that this machine does not allow (RC4, for "
     "one)",
     "change the account's password once, so that it gets AES keys, or see "
     "permitted_enctypes in /etc/krb5.conf"},
    /* SASL */
    {NONE, REFUSED_ALWAYS, FAULT_CONFIG, false, "no worthy mechs found",
     "no SASL mechanism for Kerberos on this machine",
     "sudo apt-get install libsasl2-modules-gssapi-mit"},
    {NONE, REFUSED_ALWAYS, FAULT_CONFIG, false, "no mechanism available",
     "no SASL mechanism for Kerberos on this machine",
     "sudo apt-get install libsasl2-modules-gssapi-mit"},
    /* TLS */
    {NONE, REFUSED_ALWAYS, FAULT_DENIED, true, "does not match",
     "its certificate is for another host name",
     "name the DC as the certificate does (openssl s_client -connect %h:636 shows it)"},
    {NONE, REFUSED_OTHER_CA, FAULT_DENIED, true, "certificate",
     "its certificate is not verified: no CA in %f issued it", GIVE_CA},
    {NONE, REFUSED_ALWAYS, FAULT_DENIED, true, "certificate",
     "its certificate is not verified: no CA that this machine trusts issued it",
     GIVE_CA},
    /* The DC's answers */
    {STRONG_AUTH_REQUIRED, REFUSED_ALWAYS, FAULT_DENIED, false, NULL,
     "the DC requires signing or TLS, and this bind had neither",
     "use GSS-SPNEGO or GSSAPI, or ldaps://"},
    {NONE, REFUSED_ALWAYS, FAULT_DENIED, false, "strong(er) authentication required",
     "the DC requires signing or TLS, and this bind had neither",
     "bind with Kerberos (ldapsearch -Y GSS-SPNEGO), or to ldaps://"},
    {INVALID_CREDENTIALS, REFUSED_ALWAYS, FAULT_DENIED, false, "80090346",
     "the DC requires channel binding and did not accept ours",
     "is something between here and the DC ending TLS? Without TLS, ldap:// with sealing "
     "serves as well"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "data 52e",
     "the DC does not accept the credentials of %p (data 52e): ticket or keytab may be "
     "older than the last password change",
     "run kinit %w"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "data 525",
     "the DC does not know %a (data 525)", "check the name and its domain"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "data 530",
     "%p may not log on at this hour (data 530)",
     "wait for its logon hours, or use another account"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "data 531",
     "%p may not log on from this machine (data 531)",
     "see \"Log On To\" of the account, or use another one"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "data 532",
     "the password of %p has expired (data 532)", "run kinit %w: it asks for a new one"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "data 533",
     "%a is disabled (data 533)",
     "use another account, or have it enabled (Enable-ADAccount NAME)"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "data 701",
     "%a has expired (data 701)",
     "use another account, or have it extended (Set-ADAccountExpiration)"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "data 773",
     "%p has to change the password first (data 773)",
     "run kinit %w: it asks for a new one"},
    {NONE, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, "data 775",
     "%a is locked out (data 775)",
     "wait until the lockout ends, or have it unlocked (Unlock-ADAccount NAME)"},
    {INVALID_CREDENTIALS, REFUSED_ALWAYS, FAULT_CREDENTIALS, false, NULL,
     "the DC does not accept the credentials of %p", "run kinit %w"},
    {AUTH_METHOD_NOT_SUPPORTED, REFUSED_ALWAYS, FAULT_DENIED, true, NULL,
     "the DC does not offer this SASL mechanism", "leave --mech out"},
    {AUTH_UNKNOWN, REFUSED_ALWAYS, FAULT_CONFIG, false, NULL,
     "this machine lacks the SASL mechanism",
     "sudo apt-get install libsasl2-modules-gssapi-mit"},
    {INAPPROPRIATE_AUTH, REFUSED_ALWAYS, FAULT_DENIED, false, NULL,
     "the DC does not accept this kind of bind", "leave --mech out"},
    {BUSY, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, NULL,
     "the DC is too busy to serve a bind", NULL},
    {UNAVAILABLE, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, NULL,
     "the DC cannot serve now", NULL},
    {UNWILLING_TO_PERFORM, REFUSED_ALWAYS, FAULT_DENIED, true, NULL,
     "the DC is unwilling to serve a bind", NULL},
    {SERVER_DOWN, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, NULL,
     "the connection was closed", NULL},
    {NONE, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, "can't contact ldap server",
     "no domain controller answers at that address",
     "is its name right, and are ports 389 and 636 reachable from here?"},
    {TIMEOUT, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, NULL, "timed out", NULL},
    /* libldap does not pass on what GnuTLS had against it. */
    {CONNECT_ERROR, REFUSED_OTHER_CA, FAULT_DENIED, true, "unknown error",
     "its certificate is not verified: no CA in %f issued it, or it is for another name",
     GIVE_CA},
    {CONNECT_ERROR, REFUSED_ALWAYS, FAULT_DENIED, true, "unknown error",
     "its certificate is not verified: no CA that this machine trusts issued it, or it "
     "is for another name",
     GIVE_CA},
    {CONNECT_ERROR, REFUSED_ALWAYS, FAULT_DENIED, true, NULL, "TLS could not be set up",
     NULL},
};

/* Whether the parts of the pattern stand in the text, one behind the other. */
static bool
says(const char *text, const char *pattern)
{
    g_autofree char *small = g_ascii_strdown(text, -1);
    g_auto(GStrv) parts = g_strsplit(pattern, "*", -1);
    const char *at = small;
    for (char **part = parts; *part; part++) {
        at = strstr(at, *part);
        if (!at)
            return false;
        at += strlen(*part);
    }
    return true;
}

/* The realm that a text names, "CONTOSO" in: Cannot find KDC for realm "CONTOSO"; or else
 * that of the principal (transfer full); NULL: none. */
static char *
realm_asked(const char *text, const Refused *about)
{
    const char *named = text ? strstr(text, "realm ") : NULL;
    const char *quoted = named && strchr("\"'", named[6]) && named[6] ? named + 7 : NULL;
    const char *at = text ? strchr(text, '@') : NULL;
    const char *begin = quoted             ? quoted
                        : at               ? at
                        : about->principal ? strrchr(about->principal, '@')
                                           : NULL;
    if (!begin)
        return g_strdup(about->realm);
    begin += *begin == '@';
    gsize length = 0;
    while (g_ascii_isalnum(begin[length]) ||
           (begin[length] && strchr("-._", begin[length])))
        length++;
    return length > 0 ? g_strndup(begin, length) : g_strdup(about->realm);
}

static bool
applies(const Refusal *row, const char *text, const Refused *about)
{
    g_autofree char *realm = realm_asked(text, about);
    g_autofree char *capitals = realm ? g_ascii_strup(realm, -1) : NULL;
    switch (row->when) {
    case REFUSED_BY_KEYTAB:
        return about->keytab != NULL;
    case REFUSED_FLAT_REALM:
        return realm && !strchr(realm, '.');
    case REFUSED_SMALL_REALM:
        return realm && strcmp(realm, capitals) != 0;
    case REFUSED_FULL_NAME:
        return about->host && strchr(about->host, '.') &&
               !g_hostname_is_ip_address(about->host);
    case REFUSED_OTHER_CA:
        return about->ca_file != NULL;
    case REFUSED_ALWAYS:
        break;
    }
    return true;
}

const Refusal *
refusal_find(int result, const char *text, const Refused *about)
{
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const Refusal *row = &refusals[i];
        if ((row->result == NONE || row->result == result) &&
            (!row->text || (text && says(text, row->text))) && applies(row, text, about))
            return row;
    }
    return NULL;
}

bool
refusal_is_clock(const Refusal *refusal)
{
    return strstr(refusal->says, "%c") != NULL;
}

char *
refusal_whom(const Refused *about)
{
    const char *at = about->principal ? strrchr(about->principal, '@') : NULL;
    const char *own = at ? at + 1 : NULL;
    g_autofree char *user =
        at ? g_strndup(about->principal, (gsize)(at - about->principal))
           : g_strdup(about->principal ? about->principal : "USER");
    /* What somebody has a ticket of, if only in small letters, is a realm. */
    bool sound = own && strchr(own, '.');
    g_autofree char *realm = sound ? g_ascii_strup(own, -1) : g_strdup(about->realm);
    return g_strdup_printf("%s@%s", user, realm ? realm : "REALM");
}

static char *
clock_words(const Refused *about)
{
    gint64 seconds = ABS(about->skew_s);
    if (seconds == 0)
        return g_strdup("differs too much from the domain's");
    return g_strdup_printf("is %" G_GINT64_FORMAT " %s %s that of %s",
                           seconds < 120 ? seconds : (seconds + 30) / 60,
                           seconds < 120 ? "seconds" : "minutes",
                           about->skew_s > 0 ? "behind" : "ahead of",
                           about->host ? about->host : "the KDC");
}

/* What one letter stands for (transfer full). */
static char *
value_of(char letter, const char *text, const Refused *about)
{
    g_autofree char *realm = realm_asked(text, about);
    switch (letter) {
    case 'h':
        return g_strdup(about->host ? about->host : "that name");
    case 'p':
        return g_strdup(about->principal ? about->principal : "the account");
    case 'a':
        return about->principal ? g_strdup_printf("the account %s", about->principal)
                                : g_strdup("the account");
    case 'w':
        return refusal_whom(about);
    case 'r':
        return g_strdup(realm ? realm : "the realm");
    case 'd':
        return realm ? g_ascii_strdown(realm, -1) : g_strdup("DOMAIN");
    case 'k':
        return g_strdup(about->keytab);
    case 'f':
        return g_strdup(about->ca_file);
    case 'c':
        return clock_words(about);
    default:
        return g_strdup("%");
    }
}

static void
fill(GString *out, const char *words, const char *text, const Refused *about)
{
    for (const char *at = words; *at; at++) {
        if (*at != '%') {
            g_string_append_c(out, *at);
            continue;
        }
        g_autofree char *value = value_of(*++at, text, about);
        g_string_append(out, value ? value : "");
    }
}

char *
refusal_words(const Refusal *refusal, const char *text, const Refused *about)
{
    g_autoptr(GString) out = g_string_new(NULL);
    fill(out, refusal->says, text, about);
    if (refusal->next) {
        g_string_append(out, ": ");
        fill(out, refusal->next, text, about);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
