/* What hosts say of themselves (--facts): settings that no directory holds, as
 * data/windows/Get-MigrationFacts.ps1 wrote them, a file per host.  Pure data:
 * diagnose/facts.c reads it.
 *
 * Groups, rights and people are SIDs, settings are numbers: the language of a Windows
 * stands in none of them. */
#ifndef AUDIT_HOST_FACTS_H
#define AUDIT_HOST_FACTS_H

#include "audit/finding.h"
#include "model/tri.h"

/* A part of a file, which a host tells as a whole or not at all. */
typedef enum {
    FACTS_HYPERV,    /* the live migration settings */
    FACTS_ADDRESSES, /* its IP addresses */
    FACTS_GUARD,     /* Credential Guard */
    FACTS_GROUPS,    /* who is in its own groups */
    FACTS_LISTENING, /* TCP ports */
    FACTS_FIREWALL,
    FACTS_RIGHTS, /* user rights */
    FACTS_CLOCK,
    FACTS_PARTS
} FactsPart;

/* "hyperv" ... "clock": as the file names them. */
extern const char *const facts_parts[FACTS_PARTS];

/* What became of a file. */
typedef enum {
    FACTS_USED,
    FACTS_NO_HOST, /* of no host that is audited */
    FACTS_OLDER,   /* another file of the same host is newer */
    FACTS_STATES
} FactsState;

/* "used", "unknown-host", "older" */
extern const char *const facts_states[FACTS_STATES];

/* Microsoft.HyperV.PowerShell.MigrationAuthenticationType */
typedef enum { FACTS_CREDSSP = 0, FACTS_KERBEROS = 1 } FactsAuth;

typedef struct {
    bool v6;
    guint8 bytes[16];
    guint prefix; /* bits */
    char *text;   /* "10.0.1.0/24" */
} FactsNet;

typedef struct {
    Sid sid;
    char *name; /* for people; "" where there is none */
} FactsMember;

/* One of the host's own groups, by its SID. */
typedef struct {
    Sid sid;
    char *name;         /* in the host's language */
    GPtrArray *members; /* of FactsMember * */
} FactsGroup;

/* A user right, and who has it: SIDs, or names that the host could not resolve. */
typedef struct {
    char *right;
    GPtrArray *principals; /* of char *, SIDs as "*S-1-5-32-544" */
} FactsRight;

/* A port, and the enabled rules that let it in. */
typedef struct {
    guint16 port;
    GPtrArray *rules; /* of char * */
} FactsPort;

typedef struct HostFacts {
    char *path;   /* as it was given */
    char *sha256; /* of the file, in hex */
    char *told;   /* the same of what it says, however it is written */
    gint64 collected_us;
    char *name;             /* "HV01" */
    char *fqdn;             /* "hv01.contoso.com"; NULL: none */
    char *domain;           /* "contoso.com"; NULL: none */
    char *cluster;          /* whose node it is; NULL: none */
    Sid machine;            /* of its own accounts; not set: it did not tell */
    char *why[FACTS_PARTS]; /* why a part was not read; NULL: it was */

    bool migration_enabled;
    guint auth;  /* FactsAuth, or a number of a later Windows */
    guint limit; /* live migrations at once */
    bool any_network;
    GPtrArray *networks;  /* of FactsNet *: chosen for incoming migrations */
    GPtrArray *addresses; /* of FactsNet *: its own */
    bool guard_runs;
    GPtrArray *groups;     /* of FactsGroup * */
    GArray *listening;     /* of guint16 */
    bool firewall_blocks;  /* on, and what no rule lets in is dropped, in some profile */
    GPtrArray *allowed;    /* of FactsPort * */
    GPtrArray *rights;     /* of FactsRight * */
    double clock_offset_s; /* against a domain controller, as w32tm shows it */

    FactsState state;       /* by audit_take_facts, as what follows */
    const Account *account; /* NULL: nobody */
} HostFacts;

/* With no part read (transfer full). */
HostFacts *
host_facts_new(void);
void
host_facts_free(HostFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HostFacts, host_facts_free)
void
facts_net_free(gpointer net);
void
facts_member_free(gpointer member);
void
facts_group_free(gpointer group);
void
facts_right_free(gpointer right);
void
facts_port_free(gpointer port);

/* "10.0.1.0/24", or an address alone (transfer full); NULL: it is neither. */
FactsNet *
facts_net_parse(const char *text);
/* Whether the address lies in the network. */
bool
facts_net_holds(const FactsNet *net, const FactsNet *address);

/* (transfer none), or NULL: the host did not tell of it. */
const FactsGroup *
host_facts_group(const HostFacts *facts, guint32 rid);
const FactsRight *
host_facts_right(const HostFacts *facts, const char *right);
const FactsPort *
host_facts_allowed(const HostFacts *facts, guint16 port);
bool
host_facts_listens(const HostFacts *facts, guint16 port);

/* "CredSSP (0)" (transfer full). */
char *
host_facts_auth(const HostFacts *facts);
/* "facts/HV01.json, collected 2026-11-17T09:12:00Z" (transfer full). */
char *
host_facts_source(const HostFacts *facts);

#endif
