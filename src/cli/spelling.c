/* THE table of spellings that other programs have for what this one does. */
#include "spelling.h"

#include "base/fault.h"

#include <string.h>

typedef enum {
    VALUE_NONE,
    VALUE_NEXT, /* behind = or the next word */
    VALUE_SPN,  /* the same, and only where it has a slash */
    VALUE_ALL,  /* the same, and only where it is * */
} Value;

typedef struct {
    const char *command; /* NULL: any that takes `right`, or all */
    const char *given;
    Value value;
    const char *right; /* what it is here; "": left out; NULL: refused */
    const char *says;  /* why it is refused, and what to do */
} Spelling;

#define NO_PASSWORD                                                          \
    "takes no password from the command line or the environment: run kinit " \
    "USER@REALM, or give --keytab FILE --principal NAME"
#define OWN_TICKET                                                                     \
    "works with your Kerberos ticket: run kinit USER@REALM first (another account's: " \
    "--keytab FILE --principal NAME)"
#define ONLY_READS                                                                      \
    "only reads: --fixes DIR (of audit) writes the scripts and their undo, for you to " \
    "run"

#define TELLS_VERSION "tells its version by: kcdaudit --version"

/* The first row that fits.  What the command has itself is not looked for. */
static const Spelling spellings[] = {
    /* setspn */
    {"spn", "-L", VALUE_NONE, "list", NULL},
    {"spn", "-l", VALUE_NONE, "list", NULL},
    {"spn", "-Q", VALUE_NONE, "query", NULL},
    {"spn", "-X", VALUE_NONE, "duplicates", NULL},
    {"spn", "-x", VALUE_NONE, "duplicates", NULL},
    {"spn", "-F", VALUE_NONE, "--forest", NULL},
    {"spn", "-T", VALUE_ALL, "--forest", NULL},
    {"spn", "-T", VALUE_NEXT, "--domain", NULL},
    {"spn", "-P", VALUE_NONE, "", NULL},
    {"spn", "-C", VALUE_NONE, "", NULL},
    {"spn", "-U", VALUE_NONE, "", NULL},
    {"spn", "-S", VALUE_NONE, NULL,
     "only reads, and registers nothing: on Windows run setspn -S SPN ACCOUNT; who holds "
     "it already: kcdaudit spn query SPN"},
    {"spn", "-A", VALUE_NONE, NULL,
     "only reads, and registers nothing: on Windows run setspn -S SPN ACCOUNT (-S looks "
     "for duplicates first, -A does not)"},
    {"spn", "-D", VALUE_SPN, NULL,
     "only reads, and removes nothing: on Windows run setspn -D SPN ACCOUNT (here -D is "
     "the domain)"},
    {"spn", "-R", VALUE_NONE, NULL,
     "only reads, and registers nothing: on Windows run setspn -R ACCOUNT"},
    /* Which DC, which domain */
    {NULL, "--dc", VALUE_NEXT, "--uri", NULL},
    {NULL, "--dc-ip", VALUE_NEXT, "--uri", NULL},
    {NULL, "--server", VALUE_NEXT, "--uri", NULL},
    {NULL, "--url", VALUE_NEXT, "--uri", NULL},
    {NULL, "--ldap", VALUE_NEXT, "--uri", NULL},
    {NULL, "--realm", VALUE_NEXT, "--domain", NULL},
    {NULL, "-d", VALUE_NEXT, "--domain", NULL},
    {NULL, "--offline", VALUE_NEXT, "--ldif", NULL},
    {NULL, "--file", VALUE_NEXT, "--ldif", NULL},
    /* ldapsearch */
    {NULL, "-Y", VALUE_NEXT, "--mech", NULL},
    {NULL, "-Z", VALUE_NONE, "--starttls", NULL},
    {NULL, "-ZZ", VALUE_NONE, "--starttls", NULL},
    {NULL, "--start-tls", VALUE_NONE, "--starttls", NULL},
    {NULL, "--cacert", VALUE_NEXT, "--ca-file", NULL},
    {NULL, "--cafile", VALUE_NEXT, "--ca-file", NULL},
    {NULL, "-k", VALUE_NONE, "", NULL},
    {NULL, "--kerberos", VALUE_NONE, "", NULL},
    {NULL, "-WhatIf", VALUE_NONE, "", NULL},
    /* As whom */
    {NULL, "-u", VALUE_NONE, NULL, OWN_TICKET},
    {NULL, "-U", VALUE_NONE, NULL, OWN_TICKET},
    {NULL, "--user", VALUE_NONE, NULL, OWN_TICKET},
    {NULL, "--username", VALUE_NONE, NULL, OWN_TICKET},
    {NULL, "-x", VALUE_NONE, NULL, OWN_TICKET},
    {NULL, "-p", VALUE_NONE, NULL, NO_PASSWORD},
    {NULL, "-w", VALUE_NONE, NULL, NO_PASSWORD},
    {NULL, "-W", VALUE_NONE, NULL, NO_PASSWORD},
    {NULL, "-y", VALUE_NONE, NULL, NO_PASSWORD},
    {NULL, "--pass", VALUE_NONE, NULL, NO_PASSWORD},
    {NULL, "--passwd", VALUE_NONE, NULL, NO_PASSWORD},
    {NULL, "--password", VALUE_NONE, NULL, NO_PASSWORD},
    /* Which hosts */
    {NULL, "--hosts", VALUE_NEXT, "--host", NULL},
    {NULL, "--computer", VALUE_NEXT, "--host", NULL},
    {NULL, "-ComputerName", VALUE_NEXT, "--host", NULL},
    {NULL, "--source", VALUE_NEXT, "--from", NULL},
    {NULL, "--src", VALUE_NEXT, "--from", NULL},
    {NULL, "--target", VALUE_NEXT, "--to", NULL},
    {NULL, "--destination", VALUE_NEXT, "--to", NULL},
    {NULL, "--dest", VALUE_NEXT, "--to", NULL},
    {NULL, "--dst", VALUE_NEXT, "--to", NULL},
    {"audit", "--forest", VALUE_NONE, "--scope=forest", NULL},
    {"snapshot", "--forest", VALUE_NONE, "--scope=forest", NULL},
    {"delegations", "--forest", VALUE_NONE, "--scope=forest", NULL},
    /* What it writes */
    {NULL, "--apply", VALUE_NONE, NULL, ONLY_READS},
    {NULL, "--fix", VALUE_NONE, NULL, ONLY_READS},
    {NULL, "--whatif", VALUE_NONE, "", NULL},
    {NULL, "--dry-run", VALUE_NONE, "", NULL},
    /* Help */
    {NULL, "-V", VALUE_NONE, NULL, TELLS_VERSION},
    {NULL, "--version", VALUE_NONE, NULL, TELLS_VERSION},
    {NULL, "/?", VALUE_NONE, "--help", NULL},
    {NULL, "-?", VALUE_NONE, "--help", NULL},
    {NULL, "/h", VALUE_NONE, "--help", NULL},
    {NULL, "/help", VALUE_NONE, "--help", NULL},
    {NULL, "--usage", VALUE_NONE, "--help", NULL},
};

