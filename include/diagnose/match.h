/* Which entries of the table an input names. */
#ifndef DIAGNOSE_MATCH_H
#define DIAGNOSE_MATCH_H

#include "diagnose/errors.h"
#include "diagnose/input.h"

/* The cause of what only repeats another error. */
#define MATCH_READ_ON "read-the-message"
/* The cause of what is a normal step. */
#define MATCH_NO_ERROR "not-an-error"

typedef struct {
    const ErrorEntry *entry;
    const ErrorCode *code; /* the one that was read; NULL: known by its words */
    const Phrase *phrase;  /* the most telling that was read; NULL: none */
    gsize words;           /* how long that is, or other words that name it */
    guint solved; /* the sentence of Input.answer that names it, from 1; 0: none does */
} Match;

/* What is named, the most telling first; empty: nothing is (transfer full, of
 * Match *). */
GPtrArray *
match_find(const Errors *errors, const Input *input);

/* Whether it only wraps another error: the number of an event, words around any cause. */
bool
match_is_wrapper(const Match *match);

/* Whether it tells of an error by itself, by a code or by words. */
bool
match_tells(const Match *match);

/* Whether the first explains the other better. */
bool
match_is_over(const Match *match, const Match *other);

/* What the text is about, by what it names. */
Subject
match_subject(const Errors *errors, const Input *input, const GPtrArray *matches);

/* The entries that come nearest to an input that names none (transfer
 * container, of const ErrorEntry *). */
GPtrArray *
match_nearest(const Errors *errors, const Input *input);

/* What an unknown code says of itself, by its structure (MS-ERREF 2.1), and
 * where its text is to be had (transfer full); NULL: there is no code. */
char *
match_structure(const Input *input);

/* The codes of the input that no entry has, a sentence each (transfer full, of
 * char *). */
GPtrArray *
match_unknown(const Errors *errors, const Input *input);

#endif
