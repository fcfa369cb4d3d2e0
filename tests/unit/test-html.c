#include "base/embed.h"
#include "base/text.h"
#include "model/spn.h"
#include "render/formats.h"
#include "render/html_json.h"
#include "render/html_page.h"
#include "render/html_writer.h"

#include <jansson.h>
#include <string.h>

#define BASE "DC=contoso,DC=com"
#define NOON 1795219200000000 /* 2026-11-21 00:00 UTC */

/* Writing. */

static void
test_text_is_quoted(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(Html) html = html_of(out);

    html_start(&html, "p", "title", "\"><script>'&", "hidden", "", "lang", NULL, NULL);
    html_text(&html, "</p><script>alert(1)</script>");
    html_say(&html, " %s", "a & b");
    html_end(&html);
    g_assert_cmpstr(out->str, ==,
                    "<p title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\" hidden=\"\">"
                    "&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt; a &amp; b</p>\n");
}

static void
test_what_cannot_be_seen_is_shown(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(Html) html = html_of(out);

    html_element(&html, "b",
                 "a\xE2\x80\xAE"
                 "b\x1b[31m\xE2\x80\xA8\xff",
                 NULL);
    g_assert_cmpstr(out->str, ==, "<b>a\\u{202E}b\\x1b[31m\\u{2028}\\xff</b>");
    g_string_truncate(out, 0);
    html_lines(&html, "one\n<two>\r\n");
    g_assert_cmpstr(out->str, ==, "one\n&lt;two&gt;\\x0d\n");
}

static void
test_elements_are_ended_in_order(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(Html) html = html_of(out);

    html_start(&html, "i", NULL);
    html_start(&html, "b", NULL);
    html_void(&html, "br", NULL);
    html_end(&html);
    html_end(&html);
    g_assert_cmpstr(out->str, ==, "<i><b><br></b></i>");
}

/* Data. */

static void
test_data_is_json_and_no_markup(void)
{
    static const char hostile[] = "</script><!--&\"\\\xE2\x80\xA8\x01\xff'";
    g_autoptr(GString) out = g_string_new(NULL);
    HtmlStrings strings;

    html_strings_init(&strings);
    html_json_open(out, '{');
    html_json_key(out, "texts");
    html_json_open(out, '[');
    html_json_text(out, hostile);
    html_json_text(out, NULL);
    html_json_visible(out, "\001\020");
    html_json_close(out, ']');
    html_json_key(out, "numbers");
    html_json_open(out, '[');
    html_json_number(out, html_strings_number(&strings, "a", FALSE));
    html_json_number(out, html_strings_number(&strings, "\001", TRUE));
    html_json_number(out, html_strings_number(&strings, "a", FALSE));
    html_json_number(out, html_strings_number(&strings, NULL, FALSE));
    html_json_close(out, ']');
    html_json_close(out, '}');
    g_assert_null(strpbrk(out->str, "<>&'"));
    g_assert_null(strstr(out->str, "\xE2\x80\xA8"));

    json_error_t error;
    json_t *root = json_loads(out->str, 0, &error);
    g_assert_nonnull(root);
    json_t *texts = json_object_get(root, "texts");
    json_t *numbers = json_object_get(root, "numbers");
    g_assert_cmpstr(json_string_value(json_array_get(texts, 0)), ==,
                    "</script><!--&\"\\\\u{2028}\\x01\\xff'");
    g_assert_true(json_is_null(json_array_get(texts, 1)));
    g_assert_cmpstr(json_string_value(json_array_get(texts, 2)), ==, "\001\020");
    static const int expected[] = {0, 1, 0, -1};
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpint((int)json_integer_value(json_array_get(numbers, i)), ==,
                        expected[i]);
    json_decref(root);
    g_assert_cmpuint(strings.texts->len, ==, 2);
    html_strings_clear(&strings);
}

/* What the page carries of its own. */

