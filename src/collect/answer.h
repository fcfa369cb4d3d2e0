/* One message of a server, taken apart. */
#ifndef COLLECT_ANSWER_H
#define COLLECT_ANSWER_H

#include "entry.h"

#include <ldap.h>

/* Of EntryAttribute, whose values are the array's own. */
typedef GArray EntryAttributes;

/* Reads an entry in place: libldap's buffers, no copies, for as long as the message
 * lives.  NULL where it is malformed. */
EntryAttributes *
answer_entry(LDAP *ldap, LDAPMessage *message, Entry *ret_entry);
void
answer_free(EntryAttributes *attributes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EntryAttributes, answer_free)

/* Bytes of its names and values; *ret_values: how many values the longest list has. */
guint64
answer_size(const Entry *entry, guint *ret_values);

/* Why a search did not end well (transfer full). */
char *
answer_reason(int result, const char *diagnostic);

#endif
