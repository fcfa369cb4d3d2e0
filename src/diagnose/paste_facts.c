/* What outputs tell of hosts and of the people who start migrations: no rule asks. */
#include "pasted.h"

#include "base/limits.h"
#include "base/text.h"
#include "model/spn.h"

#include <string.h>

#define FOREIGNS_MAX 1000 /* SPNs of one account that are looked at */

void
paste_fact_free(gpointer data)
{
    PasteFact *fact = data;
    g_free(fact->from);
    g_free(fact->source);
    g_free(fact->said);
    g_free(fact->spn);
    g_free(fact->holder);
    g_free(fact->owner);
    g_free(fact);
}

void
paste_output(Paste *paste, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(paste->outputs, name, g_str_equal, NULL) &&
        paste_may(paste, LIMIT_PASTE_OUTPUTS, paste->outputs->len))
        g_ptr_array_add(paste->outputs, g_strdup(name));
}

void
paste_fact(Paste *paste, const char *cause, FactPower power, FactWeight weight,
           const char *from, const char *format, ...)
{
    va_list args;
    if (!paste_may(paste, LIMIT_PASTE_OUTPUTS, paste->facts->len))
        return;
    PasteFact *fact = g_new0(PasteFact, 1);
    va_start(args, format);
    fact->said = g_strdup_vprintf(format, args);
    va_end(args);
    fact->cause = cause;
    fact->power = power;
    fact->weight = weight;
    fact->from = g_strdup(from);
    g_ptr_array_add(paste->facts, fact);
}

void
paste_fact_of(Paste *paste, const char *spn, const char *holder, const char *owner)
{
    if (paste->facts->len == 0)
        return;
    PasteFact *fact = paste->facts->pdata[paste->facts->len - 1];
    if (fact->spn || !strstr(fact->said, spn))
        return; /* there are too many, and that one was not added */
    fact->spn = g_strdup(spn);
    fact->holder = g_strdup(holder);
    fact->owner = g_strdup(owner);
}

/* Get-VMHost */

typedef struct {
    char *name;       /* NULL: not shown */
    const char *auth; /* "CredSSP", "Kerberos"; NULL */
    Tri enabled;
    const char *limit; /* how many migrations at once; NULL */
} VmHost;

static void
vmhost_free(gpointer data)
{
    VmHost *host = data;
    g_free(host->name);
    g_free(host);
}

static const char *
auth_of(const char *text)
{
    return !text                                       ? NULL
           : strcmp(text, "0") == 0                    ? "CredSSP"
           : strcmp(text, "1") == 0                    ? "Kerberos"
           : g_ascii_strcasecmp(text, "CredSSP") == 0  ? "CredSSP"
           : g_ascii_strcasecmp(text, "Kerberos") == 0 ? "Kerberos"
                                                       : NULL;
}

static Tri
tri_of(const char *text)
{
    return !text                                    ? TRI_UNKNOWN
           : g_ascii_strcasecmp(text, "true") == 0  ? TRI_YES
           : g_ascii_strcasecmp(text, "false") == 0 ? TRI_NO
                                                    : TRI_UNKNOWN;
}

static VmHost *
read_vmhost(Paste *paste, const PasteObject *object)
{
    static const char *const names[] = {"Name", "ComputerName", "PSComputerName",
                                        "FullyQualifiedDomainName"};
    const char *auth =
        auth_of(paste_object_text(object, "VirtualMachineMigrationAuthenticationType"));
    Tri enabled = tri_of(paste_object_text(object, "VirtualMachineMigrationEnabled"));
    const char *limit = paste_object_text(object, "MaximumVirtualMachineMigrations");
    if (!auth && enabled == TRI_UNKNOWN && !limit)
        return NULL;
    VmHost *host = g_new0(VmHost, 1);
    *host = (VmHost){NULL, auth, enabled, limit};
    g_autofree char *asked = paste_argument(object->command, "-ComputerName");
    const char *name = NULL;
    for (guint i = 0; !name && i < G_N_ELEMENTS(names); i++)
        name = paste_object_text(object, names[i]);
    if (!name)
        name = object->machine ? object->machine : asked;
    host->name = name ? paste_short_name(name) : NULL;
    g_autofree char *output = g_strdup_printf("Get-VMHost%s%s", host->name ? " " : "",
                                              host->name ? host->name : "");
    paste_output(paste, output);
    paste_take_lines(paste, object->first, object->last);
    return host;
}

static const char *
vmhost_name(const VmHost *host)
{
    return host->name ? host->name : "the host";
}

