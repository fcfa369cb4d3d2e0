/* Splits an SPN into its parts. */
#include "model/spn.h"

#include "base/limits.h"
#include "base/text.h"

#include <string.h>

/* C0, DEL, and C1 as UTF-8 spells it (C2 80 - C2 9F). */
static bool
has_control(const char *text)
{
    for (const guchar *p = (const guchar *)text; *p != 0; p++) {
        if (*p < 0x20 || *p == 0x7F || (*p == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0))
            return true;
    }
    return false;
}

/* The colon before the port of `length` bytes of host[:port], or NULL.  Colons
 * inside [...], and more than one without brackets, are of an IPv6 address. */
static const char *
port_colon(const char *host, gsize length)
{
    const char *end = host + length;
    const char *from = host;
    const char *colon = NULL;

    if (*host == '[') {
        const char *bracket = memchr(host, ']', length);

        if (bracket != NULL)
            from = bracket + 1;
    }
    colon = memchr(from, ':', (gsize)(end - from));
    if (colon == NULL || memchr(colon + 1, ':', (gsize)(end - colon - 1)) != NULL)
        return NULL;
    return colon;
}

Spn *
spn_parse(const char *text)
{
    const char *slash = strchr(text, '/');
    const char *host = NULL;
    const char *colon = NULL;
    gsize host_length = 0;
    Spn *spn = NULL;

    if (slash == NULL || slash == text ||
        strnlen(text, MOST_SPN_BYTES + 1) > MOST_SPN_BYTES || has_control(text))
        return NULL;
    host = slash + 1;
    host_length = strcspn(host, "/");
    colon = port_colon(host, host_length);
    if (host_length == 0 || colon == host)
        return NULL;

    spn = g_new0(Spn, 1);
    spn->class = g_strndup(text, (gsize)(slash - text));
    if (host[host_length] == '/')
        spn->name = g_strdup(host + host_length + 1);
    if (colon != NULL) {
        spn->port = g_strndup(colon + 1, (gsize)(host + host_length - colon - 1));
        host_length = (gsize)(colon - host);
    }
    spn->host = g_strndup(host, host_length);
    return spn;
}

void
spn_free(Spn *spn)
{
    if (spn == NULL)
        return;
    g_free(spn->class);
    g_free(spn->host);
    g_free(spn->port);
    g_free(spn->name);
    g_free(spn);
}

char *
spn_of(const char *class, const char *host)
{
    return g_strconcat(class, "/", host, NULL);
}

char *
spn_with_class(const Spn *spn, const char *class)
{
    return g_strconcat(class, "/", spn->host, spn->port != NULL ? ":" : "",
                       spn->port != NULL ? spn->port : "", spn->name != NULL ? "/" : "",
                       spn->name != NULL ? spn->name : "", NULL);
}

bool
spn_has_class(const char *text, const char *class)
{
    gsize i = 0;
    /* Asked of every SPN of an estate: most differ in the first letter.  Nothing else
     * folds to ASCII (text_fold). */
    for (; class[i] != '\0' && (guchar) class[i] < 0x80; i++)
        if (text[i] == '/' || g_ascii_tolower(text[i]) != g_ascii_tolower(class[i]))
            return false;
    if (class[i] == '\0')
        return text[i] == '/';
    const char *slash = strchr(text, '/');
    g_autofree char *own = slash ? g_strndup(text, (gsize)(slash - text)) : NULL;
    return own && text_equal(own, class);
}

bool
spn_matches(const char *pattern, const char *spn)
{
    g_auto(GStrv) pieces = g_strsplit(pattern, "*", -1);
    g_autofree char *folded = text_fold(spn);
    const char *at = folded;
    for (guint i = 0; pieces[i]; i++) {
        g_autofree char *piece = text_fold(pieces[i]);
        bool first = i == 0, last = pieces[i + 1] == NULL;
        gsize length = strlen(piece);
        if (first && strncmp(at, piece, length) != 0)
            return false;
        /* The last one at the end, the others as early as they fit. */
        if (!first && last) {
            gsize left = strlen(at);
            return left >= length && strcmp(at + left - length, piece) == 0;
        }
        const char *found = first ? at : strstr(at, piece);
        if (!found)
            return false;
        at = found + length;
        if (first && last)
            return *at == '\0';
    }
    return *folded == '\0'; /* an empty pattern */
}

bool
spn_is_of_krbtgts(const char *spn)
{
    /* Asked of every entry of every list; nothing else folds to ASCII. */
    return (*spn == 'k' || *spn == 'K') && text_equal(spn, "kadmin/changepw");
}

bool
spn_is_kdcs(const char *spn)
{
    return spn_has_class(spn, "krbtgt") || spn_is_of_krbtgts(spn);
}
