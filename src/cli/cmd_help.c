/* kcdaudit help: all commands, or one. */
#include "cli/cli.h"

#include "base/embed.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

int
cli_no_command(const char *name)
{
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
    const char *near = command_nearest(name);
    fprintf(stderr, "kcdaudit: there is no command %s%s%s%s; see: kcdaudit help\n", shown,
            near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    return EXIT_USAGE;
}

/* What is no command, and asked for all the same. */
static const struct {
    const char *name;
    const char *file;
    const char *summary;
} topics[] = {
    {"kinit", "topic-kinit.md",
     "how to get a Kerberos ticket, and what kinit's errors mean"},
    {"names", "topic-names.md", "how hosts, accounts and people may be written"},
};

/* The text of a topic, without the marks that a manual page has; false: there is none. */
static bool
help_topic(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(topics); i++) {
        if (strcmp(topics[i].name, name) != 0)
            continue;
        for (const char *at = embed_find(topics[i].file); *at; at++)
            if (*at != '`')
                putchar(*at);
        return true;
    }
    return false;
}

static int
help_all(void)
{
    puts(
        "usage: kcdaudit COMMAND [OPTION...]\n\n"
        "Audits Kerberos delegation in Active Directory: all there is, and what Hyper-V\n"
        "live migration needs.  It only reads.\n");
    for (guint i = 0; commands[i]; i++)
        printf("  %-11s %s\n", commands[i]->name, commands[i]->summary);
    puts("\nTopics:");
    for (guint i = 0; i < G_N_ELEMENTS(topics); i++)
        printf("  %-11s %s\n", topics[i].name, topics[i].summary);
    puts("\nkcdaudit help COMMAND or TOPIC tells more, man kcdaudit-COMMAND everything;\n"
         "kcdaudit --version the version.\n\nFirst audit:\n  kinit "
         "alice@CONTOSO.COM\n  kcdaudit audit -D contoso.com\n\nAn error on the "
         "screen:\n  kcdaudit diagnose 0x8009030E --from HV01 --to HV02\n\nExit status: "
         "0 nothing at or above --fail-on, 1 findings, 2 usage or\nconfiguration, 3 "
         "incomplete (something could not be read), 4 could not audit.");
    return EXIT_OK;
}

static int
cmd_help(const Options *options)
{
    if (!options->arguments)
        return help_all();
    if (help_topic(options->arguments[0]))
        return EXIT_OK;
    const Command *command = command_find(options->arguments[0]);
    if (!command)
        return cli_no_command(options->arguments[0]);
    g_autoptr(GString) text = g_string_new(NULL);
    options_help(command, text);
    fputs(text->str, stdout);
    return EXIT_OK;
}

static void
choices(GArray *into)
{
    for (guint i = 0; commands[i]; i++) {
        Choice choice = {commands[i]->name, commands[i]->summary};
        g_array_append_val(into, choice);
    }
    for (guint i = 0; i < G_N_ELEMENTS(topics); i++) {
        Choice choice = {topics[i].name, topics[i].summary};
        g_array_append_val(into, choice);
    }
}

const Command command_help = {
    .name = "help",
    .arguments = "[COMMAND|TOPIC]",
    .summary = "what the commands do, and their options; tickets; names",
    .statuses = {[EXIT_OK] = "told", [EXIT_USAGE] = "there is no such command or topic"},
    .max_arguments = 1,
    .choices = choices,
    .run = cmd_help,
};
