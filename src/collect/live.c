#include "collect/live.h"

#include "base/fault.h"
#include "base/text.h"
#include "collect/locate.h"
#include "collect/search.h"
#include "collect/wanted.h"

#define RID_KRBTGT 502
#define RID_PROTECTED_USERS 525
#define GC_PORT 3268
#define GC_TLS_PORT 3269
#define GC_TRIES 4

typedef struct {
    const LiveOptions *options;
    const CollectPlan *plan;
    const Queries *queries;
    Directory *directory;
    Engine *engine;
    Estate *estate;
    Intake *intake;
} Live;

/* Queues a query; `name` and `text` are the placeholder that it has beside
 * {domain} and {config} (both may be NULL). */
static Job *
ask(const Live *live, QueryId id, const char *name, const char *text)
{
    const RootDse *root = &live->intake->root;
    const QueryArg args[] = {{"domain", root->domain_dn ? root->domain_dn : ""},
                             {"config", root->config_dn ? root->config_dn : ""},
                             {"scope", root->domain_dn ? root->domain_dn : ""},
                             {name, text},
                             {NULL, NULL}};
    return engine_add(live->engine, &live->queries->queries[id], args, false);
}

/* The same for every batch of terms; the jobs are added to `jobs` (may be
 * NULL).  Frees the batches. */
static void
ask_batches(const Live *live, QueryId id, const char *name, Batches *batches,
            GPtrArray *jobs)
{
    for (guint i = 0; i < batches->len; i++) {
        Job *job = ask(live, id, name, batches->pdata[i]);
        if (jobs)
            g_ptr_array_add(jobs, job);
    }
    g_ptr_array_unref(batches);
}

/* The DC's clock has whole seconds, and was read somewhere within the round
 * trip: a difference below both proves nothing. */
static void
judge_clock(Live *live, gint64 sent_us, gint64 trip_us)
{
    if (!live->intake->root.has_time)
        return;
    gint64 ours_us = sent_us + trip_us / 2;
    gint64 skew_us = live->intake->root.time_us + G_USEC_PER_SEC / 2 - ours_us;
    live->estate->dc_clock_read = true;
    live->estate->dc_skew_us = ABS(skew_us) > trip_us + G_USEC_PER_SEC ? skew_us : 0;
}

static bool
read_root(Live *live, GError **error)
{
    gint64 sent_us = g_get_real_time(), start_us = g_get_monotonic_time();
    ask(live, QUERY_ROOTDSE, NULL, NULL);
    if (!engine_run(live->engine, error))
        return false;
    judge_clock(live, sent_us, g_get_monotonic_time() - start_us);

    const RootDse *root = &live->intake->root;
    const char *uri = live->directory->uri->text;
    if (!root->active_directory || !root->domain_dn || !root->config_dn)
        return fault_set(error, FAULT_MALFORMED,
                         "%s: not a domain controller of an Active Directory", uri);
    g_autofree char *serves = dn_domain(root->domain_dn);
    const char *asked = live->options->domain;
    if (asked && serves && !text_equal(asked, serves))
        return fault_set(error, FAULT_CONFIG, "%s: serves the domain %s, not %s", uri,
                         serves, asked);
    g_autofree char *whoami = directory_whoami(live->directory);
    live->estate->principal =
        estate_string(live->estate, whoami ? whoami : live->options->principal);
    return true;
}

/* A group of the plan: its hosts, and that it is a group at all. */
typedef struct {
    const char *dn;
    Job *hosts;
} GroupJob;

static void
take_groups(const Live *live, GArray *groups)
{
    for (guint i = 0; i < groups->len; i++) {
        const GroupJob *group = &g_array_index(groups, GroupJob, i);
        for (guint a = 0; a < group->hosts->accounts->len; a++)
            intake_taken(live->intake, group->hosts->accounts->pdata[a])->wanted = true;
        if (!group->hosts->complete)
            continue; /* a gap stands; nobody is said to be outside */
        estate_add_membership(live->estate, group->dn, NULL);
        for (guint a = 0; a < group->hosts->accounts->len; a++)
            estate_add_membership(live->estate, group->dn,
                                  group->hosts->accounts->pdata[a]);
    }
}

