/* Files that people have at hand and that are no LDIF. */
#ifndef COLLECT_FOREIGN_H
#define COLLECT_FOREIGN_H

#include <glib.h>
#include <stdbool.h>

/* What to do instead. */
#define FOREIGN_LDIFDE "export the domain with ldifde -f FILE -d DC=..."

/* Whether a file is known to be something else by its first bytes: sets the error that
 * names it and says what to do instead.  FAULT_MALFORMED. */
bool
foreign_is_binary(const char *name, const char *data, gsize length, GError **error);

/* The same of text (UTF-8, or nearly). */
bool
foreign_is_text(const char *name, const char *text, gsize length, GError **error);

#endif
