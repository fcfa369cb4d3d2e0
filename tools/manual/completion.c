/* Completion for three shells: the lines @NAME@ of the templates, and @NAME@
 * within a line. */
#include "manual.h"

#include "base/fault.h"

#include <string.h>

typedef enum {
    TAKES_NOTHING,
    TAKES_ANY,
    TAKES_WORDS,
    TAKES_FILE,
    TAKES_DIR,
    TAKES_FORMATS
} Takes;

static Takes
takes(const OptionRow *row)
{
    if (!row->argument)
        return TAKES_NOTHING;
    if (row->words)
        return TAKES_WORDS;
    if (strcmp(row->name, "format") == 0)
        return TAKES_FORMATS;
    if (row->kind != G_OPTION_ARG_FILENAME && row->kind != G_OPTION_ARG_FILENAME_ARRAY)
        return TAKES_ANY;
    return strcmp(row->argument, "DIR") == 0 ? TAKES_DIR : TAKES_FILE;
}

/* The words for the argument (transfer full). */
static char *
words_of(const OptionRow *row, const Command *command)
{
    return takes(row) == TAKES_FORMATS ? option_formats(command, " ")
                                       : g_strjoinv(" ", (char **)row->words);
}

/* `text` with a backslash before each of `special`, and in single quotes as a
 * shell of the family of sh, or fish, wants them (transfer full). */
