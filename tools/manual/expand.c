/* The lines {{...}} of a page: what the tables say there. */
#include "manual.h"

#include "audit/net_evidence.h"
#include "audit/policy.h"
#include "audit/rules.h"
#include "base/embed.h"
#include "base/slots.h"
#include "diagnose/errors.h"
#include "render/render.h"

#include <string.h>

/* Everything a directive may need. */
typedef struct {
    const Command *command;
    GHashTable *options;
    char **words; /* of the directive, its name first */
    GString *out;
} Place;

typedef bool (*Draw)(const Place *place);

/* Each way to call the command, on a line. */
static bool
draw_synopsis(const Place *place)
{
    const Command *command = place->command;
    g_auto(GStrv) ways = g_strsplit(command->arguments, " | ", -1);
    guint i = 0;
    do {
        g_string_append_printf(place->out, "`kcdaudit %s`%s", command->name,
                               command->options ? " [*OPTION*]..." : "");
        g_auto(GStrv) words = g_strsplit(ways[i] ? ways[i] : "", " ", -1);
        for (char **word = words; *word; word++) {
            bool literal = g_ascii_islower(**word);
            if (**word)
                g_string_append_printf(place->out, literal ? " `%s`" : " *%s*", *word);
        }
        g_string_append(place->out, "  \n");
    } while (ways[i] && ways[++i]);
    return true;
}

/* ":   " before every paragraph. */
static void
put_meaning(GString *out, const char *text)
{
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);
    for (char **paragraph = paragraphs; *paragraph; paragraph++)
        if (*g_strstrip(*paragraph))
            g_string_append_printf(out, ":   %s\n\n", *paragraph);
}

/* A sentence of what is a remark elsewhere: "stop it" -> "Stop it."  "list: ..." is
 * a word of the command line. */
static char *
sentence(const char *text)
{
    char *whole = g_strconcat(text, g_str_has_suffix(text, ".") ? "" : ".", NULL);
    gsize first = strspn(whole, "abcdefghijklmnopqrstuvwxyz");
    if (first > 0 && (whole[first] == ' ' || whole[first] == ',' || whole[first] == '.'))
        whole[0] = g_ascii_toupper(whole[0]);
    return whole;
}

static void
put_option(const Place *place, const OptionRow *row)
{
    g_autofree char *special = g_strdup_printf("%s %s", row->name, place->command->name);
    const char *prose = g_hash_table_lookup(place->options, special);
    if (!prose)
        prose = g_hash_table_lookup(place->options, row->name);
    g_autofree char *short_help = sentence(option_help(row, place->command));
    if (row->letter)
        g_string_append_printf(
            place->out, "`-%c`%s%s%s, ", row->letter, row->argument ? " *" : "",
            row->argument ? row->argument : "", row->argument ? "*" : "");
    g_string_append_printf(place->out, "`--%s`%s%s%s\n", row->name,
                           row->argument ? " *" : "", row->argument ? row->argument : "",
                           row->argument ? "*" : "");
    put_meaning(place->out, prose ? prose : short_help);
}

static bool
draw_options(const Place *place)
{
    for (OptionSection section = 0; section < SECTION_COUNT; section++) {
        bool begun = false;
        for (const OptionRow *row = option_rows; row->name; row++) {
            if (row->section != section || !option_belongs(row, place->command))
                continue;
            if (!begun && place->command->options)
                g_string_append_printf(place->out, "## %s\n\n", section_titles[section]);
            begun = true;
            put_option(place, row);
        }
    }
    return true;
}

static bool
draw_statuses(const Place *place)
{
    for (guint i = 0; i < EXIT_STATUSES; i++) {
        const char *text = place->command->statuses[i];
        g_autofree char *told = text ? sentence(text) : NULL;
        if (told)
            g_string_append_printf(place->out, "`%u`\n:   %s\n\n", i, told);
    }
    return true;
}

static bool
draw_commands(const Place *place)
{
    for (guint i = 0; commands[i]; i++) {
        g_autofree char *told = sentence(commands[i]->summary);
        g_string_append_printf(place->out, "**kcdaudit-%s**(1)\n:   %s\n\n",
                               commands[i]->name, told);
    }
    return true;
}

static bool
draw_rules(const Place *place)
{
    for (guint i = 0; i < RULE_COUNT; i++)
        g_string_append_printf(place->out, "`%s` `%s`, %s\n:   %s.\n\n", rules[i].id,
                               rules[i].slug, severity_names[rules[i].severity],
                               rules[i].title);
    return true;
}

