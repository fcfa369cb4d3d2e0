#include "diagnose/pasted.h"

#include "base/limits.h"

#include <string.h>

static const char setspn_list[] =
    "PS C:\\> setspn -L HV02\n"
    "Registered ServicePrincipalNames for CN=HV02,OU=Hyper-V,DC=contoso,DC=test:\n"
    "\tMicrosoft Virtual System Migration Service/HV02\n"
    "\tHOST/HV02\n"
    "\tHOST/hv02.contoso.test\n"
    "PS C:\\> \n";

static const char klist[] =
    "#0>     Client: alice @ CONTOSO.TEST\n"
    "        Server: krbtgt/CONTOSO.TEST @ CONTOSO.TEST\n"
    "        KerbTicket Encryption Type: AES-256-CTS-HMAC-SHA1-96\n"
    "        Ticket Flags 0xe10000 -> renewable initial pre_authent name_canonicalize\n"
    "        Start Time: 11/20/2026 8:12:33 (local)\n"
    "        End Time:   11/20/2026 18:12:33 (local)\n"
    "        Renew Time: 11/27/2026 8:12:33 (local)\n"
    "        Session Key Type: AES-256-CTS-HMAC-SHA1-96\n"
    "\n"
    "#1>     Client: alice @ CONTOSO.TEST\n"
    "        Server: cifs/filer7.contoso.test @ CONTOSO.TEST\n"
    "        KerbTicket Encryption Type: RSADSI RC4-HMAC(NT)\n"
    "        Ticket Flags 0x40a10000 -> forwardable renewable pre_authent\n"
    "        Session Key Type: AES-256-CTS-HMAC-SHA1-96\n";

static const char computer[] =
    "DistinguishedName        : CN=HV01,OU=Hyper-V,DC=contoso,DC=test\n"
    "DNSHostName              : hv01.contoso.test\n"
    "msDS-AllowedToDelegateTo : {cifs/HV02, Microsoft Virtual System \n"
    "                           Migration Service/HV02, cifs/hv02.contoso.test,\n"
    "                           Microsoft Virtual System Migration "
    "Service/hv02.contoso.test}\n"
    "SamAccountName           : HV01$\n"
    "servicePrincipalName     : {HOST/HV01, HOST/hv01.contoso.test, TERMSRV/HV01, "
    "WSMAN/HV01...}\n"
    "TrustedForDelegation     : False\n";

static const char json[] =
    "[ { \"DistinguishedName\": \"CN=HV01,DC=contoso,DC=test\", \"Enabled\": true,\n"
    "    \"SamAccountName\": \"HV01$\", \"msDS-AllowedToDelegateTo\": [ \"cifs/HV02\" "
    "],\n"
    "    \"SID\": { \"BinaryLength\": 28, \"AccountDomainSid\": { \"Value\": "
    "\"S-1-5-21-1-2-3\" },\n"
    "              \"Value\": \"S-1-5-21-1-2-3-1105\" },\n"
    "    \"servicePrincipalName\": [ \"HOST\\/HV01\", \"HOST/\\u0068v01.contoso.test\" ] "
    "} ]\n";

static const PasteField *
field_of(const Paste *paste, const char *name, const char *attribute)
{
    const PasteAccount *account = paste_account_named(paste, name);
    g_assert_nonnull(account);
    return paste_account_find(account, attribute);
}

static void
assert_values(const PasteField *field, int partial, ...)
{
    va_list args;
    guint count = 0;
    const char *wanted;
    g_assert_nonnull(field);
    va_start(args, partial);
    while ((wanted = va_arg(args, const char *)) != NULL) {
        g_assert_cmpuint(count, <, field->values->len);
        g_assert_cmpstr(field->values->pdata[count++], ==, wanted);
    }
    va_end(args);
    g_assert_cmpuint(count, ==, field->values->len);
    g_assert_cmpint(field->partial, ==, partial);
}

static const PasteFact *
fact_of(const Paste *paste, const char *cause)
{
    for (guint i = 0; i < paste->facts->len; i++) {
        const PasteFact *fact = paste->facts->pdata[i];
        if (strcmp(fact->cause, cause) == 0)
            return fact;
    }
    return NULL;
}

static void
assert_fact(const char *text, const char *cause, FactPower power, const char *said)
{
    g_autoptr(Paste) paste = paste_read(text);
    const PasteFact *fact = fact_of(paste, cause);
    g_assert_nonnull(fact);
    g_assert_cmpint(fact->power, ==, power);
    g_assert_nonnull(strstr(fact->said, said));
}

