/* Tokens as a KDC builds them for an access check (MS-SFU 3.2.5.2.3, MS-KILE
 * 3.3.5.7.3 and 3.4.5.3, MS-DTYP 2.5.2.1.1), as far as they can be known. */
#ifndef MODEL_TOKEN_H
#define MODEL_TOKEN_H

#include "model/estate.h"

typedef struct Token Token;

/* The token of `account` at a KDC of the domain `kdc` (NULL: of the account's own).
 * The account's own domain gives its SID, SID history, global and universal groups;
 * the KDC's domain adds its own local and builtin groups, also those that hold
 * Everyone or Authenticated Users.  Borrows the frozen estate (transfer full). */
Token *
token_new(const Estate *estate, const Account *account, const Domain *kdc);
void
token_free(Token *token);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Token, token_free)

/* Whether the SID is in the token. */
Tri
token_has(const Token *token, const Sid *sid);

/* Whether it is unknown only because Samba's KDC takes no local groups of its domain
 * but builtin ones by way of Everyone and Authenticated Users. */
bool
token_passes_over(const Token *token, const Sid *sid);
/* Whether the KDC's domain takes it out of a ticket of the account's: the trust between
 * the two, of one forest, is quarantined, and the SID is of another domain. */
bool
token_filters(const Token *token, const Sid *sid);

/* Adds what every source has in its token (borrowed). */
void
token_add_everybody(GHashTable *sids);

/* Whether a source has it, whoever that is, in its token for this KDC: a SID that is
 * well-known, or a builtin group. */
Tri
token_of_anybody(const Estate *estate, const Domain *kdc, const Sid *sid);

/* The SIDs that are in it for certain: a set of Sid (transfer none). */
GHashTable *
token_sids(const Token *token);

/* Those that are perhaps in it, and that show; may hold some of the others, too (transfer
 * none). */
GHashTable *
token_doubtful(const Token *token);

/* Whether the groups of the account were all read. */
bool
token_is_complete(const Token *token);

#endif
