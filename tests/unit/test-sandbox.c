#include "base/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is never lifted is tried in a child. */

typedef struct {
    char *folder;  /* in it, what follows */
    char *granted; /* a folder to change */
    char *shown;   /* a file to read */
    char *secret;  /* a file of nobody's business */
    char *link;    /* in `granted`, to `secret` */
} Here;

static char *
file_in(const char *folder, const char *name)
{
    char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, "x", -1, NULL));
    return path;
}

static void
set_up(Here *here, gconstpointer unused)
{
    (void)unused;
    here->folder = g_dir_make_tmp("test-sandbox-XXXXXX", NULL);
    here->granted = g_build_filename(here->folder, "granted", NULL);
    g_assert_cmpint(g_mkdir(here->granted, 0700), ==, 0);
    here->shown = file_in(here->folder, "shown");
    here->secret = file_in(here->folder, "secret");
    here->link = g_build_filename(here->granted, "link", NULL);
    g_assert_cmpint(symlink(here->secret, here->link), ==, 0);
}

static void
remove_all(const char *folder)
{
    g_autoptr(GDir) names = g_dir_open(folder, 0, NULL);
    const char *name;
    while (names && (name = g_dir_read_name(names))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK) &&
            g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_all(path);
        else
            g_unlink(path);
    }
    g_rmdir(folder);
}

static void
tear_down(Here *here, gconstpointer unused)
{
    (void)unused;
    remove_all(here->folder);
    g_free(here->folder);
    g_free(here->granted);
    g_free(here->shown);
    g_free(here->secret);
    g_free(here->link);
}

/* A try gives 0 where it was done, else errno. */
typedef int (*Try)(const Here *here);

static int
opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int result = fd < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return result;
}

static int
came_to(long result)
{
    return result < 0 ? errno : 0;
}

static int
read_shown(const Here *here)
{
    return opened(here->shown, O_RDONLY);
}

static int
write_shown(const Here *here)
{
    return opened(here->shown, O_WRONLY);
}

static int
truncate_shown(const Here *here)
{
    return came_to(truncate(here->shown, 0));
}

static int
read_secret(const Here *here)
{
    return opened(here->secret, O_RDONLY);
}

static int
read_by_link(const Here *here)
{
    return opened(here->link, O_RDONLY);
}

static int
read_shadow(const Here *here)
{
    (void)here;
    return opened("/etc/shadow", O_RDONLY);
}

static int
list_root(const Here *here)
{
    (void)here;
    return opened("/", O_RDONLY | O_DIRECTORY);
}

static int
remove_secret(const Here *here)
{
    return came_to(unlink(here->secret));
}

static int
make_elsewhere(const Here *here)
{
    g_autofree char *path = g_build_filename(here->folder, "new", NULL);
    return opened(path, O_WRONLY | O_CREAT | O_EXCL);
}

/* As a report appears. */
static int
replace_granted(const Here *here)
{
    g_autofree char *one = g_build_filename(here->granted, "one", NULL);
    g_autofree char *other = g_build_filename(here->granted, "other", NULL);
    int made = opened(one, O_WRONLY | O_CREAT | O_EXCL);
    if (made == 0)
        made = opened(other, O_WRONLY | O_CREAT | O_EXCL);
    return made != 0 ? made : came_to(rename(one, other));
}

static int
move_out(const Here *here)
{
    g_autofree char *one = g_build_filename(here->granted, "one", NULL);
    g_autofree char *path = g_build_filename(here->folder, "out", NULL);
    int made = opened(one, O_WRONLY | O_CREAT);
    g_assert_cmpint(made, ==, 0);
    return came_to(rename(one, path));
}

static int
start_program(const Here *here)
{
    (void)here;
    execl("/bin/true", "true", (char *)NULL);
    return errno;
}

