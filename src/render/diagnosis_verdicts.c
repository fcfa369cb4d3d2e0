/* Causes as they were judged with hosts: confirmed, open, ruled out. */
#include "diagnosis_parts.h"

#include <string.h>

#define LOOKED_AT_SHOWN 6

static void
draw_evidence(Page *page, const CauseVerdict *verdict, bool all)
{
    for (guint i = 0; i < verdict->evidence->len && (all || i < EVIDENCE_SHOWN); i++) {
        const Evidence *evidence = verdict->evidence->pdata[i];
        page_tab(page, AFTER_LABEL);
        page_say(page, COMMAND, STYLE_FAINT, "%s: %s", evidence->key, evidence->value);
        page_end(page);
    }
    if (!all && verdict->evidence->len > EVIDENCE_SHOWN) {
        page_tab(page, AFTER_LABEL);
        page_say(page, COMMAND, STYLE_FAINT, "%s %u more", page_glyph(page, GLYPH_MORE),
                 verdict->evidence->len - EVIDENCE_SHOWN);
        page_end(page);
    }
}

static void
draw_head(Page *page, const CauseVerdict *verdict, const char *mark, Style style,
          const char *title)
{
    bool two_digits = g_ascii_isdigit(mark[0]) && mark[1] != '\0';
    page_tab(page, two_digits ? INDENT - 1 : INDENT);
    page_put(page, style, mark);
    page_tab(page, AFTER_GLYPH);
    page_flow(page, AFTER_GLYPH, STYLE_PLAIN, title);
    if (!verdict->by_hand)
        page_say(page, AFTER_GLYPH, STYLE_FAINT, "  %s", rule_name(verdict->rule));
}

/* The number of a cause among those shown, from 1. */
static guint
number_of(const DiagnosisView *view, const CauseVerdict *verdict)
{
    const GPtrArray *causes = view->diagnosis->causes;
    guint index = 0;
    return g_ptr_array_find((GPtrArray *)causes, verdict, &index) ? index + 1 : 0;
}

/* The first confirmed cause before this one that takes the same commands; 0: none. */
static guint
same_commands(const DiagnosisView *view, const CauseVerdict *verdict,
              const GPtrArray *commands)
{
    const GPtrArray *causes = view->diagnosis->causes;
    for (guint i = 0; commands->len > 0 && causes->pdata[i] != verdict; i++) {
        g_autoptr(GPtrArray) others = diagnosis_commands(view, causes->pdata[i]);
        bool same = others->len == commands->len;
        for (guint c = 0; same && c < commands->len; c++)
            same = strcmp(others->pdata[c], commands->pdata[c]) == 0;
        if (same)
            return i + 1;
    }
    return 0;
}

static void
draw_fix(const DiagnosisView *view, Page *page, const CauseVerdict *verdict)
{
    if (verdict->instead) {
        g_autofree char *text = g_strdup_printf("as %u: these hosts use resource-based "
                                                "delegation (RBCD), and with it in order "
                                                "this list needs no entry.",
                                                number_of(view, verdict->instead));
        diagnosis_draw_labelled(view, page, "fix", text);
        return;
    }
    g_autoptr(GPtrArray) commands = diagnosis_commands(view, verdict);
    guint same = same_commands(view, verdict, commands);
    diagnosis_draw_labelled(view, page, "fix", verdict->cause->fix);
    if (same > 0) {
        page_tab(page, COMMAND);
        page_say(page, COMMAND, STYLE_FAINT, "by the same commands as %u", same);
        page_end(page);
    } else {
        diagnosis_draw_commands(view, page, commands);
    }
}

/* Cause, why it is believed, what fixes it, how to see that it did. */
static void
draw_confirmed(const DiagnosisView *view, Page *page, const CauseVerdict *verdict)
{
    g_autofree char *number = g_strdup_printf("%u", number_of(view, verdict));
    g_autofree char *verify = diagnosis_verify(view->diagnosis, verdict);
    draw_head(page, verdict, number, STYLE_BAD, verdict->cause->title);
    page_end(page);
    diagnosis_draw_labelled(view, page, "why", verdict->said);
    draw_evidence(page, verdict, view->verbose);
    draw_fix(view, page, verdict);
    if (verify && !verdict->instead)
        diagnosis_draw_labelled(view, page, "check", verify);
}

