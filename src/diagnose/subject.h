/* Causes by what the text is about. */
#ifndef DIAGNOSE_SUBJECT_H
#define DIAGNOSE_SUBJECT_H

#include "diagnose/diagnosis.h"

/* Whether the cause is none of what the text is about: of a service that no entry is
 * about, what rules tell of the two hosts. */
bool
subject_passes_over(const Diagnosis *diagnosis, const Cause *cause);

/* Takes out what does not bear on the text, but for what has words for a service. */
void
subject_keep(Diagnosis *diagnosis);

#endif
