/* Puts the sentences together from the tally. */
#include "summary.h"

#include "audit/rules.h"

#include <string.h>

#define SOURCES_SHOWN 8

char *
summary_minute(gint64 unix_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(unix_us / G_USEC_PER_SEC);

    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M UTC") : g_strdup("");
}

const PastRun *
summary_before(const Trend *trend)
{
    guint runs = trend ? trend->runs->len : 0;

    return runs > 1 ? trend->runs->pdata[runs - 2] : NULL;
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

const char *
summary_answer(const Audit *audit, const Tally *tally, GString *out, Style *ret_style)
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
        say(lines, "One host alone has nobody to migrate to.");
    else
        say(lines,
            "%u Hyper-V hosts were found, but no delegation between any two of them, so "
            "who migrates to whom cannot be inferred.",
            hosts);
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

        say(lines, "names and TCP ports of %s: %u open, %u refused, %u filtered",
            machines, ports[NET_OPEN], ports[NET_REFUSED],
            ports[NET_FILTERED] + ports[NET_UNREACHABLE]);
    }
    /* What was not just asked for but done. */
    if (tally->proved > 0)
        say(lines,
            "delegation of %s, done for real from %u of %u sources: %u tickets granted, "
            "%u refused",
            ((const ProofEvidence *)audit->proofs->pdata[0])->user, tally->proved,
            tally->sources, tally->proofs_granted, tally->proofs_refused);
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
        say(lines, "delegation from %u of %u sources: not proved, see above", left,
            tally->sources);
    else if (!tally->proofs_asked && !offline && tally->sources > 0)
        say(lines, "whether the KDC delegates as the directory says: not proved "
                   "(--prove-as USER --prove-keytab FILE with the sources' keys)");
}

GPtrArray *
summary_unchecked(const Audit *audit, const Tally *tally)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    bool offline = g_strcmp0(audit->estate->source_kind, "ldif") == 0;

    if (!tally->tickets_asked)
        say(lines, "tickets: %s",
            offline ? "an offline audit asks no KDC" : "none were asked for");
    say_unproved(lines, tally, offline);
    if (!audit->estate->spns_forest_wide)
        say(lines, "whether another domain of the forest holds the same SPNs");
    if (!names_operators(audit->policy))
        say(lines, "the operator's own account: name it with --operator USER");
    say(lines, "group policies: %s",
        audit->gpos ? "security filtering, WMI filters, and in which site a host is"
                    : "mount the SYSVOL and name it with --sysvol DIR");
    say(lines,
        "what AD does not hold: Kerberos chosen in each host's migration settings, "
        "%slocal policy",
        audit->net ? ""
        : offline  ? "ports, "
                   : "ports (--ports), ");
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
        g_string_append_printf(out, " %s and %u more", more, count - SOURCES_SHOWN);
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
        "domain "
        "administrator. The undo-* files take them back.",
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
        say(lines, "Run the lines marked mend as a domain administrator, or have them "
                   "written as scripts, each with its undo: --fixes DIR.");
    if (*sources)
        say(lines, "Once replicated, on the sources (%s): klist purge -li 0x3e7",
            sources);
    say(lines,
        "Hosts remember refusals for up to 15 minutes, and group memberships until their "
        "ticket is renewed (10 hours): then audit again.");
    return lines;
}
