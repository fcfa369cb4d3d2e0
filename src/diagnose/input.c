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

bool
input_read(const char *data, gsize length, Input **ret_input, GError **error)
{
    g_autofree char *says = limit_says(LIMIT_PASTE_BYTES);
    if (length > MOST_PASTE_BYTES)
        return fault_set(error, FAULT_CONFIG, "%s; paste the one event", says);
    g_autoptr(Input) input = g_new0(Input, 1);
    input->text = decode(data, length);
    input->numbers = g_array_new(FALSE, FALSE, sizeof(InputNumber));
    input->names = g_ptr_array_new_with_free_func(g_free);
    input->hosts = g_ptr_array_new_with_free_func(g_free);
    input->spns = g_ptr_array_new_with_free_func(g_free);
    input->plain = errors_plain(input->text);
    if (!*input->plain)
        return fault_set(error, FAULT_CONFIG,
                         "nothing to diagnose; give a code, an event id or the text of a "
                         "message");
    input->sentences =
        typed_sentences(input->plain, &input->beyond[LIMIT_PASTE_SENTENCES]);
    g_autofree char *lines = errors_tidy(input->text);
    g_autofree char *folded = text_fold(lines);
    input_find_numbers(input, folded);
    input_find_names(input, lines);
    *ret_input = g_steal_pointer(&input);
    return true;
}
