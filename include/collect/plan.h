/* What is asked of a reading: which hosts, over which connection, which SPNs. */
#ifndef COLLECT_PLAN_H
#define COLLECT_PLAN_H

#include "model/declaration.h"

/* What to read. */
typedef struct {
    const GPtrArray *groups;          /* of GroupSpec *; empty: discover Hyper-V hosts */
    const GPtrArray *declarations;    /* of Declaration *; NULL: none */
    const GPtrArray *declared_spns;   /* of char *: what they delegate to; with .* at its
                                       * end whatever begins so.  NULL: none */
    const GPtrArray *operator_users;  /* of char *: "alice", "CONTOSO\\bob"; NULL */
    const GPtrArray *operator_groups; /* of char *: DNs; NULL */
    const char
        *asked_name; /* an account of any kind and an SPN, read whatever they are; */
    const char *asked_spn;   /* both NULL: none */
    Reach reach;             /* beyond hosts: whoever delegates or is delegated to, too */
    bool gpo;                /* what group policies are linked above the hosts, too */
    bool all_dcs;            /* fill estate->replicas: the audited hosts on every DC */
    GString *snapshot;       /* NULL, or takes everything read, as LDIF */
    const char *queries_dir; /* NULL: the embedded queries */
    int timeout_s;           /* per search */
    /* After each entry, with how many there are; or NULL. */
    void (*progress)(const char *what, guint count, void *data);
    void *progress_data;
} CollectPlan;

typedef enum { MECH_ANY, MECH_SPNEGO, MECH_GSSAPI, MECH_EXTERNAL } Mech;

/* How to reach and bind to a live directory. */
typedef struct {
    const char *domain;    /* located by DNS; NULL with uris */
    const GPtrArray *uris; /* of char *, tried in order; empty: by DNS */
    /* of const char *: further domains, of the same forest or of others, located by DNS;
     * what cannot be read of one becomes a gap.  NULL: none */
    const GPtrArray *more_domains;
    const char *site; /* whose DCs come first; NULL: this machine's, as a DC says */
    Mech mech;
    bool starttls;
    const char *ca_file;   /* NULL: the system's */
    const char *principal; /* the ticket's client, for messages; NULL */
    int timeout_s;         /* to connect, and per search */
    bool verbose;
    void (*warn)(const char *message, void *data); /* failover notes; or NULL */
    void *warn_data;
    /* What begins and may take long: "binding to", "dc1.contoso.com"; or NULL. */
    void (*begin)(const char *step, const char *where);
} LiveOptions;

/* What `setspn -L`, `-Q` and `-X` look for.  Neither name nor pattern: every
 * account that holds an SPN. */
typedef struct {
    /* An account as people write it: "HV01", "HV01$", "CONTOSO\\HV01$", a DNS
     * host name, "alice@contoso.com", a DN; or NULL */
    const char *account;
    const char *pattern; /* an SPN in which * stands for anything; or NULL */
    bool forest;         /* the whole forest, by the Global Catalog */
} SpnSearch;

#endif