static void
ask_plan(const Live *live, GArray *groups, GPtrArray *containers)
{
    ask_batches(live, QUERY_HOSTS_BY_NAME, "names", wanted_names(live->plan), NULL);
    for (guint g = 0; g < live->plan->groups->len; g++) {
        const GroupSpec *spec = live->plan->groups->pdata[g];
        for (guint i = 0; i < spec->hosts_in->len; i++)
            g_ptr_array_add(containers, ask(live, QUERY_HOSTS_IN, "container",
                                            spec->hosts_in->pdata[i]));
        for (guint i = 0; i < spec->member_of->len; i++) {
            const char *dn = spec->member_of->pdata[i];
            g_autofree char *quoted = text_quoted(QUOTE_LDAP_FILTER, dn);
            GroupJob group = {dn, ask(live, QUERY_HOSTS_IN_GROUP, "group", quoted)};
            ask(live, QUERY_GROUP, "group", dn);
            g_array_append_val(groups, group);
        }
    }
}

/* The hosts, and what the whole domain says about itself. */
static bool
read_hosts(Live *live, GError **error)
{
    g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(GroupJob));
    g_autoptr(GPtrArray) containers = g_ptr_array_new();
    bool discover = !live->plan->groups || live->plan->groups->len == 0;
    ask(live, QUERY_DOMAIN, NULL, NULL);
    ask(live, QUERY_PARTITIONS, NULL, NULL);
    ask(live, QUERY_MAPPINGS, NULL, NULL);
    ask(live, QUERY_HYPERV_SCP, NULL, NULL);
    if (discover)
        ask(live, QUERY_HOSTS, NULL, NULL);
    else
        ask_plan(live, groups, containers);
    if (!engine_run(live->engine, error))
        return false;

    take_groups(live, groups);
    for (guint i = 0; i < containers->len; i++) {
        const Job *job = containers->pdata[i];
        for (guint a = 0; a < job->accounts->len; a++)
            intake_taken(live->intake, job->accounts->pdata[a])->wanted = true;
    }
    if (!live->estate->aliases_read)
        estate_add_gap(live->estate, "sPNMappings", "the reader was shown none");
    if (!intake_settle_domains(live->intake))
        return fault_set(error, FAULT_MALFORMED,
                         "%s: its naming context %s has no DNS name",
                         live->directory->uri->text, live->intake->root.domain_dn);
    return true;
}

/* Hyper-V hosts without Hyper-V SPNs; krbtgt and Protected Users. */
static bool
read_second(Live *live, GError **error)
{
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    intake_mark_hyperv(live->intake, missing);
    bool discover = !live->plan->groups || live->plan->groups->len == 0;
    if (discover)
        ask_batches(live, QUERY_HOSTS_BY_DN, "dns", wanted_dns(missing), NULL);

    const Domain *domain = live->estate->domains->pdata[0];
    Sid krbtgt, protected_users;
    g_autoptr(GPtrArray) sids = g_ptr_array_new();
    if (sid_is_set(&domain->sid)) {
        krbtgt = sid_of_rid(&domain->sid, RID_KRBTGT);
        protected_users = sid_of_rid(&domain->sid, RID_PROTECTED_USERS);
        g_ptr_array_add(sids, &krbtgt);
        g_ptr_array_add(sids, &protected_users);
    } else {
        estate_add_gap(live->estate, "objectSid of the domain",
                       "without it, krbtgt and Protected Users cannot be found");
    }
    ask_batches(live, QUERY_ACCOUNTS_BY_SID, "sids", wanted_sids(sids), NULL);
    if (!engine_run(live->engine, error))
        return false;

    g_ptr_array_set_size(missing, 0);
    intake_mark_hyperv(live->intake, missing);
    for (guint i = 0; discover && i < missing->len; i++) {
        Account *account = estate_add_account(live->estate, missing->pdata[i], NULL);
        account->missing = account->hyperv_scp = true;
        account->unread = ~G_GUINT64_CONSTANT(0);
        estate_add_gap(
            live->estate, account->dn,
            "it holds a Hyper-V service connection point, and could not be read");
    }
    return true;
}

