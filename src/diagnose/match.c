/* Compares codes, names and phrases with the table, and finds the nearest.
 *
 * Longer than most: all that makes a match, and the one order of them. */
#include "diagnose/match.h"

#include "typed.h"

#include "base/text.h"

#include <string.h>

#define KRB5_BASE G_GINT64_CONSTANT(1765328384) /* libkrb5's ERROR_TABLE_BASE_krb5 */
#define WIN32_FACILITY 0x80070000u
#define NT_FACILITY 0x10000000u
#define NEAREST_SHOWN 4
#define UNKNOWN_SHOWN 8
#define WIN32_MOST 0x3FFF /* of the errors of Windows itself */
#define WORD_LEAST 4
#define SOLVED_MOST 3

/* Codes */

static bool
is_code(const ErrorCode *code, const InputNumber *number)
{
    guint32 value = (guint32)number->value;
    bool fits = number->value >= G_MININT32 && number->value <= G_MAXUINT32;
    if (!fits || (number->may & 1u << code->kind) == 0)
        return false;
    switch (code->kind) {
    case ERROR_HRESULT:
        return value == code->value;
    case ERROR_NTSTATUS:
        return value == code->value || value == ((guint32)code->value | NT_FACILITY);
    case ERROR_WIN32:
        return value == ((guint32)code->value | WIN32_FACILITY) ||
               number->value == code->value;
    case ERROR_KERBEROS:
        return number->value == code->value || number->value == code->value - KRB5_BASE ||
               (code->value < 0 && (gint32)value == code->value);
    case ERROR_EVENT:
        return number->value == code->value;
    default:
        return false;
    }
}

/* The first of the names in the text that the entry has, as written before what it may
 * stand for. */
static const ErrorCode *
find_name(const ErrorEntry *entry, const Input *input)
{
    for (guint i = 0; i < input->names->len; i++)
        for (guint c = 0; c < entry->codes->len; c++) {
            const ErrorCode *code = entry->codes->pdata[c];
            if (code->name && text_equal(code->name, input->names->pdata[i]))
                return code;
        }
    return NULL;
}

static const ErrorCode *
find_code(const ErrorEntry *entry, const Input *input)
{
    const ErrorCode *named = find_name(entry, input);
    for (guint c = 0; !named && c < entry->codes->len; c++)
        for (guint i = 0; i < input->numbers->len; i++)
            if (is_code(entry->codes->pdata[c],
                        &g_array_index(input->numbers, InputNumber, i)))
                return entry->codes->pdata[c];
    return named;
}

/* Words */

static bool
is_edge(const char *text, const char *at)
{
    return at == text || !g_ascii_isalnum(at[-1]) || !g_ascii_isalnum(*at);
}

/* The place behind the part, which has to begin and end with whole words. */
static const char *
find_part(const char *text, const char *from, const char *part)
{
    gsize length = strlen(part);
    for (const char *at = from; (at = strstr(at, part)); at++)
        if (is_edge(text, at) && is_edge(text, at + length))
            return at + length;
    return NULL;
}

/* How long the phrase is; 0: it does not stand in the text. */
static gsize
phrase_length(const Phrase *phrase, const Input *input)
{
    const char *at = input->plain;
    gsize length = 0;
    for (char *const *part = phrase->parts; at && *part; part++) {
        at = find_part(input->plain, at, *part);
        length += strlen(*part);
    }
    return at ? length : 0;
}

/* The most telling phrase, the longest of those; none where words take it back. */
static void
find_phrase(Match *match, const Input *input)
{
    for (guint i = 0; i < match->entry->phrases->len; i++) {
        const Phrase *phrase = match->entry->phrases->pdata[i];
        gsize length = phrase_length(phrase, input);
        if (length == 0 || (phrase->force == PHRASE_WITH && !match->code))
            continue;
        if (phrase->force == PHRASE_UNLESS) {
            match->phrase = NULL;
            match->words = 0;
            return;
        }
        bool better = !match->phrase || phrase->force > match->phrase->force ||
                      (phrase->force == match->phrase->force && length > match->words);
        if (better) {
            match->phrase = phrase;
            match->words = length;
        }
    }
}

static bool
is_specific(const Match *match)
{
    return match->code && match->code->kind != ERROR_EVENT;
}

