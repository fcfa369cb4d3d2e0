/* Files of `key: value` lines: a line that starts with white space continues the one
 * before it, # starts a comment, blank lines part records. */
#ifndef BASE_FIELDS_H
#define BASE_FIELDS_H

#include <glib.h>
#include <stdbool.h>

typedef struct {
    GStrv lines; /* its own */
    guint next;  /* the first of them that nobody took */

    /* The field at hand. */
    guint line;  /* from 1 */
    bool parted; /* blank lines stand before it */
    char *key;   /* NULL: the line has no colon, and all of it is the value */
    char *value; /* stripped; each line that continues it stands after a line feed */
} Fields;

Fields
fields_of(const char *text);

/* Moves to the next field; false at the end. */
bool
fields_next(Fields *fields);

void
fields_clear(Fields *fields);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fields, fields_clear)

#endif