static char *
quoted(const char *text, const char *special, bool fish)
{
    GString *out = g_string_new(NULL);
    for (; *text; text++) {
        if (strchr(special, *text))
            g_string_append_c(out, '\\');
        if (*text == '\'')
            g_string_append(out, fish ? "\\'" : "'\\''");
        else
            g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static void
commands_plain(GString *out)
{
    for (guint i = 0; commands[i]; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? " " : "", commands[i]->name);
}

/* bash */

static void
bash_options(GString *out)
{
    for (guint i = 0; commands[i]; i++) {
        g_string_append_printf(out, "    %s) echo '", commands[i]->name);
        for (const OptionRow *row = option_rows; row->name; row++) {
            if (!option_belongs(row, commands[i]))
                continue;
            if (row->letter)
                g_string_append_printf(out, "-%c ", row->letter);
            g_string_append_printf(out, "--%s ", row->name);
        }
        g_string_truncate(out, out->len - 1);
        g_string_append(out, "' ;;\n");
    }
}

static void
bash_takes(GString *out)
{
    static const char *const kinds[] = {"", "any", "words", "file", "dir", "formats"};
    for (guint i = 0; commands[i]; i++) {
        for (const OptionRow *row = option_rows; row->name; row++) {
            Takes kind = takes(row);
            if (!option_belongs(row, commands[i]) || kind == TAKES_NOTHING)
                continue;
            g_string_append_printf(out, "    %s:--%s", commands[i]->name, row->name);
            if (row->letter)
                g_string_append_printf(out, " | %s:-%c", commands[i]->name, row->letter);
            g_autofree char *words = kind == TAKES_WORDS || kind == TAKES_FORMATS
                                         ? words_of(row, commands[i])
                                         : g_strdup("");
            g_string_append_printf(out, ") echo '%s%s%s' ;;\n", kinds[kind],
                                   *words ? " " : "", words);
        }
    }
}

static void
bash_choices(GString *out)
{
    for (guint i = 0; commands[i]; i++) {
        g_autoptr(GArray) choices = choices_of(commands[i]);
        if (choices->len == 0)
            continue;
        g_string_append_printf(out, "    %s) echo '", commands[i]->name);
        for (guint c = 0; c < choices->len; c++)
            g_string_append_printf(out, "%s%s", c > 0 ? " " : "",
                                   g_array_index(choices, Choice, c).word);
        g_string_append(out, "' ;;\n");
    }
}

/* zsh: in a specification of _arguments brackets are special, in one of
 * _describe the colon. */

static void
zsh_commands(GString *out)
{
    for (guint i = 0; commands[i]; i++) {
        g_autofree char *help = quoted(commands[i]->summary, "\\:", false);
        g_string_append_printf(out, "        '%s:%s'\n", commands[i]->name, help);
    }
}

static void
zsh_choices(GString *out)
{
    for (guint i = 0; commands[i]; i++) {
        g_autoptr(GArray) choices = choices_of(commands[i]);
        if (choices->len == 0)
            continue;
        g_string_append_printf(out, "    %s) choices=(\n", commands[i]->name);
        for (guint c = 0; c < choices->len; c++) {
            const Choice *choice = &g_array_index(choices, Choice, c);
            g_autofree char *help = quoted(choice->help, "\\:", false);
            g_string_append_printf(out, "        '%s:%s'\n", choice->word, help);
        }
        g_string_append(out, "    ) ;;\n");
    }
}

static void
zsh_option(GString *out, const OptionRow *row, const Command *command)
{
    bool many = row->kind == G_OPTION_ARG_STRING_ARRAY ||
                row->kind == G_OPTION_ARG_FILENAME_ARRAY;
    g_autofree char *help = quoted(option_help(row, command), "\\[]", false);
    const char *equals = row->argument ? "=" : "", *plus = row->argument ? "+" : "";
    g_string_append(out, "            ");
    if (many)
        g_string_append(out, row->letter ? "'*'" : "'*");
    else if (row->letter)
        g_string_append_printf(out, "'(-%c --%s)'", row->letter, row->name);
    else
        g_string_append_c(out, '\'');
    if (row->letter)
        g_string_append_printf(out, "{-%c%s,--%s%s}'", row->letter, plus, row->name,
                               equals);
    else
        g_string_append_printf(out, "--%s%s", row->name, equals);
    g_string_append_printf(out, "[%s]", help);
    if (row->argument) {
        g_autofree char *argument = quoted(row->argument, "\\:", false);
        g_string_append_printf(out, ":%s:", argument);
    }
    Takes kind = takes(row);
    if (kind == TAKES_FILE || kind == TAKES_DIR)
        g_string_append(out, kind == TAKES_DIR ? "_files -/" : "_files");
    if (kind == TAKES_WORDS || kind == TAKES_FORMATS) {
        g_autofree char *words = words_of(row, command);
        if (kind == TAKES_WORDS)
            g_string_append_printf(out, "(%s)", words);
        else
            g_string_append_printf(out, " _kcdaudit_formats %s", words);
    }
    g_string_append(out, "' \\\n");
}

static void
zsh_arguments(GString *out)
{
    for (guint i = 0; commands[i]; i++) {
        g_autoptr(GArray) choices = choices_of(commands[i]);
        g_autofree char *shown = quoted(commands[i]->arguments, "\\:[]", false);
        g_string_append_printf(out, "        %s) _arguments \\\n", commands[i]->name);
        for (const OptionRow *row = option_rows; row->name; row++)
            if (option_belongs(row, commands[i]))
                zsh_option(out, row, commands[i]);
        if (choices->len > 0)
            g_string_append_printf(
                out, "            '1:%s: _kcdaudit_choices %s argument' \\\n", shown,
                commands[i]->name);
        /* Whatever follows is for the program to judge. */
        g_string_append(out, commands[i]->max_arguments > 0
                                 ? "            '*:argument:' ;;\n"
                                 : "            && return ;;\n");
    }
}

/* fish */

static void
fish_commands(GString *out)
{
    for (guint i = 0; commands[i]; i++) {
        g_autofree char *help = quoted(commands[i]->summary, "\\", true);
        g_string_append_printf(out,
                               "complete -c kcdaudit -n __kcdaudit_none -a %s -d '%s'\n",
                               commands[i]->name, help);
    }
}

static void
fish_options(GString *out)
{
    for (guint i = 0; commands[i]; i++) {
        for (const OptionRow *row = option_rows; row->name; row++) {
            if (!option_belongs(row, commands[i]))
                continue;
            g_autofree char *help = quoted(option_help(row, commands[i]), "\\", true);
            g_string_append_printf(out,
                                   "complete -c kcdaudit -n '__kcdaudit_is %s' -l %s",
                                   commands[i]->name, row->name);
            if (row->letter)
                g_string_append_printf(out, " -s %c", row->letter);
            Takes kind = takes(row);
            g_autofree char *words = kind == TAKES_WORDS || kind == TAKES_FORMATS
                                         ? words_of(row, commands[i])
                                         : NULL;
            if (kind == TAKES_FILE)
                g_string_append(out, " -r -F");
            else if (kind == TAKES_DIR)
                g_string_append(out, " -x -a '(__fish_complete_directories)'");
            else if (kind == TAKES_FORMATS)
                g_string_append_printf(out, " -x -a '(__kcdaudit_formats %s)'", words);
            else if (kind == TAKES_WORDS)
                g_string_append_printf(out, " -x -a '%s'", words);
            else if (kind == TAKES_ANY)
                g_string_append(out, " -x");
            g_string_append_printf(out, " -d '%s'\n", help);
        }
    }
}

static void
fish_choices(GString *out)
{
    for (guint i = 0; commands[i]; i++) {
        g_autoptr(GArray) choices = choices_of(commands[i]);
        for (guint c = 0; c < choices->len; c++) {
            const Choice *choice = &g_array_index(choices, Choice, c);
            g_autofree char *help = quoted(choice->help, "\\", true);
            g_string_append_printf(
                out, "complete -c kcdaudit -n '__kcdaudit_first %s' -a %s -d '%s'\n",
                commands[i]->name, choice->word, help);
        }
    }
}

/* Every way to write an option whose argument is the next word. */
static void
fish_takers(GString *out)
{
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (!row->argument)
            continue;
        g_string_append_printf(out, "%s--%s", out->len > 0 ? " " : "", row->name);
        if (row->letter)
            g_string_append_printf(out, " -%c", row->letter);
    }
}

static const struct {
    const char *name;
    void (*put)(GString *out);
} parts[] = {
    {"commands", commands_plain},     {"bash-options", bash_options},
    {"bash-takes", bash_takes},       {"bash-choices", bash_choices},
    {"zsh-commands", zsh_commands},   {"zsh-choices", zsh_choices},
    {"zsh-arguments", zsh_arguments}, {"fish-commands", fish_commands},
    {"fish-options", fish_options},   {"fish-choices", fish_choices},
    {"fish-takers", fish_takers},
};

/* A part of its own line ends that line itself. */
static void
put_part(GString *out, const char *line, const char *at, const char *name, guint part)
{
    g_autoptr(GString) text = g_string_new(NULL);
    parts[part].put(text);
    if (at == line && at[strlen(name) + 2] == '\0')
        g_string_append(out, text->str);
    else
        g_string_append_printf(out, "%.*s%s%s\n", (int)(at - line), line, text->str,
                               at + strlen(name) + 2);
}

bool
completion_expand(const char *text, char **ret_text, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *whole = g_strchomp(g_strdup(text));
    g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_autoptr(GRegex) regex = g_regex_new("@([a-z-]+)@", 0, 0, NULL);
        g_autoptr(GMatchInfo) match = NULL;
        guint part = 0;
        if (!g_regex_match(regex, *line, 0, &match)) {
            g_string_append_printf(out, "%s\n", *line);
            continue;
        }
        g_autofree char *name = g_match_info_fetch(match, 1);
        int start = 0;
        g_match_info_fetch_pos(match, 0, &start, NULL);
        while (part < G_N_ELEMENTS(parts) && strcmp(parts[part].name, name) != 0)
            part++;
        if (part == G_N_ELEMENTS(parts))
            return fault_set(error, FAULT_MALFORMED, "there is no part @%s@", name);
        put_part(out, *line, *line + start, name, part);
    }
    *ret_text = g_strdup(out->str);
    return true;
}