static void
test_setspn_lists(void)
{
    g_autoptr(Paste) paste = paste_read(setspn_list);
    const PasteAccount *account = paste_account_named(paste, "HV02");
    assert_values(field_of(paste, "HV02", "servicePrincipalName"), false,
                  "Microsoft Virtual System Migration Service/HV02", "HOST/HV02",
                  "HOST/hv02.contoso.test", NULL);
    g_assert_true(account->computer);
    g_assert_cmpstr(account->dns, ==, "hv02.contoso.test");
    g_assert_false(account->supposed_dns);
    g_assert_cmpstr(account->from->pdata[0], ==, "setspn -L HV02");
}

/* Headings are translated, DNs and SPNs are not; mail cuts lines and marks them. */
static void
test_setspn_as_it_comes(void)
{
    g_autoptr(Paste) german = paste_read(
        "> Registrierte Dienstprinzipalnamen (SPN) f\xC3\xBCr "
        "CN=HV02,CN=Computers,DC=a,DC=test:\n"
        ">    HOST/HV02\n>    Microsoft Virtual System Migration\n> Service/HV02\n"
        ">    Microsoft Virtual System Migration Service/\n> hv02.a.test\n");
    assert_values(field_of(german, "HV02", "servicePrincipalName"), false, "HOST/HV02",
                  "Microsoft Virtual System Migration Service/HV02",
                  "Microsoft Virtual System Migration Service/hv02.a.test", NULL);
    g_autoptr(Paste) none = paste_read(
        "Registered ServicePrincipalNames for CN=HV02,CN=Computers,DC=a,DC=test:\n\n"
        "0x80090322\n");
    assert_values(field_of(none, "HV02", "servicePrincipalName"), false, NULL);
    g_assert_true(paste_account_named(none, "HV02")->supposed_dns);
}

/* What a filter, or whoever pasted it, left out is not absent. */
static void
test_parts_are_parts(void)
{
    static const char *const texts[] = {
        "C:\\>setspn -L HV02 | findstr HOST\n"
        "Registered ServicePrincipalNames for CN=HV02,DC=a,DC=test:\n  HOST/HV02\n",
        "Registered ServicePrincipalNames for CN=HV02,DC=a,DC=test:\n  HOST/HV02\n  "
        "...\n",
        "Checking domain DC=a,DC=test\nCN=HV02,DC=a,DC=test\n  HOST/HV02\n\n"
        "Existing SPN found!\n",
        "SamAccountName : HV02$\nServicePrincipalNames : {HOST/HV02...}\n",
        "SamAccountName : HV02$\nServicePrincipalNames : {HOST/HV02, HOST/hv0\n",
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Paste) paste = paste_read(texts[i]);
        assert_values(field_of(paste, "HV02", "servicePrincipalName"), true, "HOST/HV02",
                      NULL);
        g_assert_false(paste_account_named(paste, "HV02")->supposed_dns);
    }
}

static void
test_setspn_finds_two(void)
{
    static const char text[] =
        "Checking domain DC=contoso,DC=test\nProcessing entry 0\n"
        "HTTP/web is registered on these accounts:\n"
        "\tCN=HV02,OU=Hyper-V,DC=contoso,DC=test\n\tCN=svc,DC=contoso,DC=test\n\n"
        "found 1 group of duplicate SPNs.\n";
    g_autoptr(Paste) paste = paste_read(text);
    assert_values(field_of(paste, "HV02", "servicePrincipalName"), true, "HTTP/web",
                  NULL);
    assert_values(field_of(paste, "svc", "servicePrincipalName"), true, "HTTP/web", NULL);
    assert_fact(text, "spn-duplicate", FACT_CONFIRMS, "HTTP/web is on 2 accounts");
    assert_fact("C:\\>setspn -F -Q \"Microsoft Virtual System Migration Service/HV02\"\n"
                "Checking forest DC=contoso,DC=test\n\nNo such SPN found.\n",
                "spn-migration", FACT_CONFIRMS, "Service/HV02 on no account");
}

static void
test_format_list(void)
{
    g_autoptr(Paste) paste = paste_read(computer);
    const PasteAccount *account = paste_account_named(paste, "HV01");
    assert_values(field_of(paste, "HV01", "msDS-AllowedToDelegateTo"), false, "cifs/HV02",
                  "Microsoft Virtual System Migration Service/HV02",
                  "cifs/hv02.contoso.test",
                  "Microsoft Virtual System Migration Service/hv02.contoso.test", NULL);
    assert_values(field_of(paste, "HV01", "servicePrincipalName"), true, "HOST/HV01",
                  "HOST/hv01.contoso.test", "TERMSRV/HV01", "WSMAN/HV01", NULL);
    g_assert_cmpuint(account->flags_known, ==, UAC_TRUSTED_FOR_DELEGATION);
    g_assert_cmpuint(account->flags_on, ==, 0);
    g_assert_null(paste_account_find(account, "PrincipalsAllowedToDelegateToAccount"));
}

