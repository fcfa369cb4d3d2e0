/* A diagnosis as a page: entries, causes by status, and what to do next. */
#include "render/diagnosis_page.h"

#include "diagnosis_parts.h"
#include "render/gaps.h"

#include <string.h>

#define WIDTH_MOST 80
#define SCREEN 40 /* lines of a usual terminal window */

/* How much is told, from everything to little; the first that fits a screen. */
typedef struct {
    bool look[LIKELIHOODS];
    bool fix[LIKELIHOODS];
    bool title[LIKELIHOODS]; /* else folded into one line */
    bool commands;
    bool first; /* all of the first cause, whatever is left out of the others */
} Detail;

static const Detail details[] = {
    {{true, true, true}, {true, true, true}, {true, true, true}, true, true},
    {{true, false, false}, {true, true, false}, {true, true, true}, true, true},
    {{true, false, false}, {true, false, false}, {true, true, true}, true, true},
    {{false, false, false}, {true, false, false}, {true, true, true}, true, true},
    {{false, false, false}, {true, false, false}, {true, true, false}, true, true},
    {{false, false, false}, {true, false, false}, {true, true, false}, false, true},
    {{false, false, false}, {true, false, false}, {true, false, false}, false, true},
    {{false, false, false}, {false, false, false}, {true, true, true}, false, true},
    {{false, false, false}, {false, false, false}, {true, true, false}, false, true},
    {{false, false, false}, {false, false, false}, {true, false, false}, false, true},
};

void
diagnosis_draw_title(Page *page, const char *text)
{
    page_end(page);
    page_put(page, STYLE_STRONG, text);
    page_end(page);
}

void
diagnosis_draw_labelled(const DiagnosisView *view, Page *page, const char *label,
                        const char *text)
{
    g_autofree char *filled = diagnosis_fill(view->diagnosis, text);
    page_tab(page, AFTER_GLYPH);
    page_put(page, STYLE_FAINT, label);
    page_tab(page, AFTER_LABEL);
    page_flow(page, AFTER_LABEL, STYLE_PLAIN, filled);
    page_end(page);
}

void
diagnosis_draw_commands(const DiagnosisView *view, Page *page, const GPtrArray *commands)
{
    for (guint i = 0; i < commands->len; i++) {
        g_autofree char *filled = diagnosis_fill(view->diagnosis, commands->pdata[i]);
        g_auto(GStrv) lines = g_strsplit(filled, "\n", -1);
        for (guint l = 0; lines[l]; l++) {
            if (!*lines[l])
                continue;
            page_tab(page, COMMAND);
            page_put(page, STYLE_STRONG, lines[l]);
            page_end(page);
        }
    }
}

/* What the error is */

static void
draw_sources(const DiagnosisView *view, Page *page, const GPtrArray *sources)
{
    for (guint i = 0; i < sources->len; i++) {
        g_autofree char *text = citation_text(view->diagnosis->errors, sources->pdata[i]);
        page_tab(page, AFTER_GLYPH);
        page_flow(page, AFTER_GLYPH + 2, STYLE_FAINT, text);
        page_end(page);
    }
}

static void
draw_unknown_codes(Page *page, const Diagnosis *diagnosis)
{
    for (guint i = 0; i < diagnosis->unknown->len; i++) {
        page_say(page, INDENT, STYLE_WARN, "%s.",
                 (const char *)diagnosis->unknown->pdata[i]);
        page_end(page);
    }
}

static void
draw_entries(const DiagnosisView *view, Page *page, bool all)
{
    const GPtrArray *matches = view->diagnosis->matches;
    for (guint i = 0; i < matches->len; i++) {
        const Match *match = matches->pdata[i];
        g_autofree char *title = diagnosis_match_title(match);
        page_put(page, STYLE_STRONG, title);
        page_end(page);
        page_tab(page, INDENT);
        page_flow(page, INDENT, STYLE_PLAIN, match->entry->meaning);
        page_end(page);
        if (all)
            draw_sources(view, page, match->entry->sources);
    }
    draw_unknown_codes(page, view->diagnosis);
}

/* Without hosts */

void
diagnosis_draw_raised(Page *page, const CauseVerdict *verdict)
{
    if (verdict->raised)
        page_say(page, AFTER_GLYPH, STYLE_WARN, "  (likelier on %s)", verdict->raised);
}

