/* Cuts a pasted text into lines, and finds the commands that were typed in it. */
#include "pasted.h"

#include "base/limits.h"

#include <string.h>

#define COMMAND_MAX 1000
#define CHOPPED_LEAST 40
#define PROMPT_MAX 300 /* bytes of the path before > */

static const char *const tools[] = {
    "setspn",
    "klist",
    "nltest",
    "whoami",
    "Get-ADComputer",
    "Get-ADUser",
    "Get-ADObject",
    "Get-ADServiceAccount",
    "Get-VMHost",
    "Test-WSMan",
    "Test-NetConnection",
    "Invoke-Command",
    "Search-ADAccount",
    "Test-ComputerSecureChannel",
    "w32tm",
    "netsh",
};

/* Whether it begins as one types a tool, and not as it is named in an error: "klist
 * failed with ...", "Test-WSMan : ...". */
static bool
begins_with_tool(const char *body)
{
    body += *body == '(';
    for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
        gsize length = strlen(tools[i]);
        if (g_ascii_strncasecmp(body, tools[i], length) != 0)
            continue;
        const char *rest = body + length;
        if (g_ascii_strncasecmp(rest, ".exe", 4) == 0)
            rest += 4;
        if (g_ascii_strncasecmp(rest, " failed", 7) == 0)
            return false;
        return *rest == '\0' ||
               (g_ascii_isspace(*rest) && rest[1] != ':' && strlen(body) < COMMAND_MAX);
    }
    return false;
}

/* What is typed after "PS C:\>", "C:\Users\x>", "[HV02]: PS>", "PS>"; NULL: no prompt.
 * *ret_machine: of a remote one (transfer full), else NULL. */
static const char *
after_prompt(const char *body, char **ret_machine)
{
    const char *at = body;
    if (*at == '[') {
        const char *close = strchr(at, ']');
        if (!close || close - at > PROMPT_MAX || g_ascii_strncasecmp(close, "]: PS", 5))
            return NULL;
        *ret_machine = g_strndup(at + 1, (gsize)(close - at - 1));
        at = close + 3;
    }
    bool powershell = strncmp(at, "PS", 2) == 0 && (at[2] == ' ' || at[2] == '>');
    bool path = g_ascii_isalpha(at[0]) && at[1] == ':' && at[2] == '\\';
    const char *end = powershell || path ? strchr(at, '>') : NULL;
    if (!end || end - at > PROMPT_MAX) {
        g_clear_pointer(ret_machine, g_free);
        return NULL;
    }
    while (*end == '>' || *end == ' ')
        end++;
    return end;
}

static const char *
keep(Paste *paste, char *text)
{
    g_ptr_array_add(paste->texts, text);
    return text;
}

/* Marks of mail and of forums before a line ("> ", ">> ", "> > "). */
static const char *
skip_marks(const char *line)
{
    while (*line == '>' || *line == '|') {
        gsize marks = *line == '>' ? strspn(line, ">") : 1;
        if (line[marks] != ' ' && line[marks] != '\0')
            break;
        line += marks + (line[marks] == ' ');
    }
    return line;
}

/* What a page of HTML writes for lines, and for characters of its own. */
static void
unescape(GString *text)
{
    static const struct {
        const char *entity, *text;
    } entities[] = {{"&gt;", ">"},   {"&lt;", "<"},   {"&quot;", "\""}, {"&#39;", "'"},
                    {"&#x27;", "'"}, {"&nbsp;", " "}, {"&amp;", "&"}};
    static const char *const tags[] = {"<br />", "<br/>", "<br>", "<p>", "</p>"};
    for (guint i = 0; strchr(text->str, '<') && i < G_N_ELEMENTS(tags); i++)
        g_string_replace(text, tags[i], "", 0);
    for (guint i = 0; strchr(text->str, '&') && i < G_N_ELEMENTS(entities); i++)
        g_string_replace(text, entities[i].entity, entities[i].text, 0);
}

/* A whole line in bold: "**text**". */
static void
drop_stars(GString *text)
{
    if (text->len < 5 || !g_str_has_prefix(text->str, "**") ||
        !g_str_has_suffix(text->str, "**"))
        return;
    g_string_truncate(text, text->len - 2);
    g_string_erase(text, 0, 2);
}

/* Blanks of every kind become plain ones, so that columns can be told. */
static char *
clean(const char *line, gsize length)
{
    GString *out = g_string_sized_new(length);
    const char *end = line + length;
    for (const char *at = line; at < end; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == '\t')
            g_string_append(out, "        ");
        else if (c == 0x2026) /* an ellipsis */
            g_string_append(out, "...");
        else if (c == 0xFEFF || c == 0x200B || c == '\r')
            continue;
        else if (g_unichar_isspace(c) || g_unichar_iscntrl(c))
            g_string_append_c(out, ' ');
        else
            g_string_append_len(out, at, g_utf8_next_char(at) - at);
    }
    unescape(out);
    g_strchomp(out->str);
    g_string_truncate(out, strlen(out->str));
    drop_stars(out);
    return g_strchomp(g_string_free(out, FALSE));
}

