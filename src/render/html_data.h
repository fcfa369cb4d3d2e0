/* What html_data.c, html_shapes.c and html_blocks.c share. */
#ifndef RENDER_HTML_DATA_H
#define RENDER_HTML_DATA_H

#include "audit/conditions.h"
#include "html_json.h"
#include "html_page.h"

typedef struct {
    HtmlPage *page;
    GPtrArray *names;    /* of char *, visible: by the number of an account */
    GPtrArray *dns;      /* of char *, visible, "" for none: the same */
    GHashTable *by_pair; /* const Pair * -> number of its shape + 1 */
    HtmlStrings shapes, sections, conditions; /* JSON */
    HtmlStrings strings;
    GHashTable *known; /* shared Condition or SPN, or text without a name -> number + 1 */
    GHashTable *places[2]; /* attribute -> "ATTRIBUTE of" the source, target, + 1 */
    /* Numbers + 1 of texts that are the same for many; 0: not yet. */
    int titles[CONDITION_PARTS];
    int headings[SERVICE_COUNT][VERDICT_COUNT][1 << G_N_ELEMENTS(leg_names)];
} HtmlData;

/* The number of an account at an end of a pair. */
guint
html_account_number(const HtmlData *data, const Account *account);

/* The shape of a pair, by number: its verdict and all that led to it, without the
 * names: ninety thousand pairs have a few hundred shapes.  In its texts stand
 * placeholders: U+0001 the source, U+0002 the target, U+0003 its DNS name. */
guint
html_shape_of(HtmlData *data, const Pair *pair);

/* ["sections", ...] by number: what the verdict on one SPN of an edge hangs on, in the
 * same way. */
void
html_put_edge_sections(HtmlData *data, GString *out, const EdgeSpn *spn);

/* html_edges_data.c: the delegations that are shown, in their order. */
void
html_edges_data(HtmlData *data, GString *out);

/* What the script composes panels and filters from, as JSON without '<'. */
void
html_data(HtmlPage *page, GString *out);

#endif