static bool
has_force(const Match *match, PhraseForce force)
{
    PhraseForce held = match->phrase ? match->phrase->force : PHRASE_TELLS;
    return match->words > 0 && held >= force;
}

static bool
is_likely(const ErrorEntry *entry, const char *cause)
{
    for (guint i = 0; i < entry->causes->len; i++) {
        const CauseRef *ref = entry->causes->pdata[i];
        if (ref->likelihood == LIKELY && strcmp(ref->cause->id, cause) == 0)
            return true;
    }
    return false;
}

/* "IDs are weak": the number of an event wraps any text, as does whatever leads to the
 * text beside it, and what is no error. */
bool
match_is_wrapper(const Match *match)
{
    if (is_likely(match->entry, MATCH_NO_ERROR))
        return true;
    if (match->solved > 0 || has_force(match, PHRASE_DECIDES))
        return false;
    if (is_likely(match->entry, MATCH_READ_ON))
        return true;
    if (is_specific(match))
        return false;
    return !has_force(match, PHRASE_TELLS) &&
           (!match->code || match->entry->kind == ERROR_EVENT);
}

bool
match_tells(const Match *match)
{
    return match->entry->kind != ERROR_CHECKLIST && !match_is_wrapper(match);
}

/* From the most telling. */
typedef enum {
    RANK_SOLVED,   /* what it was in the end */
    RANK_DECISIVE, /* a sentence that names the cause */
    RANK_CODE,
    RANK_WORDS, /* of a message */
    RANK_EVENT,
    RANK_WRAPPER,
    RANK_CHECKLIST /* what the guides ask to be checked */
} Rank;

static Rank
rank(const Match *match)
{
    if (match->entry->kind == ERROR_CHECKLIST)
        return RANK_CHECKLIST;
    if (match->solved > 0)
        return RANK_SOLVED;
    if (match_is_wrapper(match))
        return RANK_WRAPPER;
    if (has_force(match, PHRASE_DECIDES))
        return RANK_DECISIVE;
    if (is_specific(match))
        return RANK_CODE;
    return match->entry->kind == ERROR_EVENT || (match->code && !match->phrase)
               ? RANK_EVENT
               : RANK_WORDS;
}

static gint
by_rank(gconstpointer a, gconstpointer b)
{
    const Match *const *left = a, *const *right = b;
    Rank here = rank(*left), there = rank(*right);
    if (here != there)
        return here < there ? -1 : 1;
    if ((*left)->solved != (*right)->solved)
        return (*left)->solved < (*right)->solved ? -1 : 1;
    if (((*left)->code != NULL) != ((*right)->code != NULL))
        return (*left)->code ? -1 : 1;
    /* Of several codes the one that leaves fewest causes open. */
    guint narrow = (*left)->entry->causes->len, other = (*right)->entry->causes->len;
    if (here == RANK_CODE && narrow != other)
        return narrow < other ? -1 : 1;
    return (*left)->words > (*right)->words ? -1 : (*left)->words < (*right)->words;
}

/* Words in passing: what a longer phrase, or a code, says is meant. */
static void
drop_passing(GPtrArray *matches)
{
    gsize longest = 0;
    bool coded = false, specific = false;
    for (guint i = 0; i < matches->len; i++) {
        const Match *match = matches->pdata[i];
        longest = MAX(longest, match_is_wrapper(match) ? 0 : match->words);
        coded = coded || match->code;
        specific = specific || is_specific(match);
    }
    for (guint i = matches->len; i > 0; i--) {
        const Match *match = matches->pdata[i - 1];
        bool passing = match->entry->kind == ERROR_CHECKLIST ? coded
                       : match_is_wrapper(match)             ? specific
                                                             : match->words * 2 < longest;
        if (!match->code && match->solved == 0 && passing &&
            !has_force(match, PHRASE_BESIDE))
            g_ptr_array_remove_index(matches, i - 1);
    }
}

static bool
is_told(const GPtrArray *matches)
{
    for (guint i = 0; i < matches->len; i++)
        if (((const Match *)matches->pdata[i])->entry->kind != ERROR_CHECKLIST)
            return true;
    return false;
}

