/* What sending searches and taking their answers share. */
#ifndef COLLECT_SEARCH_PARTS_H
#define COLLECT_SEARCH_PARTS_H

#include "base/limits.h"
#include "search.h"

typedef struct {
    Job job; /* what the caller sees; first, so that both are one address */
    const char *file;
    char *base;
    int scope;
    char *filter;
    char **attributes;
    Reading reading;
    GHashTable *seen;      /* accounts in job.accounts */
    struct berval *cookie; /* of the next page; NULL: the first */
    guint page_start;      /* entries before the page at hand */
    guint64 spent[LIMIT_COUNT];
    gint64 begun_us; /* when it was first sent */
    int id;          /* of the request in flight; 0: none */
    int ahead;     /* of the next page, asked for before this one is taken in; 0: none */
    bool names;    /* their sAMAccountNames are all that is taken */
    bool optional; /* the rest of a ranged attribute: settling reports it */
    guint next;    /* with which value a list goes on; 0: it does not */
} Search;

struct Engine {
    Directory *directory;
    Builder *builder;
    const CollectPlan *plan;
    GPtrArray *searches; /* of Search *, all */
    GQueue waiting;      /* of Search *, borrowed */
    GHashTable *flying;  /* message id -> Search * */
    guint paged;         /* of them, paged ones */
    Limit stopped;       /* the last that a search went beyond; LIMIT_COUNT: none */
    gint64 heard_us;     /* when the server last said something */
    int probe;           /* id of the probe in flight; 0: none */
    Sieve *sieve;        /* NULL: every entry is kept */
};

/* Queues a search; takes base, filter and attributes over. */
Search *
engine_push(Engine *engine, const char *file, char *base, int scope, char *filter,
            char **attributes);

/* What the search did not read, and why; nothing where another way is left. */
void
engine_miss(const Engine *engine, const Search *search, const char *why);

/* The request is no longer in flight; the one for the next page may be. */
void
engine_land(Engine *engine, Search *search);

/* Whether the search goes on behind this result, from where its cookie says. */
bool
engine_goes_on(const Engine *engine, Search *search, LDAPMessage *result);

/* One message of the server to a search in flight, which may queue more. */
void
engine_take(Engine *engine, Search *search, LDAPMessage *message);

/* Of a search that went beyond its limit (transfer full). */
char *
engine_gave_up(Limit limit);

#endif
