/* Which shard this run is, and which questions are its own. */
#include "shard.h"

#include "base/fault.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define RUN_ID_MAX 100u
#define RUN_ID_CHARACTERS \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"

/* What a scheduler tells: a number, or that it tells nothing. */
static bool
number_of(const char *text, guint64 most, guint *ret_number)
{
    guint64 number = 0;
    if (!text || !g_ascii_string_to_unsigned(text, 10, 0, most, &number, NULL))
        return false;
    *ret_number = (guint)number;
    return true;
}

/* sbatch(1): tasks are numbered from _MIN in steps of _STEP. */
static bool
of_slurm(Shard *ret_shard, GError **error)
{
    guint id = 0, least = 0, step = 1;
    bool told =
        number_of(getenv("SLURM_ARRAY_TASK_ID"), G_MAXINT, &id) &&
        number_of(getenv("SLURM_ARRAY_TASK_COUNT"), MOST_SHARDS, &ret_shard->count);
    number_of(getenv("SLURM_ARRAY_TASK_MIN"), G_MAXINT, &least);
    number_of(getenv("SLURM_ARRAY_TASK_STEP"), G_MAXINT, &step);
    if (!told)
        return fault_set(error, FAULT_CONFIG,
                         "--shard auto reads SLURM_ARRAY_TASK_ID and "
                         "SLURM_ARRAY_TASK_COUNT, and they are not set; write --shard "
                         "I/N, or auto/N in a Kubernetes Indexed Job");
    bool even = step > 0 && id >= least && (id - least) % step == 0;
    ret_shard->index = even ? (id - least) / step : G_MAXUINT;
    return ret_shard->index < ret_shard->count ||
           fault_set(
               error, FAULT_CONFIG,
               "--shard auto: task %u of an array of %u that begins with %u is none "
               "of them; number the array without gaps (--array=0-7)",
               id, ret_shard->count, least);
}

bool
shard_parse(const char *text, Shard *ret_shard, GError **error)
{
    if (!text)
        return true;
    if (strcmp(text, "auto") == 0)
        return of_slurm(ret_shard, error);
    g_auto(GStrv) parts = g_strsplit(text, "/", 3);
    bool two = g_strv_length(parts) == 2;
    bool automatic = two && strcmp(parts[0], "auto") == 0;
    const char *index = automatic ? getenv("JOB_COMPLETION_INDEX") : parts[0];
    if (automatic && !index)
        return fault_set(error, FAULT_CONFIG,
                         "--shard auto/N reads JOB_COMPLETION_INDEX, and it is not set: "
                         "the Job needs completionMode: Indexed");
    bool sound = two && number_of(index, MOST_SHARDS, &ret_shard->index) &&
                 number_of(parts[1], MOST_SHARDS, &ret_shard->count) &&
                 ret_shard->index < ret_shard->count;
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
    return sound || fault_set(error, FAULT_CONFIG,
                              "--shard %s%s%s is not I/N with I from 0 to N-1 and N "
                              "at most %s, such as 0/8",
                              *shown ? shown : "''", automatic ? " with index " : "",
                              automatic ? index : "", NUMBER(MOST_SHARDS));
}

bool
shard_check_run_id(const char *run_id, GError **error)
{
    gsize length = strlen(run_id);
    return (length > 0 && length <= RUN_ID_MAX &&
            strspn(run_id, RUN_ID_CHARACTERS) == length) ||
           fault_set(error, FAULT_CONFIG,
                     "--run-id takes 1 to %u letters, digits, dots, colons, dashes and "
                     "underscores, such as 2026-11-29",
                     RUN_ID_MAX);
}

void
shard_span(const Shard *shard, guint length, guint *ret_first, guint *ret_count)
{
    guint64 first = (guint64)length * shard->index / shard->count;
    guint64 behind = (guint64)length * (shard->index + 1) / shard->count;
    *ret_first = (guint)first;
    *ret_count = (guint)(behind - first);
}

void
shard_keep(const Shard *shard, GPtrArray *questions)
{
    guint first = 0, count = 0;
    if (shard->count == 0)
        return;
    shard_span(shard, questions->len, &first, &count);
    if (first + count < questions->len)
        g_ptr_array_remove_range(questions, first + count,
                                 questions->len - first - count);
    if (first > 0)
        g_ptr_array_remove_range(questions, 0, first);
}

static void
plan_add(GChecksum *plan, const char *kind, const char *what)
{
    g_checksum_update(plan, (const guchar *)kind, -1);
    g_checksum_update(plan, (const guchar *)what, (gssize)strlen(what) + 1);
}

char *
shard_plan(const Audit *audit)
{
    g_autoptr(GChecksum) plan = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GPtrArray) tickets = audit_wanted_tickets(audit);
    g_autoptr(GPtrArray) machines = audit_wanted_net(audit);
    for (guint i = 0; i < tickets->len; i++)
        plan_add(plan, "ticket ", tickets->pdata[i]);
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = audit->pairs->pdata[i];
        if (i == 0 || pair->source != ((const Pair *)audit->pairs->pdata[i - 1])->source)
            plan_add(plan, "proof ", pair->source->dn);
    }
    for (guint i = 0; i < machines->len; i++)
        plan_add(plan, "machine ", ((const NetEvidence *)machines->pdata[i])->name);
    return g_strdup(g_checksum_get_string(plan));
}
