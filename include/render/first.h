/* A step of Fix first, in the words of every report. */
#ifndef RENDER_FIRST_H
#define RENDER_FIRST_H

#include "fix/first.h"

/* "HV029: remove the duplicate SPN from svc-old" (transfer full). */
char *
first_text(const FirstStep *step);

/* What the step of that number brings, of the steps in their order: "fixes 19
 * migrations"; where it brings nothing by itself, for which one it is needed, or how many
 * findings it ends (transfer full). */
char *
first_gain(const GPtrArray *steps, guint number);

#endif
