#include "collect/bindfault.h"

#include "collect/libldap.h"

#include <string.h>

/* Texts as libldap, cyrus-sasl and domain controllers give them. */
static const struct {
    int result;
    const char *diagnostic;
    FaultCode code;
    bool elsewhere;
    const char *says;
} rows[] = {
    {LDAP_LOCAL_ERROR,
     "SASL(-1): generic failure: GSSAPI Error: Unspecified GSS failure.  Minor code may "
     "provide "
     "more information (Clock skew too great)",
     FAULT_CREDENTIALS, false, "the clock of this machine"},
    {LDAP_LOCAL_ERROR, "GSSAPI Error: (Ticket expired)", FAULT_CREDENTIALS, false,
     "run kinit"},
    {LDAP_LOCAL_ERROR,
     "GSSAPI Error: (No Kerberos credentials available (default cache: "
     "FILE:/tmp/krb5cc_0))",
     FAULT_CREDENTIALS, false, "no Kerberos ticket: run kinit"},
    {LDAP_LOCAL_ERROR,
     "GSSAPI Error: (Server ldap/10.0.0.1@CONTOSO.COM not found in Kerberos database)",
     FAULT_UNREACHABLE, true, "no ldap/dc1.contoso.com"},
    {LDAP_STRONG_AUTH_REQUIRED,
     "00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on "
     "integrity "
     "checking if SSL\\TLS are not already active on the connection, data 0, v4563",
     FAULT_DENIED, false, "requires signing"},
    {LDAP_INVALID_CREDENTIALS,
     "80090346: LdapErr: DSID-0C090597, comment: AcceptSecurityContext error, data "
     "80090346, v4563",
     FAULT_DENIED, false, "channel binding"},
    {LDAP_INVALID_CREDENTIALS,
     "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, "
     "v2580",
     FAULT_CREDENTIALS, false, "credentials of alice@CONTOSO.COM"},
    {LDAP_INVALID_CREDENTIALS,
     "80090308: ... AcceptSecurityContext error, data 533, v2580", FAULT_CREDENTIALS,
     false, "alice@CONTOSO.COM is disabled"},
    {LDAP_INVALID_CREDENTIALS,
     "80090308: ... AcceptSecurityContext error, data 775, v2580", FAULT_CREDENTIALS,
     false, "locked out"},
    {LDAP_CONNECT_ERROR, "(unknown error code)", FAULT_DENIED, true, "--ca-file"},
    {LDAP_UNAVAILABLE, NULL, FAULT_UNREACHABLE, true, "cannot serve now"},
    {LDAP_SERVER_DOWN, NULL, FAULT_UNREACHABLE, true, "closed"},
    {LDAP_OTHER, "something\nelse\033[31m", FAULT_DENIED, true, "something else"},
};

static void
test_rows(void)
{
    const Refused about = {.host = "dc1.contoso.com", .principal = "alice@CONTOSO.COM"};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        bool elsewhere = !rows[i].elsewhere;
        g_assert_false(bindfault_set(&error, "ldap://dc1", &about, rows[i].result,
                                     rows[i].diagnostic, &elsewhere));
        g_assert_error(error, FAULT_ERROR, (int)rows[i].code);
        g_assert_true(g_str_has_prefix(error->message, "ldap://dc1: "));
        if (!strstr(error->message, rows[i].says))
            g_assert_cmpstr(error->message, ==, rows[i].says);
        g_assert_cmpint(elsewhere, ==, rows[i].elsewhere);
        /* One line, and nothing that moves a terminal's cursor. */
        g_assert_null(strpbrk(error->message, "\n\r\033"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(libldap_load(NULL));
    g_test_add_func("/bindfault/rows", test_rows);
    return g_test_run();
}