static void
draw_cause(const DiagnosisView *view, Page *page, const CauseVerdict *verdict,
           guint number, const Detail *detail)
{
    const Cause *cause = verdict->cause;
    Likelihood likelihood = verdict->likelihood;
    g_autofree char *count = g_strdup_printf("%u", number);
    page_tab(page, INDENT - 1 + (number < 10));
    page_put(page, STYLE_FAINT, count);
    page_tab(page, AFTER_GLYPH);
    page_flow(page, AFTER_GLYPH, STYLE_STRONG, cause->title);
    if (!verdict->by_hand)
        page_say(page, AFTER_GLYPH, STYLE_FAINT, "  %s", rule_name(verdict->rule));
    diagnosis_draw_raised(page, verdict);
    if (verdict->status != CAUSE_NOT_VISIBLE)
        page_say(page, AFTER_GLYPH,
                 verdict->status == CAUSE_CONFIRMED ? STYLE_BAD : STYLE_GOOD, "  (%s)",
                 verdict->status == CAUSE_CONFIRMED ? "confirmed" : "ruled out");
    page_end(page);
    if (verdict->said)
        diagnosis_draw_labelled(view, page, "why", verdict->said);
    bool whole = detail->first && number == 1;
    if ((whole || detail->look[likelihood]) && cause->look) {
        diagnosis_draw_labelled(view, page, "look", cause->look);
        if (whole || detail->commands)
            diagnosis_draw_commands(view, page, cause->see);
    }
    if (whole || detail->fix[likelihood]) {
        diagnosis_draw_labelled(view, page, "fix", cause->fix);
        if (whole || detail->commands)
            diagnosis_draw_commands(view, page, cause->run);
    }
}

static void
draw_folded(const DiagnosisView *view, Page *page, Likelihood likelihood)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < view->diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = view->diagnosis->causes->pdata[i];
        if (verdict->likelihood == likelihood && verdict->status != CAUSE_CONFIRMED)
            g_string_append_printf(ids, "%s%s", ids->len > 0 ? ", " : "",
                                   verdict->cause->id);
    }
    if (ids->len == 0)
        return;
    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_FAINT,
              likelihood == RARE ? "Rare: " : "Also possible: ");
    page_flow(page, INDENT, STYLE_PLAIN, ids->str);
    page_flow(page, INDENT, STYLE_FAINT, " (-v shows all)");
    page_end(page);
}

/* What a pasted text gave besides its code. */
static void
draw_taken(const DiagnosisView *view, Page *page)
{
    g_autofree char *taken = diagnosis_taken(view);
    if (!taken)
        return;
    page_end(page);
    page_flow(page, INDENT, STYLE_PLAIN, taken);
    page_end(page);
}

/* A name as a shell takes it, where it is none of the plain ones (transfer full). */
static char *
shell_word(const char *name)
{
    return strpbrk(name, "\\ $&;") && !strchr(name, '\'') ? g_strdup_printf("'%s'", name)
                                                          : g_strdup(name);
}

static void
draw_hint(const DiagnosisView *view, Page *page)
{
    const Diagnosis *diagnosis = view->diagnosis;
    const Input *input = diagnosis->input;
    bool checked = false;
    for (guint i = 0; i < diagnosis->causes->len; i++)
        checked = checked ||
                  ((const CauseVerdict *)diagnosis->causes->pdata[i])->cause->checks->len;
    draw_taken(view, page);
    if (!checked || view->unasked || diagnosis->spn)
        return;
    g_autofree char *asked = diagnosis_asked(diagnosis);
    g_autofree char *operator = shell_word(input->operator ? input->operator : "USER");
    diagnosis_draw_title(page, "To find out which, name both hosts");
    page_tab(page, AFTER_GLYPH);
    g_autofree char *command =
        g_strdup_printf("kcdaudit diagnose %s --from %s --to %s --operator %s", asked,
                        input->source ? input->source : "SOURCE",
                        input->target       ? input->target
                        : input->hosts->len ? (const char *)input->hosts->pdata[0]
                                            : "TARGET",
                        operator);
    page_put(page, STYLE_STRONG, command);
    page_end(page);
}

