/* Connects, sets TLS up, binds, and checks that the connection is sealed. */
#include "directory.h"

#include "attributes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/place.h"
#include "bindfault.h"
#include "connect.h"
#include "libldap.h"
#include "sasl.h"

#include <string.h>
#include <unistd.h>

#define SSF_REQUIRED 56 /* what LDAP calls confidentiality */
#define CLOSE_US (G_USEC_PER_SEC / 2)
#define SKEW_TIMEOUT_S 3

static const char *const system_ca_files[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",             /* SUSE */
};

/* Files of the client's certificate; NULL: none. */
typedef struct {
    const char *certificate;
    const char *key;
} Identity;

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
    if (!libldap_load(error))
        return false;
    bool sound = libldap.url_parse(text, &parsed) == LDAP_URL_SUCCESS &&
                 parsed->lud_host && *parsed->lud_host &&
                 (!parsed->lud_dn || !*parsed->lud_dn) && !parsed->lud_attrs &&
                 !parsed->lud_filter && !parsed->lud_exts && parsed->lud_port >= 0 &&
                 parsed->lud_port <= G_MAXUINT16;
    bool ldaps = sound && strcmp(parsed->lud_scheme, "ldaps") == 0;
    sound = sound && (ldaps || strcmp(parsed->lud_scheme, "ldap") == 0);
    if (sound)
        *ret_uri = uri_new(ldaps, parsed->lud_host, (guint16)parsed->lud_port);
    libldap.free_urldesc(parsed);
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
    guard_start(&directory->guard, CLOSE_US, MOST_SMALL_BYTES);
    if (directory->ldap)
        libldap.unbind_ext(directory->ldap, NULL, NULL);
    uri_free(directory->uri);
    g_free(directory);
}

void
directory_expect(Directory *directory, gsize bytes_max)
{
    guard_start(&directory->guard, (gint64)directory->timeout_s * G_USEC_PER_SEC,
                bytes_max);
}

/* Of GnuTLS, as Debian's libldap is built; OpenSSL's goes by the least version alone. */
#define GNUTLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* Sets the options of one connection: all that decide whom it trusts, as nothing else
 * is read (src/cli/ambient.c).  A certificate without a subjectAltName may name the DC in
 * its CN, as old ones do. */
static bool
set_options(LDAP *ldap, const LiveOptions *options, bool tls)
{
    const int version = LDAP_VERSION3, verify = LDAP_OPT_X_TLS_DEMAND;
    const int san = LDAP_OPT_X_TLS_TRY, tls_least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    const int deref = LDAP_DEREF_NEVER;
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
        {LDAP_OPT_DEREF, &deref},
        {LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON},
        {LDAP_OPT_X_SASL_SECPROPS, "noanonymous,noplain"},
        /* On TLS a DC wants no SASL layer (MS-ADTS 5.1.1.1.2), else a sealed one. */
        {LDAP_OPT_X_SASL_SSF_MIN, &ssf_min},
        {LDAP_OPT_X_SASL_SSF_MAX, tls ? &none : &all},
        {LDAP_OPT_X_SASL_CBINDING, &endpoint},
        {LDAP_OPT_X_TLS_REQUIRE_CERT, &verify},
        {LDAP_OPT_X_TLS_REQUIRE_SAN, &san},
        {LDAP_OPT_X_TLS_PROTOCOL_MIN, &tls_least},
    };
    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        if (libldap.set_option(ldap, table[i].option, table[i].value) != LDAP_OPT_SUCCESS)
            return false;
    return true;
}

static bool
set_text(LDAP *ldap, int option, const char *text)
{
    return !text || libldap.set_option(ldap, option, text) == LDAP_OPT_SUCCESS;
}

static bool
is_gnutls(LDAP *ldap)
{
    char *package = NULL;
    libldap.get_option(ldap, LDAP_OPT_X_TLS_PACKAGE, &package);
    bool is = g_strcmp0(package, "GnuTLS") == 0;
    libldap.memfree(package);
    return is;
}

/* --ca-file, or the system's list. */
static const char *
authorities_of(const LiveOptions *options)
{
    const char *file = options->ca_file;
    for (guint i = 0; !file && i < G_N_ELEMENTS(system_ca_files); i++)
        if (g_file_test(system_ca_files[i], G_FILE_TEST_IS_REGULAR))
            file = system_ca_files[i];
    return file;
}

