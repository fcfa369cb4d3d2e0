/* What the languages share: the change or its undo, comments, and a fix's home. */
#include "language.h"

#include <stdarg.h>
#include <string.h>

Change
fix_change(const Fix *fix, bool undo)
{
    if (undo)
        return (Change){fix->remove,  fix->add,      fix->uac_new,
                        fix->uac_old, fix->rbcd_new, fix->rbcd_old};
    return (Change){fix->add,     fix->remove,   fix->uac_old,
                    fix->uac_new, fix->rbcd_old, fix->rbcd_new};
}

/* Of a line of comment, in bytes; what is longer goes on in the next.  cmd.exe would take
 * the rest of a line of more than 8,191 characters for a command. */
#define COMMENT_MAX 4000u

void
fix_comment(GString *out, const char *lead, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *quoted = text_quoted(QUOTE_COMMENT, text);
    const char *at = quoted;
    do {
        gsize length = strlen(at);
        const char *end =
            length > COMMENT_MAX ? g_utf8_find_prev_char(at, at + COMMENT_MAX) : NULL;
        end = end && end > at ? end : at + length;
        g_string_append(out, lead);
        g_string_append_len(out, at, end - at);
        g_string_append_c(out, '\n');
        at = end;
    } while (*at);
}

void
fix_comment_lost(GString *out, const char *lead, const Fix *fix)
{
    for (guint i = 0; i < fix->remove->len; i++)
        fix_comment(out, lead,
                    "Not undone: %s was on %s, and on another account that keeps it. A "
                    "domain controller of 2012 R2 or later refuses to register it twice.",
                    (const char *)fix->remove->pdata[i], fix->account->dn);
}

bool
fix_is_at_home(const Estate *estate, const Account *account)
{
    const Domain *domain = estate_home_of(estate, account);
    return !domain || domain == estate->domains->pdata[0];
}
