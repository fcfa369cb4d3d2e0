/* What a rule that passed looked at; inside of diagnose. */
#ifndef DIAGNOSE_SIGHTINGS_H
#define DIAGNOSE_SIGHTINGS_H

#include "diagnose/diagnosis.h"

#include "audit/conditions.h"

typedef struct {
    const Audit *audit;
    const Pair *pair;
    guint16 port; /* the one meant; 0: any */
    const ConditionList *conditions;
    GPtrArray *evidence;  /* NULL: nothing is shown */
    GPtrArray *looked_at; /* of char *; NULL: not asked */
} View;

/* "WHAT of OF" was looked at, and is shown with its value (transfer full). */
void
sightings_add(const View *view, const char *what, const char *of, char *value);

/* Of both hosts, where they told (sightings_host.c). */
void
see_enabled_migration(const View *view);
void
see_authentication(const View *view);
void
see_guard(const View *view);
void
see_host_operators(const View *view);
void
see_host_ports(const View *view);
void
see_logon(const View *view);
void
see_networks(const View *view);
void
see_host_clocks(const View *view);

#endif
