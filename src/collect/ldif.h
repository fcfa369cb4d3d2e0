/* LDIF as ldapsearch and ldifde write it (RFC 2849), read record by record. */
#ifndef COLLECT_LDIF_H
#define COLLECT_LDIF_H

#include "base/stream.h"
#include "entry.h"

/* What the walk found; every function may be NULL. */
typedef struct {
    /* An entry (borrowed), and which "# requesting:" line stands above it:
     * NULL where there is none. */
    void (*entry)(const Entry *entry, const char *requesting, void *data);
    /* A result that is no success, or pages that are missing: the export is not complete.
     */
    void (*incomplete)(const char *why, void *data);
    void *data;
    /* A comment line without its "# ", in the order of the file. */
    void (*comment)(const char *text, void *data);
    /* The last line has no end, and is not taken: before the record that it is of. */
    void (*cut)(void *data);
} LdifHandler;

/* Walks every record to the end of the stream: UTF-8, or UTF-16, as `ldifde -u` writes
 * it. FAULT_MALFORMED with file and line: text that is no LDIF, directives that would
 * open other files, change records. */
bool
ldif_walk(Stream *stream, const LdifHandler *handler, GError **error);

#endif
