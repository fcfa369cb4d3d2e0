/* Places in the file system: whether anybody else could exchange what stands there,
 * or has put there what leads elsewhere.
 *
 * A place is one's own where nobody but this user and root may change what it holds: the
 * file, its folder and every folder above belong to one of them, and no one else may
 * write to them.  In a sticky folder (/tmp) others may write, and only new names and
 * what is one's own are taken.  No link of another user is followed, and no pipe and no
 * device is opened by name; /dev/stdout, /dev/fd/N and their like name what the caller
 * has opened, and /dev/null holds and keeps nothing.
 */
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

#include <stdbool.h>

typedef enum {
    PLACE_READ,    /* trusted input: a configuration, a keytab */
    PLACE_REPLACE, /* replaced whole by a new file */
    PLACE_SHARE,   /* the same; for everybody to read, so that its folder may be another's
                    */
    PLACE_KEEP,    /* opened where it stands, and written to */
    PLACE_FOLDER,  /* a folder in which files are replaced */
} PlaceUse;

/* Why `path` may not be used, and what to do, in words that follow "cannot read PATH: "
 * (transfer full); NULL: it may.  What is not there, or cannot be looked at, is for the
 * opening to say. */
char *
place_fault(const char *path, PlaceUse use);

/* The open descriptor that a path like /dev/stdout names, or -1.  Such a path is not
 * opened anew: that would start again at offset 0 of a redirected file, and fails for a
 * socket. */
int
place_descriptor(const char *path);

/* /dev/null, by whatever name. */
bool
place_is_null(const char *path);

#endif
