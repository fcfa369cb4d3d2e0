/* Writes what was read, entry by entry, with what was asked for. */
#include "snapshot.h"

#include "attributes.h"
#include "base/limits.h"
#include "base/text.h"
#include "libldap.h"

#include <stdio.h>

#include <string.h>

#define MARK_SNAPSHOT "kcdaudit snapshot: 1"
#define MARK_WHOLE "read whole: "
#define MARK_GAP "not read: "
#define MARK_NOBODY "nobody in: "
#define MARK_OPEN "not all in: "
#define MARK_REPLICA "replica: "

/* One attribute of an entry, its parts put together. */
typedef struct {
    char *name;
    GPtrArray *values; /* of GBytes * */
    bool ranging;      /* its last part has not come yet */
    guint next;        /* the value it starts with */
} Kept;

typedef struct {
    char *dn;
    bool catalog;
    guint64 asked;
    GPtrArray *attributes; /* of Kept * */
} Page;

struct Snapshot {
    GPtrArray *pages;  /* of Page *, as they came first */
    GHashTable *by_dn; /* folded DN, or a rootDSE's domain -> Page * */
};

static void
kept_free(gpointer data)
{
    Kept *kept = data;
    g_ptr_array_unref(kept->values);
    g_free(kept->name);
    g_free(kept);
}

static void
page_free(gpointer data)
{
    Page *page = data;
    g_ptr_array_unref(page->attributes);
    g_free(page->dn);
    g_free(page);
}

Snapshot *
snapshot_new(void)
{
    Snapshot *snapshot = g_new0(Snapshot, 1);
    snapshot->pages = g_ptr_array_new_with_free_func(page_free);
    snapshot->by_dn = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return snapshot;
}

void
snapshot_free(Snapshot *snapshot)
{
    if (!snapshot)
        return;
    g_hash_table_unref(snapshot->by_dn);
    g_ptr_array_unref(snapshot->pages);
    g_free(snapshot);
}

static Kept *
find_kept(const Page *page, const char *name, gsize length)
{
    for (guint i = 0; i < page->attributes->len; i++) {
        Kept *kept = page->attributes->pdata[i];
        if (strlen(kept->name) == length &&
            g_ascii_strncasecmp(kept->name, name, length) == 0)
            return kept;
    }
    return NULL;
}

/* An attribute description (RFC 4512 2.5): nothing else is written as one, as a line
 * break in it would begin a line of the file. */
static bool
is_name(const char *name, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isalnum(name[i]) && (!name[i] || !strchr("-.;", name[i])))
            return false;
    return length > 0 && g_ascii_isalnum(name[0]);
}

/* As the builder does: the first whole value list stays, parts follow on. */
static void
keep(Page *page, const EntryAttribute *attribute)
{
    EntryOptions options;
    if (attribute->count == 0 || !entry_options(&attribute->name, &options))
        return;
    gsize length = options.ranged ? options.name_length : attribute->name.bv_len;
    if (!is_name(attribute->name.bv_val, length))
        return;
    Kept *kept = find_kept(page, attribute->name.bv_val, length);
    guint low = options.ranged ? options.low : 0;
    if (kept ? !kept->ranging || low != kept->next : low != 0)
        return;
    if (!kept) {
        kept = g_new0(Kept, 1);
        kept->name = g_strndup(attribute->name.bv_val, length);
        kept->values = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        g_ptr_array_add(page->attributes, kept);
    }
    for (guint i = 0; i < attribute->count; i++)
        g_ptr_array_add(kept->values, g_bytes_new(attribute->values[i].bv_val,
                                                  attribute->values[i].bv_len));
    kept->ranging = options.ranged && options.high != G_MAXUINT;
    kept->next = kept->ranging ? options.high + 1 : 0;
}

