/* Memberships, walked upwards: what model/member.c and model/token.c share. */
#ifndef MODEL_MEMBER_H
#define MODEL_MEMBER_H

#include "model/estate.h"

/* The groups somebody is in, as far as they were read. */
typedef struct {
    const Estate *estate;
    bool tokens;     /* security groups alone; a group of unread type is doubtful */
    bool complete;   /* no membership led out of what was read */
    GHashTable *dns; /* dn_key set */
    GHashTable *doubtful_dns; /* the same; may hold some of the others, too */
    GPtrArray *groups;        /* of const Account *: those that were read */
    GPtrArray *doubtful;
} Membership;

Membership
membership_new(const Estate *estate, bool tokens);
void
membership_clear(Membership *membership);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Membership, membership_clear)

/* Adds what `from` is in, nested; not `sure`: what it would be in. */
void
membership_walk(Membership *membership, const Account *from, bool sure);

/* Adds a group itself, and what that is in. */
void
membership_join(Membership *membership, const Account *group);

/* Adds a group that somebody may be in, and what that is in. */
void
membership_suppose(Membership *membership, const Account *group);

/* All groups of an account, its primary group first. */
Membership
membership_of(const Estate *estate, const Account *account, bool tokens);

/* Whether the account, whose memberships these are, is in the group. */
Tri
membership_in(const Membership *membership, const Account *account, const char *group_dn);

/* Its primary group, NULL where that was not read; *ret_sid is its SID, not set
 * where that is not known either. */
const Account *
primary_group_of(const Estate *estate, const Account *account, Sid *ret_sid);

#endif
