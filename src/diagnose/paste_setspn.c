/* Outputs of setspn, and lists of SPNs that PowerShell expanded. */
#include "pasted.h"

#include "base/text.h"
#include "model/dn.h"
#include "model/spn.h"

#include <string.h>

#define CLASS_MAX 80

/* Whether a text is an SPN as setspn prints one: no sentence with a slash in it. */
static bool
is_spn(const char *text)
{
    g_autoptr(Spn) spn = spn_parse(text);
    return spn && !strpbrk(spn->host, " =\"'<>()") && strlen(spn->class) <= CLASS_MAX &&
           !strpbrk(spn->class, ":=,\"'<>()\\") && *spn->class != '-' &&
           !(spn->port && strchr(spn->port, ' ')) &&
           !(spn->name && strchr(spn->name, ' '));
}

/* One SPN, which mail may have cut into two lines.  Gives how many lines it is. */
static guint
take_spn(Paste *paste, guint at, PasteField *field)
{
    const PasteLine *line = paste_line_here(paste, at), *next = paste_line(paste, at + 1);
    const char *body = paste_body(line);
    if (is_spn(body)) {
        paste_field_add(paste, field, body);
        return 1;
    }
    gsize lead;
    bool colon;
    g_autofree char *dn = paste_dn(body, &lead, &colon);
    if (dn || !next || next->blank || next->prompted || strlen(body) > CLASS_MAX ||
        strpbrk(body, ":=!\""))
        return 0;
    bool inside = g_str_has_suffix(body, "/") || g_str_has_suffix(body, "-");
    g_autofree char *both = g_strconcat(body, inside ? "" : " ", paste_body(next), NULL);
    if (is_spn(paste_body(next)) && !strchr(paste_body(next), ' ') && !is_spn(both))
        return 0;
    /* Only the class of Hyper-V's SPNs has blanks at which one could be cut. */
    if (!is_spn(both) || !(inside || g_str_has_prefix(body, "Microsoft ") ||
                           g_str_has_prefix(body, "Hyper-V ")))
        return 0;
    paste_field_add(paste, field, both);
    return 2;
}

/* One that was cut in the middle, so that it is not known. */
static bool
is_chopped_spn(const Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at), *next = paste_line(paste, at + 1);
    gsize lead;
    bool colon;
    if (!paste_is_chopped(paste, at) || line->indent <= next->indent ||
        is_spn(paste_body(next)))
        return false;
    g_autofree char *dn = paste_dn(paste_body(next), &lead, &colon);
    return !dn && !g_str_has_prefix(paste_body(line), "Microsoft ") &&
           !strchr(paste_body(next), ' ');
}

/* The SPNs from a line on. */
static guint
take_spns(Paste *paste, guint at, PasteField *field)
{
    guint taken = 0, used;
    const PasteLine *line;
    while ((line = paste_line(paste, at + taken)) != NULL && !line->blank &&
           !line->prompted) {
        bool chopped = is_chopped_spn(paste, at + taken);
        if (paste_is_cut_mark(paste_body(line)) || chopped) {
            field->partial = true;
            paste->chopped = paste->chopped || chopped;
            taken += chopped ? 2 : 1;
            continue;
        }
        used = take_spn(paste, at + taken, field);
        if (used == 0)
            break;
        taken += used;
    }
    return taken;
}

static bool
has_word(const char *text, const char *word)
{
    g_autofree char *folded = text ? g_utf8_casefold(text, -1) : NULL;
    return folded && strstr(folded, word);
}

/* Whether a command passed on only a part of what a tool printed. */
static bool
is_filtered(const PasteLine *line)
{
    return has_word(line->command, "findstr") ||
           has_word(line->command, "select-string") ||
           has_word(line->command, "| find ") || has_word(line->command, "|find ") ||
           has_word(line->command, "where-object") || has_word(line->command, "| ? ") ||
           has_word(line->command, "| sls ");
}

static PasteField *
spn_field(void)
{
    PasteField *field = g_new0(PasteField, 1);
    field->name = g_strdup("servicePrincipalName");
    field->values = g_ptr_array_new_with_free_func(g_free);
    return field;
}

static void
give(Paste *paste, const char *from, const char *dn, const PasteField *field)
{
    PasteAccount *account = paste_account(paste, dn, from);
    if (account)
        paste_account_add(paste, account, "servicePrincipalName", field);
}

static bool
has_class(const PasteField *field, const char *class)
{
    for (guint i = 0; i < field->values->len; i++) {
        g_autoptr(Spn) spn = spn_parse(field->values->pdata[i]);
        if (spn && text_equal(spn->class, class))
            return true;
    }
    return false;
}

