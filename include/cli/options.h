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

/* One of several runs that share the questions of an audit. */
typedef struct {
    guint index; /* from 0 */
    guint count; /* 0: this run is no shard */
} Shard;

typedef enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } ColorWhen;

typedef struct {
    /* as given */
    char **domains;
    char **uris;
    char *site;
    char **ldif;
    char *config;
    char **hosts;
    char *reach_text;
    char **way_texts;
    char **risk_texts;
    char **operators;
    char *mech_text;
    gboolean starttls;
    char *ca_file;
    char *keytab;
    char *principal;
    int timeout_s;
    int jobs;
    int ticket_rate; /* per second; 0: no limit */
    char *queries;
    char **formats;
    char *output;
    char *fixes;
    char *shard_text;
    char *run_id;
    gboolean no_tickets;
    gboolean all_dcs;
    char *prove_as;
    char *prove_keytab;
    char *sysvol;
    char **facts;
    char *from;
    char *to;
    char *table;
    char *os_text;
    gboolean ports;
    gboolean forest;
    char *history;
    char *prune;
    gboolean send;
    gboolean no_history;
    gboolean all_pairs;
    gboolean as_config;
    gboolean all_edges;
    char **rule_texts;
    char *min_severity_text;
    gboolean summary;
    char *fail_on_text;
    char *color_text;
    gboolean quiet;
    gboolean verbose;
    gboolean help;
    char **arguments; /* what is no option */

    /* settled */
    const char *domain; /* the first of domains; NULL: none */
    Mech mech;
    int reach;   /* Reach; -1: not given */
    guint ways;  /* Leg bits; 0: any */
    guint risks; /* bits of EdgeRisk; 0: any */
    Severity fail_on;
    bool rules[RULE_COUNT]; /* what --rule names */
    Severity min_severity;
    Shard shard;
    ColorWhen color;
    const char *os;     /* one of release_words; NULL: not said */
    GPtrArray *outputs; /* of Output * */
} Options;

/* Exit statuses are 0 to 4 (cli.h). */
#define EXIT_STATUSES 5

/* What may stand where a command takes its first argument: for completion. */
typedef struct {
    const char *word;
    const char *help;
} Choice;

typedef struct Command {
    const char *name;
    const char *arguments; /* "SOURCE TARGET"; "" where there are none; " | " between ways
                            * to call it */
    const char *summary;   /* one line */
    const char *details;   /* a paragraph for its help, unbroken; NULL: none */
    const char *statuses[EXIT_STATUSES]; /* what each exit status means; NULL: does not
                                          * occur */
    guint min_arguments;
    guint max_arguments;
    guint options; /* OptionSet bits */
    /* Appends the choices there are for the first argument (Choice, of text that
     * lives as long as the program); NULL: anything. */
    void (*choices)(GArray *into);
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
    OPTIONS_HISTORY = 1 << 15,  /* where past audits are kept */
    OPTIONS_RECORD = 1 << 16,   /* whether this one is */
    OPTIONS_FAIL_ON = 1 << 17,  /* what counts, where nothing is judged anew */
    OPTIONS_LIST = 1 << 18,     /* which delegations */
    OPTIONS_TABLE = 1 << 19,    /* text, JSON or CSV */
    OPTIONS_PAGE = 1 << 25,     /* text, JSON or HTML */
    OPTIONS_FACTS = 1 << 20,    /* what hosts say of themselves */
    OPTIONS_PACE = 1 << 26,     /* how hard a KDC is pressed */
    OPTIONS_ENDS = 1 << 21,     /* two hosts, as options */
    OPTIONS_PRUNE = 1 << 22,    /* which audits to forget */
    OPTIONS_SHARD = 1 << 23,    /* a part of the questions */
    OPTIONS_MERGE = 1 << 24,    /* the report of all parts */

    OPTIONS_LIVE = OPTIONS_KERBEROS | OPTIONS_DIRECTORY,
    OPTIONS_SOURCE = OPTIONS_LIVE | OPTIONS_OFFLINE,
    OPTIONS_SCOPE = OPTIONS_CONFIG | OPTIONS_HOSTS | OPTIONS_OPERATORS,
    OPTIONS_REPORT = OPTIONS_FORMATS | OPTIONS_WORDS,
} OptionSet;

/* The sections of a command's help and of its page. */
typedef enum {
    SECTION_SOURCE,
    SECTION_SCOPE,
    SECTION_JUDGE,
    SECTION_OUTPUT,
    SECTION_HISTORY,
    SECTION_COUNT
} OptionSection;

extern const char *const section_titles[SECTION_COUNT];

/* One option: how it is written, where it goes, what it does. */
typedef struct {
    guint set; /* OptionSet bits; 0: every command has it */
    OptionSection section;
    const char *name;
    char letter; /* 0: none */
    GOptionArg kind;
    gsize offset;         /* of its field in Options */
    const char *argument; /* "FILE" and "DIR" are completed as such; NULL: takes none */
    const char *const *words; /* what its argument may be; NULL: anything */
    const char *help;
} OptionRow;

/* THE table of options (option_rows.c); ended by a row without a name.  An
 * option may have several rows, for different commands. */
extern const OptionRow option_rows[];

extern const char *const mech_words[]; /* "any" is the first, and not for users */
extern const char *const severity_words[];
extern const char *const reach_words[];
extern const char *const color_words[];
extern const char *const way_words[];

/* Whether the command takes it. */
bool
option_belongs(const OptionRow *row, const Command *command);

/* What it does there: one line. */
const char *
option_help(const OptionRow *row, const Command *command);

/* Whether `format` is one of the command's: of an audit every one there is, of
 * the rest text or JSON. */
bool
option_is_format(const Command *command, const char *format);

/* The command's formats, with `separator` between them (transfer full). */
char *
option_formats(const Command *command, const char *separator);

/* What is given of it that only means something for two hosts; NULL: nothing.  (-D and
 * the like may come from an alias, and ask for nothing.) */
const char *
options_ask_for_hosts(const Options *options);

/* Parses and settles.  FAULT_CONFIG.  *ret_help: --help was asked for. */
bool
options_parse(const Command *command, int argc, char **argv, Options **ret_options,
              bool *ret_help, GError **error);

void
options_free(Options *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)

/* The help of one command, from its row and the table of options, 80 columns
 * wide. */
void
options_help(const Command *command, GString *out);

#endif