/* The account of the domain's RID among those read; NULL: it is not there. */
static const Account *
find_rid(const Live *live, guint32 rid)
{
    const Domain *domain = live->estate->domains->pdata[0];
    if (!sid_is_set(&domain->sid))
        return NULL;
    Sid sid = sid_of_rid(&domain->sid, rid);
    for (guint i = 0; i < live->estate->accounts->len; i++) {
        const Account *account = live->estate->accounts->pdata[i];
        if (sid_equal(&account->sid, &sid))
            return account;
    }
    return NULL;
}

/* All in the forest, or in the domain where the forest has no other. */
typedef struct {
    Live *live;
    Directory *directory;
    Engine *engine;
} Catalog;

static void
catalog_close(Catalog *catalog)
{
    g_clear_pointer(&catalog->engine, engine_free);
    g_clear_pointer(&catalog->directory, directory_close);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Catalog, catalog_close)

static bool
catalog_connect(Catalog *catalog, const char *host, GError **error)
{
    Live *live = catalog->live;
    bool ldaps = live->directory->uri->ldaps, elsewhere;
    g_autoptr(Uri) uri = uri_new(ldaps, host, ldaps ? GC_TLS_PORT : GC_PORT);
    LiveOptions options = *live->options;
    options.mech = live->directory->mech; /* what worked once */
    if (!directory_open(uri, &options, &catalog->directory, &elsewhere, error))
        return false;
    catalog->engine = engine_new(catalog->directory, live->intake, live->plan);
    return true;
}

/* The DC at hand where it is a Global Catalog, else one that DNS names. */
static bool
catalog_open(Catalog *catalog, GError **error)
{
    Live *live = catalog->live;
    if (live->intake->root.catalog)
        return catalog_connect(catalog, live->directory->uri->host, error);
    g_autofree char *name = g_strdup_printf("_gc._tcp.%s", live->estate->forest);
    g_autoptr(GPtrArray) records = NULL;
    if (!locate_srv(name, live->options->timeout_s, &records, error))
        return false;
    for (guint i = 0; i < MIN(records->len, GC_TRIES); i++) {
        g_clear_error(error);
        if (catalog_connect(catalog, ((SrvRecord *)records->pdata[i])->host, error))
            return true;
    }
    return false;
}

static void
catalog_ask(const Catalog *catalog, QueryId id, const char *name, Batches *batches,
            GPtrArray *jobs)
{
    for (guint i = 0; i < batches->len; i++) {
        /* The empty base of a catalog is the whole forest. */
        const QueryArg args[] = {
            {"scope", ""}, {"domain", ""}, {name, batches->pdata[i]}, {NULL, NULL}};
        g_ptr_array_add(jobs,
                        engine_add(catalog->engine, &catalog->live->queries->queries[id],
                                   args, true));
    }
    g_ptr_array_unref(batches);
}

static bool
all_complete(const GPtrArray *jobs)
{
    for (guint i = 0; i < jobs->len; i++)
        if (!((const Job *)jobs->pdata[i])->complete)
            return false;
    return true;
}

/* Owners of SPNs and foreign trustees, forest-wide. */
static bool
read_catalog(Live *live, const GPtrArray *trustees, GError **error)
{
    g_auto(Catalog) catalog = {.live = live};
    g_autoptr(GPtrArray) jobs = g_ptr_array_new(), heads = g_ptr_array_new();
    if (!catalog_open(&catalog, error))
        return false;
    Batches *once = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(once, g_strdup(""));
    catalog_ask(&catalog, QUERY_FOREST_DOMAINS, NULL, once, heads);
    catalog_ask(&catalog, QUERY_SPN_OWNERS, "spns", wanted_spns(live->intake, live->plan),
                jobs);
    catalog_ask(&catalog, QUERY_ACCOUNTS_BY_SID, "sids", wanted_sids(trustees), heads);
    if (!engine_run(catalog.engine, error))
        return false;
    live->estate->spns_forest_wide = all_complete(jobs);
    intake_settle_domains(live->intake);
    return true;
}

