/* For which name a ticket was asked, and who answered. */
#include "pasted.h"

#include "base/text.h"

#include <string.h>

#define EVENT_LINES 4    /* over which an event may be wrapped */
#define REQUEST_LINES 30 /* from the account's name to the code */
#define REQUEST "ticket request"
#define HOSTS "names of the hosts"

/* Event 4 of Kerberos: who answered, and the name that the ticket is for. */
static const struct {
    const char *server, *target;
} answers[] = {
    {"error from the server ", "The target name used was "},
    {"Fehler von Server ", "Der verwendete Zielname war "},
    {"Fehler vom Server ", "Der verwendete Zielname war "},
    {"erreur KRB_AP_ERR_MODIFIED du serveur ", "Le nom cible utilisé était "},
};

/* The name that begins there, without quotes and the full stop (transfer full). */
static char *
name_at(const char *text)
{
    text += strspn(text, " \"'");
    gsize length = strcspn(text, " \"',;\n");
    while (length > 0 && text[length - 1] == '.')
        length--;
    return g_strndup(text, length);
}

/* "hv01" of HV01$, host/hv01.contoso.com and the like (transfer full); NULL: no
 * computer's. */
static char *
computer_of(const char *server)
{
    const char *name = g_ascii_strncasecmp(server, "host/", 5) == 0 ? server + 5 : server;
    gsize length = strcspn(name, ".$");
    bool computer = name != server || name[length] == '$';
    return computer && length > 0 ? g_ascii_strdown(name, (gssize)length) : NULL;
}

/* "hv04" and "hv05": two computers that are called alike. */
static bool
is_called_alike(const char *one, const char *other)
{
    gsize stem = strcspn(one, "0123456789");
    return stem > 0 && one[stem] && strcspn(other, "0123456789") == stem && other[stem] &&
           strncmp(one, other, stem) == 0;
}

/* Aliases are usual for web sites, which many computers serve: only a name like that of
 * the computer that answered is that of a computer. */
static char *
asked_host(const char *target, const char *answered)
{
    g_autoptr(Spn) spn = spn_parse(target);
    if (!spn || g_hostname_is_ip_address(spn->host))
        return NULL;
    g_autofree char *host = g_ascii_strdown(spn->host, (gssize)strcspn(spn->host, "."));
    bool site = text_equal(spn->class, SPN_HTTP) && !is_called_alike(host, answered);
    return site ? NULL : g_steal_pointer(&host);
}

static void
tell_answer(Paste *paste, const char *server, const char *target)
{
    g_autofree char *answered = computer_of(server);
    g_autofree char *asked = answered ? asked_host(target, answered) : NULL;
    if (!asked || strcmp(answered, asked) == 0)
        return;
    paste_output(paste, "Kerberos event 4");
    paste_fact(paste, "name-resolution", FACT_SUSPECTS, WEIGHS_LISTED, "Kerberos event 4",
               "the ticket was for %s, and %s answered: the name leads to another "
               "computer (an old DNS record, or an address that was given away), unless "
               "%s is a name of a cluster or an alias that runs there.",
               target, server, target);
}

static void
read_answer(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at), *next;
    bool here = false;
    for (guint i = 0; i < G_N_ELEMENTS(answers); i++)
        here = here || strstr(line->text, answers[i].server);
    if (!here)
        return;
    g_autoptr(GString) event = g_string_new(NULL);
    for (guint i = at; i < at + EVENT_LINES && (next = paste_line(paste, i)) != NULL; i++)
        g_string_append_printf(event, "%s ", paste_body(next));
    for (guint i = 0; i < G_N_ELEMENTS(answers); i++) {
        const char *server = strstr(event->str, answers[i].server);
        const char *target = server ? strstr(server, answers[i].target) : NULL;
        if (!target)
            continue;
        g_autofree char *who = name_at(server + strlen(answers[i].server));
        g_autofree char *whom = name_at(target + strlen(answers[i].target));
        tell_answer(paste, who, whom);
        return;
    }
}

/* "HTTP/10.4.4.17@CONTOSO.COM": nobody holds an SPN of an address, unless somebody
 * registered it. */
static void
read_address(Paste *paste, guint at)
{
    static const char *const classes[] = {"cifs/",  "host/",    "http/",     "ldap/",
                                          "wsman/", "termsrv/", "mssqlsvc/", "rpcss/"};
    const char *text = paste_line_here(paste, at)->text;
    g_autofree char *folded = g_ascii_strdown(text, -1);
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        const char *found = strstr(folded, classes[i]);
        if (!found || (found > folded && g_ascii_isalnum(found[-1])))
            continue;
        const char *host = found + strlen(classes[i]);
        gsize length = strspn(host, "0123456789.");
        while (length > 0 && host[length - 1] == '.')
            length--;
        g_autofree char *address = g_strndup(host, length);
        g_autofree char *spn =
            g_strndup(text + (found - folded), strlen(classes[i]) + length);
        if (!g_hostname_is_ip_address(address))
            continue;
        paste_output(paste, REQUEST);
        paste_fact(paste, "alias-name", FACT_SUSPECTS, WEIGHS_LISTED, REQUEST,
                   "a ticket was asked for %s: no account holds an SPN of an address, "
                   "unless somebody registered one.",
                   spn);
        return;
    }
}

