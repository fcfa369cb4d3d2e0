/* Windows PowerShell with the ActiveDirectory module.
 *
 * Values are added and removed one by one; -Replace and -Clear, which destroy
 * what others entered, are not used.  Every command names the domain controller
 * that was audited, so that all changes meet on one. */
#include "fix/language.h"

typedef struct {
    guint32 bit;
    const char *parameter; /* of Set-ADAccountControl */
} Flag;

static const Flag flags[] = {
    {UAC_T2A4D, "TrustedToAuthForDelegation"},
    {UAC_TRUSTED_FOR_DELEGATION, "TrustedForDelegation"},
    {UAC_NOT_DELEGATED, "AccountNotDelegated"},
};

/* Takes the commands of one fix: lines, and notes on what has no line. */
typedef struct {
    GPtrArray *commands; /* of char *; or NULL */
    GString *script;     /* or NULL */
} Out;

static void
put(Out *out, const char *command)
{
    if (out->commands)
        g_ptr_array_add(out->commands, g_strdup(command));
    if (out->script)
        g_string_append_printf(
            out->script, "try { %s } catch { Write-Warning $_; $failed++ }\n", command);
}

static void
refuse(Out *out, const char *value)
{
    if (out->script)
        fix_comment(
            out->script, "# ",
            "Not written: this cannot be quoted safely for PowerShell; the .ldif file "
            "has it: %s",
            value);
}

/* " -Server 'dc1.contoso.com' -Identity 'CN=...'", or NULL. */
static char *
where(const Estate *estate, const Account *account)
{
    g_autofree char *dn = text_quoted(QUOTE_POWERSHELL, account->dn);
    if (!dn)
        return NULL;
    const Domain *domain = estate_domain_of(estate, account->dn);
    bool home = fix_is_at_home(estate, account);
    const char *server = home && estate->dc ? estate->dc : domain ? domain->dns : NULL;
    g_autofree char *quoted = server ? text_quoted(QUOTE_POWERSHELL, server) : NULL;
    if (server && !quoted)
        return NULL;
    return quoted ? g_strdup_printf(" -Server %s -Identity %s", quoted, dn)
                  : g_strdup_printf(" -Identity %s", dn);
}

static bool
is_computer(const Account *account)
{
    return (account->kinds & KIND_COMPUTER) != 0 && (account->kinds & KIND_MANAGED) == 0;
}

/* "@('a','b')" of the values that can be quoted (transfer full); NULL: none. */
static char *
list_of(const GPtrArray *values, Out *out)
{
    g_autoptr(GString) list = g_string_new("@(");
    for (guint i = 0; i < values->len; i++) {
        g_autofree char *quoted = text_quoted(QUOTE_POWERSHELL, values->pdata[i]);
        if (!quoted) {
            refuse(out, values->pdata[i]);
            continue;
        }
        if (list->len > 2)
            g_string_append_c(list, ',');
        g_string_append(list, quoted);
    }
    if (list->len == 2)
        return NULL;
    g_string_append_c(list, ')');
    return g_strdup(list->str);
}

static void
put_values(const Fix *fix, const char *at, const char *parameter, const GPtrArray *values,
           Out *out)
{
    g_autofree char *list = list_of(values, out);
    if (!list)
        return;
    g_autofree char *command =
        g_strdup_printf("%s%s -%s @{'%s'=%s}",
                        is_computer(fix->account) ? "Set-ADComputer" : "Set-ADObject", at,
                        parameter, fix->attribute, list);
    put(out, command);
}

static void
put_flags(const char *at, const Change *change, Out *out)
{
    g_autoptr(GString) command = g_string_new("Set-ADAccountControl");
    g_string_append(command, at);
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
        if ((change->uac_old ^ change->uac_new) & flags[i].bit)
            g_string_append_printf(command, " -%s %s", flags[i].parameter,
                                   change->uac_new & flags[i].bit ? "$true" : "$false");
    put(out, command->str);
}

