/* One host's facts from JSON: whatever has another type or size than a host writes is
 * refused, with the place. */
#include "facts_file.h"

#include "base/fault.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf16.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "kcdaudit.facts/1"
#define SID_EXPECTED "a SID (S-1-5-...) was expected"
#define OFFSET_MAX 4e9 /* seconds; more is no clock */

/* Where a part is read from.  The first thing that is wrong stays. */
typedef struct {
    const char *place; /* "hyperv" */
    char *wrong;       /* "hyperv.networks[2]: no network"; NULL: nothing so far */
} Reading;

static void
refuse(Reading *reading, const char *key, const char *what)
{
    if (!reading->wrong)
        reading->wrong = g_strdup_printf("%s%s%s: %s", reading->place,
                                         *reading->place && *key ? "." : "", key, what);
}

/* Whether it is a text of sane length. */
static const char *
text_in(Reading *reading, const char *key, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) > MOST_FACTS_TEXT) {
        g_autofree char *says = limit_says(LIMIT_FACTS_TEXT);
        refuse(reading, key, text ? says : "a text was expected");
        return "";
    }
    return text;
}

static const char *
text_at(Reading *reading, const json_t *object, const char *key)
{
    return text_in(reading, key, json_object_get(object, key));
}

/* NULL: null, or not there. */
static char *
optional_text(Reading *reading, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return !value || json_is_null(value) ? NULL : g_strdup(text_in(reading, key, value));
}

static bool
bool_at(Reading *reading, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_boolean(value))
        refuse(reading, key, "true or false was expected");
    return json_is_true(value);
}

static guint
number_in(Reading *reading, const char *key, const json_t *value, guint most)
{
    json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= 0 && number <= (json_int_t)most)
        return (guint)number;
    refuse(reading, key, "a whole number in its range was expected");
    return 0;
}

static guint
number_at(Reading *reading, const json_t *object, const char *key, guint most)
{
    return number_in(reading, key, json_object_get(object, key), most);
}

/* Calls `take` for each element.  Windows PowerShell may write a list of one as its
 * element. */
static void
each_in(Reading *reading, const json_t *object, const char *key,
        void (*take)(Reading *reading, const char *key, const json_t *value, void *into),
        void *into)
{
    const json_t *list = json_object_get(object, key);
    if (json_is_string(list) || json_is_object(list) || json_is_integer(list)) {
        take(reading, key, list, into);
        return;
    }
    if (!json_is_array(list) || json_array_size(list) > MOST_FACTS_LIST) {
        g_autofree char *says = limit_says(LIMIT_FACTS_LIST);
        refuse(reading, key, json_is_array(list) ? says : "a list was expected");
        return;
    }
    for (gsize i = 0; i < json_array_size(list) && !reading->wrong; i++) {
        g_autofree char *name = g_strdup_printf("%s[%" G_GSIZE_FORMAT "]", key, i);
        take(reading, name, json_array_get(list, i), into);
    }
}

static void
take_text(Reading *reading, const char *key, const json_t *value, void *into)
{
    g_ptr_array_add(into, g_strdup(text_in(reading, key, value)));
}

static GPtrArray *
texts_at(Reading *reading, const json_t *object, const char *key)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    each_in(reading, object, key, take_text, texts);
    return texts;
}

static void
take_net(Reading *reading, const char *key, const json_t *value, void *into)
{
    FactsNet *net = facts_net_parse(text_in(reading, key, value));
    if (net)
        g_ptr_array_add(into, net);
    else
        refuse(reading, key, "an address or a network (10.0.1.0/24) was expected");
}

static void
take_sid(Reading *reading, const json_t *object, Sid *ret_sid)
{
    if (!sid_parse_text(text_at(reading, object, "sid"), ret_sid))
        refuse(reading, "sid", SID_EXPECTED);
}

/* The parts. */

static void
read_hyperv(Reading *reading, const json_t *part, HostFacts *facts)
{
    facts->migration_enabled = bool_at(reading, part, "migration_enabled");
    facts->auth = number_at(reading, part, "authentication", 1000);
    facts->limit = number_at(reading, part, "maximum_migrations", 1000000);
    facts->any_network = bool_at(reading, part, "any_network");
    each_in(reading, part, "networks", take_net, facts->networks);
}

static void
read_addresses(Reading *reading, const json_t *part, HostFacts *facts)
{
    each_in(reading, part, "list", take_net, facts->addresses);
}

