/* Blocks of findings, as html_findings.c numbers them, for the script. */
#ifndef RENDER_HTML_BLOCKS_H
#define RENDER_HTML_BLOCKS_H

#include "html_page.h"

/* [the pairs it bears on, subjects, targets] of each.
 * `hosts`: const Account * -> number + 1. */
void
html_blocks(HtmlPage *page, GHashTable *hosts, GString *out);

#endif
