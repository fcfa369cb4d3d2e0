/* manual pages DATE DATA/man OUT
 * manual completion DATA/completion OUT
 * manual tables
 */
#include "manual.h"

#include "audit/policy.h"
#include "base/fault.h"
#include "base/file.h"
#include "render/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_MAX (1024 * 1024) /* bytes */

/* No command runs here. */

int
cli_fail(const GError *error)
{
    g_error("%s", error->message);
    return EXIT_NO_AUDIT;
}

void
cli_note(const char *message, void *unused)
{
    (void)message;
    (void)unused;
}

GArray *
choices_of(const Command *command)
{
    GArray *choices = g_array_new(FALSE, FALSE, sizeof(Choice));
    if (command->choices)
        command->choices(choices);
    return choices;
}

static bool
read_text(const char *directory, const char *name, char **ret_text, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    gsize length = 0;
    return file_read(path, SOURCE_MAX, FAULT_CONFIG, ret_text, &length, error);
}

/* Pages are read by everybody. */
static bool
write_text(const char *directory, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                 NULL))
        return true;
    return fault_set(error, FAULT_OUTPUT, "cannot write %s", path);
}

/* "kcdaudit-audit.1.md" */
static bool
make_page(char **arguments, const char *file, GHashTable *options, GError **error)
{
    const char *date = arguments[0], *from = arguments[1], *into = arguments[2];
    g_autofree char *text = NULL, *expanded = NULL;
    g_autofree char *page = g_strndup(file, strlen(file) - strlen(".md"));
    g_autofree char *name = g_strndup(page, strlen(page) - strlen(".1"));
    const Command *command = g_str_has_prefix(name, "kcdaudit-")
                                 ? command_find(name + strlen("kcdaudit-"))
                                 : NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    Title title = {name, page[strlen(page) - 1], date};

    if (!read_text(from, file, &text, error))
        return false;
    if (!expand_page(text, command, options, &expanded, error)) {
        g_prefix_error(error, "%s: ", file);
        return false;
    }
    roff_page(&title, expanded, out);
    return write_text(into, page, out->str, error);
}

static bool
make_pages(char **arguments, GError **error)
{
    g_autofree char *text = NULL;
    if (!read_text(arguments[1], "options.md", &text, error))
        return false;
    g_autoptr(GHashTable) options = expand_read_options(text);
    g_autoptr(GDir) directory = g_dir_open(arguments[1], 0, NULL);
    const char *file;
    while (directory && (file = g_dir_read_name(directory)))
        if (g_str_has_prefix(file, "kcdaudit") && g_str_has_suffix(file, ".md") &&
            !make_page(arguments, file, options, error))
            return false;
    return true;
}

static bool
make_completion(char **arguments, GError **error)
{
    static const char *const files[] = {"kcdaudit.bash", "_kcdaudit", "kcdaudit.fish"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *name = g_strconcat(files[i], ".in", NULL);
        g_autofree char *text = NULL, *expanded = NULL;
        if (!read_text(arguments[0], name, &text, error) ||
            !completion_expand(text, &expanded, error) ||
            !write_text(arguments[1], files[i], expanded, error))
            return false;
    }
    return true;
}

/* The tables for the tests: "option audit domain", "key group hosts" ... */
static bool
print_tables(char **arguments, GError **error)
{
    PolicyKey key;
    (void)arguments;
    (void)error;
    for (guint i = 0; commands[i]; i++) {
        printf("command\t%s\n", commands[i]->name);
        for (const OptionRow *row = option_rows; row->name; row++)
            if (option_belongs(row, commands[i]))
                printf("option\t%s\t%s\t%c\t%s\n", commands[i]->name, row->name,
                       row->letter ? row->letter : '-',
                       row->argument ? row->argument : "");
        g_autoptr(GArray) choices = choices_of(commands[i]);
        for (guint c = 0; c < choices->len; c++)
            printf("choice\t%s\t%s\n", commands[i]->name,
                   g_array_index(choices, Choice, c).word);
    }
    for (guint i = 0; policy_key(i, &key); i++)
        printf("key\t%s\t%s\n", key.section, key.key);
    for (const Renderer *row = renderers; row->name; row++)
        printf("format\t%s\n", row->name);
    return true;
}

static const struct {
    const char *name;
    int arguments;
    bool (*run)(char **arguments, GError **error);
} verbs[] = {
    {"pages", 3, make_pages},
    {"completion", 2, make_completion},
    {"tables", 0, print_tables},
};

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    for (guint i = 0; argc >= 2 && i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(argv[1], verbs[i].name) != 0 || argc - 2 != verbs[i].arguments)
            continue;
        if (verbs[i].run(argv + 2, &error))
            return EXIT_SUCCESS;
        fprintf(stderr, "manual: %s\n", error->message);
        return EXIT_FAILURE;
    }
    fputs("usage: manual pages DATE FROM INTO | completion FROM INTO | tables\n", stderr);
    return EXIT_FAILURE;
}
