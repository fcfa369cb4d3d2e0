/* Parses a command's options by their rows, and checks which go together. */
#include "cli/options.h"

#include "base/fault.h"
#include "base/nearest.h"
#include "base/text.h"
#include "collect/home.h"
#include "diagnose/release.h"
#include "model/dn.h"
#include "model/written.h"
#include "render/edge_risk.h"
#include "ruleset.h"
#include "shard.h"
#include "ticket/probe.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_DEFAULT_S 15
#define TIMEOUT_MAX_S 3600
#define TICKET_RATE_MAX 10000
#define FEW 100 /* arguments, of which a person sees how many they are */

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
    for (const OptionRow *row = option_rows; row->name; row++) {
        gpointer field = (char *)options + row->offset;
        /* Two rows may share a field. */
        if (row->kind == G_OPTION_ARG_STRING_ARRAY ||
            row->kind == G_OPTION_ARG_FILENAME_ARRAY)
            g_clear_pointer((char ***)field, g_strfreev);
        else if (row->kind == G_OPTION_ARG_STRING || row->kind == G_OPTION_ARG_FILENAME)
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

/* Some of a few words, each as often as one likes or in a list; a bit for each. */
static bool
settle_words(const char *option, char **given, const char *const *words, guint *ret_bits,
             GError **error)
{
    for (; given && *given; given++) {
        g_auto(GStrv) parts = g_strsplit_set(*given, ",;", -1);
        for (char **part = parts; *part; part++) {
            int index = 0;
            if (!settle_word(option, g_strstrip(*part), words, &index, error))
                return false;
            *ret_bits |= 1u << index;
        }
    }
    return true;
}

/* The place that a path leads to, however it is written; a link at its end is
 * replaced and not followed (transfer full). */
static char *
place_of(const char *path)
{
    if (!path || strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/fd/1") == 0)
        return g_strdup("-");
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *directory = g_path_get_dirname(path);
    char *real = realpath(directory, NULL);
    char *place =
        real ? g_build_filename(real, name, NULL) : g_canonicalize_filename(path, NULL);
    free(real);
    return place;
}

/* Of two reports in one file only the last would be left, and two on standard
 * output would run into one. */
static bool
are_apart(const GPtrArray *outputs, GError **error)
{
    g_autoptr(GHashTable) places =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < outputs->len; i++) {
        const Output *output = outputs->pdata[i];
        if (g_hash_table_add(places, place_of(output->path)))
            continue;
        g_autofree char *shown =
            text_quoted(QUOTE_TERMINAL, output->path ? output->path : "standard output");
        return fault_set(
            error, FAULT_CONFIG,
            "several reports for one place (%s); write --format FORMAT:FILE, each "
            "with a file of its own",
            shown);
    }
    return true;
}

static bool
settle_outputs(const Command *command, Options *options, GError **error)
{
    static char *plain[] = {(char *)"text", NULL};
    if (options->output && !options->formats &&
        option_is_format(command, options->output) &&
        !(command->options & OPTIONS_LDIF_OUT))
        return fault_set(error, FAULT_CONFIG,
                         "-o names a file; for this format write -f %s, with -o FILE for "
                         "its file (a file of that name: -o ./%s)",
                         options->output, options->output);
    for (char **given = options->formats ? options->formats : plain; *given; given++) {
        Output *output = g_new0(Output, 1);
        g_ptr_array_add(options->outputs, output);
        const char *colon = strchr(*given, ':');
        output->format =
            colon ? g_strndup(*given, (gsize)(colon - *given)) : g_strdup(*given);
        output->path = colon ? g_strdup(colon + 1) : g_strdup(options->output);
        if (!option_is_format(command, output->format)) {
            g_autofree char *shown = text_quoted(QUOTE_TERMINAL, output->format);
            g_autofree char *names = option_formats(command, ", ");
            return fault_set(error, FAULT_CONFIG, "unknown format %s; there are: %s",
                             shown, names);
        }
        if (colon && !*output->path)
            return fault_set(error, FAULT_CONFIG, "--format %s names no file", *given);
        /* As snapshot -o - does. */
        if (output->path && strcmp(output->path, "-") == 0)
            g_clear_pointer(&output->path, g_free);
    }
    return are_apart(options->outputs, error);
}

const char *
options_ask_for_hosts(const Options *options)
{
    return options->ldif        ? "--ldif"
           : options->operators ? "--operator"
           : options->prove_as  ? "--prove-as"
           : options->all_dcs   ? "--all-dcs"
           : options->sysvol    ? "--sysvol"
           : options->facts     ? "--facts"
           : options->ports     ? "--ports"
                                : NULL;
}

/* What is left out of a summary stands in the other formats. */
static bool
settle_summary(const Options *options, GError **error)
{
    bool text = false;
    for (guint i = 0; i < options->outputs->len; i++) {
        const Output *output = options->outputs->pdata[i];
        text = text || strcmp(output->format, "text") == 0;
    }
    if (options->summary && options->quiet)
        return fault_set(error, FAULT_CONFIG, "--summary and --quiet exclude each other");
    if (options->summary && !text)
        return fault_set(error, FAULT_CONFIG,
                         "--summary shortens text alone: leave it out, or add -f text");
    return true;
}

/* Options that exclude or need each other. */
static bool
settle_together(const Command *command, const Options *options, GError **error)
{
    /* A shard asks on behalf of the snapshot. */
    bool asks = options->keytab || options->prove_as || options->ports || options->site;
    if (options->ldif && (options->domain || options->uris || options->all_dcs ||
                          (asks && !options->shard_text)))
        return fault_set(error, FAULT_CONFIG,
                         "--ldif is offline: it goes without --domain, --uri, --site, "
                         "--keytab, --all-dcs, --prove-as and --ports");
    if (options->ldif && !options->shard_text && (options->starttls || options->ca_file))
        return fault_set(error, FAULT_CONFIG,
                         "--ldif is offline: no connection is made that %s could secure; "
                         "leave it out",
                         options->starttls ? "--starttls" : "--ca-file");
    if ((options->keytab == NULL) != (options->principal == NULL))
        return fault_set(error, FAULT_CONFIG, "--keytab and --principal go together");
    if (options->history && options->no_history)
        return fault_set(error, FAULT_CONFIG,
                         "--history and --no-history exclude each other");
    if ((options->prove_as == NULL) != (options->prove_keytab == NULL))
        return fault_set(error, FAULT_CONFIG,
                         "--prove-as and --prove-keytab go together");
    if ((command->options & OPTIONS_DIAGNOSE) && options->ldif && options->arguments &&
        g_str_equal(options->arguments[0], "-") &&
        g_strv_contains((const char *const *)options->ldif, "-"))
        return fault_set(error, FAULT_CONFIG,
                         "the event and --ldif cannot both come from standard input");
    return true;
}

/* What a shard and a merge need, and what only a merge can do. */
static bool
settle_shard(const Command *command, const Options *options, GError **error)
{
    bool merges = (command->options & OPTIONS_MERGE) && !options->shard_text &&
                  !(command->options & OPTIONS_SHARD);
    if ((options->shard_text || merges) && !options->run_id)
        return fault_set(error, FAULT_CONFIG,
                         "%s needs --run-id ID, the same for all shards and their merge",
                         merges ? "merge" : "--shard");
    if (options->run_id && !options->shard_text && !merges)
        return fault_set(error, FAULT_CONFIG, "--run-id goes with --shard I/N");
    if ((options->shard_text || merges) && !options->ldif)
        return fault_set(error, FAULT_CONFIG,
                         "%s works on a snapshot: write it once with kcdaudit snapshot, "
                         "and give every shard and the merge the same --ldif FILE",
                         merges ? "merge" : "--shard");
    if (options->shard_text && (options->formats || options->fixes || options->history ||
                                options->sysvol || options->facts))
        return fault_set(
            error, FAULT_CONFIG,
            "--shard reports nothing: --format, --fixes, --history, --sysvol "
            "and --facts are for kcdaudit merge");
    return !options->run_id || shard_check_run_id(options->run_id, error);
}

/* "2025", "Windows Server 2025 Datacenter". */
static bool
settle_os(Options *options, GError **error)
{
    if (!options->os_text)
        return true;
    options->os = release_parse(options->os_text);
    g_autofree char *list = g_strjoinv(", ", (char **)release_words);
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, options->os_text);
    return options->os || fault_set(error, FAULT_CONFIG, "--os %s is not one of: %s",
                                    *shown ? shown : "''", list);
}

