/* Attributes by number: who asks for 1.2.840.113556.1.4.1787 gets it under that name. */
#ifndef COLLECT_OID_H
#define COLLECT_OID_H

#include <glib.h>

/* The name of the attribute with this OID; NULL: it is none, or of none that is read. */
const char *
oid_name(const char *text, gsize length);

#endif
