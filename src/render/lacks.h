/* What pairs lack, once each: of many pairs most say the same but for their names. */
#ifndef RENDER_LACKS_H
#define RENDER_LACKS_H

#include "render/report.h"

typedef struct Lacks Lacks;

Lacks *
lacks_new(void);
void
lacks_free(Lacks *lacks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lacks, lacks_free)

/* The place in the array of what is said of the pair's services. */
guint
lacks_number(Lacks *lacks, const Pair *pair);

/* Appends the member "lacks": {"services": {...}} each, in which "{source}" and
 * "{target}" stand for the names of a pair. */
void
lacks_write(const Lacks *lacks, const Report *report, GString *out);

#endif