void
snapshot_take(Snapshot *snapshot, const Entry *entry, guint64 asked, bool catalog)
{
    if (entry->dn.bv_len > MOST_VALUE_BYTES)
        return;
    g_autofree char *dn = entry->dn.bv_len > 0
                              ? g_strndup(entry->dn.bv_val, entry->dn.bv_len)
                              : g_strdup("");
    g_autofree char *domain =
        *dn == '\0' ? entry_text(entry, "defaultNamingContext") : NULL;
    g_autofree char *folded = text_fold(domain ? domain : dn);
    g_autofree char *key = g_strconcat(domain ? "rootDSE of " : "", folded, NULL);
    Page *page = g_hash_table_lookup(snapshot->by_dn, key);
    if (!page) {
        page = g_new0(Page, 1);
        page->dn = g_steal_pointer(&dn);
        page->catalog = catalog;
        page->attributes = g_ptr_array_new_with_free_func(kept_free);
        g_ptr_array_add(snapshot->pages, page);
        g_hash_table_insert(snapshot->by_dn, g_steal_pointer(&key), page);
    } else if (catalog && !page->catalog) {
        return; /* the domain knows better */
    } else if (!catalog && page->catalog) {
        page->catalog = false;
        page->asked = 0;
        g_ptr_array_set_size(page->attributes, 0);
    }
    page->asked |= asked;
    for (guint i = 0; i < entry->count; i++)
        keep(page, &entry->attributes[i]);
}

static void
put(GString *out, const char *name, const void *value, gsize length)
{
    char *line =
        libldap.put(LDIF_PUT_VALUE, name, length > 0 ? value : "", (ber_len_t)length);
    g_string_append(out, line);
    ber_memfree(line);
}

static void
put_comment(GString *out, const char *mark, const char *first, const char *second)
{
    g_autofree char *one = g_strescape(first, NULL);
    g_autofree char *two = second ? g_strescape(second, NULL) : NULL;
    g_string_append_printf(out, "# %s%s%s%s\n", mark, one, two ? "\t" : "",
                           two ? two : "");
}

static void
put_members(GString *out, const Estate *estate, const char *group_dn)
{
    g_autofree char *key = text_fold(group_dn);
    GHashTable *members = g_hash_table_lookup(estate->memberships, key);
    if (!members)
        return;
    if (g_hash_table_size(members) == 0)
        put(out, MEMBERS_ATTRIBUTE, "", 0);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if (g_hash_table_contains(members, account))
            put(out, MEMBERS_ATTRIBUTE, account->dn, strlen(account->dn));
    }
}

static void
put_page(GString *out, const Page *page, const Estate *estate, char **requesting)
{
    g_autoptr(GString) line = g_string_new("# requesting:");
    if (page->catalog)
        g_string_append(line, " " SNAPSHOT_CATALOG);
    for (AttrId attr = 0; attr < ATTR_COUNT; attr++)
        if (page->asked & attribute_bit(attr))
            g_string_append_printf(line, " %s", attr_name(attr));
    g_string_append_c(line, '\n');
    g_string_append_c(out, '\n');
    if (g_strcmp0(*requesting, line->str) != 0) {
        g_string_append(out, line->str);
        g_free(*requesting);
        *requesting = g_strdup(line->str);
    }
    put(out, "dn", page->dn, strlen(page->dn));
    for (guint i = 0; i < page->attributes->len; i++) {
        const Kept *kept = page->attributes->pdata[i];
        g_autofree char *name =
            kept->ranging ? g_strdup_printf("%s;range=0-%u", kept->name, kept->next - 1)
                          : g_strdup(kept->name);
        for (guint v = 0; v < kept->values->len; v++) {
            gsize length;
            const void *value = g_bytes_get_data(kept->values->pdata[v], &length);
            put(out, name, value, length);
        }
    }
    if (*page->dn && estate)
        put_members(out, estate, page->dn);
}

static void
put_head(GString *out, const Estate *estate)
{
    const struct {
        const char *name;
        bool read;
    } wholes[] = {{"spn-owners", estate->spns_forest_wide},
                  {"tier0", estate->tier0_read},
                  {"delegations", estate->delegations_read},
                  {"domain-controllers", estate->dcs_read},
                  {"group-policies", estate->policies_read},
                  {"sites", estate->sites_read},
                  {"trusts", estate->trusts_read},
                  {"upn-owners", estate->upns_read}};
    g_autofree char *when = text_time(estate->collected_us);
    g_autofree char *from = text_quoted(QUOTE_COMMENT, estate->domain);
    g_string_append_printf(out,
                           "version: 1\n# " MARK_SNAPSHOT "\n"
                           "# What an audit of %s read on %s.\n"
                           "# To audit it again: kcdaudit audit --ldif THIS-FILE\n",
                           from, when);
    for (guint i = 0; i < G_N_ELEMENTS(wholes); i++)
        if (wholes[i].read)
            put_comment(out, MARK_WHOLE, wholes[i].name, NULL);
    for (guint i = 0; i < estate->gaps->len; i++) {
        const Gap *gap = estate->gaps->pdata[i];
        put_comment(out, MARK_GAP, gap->what, gap->why);
    }
    g_autoptr(GList) open =
        g_list_sort(g_hash_table_get_values(estate->members_open), (GCompareFunc)strcmp);
    for (GList *at = open; at; at = at->next)
        put_comment(out, MARK_OPEN, at->data, NULL);
}

