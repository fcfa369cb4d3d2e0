/* Manual pages and completion, from the program's own tables and from the prose
 * in data/man.  A program of its own: it runs when kcdaudit is built. */
#ifndef MANUAL_H
#define MANUAL_H

#include "cli/cli.h"

/* What a page is called. */
typedef struct {
    char *name; /* "kcdaudit-audit" */
    char section;
    const char *date; /* "2026-11-21": of the text, never of the build */
} Title;

/* roff.c: a page of marked-up text as man(7).  The marks are those of Markdown
 * that data/man/README.md lists. */
void
roff_page(const Title *title, const char *text, GString *out);

/* expand.c: `text` with every line {{...}} replaced by what the tables say.
 * `command`: whose page it is; NULL: of none.  `options`: the prose for options,
 * by "name" or "name command".  FAULT_MALFORMED. */
bool
expand_page(const char *text, const Command *command, GHashTable *options,
            char **ret_text, GError **error);

/* expand.c: data/man/options.md by its headings. */
GHashTable *
expand_read_options(const char *text);

/* completion.c: the same with lines @NAME@, for a shell. */
bool
completion_expand(const char *text, char **ret_text, GError **error);

/* The choices for a command's first argument (transfer full); empty where there
 * are none. */
GArray *
choices_of(const Command *command);

#endif
