/* The six files of --fixes. */
#include "base/fault.h"
#include "base/file.h"
#include "base/fileset.h"
#include "base/hash.h"
#include "base/text.h"
#include "language.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Renaming six files takes no time; who holds a directory for longer is stuck. */
#define LOCK_TRIES 200
#define LOCK_PER_S 20

typedef void (*AppendFn)(const Estate *estate, const Fix *fix, bool undo, GString *out);

typedef struct {
    const char *name;
    const char *lead; /* begins a comment */
    bool undo;
    bool windows; /* CRLF */
    bool mark;    /* a byte order mark: Windows PowerShell 5.1 reads ANSI without */
    AppendFn append;
    bool (*takes)(const Fix *fix);
    const char *open;
    const char *shut;
    const char *const *help; /* ended by NULL */
} FileRow;

static bool
takes_spn(const Fix *fix)
{
    return fix->kind == FIX_SPN;
}

static bool
takes_rest(const Fix *fix)
{
    return fix->kind != FIX_SPN;
}

static bool
takes_all(const Fix *fix)
{
    (void)fix;
    return true;
}

static const char *const fix_spn_help[] = {
    "This file registers and removes service principal names with setspn.",
    "Order: first this file, then fix-delegation.ps1. fix.ldif holds the changes of both "
    "for "
    "ldapmodify or ldifde: use the scripts or the LDIF, not both.",
    "Rights: write access to servicePrincipalName of the accounts named.",
    "setspn -S refuses an SPN that another account holds. undo-spn.cmd takes the changes "
    "back.",
    NULL,
};

static const char *const fix_delegation_help[] = {
    "This file changes delegation with the ActiveDirectory module, value by value.",
    "With -WhatIf it says what it would change, and changes nothing:",
    "  .\\fix-delegation.ps1 -WhatIf",
    ("Order: first fix-spn.cmd, then this file. fix.ldif holds the changes of both for "
     "ldapmodify or ldifde: use the scripts or the LDIF, not both."),
    "undo-delegation.ps1 takes the changes back.",
    NULL,
};

static const char *const fix_ldif_help[] = {
    "This file holds every change, in the order in which they have to be made:",
    "  ldapmodify -N -Y GSS-SPNEGO -H ldap://DC -f fix.ldif     or     ldifde -i -f "
    "fix.ldif",
    "It does what fix-spn.cmd and fix-delegation.ps1 do: use the scripts or the LDIF, "
    "not "
    "both.",
    "Values that were read are deleted and new ones added, so that a change made since "
    "the "
    "audit makes a record fail rather than be lost. undo.ldif takes the changes back.",
    NULL,
};

static const char *const undo_spn_help[] = {
    "This file takes back what fix-spn.cmd changed.",
    "Order: first undo-delegation.ps1, then this file; or undo.ldif in the place of "
    "both.",
    NULL,
};

static const char *const undo_delegation_help[] = {
    "This file takes back what fix-delegation.ps1 changed. With -WhatIf it says what it "
    "would change, and changes nothing.",
    "Order: first this file, then undo-spn.cmd; or undo.ldif in the place of both.",
    NULL,
};

static const char *const undo_ldif_help[] = {
    "This file takes back what fix.ldif changed, the last change first:",
    "  ldapmodify -N -Y GSS-SPNEGO -H ldap://DC -f undo.ldif     or     ldifde -i -f "
    "undo.ldif",
    NULL,
};

/* A service has old tickets until they end or are purged (MS: the S4U caches of
 * a host and its cache of unknown SPNs hold 15 minutes). */
static const char *const after_help[] = {
    "Afterwards, when the domain controllers have replicated, as administrator on every "
    "source host:",
    "  klist purge -li 0x3e7     (tickets of SYSTEM)",
    "  klist purge -li 0x3e4     (tickets of NETWORK SERVICE, under which WinRM runs)",
    "Without it wait 15 minutes: so long a host keeps S4U tickets, refusals and unknown "
    "SPNs. "
    "Group membership stands in the TGT: up to 10 hours.",
    NULL,
};

