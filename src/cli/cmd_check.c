#include "cli/cli.h"

#include "base/fault.h"
#include "base/text.h"
#include "cli/emit.h"
#include "model/spn.h"
#include "render/explain.h"

#include <string.h>

typedef struct {
    const char *source;
    const char *target;
} Ends;

static bool
takes_names(const Ends *ends, GError **error)
{
    const char *names[] = {ends->source, ends->target};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (!*names[i] || strpbrk(names[i], "*?")) {
            g_autofree char *shown = text_quoted(QUOTE_TERMINAL, names[i]);
            return fault_set(error, FAULT_CONFIG,
                             "check takes two names, and %s is none; for patterns see: "
                             "kcdaudit help audit",
                             *shown ? shown : "''");
        }
    return true;
}

static bool
is_named(const GPtrArray *patterns, const char *name)
{
    const char *dot = strchr(name, '.');
    g_autofree char *label = g_strndup(name, dot ? (gsize)(dot - name) : strlen(name));
    for (guint i = 0; i < patterns->len; i++)
        if (text_glob(patterns->pdata[i], name) || text_glob(patterns->pdata[i], label))
            return true;
    return false;
}

/* The two as a group, by the rules of the [group] that names both. */
static GroupSpec *
spec_of(const Policy *policy, const Ends *ends)
{
    GroupSpec *spec = group_spec_new("check", ORIGIN_HOSTS);
    g_ptr_array_add(spec->hosts, g_strdup(ends->source));
    g_ptr_array_add(spec->hosts, g_strdup(ends->target));
    for (guint i = 0; i < policy->groups->len; i++) {
        const GroupSpec *declared = policy->groups->pdata[i];
        if (!is_named(declared->hosts, ends->source) ||
            !(is_named(declared->hosts, ends->target) ||
              is_named(declared->storage, ends->target)))
            continue;
        spec->services = declared->services;
        spec->mode = declared->mode;
        spec->pt = declared->pt;
        spec->names = declared->names;
        break;
    }
    return spec;
}

/* The one computer of this name (transfer none), or NULL. */
static const Account *
find_end(const Estate *estate, const char *name, GError **error)
{
    const GPtrArray *among = estate_by_name(estate, name);
    const Account *found = NULL;
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
    for (guint i = 0; among && i < among->len; i++) {
        const Account *account = among->pdata[i];
        if ((account->kinds & KIND_COMPUTER) == 0 || !group_name_matches(name, account))
            continue;
        if (found) {
            fault_set(error, FAULT_CONFIG,
                      "%s is two computers, %s and %s; name it by its dNSHostName", shown,
                      found->dn, account->dn);
            return NULL;
        }
        found = account;
    }
    if (!found)
        fault_set(error, FAULT_CONFIG, "%s: no such computer in %s", shown,
                  estate->domain ? estate->domain : "the input");
    return found;
}

/* A computer without any sign of Hyper-V, and to which nobody delegates the
 * Migration Service, is a file server: cifs is all that it needs. */
static bool
is_storage(const GPtrArray *declared, const Account *source, const Account *target)
{
    for (guint i = 0; i < declared->len; i++)
        if (is_named(((const GroupSpec *)declared->pdata[i])->storage, target->name))
            return true;
    if (group_is_hyperv_host(target) || !account_knows(target, ATTR_SPN) ||
        !account_is_enabled(target))
        return false;
    for (guint i = 0; i < source->delegate_to->len; i++) {
        g_autoptr(Spn) spn = spn_parse(source->delegate_to->pdata[i]);
        if (spn && text_equal(spn->class, SPN_MIGRATION) &&
            account_has_name(target, spn->host))
            return false;
    }
    return true;
}

/* What there is to check, once it is read. */
typedef struct {
    const Account *source;
    const Account *target;
} Found;

static bool
find_ends(const Session *session, const Ends *ends, Found *found, GError **error)
{
    const Account *source = find_end(session->estate, ends->source, error);
    const Account *target =
        source ? find_end(session->estate, ends->target, error) : NULL;
    if (!target)
        return false;
    if (source == target) {
        fault_set(error, FAULT_CONFIG, "%s and %s are the same computer", source->name,
                  ends->target);
        return false;
    }
    *found = (Found){source, target};
    return true;
}

/* Reads the two, and settles what the target is. */
static bool
collect_ends(Session *session, const Ends *ends, Found *found, GError **error)
{
    Policy *policy = session->policy;
    g_autoptr(GPtrArray) declared = policy->groups;
    GroupSpec *spec = spec_of(policy, ends);
    policy->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_spec_free);
    g_ptr_array_add(policy->groups, spec);
    if (!session_collect(session, NULL, error) || !find_ends(session, ends, found, error))
        return false;
    if (is_storage(declared, found->source, found->target)) {
        g_ptr_array_add(spec->storage, g_strdup(ends->target));
        g_ptr_array_remove_index(spec->hosts, 1);
    }
    return true;
}

static void
draw(const void *what, Page *page)
{
    explain_draw(what, page);
}

static json_t *
json(const void *what)
{
    return explain_json(what);
}

static const View view = {draw, json};

static int
exit_status(const Explanation *explanation, Severity fail_on)
{
    if (audit_worst(explanation->report->audit) >= (int)fail_on)
        return EXIT_FINDINGS;
    return explain_incomplete(explanation) ? EXIT_INCOMPLETE : EXIT_OK;
}

static int
cmd_check(const Options *options)
{
    const Ends ends = {options->arguments[0], options->arguments[1]};
    Found found = {NULL, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(GPtrArray) tickets = NULL;
    g_autoptr(Audit) audit = NULL;

    if (!takes_names(&ends, &error) || !emit_check(options, &error) ||
        !session_prepare(options, &session, &error) ||
        !collect_ends(session, &ends, &found, &error) ||
        !audit_new(session->estate, session->policy, &audit, &error) ||
        !session_tickets(session, audit, &tickets, &error))
        return cli_fail(error);
    const Pair *pair = audit_pair(audit, found.source, found.target);
    g_assert(pair);
    audit_run(audit);
    explain_narrow(audit, pair);
    g_autoptr(GPtrArray) fixes = fix_plan(audit);
    Report report = {
        .audit = audit,
        .fixes = fixes,
        .tool_version = KCDAUDIT_VERSION,
        .started_us = session->started_us,
        .quiet = options->quiet,
    };
    g_autoptr(Explanation) explanation = explain_pair(&report, pair);
    if (!emit_view(options, &view, explanation, &error))
        return cli_fail(error);
    return exit_status(explanation, options->fail_on);
}

const Command command_check = {
    .name = "check",
    .arguments = "SOURCE TARGET",
    .summary = "one pair of hosts: every condition with its evidence, and what to run",
    .details = "Names are sAMAccountName or dNSHostName.  TARGET may be an SMB file "
               "server: then cifs is\nall that is asked for.",
    .min_arguments = 2,
    .max_arguments = 2,
    .options = OPTIONS_SOURCE | OPTIONS_CONFIG | OPTIONS_OPERATORS | OPTIONS_JUDGE |
               OPTIONS_OUTPUT | OPTIONS_WORDS,
    .run = cmd_check,
};
