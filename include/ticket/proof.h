/* Proof of delegation: S4U2Self and S4U2Proxy, done for real with a source
 * host's own key.
 *
 * Only where the administrator hands over a keytab with that key
 * (--prove-as USER --prove-keytab FILE).  What is granted here, the host itself
 * would be granted (MS-SFU 3.2.5); nothing is done with the tickets.
 */
#ifndef TICKET_PROOF_H
#define TICKET_PROOF_H

#include "ticket/kdcs.h"
#include "ticket/result.h"

typedef struct {
    char *host;             /* the sAMAccountName asked for, "HV01$" */
    char *user;             /* impersonated, "alice@CONTOSO.COM" */
    guint32 lacking;        /* ETYPE_BIT_*: the host offers them, this library does not;
                             * then a refusal for want of a type says nothing */
    bool tgt_forwardable;   /* the host's own TGT: false where it is sensitive or
                             * protected; then nothing below can be */
    bool self_granted;      /* S4U2Self: a ticket for the user to the host */
    bool self_forwardable;  /* and it can be used for S4U2Proxy (MS-SFU 3.2.5.1) */
    gint32 self_error_code; /* RFC 4120 7.5.9, or 0 */
    char *self_error;       /* NULL: granted */
    GPtrArray *results;     /* of TicketResult *, one per SPN: S4U2Proxy.  Asked also
                             * with a ticket that is not forwardable, since RBCD may
                             * take it; empty where S4U2Self was refused. */
} Proof;

void
proof_free(Proof *proof);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Proof, proof_free)

/* Whether the keytab holds a key of `host`$@`realm`, compared without regard
 * to case.  FAULT_CREDENTIALS where the keytab cannot be read. */
bool
proof_has_key(const char *keytab, const char *host, const char *realm, bool *ret_has,
              GError **error);

typedef struct {
    const char *keytab;
    const char *host; /* its name, with or without the $ */
    const char *realm;
    const char *user; /* "alice", or "alice@CONTOSO.COM" */
    const char *const *spns;
    guint count;
    guint32 etypes; /* ETYPE_BIT_*: what the host offers; 0: what krb5.conf says */
} ProofOrder;

/* What became of an order: a proof, or why there is none. */
typedef struct {
    Proof *proof;
    GError
        *error; /* FAULT_CREDENTIALS: no key, or a stale one; FAULT_UNREACHABLE: no KDC */
} ProofOutcome;

typedef struct {
    Kdcs *kdcs;
    guint workers; /* sources at a time */
    int timeout_s; /* of an exchange; 0: as long as libkrb5 waits, half a minute */
    void (*progress)(guint done, void *data); /* on the calling thread; or NULL */
    void *data;
} ProofPlan;

/* For each order (array of `count` ProofOrder, all of one realm): impersonates the user
 * on the host, once, and asks for a ticket to each SPN.  A refusal by the KDC is a
 * result.  A silent KDC costs the time-out once: who was not asked yet gets the same
 * fault.  Returns ProofOutcome * in the order of the orders (transfer full). */
GPtrArray *
proof_run(const ProofPlan *plan, const ProofOrder *orders, guint count);

#endif
