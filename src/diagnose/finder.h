/* What was found of the names in a text, the surest kept (input_names.c). */
#ifndef DIAGNOSE_FINDER_H
#define DIAGNOSE_FINDER_H

#include "diagnose/input.h"

/* Of less weight is what stands lower. */
typedef enum {
    SURE_SAID,    /* "migration source 'HV01'" */
    SURE_COMMAND, /* -DestinationHost HV02, a prompt */
    SURE_FIELD,   /* Account Name: HV01$@CONTOSO.COM, Server Name: cifs/HV02 */
    SURE_SESSION, /* -ComputerName HV01 */
    SURE_FREE,    /* an SPN or an account anywhere */
    SURE_PLACE,   /* Computer: HV01, \\NAS7\vmstore */
    SURE_NOT
} Surety;

typedef enum { END_SOURCE, END_TARGET } End;

typedef struct {
    Input *input;
    const char *text;
    const char *flat; /* the same, its line breaks blanks */
    gsize length;
    bool of_kdc;     /* an event of a KDC, whose computer is the KDC */
    bool names_host; /* an event of a connection, whose first parameter is the other host
                      */
    End written;     /* whose event it is */
    Surety ends[2];
    char *share;   /* the host of the first share; NULL: none */
    char *session; /* that of the first -ComputerName; NULL: none */
} Finder;

/* How long the name of a host is that begins here. */
gsize
finder_host_length(const char *at);

/* Bare words look like names where a digit or a dot is in them, or no small letter. */
bool
finder_looks_like_host(const char *at, gsize length);

/* "HV01" and "hv01.contoso.com" */
bool
finder_is_same_host(const char *a, const char *b);

/* Adds a further host. */
void
finder_add_host(Finder *finder, const char *name);

/* Takes a name for one end where it is surer than what was found before. */
void
finder_offer(Finder *finder, End end, Surety surety, const char *name);

/* The account that a value begins with (transfer full). */
char *
finder_account(const char *value);

/* "HV01$", "CONTOSO\HV01$", "HV01$@CONTOSO.COM" without the rest (transfer full);
 * NULL: no computer. */
char *
finder_computer(const char *account);

/* Who asked, at the start of a value: a computer is the source, a person the operator. */
void
finder_take_requester(Finder *finder, const char *value);

/* An SPN of whatever class, at the start of a value; false: there is none. */
bool
finder_take_spn(Finder *finder, const char *value);

/* An SPN of a well-known class around the slash at `slash`. */
void
finder_take_slash(Finder *finder, gsize slash);

/* HV01$@CONTOSO.COM, CONTOSO\HV01$ around the sign at `dollar`. */
void
finder_take_dollar(Finder *finder, gsize dollar);

/* \\HOST\share, and as JSON has it, from the first backslash on; where those end. */
gsize
finder_take_unc(Finder *finder, gsize at);

/* "[JUMP01]: PS C:\>", a session there, from the bracket on. */
void
finder_take_prompt(Finder *finder, gsize bracket);

/* Sorts out what was found at the end. */
void
finder_settle(Finder *finder);

#endif
