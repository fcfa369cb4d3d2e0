#include "model/estate.h"

#include "base/text.h"
#include "model/authn.h"
#include "model/spn.h"

#include <string.h>

#define RID_PRIMARY_MAX_BUILTIN 521 /* Domain Users ... Read-only DCs */

static void
account_free(gpointer data)
{
    Account *account = data;
    g_ptr_array_unref(account->extra_dns);
    g_ptr_array_unref(account->spns);
    g_ptr_array_unref(account->delegate_to);
    g_ptr_array_unref(account->member_of);
    g_array_unref(account->sid_history);
    g_clear_pointer(&account->token_groups, g_array_unref);
    g_clear_pointer(&account->rbcd, g_bytes_unref);
    g_clear_pointer(&account->logon_hours, g_bytes_unref);
    g_clear_pointer(&account->security, g_bytes_unref);
    g_clear_pointer(&account->changes, g_array_unref);
    g_free(account);
}

Estate *
estate_new(gint64 collected_us)
{
    Estate *estate = g_new0(Estate, 1);
    estate->strings = g_string_chunk_new(64 * 1024);
    estate->accounts = g_ptr_array_new_with_free_func(account_free);
    estate->domains = g_ptr_array_new_with_free_func(g_free);
    estate->gaps = gap_list_new();
    estate->gaps_seen = gap_seen_new();
    estate->replicas = g_ptr_array_new_with_free_func((GDestroyNotify)replica_free);
    estate->aliases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    estate->memberships = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                                (GDestroyNotify)g_hash_table_unref);
    estate->by_dn = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    estate->by_sid = g_hash_table_new(sid_hash, sid_equal);
    estate->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify)g_ptr_array_unref);
    estate->by_spn = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify)g_ptr_array_unref);
    estate->containers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    estate->sites = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    estate->gpos = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    estate->authn_policies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                                   (GDestroyNotify)authn_policy_free);
    estate->authn_silos = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                                (GDestroyNotify)authn_silo_free);
    estate->source_kind = "ldap";
    estate->machine_quota = -1;
    estate->domain_level = estate->forest_level = estate->dc_level = -1;
    estate->collected_us = collected_us;
    return estate;
}

void
estate_free(Estate *estate)
{
    if (!estate)
        return;
    g_hash_table_unref(estate->by_spn);
    g_hash_table_unref(estate->by_name);
    g_hash_table_unref(estate->by_sid);
    g_hash_table_unref(estate->by_dn);
    g_hash_table_unref(estate->memberships);
    g_hash_table_unref(estate->containers);
    g_hash_table_unref(estate->sites);
    g_hash_table_unref(estate->gpos);
    g_hash_table_unref(estate->authn_policies);
    g_hash_table_unref(estate->authn_silos);
    g_hash_table_unref(estate->aliases);
    g_ptr_array_unref(estate->gaps);
    g_hash_table_unref(estate->gaps_seen);
    g_ptr_array_unref(estate->replicas);
    g_ptr_array_unref(estate->domains);
    g_ptr_array_unref(estate->accounts);
    g_string_chunk_free(estate->strings);
    g_free(estate);
}

/* The key of a DN: case folded, without the blanks RFC 4514 readers allow
 * around separators. */
