/* What each file carries of each domain: an attribute that stands on nobody there may not
 * have been exported. */
#ifndef COLLECT_FILES_H
#define COLLECT_FILES_H

#include "builder.h"

typedef struct Files Files;

/* Of all that was read, once the domains are settled. */
Files *
files_new(const Builder *builder);
void
files_free(Files *files);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Files, files_free)

/* The attributes that some account of the account's domain carries in a file. */
guint64
files_show(const Files *files, guint file, const Taken *taken);

/* Takes what a file was exported without, of a domain, for unread on the accounts that
 * stand there alone; `seen`: what any account of any file carries.  The attributes that
 * this concerned. */
guint64
files_mistrust(Files *files, guint64 seen);

/* Whether whoever holds an SPN in a domain (its place among the estate's) is there. */
bool
files_show_owners(const Files *files, guint domain);

#endif
