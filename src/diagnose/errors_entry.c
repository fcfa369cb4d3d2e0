/* What the keys of an entry say: its codes, phrases, words and causes. */
#include "errors_parts.h"

#include <string.h>

/* "stuck", "stuck|hang*" */
static bool
is_typed_word(const char *word)
{
    g_auto(GStrv) choices = g_strsplit(word, "|", -1);
    for (char **choice = choices; *choice; choice++) {
        const char *star = strchr(*choice, '*');
        if (!**choice || star == *choice || (star && star[1]))
            return false;
    }
    return *word != '\0';
}

static bool
take_meaning(Parser *parser, const char *value, GError **error)
{
    return parser_take_text(parser, &parser->entry->meaning, "meaning", value, error);
}

static bool
kind_of(const char *name, ErrorKind *ret_kind)
{
    for (int i = 0; i < ERROR_KINDS; i++) {
        if (strcmp(error_kind_names[i], name) == 0) {
            *ret_kind = (ErrorKind)i;
            return true;
        }
    }
    return false;
}

static bool
take_kind(Parser *parser, const char *value, GError **error)
{
    if (!kind_of(value, &parser->entry->kind) || parser->entry->kind < ERROR_TEXT)
        return parser_refuse(parser, parser->line, error,
                             "kind is text or checklist, not %s", value);
    return true;
}

/* "hresult 0x8009030E SEC_E_NO_CREDENTIALS" */
static bool
take_code(Parser *parser, const char *value, GError **error)
{
    g_auto(GStrv) parts = g_strsplit_set(value, " ", -1);
    guint count = g_strv_length(parts);
    ErrorCode *code = g_new0(ErrorCode, 1);
    char *end = NULL;
    g_ptr_array_add(parser->entry->codes, code);
    if (count < 2 || count > 3 || !kind_of(parts[0], &code->kind) ||
        code->kind >= ERROR_TEXT || !*parts[1])
        return parser_refuse(parser, parser->line, error,
                             "code takes KIND VALUE [NAME], not %s", value);
    code->value = g_ascii_strtoll(parts[1], &end, 0);
    if (*end || code->value < G_MININT32 || code->value > G_MAXUINT32 ||
        (code->value < 0 && code->kind != ERROR_KERBEROS))
        return parser_refuse(parser, parser->line, error, "%s is no code", parts[1]);
    code->name = g_strdup(parts[2]);
    if (parser->entry->codes->len == 1 && parser->entry->kind == ERROR_KINDS)
        parser->entry->kind = code->kind;
    return true;
}

static bool
take_words(const Parser *parser, PhraseForce force, const char *value, GError **error)
{
    g_autofree char *plain = errors_plain(value);
    Phrase *phrase = g_new0(Phrase, 1);
    phrase->parts = g_strsplit(plain, "*", -1);
    phrase->force = force;
    g_ptr_array_add(parser->entry->phrases, phrase);
    for (char **part = phrase->parts; *part; part++) {
        g_strstrip(*part);
        if (!**part)
            return parser_refuse(parser, parser->line, error,
                                 "a phrase has words on both sides of every *");
    }
    return true;
}

static bool
take_phrase(Parser *parser, const char *value, GError **error)
{
    return take_words(parser, PHRASE_TELLS, value, error);
}

static bool
take_decisive(Parser *parser, const char *value, GError **error)
{
    return take_words(parser, PHRASE_DECIDES, value, error);
}

static bool
take_wrapper(Parser *parser, const char *value, GError **error)
{
    return take_words(parser, PHRASE_WRAPS, value, error);
}

static bool
take_beside(Parser *parser, const char *value, GError **error)
{
    return take_words(parser, PHRASE_BESIDE, value, error);
}

static bool
take_with(Parser *parser, const char *value, GError **error)
{
    return take_words(parser, PHRASE_WITH, value, error);
}

