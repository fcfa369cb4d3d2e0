/* Takes accounts in, and builds the indexes by name, SID and SPN.
 *
 * Longer than most: all that makes, fills, freezes and asks the one structure. */
#include "model/estate.h"

#include "base/hash.h"
#include "base/text.h"
#include "model/authnpolicy.h"
#include "model/dn.h"
#include "model/spn.h"
#include "model/wellknown.h"

#include <string.h>

static void
account_free(gpointer data)
{
    Account *account = data;
    g_ptr_array_unref(account->extra_dns);
    g_ptr_array_unref(account->extra_sams);
    g_ptr_array_unref(account->spns);
    g_ptr_array_unref(account->delegate_to);
    g_ptr_array_unref(account->member_of);
    g_ptr_array_unref(account->outside_members);
    g_clear_pointer(&account->listed_members, g_ptr_array_unref);
    g_array_unref(account->sid_history);
    g_clear_pointer(&account->token_groups, g_array_unref);
    g_clear_pointer(&account->rbcd, g_bytes_unref);
    g_clear_pointer(&account->logon_hours, g_bytes_unref);
    g_clear_pointer(&account->password_readers, g_bytes_unref);
    g_clear_pointer(&account->security, g_bytes_unref);
    g_clear_pointer(&account->changes, g_array_unref);
    g_free(account);
}

static void
domain_free(gpointer data)
{
    Domain *domain = data;
    g_clear_pointer(&domain->psos, g_ptr_array_unref);
    g_free(domain);
}

Estate *
estate_new(gint64 collected_us)
{
    Estate *estate = g_new0(Estate, 1);
    estate->strings = g_string_chunk_new((gsize)64 * 1024);
    estate->shared = g_hash_table_new(hash_text, g_str_equal);
    estate->accounts = g_ptr_array_new_with_free_func(account_free);
    estate->domains = g_ptr_array_new_with_free_func(domain_free);
    estate->files = g_ptr_array_new();
    estate->origins = g_ptr_array_new_with_free_func((GDestroyNotify)origin_free);
    estate->gaps = gap_list_new();
    estate->gaps_seen = gap_seen_new();
    estate->nearby = g_ptr_array_new();
    estate->replicas = g_ptr_array_new_with_free_func((GDestroyNotify)replica_free);
    estate->aliases = g_hash_table_new_full(hash_text, g_str_equal, g_free, g_free);
    estate->members_open = g_hash_table_new_full(hash_text, g_str_equal, g_free, g_free);
    estate->other_members = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    estate->memberships = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                                (GDestroyNotify)g_hash_table_unref);
    estate->by_dn = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    estate->by_sid = g_hash_table_new(sid_hash, sid_equal);
    estate->by_old_sid = g_hash_table_new(sid_hash, sid_equal);
    estate->by_name = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                            (GDestroyNotify)g_ptr_array_unref);
    estate->by_spn = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                           (GDestroyNotify)g_ptr_array_unref);
    estate->by_loose_spn = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                                 (GDestroyNotify)g_ptr_array_unref);
    estate->by_member = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                              (GDestroyNotify)g_ptr_array_unref);
    estate->builtins = g_ptr_array_new();
    estate->foreigns = g_ptr_array_new();
    estate->containers = g_hash_table_new_full(hash_text, g_str_equal, g_free, g_free);
    estate->sites = g_hash_table_new_full(hash_text, g_str_equal, g_free, g_free);
    estate->gpos = g_hash_table_new_full(hash_text, g_str_equal, g_free, g_free);
    estate->authn_policies = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                                   (GDestroyNotify)authn_policy_free);
    estate->authn_silos = g_hash_table_new_full(hash_text, g_str_equal, g_free,
                                                (GDestroyNotify)authn_silo_free);
    estate->trusts = g_hash_table_new_full(hash_text, g_str_equal, g_free, g_free);
    estate->source_kind = "ldap";
    estate->machine_quota = -1;
    estate->domain_level = estate->forest_level = estate->dc_level = -1;
    estate->collected_us = estate->data_us = collected_us;
    estate->dated = DATED_READ;
    return estate;
}

