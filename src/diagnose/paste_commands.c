/* Short outputs of commands that causes recommend: what they say follows from the command
 * above them. */
#include "pasted.h"

#include "base/text.h"

#include <string.h>

#define BLOCK_LINES 60
#define SKEW_MOST 300.0 /* seconds that Kerberos allows */

/* What a command printed, up to the next one. */
typedef struct {
    Paste *paste;
    const PasteLine *typed;
    guint first, last; /* lines; last < first: it printed nothing */
    const char *name;  /* of the output */
} Block;

typedef void (*Tell)(const Block *block);

static const char *
line_of(const Block *block, guint at)
{
    return paste_body(paste_line_here(block->paste, at));
}

static bool
has_line(const Block *block, const char *text)
{
    for (guint at = block->first; at <= block->last; at++)
        if (g_ascii_strcasecmp(line_of(block, at), text) == 0)
            return true;
    return false;
}

static const char *
machine_of(const Block *block)
{
    return block->typed->machine ? block->typed->machine : "this computer";
}

static void
tell_channel(const Block *block)
{
    bool broken = has_line(block, "False");
    if (broken || has_line(block, "True"))
        paste_fact(block->paste, "host-is-stale", broken ? FACT_CONFIRMS : FACT_RULES_OUT,
                   broken ? WEIGHS_SIGN_IN : WEIGHS_LISTED, block->name,
                   broken ? "the secure channel between %s and the domain is broken."
                          : "the secure channel between %s and the domain works.",
                   machine_of(block));
}

/* Each value on a line of its own. */
static void
tell_guard(const Block *block)
{
    bool numbers = block->first <= block->last;
    for (guint at = block->first; at <= block->last; at++) {
        const char *body = line_of(block, at);
        numbers = numbers && strspn(body, "0123456789 ") == strlen(body);
    }
    bool runs = has_line(block, "1");
    if (numbers)
        paste_fact(block->paste, "credential-guard",
                   runs ? FACT_CONFIRMS : FACT_RULES_OUT, WEIGHS_LISTED, block->name,
                   runs ? "Credential Guard runs (1 in SecurityServicesRunning)."
                        : "Credential Guard does not run.");
}

/* "08:12:01, +412.3351221s": the largest difference that was measured. */
static void
tell_clock(const Block *block)
{
    double most = 0;
    bool measured = false;
    for (guint at = block->first; at <= block->last; at++) {
        const char *body = line_of(block, at), *comma = strstr(body, ", ");
        char *end = NULL;
        double value =
            comma && strchr("+-", comma[2]) ? g_ascii_strtod(comma + 2, &end) : 0;
        if (!end || *end != 's' || !g_ascii_isdigit(*body))
            continue;
        measured = true;
        most = MAX(most, value < 0 ? -value : value);
    }
    bool apart = most > SKEW_MOST;
    if (measured)
        paste_fact(block->paste, "clock", apart ? FACT_CONFIRMS : FACT_RULES_OUT,
                   apart ? WEIGHS_SIGN_IN : WEIGHS_LISTED, block->name,
                   "the clocks differ by %.0f seconds; Kerberos allows 300.", most);
}

/* "Proxy Server(s) :  proxy.contoso.com:8080", in any language. */
static void
tell_proxy(const Block *block)
{
    for (guint at = block->first; at <= block->last; at++) {
        const char *body = line_of(block, at);
        const char *value = strstr(body, ": ");
        const char *port = value ? strrchr(value + 2, ':') : NULL;
        value = value ? value + 2 + strspn(value + 2, " ") : NULL;
        if (!port || port < value || !g_ascii_isdigit(port[1]) ||
            !g_strstr_len(body, -1, "roxy"))
            continue;
        paste_fact(block->paste, "winrm-proxy", FACT_SUSPECTS, WEIGHS_LISTED, block->name,
                   "%s is the proxy that WinHTTP uses.", value);
        return;
    }
}

