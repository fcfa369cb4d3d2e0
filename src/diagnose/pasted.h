/* What the readers of pasted outputs share. */
#ifndef DIAGNOSE_PASTED_H
#define DIAGNOSE_PASTED_H

#include "diagnose/paste.h"
#include "model/spn.h"

/* A line, without its end, marks of quoting and blanks at its end. */
typedef struct {
    char *text;
    gsize indent;
    bool blank;
    bool prompted;       /* a command was typed here */
    bool tool;           /* one whose output is read */
    bool taken;          /* part of an output */
    const char *command; /* the last that was typed up to here; NULL: none */
    const char *machine; /* whose prompt that was ("[HV02]: PS C:\>"); NULL */
} PasteLine;

/* A property of an object that PowerShell printed. */
typedef struct {
    char *name;
    GPtrArray *values; /* of char *: empty where there is none */
    bool partial;      /* "...": there are more */
} PasteField;

typedef struct {
    GPtrArray *fields;   /* of PasteField * */
    guint first, last;   /* its lines */
    bool ldif;           /* of ldifde, ldapsearch and their kin */
    const char *command; /* as PasteLine has it */
    const char *machine;
} PasteObject;

/* What userAccountControl would say, if the directory wrote it there. */
#define PASTE_LOCKED 0x10u
#define PASTE_PASSWORD_EXPIRED 0x800000u

/* What outputs show of one account. */
typedef struct {
    char *dn;
    char *sam;         /* with $; NULL: not shown */
    char *dns;         /* NULL: not shown */
    bool computer;     /* else a user, or what is not known */
    bool managed;      /* a managed service account */
    bool user;         /* told to be one */
    bool supposed_dns; /* its full name is what its domain makes likely */
    GPtrArray *fields; /* of PasteField *, by their LDAP names */
    GPtrArray *from;   /* of char *: the outputs */
    guint32 flags_on;  /* UAC_* and PASTE_* that were printed one by one */
    guint32 flags_known;
} PasteAccount;

typedef enum { FACT_CONFIRMS, FACT_SUSPECTS, FACT_RULES_OUT } FactPower;

/* Beside which errors a fact counts that the tables do not list for them. */
typedef enum {
    WEIGHS_LISTED,  /* none */
    WEIGHS_SIGN_IN, /* those about signing in */
    WEIGHS_ALWAYS,  /* any: no migration works so */
} FactWeight;

/* What an output tells of a cause. */
typedef struct {
    const char *cause;
    FactPower power;
    FactWeight weight;
    char *from;   /* "Get-VMHost HV01" */
    char *source; /* the host that it is true of as a source; NULL: whoever migrates */
    char *said;
    /* Of a service that is no host's; NULL: not known. */
    char *spn;
    char *holder; /* on which account it is, and should not be */
    char *owner;  /* to which it belongs */
} PasteFact;

struct Paste {
    GPtrArray *texts;         /* of char *: commands and machines, for the lines */
    GArray *lines;            /* of PasteLine */
    GPtrArray *objects;       /* of PasteObject * */
    GPtrArray *accounts;      /* of PasteAccount * */
    GPtrArray *facts;         /* of PasteFact * */
    GPtrArray *outputs;       /* of char *: what was recognised, each once */
    guint values;             /* of all accounts */
    gsize widest;             /* bytes of the longest line */
    bool chopped;             /* values that may be cut were left out */
    bool migrates;            /* the text tells of a migration */
    bool hints_hyperv;        /* or of something that may be one */
    bool of_database;         /* of SQL Server */
    bool of_program;          /* of a program with a library of its own for Kerberos */
    bool acts;                /* of something that acts for users */
    bool remotes;             /* of WinRM, or of what works through it */
    bool named;               /* the two hosts were given beside the text */
    bool beyond[LIMIT_COUNT]; /* PASTE_*: of more, the rest was not looked at */

    char *source;
    char *target;
    bool told_target; /* and not only the first host of a list */
    bool either_way;  /* which of the two migrates to which was not said */
    GString *ldif;    /* NULL: no entries */

    ErrorEntry *entry;  /* stands for the outputs among the matches; NULL: not yet */
    GHashTable *listed; /* set of const Cause *: of the error beside them */
};

/* NULL: behind the last. */
static inline PasteLine *
paste_line(const Paste *paste, guint at)
{
    return at < paste->lines->len ? &g_array_index(paste->lines, PasteLine, at) : NULL;
}

/* One that is there. */
static inline PasteLine *
paste_line_here(const Paste *paste, guint at)
{
    g_assert(at < paste->lines->len);
    return &g_array_index(paste->lines, PasteLine, at);
}

/* Lines (paste_lines.c) */

void
paste_cut(Paste *paste, const char *text);

/* The line without the blanks before it. */
static inline const char *
paste_body(const PasteLine *line)
{
    return line->text + line->indent;
}

/* Whether something that counts columns, and knows nothing of words, may have cut the
 * line at `at`, of which `next` is the rest: no blank tells whether there was one. */
bool
paste_is_chopped(const Paste *paste, guint at);

/* A line that says that something was left out: "...", "<snip>". */
bool
paste_is_cut_mark(const char *body);

/* The DN that a line is, or ends with, over a colon (transfer full); NULL: none.
 * *ret_lead: what stands before it; *ret_colon: whether a colon ends it. */
char *
paste_dn(const char *body, gsize *ret_lead, bool *ret_colon);

/* The word after an option of the command line, or after another word of it, without its
 * quotes (transfer full): "-Q", "-L". */
char *
paste_argument(const char *command, const char *option);

/* Of whom Get-ADComputer and the like were asked (transfer full); NULL: of several, or
 * the command does not say. */
char *
paste_identity(const char *command);

