/* What one run found, row by row: of an audit that is done, or of a run that another
 * history keeps. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "audit/absence.h"
#include "audit/past.h"
#include "store/db.h"

typedef struct {
    const char *rule, *subject, *target, *spn;
    const char *ran_on, *ran_towards;
    const char *title, *cause, *cause_title;
    const char *detail; /* of another history; NULL: row_detail */
} FindingWords;

/* One target of what reports list as a finding; of several of one key, the worst. */
typedef struct {
    const char *key;           /* as finding_key has it */
    const Finding *finding;    /* NULL: of another history */
    const FindingWords *words; /* the same of that; else NULL */
    gint64 hash;               /* of the texts */
    PastState state;           /* after nothing */
    bool known; /* for who records it: its span is open and needs no more */
} FindingRow;

typedef struct {
    guint source, target; /* places in `hosts` */
    Verdict verdict;
} PairRow;

typedef struct {
    const char *what, *why;
} GapRow;

/* A delegation that is there. */
typedef struct {
    const char *id;
    const Edge *edge; /* NULL: of another history */
    PastEdgeState state;
    const char *source, *target; /* set once rows_tell_edge was asked, as the rest is */
    Leg way;
    guint source_kind;
    guint target_kind; /* where it is to an account */
    bool told, to_account;
    bool away;  /* an end is of another domain than the audited one */
    bool known; /* for who records it: its span is open, and goes on or is moved */
} EdgeRow;

/* Who gets to Tier 0 by delegation alone. */
typedef struct {
    const char *from, *to; /* as ids have them */
    const char *path;      /* ids of its first edges, a line each */
    guint steps;
    bool known; /* for who records it: its span is open, and goes on or is moved */
} ChainRow;

typedef struct {
    const Audit *audit; /* borrowed, as its texts are; NULL: of another history */
    GStringChunk *words;
    GPtrArray *spoken;    /* of FindingWords *: those of another history */
    GArray *findings;     /* of FindingRow */
    GHashTable *by_key;   /* key -> place in `findings`, + 1; 0: it follows from others */
    GPtrArray *hosts;     /* of const char *; a name may come twice */
    GArray *pairs;        /* of PairRow */
    GArray *gaps;         /* of GapRow */
    GArray *edges;        /* of EdgeRow */
    GHashTable *edge_at;  /* id -> place in `edges`, + 1 */
    GArray *chains;       /* of ChainRow */
    GHashTable *chain_at; /* from -> place in `chains`, + 1 */
    /* Of another history: what it says of what was there before and is not any more.  Of
     * the rest nothing is known. */
    GHashTable *endings;      /* key -> Absence, + 1 */
    GHashTable *edges_ended;  /* ids */
    GHashTable *chains_ended; /* from */
} RunRows;

void
run_rows_clear(RunRows *rows);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RunRows, run_rows_clear)

void
rows_of_audit(const Audit *audit, RunRows *ret_rows);

/* Of a run that a history keeps (rows_kept.c). */
bool
rows_of_run(Db *db, gint64 number, RunRows *ret_rows, GError **error);

/* What it says of what; the words are borrowed. */
FindingWords
row_words(const FindingRow *row);
/* (transfer full) */
char *
row_detail(const FindingRow *row);

/* Fills in the edge's ends. */
void
rows_tell_edge(const RunRows *rows, EdgeRow *row);

/* Adds one (rows.c, for rows_kept.c). */
void
rows_init(RunRows *rows);
void
rows_add_chain(RunRows *rows, const ChainRow *row);
void
rows_add_edge(RunRows *rows, const EdgeRow *row);

#endif
