/* What was read, of when it is, and how whoever gets a report can check that it is the
 * same. */
#ifndef RENDER_ORIGINS_H
#define RENDER_ORIGINS_H

#include "render/report.h"

/* "2026-11-20 12:00 UTC, 8 days old": when the data of files is of (transfer full);
 * NULL: not of files. */
char *
origins_time(const Report *report);

/* What to say of data that is older than a week (transfer full); NULL: nothing. */
char *
origins_warning(const Report *report);

/* Two lines for each file: what it is, and its SHA-256 (transfer full, of char *;
 * empty: a directory was asked).  `whole`: with the folders that it lies in. */
GPtrArray *
origins_lines(const Report *report, bool whole);

#endif
