/* Texts with slots: a line that holds nothing but {{NAME WORD...}} stands for what
 * NAME says there. */
#ifndef BASE_SLOTS_H
#define BASE_SLOTS_H

#include <glib.h>
#include <stdbool.h>

/* Appends what belongs in a slot; `words`: its name and what follows it.  False:
 * nothing is known for it. */
typedef bool (*SlotFill)(char **words, void *data, GString *out);

/* Appends `text` to `out` with its slots filled.  FAULT_MALFORMED: one could not be. */
bool
slots_fill(const char *text, SlotFill fill, void *data, GString *out, GError **error);

#endif
