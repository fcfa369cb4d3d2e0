/* Parses the configuration file, line by line, and adds the options to it. */
#include "audit/policy.h"

#include "audit/ruleid.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define POLICY_MAX (1024 * 1024) /* bytes */

/* The file while it is read: GKeyFile parses, we only look up line numbers. */
typedef struct {
    const char *path;
    char **lines;
    Policy *policy;
} Reader;

typedef struct Key Key;
typedef bool (*KeySetter)(const Reader *reader, const Key *key, const char *section,
                          void *object, const char *value, GError **error);

struct Key {
    const char *name;
    KeySetter set;
    gsize offset;              /* of the field in the section's object */
    const char *const *values; /* the words allowed, for set_word */
    const char *argument;      /* what its value is, for people */
};

typedef struct {
    const char *name;
    bool named; /* "[group prod]" carries a name */
    void *(*begin)(Policy *policy, const char *name);
    bool (*finish)(const Reader *reader, const char *section, void *object,
                   GError **error);
    const Key *keys;
} Section;

static void
waiver_free(gpointer data)
{
    Waiver *waiver = data;
    g_free(waiver->name);
    g_free(waiver->subject);
    g_free(waiver->target);
    g_free(waiver->reason);
    g_free(waiver->until);
    g_free(waiver);
}

Policy *
policy_new(void)
{
    Policy *policy = g_new0(Policy, 1);
    policy->uris = g_ptr_array_new_with_free_func(g_free);
    policy->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_spec_free);
    policy->operator_users = g_ptr_array_new_with_free_func(g_free);
    policy->operator_groups = g_ptr_array_new_with_free_func(g_free);
    policy->waivers = g_ptr_array_new_with_free_func(waiver_free);
    return policy;
}

void
policy_free(Policy *policy)
{
    if (!policy)
        return;
    g_free(policy->file);
    g_free(policy->domain);
    g_free(policy->mech);
    g_ptr_array_unref(policy->uris);
    g_ptr_array_unref(policy->groups);
    g_ptr_array_unref(policy->operator_users);
    g_ptr_array_unref(policy->operator_groups);
    g_ptr_array_unref(policy->waivers);
    g_free(policy);
}

/* The name between the brackets of a section line, or NULL. */
static char *
section_of_line(const char *line)
{
    const char *close = strrchr(line, ']');
    return line[0] == '[' && close ? g_strndup(line + 1, (gsize)(close - line - 1))
                                   : NULL;
}

static char *
key_of_line(const char *line)
{
    const char *equals = strchr(line, '=');
    if (line[0] == '#' || line[0] == '[' || !equals)
        return NULL;
    return g_strstrip(g_strndup(line, (gsize)(equals - line)));
}

/* The 1-based line of a section, or of a key in it. */
static guint
line_of(const Reader *reader, const char *section, const char *key)
{
    bool inside = false;
    for (guint i = 0; reader->lines[i]; i++) {
        g_autofree char *name = section_of_line(reader->lines[i]);
        if (name) {
            inside = strcmp(name, section) == 0;
            if (inside && !key)
                return i + 1;
        } else if (inside && key) {
            g_autofree char *found = key_of_line(reader->lines[i]);
            if (found && strcmp(found, key) == 0)
                return i + 1;
        }
    }
    return 1;
}

static bool
fail_at(const Reader *reader, const char *section, const char *key, GError **error,
        const char *format, ...) G_GNUC_PRINTF(5, 6);

static bool
fail_at(const Reader *reader, const char *section, const char *key, GError **error,
        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
    return fault_set(error, FAULT_CONFIG, "%s:%u: %s", reader->path,
                     line_of(reader, section, key), shown);
}

static void *
field_of(void *object, const Key *key)
{
    return (char *)object + key->offset;
}

static bool
set_text(const Reader *reader, const Key *key, const char *section, void *object,
         const char *value, GError **error)
{
    if (!*value)
        return fail_at(reader, section, key->name, error, "%s has no value", key->name);
    char **field = field_of(object, key);
    g_free(*field);
    *field = g_strdup(value);
    return true;
}

static bool
set_list(const Reader *reader, const Key *key, const char *section, void *object,
         const char *value, GError **error)
{
    GPtrArray *list = *(GPtrArray **)field_of(object, key);
    g_auto(GStrv) parts = g_strsplit(value, ";", -1);
    for (char **part = parts; *part; part++)
        if (*g_strstrip(*part))
            g_ptr_array_add(list, g_strdup(*part));
    if (list->len == 0)
        return fail_at(reader, section, key->name, error, "%s has no value", key->name);
    return true;
}

