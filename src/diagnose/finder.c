/* Hosts, SPNs and accounts as texts write them. */
#include "finder.h"

#include "base/limits.h"
#include "base/text.h"

#include <string.h>

#define NAME_MAX_LENGTH 253
#define LABEL_MAX 64
#define CLASS_MAX 64
#define USER_MAX 128

/* Names */

static bool
is_host_char(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
}

gsize
finder_host_length(const char *at)
{
    gsize length = 0;
    while (length <= NAME_MAX_LENGTH && is_host_char(at[length]))
        length++;
    while (length > 0 && (at[length - 1] == '.' || at[length - 1] == '-'))
        length--;
    return length;
}

/* A name of a host, not one that texts give as an example. */
static bool
is_host(const char *name)
{
    static const char *const none[] = {
        "localhost", "system", "null", "n",   "myserver.domain.com", "krbtgt", "nt",
        "unknown",   "rsat",   "cmd",  "gui", "powershell"};
    bool letter = false;
    for (const char *c = name; *c; c++)
        letter = letter || g_ascii_isalpha(*c);
    for (guint i = 0; i < G_N_ELEMENTS(none); i++)
        if (g_ascii_strcasecmp(name, none[i]) == 0)
            return false;
    return letter && g_ascii_isalnum(*name) && strlen(name) <= NAME_MAX_LENGTH &&
           !strstr(name, "..");
}

/* Bare words look like names where a digit or a dot is in them, or no small letter. */
bool
finder_looks_like_host(const char *at, gsize length)
{
    bool telling = false, small = false;
    for (gsize i = 0; i < length; i++) {
        telling = telling || g_ascii_isdigit(at[i]) || at[i] == '.';
        small = small || g_ascii_islower(at[i]);
    }
    return telling || (length > 1 && !small);
}

/* "HV01" and "hv01.contoso.com" */
bool
finder_is_same_host(const char *a, const char *b)
{
    if (!a || !b)
        return false;
    g_autofree char *left = g_strndup(a, strcspn(a, "."));
    g_autofree char *right = g_strndup(b, strcspn(b, "."));
    return text_equal(a, b) ||
           (text_equal(left, right) && (!strchr(a, '.') || !strchr(b, '.')));
}

void
finder_add_host(Finder *finder, const char *name)
{
    Input *input = finder->input;
    if (!is_host(name))
        return;
    for (guint i = 0; i < input->hosts->len; i++)
        if (finder_is_same_host(input->hosts->pdata[i], name))
            return;
    if (input->hosts->len < MOST_PASTE_HOSTS)
        g_ptr_array_add(input->hosts, g_strdup(name));
    else
        input->beyond[LIMIT_PASTE_HOSTS] = true;
}

/* Takes a name for source or target where it is surer than what was found before. */
void
finder_offer(Finder *finder, End end, Surety surety, const char *name)
{
    char **field = end == END_SOURCE ? &finder->input->source : &finder->input->target;
    if (!is_host(name))
        return;
    finder_add_host(finder, name);
    if (surety == SURE_SESSION && !finder->session)
        finder->session = g_strdup(name);
    if (surety >= finder->ends[end])
        return;
    g_free(*field);
    *field = g_strdup(name);
    finder->ends[end] = surety;
}

/* SPNs */

static void
add_spn(Finder *finder, Surety surety, const char *class, const char *host,
        const char *whole)
{
    GPtrArray *spns = finder->input->spns;
    if (!is_host(host) || g_ascii_strcasecmp(class, "krbtgt") == 0)
        return;
    finder_offer(finder, END_TARGET, surety, host);
    for (guint i = 0; i < spns->len; i++)
        if (text_equal(spns->pdata[i], whole))
            return;
    if (spns->len < MOST_PASTE_SPNS)
        g_ptr_array_add(spns, g_strdup(whole));
    else
        finder->input->beyond[LIMIT_PASTE_SPNS] = true;
}

/* "class/host", "class/host:1433": whether one starts here and was taken. */
static bool
take_spn(Finder *finder, Surety surety, const char *at, gsize class_length)
{
    const char *host = at + class_length + 1;
    gsize length = finder_host_length(host), rest = 0;
    if (length == 0)
        return false;
    if (host[length] == ':' && g_ascii_isalnum(host[length + 1]))
        for (rest = 1; g_ascii_isalnum(host[length + rest]) && rest < 32;)
            rest++;
    g_autofree char *class = g_strndup(at, class_length);
    g_autofree char *name = g_strndup(host, length);
    g_autofree char *whole = g_strndup(at, class_length + 1 + length + rest);
    add_spn(finder, surety, class, name, whole);
    return true;
}

