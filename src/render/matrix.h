/* Sources by targets: who can migrate to whom, at a glance. */
#ifndef RENDER_MATRIX_H
#define RENDER_MATRIX_H

#include "audit/audit.h"
#include "render/page.h"

/* How a verdict is shown. */
Style
matrix_style(Verdict verdict);
Glyph
matrix_glyph(Verdict verdict);

/* Each group: its line, and its matrix where it has few hosts (`all`: however many)
 * and the page is wide enough; else the rows and columns that are not ready. */
void
matrix_draw(Page *page, const Audit *audit, bool all);

#endif
