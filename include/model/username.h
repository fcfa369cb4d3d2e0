/* Names of users as people write them: "alice", "CONTOSO\alice" or
 * "alice@contoso.com". */
#ifndef MODEL_USERNAME_H
#define MODEL_USERNAME_H

#include "model/estate.h"

typedef struct {
    char *user;   /* without the domain; may be empty */
    char *domain; /* NetBIOS or DNS name; NULL: none given */
    bool upn;     /* it stood behind an @ */
} UserName;

/* A DN is taken whole. */
UserName
username_of(const char *text);

void
username_clear(UserName *name);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UserName, username_clear)

/* Whether the name asks for that domain, by its NetBIOS or its DNS name; false where
 * it asks for none. */
bool
username_names(const UserName *name, const Domain *domain);

#endif