static void
add_line(Paste *paste, const char *text, gsize length, PasteLine *last)
{
    g_autofree char *whole = clean(text, length);
    PasteLine line = {.text = g_strdup(skip_marks(whole)),
                      .command = last->command,
                      .machine = last->machine};
    while (line.text[line.indent] == ' ')
        line.indent++;
    const char *body = line.text + line.indent;
    line.blank = *body == '\0';
    char *machine = NULL;
    const char *typed = after_prompt(body, &machine);
    line.tool = begins_with_tool(typed ? typed : body);
    line.prompted = typed || line.tool;
    if (line.prompted) {
        line.command = keep(paste, g_strndup(typed ? typed : body, COMMAND_MAX));
        line.machine = machine ? keep(paste, machine) : NULL;
    }
    *last = line;
    paste->widest = MAX(paste->widest, strlen(line.text));
    g_array_append_val(paste->lines, line);
}

void
paste_cut(Paste *paste, const char *text)
{
    PasteLine last = {0};
    for (const char *at = text; at;) {
        if (*at && !paste_may(paste, LIMIT_PASTE_LINES, paste->lines->len)) {
            add_line(paste, "...", 3, &last); /* a list may go on there */
            return;
        }
        const char *end = strchr(at, '\n');
        add_line(paste, at, end ? (gsize)(end - at) : strlen(at), &last);
        at = end ? end + 1 : NULL;
    }
}

void
paste_take_lines(Paste *paste, guint first, guint last)
{
    for (guint at = first; at <= last && at < paste->lines->len; at++)
        paste_line_here(paste, at)->taken = true;
}

bool
paste_is_chopped(const Paste *paste, guint at)
{
    const PasteLine *line = paste_line(paste, at), *next = paste_line(paste, at + 1);
    gsize length = line ? strlen(line->text) : 0;
    /* A blank at the end is gone. */
    return next && !next->blank && !next->prompted && next->indent < 2 &&
           length >= CHOPPED_LEAST && length + 1 >= paste->widest;
}

bool
paste_is_cut_mark(const char *body)
{
    static const char *const marks[] = {"...",    "....",   "[...]", "(...)",
                                        "<snip>", "[snip]", "snip",  "<...>"};
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++)
        if (g_ascii_strcasecmp(body, marks[i]) == 0)
            return true;
    return false;
}

/* "CN=" or "OU=" where a word begins. */
static const char *
find_rdn(const char *body)
{
    for (const char *at = body; *at; at++) {
        if (at > body && at[-1] != ' ' && at[-1] != '"' && at[-1] != '\'')
            continue;
        if (g_ascii_strncasecmp(at, "CN=", 3) == 0 ||
            g_ascii_strncasecmp(at, "OU=", 3) == 0)
            return at;
    }
    return NULL;
}

char *
paste_dn(const char *body, gsize *ret_lead, bool *ret_colon)
{
    const char *start = find_rdn(body);
    gsize length = start ? strlen(start) : 0;
    g_autofree char *folded = start ? g_ascii_strdown(start, -1) : NULL;
    if (!folded || length > 1000 || !strstr(folded, ",dc=") || strchr(start, '{'))
        return NULL;
    *ret_colon = start[length - 1] == ':';
    if (*ret_colon)
        length--;
    while (length > 0 && strchr(" \"'", start[length - 1]))
        length--;
    *ret_lead = (gsize)(start - body);
    return g_strndup(start, length);
}

/* A word, or what stands between quotes of any kind, at the beginning. */
static char *
word_at(const char *at)
{
    static const char *const quotes[] = {
        "\"",       "'",        "\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E",
        "\xC2\xAB", "\xC2\xBB", "\xE2\x80\x98", "\xE2\x80\x99"};
    while (*at == ' ')
        at++;
    for (guint i = 0; i < G_N_ELEMENTS(quotes); i++) {
        if (!g_str_has_prefix(at, quotes[i]))
            continue;
        at += strlen(quotes[i]);
        const char *end = at + strlen(at);
        for (guint q = 0; q < G_N_ELEMENTS(quotes); q++) {
            const char *close = strstr(at, quotes[q]);
            end = close && close < end ? close : end;
        }
        return g_strndup(at, (gsize)(end - at));
    }
    return g_strndup(at, strcspn(at, " |;,"));
}

char *
paste_identity(const char *command)
{
    g_autofree char *identity = paste_argument(command, "-Identity");
    g_autofree char *folded = command ? g_ascii_strdown(command, -1) : NULL;
    const char *verb = folded ? strstr(folded, "get-ad") : NULL;
    const char *space = verb ? strchr(command + (verb - folded), ' ') : NULL;
    g_autofree char *word = identity || !space ? NULL : word_at(space);
    char *whom = g_strdup(identity ? identity : word ? word : "");
    whom[strcspn(whom, ")")] = '\0';
    if (*whom && !strchr("-$({", *whom) && !strpbrk(whom, "*?="))
        return whom;
    g_free(whom);
    return NULL;
}

char *
paste_argument(const char *command, const char *option)
{
    if (!command)
        return NULL;
    gsize length = strlen(option);
    for (const char *at = command; *at; at++) {
        if ((at > command && at[-1] != ' ') ||
            g_ascii_strncasecmp(at, option, length) != 0 || at[length] != ' ')
            continue;
        char *word = word_at(at + length);
        if (*word)
            return word;
        g_free(word);
        return NULL;
    }
    return NULL;
}