/* "with host '10.2.0.22'": the target by its address. */
static void
read_place(Paste *paste, guint at)
{
    static const char *const before[] = {"with host '", "with host \"", "mit dem host \"",
                                         "-destinationhost ", "host: ["};
    g_autofree char *folded = g_ascii_strdown(paste_line_here(paste, at)->text, -1);
    for (guint i = 0; i < G_N_ELEMENTS(before); i++) {
        const char *found = strstr(folded, before[i]);
        const char *host = found ? found + strlen(before[i]) : "";
        g_autofree char *address = g_strndup(host, strspn(host, "0123456789."));
        if (!g_hostname_is_ip_address(address))
            continue;
        paste_output(paste, REQUEST);
        paste_fact(paste, "alias-name", FACT_SUSPECTS, WEIGHS_SIGN_IN, REQUEST,
                   "the target was named by its address (%s), of which no account holds "
                   "an SPN: name it by its full name.",
                   address);
        return;
    }
}

/* The value behind the last of the labels in the text (transfer full); NULL: none. */
static char *
last_value(const char *text, const char *const *labels, guint count)
{
    const char *value = NULL;
    for (guint i = 0; i < count; i++)
        for (const char *at = text; (at = strcasestr(at, labels[i])) != NULL;) {
            at += strlen(labels[i]);
            if (at > value || !value)
                value = at;
        }
    value = value ? value + strspn(value, " \t:") : NULL;
    return value ? g_strndup(value, strcspn(value, " \t\n,;@")) : NULL;
}

/* A KDC's event with code 0x12: the account that asked is a computer's or a user's. */
static void
read_revoked(Paste *paste, guint at)
{
    static const char *const codes[] = {
        "Result Code:",        "Failure Code:",       "Ergebniscode:",
        "Fehlercode:",         "Code de résultat",    "Codice risultato",
        "Código de resultado", "Código de Resultado", "Код результата"};
    static const char *const names[] = {
        "Account Name:",    "Kontoname:",    "Nom du compte", "Nome account",
        "Nombre de cuenta", "Nome da Conta", "Nome da conta", "Имя учетной записи"};
    g_autofree char *code =
        last_value(paste_line_here(paste, at)->text, codes, G_N_ELEMENTS(codes));
    if (!code || g_ascii_strcasecmp(code, "0x12") != 0)
        return;
    g_autoptr(GString) event = g_string_new(NULL);
    for (guint i = at > REQUEST_LINES ? at - REQUEST_LINES : 0; i <= at; i++)
        g_string_append_printf(event, "%s\n", paste_line_here(paste, i)->text);
    g_autofree char *name = last_value(event->str, names, G_N_ELEMENTS(names));
    if (!name || !*name || strcmp(name, "-") == 0 || g_str_has_suffix(name, "$"))
        return;
    paste_output(paste, REQUEST);
    paste_fact(paste, "account-locked", FACT_SUSPECTS, WEIGHS_LISTED, REQUEST,
               "%s asked, and the KDC answered 0x12: that account is disabled, locked "
               "out or expired, and no host's.",
               name);
}

/* Whether the list was printed whole and lacks the SPN. */
static bool
lacks(const PasteAccount *account, const char *spn)
{
    const PasteField *list = paste_account_find(account, "msDS-AllowedToDelegateTo");
    if (!list || list->partial || list->values->len == 0)
        return false;
    for (guint i = 0; i < list->values->len; i++)
        if (text_equal(list->values->pdata[i], spn))
            return false;
    return true;
}

/* "hv1.a.contoso.com" and "hv2.b.contoso.com": hosts of two domains, where no text tells
 * of RBCD. */
void
paste_tell_domains(Paste *paste, const Input *input)
{
    const char *from = input->source ? strchr(input->source, '.') : NULL;
    const char *to = input->target ? strchr(input->target, '.') : NULL;
    bool rbcd = strstr(input->plain, "rbcd") || strstr(input->plain, "resource") ||
                strstr(input->plain, "principalsallowed") ||
                strstr(input->plain, "allowedtoactonbehalf");
    if (!from || !to || rbcd || paste->ldif || text_equal(from, to) ||
        g_hostname_is_ip_address(input->source) ||
        g_hostname_is_ip_address(input->target))
        return;
    paste_output(paste, HOSTS);
    paste_fact(paste, "cross-domain", FACT_SUSPECTS, WEIGHS_LISTED, HOSTS,
               "%s and %s are in different domains, by their names.", input->source,
               input->target);
}

/* Accounts that services run under, and computers towards services: pairs of hosts have
 * rules of their own. */
void
paste_tell_unlisted(Paste *paste, const Input *input)
{
    const char *asked = input->spns->len > 0 ? input->spns->pdata[0] : NULL;
    g_autoptr(Spn) spn = asked ? spn_parse(asked) : NULL;
    if (!spn || paste->ldif)
        return;
    for (guint i = 0; i < paste->accounts->len; i++) {
        const PasteAccount *account = paste->accounts->pdata[i];
        bool files = text_equal(spn->class, SPN_CIFS);
        if (!lacks(account, asked) || (files && account->computer))
            continue;
        g_autofree char *name = paste_account_name(account);
        g_autofree char *from = paste_account_from(account);
        paste_fact(paste, files ? "list-cifs" : "list-migration", FACT_SUSPECTS,
                   WEIGHS_LISTED, from,
                   "the delegation list of %s lacks %s. It is the cause unless the "
                   "account that holds this SPN names %s for resource-based "
                   "delegation (PrincipalsAllowedToDelegateToAccount).",
                   name, asked, name);
        return;
    }
}

void
paste_read_asked(Paste *paste, guint at)
{
    read_answer(paste, at);
    read_address(paste, at);
    read_place(paste, at);
    read_revoked(paste, at);
}
