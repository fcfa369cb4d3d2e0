/* An estate from LDIF files. */

#include "collect/source.h"

#include "adexplorer.h"
#include "again.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/stream.h"
#include "base/text.h"
#include "ldif.h"
#include "model/dn.h"
#include "offline_parts.h"
#include "oid.h"
#include "spns.h"

#include <glib/gstdio.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

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
    for (char **each = names; *each; each++) {
        EntryOptions options;
        AttrId attr;
        const char *by_oid = oid_name(*each, strlen(*each));
        const char *name = by_oid ? by_oid : *each;
        const struct berval value = {strlen(name), (char *)name};
        /* "(Global Catalog)" is two words of it. */
        if (strcmp(name, "(Global") == 0)
            reading.catalog = true;
        else if (strcmp(name, "*") == 0 || strcmp(name, "ALL") == 0)
            all = true;
        else if (g_ascii_strcasecmp(name, "nTSecurityDescriptor") == 0)
            reading.security = true;
        else if (entry_options(&value, &options) &&
                 attribute_find(name, options.name_length, &attr))
            asked |= attribute_bit(attr);
    }
    if (!all)
        reading.asked = asked;
    return reading;
}

/* Which domain a file is of, and how new what it holds. */
static void
note_origin(Offline *offline, const Entry *entry)
{
    Origin *origin = offline->origin;
    const EntryAttribute *changed = entry_find(entry, "whenChanged");
    gint64 time_us = 0;
    if (!origin)
        return;
    if (origin == offline->ldif && changed &&
        attribute_time(&changed->values[0], &time_us))
        offline->changed_us = MAX(offline->changed_us, time_us);
    /* Without a SID it is an application partition, as DNS has. */
    if (!origin->domain && entry_has(entry, "objectClass", "domainDNS") &&
        entry_find(entry, "objectSid")) {
        g_autofree char *dn = g_strndup(entry->dn.bv_val, entry->dn.bv_len);
        origin->domain = dn_domain(dn);
    }
}

/* Who is not in the file may be in what is missing of it. */
static void
note_cut(Offline *offline, const char *why)
{
    Estate *estate = offline->builder->estate;
    estate_add_gap(estate, offline->name, why);
    if (!estate->cut_short)
        estate->cut_short = estate_string(estate, why);
    offline->cut = true;
}

/* By its last part, as of nearly every DN. */
static bool
ends_in_domain(const struct berval *dn)
{
    const char *comma = dn->bv_len > 0 ? memrchr(dn->bv_val, ',', dn->bv_len) : NULL;
    return comma && comma > dn->bv_val && comma[-1] != '\\' &&
           dn->bv_len - (gsize)(comma - dn->bv_val) > 4 &&
           g_ascii_strncasecmp(comma + 1, "DC=", 3) == 0;
}

static bool
is_of_domain(const char *dn)
{
    g_autofree char *domain = strchr(dn, '=') ? dn_domain(dn) : NULL;
    return domain != NULL;
}

/* An account of no domain is one whose DN was written in a form that is none: a GUID, a
 * canonical name.  Its distinguishedName may tell; else it is not read, and may be
 * anybody. */
static bool
settle_dn(Offline *offline, Entry *entry)
{
    if (ends_in_domain(&entry->dn))
        return true;
    g_autofree char *dn = g_strndup(entry->dn.bv_val, entry->dn.bv_len);
    if (*dn == '\0' || is_of_domain(dn))
        return true;
    const EntryAttribute *other = entry_find(entry, "distinguishedName");
    g_autofree char *told = entry_text(entry, "distinguishedName");
    if (told && is_of_domain(told)) {
        entry->dn = other->values[0];
        return true;
    }
    if (!entry_find(entry, "sAMAccountName") &&
        !entry_shows(entry, "servicePrincipalName") && !entry_find(entry, "objectSid"))
        return true;
    g_autofree char *head = g_strndup(dn, 80), *shown = text_quoted(QUOTE_TERMINAL, head);
    g_autofree char *why =
        g_strdup_printf("holds an account of no domain (\"dn: %s\"), which was not read: "
                        "export it with full names (CN=...,DC=...), as ldifde does",
                        shown);
    if (!offline->cut)
        note_cut(offline, why);
    return false;
}

