/* What the readers of *.table files share. */
#ifndef DIAGNOSE_ERRORS_PARTS_H
#define DIAGNOSE_ERRORS_PARTS_H

#include "diagnose/errors.h"

/* A cause named by an entry, to be found once all files are read. */
typedef struct {
    ErrorEntry *entry;
    char *cause;
    Likelihood likelihood;
    const char *file;
    guint line;
} Pending;

/* An entry named by another, likewise. */
typedef struct {
    const char *entry; /* borrowed */
    const char *file;
    guint line;
} Over;

typedef struct {
    Errors *errors;
    GArray *pending;    /* of Pending */
    GPtrArray *cited;   /* of Citation *, borrowed */
    GPtrArray *files;   /* of char *: names that outlive the parsing */
    GArray *overs;      /* of Over */
    GArray *cited_line; /* of guint, beside `cited` */
    GPtrArray *cited_file;
    const char *file;
    guint line;
    /* The record being read; one of them. */
    ErrorEntry *entry;
    Cause *cause;
    Citation *source;
    guint record_line;
} Parser;

/* Takes the value of one key of the record being read. */
typedef bool (*ParserTake)(Parser *parser, const char *value, GError **error);

/* Sets the error, with the file and the line; false. */
bool
parser_refuse(const Parser *parser, guint line, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

bool
parser_is_id(const char *text);

/* The parts between commas, stripped (transfer full). */
GStrv
parser_split(const char *text);

/* One value per key. */
bool
parser_take_text(const Parser *parser, char **field, const char *key, const char *value,
                 GError **error);

/* What takes a key of entries alone; NULL: it is none. */
ParserTake
errors_entry_key(const char *name);

/* What the entry lacks when it ends; NULL: nothing. */
const char *
errors_entry_lacks(const Parser *parser, const ErrorEntry *entry);

#endif
