/* Windows PowerShell with the ActiveDirectory module.
 *
 * Values are added and removed one by one; -Replace and -Clear, which destroy
 * what others entered, are not used.  Every command names the domain controller
 * that was audited, so that all changes meet on one. */
#include "language.h"

#include "model/dn.h"

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
    bool by_hand;        /* the lines are to be enabled */
    bool last;           /* only where all before it was done */
} Out;

#define CAUGHT "catch { Write-Warning $_; $failed++ }"

/* `in_script`: the command where a script has more to it; else NULL. */
static void
put_both(Out *out, const char *command, const char *in_script)
{
    const char *lead = out->by_hand ? FIX_BY_HAND : "";
    if (out->commands)
        g_ptr_array_add(out->commands, g_strdup(command));
    if (out->script && in_script)
        g_string_append_printf(out->script, "%s%s\n", lead, in_script);
    else if (out->script && out->last)
        g_string_append_printf(
            out->script,
            "if ($failed) { Write-Warning 'Left out, since what has to "
            "stand before it was not made: the next change.'; "
            "$failed++ } else { try { %s } " CAUGHT " }\n",
            command);
    else if (out->script)
        g_string_append_printf(out->script, "%stry { %s } " CAUGHT "\n", lead, command);
}

static void
put(Out *out, const char *command)
{
    put_both(out, command, NULL);
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

/* " -Server 'dc1.contoso.com'", "" where none is known, or NULL. */
static char *
server_of(const Estate *estate, const Account *account)
{
    const Domain *domain = estate_home_of(estate, account);
    bool home = fix_is_at_home(estate, account);
    const char *server = home && estate->dc ? estate->dc : domain ? domain->dns : NULL;
    g_autofree char *quoted = server ? text_quoted(QUOTE_POWERSHELL, server) : NULL;
    if (server && !quoted)
        return NULL;
    return quoted ? g_strdup_printf(" -Server %s", quoted) : g_strdup("");
}

char *
powershell_where(const Estate *estate, const Account *account)
{
    g_autofree char *dn = text_quoted(QUOTE_POWERSHELL, account->dn);
    g_autofree char *server = server_of(estate, account);
    return dn && server ? g_strdup_printf("%s -Identity %s", server, dn) : NULL;
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
        g_strdup_printf("Set-%s%s -%s @{'%s'=%s}", account_cmdlet(fix->account), at,
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

static bool
is_orphan(const Fix *fix, const Sid *sid)
{
    g_autofree char *text = sid_format(sid);
    return g_ptr_array_find_with_equal_func(fix->orphans, text, g_str_equal, NULL);
}

/* The cmdlet writes the whole descriptor anew from a list of principals of one
 * domain: what is no plain grant to an account that can be named would be lost.
 * Trustees that are gone show as SIDs, and may be lost where they are to go. */
static bool
is_list_of_principals(const Estate *estate, const Fix *fix)
{
    const Domain *home = estate_home_of(estate, fix->account);
    if ((fix->account->kinds & (KIND_COMPUTER | KIND_USER)) == 0)
        return false;
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
        if (ace->type != ACE_ALLOW || ace->flags != 0 || ace->mask != RIGHT_RBCD_USUAL)
            return false;
        if (!who && is_orphan(fix, &ace->sid))
            continue;
        if (!who || who->missing || estate_home_of(estate, who) != home)
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
    if (undo && fix->orphans->len > 0 && out->script)
        for (guint i = 0; i < fix->orphans->len; i++)
            fix_comment(out->script, "# ",
                        "Not put back: %s, which no longer exists, in the descriptor of "
                        "%s; the .ldif file does.",
                        (const char *)fix->orphans->pdata[i], fix->account->name);
    g_autoptr(GPtrArray) dns = g_ptr_array_new();
    for (guint i = 0; i < fix->trustees->len; i++) {
        const Account *trustee = fix->trustees->pdata[i];
        g_ptr_array_add(dns, (gpointer)trustee->dn);
    }
    g_autofree char *added = dns->len > 0 ? list_of(dns, out) : NULL;
    for (guint i = 0; !undo && i < fix->orphans->len; i++)
        g_ptr_array_add(dns, fix->orphans->pdata[i]);
    g_autofree char *list = dns->len > 0 ? list_of(dns, out) : NULL;
    if (!list)
        return;
    const char *cmdlet = account_cmdlet(fix->account);
    g_autofree char *now =
        g_strdup_printf("(Get-%s%s -Properties PrincipalsAllowedToDelegateToAccount)"
                        ".PrincipalsAllowedToDelegateToAccount",
                        cmdlet, at);
    g_autofree char *command =
        undo || !added
            ? g_strdup_printf("$rest = @(%s | Where-Object { $_ -and $_ -notin %s }); "
                              "Set-%s%s -PrincipalsAllowedToDelegateToAccount "
                              "$(if ($rest) { $rest } else { $null })",
                              now, list, cmdlet, at)
            : g_strdup_printf("Set-%s%s -PrincipalsAllowedToDelegateToAccount "
                              "(@(%s | Where-Object { $_ -and $_ -notin %s }) + %s)",
                              cmdlet, at, now, list, added);
    put(out, command);
}

/* "@('HV01$','HV02$')": by sAMAccountName, since there are hundreds. */
static char *
accounts_of(const GPtrArray *accounts, bool by_dn, Out *out)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        g_ptr_array_add(names,
                        (gpointer)(by_dn || !account->sam ? account->dn : account->sam));
    }
    return list_of(names, out);
}

static void
put_members(const Fix *fix, const char *server, const char *at, const char *name,
            bool undo, Out *out)
{
    const ByGroup *by = fix->by_group;
    g_autofree char *members = by->joining->len > 0 && !(undo && by->made)
                                   ? accounts_of(by->joining, by->universal, out)
                                   : NULL;
    g_autofree char *command = NULL;
    g_autofree char *joined = NULL;
    if (by->made && undo)
        command = g_strdup_printf("Remove-ADGroup%s -Confirm:$false", at);
    if (by->made && !undo) {
        g_autofree char *path =
            text_quoted(QUOTE_POWERSHELL, dn_parent(fix->account->dn));
        command = g_strdup_printf(
            "New-ADGroup%s -Name %s -SamAccountName %s -GroupScope %s "
            "-GroupCategory Security -Path %s",
            server, name, name, by->universal ? "Universal" : "Global", path);
    }
    if (members && by->universal)
        joined = g_strdup_printf("Set-ADGroup%s -%s @{'member'=%s}", at,
                                 undo ? "Remove" : "Add", members);
    else if (members)
        joined =
            g_strdup_printf("%s-ADGroupMember%s -Members %s%s", undo ? "Remove" : "Add",
                            at, members, undo ? " -Confirm:$false" : "");
    if (command)
        put(out, command);
    if (joined)
        put(out, joined);
}

/* The descriptors that the cmdlet can extend without loss, in one loop. */
static void
put_parts(const Estate *estate, const Fix *fix, const char *server, bool undo, Out *out)
{
    const ByGroup *by = fix->by_group;
    g_autoptr(GPtrArray) targets = g_ptr_array_new();
    for (guint i = 0; i < by->parts->len; i++) {
        const Fix *part = by->parts->pdata[i];
        if (is_list_of_principals(estate, part))
            g_ptr_array_add(targets, (gpointer)part->account);
        else if (out->script)
            fix_comment(
                out->script, "# ",
                "Not written for %s: the cmdlet would lose what else stands in its "
                "descriptor, or does not take a group of another domain; once the "
                "group exists, an audit writes the exact change to the .ldif file.",
                part->account->name);
    }
    if (targets->len == 0)
        return;
    g_autofree char *list = accounts_of(targets, false, out);
    g_autofree char *group = text_quoted(QUOTE_POWERSHELL, fix->account->dn);
    g_autofree char *change = g_strdup_printf(
        "$rest = @((Get-ADComputer%s -Identity $to -Properties "
        "PrincipalsAllowedToDelegateToAccount).PrincipalsAllowedToDelegateToAccount | "
        "Where-Object { $_ -and $_ -ne %s }); Set-ADComputer%s -Identity $to "
        "-PrincipalsAllowedToDelegateToAccount %s%s%s",
        server, group, server,
        undo ? "$(if ($rest) { $rest } else { $null })" : "($rest + ", undo ? "" : group,
        undo ? "" : ")");
    g_autofree char *command =
        g_strdup_printf("foreach ($to in %s) { %s }", list, change);
    g_autofree char *in_script =
        g_strdup_printf("foreach ($to in %s) { try { %s } " CAUGHT " }", list, change);
    put_both(out, command, in_script);
}

static void
put_group(const Estate *estate, const Fix *fix, const char *at, bool undo, Out *out)
{
    g_autofree char *server = server_of(estate, fix->account);
    g_autofree char *name = text_quoted(QUOTE_POWERSHELL, fix->account->name);
    if (!server || !name)
        return; /* the caller has its DN in `at`: it can be quoted */
    out->by_hand = true;
    if (undo)
        put_parts(estate, fix, server, undo, out);
    put_members(fix, server, at, name, undo, out);
    if (!undo)
        put_parts(estate, fix, server, undo, out);
}

/* What has to stand before the fix and this script cannot make; NULL: nothing.
 * SPNs are fix-spn.cmd's, which comes first. */
static const Fix *
powershell_lacks(const Estate *estate, const Fix *fix)
{
    for (guint i = 0; i < fix->needs->len; i++) {
        const Fix *before = fix->needs->pdata[i];
        if (before->kind == FIX_RBCD && !is_list_of_principals(estate, before))
            return before;
    }
    return NULL;
}

static void
emit(const Estate *estate, const Fix *fix, bool undo, Out *out)
{
    if (undo && fix->no_undo)
        return;
    g_autofree char *at = powershell_where(estate, fix->account);
    if (!at) {
        refuse(out, fix->account->dn);
        return;
    }
    const Fix *before = out->script && !undo ? powershell_lacks(estate, fix) : NULL;
    if (before) {
        fix_comment(out->script, "# ",
                    "Not written: it may only follow %s, which this script does not make "
                    "(see there). When that is done, audit again.",
                    before->id);
        return;
    }
    Change change = fix_change(fix, undo);
    if (fix->by_group) {
        put_group(estate, fix, at, undo, out);
    } else if (fix->kind == FIX_RBCD) {
        put_trustees(estate, fix, at, undo, out);
    } else if (change.uac_old != change.uac_new) {
        out->last = !undo && fix->needs->len > 0;
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
