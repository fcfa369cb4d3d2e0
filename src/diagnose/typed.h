/* Symptoms as people type them: all words of a set, in any order, in one sentence. */
#ifndef DIAGNOSE_TYPED_H
#define DIAGNOSE_TYPED_H

#include <glib.h>
#include <stdbool.h>

/* The words (GStrv) of the short sentences of a text, as errors_plain gives it (transfer
 * full); *ret_more: there are more than PASTE_SENTENCES. */
GPtrArray *
typed_sentences(const char *plain, bool *ret_more);

/* The same of what whoever wrote the text says that it was in the end: "turned out",
 * "solution:".  What they said last comes first. */
GPtrArray *
typed_answer(const char *plain);

/* Which of the sentences answers the set, from 1; 0: none does. */
guint
typed_place(char *const *set, const GPtrArray *sentences);

/* How long the words are that answer the set (ErrorEntry.words) in one of the sentences;
 * 0: none answers it. */
gsize
typed_length(char *const *set, const GPtrArray *sentences);

#endif
