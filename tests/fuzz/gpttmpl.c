/* GptTmpl.inf of a GPO. */
#include "fuzz.h"

#include "diagnose/gpttmpl.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GptTmpl file;
    bool good = gpttmpl_parse(data, size, &file);
    MUST(good == (file.why == NULL));
    for (guint i = 0; file.rights && i < file.rights->len; i++) {
        const PrivilegeRight *right = file.rights->pdata[i];
        MUST(g_utf8_validate(right->right, -1, NULL));
        for (guint p = 0; p < right->principals->len; p++)
            MUST(g_utf8_validate(right->principals->pdata[p], -1, NULL));
    }
    gpttmpl_clear(&file);
    return 0;
}
