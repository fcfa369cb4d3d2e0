/* Nettle's, which takes the processor's own instructions where it has them. */
#include "digest.h"

#include <nettle/sha2.h>
#include <nettle/version.h>

struct Digest {
    struct sha256_ctx sum;
    char text[2 * SHA256_DIGEST_SIZE + 1];
};

Digest *
digest_new(void)
{
    Digest *digest = g_new0(Digest, 1);
    sha256_init(&digest->sum);
    return digest;
}

void
digest_add(Digest *digest, const void *data, gsize length)
{
    sha256_update(&digest->sum, length, data);
}

const char *
digest_text(Digest *digest)
{
    guint8 sum[SHA256_DIGEST_SIZE];
    if (digest->text[0])
        return digest->text;
#if NETTLE_VERSION_MAJOR < 4
    sha256_digest(&digest->sum, sizeof(sum), sum);
#else
    sha256_digest(&digest->sum, sum);
#endif
    for (guint i = 0; i < sizeof(sum); i++)
        g_snprintf(digest->text + (gsize)2 * i, 3, "%02x", sum[i]);
    return digest->text;
}

void
digest_free(Digest *digest)
{
    g_free(digest);
}
