/* Distinguished names (RFC 4514). */
#ifndef MODEL_DN_H
#define MODEL_DN_H

#include <glib.h>
#include <stdbool.h>

/* The key of a DN: case folded, without the blanks that readers allow around
 * separators, and each character escaped in one way (transfer full). */
char *
dn_key(const char *dn);

/* The length of what stands before a DN in the extended form (MS-ADTS 3.1.1.3.4.1.5):
 * "<GUID=...>;<SID=...>;"; 0: nothing, or no DN follows.  Samba's may say of a link that
 * it is gone. */
gsize
dn_decoration(const char *value, gsize length, bool *ret_gone);

/* A DN of RFC 4514 from the older forms that RFC 2253 has readers take (LDAPv2): values
 * in quotes, semicolons between RDNs, blanks around separators; and from an ADSI path
 * ("LDAP://dc1/CN=...").  (transfer full; NULL: it is in none of them) */
char *
dn_modern(const char *dn, gsize length);

/* The value of the first RDN, as it is escaped there; of what is no DN the whole
 * (transfer full). */
char *
dn_name(const char *dn);

/* The DN of the parent, within `dn`; NULL at the top. */
const char *
dn_parent(const char *dn);

/* Whether `dn` is `suffix` or below it, without regard to case; both spelled as the
 * directory does. */
bool
dn_is_under(const char *dn, const char *suffix);

/* Whether `dn` lies below `container`, however people spell them. */
bool
dn_is_below(const char *dn, const char *container);

/* Whether a member stands for a SID, as of another forest: "CN=S-1-5-11,...". */
bool
dn_is_sid(const char *member);

/* Whether a member's own memberOf names the group: it is of the group's domain, and
 * stands for no SID. */
bool
dn_shows_groups(const char *member, const char *group);

/* The DNS name of the DC= components at the end of a DN (transfer full);
 * NULL where there are none. */
char *
dn_domain(const char *dn);

#endif
