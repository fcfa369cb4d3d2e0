/* The quoting of each destination. */
#include "base/text.h"

#include "char.h"

#include <string.h>

typedef struct {
    gunichar first;
    gunichar last;
} Range;

static bool
in_ranges(gunichar c, const Range *ranges, guint count)
{
    for (guint i = 0; i < count; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return false;
}

/* What a reader cannot see, or what moves other text: general categories Cf
 * (bidirectional controls, zero-width characters, tags), Zl and Zp, and the
 * rest of Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties.txt). */
static bool
is_invisible(gunichar c)
{
    static const Range ignorable[] = {
        {0x034F, 0x034F}, {0x115F, 0x1160},   {0x17B4, 0x17B5}, {0x180B, 0x180F},
        {0x2065, 0x2065}, {0x3164, 0x3164},   {0xFE00, 0xFE0F}, {0xFFA0, 0xFFA0},
        {0xFFF0, 0xFFF8}, {0xE0000, 0xE0FFF},
    };

    if (c < 0x80)
        return false;
    switch (g_unichar_type(c)) {
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return true;
    default:
        return in_ranges(c, ignorable, G_N_ELEMENTS(ignorable));
    }
}

/* What no script may hold in an argument. */
static bool
is_unscriptable(const Char *ch)
{
    return !ch->valid || char_is_control(ch->c) || is_invisible(ch->c);
}

static void
append_hex(GString *out, const char *before, gunichar c)
{
    g_string_append_printf(out, "%s%02x", before, c);
}

/* RFC 4515 section 3.  Control characters and bytes that are not UTF-8 are
 * escaped too: \XX stands for any octet. */
static bool
quote_ldap_filter(const char *in, GString *out)
{
    while (*in != '\0') {
        Char ch = char_at(in);

        if (!ch.valid || ch.c < 0x20 || ch.c == 0x7F ||
            (ch.c < 0x80 && strchr("*()\\", (int)ch.c) != NULL))
            append_hex(out, "\\", ch.c);
        else
            g_string_append_len(out, ch.at, ch.length);
        in += ch.length;
    }
    return true;
}

/* RFC 4514 section 2.4.  "=" may be escaped and older parsers want it. */
static bool
quote_dn(const char *in, GString *out)
{
    const char *start = in;

    while (*in != '\0') {
        Char ch = char_at(in);
        bool first = in == start;
        bool last = in[ch.length] == '\0';

        if (!ch.valid || ch.c < 0x20 || ch.c == 0x7F) {
            append_hex(out, "\\", ch.c);
        } else {
            if ((ch.c < 0x80 && strchr(",+\"\\<>;=", (int)ch.c) != NULL) ||
                (ch.c == ' ' && (first || last)) || (ch.c == '#' && first))
                g_string_append_c(out, '\\');
            g_string_append_len(out, ch.at, ch.length);
        }
        in += ch.length;
    }
    return true;
}

/* Characters that Windows turns into a quote or a backslash where a program
 * asks for its command line in an ANSI code page ("best fit"). */
static bool
is_best_fit_quote(gunichar c)
{
    static const Range ranges[] = {
        {0x00A5, 0x00A5}, {0x02BA, 0x02BA}, {0x030E, 0x030E}, {0x201C, 0x201F},
        {0x2033, 0x2033}, {0x2036, 0x2036}, {0x20A9, 0x20A9}, {0x20E5, 0x20E5},
        {0x2216, 0x2216}, {0x275D, 0x275E}, {0x301D, 0x301F}, {0xFF02, 0xFF02},
        {0xFF3C, 0xFF3C},
    };

    return c >= 0x80 && in_ranges(c, ranges, G_N_ELEMENTS(ranges));
}

/* One argument for cmd.exe in a batch file, and for the C runtime of the
 * program it starts.  Inside quotes & | < > ^ ( ) are plain to cmd.exe; % is
 * expanded everywhere, and doubled stands for itself; ! is plain, as delayed
 * expansion is off unless asked for, which no script of ours does.  A quote
 * cannot be written so that cmd.exe and the program agree where it ends: it is
 * refused.  Backslashes double before the closing quote, which the C runtime
 * would take as escaped.  UTF-8 is read as such after "chcp 65001". */
static bool
quote_cmd(const char *in, GString *out)
{
    gsize backslashes = 0; /* at the end of what was read */

    g_string_append_c(out, '"');
    while (*in != '\0') {
        Char ch = char_at(in);

        if (is_unscriptable(&ch) || ch.c == '"' || is_best_fit_quote(ch.c))
            return false;
        backslashes = ch.c == '\\' ? backslashes + 1 : 0;
        if (ch.c == '%')
            g_string_append_c(out, '%');
        g_string_append_len(out, ch.at, ch.length);
        in += ch.length;
    }
    for (; backslashes > 0; backslashes--)
        g_string_append_c(out, '\\');
    g_string_append_c(out, '"');
    return true;
}

/* A single-quoted literal: only the quote is special, and stands doubled.
 * PowerShell takes U+2018 - U+201B as single quotes too (its tokenizer's
 * IsSingleQuote); each, doubled, stands for itself. */
static bool
quote_powershell(const char *in, GString *out)
{
    g_string_append_c(out, '\'');
    while (*in != '\0') {
        Char ch = char_at(in);

        if (is_unscriptable(&ch))
            return false;
        if (ch.c == '\'' || (ch.c >= 0x2018 && ch.c <= 0x201B))
            g_string_append_len(out, ch.at, ch.length);
        g_string_append_len(out, ch.at, ch.length);
        in += ch.length;
    }
    g_string_append_c(out, '\'');
    return true;
}

/* RFC 2849: a SAFE-STRING as it is, everything else in base64; a space at the
 * end too (note 8), and control characters, which a person would not see.
 * Lines are not folded. */
static bool
quote_ldif(const char *in, GString *out)
{
    gsize length = strlen(in);
    bool safe = length == 0 || (strchr(" :<", in[0]) == NULL && in[length - 1] != ' ');

    for (gsize i = 0; safe && i < length; i++)
        safe = in[i] >= 0x20 && in[i] < 0x7F;
    if (safe) {
        g_string_append(out, length == 0 ? ":" : ": ");
        g_string_append(out, in);
    } else {
        g_autofree char *coded = g_base64_encode((const guchar *)in, length);

        g_string_append(out, ":: ");
        g_string_append(out, coded);
    }
    return true;
}

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static bool
quote_html(const char *in, GString *out)
{
    while (*in != '\0') {
        Char ch = char_at(in);

        in += ch.length;
        switch (ch.valid ? ch.c : 0) {
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '"':
            g_string_append(out, "&quot;");
            break;
        case '\'':
            g_string_append(out, "&#39;");
            break;
        case '\t':
        case '\n': /* white space like any other */
            g_string_append_c(out, (char)ch.c);
            break;
        default:
            /* XML 1.0 has no U+FFFE and U+FFFF either. */
            if (!ch.valid || char_is_control(ch.c) || ch.c == 0xFFFE || ch.c == 0xFFFF)
                g_string_append(out, REPLACEMENT);
            else if (is_invisible(ch.c))
                g_string_append_printf(out, "\\u{%04X}", ch.c);
            else
                g_string_append_len(out, ch.at, ch.length);
        }
    }
    return true;
}

/* Whether a spreadsheet would take what begins here as a formula: by its first
 * character that is seen (the full-width forms count in East Asian locales).
 * `inner`: in the middle of a field, where a quote may open another. */
static bool
is_formula(const char *in, bool inner)
{
    while (*in != '\0') {
        Char ch = char_at(in);

        if (ch.valid && ch.c < 0x80 && strchr("=+-@\t\r\n", (int)ch.c) != NULL)
            return true;
        if (ch.valid &&
            (ch.c == 0xFF0B || ch.c == 0xFF0D || ch.c == 0xFF1D || ch.c == 0xFF20))
            return true;
        if (!ch.valid ||
            !(g_unichar_isspace(ch.c) || is_invisible(ch.c) || (inner && ch.c == '"')))
            return false;
        in += ch.length;
    }
    return false;
}

/* Where a reader with other ideas of the format begins a field: Excel splits at
 * the list separator of its locale, a semicolon in most of Europe, and there our
 * quotes stand in the middle of a field and protect nothing. */
static bool
is_separator(const Char *ch)
{
    return ch->valid && ch->c < 0x80 && strchr(";\t\r\n", (int)ch->c) != NULL;
}

static bool
quote_csv(const char *in, GString *out)
{
    bool begins = true, inner = false;

    g_string_append_c(out, '"');
    while (*in != '\0') {
        Char ch = char_at(in);

        if (begins && is_formula(in, inner))
            g_string_append_c(out, '\'');
        begins = inner = is_separator(&ch);
        in += ch.length;
        if (!ch.valid || (char_is_control(ch.c) && strchr("\t\r\n", (int)ch.c) == NULL)) {
            g_string_append(out, REPLACEMENT);
            continue;
        }
        if (ch.c == '"')
            g_string_append_c(out, '"');
        g_string_append_len(out, ch.at, ch.length);
    }
    g_string_append_c(out, '"');
    return true;
}

/* What a terminal would act on, or not show, as an escape that can be seen. */
static void
append_visible(GString *out, const Char *ch)
{
    if (!ch->valid || char_is_control(ch->c))
        append_hex(out, "\\x", ch->c);
    else if (is_invisible(ch->c))
        g_string_append_printf(out, "\\u{%04X}", ch->c);
    else
        g_string_append_len(out, ch->at, ch->length);
}

static bool
quote_terminal(const char *in, GString *out)
{
    while (*in != '\0') {
        Char ch = char_at(in);

        append_visible(out, &ch);
        in += ch.length;
    }
    return true;
}

/* cmd.exe expands %...% in a rem line and lets a ^ at its end swallow the line
 * break; in the first word after rem it acts on & | < > as well.  "#>" would
 * end a PowerShell block comment. */
static bool
quote_comment(const char *in, GString *out)
{
    bool first_word = true;
    gunichar before = 0;

    in += strspn(in, " ");
    while (*in != '\0') {
        Char ch = char_at(in);

        if (ch.c == ' ')
            first_word = false;
        if (ch.c == '%' || ch.c == '^' || (ch.c == '>' && before == '#') ||
            (first_word && ch.valid && ch.c < 0x80 && strchr("&|<>", (int)ch.c) != NULL &&
             ch.c != '\0'))
            append_hex(out, "\\x", ch.c);
        else
            append_visible(out, &ch);
        before = ch.c;
        in += ch.length;
    }
    return true;
}

typedef bool (*Quoter)(const char *in, GString *out);

static const Quoter quoters[QUOTE_KINDS] = {
    [QUOTE_LDAP_FILTER] = quote_ldap_filter,
    [QUOTE_DN] = quote_dn,
    [QUOTE_CMD] = quote_cmd,
    [QUOTE_POWERSHELL] = quote_powershell,
    [QUOTE_LDIF] = quote_ldif,
    [QUOTE_HTML] = quote_html,
    [QUOTE_CSV] = quote_csv,
    [QUOTE_TERMINAL] = quote_terminal,
    [QUOTE_COMMENT] = quote_comment,
};

bool
text_quote(QuoteKind kind, const char *in, GString *out)
{
    gsize before = out->len;

    g_assert((guint)kind < QUOTE_KINDS);
    if (quoters[kind](in, out))
        return true;
    g_string_truncate(out, before);
    return false;
}

char *
text_quoted(QuoteKind kind, const char *in)
{
    GString *out = g_string_new(NULL);
    bool taken = text_quote(kind, in, out);

    return g_string_free(out, !taken);
}
