/* When attributes were last changed, as a DC keeps it: one value of replPropertyMetaData,
 * 48 bytes per attribute (MS-DRSR 5.178, PROPERTY_META_DATA_VECTOR). */
#ifndef COLLECT_METABLOB_H
#define COLLECT_METABLOB_H

#include "model/account.h"

/* Adds what it says of the attributes that matter (to `changes`, of AttrChange; their
 * `dc` is NULL, `dsa` the originating DC's invocationId).  False, and nothing added: it
 * is none, or shorter than it says. */
bool
metablob_read(const void *data, gsize length, GArray *changes);

#endif
