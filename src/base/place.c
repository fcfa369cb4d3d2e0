/* Looks at who owns and who may write a path, from the root down, each step from the
 * folder that was looked at: so nobody else can exchange any, then or later. */
#include "base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS_MAX 40u /* of links that lead to links, as the kernel's */
#define P9_MAGIC 0x01021997
#define WSL1_MAGIC 0x53464846
#define FUSE_MAGIC 0x65735546

int
place_descriptor(const char *path)
{
    static const char *const prefixes[] = {"/dev/fd/", "/proc/self/fd/"};
    static const char *const names[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(path, names[i]) == 0)
            return (int)i;
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        guint64 number = 0;
        if (g_str_has_prefix(path, prefixes[i]) &&
            g_ascii_string_to_unsigned(path + strlen(prefixes[i]), 10, 0, G_MAXINT,
                                       &number, NULL))
            return (int)number;
    }
    return -1;
}

bool
place_is_null(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISCHR(status.st_mode) &&
           status.st_rdev == makedev(1, 3);
}

/* Whoever sudo made root is root anyway. */
static bool
became_root(uid_t uid)
{
    const char *text = getenv("SUDO_UID");
    guint64 number = 0;
    return text && g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT32, &number, NULL) &&
           number == uid;
}

/* A folder of the machine outside: of nobody in here. */
static bool
is_outside(uid_t uid)
{
    bool container =
        access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
    return container && !getpwuid(uid);
}

static bool
is_own(const struct stat *status)
{
    uid_t uid = status->st_uid;
    return uid == geteuid() || uid == 0 ||
           (geteuid() == 0 && (became_root(uid) || is_outside(uid)));
}

/* The group that a user is alone in, by the custom of its having the user's name. */
static bool
is_own_group(gid_t group)
{
    const struct passwd *user = group == getegid() ? getpwuid(geteuid()) : NULL;
    g_autofree char *name = g_strdup(user ? user->pw_name : NULL);
    const struct group *entry = name ? getgrgid(group) : NULL;
    return entry && strcmp(entry->gr_name, name) == 0;
}

static bool
others_may_write(const struct stat *status)
{
    return (status->st_mode & S_IWOTH) ||
           ((status->st_mode & S_IWGRP) && !is_own_group(status->st_gid));
}

/* Windows' own drives under WSL, where everything has one owner and mode 0777: what
 * Windows allows is not to be seen. */
static bool
is_of_windows(int fd)
{
    struct utsname system;
    struct statfs status;
    if (uname(&system) != 0 || !strstr(system.release, "icrosoft") ||
        fstatfs(fd, &status) != 0)
        return false;
    return status.f_type == P9_MAGIC || status.f_type == WSL1_MAGIC ||
           status.f_type == FUSE_MAGIC;
}

/* (transfer full) */
static char *
user_name(uid_t uid)
{
    const struct passwd *user = getpwuid(uid);
    return user ? g_strdup(user->pw_name)
                : g_strdup_printf("user %lu", (unsigned long)uid);
}

static char *
say_owner(const char *what, const char *path, const struct stat *status)
{
    g_autofree char *shown = g_filename_display_name(path);
    g_autofree char *user = user_name(status->st_uid);
    return g_strdup_printf("%s%s belongs to another user (%s), who could exchange what "
                           "is there; name a place of your own",
                           what, shown, user);
}

static char *
folder_fault(int fd, const char *path)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || is_of_windows(fd))
        return NULL;
    if (!is_own(&status))
        return say_owner("the folder ", path, &status);
    if (!others_may_write(&status) || (status.st_mode & S_ISVTX))
        return NULL;
    g_autofree char *shown = g_filename_display_name(path);
    return g_strdup_printf("others may write to the folder %s, and exchange what is "
                           "there: chmod go-w %s, or name another place",
                           shown, shown);
}

/* What is no file, by its kind. */
static char *
kind_fault(const struct stat *status, PlaceUse use)
{
    const char *kind = S_ISFIFO(status->st_mode)                              ? "a pipe"
                       : S_ISSOCK(status->st_mode)                            ? "a socket"
                       : S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode) ? "a device"
                                                                              : NULL;
    if (!kind)
        return NULL;
    return g_strdup_printf("it is %s; name a file%s", kind,
                           use == PLACE_REPLACE || use == PLACE_SHARE
                               ? ", or write to standard output"
                               : "");
}

/* The file itself, which is there. */
static char *
file_fault(int fd, const char *path, const struct stat *status, PlaceUse use)
{
    bool replaced = use == PLACE_REPLACE || use == PLACE_SHARE;
    char *fault = kind_fault(status, use);
    if (fault || S_ISDIR(status->st_mode) || is_of_windows(fd))
        return fault;
    if (!is_own(status))
        return say_owner("", path, status);
    if (replaced || !others_may_write(status))
        return NULL;
    g_autofree char *shown = g_filename_display_name(path);
    return g_strdup_printf("others may write it: chmod go-w %s", shown);
}

