/* The ids of frameworks for JSON, people and spreadsheets. */
#include "render/frameworks.h"

#include "base/text.h"
#include "render/tree.h"

json_t *
frameworks_json(RuleId rule)
{
    json_t *object = json_object();
    for (guint i = 0; i < FRAMEWORK_COUNT; i++) {
        const char *ids = framework_ids((Framework)i, rule);
        if (!ids)
            continue;
        g_auto(GStrv) words = g_strsplit(ids, " ", -1);
        json_t *list = json_array();
        for (char **word = words; *word; word++)
            json_array_append_new(list, tree_string(*word));
        tree_put(object, framework_names[i].key, list);
    }
    return object;
}

/* Each id once. */
static json_t *
taxa_json(Framework framework)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    json_t *taxa = json_array();
    for (guint rule = 0; rule < RULE_COUNT; rule++) {
        const char *ids = framework_ids(framework, (RuleId)rule);
        g_auto(GStrv) words = g_strsplit(ids ? ids : "", " ", -1);
        for (char **word = words; *word; word++) {
            if (!g_hash_table_add(seen, g_strdup(*word)))
                continue;
            json_t *taxon = json_object();
            tree_put_text(taxon, "id", *word);
            json_array_append_new(taxa, taxon);
        }
    }
    return taxa;
}

json_t *
frameworks_taxonomies(void)
{
    json_t *list = json_array();
    for (guint i = 0; i < FRAMEWORK_COUNT; i++) {
        json_t *component = json_object();
        tree_put_text(component, "name", framework_names[i].title);
        tree_put(component, "isComprehensive", json_false());
        tree_put(component, "taxa", taxa_json((Framework)i));
        json_array_append_new(list, component);
    }
    return list;
}

static json_t *
relationship_json(const char *id, guint framework)
{
    json_t *relationship = json_object(), *target = json_object(),
           *component = json_object();
    tree_put_text(component, "name", framework_names[framework].title);
    tree_put_count(component, "index", framework);
    tree_put_text(target, "id", id);
    tree_put(target, "toolComponent", component);
    tree_put(relationship, "target", target);
    tree_put(relationship, "kinds", json_pack("[s]", "relevant"));
    return relationship;
}

json_t *
frameworks_relationships(RuleId rule)
{
    json_t *list = json_array();
    for (guint i = 0; i < FRAMEWORK_COUNT; i++) {
        const char *ids = framework_ids((Framework)i, rule);
        g_auto(GStrv) words = g_strsplit(ids ? ids : "", " ", -1);
        for (char **word = words; *word; word++)
            json_array_append_new(list, relationship_json(*word, i));
    }
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return NULL;
}

char *
frameworks_text(RuleId rule)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < FRAMEWORK_COUNT; i++) {
        const char *ids = framework_ids((Framework)i, rule);
        if (!ids)
            continue;
        g_auto(GStrv) words = g_strsplit(ids, " ", -1);
        g_autofree char *list = g_strjoinv(", ", words);
        g_string_append_printf(out, "%s%s %s", out->len > 0 ? "; " : "",
                               framework_names[i].title, list);
    }
    return g_string_free(out, FALSE);
}

static void
write_row(const Rule *rule, GString *out)
{
    const char *fields[] = {rule->id, rule->slug, severity_names[rule->severity],
                            rule->title};
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_string_append(out, i > 0 ? "," : "");
        text_quote(QUOTE_CSV, fields[i], out);
    }
    for (guint i = 0; i < FRAMEWORK_COUNT; i++) {
        const char *ids = framework_ids((Framework)i, (RuleId)(rule - rules));
        g_string_append_c(out, ',');
        if (ids)
            text_quote(QUOTE_CSV, ids, out);
    }
    g_string_append(out, "\r\n");
}

void
frameworks_csv(const Rule *rule, GString *out)
{
    g_string_append(out, "id,slug,severity,title");
    for (guint i = 0; i < FRAMEWORK_COUNT; i++)
        g_string_append_printf(out, ",%s", framework_names[i].key);
    g_string_append(out, "\r\n");
    for (guint i = 0; i < RULE_COUNT; i++)
        if (!rule || rule == &rules[i])
            write_row(&rules[i], out);
}
