/* Delegations for people: each in a row, what is at risk, the ways to Tier 0. */
#include "edges.h"

#include "audit/conditions.h"
#include "base/text.h"
#include "matrix.h"
#include "render/table.h"
#include "render/tally.h"

#define INDENT 2
#define AT_DETAIL 6
#define RISKS_SHOWN 30
#define CHAINS_SHOWN 10
#define CUT_SHOWN 10

/* Words. */

char *
edge_source_kind(const Edge *edge)
{
    static const char *const kinds[PRINCIPAL_COUNT] = {
        [PRINCIPAL_COMPUTER] = "computer",
        [PRINCIPAL_USER] = "user",
        [PRINCIPAL_GMSA] = "gMSA",
        [PRINCIPAL_DMSA] = "dMSA",
        [PRINCIPAL_GROUP] = "group",
        [PRINCIPAL_WELLKNOWN] = "well-known",
        [PRINCIPAL_FOREIGN] = "of another domain",
        [PRINCIPAL_ORPHAN] = "deleted account",
    };

    if (edge->source.kind == PRINCIPAL_GROUP && edge->members > 0)
        return g_strdup_printf("group of %u", edge->members);
    return g_strdup(kinds[edge->source.kind]);
}

const char *
edge_way_words(const Edge *edge)
{
    switch (edge->way) {
    case LEG_KCD:
        return edge->transition ? "constrained, any protocol" : "constrained";
    case LEG_RBCD:
        return "RBCD";
    case LEG_UNCONSTRAINED:
        return "unconstrained";
    }
    g_assert_not_reached();
}

char *
edge_services(const Edge *edge)
{
    if (edge->way != LEG_KCD || edge->spns->len == 0)
        return g_strdup("any service");
    const EdgeSpn *first = edge->spns->pdata[0];
    return edge->spns->len == 1
               ? g_strdup(first->spn)
               : g_strdup_printf("%s and %u more", first->spn, edge->spns->len - 1);
}

char *
edge_principal_words(const Audit *audit, const Principal *principal)
{
    bool elsewhere = principal->domain && audit->estate->domain &&
                     !text_equal(principal->domain, audit->estate->domain);

    return elsewhere ? g_strdup_printf("%s@%s", principal->name, principal->domain)
                     : g_strdup(principal->name);
}

char *
edge_owner_words(const Audit *audit, const Edge *edge)
{
    static const char *const nobody[OWNER_COUNT] = {
        [OWNER_NONE] = "nobody",
        [OWNER_SEVERAL] = "several accounts",
        [OWNER_ANY] = "whoever",
        [OWNER_UNKNOWN] = "not determined",
    };

    return edge->owner == OWNER_FOUND ? edge_principal_words(audit, &edge->target)
                                      : g_strdup(nobody[edge->owner]);
}

static void
add_reasons(GPtrArray *reasons, const List *more)
{
    for (guint i = 0; i < more->len; i++)
        if (!g_ptr_array_find_with_equal_func(reasons, more->pdata[i], g_str_equal, NULL))
            g_ptr_array_add(reasons, more->pdata[i]);
}

GPtrArray *
edge_reasons(const Edge *edge)
{
    GPtrArray *reasons = g_ptr_array_new();

    add_reasons(reasons, edge->reasons);
    for (guint i = 0; i < edge->spns->len; i++) {
        const EdgeSpn *spn = edge->spns->pdata[i];

        if (spn->verdict != VERDICT_READY)
            add_reasons(reasons, list_at(spn->reasons));
    }
    return reasons;
}

char *
edge_risk_words(const Edge *edge)
{
    static const char *const words[RISK_COUNT] = {
        [RISK_BROKEN] = "broken", [RISK_UNDECLARED] = "undeclared",
        [RISK_TIER0] = "Tier 0",  [RISK_GHOST] = "ghost",
        [RISK_BROAD] = "broad",   [RISK_UNCONSTRAINED] = "unconstrained",
    };
    guint risks = edge_risks(edge);
    GString *out = g_string_new(edge->missing          ? "missing"
                                : edge_by_design(edge) ? "by design"
                                                       : NULL);

    /* That it is broken stands in the column before. */
    for (guint i = 0; i < RISK_COUNT; i++)
        if (i != RISK_BROKEN && (risks & 1u << i) != 0)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", words[i]);
    return g_string_free(out, FALSE);
}

const char *
edge_declared_word(const Edge *edge)
{
    bool known = false;
    bool all = true;

    for (guint i = 0; i < edge->spns->len; i++) {
        const EdgeSpn *spn = edge->spns->pdata[i];

        known = known || spn->declared != TRI_UNKNOWN;
        all = all && spn->declared == TRI_YES;
    }
    if (edge->undeclared)
        return "no";
    return !known ? NULL : all ? "yes" : "in part";
}

