/* Options as other programs spell them: setspn, ldapsearch, kubectl and the like. */
#ifndef CLI_SPELLING_H
#define CLI_SPELLING_H

#include "cli/options.h"

/* Writes the words (of char *, owned; the first is the command's) as this program has
 * them.  FAULT_CONFIG: one stands for what is not done here; the message has the right
 * one, and no value, which may be a password. */
bool
spelling_settle(const Command *command, GPtrArray *words, GError **error);

/* The command that is meant by a name of another program, "setspn"; NULL: none. */
const char *
spelling_command(const char *name);

#endif
