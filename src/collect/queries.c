/* Parses query files, fills their placeholders, and quotes what goes in. */
#include "collect/queries.h"

#include "attributes.h"
#include "base/embed.h"
#include "base/fault.h"
#include "base/fields.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "entry.h"

#include <ldap.h>
#include <string.h>

static const struct {
    const char *name;
    const char *placeholders;
} files[QUERY_COUNT] = {
    [QUERY_ROOTDSE] = {"rootdse.ldap", ""},
    [QUERY_DOMAIN] = {"domain.ldap", "domain"},
    [QUERY_PARTITIONS] = {"partitions.ldap", "config"},
    [QUERY_MAPPINGS] = {"spn-mappings.ldap", "config"},
    [QUERY_HOSTS] = {"hosts.ldap", "domain"},
    [QUERY_HYPERV_SCP] = {"hyperv-scp.ldap", "domain"},
    [QUERY_HOSTS_BY_DN] = {"hosts-by-dn.ldap", "domain dns"},
    [QUERY_HOSTS_BY_NAME] = {"hosts-by-name.ldap", "domain names"},
    [QUERY_HOSTS_IN] = {"hosts-in.ldap", "domain container"},
    [QUERY_HOSTS_IN_GROUP] = {"hosts-in-group.ldap", "domain group"},
    [QUERY_GROUP] = {"group.ldap", "domain group"},
    [QUERY_ACCOUNTS_BY_SID] = {"accounts-by-sid.ldap", "domain scope sids"},
    [QUERY_MEMBERS] = {"members.ldap", "domain group"},
    [QUERY_GROUP_MEMBERS] = {"group-members.ldap", "domain group"},
    [QUERY_MEMBERS_BY_DN] = {"members-by-dn.ldap", "domain dns"},
    [QUERY_WELL_KNOWN] = {"well-known-members.ldap", "domain sids"},
    [QUERY_SPN_OWNERS] = {"spn-owners.ldap", "domain scope spns"},
    [QUERY_TOKEN_GROUPS] = {"token-groups.ldap", "domain account"},
    [QUERY_FOREST_DOMAINS] = {"forest-domains.ldap", "scope"},
    [QUERY_SPN_SEARCH] = {"spn-search.ldap", "scope terms"},
    [QUERY_DCS] = {"domain-controllers.ldap", "domain"},
    [QUERY_PRIMARY_MEMBERS] = {"primary-members.ldap", "domain groups"},
    [QUERY_OPERATORS] = {"operators.ldap", "domain names"},
    [QUERY_OPERATORS_IN_GROUP] = {"operators-in-group.ldap", "domain group"},
    [QUERY_REPLICA] = {"replica.ldap", "domain sids"},
    [QUERY_LOOKALIKES] = {"spn-lookalikes.ldap", "scope spns"},
    [QUERY_CHANGES] = {"changes.ldap", "domain sids"},
    [QUERY_GPO_LINKS] = {"gpo-links.ldap", "domain dns"},
    [QUERY_GPOS] = {"gpos.ldap", "domain"},
    [QUERY_GPO_SITES] = {"gpo-sites.ldap", "config"},
    [QUERY_AUTHN] = {"authn-policies.ldap", "config"},
    [QUERY_DELEGATIONS] = {"delegations.ldap", "domain"},
    [QUERY_DELEGATION_ENDS] = {"delegation-ends.ldap", "domain dns"},
    [QUERY_DECLARED] = {"declared.ldap", "domain names"},
    [QUERY_DECLARED_IN] = {"declared-in.ldap", "domain container"},
    [QUERY_GROUPS_BY_DN] = {"groups-by-dn.ldap", "domain dns"},
    [QUERY_TRUSTS] = {"trusts.ldap", "domain"},
    [QUERY_UPN_OWNERS] = {"upn-owners.ldap", "domain scope upns"},
    [QUERY_ASKED] = {"asked.ldap", "domain names"},
    [QUERY_DSAS] = {"dsas.ldap", "config"},
    [QUERY_NEARBY] = {"nearby.ldap", "domain names"},
};

void
query_clear(Query *query)
{
    g_free(query->file);
    g_free(query->base);
    g_free(query->filter);
    g_strfreev(query->attributes);
    *query = (Query){0};
}