static void
take_entry(const Entry *given, const char *requesting, void *data)
{
    Offline *offline = data;
    Entry named = *given;
    const Entry *entry = &named;
    if (!settle_dn(offline, &named))
        return;
    note_origin(offline, entry);
    if (g_strcmp0(offline->requesting, requesting) != 0) {
        g_free(offline->requesting);
        offline->requesting = g_strdup(requesting);
        offline->reading = reading_of(requesting);
    }
    const GPtrArray *copies = offline->copies;
    /* A snapshot has one entry of each DN, as it was read. */
    offline->builder->compare = offline->mark.is_snapshot ? NULL : again_compare;
    Builder *builder = copies->len > 0 ? ((Copy *)copies->pdata[copies->len - 1])->builder
                                       : offline->builder;
    Entry read = *entry;
    Reading reading = offline->reading;
    /* More values of what came last, and any other attribute, may be in what is missing.
     */
    if (offline->cut_entry) {
        read.count -= read.count > 0;
        reading.asked = 0;
        offline->cut_entry = false;
    }
    builder_absorb(builder, &read, &reading);
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
take_incomplete(const char *why, void *data)
{
    note_cut(data, why);
}

/* An exporter ends every line.  Whatever came after the cut, a second owner of
 * an SPN for one, was not seen. */
static void
take_cut(void *data)
{
    Offline *offline = data;
    note_cut(offline, "ends in the middle of a line: it was cut short; export it again");
    offline->cut_entry = true;
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

/* All LDIF files are one source, each snapshot of AD Explorer is its own. */
static void
add_origin(Offline *offline, bool explorer)
{
    GPtrArray *origins = offline->builder->estate->origins;
    Origin *origin = explorer ? NULL : offline->ldif;
    if (!origin) {
        origin = origin_new(explorer ? "adexplorer" : "ldif");
        g_ptr_array_add(origins, origin);
    }
    if (!explorer)
        offline->ldif = origin;
    offline->origin = origin;
}

/* Its objects point to one another: all of it is read first. */
static bool
read_explorer(Offline *offline, Stream *stream, GError **error)
{
    const LdifHandler handler = {.entry = take_entry, .data = offline};
    ExplorerHead head = {0};
    gsize length;
    if (!stream_want(stream, MOST_LDIF_BYTES, error))
        return false;
    const char *data = stream_window(stream, &length);
    if (!adexplorer_walk(offline->name, data, length, &handler, &head, error))
        return false;
    offline->origin->data_us = head.saved_us;
    offline->origin->dated = head.saved_us > 0 ? DATED_SAVED : DATED_NOT;
    offline->origin->dc = head.server;
    return true;
}

static bool
read_text(Offline *offline, Stream *stream, GError **error)
{
    const LdifHandler handler = {take_entry, take_incomplete, offline, take_comment,
                                 take_cut};
    if (!ldif_walk(stream, &handler, error))
        return false;
    if (offline->mark.is_snapshot && are_several(offline->builder->estate))
        return fault_set(error, FAULT_CONFIG,
                         "%s is a snapshot by kcdaudit, which holds all that an audit "
                         "reads: give it without other files",
                         offline->name);
    return true;
}

static bool
read_file(Offline *offline, const char *path, GError **error)
{
    gsize length;
    offline->name = name_of(path);
    g_autoptr(Stream) stream = stream_open(path, MOST_LDIF_BYTES, FAULT_MALFORMED, error);
    if (!stream || !stream_want(stream, ADEXPLORER_HEAD, error))
        return false;
    const char *head = stream_window(stream, &length);
    bool explorer = adexplorer_is(head, length);
    add_origin(offline, explorer);
    if (!(explorer ? read_explorer : read_text)(offline, stream, error))
        return false;
    origin_add_file(offline->origin, path, offline->name, stream_bytes(stream),
                    stream_sha256(stream));
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
    for (; *paths; paths++, offline->builder->file++)
        if (!read_file(offline, *paths, error))
            return false;
    return offline_settle(offline, error);
}

#define PASTED "the pasted outputs"

static bool
read_pasted(Offline *offline, const char *ldif, GError **error)
{
    const LdifHandler handler = {take_entry, take_incomplete, offline, take_comment,
                                 NULL};
    Estate *estate = offline->builder->estate;
    g_autoptr(Stream) stream = stream_of_memory(PASTED, ldif, strlen(ldif), 0);
    offline->name = PASTED;
    estate->source_kind = "ldif";
    estate->source_uri = estate_string(estate, PASTED);
    g_ptr_array_add(estate->files, (gpointer)estate->source_uri);
    offline->ldif = offline->origin = origin_new("ldif");
    offline->ldif->uri = g_strdup(PASTED);
    g_ptr_array_add(estate->origins, offline->ldif);
    if (!ldif_walk(stream, &handler, error) || !offline_settle(offline, error))
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
    g_autoptr(Again) again = again_new();
    builder->again = again;
    g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(copy_free);
    Offline offline = {.plan = plan,
                       .pasted = true,
                       .builder = builder,
                       .again = again,
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
    g_autoptr(Again) again = again_new();
    builder->again = again;
    Offline offline = {.plan = plan,
                       .audit = audit,
                       .builder = builder,
                       .again = again,
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