static bool
find_word(const Reader *reader, const Key *key, const char *section, const char *value,
          guint *ret_index, GError **error)
{
    for (guint i = 0; key->values[i]; i++) {
        if (strcmp(key->values[i], value) == 0) {
            *ret_index = i;
            return true;
        }
    }
    g_autofree char *allowed = g_strjoinv(", ", (char **)key->values);
    return fail_at(reader, section, key->name, error, "%s=%s is not one of: %s",
                   key->name, value, allowed);
}

/* One word of key->values; the enum is its index. */
static bool
set_word(const Reader *reader, const Key *key, const char *section, void *object,
         const char *value, GError **error)
{
    guint index = 0;
    if (!find_word(reader, key, section, value, &index, error))
        return false;
    *(int *)field_of(object, key) = (int)index;
    return true;
}

/* The same, and that it was said. */
static bool
set_scope(const Reader *reader, const Key *key, const char *section, void *object,
          const char *value, GError **error)
{
    reader->policy->reach_given = true;
    return set_word(reader, key, section, object, value, error);
}

/* The same where the field keeps the word. */
static bool
set_word_text(const Reader *reader, const Key *key, const char *section, void *object,
              const char *value, GError **error)
{
    guint index = 0;
    return find_word(reader, key, section, value, &index, error) &&
           set_text(reader, key, section, object, value, error);
}

/* Words of key->values, as bits by their index. */
static bool
set_bits(const Reader *reader, const Key *key, const char *section, void *object,
         const char *value, GError **error)
{
    guint bits = 0;
    g_auto(GStrv) parts = g_strsplit(value, ";", -1);
    for (char **part = parts; *part; part++) {
        guint index = 0;
        if (!*g_strstrip(*part))
            continue;
        if (!find_word(reader, key, section, *part, &index, error))
            return false;
        bits |= 1u << index;
    }
    if (bits == 0)
        return fail_at(reader, section, key->name, error, "%s has no value", key->name);
    *(guint *)field_of(object, key) = bits;
    return true;
}

static bool
set_rule(const Reader *reader, const Key *key, const char *section, void *object,
         const char *value, GError **error)
{
    Waiver *waiver = object;
    waiver->ruled = rule_parse(value, &waiver->rule);
    if (!waiver->ruled)
        return fail_at(
            reader, section, key->name, error,
            "rule=%s is not a rule; rules are named like DEL-01 (see: kcdaudit rules)",
            value);
    return true;
}

/* A day, YYYY-MM-DD: the waiver holds to its end in UTC. */
static bool
set_day(const Reader *reader, const Key *key, const char *section, void *object,
        const char *value, GError **error)
{
    Waiver *waiver = object;
    g_autoptr(GDateTime) day = NULL;
    if (g_regex_match_simple("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", value, 0, 0))
        day = g_date_time_new_utc(atoi(value), atoi(value + 5), atoi(value + 8), 0, 0, 0);
    if (!day)
        return fail_at(reader, section, key->name, error,
                       "until=%s is not a date; write YYYY-MM-DD", value);
    waiver->until_us = (g_date_time_to_unix(day) + 24 * 60 * 60) * G_USEC_PER_SEC;
    return set_text(reader, key, section, object, value, error);
}

static void *
begin_policy(Policy *policy, const char *name)
{
    (void)name;
    return policy;
}

static void *
begin_group(Policy *policy, const char *name)
{
    GroupSpec *spec = group_spec_new(name, ORIGIN_CONFIG);
    g_ptr_array_add(policy->groups, spec);
    return spec;
}

static bool
finish_group(const Reader *reader, const char *section, void *object, GError **error)
{
    const GroupSpec *spec = object;
    if (spec->hosts->len + spec->hosts_in->len + spec->member_of->len == 0)
        return fail_at(reader, section, NULL, error,
                       "[%s] names no hosts: give hosts, hosts_in or hosts_member_of",
                       section);
    return true;
}

static void *
begin_waiver(Policy *policy, const char *name)
{
    Waiver *waiver = g_new0(Waiver, 1);
    waiver->name = g_strdup(name);
    g_ptr_array_add(policy->waivers, waiver);
    return waiver;
}

