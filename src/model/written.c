/* Reads a name by the form it is written in, and finds whom it means. */
#include "model/written.h"

#include "base/nearest.h"
#include "base/text.h"
#include "model/dn.h"
#include "model/username.h"

#include <string.h>

#define NEAREST_SHOWN 3

/* Cleaning */

/* What people and programs put around names. */
static const char *const wraps[] = {
    " ",      "\t",     "\r",     "\n",     "\"",     "'",      "`",
    ",",      ";",      "\u201c", "\u201d", "\u201e", "\u2018", "\u2019",
    "\u00ab", "\u00bb", "\u00a0", "\u200b", "\ufeff",
};

static gsize
wrap_at_start(const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(wraps); i++)
        if (g_str_has_prefix(text, wraps[i]))
            return strlen(wraps[i]);
    return 0;
}

static gsize
wrap_at_end(const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(wraps); i++)
        if (g_str_has_suffix(text, wraps[i]))
            return strlen(wraps[i]);
    return 0;
}

static void
unwrap(char *text)
{
    char *begin = text;
    for (gsize wrap; (wrap = wrap_at_start(begin)) > 0;)
        begin += wrap;
    memmove(text, begin, strlen(begin) + 1);
    for (gsize wrap; (wrap = wrap_at_end(text)) > 0;)
        text[strlen(text) - wrap] = '\0';
}

char *
written_clean(char *text)
{
    unwrap(text);
    if (g_str_has_prefix(text, "\\\\")) {
        gsize slashes = strspn(text, "\\");
        gsize length = strcspn(text + slashes, "\\/");
        memmove(text, text + slashes, length);
        text[length] = '\0';
    }
    for (gsize length = strlen(text); length > 1 && text[length - 1] == '.'; length--)
        text[length - 1] = '\0';
    return text;
}

void
written_split(const char *text, GPtrArray *into)
{
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    for (char **part = parts; *part; part++) {
        bool whole = strchr(*part, '=') != NULL; /* a DN */
        g_auto(GStrv) names = g_strsplit(*part, whole ? ";" : ",", -1);
        for (char **name = names; *name; name++)
            if (*written_clean(*name))
                g_ptr_array_add(into, g_strdup(*name));
    }
}

/* Meaning */

static bool
is_dn(const char *text)
{
    const char *equals = strchr(text, '=');
    return equals && strchr(equals, ',') && !memchr(text, '\\', (gsize)(equals - text));
}

static bool
is_sid(const char *text, Sid *ret_sid)
{
    return g_ascii_strncasecmp(text, "S-1-", 4) == 0 && sid_parse_text(text, ret_sid);
}

WrittenForms
written_forms(const char *text)
{
    WrittenForms forms = {0};
    if (is_sid(text, &forms.sid))
        return forms;
    if (is_dn(text)) {
        forms.dn = g_strdup(text);
        return forms;
    }
    g_auto(UserName) name = username_of(text);
    if (!*name.user)
        return forms;
    /* dc1.contoso.com, and hv01@contoso.com */
    forms.dns =
        name.upn ? g_strdup_printf("%s.%s", name.user, name.domain) : g_strdup(name.user);
    forms.whole = g_strdup(text);
    forms.sam = g_steal_pointer(&name.user);
    return forms;
}

void
written_forms_clear(WrittenForms *forms)
{
    g_clear_pointer(&forms->sam, g_free);
    g_clear_pointer(&forms->dns, g_free);
    g_clear_pointer(&forms->whole, g_free);
    g_clear_pointer(&forms->dn, g_free);
}

static bool
is_called(const Account *account, const char *pattern)
{
    return text_glob(pattern, account->name) ||
           (account->sam && text_glob(pattern, account->sam)) ||
           (account->dns && text_glob(pattern, account->dns));
}

/* Whether what stands beside the name may be the account's domain: a NetBIOS name is not
 * always known. */
static bool
is_domain_of(const UserName *name, const Domain *domain)
{
    return !domain || username_names(name, domain) ||
           (!domain->netbios && !strchr(name->domain, '.'));
}

bool
written_means(const char *text, const Estate *estate, const Account *account)
{
    Sid sid = {0};
    if (is_called(account, text))
        return true;
    if (is_sid(text, &sid))
        return sid_is_set(&account->sid) && sid_equal(&sid, &account->sid);
    if (!strpbrk(text, "\\@="))
        return false;
    if (account->upn && text_equal(account->upn, text))
        return true;
    if (is_dn(text)) {
        g_autofree char *one = dn_key(text), *other = dn_key(account->dn);
        return strcmp(one, other) == 0;
    }
    g_auto(UserName) name = username_of(text);
    return name.domain && is_called(account, name.user) &&
           is_domain_of(&name, estate_home_of(estate, account));
}

