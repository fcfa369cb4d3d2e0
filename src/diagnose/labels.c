/* Finds the label of a value: in "Failure Code: 0xD", in JSON and in XML. */
#include "input_parts.h"

#include <string.h>

#define BETWEEN " \n:=#()[]>\"'-\\|*"
#define BETWEEN_MAX 64 /* of them in a row; a text may be nothing else */
#define BLANKS_MAX 4
#define TAG_MAX 160

static bool
is_word(char c)
{
    return g_ascii_isalnum(c) || (guchar)c >= 0x80;
}

/* Where the label begins that ends at `end`; G_MAXSIZE: it is not this one. */
static gsize
match_back(const char *text, gsize end, const char *words)
{
    gsize at = end;
    for (gsize i = strlen(words); i > 0; i--) {
        if (words[i - 1] == ' ') {
            gsize most = at > BLANKS_MAX ? at - BLANKS_MAX : 0;
            while (at > most && strchr(" _-.:\n\"{", text[at - 1]))
                at--;
        } else if (at == 0 || g_ascii_tolower(text[at - 1]) != words[i - 1]) {
            return G_MAXSIZE;
        } else {
            at--;
        }
    }
    return at;
}

static const Label *
match_labels(const char *text, gsize end, const Label *labels, gsize count)
{
    const Label *best = NULL;
    gsize longest = 0;
    for (gsize i = 0; i < count; i++) {
        gsize start = match_back(text, end, labels[i].words);
        bool whole = start != G_MAXSIZE &&
                     (start == 0 || labels[i].part ||
                      (guchar)labels[i].words[0] >= 0x80 || !is_word(text[start - 1]));
        if (whole && end - start > longest) {
            best = &labels[i];
            longest = end - start;
        }
    }
    return best;
}

/* Where the name of the start tag ends that closes at `close`; 0: there is none. */
static gsize
tag_name_end(const char *text, gsize close)
{
    for (gsize at = close; at > 0 && close - at < TAG_MAX; at--) {
        if (text[at - 1] == '>')
            return 0;
        if (text[at - 1] == '<')
            return at + strcspn(text + at, " \n/>");
    }
    return 0;
}

const Label *
label_before(const char *text, gsize at, const Label *labels, gsize count)
{
    gsize end = at, close = 0;
    while (end > 0 && at - end < BETWEEN_MAX && strchr(BETWEEN, text[end - 1])) {
        end--;
        if (text[end] == '>' && close == 0)
            close = end;
    }
    const Label *found = match_labels(text, end, labels, count);
    if (!found && close > 0) {
        gsize name = tag_name_end(text, close);
        found = name > 0 ? match_labels(text, name, labels, count) : NULL;
    }
    return found;
}
