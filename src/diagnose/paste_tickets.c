/* Outputs about tickets and domain controllers: klist, nltest, Test-WSMan. */
#include "pasted.h"

#include "base/text.h"
#include "model/spn.h"

#include <string.h>

#define FORWARDABLE 0x40000000u
#define TICKET_LINES 14
#define DC_LINES 12

/* klist */

/* One cached ticket, in any language: its labels are translated, its values are not. */
typedef struct {
    char *client;
    char *server;
    char *etype; /* the ticket's own */
    char *ends;  /* the last two times: that of the end, and that of renewal */
    char *renews;
    guint32 flags;
    bool has_flags;
} Ticket;

static void
ticket_clear(Ticket *ticket)
{
    g_free(ticket->client);
    g_free(ticket->server);
    g_free(ticket->etype);
    g_free(ticket->ends);
    g_free(ticket->renews);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ticket, ticket_clear)

/* "#0>     Client: ..." gives what follows the mark; NULL: it is no ticket. */
static const char *
after_mark(const char *body)
{
    gsize digits = *body == '#' ? strspn(body + 1, "0123456789") : 0;
    return digits > 0 && body[1 + digits] == '>' ? body + 2 + digits : NULL;
}

/* What follows the first ": ". */
static const char *
value_of(const char *body)
{
    const char *colon = strstr(body, ": ");
    return colon ? colon + 2 + strspn(colon + 2, " ") : "";
}

static bool
is_etype(const char *value)
{
    return strstr(value, "RC4") || strstr(value, "AES") || strstr(value, "DES");
}

/* "10/3/2026 18:12:33 (local)" */
static bool
is_time(const char *value)
{
    return g_ascii_isdigit(*value) && strchr(value, ':') && strlen(value) < 60;
}

static void
take_flags(Ticket *ticket, const char *body)
{
    const char *hex = strstr(body, "0x"), *arrow = strstr(body, "->");
    if (ticket->has_flags || !hex || !arrow || arrow < hex)
        return;
    ticket->flags = (guint32)g_ascii_strtoull(hex + 2, NULL, 16);
    ticket->has_flags = true;
}

static void
take_ticket_line(Ticket *ticket, const char *body)
{
    const char *value = value_of(body);
    const char *at = strstr(value, " @ ");
    if (at && !ticket->client)
        ticket->client = g_strndup(value, (gsize)(at - value));
    else if (at && !ticket->server)
        ticket->server = g_strndup(value, (gsize)(at - value));
    else if (is_etype(value) && !ticket->etype)
        ticket->etype = g_strdup(value);
    else if (is_time(value)) {
        g_free(ticket->ends);
        ticket->ends = ticket->renews;
        ticket->renews = g_strdup(value);
    }
    take_flags(ticket, body);
}

/* A ticket to ask for tickets with says whether its owner can be delegated. */
static void
tell_tgt(Paste *paste, const Ticket *ticket)
{
    bool host = g_str_has_suffix(ticket->client, "$");
    const char *sensitive = host ? "source-sensitive" : "operator-sensitive";
    const char *protected = host ? "source-protected" : "operator-protected";
    g_autofree char *from = g_strdup_printf("klist of %s", ticket->client);
    if ((ticket->flags & FORWARDABLE) != 0) {
        const char *const both[] = {sensitive, protected};
        for (guint i = 0; i < G_N_ELEMENTS(both); i++)
            paste_fact(paste, both[i], FACT_RULES_OUT, WEIGHS_LISTED, from,
                       "the ticket-granting ticket of %s is forwardable.",
                       ticket->client);
        return;
    }
    /* Members of Protected Users have theirs for four hours, and cannot renew them. */
    bool renewable = g_strcmp0(ticket->ends, ticket->renews) != 0;
    paste_fact(paste, renewable ? sensitive : protected, FACT_SUSPECTS, WEIGHS_SIGN_IN,
               from,
               "the ticket-granting ticket of %s is not forwardable%s: the account is "
               "marked sensitive or in Protected Users, so no host can act for it.",
               ticket->client, renewable ? "" : ", and cannot be renewed");
}

static void
tell_ticket(Paste *paste, const Ticket *ticket)
{
    if (!ticket->client || !ticket->server)
        return;
    g_autofree char *from = g_strdup_printf("klist of %s", ticket->client);
    /* Its encryption is krbtgt's and says nothing of a host's; its flags may have been
     * cut off. */
    bool tgt = g_ascii_strncasecmp(ticket->server, "krbtgt/", 7) == 0;
    if (tgt && ticket->has_flags)
        tell_tgt(paste, ticket);
    else if (!tgt && ticket->etype && strstr(ticket->etype, "RC4"))
        paste_fact(paste, "etypes-weak", FACT_SUSPECTS, WEIGHS_LISTED, from,
                   "the ticket for %s is encrypted with RC4 (%s).", ticket->server,
                   ticket->etype);
    paste_output(paste, from);
}

