/* Asks one domain after the other, in rounds, for what the round before named. */
#include "live.h"

#include "base/fault.h"
#include "base/limits.h"
#include "base/text.h"
#include "changes.h"
#include "dcs.h"
#include "dsas.h"
#include "ends.h"
#include "gplink.h"
#include "model/dn.h"
#include "model/wellknown.h"
#include "nearby.h"
#include "owners.h"
#include "people.h"
#include "policies.h"
#include "reader.h"
#include "replicas.h"
#include "trusts.h"
#include "upns.h"

#define RECENT_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

static void
ask_plan(const Live *live, GPtrArray *containers)
{
    Reader *reader = live->reader;
    live_ask_batches(live, QUERY_HOSTS_BY_NAME, "names", batches_of_names(reader->plan),
                     NULL);
    for (guint g = 0; g < reader->plan->groups->len; g++) {
        const GroupSpec *spec = reader->plan->groups->pdata[g];
        for (guint i = 0; i < spec->hosts_in->len; i++)
            if (live_is_place_for(live, spec->hosts_in->pdata[i]))
                g_ptr_array_add(containers, live_ask(live, QUERY_HOSTS_IN, "container",
                                                     spec->hosts_in->pdata[i]));
        for (guint i = 0; i < spec->member_of->len; i++) {
            const char *dn = spec->member_of->pdata[i];
            g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, dn);
            reader_note_members(
                reader, dn, live_ask(live, QUERY_HOSTS_IN_GROUP, "group", quoted), true);
            if (live_is_place_for(live, dn))
                live_ask(live, QUERY_GROUP, "group", dn);
        }
    }
}

/* Who is declared may have no delegation yet. */
static void
ask_declared(const Live *live)
{
    const GPtrArray *all = live->reader->plan->declarations;
    live_ask_batches(live, QUERY_DECLARED, "names",
                     batches_of_declared(live->reader->plan), NULL);
    for (guint d = 0; all && d < all->len; d++) {
        const Declaration *declaration = all->pdata[d];
        for (guint i = 0; i < declaration->from_in->len; i++)
            if (live_is_place_for(live, declaration->from_in->pdata[i]))
                live_ask(live, QUERY_DECLARED_IN, "container",
                         declaration->from_in->pdata[i]);
        for (guint i = 0; i < declaration->from_member_of->len; i++)
            if (live_is_place_for(live, declaration->from_member_of->pdata[i]))
                live_ask(live, QUERY_GROUP, "group",
                         declaration->from_member_of->pdata[i]);
    }
}

/* The hosts, and what the domain says about itself. */
static bool
read_hosts(Live *live, GError **error)
{
    g_autoptr(GPtrArray) containers = g_ptr_array_new();
    g_autoptr(GPtrArray) asked = g_ptr_array_new();
    Reader *reader = live->reader;
    if (reader->plan->asked_name)
        live_ask_batches(live, QUERY_ASKED, "names", batches_of_asked(reader->plan),
                         asked);
    live_ask(live, QUERY_DOMAIN, NULL, NULL);
    if (live->first_of_forest) {
        live_ask(live, QUERY_PARTITIONS, NULL, NULL);
        live_ask(live, QUERY_MAPPINGS, NULL, NULL);
        live_ask(live, QUERY_AUTHN, NULL, NULL);
        live_ask(live, QUERY_DSAS, NULL, NULL);
    }
    live_ask(live, QUERY_HYPERV_SCP, NULL, NULL);
    if (reader->plan->reach != REACH_HOSTS) {
        live->delegations = live_ask(live, QUERY_DELEGATIONS, NULL, NULL);
        live->trusts = live_ask(live, QUERY_TRUSTS, NULL, NULL);
        ask_declared(live);
    }
    if (builder_discovers(reader->plan))
        live->hosts = live_ask(live, QUERY_HOSTS, NULL, NULL);
    else
        ask_plan(live, containers);
    if (!engine_run(live->engine, error))
        return false;
    for (guint i = 0; i < containers->len; i++) {
        const Job *job = containers->pdata[i];
        for (guint a = 0; a < job->accounts->len; a++)
            builder_taken(reader->builder, job->accounts->pdata[a])->wanted = true;
    }
    for (guint i = 0; i < asked->len; i++) {
        const Job *job = asked->pdata[i];
        for (guint a = 0; a < job->accounts->len; a++)
            builder_taken(reader->builder, job->accounts->pdata[a])->end = true;
    }
    return true;
}

