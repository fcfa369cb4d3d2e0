/* Finds codes, event ids and host names in a text by patterns. */
#include "diagnose/input.h"

#include "base/fault.h"
#include "base/text.h"
#include "base/utf16.h"
#include "diagnose/errors.h"

#include <string.h>

#define NUMBERS_LIMIT 10000
#define HOSTS_LIMIT 16

void
input_free(Input *input)
{
    if (!input)
        return;
    g_free(input->text);
    g_free(input->plain);
    g_free(input->source);
    g_free(input->target);
    g_array_unref(input->numbers);
    g_ptr_array_unref(input->names);
    g_ptr_array_unref(input->hosts);
    g_free(input);
}

/* PowerShell's > writes UTF-16 with a mark (transfer full). */
static char *
decode(const char *data, gsize length)
{
    gsize skip;
    ByteMark mark = utf16_mark(data, length, &skip);
    if (mark == MARK_UTF16_LE || mark == MARK_UTF16_BE)
        return utf16_decode(data + skip, length - skip, mark == MARK_UTF16_BE, NULL);
    return g_utf8_make_valid(data + skip, (gssize)(length - skip));
}

static bool
is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

/* The digits of a word as hexadecimal ones, the letter O for a zero, as people
 * type and guides print it; false where it is no such number. */
static bool
hex_value(const char *digits, gsize length, gint64 *ret_value)
{
    gint64 value = 0;
    if (length == 0 || length > 16)
        return false;
    for (gsize i = 0; i < length; i++) {
        char c = digits[i] == 'o' || digits[i] == 'O' ? '0' : digits[i];
        if (!g_ascii_isxdigit(c))
            return false;
        value = (gint64)((guint64)value << 4 | (guint64)g_ascii_xdigit_value(c));
    }
    *ret_value = value;
    return true;
}

static bool
decimal_value(const char *digits, gsize length, gint64 *ret_value)
{
    gint64 value = 0;
    if (length == 0 || length > 12)
        return false;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isdigit(digits[i]))
            return false;
        value = value * 10 + g_ascii_digit_value(digits[i]);
    }
    *ret_value = value;
    return true;
}

/* Whether one of the words ends right before `at`, over punctuation. */
static bool
is_after(const char *text, gsize at, const char *const *words)
{
    while (at > 0 && strchr(" :=#(>\"'-", text[at - 1]))
        at--;
    for (; *words; words++) {
        gsize length = strlen(*words);
        if (at >= length && memcmp(text + at - length, *words, length) == 0 &&
            (at == length || !is_word(text[at - length - 1])))
            return true;
    }
    return false;
}

static void
add_number(Input *input, gsize at, gsize length, gint64 value, bool hex)
{
    static const char *const event_words[] = {
        "event", "events", "eventid", "event id", "event ids", "id", "ereignis-id", NULL};
    static const char *const code_words[] = {"error", "code",    "win32", "status",
                                             "rc",    "hresult", "krb",   NULL};
    const char *text = input->plain;
    char before = at > 0 ? text[at - 1] : ' ', after = text[at + length];
    InputNumber number = {
        .value = value,
        .hex = hex,
        .alone = at == 0 && after == '\0',
        .event_said = !hex && is_after(text, at, event_words),
        .code_said = hex || is_after(text, at, code_words),
        .loose = strchr(".:/\\", before) != NULL ||
                 (after != '\0' && strchr(".:/\\-", after) != NULL &&
                  is_word(text[at + length + 1])),
    };
    if (input->numbers->len < NUMBERS_LIMIT)
        g_array_append_val(input->numbers, number);
}

/* "-2146893042" */
static bool
is_negative(const char *text, gsize at)
{
    return at > 0 && text[at - 1] == '-' && (at == 1 || !is_word(text[at - 2]));
}

/* "sec_e_no_credentials", and Winsock's, which have no underscore: "wsaeacces" */
static bool
is_symbol(const char *word, gsize length)
{
    return memchr(word, '_', length) || (length > 4 && memcmp(word, "wsae", 4) == 0);
}