/* Marks lines as part of an output. */
void
paste_take_lines(Paste *paste, guint first, guint last);

/* Readers: each gives how many lines from `at` on are its own, 0: none.  Those of objects
 * leave the lines to whoever knows what the object is. */

guint
paste_read_ldif(Paste *paste, guint at);
guint
paste_read_list(Paste *paste, guint at); /* Name : value */
guint
paste_read_table(Paste *paste, guint at); /* columns over dashes */
guint
paste_read_json(Paste *paste, guint at);
guint
paste_read_setspn(Paste *paste, guint at);
guint
paste_read_expanded(Paste *paste, guint at); /* Select-Object -ExpandProperty */
guint
paste_read_whoami(Paste *paste, guint at);
guint
paste_read_klist(Paste *paste, guint at);
guint
paste_read_nltest(Paste *paste, guint at);
/* What only the command explains: takes no line away from the readers of what else it
 * may print, unless it was told of. */
void
paste_read_command(Paste *paste, guint at);
/* For which name a ticket was asked, and who answered: takes no line away, either. */
void
paste_read_asked(Paste *paste, guint at);
/* Of hosts that the text names, in different domains. */
void
paste_tell_domains(Paste *paste, const Input *input);

/* Of an account whose list lacks the SPN that the text asks for. */
void
paste_tell_unlisted(Paste *paste, const Input *input);
/* Where nothing else was found: the commands that causes recommend count as outputs, so
 * that it is said that these show nothing. */
void
paste_note_commands(Paste *paste, const Diagnosis *diagnosis);
guint
paste_read_wsman(Paste *paste, guint at);

/* Objects (paste_objects.c) */

PasteObject *
paste_object_new(Paste *paste, guint at);
/* NULL: there are too many.  (transfer none) */
PasteField *
paste_object_add(Paste *paste, PasteObject *object, const char *name, gsize length);
/* Adds a value; of too many, the field has a part. */
void
paste_field_add(Paste *paste, PasteField *field, const char *value);
const PasteField *
paste_object_find(const PasteObject *object, const char *name);
/* The first value; NULL: none. */
const char *
paste_object_text(const PasteObject *object, const char *name);
/* Takes a value as Format-List and Format-Table print it: "{a, b...}". */
void
paste_field_take(Paste *paste, PasteField *field, const char *value);
void
paste_field_free(gpointer field);
void
paste_object_free(gpointer object);
/* "HV01" of "hv01.contoso.test", of "HV01$" (transfer full). */
char *
paste_short_name(const char *name);

/* Accounts (paste_accounts.c) */

void
paste_account_free(gpointer account);
/* That of a DN, made where there is none yet (transfer none); NULL: too many. */
PasteAccount *
paste_account(Paste *paste, const char *dn, const char *from);
void
paste_account_add(Paste *paste, PasteAccount *account, const char *attribute,
                  const PasteField *field);
/* All objects that are accounts. */
void
paste_take_accounts(Paste *paste);
/* Names, kinds and what else can be told of each, once all are there. */
void
paste_finish_accounts(Paste *paste);
const PasteField *
paste_account_find(const PasteAccount *account, const char *attribute);
/* "HV01" (transfer full). */
char *
paste_account_name(const PasteAccount *account);
/* "setspn -L HV02 and Get-ADComputer HV02" (transfer full). */
char *
paste_account_from(const PasteAccount *account);
/* The account of that name, as people write it (transfer none); NULL: none. */
PasteAccount *
paste_account_named(const Paste *paste, const char *name);

/* Entries (paste_entries.c): all accounts, as LDIF. */
void
paste_write_entries(Paste *paste);

/* Facts (paste_facts.c) */

void
paste_fact_free(gpointer fact);
void
paste_fact(Paste *paste, const char *cause, FactPower power, FactWeight weight,
           const char *from, const char *format, ...) G_GNUC_PRINTF(6, 7);
/* Which SPN the fact is about that was added last, and of which accounts (may be NULL).
 */
void
paste_fact_of(Paste *paste, const char *spn, const char *holder, const char *owner);
/* All objects that tell of hosts. */
void
paste_take_facts(Paste *paste);
/* What is known of accounts beside the entries made of them, once it is known which of
 * them is the source. */
void
paste_take_flags(Paste *paste);

/* Roles (paste_roles.c) */

/* What the text itself tells, once its lines are cut. */
void
paste_learn_roles(Paste *paste);
/* Whether anything says that it may be a Hyper-V host, which is to hold its SPNs. */
bool
paste_may_run_hyperv(const Paste *paste, const PasteAccount *account);
bool
paste_text_has(const Paste *paste, const char *word);
/* What lists of SPNs tell of services that are not Hyper-V's. */
void
paste_take_roles(Paste *paste);

/* Whether the SPN is one that services register, and not each computer its own. */
bool
paste_is_of_services(const Spn *spn);

/* Causes (paste.c) */

/* Whether nothing in it was recognised. */
bool
paste_is_empty(const Paste *paste);
/* Whether what an output tells of the cause counts beside the error, if there is one. */
bool
paste_weighs(const Paste *paste, const Cause *cause, FactWeight weight);

/* Subjects (paste_subject.c) */

/* Whether the text is about a service, and not about hosts: no direction of migrations
 * has to be judged then. */
bool
paste_is_of_service(const Paste *paste, const Input *input);
/* Makes the diagnosis one of that service. */
void
paste_take_service(const Paste *paste, Diagnosis *diagnosis);

/* Whether there may be one more; else the limit is noted. */
bool
paste_may(Paste *paste, Limit limit, guint64 count);

/* Adds an output to those recognised, once. */
void
paste_output(Paste *paste, const char *name);

#endif
