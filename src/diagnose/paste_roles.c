/* What machines are for, as their SPNs and the text beside them tell: not every list of
 * SPNs is that of a Hyper-V host. */
#include "pasted.h"

#include "base/text.h"
#include "model/spn.h"

#include <string.h>

/* Services that nobody runs on a Hyper-V host. */
static const char *const others[] = {"MSSQLSvc", "MSOLAPSvc", "MSOLAPSvc.3",
                                     "exchangeMDB", "exchangeRFR"};

/* Folded.  A migration, of whatever machine. */
static const char *const migrations[] = {"live migration",
                                         "livemigration",
                                         "live-migration",
                                         "move-vm",
                                         "migration source",
                                         "virtual system migration",
                                         "21502",
                                         "21024",
                                         "virtualmachinemigration",
                                         "get-vmhost",
                                         "hyper-v-vmms"};

/* Words that do not tell whether they are about this machine. */
static const char *const hints[] = {"hyper-v", "hyperv", "vmms",      "scvmm",
                                    "migra",   "virtu",  "迁移",      "移行",
                                    "虚拟",    "仮想",   "0x8009030e"};

/* WinRM answers under the same SPNs as web sites do. */
static const char *const remotings[] = {"winrm",          "wsman",        "pssession",
                                        "invoke-command", "computername", "admin center",
                                        "5985",           "5986"};

static const char *const databases[] = {"sql server",    "sqlserver",     "mssql",
                                        "sspi context",  "sspi-kontext",  "contexte sspi",
                                        "contexto sspi", "contesto sspi", "sqlclient",
                                        "sqlcmd",        "linked server", "sqlexception"};

/* Programs that are no Windows of their own: what they ask for is no migration's. */
static const char *const programs[] = {
    "gssexception", "krbexception", "gssapi",       "gss_",   "krb5_",
    "kinit",        "kvno:",        "sasl",         "websso", "nskrb",
    "httpd",        "keytab",       "[auth_gssapi", "gokrb5", "tgs request result",
    "gss major",    "_to_delegate"};

/* One that acts for users. */
static const char *const actings[] = {
    "s4u",        "fulfill requested", "accommodate requested",
    "impersonat", "forwardable",       "_to_delegate"};

static char *
folded_text(const Paste *paste)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint at = 0; at < paste->lines->len; at++)
        g_string_append_printf(out, "%s\n", paste_line_here(paste, at)->text);
    return g_utf8_casefold(out->str, -1);
}