static bool
read_main(Live *live, GError **error)
{
    Reader *reader = live->reader;
    g_autofree char *serves = dn_domain(live->root->domain_dn);
    const char *asked = reader->options->domain, *uri = live->directory->uri->text;
    if (asked && serves && !text_equal(asked, serves))
        return fault_set(error, FAULT_CONFIG, "%s: serves the domain %s, not %s", uri,
                         serves, asked);
    g_autofree char *whoami = directory_whoami(live->directory);
    reader->estate->principal =
        estate_string(reader->estate, whoami ? whoami : reader->options->principal);
    if (!read_hosts(live, error))
        return false;
    if (!reader->estate->aliases_read)
        estate_add_gap(reader->estate, "sPNMappings", "the reader was shown none");
    return builder_settle_domains(reader->builder) ||
           fault_set(error, FAULT_MALFORMED, "%s: its naming context %s has no DNS name",
                     uri, live->root->domain_dn);
}

static bool
read_domain(Reader *reader, const char *name, GError **error)
{
    const Live *first = reader->lives->pdata[0];
    Directory *directory = NULL;
    Live *live = NULL;
    if (!dcs_open(name, reader->options, first->directory, &directory, error) ||
        !reader_add(reader, directory, true, &live, error))
        return false;
    if (read_hosts(live, error))
        return true;
    live->lost = true;
    return false;
}

static bool
is_read(const Reader *reader, const char *domain)
{
    for (guint i = 0; i < reader->lives->len; i++) {
        const Live *live = reader->lives->pdata[i];
        g_autofree char *name = dn_domain(live->root->domain_dn);
        if (name && text_equal(name, domain))
            return true;
    }
    return false;
}

/* A domain that cannot be read is a gap. */
static void
read_one_more(Reader *reader, const char *name)
{
    g_autoptr(GError) failure = NULL;
    if (is_read(reader, name) || read_domain(reader, name, &failure))
        return;
    g_autofree char *what = g_strdup_printf("the domain %s", name);
    estate_add_gap(reader->estate, what, failure->message);
}

/* The domains that were asked for, and those that the plan names hosts in; of the whole
 * forest all that its configuration names. */
static void
read_more_domains(Reader *reader)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const GPtrArray *asked = reader->options->more_domains;
    for (guint i = 0; asked && i < asked->len; i++)
        read_one_more(reader, asked->pdata[i]);
    builder_settle_domains(reader->builder); /* of other forests, too */
    for (guint i = 1; i < reader->estate->domains->len; i++) {
        const Domain *domain = reader->estate->domains->pdata[i];
        if (domain->dns && (reader->plan->reach == REACH_FOREST ||
                            live_plan_names(reader->plan, domain)))
            g_ptr_array_add(names, (gpointer)domain->dns);
    }
    for (guint i = 0; i < names->len; i++)
        read_one_more(reader, names->pdata[i]);
    builder_settle_domains(reader->builder);
}

