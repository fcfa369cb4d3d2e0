/* One run's sources: policy, credentials, directory or file, tickets and ports. */
#include "cli/cli.h"

#include "audit/changed.h"
#include "base/fault.h"
#include "base/text.h"
#include "collect/home.h"
#include "collect/queries.h"
#include "config.h"
#include "diagnose/facts.h"
#include "diagnose/net_probe.h"
#include "diagnose/sysvol.h"
#include "journal.h"
#include "keys.h"
#include "model/username.h"
#include "model/written.h"
#include "progress.h"
#include "shard.h"
#include "ticket/krberror.h"
#include "ticket/probe.h"
#include "whereto.h"

#include <string.h>
#include <unistd.h>

void
session_free(Session *session)
{
    if (!session)
        return;
    g_clear_pointer(&session->estate, estate_free);
    g_clear_pointer(&session->credentials, credentials_free);
    g_clear_pointer(&session->kdcs, kdcs_unref);
    g_clear_pointer(&session->policy, policy_free);
    g_clear_pointer(&session->declared_spns, g_ptr_array_unref);
    g_clear_pointer(&session->facts, g_ptr_array_unref);
    g_free(session);
}

/* A comma may stand in a display name: the audit parts what nobody is called. */
static void
add_operator(Policy *policy, const char *text)
{
    g_auto(GStrv) names = g_strsplit(text, ";", -1);
    for (char **name = names; *name; name++)
        if (*written_clean(*name))
            g_ptr_array_add(policy->operator_users, g_strdup(*name));
}

static bool
load_policy(const Options *options, Policy **ret_policy, GError **error)
{
    g_autoptr(Policy) policy = NULL;
    if (!config_load(options->config, &policy, error))
        return false;

    for (char **user = options->operators; user && *user; user++)
        add_operator(policy, *user);
    /* Whether a refusal is the operator's fault must be told, too. */
    if (options->prove_as)
        g_ptr_array_add(policy->operator_users, g_strdup(options->prove_as));
    /* Hosts on the command line are one group, instead of those declared. */
    if (options->hosts) {
        GroupSpec *spec = group_spec_new("--host", ORIGIN_HOSTS);
        g_ptr_array_set_size(policy->groups, 0);
        g_ptr_array_add(policy->groups, spec);
        for (char **host = options->hosts; *host; host++) {
            guint before = spec->hosts->len;
            written_split(*host, spec->hosts);
            if (spec->hosts->len == before)
                return fault_set(error, FAULT_CONFIG,
                                 "--host %s names no host; see: kcdaudit help names",
                                 *host);
        }
    }
    if (options->reach >= 0)
        policy->reach = (Reach)options->reach;
    else if (!policy->reach_given)
        policy->reach = options->hosts ? REACH_HOSTS : REACH_DOMAIN;
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

/* For a person who waits. */

static void
tell_step(const char *step, const char *where)
{
    progress_say("%s %s", step, where);
}

static void
tell_entries(const char *what, guint count, void *unused)
{
    (void)what;
    (void)unused;
    progress_count("collecting", count, "entry", "entries");
}

static void
tell_tickets(guint done, void *data)
{
    const GPtrArray *wanted = data;
    progress_of("test tickets", done, wanted->len);
}

/* The caller's tickets, or the keytab's; EXTERNAL does without. */
static bool
get_credentials(Session *session, const LiveOptions *live, GError **error)
{
    const Options *options = session->options;
    if (options->keytab) {
        if (journal_lacks_credential(options->keytab))
            return fault_set(error, FAULT_CREDENTIALS,
                             "the service was given no keytab: put the audit account's "
                             "where LoadCredential= of its unit says "
                             "(/etc/kcdaudit/kcdaudit.keytab, root's, mode 0600)");
        if (!*options->principal)
            return fault_set(
                error, FAULT_CONFIG,
                "--principal is empty: name the account that the keytab is "
                "for, audit@CONTOSO.COM (KCDAUDIT_PRINCIPAL of the service)");
        tell_step("getting a ticket for", options->principal);
        /* CONTOSO\\audit, which Kerberos does not know */
        g_auto(UserName) name = username_of(options->principal);
        const char *principal = name.domain && !name.upn ? name.user : options->principal;
        if (!credentials_from_keytab(options->keytab, principal, 0, options->timeout_s,
                                     &session->credentials, error))
            return false;
        /* SASL and GSSAPI find it there; no thread that asks for it runs yet. */
        g_setenv("KRB5CCNAME", session->credentials->ccache, TRUE);
        return true;
    }
    g_autofree char *realm = live->domain ? g_ascii_strup(live->domain, -1) : NULL;
    const CredentialsHome home = whereto_home(live);
    if (live->mech == MECH_EXTERNAL) {
        credentials_from_cache(realm, NULL, options->timeout_s, &session->credentials,
                               NULL);
        return true;
    }
    return credentials_from_cache(realm, &home, options->timeout_s, &session->credentials,
                                  error);
}

/* What a live reading works with: where, and as whom. */
typedef struct {
    LiveOptions options;
    GPtrArray *uris;
    GPtrArray *more_domains;
    char *home; /* the domain of the credentials */
} Place;

static void
place_clear(Place *place)
{
    g_clear_pointer(&place->uris, g_ptr_array_unref);
    g_clear_pointer(&place->more_domains, g_ptr_array_unref);
    g_free(place->home);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

static bool
place_find(Session *session, Place *place, GError **error)
{
    const Options *options = session->options;
    LiveOptions *live = &place->options;
    place->uris = g_ptr_array_new();
    place->more_domains = g_ptr_array_new();
    *live = (LiveOptions){
        .more_domains = place->more_domains,
        .site = options->site,
        .starttls = options->starttls,
        .ca_file = options->ca_file,
        .timeout_s = options->timeout_s,
        .verbose = options->verbose,
        .warn = cli_note,
        .begin = tell_step,
    };
    for (char **more = options->domains; more && *more; more++)
        if (more > options->domains)
            g_ptr_array_add(place->more_domains, *more);
    settle_place(session, live, place->uris);
    if (!whereto_check(live, error) || !get_credentials(session, live, error))
        return false;
    if (!live->domain && place->uris->len == 0) {
        if (!session->credentials)
            return fault_set(error, FAULT_CONFIG,
                             "no domain given; write --domain contoso.com or --uri "
                             "ldaps://dc1.contoso.com");
        place->home = g_ascii_strdown(session->credentials->realm, -1);
        live->domain = place->home;
    }
    live->principal = session->credentials ? session->credentials->principal : NULL;
    return true;
}

static CollectPlan
plan_of(const Session *session)
{
    const Policy *policy = session->policy;
    return (CollectPlan){
        .groups = policy->groups,
        .reach = policy->reach,
        .declarations = policy->declarations,
        .declared_spns = session->declared_spns,
        .asked_name = session->asked_name,
        .asked_spn = session->asked_spn,
        .operator_users = policy->operator_users,
        .operator_groups = policy->operator_groups,
        .gpo = session->options->sysvol != NULL,
        .all_dcs = session->options->all_dcs,
        .queries_dir = session->options->queries,
        .timeout_s = session->options->timeout_s,
        .progress = tell_entries,
    };
}

static void
take_kdc(const char *host, guint16 port, guint16 priority, void *data)
{
    g_ptr_array_add(data, kdc_new(host, port, priority));
}

static GPtrArray *
find_kdcs(const char *realm, const char *site, int timeout_s)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)kdc_free);
    return home_kdcs(realm, site, timeout_s, take_kdc, list) ? g_steal_pointer(&list)
                                                             : NULL;
}

