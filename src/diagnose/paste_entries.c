/* Accounts as LDIF: what a tool printed is in it, what it did not was not asked for. */
#include "pasted.h"

#include "base/text.h"
#include "model/dn.h"
#include "model/sid.h"
#include "model/spn.h"

#include <string.h>

#define OTHER "OTHER-HOST" /* stands in for the partner that nothing names */
#define PRINCIPALS "PrincipalsAllowedToDelegateToAccount"
#define RBCD "msDS-AllowedToActOnBehalfOfOtherIdentity"

static void
write_value(GString *out, const char *attribute, const void *data, gsize length)
{
    g_autofree char *text = g_base64_encode(data, length);
    g_string_append_printf(out, "%s:: %s\n", attribute, text);
}

static void
write_text(GString *out, const char *attribute, const char *text)
{
    write_value(out, attribute, text, strlen(text));
}

static void
write_class(GString *out, const PasteAccount *account)
{
    if (!account->computer && !account->user && !account->managed)
        return;
    write_text(out, "objectClass", "user");
    if (account->computer || account->managed)
        write_text(out, "objectClass", "computer");
    if (account->managed)
        write_text(out, "objectClass", "msDS-GroupManagedServiceAccount");
}

/* userAccountControl, where every bit that decides anything was printed on its own. */
static bool
flags_decide(const PasteAccount *account, guint32 *ret_value)
{
    const guint32 all =
        UAC_DISABLED | UAC_TRUSTED_FOR_DELEGATION | UAC_T2A4D | UAC_NOT_DELEGATED;
    g_autofree char *folded = account->dn ? g_utf8_casefold(account->dn, -1) : NULL;
    bool dc = folded && strstr(folded, "ou=domain controllers");
    if ((account->flags_known & all) != all || !account->computer)
        return false;
    *ret_value =
        (account->flags_on & all) | (dc ? UAC_DOMAIN_CONTROLLER : UAC_WORKSTATION);
    return true;
}

/* The descriptor that the cmdlet wrote for these principals; false: of one of them the
 * SID is not known, so that it says nothing of who is let in. */
