/* Words for the sources of a report. */
#include "origins.h"

#include "base/text.h"
#include "summary.h"

#include <string.h>

#define HOUR_US (3600 * (gint64)G_USEC_PER_SEC)
#define OLD_DAYS 7

static bool
is_offline(const Report *report)
{
    return g_strcmp0(report->audit->estate->source_kind, "ldif") == 0;
}

static gint64
hours_of(const Report *report, gint64 data_us)
{
    return (report->started_us - data_us) / HOUR_US;
}

/* "2026-11-20 12:00 UTC or later, at most 8 days old" */
static char *
time_text(const Report *report, gint64 data_us, Dated dated)
{
    bool newest = dated == DATED_NEWEST;
    if (data_us == 0)
        return g_strdup("an unknown date");
    g_autofree char *minute = summary_minute(data_us);
    gint64 hours = hours_of(report, data_us);
    gint64 count = hours < 48 ? hours : hours / 24;
    if (hours < 1)
        return g_steal_pointer(&minute);
    return g_strdup_printf("%s%s, %s%s %s%s old", minute,
                           newest ? " (its newest change) or later" : "",
                           newest ? "at most " : "", NUMBER((guint64)count),
                           hours < 48 ? "hour" : "day", count == 1 ? "" : "s");
}

char *
origins_time(const Report *report)
{
    const Estate *estate = report->audit->estate;
    return is_offline(report) ? time_text(report, estate->data_us, estate->dated) : NULL;
}

char *
origins_warning(const Report *report)
{
    const Estate *estate = report->audit->estate;
    if (!is_offline(report) || estate->data_us == 0 ||
        hours_of(report, estate->data_us) < OLD_DAYS * G_GINT64_CONSTANT(24))
        return NULL;
    return g_strdup("What has changed since then is not in this report: export again "
                    "before you act on it.");
}

static char *
file_text(const Origin *origin, const OriginFile *file, bool whole)
{
    static const char *const by[DATED_COUNT] = {
        [DATED_CLOCK] = "by the DC's clock of ",
        [DATED_SAVED] = "saved ",
        [DATED_NEWEST] = "its newest change is of ",
    };
    g_autofree char *base = g_path_get_basename(file->path);
    g_autofree char *minute = summary_minute(origin->data_us);
    const char *kind = strcmp(origin->kind, "adexplorer") == 0 ? "AD Explorer snapshot"
                       : origin->snapshot                      ? "snapshot by kcdaudit"
                                                               : "LDIF";
    bool input = strcmp(file->path, "-") == 0;
    return g_strdup_printf("%s: %s, %s bytes, %s%s",
                           input   ? "standard input"
                           : whole ? file->path
                                   : base,
                           kind, NUMBER(file->bytes),
                           by[origin->dated] ? by[origin->dated] : "of an unknown date",
                           origin->data_us > 0 ? minute : "");
}

GPtrArray *
origins_lines(const Report *report, bool whole)
{
    const GPtrArray *origins = report->audit->estate->origins;
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < origins->len; i++) {
        const Origin *origin = origins->pdata[i];
        for (guint f = 0; f < origin->files->len; f++) {
            const OriginFile *file = origin->files->pdata[f];
            g_ptr_array_add(lines, file_text(origin, file, whole));
            g_ptr_array_add(lines, g_strdup_printf("its SHA-256: %s", file->sha256));
        }
    }
    return lines;
}