/* Whom to trust, and who asks; all of it before the context is made. */
static bool
set_certificates(LDAP *ldap, const LiveOptions *options, const Identity *own)
{
    const int fresh = 0; /* a client's context */
    return set_text(ldap, LDAP_OPT_X_TLS_CACERTFILE, authorities_of(options)) &&
           set_text(ldap, LDAP_OPT_X_TLS_CIPHER_SUITE,
                    is_gnutls(ldap) ? GNUTLS_PRIORITIES : NULL) &&
           set_text(ldap, LDAP_OPT_X_TLS_CERTFILE, own->certificate) &&
           set_text(ldap, LDAP_OPT_X_TLS_KEYFILE, own->key) &&
           libldap.set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &fresh) == LDAP_OPT_SUCCESS;
}

/* One value of the rootDSE, which a DC shows anybody (transfer full); NULL: none. */
static GBytes *
ask_root(Directory *directory, int timeout_s, const char *filter, const char *attribute)
{
    LDAP *ldap = directory->ldap;
    char *attributes[] = {(char *)attribute, NULL};
    struct timeval timeout = {.tv_sec = timeout_s};
    LDAPMessage *answer = NULL;
    guard_start(&directory->guard, timeout.tv_sec * G_USEC_PER_SEC, MOST_SMALL_BYTES);
    bool came = libldap.search_ext_s(ldap, "", LDAP_SCOPE_BASE, filter, attributes, 0,
                                     NULL, NULL, &timeout, 1, &answer) == LDAP_SUCCESS;
    LDAPMessage *entry = came ? libldap.first_entry(ldap, answer) : NULL;
    struct berval **values =
        entry ? libldap.get_values_len(ldap, entry, attribute) : NULL;
    GBytes *value =
        values && values[0] ? g_bytes_new(values[0]->bv_val, values[0]->bv_len) : NULL;
    libldap.value_free_len(values);
    libldap.msgfree(answer);
    return value;
}

