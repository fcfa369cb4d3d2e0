/* Files of facts: every way in which one can be wrong is refused with its name, and
 * nothing that a hostile file holds does more. */
#include "diagnose/facts_file.h"

#include "base/fault.h"

#include <jansson.h>
#include <string.h>

#define PATH "facts/HV01.json"

static const char sound[] =
    "{\"schema\": \"kcdaudit.facts/1\", \"collected\": \"2026-11-18T09:12:00Z\","
    " \"host\": {\"name\": \"HV01\", \"fqdn\": \"hv01.contoso.test\","
    "  \"domain\": \"contoso.test\", \"machine_sid\": \"S-1-5-21-1-2-3\"},"
    " \"hyperv\": {\"migration_enabled\": true, \"authentication\": 1,"
    "  \"maximum_migrations\": 2, \"any_network\": false, \"networks\": "
    "[\"10.0.1.0/24\"]},"
    " \"addresses\": {\"list\": [\"10.0.1.11/24\", \"fe80::1%7/64\"]},"
    " \"credential_guard\": {\"running\": true},"
    " \"groups\": {\"list\": [{\"sid\": \"S-1-5-32-578\", \"name\": \"Hyper-V\","
    "  \"members\": [{\"sid\": \"S-1-5-21-7-8-9-1104\", \"name\": "
    "\"CONTOSO\\\\alice\"}]}]},"
    " \"listening\": {\"ports\": [445, 6600]},"
    " \"firewall\": {\"blocks\": true, \"allowed\": [{\"port\": 6600, \"rules\": "
    "[\"R\"]}]},"
    " \"rights\": {\"list\": [{\"right\": \"SeNetworkLogonRight\","
    "  \"principals\": [\"*S-1-1-0\"]}]},"
    " \"clock\": {\"offset_seconds\": -0.25}, \"not_read\": []}";

static HostFacts *
parse(const void *data, gsize length, GError **error)
{
    HostFacts *facts = NULL;
    bool parsed = facts_parse(PATH, data, length, &facts, error);
    g_assert_true(parsed == (facts != NULL));
    return facts;
}

/* Whether it is taken; what is refused says in one line which file, and whose fault. */
static bool
is_taken(const void *data, gsize length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HostFacts) facts = parse(data, length, &error);
    if (facts) {
        g_assert_no_error(error);
        return true;
    }
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
    g_assert_true(g_str_has_prefix(error->message, PATH ": "));
    g_assert_null(strchr(error->message, '\n'));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    return false;
}

static void
test_sound(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HostFacts) facts = parse(sound, strlen(sound), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(facts->fqdn, ==, "hv01.contoso.test");
    g_assert_true(facts->migration_enabled);
    g_assert_cmpuint(facts->auth, ==, FACTS_KERBEROS);
    g_assert_cmpuint(facts->networks->len, ==, 1);
    g_assert_cmpuint(facts->addresses->len, ==, 2);
    g_assert_nonnull(host_facts_group(facts, 578));
    g_assert_null(host_facts_group(facts, 544));
    g_assert_true(host_facts_listens(facts, 6600));
    g_assert_false(host_facts_listens(facts, 5985));
    g_assert_nonnull(host_facts_right(facts, "senetworklogonright"));
    g_assert_cmpfloat(facts->clock_offset_s, ==, -0.25);
    for (guint i = 0; i < FACTS_PARTS; i++)
        g_assert_null(facts->why[i]);
}

/* As Windows tools save it. */
static void
test_encodings(void)
{
    static const char bom[] = "\xEF\xBB\xBF";
    g_autofree char *marked = g_strconcat(bom, sound, NULL);
    g_assert_true(is_taken(marked, strlen(marked)));
    const char *const wide[] = {"UTF-16LE", "UTF-16BE", "UTF-16"};
    for (guint i = 0; i < G_N_ELEMENTS(wide); i++) {
        gsize length = 0;
        g_autofree char *data =
            g_convert(sound, -1, wide[i], "UTF-8", NULL, &length, NULL);
        g_assert_true(is_taken(data, length));
        g_assert_false(is_taken(data, length - 1));
    }
}

/* Cut short anywhere, no file says less than it did: it is refused. */
static void
test_truncated(void)
{
    for (gsize length = 0; length < strlen(sound); length++) {
        g_autofree char *data = g_memdup2(sound, length + 1);
        g_assert_false(is_taken(data, length));
    }
}

/* Each value in turn, of whatever depth, by another. */
static void
replace_each(json_t *root, json_t *value, json_t *other)
{
    const char *key;
    json_t *inner;
    void *next;
    json_object_foreach_safe(value, next, key, inner)
    {
        g_autofree char *name = g_strdup(key);
        json_t *kept = json_incref(inner);
        replace_each(root, kept, other);
        json_object_set(value, name, other);
        char *text = json_dumps(root, 0);
        is_taken(text, strlen(text));
        free(text);
        json_object_set_new(value, name, kept);
    }
    for (gsize i = 0; i < json_array_size(value); i++) {
        json_t *kept = json_incref(json_array_get(value, i));
        replace_each(root, kept, other);
        json_array_set(value, i, other);
        char *text = json_dumps(root, 0);
        is_taken(text, strlen(text));
        free(text);
        json_array_set_new(value, i, kept);
    }
}

