/* Fixes on the page. */
#ifndef RENDER_HTML_FIXES_H
#define RENDER_HTML_FIXES_H

#include "html_page.h"

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
/* Whether the commands are too long for this page. */
bool
html_fix_is_large(const Fix *fix, const HtmlFixBudget *budget);
/* `brief`: by its title alone, since one like it stands before it. */
void
html_draw_fix(HtmlPage *page, const Fix *fix, const HtmlFixBudget *budget, bool brief);

#endif
