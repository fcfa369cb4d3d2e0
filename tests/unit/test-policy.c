/* The configuration file: the contract's example, and every way to get it wrong. */
#include "audit/policy.h"
#include "base/fault.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static bool
load(const char *text, Policy **ret_policy, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("kcdaudit-XXXXXX.conf", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, text, strlen(text)), ==, (gssize)strlen(text));
    close(fd);
    bool loaded = policy_load(path, ret_policy, error);
    g_unlink(path);
    return loaded;
}

static void
test_example(void)
{
    g_autoptr(Policy) policy = NULL;
    g_autoptr(GError) error = NULL;
    load("# nightly\n[directory]\ndomain=contoso.com\nmech=GSS-SPNEGO\n\n"
         "[group prod]\nhosts=HV*;EDGE01\nhosts_in=OU=Hyper-V,DC=contoso,DC=com\n"
         "storage=SOFS01\nservices=cifs;migration\nmode=rbcd\nprotocol_transition="
         "forbidden\n"
         "names=fqdn\n\n[operators]\nusers=alice;CONTOSO\\bob\n"
         "groups=CN=Hyper-V Admins,OU=Groups,DC=contoso,DC=com\n\n"
         "[waive legacy]\nrule=DEL-07\nsubject=HV03\nreason=backup job, change 4711\n"
         "until=2027-03-31\n",
         &policy, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(policy->domain, ==, "contoso.com");
    g_assert_cmpuint(policy->groups->len, ==, 1);
    const GroupSpec *group = policy->groups->pdata[0];
    g_assert_cmpstr(group->name, ==, "prod");
    g_assert_cmpuint(group->hosts->len, ==, 2);
    g_assert_cmpstr(group->hosts->pdata[1], ==, "EDGE01");
    g_assert_cmpstr(group->hosts_in->pdata[0], ==, "OU=Hyper-V,DC=contoso,DC=com");
    g_assert_cmpint(group->mode, ==, MODE_RBCD);
    g_assert_cmpint(group->pt, ==, PT_FORBIDDEN);
    g_assert_cmpint(group->names, ==, NAMES_FQDN);
    g_assert_cmpuint(group->services, ==, 3);
    g_assert_cmpstr(policy->operator_users->pdata[1], ==, "CONTOSO\\bob");
    const Waiver *waiver = policy->waivers->pdata[0];
    g_assert_cmpstr(rule_name(waiver->rule), ==, "DEL-07");
    g_assert_null(waiver->target);
    /* the end of 31 March 2027, UTC */
    g_assert_cmpint(waiver->until_us / G_USEC_PER_SEC, ==, 1806537600);
}

static void
test_delegation(void)
{
    g_autoptr(Policy) policy = NULL;
    g_autoptr(GError) error = NULL;
    load("[delegation portal]\nfrom=svc-web;CONTOSO\\svc-api$\n"
         "from_member_of=CN=Web,DC=contoso,DC=com\n"
         "to=MSSQLSvc/sql1.contoso.com:1433;HTTP/api.contoso.com;cifs/FS*\n"
         "protocol_transition=forbidden\nmode=rbcd\nnames=both\n"
         "[delegation sql]\nto=sql2:1500\nworkload=sql-linked-server\nfrom_in=OU=A,DC=b\n"
         "[delegation all]\nfrom=svc-x\nto=*\n",
         &policy, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(policy->declarations->len, ==, 3);
    const Declaration *portal = policy->declarations->pdata[0];
    g_assert_cmpstr(portal->name, ==, "portal");
    g_assert_cmpstr(portal->from->pdata[1], ==, "CONTOSO\\svc-api$");
    g_assert_cmpuint(portal->to->len, ==, 3);
    g_assert_cmpint(portal->pt, ==, PT_FORBIDDEN);
    g_assert_cmpint(portal->mode, ==, MODE_RBCD);
    g_assert_cmpint(portal->forms, ==, FORMS_BOTH);
    const Declaration *sql = policy->declarations->pdata[1];
    g_assert_cmpstr(sql->workload, ==, "sql-linked-server");
    g_assert_cmpint(sql->pt, ==, PT_DEFAULT);
    g_assert_cmpint(sql->forms, ==, FORMS_AS_WRITTEN);
    g_assert_false(sql->mode_given);
}

static void
test_services(void)
{
    g_autoptr(Policy) policy = NULL;
    g_autoptr(GError) error = NULL;
    load("[group a]\nhosts=A\nservices=migration;MSSQLSvc:1433;HTTP;CIFS\n"
         "[group b]\nhosts=B\nservices=MSSQLSvc:REPORTS\n",
         &policy, &error);
    g_assert_no_error(error);
    const GroupSpec *both = policy->groups->pdata[0];
    g_assert_cmpuint(both->services, ==, 3);
    g_assert_cmpuint(both->classes->len, ==, 2);
    g_assert_cmpstr(both->classes->pdata[0], ==, "MSSQLSvc:1433");
    const GroupSpec *other = policy->groups->pdata[1];
    g_assert_cmpuint(other->services, ==, 0);
    g_assert_cmpstr(other->classes->pdata[0], ==, "MSSQLSvc:REPORTS");
}

/* A # within a value is a value. */
static void
test_no_comment(void)
{
    g_autoptr(Policy) policy = NULL;
    g_autoptr(GError) error = NULL;
    load("[waive a]\nrule=DEL-07\nreason=change #4711; all of them\n  # indented\n",
         &policy, &error);
    g_assert_error(error, FAULT_ERROR, FAULT_CONFIG);
    g_clear_error(&error);
    load("[waive a]\nrule=DEL-07\nreason=#4711; no.#2;x\n# a note\nuntil=2027-03-31\n",
         &policy, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(((const Waiver *)policy->waivers->pdata[0])->reason, ==,
                    "#4711; no.#2;x");
}

typedef struct {
    const char *name;
    const char *text;
    guint line;
    const char *says;
} Bad;

static const Bad bad[] = {
    {"unknown section", "[directory]\ndomain=a\n[grup prod]\nhosts=A\n", 3,
     "[grup prod]"},
    {"nameless group", "[group]\nhosts=A\n", 1, "[group]"},
    {"unknown key", "[directory]\ndomian=a\n", 2, "domian"},
    {"another scheme", "[directory]\nuri=ldap://dc1;http://dc2\n", 2, "neither ldap://"},
    {"unknown value", "[group a]\nhosts=A\nmode=kdc\n", 3, "kcd"},
    {"unknown service", "[group a]\nhosts=A\nservices=cifs;smb/x\n", 3, "smb/x"},
    {"service without a port", "[group a]\nhosts=A\nservices=HTTP:\n", 3, "HTTP:"},
    {"service with port 0", "[group a]\nhosts=A\nservices=HTTP:0\n", 3, "HTTP:0"},
    {"service with no port", "[group a]\nhosts=A\nservices=HTTP:65536\n", 3, "65536"},
    {"container without a domain", "[group a]\nhosts_in=Hyper-V\n", 2, "no whole DN"},
    {"group of a part", "[operators]\ngroups=CN=a,DC=b;CN=Admins\n", 2, "=CN=Admins is"},
    {"no service", "[group a]\nhosts=A\nservices=;\n", 3, "no value"},
    {"comment after a value", "[group a]\nhosts=A # all\n", 2, "line of its own"},
    {"comment after nothing", "[group a]\nhosts= # all\n", 2, "line of its own"},
    {"old comment after a value", "[group a]\nhosts=A\t; all\n", 2, "line of its own"},
    {"blank before ;", "[group a]\nmode=kcd\nhosts=A ;B\n", 3, "without a blank"},
    {"nameless delegation", "[delegation]\nfrom=a\nto=a/b\n", 1, "[delegation]"},
    {"delegation from nobody", "[delegation a]\nto=a/b\n", 1, "from_member_of"},
    {"delegation to nothing", "[delegation a]\nfrom=a\n", 1, "give to"},
    {"no SPN", "[delegation a]\nfrom=a\nto=HTTP/b;c\n", 3, "workload="},
    {"broken SPN", "[delegation a]\nfrom=a\nto=/b\n", 3, "to=/b"},
    {"unknown workload", "[delegation a]\nfrom=a\nto=b\nworkload=sql\n", 4,
     "sql-linked-server"},
    {"transition in other words",
     "[delegation a]\nfrom=a\nto=a/b\nprotocol_transition=no\n", 4, "forbidden"},
    {"names of a group", "[delegation a]\nfrom=a\nto=a/b\nnames=fqdn\n", 4, "as-written"},
    {"no hosts", "[group a]\nmode=kcd\n", 1, "names no hosts"},
    {"empty value", "[directory]\ndomain=\n", 2, "no value"},
    {"bad date", "[waive a]\nrule=DEL-01\nreason=x\nuntil=2027-02-30\n", 4, "YYYY-MM-DD"},
    {"date in words", "[waive a]\nrule=DEL-01\nreason=x\nuntil=March\n", 4, "YYYY-MM-DD"},
    {"bad rule", "[waive a]\nrule=everything\nreason=x\n", 2, "DEL-01"},
    {"no reason", "[waive a]\nrule=DEL-01\n", 1, "no reason"},
    {"key twice", "[directory]\ndomain=a\ndomain=b\n", 3, "twice"},
    {"section twice", "[operators]\nusers=a\n[operators]\nusers=b\n", 3, "twice"},
    {"no INI", "[directory]\ndomain=a\n\nthis is prose\n", 4, "key=value"},
    {"key before a section", "domain=a\n", 1, ""},
    {"terminal escape", "[directory]\n\x1b[2J=a\n", 2, ""},
};

static void
test_bad(gconstpointer data)
{
    const Bad *want = data;
    g_autoptr(Policy) policy = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_false(load(want->text, &policy, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_CONFIG);
    g_autofree char *place = g_strdup_printf(".conf:%u: ", want->line);
    if (!strstr(error->message, place) || !strstr(error->message, want->says))
        g_error("%s: %s", want->name, error->message);
    g_assert_null(strchr(error->message, '\n'));
    g_assert_null(strchr(error->message, '\x1b'));
}

static void
test_missing(void)
{
    g_autoptr(Policy) policy = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_false(policy_load("/nonexistent/kcdaudit.conf", &policy, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_CONFIG);
    g_assert_nonnull(strstr(error->message, "/nonexistent/kcdaudit.conf"));
}

/* The user's over the system's. */
static void
test_override(void)
{
    g_autoptr(Policy) system = NULL;
    g_autoptr(Policy) own = NULL;
    g_autoptr(GError) error = NULL;
    load("[directory]\ndomain=contoso.com\nuri=ldap://dc1.contoso.com\nmech=GSSAPI\n"
         "[group prod]\nhosts=HV01\n[group test]\nhosts=HV09\n"
         "[operators]\nusers=alice\n"
         "[waive old]\nrule=DEL-07\nreason=known\n",
         &system, &error);
    load("[directory]\ndomain=fabrikam.com\nscope=forest\n[group prod]\nhosts=HV02\n"
         "[operators]\nusers=bob\n[waive new]\nrule=DEL-07\nreason=mine\n",
         &own, &error);
    g_assert_no_error(error);
    policy_override(system, own);
    g_assert_cmpstr(system->domain, ==, "fabrikam.com");
    g_assert_cmpuint(system->uris->len, ==, 0); /* they were contoso.com's */
    g_assert_cmpstr(system->mech, ==, "GSSAPI");
    g_assert_cmpint(system->reach, ==, REACH_FOREST);
    g_assert_cmpuint(system->groups->len, ==, 2);
    const GroupSpec *test = system->groups->pdata[0], *prod = system->groups->pdata[1];
    g_assert_cmpstr(test->name, ==, "test");
    g_assert_cmpstr(prod->hosts->pdata[0], ==, "HV02");
    g_assert_cmpuint(prod->hosts->len, ==, 1);
    g_assert_cmpuint(system->operator_users->len, ==, 2);
    g_assert_cmpuint(system->waivers->len, ==, 2);
    g_assert_cmpuint(system->files->len, ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/the contract's example", test_example);
    g_test_add_func("/policy/delegation", test_delegation);
    g_test_add_func("/policy/services of a group", test_services);
    g_test_add_func("/policy/no comment after a value", test_no_comment);
    g_test_add_func("/policy/no such file", test_missing);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *path = g_strdup_printf("/policy/bad/%s", bad[i].name);
        g_test_add_data_func(path, &bad[i], test_bad);
    }
    g_test_add_func("/policy/override", test_override);
    return g_test_run();
}