/* A symptom as it was typed, where the text holds no code and no words of a message. */
static void
add_typed(GPtrArray *matches, const Errors *errors, const Input *input)
{
    for (guint i = 0; i < errors->entries->len; i++) {
        Match match = {.entry = errors->entries->pdata[i]};
        for (guint w = 0; w < match.entry->words->len; w++)
            match.words = MAX(match.words, typed_length(match.entry->words->pdata[w],
                                                        input->sentences));
        if (match.words > 0)
            g_ptr_array_add(matches, g_memdup2(&match, sizeof match));
    }
}

/* What whoever wrote the text found it to be.  A text that names more is a guide. */
static void
add_solved(GPtrArray *matches, const Errors *errors, const Input *input)
{
    guint before = matches->len;
    for (guint i = 0; i < errors->entries->len; i++) {
        Match match = {.entry = errors->entries->pdata[i]};
        for (guint s = 0; s < match.entry->solved->len; s++) {
            guint place = typed_place(match.entry->solved->pdata[s], input->answer);
            if (place > 0 && (match.solved == 0 || place < match.solved))
                match.solved = place;
        }
        if (match.solved > 0)
            g_ptr_array_add(matches, g_memdup2(&match, sizeof match));
    }
    if (matches->len > before + SOLVED_MOST)
        g_ptr_array_set_size(matches, (gint)before);
}

bool
match_is_over(const Match *match, const Match *other)
{
    for (guint i = 0; i < match->entry->over->len; i++)
        if (strcmp(match->entry->over->pdata[i], other->entry->id) == 0)
            return true;
    return false;
}

/* A text that explains the code of another entry better comes before that. */
static void
put_over(GPtrArray *matches)
{
    guint moves = matches->len * matches->len;
    for (guint i = 1; i < matches->len; i++)
        for (guint before = 0; before < i && moves > 0; before++)
            if (match_is_over(matches->pdata[i], matches->pdata[before])) {
                Match *moved = g_ptr_array_steal_index(matches, i);
                g_ptr_array_insert(matches, (gint)before, moved);
                moves--;
                i = before;
            }
}

/* Whether one of them is what the match is to be found beside: not what only wraps a
 * code, which tells more. */
static bool
is_beside(const Match *match, const GPtrArray *matches)
{
    bool specific = false;
    for (guint i = 0; i < matches->len; i++)
        specific = specific || is_specific(matches->pdata[i]);
    for (guint i = 0; i < matches->len; i++) {
        const Match *other = matches->pdata[i];
        if (match_is_over(match, other) && !(specific && match_is_wrapper(other)))
            return true;
    }
    return false;
}

static void
drop_alone(GPtrArray *matches)
{
    for (guint i = matches->len; i > 0; i--) {
        const Match *match = matches->pdata[i - 1];
        if (!match->code && match->phrase && match->phrase->force == PHRASE_BESIDE &&
            !is_beside(match, matches))
            g_ptr_array_remove_index(matches, i - 1);
    }
}

GPtrArray *
match_find(const Errors *errors, const Input *input)
{
    GPtrArray *matches = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < errors->entries->len; i++) {
        const ErrorEntry *entry = errors->entries->pdata[i];
        Match match = {.entry = entry, .code = find_code(entry, input)};
        find_phrase(&match, input);
        if (match.code || match.phrase)
            g_ptr_array_add(matches, g_memdup2(&match, sizeof match));
    }
    drop_alone(matches);
    if (!is_told(matches))
        add_typed(matches, errors, input);
    if (matches->len > 0)
        add_solved(matches, errors, input);
    drop_passing(matches);
    g_ptr_array_sort(matches, by_rank);
    put_over(matches);
    return matches;
}

static bool
is_of_migration(const Errors *errors, const Input *input)
{
    for (guint i = 0; i < errors->entries->len; i++) {
        Match match = {.entry = errors->entries->pdata[i]};
        if (match.entry->subject != SUBJECT_MIGRATION)
            continue;
        find_phrase(&match, input);
        if (match.phrase || find_code(match.entry, input))
            return true;
    }
    return false;
}

/* Words around a code may have been left out of the matches. */
Subject
match_subject(const Errors *errors, const Input *input, const GPtrArray *matches)
{
    Subject subject = SUBJECT_OPEN;
    for (guint i = 0; i < matches->len; i++) {
        const Match *match = matches->pdata[i];
        if ((i == 0 || match->phrase) && match->entry->subject == SUBJECT_OTHER)
            subject = SUBJECT_OTHER;
    }
    return is_of_migration(errors, input) ? SUBJECT_MIGRATION : subject;
}

