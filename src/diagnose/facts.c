/* Finds the files, and reads each whole. */
#include "diagnose/facts.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "facts_file.h"

#include <string.h>

static bool
is_json(const char *name)
{
    gsize length = strlen(name);
    return length > 5 && g_ascii_strcasecmp(name + length - 5, ".json") == 0;
}

static bool
add_path(GPtrArray *files, char *path, GError **error)
{
    g_ptr_array_add(files, path);
    g_autofree char *says = limit_says(LIMIT_FACTS_FILES);
    return files->len <= MOST_FACTS_FILES ||
           fault_set(error, FAULT_CONFIG, "--facts: %s", says);
}

static bool
add_directory(GPtrArray *files, const char *path, GError **error)
{
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
    g_autoptr(GError) why = NULL;
    g_autoptr(GDir) directory = g_dir_open(path, 0, &why);
    guint before = files->len;
    if (!directory)
        return fault_set(error, FAULT_CONFIG, "--facts %s: cannot be read: %s", shown,
                         why->message);
    for (const char *name; (name = g_dir_read_name(directory)) != NULL;)
        if (is_json(name) && !add_path(files, g_build_filename(path, name, NULL), error))
            return false;
    return files->len > before ||
           fault_set(error, FAULT_CONFIG,
                     "--facts %s: no *.json in it; run Get-MigrationFacts.ps1 on the "
                     "hosts, and copy what it writes here",
                     shown);
}

static bool
find_files(const char *const *paths, GPtrArray *files, GError **error)
{
    for (; *paths; paths++) {
        bool added = g_file_test(*paths, G_FILE_TEST_IS_DIR)
                         ? add_directory(files, *paths, error)
                         : add_path(files, g_strdup(*paths), error);
        if (!added)
            return false;
    }
    g_ptr_array_sort(files, text_order);
    return true;
}

static bool
read_one(const char *path, GPtrArray *all, GError **error)
{
    g_autofree char *data = NULL;
    gsize length = 0;
    HostFacts *facts = NULL;
    if (!file_read(path, MOST_FACTS_BYTES, FAULT_CONFIG, &data, &length, error) ||
        !facts_parse(path, data, length, &facts, error))
        return false;
    g_ptr_array_add(all, facts);
    return true;
}

static bool
is_same_host(const HostFacts *one, const HostFacts *other)
{
    if (one->fqdn && other->fqdn)
        return text_equal(one->fqdn, other->fqdn);
    return text_equal(one->name, other->name) &&
           (!one->domain || !other->domain || text_equal(one->domain, other->domain));
}

static bool
is_superseded(const GPtrArray *all, const HostFacts *facts)
{
    for (guint i = 0; i < all->len; i++) {
        const HostFacts *other = all->pdata[i];
        if (other->collected_us > facts->collected_us && is_same_host(other, facts))
            return true;
    }
    return false;
}

/* Of one host the newest file counts: which of two of one time that differ is right,
 * nobody here can tell. */
static bool
agree(const GPtrArray *all, GError **error)
{
    for (guint i = 1; i < all->len; i++)
        for (guint j = 0; j < i; j++) {
            const HostFacts *one = all->pdata[j], *other = all->pdata[i];
            if (one->collected_us != other->collected_us ||
                strcmp(one->told, other->told) == 0 || !is_same_host(one, other) ||
                is_superseded(all, one))
                continue;
            g_autofree char *shown = text_quoted(QUOTE_TERMINAL, one->path);
            g_autofree char *beside = text_quoted(QUOTE_TERMINAL, other->path);
            g_autofree char *name = text_quoted(QUOTE_TERMINAL, one->name);
            return fault_set(error, FAULT_CONFIG,
                             "--facts: %s and %s are both of %s, of the same time, and "
                             "differ: keep the one that is right",
                             shown, beside, name);
        }
    return true;
}

bool
facts_read(const char *const *paths, GPtrArray **ret_facts, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) all =
        g_ptr_array_new_with_free_func((GDestroyNotify)host_facts_free);
    if (!find_files(paths, files, error))
        return false;
    for (guint i = 0; i < files->len; i++) {
        const char *path = files->pdata[i];
        bool again = i > 0 && strcmp(path, files->pdata[i - 1]) == 0;
        if (!again && !read_one(path, all, error))
            return false;
    }
    if (!agree(all, error))
        return false;
    *ret_facts = g_steal_pointer(&all);
    return true;
}
