#include "base/fileset.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    char *directory;
    char *one;
    char *two;
} Place;

static void
place_set_up(Place *place, gconstpointer unused)
{
    (void)unused;
    place->directory = g_dir_make_tmp("test-fileset-XXXXXX", NULL);
    g_assert_nonnull(place->directory);
    place->one = g_build_filename(place->directory, "one", NULL);
    place->two = g_build_filename(place->directory, "two", NULL);
}

/* How many files there are; those named temporary in *ret_beside. */
static guint
entries(const Place *place, guint *ret_beside)
{
    GDir *directory = g_dir_open(place->directory, 0, NULL);
    const char *name = NULL;
    guint count = 0;

    *ret_beside = 0;
    while ((name = g_dir_read_name(directory)) != NULL) {
        count++;
        *ret_beside += g_str_has_prefix(name, ".kcdaudit-") ? 1 : 0;
    }
    g_dir_close(directory);
    return count;
}

static void
assert_entries(const Place *place, guint count, guint beside)
{
    guint found = 0;

    g_assert_cmpuint(entries(place, &found), ==, count);
    g_assert_cmpuint(found, ==, beside);
}

static void
place_tear_down(Place *place, gconstpointer unused)
{
    (void)unused;
    g_unlink(place->one);
    g_unlink(place->two);
    /* Nothing else may be left. */
    g_assert_cmpint(g_rmdir(place->directory), ==, 0);
    g_free(place->directory);
    g_free(place->one);
    g_free(place->two);
}

static void
assert_holds(const char *path, const char *expected)
{
    g_autofree char *data = NULL;

    g_assert_true(g_file_get_contents(path, &data, NULL, NULL));
    g_assert_cmpstr(data, ==, expected);
}

static void
add(FileSet *set, const char *path, guint mode, const char *text)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(fileset_add(set, path, mode, text, strlen(text), &error));
    g_assert_no_error(error);
}

static guint
mode_of(const char *path)
{
    GStatBuf status;

    g_assert_cmpint(g_stat(path, &status), ==, 0);
    return status.st_mode & 07777;
}

/* Nothing is in its place before all is; then everything is. */
static void
test_together(Place *place, gconstpointer unused)
{
    g_autoptr(FileSet) set = fileset_new();
    mode_t before = umask(077);

    (void)unused;
    g_assert_true(g_file_set_contents(place->one, "old", -1, NULL));
    add(set, place->one, FILE_PRIVATE, "new one");
    add(set, place->two, FILE_SHARED, "new two");
    assert_holds(place->one, "old");
    assert_entries(place, 3, 2);
    g_assert_true(fileset_publish(set, NULL));
    umask(before);
    assert_holds(place->one, "new one");
    assert_holds(place->two, "new two");
    assert_entries(place, 2, 0);
    g_assert_cmpuint(mode_of(place->one), ==, 0600);
    g_assert_cmpuint(mode_of(place->two), ==, 0644);
}

static void
test_dropped(Place *place, gconstpointer unused)
{
    FileSet *set = fileset_new();

    (void)unused;
    g_assert_true(g_file_set_contents(place->one, "old", -1, NULL));
    add(set, place->one, FILE_PRIVATE, "new");
    assert_entries(place, 2, 1);
    fileset_free(set);
    assert_holds(place->one, "old");
    assert_entries(place, 1, 0);
}

