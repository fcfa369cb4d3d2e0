/* The report for people: the answer first, then why, then what to run. */
#include "audit/rules.h"
#include "render/blocks.h"
#include "render/formats.h"
#include "render/inventory.h"
#include "render/matrix.h"
#include "render/tally.h"

#include <string.h>

#define GAPS_SHOWN 8
#define SOURCES_SHOWN 8
#define INDENT 2
#define AFTER_WORD 12 /* "  DEGRADED  " */

/* "2026-11-21 01:40 UTC" (transfer full) */
static char *
minute_text(gint64 unix_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(unix_us / G_USEC_PER_SEC);

    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M UTC") : g_strdup("");
}

/* Which audit this is: tool, directory, reader, time. */
static void
draw_head(Page *page, const Report *report)
{
    const Estate *estate = report->audit->estate;
    bool offline = g_strcmp0(estate->source_kind, "ldif") == 0;
    g_autofree char *time = minute_text(report->started_us);

    page_say(page, INDENT, STYLE_STRONG, "kcdaudit %s", report->tool_version);
    page_say(page, INDENT, STYLE_PLAIN, "   %s", estate->domain ? estate->domain : "");
    if (offline && estate->source_uri) {
        page_say(page, INDENT, STYLE_FAINT, " offline from %s", estate->source_uri);
    } else if (estate->dc) {
        page_say(page, INDENT, STYLE_FAINT, " via %s", estate->dc);
    }
    if (estate->principal)
        page_say(page, INDENT, STYLE_FAINT, " as %s", estate->principal);
    page_say(page, INDENT, STYLE_FAINT, "   %s", time);
    page_end(page);
    page_end(page);
}

/* The one word, and the sentence after it. */

static void
say_broken(GString *out, const Tally *tally)
{
    guint broken = tally->verdicts[VERDICT_BROKEN];

    g_string_append_printf(out, "%u of %u pairs cannot migrate", broken, tally->pairs);
}

static void
say_degraded(GString *out, const Tally *tally, bool more)
{
    guint by_name = tally->verdicts[VERDICT_DEGRADED] - tally->signed_in;

    if (tally->signed_in > 0)
        g_string_append_printf(
            out, "%s%u%s only while the operator is signed in on the source",
            more ? "; " : "", tally->signed_in, more ? " more" : "");
    if (by_name > 0)
        g_string_append_printf(out, "%s%u%s only under a condition",
                               out->len > 0 ? "; " : "", by_name, more ? " more" : "");
}

static void
say_unknown(GString *out, const Tally *tally)
{
    g_string_append_printf(out, "%s%u could not be decided", out->len > 0 ? "; " : "",
                           tally->verdicts[VERDICT_UNKNOWN]);
}

/* The word for the worst verdict, and its style. */
static const char *
answer(const Audit *audit, const Tally *tally, GString *out, Style *ret_style)
{
    const guint *verdicts = tally->verdicts;
    bool broken = verdicts[VERDICT_BROKEN] > 0;

    if (tally->pairs == 0) {
        g_string_append(out, "there is no pair of hosts to judge");
        *ret_style = STYLE_WARN;
        return "NO PAIRS";
    }
    if (broken)
        say_broken(out, tally);
    if (verdicts[VERDICT_DEGRADED] > 0)
        say_degraded(out, tally, broken);
    if (verdicts[VERDICT_UNKNOWN] > 0)
        say_unknown(out, tally);
    if (broken) {
        *ret_style = STYLE_WORST;
        return "BROKEN";
    }
    if (verdicts[VERDICT_UNKNOWN] > 0) {
        g_string_append_printf(out, ", of %u pairs", tally->pairs);
        *ret_style = STYLE_UNKNOWN;
        return "UNKNOWN";
    }
    if (verdicts[VERDICT_DEGRADED] > 0) {
        g_string_append_printf(out, ", of %u pairs", tally->pairs);
        *ret_style = STYLE_WARN;
        return "DEGRADED";
    }
    if (tally->pairs <= 2) {
        g_string_append_printf(out, "%s can migrate",
                               tally->pairs == 1 ? "the one pair" : "both pairs");
    } else {
        g_string_append_printf(out, "all %u pairs can migrate", tally->pairs);
    }
    if (audit_worst(audit) >= SEVERITY_ERROR)
        g_string_append(out, ", but there are findings to act on");
    if (audit_incomplete(audit))
        g_string_append(out, "; some other evidence could not be read");
    *ret_style = audit_worst(audit) >= SEVERITY_ERROR || audit_incomplete(audit)
                     ? STYLE_WARN
                     : STYLE_GOOD;
    return "READY";
}