static bool
settle_site(Options *options, GError **error)
{
    if (!options->site || home_is_site(written_clean(options->site)))
        return true;
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, options->site);
    return fault_set(
        error, FAULT_CONFIG,
        "--site %s is not the name of an Active Directory site, as in --site "
        "Default-First-Site-Name",
        *shown ? shown : "''");
}

/* "contoso.com.", "DC=contoso,DC=com" */
static void
settle_domain(char **domain)
{
    char *of_dn = strchr(*domain, '=') ? dn_domain(written_clean(*domain)) : NULL;
    if (!of_dn) {
        written_clean(*domain);
        return;
    }
    g_free(*domain);
    *domain = of_dn;
}

static bool
settle(const Command *command, Options *options, GError **error)
{
    int mech = MECH_ANY, fail_on = SEVERITY_ERROR, color = COLOR_AUTO;
    int least = SEVERITY_INFO;
    int reach = -1;

    if (!settle_word("mech", options->mech_text, mech_words, &mech, error) ||
        !settle_word("fail-on", options->fail_on_text, severity_words, &fail_on, error) ||
        !settle_word("min-severity", options->min_severity_text, severity_words, &least,
                     error) ||
        !ruleset_parse(options->rule_texts, options->rules, error) ||
        !settle_word("scope", options->reach_text, reach_words, &reach, error) ||
        !settle_words("way", options->way_texts, way_words, &options->ways, error) ||
        !settle_words("risk", options->risk_texts, edge_risk_names, &options->risks,
                      error) ||
        !settle_word("color", options->color_text, color_words, &color, error) ||
        !settle_shard(command, options, error) ||
        !shard_parse(options->shard_text, &options->shard, error) ||
        !settle_os(options, error) || !settle_outputs(command, options, error) ||
        !settle_summary(options, error))
        return false;
    for (char **domain = options->domains; domain && *domain; domain++)
        settle_domain(domain);
    if (options->from)
        written_clean(options->from);
    if (options->to)
        written_clean(options->to);
    options->domain = options->domains ? options->domains[0] : NULL;
    options->mech = (Mech)mech;
    options->reach = reach;
    options->fail_on = (Severity)fail_on;
    options->min_severity = (Severity)least;
    options->color = (ColorWhen)color;

    if (options->timeout_s < 1 || options->timeout_s > TIMEOUT_MAX_S)
        return fault_set(error, FAULT_CONFIG, "--timeout takes 1 to %d seconds",
                         TIMEOUT_MAX_S);
    if (options->jobs < 1 || options->jobs > WORKERS_MAX)
        return fault_set(error, FAULT_CONFIG, "--jobs takes 1 to %d tickets at a time",
                         WORKERS_MAX);
    if (options->ticket_rate < 0 || options->ticket_rate > TICKET_RATE_MAX)
        return fault_set(error, FAULT_CONFIG,
                         "--ticket-rate takes 1 to %d per second, or 0 for no limit",
                         TICKET_RATE_MAX);
    if (!settle_site(options, error) || !settle_together(command, options, error))
        return false;
    for (char **uri = options->uris; uri && *uri; uri++) {
        char *right = text_ldap_uri(written_clean(*uri));
        g_free(*uri);
        *uri = right;
        if (!text_is_ldap_uri(*uri))
            return fault_set(error, FAULT_CONFIG,
                             "--uri %s is neither ldap:// nor ldaps://", *uri);
    }
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

/* For the first of `words` (NULL-ended) that is written as a long option and is none
 * of the command's: the option that was perhaps meant, without the dashes; NULL: none. */
static const char *
nearest_option(const Command *command, char *const *words)
{
    for (; *words && strcmp(*words, "--") != 0; words++) {
        if (!g_str_has_prefix(*words, "--"))
            continue;
        g_autofree char *given =
            g_strndup(*words + 2, strcspn(*words + 2, "=")); /* --name=value */
        bool known = false;
        Nearest nearest = {.given = given};
        for (const OptionRow *row = option_rows; row->name; row++) {
            if (!option_belongs(row, command))
                continue;
            known = known || strcmp(given, row->name) == 0;
            nearest_consider(&nearest, row->name);
        }
        if (!known)
            return nearest.word;
    }
    return NULL;
}

/* Of what has a form of its own this is told instead, and of --principal a scheduled
 * audit once all else that it needs is there (session.c). */
static bool
is_told(const Options *options, const void *field)
{
    return field == &options->principal || field == &options->shard_text ||
           field == &options->prune;
}

/* An empty value is a variable of a script that was not set: what it was to name would be
 * left out. */
static bool
check_values(const Command *command, const Options *options, GError **error)
{
    for (const OptionRow *row = option_rows; row->name; row++) {
        const void *field = (const char *)options + row->offset;
        bool one = row->kind == G_OPTION_ARG_STRING || row->kind == G_OPTION_ARG_FILENAME;
        bool many = row->kind == G_OPTION_ARG_STRING_ARRAY ||
                    row->kind == G_OPTION_ARG_FILENAME_ARRAY;
        if (!option_belongs(row, command) || !(one || many) || is_told(options, field))
            continue;
        char *const single[] = {one ? *(char *const *)field : NULL, NULL};
        char *const *values = one ? single : *(char *const *const *)field;
        for (; values && *values; values++)
            if (!(*values)[strspn(*values, " \t")])
                return fault_set(error, FAULT_CONFIG,
                                 "--%s: its value is empty; see: "
                                 "kcdaudit help %s",
                                 row->name, command->name);
    }
    return true;
}

bool
options_parse(const Command *command, int argc, char **argv, Options **ret_options,
              bool *ret_help, GError **error)
{
    g_autoptr(Options) options = g_new0(Options, 1);
    options->outputs = g_ptr_array_new_with_free_func(output_free);
    options->timeout_s = TIMEOUT_DEFAULT_S;
    options->jobs = WORKERS_USUAL;

    g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (!option_belongs(row, command))
            continue;
        GOptionEntry entry = {
            row->name, row->letter,  0, row->kind, (char *)options + row->offset,
            row->help, row->argument};
        g_array_append_val(entries, entry);
    }
    GOptionEntry rest = {G_OPTION_REMAINING,  0,    0,   G_OPTION_ARG_STRING_ARRAY,
                         &options->arguments, NULL, NULL};
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
        const char *near =
            g_error_matches(local, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION)
                ? nearest_option(command, words)
                : NULL;
        return fault_set(error, FAULT_CONFIG, "%s%s%s%s; see: kcdaudit help %s", shown,
                         near ? " (did you mean --" : "", near ? near : "",
                         near ? "?)" : "", command->name);
    }
    bool help = options->help;
    *ret_help = help;
    guint count = options->arguments ? g_strv_length(options->arguments) : 0;
    if (!help && count > command->max_arguments && command->max_arguments > FEW)
        return fault_set(error, FAULT_CONFIG,
                         "%s takes at most %s arguments; %s were given", command->name,
                         NUMBER(command->max_arguments), NUMBER(count));
    if (!help && (count < command->min_arguments || count > command->max_arguments))
        return fault_set(
            error, FAULT_CONFIG, "%s takes %s; see: kcdaudit help %s", command->name,
            *command->arguments                ? command->arguments
            : command->options & OPTIONS_HOSTS ? "no arguments (hosts: --host NAME)"
                                               : "no arguments",
            command->name);
    if (!help &&
        (!check_values(command, options, error) || !settle(command, options, error)))
        return false;
    *ret_options = g_steal_pointer(&options);
    return true;
}
