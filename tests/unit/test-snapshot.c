/* What a file says beyond plain entries: snapshots, several domains, and the
 * search for SPNs in it. */

#include "collect/snapshot.h"
#include "collect/source.h"
#include "model/spn.h"

#include <glib/gstdio.h>
#include <string.h>

#define MARK "# kcdaudit snapshot: 1\n"
#define ROOT(dn, host)                                             \
    "dn:\ndefaultNamingContext: " dn "\nrootDomainNamingContext: " \
    "DC=contoso,DC=com\nconfigurationNamingContext: "              \
    "CN=Configuration,DC=contoso,DC=com\ndnsHostName: " host "\n\n"
#define DOMAIN                                                                  \
    "dn: DC=contoso,DC=com\nobjectClass: domainDNS\n"                           \
    "objectSid:: AQQAAAAAAAUVAAAAAQAAAAIAAAADAAAA\nms-DS-MachineAccountQuota: " \
    "10\n\n"
#define CHILD                                                  \
    "dn: DC=child,DC=contoso,DC=com\nobjectClass: domainDNS\n" \
    "objectSid:: AQQAAAAAAAUVAAAABAAAAAUAAAAGAAAA\n\n"
#define HEAD(dn, name, sid)                                                \
    "dn: CN=" name "," dn "\nobjectClass: user\nobjectClass: computer\n"   \
    "sAMAccountName: " name "$\ndNSHostName: " name ".contoso.com\n"       \
    "userAccountControl: 4096\nprimaryGroupID: 515\nobjectSid:: " sid "\n" \
    "servicePrincipalName: Hyper-V Replica Service/" name "\n"
#define SID1 "AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAUQQAAA=="
#define SID2 "AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAUgQAAA=="
#define SID3 "AQUAAAAAAAUVAAAABAAAAAUAAAAGAAAAUQQAAA=="
#define HV1 HEAD("DC=contoso,DC=com", "HV1", SID1)
#define HV2 HEAD("DC=contoso,DC=com", "HV2", SID2)
#define HV3 HEAD("DC=child,DC=contoso,DC=com", "HV3", SID3)