static void
draw_back(Page *page, const CauseVerdict *verdict)
{
    if (!verdict->back)
        return;
    page_tab(page, AFTER_LABEL);
    page_say(page, AFTER_LABEL, STYLE_WARN, "but on the way back: %s", verdict->back);
    page_end(page);
}

/* What else it is ruled out for than what is shown of it. */
static void
draw_looked_at(Page *page, const CauseVerdict *verdict, bool all)
{
    const Evidence *shown =
        verdict->evidence->len > 0 ? verdict->evidence->pdata[0] : NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    guint more = 0;
    for (guint i = 0; i < verdict->looked_at->len; i++) {
        const char *at = verdict->looked_at->pdata[i];
        RuleId rule;
        if (rule_parse(at, &rule) || (shown && strcmp(shown->key, at) == 0))
            continue;
        if (more++ < LOOKED_AT_SHOWN || all)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", at);
    }
    if (more == 0)
        return;
    if (!all && more > LOOKED_AT_SHOWN)
        g_string_append_printf(text, ", %u more", more - LOOKED_AT_SHOWN);
    page_tab(page, AFTER_LABEL);
    page_say(page, COMMAND, STYLE_FAINT, "looked at: %s", text->str);
    page_end(page);
}

static void
draw_open(const DiagnosisView *view, Page *page, const CauseVerdict *verdict)
{
    bool suspected = verdict->suspected;
    draw_head(page, verdict, page_glyph(page, suspected ? GLYPH_DEGRADED : GLYPH_UNKNOWN),
              suspected ? STYLE_WARN : STYLE_UNKNOWN, verdict->cause->title);
    diagnosis_draw_raised(page, verdict);
    if (verdict->said && !suspected)
        page_say(page, AFTER_GLYPH, STYLE_PLAIN, ": %s", verdict->said);
    page_end(page);
    if (suspected)
        diagnosis_draw_labelled(view, page, "seen", verdict->said);
    draw_evidence(page, verdict, view->verbose);
    draw_back(page, verdict);
    bool by_hand = verdict->cause->checks->len == 0;
    if (verdict->cause->look &&
        (view->verbose || suspected || (by_hand && verdict->likelihood == LIKELY)))
        diagnosis_draw_labelled(view, page, "look", verdict->cause->look);
    if (view->verbose || (by_hand && verdict->likelihood == LIKELY))
        diagnosis_draw_commands(view, page, verdict->cause->see);
    if (view->verbose || suspected) {
        diagnosis_draw_labelled(view, page, "fix", verdict->cause->fix);
        diagnosis_draw_commands(view, page, verdict->cause->run);
    }
}

static void
draw_ruled_out(const DiagnosisView *view, Page *page, const CauseVerdict *verdict)
{
    draw_head(page, verdict, page_glyph(page, GLYPH_SELF), STYLE_GOOD,
              verdict->cause->title);
    page_end(page);
    if (view->verbose) {
        draw_evidence(page, verdict, true);
    } else if (verdict->evidence->len > 0) {
        const Evidence *evidence = verdict->evidence->pdata[0];
        page_tab(page, AFTER_LABEL);
        page_say(page, COMMAND, STYLE_FAINT, "%s: %s", evidence->key, evidence->value);
        page_end(page);
    }
    draw_looked_at(page, verdict, view->verbose);
    draw_back(page, verdict);
}

void
diagnosis_draw_status(const DiagnosisView *view, Page *page, CauseStatus status,
                      const char *title)
{
    static void (*const draws[])(const DiagnosisView *, Page *, const CauseVerdict *) = {
        [CAUSE_CONFIRMED] = draw_confirmed,
        [CAUSE_NOT_VISIBLE] = draw_open,
        [CAUSE_RULED_OUT] = draw_ruled_out,
    };
    if (diagnosis_count(view->diagnosis, status) == 0)
        return;
    diagnosis_draw_title(page, title);
    for (guint i = 0; i < view->diagnosis->causes->len; i++) {
        const CauseVerdict *verdict = view->diagnosis->causes->pdata[i];
        if (verdict->status == status)
            draws[status](view, page, verdict);
    }
}
