/* Findings for people: grouped by subject, the worst first, those of one rule
 * folded into one block, each fix in full once. */
#ifndef RENDER_TEXT_FINDINGS_H
#define RENDER_TEXT_FINDINGS_H

#include "render/page.h"
#include "render/report.h"

/* Failed and unknown findings that are not waived. */
void
text_findings_draw(Page *page, const Report *report);

/* What is waived, and the waivers that want to be looked at (text_waived.c). */
void
text_waived_draw(Page *page, const Report *report);

#endif
