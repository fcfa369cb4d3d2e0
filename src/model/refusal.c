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
    {NONE, "clock skew too great", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the clock of this machine %c, and Kerberos allows five minutes", SET_CLOCK},
    {NONE, "ticket not yet valid", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the Kerberos ticket is not valid yet: the clock of this machine %c", SET_CLOCK},
    /* The ticket */
    {NONE, "ticket expired", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the Kerberos ticket has expired", "run kinit %w"},
    {NONE, "no kerberos credentials available", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "no Kerberos ticket", "run kinit %w"},
    {NONE, "no credentials were supplied", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "no Kerberos ticket", "run kinit %w"},
    {NONE, "no credentials cache", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "no Kerberos ticket", "run kinit %w"},
    {NONE, "credentials cache", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "no usable Kerberos ticket", "run kinit %w"},
    {NONE, "matching credential not found", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the credential cache holds no ticket for this realm", "run kinit %w"},
    {NONE, "tgt has been revoked", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the KDC takes this Kerberos ticket no more", "run kinit %w"},
    /* Names */
    {NONE, "client *not found in kerberos database", REFUSED_FLAT_REALM,
     FAULT_CREDENTIALS, false, "%r is no realm, but looks like a NetBIOS name",
     "run kinit %w"},
    {NONE, "client *not found in kerberos database", REFUSED_ALWAYS, FAULT_CREDENTIALS,
     false, "the KDC does not know %a",
     "check the name (what stands before the @ is the sAMAccountName, without DOMAIN\\), "
     "or run kinit as another one"},
    {NONE, "not found in kerberos database", REFUSED_FULL_NAME, FAULT_UNREACHABLE, true,
     "Kerberos knows no ldap/%h in the realm %r",
     "is that a domain controller's own name and no alias (host -t SRV _ldap._tcp.DOMAIN "
     "lists them), and does [domain_realm] in /etc/krb5.conf say nothing else of it?"},
    {NONE, "not found in kerberos database", REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "Kerberos knows no ldap/%h",
     "name the DC by its full host name (-H ldap://dc1.contoso.com), not by an address "
     "or an alias, or only the domain (-D contoso.com)"},
    {NONE, "reply did not match expectations", REFUSED_FLAT_REALM, FAULT_CREDENTIALS,
     false, "%r is no realm, but looks like a NetBIOS name",
     "a realm is the domain's DNS name in capitals: run kinit %w"},
    {NONE, "reply did not match expectations", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the KDC writes the realm otherwise than it was asked for",
     "realms are in capitals: run kinit %w"},
    {NONE, "realm not local to kdc", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "%p is not an account of the domain %d",
     "run kinit with the realm of the account's own domain, in capitals"},
    {NONE, "wrong realm", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "%p is not an account of the domain %d",
     "run kinit with the realm of the account's own domain, in capitals"},
    {NONE, "not specify default realm", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "/etc/krb5.conf names no default realm", "write it: kinit %w"},
    {NONE, "cannot determine realm", REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "Kerberos cannot tell the realm of %h",
     "name the DC by its full host name, or see [domain_realm] in /etc/krb5.conf"},
    /* KDCs */
    {NONE, "cannot find kdc*athena.mit.edu", REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "kinit asked for the realm that /etc/krb5.conf names by default (as krb5-user ships "
     "it), and not for the domain's",
     "write the realm: kinit %w"},
    {NONE, "cannot find kdc", REFUSED_FLAT_REALM, FAULT_UNREACHABLE, true,
     "no KDC of %r can be found (it looks like a NetBIOS name)",
     "a realm is the domain's DNS name in capitals: run kinit %w"},
    {NONE, "cannot find kdc", REFUSED_SMALL_REALM, FAULT_UNREACHABLE, true,
     "no KDC of %r can be found", "realms are in capitals: run kinit %w"},
    {NONE, "cannot find kdc", REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "no KDC of %r can be found",
     "does DNS know the domain (host -t SRV _kerberos._tcp.%d)? If not, put "
     "\"nameserver ADDRESS-OF-A-DC\" into /etc/resolv.conf"},
    {NONE, "cannot resolve ", REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "the KDC of %r is known by name, but DNS has no address for it",
     "put \"nameserver ADDRESS-OF-A-DC\" into /etc/resolv.conf, or correct [realms] in "
     "/etc/krb5.conf"},
    {NONE, "cannot contact any kdc", REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "no KDC of %r answers",
     "is port 88 (TCP and UDP) of a domain controller reachable from here?"},
    {NONE, "response too big for udp", REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "the KDC's answer does not fit UDP, and TCP port 88 is closed",
     "open TCP port 88 to the domain controllers"},
    /* The account */
    {NONE, "preauthentication failed", REFUSED_BY_KEYTAB, FAULT_CREDENTIALS, false,
     "the KDC refuses the key of %p: keytab %k is older than the account's password",
     "export it again"},
    {NONE, "decrypt integrity check failed", REFUSED_BY_KEYTAB, FAULT_CREDENTIALS, false,
     "the KDC refuses the key of %p: keytab %k is older than the account's password",
     "export it again"},
    {NONE, "preauthentication failed", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the password given for %p is wrong",
     "run kinit %w again (a few wrong ones may lock the account)"},
    {NONE, "password incorrect", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the password given for %p is wrong",
     "run kinit %w again (a few wrong ones may lock the account)"},
    {NONE, "decrypt integrity check failed", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the password or ticket of %p does not fit the key that the KDC has",
     "run kinit %w again"},
    {NONE, "password has expired", REFUSED_BY_KEYTAB, FAULT_CREDENTIALS, false,
     "the password of %p has expired", "set a new one, and export keytab %k again"},
    {NONE, "password has expired", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the password of %p has expired", "run kinit %w: it asks for a new one"},
    {NONE, "have been revoked", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "%a is disabled, locked out or expired", LOOK_AT_ACCOUNT},
    {NONE, "client's entry in database has expired", REFUSED_ALWAYS, FAULT_CREDENTIALS,
     false, "%a has expired", LOOK_AT_ACCOUNT},
    {NONE, "kdc policy rejects", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "a policy of the domain does not let %p in from here (an authentication policy or "
     "silo, logon hours, or workstations)",
     "run kinit as another account"},
    /* Encryption types */
    {NONE, "no support for encryption type", REFUSED_BY_KEYTAB, FAULT_CREDENTIALS, false,
     "keytab %k holds no key of %p of an encryption type that the KDC takes",
     "export it again"},
    {NONE, "no support for encryption type", REFUSED_ALWAYS, FAULT_DENIED, true,
     "the DC has no key of an encryption type that this machine allows (an account with "
     "RC4 alone, for one)",
     "change the account's password once, so that it gets AES keys, or see "
     "permitted_enctypes in /etc/krb5.conf"},
    {NONE, "lacks support for encryption type", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the KDC answers in an encryption type that this machine does not allow (RC4, for "
     "one)",
     "change the account's password once, so that it gets AES keys, or see "
     "permitted_enctypes in /etc/krb5.conf"},
    {NONE, "encryption type * not permitted", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the KDC answers in an encryption type that this machine does not allow (RC4, for "
     "one)",
     "change the account's password once, so that it gets AES keys, or see "
     "permitted_enctypes in /etc/krb5.conf"},
    /* SASL */
    {NONE, "no worthy mechs found", REFUSED_ALWAYS, FAULT_CONFIG, false,
     "no SASL mechanism for Kerberos on this machine",
     "sudo apt-get install libsasl2-modules-gssapi-mit"},
    {NONE, "no mechanism available", REFUSED_ALWAYS, FAULT_CONFIG, false,
     "no SASL mechanism for Kerberos on this machine",
     "sudo apt-get install libsasl2-modules-gssapi-mit"},
    /* TLS */
    {NONE, "does not match", REFUSED_ALWAYS, FAULT_DENIED, true,
     "its certificate is for another host name",
     "name the DC as the certificate does (openssl s_client -connect %h:636 shows it)"},
    {NONE, "certificate", REFUSED_OTHER_CA, FAULT_DENIED, true,
     "its certificate is not verified: no CA in %f issued it", GIVE_CA},
    {NONE, "certificate", REFUSED_ALWAYS, FAULT_DENIED, true,
     "its certificate is not verified: no CA that this machine trusts issued it",
     GIVE_CA},
    /* The DC's answers */
    {STRONG_AUTH_REQUIRED, NULL, REFUSED_ALWAYS, FAULT_DENIED, false,
     "the DC requires signing or TLS, and this bind had neither",
     "use GSS-SPNEGO or GSSAPI, or ldaps://"},
    {NONE, "strong(er) authentication required", REFUSED_ALWAYS, FAULT_DENIED, false,
     "the DC requires signing or TLS, and this bind had neither",
     "bind with Kerberos (ldapsearch -Y GSS-SPNEGO), or to ldaps://"},
    {INVALID_CREDENTIALS, "80090346", REFUSED_ALWAYS, FAULT_DENIED, false,
     "the DC requires channel binding and did not accept ours",
     "is something between here and the DC ending TLS? Without TLS, ldap:// with sealing "
     "serves as well"},
    {NONE, "data 52e", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the DC does not accept the credentials of %p (data 52e): ticket or keytab may be "
     "older than the last password change",
     "run kinit %w"},
    {NONE, "data 525", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the DC does not know %a (data 525)", "check the name and its domain"},
    {NONE, "data 530", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "%p may not log on at this hour (data 530)",
     "wait for its logon hours, or use another account"},
    {NONE, "data 531", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "%p may not log on from this machine (data 531)",
     "see \"Log On To\" of the account, or use another one"},
    {NONE, "data 532", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the password of %p has expired (data 532)", "run kinit %w: it asks for a new one"},
    {NONE, "data 533", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "%a is disabled (data 533)",
     "use another account, or have it enabled (Enable-ADAccount NAME)"},
    {NONE, "data 701", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "%a has expired (data 701)",
     "use another account, or have it extended (Set-ADAccountExpiration)"},
    {NONE, "data 773", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "%p has to change the password first (data 773)",
     "run kinit %w: it asks for a new one"},
    {NONE, "data 775", REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "%a is locked out (data 775)",
     "wait until the lockout ends, or have it unlocked (Unlock-ADAccount NAME)"},
    {INVALID_CREDENTIALS, NULL, REFUSED_ALWAYS, FAULT_CREDENTIALS, false,
     "the DC does not accept the credentials of %p", "run kinit %w"},
    {AUTH_METHOD_NOT_SUPPORTED, NULL, REFUSED_ALWAYS, FAULT_DENIED, true,
     "the DC does not offer this SASL mechanism", "leave --mech out"},
    {AUTH_UNKNOWN, NULL, REFUSED_ALWAYS, FAULT_CONFIG, false,
     "this machine lacks the SASL mechanism",
     "sudo apt-get install libsasl2-modules-gssapi-mit"},
    {INAPPROPRIATE_AUTH, NULL, REFUSED_ALWAYS, FAULT_DENIED, false,
     "the DC does not accept this kind of bind", "leave --mech out"},
    {BUSY, NULL, REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "the DC is too busy to serve a bind", NULL},
    {UNAVAILABLE, NULL, REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "the DC cannot serve now", NULL},
    {UNWILLING_TO_PERFORM, NULL, REFUSED_ALWAYS, FAULT_DENIED, true,
     "the DC is unwilling to serve a bind", NULL},
    {SERVER_DOWN, NULL, REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "the connection was closed", NULL},
    {NONE, "can't contact ldap server", REFUSED_ALWAYS, FAULT_UNREACHABLE, true,
     "no domain controller answers at that address",
     "is its name right, and are ports 389 and 636 reachable from here?"},
    {TIMEOUT, NULL, REFUSED_ALWAYS, FAULT_UNREACHABLE, true, "timed out", NULL},
    /* libldap does not pass on what GnuTLS had against it. */
    {CONNECT_ERROR, "unknown error", REFUSED_OTHER_CA, FAULT_DENIED, true,
     "its certificate is not verified: no CA in %f issued it, or it is for another name",
     GIVE_CA},
    {CONNECT_ERROR, "unknown error", REFUSED_ALWAYS, FAULT_DENIED, true,
     "its certificate is not verified: no CA that this machine trusts issued it, or it "
     "is for another name",
     GIVE_CA},
    {CONNECT_ERROR, NULL, REFUSED_ALWAYS, FAULT_DENIED, true, "TLS could not be set up",
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