static const struct {
    const char *given;
    const char *right;
} command_spellings[] = {
    {"setspn", "spn"}, {"kvno", "ticket"}, {"/?", "help"}, {"-?", "help"},
    {"/h", "help"},    {"/help", "help"},  {"-h", "help"}, {"--help", "help"},
};

const char *
spelling_command(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(command_spellings); i++)
        if (strcmp(command_spellings[i].given, name) == 0)
            return command_spellings[i].right;
    return NULL;
}

/* The row of the command's own option that is so spelled; NULL: none. */
static const OptionRow *
own_option(const Command *command, const char *word)
{
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (!option_belongs(row, command))
            continue;
        bool is_letter = word[0] == '-' && word[1] && word[1] == row->letter && !word[2];
        bool is_name = g_str_has_prefix(word, "--") && strcmp(word + 2, row->name) == 0;
        if (is_letter || is_name)
            return row;
    }
    return NULL;
}

static bool
value_fits(const Spelling *row, const char *value)
{
    switch (row->value) {
    case VALUE_SPN:
        return value && strchr(value, '/') != NULL;
    case VALUE_ALL:
        return value && strcmp(value, "*") == 0;
    case VALUE_NONE:
    case VALUE_NEXT:
        break;
    }
    return true;
}

/* Whether the command knows what the row says is the right spelling. */
static bool
right_belongs(const Command *command, const Spelling *row)
{
    if (row->command)
        return strcmp(row->command, command->name) == 0;
    if (!row->right)
        return command->options & OPTIONS_KERBEROS;
    return !*row->right || own_option(command, row->right) != NULL;
}