static char *
vmhost_from(const VmHost *host)
{
    return g_strdup_printf("Get-VMHost%s%s", host->name ? " " : "",
                           host->name ? host->name : "");
}

static void
tell_vmhost(Paste *paste, const VmHost *host)
{
    g_autofree char *from = vmhost_from(host);
    if (host->enabled == TRI_NO)
        paste_fact(paste, "migration-disabled", FACT_CONFIRMS, WEIGHS_ALWAYS, from,
                   "VirtualMachineMigrationEnabled is False on %s.", vmhost_name(host));
    if (host->limit && strcmp(host->limit, "0") == 0)
        paste_fact(paste, "migration-limit", FACT_CONFIRMS, WEIGHS_LISTED, from,
                   "MaximumVirtualMachineMigrations is 0 on %s.", vmhost_name(host));
}

/* The same setting on two hosts. */
static void
tell_both(Paste *paste, const VmHost *one, const VmHost *other)
{
    g_autofree char *first = vmhost_from(one);
    g_autofree char *second = vmhost_from(other);
    g_autofree char *from = g_strdup_printf("%s and %s", first, second);
    if (one->auth && other->auth && strcmp(one->auth, other->auth) != 0)
        paste_fact(paste, "auth-mismatch", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                   "%s uses %s and %s uses %s.", vmhost_name(one), one->auth,
                   vmhost_name(other), other->auth);
    else if (one->auth && other->auth)
        paste_fact(paste, "auth-mismatch", FACT_RULES_OUT, WEIGHS_LISTED, from,
                   "both use %s.", one->auth);
    if (one->auth && other->auth && strcmp(one->auth, "Kerberos") == 0 &&
        strcmp(other->auth, "Kerberos") == 0)
        paste_fact(paste, "credssp", FACT_RULES_OUT, WEIGHS_LISTED, from,
                   "both use Kerberos.");
    if (one->enabled == TRI_YES && other->enabled == TRI_YES)
        paste_fact(paste, "migration-disabled", FACT_RULES_OUT, WEIGHS_LISTED, from,
                   "live migration is enabled on both.");
}

static void
tell_vmhosts(Paste *paste, const GPtrArray *hosts)
{
    const VmHost *credssp = NULL;
    for (guint i = 0; i < hosts->len; i++) {
        const VmHost *host = hosts->pdata[i];
        tell_vmhost(paste, host);
        if (host->auth && strcmp(host->auth, "CredSSP") == 0 && !credssp)
            credssp = host;
    }
    const VmHost *one = hosts->len > 0 ? hosts->pdata[0] : NULL;
    for (guint i = 1; i < hosts->len; i++) {
        const VmHost *other = hosts->pdata[i];
        if (g_strcmp0(one->name, other->name) != 0 || !one->name)
            tell_both(paste, one, other);
    }
    if (!credssp)
        return;
    g_autofree char *from = vmhost_from(credssp);
    paste_fact(paste, "credssp", FACT_CONFIRMS, WEIGHS_LISTED, from,
               "VirtualMachineMigrationAuthenticationType is CredSSP on %s, which works "
               "only from a session on the source itself.",
               vmhost_name(credssp));
}

/* Other objects, by a property of theirs: what it holds tells. */

static void
tell_wsman(Paste *paste, const PasteObject *object)
{
    if (!paste_object_find(object, "wsmid"))
        return;
    const char *version = paste_object_text(object, "ProductVersion");
    g_autofree char *named = paste_argument(object->command, "-ComputerName");
    g_autofree char *plain = named ? NULL : paste_argument(object->command, "Test-WSMan");
    const char *whom = named ? named : plain && *plain != '-' ? plain : NULL;
    g_autofree char *from =
        g_strdup_printf("Test-WSMan%s%s", whom ? " " : "", whom ? whom : "");
    paste_output(paste, from);
    paste_take_lines(paste, object->first, object->last);
    if (!whom)
        return; /* the computer that it was typed on */
    paste_fact(paste, "winrm", FACT_RULES_OUT, WEIGHS_LISTED, from,
               "WinRM on %s answers.", whom);
    /* Only who has signed in is told the version of the system. */
    if (version && !strstr(version, "OS: 0.0.0") &&
        g_strstr_len(object->command ? object->command : "", -1, "Kerberos"))
        paste_fact(paste, "winrm-spn", FACT_RULES_OUT, WEIGHS_LISTED, from,
                   "WinRM on %s takes a Kerberos ticket.", whom);
}

