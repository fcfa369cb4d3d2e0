/* kcdaudit ticket: asks the KDC for tickets and shows what it answers. */
#include "cli/cli.h"

#include "base/fault.h"
#include "base/limits.h"
#include "base/text.h"
#include "emit.h"
#include "model/flags.h"
#include "progress.h"
#include "render/tree.h"
#include "ticket/krberror.h"
#include "ticket/probe.h"

#include <string.h>

#define SCHEMA "kcdaudit.ticket/1"

/* RFC 4120 5.3, RFC 6112 and RFC 6806, as libkrb5 orders the bits. */
static const FlagName ticket_flags[] = {
    {0x40000000u, "forwardable"},    {0x20000000u, "forwarded"},
    {0x10000000u, "proxiable"},      {0x08000000u, "proxy"},
    {0x04000000u, "may-postdate"},   {0x02000000u, "postdated"},
    {0x01000000u, "invalid"},        {0x00800000u, "renewable"},
    {0x00400000u, "initial"},        {0x00200000u, "pre-authent"},
    {0x00100000u, "hw-authent"},     {0x00080000u, "transited-policy-checked"},
    {0x00040000u, "ok-as-delegate"}, {0x00010000u, "enc-pa-rep"},
    {0x00008000u, "anonymous"},      {0, NULL},
};

/* What there is to show. */
typedef struct {
    const char *realm;
    const char *principal;
    const GPtrArray *results; /* of const TicketResult * */
    bool quiet;               /* only what was refused */
} Tickets;

static GPtrArray *
flag_names(guint32 flags)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const FlagName *row = ticket_flags; row->bit; row++) {
        if (flags & row->bit)
            g_ptr_array_add(names, g_strdup(row->name));
        flags &= ~row->bit;
    }
    if (flags)
        g_ptr_array_add(names, g_strdup_printf("0x%08x", flags));
    return names;
}

static void
draw_granted(const TicketResult *result, Page *page)
{
    g_autoptr(GPtrArray) names = flag_names(result->flags);
    g_autofree char *etype = etype_text(result->etype);
    page_say(page, 4, STYLE_PLAIN, "%s, kvno %u, ", etype, result->kvno);
    for (guint i = 0; i < names->len; i++)
        page_say(page, 4, STYLE_FAINT, "%s%s", i > 0 ? " " : "",
                 (const char *)names->pdata[i]);
}

static void
draw_refused(const TicketResult *result, Page *page)
{
    const char *status = result->ntstatus ? ntstatus_name(result->ntstatus) : NULL;
    const char *meaning = result->answered ? krberror_meaning(result->error_code) : NULL;
    page_flow(page, 4, STYLE_PLAIN, result->error ? result->error : "no answer");
    if (result->ntstatus)
        page_say(page, 4, STYLE_PLAIN, " (%s 0x%08x)", status ? status : "NTSTATUS",
                 result->ntstatus);
    if (meaning)
        page_say(page, 4, STYLE_PLAIN, ": %s", meaning);
}

/* A line per SPN: the result first, so that columns line up. */
static void
draw(const void *what, Page *page)
{
    const Tickets *tickets = what;
    /* Nobody wants to grep a line that was broken. */
    page->width = G_MAXINT;
    for (guint i = 0; i < tickets->results->len; i++) {
        const TicketResult *result = tickets->results->pdata[i];
        if (tickets->quiet && result->granted)
            continue;
        page_put(page, result->granted ? STYLE_GOOD : STYLE_BAD,
                 result->granted ? "granted" : "refused");
        page_tab(page, 9);
        page_put(page, STYLE_STRONG, result->spn);
        page_say(page, 4, STYLE_PLAIN, "  %.1f ms  ", result->ms);
        if (result->granted)
            draw_granted(result, page);
        else
            draw_refused(result, page);
        page_end(page);
    }
}

static json_t *
result_json(const TicketResult *result)
{
    json_t *object = json_object();
    g_autoptr(GPtrArray) names = flag_names(result->flags);
    g_autofree char *etype = etype_text(result->etype);
    g_autofree char *status =
        result->ntstatus ? g_strdup_printf("0x%08x", result->ntstatus) : NULL;
    bool granted = result->granted;
    tree_put_text(object, "spn", result->spn);
    tree_put_text(object, "result", granted ? "granted" : "refused");
    tree_put(object, "answered", json_boolean(granted || result->answered));
    tree_put_text(object, "server", granted ? result->server : NULL);
    tree_put_text(object, "enctype", granted ? etype : NULL);
    tree_put(object, "kvno", granted ? json_integer(result->kvno) : json_null());
    tree_put(object, "flags", granted ? tree_strings(names) : json_null());
    tree_put_text(object, "error", granted ? NULL : result->error);
    tree_put(object, "error_code",
             !granted && result->answered ? json_integer(result->error_code)
                                          : json_null());
    tree_put_text(object, "ntstatus", status);
    tree_put_text(object, "meaning",
                  !granted && result->answered ? krberror_meaning(result->error_code)
                                               : NULL);
    tree_put(object, "ms", json_real(result->ms));
    return object;
}

