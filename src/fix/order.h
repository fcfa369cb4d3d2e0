/* In which order to take steps, each of which turns something ready, alone or together
 * with others. */
#ifndef FIX_ORDER_H
#define FIX_ORDER_H

#include <glib.h>

typedef struct Order Order;

Order *
order_new(void);
void
order_free(Order *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Order, order_free)

/* One more step; they are numbered from 0 on.  `id` is borrowed. */
guint
order_add_step(Order *order, int severity, const char *id);

/* `step` comes after `earlier`, whatever they bring.  Before order_add_unit. */
void
order_put_after(Order *order, guint step, guint earlier);

/* One more thing that is ready once all these steps are taken (of guint). */
void
order_add_unit(Order *order, const GArray *steps);

/* The steps, the best first: each next turns most ready given those before it, and
 * several that are needed together count by what each of them brings.  Ties by severity,
 * then id.  Those that turn nothing ready are last (transfer full, of guint). */
GArray *
order_run(Order *order);

/* The steps without which this one turns nothing or less ready: those that it was taken
 * together with, and those that it comes after (of guint).  After order_run. */
const GArray *
order_needs(const Order *order, guint step);

#endif
