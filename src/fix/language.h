/* A fix in the three languages it can be applied in, each with its undo.
 *
 * The `_render` functions fill the commands of a fix, one by one able to stand
 * alone; the `_append` functions write them as lines of a script, with a
 * comment in the place of what cannot be quoted safely.  Lines end in LF.
 */
#ifndef FIX_LANGUAGE_H
#define FIX_LANGUAGE_H

#include "base/text.h"
#include "fix/fix.h"

/* How one attribute of one account changes, seen from the fix or its undo. */
typedef struct {
    const GPtrArray *add;    /* of const char * */
    const GPtrArray *remove; /* of const char * */
    guint32 uac_old;
    guint32 uac_new;
    GBytes *rbcd_old; /* NULL: none */
    GBytes *rbcd_new; /* NULL: none */
} Change;

Change
fix_change(const Fix *fix, bool undo);

/* One comment line.  The text must start with two words of our own: cmd.exe
 * still looks at the first word after `rem`. */
void
fix_comment(GString *out, const char *lead, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* For undo files: the values that cannot be put back, and why. */
void
fix_comment_lost(GString *out, const char *lead, const Fix *fix);

/* What stands before the lines that an administrator is to enable. */
#define FIX_BY_HAND "## "

/* Whether the account lies in the domain that was audited. */
bool
fix_is_at_home(const Estate *estate, const Account *account);

void
setspn_render(const Estate *estate, Fix *fix);
void
setspn_append(const Estate *estate, const Fix *fix, bool undo, GString *out);

/* " -Server 'dc1.contoso.com' -Identity 'CN=...'" (transfer full); NULL: it cannot be
 * quoted safely. */
char *
powershell_where(const Estate *estate, const Account *account);
void
powershell_render(const Estate *estate, Fix *fix);
void
powershell_append(const Estate *estate, const Fix *fix, bool undo, GString *out);

void
ldif_render(const Estate *estate, Fix *fix);
void
ldif_append(const Estate *estate, const Fix *fix, bool undo, GString *out);

#endif
