/* Releases of Windows that make a cause likelier. */
#ifndef DIAGNOSE_RELEASE_H
#define DIAGNOSE_RELEASE_H

#include <glib.h>
#include <stdbool.h>

/* Those there are: "2012r2" ... "2025", "azurelocal"; ended by NULL. */
extern const char *const release_words[];

/* "Windows Server 2025" for "2025" (transfer none); NULL: there is no such release. */
const char *
release_title(const char *release);

/* The release that a person gives, "2025" or "Windows Server 2025" (transfer none); NULL:
 * none is meant. */
const char *
release_parse(const char *given);

/* Whether a text names it: an operatingSystem, an event. */
bool
release_is_named(const char *release, const char *text);

#endif
