/* The parts of the page, one file each, in their order. */
#ifndef RENDER_HTML_PARTS_H
#define RENDER_HTML_PARTS_H

#include "render/html_page.h"

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

#endif
