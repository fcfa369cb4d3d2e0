/* An explained pair for people, and as JSON: the answer first, each condition
 * with the value seen, one command at the end. */
#include "formats.h"
#include "matrix.h"
#include "render/explain.h"
#include "render/gaps.h"
#include "render/tree.h"

#include "audit/rules.h"

#include <string.h>

#define SCHEMA "kcdaudit.check/1"
#define INDENT 2
#define AFTER_WORD 12 /* "  DEGRADED  " */
#define AFTER_GLYPH 4
#define AFTER_LABEL 20
#define FINDINGS_SHOWN 8

static const struct {
    Glyph glyph;
    Style style;
} states[] = {
    [CONDITION_PASS] = {GLYPH_READY, STYLE_GOOD},
    [CONDITION_FAIL] = {GLYPH_BROKEN, STYLE_BAD},
    [CONDITION_UNKNOWN] = {GLYPH_UNKNOWN, STYLE_UNKNOWN},
};

static void
draw_condition(Page *page, const Condition *condition)
{
    bool spared = condition_is_spared(condition);
    Glyph glyph = spared ? GLYPH_SELF : states[condition->state].glyph;
    Style style = spared ? STYLE_FAINT : states[condition->state].style;
    g_autofree char *where = condition_where(condition, false);

    if (condition_is_unwanted(condition)) {
        glyph = GLYPH_DEGRADED;
        style = STYLE_WARN;
    }
    page_tab(page, INDENT);
    page_put(page, style, page_glyph(page, glyph));
    page_tab(page, AFTER_GLYPH);
    page_put(page, STYLE_PLAIN, condition_label(condition->what));
    page_tab(page, AFTER_LABEL);
    page_flow(page, AFTER_LABEL, style == STYLE_GOOD ? STYLE_PLAIN : style,
              condition->seen);
    if (where)
        page_say(page, AFTER_LABEL, STYLE_FAINT, "  %s", where);
    page_end(page);
}

static void
draw_title(Page *page, const char *text)
{
    page_end(page);
    page_put(page, STYLE_STRONG, text);
    page_end(page);
}

/* The reasons of both services, each once. */
static void
draw_reasons(Page *page, const Pair *pair)
{
    for (int which = 0; which < SERVICE_COUNT; which++) {
        const ServiceVerdict *service = &pair->services[which];

        if (!service->needed)
            continue;
        for (guint i = 0; i < service->reasons->len; i++) {
            const char *reason = service->reasons->pdata[i];
            const ServiceVerdict *first = &pair->services[0];
            bool both = which > 0 && first->needed && texts_have(first->reasons, reason);
            if (both)
                continue;
            page_tab(page, AFTER_WORD);
            page_flow(page, AFTER_WORD, STYLE_PLAIN, reason);
            page_end(page);
        }
    }
}

const char *
explain_sentence(const Pair *pair)
{
    static const char *const to_host[VERDICT_COUNT] = {
        [VERDICT_READY] = "a live migration can authenticate",
        [VERDICT_DEGRADED] = "a live migration can authenticate only under a condition",
        [VERDICT_UNKNOWN] = "it is not determined",
        [VERDICT_BROKEN] = "a live migration cannot authenticate",
    };
    static const char *const to_storage[VERDICT_COUNT] = {
        [VERDICT_READY] = "storage on the file server can be reached for the operator",
        [VERDICT_DEGRADED] = "storage there can be reached only under a condition",
        [VERDICT_UNKNOWN] = "it is not determined",
        [VERDICT_BROKEN] = "storage on the file server cannot be reached",
    };
    static const char *const to_spn[VERDICT_COUNT] = {
        [VERDICT_READY] = "delegation works",
        [VERDICT_DEGRADED] = "delegation works only under a condition",
        [VERDICT_UNKNOWN] = "it is not determined",
        [VERDICT_BROKEN] = "delegation does not work",
    };
    return pair->written   ? to_spn[pair->verdict]
           : pair->storage ? to_storage[pair->verdict]
                           : to_host[pair->verdict];
}

const char *
explain_written(const Pair *pair)
{
    return pair->written ? ((const NeededSpn *)pair->written->needed->pdata[0])->spn
                         : NULL;
}

char *
explain_service_name(const Pair *pair, int which)
{
    const char *spn = explain_written(pair);

    return spn ? g_strndup(spn, strcspn(spn, "/")) : g_strdup(service_names[which]);
}

char *
explain_service(const Pair *pair, Service which)
{
    const ServiceVerdict *service = &pair->services[which];
    GString *out = g_string_new(NULL);
    bool named = strcmp(service_names[which], service_classes[which]) == 0;
    const char *before = ", allowed by ";

    g_string_append_printf(out, "%s: %s", verdict_names[service->verdict],
                           service_names[which]);
    if (!named)
        g_string_append_printf(out, " (%s)", service_classes[which]);
    for (guint i = 0; i < G_N_ELEMENTS(leg_names); i++) {
        if ((service->by & 1u << i) == 0)
            continue;
        g_string_append_printf(out, "%s%s", before, leg_names[i]);
        before = " and ";
    }
    return g_string_free(out, FALSE);
}