static void
tell_guard(Paste *paste, const PasteObject *object)
{
    const PasteField *field = paste_object_find(object, "SecurityServicesRunning");
    if (!field)
        return;
    paste_output(paste, "Win32_DeviceGuard");
    paste_take_lines(paste, object->first, object->last);
    for (guint i = 0; i < field->values->len; i++)
        if (strcmp(field->values->pdata[i], "1") == 0) {
            paste_fact(paste, "credential-guard", FACT_CONFIRMS, WEIGHS_LISTED,
                       "Win32_DeviceGuard",
                       "Credential Guard runs (1 in "
                       "SecurityServicesRunning).");
            return;
        }
    if (!field->partial)
        paste_fact(paste, "credential-guard", FACT_RULES_OUT, WEIGHS_LISTED,
                   "Win32_DeviceGuard", "Credential Guard does not run.");
}

/* The lines between the command and what it printed at last: warnings of their own. */
static void
take_above(Paste *paste, const PasteObject *object)
{
    guint at = object->first;
    while (at > 0 && !paste_line_here(paste, at - 1)->prompted &&
           (paste_line_here(paste, at - 1)->blank ||
            strstr(paste_line_here(paste, at - 1)->text, ": ")) &&
           object->first - at < 6)
        at--;
    if (at > 0 && paste_line_here(paste, at - 1)->prompted && object->command &&
        g_ascii_strncasecmp(object->command, "Test-NetConnection", 18) == 0)
        paste_take_lines(paste, at, object->first);
}

static void
tell_port(Paste *paste, const PasteObject *object)
{
    static const struct {
        const char *port;
        const char *cause;
    } ports[] = {
        {"6600", "port-6600-filtered"}, {"445", "port-smb"}, {"5985", "winrm"},
        {"3343", "port-cluster"},       {"135", "wmi-rpc"},  {"88", "dc-unreachable"},
        {"389", "dc-unreachable"}};
    const char *port = paste_object_text(object, "RemotePort");
    Tri works = tri_of(paste_object_text(object, "TcpTestSucceeded"));
    const char *name = paste_object_text(object, "ComputerName");
    if (works == TRI_UNKNOWN || !port)
        return;
    g_autofree char *from =
        g_strdup_printf("Test-NetConnection %s -Port %s", name ? name : "", port);
    paste_output(paste, from);
    take_above(paste, object);
    paste_take_lines(paste, object->first, object->last);
    for (guint i = 0; i < G_N_ELEMENTS(ports); i++) {
        if (strcmp(ports[i].port, port) != 0)
            continue;
        paste_fact(paste, ports[i].cause,
                   works == TRI_YES ? FACT_RULES_OUT : FACT_CONFIRMS, WEIGHS_LISTED, from,
                   works == TRI_YES ? "TCP %s on %s answers."
                                    : "TCP %s on %s does not answer.",
                   port, name ? name : "the host");
    }
}

void
paste_take_facts(Paste *paste)
{
    g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func(vmhost_free);
    for (guint i = 0; i < paste->objects->len; i++) {
        const PasteObject *object = paste->objects->pdata[i];
        VmHost *host = read_vmhost(paste, object);
        if (host)
            g_ptr_array_add(hosts, host);
        tell_wsman(paste, object);
        tell_guard(paste, object);
        tell_port(paste, object);
    }
    tell_vmhosts(paste, hosts);
}

/* Flags of accounts that were printed one by one: as long as userAccountControl was not,
 * no rule sees them. */

static Tri
flag_of(const PasteAccount *account, guint32 bit)
{
    const PasteField *uac = paste_account_find(account, "userAccountControl");
    if (uac && uac->values->len > 0 && !uac->partial)
        return (g_ascii_strtoull(uac->values->pdata[0], NULL, 10) & bit) != 0 ? TRI_YES
                                                                              : TRI_NO;
    return (account->flags_known & bit) == 0 ? TRI_UNKNOWN
           : (account->flags_on & bit) != 0  ? TRI_YES
                                             : TRI_NO;
}

static bool
is_protected(const PasteAccount *account)
{
    const PasteField *groups = paste_account_find(account, "memberOf");
    for (guint i = 0; groups && i < groups->values->len; i++)
        if (g_ascii_strncasecmp(groups->values->pdata[i], "CN=Protected Users,", 19) == 0)
            return true;
    return false;
}