static void
draw_answer(Page *page, const Audit *audit, const Tally *tally)
{
    g_autoptr(GString) sentence = g_string_new(NULL);
    Style style = STYLE_PLAIN;
    const char *word = answer(audit, tally, sentence, &style);

    page_tab(page, INDENT);
    page_put(page, style, word);
    page_tab(page, AFTER_WORD);
    page_flow(page, AFTER_WORD, STYLE_STRONG, sentence->str);
    page_end(page);
}

static void
draw_dot(Page *page)
{
    page_say(page, INDENT, STYLE_FAINT, " %s ", page_glyph(page, GLYPH_DOT));
}

static void
draw_tickets(Page *page, const Tally *tally)
{
    if (!tally->tickets_asked)
        return;
    draw_dot(page);
    page_say(page, INDENT, STYLE_PLAIN, "tickets: %u granted, %u refused", tally->granted,
             tally->refused);
    if (tally->unanswered > 0)
        page_say(page, INDENT, STYLE_UNKNOWN, ", %u unanswered", tally->unanswered);
}

static void
draw_numbers(Page *page, const Tally *tally)
{
    static const Verdict verdicts[] = {VERDICT_READY, VERDICT_DEGRADED, VERDICT_BROKEN,
                                       VERDICT_UNKNOWN};
    g_autofree char *hosts = page_count(tally->hosts - tally->storage, "host", "hosts");
    g_autofree char *storage = page_count(tally->storage, "file server", "file servers");
    g_autofree char *pairs = page_count(tally->pairs, "pair", "pairs");
    bool first = true;

    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_PLAIN, hosts);
    if (tally->storage > 0)
        page_say(page, INDENT, STYLE_PLAIN, " and %s", storage);
    draw_dot(page);
    page_flow(page, INDENT, STYLE_PLAIN, pairs);
    for (guint i = 0; i < G_N_ELEMENTS(verdicts); i++) {
        guint count = tally->verdicts[verdicts[i]];

        if (count == 0)
            continue;
        page_flow(page, INDENT, STYLE_PLAIN, first ? ": " : ", ");
        page_say(page, INDENT, matrix_style(verdicts[i]), "%u %s", count,
                 verdict_names[verdicts[i]]);
        first = false;
    }
    draw_tickets(page, tally);
    page_end(page);
}

static void
draw_finding_counts(Page *page, const Tally *tally)
{
    static const char *const nouns[SEVERITY_COUNT][2] = {
        [SEVERITY_INFO] = {"note", "notes"},
        [SEVERITY_WARNING] = {"warning", "warnings"},
        [SEVERITY_ERROR] = {"error", "errors"},
        [SEVERITY_CRITICAL] = {"critical", "critical"},
    };
    bool first = true;

    page_tab(page, INDENT);
    page_flow(page, INDENT, STYLE_PLAIN, "findings: ");
    for (int i = SEVERITY_COUNT - 1; i >= 0; i--) {
        g_autofree char *count = page_count(tally->failed[i], nouns[i][0], nouns[i][1]);

        if (tally->failed[i] == 0)
            continue;
        page_say(page, INDENT, STYLE_PLAIN, "%s%s", first ? "" : ", ", count);
        first = false;
    }
    if (first)
        page_flow(page, INDENT, STYLE_PLAIN, "none");
    if (tally->undecided > 0)
        page_say(page, INDENT, STYLE_UNKNOWN, ", %u undecided", tally->undecided);
    if (tally->waived > 0)
        page_say(page, INDENT, STYLE_FAINT, " (%u more waived)", tally->waived);
    page_end(page);
}

