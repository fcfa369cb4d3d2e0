/* One entry as it came, from the wire or from a file: borrowed bytes. */
#ifndef COLLECT_ENTRY_H
#define COLLECT_ENTRY_H

#include "model/estate.h"

#include <glib.h>
#include <ldap.h>
#include <stdbool.h>

typedef struct {
    struct berval name; /* with its options: "memberOf;range=0-1499" */
    struct berval *values;
    guint count;
} EntryAttribute;

typedef struct {
    struct berval dn;
    const EntryAttribute *attributes;
    guint count;
} Entry;

/* The attribute of exactly this name; NULL where it is absent or has no
 * value. */
const EntryAttribute *
entry_find(const Entry *entry, const char *name);

/* Whether it shows a value of the attribute, whole or a part of a list. */
bool
entry_shows(const Entry *entry, const char *name);

/* Whether one value equals `text`, without regard to ASCII case. */
bool
entry_has(const Entry *entry, const char *name, const char *text);

/* The first value as text (transfer full); NULL where it is absent, empty,
 * holds a NUL or is longer than 64 KiB. */
char *
entry_text(const Entry *entry, const char *name);

/* The first value as an integer; `otherwise` where it is none. */
gint64
entry_integer(const Entry *entry, const char *name, gint64 otherwise);

/* The name before the first option, and its range option where it has one
 * (MS-ADTS 3.1.1.3.1.3.3): "low-high", or "low-*" in the last part. */
typedef struct {
    gsize name_length;
    bool ranged;
    guint low;
    guint high; /* G_MAXUINT: to the end */
    bool other; /* another option, such as ;binary */
} EntryOptions;

/* False where the options cannot be understood. */
bool
entry_options(const struct berval *name, EntryOptions *ret_options);

/* Whether a reader with these SIDs would see an attribute of the entry if it were there;
 * unknown without a descriptor or the reader's SIDs (NULL). */
Tri
entry_may_see(const Entry *entry, GHashTable *token, const char *guid);

#endif