static void
test_json(void)
{
    g_autoptr(Paste) paste = paste_read(json);
    const PasteAccount *account = paste_account_named(paste, "HV01");
    assert_values(field_of(paste, "HV01", "servicePrincipalName"), false, "HOST/HV01",
                  "HOST/hv01.contoso.test", NULL);
    assert_values(field_of(paste, "HV01", "objectSid"), false, "S-1-5-21-1-2-3-1105",
                  NULL);
    g_assert_cmpuint(account->flags_known, ==, UAC_DISABLED);
    g_assert_cmpuint(account->flags_on, ==, 0);
    /* Cut off: the list may go on. */
    g_autofree char *cut = g_strndup(json, (gsize)(strstr(json, ", \"HOST/\\u") - json));
    g_autoptr(Paste) part = paste_read(cut);
    assert_values(field_of(part, "HV01", "servicePrincipalName"), true, "HOST/HV01",
                  NULL);
    g_autoptr(Paste) other = paste_read("{\"Event\": {\"System\": {\"EventID\": 4769}}}");
    g_assert_cmpuint(other->outputs->len, ==, 0);
    g_assert_cmpuint(other->accounts->len, ==, 0);
}

/* Columns of numbers stand to the right, those of texts to the left. */
static void
test_tables(void)
{
    static const char text[] =
        "\nName LogicalProcessorCount MemoryCapacity(M) VirtualMachineMigrationEnabled\n"
        "---- --------------------- ----------------- ------------------------------\n"
        "HV01                    32            262044                          False\n"
        "HV02                    32            262044                           True\n\n";
    assert_fact(text, "migration-disabled", FACT_CONFIRMS, "False on HV01");
    g_autoptr(Paste) paste = paste_read(text);
    g_assert_cmpuint(paste->facts->len, ==, 1);
}

static void
test_hosts(void)
{
    static const char both[] =
        "[HV01]: PS C:\\> Get-VMHost | fl VirtualMachineMigrationAuthenticationType\n\n"
        "VirtualMachineMigrationAuthenticationType : Kerberos\n\n"
        "[HV02]: PS C:\\> Get-VMHost | fl VirtualMachineMigrationAuthenticationType\n\n"
        "VirtualMachineMigrationAuthenticationType : %s\n";
    g_autofree char *differ = g_strdup_printf(both, "CredSSP");
    g_autofree char *same = g_strdup_printf(both, "Kerberos");
    assert_fact(differ, "auth-mismatch", FACT_CONFIRMS,
                "HV01 uses Kerberos and HV02 uses");
    assert_fact(differ, "credssp", FACT_CONFIRMS, "CredSSP on HV02");
    assert_fact(same, "credssp", FACT_RULES_OUT, "both use Kerberos");
    assert_fact(
        "[ {\"Name\": \"HV01\", \"VirtualMachineMigrationAuthenticationType\": 0} ]",
        "credssp", FACT_CONFIRMS, "CredSSP on HV01");
    assert_fact(
        "PS C:\\> Test-WSMan HV02\n\nwsmid           : http://schemas.dmtf.org/x\n"
        "ProductVersion  : OS: 0.0.0 SP: 0.0 Stack: 3.0\n",
        "winrm", FACT_RULES_OUT, "WinRM on HV02 answers");
    assert_fact(
        "PS C:\\> Test-WSMan HV02\nTest-WSMan : <f:WSManFault xmlns:f=\"http://x\" "
        "Code=\"215085\n9046\" Machine=\"ADMIN1\"><f:Message>WinRM cannot\n",
        "winrm", FACT_CONFIRMS, "WinRM on HV02 cannot be reached (0x80338126)");
}

static void
test_tickets(void)
{
    assert_fact(klist, "operator-sensitive", FACT_SUSPECTS, "alice is not forwardable");
    assert_fact(klist, "etypes-weak", FACT_SUSPECTS, "cifs/filer7.contoso.test");
    /* Who is in Protected Users cannot renew it. */
    static const char french[] =
        "#0>     Client : HV01$ @ CONTOSO.TEST\n"
        "        Serveur : krbtgt/CONTOSO.TEST @ CONTOSO.TEST\n"
        "        Indicateurs de tickets 0xa10000 -> renewable pre_authent\n"
        "        Heure de fin : 20/11/2026 12:12:33 (local)\n"
        "        Heure de renouvellement : 20/11/2026 12:12:33 (local)\n";
    assert_fact(french, "source-protected", FACT_SUSPECTS, "cannot be renewed");
    assert_fact(
        "C:\\>klist get \"Microsoft Virtual System Migration Service/HV02\"\n"
        "Error calling API LsaCallAuthenticationPackage (GetTicket substatus): 0x6fb\n"
        "klist failed with 0xc000018b/-1073741429: The SAM database\n",
        "spn-migration", FACT_CONFIRMS, "no account that holds Microsoft");
}