/* Where there is nothing to judge: why, and what to do. */
static void
draw_no_pairs(Page *page, const Audit *audit, const Tally *tally)
{
    guint hosts = tally->hosts - tally->storage;
    const char *domain = audit->estate->domain ? audit->estate->domain : "the directory";

    page_tab(page, INDENT);
    if (hosts == 0) {
        page_say(page, INDENT, STYLE_PLAIN,
                 "No enabled computer in %s holds a Hyper-V SPN or a Hyper-V service "
                 "connection "
                 "point, or this reader may not see them.",
                 domain);
    } else if (hosts == 1) {
        page_flow(page, INDENT, STYLE_PLAIN, "One host alone has nobody to migrate to.");
    } else {
        page_say(
            page, INDENT, STYLE_PLAIN,
            "%u Hyper-V hosts were found, but no delegation between any two of them, so "
            "who migrates to whom cannot be inferred.",
            hosts);
    }
    page_end(page);
    page_tab(page, INDENT);
    page_flow(
        page, INDENT, STYLE_PLAIN,
        "Name the partners: --host HV01 --host HV02, or a [group] in the configuration "
        "file.");
    page_end(page);
    page_end(page);
}

/* What the audit rests on, and what it did not look at. */

static void
draw_gaps(Page *page, const Report *report)
{
    const GPtrArray *gaps = report->audit->gaps;
    guint limit = report->verbose > 0 ? G_MAXUINT : GAPS_SHOWN;

    if (gaps->len == 0)
        return;
    page_put(page, STYLE_UNKNOWN, "Not read, so not judged");
    page_end(page);
    for (guint i = 0; i < gaps->len && i < limit; i++) {
        const Gap *gap = gaps->pdata[i];

        page_tab(page, INDENT);
        page_say(page, INDENT + 2, STYLE_PLAIN, "%s: %s", gap->what, gap->why);
        page_end(page);
    }
    if (gaps->len > limit) {
        page_tab(page, INDENT);
        page_say(page, INDENT, STYLE_FAINT, "%s %u more (-v shows all)",
                 page_glyph(page, GLYPH_MORE), gaps->len - limit);
        page_end(page);
    }
    page_end(page);
}

static bool
names_operators(const Policy *policy)
{
    return policy && policy->operator_users->len + policy->operator_groups->len > 0;
}

static void
draw_item(Page *page, const char *text)
{
    page_tab(page, AFTER_WORD + 3);
    page_flow(page, AFTER_WORD + 3, STYLE_PLAIN, text);
    page_end(page);
}

/* What was not just asked for but done. */
static void
draw_proofs(Page *page, const Audit *audit, const Tally *tally)
{
    const ProofEvidence *first;

    if (tally->proved == 0)
        return;
    first = audit->proofs->pdata[0];
    page_tab(page, AFTER_WORD + 3);
    page_say(page, AFTER_WORD + 3, STYLE_PLAIN,
             "delegation of %s, done for real from %u of %u sources: %u tickets granted, "
             "%u refused",
             first->user, tally->proved, tally->sources, tally->proofs_granted,
             tally->proofs_refused);
    page_end(page);
}

static void
draw_unproved(Page *page, const Tally *tally, bool offline)
{
    guint left = tally->sources - MIN(tally->proved, tally->sources);

    if (tally->proofs_asked && left > 0) {
        g_autofree char *text =
            g_strdup_printf("delegation from %u of %u sources: not proved, see above",
                            left, tally->sources);

        draw_item(page, text);
    } else if (!tally->proofs_asked && !offline && tally->sources > 0) {
        draw_item(page, "whether the KDC delegates as the directory says: not proved "
                        "(--prove-as USER --prove-keytab FILE with the sources' keys)");
    }
}

