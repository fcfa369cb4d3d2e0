/* The grade in words, and for programs. */
#ifndef RENDER_GRADE_H
#define RENDER_GRADE_H

#include "audit/grade.h"

#include <jansson.h>

/* "D, 38 of 100: 2 critical findings" (transfer full). */
char *
grade_text(const Grade *grade);

/* "D"; "D at best", where it was not determined. */
const char *
grade_word(const Grade *grade);

/* {"grade", "score", "at_best", "why"} (transfer full). */
json_t *
grade_json(const Grade *grade);

#endif
