/* Security descriptors, checked, and with an entry more and one less. */
#include "fuzz.h"

#include "model/secdesc.h"

static void
check_changed(const uint8_t *data, size_t size, const SecDesc *old, const Sid *sid)
{
    g_autoptr(GByteArray) more = secdesc_with_grant(data, size, sid);
    SecDesc *changed = NULL;
    if (!more)
        return;
    MUST(secdesc_parse(more->data, more->len, &changed, NULL));
    MUST(changed->aces->len == old->aces->len + 1);
    secdesc_free(changed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GHashTable) token =
        g_hash_table_new_full(sid_hash, sid_equal, g_free, NULL);
    SecDesc *descriptor = NULL;
    GError *error = NULL;
    Sid sid;
    MUST(sid_parse_text("S-1-5-21-1-2-3-1105", &sid));
    g_hash_table_add(token, g_memdup2(&sid, sizeof sid));
    bool good = secdesc_parse(data, size, &descriptor, &error);
    fuzz_settle(good, error);
    if (!good)
        return 0;
    AccessResult result = secdesc_check(descriptor, token, RIGHT_CONTROL_ACCESS);
    MUST(result.ace < (int)descriptor->aces->len);
    check_changed(data, size, descriptor, &sid);
    secdesc_free(descriptor);
    return 0;
}
