/* SHA-256 of what comes in parts. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <glib.h>

typedef struct Digest Digest;

Digest *
digest_new(void);
void
digest_free(Digest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digest, digest_free)

/* The next bytes. */
void
digest_add(Digest *digest, const void *data, gsize length);

/* Of all that was added, in hexadecimal (the digest's); nothing can be added after it. */
const char *
digest_text(Digest *digest);

#endif
