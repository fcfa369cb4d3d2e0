/* Finds the rules that somebody names, and what they may have meant. */
#include "ruleset.h"

#include "audit/rules.h"
#include "base/fault.h"
#include "base/nearest.h"
#include "base/text.h"

#include <string.h>

#define NEAREST_NAMED 5

/* IDs and names have no wildcards of their own. */
static bool
take_word(const char *word, bool *rules_out)
{
    g_autofree char *key = text_fold(word);
    bool any = false;
    for (guint i = 0; i < RULE_COUNT; i++) {
        g_autofree char *id = text_fold(rules[i].id);
        if (!g_pattern_match_simple(key, id) && !text_equal(rules[i].slug, word))
            continue;
        rules_out[i] = any = true;
    }
    return any;
}

static bool
has_family_of(const char *word, guint rule)
{
    gsize length = strcspn(rules[rule].id, "-");
    return g_ascii_strncasecmp(rules[rule].id, word, length) == 0 &&
           word[length] == '-' && g_ascii_isdigit(word[length + 1]);
}

/* "DEL-01 to DEL-16" of a family that there is, else what is spelled alike. */
static char *
nearest_text(const char *word)
{
    GString *text = g_string_new(NULL);
    const char *first = NULL, *last = NULL;
    guint named = 0;
    for (guint i = 0; i < RULE_COUNT; i++) {
        if (!has_family_of(word, i))
            continue;
        first = first ? first : rules[i].id;
        last = rules[i].id;
    }
    if (first)
        g_string_append_printf(text, "; there are %s to %s", first, last);
    for (guint distance = 1; !first && distance <= 3; distance++)
        for (guint i = 0; i < RULE_COUNT && named < NEAREST_NAMED; i++) {
            bool slug = nearest_distance(word, rules[i].slug) == distance;
            if (slug || nearest_distance(word, rules[i].id) == distance)
                g_string_append_printf(text, "%s%s",
                                       named++ == 0 ? "; the nearest: " : ", ",
                                       slug ? rules[i].slug : rules[i].id);
        }
    return g_string_free(text, FALSE);
}

bool
ruleset_parse(char **given, bool *rules_out, GError **error)
{
    for (; given && *given; given++) {
        g_auto(GStrv) words = g_strsplit_set(*given, ",; ", -1);
        guint count = 0;
        for (char **word = words; *word; word++) {
            if (!**word)
                continue;
            count++;
            if (take_word(*word, rules_out))
                continue;
            g_autofree char *shown = text_quoted(QUOTE_TERMINAL, *word);
            g_autofree char *near = nearest_text(*word);
            return fault_set(
                error, FAULT_CONFIG,
                "--rule %s: there is no such rule%s (kcdaudit rules lists all)", shown,
                near);
        }
        if (count == 0)
            return fault_set(error, FAULT_CONFIG,
                             "--rule names no rule: DEL-01, 'DEL-*'");
    }
    return true;
}
