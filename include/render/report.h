/* What a report is made of. */
#ifndef RENDER_REPORT_H
#define RENDER_REPORT_H

#include "audit/audit.h"
#include "audit/grouping.h"
#include "audit/past.h"
#include "fix/first.h"

/* What the history knows of earlier audits of the same scope. */
typedef struct {
    const char *place;     /* the file */
    const GPtrArray *runs; /* of const PastRun *, the oldest first, this one last */
    /* Against the run before; all 0 where this is the first. */
    guint fresh;    /* findings that no run had */
    guint reopened; /* that were mended or gone, or whose waiver ended */
    guint mended;
    guint persisting;
} Trend;

/* The findings that a report lists, where it is not all of them.  Counts, verdicts and
 * steps are those of the whole audit. */
typedef struct {
    bool rules[RULE_COUNT];
    Severity least;
    GPtrArray *findings; /* of const Finding *: those of these rules, from there on */
    guint hidden;        /* findings that are not listed */
} Shown;

/* Where a long report goes while it is made. */
typedef struct {
    void (*take)(gpointer to, const GString *piece); /* NULL: it is kept whole */
    gpointer to;
} Drain;

typedef struct {
    const Audit *audit;
    const Shown *shown;     /* NULL: everything */
    const GPtrArray *fixes; /* of Fix * */
    const GPtrArray *first; /* of FirstStep *; NULL: not asked for */
    const char *tool_version;
    const char *hostname; /* of this machine; NULL: not known */
    gint64 started_us;
    gint64 duration_ms;
    Severity fail_on; /* from here on a finding fails the audit */
    bool all_pairs;
    bool all_edges;
    const Trend *trend; /* NULL: no history is kept.  Never in JSON: two audits of one
                         * state are to give the same report. */
    Drain drain;
    /* Text only. */
    bool color;
    bool utf8;
    bool quiet;
    bool summary; /* the answer, the counts and what to fix first */
    int verbose;
    int width;             /* columns; 0: not a terminal */
    const char *fixes_dir; /* NULL: not written */
} Report;

static inline bool
shown_has(const Shown *shown, const Finding *finding)
{
    return !shown || (shown->rules[finding->rule] && finding->severity >= shown->least);
}

#define PIECE_LONG ((gsize)256 * 1024)

/* Between two pieces: what was made goes where the report goes, once it is much. */
static inline void
report_flow(const Report *report, GString *out)
{
    if (!report->drain.take || out->len < PIECE_LONG)
        return;
    report->drain.take(report->drain.to, out);
    g_string_truncate(out, 0);
}

/* Of const Finding *: those to list. */
static inline const GPtrArray *
report_findings(const Report *report)
{
    return report->shown ? report->shown->findings : report->audit->findings;
}

/* The same as what they are listed as (transfer full, of FindingGroup *). */
static inline GPtrArray *
report_groups(const Report *report)
{
    return findings_grouped(report_findings(report));
}

#endif