/* What the directory does not hold. */
static void
draw_beyond(Page *page, const Audit *audit, bool offline)
{
    g_autofree char *text = g_strdup_printf(
        "what AD does not hold: Kerberos chosen in each host's migration settings, "
        "%slocal policy",
        audit->net ? ""
        : offline  ? "ports, "
                   : "ports (--ports), ");
    draw_item(page, text);
    if (audit->net)
        draw_item(page, "the network between the hosts: ports were tried from here only, "
                        "and UDP not at all");
}

/* What the network said. */
static void
draw_network(Page *page, const Audit *audit, const Tally *tally)
{
    if (!audit->net)
        return;
    g_autofree char *machines = page_count(audit->net->len, "machine", "machines");
    const guint *ports = tally->ports;
    page_tab(page, AFTER_WORD + 3);
    page_say(page, AFTER_WORD + 3, STYLE_PLAIN,
             "names and TCP ports of %s: %u open, %u refused, %u filtered", machines,
             ports[NET_OPEN], ports[NET_REFUSED],
             ports[NET_FILTERED] + ports[NET_UNREACHABLE]);
    page_end(page);
}

static void
draw_basis(Page *page, const Audit *audit, const Tally *tally)
{
    g_autofree char *hosts = page_count(tally->hosts, "host", "hosts");
    g_autofree char *pairs = page_count(tally->pairs, "pair", "pairs");
    g_autofree char *spns = page_count(tally->spns, "SPN", "SPNs");
    g_autofree char *tickets =
        page_count(tally->granted + tally->refused, "test ticket", "test tickets");
    bool offline = g_strcmp0(audit->estate->source_kind, "ldif") == 0;

    page_put(page, STYLE_STRONG, "Checked");
    page_tab(page, AFTER_WORD + 3);
    page_say(page, AFTER_WORD + 3, STYLE_PLAIN, "%s, %s, %s%s%s; SPN owners %s", hosts,
             pairs, spns, tally->tickets_asked ? ", " : "",
             tally->tickets_asked ? tickets : "",
             audit->estate->spns_forest_wide ? "in the whole forest"
                                             : "in what was read only");
    page_end(page);
    draw_network(page, audit, tally);
    draw_proofs(page, audit, tally);
    page_put(page, STYLE_STRONG, "Not checked");
    if (!tally->tickets_asked)
        draw_item(page, offline ? "tickets: an offline audit asks no KDC"
                                : "tickets: none were asked for");
    draw_unproved(page, tally, offline);
    if (!audit->estate->spns_forest_wide)
        draw_item(page, "whether another domain of the forest holds the same SPNs");
    if (!rule_find("ACC-07"))
        draw_item(page, "the operators' own accounts (sensitive, Protected Users)");
    else if (!names_operators(audit->policy))
        draw_item(page, "the operator's own account: name it with --operator USER");
    draw_item(page,
              audit->gpos
                  ? "group policies: security filtering, WMI filters, and in which "
                    "site a host is"
                  : "group policies: mount the SYSVOL and name it with --sysvol DIR");
    draw_beyond(page, audit, offline);
}

/* Samba's KDC looks such names up with the spaces escaped, and finds none; one
 * that grants any of them does not have the fault. */
static void
draw_samba(Page *page, const Audit *audit)
{
    bool refused = audit->tickets == NULL, granted = false;

    for (guint i = 0; audit->tickets && i < audit->tickets->len; i++) {
        const TicketEvidence *ticket = audit->tickets->pdata[i];

        if (strchr(ticket->spn, ' ')) {
            granted = granted || ticket->granted;
            refused = refused || (ticket->answered && !ticket->granted);
        }
    }
    if (!estate_is_samba(audit->estate) || !refused || granted)
        return;
    page_put(page, STYLE_STRONG, "Note");
    page_tab(page, AFTER_WORD + 3);
    page_flow(
        page, AFTER_WORD + 3, STYLE_PLAIN,
        "this domain controller is Samba: its KDC does not find SPNs whose class has "
        "spaces, so it refuses the Migration Service even where the SPN is registered.");
    page_end(page);
}