/* A value that may be an SPN with whatever class. */
bool
finder_take_spn(Finder *finder, const char *value)
{
    gsize length = 0;
    while (length < CLASS_MAX && (g_ascii_isalnum(value[length]) ||
                                  (value[length] && strchr(" -_", value[length]))))
        length++;
    return length > 0 && value[length] == '/' && value[length - 1] != ' ' &&
           take_spn(finder, SURE_FIELD, value, length);
}

/* Classes that are taken wherever they stand before a slash. */
static const char *const classes[] = {
    "cifs",
    "host",
    "http",
    "https",
    "wsman",
    "termsrv",
    "ldap",
    "gc",
    "rpcss",
    "dns",
    "mssqlsvc",
    "restrictedkrbhost",
    "msclustervirtualserver",
    "msserverclustermgmtapi",
    "microsoft virtual system migration service",
    "microsoft virtual console service",
    "hyper-v replica service",
};

/* An SPN around the slash at `slash`. */
void
finder_take_slash(Finder *finder, gsize slash)
{
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        gsize length = strlen(classes[i]);
        if (slash < length)
            continue;
        const char *at = finder->text + slash - length;
        if (g_ascii_strncasecmp(at, classes[i], length) == 0 &&
            (at == finder->text || !is_host_char(at[-1]))) {
            take_spn(finder, SURE_FREE, at, length);
            return;
        }
    }
}

/* Accounts */

/* "HV01$", "CONTOSO\HV01$", "HV01$@CONTOSO.COM" without the rest (transfer full);
 * NULL: no computer. */
char *
finder_computer(const char *account)
{
    const char *backslash = strrchr(account, '\\');
    const char *name = backslash ? backslash + 1 : account;
    const char *dollar = strchr(name, '$');
    if (!dollar || dollar == name || (dollar[1] && dollar[1] != '@'))
        return NULL;
    return g_strndup(name, (gsize)(dollar - name));
}

static bool
is_person(const char *account)
{
    static const char *const nobodies[] = {"-",
                                           "system",
                                           "null",
                                           "anonymous logon",
                                           "local service",
                                           "network service",
                                           "n/a",
                                           "krbtgt",
                                           "guest",
                                           "user",
                                           "nicht",
                                           "s"};
    const char *backslash = strchr(account, '\\');
    const char *name = backslash ? backslash + 1 : account;
    g_autofree char *bare = g_strndup(name, strcspn(name, "@"));
    for (guint i = 0; i < G_N_ELEMENTS(nobodies); i++)
        if (g_ascii_strcasecmp(bare, nobodies[i]) == 0)
            return false;
    /* NT AUTHORITY\..., NT-AUTORITÄT\..., AUTORITE NT\..., and SIDs */
    return *bare && *name != '\\' && !g_str_has_prefix(bare, "S-1-") &&
           !(backslash && (g_ascii_strncasecmp(account, "nt", 2) == 0 ||
                           g_ascii_strncasecmp(account, "autor", 5) == 0));
}

static bool
is_account_char(char c)
{
    return is_host_char(c) || c == '$' || c == '@' || c == '\\' || (guchar)c >= 0x80;
}

/* The account that the value begins with (transfer full). */
char *
finder_account(const char *value)
{
    gsize length = 0;
    while (length < USER_MAX && is_account_char(value[length]))
        length++;
    while (length > 0 && value[length - 1] == '.')
        length--;
    char *account = g_strndup(value, length);
    char *twice = strstr(account, "\\\\"); /* as JSON has it */
    if (twice)
        memmove(twice, twice + 1, strlen(twice));
    return account;
}

/* Who asked: a computer is the source, a person the operator. */
void
finder_take_requester(Finder *finder, const char *value)
{
    g_autofree char *account = finder_account(value);
    g_autofree char *computer = finder_computer(account);
    if (computer)
        finder_offer(finder, END_SOURCE, SURE_FIELD, computer);
    else if (!finder->input->operator&& is_person(account) &&
             g_utf8_validate(account, -1, NULL))
        finder->input->operator= g_steal_pointer(&account);
}

