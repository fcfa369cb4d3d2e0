/* Which KDCs are asked, and where wires begin. */
#include "ticket/realm.h"

#include "ticket/context.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <profile.h>

static GPtrArray *asked; /* of char *: of which site DNS was asked for KDCs */
static const char *site; /* --site */
static char *libkrb5s;   /* the KDCs as libkrb5 has them */

static GPtrArray *
find(const char *realm, const char *of_site, int timeout_s)
{
    (void)timeout_s;
    g_assert_cmpstr(realm, ==, "CONTOSO.TEST");
    g_ptr_array_add(asked, g_strdup(of_site ? of_site : "its own"));
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)kdc_free);
    g_ptr_array_add(list, kdc_new("192.0.2.11", 88, 0));
    g_ptr_array_add(list, kdc_new("192.0.2.12", 88, 0));
    g_ptr_array_add(list, kdc_new("192.0.2.99", 88, 10));
    return list;
}

/* What libkrb5 takes from it by itself, before each request. */
static void
take_libkrb5s(Kdcs *kdcs)
{
    const char *names[] = {"realms", "CONTOSO.TEST", "kdc", NULL};
    krb5_context context = NULL;
    profile_t profile = NULL;
    char **values = NULL;
    g_assert_true(context_new(kdcs, &context, NULL));
    g_assert_cmpint(krb5_get_profile(context, &profile), ==, 0);
    g_assert_cmpint(profile_get_values(profile, names, &values), ==, 0);
    g_free(libkrb5s);
    libkrb5s = g_strjoinv(" ", values);
    profile_free_list(values);
    profile_release(profile);
    krb5_free_context(context);
}

/* What a krb5.conf with these lines about the realm leads to. */
static Realm *
realm_of(const char *lines, Kdcs **ret_kdcs)
{
    g_autofree char *path = NULL;
    g_autofree char *text = g_strdup_printf(
        "[libdefaults]\ndefault_realm = CONTOSO.TEST\n[realms]\nCONTOSO.TEST = "
        "{\n%s}\n",
        lines);
    int fd = g_file_open_tmp("kdcs-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_setenv("KRB5_CONFIG", path, TRUE);
    g_clear_pointer(&asked, g_ptr_array_unref);
    asked = g_ptr_array_new_with_free_func(g_free);
    *ret_kdcs = kdcs_new(find, site, 0, 1);
    Realm *realm = kdcs_realm(*ret_kdcs, "CONTOSO.TEST");
    g_assert_true(kdcs_realm(*ret_kdcs, "CONTOSO.TEST") == realm);
    take_libkrb5s(*ret_kdcs);
    g_remove(path);
    return realm;
}

static bool
is_address(const Realm *realm, guint at, const char *text)
{
    const struct sockaddr_in *name =
        (const struct sockaddr_in *)(const void *)&realm->addresses[at].name;
    char found[INET_ADDRSTRLEN];
    g_assert_cmpuint(at, <, realm->count);
    g_assert_nonnull(inet_ntop(AF_INET, &name->sin_addr, found, sizeof found));
    return g_str_equal(found, text);
}

/* --site before krb5.conf's, and this before the machine's own. */
static void
test_site(void)
{
    static const struct {
        const char *given, *line, *asked;
    } cases[] = {{NULL, "sitename = Berlin\n", "Berlin"},
                 {"Munich", "sitename = Berlin\n", "Munich"},
                 {"Munich", "", "Munich"},
                 {NULL, "", "its own"}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Kdcs) kdcs = NULL;
        site = cases[i].given;
        const Realm *realm = realm_of(cases[i].line, &kdcs);
        g_assert_cmpuint(asked->len, ==, 1);
        g_assert_cmpstr(asked->pdata[0], ==, cases[i].asked);
        g_assert_true(is_address(realm, 0, "192.0.2.11"));
    }
    site = NULL;
}

/* Wires begin at those that DNS says are as good as the first, in turn; the others are
 * for when these do not serve. */
static void
test_shared(void)
{
    g_autoptr(Kdcs) kdcs = NULL;
    const Realm *realm = realm_of("", &kdcs);
    g_assert_cmpuint(asked->len, ==, 1);
    g_assert_cmpuint(realm->count, ==, 3);
    g_assert_cmpuint(realm->start_count, ==, 2);
    g_assert_cmpstr(libkrb5s, ==, "192.0.2.11:88 192.0.2.12:88 192.0.2.99:88");
    g_assert_true(is_address(realm, realm->starts[0], "192.0.2.11"));
    g_assert_true(is_address(realm, realm->starts[1], "192.0.2.12"));
}

/* Who wrote an order into krb5.conf meant it. */
static void
test_named(void)
{
    g_autoptr(Kdcs) kdcs = NULL;
    const Realm *realm = realm_of("kdc = 192.0.2.21\nkdc = tcp/192.0.2.22:1088\n"
                                  "kdc = udp/192.0.2.23\nsitename = Berlin\n",
                                  &kdcs);
    g_assert_cmpuint(asked->len, ==, 0);
    g_assert_cmpstr(libkrb5s, ==, "192.0.2.21 tcp/192.0.2.22:1088 udp/192.0.2.23");
    g_assert_cmpuint(realm->count, ==, 2);
    g_assert_cmpuint(realm->start_count, ==, 1);
    g_assert_true(is_address(realm, realm->starts[0], "192.0.2.21"));
}

/* Of more KDCs than are kept, libkrb5 asks the others. */
static void
test_many(void)
{
    g_autoptr(Kdcs) kdcs = NULL;
    g_autoptr(GString) lines = g_string_new(NULL);
    for (guint i = 0; i < MOST_KDC_ADDRESSES + 8; i++)
        g_string_append_printf(lines, "kdc = 192.0.2.%u\n", i + 1);
    const Realm *realm = realm_of(lines->str, &kdcs);
    g_assert_cmpuint(realm->count, ==, MOST_KDC_ADDRESSES);
    g_assert_true(is_address(realm, 0, "192.0.2.1"));
    g_assert_true(is_address(realm, MOST_KDC_ADDRESSES - 1, "192.0.2.32"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kdcs/site", test_site);
    g_test_add_func("/kdcs/shared", test_shared);
    g_test_add_func("/kdcs/named", test_named);
    g_test_add_func("/kdcs/many", test_many);
    int result = g_test_run();
    g_clear_pointer(&asked, g_ptr_array_unref);
    g_free(libkrb5s);
    return result;
}
