/* What a text becomes for each of its readers. */
#include "fuzz.h"

#include "base/text.h"

static bool
shows_nothing(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x00ad || c == 0x200b ||
           c == 0x2028 || c == 0x2029 || c == 0x202e || c == 0x2066 || c == 0xfeff;
}

/* Between the quotes none that would end them. */
static void
check_cmd(const char *quoted)
{
    gsize length = strlen(quoted);
    MUST(length >= 2 && quoted[0] == '"' && quoted[length - 1] == '"');
    MUST(memchr(quoted + 1, '"', length - 2) == NULL);
    for (const char *at = quoted; *at; at++)
        MUST((guchar)*at >= 0x20 && (*at != '%' || *++at == '%'));
}

static void
check(QuoteKind kind, const char *quoted, const char *text)
{
    if (kind == QUOTE_TERMINAL || kind == QUOTE_COMMENT)
        for (const char *at = quoted; *at; at = g_utf8_next_char(at))
            MUST(!shows_nothing(g_utf8_get_char(at)));
    if (kind == QUOTE_HTML)
        MUST(!strpbrk(quoted, "<>\"'\x1b\r"));
    if (kind == QUOTE_CMD)
        check_cmd(quoted);
    if (kind == QUOTE_LDIF && g_str_has_prefix(quoted, ":: ")) {
        gsize length = 0;
        g_autofree guchar *back = g_base64_decode(quoted + 3, &length);
        MUST(length == strlen(text) && memcmp(back, text, length) == 0);
    } else if (kind == QUOTE_LDIF) {
        MUST(!strpbrk(quoted, "\r\n"));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    for (QuoteKind kind = 0; kind < QUOTE_KINDS; kind++) {
        g_autofree char *quoted = text_quoted(kind, text);
        MUST(quoted || kind == QUOTE_CMD || kind == QUOTE_POWERSHELL);
        if (quoted)
            check(kind, quoted, text);
    }
    return 0;
}
