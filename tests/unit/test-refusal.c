/* What libraries and domain controllers say, and what an administrator is told. */
#include "model/refusal.h"

#include <string.h>

#define NONE REFUSAL_NO_RESULT

/* Texts as MIT Kerberos 1.20, cyrus-sasl, OpenLDAP, Samba and Windows give them.  Each
 * answer is looked for whole: it has to be a sentence. */
static const struct {
    int result;
    const char *text;
    Refused about;
    const char *words;
} cases[] = {
    {NONE,
     "Clock skew too great",
     {.host = "dc1.contoso.com", .skew_s = 600},
     "the clock of this machine is 10 minutes behind that of dc1.contoso.com, and "
     "Kerberos allows five minutes: set it with sudo chronyc makestep (or sudo "
     "timedatectl set-ntp true; in WSL sudo hwclock -s)"},
    {NONE,
     "Clock skew too great in KDC reply",
     {.skew_s = -329},
     "the clock of this machine is 5 minutes ahead of that of the KDC,"},
    {NONE, "Clock skew too great", {0}, "differs too much from the domain's"},
    {NONE, "Ticket not yet valid", {.skew_s = 90}, "is 90 seconds behind that of"},
    {NONE,
     "Ticket expired",
     {.principal = "alice@CONTOSO.COM"},
     "the Kerberos ticket has expired: run kinit alice@CONTOSO.COM"},
    {NONE,
     "No Kerberos credentials available (default cache: FILE:/tmp/krb5cc_0)",
     {.realm = "CONTOSO.COM"},
     "no Kerberos ticket: run kinit USER@CONTOSO.COM"},
    {NONE,
     "No credentials cache found (filename: /tmp/krb5cc_0)",
     {0},
     "no Kerberos ticket: run kinit USER@REALM"},
    {NONE,
     "Matching credential not found",
     {0},
     "the credential cache holds no ticket for this realm: run kinit"},
    {NONE,
     "Client 'bob@CONTOSO.COM' not found in Kerberos database",
     {.principal = "bob@CONTOSO.COM"},
     "the KDC does not know the account bob@CONTOSO.COM: check the name"},
    {NONE,
     "Client not found in Kerberos database",
     {0},
     "the KDC does not know the account: check the name"},
    {NONE,
     "Client 'bob@CONTOSO' not found in Kerberos database",
     {.realm = "CONTOSO.COM"},
     "CONTOSO is no realm, but looks like a NetBIOS name: run kinit USER@CONTOSO.COM"},
    {NONE,
     "Server ldap/10.0.0.1@CONTOSO.COM not found in Kerberos database",
     {.host = "10.0.0.1"},
     "Kerberos knows no ldap/10.0.0.1: name the DC by its full host name"},
    {NONE,
     "Server ldap/dc.contoso.com@OTHER.COM not found in Kerberos database",
     {.host = "dc.contoso.com"},
     "no ldap/dc.contoso.com in the realm OTHER.COM: is that"},
    {NONE,
     "KDC reply did not match expectations",
     {.realm = "CONTOSO.COM"},
     "realms are in capitals: run kinit USER@CONTOSO.COM"},
    {NONE,
     "Realm not local to KDC",
     {.principal = "bob@CHILD.COM"},
     "bob@CHILD.COM is not an account of the domain child.com"},
    {NONE,
     "Configuration file does not specify default realm when parsing name alice",
     {.realm = "CONTOSO.COM"},
     "/etc/krb5.conf names no default realm: write it: kinit USER@CONTOSO.COM"},
    {NONE,
     "Cannot find KDC for realm \"CONTOSO\"",
     {.realm = "CONTOSO.COM"},
     "no KDC of CONTOSO can be found (it looks like a NetBIOS name): a realm is the "
     "domain's DNS name in capitals: run kinit USER@CONTOSO.COM"},
    {NONE,
     "Cannot find KDC for realm \"contoso.com\"",
     {.realm = "CONTOSO.COM"},
     "realms are in capitals: run kinit USER@CONTOSO.COM"},
    {NONE,
     "Cannot find KDC for realm \"ATHENA.MIT.EDU\"",
     {.realm = "CONTOSO.COM"},
     "write the realm: kinit USER@CONTOSO.COM"},
    {NONE,
     "Cannot find KDC for realm \"CONTOSO.COM\"",
     {0},
     "no KDC of CONTOSO.COM can be found: does DNS know the domain (host -t SRV "
     "_kerberos._tcp.contoso.com)?"},
    {NONE,
     "Cannot contact any KDC for realm 'CONTOSO.COM'",
     {0},
     "no KDC of CONTOSO.COM answers: is port 88 (TCP and UDP)"},
    {NONE,
     "Cannot resolve servers for KDC in realm \"CONTOSO.COM\"",
     {0},
     "the KDC of CONTOSO.COM is known by name, but DNS has no address for it"},
    {NONE,
     "Preauthentication failed",
     {.principal = "bob@CONTOSO.COM"},
     "the password given for bob@CONTOSO.COM is wrong: run kinit bob@CONTOSO.COM again"},
    {NONE, "Password incorrect", {0}, "the password given for the account is wrong"},
    {NONE,
     "Preauthentication failed",
     {.principal = "bob@CONTOSO.COM", .keytab = "b.keytab (kvno 2)"},
     "the KDC refuses the key of bob@CONTOSO.COM: keytab b.keytab (kvno 2) is older than "
     "the account's password: export it again"},
    {NONE,
     "Password has expired",
     {.principal = "bob@CONTOSO.COM"},
     "the password of bob@CONTOSO.COM has expired: run kinit bob@CONTOSO.COM: it asks "
     "for "
     "a new one"},
    {NONE,
     "Client's credentials have been revoked",
     {.principal = "bob@CONTOSO.COM"},
     "the account bob@CONTOSO.COM is disabled, locked out or expired: look at it"},
    {NONE, "KDC policy rejects request", {0}, "a policy of the domain does not let"},
    {NONE,
     "KDC has no support for encryption type",
     {0},
     "change the account's password once, so that it gets AES keys"},
    {NONE,
     "KDC has no support for encryption type",
     {.principal = "bob@CONTOSO.COM", .keytab = "b"},
     "keytab b holds no key of bob@CONTOSO.COM of an encryption type that the KDC takes"},
    {NONE,
     "Encryption type arcfour-hmac not permitted",
     {0},
     "an encryption type that this machine does not allow"},
    {-6,
     "SASL(-4): no mechanism available: No worthy mechs found",
     {0},
     "no SASL mechanism for Kerberos on this machine: sudo apt-get install "
     "libsasl2-modules-gssapi-mit"},
    {NONE,
     "ldap_bind: Strong(er) authentication required (8)",
     {0},
     "the DC requires signing or TLS"},
    {8,
     "00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on "
     "integrity checking",
     {0},
     "the DC requires signing or TLS"},
    {NONE,
     "ldap_sasl_interactive_bind: Can't contact LDAP server (-1)",
     {0},
     "no domain controller answers at that address"},
    {-1, NULL, {0}, "the connection was closed"},
    {-11,
     "(unknown error code)",
     {.ca_file = "/tmp/ca.pem"},
     "its certificate is not verified: no CA in /tmp/ca.pem issued it"},
    {-11, "(unknown error code)", {0}, "no CA that this machine trusts issued it"},
    {-11,
     "TLS: hostname does not match name in peer certificate",
     {.host = "dc1"},
     "its certificate is for another host name"},
};