static char *
write_file(const char *text)
{
    char *path = NULL;
    gint fd = g_file_open_tmp("kcdaudit-XXXXXX.ldif", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static Estate *
read_reaching(const char *text, Reach reach)
{
    const CollectPlan plan = {.timeout_s = 1, .reach = reach};
    Estate *estate = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = write_file(text);
    bool read = source_read_ldif((const char *[]){path, NULL}, &plan, &estate, &error);
    g_unlink(path);
    g_assert_no_error(error);
    g_assert_true(read);
    return estate;
}

static Estate *
read_text(const char *text)
{
    return read_reaching(text, REACH_HOSTS);
}

static const Account *
account_of(const Estate *estate, const char *name)
{
    const GPtrArray *found = estate_by_name(estate, name);
    g_assert_nonnull(found);
    g_assert_cmpuint(found->len, ==, 1);
    return found->pdata[0];
}

/* What a DC searched counts, whatever memberOf says. */
static void
test_members(void)
{
    g_autoptr(Estate) estate =
        read_text(DOMAIN HV1 "memberOf: CN=Nobody,DC=contoso,DC=com\n\n" HV2 "\n"
                             "dn: CN=Hosts,DC=contoso,DC=com\nobjectClass: group\n"
                             "msds-memberTransitive: CN=HV2,DC=contoso,DC=com\n"
                             "msds-memberTransitive: CN=Gone,DC=contoso,DC=com\n\n"
                             "dn: CN=Nobody,DC=contoso,DC=com\nobjectClass: group\n"
                             "msds-memberTransitive:\n\n");
    const Account *one = account_of(estate, "HV1"), *two = account_of(estate, "HV2");
    g_assert_cmpint(estate_in_group(estate, two, "CN=Hosts,DC=contoso,DC=com"), ==,
                    TRI_YES);
    g_assert_cmpint(estate_in_group(estate, one, "CN=Hosts,DC=contoso,DC=com"), ==,
                    TRI_NO);
    g_assert_cmpint(estate_in_group(estate, one, "CN=Nobody,DC=contoso,DC=com"), ==,
                    TRI_NO);
}

static void
test_two_domains(void)
{
    g_autoptr(Estate) estate = read_text(
        "version: 1\n\n" ROOT("DC=contoso,DC=com", "dc1.contoso.com") DOMAIN HV1
        "\n"
        "version: 1\n\n" ROOT("DC=child,DC=contoso,DC=com", "dc1.child.contoso.com")
            CHILD HV3
        "\n"
        "dn: CN=CONTOSO,CN=Partitions,CN=Configuration,DC=contoso,DC=com\n"
        "objectClass: crossRef\nnCName: DC=contoso,DC=com\ndnsRoot: contoso.com\n"
        "systemFlags: 3\n\n"
        "dn: CN=CHILD,CN=Partitions,CN=Configuration,DC=contoso,DC=com\n"
        "objectClass: crossRef\nnCName: DC=child,DC=contoso,DC=com\n"
        "dnsRoot: child.contoso.com\nsystemFlags: 3\n\n");
    g_assert_cmpuint(estate->domains->len, ==, 2);
    g_assert_cmpstr(estate->domain, ==, "contoso.com");
    g_assert_cmpstr(estate->dc, ==, "dc1.contoso.com");
    g_assert_cmpint(estate->machine_quota, ==, 10);
    g_assert_true(estate->spns_forest_wide);
    const Account *host = account_of(estate, "HV3");
    const Domain *child = estate_domain_of(estate, host->dn);
    g_assert_cmpstr(child->dns, ==, "child.contoso.com");
    g_assert_true(sid_in_domain(&host->sid, &child->sid));
}

static bool
has_gap(const Estate *estate, const char *what)
{
    for (guint i = 0; i < estate->gaps->len; i++)
        if (strcmp(((const Gap *)estate->gaps->pdata[i])->what, what) == 0)
            return true;
    return false;
}

#define PARTITIONS                                                             \
    "dn: CN=CONTOSO,CN=Partitions,CN=Configuration,DC=contoso,DC=com\n"        \
    "objectClass: crossRef\nnCName: DC=contoso,DC=com\ndnsRoot: contoso.com\n" \
    "systemFlags: 3\n\n"                                                       \
    "dn: CN=CHILD,CN=Partitions,CN=Configuration,DC=contoso,DC=com\n"          \
    "objectClass: crossRef\nnCName: DC=child,DC=contoso,DC=com\n"              \
    "dnsRoot: child.contoso.com\nsystemFlags: 3\n\n"

/* What an audit reaches for and the file does not hold is a gap. */
static void
test_reach(void)
{
    static const char hosts[] = "delegations beyond the hosts";
    static const char child[] = "the domain child.contoso.com";
    const char *const whole = MARK ROOT("DC=contoso,DC=com", "dc1.contoso.com") DOMAIN HV1
        "\n" CHILD PARTITIONS;
    g_autofree char *marked = g_strconcat("# kcdaudit snapshot: 1\n"
                                          "# read whole: delegations\n",
                                          whole + strlen(MARK), NULL);
    g_autoptr(Estate) alone = read_reaching(whole, REACH_HOSTS);
    g_autoptr(Estate) beyond = read_reaching(whole, REACH_DOMAIN);
    g_autoptr(Estate) domain = read_reaching(marked, REACH_DOMAIN);
    g_autoptr(Estate) forest = read_reaching(marked, REACH_FOREST);
    g_assert_false(has_gap(alone, hosts));
    g_assert_true(has_gap(beyond, hosts));
    g_assert_false(has_gap(domain, hosts) || has_gap(domain, child));
    g_assert_true(domain->delegations_read);
    /* The child's head came from the catalog: none of its accounts was read. */
    g_assert_true(has_gap(forest, child));
    g_assert_false(has_gap(forest, "the domain contoso.com"));

    g_autoptr(Estate) export = read_reaching(DOMAIN HV1 "\n" PARTITIONS, REACH_FOREST);
    g_assert_true(has_gap(export, child));
    g_assert_false(has_gap(export, hosts));
    g_autoptr(Estate) both =
        read_reaching(DOMAIN HV1 "\n" CHILD HV3 "\n" PARTITIONS, REACH_FOREST);
    g_assert_false(has_gap(both, child));
}

static void
test_marks(void)
{
    g_autoptr(Estate) estate =
        read_text(MARK "# read whole: tier0\n"
                       "# not read: caf\\303\\251 \\\"x\\\"\tbecause\\nof it\n"
                       "# not read: no reason\n"
                       "# nobody in: s-1-5-21-1-2-3-525\n\n" DOMAIN HV1 "\n");
    g_assert_true(estate->tier0_read);
    g_assert_false(estate->dcs_read);
    g_assert_false(estate->spns_forest_wide);
    const Gap *gap = estate->gaps->pdata[0];
    g_assert_cmpstr(gap->what, ==, "caf\303\251 \"x\"");
    g_assert_cmpstr(gap->why, ==, "because\nof it");
    g_assert_cmpint(estate_in_domain_group(estate, account_of(estate, "HV1"), 525), ==,
                    TRI_NO);
}

/* Somebody else's comments mean nothing. */
static void
test_no_mark(void)
{
    g_autoptr(Estate) estate =
        read_text("# not read: a\tb\n# replica: dc9\t\n\n" DOMAIN HV1 "\n# replica: x\n"
                  "\n" HV2 "\n");
    g_assert_cmpuint(estate->replicas->len, ==, 0);
    for (guint i = 0; i < estate->gaps->len; i++)
        g_assert_cmpstr(((Gap *)estate->gaps->pdata[i])->what, !=, "a");
    account_of(estate, "HV2");
}

static void
test_replicas(void)
{
    g_autoptr(Estate) estate = read_text(
        MARK "# read whole: entries\n\n" ROOT("DC=contoso,DC=com", "dc1.contoso.com")
            DOMAIN HV1 "msDS-AllowedToDelegateTo: cifs/HV2\n\n" HV2 "\n"
                       "# replica: dc1.contoso.com\t\n"
                       "# replica: dc2.contoso.com\t\n"
                       "\n" ROOT("DC=contoso,DC=com", "dc2.contoso.com") HV1
        "\n"
        /* No entry follows. */
        "# replica: dc3.contoso.com\tdoes not answer\n");
    g_assert_cmpuint(estate->replicas->len, ==, 3);
    const Replica *first = estate->replicas->pdata[0],
                  *second = estate->replicas->pdata[1],
                  *third = estate->replicas->pdata[2];
    g_assert_true(first->read);
    g_assert_true(second->read);
    g_assert_false(third->read);
    g_assert_cmpstr(third->why, ==, "does not answer");
    g_assert_cmpuint(first->views->len, ==, 2);
    g_assert_cmpuint(second->views->len, ==, 2);
    const ReplicaView *here = first->views->pdata[0], *there = second->views->pdata[0],
                      *gone = second->views->pdata[1];
    g_assert_true(here->account == there->account);
    g_assert_cmpuint(here->delegate_to->len, ==, 1);
    g_assert_cmpuint(there->delegate_to->len, ==, 0);
    g_assert_true(there->found);
    g_assert_cmphex(there->unread & (G_GUINT64_CONSTANT(1) << ATTR_DELEGATE_TO), ==, 0);
    g_assert_false(gone->found);
    /* The copies are no accounts of the estate. */
    g_assert_cmpuint(account_of(estate, "HV1")->delegate_to->len, ==, 1);
}

static void
test_changes(void)
{
    g_autoptr(Estate) estate = read_text(
        DOMAIN HV1
        "mS-DS-CreatorSID:: " SID2 "\n"
        "msDS-ReplAttributeMetaData: <DS_REPL_ATTR_META_DATA><pszAttributeName>"
        "servicePrincipalName</pszAttributeName><dwVersion>3</dwVersion><ftimeLastOrigi"
        "natingChange>2026-01-01T00:00:00Z</ftimeLastOriginatingChange></DS_REPL_ATTR_M"
        "ETA_DATA>\n"
        "msDS-ReplAttributeMetaData: <DS_REPL_ATTR_META_DATA><pszAttributeName>cn</"
        "pszAttributeName><dwVersion>1</dwVersion><ftimeLastOriginatingChange>2025-01-0"
        "1T00:00:00Z</ftimeLastOriginatingChange></DS_REPL_ATTR_META_DATA>\n\n" HV2
        "msDS-ReplAttributeMetaData: <DS_REPL_ATTR_META_DATA>\n\n");
    const Account *host = account_of(estate, "HV1");
    g_assert_true(sid_is_set(&host->creator));
    g_assert_true(account_knows(host, ATTR_REPL_META));
    g_assert_cmpuint(host->changes->len, ==, 1);
    const AttrChange *change = &g_array_index(host->changes, AttrChange, 0);
    g_assert_cmpint(change->attr, ==, ATTR_SPN);
    g_assert_cmpuint(change->version, ==, 3);
    g_assert_cmpint(change->changed_us, ==,
                    G_GINT64_CONSTANT(1767225600) * G_USEC_PER_SEC);
    g_assert_null(change->dc);
    g_assert_false(account_knows(account_of(estate, "HV2"), ATTR_REPL_META));
}

static void
test_matches(void)
{
    static const struct {
        const char *pattern, *spn;
        bool match;
    } cases[] = {
        {"*", "HOST/hv01", true},
        {"HOST/hv01", "host/HV01", true},
        {"HOST/hv0", "host/HV01", false},
        {"host/*", "HOST/hv01", true},
        {"*/hv01", "HOST/hv01", true},
        {"*/hv0", "HOST/hv01", false},
        {"h*t/*1", "HOST/hv01", true},
        {"**", "HOST/hv01", true},
        {"a*a", "a", false},
        {"ab*ba", "aba", false},
        {"HOST/hv0?", "HOST/hv01", false},
        {"*[*", "HOST/hv01", false},
        {"", "HOST/hv01", false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s %s", cases[i].pattern, cases[i].spn);
        g_assert_cmpint(spn_matches(cases[i].pattern, cases[i].spn), ==, cases[i].match);
    }
}

static guint
count_found(const char *account, const char *pattern)
{
    const CollectPlan plan = {.timeout_s = 1};
    const SpnSearch search = {.account = account, .pattern = pattern};
    g_autoptr(Estate) estate = NULL;
    g_autoptr(GPtrArray) found = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = write_file(DOMAIN HV1 "\n" HV2 "\n");
    bool read = source_find_spns_ldif((const char *[]){path, NULL}, &search, &plan,
                                      &estate, &found, &error);
    g_unlink(path);
    g_assert_no_error(error);
    g_assert_true(read);
    return found->len;
}

static void
test_search(void)
{
    g_assert_cmpuint(count_found(NULL, NULL), ==, 2);
    g_assert_cmpuint(count_found("HV1", NULL), ==, 1);
    g_assert_cmpuint(count_found("hv1$", NULL), ==, 1);
    g_assert_cmpuint(count_found("contoso.com\\HV1", NULL), ==, 1);
    g_assert_cmpuint(count_found("HV1@fabrikam.com", NULL), ==, 0);
    g_assert_cmpuint(count_found("hv1.contoso.com", NULL), ==, 1);
    g_assert_cmpuint(count_found("CN=HV2,DC=contoso,DC=com", NULL), ==, 1);
    g_assert_cmpuint(count_found("HV9", NULL), ==, 0);
    g_assert_cmpuint(count_found(NULL, "hyper-v replica*/hv2"), ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/members", test_members);
    g_test_add_func("/snapshot/two-domains", test_two_domains);
    g_test_add_func("/snapshot/reach", test_reach);
    g_test_add_func("/snapshot/marks", test_marks);
    g_test_add_func("/snapshot/no-mark", test_no_mark);
    g_test_add_func("/snapshot/replicas", test_replicas);
    g_test_add_func("/snapshot/changes", test_changes);
    g_test_add_func("/spns/matches", test_matches);
    g_test_add_func("/spns/search", test_search);
    return g_test_run();
}