void
estate_free(Estate *estate)
{
    if (!estate)
        return;
    g_hash_table_unref(estate->by_spn);
    g_hash_table_unref(estate->by_member);
    g_ptr_array_unref(estate->builtins);
    g_ptr_array_unref(estate->foreigns);
    g_hash_table_unref(estate->by_loose_spn);
    g_hash_table_unref(estate->by_name);
    g_hash_table_unref(estate->by_sid);
    g_hash_table_unref(estate->by_old_sid);
    g_hash_table_unref(estate->by_dn);
    g_hash_table_unref(estate->memberships);
    g_hash_table_unref(estate->members_open);
    g_hash_table_unref(estate->other_members);
    g_hash_table_unref(estate->containers);
    g_hash_table_unref(estate->sites);
    g_hash_table_unref(estate->gpos);
    g_hash_table_unref(estate->authn_policies);
    g_hash_table_unref(estate->authn_silos);
    g_hash_table_unref(estate->trusts);
    g_hash_table_unref(estate->aliases);
    g_ptr_array_unref(estate->gaps);
    g_hash_table_unref(estate->gaps_seen);
    g_ptr_array_unref(estate->nearby);
    g_ptr_array_unref(estate->replicas);
    g_ptr_array_unref(estate->domains);
    g_ptr_array_unref(estate->files);
    g_ptr_array_unref(estate->origins);
    g_ptr_array_unref(estate->accounts);
    g_free(estate->tier0);
    g_free(estate->homes);
    g_hash_table_unref(estate->shared);
    g_string_chunk_free(estate->strings);
    g_free(estate);
}

const char *
estate_string_len(Estate *estate, const char *text, gssize length)
{
    return g_string_chunk_insert_len(estate->strings, text, length);
}

const char *
estate_string(Estate *estate, const char *text)
{
    return text ? estate_string_len(estate, text, -1) : NULL;
}

static const char *
shared(Estate *estate, const char *text)
{
    char *known = g_hash_table_lookup(estate->shared, text);
    if (known)
        return known;
    known = g_string_chunk_insert(estate->strings, text);
    g_hash_table_add(estate->shared, known);
    return known;
}

const char *
estate_shared_string(Estate *estate, const char *text, gsize length)
{
    char small[256];
    if (length >= sizeof small) {
        g_autofree char *copy = g_strndup(text, length);
        return shared(estate, copy);
    }
    memcpy(small, text, length);
    small[length] = '\0';
    return shared(estate, small);
}

Account *
estate_add_account(Estate *estate, const char *dn, bool *ret_new)
{
    g_assert(!estate->frozen);
    g_autofree char *key = dn_key(dn);
    Account *account = g_hash_table_lookup(estate->by_dn, key);
    if (ret_new)
        *ret_new = account == NULL;
    if (account)
        return account;

    account = g_new0(Account, 1);
    account->dn = estate_string(estate, dn);
    g_autofree char *name = dn_name(dn);
    account->name = estate_string(estate, name); /* until a sAMAccountName is known */
    account->extra_dns = g_ptr_array_new();
    account->extra_sams = g_ptr_array_new();
    account->spns = g_ptr_array_new();
    account->delegate_to = g_ptr_array_new();
    account->member_of = g_ptr_array_new();
    account->outside_members = g_ptr_array_new();
    account->sid_history = g_array_new(FALSE, FALSE, sizeof(Sid));
    g_ptr_array_add(estate->accounts, account);
    g_hash_table_insert(estate->by_dn, g_steal_pointer(&key), account);
    return account;
}

bool
estate_is_export(const Estate *estate)
{
    return !estate->is_snapshot && strcmp(estate->source_kind, "ldif") == 0;
}

const char *
estate_unread(const Estate *estate)
{
    return estate_is_export(estate) ? "was not exported" : "could not be read";
}

Domain *
estate_add_domain(Estate *estate, const char *dn)
{
    for (guint i = 0; i < estate->domains->len; i++) {
        Domain *domain = estate->domains->pdata[i];
        if (text_equal(domain->dn, dn))
            return domain;
    }
    Domain *domain = g_new0(Domain, 1);
    domain->dn = estate_string(estate, dn);
    domain->lockout_us = domain->age_us = -1;
    g_ptr_array_add(estate->domains, domain);
    return domain;
}

