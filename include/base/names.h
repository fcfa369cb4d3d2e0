/* Long lists of names, so that a person can read them. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <glib.h>

/* "HV01, HV07 and 12 more": at most `most`.  Where there are more, they are sorted by
 * their numbers, and three or more in a row are one: "HV003 to HV250" (transfer full). */
char *
names_brief(const GPtrArray *names, guint most);

#endif
