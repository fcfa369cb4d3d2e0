#include "base/file.h"
#include "base/fileset.h"

#include "base/embed.h"
#include "base/fault.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *directory;
    char *path; /* of a file that is not there yet */
} Place;

static void
place_set_up(Place *place, gconstpointer unused)
{
    (void)unused;
    place->directory = g_dir_make_tmp("test-file-XXXXXX", NULL);
    g_assert_nonnull(place->directory);
    place->path = g_build_filename(place->directory, "report.json", NULL);
}

static void
place_tear_down(Place *place, gconstpointer unused)
{
    GDir *directory = g_dir_open(place->directory, 0, NULL);
    const char *name = NULL;

    (void)unused;
    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *path = g_build_filename(place->directory, name, NULL);

        g_remove(path);
    }
    g_dir_close(directory);
    g_assert_cmpint(g_rmdir(place->directory), ==, 0);
    g_free(place->directory);
    g_free(place->path);
}

static void
assert_holds(const char *path, const char *expected)
{
    g_autofree char *data = NULL;

    g_assert_true(g_file_get_contents(path, &data, NULL, NULL));
    g_assert_cmpstr(data, ==, expected);
}

static guint
mode_of(const char *path)
{
    GStatBuf status;

    g_assert_cmpint(g_lstat(path, &status), ==, 0);
    return status.st_mode;
}

static guint
entries(const char *path)
{
    GDir *directory = g_dir_open(path, 0, NULL);
    guint count = 0;

    while (g_dir_read_name(directory) != NULL)
        count++;
    g_dir_close(directory);
    return count;
}

/* A set of one. */
static bool
write_one(const char *path, const char *data, gsize length, GError **error)
{
    g_autoptr(FileSet) set = fileset_new();

    return fileset_add(set, path, FILE_PRIVATE, data, length, error) &&
           fileset_publish(set, error);
}

static void
test_write_new(Place *place, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    mode_t before = umask(0);

    (void)unused;
    g_assert_true(write_one(place->path, "one\n", 4, &error));
    umask(before);
    g_assert_no_error(error);
    assert_holds(place->path, "one\n");
    g_assert_cmpuint(mode_of(place->path) & 07777, ==, 0600);
    g_assert_cmpuint(entries(place->directory), ==, 1);
}

/* A report of a world-readable name still ends up 0600, and a reader that had
 * the old file open keeps the old file. */
static void
test_write_over(Place *place, gconstpointer unused)
{
    char old[8] = "";
    int fd = -1;

    (void)unused;
    g_assert_true(g_file_set_contents(place->path, "old", -1, NULL));
    g_assert_cmpint(g_chmod(place->path, 0644), ==, 0);
    fd = g_open(place->path, O_RDONLY, 0);
    g_assert_true(write_one(place->path, "new", 3, NULL));
    assert_holds(place->path, "new");
    g_assert_cmpuint(mode_of(place->path) & 07777, ==, 0600);
    g_assert_cmpint(read(fd, old, sizeof old), ==, 3);
    g_assert_cmpstr(old, ==, "old");
    close(fd);
    g_assert_true(write_one(place->path, "", 0, NULL));
    assert_holds(place->path, "");
}

/* A symbolic link is replaced: what it leads to is not touched. */
static void
test_write_symlink(Place *place, gconstpointer unused)
{
    g_autofree char *precious = g_build_filename(place->directory, "precious", NULL);

    (void)unused;
    g_assert_true(g_file_set_contents(precious, "kept", -1, NULL));
    g_assert_cmpint(symlink(precious, place->path), ==, 0);
    g_assert_true(write_one(place->path, "report", 6, NULL));
    assert_holds(precious, "kept");
    assert_holds(place->path, "report");
    g_assert_true(S_ISREG(mode_of(place->path)));
}

/* Whoever reads the other end of a pipe would have the report. */
static void
test_write_in_place(Place *place, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *expected = NULL;

    (void)unused;
    g_assert_cmpint(mkfifo(place->path, 0600), ==, 0);
    g_assert_false(write_one(place->path, "piped", 5, &error));
    expected = g_strdup_printf(
        "cannot write %s: it is a pipe; name a file, or write to standard output",
        place->path);
    g_assert_cmpstr(error->message, ==, expected);
    g_assert_true(S_ISFIFO(mode_of(place->path)));

    g_assert_true(write_one("/dev/null", "gone", 4, NULL));
    g_assert_true(S_ISCHR(mode_of("/dev/null")));
}

/* /dev/fd/N of a redirected file goes on where the file stands. */
static void
test_write_descriptor(Place *place, gconstpointer unused)
{
    int fd = g_open(place->path, O_RDWR | O_CREAT, 0600);
    g_autofree char *name = g_strdup_printf("/dev/fd/%d", fd);

    (void)unused;
    g_assert_cmpint(write(fd, "before ", 7), ==, 7);
    g_assert_true(write_one(name, "after", 5, NULL));
    close(fd);
    assert_holds(place->path, "before after");
}

