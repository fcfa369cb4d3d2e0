/* Who is in each of many groups. */
#ifndef MODEL_MEMBERS_H
#define MODEL_MEMBERS_H

#include "model/estate.h"

/* Of those that could act, computers and users, by security groups alone. */
typedef struct {
    GPtrArray *accounts; /* of const Account *, by DN */
    bool certain;        /* nobody else is, as far as was read */
} Members;

/* const Account * -> Members * for groups (of const Account *) of different SIDs;
 * transfer full.  Answers as estate_in_security_group does, and looks at each account
 * once, however many the groups. */
GHashTable *
members_of_groups(const Estate *estate, const GPtrArray *groups);

/* Why not all who are in the group are known (transfer full): its list, or that of a
 * group in it, names somebody of whom nothing was read, or a collector left it open.
 * NULL: all are. */
char *
members_unread(const Estate *estate, const Account *group);

#endif
