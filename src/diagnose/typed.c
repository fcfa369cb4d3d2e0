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
words_of(const char *sentence)
{
    g_auto(GStrv) parts = g_strsplit_set(sentence, SEPARATORS, -1);
    guint count = 0;
    for (char **part = parts; *part; part++)
        count += **part != '\0';
    if (count == 0 || count > WORDS_MOST)
        return NULL;
    char **words = g_new0(char *, count + 1), **word = words;
    for (char **part = parts; *part; part++)
        if (**part)
            *word++ = g_strdup(*part);
    return words;
}

GPtrArray *
typed_sentences(const char *plain, bool *ret_more)
{
    GPtrArray *sentences = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    for (const char *at = plain; *at && !*ret_more;) {
        const char *end = at;
        while (*end && !(strchr(".!?;", *end) && (end[1] == ' ' || end[1] == '\0')))
            end++;
        gsize length = (gsize)(end - at);
        g_autofree char *sentence = length < SENTENCE_MOST ? g_strndup(at, length) : NULL;
        char **words = sentence ? words_of(sentence) : NULL;
        *ret_more = words && sentences->len >= MOST_PASTE_SENTENCES;
        if (*ret_more)
            g_strfreev(words);
        else if (words)
            g_ptr_array_add(sentences, words);
        at = *end ? end + 1 : end;
    }
    return sentences;
}

gsize
typed_length(char *const *set, const GPtrArray *sentences)
{
    gsize longest = 0;
    for (guint i = 0; i < sentences->len; i++)
        longest = MAX(longest, length_in(set, sentences->pdata[i]));
    return longest;
}