static void
tell_locked(Paste *paste, const PasteAccount *account)
{
    g_autofree char *name = paste_account_name(account);
    g_autofree char *from = paste_account_from(account);
    /* Search-ADAccount lists everybody, whoever starts it. */
    FactPower power = strstr(from, "Search-ADAccount") ? FACT_SUSPECTS : FACT_CONFIRMS;
    if ((account->flags_on & PASTE_LOCKED) != 0)
        paste_fact(paste, "account-locked", power, WEIGHS_SIGN_IN, from,
                   "%s is locked out (LockedOut is True).", name);
    if ((account->flags_on & PASTE_PASSWORD_EXPIRED) != 0)
        paste_fact(paste, "account-locked", power, WEIGHS_SIGN_IN, from,
                   "the password of %s has expired (PasswordExpired is True).", name);
}

/* Nobody signs in as krbtgt, and it is disabled everywhere; its flag stops all. */
static void
tell_krbtgt(Paste *paste, const char *from, Tri sensitive)
{
    if (sensitive != TRI_UNKNOWN)
        paste_fact(paste, "krbtgt-sensitive",
                   sensitive == TRI_YES ? FACT_CONFIRMS : FACT_RULES_OUT,
                   sensitive == TRI_YES ? WEIGHS_SIGN_IN : WEIGHS_LISTED, from,
                   "AccountNotDelegated of krbtgt is %s.",
                   sensitive == TRI_YES ? "True" : "False");
}

static void
tell_operator(Paste *paste, const PasteAccount *account)
{
    g_autofree char *name = paste_account_name(account);
    g_autofree char *from = paste_account_from(account);
    Tri sensitive = flag_of(account, UAC_NOT_DELEGATED);
    if (g_ascii_strcasecmp(name, "krbtgt") == 0) {
        tell_krbtgt(paste, from, sensitive);
        return;
    }
    if (sensitive != TRI_UNKNOWN)
        paste_fact(paste, "operator-sensitive",
                   sensitive == TRI_YES ? FACT_CONFIRMS : FACT_RULES_OUT,
                   sensitive == TRI_YES ? WEIGHS_SIGN_IN : WEIGHS_LISTED, from,
                   "AccountNotDelegated of %s is %s.", name,
                   sensitive == TRI_YES ? "True" : "False");
    if (is_protected(account))
        paste_fact(paste, "operator-protected", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                   "%s is a member of Protected Users.", name);
    if (flag_of(account, UAC_DISABLED) == TRI_YES)
        paste_fact(paste, "account-locked", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                   "%s is disabled.", name);
    tell_locked(paste, account);
}

#define ETYPES_AES 0x18u /* of msDS-SupportedEncryptionTypes: AES128, AES256 */
#define ETYPES_OLD 0x07u /* DES, RC4 */

/* The error says whether it is about encryption: else this is only likely. */
static void
tell_etypes(Paste *paste, const PasteAccount *account)
{
    const PasteField *field =
        paste_account_find(account, "msDS-SupportedEncryptionTypes");
    const char *text = field && field->values->len == 1 ? field->values->pdata[0] : NULL;
    guint64 value = text ? g_ascii_strtoull(text, NULL, 0) : 0;
    if ((value & ETYPES_AES) != 0 || (value & ETYPES_OLD) == 0)
        return;
    g_autofree char *name = paste_account_name(account);
    g_autofree char *from = paste_account_from(account);
    paste_fact(paste, "etypes-weak", FACT_SUSPECTS, WEIGHS_SIGN_IN, from,
               "msDS-SupportedEncryptionTypes of %s is %s: %s, and no AES.", name, text,
               (value & 4) != 0 ? "RC4" : "DES");
}

static void
tell_source(Paste *paste, const PasteAccount *account)
{
    guint before = paste->facts->len;
    const PasteField *list = paste_account_find(account, "msDS-AllowedToDelegateTo");
    g_autofree char *name = paste_account_name(account);
    g_autofree char *from = paste_account_from(account);
    Tri transition = flag_of(account, UAC_T2A4D);
    bool kerberos_only = transition == TRI_NO && list && list->values->len > 0;
    if (kerberos_only && account->computer)
        paste_fact(paste, "no-transition", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                   "%s has a delegation list, and TrustedToAuthForDelegation is False.",
                   name);
    else if (kerberos_only)
        paste_fact(paste, "no-transition", FACT_SUSPECTS, WEIGHS_SIGN_IN, from,
                   "%s has a delegation list, and TrustedToAuthForDelegation is False. "
                   "That is enough where users come to it by Kerberos, and not where it "
                   "signs them in otherwise (forms, claims, certificates, NTLM).",
                   name);
    else if (transition == TRI_YES)
        paste_fact(paste, "no-transition", FACT_RULES_OUT, WEIGHS_LISTED, from,
                   "TrustedToAuthForDelegation of %s is True.", name);
    if (flag_of(account, UAC_NOT_DELEGATED) == TRI_YES)
        paste_fact(paste, "source-sensitive", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                   "AccountNotDelegated of %s is True.", name);
    bool any_service = flag_of(account, UAC_TRUSTED_FOR_DELEGATION) == TRI_YES;
    if (any_service && !list)
        paste_fact(paste, "unconstrained", FACT_SUSPECTS, WEIGHS_SIGN_IN, from,
                   "TrustedForDelegation of %s is True; its list was not shown.", name);
    if (any_service && list && list->values->len == 0 && !list->partial)
        paste_fact(paste, "unconstrained", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                   "TrustedForDelegation of %s is True, and its list is empty.", name);
    if (is_protected(account))
        paste_fact(paste, "source-protected", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                   "%s is a member of Protected Users.", name);
    for (guint i = before; i < paste->facts->len; i++)
        ((PasteFact *)paste->facts->pdata[i])->source = g_strdup(name);
}