static bool
take_unless(Parser *parser, const char *value, GError **error)
{
    return take_words(parser, PHRASE_UNLESS, value, error);
}

static bool
take_causes(Parser *parser, Likelihood likelihood, const char *value, GError **error)
{
    g_auto(GStrv) parts = parser_split(value);
    for (char **part = parts; *part; part++) {
        Pending pending = {parser->entry, g_strdup(*part), likelihood, parser->file,
                           parser->line};
        g_array_append_val(parser->pending, pending);
        if (!parser_is_id(*part))
            return parser_refuse(parser, parser->line, error, "%s is no cause",
                                 **part ? *part : "''");
    }
    return true;
}

static bool
take_likely(Parser *parser, const char *value, GError **error)
{
    return take_causes(parser, LIKELY, value, error);
}

static bool
take_possible(Parser *parser, const char *value, GError **error)
{
    return take_causes(parser, POSSIBLE, value, error);
}

static bool
take_rare(Parser *parser, const char *value, GError **error)
{
    return take_causes(parser, RARE, value, error);
}

static bool
take_set(Parser *parser, GPtrArray *sets, const char *value, GError **error)
{
    g_autofree char *plain = errors_plain(value);
    GStrv words = g_strsplit(plain, " ", -1);
    g_ptr_array_add(sets, words);
    for (char **word = words; *word; word++)
        if (!is_typed_word(*word))
            return parser_refuse(parser, parser->line, error,
                                 "%s is no word, as in stuck|hang*", *word);
    return true;
}

static bool
take_typed(Parser *parser, const char *value, GError **error)
{
    return take_set(parser, parser->entry->words, value, error);
}

static bool
take_solved(Parser *parser, const char *value, GError **error)
{
    return take_set(parser, parser->entry->solved, value, error);
}

static bool
take_over(Parser *parser, const char *value, GError **error)
{
    g_auto(GStrv) parts = parser_split(value);
    for (char **part = parts; *part; part++) {
        Over over = {g_strdup(*part), parser->file, parser->line};
        g_ptr_array_add(parser->entry->over, (gpointer)over.entry);
        g_array_append_val(parser->overs, over);
        if (!parser_is_id(*part))
            return parser_refuse(parser, parser->line, error, "%s is no entry", *part);
    }
    return true;
}

static bool
take_subject(Parser *parser, const char *value, GError **error)
{
    if (strcmp(value, "migration") == 0)
        parser->entry->subject = SUBJECT_MIGRATION;
    else if (strcmp(value, "other") == 0)
        parser->entry->subject = SUBJECT_OTHER;
    else
        return parser_refuse(parser, parser->line, error,
                             "subject takes migration or other");
    return true;
}

static const struct {
    const char *name;
    ParserTake take;
} keys[] = {
    {"kind", take_kind},         {"code", take_code},       {"phrase", take_phrase},
    {"decisive", take_decisive}, {"wrapper", take_wrapper}, {"beside", take_beside},
    {"unless", take_unless},     {"meaning", take_meaning}, {"likely", take_likely},
    {"possible", take_possible}, {"rare", take_rare},       {"words", take_typed},
    {"over", take_over},         {"subject", take_subject}, {"with", take_with},
    {"solved", take_solved},
};

ParserTake
errors_entry_key(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return keys[i].take;
    return NULL;
}

const char *
errors_entry_lacks(const Parser *parser, const ErrorEntry *entry)
{
    guint count = parser->pending->len;
    bool leads_somewhere =
        count > 0 && g_array_index(parser->pending, Pending, count - 1).entry == entry;
    if (entry->kind == ERROR_KINDS)
        return "code or kind";
    if (!entry->meaning)
        return "meaning";
    if (entry->codes->len == 0 && entry->phrases->len == 0 && entry->words->len == 0 &&
        entry->solved->len == 0)
        return "phrase";
    if (!leads_somewhere)
        return "likely, possible or rare";
    return entry->sources->len == 0 ? "source" : NULL;
}