#define CMD_OPEN "@echo off\nsetlocal\nchcp 65001 >nul\nset FAILED=0\n\n"
#define CMD_SHUT                                                                \
    "if %FAILED%==1 echo Some changes were not made: see the messages above.\n" \
    "exit /b %FAILED%\n"
/* Cmdlets take -WhatIf and -Confirm over from the script; those of a module that
 * PowerShell 7 only stands in for do not. */
#define PS_OPEN                                                                         \
    "#Requires -Modules ActiveDirectory\n"                                              \
    "[CmdletBinding(SupportsShouldProcess = $true)]\n"                                  \
    "param()\n"                                                                         \
    "if ($WhatIfPreference) { $PSDefaultParameterValues = @{ '*-AD*:WhatIf' = $true } " \
    "}\n"                                                                               \
    "$ErrorActionPreference = 'Stop'\n"                                                 \
    "$failed = 0\n\n"
#define PS_SHUT                                                              \
    "if ($WhatIfPreference) { Write-Host 'Nothing was changed.'; exit 0 }\n" \
    "Write-Host 'Afterwards, on every source host: klist purge -li 0x3e7; "  \
    "klist purge -li 0x3e4'\n"                                               \
    "if ($failed) { Write-Warning \"$failed changes were not made.\"; exit 1 }\n"

static const FileRow files[] = {
    {"fix-spn.cmd", "rem ", false, true, false, setspn_append, takes_spn, CMD_OPEN,
     CMD_SHUT, fix_spn_help},
    {"fix-delegation.ps1", "# ", false, true, true, powershell_append, takes_rest,
     PS_OPEN, PS_SHUT, fix_delegation_help},
    {"fix.ldif", "# ", false, false, false, ldif_append, takes_all, "", "",
     fix_ldif_help},
    {"undo-spn.cmd", "rem ", true, true, false, setspn_append, takes_spn, CMD_OPEN,
     CMD_SHUT, undo_spn_help},
    {"undo-delegation.ps1", "# ", true, true, true, powershell_append, takes_rest,
     PS_OPEN, PS_SHUT, undo_delegation_help},
    {"undo.ldif", "# ", true, false, false, ldif_append, takes_all, "", "",
     undo_ldif_help},
};

static void
write_help(const FileRow *file, const char *const *lines, GString *out)
{
    for (; *lines; lines++)
        fix_comment(out, file->lead, "%s", *lines);
}

static void
add_name(GPtrArray *names, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, (gpointer)name);
}

/* The hosts whose tickets the fixes make stale. */
static void
write_sources(const FileRow *file, const GPtrArray *fixes, GString *out)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < fixes->len; i++) {
        const Fix *fix = fixes->pdata[i];
        if (fix->by_group)
            continue;
        if (fix->kind == FIX_DELEGATION || fix->kind == FIX_ACCOUNT)
            add_name(names, fix->account->name);
        for (guint t = 0; t < fix->trustees->len; t++)
            add_name(names, ((const Account *)fix->trustees->pdata[t])->name);
    }
    if (names->len == 0)
        return;
    g_ptr_array_sort(names, text_order);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (char *)names->pdata[i]);
    g_autofree char *list = g_string_free(text, FALSE);
    fix_comment(out, file->lead, "Sources changed: %s", list);
}

static bool
is_wide(const Fix *fix)
{
    return fix->kind == FIX_DELEGATION || fix->kind == FIX_ACCOUNT;
}

/* What the changes of this file take, beyond its help. */
static void
write_rights(const FileRow *file, const GPtrArray *fixes, GString *out)
{
    bool wide = false, descriptors = false, spns = false;
    for (guint i = 0; i < fixes->len; i++) {
        const Fix *fix = fixes->pdata[i];
        wide = wide || is_wide(fix);
        descriptors = descriptors || fix->kind == FIX_RBCD;
        spns = spns || (fix->kind == FIX_SPN && file->takes(fix));
    }
    if (file->takes == takes_spn)
        return;
    if (spns)
        fix_comment(out, file->lead,
                    "Rights for SPNs: write access to "
                    "servicePrincipalName of the accounts named.");
    if (wide)
        fix_comment(out, file->lead,
                    "Rights for lists and account flags: write access to the accounts "
                    "named and SeEnableDelegationPrivilege on the domain controllers; "
                    "Domain Admins have both.");
    if (descriptors)
        fix_comment(out, file->lead,
                    "Rights for RBCD descriptors: write access to "
                    "msDS-AllowedToActOnBehalfOfOtherIdentity of the targets; no Domain "
                    "Admin is needed.");
}

