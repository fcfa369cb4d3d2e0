/* What follows from all entries of files once they are read. */
#include "offline_parts.h"

#include "again.h"
#include "base/fault.h"
#include "base/text.h"
#include "dsas.h"
#include "files.h"
#include "gplink.h"
#include "model/authn.h"
#include "moved.h"
#include "people.h"
#include "replicas.h"
#include "trusts.h"

#include <string.h>

#define LEVEL_2012_R2 6 /* domainControllerFunctionality: older ones have no policies */

static void
settle_copies(const Offline *offline)
{
    for (guint i = 0; i < offline->copies->len; i++) {
        const Copy *copy = offline->copies->pdata[i];
        Estate *estate = offline->builder->estate;
        Replica *replica = estate_add_replica(estate, copy->dc);
        if (copy->why)
            replica->why = estate_string(estate, copy->why);
        else if (copy->builder->count > 0)
            replica_fill(offline->builder, offline->plan, replica, copy->builder,
                         !offline->mark.entries);
        else
            replica_fill_main(offline->builder, offline->plan, replica, copy->dc);
    }
}

/* Whether every domain of the forest is in the file. */
static bool
covers_forest(const Builder *builder, const Files *files)
{
    Estate *estate = builder->estate;
    const char *name = estate->source_uri;
    const char *const what = "owners of SPNs in the rest of the forest";
    if (builder->crossrefs->len == 0) {
        g_autofree char *why =
            g_strdup_printf("%s %s not hold CN=Partitions,CN=Configuration,..., which "
                            "names every domain "
                            "of the forest: export it too",
                            name, are_several(estate) ? "do" : "does");
        estate_add_gap(estate, what, why);
        return false;
    }
    bool covers = true;
    for (guint i = 0; i < estate->domains->len; i++) {
        const Domain *domain = estate->domains->pdata[i];
        g_autofree char *key = text_fold(domain->dn);
        bool there = g_hash_table_contains(builder->heads, key);
        if (there && files_show_owners(files, i))
            continue;
        g_autofree char *why = g_strdup_printf(
            there ? "%s %s none or a part of the SPNs of %s: export that domain whole, "
                    "at a domain controller of it, with servicePrincipalName"
                  : "%s %s nothing of %s",
            name, are_several(estate) ? "hold" : "holds",
            domain->dns ? domain->dns : domain->dn);
        estate_add_gap(estate, what, why);
        covers = false;
    }
    return covers;
}

/* Whether of each account all SPNs are in the file: what a part leaves out may be
 * anybody's. */
static bool
covers_lists(const Builder *builder)
{
    guint cut = 0;
    bool torn = false;
    const Account *first = NULL;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, builder->taken);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Taken *taken = value;
        torn = torn || ((taken->torn | taken->bad) & attribute_bit(ATTR_SPN)) != 0;
        if ((taken->ranging & attribute_bit(ATTR_SPN)) == 0)
            continue;
        cut++;
        if (!first || strcmp(taken->account->dn, first->dn) < 0)
            first = taken->account;
    }
    if (cut == 0)
        return !torn; /* of which a gap tells */
    g_autofree char *more = cut > 1 ? g_strdup_printf(" and of %u more", cut - 1) : NULL;
    g_autofree char *why =
        g_strdup_printf("only a part of the SPNs of %s%s is in the export (range=): what "
                        "is left out may be a needed one",
                        first->dn, more ? more : "");
    estate_add_gap(builder->estate, "owners of SPNs", why);
    return false;
}

static guint64
attributes_seen(const Builder *builder)
{
    guint64 seen = 0;
    GHashTableIter iter;
    gpointer taken;
    g_hash_table_iter_init(&iter, builder->taken);
    while (g_hash_table_iter_next(&iter, NULL, &taken))
        seen |= ((const Taken *)taken)->seen | ((const Taken *)taken)->bad |
                ((const Taken *)taken)->ranging;
    return seen;
}

/* What nobody carries though some account of every real domain does: it was exported
 * without it, whatever the file is silent about.  krbtgt has an SPN, a domain controller
 * its DNS name, the administrators are in groups, Windows writes its own encryption
 * types, and every account has pwdLastSet: a file without that was made with a list of
 * attributes, or at a Global Catalog, and what else nobody carries may not have been
 * asked for either. */
