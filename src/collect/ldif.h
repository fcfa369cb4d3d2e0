/* LDIF as ldapsearch and ldifde write it (RFC 2849), read whole. */
#ifndef COLLECT_LDIF_H
#define COLLECT_LDIF_H

#include "entry.h"

#define LDIF_FILE_MAX ((gsize)1 << 30)
#define LDIF_VALUES_MAX (16u << 20) /* values of one entry */

/* A file's text, ready to parse. */
typedef struct {
    char *name; /* for messages */
    char *text; /* UTF-8, no byte order mark, no NUL */
    gsize length;
} LdifText;

void
ldif_text_clear(LdifText *text);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LdifText, ldif_text_clear)

/* Takes over the bytes of a file: byte order marks are dropped, UTF-16 (as
 * `ldifde -u` writes it) becomes UTF-8.  FAULT_MALFORMED. */
bool
ldif_text_of(const char *name, char *data, gsize length, LdifText *ret_text,
             GError **error);

/* What the walk found; every function may be NULL. */
typedef struct {
    /* An entry (borrowed), and which "# requesting:" line stands above it:
     * NULL where there is none. */
    void (*entry)(const Entry *entry, const char *requesting, void *data);
    /* A result line that is no success: the export is not complete. */
    void (*incomplete)(const char *result, void *data);
    void *data;
    /* A comment line without its "# ", in the order of the file. */
    void (*comment)(const char *text, void *data);
} LdifHandler;

/* Walks every record.  FAULT_MALFORMED with file and line: text that is no
 * LDIF, directives that would open other files, change records. */
bool
ldif_walk(const LdifText *text, const LdifHandler *handler, GError **error);

#endif