/* SPNs of one host on another account: of lists of which only a part was shown, no rule
 * takes account. */

static bool
is_hosts_class(const Spn *spn)
{
    return text_equal(spn->class, SPN_CIFS) || text_equal(spn->class, SPN_HOST) ||
           text_equal(spn->class, SPN_HTTP) || text_equal(spn->class, SPN_WSMAN);
}

/* setspn -Q of WinRM's SPN, of a computer that nothing else shows: whether WinRM is used
 * under that name is not known. */
static void
tell_web(Paste *paste, const PasteAccount *account, const char *text, const char *label)
{
    g_autofree char *from = paste_account_from(account);
    g_autofree char *folded = g_utf8_casefold(label, -1);
    bool host = paste->remotes || paste->migrates || paste->hints_hyperv ||
                strstr(folded, "hv") || strstr(folded, "hyp");
    if (!host || account->computer || !strstr(from, "setspn -Q"))
        return;
    paste_fact(paste, "winrm-spn", FACT_SUSPECTS, WEIGHS_SIGN_IN, from,
               "%s is on %s. If %s is the name of a computer that runs WinRM, that "
               "computer cannot decrypt tickets for it.",
               text, account->dn, label);
}

static void
tell_foreign(Paste *paste, const PasteAccount *account, const char *text)
{
    g_autoptr(Spn) spn = spn_parse(text);
    g_autofree char *name = paste_account_name(account);
    g_autofree char *label = spn ? paste_short_name(spn->host) : NULL;
    if (!spn || text_equal(label, name) ||
        (account->dns && text_equal(account->dns, spn->host)))
        return;
    const PasteAccount *host = paste_account_named(paste, label);
    bool migration = text_equal(spn->class, SPN_MIGRATION);
    bool web = text_equal(spn->class, SPN_HTTP) || text_equal(spn->class, SPN_WSMAN);
    if (web && !host)
        tell_web(paste, account, text, label);
    if (!migration && !(host && host->computer && is_hosts_class(spn)))
        return;
    const PasteField *own =
        host ? paste_account_find(host, "servicePrincipalName") : NULL;
    g_autofree char *from = paste_account_from(account);
    bool both = false;
    for (guint i = 0; own && i < own->values->len; i++)
        both = both || text_equal(own->values->pdata[i], text);
    paste_fact(paste,
               web    ? "winrm-spn"
               : both ? "spn-duplicate"
                      : "spn-elsewhere",
               FACT_CONFIRMS, WEIGHS_SIGN_IN, from, "%s is on %s%s.", text,
               account->dn ? account->dn : name, both ? " and on the host itself" : "");
}

static void
tell_foreigns(Paste *paste, const PasteAccount *account)
{
    const PasteField *spns = paste_account_find(account, "servicePrincipalName");
    for (guint i = 0; spns && i < MIN(spns->values->len, FOREIGNS_MAX); i++)
        tell_foreign(paste, account, spns->values->pdata[i]);
}

void
paste_take_flags(Paste *paste)
{
    for (guint i = 0; i < paste->accounts->len; i++) {
        const PasteAccount *account = paste->accounts->pdata[i];
        g_autofree char *name = paste_account_name(account);
        g_autofree char *from = paste_account_from(account);
        tell_foreigns(paste, account);
        tell_etypes(paste, account);
        if (account->user && !account->managed)
            tell_operator(paste, account);
        if (!account->computer &&
            !paste_account_find(account, "msDS-AllowedToDelegateTo"))
            continue;
        if (account->computer && flag_of(account, UAC_DISABLED) == TRI_YES)
            paste_fact(paste, "host-disabled", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                       "%s is disabled (Enabled is False).", name);
        tell_source(paste, account);
    }
}
