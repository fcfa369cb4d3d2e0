/* setspn.exe: it adds and removes one SPN of one account per line.
 * https://learn.microsoft.com/windows-server/administration/windows-commands/setspn */
#include "language.h"

#include "base/limits.h"

#include <string.h>

/* A word that cmd.exe and setspn take as it stands; everything else is quoted. */
static bool
is_plain(const char *word)
{
    for (const char *at = word; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("._-$\\", *at))
            return false;
    return *word != '\0';
}

/* What begins like a switch would be read as one, quoted or not. */
static char *
argument(const char *text)
{
    return strchr("-/", text[0]) ? NULL : text_quoted(QUOTE_CMD, text);
}

/* The account as setspn finds it.  Without -U it takes "NAME" for a computer
 * where there is one of that name. */
static char *
account_argument(const Estate *estate, const Account *account)
{
    bool computer =
        (account->kinds & KIND_COMPUTER) != 0 && (account->kinds & KIND_MANAGED) == 0;
    const char *name = computer ? account->name : account->sam;
    if (!name)
        return NULL;
    g_autofree char *full = NULL;
    if (fix_is_at_home(estate, account)) {
        full = g_strdup(name);
    } else {
        const Domain *domain = estate_home_of(estate, account);
        const char *prefix = domain->netbios ? domain->netbios : domain->dns;
        if (!prefix)
            return NULL;
        full = g_strdup_printf("%s\\%s", prefix, name);
    }
    return is_plain(full) && full[0] != '-' ? g_steal_pointer(&full) : argument(full);
}

/* NULL where it cannot be quoted, or is too long for cmd.exe. */
static char *
line(const Estate *estate, const Account *account, const char *verb, const char *spn)
{
    g_autofree char *value = argument(spn);
    g_autofree char *name = account_argument(estate, account);
    if (!value || !name)
        return NULL;
    bool user = (account->kinds & (KIND_COMPUTER | KIND_MANAGED)) == 0;
    g_autofree char *text =
        g_strdup_printf("setspn %s%s %s %s", user ? "-U " : "", verb, value, name);
    /* Of the 8,191 characters that cmd.exe takes in a line; in bytes, which are no fewer,
     * with room for what stands behind the command. */
    return strlen(text) <= MOST_COMMAND_CHARACTERS ? g_steal_pointer(&text) : NULL;
}

typedef void (*LineFn)(const char *line, const Fix *fix, const char *spn, void *data);

/* One call per value; `line` is NULL where cmd.exe does not take it. */
static void
each_line(const Estate *estate, const Fix *fix, bool undo, LineFn visit, void *data)
{
    if (fix->kind != FIX_SPN || (undo && fix->no_undo))
        return;
    Change change = fix_change(fix, undo);
    struct {
        const char *verb;
        const GPtrArray *values;
    } steps[] = {{"-D", change.remove}, {"-S", change.add}};
    for (gsize s = 0; s < G_N_ELEMENTS(steps); s++) {
        for (guint i = 0; i < steps[s].values->len; i++) {
            const char *spn = steps[s].values->pdata[i];
            g_autofree char *command = line(estate, fix->account, steps[s].verb, spn);
            visit(command, fix, spn, data);
        }
    }
}

static void
collect(const char *command, const Fix *fix, const char *spn, void *data)
{
    (void)fix;
    (void)spn;
    if (command)
        g_ptr_array_add(data, g_strdup(command));
}

void
setspn_render(const Estate *estate, Fix *fix)
{
    each_line(estate, fix, false, collect, fix->setspn);
    each_line(estate, fix, true, collect, fix->undo_setspn);
}

static void
append(const char *command, const Fix *fix, const char *spn, void *data)
{
    if (command)
        g_string_append_printf(data, "%s || set FAILED=1\n", command);
    else
        fix_comment(data, "rem ",
                    "Not written: this cannot be quoted safely for cmd.exe, or is too "
                    "long for its line; the .ldif file has "
                    "it: %s on %s",
                    spn, fix->account->sam ? fix->account->sam : fix->account->name);
}

void
setspn_append(const Estate *estate, const Fix *fix, bool undo, GString *out)
{
    if (undo && fix->no_undo)
        fix_comment_lost(out, "rem ", fix);
    each_line(estate, fix, undo, append, out);
}
