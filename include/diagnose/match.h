/* Which entries of the table an input names. */
#ifndef DIAGNOSE_MATCH_H
#define DIAGNOSE_MATCH_H

#include "diagnose/errors.h"
#include "diagnose/input.h"

typedef struct {
    const ErrorEntry *entry;
    const ErrorCode *code; /* the one that was found; NULL: by its words */
    gsize words;           /* how much of the text its longest phrase is */
} Match;

/* What is named, the most telling first; empty: nothing is (transfer full, of
 * Match *). */
GPtrArray *
match_find(const Errors *errors, const Input *input);

/* The entries that come nearest to an input that names none (transfer
 * container, of const ErrorEntry *). */
GPtrArray *
match_nearest(const Errors *errors, const Input *input);

/* What an unknown code says of itself, by its structure (MS-ERREF 2.1), and
 * where its text is to be had (transfer full); NULL: there is no code. */
char *
match_structure(const Input *input);

#endif
