/* The table behind `diagnose`: errors, events and symptoms, their causes, and
 * where it all comes from.
 *
 * Data, not code: the *.table files of data/diagnose, carried in the binary, or
 * a directory of an administrator's own.  Records start with `entry:`, `cause:`
 * or `source:`; a line that starts with a blank continues the one before it.
 * Parsed strictly: what is not understood is an error with file and line.
 */
#ifndef DIAGNOSE_ERRORS_H
#define DIAGNOSE_ERRORS_H

#include "audit/ruleid.h"

#include <glib.h>
#include <stdbool.h>

typedef enum {
    ERROR_HRESULT,
    ERROR_WIN32,
    ERROR_NTSTATUS,
    ERROR_KERBEROS,
    ERROR_EVENT,
    ERROR_TEXT,
    ERROR_CHECKLIST,
    ERROR_KINDS
} ErrorKind;

/* "hresult" ... "checklist" */
extern const char *const error_kind_names[ERROR_KINDS];

typedef enum { LIKELY, POSSIBLE, RARE, LIKELIHOODS } Likelihood;

/* "likely", "possible", "rare" */
extern const char *const likelihood_names[LIKELIHOODS];

/* What a failing or passing rule says of a cause. */
typedef enum {
    CHECK_DECIDES,  /* fail: confirmed; pass: ruled out */
    CHECK_CONFIRMS, /* fail: confirmed; pass: says nothing */
    CHECK_SUSPECTS, /* fail: likely; pass: ruled out */
} CheckPower;

typedef struct {
    RuleId rule;
    guint16 port; /* of rules about ports: the one meant; 0: any */
    CheckPower power;
} CauseCheck;

/* A guide or a page, and perhaps a line of it. */
typedef struct {
    char *id;    /* "S1" */
    char *line;  /* "119"; NULL: none */
    char *title; /* of the source's own record; else NULL */
    char *page;  /* NULL: none */
} Citation;

typedef struct Cause Cause;

struct Cause {
    char *id;
    char *title;
    GPtrArray *checks; /* of CauseCheck *; empty: by hand */
    GPtrArray *facts;  /* the same, where hosts told of themselves (--facts) */
    char *look;        /* how to see it by hand */
    GPtrArray *see;    /* of char *: commands for that */
    char *fix;
    GPtrArray *run;       /* of char *: commands for that */
    GPtrArray *raised_on; /* of const char *: releases (diagnose/release.h) that make it
                           * likelier */
    GPtrArray *sources;   /* of Citation * */
    Cause *of_service; /* its words where the text is about a service that is no host's,
                        * by the same id and without checks; NULL: these */
    bool hosts_only;   /* says nothing of such a service */
};

typedef struct {
    ErrorKind kind;
    gint64 value; /* as written; negative ones are libkrb5's own */
    char *name;   /* symbolic; NULL: none */
} ErrorCode;

/* How much words tell that stand in a text. */
typedef enum {
    PHRASE_UNLESS,  /* they take back what other words of the entry say */
    PHRASE_WRAPS,   /* around any cause: a code beside them tells which */
    PHRASE_TELLS,   /* as the message of a code does */
    PHRASE_WITH,    /* the same, but only with a code of the entry in the text */
    PHRASE_BESIDE,  /* say nothing alone, only beside an entry that this one is over */
    PHRASE_DECIDES, /* a sentence that names the cause, whatever code stands beside it */
} PhraseForce;

typedef struct {
    GStrv parts; /* plain; they follow each other */
    PhraseForce force;
} Phrase;

typedef struct {
    const Cause *cause;
    Likelihood likelihood;
} CauseRef;

/* What a text is about that holds the entry's words. */
typedef enum {
    SUBJECT_OPEN,      /* they do not tell */
    SUBJECT_MIGRATION, /* a migration that failed */
    SUBJECT_OTHER,     /* something that two hosts' delegation has no part in */
    SUBJECT_SERVICE,   /* a service that is no host's: no entry says so */
} Subject;

typedef struct {
    char *id;
    ErrorKind kind;     /* of its first code, or as it says */
    GPtrArray *codes;   /* of ErrorCode * */
    GPtrArray *phrases; /* of Phrase * */
    char *meaning;
    char *about;        /* plain: every phrase, name and meaning of it */
    GPtrArray *causes;  /* of CauseRef *, the most likely first */
    GPtrArray *sources; /* of Citation * */
    GPtrArray *words;   /* of GStrv: each a symptom as people type it, in any order; of
                         * a word "a|b": either; "a*": what starts so */
    GPtrArray *solved;  /* the same, of the answer that a text ends with */
    GPtrArray *over;    /* of char *: ids of entries that it explains better */
    Subject subject;
} ErrorEntry;

typedef struct {
    GPtrArray *entries; /* of ErrorEntry * */
    GPtrArray *causes;  /* of Cause * */
    GPtrArray *sources; /* of Citation *, by id */
} Errors;

/* `directory` NULL: the tables in the binary.  FAULT_CONFIG with file and
 * line. */
bool
errors_load(const char *directory, Errors **ret_errors, GError **error);

void
errors_free(Errors *errors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Errors, errors_free)

const ErrorEntry *
errors_entry(const Errors *errors, const char *id);
const Cause *
errors_cause(const Errors *errors, const char *id);

/* A text as phrases are compared: folded, quotes and dashes made plain, runs of
 * white space one space (transfer full). */
char *
errors_plain(const char *text);

/* The same, neither folded nor of one line: a run with a line break in it is a line
 * break (transfer full).  Folded and in one line it is errors_plain. */
char *
errors_tidy(const char *text);

/* "0x8009030E", "21502", "13": how people write the code (transfer full). */
char *
error_code_text(const ErrorCode *code);

/* The code by which the entry is called; NULL: it has none. */
const ErrorCode *
error_first_code(const ErrorEntry *entry);

/* "Guide (file), line 119", or with its page (transfer full). */
char *
citation_text(const Errors *errors, const Citation *citation);

#endif
