/* Why Kerberos, SASL, TLS or a domain controller let nobody in, in an administrator's
 * words, each with what to do next. */
#ifndef MODEL_REFUSAL_H
#define MODEL_REFUSAL_H

#include "base/fault.h"

#include <stdbool.h>

#define REFUSAL_NO_RESULT 0x7FFF /* a text alone, and no result of LDAP */

/* Whom it is about.  Each may be NULL: then other words stand for it. */
typedef struct {
    const char *host;      /* the DC that was asked, as it was named */
    const char *principal; /* who asked: "alice@CONTOSO.COM" */
    const char *realm;     /* of the directory, in capitals */
    const char *keytab;    /* where the key came from */
    const char *ca_file;   /* the CAs that were trusted */
    gint64 skew_s;         /* what this machine's clock lacks to the DC's; 0: not known */
} Refused;

/* Which cases of one text a row is about. */
typedef enum {
    REFUSED_ALWAYS,
    REFUSED_BY_KEYTAB,
    REFUSED_FLAT_REALM,  /* without a dot: a NetBIOS name */
    REFUSED_SMALL_REALM, /* not all in capitals */
    REFUSED_FULL_NAME,   /* the DC is named by what looks like its whole name */
    REFUSED_OTHER_CA,    /* than those of --ca-file */
} RefusedWhen;

typedef struct {
    int result; /* of LDAP, negative ones libldap's; REFUSAL_NO_RESULT: any */
    RefusedWhen when;
    FaultCode fault;
    bool elsewhere;   /* another domain controller may serve */
    const char *text; /* in the text, in any case, * for anything; NULL: any */
    const char *says; /* with %h and so on (refusal.c) */
    const char *next; /* what to do; NULL: nothing is known to help */
} Refusal;

/* The row for a result of LDAP and a text of a library or of a DC (may be NULL); NULL:
 * none fits. */
const Refusal *
refusal_find(int result, const char *text, const Refused *about);

/* "the Kerberos ticket has expired: run kinit alice@CONTOSO.COM" (transfer full).  `text`
 * as above: it may name a realm. */
char *
refusal_words(const Refusal *refusal, const char *text, const Refused *about);

/* Whether it is about clocks, so that it helps to know how far they differ. */
bool
refusal_is_clock(const Refusal *refusal);

/* For whom to run kinit: "alice@CONTOSO.COM", "USER@CONTOSO.COM", "USER@REALM" (transfer
 * full). */
char *
refusal_whom(const Refused *about);

#endif
