/* What reads the parts of an input (input.c). */
#ifndef DIAGNOSE_INPUT_PARTS_H
#define DIAGNOSE_INPUT_PARTS_H

#include "diagnose/input.h"

/* The words before a value, folded: a blank stands for any run of blanks, underscores,
 * dots, hyphens and colons, or for nothing, so that "failure code" is FailureCode too;
 * and for what parts names in JSON. */
typedef struct {
    const char *words;
    guint meaning;
    bool part; /* also as the end of a longer word: EncryptionType */
} Label;

/* The label that stands before `at`, over punctuation, the longest that does; NULL: none
 * of these.  Text of an element of XML has the name of its start tag, or what the
 * attribute Name holds, for a label. */
const Label *
label_before(const char *text, gsize at, const Label *labels, gsize count);

/* Fills `numbers` and `names` from the folded text, whose lines are kept. */
void
input_find_numbers(Input *input, const char *lines);

/* Fills hosts, SPNs and the operator from the text as written, whose lines are kept. */
void
input_find_names(Input *input, const char *lines);

#endif
