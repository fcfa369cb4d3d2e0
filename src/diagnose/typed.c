/* Compares sets of words with the sentences of a text. */
#include "typed.h"

#include "base/limits.h"

#include <stdbool.h>
#include <string.h>

/* A longer sentence was not typed as a symptom: it holds any words. */
#define WORDS_MOST 25
#define SENTENCE_MOST 400 /* bytes */

#define SEPARATORS " ,.:;!?()[]{}<>\"'/\\|=+"

/* Whether the word is one of the choices of "stuck|hang*". */
static bool
answers(const char *choices, const char *word)
{
    g_auto(GStrv) each = g_strsplit(choices, "|", -1);
    for (char **choice = each; *choice; choice++) {
        gsize length = strlen(*choice);
        bool open = g_str_has_suffix(*choice, "*");
        if (open ? strncmp(*choice, word, length - 1) == 0 : strcmp(*choice, word) == 0)
            return true;
    }
    return false;
}

static gsize
length_in(char *const *set, char **words)
{
    gsize length = 0;
    for (; *set; set++) {
        char **word = words;
        while (*word && !answers(*set, *word))
            word++;
        if (!*word)
            return 0;
        length += strlen(*word);
    }
    return length;
}

/* NULL: there are none, or too many (transfer full). */
static char **
words_of(const char *sentence, guint most)
{
    g_auto(GStrv) parts = g_strsplit_set(sentence, SEPARATORS, -1);
    guint count = 0;
    for (char **part = parts; *part; part++)
        count += **part != '\0';
    if (count == 0 || count > most)
        return NULL;
    char **words = g_new0(char *, count + 1), **word = words;
    for (char **part = parts; *part; part++)
        if (**part)
            *word++ = g_strdup(*part);
    return words;
}

static const char *
sentence_end(const char *at)
{
    while (*at && !(strchr(".!?;", *at) && (at[1] == ' ' || at[1] == '\0')))
        at++;
    return at;
}

GPtrArray *
typed_sentences(const char *plain, bool *ret_more)
{
    GPtrArray *sentences = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    for (const char *at = plain; *at && !*ret_more;) {
        const char *end = sentence_end(at);
        gsize length = (gsize)(end - at);
        g_autofree char *sentence = length < SENTENCE_MOST ? g_strndup(at, length) : NULL;
        char **words = sentence ? words_of(sentence, WORDS_MOST) : NULL;
        *ret_more = words && sentences->len >= MOST_PASTE_SENTENCES;
        if (*ret_more)
            g_strfreev(words);
        else if (words)
            g_ptr_array_add(sentences, words);
        at = *end ? end + 1 : end;
    }
    return sentences;
}

/* Words with which people begin what it was in the end. */
static const char *const openings[] = {
    "[solved]",
    "[resolved]",
    "solved:",
    "resolved:",
    "solved it",
    "resolved it",
    "solved by",
    "resolved by",
    "finally",
    "in the end",
    "turned out",
    "turns out",
    "solution:",
    "solution was",
    "the solution",
    "the culprit",
    "the fix was",
    "fixed by",
    "fixed it by",
    "the fix:",
    "found it",
    "found the",
    "the answer was",
    "answer:",
    "cause was",
    "the reason was",
    "the problem was",
    "the issue was",
    "lösung:",
    "lösung gefunden",
    "die lösung war",
    "gelöst:",
    "ursache war",
    "lag daran",
    "stellte sich heraus",
    "solution :",
    "résolu",
    "la cause était",
    "solución:",
    "solucionado",
    "resuelto",
    "la causa era",
    "soluzione",
    "risolto",
    "решение:",
    "решено",
    "причина была",
    "oplossing:",
    "opgelost",
    "rozwiązanie:",
    "solução:",
    "resolvido",
};

/* What takes an answer back. */
static const char *const denials[] = {"not the ", "n't the ", "n't help",
                                      "not help", "no luck",  "nothing"};

#define ANSWERS_MOST 8 /* places where one begins */
#define ANSWER_SENTENCES 3
#define ANSWER_WORDS 45 /* of a sentence: people explain */

static bool
is_denied(const char *sentence)
{
    for (gsize i = 0; i < G_N_ELEMENTS(denials); i++)
        if (strstr(sentence, denials[i]))
            return true;
    return false;
}

/* The last place before `end` where an answer begins; NULL: there is none. */
static const char *
answer_before(const char *plain, const char *end)
{
    const char *last = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(openings); i++) {
        const char *at = g_strrstr_len(plain, end - plain, openings[i]);
        if (at && (at == plain || !g_ascii_isalnum(at[-1])) && (!last || at > last))
            last = at;
    }
    return last;
}

GPtrArray *
typed_answer(const char *plain)
{
    GPtrArray *sentences = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    const char *place = answer_before(plain, plain + strlen(plain));
    for (guint i = 0; place && i < ANSWERS_MOST; i++) {
        const char *at = place;
        for (guint s = 0; s < ANSWER_SENTENCES && *at; s++) {
            const char *end = sentence_end(at);
            g_autofree char *sentence = g_strndup(at, (gsize)(end - at));
            char **words = *end == '?' || is_denied(sentence)
                               ? NULL
                               : words_of(sentence, ANSWER_WORDS);
            if (words)
                g_ptr_array_add(sentences, words);
            if (*end == '?')
                break;
            at = *end ? end + 1 : end;
        }
        place = answer_before(plain, place);
    }
    return sentences;
}

guint
typed_place(char *const *set, const GPtrArray *sentences)
{
    for (guint i = 0; i < sentences->len; i++)
        if (length_in(set, sentences->pdata[i]) > 0)
            return i + 1;
    return 0;
}

gsize
typed_length(char *const *set, const GPtrArray *sentences)
{
    gsize longest = 0;
    for (guint i = 0; i < sentences->len; i++)
        longest = MAX(longest, length_in(set, sentences->pdata[i]));
    return longest;
}
