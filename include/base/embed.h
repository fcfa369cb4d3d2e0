/* Files of the source tree carried in the binary (queries/). */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include <stddef.h>

typedef struct {
    const char *name; /* the file's base name, "hosts.ldap" */
    const char *text; /* NUL-terminated */
} Embedded;

/* The text of the embedded file, or NULL. */
const char *
embed_find(const char *name);

/* The generated table, ended by a NULL name. */
extern const Embedded embedded_files[];

#endif
