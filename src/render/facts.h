/* What hosts say of themselves, as a source of a report. */
#ifndef RENDER_FACTS_H
#define RENDER_FACTS_H

#include "render/report.h"

#include <jansson.h>

/* Sentences on the files that were given (of char *, transfer full); none where none
 * were. */
GPtrArray *
facts_checked(const Audit *audit);

/* Hosts of which nobody gave facts, "HV03, HV04 and 2 more" (transfer full); NULL: none,
 * or no facts at all were given. */
char *
facts_missing(const Audit *audit);

/* How many hosts are not set up for live migration, by what they say. */
guint
facts_unfit_hosts(const Audit *audit);

/* A file each: host, path, SHA-256, when it was collected, and what became of it. */
json_t *
facts_json(const Audit *audit);

#endif
