/* What an account is by itself. */
#include "model/group.h"
#include "model/spn.h"

static void
test_conflict(void)
{
    static const struct {
        const char *dn, *sam;
        bool conflict;
    } cases[] = {
        {"CN=HV01,CN=Computers,DC=contoso,DC=test", "HV01$", false},
        {"CN=HV01\\0ACNF:5d1f2b36-1e09-4a7e-8a5e-0f4c2a9d1c11,CN=Computers,DC=contoso,"
         "DC=test",
         "HV01$", true},
        {"CN=HV01\nCNF:5d1f2b36-1e09-4a7e-8a5e-0f4c2a9d1c11,DC=contoso,DC=test", "HV01$",
         true},
        {"CN=HV01,CN=Computers,DC=contoso,DC=test", "$DUPLICATE-4d2", true},
        {"CN=HV01,CN=Computers,DC=contoso,DC=test", NULL, false},
        /* Of the container, and by way of an escaped backslash. */
        {"CN=HV01,OU=Old\\0ACNF:5d1f2b36,DC=contoso,DC=test", "HV01$", false},
        {"CN=HV01\\\\0ACNF:5d1f2b36,DC=contoso,DC=test", "HV01$", false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Estate) estate = estate_new(0);
        Account *account = estate_add_account(estate, cases[i].dn, NULL);
        account->sam = cases[i].sam;
        account->kinds = KIND_COMPUTER;
        g_ptr_array_add(account->spns, (gpointer)SPN_MIGRATION "/HV01");
        g_assert_true(account_is_conflict(account) == cases[i].conflict);
        g_assert_true(group_is_hyperv_host(account) != cases[i].conflict);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/account/conflict", test_conflict);
    return g_test_run();
}
