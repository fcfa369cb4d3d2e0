/* What outputs show of accounts, put together: one may be shown by several. */
#include "pasted.h"

#include "base/limits.h"
#include "base/text.h"
#include "model/dn.h"
#include "model/spn.h"

#include <string.h>

/* Properties of the cmdlets, and the LDAP attributes that they are. */
static const struct {
    const char *property;
    const char *attribute;
} attributes[] = {
    {"SamAccountName", "sAMAccountName"},
    {"DNSHostName", "dNSHostName"},
    {"SID", "objectSid"},
    {"objectSid", "objectSid"},
    {"servicePrincipalName", "servicePrincipalName"},
    {"ServicePrincipalNames", "servicePrincipalName"},
    {"msDS-AllowedToDelegateTo", "msDS-AllowedToDelegateTo"},
    {"msDS-SupportedEncryptionTypes", "msDS-SupportedEncryptionTypes"},
    {"userAccountControl", "userAccountControl"},
    {"MemberOf", "memberOf"},
    {"primaryGroupID", "primaryGroupID"},
    {"OperatingSystem", "operatingSystem"},
    {"OperatingSystemVersion", "operatingSystemVersion"},
    {"pwdLastSet", "pwdLastSet"},
    {"lastLogonTimestamp", "lastLogonTimestamp"},
    {"msDS-AdditionalDnsHostName", "msDS-AdditionalDnsHostName"},
    {"PrincipalsAllowedToDelegateToAccount", "PrincipalsAllowedToDelegateToAccount"},
};

static const struct {
    const char *property;
    guint32 bit;
    bool turned; /* set where the property is False */
} flags[] = {
    {"Enabled", UAC_DISABLED, true},
    {"TrustedForDelegation", UAC_TRUSTED_FOR_DELEGATION, false},
    {"TrustedToAuthForDelegation", UAC_T2A4D, false},
    {"AccountNotDelegated", UAC_NOT_DELEGATED, false},
    {"LockedOut", PASTE_LOCKED, false},
    {"PasswordExpired", PASTE_PASSWORD_EXPIRED, false},
};

/* With -Properties * every attribute that has a value is shown. */
static const char *const shown_by_all[] = {"instanceType", "ObjectCategory",
                                           "userAccountControl", "uSNChanged"};

void
paste_account_free(gpointer data)
{
    PasteAccount *account = data;
    g_free(account->dn);
    g_free(account->sam);
    g_free(account->dns);
    g_ptr_array_unref(account->fields);
    g_ptr_array_unref(account->from);
    g_free(account);
}

char *
paste_account_name(const PasteAccount *account)
{
    return account->sam  ? paste_short_name(account->sam)
           : account->dn ? dn_name(account->dn)
                         : g_strdup("");
}

char *
paste_account_from(const PasteAccount *account)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < account->from->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? " and " : "",
                               (const char *)account->from->pdata[i]);
    return g_string_free(out, FALSE);
}

PasteAccount *
paste_account_named(const Paste *paste, const char *name)
{
    g_autofree char *wanted = paste_short_name(name);
    for (guint i = 0; i < paste->accounts->len; i++) {
        PasteAccount *account = paste->accounts->pdata[i];
        g_autofree char *own = paste_account_name(account);
        if (text_equal(own, wanted))
            return account;
    }
    return NULL;
}

static PasteAccount *
find_account(const Paste *paste, const char *dn, const char *sam)
{
    for (guint i = 0; i < paste->accounts->len; i++) {
        PasteAccount *account = paste->accounts->pdata[i];
        if (dn && account->dn && text_equal(dn, account->dn))
            return account;
        if (sam && account->sam && text_equal(sam, account->sam) && !(dn && account->dn))
            return account;
    }
    return NULL;
}

static PasteAccount *
add_account(Paste *paste, const char *dn, const char *sam, const char *from)
{
    PasteAccount *account = find_account(paste, dn, sam);
    if (!account) {
        if (!paste_may(paste, LIMIT_PASTE_ACCOUNTS, paste->accounts->len))
            return NULL;
        account = g_new0(PasteAccount, 1);
        account->fields = g_ptr_array_new_with_free_func(paste_field_free);
        account->from = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(paste->accounts, account);
    }
    if (dn && !account->dn)
        account->dn = g_strdup(dn);
    if (sam && !account->sam)
        account->sam = g_strdup(sam);
    if (!g_ptr_array_find_with_equal_func(account->from, from, g_str_equal, NULL) &&
        account->from->len < 8)
        g_ptr_array_add(account->from, g_strdup(from));
    paste_output(paste, from);
    return account;
}

PasteAccount *
paste_account(Paste *paste, const char *dn, const char *from)
{
    return add_account(paste, dn, NULL, from);
}

const PasteField *
paste_account_find(const PasteAccount *account, const char *attribute)
{
    for (guint i = 0; i < account->fields->len; i++)
        if (strcmp(((PasteField *)account->fields->pdata[i])->name, attribute) == 0)
            return account->fields->pdata[i];
    return NULL;
}