void
queries_free(Queries *queries)
{
    if (!queries)
        return;
    for (guint i = 0; i < QUERY_COUNT; i++)
        query_clear(&queries->queries[i]);
    g_free(queries);
}

/* A query being parsed. */
typedef struct {
    const char *file;
    guint line;
    char *base, *scope, *filter;
    GString *attributes;
} Parsing;

static bool
set_once(const Parsing *parsing, char **field, const char *key, const char *value,
         GError **error)
{
    if (*field)
        return fault_set(error, FAULT_CONFIG, "%s:%u: a second \"%s:\"", parsing->file,
                         parsing->line, key);
    g_auto(GStrv) lines = g_strsplit(value, "\n", -1);
    *field = g_strjoinv("", lines);
    return true;
}

static bool
take_field(Parsing *parsing, const char *key, const char *value, GError **error)
{
    if (!key)
        return fault_set(error, FAULT_CONFIG, "%s:%u: not \"key: value\"", parsing->file,
                         parsing->line);
    if (strcmp(key, "base") == 0)
        return set_once(parsing, &parsing->base, key, value, error);
    if (strcmp(key, "scope") == 0)
        return set_once(parsing, &parsing->scope, key, value, error);
    if (strcmp(key, "filter") == 0)
        return set_once(parsing, &parsing->filter, key, value, error);
    if (strcmp(key, "attributes") == 0) {
        g_string_append_printf(parsing->attributes, " %s", value);
        return true;
    }
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, key);
    return fault_set(error, FAULT_CONFIG,
                     "%s:%u: unknown key \"%s\" (base, scope, filter, attributes)",
                     parsing->file, parsing->line, shown);
}

static bool
take_fields(Parsing *parsing, const char *text, GError **error)
{
    g_auto(Fields) fields = fields_of(text);
    while (fields_next(&fields)) {
        parsing->line = fields.line;
        if (!take_field(parsing, fields.key, fields.value, error))
            return false;
    }
    return true;
}

/* The placeholder that starts at `at` ("{name}"), or NULL where none does. */
static char *
placeholder_at(const char *at)
{
    const char *end = at + 1;
    while (g_ascii_islower(*end) || *end == '-')
        end++;
    return *at == '{' && *end == '}' && end > at + 1
               ? g_strndup(at + 1, (gsize)(end - at) - 1)
               : NULL;
}

static bool
check_placeholders(const char *file, const char *text, const char *names, GError **error)
{
    g_auto(GStrv) known = g_strsplit(names, " ", -1);
    for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
        g_autofree char *name = placeholder_at(at);
        if (!name || g_strv_contains((const char *const *)known, name))
            continue;
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
        return fault_set(error, FAULT_CONFIG,
                         "%s: {%s} is not a placeholder of "
                         "this query%s%s",
                         file, shown, *names ? "; there are: " : "", names);
    }
    return true;
}

static bool
parse_scope(const Parsing *parsing, int *ret_scope, GError **error)
{
    static const struct {
        const char *name;
        int scope;
    } scopes[] = {{"base", LDAP_SCOPE_BASE},
                  {"one", LDAP_SCOPE_ONELEVEL},
                  {"sub", LDAP_SCOPE_SUBTREE}};
    for (guint i = 0; i < G_N_ELEMENTS(scopes); i++) {
        if (strcmp(parsing->scope, scopes[i].name) == 0) {
            *ret_scope = scopes[i].scope;
            return true;
        }
    }
    g_autofree char *shown = text_quoted(QUOTE_TERMINAL, parsing->scope);
    return fault_set(error, FAULT_CONFIG,
                     "%s: scope: \"%s\" is not one of base, one, "
                     "sub",
                     parsing->file, shown);
}

/* Which of the account's attributes a list asks for. */
static void
note_attributes(Query *query)
{
    for (char **name = query->attributes; *name; name++) {
        const struct berval value = {strlen(*name), *name};
        EntryOptions options;
        AttrId attr;
        if (!entry_options(&value, &options))
            continue;
        if (attribute_find(*name, options.name_length, &attr))
            query->asked |= attribute_bit(attr);
        if (g_ascii_strcasecmp(*name, "nTSecurityDescriptor") == 0)
            query->security = true;
    }
}

