/* A domain controller's answer to an LDAP ping. */
#include "fuzz.h"

#include "collect/site.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *site = site_parse(data, size);
    MUST(!site || site_is_sound(site));
    return 0;
}