void
estate_add_gap(Estate *estate, const char *what, const char *why)
{
    const Gaps gaps = {estate->gaps, estate->gaps_seen};
    gaps_add(&gaps, what, why);
}

void
estate_add_alias_line(Estate *estate, const char *line)
{
    const char *equals = strchr(line, '=');
    if (!equals || equals == line) {
        estate_add_gap(estate, "sPNMappings", "a value that is not CLASS=CLASS,CLASS");
        return;
    }
    g_autofree char *server = g_strstrip(g_strndup(line, (gsize)(equals - line)));
    g_auto(GStrv) classes = g_strsplit(equals + 1, ",", -1);
    for (char **class = classes; *class; class ++) {
        g_autofree char *folded = text_fold(g_strstrip(*class));
        /* MS-KILE: the first mapping of a class wins. */
        if (*folded && !g_hash_table_contains(estate->aliases, folded))
            g_hash_table_insert(estate->aliases, g_steal_pointer(&folded),
                                g_strdup(server));
    }
}

void
estate_leave_members_open(Estate *estate, const char *group_dn)
{
    g_hash_table_replace(estate->members_open, dn_key(group_dn), g_strdup(group_dn));
}

static char *
other_key(const char *dn, const char *group_dn)
{
    g_autofree char *member = dn_key(dn), *group = dn_key(group_dn);
    return g_strconcat(member, "\n", group, NULL);
}

void
estate_add_other_member(Estate *estate, const char *dn, const char *group_dn)
{
    g_hash_table_add(estate->other_members, other_key(dn, group_dn));
}

bool
estate_has_other_member(const Estate *estate, const char *dn, const char *group_dn)
{
    g_autofree char *key = other_key(dn, group_dn);
    return g_hash_table_contains(estate->other_members, key);
}

void
estate_add_membership(Estate *estate, const char *group_dn, const Account *account)
{
    g_autofree char *key = dn_key(group_dn);
    GHashTable *members = g_hash_table_lookup(estate->memberships, key);
    if (!members) {
        members = g_hash_table_new(NULL, NULL);
        g_hash_table_insert(estate->memberships, g_steal_pointer(&key), members);
    }
    if (account)
        g_hash_table_add(members, (gpointer)account);
}

/* Adds the account once to the list under a folded key. */
static void
index_add(GHashTable *index, const char *text, Account *account)
{
    g_autofree char *key = text_fold(text);
    GPtrArray *list = g_hash_table_lookup(index, key);
    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(index, g_steal_pointer(&key), list);
    }
    /* One account is indexed at a time, so its own double is the last one. */
    if (list->len == 0 || list->pdata[list->len - 1] != account)
        g_ptr_array_add(list, account);
}

static void
index_spn(Estate *estate, const char *spn, Account *account)
{
    g_autofree char *folded = text_fold(spn);
    index_add(estate->by_spn, folded, account);
    if (text_is_plain(spn))
        return;
    g_autofree char *loose = text_loose(spn);
    if (!g_str_equal(folded, loose))
        index_add(estate->by_loose_spn, loose, account);
}

static int
by_dn_order(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    return strcmp((*left)->dn, (*right)->dn);
}

#define BUILD_2012 9200
#define BUILD_2025 26100

static void
count_dc(const Estate *estate, const Account *account)
{
    Domain *domain = (Domain *)estate_home_of(estate, account);
    guint build = account_os_build(account);
    if (!domain || account_is_enabled(account) == TRI_NO || account_is_cloud_dc(account))
        return;
    if (build == 0)
        domain->dcs_unclear++;
    else if (build < BUILD_2025)
        domain->dcs_older++;
    else
        domain->dcs_2025++;
    domain->dcs_2012 += build >= BUILD_2012 && build < BUILD_2025;
}

