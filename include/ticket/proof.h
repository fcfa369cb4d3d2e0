/* Proof of delegation: S4U2Self and S4U2Proxy, done for real with a source
 * host's own key.
 *
 * Only where the administrator hands over a keytab with that key
 * (--prove-as USER --prove-keytab FILE).  What is granted here, the host itself
 * would be granted (MS-SFU 3.2.5); nothing is done with the tickets.
 */
#ifndef TICKET_PROOF_H
#define TICKET_PROOF_H

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
    int timeout_s;
} ProofOrder;

/* Impersonates the user on the host and asks for a ticket to each SPN.  A refusal by
 * the KDC is a result.  Blocks; a silent KDC costs `timeout_s`, once (0: as long as
 * libkrb5 waits, half a minute).
 * FAULT_CREDENTIALS: no key, or a stale one; FAULT_UNREACHABLE: no KDC. */
bool
proof_run(const ProofOrder *order, Proof **ret_proof, GError **error);

#endif
