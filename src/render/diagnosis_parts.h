/* What draws a diagnosis and what words it share. */
#ifndef RENDER_DIAGNOSIS_PARTS_H
#define RENDER_DIAGNOSIS_PARTS_H

#include "render/diagnosis_page.h"

/* What was read, by which an entry was found (transfer full). */
char *
diagnosis_match_title(const Match *match);

/* The entry itself: "0x8009030E SEC_E_NO_CREDENTIALS" (transfer full). */
char *
diagnosis_entry_title(const ErrorEntry *entry);

#endif
