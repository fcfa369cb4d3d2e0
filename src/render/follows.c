/* Counts, by finding and rule, what follows from it. */
#include "follows.h"

#include "audit/rules.h"
#include "base/text.h"

struct Follows {
    GHashTable *counts; /* id of a finding -> guint[RULE_COUNT] */
};

Follows *
follows_new(const GPtrArray *findings)
{
    Follows *follows = g_new0(Follows, 1);
    follows->counts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (!finding->because && !finding->waived &&
            !g_hash_table_contains(follows->counts, finding->id))
            g_hash_table_insert(follows->counts, finding->id, g_new0(guint, RULE_COUNT));
    }
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        guint *counts = finding->because
                            ? g_hash_table_lookup(follows->counts, finding->because)
                            : NULL;
        if (counts && !finding->waived)
            counts[finding->rule]++;
    }
    return follows;
}

void
follows_free(Follows *follows)
{
    if (!follows)
        return;
    g_hash_table_unref(follows->counts);
    g_free(follows);
}

bool
follows_from_another(const Follows *follows, const Finding *finding)
{
    return finding->because && g_hash_table_contains(follows->counts, finding->because);
}

char *
follows_text(const Follows *follows, const GPtrArray *findings)
{
    g_autoptr(GHashTable) known = g_hash_table_new(NULL, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    guint sums[RULE_COUNT] = {0}, all = 0;
    for (guint i = 0; i < findings->len; i++) {
        const char *id = ((const Finding *)findings->pdata[i])->id;
        const guint *counts = g_hash_table_lookup(follows->counts, id);
        if (!counts || !g_hash_table_add(known, (gpointer)counts))
            continue;
        for (guint rule = 0; rule < RULE_COUNT; rule++)
            sums[rule] += counts[rule];
    }
    for (guint rule = 0; rule < RULE_COUNT; rule++) {
        if (sums[rule] == 0)
            continue;
        g_string_append_printf(text, "%s%s (%s)", all > 0 ? ", " : "",
                               rule_name((RuleId)rule), NUMBER(sums[rule]));
        all += sums[rule];
    }
    return all > 0 ? g_strdup_printf("%s more %s from this: %s", NUMBER(all),
                                     all == 1 ? "follows" : "follow", text->str)
                   : NULL;
}
