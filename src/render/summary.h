/* What every report for people says in sentences: the answer, its scope and evidence,
 * and what to do next. */
#ifndef RENDER_SUMMARY_H
#define RENDER_SUMMARY_H

#include "render/page.h"
#include "render/report.h"
#include "render/tally.h"

/* The word for the worst verdict ("BROKEN"; transfer none) and its style; the
 * sentence after it is appended to `sentence`. */
const char *
summary_answer(const Audit *audit, const Tally *tally, GString *sentence,
               Style *ret_style);

/* Whether to say why there is no pair: not where nobody has Hyper-V and there are
 * delegations. */
bool
summary_wants_pairs(const Audit *audit, const Tally *tally);

/* Where there is nothing to judge: why, and what to do (transfer full, of char *). */
GPtrArray *
summary_no_pairs(const Audit *audit, const Tally *tally);

/* What was looked at, and what was not (each transfer full, of char *). */
GPtrArray *
summary_checked(const Audit *audit, const Tally *tally);
GPtrArray *
summary_unchecked(const Audit *audit, const Tally *tally);

/* The configuration's files (transfer full); NULL: none. */
char *
summary_configuration(const Audit *audit);

/* What differs on this domain controller's KDC (transfer none); NULL: nothing. */
const char *
summary_samba(const Audit *audit);

/* What to do, in order (transfer full, of char *; empty: there is no fix).  `more`
 * stands where names are left out. */
GPtrArray *
summary_steps(const Report *report, const char *more);

/* The run before this one (transfer none); NULL: none is known. */
const PastRun *
summary_before(const Trend *trend);

/* "2026-11-21 01:40 UTC" (transfer full) */
char *
summary_minute(gint64 unix_us);

#endif