/* Whether the name is a hidden share's: \\FS01\C$, and as JSON has it. */
static bool
is_share(const char *text, gsize name)
{
    gsize host = name;
    while (host > 0 && text[host - 1] == '\\')
        host--;
    gsize unc = host;
    while (unc > 0 && is_host_char(text[unc - 1]))
        unc--;
    return host < name && unc < host && unc > 1 && text[unc - 1] == '\\' &&
           text[unc - 2] == '\\';
}

/* Managed service accounts end with a dollar, too; they are named for what they are. */
static bool
is_service(const char *name)
{
    static const char *const prefixes[] = {"gmsa", "dmsa", "msa-", "msa_", "smsa", "svc"};
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_ascii_strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* HV01$@CONTOSO.COM, CONTOSO\HV01$ anywhere. */
void
finder_take_dollar(Finder *finder, gsize dollar)
{
    gsize start = dollar;
    while (start > 0 && dollar - start < LABEL_MAX &&
           is_host_char(finder->text[start - 1]))
        start--;
    char before = start > 0 ? finder->text[start - 1] : ' ';
    if (start == dollar || (finder->text[dollar + 1] != '@' && before != '\\') ||
        before == '$' || is_share(finder->text, start))
        return;
    g_autofree char *name = g_strndup(finder->text + start, dollar - start);
    if (!finder_is_same_host(name, finder->input->target) && !is_service(name))
        finder_offer(finder, END_SOURCE, SURE_FREE, name);
}

/* \\HOST\share, and as JSON has it.  Those of the domain name no host. */
gsize
finder_take_unc(Finder *finder, gsize at)
{
    gsize start = at;
    while (finder->text[start] == '\\')
        start++;
    gsize length = finder_host_length(finder->text + start);
    bool first = at == 0 || !is_host_char(finder->text[at - 1]);
    const char *share = finder->text + start + length + 1;
    bool of_domain = g_ascii_strncasecmp(share, "sysvol", 6) == 0 ||
                     g_ascii_strncasecmp(share, "netlogon", 8) == 0;
    if (start - at >= 2 && first && length > 0 && share[-1] == '\\' && !of_domain) {
        g_autofree char *name = g_strndup(finder->text + start, length);
        finder_offer(finder, END_TARGET, SURE_PLACE, name);
        if (!finder->share && is_host(name))
            finder->share = g_steal_pointer(&name);
    }
    return start;
}

/* "[JUMP01]: PS C:\>" is a session there. */
void
finder_take_prompt(Finder *finder, gsize bracket)
{
    gsize length = finder_host_length(finder->text + bracket + 1);
    const char *end = finder->text + bracket + 1 + length;
    if (length > 0 && g_str_has_prefix(end, "]: PS ")) {
        g_autofree char *name = g_strndup(finder->text + bracket + 1, length);
        finder_offer(finder, END_SOURCE, SURE_COMMAND, name);
    }
}

/* The two ends are no further hosts, and are not the same. */
void
finder_settle(Finder *finder)
{
    Input *input = finder->input;
    /* Move-VM -ComputerName HV01 -DestinationHost HV02: HV01 goes to HV02; as it does to
     * FS01 in Set-VMDvdDrive -ComputerName HV01 -Path \\FS01\... */
    bool to_share = finder->share && finder->ends[END_TARGET] == SURE_SESSION;
    if (finder->session && !input->source &&
        (to_share || finder->ends[END_TARGET] == SURE_COMMAND)) {
        input->source = g_steal_pointer(&finder->session);
        if (to_share) {
            g_free(input->target);
            input->target = g_steal_pointer(&finder->share);
        }
    }
    if (finder_is_same_host(input->source, input->target)) {
        bool weak = finder->ends[END_SOURCE] > finder->ends[END_TARGET];
        g_clear_pointer(weak ? &input->source : &input->target, g_free);
    }
    for (guint i = input->hosts->len; i > 0; i--) {
        const char *name = input->hosts->pdata[i - 1];
        if (finder_is_same_host(name, input->source) ||
            finder_is_same_host(name, input->target))
            g_ptr_array_remove_index(input->hosts, i - 1);
    }
    g_clear_pointer(&finder->share, g_free);
    g_clear_pointer(&finder->session, g_free);
}