/* Hyper-V hosts without Hyper-V SPNs; krbtgt and Protected Users. */
static bool
read_second(Live *live, GError **error)
{
    Reader *reader = live->reader;
    g_autoptr(GPtrArray) missing = g_ptr_array_new(), here = g_ptr_array_new();
    builder_mark_hyperv(reader->builder, missing);
    for (guint i = 0; i < missing->len; i++)
        if (live_holds(live, missing->pdata[i]))
            g_ptr_array_add(here, missing->pdata[i]);
    if (builder_discovers(reader->plan)) {
        live_ask_batches(live, QUERY_HOSTS_BY_DN, "dns", batches_of_dns(here), NULL);
        live_ask_batches(live, QUERY_HOSTS_BY_NAME, "names",
                         batches_of_computers(reader->partners), NULL);
    }

    const Domain *domain = live_domain(live);
    Sid krbtgt, protected_users;
    g_autoptr(GPtrArray) sids = g_ptr_array_new();
    if (sid_is_set(&domain->sid)) {
        krbtgt = sid_of_rid(&domain->sid, RID_KRBTGT);
        protected_users = sid_of_rid(&domain->sid, RID_PROTECTED_USERS);
        g_ptr_array_add(sids, &krbtgt);
        g_ptr_array_add(sids, &protected_users);
    } else {
        estate_add_gap(reader->estate, "objectSid of the domain",
                       "without it, krbtgt and Protected Users cannot be found");
    }
    live_ask_batches(live, QUERY_ACCOUNTS_BY_SID, "sids", batches_of_sids(sids), NULL);
    /* By what the trusts within the forest take, hosts of other domains are reached. */
    if (reader->plan->reach == REACH_HOSTS && reader->lives->len > 1)
        live_ask(live, QUERY_TRUSTS, NULL, NULL);
    people_ask_groups(live);
    people_ask_well_known(live);
    return engine_run(live->engine, error) && people_read_well_known(live, error);
}

/* Without crossRefs there may be other domains. */
static bool
has_several(const Reader *reader)
{
    return reader->estate->domains->len > 1 || !builder_knows_forest(reader->builder);
}

static void
ask_protected(const Live *live)
{
    Reader *reader = live->reader;
    const Domain *domain = live_domain(live);
    const Account *group = live_find_rid(live, RID_PROTECTED_USERS);
    if (group) {
        reader_ask_members(reader, group->dn);
    } else if (sid_is_set(&domain->sid)) {
        /* A domain of before 2012 R2 has no such group: nobody is in it. */
        Sid sid = sid_of_rid(&domain->sid, RID_PROTECTED_USERS);
        g_autofree char *text = sid_format(&sid);
        estate_add_membership(reader->estate, text, NULL);
    }
}

/* Members of groups, whom RBCD descriptors name, and, in a forest of one
 * domain, who holds the SPNs that matter.  Run when every domain has asked:
 * a group's members are asked for in all. */
static bool
ask_third(Live *live, GError **error)
{
    bool groups;
    Reader *reader = live->reader;
    ask_protected(live);
    people_ask(live);
    g_autoptr(GPtrArray) trustees =
        batches_trustees(reader->builder, reader->plan, builder_judges, &groups);
    live_ask_batches(live, QUERY_ACCOUNTS_BY_SID, "sids", batches_of_bearers(trustees),
                     NULL);
    if (has_several(reader))
        return true;
    owners_ask_alike(live, live->owners);
    /* It looks at the whole domain, while the filters of the next are made. */
    if (!engine_start(live->engine, error))
        return false;
    owners_ask(live, live->owners);
    return true;
}

static bool
run(Live *live, GError **error)
{
    return engine_run(live->engine, error);
}

/* Owners of SPNs and foreign trustees in the forest of that domain. */
static bool
read_catalog(const Live *live, GError **error)
{
    const Reader *reader = live->reader;
    bool groups;
    g_auto(Catalog) catalog = {.live = NULL};
    g_autoptr(GPtrArray) jobs = g_ptr_array_new();
    g_autoptr(GPtrArray) trustees =
        batches_trustees(reader->builder, reader->plan, builder_judges, &groups);
    if (!catalog_open(&catalog, live, error))
        return false;
    Batches *once = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(once, g_strdup(""));
    catalog_ask(&catalog, QUERY_FOREST_DOMAINS, NULL, once, NULL);
    owners_ask_catalog(&catalog, jobs);
    catalog_ask(&catalog, QUERY_ACCOUNTS_BY_SID, "sids", batches_of_bearers(trustees),
                NULL);
    if (!engine_run(catalog.engine, error))
        return false;
    builder_settle_domains(reader->builder);
    return jobs_complete(jobs) ||
           fault_set(error, FAULT_UNREACHABLE, "not all searches ended well");
}

/* What the domain itself knows of the owners: more than the catalog. */
static bool
read_owners(Live *live, GError **error)
{
    owners_ask_alike(live, NULL);
    owners_ask(live, NULL);
    return engine_run(live->engine, error);
}

