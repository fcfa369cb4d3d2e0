/* What fills the slots of data/report/page.html, in its order.  Each ends what it
 * starts. */
#ifndef RENDER_HTML_PARTS_H
#define RENDER_HTML_PARTS_H

#include "html_page.h"

/* html_head.c */
void
html_draw_brand(HtmlPage *page);
void
html_draw_answer(HtmlPage *page);
void
html_draw_figures(HtmlPage *page);
void
html_draw_since(HtmlPage *page);

/* html_first.c */
void
html_draw_facts(HtmlPage *page);
void
html_draw_first(HtmlPage *page);

/* html_filter.c */
void
html_draw_waived_link(HtmlPage *page);
void
html_draw_trend_link(HtmlPage *page);
void
html_draw_host_options(HtmlPage *page);
void
html_draw_rule_options(HtmlPage *page);

void
html_draw_matrix(HtmlPage *page);
void
html_draw_delegations_link(HtmlPage *page);
void
html_draw_delegations(HtmlPage *page);
/* Within that section. */
void
html_draw_chains(HtmlPage *page);
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

/* html_rules.c */
void
html_draw_rule_count(HtmlPage *page);
void
html_draw_rules(HtmlPage *page);

#endif
