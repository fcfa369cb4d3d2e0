/* An estate from LDIF files. */

#include "collect/source.h"

#include "adexplorer.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"
#include "builder.h"
#include "gplink.h"
#include "ldif.h"
#include "people.h"
#include "replicas.h"
#include "spns.h"
#include "trusts.h"

#include <glib/gstdio.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define LEVEL_2012_R2 6 /* domainControllerFunctionality: older ones have no policies */

/* Entries of another DC, kept apart. */
typedef struct {
    char *dc;
    char *why; /* why it was not read */
    Estate *estate;
    Builder *builder;
} Copy;

static void
copy_free(gpointer data)
{
    Copy *copy = data;
    builder_free(copy->builder);
    estate_free(copy->estate);
    g_free(copy->dc);
    g_free(copy->why);
    g_free(copy);
}

typedef struct {
    const CollectPlan *plan;
    bool audit;       /* else only names and SPNs matter */
    bool pasted;      /* each entry says what was asked for */
    const char *name; /* of the file at hand */
    Builder *builder;
    /* The "# requesting:" line that `reading` was made from. */
    char *requesting;
    Reading reading;
    SnapshotMark mark;
    GPtrArray *copies; /* of Copy * */
    bool cut;          /* an export ends before its end */
    gint64 saved_us;   /* of AD Explorer snapshots, the oldest; 0: none, or unknown */
} Offline;

static bool
are_several(const Estate *estate)
{
    return estate->files->len > 1;
}

/* ldapsearch names what it asked for; `*` and ALL leave out what a DC only
 * makes on request. */
static Reading
reading_of(const char *requesting)
{
    Reading reading = {.asked = ~G_GUINT64_CONSTANT(0)};
    if (!requesting)
        return reading;
    g_auto(GStrv) names = g_strsplit_set(requesting, " ,", -1);
    guint64 asked = 0;
    bool all = false;
    for (char **name = names; *name; name++) {
        EntryOptions options;
        AttrId attr;
        const struct berval value = {strlen(*name), *name};
        /* "(Global Catalog)" is two words of it. */
        if (strcmp(*name, "(Global") == 0)
            reading.catalog = true;
        else if (strcmp(*name, "*") == 0 || strcmp(*name, "ALL") == 0)
            all = true;
        else if (g_ascii_strcasecmp(*name, "nTSecurityDescriptor") == 0)
            reading.security = true;
        else if (entry_options(&value, &options) &&
                 attribute_find(*name, options.name_length, &attr))
            asked |= attribute_bit(attr);
    }
    if (!all)
        reading.asked = asked;
    return reading;
}

static void
take_entry(const Entry *entry, const char *requesting, void *data)
{
    Offline *offline = data;
    if (g_strcmp0(offline->requesting, requesting) != 0) {
        g_free(offline->requesting);
        offline->requesting = g_strdup(requesting);
        offline->reading = reading_of(requesting);
    }
    const GPtrArray *copies = offline->copies;
    Builder *builder = copies->len > 0 ? ((Copy *)copies->pdata[copies->len - 1])->builder
                                       : offline->builder;
    builder_absorb(builder, entry, &offline->reading);
    /* A range in a file is where an export stopped; settling says so. */
    g_array_set_size(builder->remainders, 0);
    if (offline->plan->progress)
        offline->plan->progress("entries", offline->builder->count,
                                offline->plan->progress_data);
}

static void
take_comment(const char *text, void *data)
{
    Offline *offline = data;
    SnapshotMark *mark = &offline->mark;
    snapshot_take_comment(text, mark, offline->builder->estate);
    if (!mark->replica)
        return;
    Copy *copy = g_new0(Copy, 1);
    copy->dc = g_steal_pointer(&mark->replica);
    copy->why = g_steal_pointer(&mark->why);
    copy->estate = estate_new(offline->builder->estate->collected_us);
    copy->builder = builder_new(copy->estate);
    g_ptr_array_add(offline->copies, copy);
}

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

static void
take_incomplete(const char *result, void *data)
{
    Offline *offline = data;
    g_autofree char *why = g_strdup_printf("the export ended with \"%s\"", result);
    estate_add_gap(offline->builder->estate, offline->name, why);
    offline->cut = true;
}

/* An exporter ends every line.  Whatever came after the cut, a second owner of
 * an SPN for one, was not seen. */
static void
judge_end(Offline *offline, const LdifText *text)
{
    if (text->length == 0 || text->text[text->length - 1] == '\n')
        return;
    estate_add_gap(offline->builder->estate, offline->name,
                   "ends in the middle of a line: it was cut short; export it again");
    offline->cut = true;
}