static void
take_word(Input *input, gsize at, gsize length)
{
    const char *word = input->plain + at;
    gint64 value = 0;
    bool prefixed = length > 2 && (word[0] == '0' || word[0] == 'o') && word[1] == 'x';
    if (prefixed && hex_value(word + 2, length - 2, &value)) {
        add_number(input, at, length, value, true);
        return;
    }
    if (length == 8 && hex_value(word, length, &value) &&
        (word[0] == '8' || word[0] == 'c'))
        add_number(input, at, length, value, true);
    if (decimal_value(word, length, &value)) {
        bool negative = is_negative(input->plain, at);
        add_number(input, negative ? at - 1 : at, negative ? length + 1 : length,
                   negative ? -value : value, false);
    } else if (is_symbol(word, length) && input->names->len < NUMBERS_LIMIT) {
        g_ptr_array_add(input->names, g_strndup(word, length));
    }
}

static void
find_words(Input *input)
{
    for (gsize at = 0; input->plain[at];) {
        gsize length = 0;
        while (is_word(input->plain[at + length]))
            length++;
        if (length > 0)
            take_word(input, at, length);
        at += length > 0 ? length : 1;
    }
}

/* Hosts.  A word that stands where a host would is one only if it looks like a
 * name: quoted, or with a digit or a dot in it. */

#define HOST "([A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\\.[A-Za-z0-9-]{1,63}){0,8})"

static const struct {
    const char *pattern;
    bool is_source;
} host_patterns[] = {
    {"(?:migration\\s+source|source\\s+(?:host|computer|server))[\\s:]*['\"]?" HOST,
     true},
    {"(?:with\\s+host|migration\\s+destination|destination\\s+(?:host|computer|server)|"
     "target\\s+(?:host|computer))[\\s:]*['\"]?" HOST,
     false},
};

static bool
looks_like_host(const char *text, int start, int end)
{
    bool quoted = start > 0 && strchr("'\"", text[start - 1]);
    bool digit = false, letter = false;
    for (int i = start; i < end; i++) {
        digit = digit || g_ascii_isdigit(text[i]) || text[i] == '.';
        letter = letter || g_ascii_isalpha(text[i]);
    }
    return letter && (quoted || digit);
}

/* The first that looks like one (transfer full); NULL: none. */
static char *
find_host(const char *text, const char *pattern)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_CASELESS, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_assert(regex);
    for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        int start = 0, end = 0;
        if (g_match_info_fetch_pos(match, 1, &start, &end) &&
            looks_like_host(text, start, end))
            return g_strndup(text + start, (gsize)(end - start));
    }
    return NULL;
}

/* "HV01" and "hv01.contoso.com" */
static bool
is_same_host(const char *a, const char *b)
{
    if (!a || !b)
        return false;
    g_autofree char *left = g_strndup(a, strcspn(a, "."));
    g_autofree char *right = g_strndup(b, strcspn(b, "."));
    return text_equal(a, b) ||
           (text_equal(left, right) && (!strchr(a, '.') || !strchr(b, '.')));
}

static void
add_host(Input *input, const char *name)
{
    if (is_same_host(input->source, name) || is_same_host(input->target, name) ||
        input->hosts->len >= HOSTS_LIMIT)
        return;
    for (guint i = 0; i < input->hosts->len; i++)
        if (is_same_host(input->hosts->pdata[i], name))
            return;
    g_ptr_array_add(input->hosts, g_strdup(name));
}

static void
find_hosts(Input *input)
{
    for (guint i = 0; i < G_N_ELEMENTS(host_patterns); i++) {
        char **field = host_patterns[i].is_source ? &input->source : &input->target;
        *field = find_host(input->text, host_patterns[i].pattern);
    }
    g_autofree char *computer =
        find_host(input->text, "\\bcomputer(?: ?name)?[ \t]*[:>][ \t]*['\"]?" HOST);
    if (computer && !input->source && !is_same_host(input->target, computer))
        input->source = g_steal_pointer(&computer);
    else if (computer)
        add_host(input, computer);
}

bool
input_read(const char *data, gsize length, Input **ret_input, GError **error)
{
    if (length > INPUT_LIMIT)
        return fault_set(error, FAULT_CONFIG,
                         "the text is longer than 1 MiB; paste the one event");
    g_autoptr(Input) input = g_new0(Input, 1);
    input->text = decode(data, length);
    input->numbers = g_array_new(FALSE, FALSE, sizeof(InputNumber));
    input->names = g_ptr_array_new_with_free_func(g_free);
    input->hosts = g_ptr_array_new_with_free_func(g_free);
    input->plain = errors_plain(input->text);
    if (!*input->plain)
        return fault_set(error, FAULT_CONFIG,
                         "nothing to diagnose; give a code, an event id or the text of a "
                         "message");
    find_words(input);
    find_hosts(input);
    *ret_input = g_steal_pointer(&input);
    return true;
}
