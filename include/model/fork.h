/* What if: an estate in which some accounts are changed.
 *
 * A fork is a frozen estate of its own to whoever asks it, and shares with the one
 * it was made of, which has to outlive it, all but the accounts that may change.
 * Making it copies tables; a change is as cheap as the values changed.
 */
#ifndef MODEL_FORK_H
#define MODEL_FORK_H

#include "model/estate.h"

typedef struct Fork Fork;

/* `changing`: of const Account *, of the estate; nothing is changed yet. */
Fork *
fork_new(const Estate *estate, const GPtrArray *changing);
void
fork_free(Fork *fork);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fork, fork_free)

const Estate *
fork_estate(const Fork *fork);

/* An account of the estate as it is in the fork: another one where it may change. */
const Account *
fork_account(const Fork *fork, const Account *account);

/* Changes of an account that may change, named by the estate's own.  Each can be
 * taken back by its opposite where nothing else is said. */
void
fork_set_flags(Fork *fork, const Account *account, guint32 set, guint32 clear);
/* Values of servicePrincipalName or msDS-AllowedToDelegateTo (borrowed) are put where
 * they are not yet, or taken out. */
void
fork_set_values(Fork *fork, const Account *account, AttrId attr, const GPtrArray *given,
                bool there);
/* Puts the account into a group of the estate, and so into what that is in.  Not to be
 * taken back. */
void
fork_join(Fork *fork, const Account *account, const Account *group);
/* Takes the account out of a group that it is in itself, or puts it back. */
void
fork_set_member(Fork *fork, const Account *account, const Account *group, bool there);
/* msDS-SupportedEncryptionTypes. */
void
fork_set_etypes(Fork *fork, const Account *account, guint32 etypes);
/* NULL: no descriptor. */
void
fork_set_rbcd(Fork *fork, const Account *account, GBytes *rbcd);

#endif