/* The codes of the kinds given, with their names. */
static bool
draw_codes(const Place *place)
{
    g_autoptr(Errors) errors = NULL;
    if (!errors_load(NULL, &errors, NULL))
        return false;
    for (guint i = 0; i < errors->entries->len; i++) {
        const ErrorEntry *entry = errors->entries->pdata[i];
        if (!g_strv_contains((const char *const *)place->words + 1,
                             error_kind_names[entry->kind]) ||
            entry->codes->len == 0)
            continue;
        for (guint c = 0; c < entry->codes->len; c++) {
            const ErrorCode *code = entry->codes->pdata[c];
            g_autofree char *number = error_code_text(code);
            g_string_append_printf(place->out, "%s`%s`%s%s%s", c > 0 ? ", " : "", number,
                                   code->name ? " `" : "", code->name ? code->name : "",
                                   code->name ? "`" : "");
        }
        g_string_append_printf(place->out, "\n:   %s\n\n", entry->meaning);
    }
    return true;
}

/* key SECTION KEY: the line of a configuration file. */
static bool
draw_key(const Place *place)
{
    PolicyKey key;
    if (!place->words[1] || !place->words[2])
        return false;
    for (guint i = 0; policy_key(i, &key); i++) {
        if (strcmp(key.section, place->words[1]) != 0 ||
            strcmp(key.key, place->words[2]) != 0)
            continue;
        g_string_append_printf(place->out, "`%s=`", key.key);
        for (guint v = 0; !key.many && key.values && key.values[v]; v++)
            g_string_append_printf(place->out, "%s`%s`", v > 0 ? " | " : "",
                                   key.values[v]);
        if (key.many || !key.values)
            g_string_append_printf(place->out, "*%s*", key.argument);
        if (key.many)
            g_string_append_printf(place->out, "[`;`*%s*]...", key.argument);
        g_string_append_c(place->out, '\n');
        return true;
    }
    return false;
}

/* topic NAME: what kcdaudit help NAME says. */
static bool
draw_topic(const Place *place)
{
    g_autofree char *file =
        g_strdup_printf("topic-%s.md", place->words[1] ? place->words[1] : "");
    const char *text = embed_find(file);
    if (!text)
        return false;
    g_string_append(place->out, text);
    return true;
}

/* format NAME */
static bool
draw_format(const Place *place)
{
    if (!place->words[1] || !renderer_find(place->words[1]))
        return false;
    g_string_append_printf(place->out, "`%s`\n", place->words[1]);
    return true;
}

/* The TCP ports that --ports tries. */
static bool
draw_ports(const Place *place)
{
    static const struct {
        NetRole role;
        const char *name;
    } roles[] = {
        {NET_DC, "domain controllers"},
        {NET_HYPERV, "Hyper-V hosts"},
        {NET_STORAGE, "file servers"},
        {NET_CLUSTER, "cluster nodes"},
    };
    for (guint i = 0; i < net_services_count; i++) {
        const NetService *service = &net_services[i];
        bool more = false;
        g_string_append_printf(place->out, "- %u, %s:", service->number,
                               service->purpose);
        for (guint r = 0; r < G_N_ELEMENTS(roles); r++) {
            if (!(service->roles & roles[r].role))
                continue;
            g_string_append_printf(place->out, "%s %s", more ? " and" : "",
                                   roles[r].name);
            more = true;
        }
        g_string_append_c(place->out, '\n');
    }
    return true;
}

static const struct {
    const char *name;
    bool of_command; /* only on the page of a command */
    Draw draw;
} directives[] = {
    {"synopsis", true, draw_synopsis}, {"options", true, draw_options},
    {"statuses", true, draw_statuses}, {"commands", false, draw_commands},
    {"rules", false, draw_rules},      {"codes", false, draw_codes},
    {"key", false, draw_key},          {"ports", false, draw_ports},
    {"format", false, draw_format},    {"topic", false, draw_topic},
};

static bool
draw_directive(char **words, void *data, GString *out)
{
    Place *place = data;
    place->words = words;
    place->out = out;
    for (guint i = 0; i < G_N_ELEMENTS(directives); i++)
        if (strcmp(directives[i].name, words[0]) == 0)
            return (place->command || !directives[i].of_command) &&
                   directives[i].draw(place);
    return false;
}

bool
expand_page(const char *text, const Command *command, GHashTable *options,
            char **ret_text, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Place place = {.command = command, .options = options};
    if (!slots_fill(text, draw_directive, &place, out, error))
        return false;
    *ret_text = g_strdup(out->str);
    return true;
}

GHashTable *
expand_read_options(const char *text)
{
    GHashTable *options = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) parts = g_strsplit(text, "\n## ", -1);
    for (char **part = parts; *part; part++) {
        char *end = strchr(*part, '\n');
        if (part == parts || !end)
            continue; /* what the file is */
        *end = '\0';
        g_auto(GStrv) names = g_strsplit(*part, ", ", -1);
        for (char **name = names; *name; name++)
            g_hash_table_insert(options, g_strdup(*name), g_strdup(end + 1));
    }
    return options;
}
