/* Parses the configuration file, line by line, and adds the options to it.
 *
 * Longer than most: one grammar, whose sections and keys refuse with one another's
 * lines. */
#include "audit/policy.h"

#include "audit/ruleid.h"
#include "audit/workloads.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf16.h"
#include "model/dn.h"
#include "model/spn.h"
#include "model/written.h"

#include <stdlib.h>
#include <string.h>

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
    policy->files = g_ptr_array_new_with_free_func(g_free);
    policy->uris = g_ptr_array_new_with_free_func(g_free);
    policy->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_spec_free);
    policy->declarations =
        g_ptr_array_new_with_free_func((GDestroyNotify)declaration_free);
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
    g_ptr_array_unref(policy->files);
    g_free(policy->domain);
    g_free(policy->mech);
    g_ptr_array_unref(policy->uris);
    g_ptr_array_unref(policy->groups);
    g_ptr_array_unref(policy->declarations);
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
check_list(const Reader *reader, const Key *key, const char *section,
           const GPtrArray *list, GError **error)
{
    g_autofree char *says = limit_says(LIMIT_CONFIG_VALUES);
    if (list->len == 0)
        return fail_at(reader, section, key->name, error, "%s has no value", key->name);
    return list->len <= MOST_CONFIG_VALUES ||
           fail_at(reader, section, key->name, error,
                   "%s: %s; write a pattern, an organizational unit or a group",
                   key->name, says);
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
    return check_list(reader, key, section, list, error);
}

/* Containers or groups: a DN of AD ends in its domain. */
static bool
set_dns(const Reader *reader, const Key *key, const char *section, void *object,
        const char *value, GError **error)
{
    GPtrArray *list = *(GPtrArray **)field_of(object, key);
    if (!set_list(reader, key, section, object, value, error))
        return false;
    for (guint i = 0; i < list->len; i++) {
        const char *dn = list->pdata[i];
        g_autofree char *domain = dn_domain(dn);
        if (!domain)
            return fail_at(reader, section, key->name, error,
                           "%s=%s is no whole DN, as in OU=Hyper-V,DC=contoso,DC=com",
                           key->name, dn);
    }
    return true;
}

/* Domain controllers, as --uri takes them. */
static bool
set_uris(const Reader *reader, const Key *key, const char *section, void *object,
         const char *value, GError **error)
{
    GPtrArray *list = *(GPtrArray **)field_of(object, key);
    if (!set_list(reader, key, section, object, value, error))
        return false;
    for (guint i = 0; i < list->len; i++) {
        char *uri = text_ldap_uri(list->pdata[i]);
        g_free(list->pdata[i]);
        list->pdata[i] = uri;
        if (!text_is_ldap_uri(uri))
            return fail_at(reader, section, key->name, error,
                           "uri=%s is neither ldap:// nor ldaps://", uri);
    }
    return true;
}

