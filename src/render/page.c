/* Wraps words at the page's width, and writes colours and symbols. */
#include "render/page.h"

#include "base/text.h"

#include <string.h>

/* ECMA-48 SGR parameters; NULL: none. */
static const char *const style_codes[STYLE_COUNT] = {
    [STYLE_PLAIN] = NULL,   [STYLE_STRONG] = "1",   [STYLE_FAINT] = "2",
    [STYLE_GOOD] = "32",    [STYLE_WARN] = "33",    [STYLE_BAD] = "31",
    [STYLE_WORST] = "1;31", [STYLE_UNKNOWN] = "35",
};

static const struct {
    const char *utf8;
    const char *ascii;
} glyphs[GLYPH_COUNT] = {
    [GLYPH_READY] = {"✓", "+"},  [GLYPH_DEGRADED] = {"~", "~"},
    [GLYPH_BROKEN] = {"✗", "X"}, [GLYPH_UNKNOWN] = {"?", "?"},
    [GLYPH_SELF] = {"·", "."},   [GLYPH_ARROW] = {"→", "->"},
    [GLYPH_DOT] = {"·", "|"},    [GLYPH_MORE] = {"…", "..."},
};

Page
page_of(GString *out, int width, bool color, bool utf8)
{
    gsize columns = width <= 0 ? PAGE_WIDTH_USUAL : (gsize)width;

    return (Page){
        .out = out,
        .width = MAX(columns, PAGE_WIDTH_LEAST),
        .color = color,
        .utf8 = utf8,
    };
}

const char *
page_glyph(const Page *page, Glyph glyph)
{
    return page->utf8 ? glyphs[glyph].utf8 : glyphs[glyph].ascii;
}

/* A terminal that does not take UTF-8 may take single bytes of it for C1
 * controls (0x9b is CSI), so nothing but ASCII goes there. */
static char *
ascii_only(const char *text)
{
    GString *out = g_string_new(NULL);

    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (c < 0x80) {
            g_string_append_c(out, (char)c);
        } else {
            g_string_append_printf(out, "<U+%04X>", c);
        }
    }
    return g_string_free(out, FALSE);
}

char *
page_quoted(const Page *page, const char *text)
{
    g_autofree char *quoted = text_quoted(QUOTE_TERMINAL, text);

    if (!quoted) {
        return g_strdup("");
    }
    return page->utf8 ? g_steal_pointer(&quoted) : ascii_only(quoted);
}

static void
spaces(Page *page, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        g_string_append_c(page->out, ' ');
    }
    page->column += count;
}

/* `quoted` takes `width` columns. */
static void
put_quoted(Page *page, Style style, const char *quoted, gsize length, gsize width)
{
    const char *code = page->color ? style_codes[style] : NULL;

    if (length == 0) {
        return;
    }
    spaces(page, page->gap);
    page->gap = 0;
    if (code) {
        g_string_append_printf(page->out, "\033[%sm", code);
    }
    g_string_append_len(page->out, quoted, (gssize)length);
    if (code) {
        g_string_append(page->out, "\033[0m");
    }
    page->column += width;
}

void
page_put(Page *page, Style style, const char *text)
{
    g_autofree char *quoted = page_quoted(page, text);

    put_quoted(page, style, quoted, strlen(quoted), text_width(quoted));
}

static void
page_break(Page *page, gsize hang)
{
    g_string_append_c(page->out, '\n');
    page->column = 0;
    page->gap = hang;
}

void
page_flow(Page *page, gsize hang, Style style, const char *text)
{
    g_autofree char *quoted = page_quoted(page, text);
    gsize limit = MAX(page->width, hang + PAGE_WIDTH_LEAST / 2);
    GString *line = g_string_new(NULL); /* what one line holds, one style run */
    gsize line_width = 0;
    const char *at = quoted;

    while (*at != '\0') {
        gsize blanks = strspn(at, " ");
        gsize letters = strcspn(at + blanks, " ");
        g_autofree char *word = g_strndup(at + blanks, letters);
        gsize width = text_width(word);
        gsize used = page->column + page->gap + line_width;

        at += blanks + letters;
        if (letters > 0 && used > hang && used + blanks + width > limit) {
            put_quoted(page, style, line->str, line->len, line_width);
            g_string_truncate(line, 0);
            line_width = 0;
            page_break(page, hang);
            blanks = 0;
        }
        if (letters == 0 || line->len == 0) {
            /* Leading and trailing blanks stay outside of the style. */
            put_quoted(page, style, line->str, line->len, line_width);
            g_string_truncate(line, 0);
            line_width = 0;
            page->gap += blanks;
        } else {
            g_string_append_printf(line, "%*s", (int)blanks, "");
            line_width += blanks;
        }
        g_string_append(line, word);
        line_width += width;
    }
    put_quoted(page, style, line->str, line->len, line_width);
    g_string_free(line, TRUE);
}

void
page_piece(Page *page, gsize hang, Style style, const char *text)
{
    g_autofree char *quoted = page_quoted(page, text);
    gsize blanks = strspn(quoted, " ");
    gsize width = text_width(quoted) - blanks;
    gsize used = page->column + page->gap;

    if (used > hang && used + blanks + width > page->width)
        page_break(page, hang);
    else
        page->gap += blanks;
    put_quoted(page, style, quoted + blanks, strlen(quoted) - blanks, width);
}

void
page_say(Page *page, gsize hang, Style style, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    page_flow(page, hang, style, text);
}

void
page_tab(Page *page, gsize column)
{
    gsize here = page->column + page->gap;

    page->gap += here < column ? column - here : (here == 0 ? 0 : 1);
}

void
page_end(Page *page)
{
    page_break(page, 0);
}

void
page_more(Page *page, gsize indent, guint count)
{
    page_tab(page, indent);
    page_say(page, indent, STYLE_FAINT, "%s %s more (-v shows all)",
             page_glyph(page, GLYPH_MORE), NUMBER(count));
    page_end(page);
}

char *
page_count(guint count, const char *one, const char *many)
{
    return g_strdup_printf("%s %s", NUMBER(count), count == 1 ? one : many);
}