static void
draw_back(Page *page, const Explanation *e)
{
    const Pair *back = e->back;

    if (!back)
        return;
    page_tab(page, AFTER_WORD);
    page_say(page, AFTER_WORD, STYLE_PLAIN,
             "The way back, %s %s %s: ", back->source->name,
             page_glyph(page, GLYPH_ARROW), back->target->name);
    page_flow(page, AFTER_WORD, matrix_style(back->verdict),
              verdict_names[back->verdict]);
    for (int which = 0; which < SERVICE_COUNT; which++) {
        const ServiceVerdict *service = &back->services[which];

        if (!service->needed || service->verdict != back->verdict ||
            service->reasons->len == 0)
            continue;
        page_say(page, AFTER_WORD, STYLE_FAINT, " (%s)",
                 (const char *)service->reasons->pdata[0]);
        break;
    }
    page_end(page);
}

/* Beside the verdict, where it is not ready. */
static void
draw_winrm(Page *page, const Pair *pair)
{
    const ServiceVerdict *winrm = pair->winrm;

    if (!winrm || winrm->verdict == VERDICT_READY)
        return;
    page_tab(page, AFTER_WORD);
    page_say(page, AFTER_WORD, STYLE_PLAIN,
             "Beside it, WinRM to %s: ", pair->target->name);
    page_flow(page, AFTER_WORD, matrix_style(winrm->verdict),
              verdict_names[winrm->verdict]);
    page_say(page, AFTER_WORD, STYLE_FAINT, " (%s)",
             (const char *)winrm->reasons->pdata[0]);
    page_end(page);
}

/* What stops a migration that can authenticate, by what the hosts say of themselves. */
static void
draw_settings(Page *page, const Explanation *e)
{
    const GPtrArray *findings = e->report->audit->findings;

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];

        if ((rules[finding->rule].needs & NEEDS_FACTS) == 0 ||
            finding->status != STATUS_FAIL || finding->severity < SEVERITY_ERROR)
            continue;
        page_tab(page, AFTER_WORD);
        page_say(page, AFTER_WORD, STYLE_PLAIN,
                 "Beside it, %s says of itself: ", finding->subject);
        page_flow(page, AFTER_WORD, STYLE_BAD, finding->title);
        page_say(page, AFTER_WORD, STYLE_FAINT, " (%s)", rule_name(finding->rule));
        page_end(page);
    }
}

static void
draw_answer(Page *page, const Explanation *e)
{
    const Pair *pair = e->pair;
    g_autofree char *word = g_ascii_strup(verdict_names[pair->verdict], -1);

    page_tab(page, INDENT);
    page_put(page, matrix_style(pair->verdict), word);
    page_tab(page, AFTER_WORD);
    page_say(page, AFTER_WORD, STYLE_STRONG, "%s %s ", pair->source->name,
             page_glyph(page, GLYPH_ARROW));
    if (pair->written)
        page_say(page, AFTER_WORD, STYLE_STRONG, "%s on ", explain_written(pair));
    page_say(page, AFTER_WORD, STYLE_STRONG, "%s: %s", pair->target->name,
             explain_sentence(pair));
    page_end(page);
    draw_reasons(page, pair);
    draw_winrm(page, pair);
    draw_settings(page, e);
    draw_back(page, e);
}

static char *
title_of(const Condition *condition, const Pair *pair)
{
    return condition_title(condition, pair->source->name, pair->target->name);
}

/* Part by part, each below its title. */
static void
draw_conditions(Page *page, const Explanation *e)
{
    const Condition *last = NULL;

    for (guint i = 0; i < e->conditions->all->len; i++) {
        const Condition *condition = e->conditions->all->pdata[i];

        if (!last || !condition_same_part(last, condition)) {
            g_autofree char *title = title_of(condition, e->pair);
            draw_title(page, title);
        }
        last = condition;
        draw_condition(page, condition);
    }
}

/* What the verdict does not hang on but an audit would say. */
static void
draw_findings(Page *page, const Explanation *e)
{
    guint shown = 0;
    int last = -1;

    for (guint i = 0; i < e->report->audit->findings->len; i++) {
        const Finding *finding = e->report->audit->findings->pdata[i];

        if (last == (int)finding->rule)
            continue;
        last = (int)finding->rule;
        if (shown++ == 0)
            draw_title(page, "Findings (kcdaudit rules ID tells more)");
        page_tab(page, INDENT);
        page_put(page, STYLE_PLAIN, rule_name(finding->rule));
        page_tab(page, INDENT + 9);
        page_put(page, STYLE_PLAIN,
                 finding->status == STATUS_UNKNOWN ? "unknown"
                                                   : severity_names[finding->severity]);
        page_tab(page, AFTER_LABEL);
        page_flow(page, AFTER_LABEL, STYLE_PLAIN, finding->title);
        page_end(page);
    }
}

