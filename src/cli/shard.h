/* An audit's questions shared by several runs: who asks what, and how the answers come
 * together.  The answers travel as kcdaudit.shard/1 (data/kcdaudit.shard.schema.json). */
#ifndef CLI_SHARD_H
#define CLI_SHARD_H

#include "cli/cli.h"

#define SHARD_SCHEMA "kcdaudit.shard/1"

/* "3/8"; "auto": of Slurm's job array; "auto/8": of a Kubernetes Indexed Job.  NULL: no
 * shard.  FAULT_CONFIG. */
bool
shard_parse(const char *text, Shard *ret_shard, GError **error);

/* Letters, digits and "._:-", at most 100.  FAULT_CONFIG. */
bool
shard_check_run_id(const char *run_id, GError **error);

/* Which of `length` questions are its own: neighbours, so that the parts in order are the
 * whole in order. */
void
shard_span(const Shard *shard, guint length, guint *ret_first, guint *ret_count);

/* Leaves a list of questions only those; all where this run is no shard. */
void
shard_keep(const Shard *shard, GPtrArray *questions);

/* SHA-256 of all that there is to ask: who judges by other hosts or another configuration
 * asks something else (transfer full). */
char *
shard_plan(const Audit *audit);

/* audit --shard: asks, and writes the answers; gives the exit status. */
int
shard_run(const Options *options);

/* The answers of a run's shards, as they come back. */
typedef struct ShardSet ShardSet;

/* Both are borrowed; what audits take from it lives as long as the set. */
ShardSet *
shard_set_new(const char *run_id, const Audit *audit);
void
shard_set_free(ShardSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ShardSet, shard_set_free)

/* Reads one file of answers (untrusted).  FAULT_MALFORMED: it is none;
 * FAULT_CONFIG: it is of another run, snapshot, number of shards or questions, or says
 * other than one that was read before. */
bool
shard_set_add(ShardSet *set, const char *path, GError **error);

/* Hands the answers to the audit, in the order in which one run would have asked.  What
 * a shard that did not return was to ask is said not to be known. */
void
shard_set_take(ShardSet *set, const Session *session, Audit *audit);

#endif
