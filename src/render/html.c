/* The HTML report: one self-contained page.
 *
 * Nothing on it is loaded from anywhere, and its policy says so: only the styles
 * and the script that stand in it may run, known by their hashes.  What the
 * directory said is text and data, never markup or code. */
#include "base/embed.h"
#include "html_parts.h"
#include "render/formats.h"
#include "render/html_data.h"
#include "render/summary.h"

#include <string.h>

/* A shape that a browser's tab can show: no request is made for one. */
static const char icon[] =
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%232458a6'/%3E%3Cpath d='M4 8.5l3 3 "
    "5-7' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E";

/* In the order in which they stand on the page. */
static const char *const styles[] = {"report.css", "findings.css"};
static const char *const scripts[] = {"base.js", "matrix.js", "panel.js", "filter.js",
                                      "page.js"};

/* The files one after the other. */
static char *
join_embedded(const char *const *files, guint count)
{
    GString *out = g_string_new("\n");

    for (guint i = 0; i < count; i++) {
        const char *text = embed_find(files[i]);

        g_assert(text);
        g_string_append(out, text);
    }
    return g_string_free(out, FALSE);
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

static void
draw_policy(Html *html, const char *style, const char *script)
{
    g_autofree char *style_hash = hash_of(style);
    g_autofree char *script_hash = hash_of(script);
    g_autofree char *policy =
        g_strdup_printf("default-src 'none'; script-src %s; style-src %s; img-src data:; "
                        "base-uri 'none'; form-action 'none'",
                        script_hash, style_hash);

    html_void(html, "meta", "http-equiv", "Content-Security-Policy", "content", policy,
              NULL);
}

static void
draw_title(HtmlPage *page)
{
    const char *domain = page->audit->estate->domain;
    g_autoptr(GString) sentence = g_string_new(NULL);
    Style style;
    const char *word = summary_answer(page->audit, &page->tally, sentence, &style);

    html_start(&page->html, "title", NULL);
    html_say(&page->html, "%s%s%s: %s · kcdaudit", domain ? domain : "",
             domain ? ", " : "", word, sentence->str);
    html_end(&page->html);
}

static void
draw_metadata(HtmlPage *page, const char *style, const char *script)
{
    Html *html = &page->html;
    g_autofree char *generator =
        g_strconcat("kcdaudit ", page->report->tool_version, NULL);

    html_start(html, "head", NULL);
    html_void(html, "meta", "charset", "utf-8", NULL);
    draw_policy(html, style, script);
    html_void(html, "meta", "name", "referrer", "content", "no-referrer", NULL);
    html_void(html, "meta", "name", "viewport", "content",
              "width=device-width, initial-scale=1", NULL);
    html_void(html, "meta", "name", "color-scheme", "content", "light dark", NULL);
    html_void(html, "meta", "name", "robots", "content", "noindex", NULL);
    html_void(html, "meta", "name", "generator", "content", generator, NULL);
    draw_title(page);
    html_void(html, "link", "rel", "icon", "href", icon, NULL);
    html_embedded(html, "style", style);
    html_end(html);
}

/* Empty until a cell is opened. */
static void
draw_panel(Html *html)
{
    html_start(html, "aside", "id", "panel", "role", "dialog", "aria-labelledby",
               "panel-title", "hidden", "", NULL);
    html_end(html);
    html_element(html, "div", "", "id", "tip", "aria-hidden", "true", "hidden", "", NULL);
    html_element(html, "div", "", "id", "spoken", "class", "vh", "role", "status",
                 "aria-live", "polite", NULL);
}

static void
draw_foot(HtmlPage *page)
{
    Html *html = &page->html;

    html_start(html, "footer", "class", "foot", NULL);
    html_start(html, "p", NULL);
    html_say(html,
             "kcdaudit %s only reads: nothing in the directory was changed. This page "
             "loads nothing and sends nothing.",
             page->report->tool_version);
    html_end(html);
    html_end(html);
}

static void
draw_body(HtmlPage *page, const char *data, const char *script)
{
    Html *html = &page->html;

    html_start(html, "body", NULL);
    html_element(html, "a", "Skip to the matrix", "class", "skip", "href", "#matrix",
                 NULL);
    html_draw_head(page);
    html_start(html, "main", "id", "main", NULL);
    html_draw_filter(page);
    html_draw_matrix(page);
    html_draw_findings(page);
    html_draw_waived(page);
    html_draw_hosts(page);
    html_draw_trend(page);
    html_draw_basis(page);
    html_draw_rules(page);
    html_end(html);
    draw_foot(page);
    draw_panel(html);
    html_start(html, "script", "type", "application/json", "id", "data", NULL);
    g_string_append(html->out, data);
    html_end(html);
    html_embedded(html, "script", script);
    html_end(html);
}

void
render_html(const Report *report, GString *out)
{
    g_autofree char *style = join_embedded(styles, G_N_ELEMENTS(styles));
    g_autofree char *script = join_embedded(scripts, G_N_ELEMENTS(scripts));
    g_autoptr(GString) data = g_string_new(NULL);
    g_auto(HtmlPage) page = html_page_of(report, out);

    html_data(&page, data);
    g_string_append(out, "<!DOCTYPE html>\n");
    html_start(&page.html, "html", "lang", "en", NULL);
    draw_metadata(&page, style, script);
    draw_body(&page, data->str, script);
    html_end(&page.html);
}