static bool
has_several_forests(const Estate *estate)
{
    const char *first = NULL;
    for (guint i = 0; i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        if (first && domain->forest && !text_equal(first, domain->forest))
            return true;
        first = first ? first : domain->forest;
    }
    return false;
}

static bool
says_to_be_in(const Account *account, const char *group_dn)
{
    for (guint i = 0; i < account->member_of->len; i++)
        if (text_equal(account->member_of->pdata[i], group_dn))
            return true;
    return false;
}

/* Whom a group's list names though their own memberOf does not show it: not exported,
 * hidden from the reader, or read at another time. */
static void
index_listed(Estate *estate, Account *group)
{
    const GPtrArray *listed = group->listed_members;
    for (guint i = 0; listed && i < listed->len; i++) {
        g_autofree char *key = dn_key(listed->pdata[i]);
        const Account *account = g_hash_table_lookup(estate->by_dn, key);
        if (account && account->kinds != 0 && !says_to_be_in(account, group->dn))
            index_add(estate->by_member, key, group);
    }
}

void
estate_freeze(Estate *estate)
{
    g_assert(!estate->frozen);
    estate->several_forests = has_several_forests(estate);
    g_ptr_array_sort(estate->accounts, by_dn_order);
    estate->tier0 = g_new0(guint8, estate->accounts->len);
    estate->homes = g_new0(const Domain *, estate->accounts->len);
    for (guint i = 0; i < estate->accounts->len; i++) {
        Account *account = estate->accounts->pdata[i];
        account->number = i;
        estate->homes[i] = estate_domain_of(estate, account->dn);
        /* Foreign principals stand for SIDs; they do not bear them. */
        if (sid_is_set(&account->sid) && (account->kinds & KIND_FOREIGN) == 0)
            g_hash_table_insert(estate->by_sid, &account->sid, account);
        for (guint h = 0; h < account->sid_history->len; h++)
            g_hash_table_insert(estate->by_old_sid,
                                &g_array_index(account->sid_history, Sid, h), account);
        if ((account->kinds & KIND_GROUP) != 0 && sid_is_builtin(&account->sid))
            g_ptr_array_add(estate->builtins, account);
        if ((account->kinds & KIND_FOREIGN) != 0)
            g_ptr_array_add(estate->foreigns, account);
        for (guint m = 0; m < account->outside_members->len; m++) {
            g_autofree char *key = dn_key(account->outside_members->pdata[m]);
            index_add(estate->by_member, key, account);
        }
        index_listed(estate, account);
        for (guint s = 0; s < account->spns->len; s++)
            index_spn(estate, account->spns->pdata[s], account);
        if (account->uac & (UAC_DOMAIN_CONTROLLER | UAC_RODC))
            count_dc(estate, account);
        if ((account->kinds & (KIND_COMPUTER | KIND_USER)) == 0)
            continue;
        index_add(estate->by_name, account->name, account);
        if (account->sam)
            index_add(estate->by_name, account->sam, account);
        if (account->dns)
            index_add(estate->by_name, account->dns, account);
        if (account->upn)
            index_add(estate->by_name, account->upn, account);
    }
    estate->frozen = true;
}

const Account *
estate_by_dn(const Estate *estate, const char *dn)
{
    g_autofree char *key = dn_key(dn);
    return g_hash_table_lookup(estate->by_dn, key);
}

const Account *
estate_by_sid(const Estate *estate, const Sid *sid)
{
    return g_hash_table_lookup(estate->by_sid, sid);
}

const Account *
estate_bearer(const Estate *estate, const Sid *sid)
{
    const Account *account = estate_by_sid(estate, sid);
    return account && !account->missing ? account
                                        : g_hash_table_lookup(estate->by_old_sid, sid);
}

static const GPtrArray *
index_find(GHashTable *index, const char *text)
{
    g_autofree char *key = text_fold(text);
    return g_hash_table_lookup(index, key);
}

const GPtrArray *
estate_by_name(const Estate *estate, const char *name)
{
    return index_find(estate->by_name, name);
}

const GPtrArray *
estate_by_spn(const Estate *estate, const char *spn)
{
    return index_find(estate->by_spn, spn);
}

