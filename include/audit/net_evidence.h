/* What the network says of hosts and domain controllers (--ports): which ports
 * answer, and whether names and addresses agree.  Pure data: audit/machines.c
 * says what is worth asking, diagnose/network.c asks. */
#ifndef AUDIT_NET_EVIDENCE_H
#define AUDIT_NET_EVIDENCE_H

#include "audit/finding.h"

/* From the least to the most that is known to work: of a machine's addresses
 * the best one counts. */
typedef enum {
    NET_NOT_TRIED,   /* this machine had no socket for it */
    NET_NO_ADDRESS,  /* the name leads to none */
    NET_UNREACHABLE, /* no route, or nobody at that address */
    NET_FILTERED,    /* no answer in time, or one that says "prohibited" */
    NET_REFUSED,     /* the machine itself says that nothing listens */
    NET_OPEN,
    NET_STATE_COUNT
} NetState;

/* "not tried" ... "open" */
extern const char *const net_state_names[NET_STATE_COUNT];

typedef enum {
    NET_HYPERV = 1 << 0,
    NET_STORAGE = 1 << 1, /* an SMB file server */
    NET_CLUSTER = 1 << 2, /* a node of a failover cluster, by its SPNs */
    NET_DC = 1 << 3,
} NetRole;

/* A port that machines of some role listen on: one row each. */
typedef struct {
    guint16 number;
    guint roles;         /* NetRole bits */
    const char *purpose; /* "live migration" */
    Severity refused;    /* how much it matters where nothing listens */
    const char *closed;  /* what it means where nothing listens, and what to do */
} NetService;

extern const NetService net_services[];
extern const guint net_services_count;

/* What one address answered. */
typedef struct {
    const char *address; /* borrowed from the machine's addresses */
    NetState state;
    double ms;
    const char *how; /* "reset", "no answer in time", "no route to host" */
} NetReply;

typedef struct {
    const NetService *service;
    guint16 number;  /* the service's; tests put their listeners' here */
    NetState state;  /* the best of the replies */
    double ms;       /* of that one */
    GArray *replies; /* of NetReply, in the order of the addresses */
} NetPort;

typedef enum {
    NET_NAME_NOT_ASKED,
    NET_NAME_FOUND,
    NET_NAME_NONE,      /* DNS knows none */
    NET_NAME_NO_ANSWER, /* DNS did not say in time */
    NET_NAME_UNSOUND,   /* no host name: not asked for */
} NetNameState;

typedef struct {
    char *text;           /* "10.0.0.7" */
    NetNameState reverse; /* whether it leads to names */
    GPtrArray *names;     /* of char *: those; empty: none */
} NetAddress;

/* A machine: a host, a file server, a domain controller, or several of these. */
typedef struct NetEvidence {
    const Account *account; /* NULL: a DC known by its name alone */
    char *name;             /* as findings name it */
    char *dns;              /* what is looked up */
    guint roles;            /* NetRole bits */
    NetNameState lookup;    /* of dns */
    double lookup_ms;
    GPtrArray *addresses; /* of NetAddress * */
    GPtrArray *ports;     /* of NetPort *, by number */
} NetEvidence;

/* With the ports that its roles listen on, nothing tried yet (transfer full). */
NetEvidence *
net_evidence_new(const Account *account, const char *name, const char *dns, guint roles);
void
net_evidence_free(NetEvidence *machine);

/* Adds roles, and the ports that go with them; before anything is tried. */
void
net_evidence_add_roles(NetEvidence *machine, guint roles);

/* (transfer none) */
NetAddress *
net_evidence_add_address(NetEvidence *machine, const char *text);
void
net_port_add_reply(NetPort *port, const char *address, NetState state, double ms,
                   const char *how);

/* Whether something could be tried, and no port at all answered or refused. */
bool
net_evidence_is_silent(const NetEvidence *machine);

#endif
