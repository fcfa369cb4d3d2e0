#include "cli/options.h"

#include "base/fault.h"
#include "base/text.h"
#include "render/render.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_DEFAULT_S 15
#define TIMEOUT_MAX_S 3600

/* One option: how it is written, where it goes, what it does. */
typedef struct {
    guint set; /* OptionSet bit */
    const char *name;
    char letter; /* 0: none */
    GOptionArg kind;
    gsize offset;
    const char *argument; /* NULL: takes none */
    const char *help;
} OptionRow;

#define AT(field) G_STRUCT_OFFSET(Options, field)

static const OptionRow option_rows[] = {
    {OPTIONS_KERBEROS, "domain", 'D', G_OPTION_ARG_STRING_ARRAY, AT(domains), "NAME",
     "this domain; its DCs are found by DNS (again: further domains of the forest)"},
    {OPTIONS_DIRECTORY, "uri", 'H', G_OPTION_ARG_STRING_ARRAY, AT(uris), "URI",
     "this DC instead: ldap://dc1.contoso.com or ldaps://... (repeatable, tried in "
     "order)"},
    {OPTIONS_OFFLINE, "ldif", 0, G_OPTION_ARG_FILENAME, AT(ldif), "FILE",
     "offline: judge what snapshot, ldapsearch or ldifde exported"},
    {OPTIONS_DIRECTORY, "mech", 0, G_OPTION_ARG_STRING, AT(mech_text), "MECH",
     "GSS-SPNEGO, GSSAPI or EXTERNAL (default: the first two, in this order)"},
    {OPTIONS_DIRECTORY, "starttls", 0, G_OPTION_ARG_NONE, AT(starttls), NULL,
     "StartTLS on ldap://"},
    {OPTIONS_DIRECTORY, "ca-file", 0, G_OPTION_ARG_FILENAME, AT(ca_file), "FILE",
     "trust the CAs in FILE (PEM) instead of the system's"},
    {OPTIONS_KERBEROS, "keytab", 0, G_OPTION_ARG_FILENAME, AT(keytab), "FILE",
     "own credentials from this keytab, in memory only (with --principal)"},
    {OPTIONS_KERBEROS, "principal", 0, G_OPTION_ARG_STRING, AT(principal), "NAME",
     "the principal to take from the keytab"},
    {OPTIONS_KERBEROS, "timeout", 0, G_OPTION_ARG_INT, AT(timeout_s), "SECONDS",
     "to connect, and per search (default 15)"},
    {OPTIONS_DIRECTORY, "queries", 0, G_OPTION_ARG_FILENAME, AT(queries), "DIR",
     "take LDAP queries found in DIR instead of the built-in ones"},
    {OPTIONS_FOREST, "forest", 0, G_OPTION_ARG_NONE, AT(forest), NULL,
     "duplicates: in the whole forest, not just in the domain"},
    {OPTIONS_CONFIG, "config", 'c', G_OPTION_ARG_FILENAME, AT(config), "FILE",
     "configuration (default /etc/kcdaudit/kcdaudit.conf if it exists)"},
    {OPTIONS_HOSTS, "host", 0, G_OPTION_ARG_STRING_ARRAY, AT(hosts), "NAME",
     "audit these hosts as one group (name or glob, repeatable)"},
    {OPTIONS_DIAGNOSE, "from", 0, G_OPTION_ARG_STRING, AT(from), "HOST",
     "the host that the machine was to leave (with --to)"},
    {OPTIONS_DIAGNOSE, "to", 0, G_OPTION_ARG_STRING, AT(to), "HOST",
     "the host, or file server, that it was to go to"},
    {OPTIONS_DIAGNOSE, "table", 0, G_OPTION_ARG_FILENAME, AT(table), "DIR",
     "take the *.table files in DIR instead of the built-in ones"},
    {OPTIONS_OPERATORS, "operator", 0, G_OPTION_ARG_STRING_ARRAY, AT(operators), "USER",
     "who starts migrations: alice or CONTOSO\\alice (repeatable)"},
    {OPTIONS_AUDIT, "fixes", 0, G_OPTION_ARG_FILENAME, AT(fixes), "DIR",
     "write fix-spn.cmd, fix-delegation.ps1, fix.ldif and their undo into DIR"},
    {OPTIONS_JUDGE, "no-tickets", 0, G_OPTION_ARG_NONE, AT(no_tickets), NULL,
     "do not ask the KDC for test tickets"},
    {OPTIONS_AUDIT | OPTIONS_DIAGNOSE, "prove-as", 0, G_OPTION_ARG_STRING, AT(prove_as),
     "USER", "delegate for USER for real, from every source whose key is in the keytab"},
    {OPTIONS_AUDIT | OPTIONS_DIAGNOSE, "prove-keytab", 0, G_OPTION_ARG_FILENAME,
     AT(prove_keytab), "FILE", "the sources' keys (with --prove-as)"},
    {OPTIONS_AUDIT | OPTIONS_LDIF_OUT | OPTIONS_DIAGNOSE, "all-dcs", 0, G_OPTION_ARG_NONE,
     AT(all_dcs), NULL, "compare the hosts' values on every DC of the domain"},
    {OPTIONS_BEYOND, "sysvol", 0, G_OPTION_ARG_FILENAME, AT(sysvol), "DIR",
     "judge group policies, too, by this mounted or copied SYSVOL"},
    {OPTIONS_BEYOND, "ports", 0, G_OPTION_ARG_NONE, AT(ports), NULL,
     "try the hosts' and DCs' TCP ports from here, and their names in DNS"},
    {OPTIONS_AUDIT, "all-pairs", 0, G_OPTION_ARG_NONE, AT(all_pairs), NULL,
     "list pairs that are ready, too"},
    {OPTIONS_JUDGE, "fail-on", 0, G_OPTION_ARG_STRING, AT(fail_on_text), "SEVERITY",
     "exit 1 from this on: info, warning, error, critical (default error)"},
    {OPTIONS_FORMATS, "format", 'f', G_OPTION_ARG_STRING_ARRAY, AT(formats),
     "FORMAT[:FILE]", "text (default) or json; repeatable, each to its own file"},
    {OPTIONS_OUTPUT, "format", 'f', G_OPTION_ARG_STRING_ARRAY, AT(formats),
     "FORMAT[:FILE]", "text (default) or json; repeatable, each to its own file"},
    {OPTIONS_FORMATS | OPTIONS_OUTPUT, "output", 'o', G_OPTION_ARG_FILENAME, AT(output),
     "FILE", "write the report to FILE instead of standard output"},
    {OPTIONS_LDIF_OUT, "output", 'o', G_OPTION_ARG_FILENAME, AT(output), "FILE",
     "write the LDIF to FILE, - for standard output"},
    {OPTIONS_FORMATS | OPTIONS_OUTPUT, "color", 0, G_OPTION_ARG_STRING, AT(color_text),
     "WHEN", "auto, always or never"},
    {OPTIONS_WORDS, "quiet", 'q', G_OPTION_ARG_NONE, AT(quiet), NULL,
     "less: the headline, or what was refused, or only the exit status"},
    {OPTIONS_WORDS, "verbose", 'v', G_OPTION_ARG_NONE, AT(verbose), NULL,
     "more: ready pairs, SPN owners and tickets; DCs tried"},
};

