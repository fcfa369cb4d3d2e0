/* Compares sets of words with the sentences of a text. */
#include "typed.h"

#include <stdbool.h>
#include <string.h>

/* A longer sentence was not typed as a symptom: it holds any words. */
#define WORDS_MOST 25

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
length_in(char *const *set, const char *sentence)
{
    g_auto(GStrv) words = g_strsplit_set(sentence, SEPARATORS, -1);
    guint count = 0;
    gsize length = 0;
    for (char **word = words; *word; word++)
        count += **word != '\0';
    for (; count <= WORDS_MOST && *set; set++) {
        char **word = words;
        while (*word && !(**word && answers(*set, *word)))
            word++;
        if (!*word)
            return 0;
        length += strlen(*word);
    }
    return count <= WORDS_MOST ? length : 0;
}

gsize
typed_length(char *const *set, const char *plain)
{
    gsize longest = 0;
    for (const char *at = plain; *at;) {
        const char *end = at;
        while (*end && !(strchr(".!?;", *end) && (end[1] == ' ' || end[1] == '\0')))
            end++;
        g_autofree char *sentence = g_strndup(at, (gsize)(end - at));
        longest = MAX(longest, length_in(set, sentence));
        at = *end ? end + 1 : end;
    }
    return longest;
}
