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

#endif
