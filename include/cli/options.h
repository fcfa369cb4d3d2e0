/* The command line: options declared once, as a table, from which parsing and
 * help both come. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "audit/finding.h"
#include "collect/source.h"

/* Where one report goes. */
typedef struct {
    char *format; /* "json" */
    char *path;   /* NULL: standard output */
} Output;

typedef enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } ColorWhen;

typedef struct {
    /* as given */
    char **domains;
    char **uris;
    char *ldif;
    char *config;
    char **hosts;
    char **operators;
    char *mech_text;
    gboolean starttls;
    char *ca_file;
    char *keytab;
    char *principal;
    int timeout_s;
    char *queries;
    char **formats;
    char *output;
    char *fixes;
    gboolean no_tickets;
    gboolean all_dcs;
    char *prove_as;
    char *prove_keytab;
    char *sysvol;
    char *from;
    char *to;
    char *table;
    gboolean ports;
    gboolean forest;
    gboolean all_pairs;
    char *fail_on_text;
    char *color_text;
    gboolean quiet;
    gboolean verbose;
    char **arguments; /* what is no option */

    /* settled */
    const char *domain; /* the first of domains; NULL: none */
    Mech mech;
    Severity fail_on;
    ColorWhen color;
    GPtrArray *outputs; /* of Output * */
} Options;

typedef struct Command {
    const char *name;
    const char *arguments; /* "SOURCE TARGET"; "" where there are none */
    const char *summary;   /* one line */
    const char *details;   /* paragraphs for its help; NULL: none */
    guint min_arguments;
    guint max_arguments;
    guint options; /* OptionSet bits */
    int (*run)(const Options *options);
} Command;

typedef enum {
    OPTIONS_KERBEROS = 1 << 0,  /* which domain, whose credentials */
    OPTIONS_DIRECTORY = 1 << 1, /* which DC, and how to bind to it */
    OPTIONS_OFFLINE = 1 << 2,   /* a file instead */
    OPTIONS_CONFIG = 1 << 3,    /* the configuration file */
    OPTIONS_HOSTS = 1 << 4,     /* which hosts */
    OPTIONS_OPERATORS = 1 << 5, /* who starts migrations */
    OPTIONS_JUDGE = 1 << 6,     /* tickets, exit status */
    OPTIONS_AUDIT = 1 << 7,     /* fixes, proofs, other DCs */
    OPTIONS_FORMATS = 1 << 8,   /* every format of a report */
    OPTIONS_OUTPUT = 1 << 9,    /* text or JSON */
    OPTIONS_WORDS = 1 << 10,    /* fewer words, or more */
    OPTIONS_FOREST = 1 << 11,   /* spn duplicates --forest */
    OPTIONS_LDIF_OUT = 1 << 12, /* snapshot -o */
    OPTIONS_BEYOND = 1 << 13,   /* what no directory holds: SYSVOL, network */
    OPTIONS_DIAGNOSE = 1 << 14, /* for which two hosts */

    OPTIONS_LIVE = OPTIONS_KERBEROS | OPTIONS_DIRECTORY,
    OPTIONS_SOURCE = OPTIONS_LIVE | OPTIONS_OFFLINE,
    OPTIONS_SCOPE = OPTIONS_CONFIG | OPTIONS_HOSTS | OPTIONS_OPERATORS,
    OPTIONS_REPORT = OPTIONS_FORMATS | OPTIONS_WORDS,
} OptionSet;

/* Parses and settles.  FAULT_CONFIG.  *ret_help: --help was asked for. */
bool
options_parse(const Command *command, int argc, char **argv, Options **ret_options,
              bool *ret_help, GError **error);

void
options_free(Options *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)

/* The help of one command, from its row and the table of options. */
void
options_help(const Command *command, GString *out);

#endif