/* The sections of a command's help. */
static const struct {
    guint sets;
    const char *title;
} set_titles[] = {
    {OPTIONS_SOURCE, "Where to read, and as whom"},
    {OPTIONS_SCOPE | OPTIONS_FOREST | OPTIONS_DIAGNOSE, "What to look at"},
    {OPTIONS_AUDIT | OPTIONS_JUDGE | OPTIONS_BEYOND, "The audit"},
    {OPTIONS_FORMATS | OPTIONS_OUTPUT | OPTIONS_LDIF_OUT | OPTIONS_WORDS, "The report"},
};

static void
output_free(gpointer data)
{
    Output *output = data;
    g_free(output->format);
    g_free(output->path);
    g_free(output);
}

void
options_free(Options *options)
{
    if (!options)
        return;
    for (guint i = 0; i < G_N_ELEMENTS(option_rows); i++) {
        gpointer field = (char *)options + option_rows[i].offset;
        /* Two rows may share a field. */
        if (option_rows[i].kind == G_OPTION_ARG_STRING_ARRAY)
            g_clear_pointer((char ***)field, g_strfreev);
        else if (option_rows[i].kind == G_OPTION_ARG_STRING ||
                 option_rows[i].kind == G_OPTION_ARG_FILENAME)
            g_clear_pointer((char **)field, g_free);
    }
    g_strfreev(options->arguments);
    g_ptr_array_unref(options->outputs);
    g_free(options);
}

/* One of a few words; the enum is its index. */
static bool
settle_word(const char *option, const char *given, const char *const *words,
            int *ret_index, GError **error)
{
    if (!given)
        return true;
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], given) == 0) {
            *ret_index = i;
            return true;
        }
    }
    g_autofree char *list = g_strjoinv(", ", (char **)words);
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, given);
    return fault_set(error, FAULT_CONFIG, "--%s %s is not one of: %s", option, shown,
                     list);
}