const char *
estate_alias_of(const Estate *estate, const char *class)
{
    g_autofree char *key = text_fold(class);
    return g_hash_table_lookup(estate->aliases, key);
}

/* Hyper-V's own classes are never aliased: they must exist literally. */
static bool
class_is_hyperv(const char *class)
{
    return text_equal(class, SPN_MIGRATION) || text_equal(class, SPN_REPLICA) ||
           text_equal(class, SPN_CONSOLE);
}

/* Who asks a KDC of its forest; `of` NULL: whoever, of any. */
typedef struct {
    const Estate *estate;
    const Account *of;
} Asker;

static bool
is_in_reach(const Asker *asker, const Account *account)
{
    return !asker->of || !asker->estate->several_forests ||
           estate_in_one_forest(asker->estate, asker->of, account) != TRI_NO;
}

/* The first of `holders` that is none of `owners`. */
static const Account *
first_other(const Asker *asker, const GPtrArray *holders, const GPtrArray *owners)
{
    for (guint i = 0; holders && i < holders->len; i++)
        if (is_in_reach(asker, holders->pdata[i]) &&
            (!owners || !g_ptr_array_find((GPtrArray *)owners, holders->pdata[i], NULL)))
            return holders->pdata[i];
    return NULL;
}

static const Account *
similar_of(const Asker *asker, const char *spn, const GPtrArray *owners)
{
    const Estate *estate = asker->estate;
    if (text_is_plain(spn) && g_hash_table_size(estate->by_loose_spn) == 0)
        return NULL;
    g_autofree char *folded = text_fold(spn), *loose = text_loose(spn);
    const Account *similar =
        first_other(asker, g_hash_table_lookup(estate->by_loose_spn, loose), owners);
    if (similar || g_str_equal(folded, loose))
        return similar;
    return first_other(asker, g_hash_table_lookup(estate->by_spn, loose), owners);
}

/* Whether each of them is the krbtgt of a domain: of such each KDC takes its own. */
static bool
are_krbtgts(const GPtrArray *all, const char *spn)
{
    if (!spn_is_of_krbtgts(spn))
        return false;
    for (guint i = 0; i < all->len; i++)
        if (!account_is_krbtgt(all->pdata[i]))
            return false;
    return true;
}

static bool
is_at_home(const Asker *asker, const Account *account)
{
    return estate_home_of(asker->estate, account) ==
           estate_home_of(asker->estate, asker->of);
}

/* Who holds it in the asker's forest; who else does is noted. */
static const GPtrArray *
holders_of(const Asker *asker, const char *spn, Resolved *resolved)
{
    const GPtrArray *all = estate_by_spn(asker->estate, spn);
    if (!all || !asker->of)
        return all;
    bool krbtgts = are_krbtgts(all, spn);
    if (!asker->estate->several_forests && !krbtgts)
        return all;
    g_autoptr(GPtrArray) here = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++) {
        if (krbtgts ? is_at_home(asker, all->pdata[i])
                    : is_in_reach(asker, all->pdata[i]))
            g_ptr_array_add(here, all->pdata[i]);
        else
            resolved->elsewhere = all->pdata[i];
    }
    if (here->len == 0 || here->len == all->len)
        return here->len > 0 ? all : NULL;
    resolved->own = g_steal_pointer(&here);
    return resolved->own;
}

static Resolved
resolve(const Asker *asker, const char *spn)
{
    const Estate *estate = asker->estate;
    Resolved resolved = {.how = RESOLVE_MISSING};
    resolved.owners = holders_of(asker, spn, &resolved);
    resolved.similar = similar_of(asker, spn, resolved.owners);
    if (resolved.owners) {
        resolved.how = RESOLVE_EXPLICIT;
        resolved.through = g_strdup(spn);
        return resolved;
    }
    if (resolved.similar) {
        resolved.how = RESOLVE_UNKNOWN;
        return resolved;
    }
    resolved.bare = !strchr(spn, '/');
    if (resolved.bare)
        resolved.how = RESOLVE_UNKNOWN;
    g_autoptr(Spn) parsed = spn_parse(spn);
    if (!parsed)
        return resolved;
    if (!estate->aliases_read) {
        if (!class_is_hyperv(parsed->class) && !text_equal(parsed->class, SPN_HOST))
            resolved.how = RESOLVE_UNKNOWN;
        return resolved;
    }
    const char *server = estate_alias_of(estate, parsed->class);
    if (!server)
        return resolved;
    g_autofree char *through = spn_with_class(parsed, server);
    resolved.owners = holders_of(asker, through, &resolved);
    resolved.similar = similar_of(asker, through, resolved.owners);
    if (resolved.owners) {
        resolved.how = RESOLVE_ALIAS;
        resolved.through = g_steal_pointer(&through);
    } else if (resolved.similar) {
        resolved.how = RESOLVE_UNKNOWN;
    }
    return resolved;
}

