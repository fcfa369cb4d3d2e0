#include "base/place.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER ((uid_t)65534)

typedef struct {
    char *folder;
    char *file; /* not there */
} Here;

static void
set_up(Here *here, gconstpointer unused)
{
    (void)unused;
    here->folder = g_dir_make_tmp("test-place-XXXXXX", NULL);
    g_assert_nonnull(here->folder);
    here->file = g_build_filename(here->folder, "file", NULL);
}

static void
tear_down(Here *here, gconstpointer unused)
{
    (void)unused;
    g_unlink(here->file);
    g_assert_cmpint(g_rmdir(here->folder), ==, 0);
    g_free(here->file);
    g_free(here->folder);
}

static void
make_file(const Here *here, mode_t mode)
{
    g_assert_true(g_file_set_contents(here->file, "x", -1, NULL));
    g_assert_cmpint(g_chmod(here->file, mode), ==, 0);
}

/* NULL: nothing is said against it. */
static void
assert_fault(const char *path, PlaceUse use, const char *part)
{
    g_autofree char *fault = place_fault(path, use);
    if (!part)
        g_assert_cmpstr(fault, ==, NULL);
    else
        g_assert_true(fault && strstr(fault, part) && !strchr(fault, '\n'));
}

static const PlaceUse uses[] = {PLACE_READ, PLACE_REPLACE, PLACE_SHARE, PLACE_KEEP};

static void
test_own(Here *here, gconstpointer unused)
{
    (void)unused;
    for (guint i = 0; i < G_N_ELEMENTS(uses); i++)
        assert_fault(here->file, uses[i], NULL);
    assert_fault(here->folder, PLACE_FOLDER, NULL);
    make_file(here, 0644);
    for (guint i = 0; i < G_N_ELEMENTS(uses); i++)
        assert_fault(here->file, uses[i], NULL);
}

/* What is replaced may be written by others: what comes in its place may not. */
static void
test_others_may_write(Here *here, gconstpointer unused)
{
    (void)unused;
    make_file(here, 0666);
    assert_fault(here->file, PLACE_READ, "others may write it: chmod go-w");
    assert_fault(here->file, PLACE_KEEP, "others may write it: chmod go-w");
    assert_fault(here->file, PLACE_REPLACE, NULL);
    make_file(here, 0600);
    g_assert_cmpint(g_chmod(here->folder, 0777), ==, 0);
    assert_fault(here->file, PLACE_READ, "others may write to the folder");
    assert_fault(here->file, PLACE_REPLACE, "others may write to the folder");
    assert_fault(here->folder, PLACE_FOLDER, "others may write to the folder");
    assert_fault(here->file, PLACE_SHARE, NULL);
    g_assert_cmpint(g_chmod(here->folder, 01777), ==, 0);
    assert_fault(here->file, PLACE_READ, NULL);
    assert_fault(here->folder, PLACE_FOLDER, NULL);
}

static void
test_folders_above(Here *here, gconstpointer unused)
{
    (void)unused;
    g_autofree char *deep = g_build_filename(here->folder, "a", "b", NULL);
    g_autofree char *above = g_path_get_dirname(deep);
    g_autofree char *file = g_build_filename(deep, "file", NULL);
    assert_fault(file, PLACE_REPLACE, NULL);
    g_assert_cmpint(g_mkdir_with_parents(deep, 0700), ==, 0);
    assert_fault(file, PLACE_REPLACE, NULL);
    g_assert_cmpint(g_chmod(above, 0777), ==, 0);
    assert_fault(file, PLACE_REPLACE, above);
    g_rmdir(deep);
    assert_fault(file, PLACE_REPLACE, above);
    g_rmdir(above);
}

static void
test_kinds(Here *here, gconstpointer unused)
{
    (void)unused;
    g_assert_cmpint(mkfifo(here->file, 0600), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(uses); i++)
        assert_fault(here->file, uses[i], "it is a pipe; name a file");
    g_unlink(here->file);
    g_assert_cmpint(symlink("/dev/zero", here->file), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(uses); i++)
        assert_fault(here->file, uses[i], "it is a device; name a file");
    assert_fault("/dev/null", PLACE_READ, NULL);
    assert_fault("/dev/stdout", PLACE_REPLACE, NULL);
    assert_fault("/dev/fd/63", PLACE_READ, NULL);
}

static void
test_another_user(Here *here, gconstpointer unused)
{
    (void)unused;
    if (geteuid() != 0) {
        g_test_skip("only root can give a file to another user");
        return;
    }
    make_file(here, 0644);
    g_assert_cmpint(chown(here->file, OTHER, OTHER), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(uses); i++)
        assert_fault(here->file, uses[i], "belongs to another user");
    g_unlink(here->file);
    g_assert_cmpint(symlink("/etc/passwd", here->file), ==, 0);
    g_assert_cmpint(lchown(here->file, OTHER, OTHER), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(uses); i++)
        assert_fault(here->file, uses[i], "the link ");
    g_unlink(here->file);
    g_assert_cmpint(chown(here->folder, OTHER, OTHER), ==, 0);
    assert_fault(here->file, PLACE_REPLACE, "the folder ");
    assert_fault(here->file, PLACE_SHARE, NULL);
}

/* Exchanges the two for as long as the test goes on. */
static void
exchange(const char *one, const char *other)
{
    if (setgid(OTHER) != 0 || setuid(OTHER) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        _exit(1);
    for (;;)
        renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

/* Another's folder becomes his link to a good one between one look and the next. */
static void
test_exchanged(Here *here, gconstpointer unused)
{
    (void)unused;
    if (geteuid() != 0) {
        g_test_skip("only root can give a file to another user");
        return;
    }
    g_autofree char *good = g_dir_make_tmp("test-place-XXXXXX", NULL);
    g_autofree char *link = g_build_filename(here->folder, "link", NULL);
    g_autofree char *inside = g_build_filename(here->file, "report", NULL);
    g_assert_cmpint(g_chmod(here->folder, 01777), ==, 0);
    g_assert_cmpint(g_mkdir(here->file, 0777), ==, 0);
    g_assert_cmpint(symlink(good, link), ==, 0);
    g_assert_cmpint(lchown(here->file, OTHER, OTHER), ==, 0);
    g_assert_cmpint(lchown(link, OTHER, OTHER), ==, 0);
    pid_t child = fork();
    if (child == 0)
        exchange(here->file, link);
    for (guint i = 0; i < 10000; i++)
        assert_fault(inside, uses[i % 2], "belongs to another user");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    for (guint i = 0; i < 2; i++) {
        const char *path = i == 0 ? here->file : link;
        g_assert_true(g_rmdir(path) == 0 || g_unlink(path) == 0);
    }
    g_rmdir(good);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add(name, Here, NULL, set_up, function, tear_down)
    ADD("/place/own", test_own);
    ADD("/place/others-may-write", test_others_may_write);
    ADD("/place/folders-above", test_folders_above);
    ADD("/place/kinds", test_kinds);
    ADD("/place/another-user", test_another_user);
    ADD("/place/exchanged", test_exchanged);
    return g_test_run();
}