/* -Q prints all SPNs of an account that it finds.  Whether nobody cut that: what every
 * computer has is there, and so is the exclamation at the end, in any language. */
static bool
is_whole_answer(const Paste *paste, guint at, const PasteField *field)
{
    const PasteLine *line;
    while ((line = paste_line(paste, at)) != NULL && line->blank)
        at++;
    return line && !line->prompted && g_str_has_suffix(paste_body(line), "!") &&
           has_class(field, SPN_HOST) && has_class(field, "RestrictedKrbHost");
}

/* "Registered ServicePrincipalNames for CN=...:" and what is below, in any language; or
 * -Q's "CN=..." alone, of which more may be somewhere else where it was cut. */
static guint
take_account(Paste *paste, guint at, const char *dn, bool colon)
{
    const PasteLine *line = paste_line_here(paste, at);
    PasteField *field = spn_field();
    guint taken = 1 + take_spns(paste, at + 1, field);
    bool head = has_word(paste_body(line), "registered serviceprincipalnames");
    bool listed = head || (colon && has_word(line->command, "setspn"));
    bool mine = field->values->len > 0 || listed;
    if (mine) {
        bool whole = colon || is_whole_answer(paste, at + taken, field);
        field->partial = field->partial || !whole || is_filtered(line);
        g_autofree char *name = dn_name(dn);
        bool writes = has_word(line->command, "setspn -s");
        g_autofree char *from = g_strdup_printf("setspn %s %s",
                                                colon    ? "-L"
                                                : writes ? "-S, account"
                                                         : "-Q, account",
                                                name);
        give(paste, from, dn, field);
        paste_take_lines(paste, at, at + taken - 1);
    }
    paste_field_free(field);
    return mine ? taken : 0;
}

/* An SPN of a computer's own belongs to the computer of that name: the line that takes it
 * from the other account; else what to do (transfer full). */
static char *
fix_of(const char *text, const GPtrArray *dns)
{
    g_autoptr(Spn) spn = spn_parse(text);
    g_autofree char *host = spn ? paste_short_name(spn->host) : NULL;
    g_autofree char *other = NULL;
    bool own = false;
    for (guint i = 0; i < dns->len; i++) {
        g_autofree char *name = dn_name(dns->pdata[i]);
        bool here = text_equal(name, host);
        own = own || here;
        if (!here && !other)
            other = g_steal_pointer(&name);
    }
    if (own && other && dns->len == 2 && !paste_is_of_services(spn) &&
        !strpbrk(other, " \"'`$;&|"))
        return g_strdup_printf("It belongs to %s: setspn -D \"%s\" %s takes it from the "
                               "other.",
                               host, text, other);
    return g_strdup("Leave it with the account that the service runs under (setspn -D "
                    "from the others).");
}

static void
tell_group(Paste *paste, const char *spn, const GPtrArray *dns)
{
    if (dns->len < 2)
        return;
    g_autoptr(GString) owners = g_string_new(NULL);
    for (guint i = 0; i < dns->len; i++)
        g_string_append_printf(owners, "%s%s", i > 0 ? " and " : "",
                               (char *)dns->pdata[i]);
    g_autofree char *fix = fix_of(spn, dns);
    paste_fact(paste, "spn-duplicate", FACT_CONFIRMS, WEIGHS_SIGN_IN, "setspn -X",
               "%s is on %u accounts: %s. %s", spn, dns->len, owners->str, fix);
    paste_fact_of(paste, spn, NULL, NULL);
}

/* "SPN is registered on these accounts:", DNs below it, in any language. */
static guint
take_group(Paste *paste, guint at)
{
    const char *body = paste_body(paste_line_here(paste, at));
    const char *slash = strchr(body, '/');
    gsize length = slash ? (gsize)(slash - body) + strcspn(slash, " ") : 0;
    g_autofree char *spn = g_strndup(body, length);
    if (!g_str_has_suffix(body, ":") || body[length] != ' ' || !is_spn(spn))
        return 0;
    PasteField *field = spn_field();
    guint taken = 1;
    field->partial = true;
    paste_field_add(paste, field, spn);
    const PasteLine *line;
    g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);
    while ((line = paste_line(paste, at + taken)) != NULL && !line->blank &&
           !line->prompted) {
        gsize lead = 0;
        bool colon = false;
        char *dn = paste_dn(paste_body(line), &lead, &colon);
        if (!dn || lead > 0 || colon) {
            g_free(dn);
            break;
        }
        g_ptr_array_add(dns, dn);
        taken++;
    }
    for (guint i = 0; i < dns->len; i++)
        give(paste, "setspn -X", dns->pdata[i], field);
    paste_field_free(field);
    if (dns->len == 0)
        return 0;
    tell_group(paste, spn, dns);
    paste_take_lines(paste, at, at + taken - 1);
    return taken;
}

