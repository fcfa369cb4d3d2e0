/* Which group policy objects reach an account (MS-GPOL 3.2.5.1). */
#ifndef MODEL_GPO_H
#define MODEL_GPO_H

#include "model/estate.h"

/* The client-side extensions that process GptTmpl.inf (MS-GPSB) and
 * Registry.pol (MS-GPREG). */
#define GPO_SECURITY_EXTENSION "{827D319E-6EAC-11D2-A4EA-00C04F79F83A}"
#define GPO_REGISTRY_EXTENSION "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"

/* For collectors: made where there is none yet (transfer none). */
Container *
estate_add_container(Estate *estate, const char *dn, bool site);
Gpo *
estate_add_gpo(Estate *estate, const char *dn);

/* One link that reaches the account. */
typedef struct {
    char *dn;            /* of the GPO */
    const Gpo *gpo;      /* NULL: it was not read */
    const Container *at; /* where it is linked; a site may or may not be the host's */
    bool enforced;
} GpoLink;

typedef struct {
    GPtrArray *links;   /* of GpoLink *: the nearest container's first; one per GPO */
    GHashTable *linked; /* their DNs, folded */
    GHashTable *names;  /* of those that were read, folded -> how many have it */
    GPtrArray *unread;  /* of char *: attributes that keep it from being whole, of which
                         * the first GPO_UNREAD_SHOWN are named */
} GpoReach;

#define GPO_UNREAD_SHOWN 12u

/* Walks from the account's DN to the head of its domain, then the sites that have
 * links: disabled links are left out, and those above a container that blocks
 * inheritance, unless they are enforced (transfer full). */
GpoReach *
gpo_reach(const Estate *estate, const Account *account);
void
gpo_reach_free(GpoReach *reach);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GpoReach, gpo_reach_free)

/* Whether another GPO of the reach has the same name. */
bool
gpo_is_namesake(const GpoReach *reach, const Gpo *gpo);

/* Why no computer reads settings from it ("its computer half is disabled"), or
 * NULL. */
const char *
gpo_idle(const Gpo *gpo);

/* Whether a computer runs this extension for it; unknown where
 * gPCMachineExtensionNames may have been hidden. */
Tri
gpo_runs(const Gpo *gpo, const char *extension);

#endif
