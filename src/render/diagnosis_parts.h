/* What draws a diagnosis and what words it share. */
#ifndef RENDER_DIAGNOSIS_PARTS_H
#define RENDER_DIAGNOSIS_PARTS_H

#include "render/diagnosis_page.h"

/* Columns of the page. */
#define INDENT 2
#define AFTER_GLYPH 4
#define AFTER_LABEL 10
#define COMMAND 12
#define EVIDENCE_SHOWN 4

/* What was read, by which an entry was found (transfer full). */
char *
diagnosis_match_title(const Match *match);

/* The entry itself: "0x8009030E SEC_E_NO_CREDENTIALS" (transfer full). */
char *
diagnosis_entry_title(const ErrorEntry *entry);

/* A heading. */
void
diagnosis_draw_title(Page *page, const char *text);

/* "fix   Do this.", with what the diagnosis knows filled in. */
void
diagnosis_draw_labelled(const DiagnosisView *view, Page *page, const char *label,
                        const char *text);

/* Commands (of const char *), filled in, a line each. */
void
diagnosis_draw_commands(const DiagnosisView *view, Page *page, const GPtrArray *commands);

/* What made the cause likelier. */
void
diagnosis_draw_raised(Page *page, const CauseVerdict *verdict);

/* All causes of that status under a heading; nothing where there are none. */
void
diagnosis_draw_status(const DiagnosisView *view, Page *page, CauseStatus status,
                      const char *title);

#endif
