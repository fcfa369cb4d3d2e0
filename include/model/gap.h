/* What could not be read, and why: the record that keeps silence from passing
 * for an answer. */
#ifndef MODEL_GAP_H
#define MODEL_GAP_H

#include <glib.h>

typedef struct {
    char *what; /* "servicePrincipalName of CN=..." */
    char *why;  /* "the reader has no right to read it" */
} Gap;

/* An empty list of Gap * that frees them (transfer full). */
GPtrArray *
gap_list_new(void);

/* The set that goes with a list, of what it holds (transfer full). */
GHashTable *
gap_seen_new(void);

/* Both, for who adds to them. */
typedef struct {
    GPtrArray *list;
    GHashTable *seen;
} Gaps;

/* Adds it once per pair of texts (both copied). */
void
gaps_add(const Gaps *gaps, const char *what, const char *why);

#endif