/* Whether every domain of the forest is in the file. */
static bool
covers_forest(const Builder *builder)
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
        if (g_hash_table_contains(builder->heads, key))
            continue;
        g_autofree char *why = g_strdup_printf("%s %s nothing of %s", name,
                                               are_several(estate) ? "hold" : "holds",
                                               domain->dns ? domain->dns : domain->dn);
        estate_add_gap(estate, what, why);
        covers = false;
    }
    return covers;
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

static void
mistrust_thin(Offline *offline)
{
    Builder *builder = offline->builder;
    guint64 seen = attributes_seen(builder);
    guint64 never = attributes_never(seen);
    GHashTableIter iter;
    gpointer taken;
    g_hash_table_iter_init(&iter, builder->taken);
    while (never && g_hash_table_iter_next(&iter, NULL, &taken))
        ((Taken *)taken)->asked &= ~never;
    if (offline->audit)
        doubt_unseen(builder, seen | never);
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

/* Ages are judged as of the data: by the clock of the DC where the rootDSE is there, by
 * the time that a snapshot was saved, else by the newest time that any account carries.
 */
static void
date_estate(const Offline *offline)
{
    const Builder *builder = offline->builder;
    Estate *estate = builder->estate;
    gint64 newest = 0;
    if (builder_root(builder)->has_time || offline->saved_us > 0) {
        estate->collected_us = estate->data_us = builder_root(builder)->has_time
                                                     ? builder_root(builder)->time_us
                                                     : offline->saved_us;
        return;
    }
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        newest = MAX(newest, account->password_set_us);
        newest = MAX(newest, account->last_logon_us);
        newest = MAX(newest, account->changed_us);
    }
    estate->data_us = newest < estate->collected_us ? newest : 0;
    if (estate->data_us > 0)
        estate->collected_us = newest;
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

static bool
settle(Offline *offline, GError **error)
{
    Builder *builder = offline->builder;
    Estate *estate = builder->estate;
    const char *name = estate->source_uri;
    if (builder->count == 0)
        return fault_set(
            error, FAULT_MALFORMED,
            "%s: no entries in it; export the domain with ldapsearch or ldifde", name);
    if (!builder_settle_domains(builder))
        return fault_set(error, FAULT_MALFORMED,
                         "%s: no domain in it; export the whole naming context "
                         "(ldapsearch -b DC=..., ldifde -d DC=...)",
                         name);
    if (estate->accounts->len == 0)
        return fault_set(error, FAULT_MALFORMED,
                         "%s: no accounts in it; export the whole naming context of %s",
                         name, estate->domain);
    const SnapshotMark *mark = &offline->mark;
    guess_computers(builder, attributes_seen(builder));
    estate->is_snapshot = mark->is_snapshot;
    estate->spns_forest_wide =
        (mark->is_snapshot ? mark->owners : covers_forest(builder)) && !offline->cut;
    if (offline->audit && !mark->is_snapshot)
        note_unexported(builder);
    if (offline->audit)
        note_reach(offline);
    if (mark->is_snapshot && (!offline->plan->groups || offline->plan->groups->len == 0))
        builder_add_missing(builder);
    else
        builder_mark_hyperv(builder, NULL);
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
    if (!mark->is_snapshot && !offline->pasted)
        mistrust_thin(offline);
    /* Descriptors without the reader's groups say nothing about the reader. */
    bool judged = (mark->is_snapshot && !mark->entries) ||
                  (builder->any_security && builder_root(builder)->token);
    builder_settle(builder, offline->audit ? offline->plan : NULL, judged);
    gplink_settle(estate, judged);
    if (!mark->is_snapshot)
        suppose_group_types(offline);
    settle_copies(offline);
    date_estate(offline);
    return true;
}

static const char *
name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* The same file twice, however it is named, is a mistake: of two names one was meant to
 * be another file. */
static bool
are_apart(const char *const *paths, GError **error)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (; *paths; paths++) {
        GStatBuf status;
        bool input = strcmp(*paths, "-") == 0;
        if (input ? fstat(STDIN_FILENO, &status) : g_stat(*paths, &status))
            continue; /* reading it says why */
        char *key = g_strdup_printf("%ju:%ju", (uintmax_t)status.st_dev,
                                    (uintmax_t)status.st_ino);
        const char *before = g_hash_table_lookup(seen, key);
        if (!before) {
            g_hash_table_insert(seen, key, (gpointer)name_of(*paths));
            continue;
        }
        g_free(key);
        return strcmp(before, name_of(*paths)) == 0
                   ? fault_set(error, FAULT_CONFIG, "%s is given twice", before)
                   : fault_set(error, FAULT_CONFIG, "%s and %s are the same file", before,
                               name_of(*paths));
    }
    return true;
}

static bool
read_explorer(Offline *offline, const char *data, gsize length, GError **error)
{
    const LdifHandler handler = {.entry = take_entry, .data = offline};
    gint64 saved_us = 0;
    offline->builder->estate->adexplorer = true;
    if (!adexplorer_walk(offline->name, data, length, &handler, &saved_us, error))
        return false;
    if (saved_us > 0 && (offline->saved_us == 0 || saved_us < offline->saved_us))
        offline->saved_us = saved_us;
    return true;
}

