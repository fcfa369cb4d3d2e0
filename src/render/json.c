/* The JSON report, kcdaudit.report/1.
 *
 * Members of the top level and elements of the long arrays are made and
 * written one at a time, so that an estate with a million pairs does not
 * stand in memory twice as a tree.
 */
#include "render/formats.h"

#include "base/text.h"
#include "render/tally.h"

#include <jansson.h>
#include <string.h>

#define SCHEMA "kcdaudit.report/1"

/* jansson refuses what is not UTF-8; a directory may hold anything. */
static json_t *
string_of(const char *text)
{
    g_autofree char *valid = NULL;

    if (!text) {
        return json_null();
    }
    if (g_utf8_validate(text, -1, NULL)) {
        return json_string_nocheck(text);
    }
    valid = g_utf8_make_valid(text, -1);
    return json_string_nocheck(valid);
}

static void
put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new_nocheck(object, key, value);
}

static void
put_text(json_t *object, const char *key, const char *text)
{
    put(object, key, string_of(text));
}

static void
put_count(json_t *object, const char *key, guint count)
{
    put(object, key, json_integer(count));
}

/* Of char *; NULL: none. */
static json_t *
strings_of(const GPtrArray *strings)
{
    json_t *array = json_array();

    for (guint i = 0; strings && i < strings->len; i++) {
        json_array_append_new(array, string_of(g_ptr_array_index(strings, i)));
    }
    return array;
}

/* Of const Account *; NULL: none. */
static json_t *
names_of(const GPtrArray *accounts)
{
    json_t *array = json_array();

    for (guint i = 0; accounts && i < accounts->len; i++) {
        const Account *account = g_ptr_array_index(accounts, i);

        json_array_append_new(array, string_of(account->name));
    }
    return array;
}

/* Writing. */

/* Characters that are text to JSON but a command to a terminal (DEL, C1) or
 * that reorder or break a line when shown. */
