#include "model/sid.h"

#include "model/wellknown.h"

#include <string.h>

static Sid
sid_of(const char *text)
{
    Sid sid = {0};

    g_assert_true(sid_parse_text(text, &sid));
    return sid;
}

static const guint8 administrators[] = {1,  2, 0, 0, 0,    0, 0, 5,
                                        32, 0, 0, 0, 0x20, 2, 0, 0};

static void
test_binary(void)
{
    Sid sid;
    g_autofree char *text = NULL;

    g_assert_true(sid_parse(administrators, sizeof administrators, &sid));
    text = sid_format(&sid);
    g_assert_cmpstr(text, ==, "S-1-5-32-544");
    g_assert_cmpuint(sid_rid(&sid), ==, 544);
}

/* Text -> SID -> binary -> SID -> text. */
static void
test_round_trip(void)
{
    static const char *const texts[] = {
        "S-1-0-0",
        "S-1-1-0",
        "S-1-5",
        "S-1-5-32-544",
        "S-1-5-21-397955417-626881126-188441444-1010",
        "S-1-5-21-4294967295-4294967295-4294967295-4294967295",
        "S-1-18-1",
        "S-1-4294967295-1",
        "S-1-0x000100000000-7",
        "S-1-0xFFFFFFFFFFFF-1",
        "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        Sid sid = sid_of(texts[i]);
        Sid again;
        g_autoptr(GByteArray) binary = g_byte_array_new();
        g_autofree char *text = NULL;

        sid_write(&sid, binary);
        g_assert_cmpuint(binary->len, ==, 8u + 4u * sid.count);
        g_assert_true(sid_parse(binary->data, binary->len, &again));
        g_assert_true(sid_equal(&sid, &again));
        g_assert_cmpuint(sid_hash(&sid), ==, sid_hash(&again));
        text = sid_format(&again);
        g_assert_cmpstr(text, ==, texts[i]);
        g_assert_cmpuint(strlen(text), <, SID_TEXT_MAX);
    }
}

static void
test_text_refused(void)
{
    static const char *const texts[] = {
        "",
        "S",
        "S-1",
        "S-1-",
        "S-2-5-32",
        "S-01-5-32",
        "S-1-5-",
        "S-1-5-32-",
        "S-1-5-32-544 ",
        " S-1-5-32-544",
        "S-1-5--32",
        "S-1-5-+32",
        "S-1-5-0x20",
        "S-1-5-4294967296",
        "S-1-5-18446744073709551616",
        "S-1-281474976710656-1",
        "S-1-0x-1",
        "S-1-0x1000000000000-1",
        "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
        "Everyone",
    };
    Sid sid = sid_of("S-1-1-0");

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_assert_false(sid_parse_text(texts[i], &sid));
    g_assert_cmpuint(sid.authority, ==, 1); /* untouched by all of them */

    g_assert_true(sid_parse_text("s-1-5-32-544", &sid));
    g_assert_true(sid_parse_text("S-1-0x5-32-544", &sid));
    g_assert_cmpuint(sid.authority, ==, 5);
}

static void
test_binary_refused(void)
{
    guint8 data[sizeof administrators + 1] = {0};
    Sid sid;

    for (gsize length = 0; length < sizeof administrators; length++) {
        g_autofree guint8 *exact = g_memdup2(administrators, length);

        g_assert_false(sid_parse(exact, length, &sid));
    }
    memcpy(data, administrators, sizeof administrators);
    g_assert_false(sid_parse(data, sizeof data, &sid)); /* one byte too many */
    data[0] = 2;
    g_assert_false(sid_parse(data, sizeof administrators, &sid));
    data[0] = 1;
    data[1] = 16;
    g_assert_false(sid_parse(data, sizeof administrators, &sid));
    data[1] = 255;
    g_assert_false(sid_parse(data, sizeof administrators, &sid));
}

static void
test_read(void)
{
    guint8 data[2 * sizeof administrators] = {0};
    Bytes bytes = bytes_of(data, sizeof data);
    Sid sid = {0};

    /* A SID, and what is none. */
    memcpy(data, administrators, sizeof administrators);
    g_assert_true(sid_read(&bytes, &sid));
    g_assert_cmpuint(bytes.at, ==, sizeof administrators);
    g_assert_false(sid_read(&bytes, &sid));
    g_assert_true(bytes.failed);
    g_assert_cmpuint(bytes.failed_at, ==, sizeof administrators);
    g_assert_cmpuint(sid_rid(&sid), ==, 544);
}