static bool
read_file(Offline *offline, const char *path, GError **error)
{
    const LdifHandler handler = {take_entry, take_incomplete, offline, take_comment};
    char *data = NULL;
    gsize length = 0;
    g_auto(LdifText) text = {0};
    offline->name = name_of(path);
    if (!file_read_input(path, LDIF_FILE_MAX, FAULT_MALFORMED, &data, &length, error))
        return false;
    if (adexplorer_is(data, length)) {
        g_autofree char *snapshot = data;
        return read_explorer(offline, snapshot, length, error);
    }
    if (!ldif_text_of(offline->name, data, length, &text, error))
        return false;
    judge_end(offline, &text);
    if (!ldif_walk(&text, &handler, error))
        return false;
    if (offline->mark.is_snapshot && are_several(offline->builder->estate))
        return fault_set(error, FAULT_CONFIG,
                         "%s is a snapshot by kcdaudit, which holds all that an audit "
                         "reads: give it without other files",
                         offline->name);
    return true;
}

static bool
read_files(Offline *offline, const char *const *paths, GError **error)
{
    Estate *estate = offline->builder->estate;
    estate->source_kind = "ldif";
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; paths[i]; i++) {
        const char *name = estate_string(estate, name_of(paths[i]));
        g_ptr_array_add(estate->files, (gpointer)name);
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", name);
    }
    estate->source_uri = estate_string(estate, names->str);
    if (!are_apart(paths, error))
        return false;
    for (; *paths; paths++)
        if (!read_file(offline, *paths, error))
            return false;
    return settle(offline, error);
}

#define PASTED "the pasted outputs"

static bool
read_pasted(Offline *offline, const char *ldif, GError **error)
{
    const LdifHandler handler = {take_entry, take_incomplete, offline, take_comment};
    Estate *estate = offline->builder->estate;
    g_auto(LdifText) text = {g_strdup(PASTED), g_strdup(ldif), strlen(ldif)};
    offline->name = text.name;
    estate->source_kind = "ldif";
    estate->source_uri = estate_string(estate, PASTED);
    g_ptr_array_add(estate->files, (gpointer)estate->source_uri);
    if (!ldif_walk(&text, &handler, error) || !settle(offline, error))
        return false;
    /* Nearly all is missing of what an audit reads, and nobody expects it there. */
    g_ptr_array_set_size(estate->gaps, 0);
    g_hash_table_remove_all(estate->gaps_seen);
    return true;
}

bool
source_read_pasted(const char *ldif, const CollectPlan *plan, Estate **ret_estate,
                   GError **error)
{
    g_autoptr(Estate) estate = estate_new(g_get_real_time());
    g_autoptr(Builder) builder = builder_new(estate);
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(copy_free);
    Offline offline = {.plan = plan,
                       .pasted = true,
                       .builder = builder,
                       .reading = reading_of(NULL),
                       .copies = copies};
    bool sound = read_pasted(&offline, ldif, error);
    g_free(offline.requesting);
    snapshot_mark_clear(&offline.mark);
    if (!sound)
        return false;
    estate_freeze(estate);
    *ret_estate = g_steal_pointer(&estate);
    return true;
}

static bool
read_estate(const char *const *paths, const CollectPlan *plan, bool audit,
            Estate **ret_estate, GError **error)
{
    g_autoptr(Estate) estate = estate_new(g_get_real_time());
    g_autoptr(Builder) builder = builder_new(estate);
    Offline offline = {.plan = plan,
                       .audit = audit,
                       .builder = builder,
                       .reading = reading_of(NULL),
                       .copies = g_ptr_array_new_with_free_func(copy_free)};
    bool sound = read_files(&offline, paths, error);
    g_free(offline.requesting);
    g_ptr_array_unref(offline.copies);
    snapshot_mark_clear(&offline.mark);
    if (!sound)
        return false;
    if (plan->progress)
        plan->progress("entries", builder->count, plan->progress_data);
    estate_freeze(estate);
    *ret_estate = g_steal_pointer(&estate);
    return true;
}

bool
source_read_ldif(const char *const *paths, const CollectPlan *plan, Estate **ret_estate,
                 GError **error)
{
    return read_estate(paths, plan, true, ret_estate, error);
}

bool
source_find_spns_ldif(const char *const *paths, const SpnSearch *search,
                      const CollectPlan *plan, Estate **ret_estate, GPtrArray **ret_found,
                      GError **error)
{
    g_autoptr(Estate) estate = NULL;
    if (!read_estate(paths, plan, false, &estate, error))
        return false;
    *ret_found = spns_filter(estate, search);
    *ret_estate = g_steal_pointer(&estate);
    return true;
}
