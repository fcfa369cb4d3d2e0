/* What was pasted, as text; its parts are read by input_numbers.c and input_names.c. */
#include "diagnose/input.h"

#include "base/fault.h"
#include "base/text.h"
#include "base/utf16.h"
#include "input_parts.h"
#include "typed.h"

#include <string.h>

void
input_free(Input *input)
{
    if (!input)
        return;
    g_free(input->text);
    g_free(input->plain);
    g_free(input->source);
    g_free(input->target);
    g_free(input->operator);
    g_array_unref(input->numbers);
    g_ptr_array_unref(input->names);
    g_ptr_array_unref(input->hosts);
    g_ptr_array_unref(input->spns);
    g_clear_pointer(&input->sentences, g_ptr_array_unref);
    g_clear_pointer(&input->answer, g_ptr_array_unref);
    g_free(input);
}

#define ACCOUNTS_MOST 16 /* each looks through the whole text */
#define NUMBERED_LEAST 4 /* fewer lines may begin with numbers by chance */

/* UTF-16 whose mark was lost: of mostly Latin text every other byte is zero. */
static bool
is_unmarked(const char *data, gsize length, bool big)
{
    gsize zeros = 0, others = 0;
    for (gsize i = 0; i + 1 < length; i += 2) {
        zeros += data[i + !big] == '\0';
        others += data[i + big] == '\0';
    }
    return length >= 8 && others == 0 && zeros > length / 4;
}

/* PowerShell's > writes UTF-16 with a mark (transfer full). */
static char *
decode(const char *data, gsize length)
{
    gsize skip;
    ByteMark mark = utf16_mark(data, length, &skip);
    if (mark == MARK_UTF16_LE || mark == MARK_UTF16_BE)
        return utf16_decode(data + skip, length - skip, mark == MARK_UTF16_BE, NULL);
    for (guint big = 0; mark == MARK_NONE && big < 2; big++)
        if (is_unmarked(data, length, big))
            return utf16_decode(data, length, big, NULL);
    return g_utf8_make_valid(data + skip, (gssize)(length - skip));
}

/* The number before a line, which a page or an editor counts; 0: none.  *ret_skip: its
 * bytes, with the blank or the colon behind it. */
static guint64
line_number(const char *line, gsize *ret_skip)
{
    gsize blanks = strspn(line, " "), digits = strspn(line + blanks, "0123456789");
    char after = line[blanks + digits];
    *ret_skip = blanks + digits + (after && strchr(" :|\t", after) ? 1 : 0);
    return digits > 0 && digits < 6 && (!after || strchr(" :|\t\r\n", after))
               ? g_ascii_strtoull(line + blanks, NULL, 10)
               : 0;
}