static void
test_domain_controllers(void)
{
    assert_fact("C:\\>nltest /dsgetdc:contoso.test\n"
                "Getting DC name failed: Status = 1355 0x54b ERROR_NO_SUCH_DOMAIN\n",
                "dc-unreachable", FACT_CONFIRMS, "(1355)");
    assert_fact(
        "Fehler beim Abrufen des DC-Namens: Status = 1355 0x54b ERROR_NO_SUCH_DOMAIN",
        "dc-unreachable", FACT_CONFIRMS, "(1355)");
    assert_fact("Flags: 0\nTrusted DC Name\n"
                "Trusted DC Connection Status Status = 5 0x5 ERROR_ACCESS_DENIED\n",
                "host-is-stale", FACT_CONFIRMS, "refuses the secure channel");
    assert_fact(
        "C:\\>nltest /dsgetdc:contoso.test\n           DC: \\\\DC1.contoso.test\n",
        "dc-unreachable", FACT_RULES_OUT, "DC1.contoso.test");
}

/* The numbers of an output are no codes; the error beside it is what is looked up. */
static void
test_the_rest_is_the_error(void)
{
    static const char text[] =
        "PS C:\\> Move-VM A HV02\nMove-VM : failed (0x8009030E)\n"
        "PS C:\\> Get-VMHost | fl *\n\nMaximumStorageMigrations : 21502\n"
        "VirtualMachineMigrationEnabled : True\n";
    Input *input = NULL;
    g_autoptr(Paste) paste = NULL;
    g_assert_true(input_read(text, strlen(text), &input, NULL));
    g_assert_true(paste_take(&input, &paste, NULL));
    g_assert_cmpuint(input->numbers->len, ==, 1);
    g_assert_cmpint(g_array_index(input->numbers, InputNumber, 0).value, ==, 0x8009030E);
    g_assert_cmpstr(input->text, ==, text);
    input_free(input);
}

/* Anything may be pasted. */
static void
test_hostile(void)
{
    static const char *const samples[] = {setspn_list, klist, computer, json};
    static const char noise[] = "{}[]\":,\\/ \n\t#>.-=CNDCPS%$\x01\xC3\xBC";
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (guint round = 0; round < 4000; round++) {
        GString *text = g_string_new(samples[round % G_N_ELEMENTS(samples)]);
        guint changes = (guint)g_rand_int_range(rand, 1, 12);
        for (guint i = 0; i < changes; i++) {
            gsize at = (gsize)g_rand_int_range(rand, 0, (gint32)text->len);
            gsize some = (gsize)g_rand_int_range(rand, 0, 30);
            gsize take = MIN(some, text->len - at);
            char c = noise[g_rand_int_range(rand, 0, sizeof noise - 1)];
            g_string_erase(text, (gssize)at, (gssize)take);
            g_string_insert_c(text, (gssize)at, c);
        }
        g_autofree char *valid = g_utf8_make_valid(text->str, (gssize)text->len);
        g_autoptr(Paste) paste = paste_read(valid);
        Input *input = NULL;
        if (input_read(valid, strlen(valid), &input, NULL))
            paste_pair(paste, input, NULL, round % 2 ? "HV02" : NULL);
        input_free(input);
        g_string_free(text, TRUE);
    }
}

/* Many of everything: bounded. */
static void
test_bounds(void)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < 3000; i++)
        g_string_append_printf(
            text, "CN=A%u,DC=a,DC=b\n HOST/B%u\nSamAccountName : C%u$\n{\n#%u>\n", i, i,
            i, i);
    g_autoptr(Paste) paste = paste_read(text->str);
    g_assert_cmpuint(paste->accounts->len, <=, MOST_PASTE_ACCOUNTS);
    g_assert_cmpuint(paste->objects->len, <=, MOST_PASTE_OBJECTS);
    g_assert_cmpuint(paste->facts->len, <=, MOST_PASTE_OUTPUTS);
    g_string_free(text, TRUE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/paste/setspn/list", test_setspn_lists);
    g_test_add_func("/paste/setspn/as-it-comes", test_setspn_as_it_comes);
    g_test_add_func("/paste/setspn/two", test_setspn_finds_two);
    g_test_add_func("/paste/parts", test_parts_are_parts);
    g_test_add_func("/paste/format-list", test_format_list);
    g_test_add_func("/paste/json", test_json);
    g_test_add_func("/paste/tables", test_tables);
    g_test_add_func("/paste/hosts", test_hosts);
    g_test_add_func("/paste/tickets", test_tickets);
    g_test_add_func("/paste/domain-controllers", test_domain_controllers);
    g_test_add_func("/paste/rest", test_the_rest_is_the_error);
    g_test_add_func("/paste/hostile", test_hostile);
    g_test_add_func("/paste/bounds", test_bounds);
    return g_test_run();
}
