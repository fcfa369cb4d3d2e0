/* When an attribute was last changed: one value of msDS-ReplAttributeMetaData
 * (MS-ADTS 3.1.1.4.5.25), an XML element per attribute. */
#ifndef COLLECT_METADATA_H
#define COLLECT_METADATA_H

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *attribute; /* its LDAP name */
    guint version;
    gint64 changed_us; /* since 1970 */
    char *dsa_dn;      /* NULL: a DC that is gone */
} Metadata;

/* FAULT_MALFORMED: not that element, an element in it twice or missing, a
 * number or time that is none, too long. */
bool
metadata_parse(const char *text, gsize length, Metadata *ret_metadata, GError **error);
void
metadata_clear(Metadata *metadata);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Metadata, metadata_clear)

#endif