static bool
finish_waiver(const Reader *reader, const char *section, void *object, GError **error)
{
    const Waiver *waiver = object;
    if (!waiver->ruled)
        return fail_at(reader, section, NULL, error, "[%s] names no rule", section);
    if (!waiver->reason)
        return fail_at(reader, section, NULL, error, "[%s] gives no reason", section);
    return true;
}

static const char *const mech_words[] = {"GSS-SPNEGO", "GSSAPI", "EXTERNAL", NULL};
static const char *const service_words[] = {"cifs", "migration", NULL};
static const char *const mode_words[] = {"either", "kcd", "rbcd", NULL};
static const char *const pt_words[] = {"default", "required", "optional", "forbidden",
                                       NULL};
static const char *const name_words[] = {"both", "fqdn", "short", NULL};

static const char *const scope_words[] = {"hosts", "domain", "forest", NULL};

static const Key directory_keys[] = {
    {"domain", set_text, G_STRUCT_OFFSET(Policy, domain), NULL, "DOMAIN"},
    {"uri", set_list, G_STRUCT_OFFSET(Policy, uris), NULL, "URI"},
    {"scope", set_scope, G_STRUCT_OFFSET(Policy, reach), scope_words, "SCOPE"},
    {"mech", set_word_text, G_STRUCT_OFFSET(Policy, mech), mech_words, "MECH"},
    {NULL, NULL, 0, NULL, NULL},
};

static const Key group_keys[] = {
    {"hosts", set_list, G_STRUCT_OFFSET(GroupSpec, hosts), NULL, "NAME"},
    {"hosts_in", set_list, G_STRUCT_OFFSET(GroupSpec, hosts_in), NULL, "DN"},
    {"hosts_member_of", set_list, G_STRUCT_OFFSET(GroupSpec, member_of), NULL, "DN"},
    {"storage", set_list, G_STRUCT_OFFSET(GroupSpec, storage), NULL, "NAME"},
    {"services", set_bits, G_STRUCT_OFFSET(GroupSpec, services), service_words,
     "SERVICE"},
    {"mode", set_word, G_STRUCT_OFFSET(GroupSpec, mode), mode_words, "MODE"},
    {"protocol_transition", set_word, G_STRUCT_OFFSET(GroupSpec, pt), pt_words, "WHEN"},
    {"names", set_word, G_STRUCT_OFFSET(GroupSpec, names), name_words, "NAMES"},
    {NULL, NULL, 0, NULL, NULL},
};

static const Key operator_keys[] = {
    {"users", set_list, G_STRUCT_OFFSET(Policy, operator_users), NULL, "USER"},
    {"groups", set_list, G_STRUCT_OFFSET(Policy, operator_groups), NULL, "DN"},
    {NULL, NULL, 0, NULL, NULL},
};

static const Key waiver_keys[] = {
    {"rule", set_rule, G_STRUCT_OFFSET(Waiver, rule), NULL, "RULE"},
    {"subject", set_text, G_STRUCT_OFFSET(Waiver, subject), NULL, "NAME"},
    {"target", set_text, G_STRUCT_OFFSET(Waiver, target), NULL, "NAME"},
    {"reason", set_text, G_STRUCT_OFFSET(Waiver, reason), NULL, "TEXT"},
    {"until", set_day, G_STRUCT_OFFSET(Waiver, until), NULL, "DATE"},
    {NULL, NULL, 0, NULL, NULL},
};

static const Section sections[] = {
    {"directory", false, begin_policy, NULL, directory_keys},
    {"group", true, begin_group, finish_group, group_keys},
    {"operators", false, begin_policy, NULL, operator_keys},
    {"waive", true, begin_waiver, finish_waiver, waiver_keys},
};

/* The row for "group prod", and where its own name begins. */
static const Section *
section_find(const char *header, const char **ret_name)
{
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
        const Section *section = &sections[i];
        gsize length = strlen(section->name);
        if (!section->named && strcmp(header, section->name) == 0) {
            *ret_name = "";
            return section;
        }
        if (section->named && strncmp(header, section->name, length) == 0 &&
            header[length] == ' ') {
            *ret_name = header + length + 1;
            return **ret_name ? section : NULL;
        }
    }
    return NULL;
}

