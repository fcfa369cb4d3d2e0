/* Names a source and its files. */
#include "model/origin.h"

const char *const dated_names[DATED_COUNT] = {
    [DATED_READ] = "read",
    [DATED_CLOCK] = "clock",
    [DATED_SAVED] = "saved",
    [DATED_NEWEST] = "newest-change",
};

static void
file_free(gpointer data)
{
    OriginFile *file = data;
    g_free(file->path);
    g_free(file->sha256);
    g_free(file);
}

Origin *
origin_new(const char *kind)
{
    Origin *origin = g_new0(Origin, 1);
    origin->kind = kind;
    origin->files = g_ptr_array_new_with_free_func(file_free);
    return origin;
}

void
origin_free(Origin *origin)
{
    g_free(origin->uri);
    g_free(origin->dc);
    g_free(origin->domain);
    g_ptr_array_unref(origin->files);
    g_free(origin);
}

void
origin_add_file(Origin *origin, const char *path, const char *name, guint64 bytes,
                const char *sha256)
{
    OriginFile *file = g_new0(OriginFile, 1);
    file->path = g_strdup(path);
    file->bytes = bytes;
    file->sha256 = g_strdup(sha256);
    g_ptr_array_add(origin->files, file);
    char *before = origin->uri;
    origin->uri = before ? g_strconcat(before, ", ", name, NULL) : g_strdup(name);
    g_free(before);
}
