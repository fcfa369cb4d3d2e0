/* Which findings a report lists: --rule and --min-severity. */
#ifndef CLI_SHOWN_H
#define CLI_SHOWN_H

#include "cli/options.h"
#include "render/report.h"

/* What of an audit is shown (transfer full); NULL: all of it. */
Shown *
shown_of(const Options *options, const Audit *audit);
void
shown_free(Shown *shown);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Shown, shown_free)

#endif