static json_t *
json(const void *what)
{
    const Tickets *tickets = what;
    json_t *object = json_object();
    json_t *list = json_array();
    for (guint i = 0; i < tickets->results->len; i++)
        json_array_append_new(list, result_json(tickets->results->pdata[i]));
    tree_put_text(object, "schema", SCHEMA);
    tree_put_text(object, "principal", tickets->principal);
    tree_put_text(object, "realm", tickets->realm);
    tree_put(object, "tickets", list);
    return object;
}

static const View view = {draw, json, NULL, NULL};

/* No KDC at all is no answer about any SPN. */
static int
exit_status(const GPtrArray *results)
{
    guint granted = 0, answered = 0;
    for (guint i = 0; i < results->len; i++) {
        const TicketResult *result = results->pdata[i];
        granted += result->granted;
        answered += result->granted || result->answered;
    }
    if (answered == 0)
        return EXIT_NO_AUDIT;
    return granted == results->len ? EXIT_OK : EXIT_FINDINGS;
}

/* SPNs as kvno and klist write them end in @REALM: that of the KDC asked goes
 * without saying, another one would not be asked.  (transfer full) */
static char **
without_realm(char **spns, const char *realm, GError **error)
{
    g_autoptr(GPtrArray) bare = g_ptr_array_new_with_free_func(g_free);
    for (char **spn = spns; *spn; spn++) {
        const char *at = strrchr(*spn, '@');
        bool named = at && at > *spn && !strchr(at, '/') && at[1] != '\0';
        if (named && !text_equal(at + 1, realm)) {
            g_autofree char *shown = text_quoted(QUOTE_TERMINAL, *spn);
            fault_set(error, FAULT_CONFIG, "%s: the KDC of %s is asked; write -D %s",
                      shown, realm, "the SPN's domain");
            return NULL;
        }
        g_ptr_array_add(bare,
                        named ? g_strndup(*spn, (gsize)(at - *spn)) : g_strdup(*spn));
    }
    g_ptr_array_add(bare, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&bare), FALSE);
}

static void
tell(guint done, void *data)
{
    progress_of("tickets", done, g_strv_length(data));
}

static int
cmd_ticket(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Session) session = NULL;
    g_autoptr(GPtrArray) results = NULL;
    guint count = g_strv_length(options->arguments);

    if (!emit_check(options, &error) || !session_prepare(options, &session, &error) ||
        !session_credentials(session, &error))
        return cli_fail(error);
    const Credentials *credentials = session->credentials;
    const char *domain = options->domain ? options->domain : session->policy->domain;
    g_autofree char *realm =
        domain ? g_ascii_strup(domain, -1) : g_strdup(credentials->realm);
    if (options->verbose) {
        g_autofree char *text =
            g_strdup_printf("as %s (%s), of the KDC of %s", credentials->principal,
                            credentials->ccache, realm);
        cli_note(text, NULL);
    }
    g_auto(GStrv) spns = without_realm(options->arguments, realm, &error);
    if (spns)
        tell(0, spns);
    if (!spns || !probe_tickets(credentials, session->kdcs, realm,
                                (const char *const *)spns, count, (guint)options->jobs,
                                options->timeout_s, tell, spns, &results, &error))
        return cli_fail(error);
    Tickets tickets = {realm, credentials->principal, results, options->quiet};
    if (!emit_view(options, &view, &tickets, &error))
        return cli_fail(error);
    int status = exit_status(results);
    if (status == EXIT_NO_AUDIT) {
        const TicketResult *first = results->pdata[0];
        g_autofree char *text =
            g_strdup_printf("no KDC of %s answered: %s", realm,
                            first->error ? first->error : "no answer");
        g_autofree char *shown = text_quoted(QUOTE_TERMINAL, text);
        cli_note(shown, NULL);
    }
    return status;
}

const Command command_ticket = {
    .name = "ticket",
    .arguments = "SPN...",
    .summary = "ask the KDC for fresh tickets: granted or refused, enctype, kvno, flags",
    .details = "Quote SPNs with spaces: \"Microsoft Virtual System Migration "
               "Service/HV02\".  No directory is read.",
    .statuses =
        {
            [EXIT_OK] = "all granted",
            [EXIT_FINDINGS] = "some refused",
            [EXIT_USAGE] = "usage or configuration is wrong",
            [EXIT_NO_AUDIT] = "no credentials, or no KDC answered",
        },
    .min_arguments = 1,
    .max_arguments = MOST_TICKET_SPNS,
    .options = OPTIONS_KERBEROS | OPTIONS_PACE | OPTIONS_OUTPUT | OPTIONS_WORDS,
    .run = cmd_ticket,
};