/* Whether it matters when exactly the account was changed, and was not read with it.
 * whenChanged is the newest of all its attributes' times. */
static bool
wants_changes(const Reader *reader, const Account *account)
{
    const Estate *estate = reader->estate;
    gint64 now_us = estate->collected_us + estate->dc_skew_us;
    return !account->changes &&
           (reader->plan->all_dcs || now_us - account->changed_us < RECENT_US);
}

/* All groups of every host, where a descriptor may name one, and when its
 * attributes were changed. */
static bool
read_tokens(Live *live, GError **error)
{
    const Reader *reader = live->reader;
    bool groups;
    g_autoptr(GPtrArray) changed = g_ptr_array_new();
    g_ptr_array_unref(
        batches_trustees(reader->builder, reader->plan, builder_wants, &groups));
    groups = groups || people_want_groups(live);
    for (guint i = 0; i < reader->estate->accounts->len; i++) {
        const Account *account = reader->estate->accounts->pdata[i];
        if (account->partial || !live_holds(live, account->dn) ||
            !builder_wants(reader->builder, reader->plan, account))
            continue;
        if (groups)
            live_ask(live, QUERY_TOKEN_GROUPS, "account", account->dn);
        if (wants_changes(reader, account))
            g_ptr_array_add(changed, (gpointer)account);
    }
    changes_ask(live, changed);
    return engine_run(live->engine, error);
}

static void
domain_lost(const Reader *reader, Live *live, const GError *failure)
{
    live->lost = true;
    g_autofree char *name = dn_domain(live->root->domain_dn);
    g_autofree char *what = g_strdup_printf("the domain %s", name);
    estate_add_gap(reader->estate, what, failure->message);
}

/* One step in every domain.  Only the audited one's failure ends the reading. */
static bool
in_every_domain(const Reader *reader, bool (*step)(Live *live, GError **error),
                GError **error)
{
    if (!step(reader->lives->pdata[0], error))
        return false;
    for (guint i = 1; i < reader->lives->len; i++) {
        Live *live = reader->lives->pdata[i];
        g_autoptr(GError) failure = NULL;
        if (!live->lost && !step(live, &failure))
            domain_lost(reader, live, failure);
    }
    return true;
}

/* Level by level, until groups hold no more groups. */
static bool
run_nested(Reader *reader, GError **error)
{
    do {
        if (!in_every_domain(reader, run, error))
            return false;
    } while (reader_ask_nested(reader));
    return true;
}

static bool
read_forest(const Reader *reader, GError **error)
{
    if (!has_several(reader)) {
        const Live *live = reader->lives->pdata[0];
        reader->estate->spns_forest_wide = jobs_complete(live->owners);
        return true;
    }
    reader->estate->spns_forest_wide = true;
    for (guint i = 0; i < reader->lives->len; i++) {
        const Live *live = reader->lives->pdata[i];
        g_autoptr(GError) failure = NULL;
        if (!live->first_of_forest || read_catalog(live, &failure))
            continue;
        reader->estate->spns_forest_wide = false;
        estate_add_gap(reader->estate, "owners of SPNs in the rest of the forest",
                       failure->message);
    }
    return in_every_domain(reader, read_owners, error);
}

/* The other ends of what was read, in full: owners and trustees at once, members of
 * groups when they are known; and what groups they are in, level by level. */
static bool
read_ends(Reader *reader, GError **error)
{
    g_autoptr(GHashTable) asked =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    ends_ask_members(reader);
    ends_ask(reader);
    if (!run_nested(reader, error))
        return false;
    if (ends_ask(reader) && !in_every_domain(reader, run, error))
        return false;
    for (guint level = 0; ends_want_groups(reader) && ends_ask_groups(reader, asked) &&
                          reader_may_go_up(reader, level);
         level++)
        if (!in_every_domain(reader, run, error))
            return false;
    return true;
}

/* Whether whoever delegates was looked for everywhere. */
static bool
delegations_complete(const Reader *reader)
{
    for (guint i = 0; i < reader->lives->len; i++) {
        const Live *live = reader->lives->pdata[i];
        if (live->lost || !live->delegations || !live->delegations->complete)
            return false;
    }
    return true;
}