/* "Cached Tickets: (0)" in a session on another computer. */
static void
tell_tickets(const Block *block)
{
    bool none = false;
    for (guint at = block->first; at <= block->last; at++)
        none = none || g_str_has_suffix(line_of(block, at), ": (0)");
    if (none && block->typed->machine)
        paste_fact(block->paste, "winrm-second-hop", FACT_SUSPECTS, WEIGHS_SIGN_IN,
                   block->name,
                   "the session on %s holds no Kerberos ticket of the user: nothing can "
                   "be asked of a third computer with it.",
                   block->typed->machine);
}

/* Folded, anywhere in the command; `whole`: nothing else is typed.  `takes`: nothing in
 * the lines is an error. */
static const struct {
    const char *typed, *output;
    Tell tell;
    bool whole, takes;
} commands[] = {
    {"test-computersecurechannel", "Test-ComputerSecureChannel", tell_channel, false,
     false},
    {").securityservicesrunning", "Win32_DeviceGuard", tell_guard, false, true},
    {"expandproperty securityservicesrunning", "Win32_DeviceGuard", tell_guard, false,
     true},
    {"w32tm /stripchart", "w32tm /stripchart", tell_clock, false, false},
    {"winhttp show proxy", "netsh winhttp show proxy", tell_proxy, false, false},
    {"klist", "klist", tell_tickets, true, true},
};

static Block
block_at(Paste *paste, guint at)
{
    Block block = {paste, paste_line_here(paste, at), at + 1, at, NULL};
    const PasteLine *line;
    for (guint i = at + 1;
         i - at < BLOCK_LINES && (line = paste_line(paste, i)) != NULL && !line->prompted;
         i++)
        if (!line->blank)
            block.last = i;
    return block;
}

void
paste_read_command(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    if (!line->prompted || !line->command)
        return;
    g_autofree char *folded = g_ascii_strdown(line->command, -1);
    g_strstrip(folded);
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (!strstr(folded, commands[i].typed) ||
            (commands[i].whole && strcmp(folded, commands[i].typed) != 0))
            continue;
        Block block = block_at(paste, at);
        block.name = commands[i].output;
        guint before = paste->facts->len;
        commands[i].tell(&block);
        if (paste->facts->len > before)
            paste_output(paste, block.name);
        if (paste->facts->len > before && commands[i].takes)
            paste_take_lines(paste, block.first, block.last);
        return;
    }
}

/* The first word of a command, without what stands before it. */
static char *
first_word(const char *command)
{
    command += strspn(command, " (");
    return g_strndup(command, strcspn(command, " )"));
}

static bool
is_recommended(const Errors *errors, const char *tool)
{
    for (guint i = 0; i < errors->causes->len; i++) {
        const GPtrArray *see = ((const Cause *)errors->causes->pdata[i])->see;
        for (guint s = 0; s < see->len; s++) {
            g_autofree char *word = first_word(see->pdata[s]);
            if (g_ascii_strcasecmp(word, tool) == 0)
                return true;
        }
    }
    return false;
}

void
paste_note_commands(Paste *paste, const Diagnosis *diagnosis)
{
    static const char *const failures[] = {"error",  "fail",   "denied", "categoryinfo",
                                           "fehler", "erreur", "errore", "exception"};
    if (diagnosis->matches->len > 0 || diagnosis->unknown->len > 0)
        return;
    for (guint i = 0; i < G_N_ELEMENTS(failures); i++)
        if (strstr(diagnosis->input->plain, failures[i]))
            return;
    for (guint at = 0; at < paste->lines->len; at++) {
        const PasteLine *line = paste_line_here(paste, at);
        g_autofree char *tool =
            line->prompted && line->command ? first_word(line->command) : NULL;
        if (tool && *tool && is_recommended(diagnosis->errors, tool))
            paste_output(paste, tool);
    }
}
