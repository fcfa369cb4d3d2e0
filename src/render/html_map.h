/* A matrix of many columns, as a map. */
#ifndef RENDER_HTML_MAP_H
#define RENDER_HTML_MAP_H

#include "grid.h"
#include "html_writer.h"

/* What stands in a row after its head; the first holds the picture of them all. */
void
html_draw_map_row(Html *html, const Grid *grid, guint row);

/* Every pair that is not ready, source by source. */
void
html_draw_map_list(Html *html, const Grid *grid);

#endif