static bool
are_trusts_read(const Reader *reader)
{
    for (guint i = 0; i < reader->lives->len; i++) {
        const Live *live = reader->lives->pdata[i];
        if (live->lost || !live->trusts || !live->trusts->complete)
            return false;
    }
    return true;
}

/* For whoever audits it: which of them findings will be about is not known yet. */
static bool
read_changes(Live *live, GError **error)
{
    const Reader *reader = live->reader;
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    for (guint i = 0; i < reader->estate->accounts->len; i++) {
        Account *account = reader->estate->accounts->pdata[i];
        if (!account->partial && !account->missing && !account->changes &&
            (account->kinds & (KIND_GROUP | KIND_FOREIGN)) == 0 &&
            live_holds(live, account->dn))
            g_ptr_array_add(accounts, account);
    }
    changes_ask(live, accounts);
    return engine_run(live->engine, error);
}

static bool
read_all(Reader *reader, Directory *directory, GError **error)
{
    Live *live = NULL;
    if (!reader_add(reader, directory, false, &live, error) || !read_main(live, error))
        return false;
    read_more_domains(reader);
    reader_take_members(reader);
    if (builder_discovers(reader->plan))
        builder_mark_partners(reader->builder, reader->partners);
    if (!in_every_domain(reader, read_second, error))
        return false;
    if (builder_discovers(reader->plan)) {
        builder_add_missing(reader->builder);
        builder_mark_partners(reader->builder, NULL);
    }
    if (!in_every_domain(reader, ask_third, error) || !run_nested(reader, error) ||
        !read_forest(reader, error) || !in_every_domain(reader, read_tokens, error))
        return false;
    if (reader->plan->reach != REACH_HOSTS &&
        (!read_ends(reader, error) || !upns_read(reader, has_several(reader), error)))
        return false;
    reader->estate->delegations_read = delegations_complete(reader);
    if (reader->plan->gpo && !in_every_domain(reader, policies_read, error))
        return false;
    reader_take_members(reader);
    people_settle(reader);
    nearby_read(reader);
    reader->estate->trusts_read = are_trusts_read(reader);
    trusts_settle(reader->estate);
    return !reader->plan->snapshot || in_every_domain(reader, read_changes, error);
}

/* Each domain and the DC that it was read from. */
static void
note_origins(const Reader *reader)
{
    for (guint i = 0; i < reader->lives->len; i++) {
        const Live *live = reader->lives->pdata[i];
        Origin *origin = origin_new("ldap");
        origin->uri = g_strdup(live->directory->uri->text);
        origin->dc = g_strdup(live->root->host);
        origin->domain = dn_domain(live->root->domain_dn);
        origin->data_us = reader->estate->collected_us;
        origin->dated = DATED_READ;
        g_ptr_array_add(reader->estate->origins, origin);
    }
}

bool
live_read(Directory *directory, const LiveOptions *options, const CollectPlan *plan,
          const Queries *queries, Estate **ret_estate, GError **error)
{
    g_autoptr(Estate) estate = estate_new(g_get_real_time());
    estate->source_kind = "ldap";
    estate->source_uri = estate_string(estate, directory->uri->text);
    g_autoptr(Builder) builder = builder_new(estate);
    g_autoptr(Snapshot) snapshot = plan->snapshot ? snapshot_new() : NULL;
    builder->snapshot = snapshot;
    g_auto(Reader) reader;
    reader_init(&reader, options, plan, queries, estate, builder);
    if (!read_all(&reader, directory, error))
        return false;
    note_origins(&reader);
    builder_settle(builder, plan, true);
    dsas_settle(builder->dsas, estate);
    gplink_settle(estate, true);
    if (plan->all_dcs)
        replicas_read(&reader);
    if (plan->progress)
        plan->progress("entries", builder->count, plan->progress_data);
    if (snapshot)
        snapshot_write(snapshot, estate, reader.replica_pages, plan->snapshot);
    estate_freeze(estate);
    *ret_estate = g_steal_pointer(&estate);
    return true;
}
