/* Connects, sets TLS up, binds, and checks that the connection is sealed. */
#include "directory.h"

#include "attributes.h"
#include "base/fault.h"
#include "bindfault.h"
#include "connect.h"

#include <openldap.h>
#include <sasl/sasl.h>
#include <string.h>
#include <unistd.h>

#define SSF_REQUIRED 56                   /* what LDAP calls confidentiality */
#define MESSAGE_MAX ((ber_len_t)64 << 20) /* bytes of one incoming message */
#define SKEW_TIMEOUT_S 3

static const char *const system_ca_files[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",             /* SUSE */
};

static const char *const mech_names[] = {[MECH_ANY] = "",
                                         [MECH_SPNEGO] = "GSS-SPNEGO",
                                         [MECH_GSSAPI] = "GSSAPI",
                                         [MECH_EXTERNAL] = "EXTERNAL"};

void
uri_free(Uri *uri)
{
    if (!uri)
        return;
    g_free(uri->text);
    g_free(uri->host);
    g_free(uri);
}

Uri *
uri_new(bool ldaps, const char *host, guint16 port)
{
    Uri *uri = g_new0(Uri, 1);
    guint16 usual = ldaps ? LDAPS_PORT : LDAP_PORT;
    const char *scheme = ldaps ? "ldaps" : "ldap";
    bool v6 = strchr(host, ':') != NULL;
    uri->ldaps = ldaps;
    uri->host = g_strdup(host);
    uri->port = port ? port : usual;
    uri->text =
        g_strdup_printf("%s://%s%s%s", scheme, v6 ? "[" : "", host, v6 ? "]" : "");
    if (uri->port != usual) {
        g_autofree char *bare = uri->text;
        uri->text = g_strdup_printf("%s:%u", bare, uri->port);
    }
    return uri;
}

bool
uri_parse(const char *text, Uri **ret_uri, GError **error)
{
    LDAPURLDesc *parsed = NULL;
    bool sound = ldap_url_parse(text, &parsed) == LDAP_URL_SUCCESS && parsed->lud_host &&
                 *parsed->lud_host && (!parsed->lud_dn || !*parsed->lud_dn) &&
                 !parsed->lud_attrs && !parsed->lud_filter && !parsed->lud_exts &&
                 parsed->lud_port >= 0 && parsed->lud_port <= G_MAXUINT16;
    bool ldaps = sound && strcmp(parsed->lud_scheme, "ldaps") == 0;
    sound = sound && (ldaps || strcmp(parsed->lud_scheme, "ldap") == 0);
    if (sound)
        *ret_uri = uri_new(ldaps, parsed->lud_host, (guint16)parsed->lud_port);
    ldap_free_urldesc(parsed);
    return sound || fault_set(error, FAULT_CONFIG,
                              "%s: not a URI of the form ldap://HOST[:PORT] or "
                              "ldaps://HOST[:PORT]",
                              text);
}

void
directory_close(Directory *directory)
{
    if (!directory)
        return;
    if (directory->ldap)
        ldap_unbind_ext(directory->ldap, NULL, NULL);
    uri_free(directory->uri);
    g_free(directory);
}

/* Sets the options of one connection; whatever ldap.conf and the environment
 * say, certificates are verified and names are not canonicalised. */
static bool
set_options(LDAP *ldap, const LiveOptions *options, bool tls)
{
    const int version = LDAP_VERSION3, verify = LDAP_OPT_X_TLS_DEMAND;
    const struct timeval timeout = {.tv_sec = options->timeout_s};
    const ber_len_t ssf_min = tls ? 0 : SSF_REQUIRED, none = 0, all = G_MAXINT;
    const int endpoint =
        tls ? LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT : LDAP_OPT_X_SASL_CBINDING_NONE;
    const struct {
        int option;
        const void *value;
    } table[] = {
        {LDAP_OPT_PROTOCOL_VERSION, &version},
        {LDAP_OPT_REFERRALS, LDAP_OPT_OFF},
        {LDAP_OPT_RESTART, LDAP_OPT_ON},
        {LDAP_OPT_NETWORK_TIMEOUT, &timeout},
        {LDAP_OPT_TIMEOUT, &timeout},
        {LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON},
        /* On TLS a DC wants no SASL layer (MS-ADTS 5.1.1.1.2), else a sealed one. */
        {LDAP_OPT_X_SASL_SSF_MIN, &ssf_min},
        {LDAP_OPT_X_SASL_SSF_MAX, tls ? &none : &all},
        {LDAP_OPT_X_SASL_CBINDING, &endpoint},
        {LDAP_OPT_X_TLS_REQUIRE_CERT, &verify},
    };
    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        if (ldap_set_option(ldap, table[i].option, table[i].value) != LDAP_OPT_SUCCESS)
            return false;
    return true;
}

static bool
set_authorities(LDAP *ldap, const LiveOptions *options)
{
    const int fresh = 0; /* a client's context */
    char *configured = NULL;
    const char *file = options->ca_file;
    ldap_get_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, &configured);
    for (guint i = 0; !file && !configured && i < G_N_ELEMENTS(system_ca_files); i++)
        if (g_file_test(system_ca_files[i], G_FILE_TEST_IS_REGULAR))
            file = system_ca_files[i];
    ldap_memfree(configured);
    return (!file ||
            ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, file) == LDAP_OPT_SUCCESS) &&
           ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &fresh) == LDAP_OPT_SUCCESS;
}

