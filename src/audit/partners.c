/* Who belongs together: declared groups, or those the delegation edges show. */
#include "partners.h"

#include "base/fault.h"
#include "base/text.h"
#include "model/members.h"
#include "model/written.h"

#include <string.h>

#define BUILD_SERVER_2016 14393

static int
by_name(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    int order = strcmp((*left)->name, (*right)->name);
    return order ? order : strcmp((*left)->dn, (*right)->dn);
}

static Group *
group_new(const char *name, GroupOrigin origin)
{
    Group *group = g_new0(Group, 1);
    group->name = g_strdup(name);
    group->origin = origin;
    group->members = g_ptr_array_new();
    group->storage = g_ptr_array_new();
    group->services = 1u << SERVICE_CIFS | 1u << SERVICE_MIGRATION;
    return group;
}

bool
host_is_2016(const Account *account)
{
    guint build = account_os_build(account);
    return build == 0 || build >= BUILD_SERVER_2016;
}

/* Protocol transition is required where any host is Windows Server 2016 or
 * later; a host whose version is not known is taken for one. */
static void
settle_transition(Group *group)
{
    group->pt_required = group->pt == PT_REQUIRED;
    for (guint i = 0; group->pt == PT_DEFAULT && i < group->members->len; i++)
        group->pt_required = group->pt_required || host_is_2016(group->members->pdata[i]);
}

/* Accounts that one declared name or glob names. */
static guint
add_named(const Estate *estate, const char *pattern, GPtrArray *into)
{
    guint found = 0;
    g_autoptr(GPtrArray) among = written_among(pattern, estate);
    for (guint i = 0; i < among->len; i++) {
        Account *account = among->pdata[i];
        if ((account->kinds & KIND_COMPUTER) == 0 ||
            (account->kinds & KIND_MANAGED) != 0 || account_is_conflict(account) ||
            !written_means(pattern, estate, account))
            continue;
        found++;
        if (!g_ptr_array_find(into, account, NULL))
            g_ptr_array_add(into, account);
    }
    return found;
}

/* A name that names nobody: the command line is wrong; a configuration file
 * may outlive a host, which the report then says. */
static bool
miss(const Partners *partners, const GroupSpec *spec, const char *name, GError **error)
{
    g_autofree char *why =
        written_miss(name, partners->estate, KIND_COMPUTER, "no such computer");
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
    if (spec->origin == ORIGIN_HOSTS)
        return fault_set(error, written_miss_fault(partners->estate),
                         "--host %s: %s (accounts of every kind: kcdaudit delegations)",
                         shown, why);
    g_autofree char *what = g_strdup_printf("%s of [group %s]", shown, spec->name);
    gaps_add(&partners->gaps, what, why);
    return true;
}

/* Computers below a container or in a group.  Where there are none, nothing is
 * audited, which must not look like a good result. */
static void
add_placed(const Partners *partners, const GroupSpec *spec, const char *dn, bool is_group,
           GPtrArray *into)
{
    const Estate *estate = partners->estate;
    g_autoptr(GroupSpec) place = group_spec_new(spec->name, spec->origin);
    g_ptr_array_add(is_group ? place->member_of : place->hosts_in, g_strdup(dn));
    guint found = 0;
    for (guint i = 0; i < estate->accounts->len; i++) {
        Account *account = estate->accounts->pdata[i];
        Tri in = group_spec_matches(place, estate, account);
        if (in == TRI_UNKNOWN) {
            g_autofree char *what = g_strdup_printf("members of [group %s]", spec->name);
            gaps_add(&partners->gaps, what,
                     estate_is_export(estate)
                         ? "groups that may lead there were not exported"
                         : "group memberships could not be read to the end");
        }
        if (in != TRI_YES)
            continue;
        found++;
        if (!g_ptr_array_find(into, account, NULL))
            g_ptr_array_add(into, account);
    }
    const Account *named = is_group ? estate_by_dn(estate, dn) : NULL;
    g_autofree char *unread = named ? members_unread(estate, named) : NULL;
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, dn);
    g_autofree char *what = g_strdup_printf("%s of [group %s]", shown, spec->name);
    if (unread)
        gaps_add(&partners->gaps, what, unread);
    if (found > 0)
        return;
    gaps_add(&partners->gaps, what,
             is_group ? "no computer was found in that group"
                      : "no computer was found below it");
}

/* Whoever asks about a host alone is told nothing of its migrations, which must not look
 * like a good result either. */
static void
miss_partners(const Partners *partners, const Account *host)
{
    g_autofree char *what = g_strdup_printf("migrations of %s", host->name);
    gaps_add(&partners->gaps, what,
             "--host names it alone: name those that it migrates to as well");
}