/* The names of the sources whose cached refusals must go, few enough to read
 * (transfer full). */
static char *
sources_text(const Page *page, const Audit *audit)
{
    GString *out = g_string_new(NULL);
    const Account *last = NULL;
    guint count = 0;

    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = audit->pairs->pdata[i];

        if (pair->verdict == VERDICT_READY || pair->source == last)
            continue;
        last = pair->source;
        if (count++ < SOURCES_SHOWN)
            g_string_append_printf(out, "%s%s", count > 1 ? ", " : "",
                                   pair->source->name);
    }
    if (count > SOURCES_SHOWN)
        g_string_append_printf(out, " %s and %u more", page_glyph(page, GLYPH_MORE),
                               count - SOURCES_SHOWN);
    return g_string_free(out, FALSE);
}

static void
draw_step(Page *page, guint number, const char *text)
{
    g_autofree char *label = g_strdup_printf("%u", number);

    page_tab(page, INDENT);
    page_put(page, STYLE_STRONG, label);
    page_tab(page, INDENT + 3);
    page_flow(page, INDENT + 3, STYLE_PLAIN, text);
    page_end(page);
}

static void
draw_next(Page *page, const Report *report)
{
    g_autofree char *sources = sources_text(page, report->audit);
    g_autofree char *mend = NULL;
    g_autofree char *purge = NULL;
    bool spn = false;
    bool script = false;
    guint step = 0;

    if (!report->fixes || report->fixes->len == 0)
        return;
    for (guint i = 0; i < report->fixes->len; i++) {
        const Fix *fix = report->fixes->pdata[i];

        spn = spn || fix->setspn->len > 0;
        script = script || (fix->setspn->len == 0 && fix->powershell->len > 0);
    }
    page_end(page);
    page_put(page, STYLE_STRONG, "Next");
    page_end(page);
    if (report->fixes_dir) {
        g_autofree char *scripts =
            spn || script ? g_strdup_printf("%s%s%s, or ", spn ? "fix-spn.cmd" : "",
                                            spn && script ? " and " : "",
                                            script ? "fix-delegation.ps1" : "")
                          : g_strdup("");

        mend =
            g_strdup_printf("The fixes are in %s: read them, then run %sldapmodify with "
                            "fix.ldif, as a domain administrator. The undo-* files take "
                            "them back.",
                            report->fixes_dir, scripts);
    } else {
        mend =
            g_strdup("Run the lines marked mend as a domain administrator, or have them "
                     "written as scripts, each with its undo: --fixes DIR.");
    }
    purge = g_strdup_printf("Once replicated, on the sources (%s): klist purge -li 0x3e7",
                            sources);
    draw_step(page, ++step, mend);
    if (*sources)
        draw_step(page, ++step, purge);
    draw_step(
        page, ++step,
        "Hosts remember refusals for up to 15 minutes, and group memberships until their "
        "ticket is renewed (10 hours): then audit again.");
}

void
render_text(const Report *report, GString *out)
{
    const Audit *audit = report->audit;
    Tally tally = tally_of(audit);
    Page page = page_of(out, report->width, report->color, report->utf8);

    if (!report->quiet)
        draw_head(&page, report);
    draw_answer(&page, audit, &tally);
    draw_numbers(&page, &tally);
    draw_finding_counts(&page, &tally);
    if (report->quiet)
        return;
    page_end(&page);
    if (tally.pairs == 0)
        draw_no_pairs(&page, audit, &tally);
    matrix_draw(&page, audit);
    if (report->verbose > 0) {
        inventory_draw_hosts(&page, audit);
        inventory_draw_pairs(&page, audit);
    }
    blocks_draw(&page, report);
    blocks_draw_waived(&page, audit);
    draw_gaps(&page, report);
    draw_basis(&page, audit, &tally);
    draw_samba(&page, audit);
    draw_next(&page, report);
}