static void
test_write_fails(Place *place, gconstpointer unused)
{
    g_autofree char *inside = g_build_filename(place->directory, "no", "such", NULL);
    g_autofree char *expected = NULL;
    g_autoptr(GError) error = NULL;

    (void)unused;
    g_assert_false(write_one(inside, "x", 1, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_OUTPUT);
    expected = g_strdup_printf("cannot write %s: No such file or directory", inside);
    g_assert_cmpstr(error->message, ==, expected);
    g_clear_error(&error);

    g_assert_false(write_one(place->directory, "x", 1, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_OUTPUT);
    g_assert_true(g_str_has_suffix(error->message, ": Is a directory"));
    g_clear_error(&error);

    g_assert_false(write_one("/dev/full", "x", 1, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_OUTPUT);
    g_assert_cmpstr(error->message, ==,
                    "cannot write /dev/full: it is a device; name a file, or write to "
                    "standard output");
    g_assert_cmpuint(entries(place->directory), ==, 0);
}

static void
test_read(Place *place, gconstpointer unused)
{
    g_autofree char *data = NULL;
    gsize length = 0;

    (void)unused;
    g_assert_true(g_file_set_contents(place->path, "a\0b", 3, NULL));
    g_assert_true(file_read(place->path, 3, FAULT_CONFIG, &data, &length, NULL));
    g_assert_cmpuint(length, ==, 3);
    g_assert_cmpint(memcmp(data, "a\0b\0", 4), ==, 0);
    g_clear_pointer(&data, g_free);

    g_assert_true(g_file_set_contents(place->path, "", 0, NULL));
    g_assert_true(file_read(place->path, 0, FAULT_CONFIG, &data, &length, NULL));
    g_assert_cmpuint(length, ==, 0);
    g_assert_cmpstr(data, ==, "");
}

/* Larger than one read, to the byte. */
static void
test_read_limit(Place *place, gconstpointer unused)
{
    const gsize size = 200 * 1024;
    g_autofree char *big = g_strnfill(size, 'x');
    g_autofree char *data = NULL;
    g_autoptr(GError) error = NULL;
    gsize length = 0;

    (void)unused;
    g_assert_true(g_file_set_contents(place->path, big, (gssize)size, NULL));
    g_assert_true(file_read(place->path, size, FAULT_MALFORMED, &data, &length, NULL));
    g_assert_cmpuint(length, ==, size);
    g_assert_cmpstr(data, ==, big);
    g_clear_pointer(&data, g_free);

    g_assert_false(
        file_read(place->path, size - 1, FAULT_MALFORMED, &data, &length, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
    g_assert_nonnull(strstr(error->message, place->path));
    g_assert_nonnull(strstr(error->message, "larger than"));
    g_assert_null(data);
    g_clear_error(&error);
}

static void
test_read_fails(Place *place, gconstpointer unused)
{
    g_autofree char *data = NULL;
    g_autofree char *expected = NULL;
    g_autoptr(GError) error = NULL;
    gsize length = 0;

    (void)unused;
    g_assert_false(file_read(place->path, 10, FAULT_CONFIG, &data, &length, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_CONFIG);
    expected = g_strdup_printf("cannot read %s: No such file or directory", place->path);
    g_assert_cmpstr(error->message, ==, expected);
    g_clear_error(&error);

    g_assert_false(
        file_read(place->directory, 10, FAULT_MALFORMED, &data, &length, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
    g_assert_true(g_str_has_suffix(error->message, ": Is a directory"));
}

static void
test_make_directory(Place *place, gconstpointer unused)
{
    g_autofree char *deep = g_build_filename(place->directory, "a", "b", NULL);
    g_autofree char *above = g_path_get_dirname(deep);
    g_autoptr(GError) error = NULL;

    (void)unused;
    g_assert_true(file_make_directory(deep, NULL));
    g_assert_true(file_make_directory(deep, NULL)); /* there already: fine */
    g_assert_cmpuint(mode_of(deep) & 07777, ==, 0700);
    g_assert_cmpuint(mode_of(above) & 07777, ==, 0700);
    g_assert_cmpint(g_rmdir(deep), ==, 0);

    g_assert_true(g_file_set_contents(place->path, "", 0, NULL));
    g_assert_false(file_make_directory(place->path, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_OUTPUT);
    g_assert_nonnull(strstr(error->message, place->path));
}

/* Every embedded file is found under its own name. */
static void
test_embed(void)
{
    for (const Embedded *file = embedded_files; file->name != NULL; file++) {
        g_assert_true(embed_find(file->name) == file->text);
        g_assert_null(strchr(file->name, '/'));
    }
    g_assert_null(embed_find("no such file"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) \
    g_test_add(name, Place, NULL, place_set_up, function, place_tear_down)
    ADD("/file/write/new", test_write_new);
    ADD("/file/write/over", test_write_over);
    ADD("/file/write/symlink", test_write_symlink);
    ADD("/file/write/in-place", test_write_in_place);
    ADD("/file/write/descriptor", test_write_descriptor);
    ADD("/file/write/fails", test_write_fails);
    ADD("/file/read/whole", test_read);
    ADD("/file/read/limit", test_read_limit);
    ADD("/file/read/fails", test_read_fails);
    ADD("/file/make-directory", test_make_directory);
#undef ADD
    g_test_add_func("/embed/find", test_embed);
    return g_test_run();
}
