#include "cli/cli.h"

#include <stdio.h>

static int
help_all(void)
{
    puts("usage: kcdaudit COMMAND [OPTION...]\n\n"
         "Audits the Kerberos delegation that Hyper-V live migration needs.  It only "
         "reads.\n");
    for (guint i = 0; commands[i]; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    puts("\nkcdaudit help COMMAND tells a command's options; kcdaudit --version the "
         "version.\n\n"
         "First audit:\n"
         "  kinit alice@CONTOSO.COM\n"
         "  kcdaudit audit -D contoso.com\n\n"
         "Exit status: 0 nothing at or above --fail-on, 1 findings, 2 usage or "
         "configuration,\n"
         "3 incomplete (something could not be read), 4 could not audit.");
    return EXIT_OK;
}

static int
cmd_help(const Options *options)
{
    if (!options->arguments)
        return help_all();
    const Command *command = command_find(options->arguments[0]);
    if (!command) {
        fprintf(stderr, "kcdaudit: there is no command %s; see: kcdaudit help\n",
                options->arguments[0]);
        return EXIT_USAGE;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    options_help(command, text);
    fputs(text->str, stdout);
    return EXIT_OK;
}

const Command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "what the commands do, and their options",
    .max_arguments = 1,
    .run = cmd_help,
};
