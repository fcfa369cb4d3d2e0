/* kcdaudit workloads: the known workloads, or all that is known of one. */
#include "cli/cli.h"

#include "audit/workloads.h"
#include "base/nearest.h"
#include "base/text.h"
#include "emit.h"
#include "render/table.h"
#include "render/tree.h"

#include <stdio.h>

#define SCHEMA "kcdaudit.workloads/1"

static const char *const ways[] = {
    [MODE_EITHER] = "a list or RBCD", [MODE_KCD] = "a list", [MODE_RBCD] = "RBCD"};
static const char *const transitions[TRANSITION_COUNT] = {
    [TRANSITION_NEEDED] = "\"Use any authentication protocol\" is needed",
    [TRANSITION_DEPENDS] = "depends on how users sign in",
    [TRANSITION_EXCESS] = "\"Use Kerberos only\" suffices"};

static void
draw_list(const void *what, Page *page)
{
    const Workloads *workloads = workloads_builtin();
    g_autoptr(Table) table = table_new(3, 0);
    (void)what;
    for (guint i = 0; i < workloads->all->len; i++) {
        const Workload *workload = workloads->all->pdata[i];
        table_add(table, STYLE_STRONG, workload->id);
        table_add(table, STYLE_PLAIN, ways[workload->way]);
        table_add(table, STYLE_PLAIN, workload->title);
    }
    table_draw(table, page);
}

/* The statement, and in faint letters where it comes from. */
static void
draw_note(Page *page, const WorkloadNote *note)
{
    page_flow(page, 4, STYLE_PLAIN, note->text);
    for (guint i = 0; i < note->sources->len; i++)
        page_say(page, 4, STYLE_FAINT, "%s%s%s", i == 0 ? " [" : ", ",
                 ((const WorkloadSource *)note->sources->pdata[i])->id,
                 i + 1 == note->sources->len ? "]" : "");
    page_end(page);
}

static void
draw_notes(Page *page, const char *title, const GPtrArray *notes)
{
    for (guint i = 0; i < notes->len; i++) {
        if (i == 0) {
            page_put(page, STYLE_STRONG, title);
            page_end(page);
        }
        page_tab(page, 2);
        draw_note(page, notes->pdata[i]);
    }
}

static void
draw_forms(Page *page, const Workload *workload, const char *title, bool needed)
{
    bool told = false;
    for (guint i = 0; i < workload->forms->len; i++) {
        const WorkloadForm *form = workload->forms->pdata[i];
        if (form->needed != needed)
            continue;
        if (!told) {
            page_put(page, STYLE_STRONG, title);
            page_end(page);
        }
        told = true;
        page_tab(page, 2);
        draw_note(page, &form->form);
    }
}

static void
draw_example(Page *page, const Workload *workload)
{
    page_put(page, STYLE_STRONG, "In kcdaudit.conf");
    page_end(page);
    page_say(page, 4, STYLE_PLAIN, "  [delegation NAME]");
    page_end(page);
    page_say(page, 4, STYLE_PLAIN, "  workload=%s", workload->id);
    page_end(page);
    page_say(page, 4, STYLE_PLAIN, "  from=ACCOUNT");
    page_end(page);
    page_say(page, 4, STYLE_PLAIN, "  to=%s",
             workload->port ? "HOST.contoso.com:PORT" : "HOST.contoso.com");
    page_end(page);
    if (workload->port) {
        page_say(page, 4, STYLE_FAINT, "  without a port: %s", workload->port);
        page_end(page);
    }
}

static bool
is_cited(const GPtrArray *notes, const WorkloadSource *source)
{
    for (guint i = 0; i < notes->len; i++)
        if (g_ptr_array_find(((const WorkloadNote *)notes->pdata[i])->sources, source,
                             NULL))
            return true;
    return false;
}

static bool
cites(const Workload *workload, const WorkloadSource *source)
{
    for (guint i = 0; i < workload->forms->len; i++)
        if (g_ptr_array_find(
                ((const WorkloadForm *)workload->forms->pdata[i])->form.sources, source,
                NULL))
            return true;
    return is_cited(workload->about, source) || is_cited(workload->from, source) ||
           is_cited(workload->why, source) || is_cited(workload->slips, source);
}

static void
draw_sources(Page *page, const Workload *workload)
{
    const GPtrArray *sources = workloads_builtin()->sources;
    page_put(page, STYLE_STRONG, "Sources");
    page_end(page);
    for (guint i = 0; i < sources->len; i++) {
        const WorkloadSource *source = sources->pdata[i];
        if (!cites(workload, source))
            continue;
        page_tab(page, 2);
        page_say(page, 4, STYLE_PLAIN, "%s: %s", source->id, source->title);
        page_end(page);
        if (!source->page)
            continue;
        page_tab(page, 4);
        page_put(page, STYLE_PLAIN, source->page);
        page_end(page);
    }
}

