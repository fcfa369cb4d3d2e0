/* What somebody typed or pasted: codes, names and hosts found in it. */
#ifndef DIAGNOSE_INPUT_H
#define DIAGNOSE_INPUT_H

#include "base/limits.h"
#include "diagnose/errors.h"

#include <glib.h>
#include <stdbool.h>

/* A number of the text.  What it may stand for follows from what is written beside it
 * (input_numbers.c). */
typedef struct {
    gint64 value;
    bool hex;   /* 0x..., or eight hexadecimal digits */
    bool alone; /* the whole input */
    bool said;  /* a label or a symbol beside it says that it is a code */
    bool idle;  /* a label says that it is none: an option, a type, a port */
    guint may;  /* 1u << ErrorKind: the kinds of codes that it may be; 0: none */
} InputNumber;

typedef struct {
    char *text;       /* as given, valid UTF-8 */
    char *plain;      /* errors_plain of it */
    GArray *numbers;  /* of InputNumber */
    GPtrArray *names; /* of char *: words that may be symbolic names, folded */
    char *source;     /* host names found; NULL: none */
    char *target;
    GPtrArray *hosts;     /* of char *: further ones */
    GPtrArray *spns;      /* of char *: SPNs found, as written */
    char *operator;       /* the user who asked, "CONTOSO\alice"; NULL: none */
    GPtrArray *sentences; /* typed_sentences of plain */
    GPtrArray *answer;    /* typed_answer of plain */
    /* PASTE_* that it is beyond: the rest was not looked at. */
    bool beyond[LIMIT_COUNT];
} Input;

/* `length` bytes of UTF-8, or of UTF-16 with a byte order mark (what Windows
 * writes into files).  FAULT_CONFIG: empty, too long. */
bool
input_read(const char *data, gsize length, Input **ret_input, GError **error);
void
input_free(Input *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Input, input_free)

/* The code as one value: an HRESULT or an NTSTATUS by its 32 bits, whichever way it was
 * written. */
bool
input_number_is_shaped(const InputNumber *number);

#endif