static void
test_own_files_end_nothing(void)
{
    static const char *const files[] = {"report.css", "findings.css", "edges.css",
                                        "base.js",    "matrix.js",    "panel.js",
                                        "edges.js",   "filter.js",    "page.js"};

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        const char *text = embed_find(files[i]);

        g_assert_nonnull(text);
        g_assert_null(strstr(text, "</"));
        g_assert_null(strstr(text, "<!--"));
        g_assert_null(strstr(text, "innerHTML"));
        g_assert_null(strstr(text, "http:"));
        g_assert_null(strstr(text, "https:"));
        g_assert_null(strstr(text, "@import"));
    }
}

/* Static markup has no code of its own, and the marks that the rest of the page has. */
static void
test_own_markup(void)
{
    static const char *const files[] = {"page.html", "legend.html"};
    static const char marked[] = "<span class=\"mark ";

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        const char *text = embed_find(files[i]);
        guint marks = 0;

        g_assert_nonnull(text);
        g_assert_null(strstr(text, "<script"));
        g_assert_null(strstr(text, "<style"));
        g_assert_null(strstr(text, " style="));
        g_assert_false(g_regex_match_simple(" on[a-z]+=", text, 0, 0));
        g_assert_null(strstr(text, "src="));
        g_assert_null(strstr(text, "https:"));
        for (const char *at = text; (at = strstr(at, marked)); at++) {
            bool known = false;

            for (guint v = 0; v < VERDICT_COUNT; v++) {
                const HtmlMark *mark = &html_verdicts[v];
                g_autofree char *whole =
                    g_strdup_printf("%s%s\" aria-hidden=\"true\">%s</span>%s", marked,
                                    mark->class, mark->symbol, mark->class);

                known = known || g_str_has_prefix(at, whole);
            }
            g_assert_true(known);
            marks++;
        }
        g_assert_cmpuint(marks, ==, VERDICT_COUNT);
    }
}

/* Whole pages. */

typedef struct {
    Estate *estate;
    Policy *policy;
    Audit *audit;
    GPtrArray *fixes;
    GPtrArray *runs;
    Report report;
} Case;

static Account *
add_account(Estate *estate, const char *name, guint kinds)
{
    g_autofree char *dn =
        g_strdup_printf("CN=%u,OU=Hyper-V," BASE, estate->accounts->len);
    g_autofree char *sam = g_strdup_printf("%s$", name);
    Account *account = estate_add_account(estate, dn, NULL);

    account->sam = estate_string(estate, sam);
    account->name = estate_string(estate, name);
    account->kinds = kinds;
    account->sid = sid_of_rid(&((Domain *)estate->domains->pdata[0])->sid,
                              1100 + estate->accounts->len);
    account->primary_group = 515;
    account->token_groups = g_array_new(FALSE, FALSE, sizeof(Sid));
    account->etypes = 28;
    account->password_set_us = estate->collected_us + 1;
    return account;
}

static void
add_host(Case *c, const char *name, const char *partner, bool registered)
{
    Account *account = add_account(c->estate, name, KIND_COMPUTER);
    static const char *const classes[] = {SPN_CIFS, SPN_MIGRATION};

    account->uac = UAC_WORKSTATION | UAC_T2A4D;
    g_ptr_array_add(account->spns, (gpointer) "TERMSRV/any");
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *own = spn_of(classes[i], name);
        g_autofree char *other = spn_of(classes[i], partner);

        if (registered)
            g_ptr_array_add(account->spns, (gpointer)estate_string(c->estate, own));
        g_ptr_array_add(account->delegate_to, (gpointer)estate_string(c->estate, other));
    }
}

/* Two hosts of these names, each delegated to the other. */
static Case
case_new(const char *one, const char *other, bool registered)
{
    Case c = {.estate = estate_new(NOON), .policy = policy_new()};
    Domain *domain = estate_add_domain(c.estate, BASE);
    GroupSpec *spec = group_spec_new("prod", ORIGIN_CONFIG);

    domain->dns = "contoso.com";
    domain->netbios = "CONTOSO";
    g_assert_true(sid_parse_text("S-1-5-21-1-2-3", &domain->sid));
    c.estate->domain = "contoso.com";
    c.estate->source_kind = "ldap";
    c.estate->dc = "dc1.contoso.com";
    c.estate->principal = "CONTOSO\\audit";
    c.estate->spns_forest_wide = true;
    c.estate->aliases_read = true;
    Account *krbtgt = add_account(c.estate, "krbtgt", KIND_USER);
    krbtgt->sam = "krbtgt";
    krbtgt->sid = sid_of_rid(&domain->sid, 502);
    add_host(&c, one, other, registered);
    add_host(&c, other, one, true);
    spec->names = NAMES_SHORT;
    g_ptr_array_add(spec->hosts, g_strdup("*"));
    g_ptr_array_add(c.policy->groups, spec);
    return c;
}