Resolved
estate_resolve_for(const Estate *estate, const char *spn, const Account *of)
{
    const Asker asker = {estate, of};
    Resolved resolved = resolve(&asker, spn);
    if (resolved.owners)
        resolved.elsewhere = NULL;
    else if (resolved.elsewhere)
        resolved.how = RESOLVE_UNKNOWN;
    return resolved;
}

Resolved
estate_resolve(const Estate *estate, const char *spn)
{
    return estate_resolve_for(estate, spn, NULL);
}

void
resolved_clear(Resolved *resolved)
{
    g_clear_pointer(&resolved->through, g_free);
    g_clear_pointer(&resolved->own, g_ptr_array_unref);
}

char *
estate_sid_name(const Estate *estate, const Sid *sid)
{
    const Account *account = estate_by_sid(estate, sid);
    if (account)
        return g_strdup(account->name);
    const char *known = sid_well_known(sid);
    return known ? g_strdup(known) : sid_format(sid);
}

static const Domain *
domain_of(const Estate *estate, const char *dn)
{
    const Domain *best = NULL;
    for (guint i = 0; i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        if (dn_is_under(dn, domain->dn) &&
            (!best || strlen(best->dn) < strlen(domain->dn)))
            best = domain;
    }
    return best;
}

const Domain *
estate_domain_of(const Estate *estate, const char *dn)
{
    const Domain *domain = domain_of(estate, dn);
    if (domain)
        return domain;
    /* As somebody else may spell it, with blanks after the commas. */
    g_autofree char *key = dn_key(dn);
    return domain_of(estate, key);
}

const Domain *
estate_home_of(const Estate *estate, const Account *account)
{
    return estate->frozen ? estate->homes[account->number]
                          : estate_domain_of(estate, account->dn);
}

Tri
estate_in_one_forest(const Estate *estate, const Account *a, const Account *b)
{
    const Domain *one = estate_home_of(estate, a);
    const Domain *other = estate_home_of(estate, b);
    if (one && one == other)
        return TRI_YES;
    if (!one || !other || !one->forest || !other->forest)
        return TRI_UNKNOWN;
    return text_equal(one->forest, other->forest) ? TRI_YES : TRI_NO;
}

const Account *
estate_krbtgt(const Estate *estate, const Account *of)
{
    if (estate->domains->len == 0)
        return NULL;
    const Domain *domain = of ? estate_home_of(estate, of) : NULL;
    if (!domain)
        domain = estate->domains->pdata[0];
    if (sid_is_set(&domain->sid)) {
        Sid sid = sid_of_rid(&domain->sid, RID_KRBTGT);
        const Account *krbtgt = estate_by_sid(estate, &sid);
        if (krbtgt)
            return krbtgt;
    }
    const GPtrArray *named = estate_by_name(estate, "krbtgt");
    for (guint i = 0; named && i < named->len; i++) {
        const Account *krbtgt = named->pdata[i];
        /* Anybody may join a computer of that name. */
        if ((krbtgt->kinds & KIND_COMPUTER) == 0 && !sid_is_set(&krbtgt->sid) &&
            estate_home_of(estate, krbtgt) == domain)
            return krbtgt;
    }
    return NULL;
}

bool
estate_is_samba(const Estate *estate)
{
    return estate->vendor && strstr(estate->vendor, "Samba");
}
