/* Data inside a page: compact JSON that no HTML parser takes for markup, as RFC
 * 8259 allows any character to be written ("\u003c").  Texts are made visible as
 * they are in the rest of the page. */
#ifndef RENDER_HTML_JSON_H
#define RENDER_HTML_JSON_H

#include <glib.h>

/* Commas come of themselves. */
void
html_json_open(GString *out, char bracket); /* '[' or '{' */
void
html_json_close(GString *out, char bracket); /* ']' or '}' */
void
html_json_key(GString *out, const char *key);
void
html_json_number(GString *out, gint64 number);
/* NULL is null. */
void
html_json_text(GString *out, const char *text);
/* Text that was made visible already, or holds placeholders of ours. */
void
html_json_visible(GString *out, const char *text);

/* Each text once: data holds its number. */
typedef struct {
    GPtrArray *texts;    /* of char *, visible */
    GHashTable *numbers; /* char * -> number + 1 */
} HtmlStrings;

void
html_strings_init(HtmlStrings *strings);
void
html_strings_clear(HtmlStrings *strings);
/* -1 for NULL.  `visible`: it was made so already. */
int
html_strings_number(HtmlStrings *strings, const char *text, gboolean visible);

#endif