static void
case_audit(Case *c)
{
    g_autoptr(GError) error = NULL;

    estate_freeze(c->estate);
    audit_new(c->estate, c->policy, &c->audit, &error);
    g_assert_no_error(error);
    audit_run(c->audit);
}

static GString *
case_draw(Case *c)
{
    GString *out = g_string_new(NULL);

    c->fixes = fix_plan(c->audit);
    c->report.audit = c->audit;
    c->report.fixes = c->fixes;
    c->report.tool_version = "0.1.0";
    c->report.started_us = NOON;
    c->report.duration_ms = 1234;
    render_html(&c->report, out);
    return out;
}

static GString *
case_render(Case *c)
{
    case_audit(c);
    return case_draw(c);
}

static void
case_clear(Case *c)
{
    g_ptr_array_unref(c->fixes);
    audit_free(c->audit);
    policy_free(c->policy);
    estate_free(c->estate);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Case, case_clear)

static guint
count_of(const GString *page, const char *text)
{
    guint count = 0;

    for (const char *at = page->str; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

static void
test_a_ready_pair(void)
{
    g_auto(Case) c = case_new("HV01", "HV02", true);
    g_autoptr(GString) page = case_render(&c);

    g_assert_true(g_str_has_prefix(page->str, "<!DOCTYPE html>\n<html lang=\"en\">"));
    g_assert_null(strstr(page->str, "{{"));
    g_assert_true(g_str_has_suffix(page->str, "</html>\n"));
    g_assert_cmpuint(count_of(page, "<td class=r>✓"), ==, 2);
    g_assert_cmpuint(count_of(page, "<td class=b>"), ==, 0);
    g_assert_nonnull(strstr(page->str, "both migration directions work"));
    g_assert_nonnull(strstr(page->str, "dc1.contoso.com"));
}

/* A target that answers to nothing is broken, and its page says how to fix it. */
static void
test_a_missing_spn(void)
{
    g_auto(Case) c = case_new("HV01", "HV02", false);
    g_autoptr(GString) page = case_render(&c);

    g_assert_cmpuint(count_of(page, "<td class=b>✗"), ==, 1);
    g_assert_nonnull(strstr(page->str,
                            "setspn -S &quot;Microsoft Virtual System Migration "
                            "Service/HV01&quot; HV01"));
}

static void
test_a_hostile_name(void)
{
    g_auto(Case) c =
        case_new("</script><script>alert(1)//", "\xE2\x80\xAE\"onload='x", false);
    g_autoptr(GString) page = case_render(&c);

    g_assert_cmpuint(count_of(page, "<script"), ==, 2);
    g_assert_cmpuint(count_of(page, "</script"), ==, 2);
    g_assert_null(strstr(page->str, "\xE2\x80\xAE"));
    g_assert_null(strstr(page->str, "\"onload"));
    g_assert_nonnull(strstr(page->str, "&lt;script&gt;alert(1)//"));
    g_assert_nonnull(strstr(page->str, "\\u{202E}&quot;onload=&#39;x"));
}

/* Delegations. */

static void
chain_unref(gpointer data)
{
    Chain *chain = data;

    g_ptr_array_unref(chain->steps);
    g_free(chain);
}

/* In place of those that were found. */
static Chains *
chains_by_hand(Case *c)
{
    Chains *chains = g_new0(Chains, 1);

    chains->chains = g_ptr_array_new_with_free_func(chain_unref);
    chains->cut = g_array_new(FALSE, FALSE, sizeof(Cut));
    chains->reaching = g_array_new(FALSE, FALSE, sizeof(Reaching));
    chains_free(c->audit->chains);
    c->audit->chains = chains;
    return chains;
}

static void
add_chain(Chains *chains, bool tier0, const Edge *const *steps, guint count)
{
    Chain *chain = g_new0(Chain, 1);

    chain->steps = g_ptr_array_new();
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(chain->steps, (gpointer)steps[i]);
    chain->from = steps[0]->source.account;
    chain->to = steps[count - 1]->target.account;
    chain->tier0 = tier0;
    g_ptr_array_add(chains->chains, chain);
    chains->count++;
}

static Edge *
edge_by_hand(const Account *from, Leg way, const Account *to)
{
    Edge *edge = g_new0(Edge, 1);

    edge->id = g_strdup_printf("%s>%s", from->name, to->name);
    edge->source = (Principal){PRINCIPAL_USER, from, from->sid, from->name, NULL};
    edge->target = (Principal){PRINCIPAL_USER, to, to->sid, to->name, NULL};
    edge->way = way;
    edge->spns = g_ptr_array_new();
    edge->reasons = list_new();
    edge->own = list_new();
    return edge;
}

/* Five that lead to one are drawn as one, and what to remove is numbered. */
static void
test_chains_are_drawn(void)
{
    g_auto(Case) c = case_new("HV01", "HV02", true);
    g_autoptr(GPtrArray) edges =
        g_ptr_array_new_with_free_func((GDestroyNotify)edge_free);
    const Account *middle = add_account(c.estate, "svc-<i>middle</i>", KIND_USER);
    const Account *end = add_account(c.estate, "DC1", KIND_COMPUTER);
    const Account *sources[5];

    for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
        g_autofree char *name = g_strdup_printf("web%u", i);

        sources[i] = add_account(c.estate, name, KIND_USER);
    }
    c.policy->reach = REACH_DOMAIN;
    case_audit(&c);
    Chains *chains = chains_by_hand(&c);
    Edge *last = edge_by_hand(middle, LEG_RBCD, end);
    Cut cut = {last, 6};
    g_ptr_array_add(edges, last);
    g_array_append_val(chains->cut, cut);
    for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
        Edge *first = edge_by_hand(sources[i], LEG_KCD, middle);
        const Edge *steps[] = {first, last};

        g_ptr_array_add(edges, first);
        add_chain(chains, true, steps, G_N_ELEMENTS(steps));
    }
    g_autoptr(GString) page = case_draw(&c);
    g_assert_cmpuint(count_of(page, "<g class=\"node"), ==, 3);
    g_assert_cmpuint(count_of(page, "<g class=\"node tier0\">"), ==, 1);
    g_assert_nonnull(strstr(page->str, ">5 accounts</text>"));
    g_assert_nonnull(strstr(page->str, "<title>web0, web1, web2, web3, web4</title>"));
    g_assert_cmpuint(count_of(page, "<g class=\"link kcd\"><title>web0"), ==, 1);
    g_assert_cmpuint(count_of(page, "<g class=\"link rbcd cut\"><title>"), ==, 1);
    g_assert_nonnull(strstr(page->str, "6 accounts no longer reach Tier 0"));
    g_assert_nonnull(strstr(page->str, "web3 may act on svc-&lt;i&gt;middle&lt;/i&gt; "
                                       "(constrained), svc-&lt;i&gt;middle&lt;/i&gt; on "
                                       "DC1 (RBCD)"));
    g_assert_null(strstr(page->str, "<i>"));
}

