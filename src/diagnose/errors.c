/* Looks up entries, codes, causes and sources by key. */
#include "diagnose/errors.h"

#include "base/text.h"

#include <string.h>

const char *const error_kind_names[ERROR_KINDS] = {
    "hresult", "win32", "ntstatus", "kerberos", "event", "text", "checklist"};

const char *const likelihood_names[LIKELIHOODS] = {"likely", "possible", "rare"};

void
errors_free(Errors *errors)
{
    if (!errors)
        return;
    g_ptr_array_unref(errors->entries);
    g_ptr_array_unref(errors->causes);
    g_ptr_array_unref(errors->sources);
    g_free(errors);
}

const ErrorEntry *
errors_entry(const Errors *errors, const char *id)
{
    for (guint i = 0; i < errors->entries->len; i++)
        if (strcmp(((const ErrorEntry *)errors->entries->pdata[i])->id, id) == 0)
            return errors->entries->pdata[i];
    return NULL;
}

const Cause *
errors_cause(const Errors *errors, const char *id)
{
    for (guint i = 0; i < errors->causes->len; i++)
        if (strcmp(((const Cause *)errors->causes->pdata[i])->id, id) == 0)
            return errors->causes->pdata[i];
    return NULL;
}

/* What word processors and web pages make of plain characters. */
static gunichar
plain_char(gunichar c)
{
    switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x02BC:
    case 0x2039:
    case 0x203A:
    case 0xFF07:
        return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x00AB:
    case 0x00BB:
    case 0x300C:
    case 0x300D:
    case 0xFF02:
        return '"';
    case 0xFF08:
        return '(';
    case 0xFF09:
        return ')';
    case 0xFF1A:
        return ':';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return '-';
    default:
        return c;
    }
}

/* Behind the marks of a quoted mail, "> " or ">> ", which stand between the words where
 * it was wrapped. */
static const char *
skip_quoted(const char *line)
{
    const char *at = line + strspn(line, " \t");
    while (*at == '>')
        at += 1 + strspn(at + 1, " \t");
    return at;
}

/* Quotes and dashes plain, white space in a row one blank, or one line break where
 * one is in it and `lines` are kept; no marks of a quoted mail. */
static char *
tidy(const char *text, bool lines)
{
    GString *out = g_string_sized_new(strlen(text));
    char pending = '\0';
    bool starts = true;
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        at = starts ? skip_quoted(at) : at;
        starts = *at == '\n';
        if (!*at)
            break;
        gunichar c = plain_char(g_utf8_get_char(at));
        if (g_unichar_isspace(c) || g_unichar_iscntrl(c)) {
            if (out->len > 0 && pending != '\n')
                pending = lines && c == '\n' ? '\n' : ' ';
            continue;
        }
        if (c == '`') /* of Markdown, around commands */
            continue;
        if (pending)
            g_string_append_c(out, pending);
        pending = '\0';
        g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

char *
errors_tidy(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return tidy(valid, true);
}

char *
errors_plain(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *folded = text_fold(valid);
    return tidy(folded, false);
}

char *
error_code_text(const ErrorCode *code)
{
    if (code->kind == ERROR_HRESULT || code->kind == ERROR_NTSTATUS)
        return g_strdup_printf("0x%08X", (guint32)code->value);
    return g_strdup_printf("%" G_GINT64_FORMAT, code->value);
}

const ErrorCode *
error_first_code(const ErrorEntry *entry)
{
    return entry->codes->len > 0 ? entry->codes->pdata[0] : NULL;
}

char *
citation_text(const Errors *errors, const Citation *citation)
{
    for (guint i = 0; i < errors->sources->len; i++) {
        const Citation *source = errors->sources->pdata[i];
        if (strcmp(source->id, citation->id) != 0)
            continue;
        return g_strdup_printf(
            "%s%s%s%s%s", source->title, citation->line ? ", line " : "",
            citation->line ? citation->line : "", source->page ? ": " : "",
            source->page ? source->page : "");
    }
    return g_strdup(citation->id);
}