/* The table. */

static bool
any_declared(const GPtrArray *edges)
{
    for (guint i = 0; i < edges->len; i++)
        if (edge_declared_word(edges->pdata[i]))
            return true;
    return false;
}

/* Of several reasons that one which decides: what broke it, or what is unknown. */
static const char *
main_reason(const Audit *audit, const Edge *edge)
{
    g_autoptr(GPtrArray) reasons = edge_reasons(edge);
    ConditionState decides =
        edge->verdict == VERDICT_UNKNOWN ? CONDITION_UNKNOWN : CONDITION_FAIL;
    Verdict made = edge->verdict == VERDICT_UNKNOWN ? VERDICT_UNKNOWN : VERDICT_BROKEN;

    if (edge_kerberos_only(audit, edge))
        return "for users who come with Kerberos";
    for (guint i = 0; reasons->len > 1 && i < edge->spns->len; i++) {
        const EdgeSpn *spn = edge->spns->pdata[i];

        if (!spn->pair || spn->verdict != made)
            continue;
        g_autoptr(ConditionList) list = conditions_of(audit, spn->pair);
        for (guint c = 0; c < list->all->len; c++) {
            const Condition *condition = list->all->pdata[c];
            guint at;

            if (condition->state == decides && condition->why &&
                g_ptr_array_find_with_equal_func(reasons, condition->why, g_str_equal,
                                                 &at))
                return reasons->pdata[at];
        }
    }
    return reasons->len > 0 ? reasons->pdata[0] : NULL;
}

/* "Tier 0: only some ..." */
static char *
note_of(const Audit *audit, const Edge *edge)
{
    g_autofree char *risks = edge_risk_words(edge);
    const char *why = edge->verdict != VERDICT_READY ? main_reason(audit, edge) : NULL;

    return g_strconcat(risks, *risks && why ? ": " : "", why, NULL);
}

static void
add_head(Table *table, bool declared)
{
    static const char *const titles[] = {"SOURCE", "KIND", "WAY", "TO", "OWNER", "WORKS"};

    for (guint i = 0; i < G_N_ELEMENTS(titles); i++)
        table_add(table, STYLE_FAINT, titles[i]);
    if (declared)
        table_add(table, STYLE_FAINT, "DECLARED");
    table_add(table, STYLE_FAINT, "RISK");
}

static void
add_row(Table *table, const Audit *audit, const Edge *edge, bool declared)
{
    bool faint = edge_by_design(edge);
    Style plain = faint ? STYLE_FAINT : STYLE_PLAIN;
    bool bad = (edge_risks(edge) & ~(1u << RISK_BROKEN)) != 0;
    g_autofree char *source = edge_principal_words(audit, &edge->source);
    g_autofree char *kind = edge_source_kind(edge);
    g_autofree char *services = edge_services(edge);
    g_autofree char *owner = edge_owner_words(audit, edge);
    g_autofree char *note = note_of(audit, edge);

    table_add(table, faint ? STYLE_FAINT : STYLE_STRONG, source);
    table_add(table, plain, kind);
    table_add(table, plain, edge_way_words(edge));
    table_add(table, plain, services);
    table_add(table, edge->owner == OWNER_NONE ? STYLE_BAD : plain, owner);
    table_add(table, faint ? STYLE_FAINT : matrix_style(edge->verdict),
              verdict_names[edge->verdict]);
    if (declared)
        table_add(table, plain, edge_declared_word(edge));
    table_add(table, faint ? STYLE_FAINT : bad ? STYLE_BAD : STYLE_PLAIN, note);
}

static void
draw_detail(Page *page, const Edge *edge)
{
    for (guint i = 0; i < edge->spns->len; i++) {
        const EdgeSpn *spn = edge->spns->pdata[i];
        const List *reasons = list_at(spn->reasons);

        page_tab(page, AT_DETAIL);
        page_say(page, AT_DETAIL, STYLE_PLAIN, "%s ", spn->spn);
        page_say(page, AT_DETAIL, matrix_style(spn->verdict), "%s",
                 verdict_names[spn->verdict]);
        for (guint r = 0; r < reasons->len; r++)
            page_say(page, AT_DETAIL, STYLE_FAINT, "%s%s", r == 0 ? ": " : "; ",
                     (const char *)reasons->pdata[r]);
        page_end(page);
    }
    for (guint i = 0; edge->spns->len == 0 && i < edge->reasons->len; i++) {
        page_tab(page, AT_DETAIL);
        page_flow(page, AT_DETAIL, STYLE_FAINT, edge->reasons->pdata[i]);
        page_end(page);
    }
}

