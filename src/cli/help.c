/* The help of one command: from its row and the table of options. */
#include "cli/options.h"

#include <string.h>

#define WIDTH 80
#define COLUMN 30 /* where the help of an option begins */

/* Words of `text` up to the right edge, the following lines at `indent`; `at` is
 * where the line is already. */
static void
flow(GString *out, gsize at, gsize indent, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    bool first = true;
    for (char **word = words; *word; word++) {
        gsize length = strlen(*word);
        if (!first && at + 1 + length > WIDTH) {
            g_string_append_printf(out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        g_string_append_printf(out, "%s%s", first ? "" : " ", *word);
        at += length + (first ? 0 : 1);
        first = false;
    }
    g_string_append_c(out, '\n');
}

static void
draw_row(GString *out, const OptionRow *row, const Command *command)
{
    g_autofree char *letter =
        row->letter ? g_strdup_printf("-%c, ", row->letter) : g_strdup("    ");
    g_autofree char *left =
        g_strdup_printf("  %s--%s%s%s", letter, row->name, row->argument ? " " : "",
                        row->argument ? row->argument : "");
    g_string_append(out, left);
    if (strlen(left) > COLUMN - 2)
        g_string_append_printf(out, "\n%*s", COLUMN, "");
    else
        g_string_append_printf(out, "%*s", COLUMN - (int)strlen(left), "");
    flow(out, COLUMN, COLUMN, option_help(row, command));
}

static void
draw_section(GString *out, OptionSection section, const Command *command)
{
    bool begun = false;
    for (const OptionRow *row = option_rows; row->name; row++) {
        if (row->section != section || !option_belongs(row, command))
            continue;
        if (!begun)
            g_string_append_printf(out, "\n%s:\n", section_titles[section]);
        begun = true;
        draw_row(out, row, command);
    }
}

/* A line for each way to call it. */
static void
draw_usage(GString *out, const Command *command)
{
    g_auto(GStrv) ways = g_strsplit(command->arguments, " | ", -1);
    guint i = 0;
    do {
        const char *way = ways[i] ? ways[i] : "";
        g_string_append_printf(
            out, "%s kcdaudit %s%s%s%s\n", i == 0 ? "usage:" : "      ", command->name,
            command->options ? " [OPTION...]" : "", *way ? " " : "", way);
    } while (ways[i] && ways[++i]);
}

void
options_help(const Command *command, GString *out)
{
    draw_usage(out, command);
    g_string_append_c(out, '\n');
    flow(out, 0, 0, command->summary);
    if (command->details) {
        g_string_append_c(out, '\n');
        flow(out, 0, 0, command->details);
    }
    for (OptionSection section = 0; section < SECTION_COUNT; section++)
        draw_section(out, section, command);
    g_string_append(out, "\nExit status:\n");
    for (guint i = 0; i < EXIT_STATUSES; i++) {
        if (!command->statuses[i])
            continue;
        g_string_append_printf(out, "  %u  ", i);
        flow(out, 5, 5, command->statuses[i]);
    }
}
