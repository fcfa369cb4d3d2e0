/* kcdaudit rules: the list of rules, or the page of one. */
#include "cli/cli.h"

#include "audit/rules.h"
#include "base/embed.h"
#include "base/nearest.h"
#include "base/text.h"
#include "emit.h"
#include "render/frameworks.h"
#include "render/table.h"
#include "render/tree.h"

#include <stdio.h>
#include <string.h>

#define SCHEMA "kcdaudit.rules/1"

static const char *const scope_names[] = {
    [SCOPE_HOST] = "host", [SCOPE_ACCOUNT] = "account", [SCOPE_EDGE] = "delegation",
    [SCOPE_PAIR] = "pair", [SCOPE_DOMAIN] = "domain",   [SCOPE_MACHINE] = "machine"};

/* docs/rules/ID.md; NULL: not written yet. */
static const char *
page_of_rule(const Rule *rule)
{
    g_autofree char *name = g_strdup_printf("%s.md", rule->id);
    return embed_find(name);
}

static void
draw_list(const void *what, Page *page)
{
    static const Style styles[SEVERITY_COUNT] = {
        [SEVERITY_INFO] = STYLE_PLAIN,
        [SEVERITY_WARNING] = STYLE_WARN,
        [SEVERITY_ERROR] = STYLE_BAD,
        [SEVERITY_CRITICAL] = STYLE_WORST,
    };
    g_autoptr(Table) table = table_new(4, 0);
    (void)what;
    for (guint i = 0; i < RULE_COUNT; i++) {
        table_add(table, STYLE_STRONG, rules[i].id);
        table_add(table, styles[rules[i].severity], severity_names[rules[i].severity]);
        table_add(table, STYLE_PLAIN, rules[i].slug);
        table_add(table, STYLE_PLAIN, rules[i].title);
    }
    table_draw(table, page);
}

static json_t *
rule_json(const Rule *rule)
{
    json_t *object = json_object();
    tree_put_text(object, "id", rule->id);
    tree_put_text(object, "slug", rule->slug);
    tree_put_text(object, "severity", severity_names[rule->severity]);
    tree_put_text(object, "scope", scope_names[rule_scope(rule)]);
    tree_put_text(object, "title", rule->title);
    tree_put(object, "frameworks", frameworks_json((RuleId)(rule - rules)));
    return object;
}

static json_t *
json_of(json_t *list)
{
    json_t *object = json_object();
    tree_put_text(object, "schema", SCHEMA);
    tree_put(object, "rules", list);
    return object;
}

static json_t *
json_list(const void *what)
{
    json_t *list = json_array();
    (void)what;
    for (guint i = 0; i < RULE_COUNT; i++)
        json_array_append_new(list, rule_json(&rules[i]));
    return json_of(list);
}

static void
draw_frameworks(const Rule *rule, Page *page)
{
    g_autofree char *text = frameworks_text((RuleId)(rule - rules));
    if (!*text)
        return;
    page_end(page);
    page_put(page, STYLE_STRONG, "## Frameworks");
    page_end(page);
    page_end(page);
    g_auto(GStrv) lines = g_strsplit(text, "; ", -1);
    for (char **line = lines; *line; line++) {
        page_say(page, 0, STYLE_PLAIN, "- %s", *line);
        page_end(page);
    }
}

static void
draw_rule(const void *what, Page *page)
{
    const Rule *rule = what;
    const char *text = page_of_rule(rule);
    if (!text) {
        page_say(page, 0, STYLE_STRONG, "%s %s: %s", rule->id, rule->slug, rule->title);
        page_end(page);
        page_say(page, 0, STYLE_PLAIN, "Severity: %s.", severity_names[rule->severity]);
        page_end(page);
        return;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] && (*lines[i] || lines[i + 1]); i++) {
        page_put(page, *lines[i] == '#' ? STYLE_STRONG : STYLE_PLAIN, lines[i]);
        page_end(page);
    }
    draw_frameworks(rule, page);
}

static json_t *
json_rule(const void *what)
{
    const Rule *rule = what;
    json_t *list = json_array();
    json_t *object = rule_json(rule);
    tree_put_text(object, "page", page_of_rule(rule));
    json_array_append_new(list, object);
    return json_of(list);
}

static void
csv(const void *what, GString *out)
{
    frameworks_csv(what, out);
}

static const View list_view = {draw_list, json_list, csv, NULL};
static const View rule_view = {draw_rule, json_rule, csv, NULL};

/* By id or slug, without regard to case. */
static const Rule *
find(const char *name)
{
    for (guint i = 0; i < RULE_COUNT; i++)
        if (text_equal(rules[i].id, name) || text_equal(rules[i].slug, name))
            return &rules[i];
    return NULL;
}

static const Rule *
nearest(const char *name)
{
    const Rule *best = NULL;
    guint least = G_MAXUINT;
    for (guint i = 0; *name && i < RULE_COUNT; i++)
        if (g_ascii_strncasecmp(rules[i].slug, name, strlen(name)) == 0)
            return &rules[i];
    for (guint i = 0; i < RULE_COUNT; i++) {
        guint by_id = nearest_distance(name, rules[i].id);
        guint by_slug = nearest_distance(name, rules[i].slug);
        if (MIN(by_id, by_slug) < least) {
            least = MIN(by_id, by_slug);
            best = &rules[i];
        }
    }
    return best;
}

static int
unknown_rule(const char *name)
{
    const Rule *near = nearest(name);
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
    if (near)
        fprintf(stderr,
                "kcdaudit: there is no rule %s; the nearest is %s (%s); see: kcdaudit "
                "rules\n",
                shown, near->id, near->slug);
    else
        fputs("kcdaudit: there is no such rule; see: kcdaudit rules\n", stderr);
    return EXIT_USAGE;
}

static int
cmd_rules(const Options *options)
{
    g_autoptr(GError) error = NULL;
    const char *name = options->arguments ? options->arguments[0] : NULL;
    const Rule *rule = name ? find(name) : NULL;
    if (name && !rule)
        return unknown_rule(name);
    if (!emit_check(options, &error) ||
        !emit_view(options, rule ? &rule_view : &list_view, rule, &error))
        return cli_fail(error);
    return EXIT_OK;
}

static void
choices(GArray *into)
{
    for (guint i = 0; i < RULE_COUNT; i++) {
        Choice choice = {rules[i].id, rules[i].title};
        g_array_append_val(into, choice);
    }
}

const Command command_rules = {
    .name = "rules",
    .arguments = "[ID]",
    .summary = "the rules; of one its impact, evidence, fix and references",
    .details = "ID is DEL-01 or the rule's name, delegation-cifs-missing.",
    .statuses = {[EXIT_OK] = "told", [EXIT_USAGE] = "there is no such rule"},
    .max_arguments = 1,
    .choices = choices,
    .options = OPTIONS_TABLE,
    .run = cmd_rules,
};
