/* One table of the variables that libraries read: what is forgotten, and what is kept. */
#include "ambient.h"

#include "base/place.h"

#include <glib.h>
#include <string.h>

#define KEPT_MAX 12

/* All variables whose names begin so, but for those that are kept.  docs/reliability.md
 * tells the same, and of those that are harmless. */
static const struct {
    const char *begin;
    const char *kept[KEPT_MAX];
} families[] = {
    /* libldap: whom to trust.  The certificate of EXTERNAL is the user's. */
    {"LDAP", {"LDAPTLS_CERT", "LDAPTLS_KEY"}},
    /* libsasl2: modules, and their configuration */
    {"SASL_", {NULL}},
    /* GSSAPI: mechanisms as modules, credentials from a daemon, logs */
    {"GSS", {NULL}},
    {"NTLM_", {NULL}},
    /* libkrb5: keytabs that nobody named, replay caches, a KDC's profile */
    {"KRB5", {"KRB5CCNAME", "KRB5_CONFIG", "KRB5_TRACE"}},
    /* TLS: modules, whom to trust, how strong; and where to write the keys */
    {"OPENSSL_", {NULL}},
    {"SSL", {NULL}},
    {"GNUTLS_", {NULL}},
    {"P11_KIT_", {NULL}},
    /* the resolver, which resolv.conf sets up */
    {"RES_", {NULL}},
    {"RESOLV_", {NULL}},
    {"LOCALDOMAIN", {NULL}},
    {"HOSTALIASES", {NULL}},
    /* libpq: passwords, options that lead elsewhere, less of TLS than the address asks
     * for. Where, as whom and by whose authority is kept, and what can only be stricter.
     */
    {"PG",
     {"PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSFILE", "PGSERVICE",
      "PGSERVICEFILE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGREQUIREPEER"}},
    /* glibc: modules of iconv, files of locales and messages */
    {"GCONV_PATH", {NULL}},
    {"LOCPATH", {NULL}},
    {"NLSPATH", {NULL}},
    /* SQLite sorts beside the history, or where SQLITE_TMPDIR says. */
    {"TMPDIR", {NULL}},
    /* GLib would write to standard output. */
    {"G_MESSAGES_DEBUG", {NULL}},
};

static const struct {
    const char *name, *value;
} set[] = {
    {"LDAPNOINIT", "1"}, /* no ldap.conf, no ldaprc */
    /* Kerberos alone, which is built in: no NTLM within SPNEGO, which proves no server */
    {"GSS_MECH_CONFIG", "/dev/null"},
};

static bool
is_shed(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
        const char *const *kept = families[i].kept;
        if (!g_str_has_prefix(name, families[i].begin))
            continue;
        while (*kept && strcmp(*kept, name) != 0)
            kept++;
        return *kept == NULL;
    }
    return false;
}

/* Values that would do more than their variables are kept for: no library writes a file,
 * and no engine of OpenSSL ("ENGINE:KEY") is loaded. */
static void
shed_values(void)
{
    const char *trace = g_getenv("KRB5_TRACE"), *key = g_getenv("PGSSLKEY");
    if (trace && place_descriptor(trace) < 0)
        g_unsetenv("KRB5_TRACE");
    if (key && strchr(key, ':'))
        g_unsetenv("PGSSLKEY");
}

void
ambient_shed(void)
{
    g_auto(GStrv) names = g_listenv();
    for (char **name = names; *name; name++)
        if (is_shed(*name))
            g_unsetenv(*name);
    shed_values();
    for (guint i = 0; i < G_N_ELEMENTS(set); i++)
        g_setenv(set[i].name, set[i].value, TRUE);
}
