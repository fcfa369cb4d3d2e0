/* Lines of LDIF, taken apart in place (RFC 2849). */
#ifndef COLLECT_LDIF_LINE_H
#define COLLECT_LDIF_LINE_H

#include <glib.h>
#include <lber.h>
#include <stdbool.h>

#define CONTROL_Z 0x1A /* what an editor of DOS ends a file with */

/* A line without its folds. */
typedef struct {
    char *text; /* what follows `length` may be overwritten */
    gsize length;
    gsize first; /* bytes up to its first fold */
    guint count; /* of lines in the file */
} LdifLine;

/* Behind what stands where a line begins when files were joined: `copy a+b c` keeps
 * their byte order marks, and Ctrl-Z from their ends. */
char *
ldif_skip_joints(char *at, const char *end);

/* The end of the line in the file at `at`, without its carriage returns, of which text
 * that was written as text twice has two; *ret_next is where the next one begins.  A
 * return alone ends a line as well: no exporter writes one into a value. */
char *
ldif_line_end(char *at, char *end, char **ret_next);

/* Takes the line at *at, which is before `end`, and moves behind it. */
LdifLine
ldif_line_take(char **at, char *end);

#define LDIF_NO_PAIR "a line that is not \"name: value\""

/* "name: value", both in the line, which is changed, and each followed by a NUL; why it
 * is none, NULL where it is one, if ldif_is_name says so of the name. */
const char *
ldif_line_parse(const LdifLine *line, struct berval *ret_name, struct berval *ret_value);

/* An attribute description: letters, digits, hyphens, dots and options. */
bool
ldif_is_name(const struct berval *name);

#endif