/* "CLASS/HOST*" and "CLASS/" with a star find more than CLASS/HOST, and a star in place
 * of the class also finds HOST/HOST, which every computer has: where they find nobody,
 * that is on no account either.  NULL: something else was asked. */
static Spn *
asked_spn(const char *asked)
{
    bool any = asked && g_str_has_prefix(asked, "*/");
    const char *from = any ? asked + 2 : asked;
    gsize length = from ? strcspn(from, "*") : 0;
    bool open = length > 0 && from[length] == '*' && from[length + 1] == '\0';
    bool whole = length > 0 && from[length] == '\0';
    if (!whole && !open)
        return NULL;
    bool every = from[length - 1] == '/';
    if (every && (any || whole))
        return NULL;
    g_autofree char *spn = g_strdup_printf("%s%.*s%s", any ? SPN_HOST "/" : "",
                                           (int)length, from, every ? "*" : "");
    return spn_parse(spn);
}

/* What -Q did not find. */
static guint
take_nobody(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    if (!has_word(paste_body(line), "no such spn found"))
        return 0;
    g_autofree char *asked = paste_argument(line->command, "-Q");
    g_autoptr(Spn) spn = asked_spn(asked);
    paste_take_lines(paste, at, at);
    paste_output(paste, "setspn -Q");
    if (!spn)
        return 1;
    g_autofree char *from = g_strdup_printf("setspn -Q %s", asked);
    bool migration = text_equal(spn->class, SPN_MIGRATION);
    if (migration || text_equal(spn->class, SPN_HOST))
        paste_fact(paste, migration ? "spn-migration" : "spn-host", FACT_CONFIRMS,
                   WEIGHS_SIGN_IN, from, "setspn found %s on no account%s.", asked,
                   migration ? ", and no other SPN stands in for it" : "");
    else if (paste_is_of_services(spn) && !text_equal(spn->class, SPN_HTTP)) {
        /* HOST, which each computer has, stands in for HTTP. */
        paste_fact(paste, "spn-migration", FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                   "setspn found %s on no account.", asked);
        paste_fact_of(paste, asked, NULL, NULL);
    }
    return 1;
}

/* The account that the outputs show it on; NULL: none. */
static const PasteAccount *
holder_of(const Paste *paste, const char *spn)
{
    for (guint i = 0; i < paste->accounts->len; i++) {
        const PasteAccount *account = paste->accounts->pdata[i];
        const PasteField *spns = paste_account_find(account, "servicePrincipalName");
        for (guint s = 0; spns && s < spns->values->len; s++)
            if (text_equal(spns->values->pdata[s], spn))
                return account;
    }
    return NULL;
}

/* What -S did not register, because the account printed above it holds it.  The sentence
 * stays in the text: the tables know it, too. */
static void
take_refused(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    if (!has_word(paste_body(line), "duplicate spn found"))
        return;
    g_autofree char *spn = paste_argument(line->command, "-S");
    const PasteAccount *holder = spn ? holder_of(paste, spn) : NULL;
    g_autofree char *whom = holder ? paste_argument(line->command, spn) : NULL;
    if (!whom)
        return;
    g_autofree char *owner = paste_short_name(whom);
    g_autofree char *name = paste_account_name(holder);
    paste_fact(paste, "spn-elsewhere", FACT_CONFIRMS, WEIGHS_SIGN_IN, "setspn -S",
               "%s is on %s, so that it was not registered for %s.", spn,
               holder->dn ? holder->dn : name, owner);
    paste_fact_of(paste, spn, name, owner);
}

/* What setspn says of itself; the numbers in it are no codes. */
static void
take_talk(Paste *paste, guint at)
{
    static const char *const talk[] = {
        "Checking domain DC=", "Checking forest DC=", "Processing entry ",
        "Existing SPN found",  "found 0 group",       "found 1 group"};
    for (guint i = 0; i < G_N_ELEMENTS(talk); i++)
        if (g_str_has_prefix(paste_body(paste_line_here(paste, at)), talk[i]))
            paste_take_lines(paste, at, at);
}

