#include "collect/queries.h"

#include "base/fault.h"
#include "collect/attributes.h"

#include <glib/gstdio.h>
#include <ldap.h>

static void
assert_refused(const char *text, const char *message)
{
    Query query;
    g_autoptr(GError) error = NULL;
    g_assert_false(query_parse("q.ldap", text, "domain", &query, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_CONFIG);
    g_assert_cmpstr(error->message, ==, message);
}

static void
test_parse(void)
{
    static const char text[] = "# why\n"
                               "\n"
                               "base: CN=x,{domain}\r\n"
                               "scope: one\n"
                               "filter: (|(a=1 2)\n"
                               "\t(b=2))\n"
                               "attributes: memberOf  userAccountControl\n"
                               "    servicePrincipalName;range=0-9\n"
                               "attributes: nTSecurityDescriptor\n";
    Query query;
    g_autoptr(GError) error = NULL;
    g_assert_true(query_parse("q.ldap", text, "domain", &query, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(query.base, ==, "CN=x,{domain}");
    g_assert_cmpint(query.scope, ==, LDAP_SCOPE_ONELEVEL);
    g_assert_cmpstr(query.filter, ==, "(|(a=1 2)(b=2))");
    g_autofree char *attributes = g_strjoinv("|", query.attributes);
    g_assert_cmpstr(attributes, ==,
                    "memberOf|userAccountControl|servicePrincipalName;range=0-9|"
                    "nTSecurityDescriptor");
    g_assert_cmphex(query.asked, ==,
                    attribute_bit(ATTR_MEMBER_OF) | attribute_bit(ATTR_UAC) |
                        attribute_bit(ATTR_SPN) | attribute_bit(ATTR_SECURITY));
    g_assert_true(query.security);
    query_clear(&query);
}

static void
test_refused(void)
{
    assert_refused("base: x\nscop: sub\n",
                   "q.ldap:2: unknown key \"scop\" (base, scope, filter, attributes)");
    assert_refused("base: x\n\nbase: y\n", "q.ldap:3: a second \"base:\"");
    assert_refused("# c\nnonsense\n", "q.ldap:2: not \"key: value\"");
    assert_refused("base: x\nscope: sub\nattributes: a\n", "q.ldap: no \"filter:\"");
    assert_refused("base: x\nscope: all\nfilter: (a=*)\nattributes: a\n",
                   "q.ldap: scope: \"all\" is not one of base, one, sub");
    assert_refused(
        "base: {domian}\nscope: sub\nfilter: (a=*)\nattributes: a\n",
        "q.ldap: {domian} is not a placeholder of this query; there are: domain");
    assert_refused("base: x\nscope: sub\nfilter: (a=*)\nattributes:\n",
                   "q.ldap: no \"attributes:\"");
}

/* What is filled in is not looked through again. */
static void
test_fill(void)
{
    const QueryArg args[] = {{"names", "(a={domain})"}, {"domain", "DC=x"}, {NULL, NULL}};
    g_autofree char *filled = query_fill("{domain}{names}{other}{}{", args);
    g_assert_cmpstr(filled, ==, "DC=x(a={domain}){other}{}{");
}

/* Every embedded query parses, and every way to find hosts
 * reads the same of them. */
static void
test_embedded(void)
{
    static const QueryId hosts[] = {QUERY_HOSTS_BY_DN, QUERY_HOSTS_BY_NAME,
                                    QUERY_HOSTS_IN, QUERY_HOSTS_IN_GROUP};
    static const AttrId judged[] = {
        ATTR_OBJECT_CLASS, ATTR_OBJECT_SID,    ATTR_SAM_NAME,    ATTR_DNS_NAME,
        ATTR_UAC,          ATTR_SPN,           ATTR_DELEGATE_TO, ATTR_RBCD,
        ATTR_ETYPES,       ATTR_KVNO,          ATTR_OS_VERSION,  ATTR_PASSWORD_SET,
        ATTR_LAST_LOGON,   ATTR_PRIMARY_GROUP, ATTR_MEMBER_OF,   ATTR_SID_HISTORY};
    g_autoptr(Queries) queries = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(queries_load(NULL, &queries, &error));
    g_assert_no_error(error);
    const Query *first = &queries->queries[QUERY_HOSTS];
    for (guint i = 0; i < G_N_ELEMENTS(judged); i++)
        g_assert_cmphex(first->asked & attribute_bit(judged[i]), !=, 0);
    g_assert_true(first->security);
    for (guint i = 0; i < G_N_ELEMENTS(hosts); i++) {
        g_assert_cmphex(queries->queries[hosts[i]].asked, ==, first->asked);
        g_assert_true(queries->queries[hosts[i]].security);
    }
    /* Whoever is judged beside them reads no less. */
    static const QueryId more[] = {QUERY_DELEGATIONS, QUERY_DELEGATION_ENDS};
    for (guint i = 0; i < G_N_ELEMENTS(more); i++) {
        g_assert_cmphex(
            queries->queries[more[i]].asked, ==,
            first->asked | attribute_bit(ATTR_UPN) | attribute_bit(ATTR_LOCKOUT) |
                attribute_bit(ATTR_UAC_COMPUTED) | attribute_bit(ATTR_PASSWORD_READERS));
        g_assert_true(queries->queries[more[i]].security);
    }
}

static void
test_override(void)
{
    static const char text[] = "base: {domain}\nscope: sub\nfilter: (mine=1)\n"
                               "attributes: objectClass\n";
    g_autofree char *directory = g_dir_make_tmp("queries-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "hosts.ldap", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_set_contents(path, text, -1, NULL));

    g_autoptr(Queries) queries = NULL;
    g_assert_true(queries_load(directory, &queries, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(queries->queries[QUERY_HOSTS].filter, ==, "(mine=1)");
    g_assert_cmpstr(queries->queries[QUERY_DOMAIN].file, ==, "domain.ldap");

    g_assert_true(g_file_set_contents(path, "oops\n", -1, NULL));
    g_autoptr(Queries) broken = NULL;
    g_assert_false(queries_load(directory, &broken, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_CONFIG);
    g_autofree char *start = g_strdup_printf("%s:1: ", path);
    g_assert_true(g_str_has_prefix(error->message, start));
    g_clear_error(&error);
    g_unlink(path);
    g_rmdir(directory);

    g_assert_false(queries_load(directory, &broken, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_CONFIG);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/queries/parse", test_parse);
    g_test_add_func("/queries/refused", test_refused);
    g_test_add_func("/queries/fill", test_fill);
    g_test_add_func("/queries/embedded", test_embedded);
    g_test_add_func("/queries/override", test_override);
    return g_test_run();
}