static bool
resolve_spec(const Partners *partners, const GroupSpec *spec, GError **error)
{
    const Estate *estate = partners->estate;
    Group *group = group_new(spec->name, spec->origin);
    g_ptr_array_add(partners->groups, group);
    group->services = spec->services;
    group->classes = g_ptr_array_ref(spec->classes);
    group->mode = spec->mode;
    group->pt = spec->pt;
    group->names = spec->names;

    for (guint i = 0; i < spec->hosts->len; i++)
        if (add_named(estate, spec->hosts->pdata[i], group->members) == 0 &&
            !miss(partners, spec, spec->hosts->pdata[i], error))
            return false;
    for (guint i = 0; i < spec->storage->len; i++)
        if (add_named(estate, spec->storage->pdata[i], group->storage) == 0 &&
            !miss(partners, spec, spec->storage->pdata[i], error))
            return false;
    for (guint i = 0; i < spec->hosts_in->len; i++)
        add_placed(partners, spec, spec->hosts_in->pdata[i], false, group->members);
    for (guint i = 0; i < spec->member_of->len; i++)
        add_placed(partners, spec, spec->member_of->pdata[i], true, group->members);
    g_ptr_array_sort(group->members, by_name);
    g_ptr_array_sort(group->storage, by_name);
    settle_transition(group);
    if (spec->origin == ORIGIN_HOSTS && partners->policy->reach == REACH_HOSTS &&
        group->members->len == 1 && group->storage->len == 0)
        miss_partners(partners, group->members->pdata[0]);
    return true;
}

/* Union-find over the discovered hosts. */
static guint
root_of(guint *parents, guint at)
{
    while (parents[at] != at)
        at = parents[at] = parents[parents[at]];
    return at;
}

typedef struct {
    guint *places; /* by the account's number: of a host its place + 1 */
    guint *parents;
    bool *linked;
    bool everybody; /* one component has them all */
} Components;

static void
link_hosts(Components *components, guint from, const Account *account)
{
    guint to = components->places[account->number];
    if (to == 0 || to - 1 == from)
        return;
    to--;
    components->linked[from] = components->linked[to] = true;
    components->parents[root_of(components->parents, from)] =
        root_of(components->parents, to);
}

static void
link_all(Components *components, guint from, const GPtrArray *accounts)
{
    for (guint i = 0; accounts && i < accounts->len; i++)
        link_hosts(components, from, accounts->pdata[i]);
}

/* By who owns the SPN, and by the host it names: a partner whose SPN is
 * missing is a partner all the same. */
static void
link_by_list(Components *components, const Partners *partners, guint from,
             const Account *source)
{
    const Estate *estate = partners->estate;
    const Entries *entries = verdict_entries(partners->context, source);
    for (guint i = 0; i < entries->len; i++) {
        const SpnAnswer *answer = entry_at(entries, i);
        const GPtrArray *named = answer->named;
        link_all(components, from, answer->resolved.owners);
        for (guint n = 0; named && n < named->len; n++)
            /* Every forest may have its HV02. */
            if (!estate->several_forests ||
                estate_in_one_forest(estate, source, named->pdata[n]) != TRI_NO)
                link_hosts(components, from, named->pdata[n]);
    }
}

/* What the descriptors of the hosts of one domain name, and the hosts that bear it: who
 * is named was meant as a partner, though it may not be granted: RBC-01 says so. */
typedef struct {
    const Partners *partners;
    const GPtrArray *hosts;
    const Domain *kdc;
    GHashTable *bearers; /* Sid -> GArray of guint, places of hosts */
} Named;

static void
places_free(gpointer places)
{
    g_array_unref(places);
}

static const SecDesc *
named_descriptor(const Named *named, const Account *host)
{
    return account_knows(host, ATTR_RBCD) &&
                   estate_home_of(named->partners->estate, host) == named->kdc
               ? edge_descriptor(verdict_edges(named->partners->context), host, NULL)
               : NULL;
}

static void
name_sids(const Named *named, const SecDesc *descriptor)
{
    for (guint i = 0; i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        const Sid *sid = ace_names(descriptor, ace);
        if (sid && !g_hash_table_contains(named->bearers, sid))
            g_hash_table_insert(named->bearers, (gpointer)sid,
                                g_array_new(FALSE, FALSE, sizeof(guint)));
    }
}