/* A list of hosts or accounts, as people write them. */
static bool
set_names(const Reader *reader, const Key *key, const char *section, void *object,
          const char *value, GError **error)
{
    GPtrArray *list = *(GPtrArray **)field_of(object, key);
    written_split(value, list);
    return check_list(reader, key, section, list, error);
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

/* One word more: that it was said matters. */
static bool
set_mode(const Reader *reader, const Key *key, const char *section, void *object,
         const char *value, GError **error)
{
    Declaration *declaration = object;
    declaration->mode_given = true;
    return set_word(reader, key, section, object, value, error);
}

/* A port, or the name of an instance. */
static bool
is_port(const char *text)
{
    guint64 port = 0;
    return *text && !strpbrk(text, ":/*? ") &&
           (text[strspn(text, "0123456789")] != '\0' ||
            g_ascii_string_to_unsigned(text, 10, 1, 65535, &port, NULL));
}

/* A class of SPNs, or class:port. */
static bool
is_class(const char *text)
{
    g_autofree char *class = g_strndup(text, strcspn(text, ":"));
    const char *port = text[strlen(class)] ? text + strlen(class) + 1 : NULL;
    g_autofree char *spn = spn_of(class, "host");
    g_autoptr(Spn) parsed = spn_parse(spn);
    return parsed && !strpbrk(class, "/*?") && text_equal(parsed->class, class) &&
           (!port || is_port(port));
}

/* What live migration needs goes by a word or by its class; anything else is a class. */
static bool
take_service(const Reader *reader, const Key *key, const char *section, GroupSpec *spec,
             const char *word, GError **error)
{
    for (Service service = 0; service < SERVICE_COUNT; service++) {
        if (strcmp(word, service_names[service]) == 0 ||
            text_equal(word, service_classes[service])) {
            spec->services |= 1u << service;
            return true;
        }
    }
    if (!is_class(word))
        return fail_at(reader, section, key->name, error,
                       "%s=%s is neither cifs, migration nor a class of SPNs, as in HTTP "
                       "or MSSQLSvc:1433",
                       key->name, word);
    g_ptr_array_add(spec->classes, g_strdup(word));
    return true;
}

static bool
set_services(const Reader *reader, const Key *key, const char *section, void *object,
             const char *value, GError **error)
{
    GroupSpec *spec = object;
    g_auto(GStrv) parts = g_strsplit(value, ";", -1);
    spec->services = 0;
    for (char **part = parts; *part; part++)
        if (*g_strstrip(*part) && !take_service(reader, key, section, spec, *part, error))
            return false;
    if (spec->services == 0 && spec->classes->len == 0)
        return fail_at(reader, section, key->name, error, "%s has no value", key->name);
    return true;
}

static bool
set_workload(const Reader *reader, const Key *key, const char *section, void *object,
             const char *value, GError **error)
{
    const Workloads *workloads = workloads_builtin();
    if (workload_find(workloads, value))
        return set_text(reader, key, section, object, value, error);
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < workloads->all->len; i++)
        g_string_append_printf(ids, "%s%s", i > 0 ? ", " : "",
                               ((const Workload *)workloads->all->pdata[i])->id);
    return fail_at(reader, section, key->name, error, "%s=%s is not one of: %s",
                   key->name, value, ids->str);
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
    waiver->until_us =
        (g_date_time_to_unix(day) + G_GINT64_CONSTANT(24) * 3600) * G_USEC_PER_SEC;
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
    g_autofree char *says = limit_says(LIMIT_CONFIG_GROUPS);
    if (reader->policy->groups->len > MOST_CONFIG_GROUPS)
        return fail_at(reader, section, NULL, error,
                       "[%s]: %s; write hosts_in= or hosts_member_of= for many hosts "
                       "at once",
                       section, says);
    if (spec->hosts->len + spec->hosts_in->len + spec->member_of->len == 0)
        return fail_at(reader, section, NULL, error,
                       "[%s] names no hosts: give hosts, hosts_in or hosts_member_of",
                       section);
    return true;
}

static void *
begin_delegation(Policy *policy, const char *name)
{
    Declaration *declaration = declaration_new(name);
    g_ptr_array_add(policy->declarations, declaration);
    return declaration;
}

/* An SPN, a glob of SPNs, or with a workload a host: "sql1.contoso.com:1433". */
static bool
is_target(const Declaration *declaration, const char *text)
{
    if (strchr(text, '/') && !strpbrk(text, "*?")) {
        g_autoptr(Spn) spn = spn_parse(text);
        return spn != NULL;
    }
    return strpbrk(text, "*?") || declaration->workload;
}