/* An error that was pasted right below: "(0x80090322)". */
static bool
is_error(const char *text)
{
    return strstr(text, "(0x8") || strcasestr(text, "(0xc0");
}

static guint
take_ticket(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    const char *rest = after_mark(paste_body(line));
    g_auto(Ticket) ticket = {0};
    guint taken = 1;
    if (!rest)
        return 0;
    take_ticket_line(&ticket, rest);
    while (taken < TICKET_LINES && (line = paste_line(paste, at + taken)) != NULL &&
           !line->blank && !line->prompted && !after_mark(paste_body(line)) &&
           !is_error(paste_body(line))) {
        take_ticket_line(&ticket, paste_body(line));
        taken++;
    }
    tell_ticket(paste, &ticket);
    paste_take_lines(paste, at, at + taken - 1);
    return taken;
}

/* What klist says of a ticket that it did not get.  The code stays in the text: the
 * tables know it, too. */
static const struct {
    const char *status;
    const char *cause;
    FactWeight weight;
    const char *said;
} refusals[] = {
    {"0xc000018b", NULL, WEIGHS_SIGN_IN, "the KDC knows no account that holds %s."},
    {"0xc000005e", "dc-unreachable", WEIGHS_SIGN_IN,
     "no domain controller answered when a ticket for %s was asked for."},
    {"0xc0000388", "dc-unreachable", WEIGHS_LISTED,
     "no domain controller could be reached when a ticket for %s was asked for."},
    {"0xc0000133", "clock", WEIGHS_SIGN_IN,
     "the KDC refuses a ticket for %s because the clocks differ."},
};

static guint
take_refusal(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    g_autofree char *folded = g_ascii_strdown(paste_body(line), -1);
    bool asked = line->command && g_ascii_strncasecmp(line->command, "klist", 5) == 0;
    if (line->prompted || !(asked || strstr(folded, "klist")))
        return 0;
    g_autofree char *spn = paste_argument(line->command, "get");
    g_autoptr(Spn) parsed = spn ? spn_parse(spn) : NULL;
    const char *cause =
        !parsed                                    ? NULL
        : text_equal(parsed->class, SPN_MIGRATION) ? "spn-migration"
        : text_equal(parsed->class, SPN_CIFS) || text_equal(parsed->class, SPN_HOST)
            ? "spn-host"
            : NULL;
    g_autofree char *from =
        spn ? g_strdup_printf("klist get %s", spn) : g_strdup("klist get");
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const char *of = refusals[i].cause ? refusals[i].cause : cause;
        if (!strstr(folded, refusals[i].status) || !of)
            continue;
        g_auto(GStrv) said = g_strsplit(refusals[i].said, "%s", 2);
        paste_output(paste, from);
        paste_fact(paste, of, FACT_CONFIRMS, refusals[i].weight, from, "%s%s%s", said[0],
                   spn ? spn : "the SPN", said[1]);
    }
    return 0;
}

guint
paste_read_klist(Paste *paste, guint at)
{
    /* "Current LogonId is 0:0x3e7" */
    if (strstr(paste_body(paste_line_here(paste, at)), " 0:0x"))
        paste_take_lines(paste, at, at);
    take_refusal(paste, at);
    return take_ticket(paste, at);
}

/* nltest: "Status = 1355 0x54b ERROR_NO_SUCH_DOMAIN", in any language. */

static const struct {
    guint status;
    const char *cause;
    const char *said;
} nltest_states[] = {
    {1355, "dc-unreachable", "no domain controller was found"},
    {1311, "dc-unreachable", "no domain controller can be reached for sign-ins"},
    {1722, "dc-unreachable", "the domain controller does not answer (RPC)"},
    {5, "host-is-stale",
     "the domain controller refuses the secure channel of this computer"},
    {1786, "host-is-stale", "this computer's secret of the domain is missing"},
    {1787, "host-is-stale", "the domain has no account for this computer"},
    {1788, "host-is-stale", "the trust between the domains is broken"},
    {1789, "host-is-stale", "the trust between this computer and the domain is broken"},
};

static char *
nltest_name(const PasteLine *line)
{
    g_autofree char *command = line->command ? g_ascii_strdown(line->command, -1) : NULL;
    const char *at = command ? strstr(command, "nltest") : NULL;
    gsize start = at ? (gsize)(at - command) : 0;
    g_autofree char *typed =
        at ? g_strndup(line->command + start, 60) : g_strdup("nltest");
    return g_strdup_printf("%s%s%s", g_strstrip(typed), line->machine ? " on " : "",
                           line->machine ? line->machine : "");
}