static void
read_guard(Reading *reading, const json_t *part, HostFacts *facts)
{
    facts->guard_runs = bool_at(reading, part, "running");
}

static void
take_member(Reading *reading, const char *key, const json_t *value, void *into)
{
    FactsMember *member = g_new0(FactsMember, 1);
    (void)key;
    take_sid(reading, value, &member->sid);
    member->name = optional_text(reading, value, "name");
    g_ptr_array_add(into, member);
}

static void
take_group(Reading *reading, const char *key, const json_t *value, void *into)
{
    FactsGroup *group = g_new0(FactsGroup, 1);
    (void)key;
    group->members = g_ptr_array_new_with_free_func(facts_member_free);
    take_sid(reading, value, &group->sid);
    group->name = optional_text(reading, value, "name");
    each_in(reading, value, "members", take_member, group->members);
    g_ptr_array_add(into, group);
}

static void
read_groups(Reading *reading, const json_t *part, HostFacts *facts)
{
    each_in(reading, part, "list", take_group, facts->groups);
}

static void
take_port(Reading *reading, const char *key, const json_t *value, void *into)
{
    guint16 port = (guint16)number_in(reading, key, value, G_MAXUINT16);
    g_array_append_val((GArray *)into, port);
}

static void
read_listening(Reading *reading, const json_t *part, HostFacts *facts)
{
    each_in(reading, part, "ports", take_port, facts->listening);
}

static void
take_rule(Reading *reading, const char *key, const json_t *value, void *into)
{
    FactsPort *port = g_new0(FactsPort, 1);
    (void)key;
    port->port = (guint16)number_at(reading, value, "port", G_MAXUINT16);
    port->rules = texts_at(reading, value, "rules");
    g_ptr_array_add(into, port);
}

static void
read_firewall(Reading *reading, const json_t *part, HostFacts *facts)
{
    facts->firewall_blocks = bool_at(reading, part, "blocks");
    each_in(reading, part, "allowed", take_rule, facts->allowed);
}

static void
take_right(Reading *reading, const char *key, const json_t *value, void *into)
{
    FactsRight *right = g_new0(FactsRight, 1);
    (void)key;
    right->right = g_strdup(text_at(reading, value, "right"));
    right->principals = texts_at(reading, value, "principals");
    g_ptr_array_add(into, right);
}

static void
read_rights(Reading *reading, const json_t *part, HostFacts *facts)
{
    each_in(reading, part, "list", take_right, facts->rights);
}

static void
read_clock(Reading *reading, const json_t *part, HostFacts *facts)
{
    const json_t *offset = json_object_get(part, "offset_seconds");
    facts->clock_offset_s = json_number_value(offset);
    if (!json_is_number(offset) || !(fabs(facts->clock_offset_s) < OFFSET_MAX))
        refuse(reading, "offset_seconds", "a number of seconds was expected");
}

static void (*const readers[FACTS_PARTS])(Reading *reading, const json_t *part,
                                          HostFacts *facts) = {
    [FACTS_HYPERV] = read_hyperv,       [FACTS_ADDRESSES] = read_addresses,
    [FACTS_GUARD] = read_guard,         [FACTS_GROUPS] = read_groups,
    [FACTS_LISTENING] = read_listening, [FACTS_FIREWALL] = read_firewall,
    [FACTS_RIGHTS] = read_rights,       [FACTS_CLOCK] = read_clock,
};

static void
take_reason(Reading *reading, const char *key, const json_t *value, void *into)
{
    HostFacts *facts = into;
    const char *part = text_at(reading, value, "fact");
    const char *why = text_at(reading, value, "why");
    (void)key;
    for (guint i = 0; i < FACTS_PARTS; i++)
        if (strcmp(facts_parts[i], part) == 0 && !facts->why[i])
            facts->why[i] = g_strdup(why);
}

static void
read_parts(Reading *reading, const json_t *root, HostFacts *facts)
{
    if (json_object_get(root, "not_read"))
        each_in(reading, root, "not_read", take_reason, facts);
    for (guint i = 0; i < FACTS_PARTS && !reading->wrong; i++) {
        const json_t *part = json_object_get(root, facts_parts[i]);
        reading->place = facts_parts[i];
        if (!part || json_is_null(part)) {
            if (!facts->why[i])
                facts->why[i] = g_strdup("the file does not tell it");
            continue;
        }
        g_clear_pointer(&facts->why[i], g_free);
        if (json_is_object(part))
            readers[i](reading, part, facts);
        else
            refuse(reading, "", "an object was expected");
    }
}