static bool
write_descriptor(const Paste *paste, const PasteField *principals, GByteArray *out)
{
    static const guint8 head[] = {1, 0, 4, 0x80, 20, 0, 0,  0, 0, 0,
                                  0, 0, 0, 0,    0,  0, 36, 0, 0, 0};
    static const guint8 owner[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
    g_autoptr(GByteArray) aces = g_byte_array_new();
    for (guint i = 0; i < principals->values->len; i++) {
        g_autofree char *name = dn_name(principals->values->pdata[i]);
        const PasteAccount *account = paste_account_named(paste, name);
        const PasteField *text =
            account ? paste_account_find(account, "objectSid") : NULL;
        Sid sid;
        if (!text || text->values->len == 0 ||
            !sid_parse_text(text->values->pdata[0], &sid) || i > 100)
            return false;
        guint8 size = (guint8)(8 + 8 + 4 * sid.count);
        const guint8 ace[] = {0, 0, size, 0, 0xFF, 1, 0x0F, 0};
        g_byte_array_append(aces, ace, sizeof ace);
        sid_write(&sid, aces);
    }
    guint length = aces->len + 8;
    const guint8 list[] = {
        2, 0, (guint8)length, (guint8)(length >> 8), (guint8)principals->values->len, 0,
        0, 0};
    g_byte_array_append(out, head, sizeof head);
    g_byte_array_append(out, owner, sizeof owner);
    g_byte_array_append(out, list, sizeof list);
    g_byte_array_append(out, aces->data, aces->len);
    return true;
}

static void
write_principals(const Paste *paste, GString *out, GString *asked,
                 const PasteField *principals)
{
    g_autoptr(GByteArray) descriptor = g_byte_array_new();
    if (principals->partial)
        return;
    if (principals->values->len > 0) {
        if (!write_descriptor(paste, principals, descriptor))
            return;
        write_value(out, RBCD, descriptor->data, descriptor->len);
    }
    g_string_append(asked, " " RBCD);
}

static void
write_field(const Paste *paste, GString *out, GString *asked, const PasteField *field)
{
    if (strcmp(field->name, PRINCIPALS) == 0) {
        write_principals(paste, out, asked, field);
        return;
    }
    bool names = strcmp(field->name, "sAMAccountName") == 0 ||
                 strcmp(field->name, "dNSHostName") == 0;
    if (names)
        return;
    /* A part of a list stands as a part, and counts as not read. */
    g_autofree char *part =
        g_strdup_printf("%s;range=0-%u", field->name, MAX(field->values->len, 1) - 1);
    for (guint i = 0; i < field->values->len; i++)
        write_text(out, field->partial ? part : field->name, field->values->pdata[i]);
    if (!field->partial)
        g_string_append_printf(asked, " %s", field->name);
}

static void
write_account(const Paste *paste, GString *out, const PasteAccount *account,
              const char *domain)
{
    g_autoptr(GString) body = g_string_new(NULL);
    g_autoptr(GString) asked = g_string_new("# requesting: objectClass");
    g_autofree char *name = paste_account_name(account);
    g_autofree char *quoted = text_quoted(QUOTE_DN, name);
    g_autofree char *dn = account->dn ? g_strdup(account->dn)
                                      : g_strdup_printf("CN=%s,CN=Computers,%s",
                                                        quoted ? quoted : "?", domain);
    guint32 value;
    write_text(body, "dn", dn);
    write_class(body, account);
    if (account->sam) {
        write_text(body, "sAMAccountName", account->sam);
        g_string_append(asked, " sAMAccountName");
    }
    if (account->dns)
        write_text(body, "dNSHostName", account->dns);
    if (account->dns || paste_account_find(account, "dNSHostName"))
        g_string_append(asked, " dNSHostName");
    for (guint i = 0; i < account->fields->len; i++)
        write_field(paste, body, asked, account->fields->pdata[i]);
    if (!paste_account_find(account, "userAccountControl") &&
        flags_decide(account, &value)) {
        g_autofree char *number = g_strdup_printf("%u", value);
        write_text(body, "userAccountControl", number);
        g_string_append(asked, " userAccountControl");
    }
    g_string_append_printf(out, "%s\n%s\n", asked->str, body->str);
}

/* The domain of those that are shown without a DN. */
static char *
domain_of(const Paste *paste)
{
    for (guint i = 0; i < paste->accounts->len; i++) {
        const PasteAccount *account = paste->accounts->pdata[i];
        for (const char *at = account->dn; at; at = dn_parent(at))
            if (g_ascii_strncasecmp(at, "DC=", 3) == 0)
                return g_strdup(at);
        const char *dot = account->dns ? strchr(account->dns, '.') : NULL;
        if (!dot || strpbrk(dot, ",=\\ "))
            continue;
        g_auto(GStrv) labels = g_strsplit(dot + 1, ".", 20);
        g_autofree char *rest = g_strjoinv(",DC=", labels);
        return g_strconcat("DC=", rest, NULL);
    }
    return g_strdup("DC=unknown");
}

void
paste_write_entries(Paste *paste)
{
    g_autofree char *domain = domain_of(paste);
    paste->ldif = g_string_new("version: 1\n\n");
    for (guint i = 0; i < paste->accounts->len; i++)
        write_account(paste, paste->ldif, paste->accounts->pdata[i], domain);
}

/* Which two hosts it is about. */

/* A host that is named and not shown: all that is known is its name. */
static PasteAccount *
add_named(Paste *paste, const char *name)
{
    PasteAccount *account = g_new0(PasteAccount, 1);
    g_autofree char *shorter = paste_short_name(name);
    account->fields = g_ptr_array_new_with_free_func(paste_field_free);
    account->from = g_ptr_array_new_with_free_func(g_free);
    account->computer = true;
    account->sam = g_strconcat(shorter, "$", NULL);
    if (strchr(name, '.'))
        account->dns = g_strdup(name);
    g_ptr_array_add(paste->accounts, account);
    return account;
}

static PasteAccount *
host_named(Paste *paste, const char *name)
{
    PasteAccount *account = paste_account_named(paste, name);
    if (!account)
        return add_named(paste, name);
    if (!account->computer && !account->user && !account->managed) {
        account->computer = true;
        g_autofree char *own = paste_account_name(account);
        if (!account->sam)
            account->sam = g_strconcat(own, "$", NULL);
        if (strchr(name, '.') && !account->dns)
            account->dns = g_strdup(name);
    }
    return account;
}

/* The nth computer that outputs show, but for one; NULL: there are fewer. */
static PasteAccount *
nth_computer(const Paste *paste, guint nth, const PasteAccount *but)
{
    for (guint i = 0; i < paste->accounts->len; i++) {
        PasteAccount *account = paste->accounts->pdata[i];
        if (account->computer && account != but && nth-- == 0)
            return account;
    }
    return NULL;
}

static bool
is_web(const Spn *spn)
{
    return text_equal(spn->class, SPN_HTTP) || text_equal(spn->class, SPN_WSMAN);
}

/* A host that values of an attribute name, and that is not the account itself (transfer
 * full); NULL: none. `with_web`: by SPNs of web sites, too. */
static char *
host_in(const PasteAccount *account, const char *attribute, bool with_web)
{
    const PasteField *field = paste_account_find(account, attribute);
    g_autofree char *own = paste_account_name(account);
    for (guint i = 0; field && i < field->values->len; i++) {
        g_autoptr(Spn) spn = spn_parse(field->values->pdata[i]);
        g_autofree char *label = spn ? paste_short_name(spn->host) : NULL;
        if (label && *label && !text_equal(label, own) && (with_web || !is_web(spn)))
            return g_strdup(label);
    }
    return NULL;
}

/* `said`: whom the text names for that end; NULL: nobody.  `sure`: by an SPN that was
 * asked for. */
static PasteAccount *
partner_of(Paste *paste, const PasteAccount *account, const char *said, bool sure)
{
    PasteAccount *other = nth_computer(paste, 0, account);
    g_autofree char *listed =
        other || sure ? NULL : host_in(account, "msDS-AllowedToDelegateTo", true);
    if (!other)
        other = host_named(paste, listed ? listed : said ? said : OTHER);
    return other == account ? add_named(paste, OTHER) : other;
}

/* Of accounts that are no computers: whose SPNs they hold.  A web site's name is a
 * host's only where the text is about hosts. */
static PasteAccount *
host_of_spns(Paste *paste)
{
    bool with_web = paste->migrates || paste->hints_hyperv || paste->remotes;
    for (guint i = 0; i < paste->accounts->len; i++) {
        g_autofree char *name =
            host_in(paste->accounts->pdata[i], "servicePrincipalName", with_web);
        if (name)
            return host_named(paste, name);
    }
    return NULL;
}

/* Whether the name is that of an account that outputs show. */
static bool
is_shown(const Paste *paste, const char *name)
{
    return name && paste_account_named(paste, name);
}

static char *
ldif_name(const PasteAccount *account)
{
    return account->dns && !account->supposed_dns ? g_strdup(account->dns)
                                                  : paste_account_name(account);
}

/* An account that acts for users and is no computer: what it delegates to is no pair of
 * hosts. */
static bool
is_of_accounts(const Paste *paste)
{
    bool acts = false;
    for (guint i = 0; i < paste->accounts->len; i++) {
        const PasteAccount *account = paste->accounts->pdata[i];
        if (account->computer)
            return false;
        acts = acts || ((account->user || account->managed) &&
                        paste_account_find(account, "msDS-AllowedToDelegateTo"));
    }
    return acts && !paste->migrates && !paste->hints_hyperv;
}

/* Whether the SPN that was asked for is that of a service with an account of its own. */
static bool
asks_service(const Paste *paste, const Input *input)
{
    g_autoptr(Spn) spn = input->spns->len > 0 ? spn_parse(input->spns->pdata[0]) : NULL;
    return spn && !paste->migrates && !paste->hints_hyperv && !is_web(spn) &&
           paste_is_of_services(spn);
}

static bool
settle_ends(Paste *paste, const Input *input, const char *from, const char *to)
{
    PasteAccount *source = from ? host_named(paste, from) : NULL;
    PasteAccount *target = to ? host_named(paste, to) : NULL;
    if (!paste->named && (is_of_accounts(paste) || asks_service(paste, input)))
        return false;
    if (!source && !target) {
        PasteAccount *first = nth_computer(paste, 0, NULL);
        bool acts =
            first && (first->flags_known & (UAC_T2A4D | UAC_TRUSTED_FOR_DELEGATION)) != 0;
        acts = acts || (first && paste_account_find(first, "msDS-AllowedToDelegateTo"));
        source = acts ? first : NULL;
        target = acts ? NULL : first ? first : host_of_spns(paste);
    }
    if (!source && !target)
        return false;
    paste->either_way = !from && (!to || !paste->told_target);
    if (!source)
        source = partner_of(paste, target, input->source, false);
    if (!target)
        target = partner_of(paste, source, input->target, input->spns->len > 0);
    paste->source = ldif_name(source);
    paste->target = ldif_name(target);
    return source != target && source->computer && target->computer;
}

/* Whether the name is that of an account that runs no host. */
static bool
is_person(const Paste *paste, const char *name)
{
    const PasteAccount *account = name ? paste_account_named(paste, name) : NULL;
    return account && !account->computer && (account->user || account->managed);
}

bool
paste_pair(Paste *paste, const Input *input, const char *from, const char *to)
{
    paste->named = from || to;
    paste->told_target = to || input->target;
    if (paste->accounts->len == 0 || paste->ldif)
        return false;
    const char *target = input->target           ? input->target
                         : input->hosts->len > 0 ? input->hosts->pdata[0]
                                                 : NULL;
    /* A text may name machines that have no part in it. */
    bool told = is_shown(paste, input->source) || is_shown(paste, target);
    if (!from && !to && told) {
        from = is_person(paste, input->source) ? NULL : input->source;
        to = is_person(paste, target) ? NULL : target;
    }
    if (paste_is_of_service(paste, input) || !settle_ends(paste, input, from, to))
        return false;
    paste_write_entries(paste);
    return true;
}

const char *
paste_ldif(const Paste *paste)
{
    return paste->ldif ? paste->ldif->str : NULL;
}

const char *
paste_source(const Paste *paste)
{
    return paste->source;
}

const char *
paste_target(const Paste *paste)
{
    return paste->target;
}