/* What an audit found and no script changes. */
static void
write_unfixed(const FileRow *file, const Audit *audit, GString *out)
{
    g_autoptr(GHashTable) said = g_hash_table_new(hash_text, g_str_equal);
    for (guint i = 0; !file->undo && i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (finding->unfixed && g_hash_table_add(said, finding->unfixed))
            fix_comment(out, file->lead, "Left out for %s: %s", finding->subject,
                        finding->unfixed);
    }
}

static void
write_header(const FileRow *file, const Audit *audit, const GPtrArray *fixes,
             GString *out)
{
    const Estate *estate = audit->estate;
    g_autofree char *when = text_time(estate->collected_us);
    fix_comment(out, file->lead, "kcdaudit wrote %s for %s, as read from %s at %s.",
                file->name, estate->domain ? estate->domain : "a domain without a name",
                estate->dc           ? estate->dc
                : estate->source_uri ? estate->source_uri
                                     : "a file",
                when);
    write_help(file, file->help, out);
    write_rights(file, fixes, out);
    write_help(file, after_help, out);
    write_sources(file, fixes, out);
    write_unfixed(file, audit, out);
    g_string_append_c(out, '\n');
}

static int
compare_rank(gconstpointer a, gconstpointer b)
{
    const Fix *left = *(const Fix *const *)a;
    const Fix *right = *(const Fix *const *)b;
    int ranks = fix_rank(left) - fix_rank(right);
    return ranks ? ranks : strcmp(left->id, right->id);
}

/* The fixes in the order in which they are run; for an undo the last first. */
static GPtrArray *
in_order(const GPtrArray *fixes, bool undo)
{
    GPtrArray *order = g_ptr_array_new();
    for (guint i = 0; i < fixes->len; i++)
        g_ptr_array_add(order, fixes->pdata[i]);
    g_ptr_array_sort(order, compare_rank);
    for (guint i = 0; undo && i < order->len / 2; i++) {
        gpointer *left = &order->pdata[i];
        gpointer *right = &order->pdata[order->len - 1 - i];
        gpointer kept = *left;
        *left = *right;
        *right = kept;
    }
    return order;
}

static const char *const by_hand_help[] = {
    "By hand: the lines that begin with \"## \" do not run. When you have chosen this "
    "way, "
    "take that off (or copy them to a file of their own), and go on step by step:",
    "  1. the group with its members, then the group in the descriptor of every target;",
    "  2. restart the hosts, one by one: membership stands in the TGT (else up to 10 "
    "hours; "
    "klist purge -li 0x3e7 may do);",
    "  3. kcdaudit audit: every pair must show rbcd;",
    "  4. only then take entries out of the long lists, and leave protocol transition on "
    "as "
    "long as a list is not empty.",
    NULL,
};

static const char *const undo_by_hand_help[] = {
    "By hand: the lines that begin with \"## \" do not run. They take back what was "
    "enabled "
    "by hand: first put back the entries of the lists, else migrations stop.",
    NULL,
};

static void
write_by_hand(const FileRow *file, const Fix *fix, GString *out)
{
    write_help(file, file->undo ? undo_by_hand_help : by_hand_help, out);
    for (guint i = 0; !file->undo && i < fix->by_group->left->len; i++) {
        const Account *target = fix->by_group->left->pdata[i];
        fix_comment(out, file->lead,
                    "Left out: %s, whose descriptor was not read, or cannot be extended.",
                    target->name);
    }
}

