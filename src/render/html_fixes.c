/* Fixes in full, each once: what to run, what undoes it, what it risks. */
#include "html_fixes.h"

#include "base/text.h"
#include "commands.h"

#include <string.h>

/* A fix of a thousand values is for the files of --fixes DIR and not for a
 * clipboard; three hundred of them would be a page of ninety megabytes. */
#define BUDGET (4u << 20)
#define LARGE (12u << 10) /* left out first */
#define PAPER_COMMAND                                                 \
    1500 /* characters; of a longer one only the beginning is printed \
          */

static gsize
size_of(const GPtrArray *lines)
{
    gsize size = 0;

    for (guint i = 0; lines && i < lines->len; i++)
        size += strlen(lines->pdata[i]) + 1;
    return size;
}

static gsize
size_of_fix(const Fix *fix)
{
    return size_of(fix->setspn) + size_of(fix->powershell) + size_of(fix->undo_setspn) +
           size_of(fix->undo_powershell) + (fix->ldif ? strlen(fix->ldif) : 0) +
           (fix->undo_ldif ? strlen(fix->undo_ldif) : 0);
}

HtmlFixBudget
html_fix_budget(const GPtrArray *fixes)
{
    HtmlFixBudget budget = {0};

    for (guint i = 0; fixes && i < fixes->len; i++)
        budget.total += size_of_fix(fixes->pdata[i]);
    return budget;
}

char *
html_fix_id(const HtmlPage *page, const Fix *fix)
{
    guint number = 0;

    g_ptr_array_find((GPtrArray *)page->report->fixes, fix, &number);
    return g_strdup_printf("fix-%u", number);
}

/* Whether showing the text safely would change it: then it is nothing to copy. */
static bool
is_shown_as_is(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (guint i = 0; lines[i]; i++) {
        g_autofree char *visible = html_visible(lines[i]);

        if (strcmp(visible, lines[i]) != 0)
            return false;
    }
    return true;
}

/* One language's commands with a button, which a script makes work. */
static void
draw_commands(Html *html, const Fix *fix, const char *language, const char *text)
{
    g_autofree char *label = g_strdup_printf("Copy the %s of %s", language, fix->id);

    if (!is_shown_as_is(text)) {
        html_start(html, "p", "class", "quiet", NULL);
        html_say(html,
                 "%s: a line with characters that cannot be shown safely here; take it "
                 "from the files of --fixes DIR.",
                 language);
        html_end(html);
        return;
    }
    html_start(html, "div", "class",
               strlen(text) <= PAPER_COMMAND ? "command" : "command long", NULL);
    html_start(html, "p", "class", "language", NULL);
    html_text(html, language);
    html_end(html);
    html_element(html, "button", "Copy", "type", "button", "class", "copy scripted",
                 "aria-label", label, NULL);
    html_start(html, "pre", "tabindex", "0", "aria-label", language, NULL);
    html_start(html, "code", NULL);
    html_lines(html, text);
    html_end(html);
    html_end(html);
    html_end(html);
}

static void
draw_lines(Html *html, const Fix *fix, const char *language, const GPtrArray *lines)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (!lines || lines->len == 0)
        return;
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "",
                               (const char *)lines->pdata[i]);
    draw_commands(html, fix, language, text->str);
}

static void
draw_ldif(Html *html, const Fix *fix, const char *language, const char *ldif)
{
    if (!ldif || !*ldif)
        return;
    g_autofree char *record = g_strchomp(g_strdup(ldif));
    draw_commands(html, fix, language, record);
}

static void
start_fold(Html *html, const char *title, const char *class)
{
    html_start(html, "details", "class", class, NULL);
    html_element(html, "summary", title, NULL);
}

static void
draw_undo(Html *html, const Fix *fix)
{
    bool none = size_of(fix->undo_setspn) + size_of(fix->undo_powershell) == 0 &&
                (!fix->undo_ldif || !*fix->undo_ldif);

    if (fix->no_undo || none) {
        html_element(html, "p", "There is no undo for this.", "class", "quiet", NULL);
        return;
    }
    start_fold(html, "Undo", "other");
    draw_lines(html, fix, "setspn, undo", fix->undo_setspn);
    draw_lines(html, fix, "PowerShell, undo", fix->undo_powershell);
    draw_ldif(html, fix, "LDIF, undo", fix->undo_ldif);
    html_end(html);
}