/* Two hundred ways that share nothing are told, not drawn. */
static void
test_too_many_chains_are_a_table(void)
{
    g_auto(Case) c = case_new("HV01", "HV02", true);
    g_autoptr(GPtrArray) edges =
        g_ptr_array_new_with_free_func((GDestroyNotify)edge_free);
    const Account *accounts[3 * CHAINS_LISTED];

    for (guint i = 0; i < G_N_ELEMENTS(accounts); i++) {
        g_autofree char *name = g_strdup_printf("svc-%u", i);

        accounts[i] = add_account(c.estate, name, KIND_USER);
    }
    c.policy->reach = REACH_DOMAIN;
    case_audit(&c);
    Chains *chains = chains_by_hand(&c);
    for (guint i = 0; i < CHAINS_LISTED; i++) {
        const Account *const *of = accounts + (gsize)3 * i;
        const Edge *steps[] = {edge_by_hand(of[0], LEG_KCD, of[1]),
                               edge_by_hand(of[1], LEG_KCD, of[2])};

        g_ptr_array_add(edges, (gpointer)steps[0]);
        g_ptr_array_add(edges, (gpointer)steps[1]);
        add_chain(chains, false, steps, G_N_ELEMENTS(steps));
    }
    chains->count = 5000;
    g_autoptr(GString) page = case_draw(&c);
    g_assert_null(strstr(page->str, "id=\"chains-graph\""));
    g_assert_nonnull(strstr(page->str, "600 accounts would be too many to read"));
    g_assert_nonnull(strstr(page->str, "id=\"chains-words\" open=\"\""));
    g_assert_nonnull(strstr(page->str, "5,000 chains"));
    g_assert_cmpuint(count_of(page, " may act on "), ==, CHAINS_LISTED);
}

