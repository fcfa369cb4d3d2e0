/* What somebody may have meant who mistyped a word. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include "cli/options.h"

/* The Levenshtein distance, without regard to case; G_MAXUINT for words too long
 * to be compared. */
guint
nearest_distance(const char *a, const char *b);

/* The command that is begun by, or hardly differs from, `given`; NULL: none. */
const char *
nearest_command(const char *given);

/* The same for the first of `words` (NULL-ended) that is written as a long option
 * and is none of the command's: an option's name without the dashes. */
const char *
nearest_option(const Command *command, char *const *words);

#endif