static void
draw_gaps(Page *page, const Audit *audit)
{
    if (audit->gaps->len == 0)
        return;
    draw_title(page, "Not read, so not judged");
    for (guint i = 0; i < audit->gaps->len && i < FINDINGS_SHOWN; i++) {
        const Gap *gap = audit->gaps->pdata[i];

        page_tab(page, INDENT);
        page_say(page, INDENT + 2, STYLE_PLAIN, "%s: %s", gap->what, gap->why);
        page_end(page);
    }
}

/* Where all of it was read, the DNs once. */
static void
draw_places(Page *page, const Explanation *e)
{
    const Audit *audit = e->report->audit;
    const Estate *estate = audit->estate;
    const Account *ends[] = {e->pair->source, e->pair->target};

    draw_title(page, "Read");
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        page_tab(page, INDENT);
        page_put(page, STYLE_PLAIN, ends[i]->name);
        page_tab(page, AFTER_LABEL);
        page_flow(page, AFTER_LABEL, STYLE_FAINT, ends[i]->dn);
        page_end(page);
    }
    page_tab(page, INDENT);
    page_say(page, INDENT, STYLE_FAINT, "%s %s", estate->dc ? "from" : "offline, from",
             estate->dc           ? estate->dc
             : estate->source_uri ? estate->source_uri
                                  : "a file");
    if (estate->principal)
        page_say(page, INDENT, STYLE_FAINT, " as %s", estate->principal);
    page_end(page);
    if (!audit->tickets) {
        page_tab(page, INDENT);
        page_flow(page, INDENT, STYLE_FAINT, "no test tickets were requested");
        page_end(page);
    }
    if (!audit->operators || audit->operators->len == 0) {
        page_tab(page, INDENT);
        page_flow(page, INDENT, STYLE_FAINT,
                  e->pair->written
                      ? "not the account of the user: --operator USER"
                      : "not the account of whoever starts the migration: --operator "
                        "USER");
        page_end(page);
    }
    if (!audit->facts && !e->pair->written) {
        page_tab(page, INDENT);
        page_flow(page, INDENT, STYLE_FAINT,
                  "not what the hosts say of themselves: --facts DIR");
        page_end(page);
    }
}

static void
draw_next(Page *page, const Explanation *e)
{
    draw_title(page, "Next");
    pair_steps_draw(e->steps, page);
    if (e->steps->len > 0)
        return;
    if (e->advice) {
        page_tab(page, INDENT);
        page_flow(page, INDENT, STYLE_PLAIN, e->advice);
        page_end(page);
    }
    pair_steps_draw_commands(e->commands, page);
}

void
explain_draw(const Explanation *e, Page *page)
{
    draw_answer(page, e);
    if (e->report->quiet) {
        gaps_draw_first(page, AFTER_WORD, e->report->audit->gaps);
        return;
    }
    draw_conditions(page, e);
    draw_findings(page, e);
    draw_gaps(page, e->report->audit);
    draw_places(page, e);
    draw_next(page, e);
}

/* JSON */

static json_t *
condition_json(const Condition *condition, const Pair *pair)
{
    json_t *object = json_object();
    g_autofree char *where = condition_where(condition, true);
    g_autofree char *service =
        condition->service < 0 ? NULL : explain_service_name(pair, condition->service);

    tree_put_text(object, "service", service);
    tree_put_text(object, "name", condition->name);
    tree_put_text(object, "what", condition_key(condition->what));
    tree_put_text(object, "state", condition_states[condition->state]);
    tree_put(object, "decides", json_boolean(condition->decides));
    tree_put_text(object, "seen", condition->seen);
    tree_put_text(object, "where", where);
    return object;
}

json_t *
explain_json(const Explanation *e)
{
    json_t *object = json_object();
    json_t *conditions = json_array();
    json_t *next = json_object();

    /* The schema first: whoever reads the output sees at once what it is. */
    tree_put_text(object, "schema", SCHEMA);
    json_t *pair = render_pair(e->pair);
    json_object_update(object, pair);
    json_decref(pair);
    for (guint i = 0; i < e->conditions->all->len; i++)
        json_array_append_new(conditions,
                              condition_json(e->conditions->all->pdata[i], e->pair));
    tree_put(object, "conditions", conditions);
    tree_put_text(object, "reverse", e->back ? verdict_names[e->back->verdict] : NULL);
    tree_put(object, "findings", render_ids(e->report->audit->findings));
    tree_put(object, "complete", json_boolean(!explain_incomplete(e)));
    tree_put_text(next, "command", e->commands->len > 0 ? e->commands->pdata[0] : NULL);
    tree_put(next, "commands", tree_strings(e->commands));
    tree_put_text(next, "language", e->language);
    tree_put_text(next, "advice", e->advice);
    tree_put(next, "steps", pair_steps_json(e->steps));
    tree_put(object, "next", next);
    return object;
}