static void
read_head(Reading *reading, const json_t *root, HostFacts *facts)
{
    const json_t *host = json_object_get(root, "host");
    g_autoptr(GDateTime) time =
        g_date_time_new_from_iso8601(text_at(reading, root, "collected"), NULL);
    if (time)
        facts->collected_us = g_date_time_to_unix(time) * G_USEC_PER_SEC;
    else
        refuse(reading, "collected", "a time (2026-11-17T09:12:00Z) was expected");
    reading->place = "host";
    facts->name = g_strdup(text_at(reading, host, "name"));
    facts->fqdn = optional_text(reading, host, "fqdn");
    facts->domain = optional_text(reading, host, "domain");
    facts->cluster = optional_text(reading, host, "cluster");
    g_autofree char *machine = optional_text(reading, host, "machine_sid");
    if (!*facts->name)
        refuse(reading, "name", "the host's name was expected");
    if (machine && !sid_parse_text(machine, &facts->machine))
        refuse(reading, "machine_sid", SID_EXPECTED);
    reading->place = "";
}

/* As UTF-8 (transfer full). */
static char *
decode(const void *data, gsize length, gsize *ret_length)
{
    gsize skip = 0;
    const guint8 *bytes = data;
    ByteMark mark = utf16_mark(data, length, &skip);
    /* Without a mark UTF-16 shows by the NUL beside the first brace. */
    bool little = mark == MARK_UTF16_LE ||
                  (mark == MARK_NONE && length > 1 && bytes[0] && !bytes[1]);
    bool big = mark == MARK_UTF16_BE ||
               (mark == MARK_NONE && length > 1 && !bytes[0] && bytes[1]);
    char *text = little || big ? utf16_decode(bytes + skip, length - skip, big, NULL)
                               : g_strndup((const char *)bytes + skip, length - skip);
    *ret_length = little || big ? strlen(text) : length - skip;
    return text;
}

/* What is wrong, in one line (transfer full); NULL: nothing. */
static char *
read_root(const json_t *root, HostFacts *facts)
{
    Reading reading = {.place = ""};
    const char *schema = json_string_value(json_object_get(root, "schema"));
    if (json_is_array(root))
        return g_strdup("a list, and a file is of one host");
    if (!json_is_object(root) || !schema)
        return g_strdup("no facts of a host: it has no \"schema\"");
    if (strcmp(schema, SCHEMA) != 0) {
        g_autofree char *cut = g_strndup(schema, 60);
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, cut);
        return g_strdup_printf("its schema is %s, and this kcdaudit reads " SCHEMA,
                               shown);
    }
    read_head(&reading, root, facts);
    if (!reading.wrong)
        read_parts(&reading, root, facts);
    return reading.wrong;
}

/* Why a text is no JSON (transfer full). */
static char *
what_is_wrong(const char *text, gsize length, const json_error_t *why)
{
    const char *first = text;
    while (first < text + length && g_ascii_isspace(*first))
        first++;
    if (first == text + length)
        return g_strdup("is empty");
    if (*first != '{' && *first != '[')
        return g_strdup("is no JSON");
    if (json_error_code(why) == json_error_end_of_input_expected)
        return g_strdup_printf(
            "line %d: something follows the facts of a host, and a file is "
            "of one host",
            why->line);
    return g_strdup_printf("line %d: %s", why->line, why->text);
}

/* A digest of the facts themselves. */
static char *
told_by(const json_t *root)
{
    char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    free(text);
    return digest;
}

bool
facts_parse(const char *path, const void *data, gsize length, HostFacts **ret_facts,
            GError **error)
{
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, path);
    g_autoptr(HostFacts) facts = host_facts_new();
    gsize size = 0;
    json_error_t why;
    g_autofree char *text = decode(data, length, &size);
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    if (!root) {
        g_autofree char *says = what_is_wrong(text, size, &why);
        g_autofree char *what = text_quoted(QUOTE_TERMINAL, says);
        return fault_set(error, FAULT_MALFORMED,
                         "%s: %s; collect it again with Get-MigrationFacts.ps1", shown,
                         what);
    }
    g_autofree char *wrong = read_root(root, facts);
    facts->told = told_by(root);
    json_decref(root);
    if (wrong)
        return fault_set(error, FAULT_MALFORMED,
                         "%s: %s; collect it again with Get-MigrationFacts.ps1", shown,
                         wrong);
    facts->path = g_strdup(path);
    facts->sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, data, length);
    *ret_facts = g_steal_pointer(&facts);
    return true;
}