static char *
dn_key(const char *dn)
{
    g_autofree char *folded = text_fold(dn);
    GString *key = g_string_sized_new(strlen(folded));
    bool separator = true;
    for (const char *at = folded; *at; at++) {
        if (*at == ' ' && separator)
            continue;
        if (*at == '\\' && at[1]) {
            g_string_append_len(key, at++, 2);
            separator = false;
            continue;
        }
        separator = *at == ',' || *at == '=';
        if (separator)
            while (key->len >= 2 && key->str[key->len - 1] == ' ' &&
                   key->str[key->len - 2] != '\\')
                g_string_truncate(key, key->len - 1);
        g_string_append_c(key, *at);
    }
    return g_string_free(key, FALSE);
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

/* The first RDN's value, for accounts without a sAMAccountName. */
static const char *
rdn_of(Estate *estate, const char *dn)
{
    const char *value = strchr(dn, '=');
    value = value ? value + 1 : dn;
    gsize length = 0;
    while (value[length] && value[length] != ',')
        length += value[length] == '\\' && value[length + 1] ? 2 : 1;
    return estate_string_len(estate, value, (gssize)length);
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
    account->name = rdn_of(estate, dn);
    account->extra_dns = g_ptr_array_new();
    account->spns = g_ptr_array_new();
    account->delegate_to = g_ptr_array_new();
    account->member_of = g_ptr_array_new();
    account->sid_history = g_array_new(FALSE, FALSE, sizeof(Sid));
    g_ptr_array_add(estate->accounts, account);
    g_hash_table_insert(estate->by_dn, g_steal_pointer(&key), account);
    return account;
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
    domain->lockout_us = -1;
    g_ptr_array_add(estate->domains, domain);
    return domain;
}

void
estate_add_gap(Estate *estate, const char *what, const char *why)
{
    gap_list_add(estate->gaps, estate->gaps_seen, what, why);
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

static int
by_dn_order(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    return strcmp((*left)->dn, (*right)->dn);
}

void
estate_freeze(Estate *estate)
{
    g_assert(!estate->frozen);
    g_ptr_array_sort(estate->accounts, by_dn_order);
    for (guint i = 0; i < estate->accounts->len; i++) {
        Account *account = estate->accounts->pdata[i];
        account->number = i;
        if (sid_is_set(&account->sid))
            g_hash_table_insert(estate->by_sid, &account->sid, account);
        for (guint s = 0; s < account->spns->len; s++)
            index_add(estate->by_spn, account->spns->pdata[s], account);
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

Resolved
estate_resolve(const Estate *estate, const char *spn)
{
    Resolved resolved = {.how = RESOLVE_MISSING};
    resolved.owners = estate_by_spn(estate, spn);
    if (resolved.owners) {
        resolved.how = RESOLVE_EXPLICIT;
        resolved.through = g_strdup(spn);
        return resolved;
    }
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
    resolved.owners = estate_by_spn(estate, through);
    if (resolved.owners) {
        resolved.how = RESOLVE_ALIAS;
        resolved.through = g_steal_pointer(&through);
    }
    return resolved;
}

void
resolved_clear(Resolved *resolved)
{
    g_clear_pointer(&resolved->through, g_free);
}

/* What is known of an account's groups. */
typedef struct {
    GHashTable *dns;  /* dn_key set */
    GHashTable *sids; /* of const Sid * */
    bool complete;
} Closure;

static void
closure_clear(Closure *closure)
{
    g_hash_table_unref(closure->dns);
    g_hash_table_unref(closure->sids);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Closure, closure_clear)

static const Account *
primary_group_of(const Estate *estate, const Account *account, Sid *ret_sid)
{
    *ret_sid = (Sid){0};
    if (!account_knows(account, ATTR_PRIMARY_GROUP) || account->primary_group == 0 ||
        !sid_is_set(&account->sid) || account->sid.count == 0)
        return NULL;
    *ret_sid = account->sid;
    ret_sid->sub[ret_sid->count - 1] = account->primary_group;
    return estate_by_sid(estate, ret_sid);
}

/* Walks memberOf upwards through the groups that were read. */
static Closure
closure_of(const Estate *estate, const Account *account)
{
    Closure closure = {g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                       g_hash_table_new(sid_hash, sid_equal), true};
    g_autoptr(GPtrArray) queue = g_ptr_array_new();
    g_ptr_array_add(queue, (gpointer)account);

    Sid primary;
    const Account *group = primary_group_of(estate, account, &primary);
    if (group) {
        g_hash_table_add(closure.dns, dn_key(group->dn));
        g_hash_table_add(closure.sids, (gpointer)&group->sid);
        g_ptr_array_add(queue, (gpointer)group);
    } else if (!sid_is_set(&primary) ||
               account->primary_group > RID_PRIMARY_MAX_BUILTIN) {
        closure.complete = false;
    }

    for (guint i = 0; i < queue->len; i++) {
        const Account *at = queue->pdata[i];
        if (!account_knows(at, ATTR_MEMBER_OF)) {
            closure.complete = false;
            continue;
        }
        for (guint g = 0; g < at->member_of->len; g++) {
            g_autofree char *key = dn_key(at->member_of->pdata[g]);
            const Account *next = g_hash_table_lookup(estate->by_dn, key);
            if (g_hash_table_contains(closure.dns, key))
                continue;
            g_hash_table_add(closure.dns, g_steal_pointer(&key));
            if (next && sid_is_set(&next->sid)) {
                g_hash_table_add(closure.sids, (gpointer)&next->sid);
                g_ptr_array_add(queue, (gpointer)next);
            } else {
                closure.complete = false;
            }
        }
    }
    return closure;
}

Tri
estate_in_group(const Estate *estate, const Account *account, const char *group_dn)
{
    g_autofree char *key = dn_key(group_dn);
    GHashTable *members = g_hash_table_lookup(estate->memberships, key);
    if (members)
        return g_hash_table_contains(members, account) ? TRI_YES : TRI_NO;

    const Account *group = g_hash_table_lookup(estate->by_dn, key);
    if (group && sid_is_set(&group->sid) && account->token_groups) {
        for (guint i = 0; i < account->token_groups->len; i++)
            if (sid_equal(&g_array_index(account->token_groups, Sid, i), &group->sid))
                return TRI_YES;
    }
    g_auto(Closure) closure = closure_of(estate, account);
    if (g_hash_table_contains(closure.dns, key))
        return TRI_YES;
    return closure.complete ? TRI_NO : TRI_UNKNOWN;
}

Tri
estate_in_domain_group(const Estate *estate, const Account *account, guint32 rid)
{
    if (!sid_is_set(&account->sid) || account->sid.count == 0)
        return TRI_UNKNOWN;
    Sid sid = account->sid;
    sid.sub[sid.count - 1] = rid;

    if (account_knows(account, ATTR_PRIMARY_GROUP) && account->primary_group == rid)
        return TRI_YES;
    if (account->token_groups) {
        for (guint i = 0; i < account->token_groups->len; i++)
            if (sid_equal(&g_array_index(account->token_groups, Sid, i), &sid))
                return TRI_YES;
        if (account_knows(account, ATTR_TOKEN_GROUPS))
            return TRI_NO;
    }
    const Account *group = estate_by_sid(estate, &sid);
    if (group)
        return estate_in_group(estate, account, group->dn);
    /* A domain without the group: a live collector says so under its SID. */
    g_autofree char *text = sid_format(&sid);
    g_autofree char *key = dn_key(text);
    if (g_hash_table_contains(estate->memberships, key))
        return TRI_NO;
    g_auto(Closure) closure = closure_of(estate, account);
    if (g_hash_table_contains(closure.sids, &sid))
        return TRI_YES;
    return closure.complete ? TRI_NO : TRI_UNKNOWN;
}

GHashTable *
estate_token(const Estate *estate, const Account *account, bool *ret_complete)
{
    /* In every token that a DC builds from a PAC (MS-DTYP 2.4.2.4). */
    static const char *const everybody[] = {
        "S-1-1-0",  /* Everyone */
        "S-1-5-2",  /* Network */
        "S-1-5-11", /* Authenticated Users */
        "S-1-5-15", /* This Organization */
        "S-1-18-1", /* Authentication authority asserted identity */
    };
    GHashTable *token = g_hash_table_new_full(sid_hash, sid_equal, g_free, NULL);
    bool complete = sid_is_set(&account->sid);

    if (complete)
        g_hash_table_add(token, g_memdup2(&account->sid, sizeof(Sid)));
    for (guint i = 0; i < G_N_ELEMENTS(everybody); i++) {
        Sid sid;
        bool parsed = sid_parse_text(everybody[i], &sid);
        g_assert(parsed);
        g_hash_table_add(token, g_memdup2(&sid, sizeof sid));
    }
    for (guint i = 0; i < account->sid_history->len; i++)
        g_hash_table_add(
            token, g_memdup2(&g_array_index(account->sid_history, Sid, i), sizeof(Sid)));
    Sid primary;
    primary_group_of(estate, account, &primary);
    if (sid_is_set(&primary))
        g_hash_table_add(token, g_memdup2(&primary, sizeof primary));

    if (account->token_groups) {
        for (guint i = 0; i < account->token_groups->len; i++)
            g_hash_table_add(
                token,
                g_memdup2(&g_array_index(account->token_groups, Sid, i), sizeof(Sid)));
        complete = complete && account_knows(account, ATTR_TOKEN_GROUPS);
    } else {
        g_auto(Closure) closure = closure_of(estate, account);
        GHashTableIter iter;
        gpointer sid;
        g_hash_table_iter_init(&iter, closure.sids);
        while (g_hash_table_iter_next(&iter, &sid, NULL))
            g_hash_table_add(token, g_memdup2(sid, sizeof(Sid)));
        complete = complete && closure.complete;
    }
    *ret_complete = complete;
    return token;
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

/* Whether `dn` lies in `base`, both spelled as the directory does. */
static bool
dn_is_in(const char *dn, const char *base)
{
    gsize length = strlen(dn), tail = strlen(base);
    if (length < tail)
        return false;
    return text_equal(dn + length - tail, base) &&
           (length == tail || dn[length - tail - 1] == ',');
}

bool
estate_dn_is_below(const char *dn, const char *container)
{
    g_autofree char *inner = dn_key(dn), *outer = dn_key(container);
    return strlen(inner) > strlen(outer) && dn_is_in(inner, outer);
}

static const Domain *
domain_of(const Estate *estate, const char *dn)
{
    const Domain *best = NULL;
    for (guint i = 0; i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        if (dn_is_in(dn, domain->dn) && (!best || strlen(best->dn) < strlen(domain->dn)))
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

Tri
estate_in_one_forest(const Estate *estate, const Account *a, const Account *b)
{
    const Domain *one = estate_domain_of(estate, a->dn);
    const Domain *other = estate_domain_of(estate, b->dn);
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
    const Domain *domain = of ? estate_domain_of(estate, of->dn) : NULL;
    if (!domain)
        domain = estate->domains->pdata[0];
    if (sid_is_set(&domain->sid)) {
        Sid sid = sid_of_rid(&domain->sid, 502);
        const Account *krbtgt = estate_by_sid(estate, &sid);
        if (krbtgt)
            return krbtgt;
    }
    const GPtrArray *named = estate_by_name(estate, "krbtgt");
    for (guint i = 0; named && i < named->len; i++) {
        const Account *krbtgt = named->pdata[i];
        /* Anybody may join a computer of that name. */
        if ((krbtgt->kinds & KIND_COMPUTER) == 0 && !sid_is_set(&krbtgt->sid) &&
            estate_domain_of(estate, krbtgt->dn) == domain)
            return krbtgt;
    }
    return NULL;
}

bool
estate_is_samba(const Estate *estate)
{
    return estate->vendor && strstr(estate->vendor, "Samba");
}
