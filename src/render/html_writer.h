/* Writing HTML: every text is quoted here, in one place, so that nothing read from
 * a directory reaches a page raw, and every element is ended by whom it was
 * started.
 *
 * Control, invisible and bidirectional characters are shown as a terminal would be
 * given them ("\x1b", "\u{202E}"): a reader sees that they are there. */
#ifndef RENDER_HTML_WRITER_H
#define RENDER_HTML_WRITER_H

#include <glib.h>

typedef struct {
    GString *out;
    GPtrArray *open; /* of const char *: the elements that are not ended yet */
} Html;

/* Appends to `out`, which is borrowed. */
Html
html_of(GString *out);
/* All elements must have been ended. */
void
html_clear(Html *html);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Html, html_clear)

/* Attributes: pairs of name and value, then NULL.  Names are constants; an attribute
 * whose value is NULL is left out. */
#define HTML_ATTRIBUTES(...) ((const char *const[]){__VA_ARGS__})

/* Starts an element: html_start(html, "td", "class", class, NULL). */
#define html_start(html, element, ...) \
    html_start_with(html, element, HTML_ATTRIBUTES(__VA_ARGS__))
void
html_start_with(Html *html, const char *element, const char *const *attributes);
/* The same for an element that has no end (meta, input). */
#define html_void(html, element, ...) \
    html_void_with(html, element, HTML_ATTRIBUTES(__VA_ARGS__))
void
html_void_with(Html *html, const char *element, const char *const *attributes);
/* Ends the element that was started last. */
void
html_end(Html *html);

/* Text inside an element. */
void
html_text(Html *html, const char *text);
void
html_say(Html *html, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Text of several lines, whose breaks stay. */
void
html_lines(Html *html, const char *text);

/* An element that holds nothing but a text. */
#define html_element(html, element, text, ...) \
    html_element_with(html, element, text, HTML_ATTRIBUTES(__VA_ARGS__))
void
html_element_with(Html *html, const char *element, const char *text,
                  const char *const *attributes);

/* Markup as it stands: takes a string literal and nothing else. */
#define html_markup(html, literal) g_string_append((html)->out, "" literal "")

/* A file of markup of ours that is carried in the binary. */
void
html_own(Html *html, const char *name);

/* A <style> or <script> with our own text, which must not end it. */
void
html_embedded(Html *html, const char *element, const char *text);

/* The policy of a page that loads nothing: only these may run, known by their hashes;
 * `script` NULL: none. */
void
html_policy(Html *html, const char *style, const char *script);

/* What a page shows of a text, before it is quoted for HTML (transfer full). */
char *
html_visible(const char *text);

#endif