/* Only a past makes a trend, and this audit stands in it last. */
static void
test_a_trend(void)
{
    g_autoptr(PastRun) before = past_run_new();
    g_autoptr(PastRun) now = past_run_new();
    g_autoptr(GPtrArray) runs = g_ptr_array_new();
    Trend trend = {.place = "history", .runs = runs, .fresh = 3, .mended = 4};

    before->number = 7;
    before->started_us = NOON - G_GINT64_CONSTANT(86400) * G_USEC_PER_SEC;
    before->pairs[VERDICT_BROKEN] = 2;
    now->number = 8;
    now->started_us = NOON;
    now->pairs[VERDICT_READY] = 2;
    g_ptr_array_add(runs, now);
    {
        g_auto(Case) c = case_new("HV01", "HV02", true);
        c.report.trend = &trend;
        g_autoptr(GString) page = case_render(&c);
        g_assert_null(strstr(page->str, "id=\"trend\""));
    }
    g_ptr_array_insert(runs, 0, before);
    g_auto(Case) c = case_new("HV01", "HV02", true);
    c.report.trend = &trend;
    g_autoptr(GString) page = case_render(&c);
    g_assert_nonnull(strstr(page->str, "id=\"trend\""));
    g_assert_nonnull(strstr(page->str, "Since 2026-11-20 00:00 UTC: "
                                       "<b data-figure=\"fresh\">3</b> new, "
                                       "<b data-figure=\"fixed\">4</b> fixed"));
    const char *eight = strstr(page->str, "<th scope=\"row\">8</th>");
    const char *seven = strstr(page->str, "<th scope=\"row\">7</th>");
    g_assert_true(eight && seven && eight < seven);
}

/* An audit that lacks evidence says so above its figures. */
static void
test_incomplete(void)
{
    g_auto(Case) c = case_new("HV01", "HV02", true);

    estate_add_gap(c.estate, "userAccountControl of <HV09>", "no right");
    g_autoptr(GString) page = case_render(&c);
    const char *notice = strstr(page->str, "This audit is incomplete.");
    const char *figures = strstr(page->str, "id=\"figures-title\"");
    g_assert_true(notice && figures && notice < figures);
    g_assert_nonnull(strstr(page->str, "userAccountControl of &lt;HV09&gt;"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/html/text-is-quoted", test_text_is_quoted);
    g_test_add_func("/html/what-cannot-be-seen-is-shown",
                    test_what_cannot_be_seen_is_shown);
    g_test_add_func("/html/elements-are-ended-in-order",
                    test_elements_are_ended_in_order);
    g_test_add_func("/html/data-is-json-and-no-markup", test_data_is_json_and_no_markup);
    g_test_add_func("/html/own-files-end-nothing", test_own_files_end_nothing);
    g_test_add_func("/html/own-markup", test_own_markup);
    g_test_add_func("/html/a-ready-pair", test_a_ready_pair);
    g_test_add_func("/html/a-missing-spn", test_a_missing_spn);
    g_test_add_func("/html/a-hostile-name", test_a_hostile_name);
    g_test_add_func("/html/chains", test_chains_are_drawn);
    g_test_add_func("/html/too-many-chains", test_too_many_chains_are_a_table);
    g_test_add_func("/html/a-trend", test_a_trend);
    g_test_add_func("/html/incomplete", test_incomplete);
    return g_test_run();
}
