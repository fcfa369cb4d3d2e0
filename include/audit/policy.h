/* What the administrator declared: the configuration file and the options. */
#ifndef AUDIT_POLICY_H
#define AUDIT_POLICY_H

#include "audit/finding.h"
#include "model/declaration.h"

typedef struct {
    char *name;
    bool ruled; /* it names a rule */
    RuleId rule;
    char *subject; /* glob; NULL: any */
    char *target;  /* glob; NULL: any */
    char *reason;
    char *until;     /* "2027-03-31", the last day it holds; NULL: for ever */
    gint64 until_us; /* the end of that day, UTC; 0: for ever */
    bool expired;    /* at the time of the audit: what it covers counts again */
    guint matched;   /* findings it covers, or would if it had not expired */
} Waiver;

typedef struct {
    GPtrArray *files; /* of char *: where it was read; none is /dev/null or a pipe */
    char *domain;
    Reach reach;
    bool reach_given; /* else it follows from what is asked for */
    GPtrArray *uris;  /* of char * */
    char *mech;
    GPtrArray *groups;          /* of GroupSpec * */
    GPtrArray *declarations;    /* of Declaration *: [delegation NAME] */
    GPtrArray *operator_users;  /* of char * */
    GPtrArray *operator_groups; /* of char *: DNs */
    GPtrArray *waivers;         /* of Waiver * */
} Policy;

Policy *
policy_new(void);
void
policy_free(Policy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Policy, policy_free)

/* Strict: an unknown section, key, value or date is FAULT_CONFIG with file and
 * line. */
bool
policy_load(const char *path, Policy **ret_policy, GError **error);

/* Moves what `over` says over it: single values and sections of the same name take the
 * place of what was there, the rest is added. */
void
policy_override(Policy *policy, Policy *over);

/* What the declarations delegate to, as far as it is known before anything is read (of
 * char *, transfer full): SPNs; where a host's DNS name is not known what they begin
 * with, "MSSQLSvc/sql1.*". */
GPtrArray *
policy_declared_spns(const Policy *policy);

/* What a configuration may hold: for its manual page. */
typedef struct {
    const char *section; /* "group" */
    bool named;          /* the section has a name of its own: [group prod] */
    const char *key;
    const char *argument;      /* what its value is: "NAME", "DN" */
    const char *const *values; /* the words allowed, NULL-ended; NULL: anything */
    bool many;                 /* several, between semicolons */
} PolicyKey;

/* The key of that index, section by section; false after the last. */
bool
policy_key(guint index, PolicyKey *ret_key);

#endif
