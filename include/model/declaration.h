/* Who has to be able to delegate to what, as somebody declared it: [delegation NAME]. */
#ifndef MODEL_DECLARATION_H
#define MODEL_DECLARATION_H

#include "model/group.h"

typedef enum {
    FORMS_AS_WRITTEN, /* the SPNs as they stand */
    FORMS_BOTH,       /* each under the host's FQDN and its short name */
} DeclaredForms;

typedef struct {
    char *name;
    GPtrArray *from;           /* of char *: names or globs of accounts */
    GPtrArray *from_in;        /* of char *: DNs of containers */
    GPtrArray *from_member_of; /* of char *: DNs of groups */
    GPtrArray *to;  /* of char *: SPNs; globs, which require nothing; with a workload
                     * hosts, too: "sql1.contoso.com:1433" */
    char *workload; /* the id of a built-in one; NULL: none */
    DeclaredForms forms;
    GroupPt pt; /* PT_DEFAULT: as the workload says, else optional */
    GroupMode mode;
    bool mode_given; /* else as the workload says */
} Declaration;

Declaration *
declaration_new(const char *name);
void
declaration_free(Declaration *declaration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Declaration, declaration_free)

/* Whether the account may delegate at all: a user, a computer or a managed service
 * account, and no conflict object. */
bool
declaration_takes(const Account *account);

/* Whether the account is a source of it.  Unknown where a membership could not be read.
 */
Tri
declaration_matches(const Declaration *declaration, const Estate *estate,
                    const Account *account);

#endif
