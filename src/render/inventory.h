/* With -v: what stands behind each host and each pair. */
#ifndef RENDER_INVENTORY_H
#define RENDER_INVENTORY_H

#include "audit/audit.h"
#include "render/page.h"

/* Each host with its needed SPNs: status, owners, test ticket. */
void
inventory_draw_hosts(Page *page, const Audit *audit);

/* Each pair: by which leg each service is ready, or why it is not. */
void
inventory_draw_pairs(Page *page, const Audit *audit);

#endif
