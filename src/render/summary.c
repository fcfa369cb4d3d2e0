/* Puts the sentences together from the tally. */
#include "summary.h"

#include "facts.h"

#include "audit/rules.h"
#include "base/text.h"

#include <string.h>

#define SOURCES_SHOWN 8

char *
summary_minute(gint64 unix_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(unix_us / G_USEC_PER_SEC);

    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M UTC") : g_strdup("");
}

char *
summary_configuration(const Audit *audit)
{
    const GPtrArray *files = audit->policy ? audit->policy->files : NULL;
    GString *text = g_string_new(NULL);

    for (guint i = 0; files && i < files->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               (const char *)files->pdata[i]);
    return g_string_free(text, text->len == 0);
}

const PastRun *
summary_before(const Trend *trend)
{
    guint runs = trend ? trend->runs->len : 0;

    return runs > 1 ? trend->runs->pdata[runs - 2] : NULL;
}

/* The one word, and the sentence after it. */

/* "7 of 14 migration directions fail.", and then "1 works under one name only". */
static void
say_count(GString *out, const Tally *tally, guint count, const char *one,
          const char *many)
{
    if (count == 0)
        return;
    if (out->len == 0)
        g_string_append_printf(out, "%s of %s migration direction%s ", NUMBER(count),
                               NUMBER(tally->pairs), tally->pairs == 1 ? "" : "s");
    else
        g_string_append_printf(out, "%s %s ", g_str_has_suffix(out->str, ".") ? "" : ";",
                               NUMBER(count));
    g_string_append(out, count == 1 ? one : many);
}

static void
say_what_fails(GString *out, const Tally *tally)
{
    guint broken = tally->verdicts[VERDICT_BROKEN];
    bool more = tally->verdicts[VERDICT_READY] + broken < tally->pairs;
    guint under_condition =
        tally->verdicts[VERDICT_DEGRADED] - tally->signed_in - tally->one_name;

    say_count(out, tally, broken, more ? "fails." : "fails", more ? "fail." : "fail");
    say_count(out, tally, tally->signed_in,
              "works only when started on the source host itself",
              "work only when started on the source host itself");
    say_count(out, tally, tally->one_name, "works under one name only",
              "work under one name only");
    say_count(out, tally, under_condition, "works only under a condition",
              "work only under a condition");
    say_count(out, tally, tally->verdicts[VERDICT_UNKNOWN], "was not determined",
              "were not determined");
}

static void
say_what_works(GString *out, const Tally *tally)
{
    if (tally->pairs == 1)
        g_string_append(out, "the one migration direction works");
    else if (tally->pairs == 2)
        g_string_append(out, "both migration directions work");
    else
        g_string_append_printf(out, "all %s migration directions work",
                               NUMBER(tally->pairs));
    if (tally->unanswered > 0)
        g_string_append(out, " by the directory");
}

/* What stands beside the verdicts of the directory. */
static void
say_what_lacks(const Audit *audit, const Tally *tally, GString *out)
{
    guint asked = tally->granted + tally->refused + tally->unanswered;

    if (tally->unanswered > 0)
        g_string_append_printf(out, "; no KDC answered %s of %s test ticket%s",
                               NUMBER(tally->unanswered), NUMBER(asked),
                               asked == 1 ? "" : "s");
    if (audit->gaps->len > 0 || (tally->not_determined > 0 && tally->unanswered == 0))
        g_string_append_printf(out, "; some other evidence %s",
                               estate_is_export(audit->estate) ? "is missing"
                                                               : "could not be read");
}

static void
say_undetermined(GString *out, const Tally *tally)
{
    guint count = tally->edges[VERDICT_UNKNOWN];

    if (count > 0)
        g_string_append_printf(out, "; %s %s not determined", NUMBER(count),
                               count == 1 ? "was" : "were");
}

/* "3 of 20 delegations are at risk" */
static void
say_risk(GString *out, const Tally *tally)
{
    guint all = tally_edges(tally);

    g_string_append_printf(out, "%s of %s delegation%s %s at risk",
                           NUMBER(tally->edges_at_risk), NUMBER(all), all == 1 ? "" : "s",
                           tally->edges_at_risk == 1 ? "is" : "are");
    say_undetermined(out, tally);
}