static bool
has_any(const char *text, const char *const *words, guint count)
{
    for (guint i = 0; i < count; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* "VM", "VMs", "VMM" as words. */
static bool
has_vm(const char *text)
{
    for (const char *at = text; (at = strstr(at, "vm")); at += 2) {
        gsize length = 2 + strspn(at + 2, "ms");
        if ((at == text || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[length]))
            return true;
    }
    return false;
}

void
paste_learn_roles(Paste *paste)
{
    g_autofree char *text = folded_text(paste);
    paste->migrates = has_any(text, migrations, G_N_ELEMENTS(migrations));
    paste->hints_hyperv = has_any(text, hints, G_N_ELEMENTS(hints)) || has_vm(text);
    paste->remotes = has_any(text, remotings, G_N_ELEMENTS(remotings));
    paste->of_database = has_any(text, databases, G_N_ELEMENTS(databases));
    paste->of_program = has_any(text, programs, G_N_ELEMENTS(programs));
    paste->acts = has_any(text, actings, G_N_ELEMENTS(actings));
}

bool
paste_text_has(const Paste *paste, const char *word)
{
    for (guint at = 0; at < paste->lines->len; at++)
        if (strstr(paste_line_here(paste, at)->text, word))
            return true;
    return false;
}

/* Whether it holds an SPN of the class (of its own name, where `own`). */
static bool
holds(const PasteAccount *account, const char *class, bool own)
{
    const PasteField *spns = paste_account_find(account, "servicePrincipalName");
    g_autofree char *name = paste_account_name(account);
    for (guint i = 0; spns && i < spns->values->len; i++) {
        g_autoptr(Spn) spn = spn_parse(spns->values->pdata[i]);
        g_autofree char *label = spn ? paste_short_name(spn->host) : NULL;
        if (spn && text_equal(spn->class, class) && (!own || text_equal(label, name)))
            return true;
    }
    return false;
}

static bool
holds_hyperv(const PasteAccount *account)
{
    return holds(account, SPN_MIGRATION, false) || holds(account, SPN_REPLICA, false) ||
           holds(account, SPN_CONSOLE, false);
}

static bool
is_cluster_name(const PasteAccount *account)
{
    return holds(account, SPN_CLUSTER_NAME, true);
}

bool
paste_may_run_hyperv(const Paste *paste, const PasteAccount *account)
{
    g_autofree char *name = paste_account_name(account);
    g_autofree char *folded = g_utf8_casefold(name, -1);
    if (holds_hyperv(account))
        return true;
    if (is_cluster_name(account))
        return false;
    for (guint i = 0; !paste->migrates && i < G_N_ELEMENTS(others); i++)
        if (holds(account, others[i], false))
            return false;
    return paste->migrates || paste->named || paste->hints_hyperv ||
           strstr(folded, "hv") || strstr(folded, "hyp");
}

/* A cluster's name is answered by its nodes, with their own accounts. */
static void
tell_cluster_name(Paste *paste, const PasteAccount *account)
{
    if (!is_cluster_name(account) || !holds(account, SPN_WSMAN, true))
        return;
    g_autofree char *name = paste_account_name(account);
    g_autofree char *from = paste_account_from(account);
    paste_fact(
        paste, "winrm-spn", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
        "%s is the name of a cluster and holds WSMAN/%s, while WinRM runs with the "
        "accounts of the nodes, which cannot decrypt a ticket for it. Delete these "
        "SPNs from it (setspn -D WSMAN/%s %s, and that of its full name).",
        name, name, name, name);
}

/* VMMS registers its three SPNs when it starts: one of them alone is not left out. */
static void
tell_replica(Paste *paste, const PasteAccount *account)
{
    const PasteField *spns = paste_account_find(account, "servicePrincipalName");
    if (!spns || spns->partial || !account->computer ||
        !holds(account, SPN_MIGRATION, true) || holds(account, SPN_REPLICA, false) ||
        !(paste_text_has(paste, "14050") || paste_text_has(paste, SPN_REPLICA)))
        return;
    g_autofree char *name = paste_account_name(account);
    g_autofree char *from = paste_account_from(account);
    paste_fact(paste, "vmms-spn-registration", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
               "%s lacks %s, which Hyper-V (VMMS) registers when it starts.", name,
               SPN_REPLICA);
}

/* Services with accounts of their own */

bool
paste_is_of_services(const Spn *spn)
{
    static const char *const of_computers[] = {SPN_HOST,
                                               SPN_CIFS,
                                               SPN_WSMAN,
                                               SPN_MIGRATION,
                                               SPN_REPLICA,
                                               SPN_CONSOLE,
                                               "TERMSRV",
                                               "RestrictedKrbHost",
                                               SPN_CLUSTER_NAME,
                                               "MSServerCluster",
                                               "DNS",
                                               "LDAP",
                                               "GC",
                                               "MSServerClusterMgmtAPI"};
    for (guint i = 0; i < G_N_ELEMENTS(of_computers); i++)
        if (text_equal(spn->class, of_computers[i]))
            return false;
    return true;
}

/* An account that services run under, all of whose SPNs were printed; it lacks `text`. */
static const PasteAccount *
idle_service(const Paste *paste, const char *text)
{
    const PasteAccount *found = NULL;
    for (guint i = 0; i < paste->accounts->len; i++) {
        const PasteAccount *account = paste->accounts->pdata[i];
        const PasteField *spns = paste_account_find(account, "servicePrincipalName");
        if (account->computer || !spns || spns->partial)
            continue;
        for (guint s = 0; s < spns->values->len; s++)
            if (text_equal(spns->values->pdata[s], text))
                return NULL;
        found = found ? found : account;
    }
    return found;
}

/* A service that has run as the system before left its SPN with the computer. */
static void
tell_service(Paste *paste, const PasteAccount *account)
{
    const PasteField *spns = paste_account_find(account, "servicePrincipalName");
    const guint most = 100;
    for (guint i = 0; account->computer && spns && i < MIN(spns->values->len, most);
         i++) {
        const char *text = spns->values->pdata[i];
        g_autoptr(Spn) spn = spn_parse(text);
        const PasteAccount *service =
            spn && paste_is_of_services(spn) ? idle_service(paste, text) : NULL;
        if (!service)
            continue;
        g_autofree char *name = paste_account_name(account);
        g_autofree char *idle = paste_account_name(service);
        g_autofree char *from = paste_account_from(account);
        g_autofree char *other = paste_account_from(service);
        g_autofree char *both = g_strdup_printf("%s and %s", from, other);
        paste_fact(paste, "spn-elsewhere", FACT_SUSPECTS, WEIGHS_SIGN_IN, both,
                   "%s is on the computer %s, and not on %s. If the service runs under "
                   "%s, move it there (setspn -D, then setspn -S).",
                   text, name, idle, idle);
        paste_fact_of(paste, text, name, idle);
        return;
    }
}

/* The same SPN in the lists of two accounts.  That of WinRM is told of on its own. */
static void
tell_same(Paste *paste, const PasteAccount *account, GHashTable *owners)
{
    const PasteField *spns = paste_account_find(account, "servicePrincipalName");
    for (guint i = 0; spns && i < spns->values->len; i++) {
        const char *text = spns->values->pdata[i];
        g_autofree char *folded = text_fold(text);
        g_autoptr(Spn) spn = spn_parse(text);
        const PasteAccount *owner = g_hash_table_lookup(owners, folded);
        if (!spn || owner == account || text_equal(spn->class, SPN_HTTP) ||
            text_equal(spn->class, SPN_WSMAN))
            continue;
        if (!owner) {
            g_hash_table_insert(owners, g_steal_pointer(&folded), (gpointer)account);
            continue;
        }
        g_autofree char *first = paste_account_name(owner);
        g_autofree char *name = paste_account_name(account);
        g_autofree char *from = paste_account_from(account);
        g_autofree char *other = paste_account_from(owner);
        g_autofree char *both = g_strdup_printf("%s and %s", other, from);
        paste_fact(paste, "spn-duplicate", FACT_CONFIRMS, WEIGHS_SIGN_IN, both,
                   "%s is on %s and on %s. Leave it with the account that the service "
                   "runs under (setspn -D from the other).",
                   text, first, name);
        paste_fact_of(paste, text, NULL, NULL);
        return;
    }
}

void
paste_take_roles(Paste *paste)
{
    g_autoptr(GHashTable) owners =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < paste->accounts->len; i++) {
        const PasteAccount *account = paste->accounts->pdata[i];
        tell_cluster_name(paste, account);
        tell_replica(paste, account);
        tell_service(paste, account);
        tell_same(paste, account, owners);
    }
}
