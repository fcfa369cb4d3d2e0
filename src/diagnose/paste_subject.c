/* Whether a text is about a service that is no host's, and which SPN of it. */
#include "pasted.h"

#include "base/text.h"
#include "model/flags.h"

#include <string.h>

/* What every sign-in asks for on its way to a service. */
static bool
is_of_directory(const Spn *spn)
{
    static const char *const classes[] = {"krbtgt", "ldap", "GC", "DNS", "kadmin"};
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
        if (text_equal(spn->class, classes[i]))
            return true;
    return false;
}

/* Of a program that acts for users, on no Windows. */
static bool
acts_elsewhere(const Paste *paste)
{
    return paste->of_program && paste->acts && !paste->remotes && !paste->hints_hyperv;
}

/* A computer's own; HTTP is WinRM's where the text is about that.  Programs that act
 * for users on no Windows are no hosts. */
static bool
is_of_hosts(const Paste *paste, const Spn *spn)
{
    if (acts_elsewhere(paste))
        return false;
    return !paste_is_of_services(spn) ||
           (text_equal(spn->class, SPN_HTTP) && (paste->remotes || paste->hints_hyperv));
}

typedef struct {
    const Paste *paste;
    bool hosts; /* the first SPN is a host's */
    char *spn;  /* of a service; NULL: not yet */
} Search;

static void
offer(Search *search, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-._/:$";
    g_autoptr(Spn) spn = text && !search->spn && !search->hosts ? spn_parse(text) : NULL;
    if (!spn || (is_of_directory(spn) && !acts_elsewhere(search->paste)) ||
        text[strspn(text, plain)] != '\0')
        return;
    if (is_of_hosts(search->paste, spn))
        search->hosts = true;
    else
        search->spn = g_strdup(text);
}

/* What somebody asked for by name. */
static void
offer_commands(Search *search)
{
    static const struct {
        const char *tool, *option;
    } asks[] = {{"klist", "get"}, {"setspn", "-Q"}, {"setspn", "-S"},
                {"setspn", "-A"}, {"setspn", "-D"}, {"setspn", "-F -Q"}};
    const PasteLine *line;
    for (guint at = 0; (line = paste_line(search->paste, at)) != NULL; at++)
        for (guint i = 0; line->prompted && i < G_N_ELEMENTS(asks); i++) {
            if (!line->command ||
                g_ascii_strncasecmp(line->command, asks[i].tool, strlen(asks[i].tool)))
                continue;
            g_autofree char *asked = paste_argument(line->command, asks[i].option);
            offer(search, asked);
        }
}

/* Of accounts alone: only where nothing else speaks of hosts. */
static void
offer_accounts(Search *search)
{
    const GPtrArray *accounts = search->paste->accounts;
    for (guint i = 0; i < accounts->len; i++) {
        const PasteField *spns =
            paste_account_find(accounts->pdata[i], "servicePrincipalName");
        for (guint s = 0; spns && s < spns->values->len; s++) {
            g_autoptr(Spn) spn = spn_parse(spns->values->pdata[s]);
            if (spn && !is_of_hosts(search->paste, spn))
                offer(search, spns->values->pdata[s]);
        }
    }
}

/* The SPN that the text is about (transfer full); NULL: a host's, or none. */
static char *
find_spn(const Paste *paste, const Input *input)
{
    Search search = {.paste = paste};
    if (paste->named || paste->migrates)
        return NULL;
    for (guint i = 0; i < input->spns->len; i++)
        offer(&search, input->spns->pdata[i]);
    offer_commands(&search);
    if (!paste->hints_hyperv)
        offer_accounts(&search);
    return search.spn;
}

static bool
delegates(const PasteAccount *account)
{
    return (account->flags_known & (UAC_T2A4D | UAC_TRUSTED_FOR_DELEGATION)) != 0 ||
           paste_account_find(account, "msDS-AllowedToDelegateTo") ||
           paste_account_find(account, "PrincipalsAllowedToDelegateToAccount");
}

bool
paste_is_of_service(const Paste *paste, const Input *input)
{
    g_autofree char *spn = find_spn(paste, input);
    for (guint i = 0; spn && i < paste->accounts->len; i++) {
        const PasteAccount *account = paste->accounts->pdata[i];
        if (delegates(account) ||
            (account->computer && paste_may_run_hyperv(paste, account)))
            return false;
    }
    return spn != NULL;
}

static bool
speaks_of_hosts(const Paste *paste)
{
    return paste->named || paste->migrates || paste->hints_hyperv || paste->remotes;
}

/* Of a database, or of a program that is no host's, without the SPN of one: that which
 * clients ask for is of this form. */
static const char *
usual_spn(const Paste *paste, const Input *input)
{
    if (speaks_of_hosts(paste))
        return NULL;
    return paste->of_database                           ? "MSSQLSvc/SERVER-FQDN:1433"
           : paste->of_program && input->spns->len == 0 ? "SERVICE/SERVER-FQDN"
                                                        : NULL;
}

void
paste_take_subject(const Paste *paste, Diagnosis *diagnosis)
{
    g_autofree char *spn = find_spn(paste, diagnosis->input);
    if (!paste->ldif && diagnosis->subject == SUBJECT_OPEN &&
        (spn || usual_spn(paste, diagnosis->input)))
        diagnosis->subject = SUBJECT_SERVICE;
}

void
paste_take_service(const Paste *paste, Diagnosis *diagnosis)
{
    const PasteFact *told = NULL;
    if (diagnosis->audit && !paste->ldif && diagnosis->subject < SUBJECT_OTHER)
        return; /* hosts were named, and their directory was asked */
    g_autofree char *spn = find_spn(paste, diagnosis->input);
    for (guint i = 0; spn && !told && i < paste->facts->len; i++) {
        const PasteFact *fact = paste->facts->pdata[i];
        told = fact->spn && !strpbrk(fact->spn, " \"'`$;&|") ? fact : NULL;
    }
    if (told)
        diagnosis_take_service(diagnosis, told->spn, told->holder, told->owner);
    else if (spn || usual_spn(paste, diagnosis->input))
        diagnosis_take_service(diagnosis, spn ? spn : usual_spn(paste, diagnosis->input),
                               NULL, NULL);
    else if (diagnosis->subject == SUBJECT_OTHER && !speaks_of_hosts(paste))
        diagnosis_take_words(diagnosis);
}