/* What comes nearest */

typedef struct {
    const ErrorEntry *entry;
    guint score;
} Near;

static gint
by_score(gconstpointer a, gconstpointer b)
{
    const Near *left = a, *right = b;
    return left->score > right->score ? -1 : left->score < right->score;
}

#define DIGITS_MAX 24 /* of a code, with its end */

/* Eight hexadecimal digits, or a decimal number where it is small. */
static void
print_code(char text[DIGITS_MAX], gint64 value, bool hex)
{
    if (hex)
        g_snprintf(text, DIGITS_MAX, "%08x", (guint32)value);
    else
        g_snprintf(text, DIGITS_MAX, "%" G_GINT64_FORMAT, value);
}

/* Equal digits; most for one that differs in one place. */
static guint
score_number(const ErrorEntry *entry, const InputNumber *number)
{
    char known[DIGITS_MAX], given[DIGITS_MAX];
    guint best = 0;
    print_code(given, number->value,
               number->hex || number->value < 0 || number->value > G_MAXUINT16);
    for (guint c = 0; c < entry->codes->len; c++) {
        const ErrorCode *code = entry->codes->pdata[c];
        print_code(known, code->value, code->value > G_MAXUINT16);
        guint equal = 0;
        gsize length = strlen(known);
        if (length != strlen(given))
            continue;
        for (gsize i = 0; i < length; i++)
            equal += known[i] == given[i];
        if (equal + 2 >= length && length > 2)
            best = MAX(best, 10 * equal / (guint)length);
    }
    return best;
}

/* Words of the input that stand in what the table says of the entry. */
static guint
score_words(const ErrorEntry *entry, char *const *words)
{
    guint score = 0;
    for (; *words; words++)
        if (strlen(*words) >= WORD_LEAST && strstr(entry->about, *words))
            score += strlen(*words) > 6 ? 3 : 2;
    return score;
}

GPtrArray *
match_nearest(const Errors *errors, const Input *input)
{
    g_autoptr(GArray) near = g_array_new(FALSE, FALSE, sizeof(Near));
    GPtrArray *nearest = g_ptr_array_new();
    g_autofree char *start =
        g_utf8_substring(input->plain, 0, MIN(g_utf8_strlen(input->plain, -1), 400));
    g_auto(GStrv) words = g_strsplit_set(start, " .,;:()'\"_-/\\", -1);
    for (guint i = 0; i < errors->entries->len; i++) {
        Near each = {errors->entries->pdata[i], 0};
        if (each.entry->solved->len > 0)
            continue;
        each.score = score_words(each.entry, words);
        for (guint n = 0; n < input->numbers->len && n < 32; n++)
            each.score = MAX(
                each.score,
                score_number(each.entry, &g_array_index(input->numbers, InputNumber, n)));
        if (each.score > 1)
            g_array_append_val(near, each);
    }
    g_array_sort(near, by_score);
    for (guint i = 0; i < near->len && i < NEAREST_SHOWN; i++)
        g_ptr_array_add(nearest, (gpointer)g_array_index(near, Near, i).entry);
    return nearest;
}

/* What is not in the tables */

/* The sentence begins with the code as it is usually written. */
static char *
describe_code(const InputNumber *number)
{
    guint32 value = (guint32)number->value;
    if (number->value < G_MININT32 || number->value > G_MAXUINT32)
        return NULL;
    if ((value & 0xFFFF0000u) == WIN32_FACILITY)
        return g_strdup_printf(
            "0x%08X is the Win32 error %u; on Windows, net helpmsg %u shows its text",
            value, value & 0xFFFFu, value & 0xFFFFu);
    if (value >> 30 == 3)
        return g_strdup_printf("0x%08X is an NTSTATUS, or an HRESULT of a "
                               "component; on Windows, certutil -error 0x%08X shows "
                               "its text",
                               value, value);
    if (value >> 31)
        return g_strdup_printf("0x%08X is an HRESULT of facility %u; on Windows, "
                               "certutil -error 0x%08X shows its text",
                               value, value >> 16 & 0x7FFu, value);
    if (number->alone)
        return g_strdup_printf("%u may be an event or a Win32 error; on Windows, "
                               "net helpmsg %u shows the text of the latter",
                               value, value);
    if (number->said && (number->may & 1u << ERROR_WIN32) &&
        (number->may & 1u << ERROR_EVENT))
        return g_strdup_printf("%u may be a number of the program's own, as those of "
                               "VMM are, or a Win32 error; on Windows, net helpmsg %u "
                               "shows the text of the latter",
                               value, value);
    if (number->said && (number->may & 1u << ERROR_WIN32))
        return g_strdup_printf("%u is a Win32 error; on Windows, net helpmsg %u shows "
                               "its text",
                               value, value);
    if (number->said && (number->may & 1u << ERROR_KERBEROS))
        return g_strdup_printf("%u is an error of Kerberos; RFC 4120, section 7.5.9, "
                               "lists them",
                               value);
    return NULL;
}