static void
test_equal(void)
{
    Sid a = sid_of("S-1-5-32-544");
    Sid b = a;
    Sid c = sid_of("S-1-5-32-545");
    Sid d = sid_of("S-1-5-32");
    Sid e = sid_of("S-1-6-32-544");

    b.sub[9] = 4711; /* not in use */
    g_assert_true(sid_equal(&a, &b));
    g_assert_cmpuint(sid_hash(&a), ==, sid_hash(&b));
    g_assert_false(sid_equal(&a, &c));
    g_assert_false(sid_equal(&a, &d));
    g_assert_false(sid_equal(&a, &e));
}

static void
test_domain(void)
{
    Sid domain = sid_of("S-1-5-21-1-2-3");
    Sid user = sid_of_rid(&domain, 1104);
    Sid deeper = sid_of("S-1-5-21-1-2-3-1104-5");
    Sid other = sid_of("S-1-5-21-1-2-4-1104");
    Sid full = sid_of("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15");
    Sid none = {0};
    Sid made;
    g_autofree char *text = sid_format(&user);

    g_assert_cmpstr(text, ==, "S-1-5-21-1-2-3-1104");
    g_assert_true(sid_in_domain(&user, &domain));
    g_assert_false(sid_in_domain(&domain, &domain));
    g_assert_false(sid_in_domain(&deeper, &domain));
    g_assert_false(sid_in_domain(&other, &domain));
    g_assert_false(sid_in_domain(&user, &none));
    g_assert_false(sid_is_set(&none));

    made = sid_of_rid(&full, 1);
    g_assert_false(sid_is_set(&made));
    made = sid_of_rid(&none, 1);
    g_assert_false(sid_is_set(&made));
}

static void
test_well_known(void)
{
    static const struct {
        const char *sid;
        const char *name;
    } cases[] = {
        {"S-1-1-0", "Everyone"},
        {"S-1-5-7", "Anonymous Logon"},
        {"S-1-5-11", "Authenticated Users"},
        {"S-1-5-15", "This Organization"},
        {"S-1-5-18", "Local System"},
        {"S-1-5-32-544", "Builtin Administrators"},
        {"S-1-18-1", "Authentication Authority Asserted Identity"},
        {"S-1-18-2", "Service Asserted Identity"},
        {"S-1-5-21-1-2-3-513", "Domain Users"},
        {"S-1-5-21-1-2-3-515", "Domain Computers"},
        {"S-1-5-21-1-2-3-525", "Protected Users"},
        {"S-1-5-21-1-2-3-502", "krbtgt"},
        {"S-1-5-21-1-2-3-1104", NULL},
        {"S-1-5-21-1-2-513", NULL},
        {"S-1-5-22-1-2-3-513", NULL},
        {"S-1-5-32-1104", NULL},
        {"S-1-5-21-1-2-3", NULL},
    };
    Sid none = {0};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Sid sid = sid_of(cases[i].sid);

        g_assert_cmpstr(sid_well_known(&sid), ==, cases[i].name);
    }
    g_assert_null(sid_well_known(&none));
}

/* Every group that rules a domain, and who is none of them. */
static void
test_tier0(void)
{
    static const struct {
        const char *sid;
        bool tier0;
    } cases[] = {
        {"S-1-5-21-1-2-3-500", true},  {"S-1-5-21-1-2-3-502", true},
        {"S-1-5-21-1-2-3-512", true},  {"S-1-5-21-1-2-3-520", true},
        {"S-1-5-21-4-5-6-527", true},  {"S-1-5-32-544", true},
        {"S-1-5-32-551", true},        {"S-1-5-21-1-2-3-513", false},
        {"S-1-5-21-1-2-3-544", false}, {"S-1-5-32-512", false},
        {"S-1-5-32-545", false},       {"S-1-5-21-1-2-512", false},
        {"S-1-5-80-544", false},
    };
    Sid none = {0};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Sid sid = sid_of(cases[i].sid);

        g_assert_cmpint(sid_is_tier0(&sid), ==, cases[i].tier0);
    }
    g_assert_false(sid_is_tier0(&none));
}

static void
test_among(void)
{
    static const char *const nobody[] = {NULL};
    Sid everyone = sid_of(SID_EVERYONE), users = sid_of(SID_USERS);

    g_assert_true(sid_among(&everyone, wellknown_everybody));
    g_assert_false(sid_among(&users, wellknown_everybody));
    g_assert_false(sid_among(&everyone, nobody));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sid/binary", test_binary);
    g_test_add_func("/sid/round-trip", test_round_trip);
    g_test_add_func("/sid/text-refused", test_text_refused);
    g_test_add_func("/sid/binary-refused", test_binary_refused);
    g_test_add_func("/sid/read", test_read);
    g_test_add_func("/sid/equal", test_equal);
    g_test_add_func("/sid/domain", test_domain);
    g_test_add_func("/sid/well-known", test_well_known);
    g_test_add_func("/sid/tier0", test_tier0);
    g_test_add_func("/sid/among", test_among);
    return g_test_run();
}