/* Whether every line bears its number. */
static bool
is_numbered(const char *text)
{
    guint64 next = 0, number;
    guint count = 0;
    gsize skip;
    for (const char *at = text; at && *at; count++) {
        number = line_number(at, &skip);
        if (number == 0 || (count > 0 && number != next))
            return false;
        next = number + 1;
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return count >= NUMBERED_LEAST;
}

/* How long the line break is that JSON writes here; 0: there is none. */
static gsize
held_break(const char *at)
{
    static const char *const breaks[] = {"\\r\\n", "\\u000d\\u000a"};
    for (guint i = 0; *at == '\\' && i < G_N_ELEMENTS(breaks); i++)
        if (g_str_has_prefix(at, breaks[i]))
            return strlen(breaks[i]);
    return 0;
}

/* The lines of a message that JSON holds within one string, as lines, and the tabs that
 * stand before and behind a label (transfer full). */
static char *
with_lines(char *text)
{
    GString *out = g_string_sized_new(strlen(text));
    bool held = false;
    for (const char *at = text; *at;) {
        gsize length = held_break(at);
        char last = out->len > 0 ? out->str[out->len - 1] : '\0';
        if (length > 0) {
            held = true;
            g_string_append_c(out, '\n');
            at += length;
        } else if (held && last && strchr("\n\t:", last) && g_str_has_prefix(at, "\\t")) {
            if (last == ':')
                g_string_append_c(out, '\t');
            at += strlen("\\t");
        } else {
            g_string_append_c(out, *at++);
        }
    }
    g_free(text);
    return g_string_free(out, FALSE);
}

/* The text without such numbers: they are no codes (transfer full). */
static char *
without_numbers(char *text)
{
    if (!strchr(text, '\n')) /* of old Macs, and of some consoles */
        g_strdelimit(text, "\r", '\n');
    if (!is_numbered(text))
        return text;
    GString *out = g_string_new(NULL);
    gsize skip;
    for (const char *at = text; *at;) {
        line_number(at, &skip);
        gsize length = strcspn(at, "\n");
        if (length > skip)
            g_string_append_len(out, at + skip, (gssize)(length - skip));
        at += length + (at[length] == '\n');
        g_string_append_c(out, '\n');
    }
    g_free(text);
    return g_string_free(out, FALSE);
}

/* The first label of the name behind a blank, which may be in quotes. */
static gsize
label_length(const char **at)
{
    *at += strspn(*at, " \"'");
    return strcspn(*at, " .\"'\\\n,;)");
}

/* Whether a command of the text connects to the computer of that name. */
static bool
is_connected_to(const char *plain, const char *name, gsize length)
{
    static const char *const ways[] = {"-computername ", "enter-pssession ",
                                       "new-pssession ", "connecting to remote server "};
    for (guint i = 0; i < G_N_ELEMENTS(ways); i++)
        for (const char *at = plain; (at = strstr(at, ways[i])) != NULL;) {
            at += strlen(ways[i]);
            const char *label = at;
            if (label_length(&label) == length && strncmp(label, name, length) == 0)
                return true;
        }
    return false;
}

/* "-ComputerName hv02 -Credential hv02\admin": an account of that computer, which is
 * ".\admin" there (transfer full). */
static char *
with_own_accounts(char *plain)
{
    static const char option[] = "-credential ";
    GString *out = g_string_new(NULL);
    const char *done = plain, *at = plain;
    for (guint i = 0; i < ACCOUNTS_MOST && (at = strstr(at, option)) != NULL; i++) {
        at += strlen(option);
        const char *name = at;
        gsize length = label_length(&name);
        if (length == 0 || name[length] != '\\' || !is_connected_to(plain, name, length))
            continue;
        g_string_append_len(out, done, at - done);
        g_string_append_c(out, '.');
        done = at = name + length;
    }
    g_string_append(out, done);
    g_free(plain);
    return g_string_free(out, FALSE);
}

/* Where the word that a hyphen breaks off at the end of its line goes on; NULL: it does
 * not. */
static const char *
goes_on_at(const char *hyphen, const char *text)
{
    gunichar before =
        hyphen > text ? g_utf8_get_char(g_utf8_prev_char(hyphen)) : (gunichar)'\0';
    const char *next = hyphen + 1 + strspn(hyphen + 1, " \r");
    if (*next != '\n' || !g_unichar_isalpha(before))
        return NULL;
    next += strspn(next, " \t\r\n>");
    return g_unichar_islower(g_utf8_get_char(next)) ? next : NULL;
}

/* The plain text, and again with the words whole that were broken at the ends of lines:
 * whether the hyphen belongs to the word is not known (transfer full). */
static char *
plain_of(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) whole = g_string_new(NULL);
    const char *done = valid, *next;
    for (const char *at = valid; (at = strchr(at, '-')) != NULL; at++) {
        next = goes_on_at(at, valid);
        if (!next)
            continue;
        g_string_append_len(whole, done, at - done);
        done = next;
    }
    if (done == valid)
        return errors_plain(valid);
    g_string_append(whole, done);
    g_string_prepend(whole, "\n");
    g_string_prepend(whole, valid);
    return errors_plain(whole->str);
}

bool
input_read(const char *data, gsize length, Input **ret_input, GError **error)
{
    g_autofree char *says = limit_says(LIMIT_PASTE_BYTES);
    if (length > MOST_PASTE_BYTES)
        return fault_set(error, FAULT_CONFIG, "%s; paste the one event", says);
    g_autoptr(Input) input = g_new0(Input, 1);
    input->text = with_lines(without_numbers(decode(data, length)));
    input->numbers = g_array_new(FALSE, FALSE, sizeof(InputNumber));
    input->names = g_ptr_array_new_with_free_func(g_free);
    input->hosts = g_ptr_array_new_with_free_func(g_free);
    input->spns = g_ptr_array_new_with_free_func(g_free);
    input->plain = with_own_accounts(plain_of(input->text));
    if (!*input->plain)
        return fault_set(error, FAULT_CONFIG,
                         "nothing to diagnose; give a code, an event id or the text of a "
                         "message");
    input->sentences =
        typed_sentences(input->plain, &input->beyond[LIMIT_PASTE_SENTENCES]);
    input->answer = typed_answer(input->plain);
    g_autofree char *lines = errors_tidy(input->text);
    g_autofree char *folded = text_fold(lines);
    input_find_numbers(input, folded);
    input_find_names(input, lines);
    *ret_input = g_steal_pointer(&input);
    return true;
}