/* Reports of an audit come in every format there is, the rest as text or JSON. */
static bool
is_format(const Command *command, const char *format)
{
    if (command->options & OPTIONS_FORMATS)
        return renderer_find(format) != NULL;
    return strcmp(format, "text") == 0 || strcmp(format, "json") == 0;
}

static char *
format_names(const Command *command)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (const Renderer *row = renderers; row->name; row++)
        if (is_format(command, row->name))
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", row->name);
    return g_strdup(names->str);
}

static bool
settle_outputs(const Command *command, Options *options, GError **error)
{
    static char *plain[] = {(char *)"text", NULL};
    guint to_stdout = 0;
    for (char **given = options->formats ? options->formats : plain; *given; given++) {
        Output *output = g_new0(Output, 1);
        g_ptr_array_add(options->outputs, output);
        const char *colon = strchr(*given, ':');
        output->format =
            colon ? g_strndup(*given, (gsize)(colon - *given)) : g_strdup(*given);
        output->path = colon ? g_strdup(colon + 1) : g_strdup(options->output);
        if (!is_format(command, output->format)) {
            g_autofree char *shown = text_quoted(QUOTE_TERMINAL, output->format);
            g_autofree char *names = format_names(command);
            return fault_set(error, FAULT_CONFIG, "unknown format %s; there are: %s",
                             shown, names);
        }
        if (colon && !*output->path)
            return fault_set(error, FAULT_CONFIG, "--format %s names no file", *given);
        to_stdout += !colon;
    }
    if (to_stdout > 1)
        return fault_set(
            error, FAULT_CONFIG,
            "several reports for one place; write --format FORMAT:FILE for all but "
            "one");
    return true;
}

/* What only means something for two hosts; NULL: nothing of it is given.  (-D
 * and the like may come from an alias, and ask for nothing.) */
static const char *
asks_for_hosts(const Options *options)
{
    return options->ldif        ? "--ldif"
           : options->operators ? "--operator"
           : options->prove_as  ? "--prove-as"
           : options->all_dcs   ? "--all-dcs"
           : options->sysvol    ? "--sysvol"
           : options->ports     ? "--ports"
                                : NULL;
}

/* Options that exclude or need each other. */
static bool
settle_together(const Command *command, const Options *options, GError **error)
{
    if (options->ldif && (options->domain || options->uris || options->keytab ||
                          options->all_dcs || options->prove_as || options->ports))
        return fault_set(error, FAULT_CONFIG,
                         "--ldif is offline: it goes without --domain, --uri, --keytab, "
                         "--all-dcs, --prove-as and --ports");
    if ((options->keytab == NULL) != (options->principal == NULL))
        return fault_set(error, FAULT_CONFIG, "--keytab and --principal go together");
    if ((options->from == NULL) != (options->to == NULL))
        return fault_set(error, FAULT_CONFIG, "--from and --to go together");
    if ((options->prove_as == NULL) != (options->prove_keytab == NULL))
        return fault_set(error, FAULT_CONFIG,
                         "--prove-as and --prove-keytab go together");
    const char *asking = asks_for_hosts(options);
    if ((command->options & OPTIONS_DIAGNOSE) && !options->from && asking)
        return fault_set(error, FAULT_CONFIG,
                         "%s needs the two hosts: --from SOURCE --to TARGET", asking);
    return true;
}

static bool
settle(const Command *command, Options *options, GError **error)
{
    static const char *const mechs[] = {"any", "GSS-SPNEGO", "GSSAPI", "EXTERNAL", NULL};
    static const char *const severities[] = {"info", "warning", "error", "critical",
                                             NULL};
    static const char *const colors[] = {"auto", "always", "never", NULL};
    int mech = MECH_ANY, fail_on = SEVERITY_ERROR, color = COLOR_AUTO;

    if (!settle_word("mech", options->mech_text, mechs, &mech, error) ||
        !settle_word("fail-on", options->fail_on_text, severities, &fail_on, error) ||
        !settle_word("color", options->color_text, colors, &color, error) ||
        !settle_outputs(command, options, error))
        return false;
    options->domain = options->domains ? options->domains[0] : NULL;
    options->mech = (Mech)mech;
    options->fail_on = (Severity)fail_on;
    options->color = (ColorWhen)color;

    if (options->timeout_s < 1 || options->timeout_s > TIMEOUT_MAX_S)
        return fault_set(error, FAULT_CONFIG, "--timeout takes 1 to %d seconds",
                         TIMEOUT_MAX_S);
    if (!settle_together(command, options, error))
        return false;
    for (char **uri = options->uris; uri && *uri; uri++)
        if (!g_str_has_prefix(*uri, "ldap://") && !g_str_has_prefix(*uri, "ldaps://"))
            return fault_set(error, FAULT_CONFIG,
                             "--uri %s is neither ldap:// nor ldaps://", *uri);
    return true;
}