static void
add_all(GPtrArray *into, const GPtrArray *accounts)
{
    for (guint i = 0; accounts && i < accounts->len; i++)
        if (!g_ptr_array_find(into, accounts->pdata[i], NULL))
            g_ptr_array_add(into, accounts->pdata[i]);
}

GPtrArray *
written_among(const char *text, const Estate *estate)
{
    GPtrArray *among = g_ptr_array_new();
    g_auto(WrittenForms) forms = written_forms(text);
    const Account *one = forms.dn                 ? estate_by_dn(estate, forms.dn)
                         : sid_is_set(&forms.sid) ? estate_by_sid(estate, &forms.sid)
                                                  : NULL;
    if (one)
        g_ptr_array_add(among, (gpointer)one);
    if (forms.sam && strpbrk(forms.sam, "*?")) {
        add_all(among, estate->accounts);
    } else if (forms.sam) {
        add_all(among, estate_by_name(estate, forms.sam));
        add_all(among, estate_by_name(estate, forms.whole));
    }
    return among;
}

GPtrArray *
written_displayed(const char *text, const Estate *estate)
{
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; i < estate->accounts->len; i++) {
        Account *account = estate->accounts->pdata[i];
        if ((account->kinds & KIND_USER) == 0 || (account->kinds & KIND_COMPUTER) != 0)
            continue;
        g_autofree char *first = dn_name(account->dn);
        if ((account->display && text_equal(account->display, text)) ||
            text_equal(first, text))
            g_ptr_array_add(found, account);
    }
    return found;
}

/* Missing */

/* "contoso.com, child.contoso.com" (transfer full). */
static char *
domains_read(const Estate *estate)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        if (domain->dns)
            g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", domain->dns);
    }
    return g_string_free(list, FALSE);
}

/* Whether the name asks for a domain that is none of those known. */
static bool
is_elsewhere(const UserName *name, const Estate *estate)
{
    for (guint i = 0; i < estate->domains->len; i++)
        if (is_domain_of(name, estate->domains->pdata[i]))
            return false;
    return estate->domains->len > 0;
}

/* The part of a name that slips of the pen are looked for in (transfer full). */
static char *
label_of(const char *text)
{
    g_auto(WrittenForms) forms = written_forms(text);
    g_autofree char *first = forms.dn ? dn_name(forms.dn) : g_strdup(forms.sam);
    return first ? g_strndup(first, strcspn(first, ".$")) : NULL;
}

static char *
nearest_to(const char *text, const Estate *estate, guint kinds)
{
    g_autofree char *label = label_of(text);
    if (!label || strpbrk(label, "*?"))
        return NULL;
    g_auto(NearestList) list = nearest_list(label, NEAREST_SHOWN);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if ((account->kinds & kinds) != 0 && account->name && !account->missing)
            nearest_list_consider(&list, account->name);
    }
    for (guint i = 0; i < estate->nearby->len; i++) {
        const char *name = estate->nearby->pdata[i];
        bool computer = g_str_has_suffix(name, "$");
        g_autofree char *bare = g_strndup(name, strlen(name) - (computer ? 1 : 0));
        if (kinds & (computer ? KIND_COMPUTER : KIND_USER))
            nearest_list_consider(&list, bare);
    }
    return nearest_list_words(&list);
}

char *
written_miss(const char *text, const Estate *estate, guint kinds, const char *what)
{
    g_auto(UserName) name = username_of(text);
    if (name.domain && !is_dn(text) && is_elsewhere(&name, estate)) {
        g_autofree char *domains = domains_read(estate);
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name.domain);
        return g_strdup_printf("%s: %s is none of the domains read (%s)", what, shown,
                               domains);
    }
    if (estate->cut_short)
        return g_strdup_printf("%s in what was read, and not all was: %s", what,
                               estate->cut_short);
    g_autofree char *near = nearest_to(text, estate, kinds);
    const char *where = estate->domain ? estate->domain : "the input";
    g_autofree char *shown = near ? text_quoted(QUOTE_TERMINAL, near) : NULL;
    return shown ? g_strdup_printf("%s in %s; did you mean %s?", what, where, shown)
                 : g_strdup_printf("%s in %s", what, where);
}

FaultCode
written_miss_fault(const Estate *estate)
{
    return estate->cut_short ? FAULT_UNREACHABLE : FAULT_CONFIG;
}
