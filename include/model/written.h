/* Names of hosts, accounts and people as they are written: "HV01", "HV01$",
 * "hv01.contoso.com.", "CONTOSO\HV01", "hv01@contoso.com", "\\HV01\share", a DN, a SID.
 */
#ifndef MODEL_WRITTEN_H
#define MODEL_WRITTEN_H

#include "base/fault.h"
#include "model/estate.h"

/* Takes away what stands around a name: blanks, quotes, commas, a dot at its end, \\ and
 * a share.  In place; gives `text`. */
char *
written_clean(char *text);

/* Appends the names of a list, "HV01, HV02;HV03", cleaned (of char *).  A DN's commas
 * part nothing. */
void
written_split(const char *text, GPtrArray *into);

/* What names and globs may stand in an LDAP search as: the name without a domain, the DNS
 * name, the whole.  Transfer full; NULL: there is none. */
typedef struct {
    char *sam;   /* "HV01", "HV*"; NULL for a DN or a SID */
    char *dns;   /* "hv01.contoso.com"; NULL */
    char *whole; /* "alice@contoso.com" */
    char *dn;
    Sid sid;
} WrittenForms;

WrittenForms
written_forms(const char *text);
void
written_forms_clear(WrittenForms *forms);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WrittenForms, written_forms_clear)

/* Whether the account is meant, by its sAMAccountName with or without $, dNSHostName,
 * user principal name, DN or SID; the name may be a glob.  A domain beside it has to be
 * the account's, where that is known. */
bool
written_means(const char *text, const Estate *estate, const Account *account);

/* Those who may be meant (of Account *, in DN order, transfer container): in a frozen
 * estate, without looking at all of it where that can be helped. */
GPtrArray *
written_among(const char *text, const Estate *estate);

/* The people of this display name, or of this first part of a DN (of Account *, transfer
 * container). */
GPtrArray *
written_displayed(const char *text, const Estate *estate);

/* Why nobody is meant: "not found in contoso.com; did you mean HV01, HV11?", "FABRIKAM is
 * none of the domains read (contoso.com)" (transfer full).  `what`: "no such computer".
 */
char *
written_miss(const char *text, const Estate *estate, guint kinds, const char *what);

/* Whose fault it is: who wrote the name, or a directory that was not read to the end. */
FaultCode
written_miss_fault(const Estate *estate);

#endif