/* How far the DC's clock is ahead of this machine's, by its rootDSE, which it shows
 * anybody; 0: not known. */
static gint64
measure_skew(LDAP *ldap)
{
    char *attributes[] = {(char *)"currentTime", NULL};
    struct timeval timeout = {.tv_sec = SKEW_TIMEOUT_S};
    LDAPMessage *answer = NULL;
    gint64 time_us = 0;
    bool known =
        ldap_search_ext_s(ldap, "", LDAP_SCOPE_BASE, "(objectClass=*)", attributes, 0,
                          NULL, NULL, &timeout, 1, &answer) == LDAP_SUCCESS;
    LDAPMessage *entry = known ? ldap_first_entry(ldap, answer) : NULL;
    struct berval **values =
        entry ? ldap_get_values_len(ldap, entry, attributes[0]) : NULL;
    known = values && values[0] && attribute_time(values[0], &time_us);
    ldap_value_free_len(values);
    ldap_msgfree(answer);
    return known ? (time_us - g_get_real_time()) / G_USEC_PER_SEC : 0;
}

/* The realm is the domain's, or what the DC's name tells of it (transfer full). */
static char *
realm_of(const char *host, const LiveOptions *options)
{
    const char *dot = g_hostname_is_ip_address(host) ? NULL : strchr(host, '.');
    const char *domain = options->domain ? options->domain : dot ? dot + 1 : NULL;
    return domain ? g_ascii_strup(domain, -1) : NULL;
}