/* Where no host migrates: what is to be said of the delegations alone. */
static const char *
answer_edges(const Audit *audit, const Tally *tally, GString *out, Style *ret_style)
{
    bool act = audit_worst(audit) >= SEVERITY_ERROR;
    bool incomplete = audit_incomplete(audit) || tally->edges[VERDICT_UNKNOWN] > 0;
    guint all = tally_edges(tally);

    if (tally->edges_at_risk > 0) {
        say_risk(out, tally);
        *ret_style = act ? STYLE_WORST : STYLE_WARN;
        return "AT RISK";
    }
    guint unknown = tally->edges[VERDICT_UNKNOWN];
    if (unknown > 0)
        g_string_append_printf(out, "%s of %s delegation%s %s not determined%s",
                               NUMBER(unknown), NUMBER(all), all == 1 ? "" : "s",
                               unknown == 1 ? "was" : "were",
                               unknown < all ? "; none of the others is at risk" : "");
    else if (all == 1)
        g_string_append(out, "the one delegation is not at risk");
    else
        g_string_append_printf(out, "none of the %s delegations is at risk", NUMBER(all));
    if (act)
        g_string_append(out, ", but there are findings to act on");
    if (incomplete && tally->edges[VERDICT_UNKNOWN] == 0)
        g_string_append(out, "; some evidence could not be read");
    *ret_style = act ? STYLE_WARN : incomplete ? STYLE_UNKNOWN : STYLE_GOOD;
    return act ? "AT RISK" : incomplete ? "UNKNOWN" : "SOUND";
}

static const char *
answer_pairs(const Audit *audit, const Tally *tally, GString *out, Style *ret_style)
{
    static const struct {
        Verdict verdict;
        Style style;
        const char *word;
    } worst[] = {
        {VERDICT_BROKEN, STYLE_WORST, "BROKEN"},
        {VERDICT_UNKNOWN, STYLE_UNKNOWN, "UNKNOWN"},
        {VERDICT_DEGRADED, STYLE_WARN, "DEGRADED"},
    };
    bool act = audit_worst(audit) >= SEVERITY_ERROR;
    bool incomplete = audit_incomplete(audit);

    if (tally->pairs == 0 && tally_edges(tally) > 0)
        return answer_edges(audit, tally, out, ret_style);
    if (tally->pairs == 0) {
        g_string_append(out, "there is no migration direction to judge");
        *ret_style = STYLE_WARN;
        return "NO PAIRS";
    }
    for (guint i = 0; i < G_N_ELEMENTS(worst); i++)
        if (tally->verdicts[worst[i].verdict] > 0) {
            say_what_fails(out, tally);
            *ret_style = worst[i].style;
            return worst[i].word;
        }
    say_what_works(out, tally);
    if (act)
        g_string_append(out, ", but there are findings to act on");
    say_what_lacks(audit, tally, out);
    *ret_style = act || incomplete ? STYLE_WARN : STYLE_GOOD;
    return "READY";
}

const char *
summary_answer(const Audit *audit, const Tally *tally, GString *out, Style *ret_style)
{
    const char *word = answer_pairs(audit, tally, out, ret_style);

    if (tally->pairs > 0 && tally->edges_at_risk > 0) {
        g_string_append(out, g_str_has_suffix(out->str, ".") ? " " : "; ");
        say_risk(out, tally);
        if (*ret_style == STYLE_GOOD)
            *ret_style = STYLE_WARN;
    } else if (tally->pairs > 0 && tally->verdicts[VERDICT_UNKNOWN] == 0 &&
               tally->edges[VERDICT_UNKNOWN] > 0) {
        g_string_append_printf(
            out, "; %s of %s delegation%s", NUMBER(tally->edges[VERDICT_UNKNOWN]),
            NUMBER(tally_edges(tally)), tally_edges(tally) == 1 ? "" : "s");
        g_string_append_printf(out, " %s not determined",
                               tally->edges[VERDICT_UNKNOWN] == 1 ? "was" : "were");
    }
    if (tally->no_winrm > 0)
        g_string_append_printf(out, "; WinRM cannot authenticate to %u host%s",
                               tally->no_winrm, tally->no_winrm == 1 ? "" : "s");
    guint unfit = facts_unfit_hosts(audit);
    if (unfit > 0)
        g_string_append_printf(out, "; by %s own settings %s host%s not ready for it",
                               unfit == 1 ? "its" : "their", NUMBER(unfit),
                               unfit == 1 ? " is" : "s are");
    return word;
}

