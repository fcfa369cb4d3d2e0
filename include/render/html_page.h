/* The HTML report: what its parts share.  Each part is a section of the page and
 * can be read without script; html_data.c carries the rest, from which the script
 * composes the panel of a pair. */
#ifndef RENDER_HTML_PAGE_H
#define RENDER_HTML_PAGE_H

#include "render/html.h"
#include "render/sheet.h"
#include "render/tally.h"

/* Everybody a page names by number: the audited hosts in their order, then other
 * subjects and targets of findings. */
typedef struct {
    GPtrArray *names;    /* of const char * */
    GHashTable *numbers; /* const char * -> number + 1 */
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
    HtmlNames names;
} HtmlPage;

/* One group's matrix. */
typedef struct {
    const Group *group;
    GPtrArray *rows;    /* of const Account *: the members */
    GPtrArray *columns; /* of const Account *: members, then file servers */
    guint counts[VERDICT_COUNT];
    guint pairs;
} HtmlGrid;

HtmlGrid
html_grid_of(const Audit *audit, const Group *group);
void
html_grid_clear(HtmlGrid *grid);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HtmlGrid, html_grid_clear)

/* How a page shows a verdict or a severity: a shape and a word, never a colour
 * alone. */
typedef struct {
    const char *symbol; /* "✗" */
    const char *class;  /* "broken" */
} HtmlMark;

extern const HtmlMark html_verdicts[VERDICT_COUNT];
extern const HtmlMark html_severities[SEVERITY_COUNT];
extern const HtmlMark html_undecided;

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

/* <thead> with one row. */
void
html_headings(Html *html, const char *const *columns, guint count);

/* Whether a migration can use an SPN of this status. */
const HtmlMark *
html_spn_mark(SpnState state);

/* The parts, in the order of the page. */
void
html_draw_head(HtmlPage *page);
void
html_draw_filter(HtmlPage *page);
void
html_draw_matrix(HtmlPage *page);
void
html_draw_findings(HtmlPage *page);
void
html_draw_waived(HtmlPage *page);
void
html_draw_hosts(HtmlPage *page);
void
html_draw_trend(HtmlPage *page);
void
html_draw_basis(HtmlPage *page);
void
html_draw_rules(HtmlPage *page);

/* One fix in full: commands by language, their undo, the risk.  Large ones are left
 * out where all fixes together would make the page unusable. */
typedef struct {
    gsize total; /* bytes of all commands */
} HtmlFixBudget;

HtmlFixBudget
html_fix_budget(const GPtrArray *fixes);
/* Its element's id: names may hold what no id may (transfer full). */
char *
html_fix_id(const HtmlPage *page, const Fix *fix);
void
html_draw_fix(HtmlPage *page, const Fix *fix, const HtmlFixBudget *budget);

/* What the script composes panels and filters from, as JSON without '<'. */
void
html_data(HtmlPage *page, GString *out);

#endif