/* One that cannot be written takes the others with it. */
static void
test_one_fails(Place *place, gconstpointer unused)
{
    g_autofree char *nowhere = g_build_filename(place->directory, "no", "such", NULL);
    g_autoptr(GError) error = NULL;
    FileSet *set = fileset_new();

    (void)unused;
    add(set, place->one, FILE_PRIVATE, "new");
    g_assert_false(fileset_add(set, nowhere, FILE_PRIVATE, "x", 1, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_OUTPUT);
    fileset_free(set);
    assert_entries(place, 0, 0);
}

/* What a rename finds in its place may have changed meanwhile. */
static void
test_publish_fails(Place *place, gconstpointer unused)
{
    g_autofree char *inside = g_build_filename(place->two, "file", NULL);
    g_autoptr(GError) error = NULL;
    FileSet *set = fileset_new();

    (void)unused;
    add(set, place->one, FILE_PRIVATE, "one");
    add(set, place->two, FILE_PRIVATE, "two");
    g_assert_cmpint(g_mkdir(place->two, 0700), ==, 0);
    g_assert_true(g_file_set_contents(inside, "", -1, NULL));
    g_assert_false(fileset_publish(set, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_OUTPUT);
    g_assert_nonnull(strstr(error->message, place->two));
    fileset_free(set);
    assert_holds(place->one, "one");
    g_assert_cmpint(g_unlink(inside), ==, 0);
    g_assert_cmpint(g_rmdir(place->two), ==, 0);
    assert_entries(place, 1, 0);
}

static void
on_term(int number)
{
    (void)number;
    fileset_forget();
    _exit(0);
}

/* A child is told to end while two files stand beside their places. */
static void
test_forget(Place *place, gconstpointer unused)
{
    int ready[2];
    char byte = 0;
    int status = 0;
    guint beside = 0;

    (void)unused;
    g_assert_true(g_file_set_contents(place->one, "old", -1, NULL));
    g_assert_cmpint(pipe(ready), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        FileSet *set = fileset_new();

        signal(SIGTERM, on_term);
        if (fileset_add(set, place->one, FILE_PRIVATE, "new", 3, NULL) &&
            fileset_add(set, place->two, FILE_PRIVATE, "new", 3, NULL) &&
            write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    g_assert_cmpint(read(ready[0], &byte, 1), ==, 1);
    close(ready[0]);
    close(ready[1]);
    g_assert_cmpuint(entries(place, &beside), ==, 3);
    g_assert_cmpuint(beside, ==, 2);
    g_assert_cmpint(kill(child, SIGTERM), ==, 0);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_holds(place->one, "old");
    assert_entries(place, 1, 0);
}

/* A name as long as a file system takes leaves no room for a suffix. */
static void
test_long_name(Place *place, gconstpointer unused)
{
    g_autofree char *name = g_strnfill(255, 'n');
    g_autofree char *path = g_build_filename(place->directory, name, NULL);
    g_autoptr(FileSet) set = fileset_new();

    (void)unused;
    add(set, path, FILE_PRIVATE, "x");
    g_assert_true(fileset_publish(set, NULL));
    assert_holds(path, "x");
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* A descriptor waits its turn, and is written to. */
static void
test_pipe(Place *place, gconstpointer unused)
{
    g_autoptr(FileSet) set = fileset_new();
    char got[8] = "";
    int ends[2];

    (void)unused;
    (void)place;
    g_assert_cmpint(pipe2(ends, O_NONBLOCK | O_CLOEXEC), ==, 0);
    g_autofree char *name = g_strdup_printf("/dev/fd/%d", ends[1]);
    add(set, name, FILE_PRIVATE, "piped");
    g_assert_cmpint(read(ends[0], got, sizeof got), ==, -1);
    g_assert_true(fileset_publish(set, NULL));
    g_assert_cmpint(read(ends[0], got, sizeof got), ==, 5);
    g_assert_cmpstr(got, ==, "piped");
    close(ends[0]);
    close(ends[1]);
    assert_entries(place, 0, 0);
}

static void
make_pieces(FileOut *out, gpointer made)
{
    (*(guint *)made)++;
    file_out_put(out, "one ", 4);
    file_out_put(out, "", 0);
    file_out_put(out, "two", 3);
}

/* What is made goes into a file at once, into a descriptor in its turn, and nowhere
 * where there is no such thing. */
static void
test_made(Place *place, gconstpointer unused)
{
    g_autoptr(FileSet) set = fileset_new();
    char got[8] = "";
    guint made = 0;
    int ends[2];

    (void)unused;
    g_assert_cmpint(pipe2(ends, O_NONBLOCK | O_CLOEXEC), ==, 0);
    g_autofree char *name = g_strdup_printf("/dev/fd/%d", ends[1]);
    g_assert_true(fileset_make(set, name, FILE_PRIVATE, make_pieces, &made, NULL));
    g_assert_true(fileset_make(set, "/dev/null", FILE_PRIVATE, make_pieces, &made, NULL));
    g_assert_cmpuint(made, ==, 0);
    g_assert_true(fileset_make(set, place->one, FILE_PRIVATE, make_pieces, &made, NULL));
    g_assert_cmpuint(made, ==, 1);
    assert_entries(place, 1, 1);
    g_assert_true(fileset_publish(set, NULL));
    g_assert_cmpuint(made, ==, 3);
    assert_holds(place->one, "one two");
    g_assert_cmpint(read(ends[0], got, sizeof got), ==, 7);
    g_assert_cmpstr(got, ==, "one two");
    close(ends[0]);
    g_assert_cmpint(file_make_into(ends[0], make_pieces, &made), ==, EBADF);
    close(ends[1]);
}

static void
assert_obstacle(const char *path, const char *expected)
{
    g_autofree char *obstacle = fileset_obstacle(path, FILE_PRIVATE);

    g_assert_cmpstr(obstacle, ==, expected);
}

static void
test_replaces(Place *place, gconstpointer unused)
{
    (void)unused;
    g_assert_true(fileset_replaces(place->one));
    g_assert_true(g_file_set_contents(place->one, "", -1, NULL));
    g_assert_true(fileset_replaces(place->one));
    g_assert_false(fileset_replaces("/dev/null"));
    g_assert_false(fileset_replaces("/dev/stdout"));
    assert_obstacle(place->one, NULL);
    assert_obstacle(place->two, NULL);
    assert_obstacle("/dev/null", NULL);
    assert_obstacle(place->directory, g_strerror(EISDIR));
    g_autofree char *below = g_build_filename(place->one, "file", NULL);
    assert_obstacle(below, g_strerror(ENOTDIR));
    g_autofree char *nowhere = g_build_filename(place->two, "file", NULL);
    assert_obstacle(nowhere, g_strerror(ENOENT));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) \
    g_test_add("/fileset/" name, Place, NULL, place_set_up, function, place_tear_down)
    ADD("together", test_together);
    ADD("dropped", test_dropped);
    ADD("one-fails", test_one_fails);
    ADD("publish-fails", test_publish_fails);
    ADD("forget", test_forget);
    ADD("long-name", test_long_name);
    ADD("pipe", test_pipe);
    ADD("made", test_made);
    ADD("replaces", test_replaces);
#undef ADD
    return g_test_run();
}
