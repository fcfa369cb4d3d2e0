/* Looks at who owns and who may write a path, from the root down. */
#include "base/place.h"

#include <errno.h>
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
is_of_windows(const char *path)
{
    struct utsname system;
    struct statfs status;
    if (uname(&system) != 0 || !strstr(system.release, "icrosoft") ||
        statfs(path, &status) != 0)
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

/* The links on the way of `path`, which is absolute, and of those that they lead to. */
static char *
links_fault(const char *path, bool last, guint depth)
{
    for (const char *at = path + 1; depth < LINKS_MAX && *at;) {
        const char *end = strchrnul(at, '/');
        g_autofree char *prefix = g_strndup(path, (gsize)(end - path));
        struct stat status;
        at = *end ? end + 1 : end;
        if ((!*end && !last) || lstat(prefix, &status) != 0 || !S_ISLNK(status.st_mode))
            continue;
        if (!is_own(&status))
            return say_owner("the link ", prefix, &status);
        g_autofree char *target = realpath(prefix, NULL);
        g_autofree char *text = g_malloc0(PATH_MAX + 1);
        if (!target || readlink(prefix, text, PATH_MAX) < 0)
            continue;
        g_autofree char *folder = g_path_get_dirname(prefix);
        g_autofree char *next = g_path_is_absolute(text)
                                    ? g_strdup(text)
                                    : g_build_filename(folder, text, NULL);
        char *fault = links_fault(next, true, depth + 1);
        if (fault)
            return fault;
    }
    return NULL;
}

/* `path` is absolute and holds no links. */
static char *
folder_fault(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || is_of_windows(path))
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

/* `folder` and what it lies in; what is not there yet will be made with mode 0700. */
static char *
way_fault(const char *folder)
{
    g_autofree char *start = g_strdup(folder);
    g_autofree char *real = NULL;
    while (!(real = realpath(start, NULL)) && errno == ENOENT &&
           strcmp(start, "/") != 0) {
        char *above = g_path_get_dirname(start);
        g_free(start);
        start = above;
    }
    for (gsize end = 1; real && end <= strlen(real); end++) {
        if (end > 1 && real[end] != '/' && real[end] != '\0')
            continue;
        g_autofree char *prefix = g_strndup(real, end);
        char *fault = folder_fault(prefix);
        if (fault)
            return fault;
    }
    return NULL;
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
file_fault(const char *path, const struct stat *status, PlaceUse use)
{
    bool replaced = use == PLACE_REPLACE || use == PLACE_SHARE;
    char *fault = kind_fault(status, use);
    if (fault || S_ISDIR(status->st_mode) || is_of_windows(path))
        return fault;
    if (!is_own(status))
        return say_owner("", path, status);
    if (replaced || !others_may_write(status))
        return NULL;
    g_autofree char *shown = g_filename_display_name(path);
    return g_strdup_printf("others may write it: chmod go-w %s", shown);
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
    struct stat status;
    if (place_descriptor(path) >= 0 || (use != PLACE_FOLDER && place_is_null(path)))
        return NULL;
    g_autofree char *absolute = absolute_of(path);
    g_autofree char *folder = g_path_get_dirname(absolute);
    char *fault = links_fault(absolute, true, 0);
    if (!fault && use == PLACE_FOLDER)
        return way_fault(absolute);
    if (!fault && stat(absolute, &status) == 0)
        fault = file_fault(absolute, &status, use);
    if (fault || use == PLACE_SHARE)
        return fault;
    if (use == PLACE_REPLACE)
        return way_fault(folder);
    g_autofree char *real = realpath(absolute, NULL);
    g_autofree char *there = real ? g_path_get_dirname(real) : g_strdup(folder);
    return way_fault(there);
}