static void
draw_causes(const DiagnosisView *view, Page *page, const Detail *detail)
{
    if (view->diagnosis->causes->len == 0)
        return;
    diagnosis_draw_title(page, "Causes, the most likely first");
    for (guint i = 0; i < view->diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = view->diagnosis->causes->pdata[i];
        if (detail->title[verdict->likelihood] || verdict->status == CAUSE_CONFIRMED)
            draw_cause(view, page, verdict, i + 1, detail);
    }
    for (Likelihood which = LIKELY; which < LIKELIHOODS; which++)
        if (!detail->title[which])
            draw_folded(view, page, which);
    draw_hint(view, page);
}

static guint
lines_of(const GString *text)
{
    guint lines = 0;
    for (const char *at = text->str; *at; at++)
        lines += *at == '\n';
    return lines;
}

static void
draw_explained(const DiagnosisView *view, Page *page)
{
    for (guint i = 0; i < G_N_ELEMENTS(details); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        Page draft = *page;
        draft.out = text;
        draw_entries(view, &draft, i == 0 || view->verbose);
        draw_causes(view, &draft, &details[i]);
        if (!view->verbose && i + 1 < G_N_ELEMENTS(details) && lines_of(text) > SCREEN)
            continue;
        g_string_append_len(page->out, text->str, (gssize)text->len);
        return;
    }
}

static void
draw_unknown(const DiagnosisView *view, Page *page)
{
    const Diagnosis *diagnosis = view->diagnosis;
    page_put(page, STYLE_STRONG, "This code or text is not in kcdaudit's tables");
    page_end(page);
    draw_unknown_codes(page, diagnosis);
    if (diagnosis->structure) {
        page_tab(page, INDENT);
        page_flow(page, INDENT, STYLE_PLAIN, diagnosis->structure);
        page_end(page);
    }
    if (diagnosis->nearest->len > 0)
        diagnosis_draw_title(page, "The nearest entries");
    for (guint i = 0; i < diagnosis->nearest->len; i++) {
        const ErrorEntry *entry = diagnosis->nearest->pdata[i];
        g_autofree char *title = diagnosis_entry_title(entry);
        page_tab(page, INDENT);
        page_put(page, STYLE_STRONG, title);
        page_end(page);
        page_tab(page, AFTER_GLYPH);
        page_flow(page, AFTER_GLYPH, STYLE_PLAIN, entry->meaning);
        page_end(page);
    }
}

static void
draw_answer(const DiagnosisView *view, Page *page)
{
    const Diagnosis *diagnosis = view->diagnosis;
    const Match *first = diagnosis->matches->pdata[0];
    g_autofree char *title = diagnosis_match_title(first);
    guint confirmed = diagnosis_count(diagnosis, CAUSE_CONFIRMED);
    const CauseVerdict *cause = diagnosis->causes->pdata[0];
    page_put(page, STYLE_STRONG, title);
    page_say(page, INDENT, STYLE_PLAIN, ", %s %s %s: ", diagnosis->pair->source->name,
             page_glyph(page, GLYPH_ARROW), diagnosis->pair->target->name);
    if (confirmed > 0)
        page_flow(page, INDENT, STYLE_BAD, cause->cause->title);
    else
        page_flow(page, INDENT, STYLE_WARN, "no cause is confirmed");
    if (confirmed == 0 && cause->suspected) {
        page_put(page, STYLE_PLAIN, "; likely: ");
        page_flow(page, INDENT, STYLE_STRONG, cause->cause->title);
    }
    if (confirmed > 1)
        page_say(page, INDENT, STYLE_PLAIN, ", and %u more", confirmed - 1);
    page_end(page);
}

static void
draw_gaps(const DiagnosisView *view, Page *page)
{
    g_autoptr(GPtrArray) gaps = diagnosis_gaps(view->diagnosis);
    if (gaps->len == 0)
        return;
    diagnosis_draw_title(page, "Not read, so not judged");
    gaps_draw(page, gaps, view->verbose ? G_MAXUINT : EVIDENCE_SHOWN * 2);
}