/* The way of a path: the folder at hand, and what is left of the names. */
typedef struct {
    PlaceUse use;
    int fd;        /* O_PATH; -1: what is left is not there, or cannot be looked at */
    GString *path; /* of the folder, without a "/" at its end */
    GString *left;
    guint links;
} Walk;

static void
walk_clear(Walk *walk)
{
    if (walk->fd >= 0)
        close(walk->fd);
    g_string_free(walk->path, TRUE);
    g_string_free(walk->left, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

/* Takes over the descriptor. */
static void
walk_to(Walk *walk, int fd)
{
    if (walk->fd >= 0)
        close(walk->fd);
    walk->fd = fd;
}

/* The next name (transfer full); NULL: none is left. */
static char *
walk_next(Walk *walk)
{
    gsize slashes = strspn(walk->left->str, "/");
    gsize length = strcspn(walk->left->str + slashes, "/");
    char *name = length > 0 ? g_strndup(walk->left->str + slashes, length) : NULL;
    g_string_erase(walk->left, 0, (gssize)(slashes + length));
    return name;
}

static bool
walk_is_last(const Walk *walk)
{
    return walk->left->str[strspn(walk->left->str, "/")] == '\0';
}

/* Whether the folders on the way matter: others' metrics may lie in others' folders. */
static char *
walk_folder_fault(const Walk *walk)
{
    return walk->use == PLACE_SHARE
               ? NULL
               : folder_fault(walk->fd, walk->path->len > 0 ? walk->path->str : "/");
}

/* Whose link it is; where it leads is gone through next. */
static char *
walk_link(Walk *walk, int fd, const char *path, const struct stat *status)
{
    g_autofree char *target = g_malloc0(PATH_MAX + 1);
    struct stat target_status;
    if (!is_own(status))
        return say_owner("the link ", path, status);
    if (walk->use == PLACE_REPLACE && walk_is_last(walk))
        return stat(path, &target_status) == 0 ? kind_fault(&target_status, walk->use)
                                               : NULL;
    if (++walk->links > LINKS_MAX || readlinkat(fd, "", target, PATH_MAX) < 0)
        return NULL;
    g_string_prepend_c(walk->left, '/');
    g_string_prepend(walk->left, target);
    if (*target == '/') {
        walk_to(walk, open("/", O_PATH | O_CLOEXEC));
        g_string_truncate(walk->path, 0);
    }
    return NULL;
}

static void
walk_up(Walk *walk)
{
    const char *slash = strrchr(walk->path->str, '/');
    walk_to(walk, openat(walk->fd, "..", O_PATH | O_CLOEXEC));
    g_string_truncate(walk->path, slash ? (gsize)(slash - walk->path->str) : 0);
}

/* One name down. */
static char *
walk_down(Walk *walk, const char *name)
{
    struct stat status;
    g_autofree char *path = g_strdup_printf("%s/%s", walk->path->str, name);
    int fd = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        walk_to(walk, fd);
        walk_to(walk, -1);
        return NULL;
    }
    if (S_ISLNK(status.st_mode)) {
        char *fault = walk_link(walk, fd, path, &status);
        close(fd);
        return fault;
    }
    bool last = walk_is_last(walk);
    if (last && walk->use != PLACE_FOLDER) {
        char *fault = file_fault(fd, path, &status, walk->use);
        close(fd);
        return fault;
    }
    walk_to(walk, fd);
    g_string_assign(walk->path, path);
    return S_ISDIR(status.st_mode) ? walk_folder_fault(walk) : NULL;
}

/* (transfer full) */
static char *
absolute_of(const char *path)
{
    g_autofree char *here = g_get_current_dir();
    return g_path_is_absolute(path) ? g_strdup(path) : g_build_filename(here, path, NULL);
}

char *
place_fault(const char *path, PlaceUse use)
{
    if (place_descriptor(path) >= 0 || (use != PLACE_FOLDER && place_is_null(path)))
        return NULL;
    g_autofree char *absolute = absolute_of(path);
    g_auto(Walk) walk = {use, open("/", O_PATH | O_CLOEXEC), g_string_new(NULL),
                         g_string_new(absolute), 0};
    char *fault = walk_folder_fault(&walk);
    while (!fault && walk.fd >= 0) {
        g_autofree char *name = walk_next(&walk);
        if (!name)
            break;
        if (strcmp(name, "..") == 0)
            walk_up(&walk);
        else if (strcmp(name, ".") != 0)
            fault = walk_down(&walk, name);
    }
    return fault;
}