static bool
finish_delegation(const Reader *reader, const char *section, void *object, GError **error)
{
    const Declaration *declaration = object;
    if (declaration->from->len + declaration->from_in->len +
            declaration->from_member_of->len ==
        0)
        return fail_at(reader, section, NULL, error,
                       "[%s] names no account that delegates: give from, from_in or "
                       "from_member_of",
                       section);
    if (declaration->to->len == 0)
        return fail_at(reader, section, NULL, error,
                       "[%s] names nothing to delegate to: give to", section);
    for (guint i = 0; i < declaration->to->len; i++)
        if (!is_target(declaration, declaration->to->pdata[i]))
            return fail_at(reader, section, "to", error,
                           "to=%s is no SPN, as in MSSQLSvc/sql1.contoso.com:1433%s",
                           (const char *)declaration->to->pdata[i],
                           strchr(declaration->to->pdata[i], '/')
                               ? ""
                               : "; a host alone goes with workload=");
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
static const char *const mode_words[] = {"either", "kcd", "rbcd", NULL};
static const char *const pt_words[] = {"default", "required", "optional", "forbidden",
                                       NULL};
static const char *const name_words[] = {"both", "fqdn", "short", NULL};
static const char *const form_words[] = {"as-written", "both", NULL};

static const char *const scope_words[] = {"hosts", "domain", "forest", NULL};

static const Key directory_keys[] = {
    {"domain", set_text, G_STRUCT_OFFSET(Policy, domain), NULL, "DOMAIN"},
    {"uri", set_uris, G_STRUCT_OFFSET(Policy, uris), NULL, "URI"},
    {"scope", set_scope, G_STRUCT_OFFSET(Policy, reach), scope_words, "SCOPE"},
    {"mech", set_word_text, G_STRUCT_OFFSET(Policy, mech), mech_words, "MECH"},
    {NULL, NULL, 0, NULL, NULL},
};

static const Key group_keys[] = {
    {"hosts", set_names, G_STRUCT_OFFSET(GroupSpec, hosts), NULL, "NAME"},
    {"hosts_in", set_dns, G_STRUCT_OFFSET(GroupSpec, hosts_in), NULL, "DN"},
    {"hosts_member_of", set_dns, G_STRUCT_OFFSET(GroupSpec, member_of), NULL, "DN"},
    {"storage", set_names, G_STRUCT_OFFSET(GroupSpec, storage), NULL, "NAME"},
    {"services", set_services, G_STRUCT_OFFSET(GroupSpec, services), NULL, "SERVICE"},
    {"mode", set_word, G_STRUCT_OFFSET(GroupSpec, mode), mode_words, "MODE"},
    {"protocol_transition", set_word, G_STRUCT_OFFSET(GroupSpec, pt), pt_words, "WHEN"},
    {"names", set_word, G_STRUCT_OFFSET(GroupSpec, names), name_words, "NAMES"},
    {NULL, NULL, 0, NULL, NULL},
};

static const Key delegation_keys[] = {
    {"from", set_names, G_STRUCT_OFFSET(Declaration, from), NULL, "NAME"},
    {"from_in", set_dns, G_STRUCT_OFFSET(Declaration, from_in), NULL, "DN"},
    {"from_member_of", set_dns, G_STRUCT_OFFSET(Declaration, from_member_of), NULL, "DN"},
    {"to", set_list, G_STRUCT_OFFSET(Declaration, to), NULL, "SPN"},
    {"workload", set_workload, G_STRUCT_OFFSET(Declaration, workload), NULL, "WORKLOAD"},
    {"names", set_word, G_STRUCT_OFFSET(Declaration, forms), form_words, "NAMES"},
    {"protocol_transition", set_word, G_STRUCT_OFFSET(Declaration, pt), pt_words, "WHEN"},
    {"mode", set_mode, G_STRUCT_OFFSET(Declaration, mode), mode_words, "MODE"},
    {NULL, NULL, 0, NULL, NULL},
};

static const Key operator_keys[] = {
    {"users", set_list, G_STRUCT_OFFSET(Policy, operator_users), NULL, "USER"},
    {"groups", set_dns, G_STRUCT_OFFSET(Policy, operator_groups), NULL, "DN"},
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
    {"delegation", true, begin_delegation, finish_delegation, delegation_keys},
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
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
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

/* What was meant as a comment would be part of the value: a host, a reason. */
static bool
refuse_comments(const Reader *reader, GError **error)
{
    for (guint i = 0; reader->lines[i]; i++) {
        g_autofree char *key = key_of_line(reader->lines[i]);
        for (const char *at = key ? strchr(reader->lines[i], '=') + 1 : ""; *at; at++)
            if ((*at == '#' || *at == ';') && (at[-1] == ' ' || at[-1] == '\t'))
                return fault_set(error, FAULT_CONFIG,
                                 "%s:%u: a value holds \" %c\": a comment stands on a "
                                 "line of its own%s",
                                 reader->path, i + 1, *at,
                                 *at == ';' ? "; between values write ; without a blank"
                                            : "");
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
            "unknown section [%s]; there are [directory], [group NAME], [delegation "
            "NAME], [operators] and [waive NAME]",
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

/* The file as UTF-8, however an editor saved it, its comments all with a # (transfer
 * full). */
static char *
text_of(const char *path, const char *data, gsize length, GError **error)
{
    gsize skip = 0, bad = 0;
    ByteMark mark = utf16_mark(data, length, &skip);
    bool big = mark == MARK_UTF16_BE, wide = big || mark == MARK_UTF16_LE;
    char *text = wide ? utf16_decode(data + skip, length - skip, big, &bad)
                      : g_strndup(data + skip, length - skip);
    if (wide ? bad < length - skip : strlen(text) != length - skip) {
        g_free(text);
        fault_set(error, FAULT_CONFIG,
                  wide ? "%s: starts as UTF-16 and is not; save it as UTF-8"
                       : "%s: contains a NUL byte; is it a text file?",
                  path);
        return NULL;
    }
    for (char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == ';')
            *line = '#';
    }
    return text;
}

/* What is wrong with a line that GKeyFile does not take. */
static bool
refuse_line(const Reader *reader, GError **error)
{
    guint number = line_of_parse_error(reader);
    g_autofree char *key = key_of_line(reader->lines[number - 1]);
    bool first = key != NULL && *key;
    for (guint i = 0; i + 1 < number && first; i++)
        first = reader->lines[i][0] != '[';
    if (!first)
        return fault_set(error, FAULT_CONFIG,
                         "%s:%u: neither [section], key=value nor # comment",
                         reader->path, number);
    return fault_set(error, FAULT_CONFIG,
                     "%s:%u: a key before the first [section]: [group NAME], say, is "
                     "missing above it",
                     reader->path, number);
}

bool
policy_load(const char *path, Policy **ret_policy, GError **error)
{
    g_autofree char *data = NULL;
    gsize length = 0;
    if (!file_read(path, MOST_CONFIG_BYTES, FAULT_CONFIG, &data, &length, error))
        return false;
    g_autofree char *text = text_of(path, data, length, error);
    if (!text)
        return false;

    g_autoptr(Policy) policy = policy_new();
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add(policy->files, g_strdup(path));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        g_strchomp(*line);
    Reader reader = {path, lines, policy};

    g_autoptr(GKeyFile) file = g_key_file_new();
    if (*text && !g_key_file_load_from_data(file, text, (gsize)-1, G_KEY_FILE_NONE, NULL))
        return refuse_line(&reader, error);
    if (!refuse_doubles(&reader, error) || !refuse_comments(&reader, error))
        return false;
    g_auto(GStrv) headers = g_key_file_get_groups(file, NULL);
    for (char **header = headers; *header; header++)
        if (!read_section(&reader, file, *header, error))
            return false;
    *ret_policy = g_steal_pointer(&policy);
    return true;
}

static void
add_forms(GPtrArray *spns, const Workload *workload, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);
    const char *host = parts[0];
    bool dotted = strchr(host, '.') != NULL;
    g_autofree char *label = g_strndup(host, strcspn(host, "."));
    for (guint i = 0; i < workload->forms->len; i++) {
        const WorkloadForm *form = workload->forms->pdata[i];
        char *spn = workload_spn(workload, form, dotted ? host : NULL, label, parts[1]);
        if (!spn)
            spn = g_strdup_printf("%.*s/%s.*", (int)strcspn(form->form.text, "/"),
                                  form->form.text, host);
        g_ptr_array_add(spns, spn);
    }
}

GPtrArray *
policy_declared_spns(const Policy *policy)
{
    GPtrArray *spns = g_ptr_array_new_with_free_func(g_free);
    for (guint d = 0; d < policy->declarations->len; d++) {
        const Declaration *declaration = policy->declarations->pdata[d];
        for (guint i = 0; i < declaration->to->len; i++) {
            const char *text = declaration->to->pdata[i];
            if (strpbrk(text, "*?"))
                continue;
            if (strchr(text, '/'))
                g_ptr_array_add(spns, g_strdup(text));
            else
                add_forms(spns, workload_find(workloads_builtin(), declaration->workload),
                          text);
        }
    }
    return spns;
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
                .many = key->set == set_list || key->set == set_names ||
                        key->set == set_services,
            };
            return true;
        }
    }
    return false;
}