/* A whole list takes the place of a part; parts are put together. */
void
paste_account_add(Paste *paste, PasteAccount *account, const char *attribute,
                  const PasteField *field)
{
    PasteField *known = (PasteField *)paste_account_find(account, attribute);
    if (known && !known->partial)
        return;
    if (!known) {
        known = g_new0(PasteField, 1);
        known->name = g_strdup(attribute);
        known->values = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(account->fields, known);
    } else if (!field->partial) {
        g_ptr_array_set_size(known->values, 0);
    }
    known->partial = field->partial;
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < known->values->len; i++)
        g_hash_table_add(seen, text_fold(known->values->pdata[i]));
    for (guint i = 0; i < field->values->len; i++) {
        if (!paste_may(paste, LIMIT_PASTE_VALUES, paste->values)) {
            known->partial = true;
            return;
        }
        if (!g_hash_table_add(seen, text_fold(field->values->pdata[i])))
            continue;
        g_ptr_array_add(known->values, g_strdup(field->values->pdata[i]));
        paste->values++;
    }
}

static bool
is_class(const PasteObject *object, const char *class)
{
    const PasteField *field = paste_object_find(object, "ObjectClass");
    for (guint i = 0; field && i < field->values->len; i++)
        if (g_ascii_strcasecmp(field->values->pdata[i], class) == 0)
            return true;
    return false;
}

/* What other objects have, too: it counts where the command says of what it is. */
static bool
is_asked_account(const PasteObject *object)
{
    static const char *const marks[] = {"Enabled", "LockedOut", "PasswordExpired",
                                        "msDS-SupportedEncryptionTypes"};
    bool asked = object->command &&
                 (g_ascii_strncasecmp(object->command, "Get-ADComputer", 14) == 0 ||
                  g_ascii_strncasecmp(object->command, "Get-ADUser", 10) == 0);
    for (guint i = 0; asked && i < G_N_ELEMENTS(marks); i++)
        if (paste_object_find(object, marks[i]))
            return paste_object_text(object, "Name") != NULL;
    return false;
}

static bool
is_account(const PasteObject *object)
{
    static const char *const marks[] = {"TrustedToAuthForDelegation",
                                        "TrustedForDelegation",
                                        "msDS-AllowedToDelegateTo",
                                        "servicePrincipalName",
                                        "ServicePrincipalNames",
                                        "AccountNotDelegated",
                                        "PrincipalsAllowedToDelegateToAccount"};
    const char *dn = paste_object_text(object, "DistinguishedName");
    if (is_class(object, "group") || is_class(object, "organizationalUnit") ||
        is_class(object, "domainDNS"))
        return false;
    /* An export has objects of all kinds. */
    if (object->ldif && !is_class(object, "user") && !is_class(object, "computer"))
        return paste_object_text(object, "SamAccountName") != NULL;
    if ((dn && strchr(dn, '=')) || paste_object_text(object, "SamAccountName"))
        return true;
    g_autofree char *asked = paste_identity(object->command);
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++)
        if (paste_object_find(object, marks[i]))
            return paste_object_text(object, "Name") != NULL ||
                   paste_object_text(object, "DNSHostName") != NULL || asked;
    return is_asked_account(object);
}

static bool
is_managed(const PasteObject *object)
{
    return is_class(object, "msDS-GroupManagedServiceAccount") ||
           is_class(object, "msDS-ManagedServiceAccount") ||
           is_class(object, "msDS-DelegatedManagedServiceAccount") ||
           (object->command &&
            g_ascii_strncasecmp(object->command, "Get-ADServiceAccount", 20) == 0);
}

/* It lists whoever is locked, whether it has a part in the error or not. */
static bool
is_search(const PasteObject *object)
{
    return object->command &&
           g_ascii_strncasecmp(object->command, "Search-ADAccount", 16) == 0;
}

static void
take_flags(PasteAccount *account, const PasteObject *object)
{
    for (guint i = 0; i < G_N_ELEMENTS(flags); i++) {
        const char *text = paste_object_text(object, flags[i].property);
        bool yes = text && g_ascii_strcasecmp(text, "true") == 0;
        bool no = text && g_ascii_strcasecmp(text, "false") == 0;
        if (!yes && !no)
            continue;
        account->flags_known |= flags[i].bit;
        if (yes != flags[i].turned)
            account->flags_on |= flags[i].bit;
    }
}

static void
take_fields(Paste *paste, PasteAccount *account, const PasteObject *object)
{
    bool all = true;
    for (guint i = 0; i < G_N_ELEMENTS(shown_by_all); i++)
        all = all && paste_object_find(object, shown_by_all[i]);
    for (guint i = 0; i < G_N_ELEMENTS(attributes); i++) {
        const PasteField *field = paste_object_find(object, attributes[i].property);
        if (field)
            paste_account_add(paste, account, attributes[i].attribute, field);
    }
    static const char *const empty[] = {"msDS-AllowedToDelegateTo",
                                        "servicePrincipalName",
                                        "msDS-SupportedEncryptionTypes"};
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    for (guint i = 0; all && i < G_N_ELEMENTS(empty); i++)
        if (!paste_account_find(account, empty[i]))
            paste_account_add(paste, account, empty[i], &(PasteField){.values = none});
}