static bool
ldap_fault(const Directory *directory, const LiveOptions *options, int result,
           bool *ret_elsewhere, GError **error)
{
    char *diagnostic = NULL;
    const char *host = directory->uri->host;
    g_autofree char *realm = realm_of(host, options);
    Refused about = {.host = host,
                     .principal = options->principal,
                     .realm = realm,
                     .ca_file = options->ca_file};
    ldap_get_option(directory->ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
    const Refusal *refusal = refusal_find(result, diagnostic, &about);
    if (refusal && refusal_is_clock(refusal))
        about.skew_s = measure_skew(directory->ldap);
    bindfault_set(error, directory->uri->text, &about, result, diagnostic, ret_elsewhere);
    ldap_memfree(diagnostic);
    return false;
}

static bool
start_tls(Directory *directory, const LiveOptions *options, bool *ret_elsewhere,
          GError **error)
{
    guard_start(&directory->guard, options->timeout_s);
    int result = directory->uri->ldaps ? ldap_install_tls(directory->ldap)
                                       : ldap_start_tls_s(directory->ldap, NULL, NULL);
    guard_stop(&directory->guard);
    if (result == LDAP_SUCCESS)
        return true;
    *ret_elsewhere = true;
    const char *uri = directory->uri->text;
    if (directory->guard.timed_out)
        return fault_set(error, FAULT_UNREACHABLE, "%s: timed out in the TLS handshake",
                         uri);
    if (directory->guard.closed)
        return fault_set(
            error, FAULT_UNREACHABLE,
            "%s: closed the connection in the TLS handshake: does it serve TLS "
            "there?",
            uri);
    return ldap_fault(directory, options, result, ret_elsewhere, error);
}

/* A connection with TLS where it is wanted, not yet bound. */
static bool
open_plain(const Uri *uri, const LiveOptions *options, Directory **ret_directory,
           bool *ret_elsewhere, GError **error)
{
    int fd = -1;
    *ret_elsewhere = true;
    if (!connect_tcp(uri->host, uri->port, options->timeout_s, uri->text, &fd, error))
        return false;
    g_autoptr(Directory) directory = g_new0(Directory, 1);
    directory->uri = uri_new(uri->ldaps, uri->host, uri->port);
    directory->tls = uri->ldaps || options->starttls;
    int result = ldap_init_fd(fd, LDAP_PROTO_TCP, uri->text, &directory->ldap);
    if (result != LDAP_SUCCESS) {
        close(fd);
        return fault_set(error, FAULT_UNREACHABLE, "%s: %s", uri->text,
                         ldap_err2string(result));
    }
    Sockbuf *buffer = NULL;
    ber_len_t message_max = MESSAGE_MAX;
    if (ldap_get_option(directory->ldap, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS ||
        !buffer || !guard_add(buffer, &directory->guard))
        return fault_set(error, FAULT_UNREACHABLE, "%s: libldap gives no socket",
                         uri->text);
    ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &message_max);
    if (!set_options(directory->ldap, options, directory->tls))
        return fault_set(error, FAULT_CONFIG,
                         "libldap lacks an option that is needed "
                         "(OpenLDAP 2.5 or later, with TLS)");
    if (directory->tls && !set_authorities(directory->ldap, options)) {
        *ret_elsewhere = false;
        return fault_set(error, FAULT_CONFIG,
                         "--ca-file %s: no certificates can be read from it",
                         options->ca_file ? options->ca_file : "(the system's)");
    }
    if (directory->tls && !start_tls(directory, options, ret_elsewhere, error))
        return false;
    *ret_directory = g_steal_pointer(&directory);
    return true;
}

/* Nobody is asked anything: Kerberos and certificates need no answers. */
static int
interact(LDAP *ldap, unsigned flags, void *defaults, void *prompts)
{
    (void)ldap, (void)flags, (void)defaults;
    for (sasl_interact_t *prompt = prompts; prompt->id != SASL_CB_LIST_END; prompt++) {
        if (prompt->id != SASL_CB_USER && prompt->id != SASL_CB_AUTHNAME)
            return LDAP_PARAM_ERROR;
        prompt->result = "";
        prompt->len = 0;
    }
    return LDAP_SUCCESS;
}

static bool
bind_with(Directory *directory, const LiveOptions *options, Mech mech, int *ret_result,
          bool *ret_elsewhere, GError **error)
{
    *ret_result =
        ldap_sasl_interactive_bind_s(directory->ldap, NULL, mech_names[mech], NULL, NULL,
                                     LDAP_SASL_QUIET, interact, NULL);
    if (*ret_result == LDAP_AUTH_UNKNOWN && mech == MECH_EXTERNAL) {
        *ret_elsewhere = false;
        return fault_set(error, FAULT_CREDENTIALS,
                         "%s: EXTERNAL needs a client certificate: set LDAPTLS_CERT and "
                         "LDAPTLS_KEY, or TLS_CERT and TLS_KEY in ~/.ldaprc",
                         directory->uri->text);
    }
    if (*ret_result != LDAP_SUCCESS)
        return ldap_fault(directory, options, *ret_result, ret_elsewhere, error);
    directory->mech = mech;
    ber_len_t ssf = 0;
    ldap_get_option(directory->ldap, LDAP_OPT_X_SASL_SSF, &ssf);
    directory->ssf = (int)MIN(ssf, G_MAXINT);
    if (!directory->tls && ssf < SSF_REQUIRED) {
        *ret_elsewhere = false;
        return fault_set(
            error, FAULT_DENIED,
            "%s: the bind did not seal the connection (strength %d, %d needed): use "
            "ldaps:// or --starttls",
            directory->uri->text, directory->ssf, SSF_REQUIRED);
    }
    return true;
}

/* Whether another mechanism may do what this one did not. */
static bool
mech_is_missing(int result)
{
    return result == LDAP_LOCAL_ERROR || result == LDAP_AUTH_UNKNOWN ||
           result == LDAP_AUTH_METHOD_NOT_SUPPORTED ||
           result == LDAP_INAPPROPRIATE_AUTH || result == LDAP_PARAM_ERROR ||
           result == LDAP_NOT_SUPPORTED;
}

void
directory_begin(const LiveOptions *options, const char *step, const char *where)
{
    if (options->begin)
        options->begin(step, where);
}

bool
directory_open(const Uri *uri, const LiveOptions *options, Directory **ret_directory,
               bool *ret_elsewhere, GError **error)
{
    static const Mech usual[] = {MECH_SPNEGO, MECH_GSSAPI};
    const Mech chosen[] = {options->mech};
    const Mech *mechs = options->mech == MECH_ANY ? usual : chosen;
    guint count = options->mech == MECH_ANY ? G_N_ELEMENTS(usual) : 1;

    *ret_elsewhere = false;
    if (uri->ldaps && options->starttls)
        return fault_set(error, FAULT_CONFIG, "%s: --starttls is for ldap://", uri->text);
    if (options->mech == MECH_EXTERNAL && !uri->ldaps && !options->starttls)
        return fault_set(
            error, FAULT_CONFIG,
            "%s: EXTERNAL takes its identity from TLS: use ldaps:// or --starttls",
            uri->text);
    directory_begin(options, "binding to", uri->host);
    for (guint i = 0; i < count; i++) {
        g_autoptr(Directory) directory = NULL;
        g_autoptr(GError) failure = NULL;
        int result = LDAP_SUCCESS;
        if (!open_plain(uri, options, &directory, ret_elsewhere, error))
            return false;
        g_assert(directory);
        if (bind_with(directory, options, mechs[i], &result, ret_elsewhere, &failure)) {
            *ret_directory = g_steal_pointer(&directory);
            return true;
        }
        /* The last mechanism words it best: SPNEGO hides what Kerberos said. */
        if (i + 1 == count || !mech_is_missing(result)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
    }
    g_assert_not_reached();
}

char *
directory_whoami(Directory *directory)
{
    struct berval *name = NULL;
    if (ldap_whoami_s(directory->ldap, &name, NULL, NULL) != LDAP_SUCCESS || !name)
        return NULL;
    /* RFC 4532: "u:CONTOSO\alice". */
    g_autofree char *text = g_strndup(name->bv_val, MIN(name->bv_len, 256));
    ber_bvfree(name);
    const char *bare = g_str_has_prefix(text, "u:") ? text + 2 : text;
    return *bare ? g_strdup(bare) : NULL;
}