static guint64
attributes_never(guint64 seen)
{
    static const AttrId carried[] = {ATTR_SPN, ATTR_DNS_NAME, ATTR_MEMBER_OF, ATTR_ETYPES,
                                     ATTR_MEMBER};
    bool thin = (seen & attribute_bit(ATTR_PASSWORD_SET)) == 0;
    guint64 never = thin ? ~G_GUINT64_CONSTANT(0) : 0;
    for (guint i = 0; i < G_N_ELEMENTS(carried); i++)
        never |= attribute_bit(carried[i]);
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++)
        if (attribute_of(attr)->always && !attribute_of(attr)->extra)
            never |= attribute_bit(attr);
    return never & ~seen;
}

/* What the files hold of no account, and nobody looked for.  An export that lacks an
 * attribute altogether was made without it; a snapshot says what was asked for. */
static guint64
attributes_unasked(const Builder *builder)
{
    guint64 asked = attributes_seen(builder);
    GHashTableIter iter;
    gpointer taken;
    g_hash_table_iter_init(&iter, builder->taken);
    while (g_hash_table_iter_next(&iter, NULL, &taken))
        asked |= ((const Taken *)taken)->asked;
    return ~asked;
}

/* A directory hides what its reader may not see: where nobody carries an attribute that
 * few accounts need, it may be that, and the file cannot tell. */
static void
doubt_unseen(Builder *builder, guint64 seen)
{
    static const AttrId deciding[] = {ATTR_DELEGATE_TO, ATTR_RBCD};
    for (guint i = 0; !builder->any_security && i < G_N_ELEMENTS(deciding); i++)
        if ((seen & attribute_bit(deciding[i])) == 0)
            estate_add_gap(builder->estate, attr_name(deciding[i]),
                           "is on no account of this export: if your accounts have it, "
                           "export it as an administrator");
}

/* Where a policy or a silo is enforced and nobody is under one, that may be hidden, too,
 * unless the exporter could read more than others. */
static guint64
assignments_unseen(const Builder *builder, guint64 seen)
{
    const guint64 both =
        attribute_bit(ATTR_AUTHN_POLICY) | attribute_bit(ATTR_AUTHN_SILO);
    bool shown = builder->any_security || (seen & both) != 0;
    return !shown && authn_any_enforced(builder->estate) ? both : 0;
}

static void
mistrust_thin(Builder *builder, Files *files)
{
    guint64 seen = attributes_seen(builder);
    guint64 never = attributes_never(seen) | assignments_unseen(builder, seen);
    GHashTableIter iter;
    gpointer taken;
    g_hash_table_iter_init(&iter, builder->taken);
    while (never && g_hash_table_iter_next(&iter, NULL, &taken))
        ((Taken *)taken)->asked &= ~never;
    builder->by_part = files_mistrust(files, seen);
}

/* Without object classes a computer is known by the $ of its name alone. */
static void
guess_computers(Builder *builder, guint64 seen)
{
    GPtrArray *accounts = builder->estate->accounts;
    if (seen & attribute_bit(ATTR_OBJECT_CLASS))
        return;
    for (guint i = 0; i < accounts->len; i++) {
        Account *account = accounts->pdata[i];
        if (account->kinds == 0 && account->sam && g_str_has_suffix(account->sam, "$"))
            account->kinds = KIND_COMPUTER;
    }
}

/* The newest time in LDIF files: of any object; and of what accounts carry, where no
 * other file brings accounts. */
static gint64
newest_change(const Offline *offline)
{
    const Estate *estate = offline->builder->estate;
    gint64 newest = offline->changed_us;
    bool alone = estate->origins->len == 1;
    for (guint i = 0; alone && i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        newest = MAX(newest, account->password_set_us);
        newest = MAX(newest, account->last_logon_us);
    }
    return newest < estate->collected_us ? newest : 0;
}

/* LDIF files by the clock of the DC where the rootDSE is in them. */
static void
date_ldif(const Offline *offline, Origin *origin)
{
    const RootDse *root = builder_root(offline->builder);
    origin->snapshot = offline->mark.is_snapshot;
    origin->dc = g_strdup(root->host);
    origin->data_us = root->has_time ? root->time_us : newest_change(offline);
    origin->dated = root->has_time        ? DATED_CLOCK
                    : origin->data_us > 0 ? DATED_NEWEST
                                          : DATED_NOT;
}

