/* Text: comparing it as AD does, and quoting it for where it goes.
 *
 * Everything read from the directory, the KDC or a file is hostile to the
 * scripts, reports and terminals it is written to.  Each destination is a row
 * of one table; a string that cannot be quoted safely for its destination is
 * refused (the caller then writes a comment that says so), never mangled.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    QUOTE_LDAP_FILTER, /* an assertion value: RFC 4515 section 3 */
    QUOTE_DN,          /* one RDN value: RFC 4514 section 2.4 */
    QUOTE_CMD,         /* one argument of a cmd.exe batch line, with its quotes */
    QUOTE_POWERSHELL,  /* one single-quoted PowerShell literal, with its quotes */
    QUOTE_LDIF,        /* the part after the attribute name: ": x" or ":: b64" */
    QUOTE_HTML,        /* and XML: element text, or a double-quoted attribute value */
    QUOTE_CSV,         /* one field, with its quotes; formula injection stopped */
    QUOTE_TERMINAL,    /* control and bidirectional characters made visible */
    QUOTE_COMMENT,     /* the rest of one comment line of a script or LDIF: no
                        * control characters, no line breaks, no %...% */
    QUOTE_KINDS
} QuoteKind;

/* Appends `in`, quoted for `kind`, to `out`.  Returns false, and appends
 * nothing, where it cannot be quoted safely: a control character or a quote in
 * a cmd.exe argument, bytes that are not UTF-8 for PowerShell and cmd.exe.
 * Every other kind takes every string (invalid UTF-8 becomes U+FFFD where the
 * destination is text). */
bool
text_quote(QuoteKind kind, const char *in, GString *out);

/* The same as a new string (transfer full), or NULL where it is refused. */
char *
text_quoted(QuoteKind kind, const char *in);

/* The key under which AD finds a name or an SPN again: case folded, nothing
 * else changed (transfer full).  Bytes that are not UTF-8 are kept, ASCII
 * letters in them folded. */
char *
text_fold(const char *in);

/* What texts have in common that differ in blanks, accents, widths and invisible
 * characters alone, besides case (transfer full).  AD's searches pass accents and widths
 * over (MS-ADTS 6.5), Samba's blanks; whether a KDC does when it looks for an SPN is not
 * proven, and that invisible ones made duplicates is CVE-2026-25177. */
char *
text_loose(const char *in);

/* ASCII without a blank that text_loose passes over, or a control, as nearly every name:
 * it is text_fold then. */
bool
text_is_plain(const char *in);

/* What a reader takes a text for: compatibility forms folded, characters that show
 * nothing dropped (Unicode UTS 39, much shortened), case folded (transfer full). */
char *
text_skeleton(const char *in);

/* Equality under text_fold, without allocating for plain ASCII. */
bool
text_equal(const char *a, const char *b);

/* The same for a GHashTable of texts in any spelling (GHashFunc, GEqualFunc), without a
 * folded copy of each. */
guint
text_hash(gconstpointer text);
gboolean
text_same(gconstpointer a, gconstpointer b);

/* Strings by their bytes, for g_ptr_array_sort: `a` and `b` are const char **. */
int
text_order(gconstpointer a, gconstpointer b);

/* Whether `name` matches a glob of * and ?, without regard to case. */
bool
text_glob(const char *pattern, const char *name);

/* One copy for all who ask for the same text: never to be changed (transfer full:
 * text_release); NULL: NULL. */
char *
text_intern(const char *text);
/* One user more of what text_intern made. */
char *
text_acquire(char *text);
/* NULL: nothing. */
void
text_release(gpointer text);

/* How many terminal columns a UTF-8 string takes (wide characters count 2,
 * combining marks 0). */
gsize
text_width(const char *in);

/* "1,804", in any locale, in `buffer`. */
#define TEXT_NUMBER_SIZE 28
const char *
text_number(char *buffer, guint64 number);

/* The same for an argument of printf: it lives as long as the block. */
#define NUMBER(number) text_number((char[TEXT_NUMBER_SIZE]){0}, number)

/* RFC 3339 in UTC, whole seconds, of microseconds since 1970 (transfer full). */
char *
text_time(gint64 unix_us);

/* "dc1", "dc1.contoso.com:636", "LDAPS://dc1" as a URI (transfer full). */
char *
text_ldap_uri(const char *given);

bool
text_is_ldap_uri(const char *uri);

#endif
