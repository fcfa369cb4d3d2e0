/* What html_data.c and html_shapes.c share. */
#ifndef RENDER_HTML_DATA_H
#define RENDER_HTML_DATA_H

#include "render/html_json.h"
#include "render/html_page.h"

/* The needed SPNs of one target, as one group (or several) asks for them. */
typedef struct {
    const TargetSpns *spns;
    const Pair *first; /* towards it */
    guint host;        /* its number */
    guint variant;     /* among those of this host */
    GPtrArray *texts;  /* of char *: the SPNs, visible */
} HtmlNeed;

typedef struct {
    HtmlPage *page;
    GHashTable *hosts;   /* const Account * -> number + 1 */
    GPtrArray *names;    /* of char *, visible: by host number */
    GPtrArray *dns;      /* of char *, visible, "" for none: the same */
    GPtrArray *needs;    /* of HtmlNeed * */
    GHashTable *by_spns; /* const TargetSpns * -> HtmlNeed * */
    GPtrArray *sources;  /* of const Pair *: the first from each host; NULL: none */
    GHashTable *near;    /* const Account * -> its list, by folded host */
    HtmlStrings shapes;  /* JSON */
    GHashTable *by_pair; /* const Pair * -> number of its shape + 1 */
    HtmlStrings strings;
} HtmlData;

/* The number of a pair's host. */
guint
html_host_number(const HtmlData *data, const Account *account);

/* The shape of a pair, by number: its verdict and all that led to it, without the
 * names: ninety thousand pairs have a few hundred shapes.  In its texts stand
 * placeholders: U+0001 the source, U+0002 the target, U+0003 its DNS name, U+0010 + n
 * the n-th SPN. */
guint
html_shape_of(HtmlData *data, const Pair *pair, const HtmlNeed *need);

/* What the script composes panels and filters from, as JSON without '<'. */
void
html_data(HtmlPage *page, GString *out);

#endif
