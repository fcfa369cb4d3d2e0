/* Guesses the realm from the names of the DCs given, or from DNS. */
#include "whereto.h"

#include "base/fault.h"
#include "base/text.h"
#include "collect/home.h"
#include "model/refusal.h"

#include <string.h>

/* "contoso.com" of "ldaps://dc1.contoso.com:636" (transfer full); NULL: nothing. */
static char *
domain_of_uri(const char *uri)
{
    const char *host = strstr(uri, "://");
    if (!host)
        return NULL;
    host += strlen("://");
    g_autofree char *name = g_strndup(host, strcspn(host, ":/"));
    const char *dot = g_hostname_is_ip_address(name) ? NULL : strchr(name, '.');
    return dot && dot[1] && *host != '[' ? g_strdup(dot + 1) : NULL;
}

static char *
find_realm(const void *data)
{
    const LiveOptions *live = data;
    const GPtrArray *uris = live->uris;
    g_autofree char *domain =
        uris && uris->len > 0 ? domain_of_uri(uris->pdata[0]) : NULL;
    if (!domain)
        domain = home_domain();
    return domain ? g_ascii_strup(domain, -1) : NULL;
}

CredentialsHome
whereto_home(const LiveOptions *live)
{
    return (CredentialsHome){find_realm, live};
}

/* What stands in texts of those programs, and whether they signed in to a DC by LDAP with
 * it: any program that uses Kerberos says the rest. */
static const struct {
    const char *text;
    bool ldap;
} theirs[] = {
    {"kinit:", true},
    {"while getting initial credentials", true},
    {"ldap_sasl", true},
    {"ldap_bind", true},
    {"SASL(", true},
    {"ldap://", true},
    {"ldaps://", true},
    {"LdapErr:", true},
    {"Can't contact LDAP server", true},
    {"while getting ", false},
    {"GSSAPI Error", false},
    {"GSS failure", false},
};

/* What stands in texts of services, whom no kinit of a reader helps.  Folded. */
static const char *const services[] = {"s4u",
                                       "allowed_to_delegate",
                                       "constrained delegation",
                                       "auth_gssapi",
                                       "gssproxy",
                                       "rpc.gssd",
                                       "httpd",
                                       "nginx",
                                       "sasl_ssl",
                                       "sasl_plaintext",
                                       "websso",
                                       "rdkafka",
                                       "accept_sec_context",
                                       "squid",
                                       "negotiate_kerberos"};

static bool
is_of_service(const char *text)
{
    g_autofree char *folded = g_ascii_strdown(text, -1);
    for (guint i = 0; i < G_N_ELEMENTS(services); i++)
        if (strstr(folded, services[i]))
            return true;
    return false;
}

/* "[21453] 1763971011.104423: Sending request": a note of KRB5_TRACE's.  Most tell of
 * steps that are tried in passing, as a look into the cache. */
static bool
is_trace(const char *line)
{
    static const char digits[] = "0123456789";
    line += strspn(line, " \t>");
    gsize process = *line == '[' ? strspn(line + 1, digits) : 0;
    if (process == 0 || line[process + 1] != ']')
        return false;
    line += process + 2;
    line += strspn(line, " ");
    gsize seconds = strspn(line, digits);
    return seconds > 0 && line[seconds] == '.' && g_ascii_isdigit(line[seconds + 1]);
}

/* What is left without these (transfer full). */
static char *
drop_traces(const char *text)
{
    GString *kept = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (!is_trace(*line))
            g_string_append_printf(kept, "%s\n", *line);
    return g_string_free(kept, FALSE);
}

/* The keytab that kinit was given, by its command or in what it printed (transfer full);
 * NULL: none. */
static char *
find_keytab(const char *text)
{
    static const char *const before[] = {"kinit -kt ", "kinit -k -t ", "Using keytab: "};
    for (guint i = 0; i < G_N_ELEMENTS(before); i++) {
        const char *at = strstr(text, before[i]);
        gsize length = at ? strcspn(at + strlen(before[i]), " \r\n") : 0;
        if (length > 0)
            return g_strndup(at + strlen(before[i]), length);
    }
    return NULL;
}

char *
whereto_explain(const char *pasted, const char *domain)
{
    bool found = false, ldap = false;
    g_autofree char *text = drop_traces(pasted), *keytab = find_keytab(text);
    for (guint i = 0; i < G_N_ELEMENTS(theirs); i++) {
        bool here = strstr(text, theirs[i].text) != NULL;
        found = found || here;
        ldap = ldap || (here && theirs[i].ldap);
    }
    if (is_of_service(text))
        return NULL;
    Refused about = {.host = "the DC", .keytab = keytab};
    const Refusal *refusal = found ? refusal_find(REFUSAL_NO_RESULT, text, &about) : NULL;
    /* A ticket is anybody's; how to reach a DC only helps who asked one. */
    if (!refusal || (!ldap && refusal->fault != FAULT_CREDENTIALS))
        return NULL;
    g_autofree char *home = domain ? g_strdup(domain) : home_domain();
    g_autofree char *realm = home ? g_ascii_strup(home, -1) : NULL;
    about.realm = realm;
    char *words =
        refusal_words(refusal_find(REFUSAL_NO_RESULT, text, &about), text, &about);
    words[0] = g_ascii_toupper(words[0]);
    return words;
}

bool
whereto_check(const LiveOptions *live, GError **error)
{
    const char *domain = live->domain;
    if (!domain || strchr(domain, '.') || home_knows(domain))
        return true;
    g_autofree char *home = home_domain();
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, domain);
    gsize length = strlen(domain);
    bool meant =
        home && g_ascii_strncasecmp(home, domain, length) == 0 && home[length] == '.';
    return fault_set(error, FAULT_CONFIG,
                     "-D %s: DNS knows no such domain, and it looks like a NetBIOS name; "
                     "give the domain's DNS name, as in -D %s",
                     *shown ? shown : "''", meant ? home : "contoso.com");
}
