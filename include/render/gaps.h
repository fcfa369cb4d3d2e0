/* What could not be read, told alike wherever it is told. */
#ifndef RENDER_GAPS_H
#define RENDER_GAPS_H

#include "audit/audit.h"
#include "render/page.h"

#include <jansson.h>

/* The gaps of an audit, then the tickets that no KDC answered: those are neither
 * granted nor refused (transfer full, of Gap *). */
GPtrArray *
gaps_of(const Audit *audit);

/* Those with the same reason as one, with at most `names` of what it is the reason for
 * (transfer full, of Gap *), in the order of the first of each. */
GPtrArray *
gaps_merged(const GPtrArray *gaps, guint names);

/* One line for each reason; what is beyond `limit` is counted. */
void
gaps_draw(Page *page, const GPtrArray *gaps, guint limit);

/* The first and how many more, for --quiet: no answer may look more complete than it is.
 */
void
gaps_draw_first(Page *page, guint indent, const GPtrArray *gaps);

/* NULL: none. */
json_t *
gaps_json(const GPtrArray *gaps);

#endif
