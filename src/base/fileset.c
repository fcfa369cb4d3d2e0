/* Temporary files: made, renamed, and removed again from a signal handler. */
#include "base/fileset.h"

#include "base/fault.h"
#include "base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME_TRIES 100
#define NAME_START ".kcdaudit-"
#define NAME_END ".tmp"
#define NAME_DIGITS 16
#define LEFT_AFTER_S 3600 /* nobody takes that long from writing to renaming */

/* A temporary name where a signal handler finds it: the handler may look at any
 * moment and from any thread, so slots are used again and never freed. */
typedef struct Slot {
    struct Slot *next;
    atomic_bool taken;
    atomic_bool there; /* `path` stands, and a file may be there */
    char path[PATH_MAX];
} Slot;

static _Atomic(Slot *) slots;

typedef struct {
    char *path;
    Slot *slot;    /* NULL: nothing stands beside the place */
    FileMake make; /* of what is written in place; else NULL */
    gpointer data;
    GBytes *held; /* of what stands already; else NULL */
} Item;

struct FileSet {
    GPtrArray *items; /* of Item *, in the order added */
};

static Slot *
slot_take(void)
{
    for (Slot *slot = atomic_load(&slots); slot; slot = slot->next)
        if (!atomic_exchange(&slot->taken, true))
            return slot;
    Slot *slot = g_new0(Slot, 1);
    atomic_store(&slot->taken, true);
    slot->next = atomic_load(&slots);
    while (!atomic_compare_exchange_weak(&slots, &slot->next, slot)) {
    }
    return slot;
}

static void
slot_leave(Slot *slot)
{
    atomic_store(&slot->there, false);
    atomic_store(&slot->taken, false);
}

void
fileset_forget(void)
{
    for (const Slot *slot = atomic_load(&slots); slot; slot = slot->next)
        if (atomic_load(&slot->there))
            unlink(slot->path);
}

static bool
cannot_write(const char *path, const char *reason, GError **error)
{
    g_autofree char *shown = g_filename_display_name(path);

    return fault_set(error, FAULT_OUTPUT, "cannot write %s: %s", shown, reason);
}

static void
item_free(gpointer data)
{
    Item *item = data;

    if (item->slot) {
        unlink(item->slot->path);
        slot_leave(item->slot);
    }
    g_clear_pointer(&item->held, g_bytes_unref);
    g_free(item->path);
    g_free(item);
}

FileSet *
fileset_new(void)
{
    FileSet *set = g_new0(FileSet, 1);

    set->items = g_ptr_array_new_with_free_func(item_free);
    return set;
}

void
fileset_free(FileSet *set)
{
    if (!set)
        return;
    g_ptr_array_unref(set->items);
    g_free(set);
}