static void
take_object(Paste *paste, PasteObject *object)
{
    const char *dn = paste_object_text(object, "DistinguishedName");
    const char *sam = paste_object_text(object, "SamAccountName");
    const char *dns = paste_object_text(object, "DNSHostName");
    const char *name = paste_object_text(object, "Name");
    bool managed = is_managed(object);
    bool user =
        is_class(object, "user") ||
        (object->command && g_ascii_strncasecmp(object->command, "Get-ADUser", 10) == 0);
    bool computer =
        !managed && !user &&
        (is_class(object, "computer") || dns || (sam && strchr(sam, '$')) || !sam);
    const char *tool = object->ldif        ? "entry of"
                       : is_search(object) ? "Search-ADAccount"
                       : managed           ? "Get-ADServiceAccount"
                       : user              ? "Get-ADUser"
                                           : "Get-ADComputer";
    g_autofree char *first = dn ? dn_name(dn) : NULL;
    g_autofree char *asked = paste_identity(object->command);
    const char *whom = name ? name : sam ? sam : dns ? dns : first ? first : asked;
    g_autofree char *shorter = paste_short_name(whom ? whom : "");
    if (!*shorter)
        return;
    g_autofree char *from = g_strdup_printf("%s %s", tool, shorter);
    g_autofree char *made =
        computer ? g_strconcat(shorter, "$", NULL) : g_strdup(shorter);
    PasteAccount *account =
        add_account(paste, dn && strchr(dn, '=') ? dn : NULL, sam ? sam : made, from);
    if (!account)
        return;
    account->managed = account->managed || managed;
    account->user = account->user || user;
    account->computer = account->computer || computer;
    take_fields(paste, account, object);
    take_flags(account, object);
    paste_take_lines(paste, object->first, object->last);
}

void
paste_take_accounts(Paste *paste)
{
    for (guint i = 0; i < paste->objects->len; i++)
        if (is_account(paste->objects->pdata[i]))
            take_object(paste, paste->objects->pdata[i]);
}

/* What only computers hold of their own name. */
static bool
is_of_computers(const Spn *spn)
{
    static const char *const classes[] = {SPN_HOST,    SPN_MIGRATION, SPN_REPLICA,
                                          SPN_CONSOLE, SPN_WSMAN,     "RestrictedKrbHost",
                                          "TERMSRV"};
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
        if (text_equal(spn->class, classes[i]))
            return true;
    return false;
}

static void
learn_from_spns(PasteAccount *account, const char *name, const PasteField *spns)
{
    for (guint i = 0; i < spns->values->len; i++) {
        g_autoptr(Spn) spn = spn_parse(spns->values->pdata[i]);
        g_autofree char *label = spn ? paste_short_name(spn->host) : NULL;
        if (!spn || !text_equal(label, name) || !is_of_computers(spn))
            continue;
        account->computer = true;
        if (strchr(spn->host, '.') && !account->dns)
            account->dns = g_strdup(spn->host);
    }
}

static void
finish_account(const Paste *paste, PasteAccount *account)
{
    const PasteField *spns = paste_account_find(account, "servicePrincipalName");
    const PasteField *dns = paste_account_find(account, "dNSHostName");
    g_autofree char *name = paste_account_name(account);
    if (dns && dns->values->len > 0 && !account->dns)
        account->dns = g_strdup(dns->values->pdata[0]);
    bool told = account->computer || account->user || account->managed;
    if (spns && !account->user && !account->managed)
        learn_from_spns(account, name, spns);
    g_autofree char *folded = account->dn ? g_utf8_casefold(account->dn, -1) : NULL;
    if (!told && folded && strstr(folded, ",cn=managed service accounts,"))
        account->managed = told = true;
    if (!told && folded &&
        (strstr(folded, ",cn=computers,") || strstr(folded, ",ou=domain controllers,") ||
         (spns && !spns->partial && spns->values->len == 0 &&
          paste_may_run_hyperv(paste, account))))
        account->computer = true;
    if (account->computer && !account->sam)
        account->sam = g_strconcat(name, "$", NULL);
    if (!account->computer || account->dns || dns || !account->dn || !spns ||
        spns->partial)
        return;
    g_autofree char *domain = dn_domain(account->dn);
    g_autofree char *lower = g_utf8_strdown(name, -1);
    account->dns = domain ? g_strconcat(lower, ".", domain, NULL) : NULL;
    account->supposed_dns = account->dns != NULL;
}

void
paste_finish_accounts(Paste *paste)
{
    for (guint i = 0; i < paste->accounts->len; i++)
        finish_account(paste, paste->accounts->pdata[i]);
}
