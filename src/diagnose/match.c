/* Compares codes, names and phrases with the table, and finds the nearest. */
#include "diagnose/match.h"

#include "base/text.h"

#include <string.h>

#define KRB5_BASE G_GINT64_CONSTANT(1765328384) /* libkrb5's ERROR_TABLE_BASE_krb5 */
#define WIN32_FACILITY 0x80070000u
#define NT_FACILITY 0x10000000u
#define EVENT_LEAST 10000 /* a smaller number has to be called an event */
#define NEAREST_SHOWN 4
#define WORD_LEAST 4

/* Codes */

static bool
is_code(const ErrorCode *code, const InputNumber *number)
{
    guint32 value = (guint32)number->value;
    bool fits = number->value >= G_MININT32 && number->value <= G_MAXUINT32;
    bool said = number->alone || number->code_said;
    if (!fits)
        return false;
    switch (code->kind) {
    case ERROR_HRESULT:
        return value == code->value;
    case ERROR_NTSTATUS:
        return value == code->value || value == ((guint32)code->value | NT_FACILITY);
    case ERROR_WIN32:
        return value == ((guint32)code->value | WIN32_FACILITY) ||
               (said && number->value == code->value);
    case ERROR_KERBEROS:
        return (said && number->value == code->value) ||
               number->value == code->value - KRB5_BASE ||
               (code->value < 0 && (gint32)value == code->value);
    case ERROR_EVENT:
        return !number->hex && number->value == code->value &&
               (number->alone || number->event_said ||
                (number->value >= EVENT_LEAST && !number->loose && !number->code_said));
    default:
        return false;
    }
}

static const ErrorCode *
find_code(const ErrorEntry *entry, const Input *input)
{
    for (guint c = 0; c < entry->codes->len; c++) {
        const ErrorCode *code = entry->codes->pdata[c];
        g_autofree char *folded = code->name ? text_fold(code->name) : NULL;
        for (guint i = 0; folded && i < input->names->len; i++)
            if (strcmp(folded, input->names->pdata[i]) == 0)
                return code;
        for (guint i = 0; i < input->numbers->len; i++)
            if (is_code(code, &g_array_index(input->numbers, InputNumber, i)))
                return code;
    }
    return NULL;
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

/* How long the longest phrase is that stands in the text; 0: none. */
static gsize
find_phrase(const ErrorEntry *entry, const Input *input)
{
    gsize longest = 0;
    for (guint i = 0; i < entry->phrases->len; i++) {
        char *const *parts = entry->phrases->pdata[i];
        const char *at = input->plain;
        gsize length = 0;
        for (; at && *parts; parts++) {
            at = find_part(input->plain, at, *parts);
            length += strlen(*parts);
        }
        if (at)
            longest = MAX(longest, length);
    }
    return longest;
}

/* From the most telling: words without a code are the text of a certain fault;
 * a code may have many; an event's number wraps any text (domain: "IDs are
 * weak"). */
static guint
rank(const Match *match)
{
    if (match->entry->kind == ERROR_TEXT)
        return 0;
    if (match->entry->kind == ERROR_CHECKLIST)
        return 4;
    if (match->entry->kind == ERROR_EVENT)
        return match->words > 0 ? 2 : 3;
    return 1;
}

static gint
by_rank(gconstpointer a, gconstpointer b)
{
    const Match *const *left = a, *const *right = b;
    guint here = rank(*left), there = rank(*right);
    if (here != there)
        return here < there ? -1 : 1;
    if (((*left)->code != NULL) != ((*right)->code != NULL))
        return (*left)->code ? -1 : 1;
    return (*left)->words > (*right)->words ? -1 : (*left)->words < (*right)->words;
}

/* Words in passing: what a longer phrase, or a code, says is meant. */
static void
drop_passing(GPtrArray *matches)
{
    gsize longest = 0;
    bool coded = false;
    for (guint i = 0; i < matches->len; i++) {
        const Match *match = matches->pdata[i];
        longest = MAX(longest, match->words);
        coded = coded || match->code;
    }
    for (guint i = matches->len; i > 0; i--) {
        const Match *match = matches->pdata[i - 1];
        bool passing = match->words * 2 < longest ||
                       (coded && match->entry->kind == ERROR_CHECKLIST);
        if (!match->code && passing)
            g_ptr_array_remove_index(matches, i - 1);
    }
}

GPtrArray *
match_find(const Errors *errors, const Input *input)
{
    GPtrArray *matches = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < errors->entries->len; i++) {
        const ErrorEntry *entry = errors->entries->pdata[i];
        Match match = {entry, find_code(entry, input), find_phrase(entry, input)};
        if (match.code || match.words > 0)
            g_ptr_array_add(matches, g_memdup2(&match, sizeof match));
    }
    drop_passing(matches);
    g_ptr_array_sort(matches, by_rank);
    return matches;
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

/* Equal hexadecimal digits; most for one that differs in one place. */
static guint
score_number(const ErrorEntry *entry, const InputNumber *number)
{
    guint best = 0;
    for (guint c = 0; c < entry->codes->len; c++) {
        const ErrorCode *code = entry->codes->pdata[c];
        g_autofree char *known = code->value > G_MAXUINT16
                                     ? g_strdup_printf("%08x", (guint32)code->value)
                                     : g_strdup_printf("%" G_GINT64_FORMAT, code->value);
        g_autofree char *given =
            number->hex || number->value < 0 || number->value > G_MAXUINT16
                ? g_strdup_printf("%08x", (guint32)number->value)
                : g_strdup_printf("%" G_GINT64_FORMAT, number->value);
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
    g_autoptr(GString) about = g_string_new(NULL);
    for (guint i = 0; i < entry->phrases->len; i++) {
        g_autofree char *phrase = g_strjoinv(" ", entry->phrases->pdata[i]);
        g_string_append_printf(about, " %s", phrase);
    }
    for (guint i = 0; i < entry->codes->len; i++) {
        const ErrorCode *code = entry->codes->pdata[i];
        g_string_append_printf(about, " %s", code->name ? code->name : "");
    }
    g_string_append_printf(about, " %s", entry->meaning);
    g_autofree char *plain = errors_plain(about->str);
    guint score = 0;
    for (; *words; words++)
        if (strlen(*words) >= WORD_LEAST && strstr(plain, *words))
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

char *
match_structure(const Input *input)
{
    for (guint i = 0; i < input->numbers->len; i++) {
        const InputNumber *number = &g_array_index(input->numbers, InputNumber, i);
        guint32 value = (guint32)number->value;
        if (number->value < G_MININT32 || number->value > G_MAXUINT32)
            continue;
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
    }
    return NULL;
}