static void
take_protected(const Live *live, const Account *group, const Job *members)
{
    Estate *estate = live->estate;
    const Domain *domain = estate->domains->pdata[0];
    if (members && members->complete) {
        estate_add_membership(estate, group->dn, NULL);
        for (guint i = 0; i < members->accounts->len; i++)
            estate_add_membership(estate, group->dn, members->accounts->pdata[i]);
    } else if (!group && sid_is_set(&domain->sid)) {
        /* A domain of before 2012 R2 has no such group: nobody is in it. */
        Sid sid = sid_of_rid(&domain->sid, RID_PROTECTED_USERS);
        g_autofree char *text = sid_format(&sid);
        estate_add_membership(estate, text, NULL);
    }
}

/* The whole forest's owners of SPNs and foreign trustees; what the catalog
 * does not give becomes a gap. */
static bool
read_forest(Live *live)
{
    bool groups;
    g_autoptr(GPtrArray) trustees = wanted_trustees(live->intake, live->plan, &groups);
    g_autoptr(GError) failure = NULL;
    if (read_catalog(live, trustees, &failure))
        return true;
    estate_add_gap(live->estate, "owners of SPNs in the rest of the forest",
                   failure->message);
    return false;
}

/* Members of Protected Users, whom RBCD descriptors name, and who holds the
 * SPNs that matter. */
static bool
read_third(Live *live, GError **error)
{
    bool groups;
    /* Without crossRefs there may be other domains. */
    bool several = live->estate->domains->len > 1 || !intake_knows_forest(live->intake);
    const Account *group = find_rid(live, RID_PROTECTED_USERS);
    g_autofree char *quoted = group ? text_quoted(QUOTE_LDAP_FILTER, group->dn) : NULL;
    const Job *members = group ? ask(live, QUERY_MEMBERS, "group", quoted) : NULL;
    g_autoptr(GPtrArray) trustees = wanted_trustees(live->intake, live->plan, &groups);
    g_autoptr(GPtrArray) owners = g_ptr_array_new();
    ask_batches(live, QUERY_ACCOUNTS_BY_SID, "sids", wanted_sids(trustees), NULL);
    /* In a forest of one domain its DCs know every owner. */
    if (!several)
        ask_batches(live, QUERY_SPN_OWNERS, "spns", wanted_spns(live->intake, live->plan),
                    owners);
    if (!engine_run(live->engine, error))
        return false;
    take_protected(live, group, members);
    live->estate->spns_forest_wide = !several && all_complete(owners);
    if (!several || read_forest(live))
        return true;
    ask_batches(live, QUERY_SPN_OWNERS, "spns", wanted_spns(live->intake, live->plan),
                owners);
    return engine_run(live->engine, error);
}

/* All groups of every host, where an RBCD descriptor may name one. */
static bool
read_tokens(Live *live, GError **error)
{
    Estate *estate = live->estate;
    bool groups;
    g_ptr_array_unref(wanted_trustees(live->intake, live->plan, &groups));
    if (!groups)
        return true;
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if (intake_wants(live->intake, live->plan, account) && !account->partial)
            ask(live, QUERY_TOKEN_GROUPS, "account", account->dn);
    }
    return engine_run(live->engine, error);
}

static bool
read_all(Live *live, GError **error)
{
    return read_root(live, error) && read_hosts(live, error) &&
           read_second(live, error) && read_third(live, error) &&
           read_tokens(live, error);
}

bool
live_read(Directory *directory, const LiveOptions *options, const CollectPlan *plan,
          const Queries *queries, Estate **ret_estate, GError **error)
{
    g_autoptr(Estate) estate = estate_new(g_get_real_time());
    estate->source_kind = "ldap";
    estate->source_uri = estate_string(estate, directory->uri->text);
    g_autoptr(Intake) intake = intake_new(estate);
    g_autoptr(Engine) engine = engine_new(directory, intake, plan);
    Live live = {options, plan, queries, directory, engine, estate, intake};
    if (!read_all(&live, error))
        return false;
    intake_settle(intake, plan, true);
    if (plan->progress)
        plan->progress("entries", intake->count, plan->progress_data);
    estate_freeze(estate);
    *ret_estate = g_steal_pointer(&estate);
    return true;
}