/* How far the DC's clock is ahead of this machine's; 0: not known. */
static gint64
measure_skew(Directory *directory)
{
    gint64 time_us = 0;
    g_autoptr(GBytes) value =
        ask_root(directory, SKEW_TIMEOUT_S, "(objectClass=*)", "currentTime");
    struct berval text = {0};
    if (value)
        text.bv_val = (char *)g_bytes_get_data(value, &text.bv_len);
    return text.bv_len > 0 && attribute_time(&text, &time_us)
               ? (time_us - g_get_real_time()) / G_USEC_PER_SEC
               : 0;
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
ldap_fault(Directory *directory, const LiveOptions *options, int result,
           bool *ret_elsewhere, GError **error)
{
    char *diagnostic = NULL;
    const char *host = directory->uri->host;
    g_autofree char *realm = realm_of(host, options);
    Refused about = {.host = host,
                     .principal = options->principal,
                     .realm = realm,
                     .ca_file = options->ca_file};
    libldap.get_option(directory->ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
    const Refusal *refusal = refusal_find(result, diagnostic, &about);
    if (refusal && refusal_is_clock(refusal))
        about.skew_s = measure_skew(directory);
    bindfault_set(error, directory->uri->text, &about, result, diagnostic, ret_elsewhere);
    libldap.memfree(diagnostic);
    return false;
}

static bool
start_tls(Directory *directory, const LiveOptions *options, bool *ret_elsewhere,
          GError **error)
{
    directory_expect(directory, MOST_SMALL_BYTES);
    int result = directory->uri->ldaps ? libldap.install_tls(directory->ldap)
                                       : libldap.start_tls_s(directory->ldap, NULL, NULL);
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
    if (!directory->uri->ldaps && result > 0) /* the DC's own answer */
        return fault_set(error, FAULT_DENIED,
                         "%s: refuses StartTLS (%s): it may have no certificate. Use "
                         "ldaps:// if it serves that, or leave --starttls out: ldap:// "
                         "is signed and sealed by Kerberos",
                         uri, libldap.err2string(result));
    return ldap_fault(directory, options, result, ret_elsewhere, error);
}

/* libldap tells nobody which of the files it could not use. */
static bool
can_read(const char *what, const char *path, GError **error)
{
    g_autofree char *content = NULL;
    g_autofree char *fault = place_fault(path, PLACE_READ);
    g_autoptr(GError) failure = NULL;
    if (fault)
        return fault_set(error, FAULT_CONFIG, "%s %s cannot be used: %s", what, path,
                         fault);
    return g_file_get_contents(path, &content, NULL, &failure) ||
           fault_set(error, FAULT_CREDENTIALS, "%s: %s", what, failure->message);
}

static bool
set_tls(Directory *directory, const LiveOptions *options, bool *ret_elsewhere,
        GError **error)
{
    Identity own = {NULL, NULL};
    *ret_elsewhere = false;
    if (options->mech == MECH_EXTERNAL) {
        own = (Identity){g_getenv("LDAPTLS_CERT"), g_getenv("LDAPTLS_KEY")};
        if (!own.certificate || !*own.certificate || !own.key || !*own.key)
            return fault_set(
                error, FAULT_CREDENTIALS,
                "%s: EXTERNAL needs a client certificate: set LDAPTLS_CERT and "
                "LDAPTLS_KEY to its files, in PEM",
                directory->uri->text);
        if (!can_read("LDAPTLS_CERT", own.certificate, error) ||
            !can_read("LDAPTLS_KEY", own.key, error))
            return false;
    }
    if (!set_certificates(directory->ldap, options, &own))
        return own.key
                   ? fault_set(error, FAULT_CONFIG,
                               "--ca-file %s, LDAPTLS_CERT %s, LDAPTLS_KEY %s: not "
                               "certificates and a key in PEM that belong together",
                               options->ca_file ? options->ca_file : "(the system's)",
                               own.certificate, own.key)
                   : fault_set(error, FAULT_CONFIG,
                               "--ca-file %s: no certificates can be read from it",
                               options->ca_file ? options->ca_file : "(the system's)");
    *ret_elsewhere = true;
    return true;
}

/* A connection with TLS where it is wanted, not yet bound. */
static bool
open_plain(const Uri *uri, const LiveOptions *options, Directory **ret_directory,
           bool *ret_elsewhere, GError **error)
{
    int fd = -1;
    *ret_elsewhere = false;
    if (!libldap_load(error))
        return false;
    *ret_elsewhere = true;
    if (!connect_tcp(uri->host, uri->port, options->timeout_s, uri->text, &fd, error))
        return false;
    g_autoptr(Directory) directory = g_new0(Directory, 1);
    directory->uri = uri_new(uri->ldaps, uri->host, uri->port);
    directory->tls = uri->ldaps || options->starttls;
    directory->timeout_s = options->timeout_s;
    int result = libldap.init_fd(fd, LDAP_PROTO_TCP, uri->text, &directory->ldap);
    if (result != LDAP_SUCCESS) {
        close(fd);
        return fault_set(error, FAULT_UNREACHABLE, "%s: %s", uri->text,
                         libldap.err2string(result));
    }
    Sockbuf *buffer = NULL;
    ber_len_t message_max = MOST_MESSAGE_BYTES;
    if (libldap.get_option(directory->ldap, LDAP_OPT_SOCKBUF, &buffer) !=
            LDAP_OPT_SUCCESS ||
        !buffer || !guard_add(buffer, &directory->guard))
        return fault_set(error, FAULT_UNREACHABLE, "%s: libldap gives no socket",
                         uri->text);
    ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &message_max);
    if (!set_options(directory->ldap, options, directory->tls))
        return fault_set(error, FAULT_CONFIG,
                         "libldap lacks an option that is needed "
                         "(OpenLDAP 2.5 or later, with TLS)");
    if (directory->tls && !set_tls(directory, options, ret_elsewhere, error))
        return false;
    if (directory->tls && !start_tls(directory, options, ret_elsewhere, error))
        return false;
    *ret_directory = g_steal_pointer(&directory);
    return true;
}

GBytes *
directory_ask_root(const Uri *uri, int timeout_s, const char *filter,
                   const char *attribute)
{
    const LiveOptions options = {.timeout_s = timeout_s};
    g_autoptr(Directory) directory = NULL;
    bool elsewhere;
    if (!open_plain(uri, &options, &directory, &elsewhere, NULL))
        return NULL;
    g_assert(directory);
    return ask_root(directory, timeout_s, filter, attribute);
}

bool
directory_answers(const Uri *uri, const LiveOptions *options)
{
    g_autoptr(Directory) directory = NULL;
    g_autoptr(GError) failure = NULL;
    bool elsewhere;
    /* What TLS refused is for the next try to say. */
    if (!open_plain(uri, options, &directory, &elsewhere, &failure))
        return !g_error_matches(failure, FAULT_ERROR, FAULT_UNREACHABLE);
    g_assert(directory);
    g_autoptr(GBytes) value = ask_root(directory, options->timeout_s, "(objectClass=*)",
                                       "supportedLDAPVersion");
    return value != NULL;
}

/* A bind that did not end within its time, or without an end. */
static bool
bind_stopped(const Directory *directory, int result, bool *ret_elsewhere, GError **error)
{
    const char *uri = directory->uri->text;
    *ret_elsewhere = true;
    if (directory->guard.timed_out || result == LDAP_TIMEOUT)
        return fault_set(error, FAULT_UNREACHABLE,
                         "%s: timed out in the bind: no whole answer within %d seconds",
                         uri, directory->timeout_s);
    return fault_set(error, FAULT_DENIED,
                     "%s: answers the bind without an end, which no domain controller "
                     "does",
                     uri);
}

static void
close_left(gpointer directory)
{
    directory_close(directory);
}

/* *own becomes NULL where no KDC gave a ticket for it in time. */
static bool
bind_with(Directory **own, const Uri *uri, const LiveOptions *options, Mech mech,
          int *ret_result, bool *ret_elsewhere, GError **error)
{
    Directory *directory = *own;
    bool done = false, left = false;
    directory_expect(directory, MOST_SMALL_BYTES);
    const SaslPlan plan = {.ldap = directory->ldap,
                           .guard = &directory->guard,
                           .timeout_s = options->timeout_s,
                           .mech = mech,
                           .owner = directory,
                           .close = close_left};
    *ret_result = sasl_bind(&plan, &done, &left);
    if (left) {
        *own = NULL;
        *ret_elsewhere = false;
        return fault_set(error, FAULT_UNREACHABLE,
                         "no KDC answered within %d s for a ticket to ldap/%s: check the "
                         "network and port 88",
                         options->timeout_s, uri->host);
    }
    if (directory->guard.timed_out || directory->guard.flooded ||
        *ret_result == LDAP_TIMEOUT || *ret_result == LDAP_SASL_BIND_IN_PROGRESS)
        return bind_stopped(directory, *ret_result, ret_elsewhere, error);
    if (*ret_result == LDAP_AUTH_UNKNOWN && mech == MECH_EXTERNAL) {
        *ret_elsewhere = false;
        return fault_set(error, FAULT_CREDENTIALS,
                         "%s: did not ask for the client certificate that EXTERNAL needs",
                         directory->uri->text);
    }
    if (*ret_result != LDAP_SUCCESS)
        return ldap_fault(directory, options, *ret_result, ret_elsewhere, error);
    *ret_elsewhere = true;
    if (!done)
        return fault_set(error, FAULT_DENIED,
                         "%s: took the bind without proving that it is the DC (mutual "
                         "authentication): another machine may answer there",
                         directory->uri->text);
    directory->mech = mech;
    ber_len_t ssf = 0;
    libldap.get_option(directory->ldap, LDAP_OPT_X_SASL_SSF, &ssf);
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
        if (bind_with(&directory, uri, options, mechs[i], &result, ret_elsewhere,
                      &failure)) {
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
    directory_expect(directory, MOST_SMALL_BYTES);
    if (libldap.whoami_s(directory->ldap, &name, NULL, NULL) != LDAP_SUCCESS || !name)
        return NULL;
    /* RFC 4532: "u:CONTOSO\alice". */
    g_autofree char *text = g_strndup(name->bv_val, MIN(name->bv_len, 256));
    ber_bvfree(name);
    const char *bare = g_str_has_prefix(text, "u:") ? text + 2 : text;
    return *bare ? g_strdup(bare) : NULL;
}
