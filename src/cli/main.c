#include "cli/cli.h"

#include "base/fault.h"
#include "base/text.h"
#include "ticket/names.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

const Command *const commands[] = {&command_audit,  &command_check, &command_diagnose,
                                   &command_ticket, &command_spn,   &command_snapshot,
                                   &command_rules,  &command_help,  NULL};

/* What the operator can do decides the exit status. */
static const ExitStatus fault_exits[] = {
    [FAULT_CONFIG] = EXIT_USAGE,         [FAULT_CREDENTIALS] = EXIT_NO_AUDIT,
    [FAULT_UNREACHABLE] = EXIT_NO_AUDIT, [FAULT_DENIED] = EXIT_NO_AUDIT,
    [FAULT_MALFORMED] = EXIT_NO_AUDIT,   [FAULT_OUTPUT] = EXIT_USAGE,
};

const Command *
command_find(const char *name)
{
    for (guint i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

void
cli_note(const char *message, void *unused)
{
    (void)unused;
    /* A message may hold what a directory, a KDC or a file said. */
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, message);
    fprintf(stderr, "kcdaudit: %s\n", shown);
}

int
cli_fail(const GError *error)
{
    cli_note(error->message, NULL);
    g_assert(error->domain == FAULT_ERROR);
    return (int)fault_exits[error->code];
}

static int
run(const Command *command, int argc, char **argv)
{
    g_autoptr(Options) options = NULL;
    g_autoptr(GError) error = NULL;
    bool help = false;
    if (!options_parse(command, argc, argv, &options, &help, &error))
        return cli_fail(error);
    if (help) {
        g_autoptr(GString) text = g_string_new(NULL);
        options_help(command, text);
        fputs(text->str, stdout);
        return EXIT_OK;
    }
    return command->run(options);
}

int
main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    names_take_as_given();
    if (argc < 2) {
        fputs("kcdaudit: no command given; see: kcdaudit help\n", stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("kcdaudit " KCDAUDIT_VERSION);
        return EXIT_OK;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    const Command *command = command_find(name);
    if (!command) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
        fprintf(stderr, "kcdaudit: there is no command %s; see: kcdaudit help\n", shown);
        return EXIT_USAGE;
    }
    return run(command, argc - 1, argv + 1);
}