char *
match_structure(const Input *input)
{
    for (guint i = 0; i < input->numbers->len; i++) {
        char *text = describe_code(&g_array_index(input->numbers, InputNumber, i));
        if (text)
            return text;
    }
    return NULL;
}

/* A number that is a code for certain: said to be one, or of the form of one (MS-ERREF
 * 2.1 to 2.3; no mask, no pattern of bits). */
static bool
is_certain(const InputNumber *number)
{
    guint32 value = (guint32)number->value;
    if (number->idle || number->value == 0)
        return false;
    if (input_number_is_shaped(number))
        return (value >> 27 == 0x10 || value >> 24 == 0xC0 || value >> 28 == 0xD) &&
               (value & 0x07FFFFFFu) != 0;
    return number->said && number->value <= WIN32_MOST &&
           (number->may & ~(1u << ERROR_EVENT)) != 0;
}

static bool
is_in_table(const Errors *errors, const InputNumber *number)
{
    for (guint i = 0; i < errors->entries->len; i++) {
        const ErrorEntry *entry = errors->entries->pdata[i];
        for (guint c = 0; c < entry->codes->len; c++)
            if (is_code(entry->codes->pdata[c], number))
                return true;
    }
    return false;
}

static void
add_unknown(GPtrArray *unknown, const char *what, const char *help)
{
    g_autofree char *text = g_strdup_printf("%s is not in kcdaudit's tables%s%s", what,
                                            help ? ": " : "", help ? help : "");
    if (unknown->len < UNKNOWN_SHOWN &&
        !g_ptr_array_find_with_equal_func(unknown, text, g_str_equal, NULL))
        g_ptr_array_add(unknown, g_steal_pointer(&text));
}

static bool
is_name_in_table(const Errors *errors, const char *name)
{
    for (guint i = 0; i < errors->entries->len; i++) {
        const ErrorEntry *entry = errors->entries->pdata[i];
        for (guint c = 0; c < entry->codes->len; c++) {
            const ErrorCode *code = entry->codes->pdata[c];
            if (code->name && text_equal(code->name, name))
                return true;
        }
    }
    return false;
}

/* Names that can be of nothing but codes. */
static void
find_unknown_names(const Errors *errors, const Input *input, GPtrArray *unknown)
{
    static const char *const prefixes[] = {"kdc_err_", "krb_ap_err_", "sec_e_"};
    for (guint i = 0; i < input->names->len && unknown->len < UNKNOWN_SHOWN; i++)
        for (guint p = 0; p < G_N_ELEMENTS(prefixes); p++)
            if (g_str_has_prefix(input->names->pdata[i], prefixes[p]) &&
                !is_name_in_table(errors, input->names->pdata[i])) {
                g_autofree char *upper = g_ascii_strup(input->names->pdata[i], -1);
                add_unknown(unknown, upper, NULL);
            }
}

GPtrArray *
match_unknown(const Errors *errors, const Input *input)
{
    GPtrArray *unknown = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < input->numbers->len && unknown->len < UNKNOWN_SHOWN; i++) {
        const InputNumber *number = &g_array_index(input->numbers, InputNumber, i);
        if (!is_certain(number) || is_in_table(errors, number))
            continue;
        g_autofree char *help = describe_code(number);
        g_autofree char *code =
            input_number_is_shaped(number)
                ? g_strdup_printf("0x%08X", (guint32)number->value)
                : g_strdup_printf("Error %" G_GINT64_FORMAT, number->value);
        add_unknown(unknown, code, help);
    }
    find_unknown_names(errors, input, unknown);
    return unknown;
}