/* One sentence of a list. */
static void
say(GPtrArray *lines, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
say(GPtrArray *lines, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_ptr_array_add(lines, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

bool
summary_wants_pairs(const Audit *audit, const Tally *tally)
{
    return tally->pairs == 0 &&
           (tally->hosts > tally->storage || audit->policy->reach == REACH_HOSTS ||
            tally_edges(tally) == 0);
}

GPtrArray *
summary_no_pairs(const Audit *audit, const Tally *tally)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    guint hosts = tally->hosts - tally->storage;
    const char *domain = audit->estate->domain ? audit->estate->domain : "the directory";

    if (hosts == 0)
        say(lines,
            "No enabled computer in %s holds a Hyper-V SPN or a Hyper-V service "
            "connection point, or this reader may not see them.",
            domain);
    else if (hosts == 1)
        say(lines, "A single host has no partner to migrate to.");
    else
        say(lines,
            "%s Hyper-V hosts were found, but there is no delegation between any two of "
            "them, so who migrates to whom cannot be inferred.",
            NUMBER(hosts));
    say(lines, "Name the partners: --host HV01 --host HV02, or a [group] in the "
               "configuration file.");
    return lines;
}

GPtrArray *
summary_checked(const Audit *audit, const Tally *tally)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *hosts = page_count(tally->hosts, "host", "hosts");
    g_autofree char *pairs = page_count(tally->pairs, "pair", "pairs");
    g_autofree char *spns = page_count(tally->spns, "SPN", "SPNs");
    g_autofree char *tickets =
        page_count(tally->granted + tally->refused, "test ticket", "test tickets");

    say(lines, "%s, %s, %s%s%s; SPN owners %s", hosts, pairs, spns,
        tally->tickets_asked ? ", " : "", tally->tickets_asked ? tickets : "",
        audit->estate->spns_forest_wide ? "in the whole forest"
                                        : "in what was read only");
    if (audit->net) {
        g_autofree char *machines = page_count(audit->net->len, "machine", "machines");
        const guint *ports = tally->ports;

        say(lines, "names and TCP ports of %s: %s open, %s refused, %s filtered",
            machines, NUMBER(ports[NET_OPEN]), NUMBER(ports[NET_REFUSED]),
            NUMBER(ports[NET_FILTERED] + ports[NET_UNREACHABLE]));
    }
    g_autoptr(GPtrArray) facts = facts_checked(audit);
    for (guint i = 0; i < facts->len; i++)
        say(lines, "%s", (const char *)facts->pdata[i]);
    /* What was not just asked for but done. */
    if (tally->proved > 0)
        say(lines,
            "delegation of %s, tried for real from %s of %s sources: %s tickets "
            "granted, %s refused",
            ((const ProofEvidence *)audit->proofs->pdata[0])->user, NUMBER(tally->proved),
            NUMBER(tally->sources), NUMBER(tally->proofs_granted),
            NUMBER(tally->proofs_refused));
    return lines;
}

static bool
names_operators(const Policy *policy)
{
    return policy && policy->operator_users->len + policy->operator_groups->len > 0;
}

static void
say_unproved(GPtrArray *lines, const Tally *tally, bool offline)
{
    guint left = tally->sources - MIN(tally->proved, tally->sources);

    if (tally->proofs_asked && left > 0)
        say(lines, "delegation from %s of %s sources: not proved, see above",
            NUMBER(left), NUMBER(tally->sources));
    else if (!tally->proofs_asked && !offline && tally->sources > 0)
        say(lines, "whether the KDC delegates as the directory says: not proved "
                   "(--prove-as USER --prove-keytab FILE with the sources' keys)");
}

/* What hosts could say of themselves, and the network. */
static void
say_beside_directory(GPtrArray *lines, const Audit *audit, bool offline)
{
    g_autofree char *missing = facts_missing(audit);
    if (!audit->facts)
        say(lines,
            "what AD does not hold: Kerberos chosen in each host's migration settings, "
            "%slocal policy (--facts DIR)",
            audit->net ? ""
            : offline  ? "ports, "
                       : "ports (--ports), ");
    else if (missing)
        say(lines, "what AD does not hold of %s: no facts of them were given", missing);
    if (audit->facts && !audit->net && !offline)
        say(lines, "the hosts' ports from elsewhere: --ports");
}

GPtrArray *
summary_unchecked(const Audit *audit, const Tally *tally)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    bool offline = g_strcmp0(audit->estate->source_kind, "ldif") == 0;

    if (!tally->tickets_asked)
        say(lines, "tickets: %s",
            offline ? "an offline audit asks no KDC" : "no test tickets were requested");
    say_unproved(lines, tally, offline);
    if (!audit->estate->spns_forest_wide)
        say(lines, "whether another domain of the forest holds the same SPNs");
    if (!names_operators(audit->policy))
        say(lines, "the operator's own account: name it with --operator USER");
    say(lines, "group policies: %s",
        audit->gpos ? "security filtering, WMI filters, and in which site a host is"
                    : "mount the SYSVOL and name it with --sysvol DIR");
    say_beside_directory(lines, audit, offline);
    if (audit->net)
        say(lines, "the network between the hosts: ports were tried from here only, and "
                   "UDP not at all");
    return lines;
}