guint
paste_read_setspn(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    if (line->blank || line->prompted)
        return 0;
    take_talk(paste, at);
    take_refused(paste, at);
    guint taken = take_nobody(paste, at);
    if (taken == 0)
        taken = take_group(paste, at);
    if (taken > 0)
        return taken;
    gsize lead = 0;
    bool colon = false;
    g_autofree char *dn = paste_dn(paste_body(line), &lead, &colon);
    /* A unit is no account: its CN was cut off with the line before it. */
    if (dn && (colon || lead == 0) && g_ascii_strncasecmp(dn, "OU=", 3) != 0)
        return take_account(paste, at, dn, colon);
    return 0;
}

/* "... | select -expand msDS-AllowedToDelegateTo", "(...).'msDS-AllowedToDelegateTo'"
 * (transfer full); NULL: neither. */
static char *
expanded_attribute(const char *command)
{
    const char *dot = strstr(command, ").");
    char *attribute = paste_argument(command, "-ExpandProperty");
    if (!attribute)
        attribute = paste_argument(command, "-expand");
    if (!attribute && dot && *command == '(') {
        dot += 2 + strspn(dot + 2, "'\"");
        attribute = g_strndup(dot, strcspn(dot, "'\" |."));
    }
    return attribute;
}

/* The DNs from a line on. */
static guint
take_groups(Paste *paste, guint at, PasteField *field)
{
    guint taken = 0;
    const PasteLine *line;
    while ((line = paste_line(paste, at + taken)) != NULL && !line->blank &&
           !line->prompted) {
        if (paste_is_cut_mark(paste_body(line))) {
            field->partial = true;
            taken++;
            continue;
        }
        gsize lead = 0;
        bool colon = false;
        g_autofree char *dn = paste_dn(paste_body(line), &lead, &colon);
        if (!dn)
            break;
        paste_field_add(paste, field, dn);
        taken++;
    }
    return taken;
}

/* whoami /groups: that of Protected Users is known by the end of its SID. */
guint
paste_read_whoami(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    const char *sid = strstr(line->text, "S-1-5-21-");
    gsize length = sid ? 4 + strspn(sid + 4, "0123456789-") : 0;
    if (!sid || line->prompted || !has_word(line->command, "whoami"))
        return 0;
    paste_output(paste, "whoami /groups");
    paste_take_lines(paste, at, at);
    if (length > 4 && strncmp(sid + length - 4, "-525", 4) == 0)
        paste_fact(paste, "operator-protected", FACT_CONFIRMS, WEIGHS_SIGN_IN,
                   "whoami /groups", "the user is a member of Protected Users.");
    return 1;
}

/* Get-ADComputer HV01 -Properties ... | Select-Object -ExpandProperty ...: the values
 * alone, a line each. */
guint
paste_read_expanded(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    if (!line->prompted || !has_word(line->command, "get-ad"))
        return 0;
    g_autofree char *attribute = expanded_attribute(line->command);
    g_autofree char *whom = paste_identity(line->command);
    if (!attribute || !whom)
        return 0;
    bool list = g_ascii_strcasecmp(attribute, "msDS-AllowedToDelegateTo") == 0;
    bool spns = g_ascii_strncasecmp(attribute, "servicePrincipalName", 20) == 0;
    bool groups = g_ascii_strcasecmp(attribute, "memberOf") == 0;
    if (!list && !spns && !groups)
        return 0;
    PasteField *field = spn_field();
    guint first = at + 1;
    while (paste_line(paste, first) && paste_line(paste, first)->blank)
        first++;
    guint taken =
        groups ? take_groups(paste, first, field) : take_spns(paste, first, field);
    /* Nothing below it, up to the next prompt: the attribute is empty. */
    const PasteLine *after = paste_line(paste, first);
    bool mine = taken > 0 || (after && after->prompted);
    if (mine) {
        PasteObject *object = paste_object_new(paste, at);
        PasteField *sam = paste_object_add(paste, object, "SamAccountName", 14);
        g_autofree char *shorter = paste_short_name(whom);
        bool computer = has_word(line->command, "get-adcomputer");
        g_ptr_array_add(sam->values, g_strconcat(shorter, computer ? "$" : "", NULL));
        PasteField *values =
            paste_object_add(paste, object, attribute, strlen(attribute));
        values->partial = field->partial || is_filtered(line);
        for (guint i = 0; i < field->values->len; i++)
            g_ptr_array_add(values->values, g_strdup(field->values->pdata[i]));
        object->first = taken > 0 ? first : at;
        object->last = taken > 0 ? first + taken - 1 : at;
    }
    paste_field_free(field);
    return mine ? first + taken - at : 0;
}