/* 0 or an errno. */
static int
write_all(int fd, const char *data, gsize length)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);

        if (written >= 0) {
            data += written;
            length -= (gsize)written;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

struct FileOut {
    int fd;     /* below 0: keeps nothing */
    int reason; /* why it cannot be written; 0 */
};

void
file_out_put(FileOut *out, const char *data, gsize length)
{
    if (out->fd >= 0 && out->reason == 0)
        out->reason = write_all(out->fd, data, length);
}

int
file_make_into(int fd, FileMake make, gpointer data)
{
    FileOut out = {.fd = fd};
    make(&out, data);
    return out.reason;
}

static void
make_of_bytes(FileOut *out, gpointer bytes)
{
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    file_out_put(out, data, length);
}

/* A descriptor on a file of a new name in `slot`; -1 sets errno.  The name is
 * short however long that of the place is, and ends in nothing that anybody
 * reads a directory for (node_exporter: *.prom). */
static int
open_beside(Slot *slot, const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);

    for (guint i = 0; i < NAME_TRIES; i++) {
        int length = g_snprintf(slot->path, sizeof slot->path,
                                "%s/" NAME_START "%08x%08x" NAME_END, directory,
                                g_random_int(), g_random_int());
        if (length < 0 || (gsize)length >= sizeof slot->path) {
            errno = ENAMETOOLONG;
            return -1;
        }
        /* Before it is there: a signal may come in between. */
        atomic_store(&slot->there, true);
        int fd = open(slot->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      FILE_PRIVATE);
        if (fd >= 0)
            return fd;
        atomic_store(&slot->there, false);
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

/* 0 or an errno; then nothing is left. */
static int
write_beside(Slot *slot, const char *path, guint mode, FileMake make, gpointer data)
{
    int fd = open_beside(slot, path);
    if (fd < 0)
        return errno;
    int reason = file_make_into(fd, make, data);
    if (reason == 0 && fchmod(fd, mode) != 0)
        reason = errno;
    /* Some file systems cannot. */
    if (reason == 0 && fsync(fd) != 0 && errno != EINVAL && errno != ENOSYS)
        reason = errno;
    if (close(fd) != 0 && reason == 0 && errno != EINTR)
        reason = errno;
    if (reason != 0)
        unlink(slot->path);
    return reason;
}

bool
fileset_replaces(const char *path)
{
    return place_descriptor(path) < 0 && !place_is_null(path);
}

/* What the system would say. */
static int
obstacle_number(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    int standing = place_descriptor(path);
    GStatBuf status;

    if (standing >= 0)
        return fcntl(standing, F_GETFL) < 0 ? errno : 0;
    bool exists = g_stat(path, &status) == 0;
    if (exists && S_ISDIR(status.st_mode))
        return EISDIR;
    if (exists && access(path, W_OK) != 0)
        return errno;
    if (!fileset_replaces(path))
        return 0;
    if (g_stat(directory, &status) == 0 && !S_ISDIR(status.st_mode))
        return ENOTDIR;
    return access(directory, W_OK) != 0 ? errno : 0;
}

char *
fileset_obstacle(const char *path, guint mode)
{
    int number = obstacle_number(path);

    return number != 0
               ? g_strdup(g_strerror(number))
               : place_fault(path, mode == FILE_SHARED ? PLACE_SHARE : PLACE_REPLACE);
}

/* Writes to what is there; 0 or an errno. */
static int
write_in_place(const Item *item)
{
    int standing = place_descriptor(item->path);
    if (standing < 0) /* /dev/null */
        return file_make_into(-1, item->make, item->data);
    int fd = fcntl(standing, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int reason = file_make_into(fd, item->make, item->data);
    if (close(fd) != 0 && reason == 0 && errno != EINTR)
        reason = errno;
    return reason;
}

bool
fileset_add(FileSet *set, const char *path, guint mode, const char *data, gsize length,
            GError **error)
{
    bool replaces = fileset_replaces(path);
    g_autoptr(GBytes) bytes =
        replaces ? g_bytes_new_static(data, length) : g_bytes_new(data, length);
    if (!fileset_make(set, path, mode, make_of_bytes, bytes, error))
        return false;
    Item *item = set->items->pdata[set->items->len - 1];
    item->held = replaces ? NULL : g_steal_pointer(&bytes);
    return true;
}

bool
fileset_make(FileSet *set, const char *path, guint mode, FileMake make, gpointer data,
             GError **error)
{
    if (!fileset_replaces(path)) {
        Item *item = g_new0(Item, 1);

        item->path = g_strdup(path);
        item->make = make;
        item->data = data;
        g_ptr_array_add(set->items, item);
        return true;
    }
    g_autofree char *fault =
        place_fault(path, mode == FILE_SHARED ? PLACE_SHARE : PLACE_REPLACE);
    if (fault)
        return cannot_write(path, fault, error);
    Slot *slot = slot_take();
    int reason = write_beside(slot, path, mode, make, data);
    if (reason != 0) {
        slot_leave(slot);
        return cannot_write(path, g_strerror(reason), error);
    }
    Item *item = g_new0(Item, 1);
    item->path = g_strdup(path);
    item->slot = slot;
    g_ptr_array_add(set->items, item);
    return true;
}

/* What cannot be taken back comes first: where it fails, no file has changed. */
static bool
write_pipes(const FileSet *set, GError **error)
{
    for (guint i = 0; i < set->items->len; i++) {
        const Item *item = set->items->pdata[i];
        int reason = item->make ? write_in_place(item) : 0;

        if (reason != 0)
            return cannot_write(item->path, g_strerror(reason), error);
    }
    return true;
}

static bool
is_temporary(const char *name)
{
    gsize start = strlen(NAME_START);
    return g_str_has_prefix(name, NAME_START) &&
           strspn(name + start, "0123456789abcdef") == NAME_DIGITS &&
           strcmp(name + start + NAME_DIGITS, NAME_END) == 0;
}

/* Takes away what audits that were killed left in `directory`. */
static void
tidy(const char *directory)
{
    g_autoptr(GDir) listing = g_dir_open(directory, 0, NULL);
    for (const char *name; listing && (name = g_dir_read_name(listing));) {
        struct stat status;
        if (!is_temporary(name))
            continue;
        g_autofree char *path = g_build_filename(directory, name, NULL);
        if (lstat(path, &status) == 0 && S_ISREG(status.st_mode) &&
            status.st_uid == geteuid() && status.st_mtime < time(NULL) - LEFT_AFTER_S)
            unlink(path);
    }
}

/* Each folder once, where its files follow each other. */
static void
tidy_all(const FileSet *set)
{
    g_autofree char *last = NULL;
    for (guint i = 0; i < set->items->len; i++) {
        const Item *item = set->items->pdata[i];
        g_autofree char *directory = item->make ? NULL : g_path_get_dirname(item->path);
        if (!directory || g_strcmp0(directory, last) == 0)
            continue;
        tidy(directory);
        g_free(last);
        last = g_steal_pointer(&directory);
    }
}

bool
fileset_publish(FileSet *set, GError **error)
{
    if (!write_pipes(set, error))
        return false;
    for (guint i = 0; i < set->items->len; i++) {
        Item *item = set->items->pdata[i];

        if (!item->slot)
            continue;
        if (rename(item->slot->path, item->path) != 0)
            return cannot_write(item->path, g_strerror(errno), error);
        slot_leave(g_steal_pointer(&item->slot));
    }
    tidy_all(set);
    g_ptr_array_set_size(set->items, 0);
    return true;
}
