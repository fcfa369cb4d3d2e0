/* A trust of a domain that was read, as its own DCs hold it (trustedDomain; MS-ADTS
 * 6.1.6.7). */
#ifndef MODEL_TRUST_H
#define MODEL_TRUST_H

#include "model/estate.h"

/* trustDirection: whose accounts are trusted.  A trust may be both. */
#define TRUST_INBOUND 0x1u  /* this domain's accounts reach the partner */
#define TRUST_OUTBOUND 0x2u /* the partner's accounts reach this domain */

/* trustType */
#define TRUST_TYPE_DOWNLEVEL 1 /* no Active Directory: no Kerberos */
#define TRUST_TYPE_UPLEVEL 2
#define TRUST_TYPE_MIT 3 /* a Kerberos realm without Windows: no SIDs */

/* trustAttributes */
#define TRUST_QUARANTINED 0x004u
#define TRUST_FOREST_TRANSITIVE 0x008u
#define TRUST_CROSS_ORGANIZATION 0x010u /* selective authentication */
#define TRUST_WITHIN_FOREST 0x020u
#define TRUST_TREAT_AS_EXTERNAL 0x040u
#define TRUST_USES_RC4 0x080u
#define TRUST_NO_TGT_DELEGATION 0x200u
#define TRUST_PIM 0x400u
#define TRUST_TGT_DELEGATION 0x800u

/* Numbers: -1 where not read.  A DC writes the first three when a trust is made, so that
 * one of these that is absent was hidden, or not exported. */
typedef struct Trust {
    const char *dn;
    const char *partner;   /* trustPartner; else the name of the object */
    const char *flat_name; /* NetBIOS name; NULL: none, or not read */
    Sid sid;               /* securityIdentifier; not set: none, or not read */
    gint64 direction;
    gint64 type;
    gint64 attributes;
    gint64 etypes; /* msDS-SupportedEncryptionTypes; -1: none, or not read */
} Trust;

/* For collectors: made where there is none yet (transfer none). */
Trust *
estate_add_trust(Estate *estate, const char *dn);

/* All of them, by DN (transfer container, of const Trust *). */
GPtrArray *
estate_trusts(const Estate *estate);

/* The trust between the forests of these two, as the domain of `at` holds it; NULL: none
 * was read. */
const Trust *
estate_trust_between(const Estate *estate, const Domain *at, const Domain *with);

/* The trusts by which a KDC of the one domain refers to the other, of the same forest:
 * the one between the two, or (*ret_direct: false) all within the forest that were read,
 * as which of them a referral takes is not known (transfer container, of const Trust *).
 */
GPtrArray *
estate_trusts_within(const Estate *estate, const Domain *from, const Domain *to,
                     bool *ret_direct);

/* Whether any of these bits of trustAttributes is set. */
Tri
trust_flag(const Trust *trust, guint32 bits);
/* Whether it is a trust in that direction. */
Tri
trust_points(const Trust *trust, guint32 direction);
/* Whether it is to another forest, or to a domain outside of any. */
Tri
trust_leaves_forest(const Trust *trust);

/* "24 (FOREST_TRANSITIVE | CROSS_ORGANIZATION)"; "not read" (transfer full). */
char *
trust_attributes_text(const Trust *trust);
/* "inbound", "outbound", "both ways", "none", "not read" */
const char *
trust_direction_text(const Trust *trust);

#endif
