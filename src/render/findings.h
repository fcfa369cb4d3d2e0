/* The findings of a report, laid out for people before anything is drawn. */
#ifndef RENDER_FINDINGS_H
#define RENDER_FINDINGS_H

#include "follows.h"
#include "render/report.h"

/* What was seen under one key of evidence. */
typedef struct {
    const char *key;
    GPtrArray *values; /* of const char *, each once, in order of appearance */
    GHashTable *known; /* the values, while they are gathered */
} Seen;

/* Findings of one rule, severity and status about one subject, and what is to be
 * said of them: each thing once, and all of it.  How much is shown is for who
 * draws. */
typedef struct {
    GPtrArray *findings; /* of const Finding *, at least one */
    GPtrArray *patterns; /* of const char *, of each finding: its detail without names,
                          * one address for each text */
    const Finding *first;
    guint listed;        /* as so many findings are they listed: one for each subject */
    const char *title;   /* the rule's where the findings have several */
    bool targets;        /* the objects are targets, else SPNs */
    guint each;          /* of several subjects: so many targets of each, not the same for
                          * all; 0: all have all of them */
    GPtrArray *objects;  /* of const char * */
    GPtrArray *details;  /* of char *: of those alike but for names, the first */
    bool alike;          /* several findings share one detail */
    GPtrArray *evidence; /* of Seen *, in order of appearance */
    GPtrArray *fixes;    /* of const Fix * */
    GHashTable *planned; /* the same, as a set */
} Block;

/* All blocks of one subject; or of several of which the same is to be said. */
typedef struct {
    const char *name;
    GPtrArray *likes;  /* of const char *: the other subjects' names */
    GPtrArray *blocks; /* of Block * */
    guint findings;
} Subject;

typedef struct {
    GPtrArray *subjects; /* of Subject *, the worst first */
    Follows *follows;    /* what is told under another finding, and has no block */
    GHashTable *fixes;   /* id -> Fix *, borrowed */
    GStringChunk *texts; /* patterns and names, each once */
    GHashTable *homes;   /* Fix * -> the Block * that shows it in full: the first
                          * under the fix's own account, else the first */
} Sheet;

/* Subjects of which the same is to be said become one, from three on: nowhere; where
 * their targets are the same, themselves aside; and, while there are very many, where
 * they have as many targets. */
typedef enum { FOLD_NONE, FOLD_ALIKE, FOLD_COUNTED } FindingsFold;

/* Lays out what is not waived.  Borrows the report. */
Sheet *
findings_new(const Report *report, FindingsFold fold);
void
findings_free(Sheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sheet, findings_free)

/* "unknown", else the severity. */
const char *
findings_word(const Finding *finding);

#endif