void
edges_draw(Page *page, const Audit *audit, const GPtrArray *edges, guint limit,
           bool verbose)
{
    bool declared = any_declared(edges);
    guint columns = declared ? 8 : 7;

    if (edges->len == 0)
        return;
    if (!verbose) {
        g_autoptr(Table) table = table_new(columns, INDENT);

        add_head(table, declared);
        for (guint i = 0; i < MIN(edges->len, limit); i++)
            add_row(table, audit, edges->pdata[i], declared);
        table_draw(table, page);
        return;
    }
    for (guint i = 0; i < MIN(edges->len, limit); i++) {
        g_autoptr(Table) table = table_new(columns, INDENT);

        add_row(table, audit, edges->pdata[i], declared);
        table_draw(table, page);
        draw_detail(page, edges->pdata[i]);
    }
}

/* Chains. */

static void
draw_chain(Page *page, const Audit *audit, const Chain *chain)
{
    const char *arrow = page_glyph(page, GLYPH_ARROW);

    page_tab(page, INDENT);
    page_say(page, INDENT + 2, STYLE_STRONG, "%s", chain->from->name);
    for (guint i = 0; i < chain->steps->len; i++) {
        const Edge *step = chain->steps->pdata[i];
        g_autofree char *owner = edge_owner_words(audit, step);

        page_say(page, INDENT + 2, STYLE_PLAIN, " %s %s", arrow, owner);
        page_say(page, INDENT + 2, STYLE_FAINT, " (%s)", edge_way_words(step));
    }
    page_end(page);
}

static void
draw_cut(Page *page, const Audit *audit, const GArray *cut)
{
    if (cut->len == 0)
        return;
    page_tab(page, INDENT);
    if (cut->len == 1)
        page_flow(page, INDENT, STYLE_PLAIN,
                  "Removing this one delegation ends all ways to Tier 0:");
    else
        page_say(page, INDENT, STYLE_PLAIN,
                 "Removing these %u delegations ends all ways to Tier 0:", cut->len);
    page_end(page);
    for (guint i = 0; i < MIN(cut->len, CUT_SHOWN); i++) {
        const Cut *one = &g_array_index(cut, Cut, i);
        g_autofree char *source = edge_principal_words(audit, &one->edge->source);
        g_autofree char *owner = edge_owner_words(audit, one->edge);
        g_autofree char *frees = page_count(one->frees, "account", "accounts");

        page_tab(page, INDENT + 2);
        page_say(page, INDENT + 4, STYLE_STRONG, "%s %s %s", source,
                 page_glyph(page, GLYPH_ARROW), owner);
        page_say(page, INDENT + 4, STYLE_FAINT, " (%s)", edge_way_words(one->edge));
        if (one->frees > 0)
            page_say(page, INDENT + 4, STYLE_PLAIN, ", which alone frees %s", frees);
        page_end(page);
    }
    if (cut->len > CUT_SHOWN) {
        page_tab(page, INDENT + 2);
        page_say(page, INDENT + 2, STYLE_FAINT, "and %u more: kcdaudit delegations",
                 cut->len - CUT_SHOWN);
        page_end(page);
    }
}

void
edges_draw_chains(Page *page, const Audit *audit)
{
    const Chains *chains = audit->chains;
    guint shown = 0;

    if (!chains || (chains->count == 0 && chains->cut->len == 0))
        return;
    page_end(page);
    page_put(page, STYLE_STRONG, "Chains of delegation");
    page_end(page);
    for (guint i = 0; i < chains->chains->len && shown < CHAINS_SHOWN; i++, shown++)
        draw_chain(page, audit, chains->chains->pdata[i]);
    if (chains->count > shown) {
        page_tab(page, INDENT);
        page_say(page, INDENT, STYLE_FAINT, "and %s%s more",
                 chains->more ? "at least " : "", NUMBER(chains->count - shown));
        page_end(page);
    }
    draw_cut(page, audit, chains->cut);
}

/* The section of a report: no wider than the page. */

