/* The findings of a report, laid out for people before anything is drawn. */
#ifndef RENDER_SHEET_H
#define RENDER_SHEET_H

#include "render/render.h"

/* Findings of one rule, severity and status about one subject. */
typedef struct {
    GPtrArray *findings; /* of const Finding *, at least one */
    const Finding *first;
    GPtrArray *fixes; /* of const Fix *, each once */
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
    GHashTable *fixes;   /* id -> Fix *, borrowed */
    GHashTable *homes;   /* Fix * -> the Block * that shows it in full: the first
                          * under the fix's own account, else the first */
} Sheet;

/* Lays out what is not waived.  `fold`: subjects of which the same is to be
 * said become one, from three on.  Borrows the report. */
Sheet *
sheet_new(const Report *report, bool fold);
void
sheet_free(Sheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sheet, sheet_free)

/* A finding's detail without what differs between folded ones: the names of its
 * target and SPN, and of its subject with `any_subject` (transfer full). */
char *
sheet_pattern(const Finding *finding, bool any_subject);

/* The title of the block, or the rule's where its findings have several. */
const char *
sheet_title(const Block *block);

#endif
