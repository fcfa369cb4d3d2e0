/* The HTML report: what its parts share.  Each part is a section of the page and
 * can be read without script; html_data.c carries the rest, from which the script
 * composes the panel of a pair. */
#ifndef RENDER_HTML_PAGE_H
#define RENDER_HTML_PAGE_H

#include "findings.h"
#include "html_edges.h"
#include "html_writer.h"
#include "render/tally.h"

/* Everybody a page names by number: the audited hosts in their order, the accounts of
 * delegations that are shown, then other subjects and targets of findings. */
typedef struct {
    GPtrArray *names;      /* of const char * */
    GHashTable *numbers;   /* const char * -> number + 1 */
    GPtrArray *accounts;   /* of const Account *: those of the first numbers */
    GHashTable *accounted; /* const Account * -> number + 1 */
} HtmlNames;

/* The number of a name, which is given one where it has none. */
guint
html_names_number(HtmlNames *names, const char *name);

typedef struct {
    Html html;
    const Report *report;
    const Audit *audit;
    Tally tally;
    Sheet *sheet;
    HtmlEdges *edges;
    GPtrArray *hosts; /* of HostEntry * (hosts.h) */
    GPtrArray *gaps;  /* of Gap * (gaps.h) */
    HtmlNames names;
} HtmlPage;

/* Gathers all that is drawn.  Borrows the report, and `out`, which it appends to. */
HtmlPage
html_page_of(const Report *report, GString *out);
void
html_page_clear(HtmlPage *page);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HtmlPage, html_page_clear)

/* How a page shows a verdict or a severity: a shape and a word, never a colour
 * alone. */
typedef struct {
    const char *symbol; /* "✗" */
    const char *class;  /* "broken" */
} HtmlMark;

extern const HtmlMark html_verdicts[VERDICT_COUNT];
extern const HtmlMark html_severities[SEVERITY_COUNT];
extern const HtmlMark html_undetermined;

/* <span class="mark broken"> with the symbol, hidden from screen readers: a word
 * follows. */
void
html_mark(Html *html, const HtmlMark *mark);

/* <h2> and <section id=ID aria-labelledby=...>; ended by html_end. */
void
html_section(Html *html, const char *id, const char *title);

/* "7" in <b data-figure="ready">: what a test or a script reads. */
void
html_figure(Html *html, const char *name, guint count);

/* <ul> of texts (of char *). */
void
html_list(Html *html, const GPtrArray *texts);

/* On paper long lists end: of what stands there, so much is printed.  The rest has the
 * class "late". */
#define PAPER_BLOCKS 24 /* of findings, in full; then their titles */
#define PAPER_TITLES 300
#define PAPER_HOSTS 40 /* with more, none */
#define PAPER_EDGES 20

/* <thead> with one row. */
void
html_headings(Html *html, const char *const *columns, guint count);

#endif
