/* What the parts of the page share: what they are drawn from, and how marks, sections
 * and tables look. */
#include "html_page.h"

#include "hosts.h"
#include "render/gaps.h"

#include "base/text.h"

const HtmlMark html_verdicts[VERDICT_COUNT] = {
    [VERDICT_READY] = {"✓", "ready"},
    [VERDICT_DEGRADED] = {"~", "degraded"},
    [VERDICT_UNKNOWN] = {"?", "unknown"},
    [VERDICT_BROKEN] = {"✗", "broken"},
};

const HtmlMark html_severities[SEVERITY_COUNT] = {
    [SEVERITY_CRITICAL] = {"◆", "critical"},
    [SEVERITY_ERROR] = {"✗", "error"},
    [SEVERITY_WARNING] = {"!", "warning"},
    [SEVERITY_INFO] = {"i", "info"},
};

const HtmlMark html_undetermined = {"?", "unknown"};

void
html_mark(Html *html, const HtmlMark *mark)
{
    g_autofree char *class = g_strconcat("mark ", mark->class, NULL);

    html_element(html, "span", mark->symbol, "class", class, "aria-hidden", "true", NULL);
}

void
html_section(Html *html, const char *id, const char *title)
{
    g_autofree char *heading = g_strconcat(id, "-title", NULL);

    html_start(html, "section", "id", id, "aria-labelledby", heading, "tabindex", "-1",
               NULL);
    html_element(html, "h2", title, "id", heading, NULL);
}

void
html_figure(Html *html, const char *name, guint count)
{
    html_start(html, "b", "data-figure", name, NULL);
    html_text(html, NUMBER(count));
    html_end(html);
}

void
html_list(Html *html, const GPtrArray *texts)
{
    html_start(html, "ul", NULL);
    for (guint i = 0; i < texts->len; i++)
        html_element(html, "li", texts->pdata[i], NULL);
    html_end(html);
}

guint
html_names_number(HtmlNames *names, const char *name)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(names->numbers, name));

    if (number == 0) {
        g_ptr_array_add(names->names, (gpointer)name);
        number = names->names->len;
        g_hash_table_insert(names->numbers, (gpointer)name, GUINT_TO_POINTER(number));
    }
    return number - 1;
}

void
html_headings(Html *html, const char *const *columns, guint count)
{
    html_start(html, "thead", NULL);
    html_start(html, "tr", NULL);
    for (guint i = 0; i < count; i++)
        html_element(html, "th", columns[i], "scope", "col", NULL);
    html_end(html);
    html_end(html);
}

/* Two of one name, of two domains, get a number each. */
static void
number_account(HtmlNames *names, const Account *account)
{
    gpointer number = GUINT_TO_POINTER(names->names->len + 1);

    if (!account || g_hash_table_contains(names->accounted, account))
        return;
    g_hash_table_insert(names->accounted, (gpointer)account, number);
    g_ptr_array_add(names->accounts, (gpointer)account);
    g_ptr_array_add(names->names, (gpointer)account->name);
    if (!g_hash_table_contains(names->numbers, account->name))
        g_hash_table_insert(names->numbers, (gpointer)account->name, number);
}

static void
number_edge(HtmlNames *names, const Edge *edge)
{
    number_account(names, edge->source.account);
    number_account(names, edge->target.account);
    for (guint i = 0; i < edge->spns->len; i++) {
        const Pair *pair = ((const EdgeSpn *)edge->spns->pdata[i])->pair;

        number_account(names, pair ? pair->source : NULL);
        number_account(names, pair ? pair->target : NULL);
    }
}

static HtmlNames
names_of(const Audit *audit, const HtmlEdges *edges)
{
    HtmlNames names = {
        .names = g_ptr_array_new(),
        .numbers = g_hash_table_new(g_str_hash, g_str_equal),
        .accounts = g_ptr_array_new(),
        .accounted = g_hash_table_new(NULL, NULL),
    };

    for (guint i = 0; i < audit->hosts->len; i++)
        number_account(&names, ((const Host *)audit->hosts->pdata[i])->account);
    for (guint i = 0; i < edges->shown->len; i++)
        number_edge(&names, edges->shown->pdata[i]);
    return names;
}

HtmlPage
html_page_of(const Report *report, GString *out)
{
    const Audit *audit = report->audit;
    Sheet *sheet = findings_new(report, FOLD_ALIKE);
    HtmlEdges *edges = html_edges_of(audit, sheet);

    return (HtmlPage){
        .html = html_of(out),
        .report = report,
        .audit = audit,
        .tally = tally_of(audit),
        .sheet = sheet,
        .edges = edges,
        .hosts = hosts_gather(audit),
        .gaps = gaps_of(audit),
        .names = names_of(audit, edges),
    };
}

void
html_page_clear(HtmlPage *page)
{
    html_clear(&page->html);
    html_edges_free(page->edges);
    findings_free(page->sheet);
    g_ptr_array_unref(page->hosts);
    g_ptr_array_unref(page->gaps);
    g_ptr_array_unref(page->names.names);
    g_hash_table_unref(page->names.numbers);
    g_ptr_array_unref(page->names.accounts);
    g_hash_table_unref(page->names.accounted);
}
