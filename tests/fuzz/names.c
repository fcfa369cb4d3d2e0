/* SPNs, DNs, patterns and folding. */
#include "fuzz.h"

#include "base/text.h"
#include "model/dn.h"
#include "model/spn.h"
#include "model/username.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *a = NULL;
    g_autofree char *b = NULL;
    fuzz_two_texts(data, size, &a, &b);
    g_autofree char *folded_a = text_fold(a);
    g_autofree char *folded_b = text_fold(b);
    g_autofree char *skeleton = text_skeleton(a);
    g_autofree char *domain = dn_domain(a);
    g_autoptr(Spn) spn = spn_parse(a);
    g_auto(UserName) user = username_of(a);
    MUST(skeleton && text_equal(a, a));
    (void)domain;
    (void)user;
    MUST(text_equal(a, b) == (strcmp(folded_a, folded_b) == 0));
    MUST(text_equal(folded_a, a));
    MUST(!spn || (*spn->class && *spn->host && spn_has_class(a, spn->class)));
    text_glob(a, b);
    spn_matches(a, b);
    dn_is_under(a, b);
    return 0;
}