static void
draw_workload(const void *what, Page *page)
{
    const Workload *workload = what;
    page_say(page, 0, STYLE_STRONG, "%s: %s", workload->id, workload->title);
    page_end(page);
    page_end(page);
    draw_notes(page, "What it does", workload->about);
    draw_notes(page, "Who delegates", workload->from);
    draw_forms(page, workload, "What is needed of each target", true);
    draw_forms(page, workload, "What may be listed as well", false);
    page_put(page, STYLE_STRONG, "Way of delegation");
    page_end(page);
    page_tab(page, 2);
    page_put(page, STYLE_PLAIN, ways[workload->way]);
    page_end(page);
    page_say(page, 0, STYLE_STRONG, "Protocol transition: %s",
             transitions[workload->transition]);
    page_end(page);
    for (guint i = 0; i < workload->why->len; i++) {
        page_tab(page, 2);
        draw_note(page, workload->why->pdata[i]);
    }
    draw_notes(page, "What usually goes wrong", workload->slips);
    draw_example(page, workload);
    draw_sources(page, workload);
}

static json_t *
json_note(const WorkloadNote *note)
{
    json_t *object = json_object();
    json_t *sources = json_array();
    tree_put_text(object, "text", note->text);
    for (guint i = 0; i < note->sources->len; i++)
        json_array_append_new(
            sources, tree_string(((const WorkloadSource *)note->sources->pdata[i])->id));
    tree_put(object, "sources", sources);
    return object;
}

static json_t *
json_notes(const GPtrArray *notes)
{
    json_t *list = json_array();
    for (guint i = 0; i < notes->len; i++)
        json_array_append_new(list, json_note(notes->pdata[i]));
    return list;
}

static json_t *
json_forms(const Workload *workload)
{
    json_t *list = json_array();
    for (guint i = 0; i < workload->forms->len; i++) {
        const WorkloadForm *form = workload->forms->pdata[i];
        json_t *object = json_note(&form->form);
        tree_put(object, "needed", json_boolean(form->needed));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *
json_workload(const Workload *workload)
{
    json_t *object = json_object();
    tree_put_text(object, "id", workload->id);
    tree_put_text(object, "title", workload->title);
    tree_put_text(object, "way", workload_way_names[workload->way]);
    tree_put_text(object, "transition", workload_transition_names[workload->transition]);
    tree_put_text(object, "port", workload->port);
    tree_put(object, "about", json_notes(workload->about));
    tree_put(object, "from", json_notes(workload->from));
    tree_put(object, "spns", json_forms(workload));
    tree_put(object, "why", json_notes(workload->why));
    tree_put(object, "slips", json_notes(workload->slips));
    return object;
}

/* One workload, or with NULL all of them. */
static json_t *
json_of(const void *what)
{
    const Workloads *workloads = workloads_builtin();
    json_t *object = json_object();
    json_t *list = json_array();
    json_t *sources = json_array();
    for (guint i = 0; i < workloads->all->len; i++)
        if (!what || what == workloads->all->pdata[i])
            json_array_append_new(list, json_workload(workloads->all->pdata[i]));
    for (guint i = 0; i < workloads->sources->len; i++) {
        const WorkloadSource *source = workloads->sources->pdata[i];
        if (what && !cites(what, source))
            continue;
        json_t *one = json_object();
        tree_put_text(one, "id", source->id);
        tree_put_text(one, "title", source->title);
        tree_put_text(one, "page", source->page);
        json_array_append_new(sources, one);
    }
    tree_put_text(object, "schema", SCHEMA);
    tree_put(object, "workloads", list);
    tree_put(object, "sources", sources);
    return object;
}

static const View list_view = {draw_list, json_of, NULL, NULL};
static const View workload_view = {draw_workload, json_of, NULL, NULL};

static int
unknown_workload(const char *name)
{
    const Workloads *workloads = workloads_builtin();
    Nearest nearest = {.given = name};
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
    for (guint i = 0; i < workloads->all->len; i++)
        nearest_consider(&nearest, ((const Workload *)workloads->all->pdata[i])->id);
    fprintf(stderr, "kcdaudit: there is no workload %s%s%s; see: kcdaudit workloads\n",
            shown, nearest.word ? "; perhaps " : "", nearest.word ? nearest.word : "");
    return EXIT_USAGE;
}

static int
cmd_workloads(const Options *options)
{
    g_autoptr(GError) error = NULL;
    const char *name = options->arguments ? options->arguments[0] : NULL;
    const Workload *workload = name ? workload_find(workloads_builtin(), name) : NULL;
    if (name && !workload)
        return unknown_workload(name);
    if (!emit_check(options, &error) ||
        !emit_view(options, workload ? &workload_view : &list_view, workload, &error))
        return cli_fail(error);
    return EXIT_OK;
}

static void
choices(GArray *into)
{
    const Workloads *workloads = workloads_builtin();
    for (guint i = 0; i < workloads->all->len; i++) {
        const Workload *workload = workloads->all->pdata[i];
        Choice choice = {workload->id, workload->title};
        g_array_append_val(into, choice);
    }
}

const Command command_workloads = {
    .name = "workloads",
    .arguments = "[NAME]",
    .summary = "known workloads that delegate; of one what it needs and where it fails",
    .details = "A [delegation] section of the configuration names one: "
               "workload=sql-linked-server.",
    .statuses = {[EXIT_OK] = "told", [EXIT_USAGE] = "there is no such workload"},
    .max_arguments = 1,
    .choices = choices,
    .options = OPTIONS_OUTPUT,
    .run = cmd_workloads,
};