static int
debug(const Here *here)
{
    (void)here;
    return came_to(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
mount_over(const Here *here)
{
    return came_to(mount("none", here->granted, "tmpfs", 0, NULL));
}

static int
serve(const Here *here)
{
    (void)here;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = fd < 0 ? 0 : came_to(listen(fd, 1));
    if (fd >= 0)
        close(fd);
    return result;
}

/* Even those that it is already. */
static int
become_another(const Here *here)
{
    (void)here;
    return came_to(setuid(getuid()));
}

static int
give_away(const Here *here)
{
    return came_to(chown(here->shown, getuid(), getgid()));
}

static int
socket_of(int family, int type)
{
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    int result = came_to(fd);
    if (fd >= 0)
        close(fd);
    return result;
}

static int
listen_to_the_wire(const Here *here)
{
    (void)here;
    return socket_of(AF_PACKET, SOCK_RAW);
}

static int
reach_the_host(const Here *here)
{
    (void)here;
    return socket_of(AF_VSOCK, SOCK_STREAM);
}

static int
connect_to_servers(const Here *here)
{
    (void)here;
    static const int families[] = {AF_UNIX, AF_INET, AF_NETLINK};
    for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
        int result = socket_of(families[i], SOCK_DGRAM);
        if (result != 0)
            return result;
    }
    return 0;
}

static gpointer
of_a_thread(gpointer here)
{
    return GINT_TO_POINTER(read_secret(here));
}

static int
read_secret_in_thread(const Here *here)
{
    GThread *thread = g_thread_new("reader", of_a_thread, (gpointer)here);
    return GPOINTER_TO_INT(g_thread_join(thread));
}

static int
result_in_child(const Here *here, Try attempt, bool confined)
{
    pid_t child = fork();
    if (child == 0) {
        g_autoptr(Sandbox) sandbox = sandbox_new();
        sandbox_shut_in();
        sandbox_allow(sandbox, SANDBOX_CHANGE, here->granted);
        sandbox_allow(sandbox, SANDBOX_READ, here->shown);
        sandbox_allow(sandbox, SANDBOX_READ, "/not/there");
        if (confined && !sandbox_enter(sandbox))
            _exit(255);
        _exit(attempt(here));
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const struct {
    const char *what;
    Try attempt;
    int result;
} files[] = {
    {"read what was named", read_shown, 0},
    {"replace in a folder that was named", replace_granted, 0},
    {"write to what is to be read", write_shown, EACCES},
    {"truncate it", truncate_shown, EACCES},
    {"read what was not named", read_secret, EACCES},
    {"read it by a link", read_by_link, EACCES},
    {"read it in a thread", read_secret_in_thread, EACCES},
    {"read the passwords", read_shadow, EACCES},
    {"list the root", list_root, EACCES},
    {"remove what was not named", remove_secret, EACCES},
    {"make a file elsewhere", make_elsewhere, EACCES},
    {"move a file elsewhere", move_out, EACCES},
};

static void
test_files(Here *here, gconstpointer unused)
{
    (void)unused;
    if (sandbox_files_version() < 3) {
        g_test_skip("FILES WERE NOT HELD: no Landlock 3 in this kernel, or a sanitizer");
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_test_message("%s", files[i].what);
        g_assert_cmpint(result_in_child(here, files[i].attempt, true), ==,
                        files[i].result);
    }
    /* It is the sandbox that kept it. */
    g_assert_cmpint(result_in_child(here, read_secret, false), ==, 0);
}

static int
calls_are_held(const Here *here)
{
    (void)here;
    return sandbox_holds_calls() ? 0 : 1;
}

static void
test_calls(Here *here, gconstpointer unused)
{
    (void)unused;
    static const Try denied[] = {
        start_program,  debug,     mount_over,         serve,
        become_another, give_away, listen_to_the_wire, reach_the_host};
    if (result_in_child(here, calls_are_held, false) != 0) {
        g_test_skip("CALLS WERE NOT HELD: no seccomp in this kernel, or a sanitizer");
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(denied); i++)
        g_assert_cmpint(result_in_child(here, denied[i], false), ==, EPERM);
    g_assert_cmpint(result_in_child(here, read_shown, false), ==, 0);
    g_assert_cmpint(result_in_child(here, connect_to_servers, false), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/sandbox/files", Here, NULL, set_up, test_files, tear_down);
    g_test_add("/sandbox/calls", Here, NULL, set_up, test_calls, tear_down);
    return g_test_run();
}
