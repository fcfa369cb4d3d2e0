/* Registry.pol: the registry half of a GPO (MS-GPREG 2.2.1).
 *
 * "PReg", version 1, then records [key;value;type;size;data]: brackets and
 * semicolons are UTF-16LE characters, key and value UTF-16LE and ended by a
 * NUL, type and size 32 bits, little-endian, data `size` bytes.
 */
#ifndef DIAGNOSE_REGISTRYPOL_H
#define DIAGNOSE_REGISTRYPOL_H

#include <glib.h>
#include <stdbool.h>

typedef struct {
    guint records; /* that are sound */
    gsize at;      /* the first byte that is wrong */
    char *why;     /* what is wrong there; NULL: the file is sound */
} RegistryPol;

/* Walks the whole file.  False where it is corrupt.  Clear it either way. */
bool
registrypol_check(const void *data, gsize length, RegistryPol *ret_file);

void
registrypol_clear(RegistryPol *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RegistryPol, registrypol_clear)

#endif