static bool
is_unsafe_to_show(gunichar c)
{
    return (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static int
collect_dump(const char *buffer, size_t size, void *data)
{
    g_string_append_len((GString *)data, buffer, (gssize)size);
    return 0;
}

/* Appends a value (transfer full) as it stands `depth` levels down. */
static void
write_value(GString *out, json_t *value, guint depth)
{
    GString *dump = g_string_new(NULL);
    int failed =
        json_dump_callback(value, collect_dump, dump,
                           JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));

    g_assert(failed == 0);
    for (const char *at = dump->str; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (is_unsafe_to_show(c)) {
            g_string_append_printf(out, "\\u%04x", c);
        } else {
            g_string_append_unichar(out, c);
        }
        if (c == '\n') { /* never inside a string: there it is \n */
            g_string_append_printf(out, "%*s", (int)(2 * depth), "");
        }
    }
    g_string_free(dump, TRUE);
    json_decref(value);
}

static void
write_member(GString *out, const char *key, json_t *value)
{
    g_string_append_printf(
        out, "%s\n  \"%s\": ", g_str_has_suffix(out->str, "{") ? "" : ",", key);
    write_value(out, value, 1);
}

/* An array member whose elements `make` makes (transfer full) one by one; NULL
 * leaves one out. */
static void
write_array(GString *out, const char *key, const GPtrArray *elements,
            const Report *report,
            json_t *(*make)(const Report *report, gconstpointer element))
{
    bool any = false;

    g_string_append_printf(out, ",\n  \"%s\": [", key);
    for (guint i = 0; elements && i < elements->len; i++) {
        json_t *value = make(report, g_ptr_array_index(elements, i));

        if (value) {
            g_string_append_printf(out, "%s\n    ", any ? "," : "");
            write_value(out, value, 2);
            any = true;
        }
    }
    g_string_append(out, any ? "\n  ]" : "]");
}

/* The parts, in the contract's order. */

static json_t *
tool_json(const Report *report)
{
    json_t *tool = json_object();

    put_text(tool, "name", "kcdaudit");
    put_text(tool, "version", report->tool_version);
    return tool;
}

static void
append_gap(json_t *gaps, const char *what, const char *why)
{
    json_t *gap = json_object();

    put_text(gap, "what", what);
    put_text(gap, "why", why);
    json_array_append_new(gaps, gap);
}

/* A ticket that no KDC answered is neither granted nor refused: a gap. */
static json_t *
gaps_json(const Audit *audit)
{
    json_t *gaps = json_array();

    for (guint i = 0; i < audit->gaps->len; i++) {
        const Gap *gap = g_ptr_array_index(audit->gaps, i);

        append_gap(gaps, gap->what, gap->why);
    }
    for (guint i = 0; audit->tickets && i < audit->tickets->len; i++) {
        const TicketEvidence *ticket = g_ptr_array_index(audit->tickets, i);
        g_autofree char *what = NULL;

        if (!ticket->granted && !ticket->answered) {
            what = g_strdup_printf("ticket for %s", ticket->spn);
            append_gap(gaps, what,
                       ticket->error != NULL ? ticket->error : "no KDC answered");
        }
    }
    return gaps;
}

static json_t *
run_json(const Report *report)
{
    const Estate *estate = report->audit->estate;
    g_autofree char *started = text_time(report->started_us);
    json_t *run = json_object();
    json_t *source = json_object();
    json_t *gaps = gaps_json(report->audit);
    bool complete = !audit_incomplete(report->audit) && json_array_size(gaps) == 0;

    put_text(source, "kind", estate->source_kind);
    put_text(source, "uri", estate->source_uri);
    put_text(source, "dc", estate->dc);
    put_text(source, "domain", estate->domain);
    put_text(run, "started", started);
    put(run, "duration_ms", json_integer(report->duration_ms));
    put(run, "source", source);
    put_text(run, "principal", estate->principal);
    put(run, "complete", json_boolean(complete));
    put(run, "gaps", gaps);
    return run;
}

static json_t *
granted_refused(guint granted, guint refused)
{
    json_t *object = json_object();

    put_count(object, "granted", granted);
    put_count(object, "refused", refused);
    return object;
}

static json_t *
summary_json(const Report *report)
{
    /* As the contract lists them, from best to worst and from worst to best. */
    static const Verdict verdicts[] = {VERDICT_READY, VERDICT_DEGRADED, VERDICT_BROKEN,
                                       VERDICT_UNKNOWN};
    Tally tally = tally_of(report->audit);
    json_t *summary = json_object();
    json_t *findings = json_object();

    put_count(summary, "hosts", tally.hosts);
    put_count(summary, "pairs", tally.pairs);
    for (guint i = 0; i < G_N_ELEMENTS(verdicts); i++) {
        put_count(summary, verdict_names[verdicts[i]], tally.verdicts[verdicts[i]]);
    }
    for (int i = SEVERITY_COUNT - 1; i >= 0; i--) {
        put_count(findings, severity_names[i], tally.failed[i]);
    }
    put_count(findings, "waived", tally.waived);
    put(summary, "findings", findings);
    put(summary, "tickets", granted_refused(tally.granted, tally.refused));
    put(summary, "proofs", granted_refused(0, 0));
    return summary;
}

static json_t *
group_json(const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    static const char *const origins[] = {
        [ORIGIN_CONFIG] = "config",
        [ORIGIN_INFERRED] = "inferred",
        [ORIGIN_HOSTS] = "hosts",
    };
    const Group *group = element;
    json_t *object = json_object();

    put_text(object, "name", group->name);
    put_text(object, "origin", origins[group->origin]);
    put(object, "members", names_of(group->members));
    return object;
}

static json_t *
ticket_json(const TicketEvidence *ticket)
{
    json_t *object = json_object();
    g_autofree char *number = NULL;
    const char *enctype = etype_name(ticket->etype);

    if (!enctype) {
        number = g_strdup_printf("etype %d", ticket->etype);
        enctype = number;
    }
    put_text(object, "spn", ticket->spn);
    put_text(object, "result", ticket->granted ? "granted" : "refused");
    put_text(object, "error", ticket->granted ? NULL : ticket->error);
    put_text(object, "enctype", ticket->granted ? enctype : NULL);
    put(object, "kvno", ticket->granted ? json_integer(ticket->kvno) : json_null());
    put(object, "ms", json_real(ticket->ms));
    return object;
}

static void
append_facet(const char *name, void *data)
{
    json_array_append_new((json_t *)data, string_of(name));
}

static json_t *
host_json(const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    const Host *host = element;
    const Account *account = host->account;
    g_autofree char *sid = NULL;
    json_t *object = json_object();
    json_t *delegation = json_array();
    json_t *spns = json_array();
    json_t *tickets = json_array();

    if (sid_is_set(&account->sid)) {
        sid = sid_format(&account->sid);
    }
    tally_delegation(account, append_facet, delegation);
    for (guint i = 0; i < host->spns->len; i++) {
        const SpnStatus *status = g_ptr_array_index(host->spns, i);
        json_t *spn = json_object();

        put_text(spn, "spn", status->spn);
        put_text(spn, "status", status->status);
        put(spn, "owners", names_of(status->owners));
        json_array_append_new(spns, spn);
    }
    for (guint i = 0; host->tickets && i < host->tickets->len; i++) {
        const TicketEvidence *ticket = g_ptr_array_index(host->tickets, i);

        if (ticket->granted || ticket->answered) {
            json_array_append_new(tickets, ticket_json(ticket));
        }
    }
    put_text(object, "name", account->name);
    put_text(object, "dns", account->dns);
    put_text(object, "dn", account->dn);
    put_text(object, "sid", sid);
    put_text(object, "os", account->os);
    put(object, "enabled",
        account_knows(account, ATTR_UAC) ? json_boolean(account_is_enabled(account))
                                         : json_null());
    put(object, "delegation", delegation);
    put(object, "spns", spns);
    put(object, "tickets", tickets);
    return object;
}

static json_t *
service_json(const ServiceVerdict *service)
{
    json_t *object = json_object();
    json_t *by = json_array();

    for (guint leg = 0; leg < G_N_ELEMENTS(leg_names); leg++) {
        if ((service->by & (1u << leg)) != 0) {
            json_array_append_new(by, string_of(leg_names[leg]));
        }
    }
    put_text(object, "verdict", verdict_names[service->verdict]);
    put(object, "by", by);
    put(object, "missing", strings_of(service->missing));
    put(object, "reasons", strings_of(service->reasons));
    return object;
}

static json_t *
pair_json(const Report *report, gconstpointer element)
{
    const Pair *pair = element;
    json_t *object;
    json_t *services;

    if (pair->verdict == VERDICT_READY && !report->all_pairs) {
        return NULL;
    }
    object = json_object();
    services = json_object();
    for (guint i = 0; i < SERVICE_COUNT; i++) {
        if (pair->services[i].needed) {
            put(services, service_names[i], service_json(&pair->services[i]));
        }
    }
    put_text(object, "source", pair->source->name);
    put_text(object, "target", pair->target->name);
    put_text(object, "verdict", verdict_names[pair->verdict]);
    put(object, "services", services);
    put(object, "proof", json_null());
    return object;
}

/* Key -> value, or an array of the values where a key comes again. */
static json_t *
evidence_json(const GPtrArray *evidence)
{
    json_t *object = json_object();

    for (guint i = 0; evidence && i < evidence->len; i++) {
        const Evidence *piece = g_ptr_array_index(evidence, i);
        g_autofree char *key = g_utf8_make_valid(piece->key, -1);
        json_t *held = json_object_get(object, key);
        json_t *array;

        if (!held) {
            put_text(object, key, piece->value);
            continue;
        }
        if (json_is_array(held)) {
            json_array_append_new(held, string_of(piece->value));
            continue;
        }
        array = json_array();
        json_array_append(array, held);
        json_array_append_new(array, string_of(piece->value));
        put(object, key, array);
    }
    return object;
}

static json_t *
waived_json(const Finding *finding)
{
    json_t *object;

    if (!finding->waived_reason) {
        return json_null();
    }
    object = json_object();
    put_text(object, "reason", finding->waived_reason);
    put_text(object, "until", finding->waived_until);
    return object;
}

static json_t *
finding_json(const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    const Finding *finding = element;
    json_t *object = json_object();

    put_text(object, "id", finding->id);
    put_text(object, "rule", finding->rule);
    put_text(object, "severity", severity_names[finding->severity]);
    put_text(object, "status", finding->status == STATUS_UNKNOWN ? "unknown" : "fail");
    put_text(object, "subject", finding->subject);
    put_text(object, "target", finding->target);
    put_text(object, "spn", finding->spn);
    put_text(object, "title", finding->title != NULL ? finding->title : "");
    put_text(object, "detail", finding->detail != NULL ? finding->detail : "");
    put(object, "evidence", evidence_json(finding->evidence));
    put(object, "fixes", strings_of(finding->fixes));
    put(object, "waived", waived_json(finding));
    return object;
}

static json_t *
commands_json(const GPtrArray *setspn, const GPtrArray *powershell, const char *ldif)
{
    json_t *object = json_object();

    put(object, "setspn", strings_of(setspn));
    put(object, "powershell", strings_of(powershell));
    put_text(object, "ldif", ldif != NULL ? ldif : "");
    return object;
}

static json_t *
fix_json(const Report *report G_GNUC_UNUSED, gconstpointer element)
{
    const Fix *fix = element;
    json_t *object = json_object();

    put_text(object, "id", fix->id);
    put_text(object, "kind", fix_kind_names[fix->kind]);
    put_text(object, "subject", fix->account->name);
    put_text(object, "dn", fix->account->dn);
    put(object, "add", strings_of(fix->add));
    put(object, "remove", strings_of(fix->remove));
    put_text(object, "risk", fix->risk != NULL ? fix->risk : "");
    put(object, "commands", commands_json(fix->setspn, fix->powershell, fix->ldif));
    put(object, "undo",
        commands_json(fix->undo_setspn, fix->undo_powershell, fix->undo_ldif));
    return object;
}

void
render_json(const Report *report, GString *out)
{
    const Audit *audit = report->audit;

    g_string_append_c(out, '{');
    write_member(out, "schema", string_of(SCHEMA));
    write_member(out, "tool", tool_json(report));
    write_member(out, "run", run_json(report));
    write_member(out, "summary", summary_json(report));
    write_array(out, "groups", audit->groups, report, group_json);
    write_array(out, "hosts", audit->hosts, report, host_json);
    write_array(out, "pairs", audit->pairs, report, pair_json);
    write_array(out, "findings", audit->findings, report, finding_json);
    write_array(out, "fixes", report->fixes, report, fix_json);
    g_string_append(out, "\n}\n");
}