/* "-2146893042" is a code and no options: such words go behind a "--" (transfer
 * container). */
static char **
shield_codes(int argc, char **argv, int *ret_argc)
{
    GPtrArray *shielded = g_ptr_array_new();
    g_autoptr(GPtrArray) codes = g_ptr_array_new();
    for (int i = 0; i < argc; i++) {
        gsize digits = *argv[i] == '-' ? strspn(argv[i] + 1, "0123456789") : 0;
        bool is_code = digits >= 8 && argv[i][digits + 1] == '\0';
        g_ptr_array_add(is_code ? codes : shielded, argv[i]);
    }
    if (codes->len > 0 &&
        !g_ptr_array_find_with_equal_func(shielded, "--", g_str_equal, NULL))
        g_ptr_array_add(shielded, (gpointer) "--");
    for (guint i = 0; i < codes->len; i++)
        g_ptr_array_add(shielded, codes->pdata[i]);
    *ret_argc = (int)shielded->len;
    g_ptr_array_add(shielded, NULL);
    return (char **)g_ptr_array_free(shielded, FALSE);
}

bool
options_parse(const Command *command, int argc, char **argv, Options **ret_options,
              bool *ret_help, GError **error)
{
    g_autoptr(Options) options = g_new0(Options, 1);
    gboolean help = FALSE;
    options->outputs = g_ptr_array_new_with_free_func(output_free);
    options->timeout_s = TIMEOUT_DEFAULT_S;

    g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    for (guint i = 0; i < G_N_ELEMENTS(option_rows); i++) {
        const OptionRow *row = &option_rows[i];
        if ((command->options & row->set) == 0)
            continue;
        GOptionEntry entry = {
            row->name, row->letter,  0, row->kind, (char *)options + row->offset,
            row->help, row->argument};
        g_array_append_val(entries, entry);
    }
    GOptionEntry help_entry = {"help", 'h', 0, G_OPTION_ARG_NONE, &help, NULL, NULL};
    GOptionEntry rest = {G_OPTION_REMAINING,  0,    0,   G_OPTION_ARG_STRING_ARRAY,
                         &options->arguments, NULL, NULL};
    g_array_append_val(entries, help_entry);
    g_array_append_val(entries, rest);

    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, (GOptionEntry *)(void *)entries->data,
                                      NULL);
    g_autoptr(GError) local = NULL;
    g_autofree char **words = shield_codes(argc, argv, &argc);
    char **rest_words = words;
    if (!g_option_context_parse(context, &argc, &rest_words, &local)) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, local->message);
        return fault_set(error, FAULT_CONFIG, "%s; see: kcdaudit help %s", shown,
                         command->name);
    }
    *ret_help = help;
    guint count = options->arguments ? g_strv_length(options->arguments) : 0;
    if (!help && (count < command->min_arguments || count > command->max_arguments))
        return fault_set(
            error, FAULT_CONFIG, "%s takes %s; see: kcdaudit help %s", command->name,
            *command->arguments ? command->arguments : "no arguments", command->name);
    if (!help && !settle(command, options, error))
        return false;
    *ret_options = g_steal_pointer(&options);
    return true;
}

static void
help_row(const OptionRow *row, GString *out)
{
    g_autofree char *letter =
        row->letter ? g_strdup_printf("-%c, ", row->letter) : g_strdup("    ");
    g_autofree char *left =
        g_strdup_printf("  %s--%s%s%s", letter, row->name, row->argument ? " " : "",
                        row->argument ? row->argument : "");
    if (strlen(left) > 28)
        g_string_append_printf(out, "%s\n%30s%s\n", left, "", row->help);
    else
        g_string_append_printf(out, "%-30s%s\n", left, row->help);
}

void
options_help(const Command *command, GString *out)
{
    g_string_append_printf(out, "usage: kcdaudit %s%s%s%s\n\n%s\n", command->name,
                           command->options ? " [OPTION...]" : "",
                           *command->arguments ? " " : "", command->arguments,
                           command->summary);
    if (command->details)
        g_string_append_printf(out, "\n%s\n", command->details);
    for (guint s = 0; s < G_N_ELEMENTS(set_titles); s++) {
        guint shown = set_titles[s].sets & command->options;
        if (shown == 0)
            continue;
        g_string_append_printf(out, "\n%s:\n", set_titles[s].title);
        for (guint i = 0; i < G_N_ELEMENTS(option_rows); i++)
            if (option_rows[i].set & shown)
                help_row(&option_rows[i], out);
    }
}
