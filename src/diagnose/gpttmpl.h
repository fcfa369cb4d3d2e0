/* GptTmpl.inf: the security half of a GPO (MS-GPSB 2.2.6 for its user rights).
 *
 * An INF file, as a rule UTF-16LE with a byte order mark:
 *
 *     [Privilege Rights]
 *     SeServiceLogonRight = *S-1-5-80-0,CONTOSO\svc-backup
 */
#ifndef DIAGNOSE_GPTTMPL_H
#define DIAGNOSE_GPTTMPL_H

#include <glib.h>
#include <stdbool.h>

/* A line of [Privilege Rights]. */
typedef struct {
    char *right;           /* as written */
    guint line;            /* of the file, from 1 */
    GPtrArray *principals; /* of char *: "*S-1-5-32-544" or a name; empty: nobody */
} PrivilegeRight;

typedef struct {
    GPtrArray *rights; /* of PrivilegeRight * */
    char *why;         /* why the file cannot be trusted; NULL: it is sound */
} GptTmpl;

/* Reads UTF-16 with or without a byte order mark, UTF-8 and ANSI (Windows-1252).
 * False where the file is damaged; what was found is there nevertheless.
 * Clear it either way. */
bool
gpttmpl_parse(const void *data, gsize length, GptTmpl *ret_file);

void
gpttmpl_clear(GptTmpl *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GptTmpl, gpttmpl_clear)

#endif
