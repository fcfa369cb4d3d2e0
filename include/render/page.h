/* A page of text for people: columns, wrapping, colour and symbols.
 *
 * Every text put on a page is quoted for a terminal here, in one place, so
 * that nothing read from a directory reaches a terminal raw.
 */
#ifndef RENDER_PAGE_H
#define RENDER_PAGE_H

#include <glib.h>
#include <stdbool.h>

#define PAGE_WIDTH_USUAL 100 /* where there is no terminal to ask */
#define PAGE_WIDTH_LEAST 40
#define PAGE_WIDTH_MOST 200 /* longer lines are hard to read */

typedef enum {
    STYLE_PLAIN,
    STYLE_STRONG,
    STYLE_FAINT,
    STYLE_GOOD,
    STYLE_WARN,
    STYLE_BAD,
    STYLE_WORST,
    STYLE_UNKNOWN,
    STYLE_COUNT
} Style;

typedef enum {
    GLYPH_READY,
    GLYPH_DEGRADED,
    GLYPH_BROKEN,
    GLYPH_UNKNOWN,
    GLYPH_SELF,  /* a host towards itself */
    GLYPH_ARROW, /* from a source to a target */
    GLYPH_DOT,   /* between things of one line */
    GLYPH_MORE,  /* something was left out */
    GLYPH_COUNT
} Glyph;

typedef struct {
    GString *out;
    gsize width;  /* columns */
    gsize column; /* of the line being written */
    gsize gap;    /* spaces owed: written only when something follows */
    bool color;
    bool utf8;
} Page;

/* `width` 0: not a terminal. */
Page
page_of(GString *out, int width, bool color, bool utf8);

/* The symbol, by whether the terminal takes UTF-8 (transfer none). */
const char *
page_glyph(const Page *page, Glyph glyph);

/* `text` as this page will show it (transfer full). */
char *
page_quoted(const Page *page, const char *text);

/* Appends to the current line; never wraps (commands can be copied). */
void
page_put(Page *page, Style style, const char *text);

/* Appends, breaking at spaces to lines that start at column `hang`.  A word
 * that does not fit a line is left whole. */
void
page_flow(Page *page, gsize hang, Style style, const char *text);

/* Appends in one piece: on a new line where this one has no room for it.  Blanks
 * before it are left out there. */
void
page_piece(Page *page, gsize hang, Style style, const char *text);

/* page_flow of a formatted text. */
void
page_say(Page *page, gsize hang, Style style, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* Spaces up to `column`; one space where the line is past it already. */
void
page_tab(Page *page, gsize column);

/* Ends the line; on an empty one: a blank line. */
void
page_end(Page *page);

/* A line that says how many things are not shown: "… 3 more (-v shows all)". */
void
page_more(Page *page, gsize indent, guint count);

/* "1 pair", "2 pairs" (transfer full). */
char *
page_count(guint count, const char *one, const char *many);

#endif