/* The cmdlet writes the whole descriptor anew from a list of principals of one
 * domain: what is no plain grant to an account that can be named would be lost. */
static bool
is_list_of_principals(const Estate *estate, const Fix *fix)
{
    if (!is_computer(fix->account))
        return false;
    const Domain *home = estate_domain_of(estate, fix->account->dn);
    for (guint i = 0; i < fix->trustees->len; i++) {
        const Account *trustee = fix->trustees->pdata[i];
        if (estate_domain_of(estate, trustee->dn) != home)
            return false;
    }
    if (!fix->rbcd_old)
        return true;
    gsize length;
    const void *data = g_bytes_get_data(fix->rbcd_old, &length);
    g_autoptr(SecDesc) old = NULL;
    if (!secdesc_parse(data, length, &old, NULL) || old->dacl != DACL_LIST)
        return false;
    for (guint i = 0; i < old->aces->len; i++) {
        const Ace *ace = &g_array_index(old->aces, Ace, i);
        const Account *who = estate_by_sid(estate, &ace->sid);
        if (ace->type != ACE_ALLOW || ace->flags != 0 || ace->mask != RIGHT_RBCD_USUAL ||
            !who || who->missing || estate_domain_of(estate, who->dn) != home)
            return false;
    }
    return true;
}

static void
put_trustees(const Estate *estate, const Fix *fix, const char *at, bool undo, Out *out)
{
    if (!is_list_of_principals(estate, fix)) {
        if (out->script)
            fix_comment(out->script, "# ",
                        "Not written: the cmdlet would lose what else stands in this "
                        "descriptor; the .ldif file has the exact change.");
        return;
    }
    g_autoptr(GPtrArray) dns = g_ptr_array_new();
    for (guint i = 0; i < fix->trustees->len; i++) {
        const Account *trustee = fix->trustees->pdata[i];
        g_ptr_array_add(dns, (gpointer)trustee->dn);
    }
    g_autofree char *list = list_of(dns, out);
    if (!list)
        return;
    g_autofree char *now = g_strdup_printf(
        "(Get-ADComputer%s -Properties PrincipalsAllowedToDelegateToAccount)"
        ".PrincipalsAllowedToDelegateToAccount",
        at);
    g_autofree char *command =
        undo ? g_strdup_printf("$rest = @(%s | Where-Object { $_ -and $_ -notin %s }); "
                               "Set-ADComputer%s -PrincipalsAllowedToDelegateToAccount "
                               "$(if ($rest) { $rest } else { $null })",
                               now, list, at)
             : g_strdup_printf("Set-ADComputer%s -PrincipalsAllowedToDelegateToAccount "
                               "(@(%s | Where-Object { $_ -and $_ -notin %s }) + %s)",
                               at, now, list, list);
    put(out, command);
}

static void
emit(const Estate *estate, const Fix *fix, bool undo, Out *out)
{
    if (undo && fix->no_undo)
        return;
    g_autofree char *at = where(estate, fix->account);
    if (!at) {
        refuse(out, fix->account->dn);
        return;
    }
    Change change = fix_change(fix, undo);
    if (fix->kind == FIX_RBCD) {
        put_trustees(estate, fix, at, undo, out);
    } else if (change.uac_old != change.uac_new) {
        put_flags(at, &change, out);
    } else {
        put_values(fix, at, "Remove", change.remove, out);
        put_values(fix, at, "Add", change.add, out);
    }
}

void
powershell_render(const Estate *estate, Fix *fix)
{
    emit(estate, fix, false, &(Out){.commands = fix->powershell});
    emit(estate, fix, true, &(Out){.commands = fix->undo_powershell});
}

void
powershell_append(const Estate *estate, const Fix *fix, bool undo, GString *out)
{
    emit(estate, fix, undo, &(Out){.script = out});
}
