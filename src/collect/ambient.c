/* Takes out of the environment what could name other trust, or other code. */
#include "collect/ambient.h"

#include <glib.h>

/* libldap's files and LDAP* variables go by LDAPNOINIT, at once. */
static const char *const shed[] = {
    "SASL_PATH",       /* modules of libsasl2 */
    "SASL_CONF_PATH",  /* and their configuration */
    "GSS_MECH_CONFIG", /* mechanisms of GSSAPI, as modules */
    "NTLM_USER_FILE",  /* NTLM within SPNEGO proves no server */
    "OPENSSL_CONF",    /* engines and providers, as modules (PKINIT) */
    "OPENSSL_ENGINES", "OPENSSL_MODULES", "GCONV_PATH", /* modules of iconv */
    "SSLKEYLOGFILE", /* GnuTLS writes the keys of the session there */
};

void
ambient_shed(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(shed); i++)
        g_unsetenv(shed[i]);
    g_setenv("LDAPNOINIT", "1", TRUE);
}
