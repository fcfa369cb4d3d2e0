/* Words a failed connection or bind by the table of refusals. */
#include "bindfault.h"

#include "base/text.h"
#include "libldap.h"

#include <string.h>

#define DIAGNOSTIC_MAX 300 /* bytes of a server's text in a message */

/* Text of the server or a library for a message: one line, shortened. */
static char *
plain(const char *diagnostic)
{
    g_autofree char *valid =
        g_utf8_make_valid(diagnostic, (gssize)MIN(strlen(diagnostic), DIAGNOSTIC_MAX));
    for (char *at = valid; *at; at++)
        if (g_ascii_iscntrl(*at))
            *at = ' ';
    return text_quoted(QUOTE_TERMINAL, g_strstrip(valid));
}

bool
bindfault_set(GError **error, const char *uri, const Refused *about, int result,
              const char *diagnostic, bool *ret_elsewhere)
{
    g_autofree char *detail = diagnostic && *diagnostic ? plain(diagnostic) : NULL;
    const Refusal *refusal = refusal_find(result, diagnostic, about);
    *ret_elsewhere = !refusal || refusal->elsewhere;
    if (!refusal)
        return fault_set(error, FAULT_DENIED, "%s: %s%s%s%s", uri,
                         libldap.err2string(result), detail ? " (" : "",
                         detail ? detail : "", detail ? ")" : "");
    g_autofree char *words = refusal_words(refusal, detail, about);
    /* The text of the other side, where the row is not about it. */
    bool shown = !refusal->text && detail;
    return fault_set(error, refusal->fault, "%s: %s%s%s%s", uri, words, shown ? " (" : "",
                     shown ? detail : "", shown ? ")" : "");
}
