/* What this process can still do, should something that it reads take it over.
 *
 * sandbox_shut_in: from the first line on it starts no program, debugs and mounts
 * nothing, loads nothing into the kernel and listens nowhere.  sandbox_enter: it opens
 * what is named and nothing else.  Both hold for every thread that comes, and are never
 * lifted.  Where the kernel has none of it, or a sanitizer needs more, nothing changes.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    SANDBOX_READ,
    SANDBOX_CHANGE, /* a file is written to; in a folder, files are made and replaced */
} SandboxUse;

typedef struct Sandbox Sandbox;

/* Before any thread is started. */
void
sandbox_shut_in(void);

/* NULL: not with this kernel (transfer full). */
Sandbox *
sandbox_new(void);

/* What `path` is now, and all that is in it; what is not there is passed over, and so is
 * a sandbox of NULL. */
void
sandbox_allow(Sandbox *sandbox, SandboxUse use, const char *path);

/* From here on; before any thread is started.  False: nothing changed. */
bool
sandbox_enter(Sandbox *sandbox);

void
sandbox_free(Sandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sandbox, sandbox_free)

/* Which of the two this kernel does: whether system calls are held, by sandbox_shut_in,
 * and the version of Landlock, which holds files; 0: none. */
bool
sandbox_holds_calls(void);
int
sandbox_files_version(void);

#endif
