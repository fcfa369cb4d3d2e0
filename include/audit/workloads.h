/* Known workloads that delegate: what each needs, and what usually goes wrong.
 *
 * Data: data/workloads/workload-*.table, carried in the binary.
 */
#ifndef AUDIT_WORKLOADS_H
#define AUDIT_WORKLOADS_H

#include "model/group.h"

/* Where a statement comes from. */
typedef struct {
    char *id;    /* "W6" */
    char *title; /* of the document; or that there is none */
    char *page;  /* NULL: none */
} WorkloadSource;

/* A statement, with its sources. */
typedef struct {
    char *text;
    GPtrArray *sources; /* of const WorkloadSource *; may be empty */
} WorkloadNote;

/* One SPN that clients ask for: "MSSQLSvc/FQDN:PORT", where FQDN, NAME and PORT are the
 * target's. */
typedef struct {
    WorkloadNote form;
    bool needed; /* else it may be listed, and nothing is missing without */
} WorkloadForm;

/* Whether the source has to get tickets for users who did not come by Kerberos. */
typedef enum {
    TRANSITION_NEEDED,
    TRANSITION_DEPENDS,
    TRANSITION_EXCESS, /* it works without: then it lets out more than is needed */
    TRANSITION_COUNT
} WorkloadTransition;

/* "needed", "depends", "excess" */
extern const char *const workload_transition_names[TRANSITION_COUNT];
/* "either", "kcd", "rbcd"; by GroupMode. */
extern const char *const workload_way_names[3];

typedef struct {
    char *id; /* "sql-linked-server" */
    char *title;
    char *port; /* where the configuration gives none; NULL: no form has a port */
    GroupMode way;
    WorkloadTransition transition;
    GPtrArray *about; /* of WorkloadNote * */
    GPtrArray *from;  /* the same: which account the source is */
    GPtrArray *why;   /* the same: of the transition */
    GPtrArray *slips; /* the same: what usually goes wrong */
    GPtrArray *forms; /* of WorkloadForm * */
    char *hint;       /* the SPN class it is known by; NULL: none is its own */
} Workload;

typedef struct {
    GPtrArray *all;     /* of Workload *, by id */
    GPtrArray *sources; /* of WorkloadSource *, as they stand */
} Workloads;

/* Those that the binary carries (transfer none). */
const Workloads *
workloads_builtin(void);

const Workload *
workload_find(const Workloads *workloads, const char *id);
/* The workload that an SPN's class speaks for; NULL: none, or several. */
const Workload *
workload_by_spn(const Workloads *workloads, const char *spn);

/* The form for one target (transfer full); NULL: it takes a name that is not known.
 * `port` NULL: the workload's. */
char *
workload_spn(const Workload *workload, const WorkloadForm *form, const char *fqdn,
             const char *name, const char *port);

/* Whether the built-in ones and these files are sound: for tests and for whoever writes
 * one.  `files` and `texts` end with NULL.  FAULT_CONFIG with file and line. */
bool
workloads_parse(const char *const *files, const char *const *texts,
                Workloads **ret_workloads, GError **error);
void
workloads_free(Workloads *workloads);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Workloads, workloads_free)

#endif
