/* Keeps the stack of open elements, and quotes whatever is written. */
#include "html_writer.h"

#include "base/embed.h"
#include "base/text.h"

#include <string.h>

Html
html_of(GString *out)
{
    return (Html){.out = out, .open = g_ptr_array_new()};
}

void
html_clear(Html *html)
{
    g_assert(html->open->len == 0);
    g_clear_pointer(&html->open, g_ptr_array_unref);
}

char *
html_visible(const char *text)
{
    return text_quoted(QUOTE_TERMINAL, text);
}

/* Most texts need no quoting: letters, digits, blanks and a few signs. */
static gboolean
is_plain(const char *text)
{
    for (; *text; text++)
        if ((guchar)*text < 0x20 || (guchar)*text > 0x7E || strchr("&<>\"'", *text))
            return FALSE;
    return TRUE;
}

static void
append_quoted(GString *out, const char *text)
{
    if (is_plain(text)) {
        g_string_append(out, text);
        return;
    }
    g_autofree char *visible = html_visible(text);
    text_quote(QUOTE_HTML, visible, out);
}

static void
append_tag(GString *out, const char *element, const char *const *attributes)
{
    g_string_append_c(out, '<');
    g_string_append(out, element);
    for (; attributes[0]; attributes += 2) {
        const char *value = attributes[1];

        if (!value)
            continue;
        g_string_append_c(out, ' ');
        g_string_append(out, attributes[0]);
        g_string_append(out, "=\"");
        append_quoted(out, value);
        g_string_append_c(out, '"');
    }
    g_string_append_c(out, '>');
}

/* Where a line break changes nothing that is seen. */
static gboolean
is_block(const char *element)
{
    static const char *const blocks[] = {
        "html",    "head",   "body",   "header", "main",    "nav", "footer",
        "section", "aside",  "div",    "p",      "h1",      "h2",  "h3",
        "h4",      "ul",     "ol",     "li",     "dl",      "dt",  "dd",
        "table",   "thead",  "tbody",  "tr",     "caption", "svg", "details",
        "summary", "script", "style",  "title",  "option",  "pre", "select",
        "form",    "label",  "figure", "rect",   "meta",    "link"};

    for (guint i = 0; i < G_N_ELEMENTS(blocks); i++)
        if (strcmp(blocks[i], element) == 0)
            return TRUE;
    return FALSE;
}

static void
end_line(Html *html, const char *element)
{
    if (is_block(element))
        g_string_append_c(html->out, '\n');
}

void
html_start_with(Html *html, const char *element, const char *const *attributes)
{
    append_tag(html->out, element, attributes);
    g_ptr_array_add(html->open, (gpointer)element);
}

void
html_void_with(Html *html, const char *element, const char *const *attributes)
{
    append_tag(html->out, element, attributes);
    end_line(html, element);
}

void
html_end(Html *html)
{
    g_assert(html->open->len > 0);
    const char *element = g_ptr_array_steal_index(html->open, html->open->len - 1);

    g_string_append(html->out, "</");
    g_string_append(html->out, element);
    g_string_append_c(html->out, '>');
    end_line(html, element);
}

void
html_text(Html *html, const char *text)
{
    append_quoted(html->out, text);
}

void
html_say(Html *html, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    append_quoted(html->out, text);
}

void
html_lines(Html *html, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (guint i = 0; lines[i]; i++) {
        if (i > 0)
            g_string_append_c(html->out, '\n');
        append_quoted(html->out, lines[i]);
    }
}

void
html_element_with(Html *html, const char *element, const char *text,
                  const char *const *attributes)
{
    append_tag(html->out, element, attributes);
    append_quoted(html->out, text);
    g_string_append(html->out, "</");
    g_string_append(html->out, element);
    g_string_append_c(html->out, '>');
    end_line(html, element);
}

void
html_own(Html *html, const char *name)
{
    const char *text = embed_find(name);

    g_assert(text);
    g_string_append(html->out, text);
}

void
html_embedded(Html *html, const char *element, const char *text)
{
    g_assert(!strstr(text, "</") && !strstr(text, "<!--"));
    html_start(html, element, NULL);
    g_string_append(html->out, text);
    html_end(html);
}

/* "'sha256-...'" of what stands between the tags (CSP 3, 8.4). */
static char *
hash_of(const char *text)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize length = sizeof digest;

    g_checksum_update(checksum, (const guchar *)text, (gssize)strlen(text));
    g_checksum_get_digest(checksum, digest, &length);
    g_autofree char *coded = g_base64_encode(digest, length);
    return g_strdup_printf("'sha256-%s'", coded);
}

void
html_policy(Html *html, const char *style, const char *script)
{
    g_autofree char *style_hash = hash_of(style);
    g_autofree char *script_hash = script ? hash_of(script) : g_strdup("'none'");
    g_autofree char *policy =
        g_strdup_printf("default-src 'none'; script-src %s; style-src %s; img-src data:; "
                        "base-uri 'none'; form-action 'none'",
                        script_hash, style_hash);
    html_void(html, "meta", "http-equiv", "Content-Security-Policy", "content", policy,
              NULL);
}
