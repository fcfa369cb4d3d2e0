/* Symptoms as people type them: all words of a set, in any order, in one sentence. */
#ifndef DIAGNOSE_TYPED_H
#define DIAGNOSE_TYPED_H

#include <glib.h>

/* How long the words are that answer the set (ErrorEntry.words) in a short sentence of
 * the text, as errors_plain gives it; 0: none answers it. */
gsize
typed_length(char *const *set, const char *plain);

#endif
