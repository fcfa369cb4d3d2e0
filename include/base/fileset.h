/* Files that appear whole, and together: each is written beside its place under
 * a temporary name, and when all of them stand there they are renamed, in the
 * order in which they were added.
 *
 * The temporary names are known to fileset_forget, which a signal handler may
 * call: whatever ends the program in the middle, short of SIGKILL, leaves no
 * half file; what SIGKILL left is taken away an hour later by whoever writes there.
 */
#ifndef BASE_FILESET_H
#define BASE_FILESET_H

#include <glib.h>
#include <stdbool.h>

#define FILE_PRIVATE 0600u
#define FILE_SHARED 0644u /* whatever the umask says */

typedef struct FileSet FileSet;

FileSet *
fileset_new(void);
/* Removes what was not published. */
void
fileset_free(FileSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FileSet, fileset_free)

/* Whether what stands at `path` would be replaced, which takes the right to write
 * to its directory, rather than written to. */
bool
fileset_replaces(const char *path);

/* Why a file of `mode` cannot or must not (base/place.h) be written at `path`, as far as
 * can be told without trying (transfer full); NULL: nothing is in the way. */
char *
fileset_obstacle(const char *path, guint mode);

/* Writes and flushes a temporary file beside `path`.  An open descriptor
 * (/dev/stdout) has to wait: it is written to by fileset_publish.  A symbolic link
 * of one's own is replaced itself; what base/place.h refuses is.  FAULT_OUTPUT. */
bool
fileset_add(FileSet *set, const char *path, guint mode, const char *data, gsize length,
            GError **error);

/* Where what is made goes, piece by piece.  After a failure nothing more goes there. */
typedef struct FileOut FileOut;

void
file_out_put(FileOut *out, const char *data, gsize length);

/* Makes what a file holds. */
typedef void (*FileMake)(FileOut *out, gpointer data);

/* The same of what is made as it is written: of a file now; of an open descriptor when
 * it is written to.  `data` is borrowed until then. */
bool
fileset_make(FileSet *set, const char *path, guint mode, FileMake make, gpointer data,
             GError **error);

/* Makes it into an open descriptor: 0 or an errno. */
int
file_make_into(int fd, FileMake make, gpointer data);

/* Writes to open descriptors, then puts every file in its place.  FAULT_OUTPUT;
 * then the files that come after the one it names are as they were, and after a
 * descriptor all of them. */
bool
fileset_publish(FileSet *set, GError **error);

/* Removes every temporary file of this process.  Async-signal-safe. */
void
fileset_forget(void);

#endif