/* The words of a list, without the empty ones that blanks leave. */
static char **
words_of(const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, " \t\n,", -1);
    GPtrArray *words = g_ptr_array_new();
    for (char **part = parts; *part; part++)
        if (**part)
            g_ptr_array_add(words, g_strdup(*part));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static bool
finish(const Parsing *parsing, const char *names, Query *ret_query, GError **error)
{
    const char *missing = !parsing->base     ? "base"
                          : !parsing->scope  ? "scope"
                          : !parsing->filter ? "filter"
                                             : NULL;
    if (missing)
        return fault_set(error, FAULT_CONFIG, "%s: no \"%s:\"", parsing->file, missing);
    Query query = {.scope = LDAP_SCOPE_BASE};
    if (!parse_scope(parsing, &query.scope, error) ||
        !check_placeholders(parsing->file, parsing->base, names, error) ||
        !check_placeholders(parsing->file, parsing->filter, names, error))
        return false;
    query.attributes = words_of(parsing->attributes->str);
    if (!query.attributes[0]) {
        g_strfreev(query.attributes);
        return fault_set(error, FAULT_CONFIG, "%s: no \"attributes:\"", parsing->file);
    }
    query.file = g_strdup(parsing->file);
    query.base = g_strdup(parsing->base);
    query.filter = g_strdup(parsing->filter);
    note_attributes(&query);
    *ret_query = query;
    return true;
}

bool
query_parse(const char *file, const char *text, const char *names, Query *ret_query,
            GError **error)
{
    Parsing parsing = {.file = file, .attributes = g_string_new(NULL)};
    bool parsed =
        take_fields(&parsing, text, error) && finish(&parsing, names, ret_query, error);
    g_free(parsing.base);
    g_free(parsing.scope);
    g_free(parsing.filter);
    g_string_free(parsing.attributes, TRUE);
    return parsed;
}

static bool
load(const char *directory, QueryId id, Query *ret_query, GError **error)
{
    g_autofree char *path =
        directory ? g_build_filename(directory, files[id].name, NULL) : NULL;
    if (path && g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_autofree char *text = NULL;
        gsize length;
        return file_read(path, MOST_QUERY_BYTES, FAULT_CONFIG, &text, &length, error) &&
               query_parse(path, text, files[id].placeholders, ret_query, error);
    }
    const char *text = embed_find(files[id].name);
    g_assert(text); /* queries/ and the table above go together */
    return query_parse(files[id].name, text, files[id].placeholders, ret_query, error);
}

static bool
is_query(const char *name)
{
    for (QueryId id = 0; id < QUERY_COUNT; id++)
        if (strcmp(files[id].name, name) == 0)
            return true;
    return false;
}

/* A misspelt name, or another directory, would leave the built-in queries in place. */
static bool
check_directory(const char *directory, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    guint found = 0;
    if (!dir)
        return fault_set(error, FAULT_CONFIG, "--queries %s: no such directory",
                         directory);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, name);
        if (g_str_has_suffix(name, ".ldap") && !is_query(name))
            return fault_set(error, FAULT_CONFIG,
                             "--queries %s: no query is called %s; the built-in ones are "
                             "named like %s",
                             directory, shown, files[0].name);
        found += is_query(name);
    }
    return found > 0 || fault_set(error, FAULT_CONFIG,
                                  "--queries %s: holds no query; the built-in ones are "
                                  "named like %s",
                                  directory, files[0].name);
}

bool
queries_load(const char *directory, Queries **ret_queries, GError **error)
{
    if (directory && !check_directory(directory, error))
        return false;
    g_autoptr(Queries) queries = g_new0(Queries, 1);
    for (QueryId id = 0; id < QUERY_COUNT; id++)
        if (!load(directory, id, &queries->queries[id], error))
            return false;
    *ret_queries = g_steal_pointer(&queries);
    return true;
}

char *
query_fill(const char *template, const QueryArg *args)
{
    GString *filled = g_string_new(NULL);
    for (const char *at = template; *at;) {
        g_autofree char *name = placeholder_at(at);
        const QueryArg *arg = args;
        while (name && arg->name && strcmp(arg->name, name) != 0)
            arg++;
        if (name && arg->name) {
            g_string_append(filled, arg->text);
            at += strlen(name) + 2;
        } else {
            g_string_append_c(filled, *at++);
        }
    }
    return g_string_free(filled, FALSE);
}
