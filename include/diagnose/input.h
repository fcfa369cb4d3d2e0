/* What somebody typed or pasted: codes, names and hosts found in it. */
#ifndef DIAGNOSE_INPUT_H
#define DIAGNOSE_INPUT_H

#include <glib.h>
#include <stdbool.h>

#define INPUT_LIMIT (1u << 20)

/* A number of the text. */
typedef struct {
    gint64 value;
    bool hex;        /* 0x..., or eight hexadecimal digits */
    bool alone;      /* the whole input */
    bool event_said; /* "Event ID: 21502" */
    bool code_said;  /* "error 10061" */
    bool loose;      /* part of something else: an address, a version, a time */
} InputNumber;

typedef struct {
    char *text;       /* as given, valid UTF-8 */
    char *plain;      /* errors_plain of it */
    GArray *numbers;  /* of InputNumber */
    GPtrArray *names; /* of char *: words that may be symbolic names, folded */
    char *source;     /* host names found; NULL: none */
    char *target;
    GPtrArray *hosts; /* of char *: further ones */
} Input;

/* `length` bytes of UTF-8, or of UTF-16 with a byte order mark (what Windows
 * writes into files).  FAULT_CONFIG: empty, too long. */
bool
input_read(const char *data, gsize length, Input **ret_input, GError **error);
void
input_free(Input *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Input, input_free)

#endif