/* Of two sources the one whose time counts: one that says when it was made, the oldest
 * of these. */
static bool
dates_before(const Origin *a, const Origin *b)
{
    static const int worth[DATED_COUNT] = {
        [DATED_NEWEST] = 1, [DATED_CLOCK] = 2, [DATED_SAVED] = 2};
    return worth[a->dated] != worth[b->dated] ? worth[a->dated] > worth[b->dated]
                                              : a->data_us < b->data_us;
}

/* Ages are judged as of the data. */
static void
date_estate(const Offline *offline)
{
    Estate *estate = offline->builder->estate;
    const Origin *oldest = NULL;
    for (guint i = 0; i < estate->origins->len; i++) {
        Origin *origin = estate->origins->pdata[i];
        if (origin == offline->ldif)
            date_ldif(offline, origin);
        if (estate->origins->len == 1) {
            g_free(origin->domain);
            origin->domain = g_strdup(estate->domain);
        }
        if (!oldest || dates_before(origin, oldest))
            oldest = origin;
    }
    estate->data_us = oldest ? oldest->data_us : 0;
    estate->dated = oldest ? oldest->dated : DATED_NOT;
    if (estate->data_us > 0)
        estate->collected_us = estate->data_us;
}

/* Parts of the configuration that an export of the domain alone lacks. */
static void
note_unexported(const Builder *builder)
{
    Estate *estate = builder->estate;
    const struct {
        bool lacks;
        const char *what, *container;
    } parts[] = {
        {!estate->aliases_read, "sPNMappings",
         "CN=Directory Service,CN=Windows NT,CN=Services"},
        {!builder->authn_container &&
             (estate->dc_level < 0 || estate->dc_level >= LEVEL_2012_R2),
         "authentication policies and silos",
         "CN=AuthN Policy Configuration,CN=Services"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *why =
            g_strdup_printf("not in %s: export %s,CN=Configuration,... too",
                            estate->source_uri, parts[i].container);
        if (parts[i].lacks)
            estate_add_gap(estate, parts[i].what, why);
    }
}

/* Every group has a groupType, and nearly every one is a security group.  Where none
 * of a file has it, it was exported without: the usual is supposed, and said. */
static void
suppose_group_types(const Offline *offline)
{
    Estate *estate = offline->builder->estate;
    bool own = false;
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if ((account->kinds & KIND_GROUP) == 0)
            continue;
        if (account_knows(account, ATTR_GROUP_TYPE))
            return;
        own = own || group_is_security(account) == TRI_UNKNOWN;
    }
    for (guint i = 0; i < estate->accounts->len; i++) {
        Account *account = estate->accounts->pdata[i];
        if ((account->kinds & KIND_GROUP) == 0)
            continue;
        account->group_type = GROUP_TYPE_SECURITY;
        account->unread &= ~attribute_bit(ATTR_GROUP_TYPE);
    }
    if (own)
        estate_add_gap(estate, attr_name(ATTR_GROUP_TYPE),
                       "is on no group of this export: all groups are taken for security "
                       "groups; add it to ldifde -l");
}

/* Whether the accounts of a domain are there: of an export its head says so; of a
 * snapshot, which may have it from the catalog, the rootDSE of its DC. */
static bool
holds_domain(const Builder *builder, const char *dn, bool snapshot)
{
    g_autofree char *key = text_fold(dn);
    for (guint i = 0; i < builder->roots->len; i++) {
        const RootDse *root = builder->roots->pdata[i];
        if (root->domain_dn && text_equal(root->domain_dn, dn))
            return true;
    }
    return !snapshot && g_hash_table_contains(builder->heads, key);
}

/* Whether the file was read as far as the audit is to reach: a snapshot holds what one
 * audit read, an export what its search base covers. */