static void
find_bearers(const Named *named, const Account *of_domain)
{
    EdgeIndex *edges = verdict_edges(named->partners->context);
    for (guint i = 0; i < named->hosts->len; i++) {
        const Token *token = edge_token(edges, named->hosts->pdata[i], of_domain);
        GHashTableIter each;
        gpointer sid;
        g_hash_table_iter_init(&each, token_sids(token));
        while (g_hash_table_iter_next(&each, &sid, NULL)) {
            GArray *places = g_hash_table_lookup(named->bearers, sid);
            if (places)
                g_array_append_val(places, i);
        }
    }
}

static void
link_named(Components *components, const Named *named, guint at)
{
    const Account *host = named->hosts->pdata[at];
    const SecDesc *descriptor = named_descriptor(named, host);
    for (guint i = 0; descriptor && i < descriptor->aces->len; i++) {
        const Ace *ace = &g_array_index(descriptor->aces, Ace, i);
        const Sid *sid = ace_names(descriptor, ace);
        GArray *places = sid ? g_hash_table_lookup(named->bearers, sid) : NULL;
        if (!places || places->len == 0)
            continue;
        for (guint n = 0; n < places->len; n++)
            link_hosts(components, g_array_index(places, guint, n), host);
        /* All of one component now: the first stands for them with the next host. */
        g_array_set_size(places, 1);
    }
    /* Without a list everybody is meant: nobody is left to be linked after that. */
    if (!descriptor || descriptor->dacl == DACL_LIST || components->everybody)
        return;
    components->everybody = true;
    for (guint s = 0; s < named->hosts->len; s++)
        link_hosts(components, s, host);
}

/* By the descriptors of the hosts of `first`'s domain. */
static void
link_by_rbcd(Components *components, const Partners *partners, const GPtrArray *hosts,
             const Account *first)
{
    g_autoptr(GHashTable) bearers =
        g_hash_table_new_full(sid_hash, sid_equal, NULL, places_free);
    const Named named = {partners, hosts, estate_home_of(partners->estate, first),
                         bearers};
    for (guint i = 0; i < hosts->len; i++) {
        const SecDesc *descriptor = named_descriptor(&named, hosts->pdata[i]);
        if (descriptor)
            name_sids(&named, descriptor);
    }
    find_bearers(&named, first);
    for (guint i = 0; i < hosts->len; i++)
        link_named(components, &named, i);
}

static void
infer_groups(const Partners *partners, const GPtrArray *hosts)
{
    guint count = hosts->len;
    g_autofree guint *parents = g_new(guint, count);
    g_autofree bool *linked = g_new0(bool, count);
    g_autofree guint *places = g_new0(guint, partners->estate->accounts->len);
    g_autoptr(GHashTable) domains = g_hash_table_new(NULL, NULL);
    Components components = {places, parents, linked, false};
    for (guint i = 0; i < count; i++) {
        parents[i] = i;
        places[((const Account *)hosts->pdata[i])->number] = i + 1;
    }
    for (guint i = 0; i < count; i++) {
        const Account *host = hosts->pdata[i];
        link_by_list(&components, partners, i, host);
        const Domain *domain = estate_home_of(partners->estate, host);
        if (host->rbcd && g_hash_table_add(domains, (gpointer)domain))
            link_by_rbcd(&components, partners, hosts, host);
    }

    /* Hosts come by name, so each component is named after its first. */
    g_autoptr(GHashTable) by_root = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < count; i++) {
        const Account *host = hosts->pdata[i];
        if (!linked[i])
            continue;
        gpointer root = GUINT_TO_POINTER(root_of(parents, i) + 1);
        Group *group = g_hash_table_lookup(by_root, root);
        if (!group) {
            g_autofree char *name = g_strdup_printf("partners of %s", host->name);
            group = group_new(name, ORIGIN_INFERRED);
            g_hash_table_insert(by_root, root, group);
            g_ptr_array_add(partners->groups, group);
        }
        g_ptr_array_add(group->members, (gpointer)host);
    }
    for (guint i = 0; i < partners->groups->len; i++)
        settle_transition(partners->groups->pdata[i]);
}

bool
partners_find(const Partners *partners, GPtrArray *ret_discovered, GError **error)
{
    const Policy *policy = partners->policy;
    for (guint i = 0; i < policy->groups->len; i++)
        if (!resolve_spec(partners, policy->groups->pdata[i], error))
            return false;
    if (policy->groups->len > 0)
        return true;

    for (guint i = 0; i < partners->estate->accounts->len; i++)
        if (group_is_hyperv_host(partners->estate->accounts->pdata[i]))
            g_ptr_array_add(ret_discovered, partners->estate->accounts->pdata[i]);
    g_ptr_array_sort(ret_discovered, by_name);
    infer_groups(partners, ret_discovered);
    return true;
}