/* Samba's KDC looks such names up with the spaces escaped, and finds none; one
 * that grants any of them does not have the fault. */
const char *
summary_samba(const Audit *audit)
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
        return NULL;
    return "this domain controller is Samba: its KDC does not find SPNs whose class has "
           "spaces, so it refuses the Migration Service even where the SPN is "
           "registered.";
}

/* The names of the sources whose cached refusals must go, few enough to read
 * (transfer full). */
static char *
sources_text(const Audit *audit, const char *more)
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
        g_string_append_printf(out, " %s and %s more", more,
                               NUMBER(count - SOURCES_SHOWN));
    return g_string_free(out, FALSE);
}

static void
say_scripts(GPtrArray *lines, const Report *report)
{
    bool spn = false;
    bool script = false;

    for (guint i = 0; i < report->fixes->len; i++) {
        FixLanguage language = fix_language(report->fixes->pdata[i]);

        spn = spn || language == FIX_IN_SETSPN;
        script = script || language == FIX_IN_POWERSHELL;
    }
    g_autofree char *scripts =
        spn || script ? g_strdup_printf("%s%s%s, or ", spn ? "fix-spn.cmd" : "",
                                        spn && script ? " and " : "",
                                        script ? "fix-delegation.ps1" : "")
                      : g_strdup("");

    say(lines,
        "The fixes are in %s: read them, then run %sldapmodify with fix.ldif, as a "
        "domain administrator. The undo-* files take them back.",
        report->fixes_dir, scripts);
}

GPtrArray *
summary_steps(const Report *report, const char *more)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

    if (!report->fixes || report->fixes->len == 0)
        return lines;
    g_autofree char *sources = sources_text(report->audit, more);
    if (report->fixes_dir)
        say_scripts(lines, report);
    else
        say(lines, "Run the lines marked fix as a domain administrator, or have them "
                   "written as scripts, each with its undo: --fixes DIR.");
    if (*sources)
        say(lines, "Once it is replicated, on the sources (%s): klist purge -li 0x3e7",
            sources);
    say(lines,
        "Hosts remember refusals for up to 15 minutes, and group memberships until their "
        "ticket is renewed (up to 10 hours). Audit again after that.");
    return lines;
}