static void
note_reach(const Offline *offline)
{
    const Builder *builder = offline->builder;
    Estate *estate = builder->estate;
    const SnapshotMark *mark = &offline->mark;
    if (offline->plan->reach == REACH_HOSTS)
        return;
    if (mark->is_snapshot && !mark->delegations) {
        g_autofree char *why = g_strdup_printf(
            "%s does not hold every account that delegates: it was saved with --scope "
            "hosts, or by an earlier version, or not all could be read",
            estate->source_uri);
        estate_add_gap(estate, "delegations beyond the hosts", why);
    }
    for (guint i = 0; offline->plan->reach == REACH_FOREST && i < estate->domains->len;
         i++) {
        const Domain *domain = estate->domains->pdata[i];
        if (holds_domain(builder, domain->dn, mark->is_snapshot))
            continue;
        g_autofree char *what =
            g_strdup_printf("the domain %s", domain->dns ? domain->dns : domain->dn);
        g_autofree char *why =
            g_strdup_printf("%s does not hold its accounts", estate->source_uri);
        estate_add_gap(estate, what, why);
    }
}

bool
offline_settle(Offline *offline, GError **error)
{
    Builder *builder = offline->builder;
    Estate *estate = builder->estate;
    const char *name = estate->source_uri;
    if (builder->count == 0)
        return fault_set(
            error, FAULT_MALFORMED,
            "%s: no entries in it%s%s; export the domain with ldapsearch or ldifde", name,
            estate->cut_short ? ": " : "", estate->cut_short ? estate->cut_short : "");
    if (!builder_settle_domains(builder))
        return fault_set(error, FAULT_MALFORMED,
                         "%s: no domain in it; export the whole naming context "
                         "(ldapsearch -b DC=..., ldifde -d DC=...)",
                         name);
    if (estate->accounts->len == 0)
        return fault_set(error, FAULT_MALFORMED,
                         "%s: no accounts in it: no entry has a sAMAccountName, or the "
                         "objectClass of a user, computer or group; export the whole "
                         "naming context of %s (ldifde -u -f FILE -d DC=...)",
                         name, estate->domain);
    const SnapshotMark *mark = &offline->mark;
    g_autoptr(Files) files = NULL;
    if (!mark->is_snapshot) {
        again_settle(offline->again, builder);
        moved_settle(builder);
    }
    guess_computers(builder, attributes_seen(builder));
    estate->is_snapshot = mark->is_snapshot;
    if (!mark->is_snapshot)
        files = files_new(builder);
    if (!mark->is_snapshot && !offline->pasted)
        mistrust_thin(builder, files);
    estate->spns_forest_wide =
        (mark->is_snapshot ? mark->owners : covers_forest(builder, files)) &&
        !offline->cut;
    if (!mark->is_snapshot && !covers_lists(builder))
        estate->spns_forest_wide = false;
    if (offline->audit && !mark->is_snapshot)
        note_unexported(builder);
    if (offline->audit)
        note_reach(offline);
    if (mark->is_snapshot && builder_discovers(offline->plan))
        builder_add_missing(builder);
    else
        builder_mark_hyperv(builder, NULL);
    if (builder_discovers(offline->plan))
        builder_mark_partners(builder, NULL);
    builder_settle_members(builder);
    people_settle_offline(estate);
    gplink_note_file(estate);
    if (mark->is_snapshot) {
        estate->tier0_read = mark->tier0;
        estate->dcs_read = mark->dcs;
        estate->delegations_read = mark->delegations;
        estate->policies_read = mark->policies;
        estate->sites_read = mark->sites;
    }
    estate->upns_read =
        mark->is_snapshot ? mark->upns
                          : estate->spns_forest_wide &&
                                (attributes_seen(builder) & attribute_bit(ATTR_UPN)) != 0;
    if (offline->audit && offline->plan->reach != REACH_HOSTS) {
        estate->trusts_read =
            mark->is_snapshot ? mark->trusts
                              : trusts_in_file(estate, builder->heads, builder->others);
        trusts_settle(estate);
    }
    if (!mark->is_snapshot && !offline->pasted && offline->audit) {
        guint64 seen = attributes_seen(builder);
        doubt_unseen(builder, seen | attributes_never(seen));
    }
    estate->unasked = attributes_unasked(builder);
    /* Descriptors without the reader's groups say nothing about the reader. */
    bool judged = (mark->is_snapshot && !mark->entries) ||
                  (builder->any_security && builder_root(builder)->token);
    builder_settle(builder, offline->audit ? offline->plan : NULL, judged);
    dsas_settle(builder->dsas, builder->estate);
    gplink_settle(estate, judged);
    if (!mark->is_snapshot)
        suppose_group_types(offline);
    settle_copies(offline);
    date_estate(offline);
    return true;
}