bool
session_prepare(const Options *options, Session **ret_session, GError **error)
{
    g_autoptr(Session) session = g_new0(Session, 1);
    session->options = options;
    session->started_us = g_get_real_time();
    session->kdcs = kdcs_new(find_kdcs, options->site, (guint)options->ticket_rate,
                             options->timeout_s);
    if (!keys_check(options, error) || !load_policy(options, &session->policy, error))
        return false;
    session->declared_spns = policy_declared_spns(session->policy);
    /* What is wrong with them is said before anything is contacted. */
    g_autoptr(Queries) queries = NULL;
    if (options->queries && !queries_load(options->queries, &queries, error))
        return false;
    if (options->sysvol && !sysvol_check(options->sysvol, error))
        return false;
    if (options->facts &&
        !facts_read((const char *const *)options->facts, &session->facts, error))
        return false;
    *ret_session = g_steal_pointer(&session);
    return true;
}

bool
session_collect(Session *session, GString *snapshot, GError **error)
{
    CollectPlan plan = plan_of(session);
    plan.snapshot = snapshot;
    plan.gpo |= snapshot != NULL; /* whoever audits it may have a SYSVOL */
    if (session->pasted)
        return source_read_pasted(session->pasted, &plan, &session->estate, error);
    if (session->options->ldif) {
        const char *const *files = (const char *const *)session->options->ldif;
        g_autofree char *names = g_strjoinv(", ", session->options->ldif);
        tell_step("reading", names);
        return source_read_ldif(files, &plan, &session->estate, error);
    }
    g_auto(Place) place = {0};
    return place_find(session, &place, error) &&
           source_read_live(&place.options, &plan, &session->estate, error);
}