/* What an administrator would use first is shown, the rest unfolds. */
static void
draw_languages(Html *html, const Fix *fix)
{
    FixLanguage language = fix_language(fix);
    bool setspn = language == FIX_IN_SETSPN;
    bool powershell = fix->powershell && fix->powershell->len > 0;
    bool ldif = fix->ldif && *fix->ldif;

    if (language == FIX_IN_NOTHING) {
        html_element(html, "p",
                     "This cannot be written as a safe command: change it by hand.",
                     "class", "quiet", NULL);
        return;
    }
    if (setspn)
        draw_lines(html, fix, "setspn", fix->setspn);
    else if (powershell)
        draw_lines(html, fix, "PowerShell", fix->powershell);
    else
        draw_ldif(html, fix, "LDIF", fix->ldif);
    if ((setspn && powershell) || (ldif && (setspn || powershell))) {
        start_fold(html, setspn && powershell ? "As PowerShell and as LDIF" : "As LDIF",
                   "other alternative");
        if (setspn)
            draw_lines(html, fix, "PowerShell", fix->powershell);
        draw_ldif(html, fix, "LDIF", fix->ldif);
        html_end(html);
    }
    draw_undo(html, fix);
}

static void
draw_values(Html *html, const char *sign, const GPtrArray *values)
{
    if (!values || values->len == 0)
        return;
    html_markup(html, " ");
    html_start(html, "span", "class", "change", NULL);
    html_say(html, "%s%s value%s", sign, NUMBER(values->len),
             values->len == 1 ? "" : "s");
    html_end(html);
}

bool
html_fix_is_large(const Fix *fix, const HtmlFixBudget *budget)
{
    return budget->total > BUDGET && size_of_fix(fix) > LARGE;
}

static void
draw_title(Html *html, const Fix *fix)
{
    html_start(html, "p", "class", "fix-title", NULL);
    html_element(html, "strong", fix->by_group ? "By hand" : "Fix", NULL);
    html_markup(html, " ");
    html_element(html, "span", fix->id, "class", "quiet", NULL);
    html_markup(html, " ");
    html_element(html, "span", fix->attribute ? fix->attribute : "", "class", "attribute",
                 NULL);
    draw_values(html, "+", fix->add);
    draw_values(html, "−", fix->remove);
    html_end(html);
}

void
html_draw_fix(HtmlPage *page, const Fix *fix, const HtmlFixBudget *budget, bool brief)
{
    Html *html = &page->html;
    g_autofree char *id = html_fix_id(page, fix);

    html_start(html, "div", "class", brief ? "fix brief" : "fix", "id", id, NULL);
    draw_title(html, fix);
    if (!brief && fix_is_long(fix)) {
        html_start(html, "p", "class", "quiet", NULL);
        html_say(html,
                 "%s values are too much for a page: --fixes DIR writes them to %s, with "
                 "its undo; -f json has them too.",
                 NUMBER(fix->add->len + fix->remove->len), commands_script(fix));
        html_end(html);
    } else if (!brief && html_fix_is_large(fix, budget)) {
        html_start(html, "p", "class", "quiet", NULL);
        html_say(html,
                 "The commands are %zu KB long, and those of all fixes together %zu MB: "
                 "too much for a page. --fixes DIR writes them, each with its undo; -f "
                 "json has them too.",
                 size_of_fix(fix) >> 10, budget->total >> 20);
        html_end(html);
    } else if (!brief) {
        draw_languages(html, fix);
    }
    if (!brief && fix->risk && *fix->risk) {
        html_start(html, "p", "class", "risk", NULL);
        html_element(html, "strong", "Risk: ", NULL);
        html_text(html, fix->risk);
        html_end(html);
    }
    html_end(html);
}