static void
test_wrong_types(void)
{
    g_autofree char *text = g_strnfill(5000, 'x');
    json_t *others[] = {json_null(),
                        json_true(),
                        json_integer(-1),
                        json_real(0.5),
                        json_string(""),
                        json_string(text),
                        json_array(),
                        json_object(),
                        json_integer(G_MAXINT64),
                        json_string("S-1-5-21-1-2-3-4"),
                        json_real(1e300)};
    json_t *root = json_loads(sound, 0, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        replace_each(root, root, others[i]);
        json_decref(others[i]);
    }
    json_decref(root);
}

/* What says less than a host does is refused, and never "nobody" or "off". */
static void
test_missing_values(void)
{
    const char *const needed[][2] = {
        {"\"migration_enabled\": true, ", ""},
        {"\"networks\": [\"10.0.1.0/24\"]", "\"networks\": null"},
        {"\"members\": [{\"sid\": \"S-1-5-21-7-8-9-1104\", \"name\": "
         "\"CONTOSO\\\\alice\"}]",
         "\"members\": null"},
        {"\"running\": true", "\"runs\": true"},
        {"\"ports\": [445, 6600]", "\"ports\": [445, 66000]"},
        {"\"rules\": [\"R\"]", "\"rules\": [7]"},
        {"-0.25", "\"0,25\""},
        {"2026-11-18T09:12:00Z", "18.11.2026 09:12"},
        {"\"name\": \"HV01\"", "\"name\": \"\""},
        {"kcdaudit.facts/1", "kcdaudit.facts/2"},
        {"S-1-5-32-578", "S-1-5-32-578-x"},
        {"10.0.1.0/24", "10.0.1.0/33"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(needed); i++) {
        g_auto(GStrv) parts = g_strsplit(sound, needed[i][0], 2);
        g_assert_nonnull(parts[1]);
        g_autofree char *text = g_strjoinv(needed[i][1], parts);
        g_assert_false(is_taken(text, strlen(text)));
    }
}

static void
test_hostile(void)
{
    g_autofree char *deep = g_strnfill(200000, '[');
    g_autofree char *nul = g_strconcat(sound, NULL);
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "null",
        "MZ\x90",
        "\xff\xfe",
        "{\"schema\": \"kcdaudit.facts/1\", \"schema\": \"kcdaudit.facts/1\"}",
        "{\"schema\": 99999999999999999999999999}",
        "{\"schema\": \"\x1b[31m\\u001b[2J\"}",
        "<html>",
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(is_taken(bad[i], strlen(bad[i])));
    g_assert_false(is_taken(deep, strlen(deep)));
    nul[40] = '\0';
    g_assert_false(is_taken(nul, strlen(sound)));
}

/* A list too long to be a host's: beyond MOST_FACTS_LIST. */
static void
test_long_list(void)
{
    json_t *root = json_loads(sound, 0, NULL);
    json_t *ports = json_object_get(json_object_get(root, "listening"), "ports");
    for (guint i = 0; i < 5001; i++)
        json_array_append_new(ports, json_integer(1));
    char *text = json_dumps(root, 0);
    g_assert_false(is_taken(text, strlen(text)));
    free(text);
    json_decref(root);
}

static void
test_reasons(void)
{
    static const char text[] =
        "{\"schema\": \"kcdaudit.facts/1\", \"collected\": \"2026-11-18T09:12:00Z\","
        " \"host\": {\"name\": \"HV01\"}, \"hyperv\": null,"
        " \"not_read\": {\"fact\": \"hyperv\", \"why\": \"stopped\"}}";
    g_autoptr(GError) error = NULL;
    g_autoptr(HostFacts) facts = parse(text, strlen(text), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(facts->why[FACTS_HYPERV], ==, "stopped");
    g_assert_cmpstr(facts->why[FACTS_CLOCK], ==, "the file does not tell it");
    g_assert_null(facts->fqdn);
}

static void
test_networks(void)
{
    static const struct {
        const char *net;
        const char *address;
        bool holds;
    } cases[] = {
        {"10.0.1.0/24", "10.0.1.255", true},     {"10.0.1.0/24", "10.0.2.1/24", false},
        {"10.0.0.0/20", "10.0.15.9", true},      {"10.0.0.0/20", "10.0.16.1", false},
        {"0.0.0.0/0", "192.168.1.1", true},      {"10.0.1.7", "10.0.1.7/24", true},
        {"10.0.1.7", "10.0.1.8", false},         {"fd00:1::/64", "fd00:1::5/64", true},
        {"fd00:1::/64", "fd00:1:0:1::5", false}, {"::/0", "10.0.0.1", false},
        {"fe80::/10", "fe80::1%12/64", true},
    };
    static const char *const bad[] = {"",           "x",           "10.0.1",
                                      "10.0.1.0/",  "10.0.1.0/-1", "10.0.1.0/33",
                                      "fd00::/129", "fd00::1::2",  "/24"};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        FactsNet *net = facts_net_parse(cases[i].net);
        FactsNet *address = facts_net_parse(cases[i].address);
        g_assert_true(net && address);
        g_assert_true(facts_net_holds(net, address) == cases[i].holds);
        facts_net_free(net);
        facts_net_free(address);
    }
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_null(facts_net_parse(bad[i]));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/facts/sound", test_sound);
    g_test_add_func("/facts/encodings", test_encodings);
    g_test_add_func("/facts/truncated", test_truncated);
    g_test_add_func("/facts/wrong-types", test_wrong_types);
    g_test_add_func("/facts/missing-values", test_missing_values);
    g_test_add_func("/facts/hostile", test_hostile);
    g_test_add_func("/facts/long-list", test_long_list);
    g_test_add_func("/facts/reasons", test_reasons);
    g_test_add_func("/facts/networks", test_networks);
    return g_test_run();
}