static bool
is_digits(const char *text, gsize length)
{
    return length > 0 && length < 8 && strspn(text, "0123456789") >= length;
}

/* "           DC: \\\\DC1.contoso.com" */
static guint
take_dc(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    if (!g_str_has_prefix(paste_body(line), "DC: \\\\"))
        return 0;
    g_autofree char *from = nltest_name(line);
    paste_fact(paste, "dc-unreachable", FACT_RULES_OUT, WEIGHS_LISTED, from,
               "the domain controller %s was found.", paste_body(line) + 6);
    paste_output(paste, from);
    guint taken = 1;
    while (taken < DC_LINES && (line = paste_line(paste, at + taken)) != NULL &&
           !line->blank && !line->prompted && strstr(paste_body(line), ": "))
        taken++;
    paste_take_lines(paste, at, at + taken - 1);
    return taken;
}

guint
paste_read_nltest(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    guint taken = take_dc(paste, at);
    if (taken > 0)
        return taken;
    const char *equals = strstr(paste_body(line), "Status = ");
    gsize digits = equals ? strspn(equals + 9, "0123456789") : 0;
    if (!equals || line->prompted || !is_digits(equals + 9, digits))
        return 0;
    guint status = (guint)g_ascii_strtoull(equals + 9, NULL, 10);
    const char *rest = equals + 9 + digits;
    g_autofree char *hex = g_strdup_printf(" 0x%x", status);
    bool mine = g_ascii_strncasecmp(rest, hex, strlen(hex)) == 0 ||
                strstr(rest, "ERROR_") ||
                (line->command && strstr(line->command, "nltest"));
    if (!mine)
        return 0;
    g_autofree char *from = nltest_name(line);
    for (guint i = 0; i < G_N_ELEMENTS(nltest_states); i++)
        if (nltest_states[i].status == status)
            paste_fact(paste, nltest_states[i].cause, FACT_CONFIRMS, WEIGHS_SIGN_IN, from,
                       "%s (%u).", nltest_states[i].said, status);
    if (status == 0)
        paste_fact(paste, "host-is-stale", FACT_RULES_OUT, WEIGHS_LISTED, from,
                   "the secure channel to the domain works.");
    paste_output(paste, from);
    paste_take_lines(paste, at, at);
    return 1;
}

/* Test-WSMan */

static const struct {
    guint32 code;
    FactPower power;
    const char *cause;
    const char *said;
} faults[] = {
    {0x80338012, FACT_CONFIRMS, "winrm", "WinRM on %s does not answer"},
    {0x80338126, FACT_CONFIRMS, "winrm", "WinRM on %s cannot be reached"},
    {0x803381B9, FACT_CONFIRMS, "name-resolution", "the name %s does not resolve"},
    {0x80090322, FACT_SUSPECTS, "winrm-spn",
     "what answers WinRM's port on %s has not the key of HTTP's SPN"},
};

/* The number after Code=" in the lines of the fault, which a console cuts anywhere. */
static guint32
fault_code(const Paste *paste, guint at, guint *ret_taken)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const PasteLine *line;
    for (*ret_taken = 0; *ret_taken < 5 && (line = paste_line(paste, at + *ret_taken)) &&
                         !line->blank && !line->prompted;
         (*ret_taken)++)
        g_string_append(text, paste_body(line));
    const char *code = strstr(text->str, "Code=\"");
    guint64 value = code ? g_ascii_strtoull(code + 6, NULL, 10) : 0;
    return value <= G_MAXUINT32 ? (guint32)value : 0;
}

guint
paste_read_wsman(Paste *paste, guint at)
{
    const PasteLine *line = paste_line_here(paste, at);
    const char *body = paste_body(line);
    if (line->prompted || g_ascii_strncasecmp(body, "Test-WSMan", 10) != 0 ||
        !strstr(body, "WSManFault"))
        return 0;
    guint taken;
    guint32 code = fault_code(paste, at, &taken);
    g_autofree char *named = paste_argument(line->command, "-ComputerName");
    g_autofree char *plain = named ? NULL : paste_argument(line->command, "Test-WSMan");
    const char *whom = named ? named : plain && *plain != '-' ? plain : "the target";
    g_autofree char *from = g_strdup_printf("Test-WSMan %s", whom);
    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        if (faults[i].code != code)
            continue;
        g_auto(GStrv) said = g_strsplit(faults[i].said, "%s", 2);
        paste_fact(paste, faults[i].cause, faults[i].power, WEIGHS_SIGN_IN, from,
                   "%s%s%s (0x%08X).", said[0], whom, said[1], code);
        paste_output(paste, from);
    }
    return 0;
}
