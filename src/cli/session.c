#include "cli/cli.h"

#include "base/fault.h"
#include "base/text.h"
#include "ticket/probe.h"

#include <string.h>
#include <unistd.h>

#define CONFIG_DEFAULT "/etc/kcdaudit/kcdaudit.conf"
#define TICKET_WORKERS 8

void
session_free(Session *session)
{
    if (!session)
        return;
    g_clear_pointer(&session->estate, estate_free);
    g_clear_pointer(&session->credentials, credentials_free);
    g_clear_pointer(&session->policy, policy_free);
    g_free(session);
}

static bool
load_policy(const Options *options, Policy **ret_policy, GError **error)
{
    const char *path = options->config;
    if (!path && access(CONFIG_DEFAULT, F_OK) == 0)
        path = CONFIG_DEFAULT;
    g_autoptr(Policy) policy = NULL;
    if (!path)
        policy = policy_new();
    else if (!policy_load(path, &policy, error))
        return false;

    /* Hosts on the command line are one group, instead of those declared. */
    if (options->hosts) {
        GroupSpec *spec = group_spec_new("--host", ORIGIN_HOSTS);
        for (char **host = options->hosts; *host; host++)
            g_ptr_array_add(spec->hosts, g_strdup(*host));
        g_ptr_array_set_size(policy->groups, 0);
        g_ptr_array_add(policy->groups, spec);
    }
    *ret_policy = g_steal_pointer(&policy);
    return true;
}

/* Where to read: the command line before the configuration. */
static void
settle_place(const Session *session, LiveOptions *live, GPtrArray *uris)
{
    const Options *options = session->options;
    const Policy *policy = session->policy;
    bool given = options->domain || options->uris;
    for (char **uri = options->uris; uri && *uri; uri++)
        g_ptr_array_add(uris, *uri);
    for (guint i = 0; !given && i < policy->uris->len; i++)
        g_ptr_array_add(uris, policy->uris->pdata[i]);
    live->uris = uris;
    live->domain = given ? options->domain : policy->domain;
    live->mech = options->mech;
    if (options->mech == MECH_ANY && policy->mech)
        live->mech = strcmp(policy->mech, "GSSAPI") == 0     ? MECH_GSSAPI
                     : strcmp(policy->mech, "EXTERNAL") == 0 ? MECH_EXTERNAL
                                                             : MECH_SPNEGO;
}

/* The caller's tickets, or the keytab's; EXTERNAL does without. */
static bool
get_credentials(Session *session, const LiveOptions *live, GError **error)
{
    const Options *options = session->options;
    if (options->keytab) {
        if (!credentials_from_keytab(options->keytab, options->principal,
                                     &session->credentials, error))
            return false;
        /* SASL and GSSAPI find it there; no thread runs yet. */
        g_setenv("KRB5CCNAME", session->credentials->ccache, TRUE);
        return true;
    }
    g_autofree char *realm = live->domain ? g_ascii_strup(live->domain, -1) : NULL;
    if (live->mech == MECH_EXTERNAL) {
        credentials_from_cache(realm, &session->credentials, NULL);
        return true;
    }
    return credentials_from_cache(realm, &session->credentials, error);
}

static bool
collect_live(Session *session, const CollectPlan *plan, GError **error)
{
    const Options *options = session->options;
    g_autoptr(GPtrArray) uris = g_ptr_array_new();
    LiveOptions live = {
        .starttls = options->starttls,
        .ca_file = options->ca_file,
        .timeout_s = options->timeout_s,
        .verbose = options->verbose,
        .warn = cli_note,
    };
    settle_place(session, &live, uris);
    if (!get_credentials(session, &live, error))
        return false;
    g_autofree char *home = NULL;
    if (!live.domain && uris->len == 0) {
        if (!session->credentials)
            return fault_set(error, FAULT_CONFIG,
                             "no domain given; write --domain contoso.com or --uri "
                             "ldaps://dc1.contoso.com");
        home = g_ascii_strdown(session->credentials->realm, -1);
        live.domain = home;
    }
    live.principal = session->credentials ? session->credentials->principal : NULL;
    return source_read_live(&live, plan, &session->estate, error);
}

bool
session_open(const Options *options, Session **ret_session, GError **error)
{
    g_autoptr(Session) session = g_new0(Session, 1);
    session->options = options;
    session->started_us = g_get_real_time();
    if (!load_policy(options, &session->policy, error))
        return false;
    CollectPlan plan = {
        .groups = session->policy->groups,
        .queries_dir = options->queries,
        .timeout_s = options->timeout_s,
    };
    bool read = options->ldif
                    ? source_read_ldif(options->ldif, &plan, &session->estate, error)
                    : collect_live(session, &plan, error);
    if (!read)
        return false;
    *ret_session = g_steal_pointer(&session);
    return true;
}

static TicketEvidence *
evidence_of(const TicketResult *result)
{
    TicketEvidence *evidence = g_new0(TicketEvidence, 1);
    evidence->spn = result->spn;
    evidence->granted = result->granted;
    evidence->answered = result->answered;
    evidence->error_code = result->error_code;
    evidence->error = result->error;
    evidence->meaning = result->answered ? krberror_meaning(result->error_code) : NULL;
    evidence->ntstatus = result->ntstatus;
    evidence->etype = result->etype;
    evidence->kvno = result->kvno;
    evidence->ms = result->ms;
    return evidence;
}

bool
session_tickets(const Session *session, Audit *audit, GPtrArray **ret_results,
                GError **error)
{
    *ret_results = NULL;
    if (session->options->ldif || session->options->no_tickets)
        return true;
    if (!session->credentials) {
        audit_add_gap(audit, "test tickets", "no Kerberos ticket to ask with: run kinit");
        return true;
    }
    g_autoptr(GPtrArray) wanted = audit_wanted_tickets(audit);
    if (!probe_tickets(session->credentials, session->estate->realm,
                       (const char *const *)wanted->pdata, wanted->len, TICKET_WORKERS,
                       session->options->timeout_s, NULL, NULL, ret_results, error))
        return false;
    GPtrArray *tickets = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < (*ret_results)->len; i++)
        g_ptr_array_add(tickets, evidence_of((*ret_results)->pdata[i]));
    audit_take_tickets(audit, tickets);
    return true;
}