void
snapshot_write(const Snapshot *snapshot, const Estate *estate, const GPtrArray *replicas,
               GString *out)
{
    g_autofree char *requesting = NULL;
    put_head(out, estate);
    /* Groups that have no entry. */
    g_autoptr(GList) groups =
        g_list_sort(g_hash_table_get_keys(estate->memberships), (GCompareFunc)strcmp);
    for (GList *at = groups; at; at = at->next) {
        const char *group = at->data;
        if (g_hash_table_contains(snapshot->by_dn, group))
            continue;
        if (g_hash_table_size(g_hash_table_lookup(estate->memberships, group)) == 0) {
            put_comment(out, MARK_NOBODY, group, NULL);
            continue;
        }
        g_string_append(out, "\n# requesting: objectClass\n");
        put(out, "dn", group, strlen(group));
        put(out, "objectClass", "group", 5);
        put_members(out, estate, group);
    }
    for (guint i = 0; i < snapshot->pages->len; i++)
        put_page(out, snapshot->pages->pdata[i], estate, &requesting);
    for (guint r = 0; r < replicas->len; r++) {
        const Replica *replica = estate->replicas->pdata[r];
        const Snapshot *held = replicas->pdata[r];
        g_string_append_c(out, '\n');
        put_comment(out, MARK_REPLICA, replica->dc, replica->why ? replica->why : "");
        for (guint i = 0; replica->read && i < held->pages->len; i++)
            put_page(out, held->pages->pdata[i], NULL, &requesting);
    }
}

void
snapshot_mark_clear(SnapshotMark *mark)
{
    g_clear_pointer(&mark->replica, g_free);
    g_clear_pointer(&mark->why, g_free);
}

void
snapshot_take_comment(const char *text, SnapshotMark *mark, Estate *estate)
{
    if (strcmp(text, MARK_SNAPSHOT) == 0) {
        mark->is_snapshot = true;
    } else if (!mark->is_snapshot) {
        return; /* somebody else's comment */
    } else if (g_str_has_prefix(text, MARK_WHOLE)) {
        const char *name = text + strlen(MARK_WHOLE);
        mark->owners |= strcmp(name, "spn-owners") == 0;
        mark->tier0 |= strcmp(name, "tier0") == 0;
        mark->delegations |= strcmp(name, "delegations") == 0;
        mark->dcs |= strcmp(name, "domain-controllers") == 0;
        mark->policies |= strcmp(name, "group-policies") == 0;
        mark->sites |= strcmp(name, "sites") == 0;
        mark->trusts |= strcmp(name, "trusts") == 0;
        mark->upns |= strcmp(name, "upn-owners") == 0;
        mark->entries |= strcmp(name, "entries") == 0;
    } else if (g_str_has_prefix(text, MARK_GAP)) {
        g_auto(GStrv) parts = g_strsplit(text + strlen(MARK_GAP), "\t", 2);
        if (!parts[0] || !parts[1])
            return;
        g_autofree char *what = g_strcompress(parts[0]);
        g_autofree char *why = g_strcompress(parts[1]);
        g_autofree char *valid_what = g_utf8_make_valid(what, -1);
        g_autofree char *valid_why = g_utf8_make_valid(why, -1);
        estate_add_gap(estate, valid_what, valid_why);
    } else if (g_str_has_prefix(text, MARK_REPLICA)) {
        g_auto(GStrv) parts = g_strsplit(text + strlen(MARK_REPLICA), "\t", 2);
        bool reason = parts[0] && parts[1] && *parts[1];
        snapshot_mark_clear(mark);
        mark->replica = g_strcompress(parts[0] ? parts[0] : "");
        mark->why = reason ? g_strcompress(parts[1]) : NULL;
    } else if (g_str_has_prefix(text, MARK_NOBODY)) {
        g_autofree char *group = g_strcompress(text + strlen(MARK_NOBODY));
        estate_add_membership(estate, group, NULL);
    } else if (g_str_has_prefix(text, MARK_OPEN)) {
        g_autofree char *group = g_strcompress(text + strlen(MARK_OPEN));
        g_autofree char *valid = g_utf8_make_valid(group, -1);
        estate_leave_members_open(estate, valid);
    }
}
