/* What writing and reading a shard's file share. */
#ifndef CLI_SHARD_FILE_H
#define CLI_SHARD_FILE_H

#include "shard.h"

#include <jansson.h>

/* NetNameState as it is written; NULL-ended. */
extern const char *const shard_lookups[];

/* The SHA-256 of the files that the estate was read from, sorted (transfer full). */
json_t *
shard_snapshot_json(const Estate *estate);

/* Where an answer is read from.  The first thing that is wrong stays. */
typedef struct {
    const Audit *audit;
    GStringChunk *texts; /* keeps what evidence borrows */
    char *place;         /* "tickets[3]" */
    char *wrong;         /* "tickets[3]: spn: ..."; NULL: nothing so far */
} ShardReader;

void
shard_refuse(ShardReader *reader, const char *key, const char *what);

/* The list of that name, of at most `most` elements; NULL: it is none. */
const json_t *
shard_list(ShardReader *reader, const json_t *object, const char *key, gsize most);

/* A text; NULL where it is null, which is refused unless it may be. */
const char *
shard_text(ShardReader *reader, const json_t *object, const char *key, bool may_be_null);

/* Whether it is the text that belongs there, as tree_string writes it. */
bool
shard_is(const json_t *value, const char *expected);

gint64
shard_number(ShardReader *reader, const json_t *object, const char *key, gint64 least,
             gint64 most);
bool
shard_bool(ShardReader *reader, const json_t *object, const char *key);

/* The answers, each checked against its question (transfer full).  What is wrong stands
 * in the reader, and the rest is then of no use. */
TicketEvidence *
shard_read_ticket(ShardReader *reader, const json_t *object, const char *spn);
ProofEvidence *
shard_read_proof(ShardReader *reader, const json_t *object, const Account *source);
void
shard_read_machine(ShardReader *reader, const json_t *object, NetEvidence *machine);

#endif
