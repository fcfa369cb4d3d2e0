/* The audited hosts, gathered for every report that lists them. */
#ifndef RENDER_HOSTS_H
#define RENDER_HOSTS_H

#include "audit/audit.h"

/* "on another account": what became of an SPN that a host needs. */
const char *
hosts_spn_words(SpnState state);

/* Whether a migration can use it. */
Verdict
hosts_spn_verdict(SpnState state);

typedef struct {
    const SpnStatus *status;
    const TicketEvidence *ticket; /* NULL: none was asked for */
} HostSpn;

typedef struct {
    const Host *host;
    char *delegation;                /* "kcd, rbcd"; "": none */
    GArray *spns;                    /* of HostSpn, those it needs */
    guint by_state[SPN_STATE_COUNT]; /* of them */
    guint granted;                   /* tickets */
    guint refused;                   /* those that no KDC answered are neither */
    guint as_source[VERDICT_COUNT];  /* its pairs */
    guint as_target[VERDICT_COUNT];
} HostEntry;

/* In the order of the audit (transfer full, of HostEntry *). */
GPtrArray *
hosts_gather(const Audit *audit);

/* Hyper-V hosts that discovery passed over because their account is disabled, by name
 * (transfer container, of const Account *); none where hosts were named. */
GPtrArray *
hosts_left_out(const Audit *audit);

/* "HV013 (disabled), HV014 (disabled) and 3 more" (transfer full); NULL: none. */
char *
hosts_left_out_text(const Audit *audit, guint shown);

#endif