/* The number of the confirmed cause that shows all these commands; 0: none. */
static guint
shown_under(const DiagnosisView *view, const GPtrArray *commands)
{
    const GPtrArray *causes = view->diagnosis->causes;
    for (guint i = 0; commands->len > 0 && i < causes->len; i++) {
        const CauseVerdict *verdict = causes->pdata[i];
        if (verdict->status != CAUSE_CONFIRMED)
            continue;
        g_autoptr(GPtrArray) shown = diagnosis_commands(view, verdict);
        guint found = 0;
        while (found < commands->len &&
               g_ptr_array_find_with_equal_func(shown, commands->pdata[found],
                                                g_str_equal, NULL))
            found++;
        if (found == commands->len)
            return i + 1;
    }
    return 0;
}

/* Commands that stand above are not repeated. */
static void
refer(const DiagnosisView *view, GPtrArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        NextStep *step = steps->pdata[i];
        guint under = shown_under(view, step->commands);
        if (under == 0)
            continue;
        char *advice =
            g_strdup_printf("%s (the commands of %u above)", step->advice, under);
        g_free(step->advice);
        step->advice = advice;
        g_ptr_array_set_size(step->commands, 0);
    }
}

static void
draw_steps(const DiagnosisView *view, Page *page, GPtrArray *steps)
{
    const Pair *pair = view->diagnosis->pair;
    page_tab(page, INDENT);
    page_say(page, INDENT, STYLE_PLAIN,
             "All that is to be done for %s %s %s, in order:", pair->source->name,
             page_glyph(page, GLYPH_ARROW), pair->target->name);
    page_end(page);
    refer(view, steps);
    pair_steps_draw(steps, page);
}

static void
draw_next(const DiagnosisView *view, Page *page)
{
    g_autofree char *next = diagnosis_next(view->diagnosis);
    g_autoptr(GPtrArray) steps = diagnosis_steps(view);
    bool told = steps->len > 0 && diagnosis_count(view->diagnosis, CAUSE_CONFIRMED) > 0;
    if (!next)
        return;
    diagnosis_draw_title(page, "Next");
    if (!told) {
        page_tab(page, INDENT);
        page_flow(page, INDENT, STYLE_PLAIN, next);
        page_end(page);
    }
    if (steps->len > 0)
        draw_steps(view, page, steps);
}

static void
draw_meaning(const DiagnosisView *view, Page *page)
{
    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_PLAIN,
              ((const Match *)view->diagnosis->matches->pdata[0])->entry->meaning);
    page_end(page);
}

static void
draw_judged(const DiagnosisView *view, Page *page)
{
    bool confirmed = diagnosis_count(view->diagnosis, CAUSE_CONFIRMED) > 0;
    draw_answer(view, page);
    if (view->quiet)
        return;
    if (!confirmed)
        draw_meaning(view, page);
    diagnosis_draw_status(view, page, CAUSE_CONFIRMED, "Confirmed");
    draw_next(view, page);
    if (confirmed) {
        diagnosis_draw_title(page, "What it means");
        draw_meaning(view, page);
    }
    draw_unknown_codes(page, view->diagnosis);
    draw_taken(view, page);
    diagnosis_draw_status(view, page, CAUSE_NOT_VISIBLE, "Not visible from here");
    diagnosis_draw_status(view, page, CAUSE_RULED_OUT,
                          "Ruled out for what was looked at");
}

static void
draw_signin(const DiagnosisView *view, Page *page)
{
    page_put(page, STYLE_STRONG, "On the machine where this was shown");
    page_end(page);
    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_PLAIN, view->signin);
    page_end(page);
    if (view->quiet)
        return;
    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_FAINT, "More: kcdaudit help kinit");
    page_end(page);
}

void
diagnosis_draw(const DiagnosisView *view, Page *page)
{
    const Diagnosis *diagnosis = view->diagnosis;
    page->width = MIN(page->width, WIDTH_MOST);
    if (view->signin)
        draw_signin(view, page);
    if (view->signin && !diagnosis->audit)
        return; /* hosts and their delegation are not what failed */
    if (diagnosis->matches->len == 0) {
        draw_unknown(view, page);
        draw_next(view, page);
    } else if (diagnosis->audit) {
        draw_judged(view, page);
    } else if (view->quiet) {
        draw_entries(view, page, false);
    } else {
        draw_explained(view, page);
    }
    if (!view->quiet)
        draw_gaps(view, page);
}