/* GKeyFile merges what stands twice; an administrator would lose the first. */
static bool
refuse_doubles(const Reader *reader, GError **error)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *section = g_strdup("");
    for (guint i = 0; reader->lines[i]; i++) {
        g_autofree char *name = section_of_line(reader->lines[i]);
        g_autofree char *key = name ? NULL : key_of_line(reader->lines[i]);
        if (!name && !key)
            continue;
        if (name) {
            g_free(section);
            section = g_strdup(name);
        }
        if (!g_hash_table_add(seen, g_strdup_printf("%s\n%s", section, key ? key : "")))
            return fault_set(error, FAULT_CONFIG, "%s:%u: %s%s%s is given twice",
                             reader->path, i + 1, key ? key : "[", key ? "" : section,
                             key ? "" : "]");
    }
    return true;
}

/* The line GKeyFile stumbled over: the shortest prefix that fails. */
static guint
line_of_parse_error(const Reader *reader)
{
    guint low = 0, high = g_strv_length(reader->lines);
    while (low + 1 < high) {
        guint middle = low + (high - low) / 2;
        char *kept = reader->lines[middle];
        reader->lines[middle] = NULL;
        g_autofree char *prefix = g_strjoinv("\n", reader->lines);
        reader->lines[middle] = kept;
        g_autoptr(GKeyFile) probe = g_key_file_new();
        if (g_key_file_load_from_data(probe, prefix, (gsize)-1, G_KEY_FILE_NONE, NULL))
            low = middle;
        else
            high = middle;
    }
    return high;
}

static bool
read_section(const Reader *reader, GKeyFile *file, const char *header, GError **error)
{
    const char *name = NULL;
    const Section *section = section_find(header, &name);
    if (!section)
        return fail_at(
            reader, header, NULL, error,
            "unknown section [%s]; there are [directory], [group NAME], [operators] "
            "and [waive NAME]",
            header);
    void *object = section->begin(reader->policy, name);
    g_auto(GStrv) keys = g_key_file_get_keys(file, header, NULL, NULL);
    for (char **at = keys; at && *at; at++) {
        const Key *key = section->keys;
        while (key->name && strcmp(key->name, *at) != 0)
            key++;
        if (!key->name)
            return fail_at(reader, header, *at, error, "unknown key %s in [%s]", *at,
                           header);
        /* The raw value: DOMAIN\user is no escape sequence here. */
        g_autofree char *value = g_key_file_get_value(file, header, *at, NULL);
        if (!value || !g_utf8_validate(value, -1, NULL))
            return fail_at(reader, header, *at, error, "%s is not UTF-8", *at);
        if (!key->set(reader, key, header, object, g_strstrip(value), error))
            return false;
    }
    return !section->finish || section->finish(reader, header, object, error);
}

bool
policy_load(const char *path, Policy **ret_policy, GError **error)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!file_read(path, POLICY_MAX, FAULT_CONFIG, &text, &length, error))
        return false;
    if (strlen(text) != length)
        return fault_set(error, FAULT_CONFIG,
                         "%s: contains a NUL byte; is it a text "
                         "file?",
                         path);

    g_autoptr(Policy) policy = policy_new();
    policy->file = g_strdup(path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        g_strchomp(*line);
    Reader reader = {path, lines, policy};

    g_autoptr(GKeyFile) file = g_key_file_new();
    if (*text && !g_key_file_load_from_data(file, text, length, G_KEY_FILE_NONE, NULL))
        return fault_set(error, FAULT_CONFIG,
                         "%s:%u: neither [section], key=value nor # comment", path,
                         line_of_parse_error(&reader));
    if (!refuse_doubles(&reader, error))
        return false;
    g_auto(GStrv) headers = g_key_file_get_groups(file, NULL);
    for (char **header = headers; *header; header++)
        if (!read_section(&reader, file, *header, error))
            return false;
    *ret_policy = g_steal_pointer(&policy);
    return true;
}

bool
policy_key(guint index, PolicyKey *ret_key)
{
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
        for (const Key *key = sections[i].keys; key->name; key++) {
            if (index-- > 0)
                continue;
            *ret_key = (PolicyKey){
                .section = sections[i].name,
                .named = sections[i].named,
                .key = key->name,
                .argument = key->argument,
                .values = key->values,
                .many = key->set == set_list || key->set == set_bits,
            };
            return true;
        }
    }
    return false;
}