bool
session_find_spns(Session *session, const SpnSearch *search, GPtrArray **ret_found,
                  GError **error)
{
    CollectPlan plan = plan_of(session);
    if (session->options->ldif)
        return source_find_spns_ldif((const char *const *)session->options->ldif, search,
                                     &plan, &session->estate, ret_found, error);
    g_auto(Place) place = {0};
    return place_find(session, &place, error) &&
           source_find_spns(&place.options, search, &plan, &session->estate, ret_found,
                            error);
}

bool
session_credentials(Session *session, GError **error)
{
    const char *domain = session->options->domain;
    const LiveOptions live = {.domain = domain ? domain : session->policy->domain};
    return whereto_check(&live, error) && get_credentials(session, &live, error);
}

bool
session_shard_credentials(Session *session, GError **error)
{
    const LiveOptions live = {.domain = session->estate->domain};
    return session->options->no_tickets ||
           (whereto_check(&live, error) && get_credentials(session, &live, error));
}

bool
session_open(const Options *options, Session **ret_session, GError **error)
{
    g_autoptr(Session) session = NULL;
    if (!session_prepare(options, &session, error) ||
        !session_collect(session, NULL, error))
        return false;
    *ret_session = g_steal_pointer(&session);
    return true;
}

TicketEvidence *
session_evidence(const TicketResult *result)
{
    TicketEvidence *evidence = g_new0(TicketEvidence, 1);
    evidence->spn = result->spn;
    evidence->granted = result->granted;
    evidence->answered = result->answered;
    evidence->error_code = result->error_code;
    evidence->error = result->error;
    evidence->meaning = result->answered ? krberror_meaning(result->error_code) : NULL;
    evidence->ntstatus = result->ntstatus;
    evidence->ntstatus_name = ntstatus_name(result->ntstatus);
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
    bool offline = session->options->ldif && session->options->shard.count == 0;
    if (offline || session->pasted || session->options->no_tickets)
        return true;
    if (!session->credentials) {
        audit_add_gap(audit, "test tickets", "no Kerberos ticket to ask with: run kinit");
        return true;
    }
    g_autoptr(GPtrArray) wanted = audit_wanted_tickets(audit);
    shard_keep(&session->options->shard, wanted);
    tell_tickets(0, wanted);
    if (!probe_tickets(session->credentials, session->kdcs, session->estate->realm,
                       (const char *const *)wanted->pdata, wanted->len,
                       (guint)session->options->jobs, session->options->timeout_s,
                       tell_tickets, wanted, ret_results, error))
        return false;
    GPtrArray *tickets = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < (*ret_results)->len; i++)
        g_ptr_array_add(tickets, session_evidence((*ret_results)->pdata[i]));
    session_ask_again(session, audit, *ret_results, tickets);
    audit_take_tickets(audit, tickets);
    return true;
}

bool
session_sysvol(const Session *session, Audit *audit, GError **error)
{
    const char *directory = session->options->sysvol;
    if (!directory)
        return true;
    GPtrArray *evidence = NULL;
    g_autoptr(GPtrArray) wanted = audit_wanted_gpos(audit);
    tell_step("reading", directory);
    if (!sysvol_read(directory, session->estate->domain, wanted, &evidence, error))
        return false;
    audit_take_gpos(audit, evidence);
    return true;
}

void
session_facts(Session *session, Audit *audit)
{
    if (session->facts)
        audit_take_facts(audit, g_steal_pointer(&session->facts));
}

void
session_ports(const Session *session, Audit *audit)
{
    if (!session->options->ports)
        return;
    NetworkOptions options = {.timeout_s =
                                  MIN(session->options->timeout_s, NETWORK_TIMEOUT_S)};
    GPtrArray *machines = audit_wanted_net(audit);
    shard_keep(&session->options->shard, machines);
    progress_say("trying ports and names of %u machines", machines->len);
    net_probe_look(machines, &options);
    audit_take_net(audit, machines);
}

void
session_changes(const Session *session, Audit *audit)
{
    const Options *options = session->options;
    g_autoptr(GPtrArray) accounts = audit_wanted_changes(audit);
    if (accounts->len == 0 || g_strcmp0(session->estate->source_kind, "ldap") != 0)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) uris = g_ptr_array_new();
    LiveOptions live = {
        .site = options->site,
        .starttls = options->starttls,
        .ca_file = options->ca_file,
        .timeout_s = options->timeout_s,
    };
    settle_place(session, &live, uris);
    progress_say("asking when %u accounts were changed", accounts->len);
    if (!source_read_changes(&live, options->queries, session->estate, accounts,
                             &error) &&
        options->verbose)
        cli_note(error->message, NULL);
}
