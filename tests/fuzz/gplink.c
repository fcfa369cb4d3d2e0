/* gPLink of a domain, a unit and a site, and what of it reaches a computer. */
#include "fuzz.h"

#include "model/estate.h"
#include "model/gpo.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *link = NULL;
    g_autofree char *unit = NULL;
    fuzz_two_texts(data, size, &link, &unit);
    Estate *estate = estate_new(1);
    g_autofree char *dn = g_strconcat("CN=X,", *unit ? unit : "OU=o", ",DC=a,DC=b", NULL);
    estate_add_domain(estate, "DC=a,DC=b")->dns = "a.b";
    Account *account = estate_add_account(estate, dn, NULL);
    account->sam = account->name = "X";
    const char *const containers[] = {"DC=a,DC=b", "OU=o,DC=a,DC=b"};
    for (guint i = 0; i < G_N_ELEMENTS(containers); i++) {
        Container *container = estate_add_container(estate, containers[i], false);
        container->links = estate_string(estate, link);
        container->unread = TRI_NO;
    }
    Gpo *gpo = estate_add_gpo(estate, "CN={1},CN=Policies,CN=System,DC=a,DC=b");
    gpo->extensions = estate_string(estate, unit);
    estate_freeze(estate);
    gpo_reach_free(gpo_reach(estate, account));
    estate_free(estate);
    return 0;
}
