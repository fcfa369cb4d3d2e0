/* Proposals: what to run to mend a finding, and what undoes it.
 *
 * Minimal and additive: single values added or removed.  userAccountControl
 * is changed against the value read (old value deleted, new one added), so
 * that a concurrent change makes it fail rather than be lost.
 */
#ifndef FIX_FIX_H
#define FIX_FIX_H

#include "audit/audit.h"

typedef enum {
    FIX_SPN,        /* servicePrincipalName */
    FIX_DELEGATION, /* msDS-AllowedToDelegateTo, or T2A4D */
    FIX_ACCOUNT,    /* other userAccountControl bits */
    FIX_RBCD,       /* msDS-AllowedToActOnBehalfOfOtherIdentity */
} FixKind;

extern const char *const fix_kind_names[4];

/* RBCD by a group of AD in the place of long lists: the group has members, and
 * the descriptor on each target grants it. */
typedef struct {
    const Group *partners;
    Account *own;          /* the group, where it was not read: its SID is not known */
    bool made;             /* there is no such group yet */
    bool universal;        /* its members lie in several domains */
    GPtrArray *joining;    /* of const Account *: hosts that are to become members */
    GPtrArray *parts;      /* of Fix *: the targets' descriptors; without rbcd_new where
                            * the group's SID is not known */
    GPtrArray *left;       /* of const Account *: targets whose descriptor was not read,
                            * or cannot be extended */
    GPtrArray *long_lists; /* of const Account *: whose lists may then be shortened */
} ByGroup;

/* One change of one attribute of one account. */
typedef struct {
    char *id; /* "spn:HV02", "spn-removal:SRV", "spn-duplicate:OLD", "delegation:HV01",
               * "rbcd:HV02", "protocol-transition:HV01", "account:HV01",
               * "rbcd-group:PARTNERS" */
    FixKind kind;
    const Account *account; /* by group: the group, also where it is to be made */
    const char *attribute;
    GPtrArray *add;    /* of char *, sorted: SPNs, flag names, trustees */
    GPtrArray *remove; /* of char *, sorted; of trustees that are gone their SIDs */
    guint32 uac_old;   /* userAccountControl changes only */
    guint32 uac_new;
    GBytes *rbcd_old; /* RBCD changes only; NULL: there was none */
    GBytes *rbcd_new;
    GPtrArray *trustees; /* of const Account *, as `add` of RBCD changes names them */
    GPtrArray *orphans;  /* of char *: the SIDs among `remove` */
    GPtrArray *undenied; /* of const Account *: whose own deny ACE goes */
    ByGroup *by_group;   /* NULL: not by group.  What is by group is written for the
                          * administrator to enable: it does not run with the rest. */
    GPtrArray *needs;    /* of const Fix *, borrowed: without them it would turn pairs
                          * worse; they stand before it in the scripts */
    char *risk;
    bool no_undo; /* e.g. an SPN that the DC would refuse to register twice */

    /* Rendered (transfer none); of a long fix the names of the files that have it. */
    GPtrArray *setspn;     /* of char *: command lines; empty: not for setspn */
    GPtrArray *powershell; /* of char * */
    char *ldif;            /* "" where it cannot be written safely */
    GPtrArray *undo_setspn;
    GPtrArray *undo_powershell;
    char *undo_ldif;
} Fix;

/* What an administrator would use first of what the fix is written in. */
typedef enum {
    FIX_IN_SETSPN,
    FIX_IN_POWERSHELL,
    FIX_IN_LDIF,
    FIX_IN_NOTHING, /* it cannot be written safely */
} FixLanguage;

/* "setspn", "powershell", "ldif"; NULL for nothing. */
extern const char *const fix_language_names[4];

FixLanguage
fix_language(const Fix *fix);

/* The lines in that language, of char * (transfer none); empty where it is LDIF, which
 * is one text, or nothing. */
const GPtrArray *
fix_lines(const Fix *fix);

/* Whether it changes so many values that its lines are not for showing: whoever wants
 * them takes the files of --fixes. */
bool
fix_is_long(const Fix *fix);

/* Proposes fixes for every failed, unwaived finding, merges them per account
 * and attribute, renders them, and fills finding->fixes.  Sorted by id
 * (transfer full). */
GPtrArray *
fix_plan(Audit *audit);

/* A new fix without values (transfer full). */
Fix *
fix_new(FixKind kind, const Account *account, const char *attribute);

/* The place of a fix when all are run: lower first. */
int
fix_rank(const Fix *fix);

void
fix_free(Fix *fix);

/* Writes the six files of --fixes into `directory` (made where missing).
 * FAULT_OUTPUT. */
bool
fix_write(const Audit *audit, const GPtrArray *fixes, const char *directory,
          GError **error);

#endif
