/* Draws hosts with their SPNs and tickets, and pairs with their reasons. */
#include "inventory.h"

#include "hosts.h"
#include "matrix.h"
#include "render/table.h"

#define INDENT 2
#define AT_SERVICE 4
#define AT_VERDICT 14
#define AT_REASON 23 /* after "degraded" */

/* (transfer full) */
static char *
ticket_text(const TicketEvidence *ticket)
{
    if (!ticket)
        return g_strdup("");
    if (!ticket->granted)
        return g_strdup_printf("%s %s", ticket->answered ? "refused" : "no answer",
                               ticket->error ? ticket->error : "");
    g_autofree char *enctype = etype_text(ticket->etype);
    return g_strdup_printf("%s kvno %u %.1f ms", enctype, ticket->kvno, ticket->ms);
}

/* (transfer full) */
static char *
owners_text(const GPtrArray *owners)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; owners && i < owners->len; i++) {
        const Account *account = owners->pdata[i];

        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", account->name);
    }
    return g_string_free(out, FALSE);
}

static void
draw_host_spns(Page *page, const HostEntry *entry)
{
    g_autoptr(Table) table = table_new(4, INDENT);

    for (guint i = 0; i < entry->spns->len; i++) {
        const HostSpn *spn = &g_array_index(entry->spns, HostSpn, i);
        SpnState state = spn->status->state;
        g_autofree char *owners = owners_text(spn->status->owners);
        g_autofree char *ticket = ticket_text(spn->ticket);
        bool good = !spn->ticket || spn->ticket->granted;

        table_add(table, STYLE_PLAIN, spn->status->spn);
        table_add(table, matrix_style(hosts_spn_verdict(state)), spn_state_names[state]);
        table_add(table, STYLE_PLAIN, owners);
        table_add(table, good ? STYLE_FAINT : STYLE_BAD, ticket);
    }
    table_draw(table, page);
}

static void
draw_host(Page *page, const HostEntry *entry)
{
    const Account *account = entry->host->account;

    page_say(page, INDENT, STYLE_STRONG, "%s", account->name);
    if (account->dns)
        page_say(page, INDENT, STYLE_PLAIN, "  %s", account->dns);
    if (account->os)
        page_say(page, INDENT, STYLE_FAINT, "  %s", account->os);
    if (entry->host->storage)
        page_flow(page, INDENT, STYLE_FAINT, "  file server");
    if (*entry->delegation)
        page_say(page, INDENT, STYLE_PLAIN, "  delegation: %s", entry->delegation);
    page_end(page);
    draw_host_spns(page, entry);
}

void
inventory_draw_hosts(Page *page, const Audit *audit)
{
    g_autoptr(GPtrArray) entries = hosts_gather(audit);

    for (guint i = 0; i < entries->len; i++)
        draw_host(page, entries->pdata[i]);
    if (entries->len > 0)
        page_end(page);
}

static void
draw_legs(Page *page, guint by)
{
    for (guint leg = 0; leg < G_N_ELEMENTS(leg_names); leg++)
        if (by & (1u << leg))
            page_say(page, AT_REASON, STYLE_FAINT, " %s", leg_names[leg]);
}

/* "  cifs kcd | migration kcd", after the names of a ready pair. */
static void
draw_ready(Page *page, const Pair *pair)
{
    bool any = false;

    for (guint i = 0; i < SERVICE_COUNT; i++) {
        if (!pair->services[i].needed)
            continue;
        page_say(page, AT_REASON, STYLE_FAINT, any ? " %s " : "  ",
                 page_glyph(page, GLYPH_DOT));
        page_flow(page, AT_REASON, STYLE_PLAIN, service_names[i]);
        draw_legs(page, pair->services[i].by);
        any = true;
    }
    page_end(page);
}

static void
draw_service(Page *page, const ServiceVerdict *service, const char *name)
{
    page_tab(page, AT_SERVICE);
    page_put(page, STYLE_PLAIN, name);
    page_tab(page, AT_VERDICT);
    page_put(page, matrix_style(service->verdict), verdict_names[service->verdict]);
    page_tab(page, AT_REASON - 1);
    draw_legs(page, service->by);
    for (guint i = 0; i < service->reasons->len; i++)
        page_say(page, AT_REASON, STYLE_PLAIN, "%s %s", i > 0 ? ";" : "",
                 (const char *)service->reasons->pdata[i]);
    page_end(page);
}

/* "    proof     alice@CONTOSO.COM: 3 of 4 granted; cifs/HV02 KDC_ERR_..." */
static void
draw_proof(Page *page, const PairProof *proof)
{
    guint granted = 0;

    page_tab(page, AT_SERVICE);
    page_put(page, STYLE_PLAIN, "proof");
    page_tab(page, AT_VERDICT);
    for (guint i = 0; i < proof->results->len; i++)
        granted += ((const TicketEvidence *)proof->results->pdata[i])->granted ? 1 : 0;
    if (!proof->source->self_granted)
        page_say(page, AT_VERDICT, STYLE_BAD, "S4U2Self refused: %s",
                 proof->source->self_error);
    else
        page_say(page, AT_VERDICT,
                 granted == proof->results->len ? STYLE_GOOD : STYLE_BAD,
                 "%u of %u granted", granted, proof->results->len);
    page_say(page, AT_VERDICT, STYLE_FAINT, " for %s%s", proof->source->user,
             proof->source->self_granted && !proof->source->self_forwardable
                 ? ", by a ticket that is not forwardable"
                 : "");
    for (guint i = 0; i < proof->results->len; i++) {
        const TicketEvidence *result = proof->results->pdata[i];

        if (!result->granted)
            page_say(page, AT_VERDICT, STYLE_PLAIN, "; %s %s%s%s", result->spn,
                     result->error, result->ntstatus_name ? " " : "",
                     result->ntstatus_name ? result->ntstatus_name : "");
    }
    page_end(page);
}

void
inventory_draw_pairs(Page *page, const Audit *audit)
{
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = audit->pairs->pdata[i];

        page_put(page, matrix_style(pair->verdict),
                 page_glyph(page, matrix_glyph(pair->verdict)));
        page_say(page, INDENT, STYLE_STRONG, " %s %s %s", pair->source->name,
                 page_glyph(page, GLYPH_ARROW), pair->target->name);
        if (pair->verdict == VERDICT_READY) {
            draw_ready(page, pair);
        } else {
            page_end(page);
            for (guint service = 0; service < SERVICE_COUNT; service++)
                if (pair->services[service].needed)
                    draw_service(page, &pair->services[service], service_names[service]);
        }
        if (pair->proof)
            draw_proof(page, pair->proof);
    }
    if (audit->pairs->len > 0)
        page_end(page);
}