/* A password may stand right behind the letter, and must not be shown. */
static bool
is_given(const Spelling *row, const char *option)
{
    bool secret = row->says && strcmp(row->says, NO_PASSWORD) == 0 && !row->given[2];
    return strcmp(row->given, option) == 0 ||
           (secret && g_str_has_prefix(option, row->given));
}

static const Spelling *
find_row(const Command *command, const char *option, const char *value)
{
    for (guint i = 0; i < G_N_ELEMENTS(spellings); i++) {
        const Spelling *row = &spellings[i];
        bool own = row->value != VALUE_SPN && own_option(command, option);
        if (is_given(row, option) && !own && right_belongs(command, row) &&
            value_fits(row, value))
            return row;
    }
    return NULL;
}

/* "--json", "--html=report.html" as --format has it (transfer full); NULL: it is none. */
static char *
as_format(const Command *command, const char *option, const char *value)
{
    if (!g_str_has_prefix(option, "--") || own_option(command, option) ||
        !own_option(command, "--format") || !option_is_format(command, option + 2))
        return NULL;
    return value ? g_strdup_printf("--format=%s:%s", option + 2, value)
                 : g_strdup_printf("--format=%s", option + 2);
}

/* Puts the right word in the place of the one at `at`, whose value stands behind it. */
static void
replace(GPtrArray *words, guint at, const Spelling *row, const char *inner)
{
    bool glued = inner && row->value == VALUE_NEXT;
    char *right =
        glued ? g_strconcat(row->right, "=", inner, NULL) : g_strdup(row->right);
    g_free(words->pdata[at]);
    words->pdata[at] = right;
    if (row->value == VALUE_ALL && !inner)
        g_ptr_array_remove_index(words, at + 1);
    if (!*right)
        g_ptr_array_remove_index(words, at);
}

/* Whether the word at `at` is followed by the value of the command's own option. */
static bool
takes_next(const Command *command, const char *word)
{
    const OptionRow *own = own_option(command, word);
    return own && own->argument;
}

bool
spelling_settle(const Command *command, GPtrArray *words, GError **error)
{
    for (guint at = 1; at < words->len; at++) {
        const char *word = words->pdata[at];
        if (strcmp(word, "--") == 0)
            break;
        if ((*word != '-' && *word != '/') || !word[1])
            continue;
        const char *equals = g_str_has_prefix(word, "--") ? strchr(word, '=') : NULL;
        const char *next = at + 1 < words->len ? words->pdata[at + 1] : NULL;
        g_autofree char *option =
            equals ? g_strndup(word, (gsize)(equals - word)) : g_strdup(word);
        g_autofree char *inner = equals ? g_strdup(equals + 1) : NULL;
        const Spelling *row = find_row(command, option, inner ? inner : next);
        if (row && !row->right)
            return fault_set(error, FAULT_CONFIG, "%s: kcdaudit %s", row->given,
                             row->says);
        g_autofree char *format = row ? NULL : as_format(command, option, inner);
        bool skip = row ? row->value == VALUE_NEXT && !inner
                        : !equals && takes_next(command, word);
        if (format) {
            g_free(words->pdata[at]);
            words->pdata[at] = g_steal_pointer(&format);
        } else if (row) {
            replace(words, at, row, inner);
            at -= *row->right ? 0 : 1;
        }
        at += skip ? 1 : 0;
    }
    return true;
}
