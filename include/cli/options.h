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
    char *domain;
    char **uris;
    char *ldif;
    char *config;
    char **hosts;
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
    gboolean all_pairs;
    char *fail_on_text;
    char *color_text;
    gboolean quiet;
    gboolean verbose;
    char **arguments; /* what is no option */

    /* settled */
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
    OPTIONS_SOURCE = 1 << 0, /* where to read, and as whom */
    OPTIONS_SCOPE = 1 << 1,  /* which hosts, which configuration */
    OPTIONS_REPORT = 1 << 2, /* formats, output, colour */
    OPTIONS_AUDIT = 1 << 3,  /* fixes, tickets, exit status */
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