static void
test_words(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Refusal *row =
            refusal_find(cases[i].result, cases[i].text, &cases[i].about);
        g_test_message("%s", cases[i].text);
        g_assert_nonnull(row);
        g_autofree char *words = refusal_words(row, cases[i].text, &cases[i].about);
        if (!strstr(words, cases[i].words))
            g_assert_cmpstr(words, ==, cases[i].words);
        g_assert_null(strchr(words, '%'));
    }
}

/* What AD says in the text of result 49 (MS-ERREF, Win32). */
static void
test_data_codes(void)
{
    static const struct {
        const char *code;
        const char *words;
    } codes[] = {
        {"52e", "does not accept the credentials of bob@CONTOSO.COM"},
        {"525", "the DC does not know the account bob@CONTOSO.COM"},
        {"530", "bob@CONTOSO.COM may not log on at this hour"},
        {"531", "bob@CONTOSO.COM may not log on from this machine"},
        {"532", "the password of bob@CONTOSO.COM has expired"},
        {"533", "the account bob@CONTOSO.COM is disabled"},
        {"701", "the account bob@CONTOSO.COM has expired"},
        {"773", "bob@CONTOSO.COM has to change the password first"},
        {"775", "the account bob@CONTOSO.COM is locked out"},
    };
    const Refused about = {.principal = "bob@CONTOSO.COM"};

    for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autofree char *text =
            g_strdup_printf("80090308: LdapErr: DSID-0C09044E, comment: "
                            "AcceptSecurityContext error, data %s, v3839",
                            codes[i].code);
        const Refusal *row = refusal_find(49, text, &about);
        g_assert_nonnull(row);
        g_assert_nonnull(row->next);
        g_autofree char *words = refusal_words(row, text, &about);
        if (!strstr(words, codes[i].words))
            g_assert_cmpstr(words, ==, codes[i].words);
    }
}

static void
test_whom(void)
{
    static const struct {
        Refused about;
        const char *whom;
    } people[] = {
        {{0}, "USER@REALM"},
        {{.realm = "CONTOSO.COM"}, "USER@CONTOSO.COM"},
        {{.principal = "bob"}, "bob@REALM"},
        {{.principal = "bob@contoso.com"}, "bob@CONTOSO.COM"},
        {{.principal = "bob@CONTOSO", .realm = "CONTOSO.COM"}, "bob@CONTOSO.COM"},
        {{.principal = "bob@CHILD.COM", .realm = "CONTOSO.COM"}, "bob@CHILD.COM"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(people); i++) {
        g_autofree char *whom = refusal_whom(&people[i].about);
        g_assert_cmpstr(whom, ==, people[i].whom);
    }
}

/* Nothing is said about what nobody knows. */
static void
test_unknown(void)
{
    const Refused about = {0};
    g_assert_null(refusal_find(NONE, "The moon is full", &about));
    g_assert_null(refusal_find(NONE, NULL, &about));
    g_assert_null(refusal_find(80, "The moon is full", &about));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/refusal/words", test_words);
    g_test_add_func("/refusal/data-codes", test_data_codes);
    g_test_add_func("/refusal/whom", test_whom);
    g_test_add_func("/refusal/unknown", test_unknown);
    return g_test_run();
}