static void
write_fixes(const FileRow *file, const Audit *audit, const GPtrArray *fixes, GString *out)
{
    g_autoptr(GPtrArray) order = in_order(fixes, file->undo);
    guint count = 0;
    for (guint i = 0; i < order->len; i++) {
        const Fix *fix = order->pdata[i];
        if (!file->takes(fix))
            continue;
        count++;
        fix_comment(out, file->lead, "%s for %s: %s", file->undo ? "Undo" : "Fix",
                    fix->account->dn, fix->id);
        if (!file->undo)
            fix_comment(out, file->lead, "  Risk: %s", fix->risk);
        if (fix->by_group)
            write_by_hand(file, fix, out);
        file->append(audit->estate, fix, file->undo, out);
        if (out->len < 2 || strcmp(out->str + out->len - 2, "\n\n") != 0)
            g_string_append_c(out, '\n');
    }
    if (count == 0) {
        fix_comment(out, file->lead, "There is nothing to do here.");
        g_string_append_c(out, '\n');
    }
}

/* (transfer full) */
static GString *
with_crlf(const GString *text)
{
    GString *out = g_string_sized_new(text->len + text->len / 32);
    for (gsize i = 0; i < text->len; i++) {
        if (text->str[i] == '\n')
            g_string_append_c(out, '\r');
        g_string_append_c(out, text->str[i]);
    }
    return out;
}

/* (transfer full) */
static GString *
text_of(const FileRow *file, const Audit *audit, const GPtrArray *fixes)
{
    g_autoptr(GString) text = g_string_new(file->mark ? "\xEF\xBB\xBF" : NULL);
    if (file->lead[0] != 'r')
        write_header(file, audit, fixes, text);
    g_string_append(text, file->open);
    if (file->lead[0] == 'r')
        write_header(file, audit, fixes, text);
    write_fixes(file, audit, fixes, text);
    g_string_append(text, file->shut);
    return file->windows ? with_crlf(text)
                         : g_string_new_len(text->str, (gssize)text->len);
}

/* The undo files first. */
static bool
stage_all(FileSet *set, const Audit *audit, const GPtrArray *fixes, const char *directory,
          GError **error)
{
    for (gsize i = 0; i < 2 * G_N_ELEMENTS(files); i++) {
        const FileRow *file = &files[i % G_N_ELEMENTS(files)];
        if (file->undo != (i < G_N_ELEMENTS(files)))
            continue;
        g_autoptr(GString) text = text_of(file, audit, fixes);
        g_autofree char *path = g_build_filename(directory, file->name, NULL);
        if (!fileset_add(set, path, FILE_PRIVATE, text->str, text->len, error))
            return false;
    }
    return true;
}

/* Keeps other audits from the directory until *ret_lock is closed; -1 where that
 * cannot be had: a directory that may not be read, a file system without locks. */
static bool
lock_directory(const char *directory, int *ret_lock, GError **error)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (guint i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            break;
        if (i == LOCK_TRIES) {
            g_autofree char *shown = g_filename_display_name(directory);
            close(fd);
            return fault_set(error, FAULT_OUTPUT,
                             "cannot write into %s: another process has held it for "
                             "more than %d s; see who does (fuser %s), then try again",
                             shown, LOCK_TRIES / LOCK_PER_S, shown);
        }
        g_usleep(G_USEC_PER_SEC / LOCK_PER_S);
    }
    *ret_lock = fd;
    return true;
}

/* Six files cannot be put in place at once.  So that, whatever ends the program in
 * between, no fix stands beside the undo of another audit: when all six are
 * written the old fixes go, then the undo files are replaced, then the fixes; and
 * one audit at a time. */
static bool
replace_all(FileSet *set, const char *directory, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(directory, files[i].name, NULL);
        if (!files[i].undo && !file_remove(path, error))
            return false;
    }
    return fileset_publish(set, error);
}

bool
fix_write(const Audit *audit, const GPtrArray *fixes, const char *directory,
          GError **error)
{
    g_autoptr(FileSet) set = fileset_new();
    if (!file_make_directory(directory, error) ||
        !stage_all(set, audit, fixes, directory, error))
        return false;
    int lock = -1;
    if (!lock_directory(directory, &lock, error))
        return false;
    bool done = replace_all(set, directory, error);
    if (lock >= 0)
        close(lock);
    return done;
}
