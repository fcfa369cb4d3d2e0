/* Walks to each GPO's files without following links, and parses them. */
#include "diagnose/sysvol.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "gpttmpl.h"
#include "registrypol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path below the directory given, as it is gone down: each name is opened by
 * itself in the directory before it, so that no symbolic link leads out. */
typedef struct {
    int fd; /* -1: the last name could not be opened */
    int reason;
    GString *path;
} Walk;

static Walk
walk_start(int fd)
{
    return (Walk){.fd = fd, .path = g_string_new(NULL)};
}

static void
walk_clear(Walk *walk)
{
    if (walk->fd >= 0)
        close(walk->fd);
    if (walk->path)
        g_string_free(walk->path, TRUE);
    *walk = (Walk){.fd = -1};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

static bool
is_guid(const char *name)
{
    Guid unused;
    gsize length = strlen(name);
    if (length != 38 || name[0] != '{' || name[37] != '}')
        return false;
    g_autofree char *inner = g_strndup(name + 1, length - 2);
    return guid_parse(inner, &unused);
}

static bool
wants_name(const char *wanted, const char *name)
{
    return wanted ? text_equal(wanted, name) : is_guid(name);
}

/* The first name, in order, that equals `wanted` but for case (transfer full);
 * `wanted` NULL: that is a GUID.  *ret_many: there are too many names to tell. */
static char *
find_name(int fd, const char *wanted, bool *ret_many)
{
    guint count = 0;
    char *best = NULL;
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    if (!stream) {
        if (copy >= 0)
            close(copy);
        return NULL;
    }
    const struct dirent *entry;
    while (count <= MOST_FOLDER_ENTRIES && (entry = readdir(stream))) {
        count += *entry->d_name != '.';
        if (wants_name(wanted, entry->d_name) &&
            (!best || strcmp(entry->d_name, best) < 0)) {
            g_free(best);
            best = g_strdup(entry->d_name);
        }
    }
    closedir(stream);
    *ret_many = count > MOST_FOLDER_ENTRIES;
    if (*ret_many)
        g_clear_pointer(&best, g_free);
    return best;
}

/* Opens one name below; without blocking, should it be a pipe. */
static int
open_below(int fd, const char *name, bool directory)
{
    int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    return openat(fd, name, flags | (directory ? O_DIRECTORY : 0));
}

static bool
walk_down(Walk *walk, const char *name, bool directory)
{
    g_autofree char *found = NULL;
    bool many = false;
    if (walk->fd < 0)
        return false;
    int next = open_below(walk->fd, name, directory);
    walk->reason = next < 0 ? errno : 0;
    if (next < 0 && walk->reason == ENOENT &&
        (found = find_name(walk->fd, name, &many))) {
        next = open_below(walk->fd, found, directory);
        walk->reason = next < 0 ? errno : 0;
    }
    if (many)
        walk->reason = E2BIG;
    g_string_append_printf(walk->path, "%s%s", walk->path->len > 0 ? "/" : "",
                           found ? found : name);
    close(walk->fd);
    walk->fd = next;
    return next >= 0;
}

/* O_NOFOLLOW says ELOOP; with O_DIRECTORY it says ENOTDIR of a link, too. */
static char *
walk_problem(const Walk *walk)
{
    g_autofree char *many = limit_says(LIMIT_FOLDER_ENTRIES);
    const char *why = walk->reason == ENOENT    ? "it is not there"
                      : walk->reason == E2BIG   ? many
                      : walk->reason == ELOOP   ? "a symbolic link, which is not followed"
                      : walk->reason == ENOTDIR ? "no folder, or a symbolic link to one"
                                                : g_strerror(walk->reason);
    return g_strdup_printf("%s: %s", walk->path->str, why);
}

static Walk
walk_copy(const Walk *walk)
{
    Walk copy = walk_start(fcntl(walk->fd, F_DUPFD_CLOEXEC, 0));
    copy.reason = copy.fd < 0 ? errno : 0;
    g_string_assign(copy.path, walk->path->str);
    return copy;
}

/* The file's bytes, or what keeps them from us in file->why. */
static bool
read_bounded(const Walk *walk, gsize limit, PolicyFile *file, char **ret_data,
             gsize *ret_length)
{
    struct stat status;
    if (fstat(walk->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        file->why = g_strdup_printf("%s: no regular file", walk->path->str);
        return false;
    }
    if (file_read_open(walk->fd, limit, ret_data, ret_length))
        return true;
    g_autofree char *size = g_format_size_full(limit, G_FORMAT_SIZE_IEC_UNITS);
    file->why = errno == EFBIG
                    ? g_strdup_printf("%s: larger than %s", walk->path->str, size)
                    : g_strdup_printf("%s: %s", walk->path->str, g_strerror(errno));
    return false;
}

/* Opens a file of the machine half and reads it.  False where there is nothing to
 * parse: the file's state then says why. */
static bool
take_file(const Walk *machine, const char *const *names, gsize limit, PolicyFile *file,
          char **ret_data, gsize *ret_length)
{
    g_auto(Walk) walk = walk_copy(machine);
    bool open = walk.fd >= 0;
    for (; open && *names; names++)
        open = walk_down(&walk, *names, names[1] != NULL);
    file->path = g_strdup(walk.path->str);
    if (open)
        return read_bounded(&walk, limit, file, ret_data, ret_length);
    file->state = walk.reason == ENOENT ? POLICY_FILE_ABSENT : POLICY_FILE_UNREAD;
    if (file->state == POLICY_FILE_UNREAD)
        file->why = walk_problem(&walk);
    return false;
}

static void
take_security(const Walk *machine, GpoEvidence *evidence)
{
    static const char *const names[] = {"Microsoft", "Windows NT", "SecEdit",
                                        "GptTmpl.inf", NULL};
    PolicyFile *file = &evidence->security;
    g_autofree char *data = NULL;
    gsize length;
    if (!take_file(machine, names, MOST_TEMPLATE_BYTES, file, &data, &length))
        return;
    g_auto(GptTmpl) parsed = {0};
    bool sound = gpttmpl_parse(data, length, &parsed);
    file->state = sound ? POLICY_FILE_READ : POLICY_FILE_CORRUPT;
    file->why = g_strdup(parsed.why);
    for (guint i = 0; i < parsed.rights->len && i < MOST_TEMPLATE_RIGHTS; i++) {
        const PrivilegeRight *right = parsed.rights->pdata[i];
        PolicyRight *added = gpo_evidence_add_right(evidence, right->right, right->line);
        for (guint p = 0; p < right->principals->len; p++)
            g_ptr_array_add(added->principals, g_strdup(right->principals->pdata[p]));
    }
    if (parsed.rights->len > MOST_TEMPLATE_RIGHTS) {
        file->state = POLICY_FILE_CORRUPT;
        g_free(file->why);
        file->why = limit_says(LIMIT_TEMPLATE_RIGHTS);
    }
}

static void
take_registry(const Walk *machine, GpoEvidence *evidence)
{
    static const char *const names[] = {"Registry.pol", NULL};
    PolicyFile *file = &evidence->registry;
    g_autofree char *data = NULL;
    gsize length;
    if (!take_file(machine, names, MOST_REGISTRY_BYTES, file, &data, &length))
        return;
    g_auto(RegistryPol) parsed = {0};
    bool sound = registrypol_check(data, length, &parsed);
    evidence->records = parsed.records;
    file->state = sound ? POLICY_FILE_READ : POLICY_FILE_CORRUPT;
    if (!sound)
        file->why = g_strdup_printf("at byte %" G_GSIZE_FORMAT ": %s (%" G_GSIZE_FORMAT
                                    " bytes long)",
                                    parsed.at, parsed.why, length);
}

/* gPCFileSysPath, \\DOMAIN\SYSVOL\DOMAIN\Policies\{GUID}, apart (transfer full);
 * NULL where it is no such path. */
static char **
path_parts(const char *path)
{
    g_auto(GStrv) parts =
        path && g_str_has_prefix(path, "\\\\") ? g_strsplit(path + 2, "\\", -1) : NULL;
    if (!parts || g_strv_length(parts) != 5 || !text_equal(parts[1], "sysvol") ||
        !text_equal(parts[3], "Policies") || !is_guid(parts[4]) || !*parts[2] ||
        strchr(parts[2], '/') || strcmp(parts[2], ".") == 0 ||
        strcmp(parts[2], "..") == 0)
        return NULL;
    return g_steal_pointer(&parts);
}

/* What DIR holds. */
typedef struct {
    int fd;
    const char *domain; /* whose policies, where no folder says so */
} Sysvol;

/* The Policies folder of a domain, in one of the shapes that DIR may have. */
static Walk
open_policies(const Sysvol *sysvol, const char *domain)
{
    const char *const shapes[][4] = {
        {domain, "Policies", NULL},
        {"sysvol", domain, "Policies", NULL},
        {"Policies", NULL}, /* of the audited domain only */
    };
    bool audited = text_equal(domain, sysvol->domain);
    guint count = audited ? G_N_ELEMENTS(shapes) : G_N_ELEMENTS(shapes) - 1;
    g_auto(Walk) first = {.fd = -1};
    for (guint s = 0; s < count; s++) {
        Walk walk = walk_start(fcntl(sysvol->fd, F_DUPFD_CLOEXEC, 0));
        bool open = walk.fd >= 0;
        for (guint i = 0; open && shapes[s][i]; i++)
            open = walk_down(&walk, shapes[s][i], true);
        if (open)
            return walk;
        /* What is there and cannot be opened is worth more words. */
        if (!first.path || (first.reason == ENOENT && walk.reason != ENOENT)) {
            walk_clear(&first);
            first = walk;
        } else {
            walk_clear(&walk);
        }
    }
    bool many;
    g_autofree char *policy = audited ? find_name(sysvol->fd, NULL, &many) : NULL;
    if (policy)
        return walk_start(fcntl(sysvol->fd, F_DUPFD_CLOEXEC, 0));
    Walk failed = first;
    first = (Walk){.fd = -1};
    return failed;
}

static void
say_both(GpoEvidence *evidence, char *why)
{
    evidence->security.why = why;
    evidence->registry.why = g_strdup(why);
}

static GpoEvidence *
read_gpo(const Sysvol *sysvol, const Gpo *gpo)
{
    GpoEvidence *evidence = gpo_evidence_new(gpo);
    g_auto(GStrv) parts = path_parts(gpo->path);
    if (!parts) {
        say_both(evidence, gpo->path
                               ? g_strdup_printf("its gPCFileSysPath leads elsewhere: %s",
                                                 gpo->path)
                               : g_strdup("its gPCFileSysPath was not read"));
        return evidence;
    }
    g_auto(Walk) machine = open_policies(sysvol, parts[2]);
    bool there = machine.fd >= 0 && walk_down(&machine, parts[4], true);
    if (there && walk_down(&machine, "Machine", true)) {
        take_security(&machine, evidence);
        take_registry(&machine, evidence);
    } else if (there && machine.reason == ENOENT) { /* a GPO with a user half only */
        evidence->security.state = evidence->registry.state = POLICY_FILE_ABSENT;
        evidence->security.path = g_strdup(machine.path->str);
        evidence->registry.path = g_strdup(machine.path->str);
    } else {
        say_both(evidence, walk_problem(&machine));
    }
    return evidence;
}

static bool
open_directory(const char *directory, int *ret_fd, GError **error)
{
    *ret_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret_fd >= 0)
        return true;
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, directory);
    return fault_set(error, FAULT_CONFIG, "--sysvol %s: %s", shown, g_strerror(errno));
}

bool
sysvol_check(const char *directory, GError **error)
{
    int fd;
    if (!open_directory(directory, &fd, error))
        return false;
    close(fd);
    return true;
}

bool
sysvol_read(const char *directory, const char *domain, const GPtrArray *gpos,
            GPtrArray **ret_evidence, GError **error)
{
    Sysvol sysvol = {.domain = domain};
    if (!open_directory(directory, &sysvol.fd, error))
        return false;
    g_auto(Walk) policies = open_policies(&sysvol, domain);
    if (policies.fd < 0) {
        close(sysvol.fd);
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, directory);
        g_autofree char *why = walk_problem(&policies);
        return fault_set(error, FAULT_CONFIG,
                         "--sysvol %s holds no policies of %s (%s): give the SYSVOL "
                         "share, the domain's folder in it, or its Policies",
                         shown, domain, why);
    }
    *ret_evidence = g_ptr_array_new_with_free_func((GDestroyNotify)gpo_evidence_free);
    for (guint i = 0; i < gpos->len; i++)
        g_ptr_array_add(*ret_evidence, read_gpo(&sysvol, gpos->pdata[i]));
    close(sysvol.fd);
    return true;
}