static void
draw_named(Page *page, const Audit *audit, const Edge *edge)
{
    g_autofree char *source = edge_principal_words(audit, &edge->source);
    g_autofree char *kind = edge_source_kind(edge);
    g_autofree char *services = edge_services(edge);
    g_autofree char *owner = edge_owner_words(audit, edge);
    g_autofree char *note = note_of(audit, edge);
    bool plain = edge->source.kind == PRINCIPAL_COMPUTER;
    bool found = edge->owner == OWNER_FOUND;

    page_tab(page, INDENT);
    page_say(page, AT_DETAIL, STYLE_STRONG, "%s%s%s%s", source, plain ? "" : " (",
             plain ? "" : kind, plain ? "" : ")");
    page_say(page, AT_DETAIL, STYLE_PLAIN, " %s ", page_glyph(page, GLYPH_ARROW));
    page_piece(page, AT_DETAIL, STYLE_PLAIN, services);
    page_say(page, AT_DETAIL, STYLE_PLAIN, "%s%s, %s", found ? " of " : "",
             found ? owner : "", edge_way_words(edge));
    /* That it works is no good news of what should not. */
    page_say(page, AT_DETAIL, STYLE_PLAIN, ": %s", verdict_names[edge->verdict]);
    if (*note)
        page_say(page, AT_DETAIL, edge_risks(edge) != 0 ? STYLE_BAD : STYLE_UNKNOWN,
                 ", %s", note);
    page_end(page);
}

/* What weighs most first. */
static guint
weight(const Edge *edge)
{
    guint risks = edge_risks(edge);
    bool live = edge->verdict != VERDICT_BROKEN;

    return ((risks & 1u << RISK_TIER0) != 0 ? 64u : 0) +
           ((risks & 1u << RISK_BROAD) != 0 ? 32u : 0) +
           ((risks & 1u << RISK_UNCONSTRAINED) != 0 ? 16u : 0) +
           ((risks & 1u << RISK_GHOST) != 0 ? 8u : 0) +
           ((risks & 1u << RISK_UNDECLARED) != 0 ? 4u : 0) + (live ? 0 : 2u) +
           (edge->verdict == VERDICT_UNKNOWN ? 1u : 0);
}

static int
by_weight(gconstpointer a, gconstpointer b)
{
    const Edge *left = *(const Edge *const *)a, *right = *(const Edge *const *)b;
    guint one = weight(left), other = weight(right);

    return one > other ? -1 : one < other ? 1 : strcmp(left->id, right->id);
}

/* Those at risk, then those that were not determined; of hosts' pairs the findings say
 * why. */
static GPtrArray *
to_name(const Audit *audit)
{
    GPtrArray *found = g_ptr_array_new();

    for (guint i = 0; i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];

        if (tally_edge_at_risk(audit, edge) ||
            (edge->verdict == VERDICT_UNKNOWN && !edge->migration))
            g_ptr_array_add(found, (gpointer)edge);
    }
    g_ptr_array_sort(found, by_weight);
    return found;
}

static void
draw_counts(Page *page, const Audit *audit)
{
    Tally tally = tally_of(audit);
    g_autofree char *all = page_count(audit->edges->len, "delegation", "delegations");
    bool first = true;

    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_PLAIN, all);
    for (guint i = 0; i < VERDICT_COUNT; i++) {
        Verdict verdict = tally_verdicts[i];

        if (tally.edges[verdict] == 0)
            continue;
        page_flow(page, INDENT, STYLE_PLAIN, first ? ": " : ", ");
        page_say(page, INDENT, matrix_style(verdict), "%s %s",
                 NUMBER(tally.edges[verdict]), verdict_names[verdict]);
        first = false;
    }
    if (tally.edges_tier0 > 0)
        page_say(page, INDENT, STYLE_BAD, "; %s to Tier 0", NUMBER(tally.edges_tier0));
    if (tally.edges_undeclared > 0)
        page_say(page, INDENT, STYLE_BAD, "; %s undeclared",
                 NUMBER(tally.edges_undeclared));
    page_end(page);
}

void
edges_draw_section(Page *page, const Audit *audit)
{
    if (!audit->edges || audit->edges->len == 0)
        return;
    g_autoptr(GPtrArray) named = to_name(audit);
    if (named->len == 0 && (!audit->chains || audit->chains->count == 0))
        return; /* the headline counts them */

    page_put(page, STYLE_STRONG, "Delegations");
    page_end(page);
    draw_counts(page, audit);
    for (guint i = 0; i < MIN(named->len, RISKS_SHOWN); i++)
        draw_named(page, audit, named->pdata[i]);
    if (named->len > RISKS_SHOWN) {
        page_tab(page, INDENT);
        page_say(page, INDENT, STYLE_FAINT, "and %s more: kcdaudit delegations",
                 NUMBER(named->len - RISKS_SHOWN));
        page_end(page);
    }
    edges_draw_chains(page, audit);
    page_end(page);
}
