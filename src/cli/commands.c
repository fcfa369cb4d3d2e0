/* THE table of commands. */
#include "cli/cli.h"

#include "base/nearest.h"

#include <string.h>

const Command *const commands[] = {
    &command_audit,     &command_check,   &command_delegations,
    &command_diagnose,  &command_ticket,  &command_spn,
    &command_snapshot,  &command_merge,   &command_rules,
    &command_workloads, &command_history, &command_diff,
    &command_fleet,     &command_help,    NULL,
};

const Command *
command_find(const char *name)
{
    for (guint i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

const char *
command_nearest(const char *given)
{
    Nearest nearest = {.given = given};
    for (guint i = 0; commands[i]; i++)
        nearest_consider(&nearest, commands[i]->name);
    return nearest.word;
}
