/* Names to addresses and back, many at a time: the resolver blocks, and may
 * hang, so that threads ask and nobody waits for one that does not come back. */
#ifndef DIAGNOSE_NAMES_H
#define DIAGNOSE_NAMES_H

#include "audit/net_evidence.h"

/* One question, and its answer. */
typedef struct {
    char *asked;
    NetNameState state;
    GPtrArray *found; /* of char *: addresses, or names */
    double ms;
} NameQuery;

NameQuery *
name_query_new(const char *asked);
void
name_query_free(NameQuery *query);

/* Answers one question, blocking: fills state and found. */
typedef void (*NameLookup)(NameQuery *query);

/* The system's resolver: getaddrinfo, and all names of a numeric address. */
void
names_forward(NameQuery *query);
void
names_reverse(NameQuery *query);

/* Asks all (of NameQuery *).  Gives up when no answer has come for `timeout_s`
 * seconds; what is not answered by then is NET_NAME_NO_ANSWER. */
void
names_ask(GPtrArray *queries, NameLookup lookup, int timeout_s);

/* A host name, and nothing that a resolver takes for a number. */
bool
name_is_sound(const char *name);

#endif
